package import Domain
import Repositories

/// The deadlines of complaints (domain.md section 4). They stand on the case, not on the group that has it: they follow it to
/// another station and into the complaint that it is merged into (A14).
extension ComplaintService {
  /// What a request's deadlines wait for that the complaint out of it brings about.
  static let answers: Set<ClockKind> = [.solutionToCustomer, .repairCallResponse, .supervisorAnswer]

  /// From the first moment somebody has to act: whoever received the complaint passes it on (T-12), and from then on, or from its
  /// filing as major, the customer waits for an answer (T-13). A deadline that came along with a request goes on in its place.
  func startFirstClock<Output>(
    _ complaint: Complaint, _ command: Command<Output>, in tx: Transaction
  ) async throws {
    let kind: ClockKind
    switch complaint.state {
    case .received: kind = .forwardToSupervisor
    case .majorReported: kind = .supervisorAnswer
    default: return
    }
    if complaint.header.origin.serviceRequestID == nil {
      return try await clocks.begin(ClockSignal(started: [kind]), on: complaint.clockOwner, command, in: tx)
    }
    let running = try await tx.run(
      ClockRepository.headers(.live(.complaint, complaint.id.uuid), in: command.caller.scope))
    if running.contains(where: { $0.kind == .forwardToSupervisor || $0.kind == .supervisorAnswer }) { return }
    try await clocks.ensure([ClockBook.Start(kind)], on: complaint.clockOwner, command, in: tx)
  }

  /// It was passed on, and the customer waits for an answer from now on (T-12, T-13).
  func passOn<Output>(_ complaint: Complaint, _ command: Command<Output>, in tx: Transaction) async throws {
    try await clocks.meet([.forwardToSupervisor], of: complaint.clockSubject, command, in: tx)
    if complaint.progress.solution?.toldAt == nil {
      try await clocks.ensure([ClockBook.Start(.supervisorAnswer)], on: complaint.clockOwner, command, in: tx)
    }
  }

  /// The customer is not done with: he refused what was offered, is not satisfied, or is back on the normal path. He waits for an
  /// answer anew, so that a case which goes on never stands without a deadline before its next promise (T-13, CMP-08).
  func awaitAnswer<Output>(_ complaint: Complaint, _ command: Command<Output>, in tx: Transaction) async throws {
    try await clocks.ensure([ClockBook.Start(.supervisorAnswer)], on: complaint.clockOwner, command, in: tx)
  }

  /// What a merged complaint still waited for and this one has behind it need not be done again: passed on it is, and told what
  /// the customer of this one was told (T-12, T-13).
  func catchUp<Output>(_ survivor: Complaint, _ command: Command<Output>, in tx: Transaction) async throws {
    var behind: Set<ClockKind> = survivor.state == .received ? [] : [.forwardToSupervisor]
    if survivor.isAnswered { behind.formUnion(Self.answers) }
    if !behind.isEmpty { try await clocks.meet(behind, of: survivor.clockSubject, command, in: tx) }
  }

  /// The solution is decided: the customer hears of it the same day (T-05), and has a promised time (T-37).
  func promise<Output>(
    _ complaint: Complaint, reason: String?, _ command: Command<Output>, in tx: Transaction
  ) async throws {
    guard let solution = complaint.progress.solution else { return }
    let owner = complaint.clockOwner
    if solution.toldAt == nil {
      try await clocks.ensure([ClockBook.Start(.solutionToCustomer)], on: owner, command, in: tx)
    } else {
      try await clocks.meet(Self.answers, of: owner.subject, command, in: tx)
    }
    try await clocks.promise(
      .promisedResolution, at: solution.promisedAt, on: owner, reason: reason, command, in: tx)
  }

  /// From the confirmation, or the filing by After-Sales (D-05): the report out at once, the team there on the same day.
  func startMajorClocks<Output>(
    _ complaint: Complaint, _ command: Command<Output>, in tx: Transaction
  ) async throws {
    try await clocks.ensure(
      [ClockBook.Start(.majorReport), ClockBook.Start(.majorTeamOnSite)], on: complaint.clockOwner, command, in: tx)
  }

  /// The deadlines of a request go on in the complaint that it became.
  func takeOverClocks<Output>(
    of request: ServiceRequest, to complaint: Complaint, reason: String?, _ command: Command<Output>,
    in tx: Transaction
  ) async throws {
    // They may be at the station that has the request, which he who converts it need not see.
    let beyond = Command<Output>(
      caller: command.caller.beyondScope(), requestID: command.requestID, traceparent: command.traceparent,
      at: command.at, precondition: nil, idempotency: nil, present: command.present)
    try await tx.within(.network, of: command.caller) {
      try await clocks.move(request.clockSubject, to: complaint.clockOwner, reason: reason, beyond, in: tx)
    }
  }
}

extension Complaint {
  package var clockSubject: ClockSubject { ClockSubject(.complaint, id.uuid, number: number) }
  var clockOwner: ClockBook.Owner { ClockBook.Owner(clockSubject, at: stationID) }

  /// Whether the customer of the case has his answer, and waits for what it promises.
  fileprivate var isAnswered: Bool {
    switch state {
    case .solutionProposed: progress.solution?.toldAt != nil
    case .onSite, .appraised, .agreementEffective, .inExecution, .resolved: true
    case .received, .assigned, .investigating, .escalated, .majorReported, .majorConfirmed, .teamFormed, .negotiating,
      .closed, .closedUnjustified, .merged:
      false
    }
  }
}
