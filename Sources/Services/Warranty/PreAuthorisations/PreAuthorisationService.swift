package import Domain
package import FoundationEssentials
package import Repositories

/// The maker's word before a repair (M5): asked for by the station, decided by headquarters, drawn by claims.
package struct PreAuthorisationService: LifecycleService {
  package typealias Document = PreAuthorisation
  package typealias Filter = PreAuthorisationFilter
  package typealias Store = PreAuthorisationRepository

  package static let reading = Permission.preAuthorisationsRead
  package static let noting = Permission.preAuthorisationsWrite
  package let work: UnitOfWork
  private let clocks: ClockBook
  private var entitlements: EntitlementService { EntitlementService(work, policies: clocks.policies) }

  package init(_ work: UnitOfWork, clocks: ClockBook) {
    self.work = work
    self.clocks = clocks
  }

  // MARK: Writing

  /// A request for jobs of one order of the station, as these are now.
  package func create(_ draft: PreAuthorisationDraft, _ command: Command<PreAuthorisation>) async throws -> Answer {
    try await work.perform(command, .preAuthorisationsWrite) { tx in
      let order = try await order(draft.workOrderID, command, in: tx)
      guard let vehicle = order.header.vehicleID else {
        throw Refusal.invalid("#/workOrderId", .inconsistent, "the order names no vehicle yet")
      }
      if WorkOrderLifecycle.ended.contains(order.state) {
        throw Refusal.invalid(
          "#/workOrderId", .inconsistent, "the order is \(order.state.rawValue): the maker is asked before the repair")
      }
      let lines = try PreAuthorisation.lines(draft.lines, of: order, for: draft.header.kind)
      let document = PreAuthorisation(
        id: .new(at: command.at),
        number: try await tx.number(.preAuthorisation, at: order.stationID, on: command.at),
        stationID: order.stationID, workOrderID: order.id, vehicleID: vehicle, currency: order.currency, state: .draft,
        version: 1, stamp: RecordStamp(by: command.caller, at: command.at), header: draft.header, lines: lines,
        progress: PreAuthorisationProgress())
      return insert(document, Effects(["preAuthorisation.drafted"]), command, in: tx)
    }
  }

  /// Corrects a draft. A patch that changes nothing keeps the version and writes no event (C-17).
  package func update(
    _ reference: Reference<PreAuthorisation>, _ patch: PreAuthorisationPatch, _ command: Command<PreAuthorisation>
  ) async throws -> Answer {
    try await change(reference, .preAuthorisationsWrite, "preAuthorisation.updated", command) { document, tx in
      try document.apply(patch, of: try await order(document.workOrderID, command, in: tx))
    }
  }

  // MARK: The actions of the transition table

  /// Asks headquarters, which has its time from now on. What the rules say of each line is written down with it (A10).
  package func submit(
    _ reference: Reference<PreAuthorisation>, _ command: Command<PreAuthorisation>
  ) async throws -> Answer {
    try await act(reference, .submit, command) { document, tx in
      let order = try await order(document.workOrderID, command, in: tx)
      let judgements = try await entitlements.judge(
        order, lines: document.lines.map(\.number), command.caller, in: tx)
      let row = try document.submit(judgements, by: command.caller, at: command.at)
      try await clocks.start([.init(.preAuthorisationDecision)], on: document.clockOwner, command, in: tx)
      return row
    }
  }

  package func requestInfo(
    _ reference: Reference<PreAuthorisation>, question: String, _ command: Command<PreAuthorisation>
  ) async throws -> Answer {
    try await act(reference, .requestInfo, reason: question, command) { document, tx in
      let row = try document.requestInfo(question, by: command.caller, at: command.at)
      try await clocks.pause(
        [.preAuthorisationDecision], of: document.clockSubject, reason: "A question waits for its answer.", command,
        in: tx)
      return row
    }
  }

  package func answer(
    _ reference: Reference<PreAuthorisation>, _ text: String, _ command: Command<PreAuthorisation>
  ) async throws -> Answer {
    try await act(reference, .answer, reason: text, command) { document, tx in
      let row = try document.answer(text, by: command.caller, at: command.at)
      try await clocks.resume(
        [.preAuthorisationDecision], of: document.clockSubject, reason: "The question was answered.", command, in: tx)
      return row
    }
  }

  /// - Parameters:
  ///   - amounts: by line; what is not named is approved as requested.
  ///   - validUntil: the last day on which it holds; `nil`: as the policy of the model says.
  /// - Throws: `Refusal.conflict` `approval-limit-exceeded` for more than the caller's roles may approve (M23).
  package func approve(
    _ reference: Reference<PreAuthorisation>, _ amounts: [Int: Money], validUntil: CalendarDate?, reason: String?,
    _ command: Command<PreAuthorisation>
  ) async throws -> Answer {
    try await act(reference, .approve, reason: reason, command) { document, tx in
      let until = try await lastDay(of: document, validUntil, command, in: tx)
      let row = try document.approve(
        amounts, validUntil: until, reason: reason, by: command.caller, at: command.at)
      let limits = try await clocks.policies.current(ApprovalLimitsPolicy.self, at: command.at, in: tx).body
      if let approved = document.approved,
        !limits.allows(approved, for: .preAuthorisationsApprove, of: command.caller.roles)
      {
        throw Refusal.conflict(
          code: "approval-limit-exceeded",
          detail: "\(approved) is more than your roles may approve; somebody with a higher limit must.",
          .amount(approved), .limit(limits.most(for: .preAuthorisationsApprove, of: command.caller.roles)))
      }
      try await clocks.meet([.preAuthorisationDecision], of: document.clockSubject, command, in: tx)
      return row
    }
  }

  package func reject(
    _ reference: Reference<PreAuthorisation>, reason: String, _ command: Command<PreAuthorisation>
  ) async throws -> Answer {
    try await act(reference, .reject, reason: reason, command) { document, tx in
      let row = try document.reject(reason, by: command.caller, at: command.at)
      try await clocks.meet([.preAuthorisationDecision], of: document.clockSubject, command, in: tx)
      return row
    }
  }

  /// Ends it before its last day, or one whose question nobody answers.
  package func expire(
    _ reference: Reference<PreAuthorisation>, reason: String, _ command: Command<PreAuthorisation>
  ) async throws -> Answer {
    try await act(reference, .expire, reason: reason, command) { document, tx in
      let row = try document.expire(by: command.caller, at: command.at)
      // Of a question that nobody answers; of an approval there is none.
      try await clocks.cancel(of: document.clockSubject, reason: "The request was ended.", command, in: tx)
      return row
    }
  }

  private func order<Output>(
    _ id: WorkOrder.ID, _ command: Command<Output>, in tx: Transaction
  ) async throws -> WorkOrder {
    let scope = command.caller.scope
    guard
      let order = try await WorkOrderRepository.whole(
        WorkOrderRepository.find(.id(id), in: scope), .id(id), in: scope, through: tx)
    else { throw Refusal.invalid("#/workOrderId", .notFound, "there is no such order") }
    return order
  }

  private func lastDay<Output>(
    of document: PreAuthorisation, _ named: CalendarDate?, _ command: Command<Output>, in tx: Transaction
  ) async throws -> CalendarDate {
    if let named { return named }
    let rule = try await entitlements.preAuthorisation(
      of: document.vehicleID, at: command.at, command.caller, in: tx)
    let days = rule?.terms.validDays ?? PreAuthorisationTerms.standardDays
    return CalendarDate(daysSinceEpoch: ReportPeriod.day(of: command.at).daysSinceEpoch + Int64(days))
  }

  // MARK: For claims

  /// The approved line of an order that held on a day; of several the one with the most left.
  package func valid(
    for order: WorkOrder.ID, line: Int, on day: CalendarDate, _ caller: Caller, in tx: Transaction
  ) async throws -> PreAuthorisationPermit? {
    try await tx.run(PreAuthorisationRepository.permits(for: order, in: caller.scope)).holding(nil, line: line, on: day)
  }

  /// What one claim takes of an approved line from now on, in place of what it took before. However many claims come at once, the
  /// line never gives more than was approved.
  ///
  /// - Throws: `Refusal.conflict` `pre-authorisation-exceeded`; `.notFound` outside the scope.
  package func draw<Output>(
    _ amount: Money, of permit: PreAuthorisationPermit, for claim: UUID, _ command: Command<Output>, in tx: Transaction
  ) async throws {
    try await draw(.exactly(amount.minor), of: permit.id, line: permit.line, for: claim, command, in: tx)
  }

  /// Gives back everything that a claim took: it was withdrawn or rejected.
  package func release<Output>(_ claim: UUID, _ command: Command<Output>, in tx: Transaction) async throws {
    for draw in try await tx.run(PreAuthorisationRepository.draws(by: claim)) {
      try await self.draw(.exactly(0), of: draw.document, line: draw.line, for: claim, command, in: tx)
    }
  }

  /// Brings what a claim has drawn to where its lines are: what waits for a decision is held as far as there is something left, what
  /// was approved is drawn as it is, and the rest is given back.
  ///
  /// - Parameter blocked: lines that a finding keeps from being paid; nothing is held for them.
  /// - Throws: `Refusal.conflict` `pre-authorisation-exceeded` when more was approved than the maker gave his word for.
  func settle<Output>(
    _ claim: WarrantyClaim, blocked: Set<Int>, _ command: Command<Output>, in tx: Transaction
  ) async throws {
    let wanted = claim.draws(blocked: blocked)
    let former = try await tx.run(PreAuthorisationRepository.draws(by: claim.id.uuid))
    if wanted.isEmpty, former.isEmpty { return }
    var steps: [ClaimDraw.Place: ClaimDraw] = [:]
    for draw in former {
      let place = ClaimDraw.Place(document: draw.document, line: draw.line)
      steps[place] = ClaimDraw(place: place, decided: 0, open: 0)
    }
    for draw in wanted { steps[draw.place] = draw }
    // In one order whoever comes, so that two claims cannot wait for each other.
    for draw in steps.values.sorted(by: { $0.place < $1.place }) {
      let held = former.first { $0.document == draw.place.document && $0.line == draw.place.line }?.amount ?? 0
      if draw.open == 0, draw.decided == held { continue }
      try await self.draw(
        .upTo(draw.most, atLeast: draw.decided), of: draw.place.document,
        line: draw.place.line, for: claim.id.uuid, command, in: tx)
    }
  }

  /// How much a claim asks for, in minor units.
  private enum Amount {
    case exactly(Int64)
    /// As far as there is something left, and never less than what was decided.
    case upTo(Int64, atLeast: Int64)
  }

  private func draw<Output>(
    _ asked: Amount, of id: PreAuthorisation.ID, line: Int, for claim: UUID, _ command: Command<Output>,
    in tx: Transaction
  ) async throws {
    let scope = command.caller.scope
    let header = Store.lock(.id(id), in: scope)
    guard let before = try await Store.whole(header, .id(id), in: scope, through: tx) else { throw Refusal.notFound }
    // A statement of its own behind the lock: it must see what the former holder drew.
    let former = try await tx.run(PreAuthorisationRepository.drawn(of: id, line: line, by: claim)) ?? 0
    let minor =
      switch asked {
      case .exactly(let minor): minor
      case .upTo(let most, let least): max(least, min(most, before.left(of: line) + former))
      }
    if minor == former { return }
    let amount = Money(minor: minor, currency: before.currency)
    var document = before
    try document.draw(amount, insteadOf: Money(minor: former, currency: before.currency), line: line)
    tx.enqueue(PreAuthorisationRepository.keep(amount, drawnOf: before, line: line, by: claim, at: command.at))
    _ = save(
      document, over: before,
      Effects(
        ["preAuthorisation.drawn"],
        data: ["claimId": .text(claim.canonical), "line": .integer(Int64(line)), "amount": .text(amount.amount)]),
      command, in: tx)
  }

  // MARK: For orders

  /// Holds up what the maker wants to be asked about before it is repaired, until he has said yes (M5): by the policy of the day on
  /// which the vehicle came in, so that a later one holds up no work that was begun.
  ///
  /// - Parameter numbers: the job lines that are begun; `nil`: all.
  /// - Throws: `Refusal.conflict` `pre-authorisation-required`, which names the jobs.
  func requirePermits<Output>(
    for order: WorkOrder, lines numbers: Set<Int>?, _ command: Command<Output>, in tx: Transaction
  ) async throws {
    let asked = order.lines.filter {
      $0.counts && $0.price.split[.warranty] > 0 && numbers?.contains($0.number) ?? true
    }
    if asked.isEmpty { return }
    guard let vehicle = order.header.vehicleID,
      let rule = try await entitlements.preAuthorisation(of: vehicle, at: order.stamp.createdAt, command.caller, in: tx)
    else { return }
    let demanded = asked.filter { line in
      rule.terms.demands(
        Money(minor: line.price.split[.warranty], currency: order.currency), Entitlement.Line(line, of: order),
        rule.components)
    }
    if demanded.isEmpty { return }
    // What the maker said about an order holds whoever of the station works on it.
    let permits = try await tx.within(.network, of: command.caller) {
      try await tx.run(PreAuthorisationRepository.permits(for: order.id, in: .network))
    }
    let today = ReportPeriod.day(of: command.at)
    // What was begun in time goes on, and so does what turned out to need an approval while it was worked on, once there is one.
    let missing = demanded.filter { line in
      [line.begunOn ?? today, today].allSatisfy { permits.holding(.warranty, line: line.number, on: $0) == nil }
    }
    if missing.isEmpty { return }
    let lines = missing.map { "\($0.number)" }.joined(separator: ", ")
    throw Refusal.conflict(
      code: "pre-authorisation-required",
      detail: "The maker wants to be asked before job \(lines) of the order is begun, and no approval holds today.",
      .lines(missing.map(\.number)), .date(today))
  }
}

