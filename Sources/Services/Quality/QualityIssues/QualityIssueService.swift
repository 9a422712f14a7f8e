package import Domain
package import Repositories

/// Quality issues (SM-5): reading, reporting, correcting. The actions of the life cycle stand in `QualityIssueService+Actions`,
/// reports, measures and 8D record in `QualityIssueService+Records`.
package struct QualityIssueService: LifecycleService {
  package typealias Document = QualityIssue
  package typealias Filter = QualityIssueFilter
  package typealias Store = QualityIssueRepository

  package static let reading = Permission.qualityIssuesRead
  package static let noting = Permission.qualityIssuesNote
  package let work: UnitOfWork
  let clocks: ClockBook
  let judge: QualityJudge

  package init(_ work: UnitOfWork, clocks: ClockBook) {
    self.work = work
    self.clocks = clocks
    judge = QualityJudge(clocks.policies)
  }

  /// What is reported is judged at once; the proposal stands beside it until a person decides (A1).
  package func create(_ draft: QualityIssueDraft, _ command: Command<QualityIssue>) async throws -> Answer {
    try await work.perform(command, .qualityIssuesWrite) { tx in
      if draft.isSuspectedMajor { try command.caller.require(.qualityIssuesSuspectMajor) }
      try Self.requireAssertion(draft.facts, over: nil, command.caller)
      let stationID = try command.caller.scope.owner(naming: draft.stationID)
      var header = draft.header
      try await complete(&header, at: stationID, command, in: tx)
      return try await open(
        header, draft.facts, at: stationID, state: .reported, isSuspectedMajor: draft.isSuspectedMajor, command, in: tx)
    }
  }

  /// Corrects what was reported; other facts or defects are judged anew. A patch that changes nothing keeps the version and
  /// writes no event (C-17).
  package func update(
    _ reference: Reference<QualityIssue>, _ patch: QualityIssuePatch, _ command: Command<QualityIssue>
  ) async throws -> Answer {
    try await change(reference, .qualityIssuesWrite, "qualityIssue.updated", command) { issue, tx in
      let before = issue
      try issue.apply(patch)
      try Self.requireAssertion(issue.facts, over: before.facts, command.caller)
      if issue.header.defects != before.header.defects || issue.header.occurredAt != before.header.occurredAt {
        try Self.requirePast(issue.header, command)
        count(issue, command, in: tx)
      }
      if issue.facts != before.facts || issue.header.defects != before.header.defects {
        try await rejudge(&issue, .changed, command, in: tx)
      }
    }
  }

  // MARK: Judgements

  /// What the rules say of facts; nothing is written.
  package func classify(
    _ facts: QualityFacts, model: VehicleModel.ID?, defects: [QualityDefect], at instant: Timestamp, _ caller: Caller
  ) async throws -> ClassificationRecord {
    try caller.require(.qualityIssuesClassify)
    try Self.requireAssertion(facts, over: nil, caller)
    return try await judge.tryOut(facts, model: model, defects: defects, at: instant, work.database, caller)
  }

  /// Every judgement of an issue, with the policy versions and inputs that they were made of.
  package func classifications(
    _ reference: Reference<QualityIssue>, _ caller: Caller
  ) async throws -> (issue: QualityIssue, records: [ClassificationRecord]) {
    let issue = try await get(reference, caller)
    return (
      issue,
      try await work.database.read(
        caller, QualityClassificationRepository.records(of: .qualityIssue, issue.id.uuid))
    )
  }

  /// Judges the facts as they are, by the policy and the frequencies of now.
  package func reclassify(
    _ reference: Reference<QualityIssue>, _ command: Command<QualityIssue>
  ) async throws -> Answer {
    try await change(reference, .qualityIssuesClassify, "qualityIssue.classified", command) { issue, tx in
      if !QualityIssueLifecycle.editable.contains(issue.state) {
        throw Refusal.conflict(
          code: "quality-issue-not-editable",
          detail: "The issue is \(issue.state.rawValue); reopen it when facts are new.", .state(issue.state),
          .allowedStates(QualityIssueLifecycle.editable))
      }
      try await rejudge(&issue, .requested, command, in: tx)
    }
  }

  /// Every judgement made again from what was kept with it: the same answer for ever (A1).
  package func replay(
    _ reference: Reference<QualityIssue>, _ caller: Caller
  ) async throws -> (issue: QualityIssue, replays: [ClassificationReplay]) {
    try caller.require(.qualityIssuesReplay)
    let issue = try await get(reference, caller)
    return (issue, try await judge.replay(of: .qualityIssue, issue.id.uuid, work.database, caller))
  }

  /// Defects of the network by how often they occurred (QI-30).
  package func defects(_ filter: DefectGroupFilter, _ caller: Caller) async throws -> [DefectGroup] {
    try caller.require(Self.reading)
    return try await work.database.read(caller, DefectRepository.groups(filter))
  }

  // MARK: For other services, in their transactions

  /// Opens an issue from what a document of another family has established, with its events.
  func open<Output>(
    _ header: QualityIssueHeader, _ facts: QualityFacts, at station: Station.ID?, state: QualityIssue.State,
    isSuspectedMajor: Bool, _ command: Command<Output>, in tx: Transaction
  ) async throws -> QualityIssue {
    try Self.requirePast(header, command)
    var issue = QualityIssue(
      id: .new(at: command.at), number: try await number(at: station, command, in: tx), stationID: station,
      state: state, version: 1, stamp: RecordStamp(by: command.caller, at: command.at), header: header, facts: facts,
      progress: QualityIssueProgress(qualityClass: state == .general ? .general : nil), sight: command.caller.scope)
    count(issue, command, in: tx)
    try await rejudge(&issue, .created, command, in: tx)
    var types = ["qualityIssue.reported"]
    if isSuspectedMajor {
      _ = try issue.suspectMajor(nil, by: command.caller, at: command.at)
      types.append("qualityIssue.majorSuspected")
    }
    return insert(issue, Effects(types, data: Self.data(issue)), command, in: tx)
  }

  /// The record of a delivered order (WO-45): general information, with the time in which the station uploads it (T-22).
  func record<Output>(
    _ order: WorkOrder, _ command: Command<Output>, in tx: Transaction
  ) async throws -> QualityIssue {
    var header = QualityIssueHeader(of: order)
    if let vehicle = order.header.vehicleID {
      header.modelID = try await tx.run(VehicleRepository.find(.id(vehicle), in: command.caller.scope))?.profile.modelID
    }
    let issue = try await open(
      header, QualityFacts(of: order), at: order.stationID, state: .general, isSuspectedMajor: false, command, in: tx)
    try await clocks.start([ClockBook.Start(.generalQualityUpload)], on: issue.clockOwner, command, in: tx)
    return issue
  }

  // MARK: What they share

  func rejudge<Output>(
    _ issue: inout QualityIssue, _ occasion: ClassificationRecord.Occasion, _ command: Command<Output>,
    in tx: Transaction
  ) async throws {
    let record = try await judge.judge(
      issue.facts,
      of: QualityJudge.Subject(
        .qualityIssue, issue.id.uuid, model: issue.header.modelID, defects: issue.header.defects,
        judgements: issue.progress.classifications),
      occasion, foreign: issue.header.source == .complaint ? .ignored : .refused, command, in: tx)
    issue.facts = record.facts
    issue.judged(record)
  }

  /// What consumers of its events decide by.
  static func data(_ issue: QualityIssue) -> [String: EventValue] {
    [
      "source": .text(issue.header.source.rawValue), "proposedLevel": .optional(issue.progress.proposedLevel?.rawValue),
      "criteria": .list(issue.progress.proposedCriteria.map { .text($0.rawValue) }),
    ]
  }

  /// A manufacturing error is a person's word, and of a person who may grade (D-06).
  static func requireAssertion(_ facts: QualityFacts, over before: QualityFacts?, _ caller: Caller) throws(Refusal) {
    guard let assertion = facts.manufacturingError, assertion != before?.manufacturingError else { return }
    guard case .user = caller.subject else {
      throw .invalid("#/facts/manufacturingError", .inconsistent, "is asserted by a person, never by a system (D-06)")
    }
    try caller.require(.qualityIssuesClassify)
  }

  private static func requirePast<Output>(_ header: QualityIssueHeader, _ command: Command<Output>) throws(Refusal) {
    if let occurredAt = header.occurredAt, occurredAt > command.at {
      throw .invalid("#/occurredAt", .outOfRange, "must not lie in the future")
    }
  }

  /// Each complaint counts once: that of an order by its record, that of a complaint by the complaint.
  private func count<Output>(_ issue: QualityIssue, _ command: Command<Output>, in tx: Transaction) {
    guard let model = issue.header.modelID, issue.header.isCounted else { return }
    for statement in DefectRepository.save(
      issue.header.defects, of: issue.id.uuid, model: model, at: issue.header.occurredAt ?? issue.stamp.createdAt)
    {
      tx.enqueue(statement)
    }
  }

  /// Holds what the report names against what is on record.
  private func complete<Output>(
    _ header: inout QualityIssueHeader, at station: Station.ID?, _ command: Command<Output>, in tx: Transaction
  ) async throws {
    let scope = command.caller.scope
    if let id = header.workOrderID {
      let order = try await tx.run(WorkOrderRepository.find(.id(id), in: scope))
      guard let order, order.stationID == station else {
        throw Refusal.invalid("#/workOrderId", .notFound, "there is no such order at this station")
      }
      header.vehicleID = header.vehicleID ?? order.header.vehicleID
    }
    if let id = header.customerID,
      try await tx.run(CustomerRepository.find(.id(id), in: scope))?.state != .active
    {
      throw Refusal.invalid("#/customerId", .notFound, "there is no such customer")
    }
    if let id = header.vehicleID {
      guard let vehicle = try await tx.run(VehicleRepository.find(.id(id), in: scope)) else {
        throw Refusal.invalid("#/vehicleId", .notFound, "there is no such vehicle")
      }
      if let named = header.modelID, let model = vehicle.profile.modelID, named != model {
        throw Refusal.invalid("#/modelId", .inconsistent, "is not the model of the vehicle")
      }
      header.modelID = vehicle.profile.modelID ?? header.modelID
    }
    if let model = header.modelID, try await tx.run(VehicleModelRepository.find(.id(model), in: scope)) == nil {
      throw Refusal.invalid("#/modelId", .notFound, "there is no such model")
    }
  }

  private func number<Output>(
    at station: Station.ID?, _ command: Command<Output>, in tx: Transaction
  ) async throws -> String {
    guard let station else {
      return try await tx.run(DocumentNumberRepository.nextOfHeadquarters(.qualityIssue, at: command.at))
    }
    guard
      let number = try await tx.run(DocumentNumberRepository.next(.qualityIssue, station: station, at: command.at))
    else { throw Refusal.invalid("#/stationId", .notFound, "there is no such station") }
    return number
  }
}

extension QualityIssue {
  var clockSubject: ClockSubject { ClockSubject(.qualityIssue, id.uuid, number: number) }
  var clockOwner: ClockBook.Owner { ClockBook.Owner(clockSubject, at: stationID) }
}
