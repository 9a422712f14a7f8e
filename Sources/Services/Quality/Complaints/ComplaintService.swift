package import Domain
package import Repositories

/// Complaints (SM-4): reading, registering, correcting, and what is alike. The actions of the general path stand in
/// `ComplaintService+Actions`, of the major one in `ComplaintService+Major`, deadlines in `ComplaintService+Clocks`.
package struct ComplaintService: LifecycleService {
  package typealias Document = Complaint
  package typealias Filter = ComplaintFilter
  package typealias Store = ComplaintRepository

  package static let reading = Permission.complaintsRead
  package static let noting = Permission.complaintsNote
  package let work: UnitOfWork
  let clocks: ClockBook
  var policies: PolicyBook { clocks.policies }

  package init(_ work: UnitOfWork, clocks: ClockBook) {
    self.work = work
    self.clocks = clocks
  }

  // MARK: Reading

  /// Complaints that look like the same case now: under one of its external identities, or about the same vehicle and fault
  /// within the policy's window (M16). The newest first.
  package func duplicates(_ reference: Reference<Complaint>, _ caller: Caller) async throws -> [DuplicateCandidate] {
    let complaint = try await get(reference, caller)
    let policy = try await policies.current(
      QualityLevelsPolicy.self, at: complaint.stamp.createdAt, work.database, caller)
    let since = complaint.stamp.createdAt.adding(seconds: -Int64(policy.body.duplicateComplaintDays) * 86_400)
    let found = try await work.database.read(
      caller, ComplaintRepository.alike(complaint, since: since, in: caller.scope))
    return Self.candidates(for: complaint, among: found)
  }

  package func obstacles(
    on complaint: Complaint, _ caller: Caller
  ) async throws -> [Complaint.Action: ActionOffer.Obstacle] {
    guard Complaint.lifecycle.allowed(from: complaint.state).contains(.reopen) else { return [:] }
    let limit = try await policies.current(
      ComplaintsPolicy.self, at: work.clock.now(), work.database, caller
    ).body.reopenings
    return complaint.obstacleToReopening(limit: limit).map { [.reopen: $0] } ?? [:]
  }

  /// Who is and who was in the team of a major case (CMP-25).
  package func team(_ reference: Reference<Complaint>, _ caller: Caller) async throws -> [CaseMembership] {
    let complaint = try await get(reference, caller)
    return try await CaseGrants.team(of: .complaint, complaint.id.uuid, caller, in: work.database)
  }

  // MARK: Writing

  /// Records a complaint (CMP-03, CMP-04). With a major report it is born reported, or confirmed when After-Sales files it
  /// itself (CMP-21, CMP-23).
  package func create(_ draft: ComplaintDraft, _ command: Command<Complaint>) async throws -> Answer {
    if draft.majorReport != nil { try command.caller.require(.complaintsReportMajor) }
    return try await work.perform(command, .complaintsWrite) { tx in try await open(draft, command, in: tx) }
  }

  /// The same in the transaction of another family's change, which has asked for its own permission: a request that is
  /// converted, a follow-up call on which somebody complains.
  ///
  /// - Throws: `Refusal.invalid` for a station, customer, vehicle or order that is not there for the caller.
  package func open<Output>(
    _ draft: ComplaintDraft, _ command: Command<Output>, in tx: Transaction
  ) async throws -> Complaint {
    let caller = command.caller
    let stationID = try caller.scope.owner(naming: draft.stationID)
    var header = draft.header
    try await tx.complete(
      customer: header.customerID, vehicle: &header.vehicleID, vin: &header.vin, in: command.caller.scope)
    if let order = header.origin.workOrderID,
      try await tx.run(WorkOrderRepository.find(.id(order), in: caller.scope)) == nil
    {
      throw Refusal.invalid("#/workOrderId", .notFound, "there is no such order")
    }
    var complaint = Complaint(
      id: .new(at: command.at), number: try await tx.number(.complaint, at: stationID, on: command.at),
      stationID: stationID,
      state: .received, kind: .general, version: 1, stamp: RecordStamp(by: caller, at: command.at), header: header,
      progress: ComplaintProgress(), major: MajorProgress())
    let policy = try await policies.current(QualityLevelsPolicy.self, at: command.at, in: tx)
    let since = command.at.adding(seconds: -Int64(policy.body.duplicateComplaintDays) * 86_400)
    let alike = try await tx.run(ComplaintRepository.alike(complaint, since: since, in: caller.scope))
    complaint.registered(duplicates: Self.candidates(for: complaint, among: alike).map(\.complaint.id))

    var types = ["complaint.received"]
    if let filing = draft.majorReport {
      let isConfirmed = caller.may(.complaintsConfirmMajor)
      types += try complaint.file(
        filing, confirming: isConfirmed, policy.body, policy.version, by: caller, at: command.at)
    }
    var effects = Effects(types, data: complaint.facts)
    effects["complaint.majorReported"] = complaint.facts
    effects["complaint.majorConfirmed"] = complaint.facts
    effects["qualityIssue.proposed"] = complaint.proposal
    let opened = insert(complaint, effects, command, in: tx)
    try await score(opened, over: nil, command, in: tx)
    if header.origin.serviceRequestID == nil { try await startFirstClock(opened, command, in: tx) }
    if opened.state == .majorConfirmed {
      _ = try await proposeIssue(of: opened, command, in: tx)
      try await startMajorClocks(opened, command, in: tx)
      try await writeCustomerHistory(of: opened, "customer.majorComplaint", command, in: tx)
    }
    return opened
  }

  /// The complaint that a service request becomes: with its caller, vehicle and words, at the station that has it where the
  /// caller sees that one, else at his own. The deadlines of the request go on in it (CALL-02, A14).
  func open<Output>(
    from request: ServiceRequest, _ conversion: RequestConversion, _ command: Command<Output>, in tx: Transaction
  ) async throws -> Complaint {
    let scope = command.caller.scope
    let own = request.header
    // A file or vehicle that is another station's is not seen from here.
    var customer = own.customerID
    if let id = customer, try await tx.run(CustomerRepository.find(.id(id), in: scope))?.state != .active {
      customer = nil
    }
    let holder = request.holder
    let header = ComplaintHeader(
      channel: Complaint.Channel(own.medium), contact: own.contact, customerID: customer, vehicleID: own.vehicleID,
      vin: own.vehicleID == nil ? own.vin : nil, origin: ComplaintOrigin(serviceRequestID: request.id),
      category: .other, customerWords: own.need, symptom: own.symptom)
    let complaint = try await open(
      ComplaintDraft(stationID: scope.covers(holder) ? holder : nil, header: header), command, in: tx)
    try await takeOverClocks(of: request, to: complaint, reason: conversion.reason, command, in: tx)
    try await startFirstClock(complaint, command, in: tx)
    return complaint
  }

  /// Corrects what was recorded. A patch that changes nothing keeps the version and writes no event (C-17).
  package func update(
    _ reference: Reference<Complaint>, _ patch: ComplaintPatch, _ command: Command<Complaint>
  ) async throws -> Answer {
    try await change(reference, .complaintsWrite, "complaint.updated", command) { complaint, tx in
      let before = complaint
      try complaint.apply(patch)
      if patch.customerID.isSet || patch.vehicleID.isSet || patch.vin.isSet {
        try await tx.complete(
          customer: complaint.header.customerID, vehicle: &complaint.header.vehicleID, vin: &complaint.header.vin,
          in: command.caller.scope)
      }
      try await score(complaint, over: before, command, in: tx)
    }
  }

  // MARK: Inside

  private static func candidates(for complaint: Complaint, among found: [Complaint]) -> [DuplicateCandidate] {
    found.compactMap { other in
      let matches = complaint.matches(other)
      return matches.isEmpty ? nil : DuplicateCandidate(complaint: other, matches: matches)
    }
  }

  /// The file that a customer has by now: his own, or the one that it was merged into since. `nil` for none, or one that the caller
  /// does not see.
  func file<Output>(
    of customer: Customer.ID?, _ command: Command<Output>, in tx: Transaction
  ) async throws -> Customer? {
    var next = customer
    while let id = next {
      guard let found = try await tx.run(CustomerRepository.find(.id(id), in: command.caller.scope)) else { return nil }
      if found.state != .merged { return found }
      next = found.mergedIntoID
    }
    return nil
  }

  /// What became of the case stands in the customer's file too (CMP-09), where the caller sees it.
  func writeCustomerHistory<Output>(
    of complaint: Complaint, _ type: String, _ command: Command<Output>, in tx: Transaction
  ) async throws {
    guard let customer = try await file(of: complaint.header.customerID, command, in: tx) else { return }
    tx.record(
      Change(
        type: type, resource: .customer, id: customer.id.uuid, number: customer.number, version: customer.version,
        station: customer.stationID,
        data: [
          "complaintId": .text(complaint.id.description), "complaintNumber": .text(complaint.number),
          "kind": .text(complaint.kind.rawValue), "state": .text(complaint.state.rawValue),
        ]), by: command)
  }
}