extension PreAuthorisation {
  fileprivate var clockSubject: ClockSubject { ClockSubject(.preAuthorisation, id.uuid, number: number) }
  fileprivate var clockOwner: ClockBook.Owner { ClockBook.Owner(clockSubject, at: stationID) }
}

/// Approvals whose last day has passed end by themselves, whichever instance finds them.
package struct PreAuthorisationExpiry: Sendable {
  static let stepSize = 100

  private let leases: WorkerLeaseService
  private let clock: WallClock

  package init(_ leases: WorkerLeaseService, clock: WallClock) {
    self.leases = leases
    self.clock = clock
  }

  /// - Returns: whether there may be more.
  package func expire(under lease: WorkerLease) async throws -> Bool {
    let now = clock.now()
    return try await leases.step(under: lease) { tx in
      tx.enqueue(RecordTime.write(at: now))
      let due = try await tx.run(
        PreAuthorisationRepository.lockExpired(on: ReportPeriod.day(of: now), limit: Self.stepSize))
      var changes: [Change] = []
      for before in due {
        var document = before
        let row = try document.expire(by: .system, at: now)
        document = document.revised(by: .system, at: now)
        for statement in PreAuthorisationRepository.save(document, over: before) { tx.enqueue(statement) }
        changes += Effects(row, data: ["validUntil": .optional(before.progress.validUntil?.description)])
          .events(of: document, from: before)
      }
      if !changes.isEmpty {
        tx.enqueue(EventRepository.append(changes, by: .system, requestID: "expirePreAuthorisations", at: now))
      }
      return due.count == Self.stepSize
    }
  }
}
