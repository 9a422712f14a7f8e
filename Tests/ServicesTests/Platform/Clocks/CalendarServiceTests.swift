import Domain
import FoundationEssentials
import Repositories
import Services
import TestSupport
import Testing

@Suite("Working calendars and the clocks that count by them", .timeLimit(.minutes(20)))
struct CalendarServiceTests {
  private let headquarters = Caller(
    subject: .client(UUID()), name: "总部", roles: [], permissions: Set(Permission.allCases), scope: .network)

  private func draft(
    _ code: String, _ holder: WorkingCalendar.Holder, _ content: WorkingCalendar.Content = .standard
  ) -> WorkingCalendarDraft {
    WorkingCalendarDraft(code: code, holder: holder, content: content, externalIDs: [:])
  }

  private func create(
    _ desk: ClockDesk, _ draft: WorkingCalendarDraft, as caller: Caller? = nil
  ) async throws {
    _ = try await desk.calendars.create(draft, (caller ?? headquarters).command(at: desk.clock.now))
  }

  /// Rewrites the calendar as it stands, but for what `edit` changes.
  private func change(
    _ desk: ClockDesk, _ code: String, as caller: Caller? = nil, _ edit: (inout WorkingCalendar.Content) -> Void
  ) async throws {
    _ = try await desk.calendars.update(.number(code), (caller ?? headquarters).command(at: desk.clock.now)) {
      calendar in
      var content = calendar.content
      edit(&content)
      return WorkingCalendarDraft(
        code: calendar.code, holder: calendar.holder, content: content, externalIDs: calendar.externalIDs)
    }
  }

  private func inForce(_ desk: ClockDesk, _ station: Station.ID?) async throws -> String? {
    try await desk.test.database.read(.system, CalendarRepository.inForce(at: station))?.code
  }

  @Test("the nearest calendar counts: the station's, else the region's, else the network's, else the standard one")
  func nearest() async throws {
    try await ClockDesk.with { desk in
      #expect(try await inForce(desk, desk.network.station) == nil)
      try await create(desk, draft("CN", .network))
      #expect(try await inForce(desk, desk.network.station) == "CN")
      #expect(try await inForce(desk, nil) == "CN")
      try await create(desk, draft("EAST", .region(desk.network.region)))
      #expect(try await inForce(desk, desk.network.station) == "EAST")
      try await create(desk, draft("SY001", .station(desk.network.station)))
      #expect(try await inForce(desk, desk.network.station) == "SY001")
      #expect(try await inForce(desk, desk.network.otherStation) == "EAST")
      #expect(try await inForce(desk, nil) == "CN")
    }
  }

  @Test("one calendar a holder, whoever writes it at the same moment; codes are unique")
  func oneEach() async throws {
    try await ClockDesk.with { desk in
      let outcomes = await Outcomes.of(6) { place in try await create(desk, draft("CN\(place)", .network)) }
      #expect(outcomes.succeeded == 1 && outcomes.others == [], "\(outcomes.others)")
      #expect(
        outcomes.refused.allSatisfy {
          if case .conflict("calendar-exists", _) = $0 { true } else { false }
        })
      try await create(desk, draft("EAST", .region(desk.network.region)))
      await #expect(throws: Refusal.self) { try await create(desk, draft("EAST", .station(desk.network.station))) }
    }
  }

  @Test("a station writes its own calendar and no other's")
  func scopes() async throws {
    try await ClockDesk.with { desk in
      try await create(desk, draft("SY001", .station(desk.network.station)), as: desk.desk)
      for holder in [
        .network, .region(desk.network.region), .station(desk.network.otherStation),
      ] as [WorkingCalendar.Holder] {
        await #expect(throws: Refusal.forbidden(.calendarsWrite)) {
          try await create(desk, draft("X", holder), as: desk.desk)
        }
      }
      try await create(desk, draft("CN", .network))
      await #expect(throws: Refusal.forbidden(.calendarsWrite)) {
        try await change(desk, "CN", as: desk.desk) { $0.name = "改名" }
      }
      // Everybody reads it.
      #expect(try await desk.calendars.get(.number("CN"), desk.desk).code == "CN")
    }
  }

  @Test(
    "a holiday entered later moves the clocks that count by it, with a line that says so; ended ones stay as they were")
  func recount() async throws {
    try await ClockDesk.with { desk in
      try await create(desk, draft("CN", .network))
      // The policy in force counts the customer's file in two working days here.
      try await desk.policy(.customerFile) { $0.dueAfter = ClockSpan(2, .workingDays) }
      let running = desk.owner()
      let ended = desk.owner()
      let elapsed = desk.owner()
      try await desk.start(.customerFile, on: running)
      try await desk.start(.customerFile, on: ended)
      try await desk.start(.repairCallResponse, on: elapsed)
      try await desk.perform { try await desk.book.meet([.customerFile], of: ended.subject, $0, in: $1) }
      // A Saturday: due on Tuesday.
      #expect(try await desk.clocks(running).first?.status.dueAt == Timestamp("2026-11-24T17:30:00+08:00"))
      try await desk.recount()
      #expect(try await desk.clocks(running).first?.version == 1)

      let monday = try #require(CalendarDate("2026-11-23"))
      try await change(desk, "CN") { content in
        content.exceptions.append(.init(date: monday, kind: .holiday, name: "停电"))
      }
      try await desk.recount()
      let moved = try #require(try await desk.clocks(running).first)
      #expect(moved.status.dueAt == Timestamp("2026-11-25T17:30:00+08:00"))
      #expect(moved.entries.last?.kind == .recomputed)
      #expect(moved.entries.last?.reason == "Calendar CN, version 2")
      #expect(moved.status == moved.ledger.status)
      #expect(moved.explanation(at: desk.clock.now)?.days.contains { $0.name == "停电" } == true)
      let kept = try #require(try await desk.clocks(ended).first)
      #expect(kept.version == 2 && kept.status.calendar.version == 1)
      #expect(kept.explanation(at: desk.clock.now)?.days.contains { $0.name == "停电" } == false)
      #expect(try await desk.clocks(elapsed).first?.version == 1)
      // Once.
      try await desk.recount()
      #expect(try await desk.clocks(running).first?.version == 2)
    }
  }

  @Test("a patch that changes nothing keeps version and history; every version is kept for ever (C-17)")
  func versions() async throws {
    try await ClockDesk.with { desk in
      try await create(desk, draft("CN", .network))
      try await change(desk, "CN") { _ in }
      #expect(try desk.test.admin("select count(*) from calendar_versions") == "1")
      try await change(desk, "CN") { $0.name = "新名" }
      #expect(
        try desk.test.admin("select string_agg(name, ',' order by version) from calendar_versions") == "标准工作日历,新名")
      #expect(throws: (any Error).self) {
        try desk.test.asApplication(scope: "*", "update calendar_versions set name = 'x'")
      }
      let page = PageRequest(limit: 10, sort: [.init("position")])
      let history = try await desk.calendars.history(.number("CN"), page, headquarters)
      #expect(history.items.map(\.change.type) == ["calendar.created", "calendar.updated"])
    }
  }
}