extension Complaint.Channel {
  /// How the request came that became the complaint (CALL-05).
  fileprivate init(_ medium: ServiceRequest.Medium) {
    self =
      switch medium {
      case .hotline, .phone: .hotline
      case .fax: .fax
      case .letter: .letter
      case .email: .email
      case .counter: .counter
      case .online: .online
      }
  }
}

extension Complaint {
  /// What consumers weigh a case by; no personal data.
  var facts: [String: EventValue] {
    let facts = header.facts
    return [
      "kind": .text(kind.rawValue), "channel": .text(header.channel.rawValue),
      "category": .text(header.category.rawValue), "crash": .boolean(facts.crash), "fire": .boolean(facts.fire),
      "brokeDown": .boolean(facts.brokeDown), "injured": .integer(Int64(facts.injured)),
      "deaths": .integer(Int64(facts.deaths)), "mediaExposure": .boolean(facts.mediaExposure),
      "incidentDate": .optional(header.incidentDate?.description), "vin": .optional(header.vin),
      "component": .optional(header.component), "faultCode": .optional(header.faultCode),
    ]
  }

  /// What a quality issue would begin with (CMP-16).
  var proposal: [String: EventValue] {
    var data = facts
    data["complaintId"] = .text(id.description)
    data["complaintNumber"] = .text(number)
    data["level"] = .optional(major.confirmation?.level.rawValue)
    data["vehicleId"] = .optional(header.vehicleID?.description)
    data["symptom"] = .optional(header.symptom.map(header.clean))
    data["odometerKm"] = header.odometerKm.map { .integer(Int64($0)) } ?? .null
    data["compensationDemand"] =
      header.compensationDemand.map {
        .object(["amount": .text($0.amount), "currency": .text($0.currency.rawValue)])
      } ?? .null
    return data
  }
}
