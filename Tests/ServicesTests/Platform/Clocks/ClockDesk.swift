import Domain
import FoundationEssentials
import Repositories
import Services
import TestSupport

/// A database with a small network, the services of clocks, and time that a test moves. It begins on 2026-11-21 at 16:00
/// Chinese time.
struct ClockDesk: Sendable {
  let test: TestDatabase
  let network: TestNetwork
  let clock: ManualClock
  let book: ClockBook
  let service: ClockService
  let calendars: CalendarService

  var work: UnitOfWork { UnitOfWork(test.database, clock: clock.wall) }
  var desk: Caller { network.everything }

  static func with(_ body: @Sendable (ClockDesk) async throws -> Void) async throws {
    try await TestDatabase.with { test in
      let clock = ManualClock()
      let network = try await TestNetwork(in: test.database, at: clock.now)
      let work = UnitOfWork(test.database, clock: clock.wall)
      let book = ClockBook(PolicyBook())
      try await body(
        ClockDesk(
          test: test, network: network, clock: clock, book: book, service: ClockService(work, book: book),
          calendars: CalendarService(work)))
    }
  }

  /// A document of the first station that exists only as the owner of clocks.
  func owner(_ number: String = "WO-SY001-2026-000001", at station: Station.ID? = nil) -> ClockBook.Owner {
    ClockBook.Owner(
      ClockSubject(.workOrder, UUID.version7(at: clock.now), number: number), at: station ?? network.station)
  }

  /// One transaction of another service that does something with clocks.
  func perform(
    as caller: Caller? = nil, _ body: @Sendable (Command<Bool>, Transaction) async throws -> Void
  ) async throws {
    let command: Command<Bool> = (caller ?? desk).command(at: clock.now)
    _ = try await work.perform(command, nil) { tx in
      try await body(command, tx)
      return true
    }
  }

  func start(_ kind: ClockKind, on owner: ClockBook.Owner) async throws {
    try await perform { command, tx in try await book.start([.init(kind)], on: owner, command, in: tx) }
  }

  /// Those that the caller sees in the list of all; `clocks` are shown with a document that he was shown to see.
  func listed(_ caller: Caller? = nil) async throws -> [Clock] {
    try await service.list(Clock.Filter(), PageRequest(limit: 10, sort: [.init("startedAt")]), caller ?? desk).items
  }

  func clocks(_ owner: ClockBook.Owner, _ caller: Caller? = nil) async throws -> [Clock] {
    try await service.clocks(of: owner.subject.resource, owner.subject.id, caller ?? desk)
  }

  /// Runs an action of people and hands out the clock that it answered with.
  func act(_ action: (Command<Clock>) async throws -> Answer) async throws -> Clock {
    let box = Box<Clock>()
    _ = try await action(
      desk.command(at: clock.now) { clock in
        box.value = clock
        return Answer(status: 200)
      })
    guard let clock = box.value else { throw Failure.internal(reference: "no clock was presented") }
    return clock
  }

  /// A policy in force from now on that differs from the standard in one kind.
  func policy(
    _ kind: ClockKind, for subject: PolicySubject? = nil, _ change: (inout ClockRule) -> Void
  ) async throws {
    var body = ClocksPolicy.standard
    if var rule = body.rules[kind] {
      change(&rule)
      body.rules[kind] = rule
    }
    let content = PolicyContent(body: body.written, reason: "试行 Trial", validFrom: nil, validTo: nil)
    let service = PolicyService(work)
    let box = Box<Policy>()
    // Who writes does not approve.
    let people = ["起草人", "审批人"].map { name in
      Caller(
        subject: .user(UUID()), name: name, roles: [], permissions: Set(Permission.allCases), scope: .network)
    }
    func command(_ caller: Caller) -> Command<Policy> {
      caller.command(at: clock.now) { policy in
        box.value = policy
        return Answer(status: 200)
      }
    }
    _ = try await service.create(PolicyDraft(key: .clocks, subject: subject, content: content), command(people[0]))
    guard let id = box.value?.id else { throw Failure.internal(reference: "no policy was presented") }
    _ = try await service.submit(.id(id), command(people[0]))
    _ = try await service.approve(.id(id), comment: nil, command(people[1]))
  }

  func sweep() async throws {
    while try await test.database.write(.system, { try await ClockSweepService.advance(at: clock.now, in: $0) }) > 0 {}
  }

  func recount() async throws {
    while try await test.database.write(.system, { try await ClockSweepService.recount(at: clock.now, in: $0) }) > 0 {}
  }

  func events(_ clock: Clock) async throws -> [Event] {
    try await service.history(.id(clock.id), PageRequest(limit: 100, sort: [.init("position")]), desk).items
  }
}
