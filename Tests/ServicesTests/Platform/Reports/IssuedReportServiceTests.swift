import Domain
import FoundationEssentials
import Repositories
import Services
import TestSupport
import Testing

@Suite("Issued reports", .timeLimit(.minutes(20)))
struct IssuedReportServiceTests {
  @Test("a report that was issued never changes; what comes later stands in the next one (CALL-08, domain.md 14)")
  func frozen() async throws {
    try await ReportDesk.with { desk in
      let request = try await desk.requests.create()
      desk.clock.advance(seconds: 86_400)
      let first = try await desk.issue(.hotlineDaily, desk.yesterday())
      let before = try await desk.text(first)
      #expect(first.rowCount == 1 && before.contains(request.number) && before.contains("received"))

      // A late fact about the day that is over.
      let solved = try await desk.requests.run {
        try await desk.requests.service.resolveByPhone(.id(request.id), desk.requests.resolution(), $0)
      }
      #expect(try await desk.text(first) == before)
      #expect(try await desk.issued.get(.id(first.id), desk.requests.hotline) == first)
      let again = try await desk.reports.live(
        .hotlineDaily, ReportRequest(stationID: nil, period: first.period), at: desk.clock.now, desk.requests.hotline)
      #expect(again.rows[0] != [] && again.figures.first { $0.name == "resolvedByPhone" }?.value == 1)

      desk.clock.advance(seconds: 86_400)
      let next = try await desk.issue(.hotlineDaily, desk.yesterday())
      let after = try await desk.text(next)
      #expect(next.number != first.number && after.contains(solved.number) && after.contains("carriedOver"))
      #expect(after.contains("resolvedByPhone") && !before.contains("resolvedByPhone"))
      #expect(try await desk.text(first) == before)
    }
  }

  @Test("an ended request stands in the report of the day on which it ended, and in none after it")
  func carriedOver() async throws {
    try await ReportDesk.with { desk in
      let open = try await desk.requests.create()
      let cancelled = try await desk.requests.create()
      _ = try await desk.requests.run {
        try await desk.requests.service.cancel(.id(cancelled.id), reason: "误报", $0)
      }
      func numbers(_ day: ReportPeriod) async throws -> [ReportValue] {
        try await desk.reports.live(
          .hotlineDaily, ReportRequest(stationID: nil, period: day), at: desk.clock.now, desk.requests.hotline
        ).rows.map { $0[0] }
      }
      #expect(try await numbers(ReportPeriod(day: desk.today)) == [.text(open.number), .text(cancelled.number)])
      desk.clock.advance(seconds: 86_400)
      #expect(try await numbers(ReportPeriod(day: desk.today)) == [.text(open.number)])
      // What came in writing is another register.
      let mail = try await desk.reports.live(
        .mailRegister, ReportRequest(stationID: nil, period: ReportPeriod(day: desk.today)), at: desk.clock.now,
        desk.requests.hotline)
      #expect(mail.rows.isEmpty)
    }
  }

  @Test("of many who issue the report of a period at once one does, the others are told so (parallel clients)")
  func parallel() async throws {
    try await ReportDesk.with { desk in
      _ = try await desk.requests.create()
      desk.clock.advance(seconds: 86_400)
      let period = desk.yesterday()
      let outcomes = await Outcomes.of(8) { _ in _ = try await desk.issue(.hotlineDaily, period) }
      #expect(outcomes.succeeded == 1)
      #expect(try desk.requests.test.admin("select count(*) from issued_reports") == "1")
      #expect(try desk.requests.test.admin("select count(*) from events where type = 'issuedReport.issued'") == "1")
      await #expect {
        _ = try await desk.issue(.hotlineDaily, period)
      } throws: { error in
        guard case .conflict("report-issued", let detail)? = error as? Refusal else { return false }
        return detail.members.map(\.name) == [.conflicts]
      }
      // Past the product's own look the database stands.
      #expect(throws: (any Error).self) {
        try desk.requests.test.admin(
          """
          insert into issued_reports (id, number, report, station_id, period_from, period_before, as_of, origin,
            policy_versions, row_count, recipients, issued_at, issued_by)
          select gen_random_uuid(), 'RP-X', report, station_id, period_from, period_before, as_of, origin,
            policy_versions, row_count, recipients, issued_at, issued_by
          from issued_reports
          """)
      }
    }
  }

  @Test("nobody changes what was issued, with the server's rights or with all of them (SEC-11)")
  func appendOnly() async throws {
    try await ReportDesk.with { desk in
      _ = try await desk.requests.create()
      desk.clock.advance(seconds: 86_400)
      let report = try await desk.issue(.hotlineDaily, desk.yesterday())
      _ = try await desk.issued.read(.id(report.id), desk.requests.hotline.command(at: desk.clock.now))
      let test = desk.requests.test
      for table in ["issued_reports", "issued_report_contents", "issued_report_receipts"] {
        for statement in [
          "update \(table) set \(table == "issued_reports" ? "row_count = 7" : table == "issued_report_contents" ? "content = 'x'" : "reader = 'x'")",
          "delete from \(table)", "truncate \(table) cascade",
        ] {
          #expect(throws: (any Error).self, "\(statement)") { try test.asApplication(scope: "*", statement) }
          #expect(throws: (any Error).self, "\(statement)") { try test.admin(statement) }
        }
        #expect(try test.admin("select count(*) > 0 from \(table)") == "t")
      }
      // A hash that is not that of the bytes is not stored.
      #expect(throws: (any Error).self) {
        try test.admin(
          "insert into issued_report_contents select issued_report_id, 'image/svg+xml', 'x'::bytea, sha256, issued_at "
            + "from issued_report_contents limit 1")
      }
    }
  }

  @Test("a station's report holds its own figures and is seen by it; that of the network is headquarters' (SEC-03)")
  func scope() async throws {
    try await ReportDesk.with { desk in
      let requests = desk.requests
      let own = try await requests.create(requests.draft(at: requests.network.station), as: requests.station())
      let other = try await requests.create(
        requests.draft(at: requests.network.otherStation), as: requests.station(requests.network.otherStation))
      desk.clock.advance(seconds: 86_400)
      let network = try await desk.issue(.hotlineDaily, desk.yesterday())
      let station = try await desk.issue(.hotlineDaily, desk.yesterday(), station: requests.network.station)
      #expect(network.rowCount == 2 && station.rowCount == 1)
      let mine = try await desk.text(station, as: requests.station())
      #expect(mine.contains(own.number) && !mine.contains(other.number))
      // What headquarters issues for a station is what the station reads itself.
      let live = try await desk.reports.live(
        .hotlineDaily, ReportRequest(stationID: nil, period: station.period), at: desk.clock.now, requests.station())
      #expect(live.rows.map { $0[0] } == [.text(own.number)])
      for (report, caller) in [
        (network, requests.station()), (station, requests.station(requests.network.otherStation)),
      ] {
        await #expect(throws: Refusal.notFound) { _ = try await desk.issued.get(.id(report.id), caller) }
        await #expect(throws: Refusal.notFound) { _ = try await desk.text(report, as: caller) }
        await #expect(throws: Refusal.notFound) {
          _ = try await desk.issued.read(.id(report.id), caller.command(at: desk.clock.now))
        }
      }
      await #expect(throws: Refusal.notFound) {
        _ = try await desk.reports.live(
          .hotlineDaily, ReportRequest(stationID: requests.network.otherStation, period: station.period),
          at: desk.clock.now, requests.station())
      }
      // The second wall: with the station's session nothing of the others is there.
      let scope = "{\(requests.network.station)}"
      #expect(
        try requests.test.asApplication(scope: scope, "select count(*) from issued_reports") == "1")
      #expect(
        try requests.test.asApplication(scope: scope, "select count(*) from issued_report_contents")
          == "\(station.contents.count)")
    }
  }

  @Test(
    "a report goes to roles, stations and people; who of them has read it stands there once, with the time (SEC-11)")
  func receipts() async throws {
    try await ReportDesk.with { desk in
      let requests = desk.requests
      desk.clock.advance(seconds: 86_400)
      let report = try await desk.issue(
        .responseSpeed, desk.yesterday(), station: requests.network.station,
        [.station(requests.network.station), .role(.hqService), .user(requests.network.technician)])
      @Sendable func read(_ caller: Caller) async throws -> IssuedReport {
        let box = Box<IssuedReport>()
        _ = try await desk.issued.read(
          .id(report.id),
          caller.command(at: desk.clock.now) { report in
            box.value = report
            return Answer(status: 200)
          })
        return try #require(box.value)
      }
      let technician = requests.network.caller(
        .stServiceManager, subject: .user(requests.network.technician.uuid))
      let once = try await read(technician)
      #expect(once.receipts.map(\.recipients) == [[0, 2]] && once.version == 2)
      desk.clock.advance(seconds: 60)
      let twice = try await read(technician)
      #expect(twice == once)
      let outcomes = await Outcomes.of(6) { _ in _ = try await read(technician) }
      #expect(outcomes.succeeded == 6)
      await #expect(throws: Refusal.conflict(code: "not-a-recipient", detail: "The report went to others.")) {
        _ = try await read(requests.hotline)
      }
      let events = try await desk.issued.history(
        .id(report.id), PageRequest(limit: 10, sort: [.init("position")]), requests.hotline
      ).items.map(\.change)
      #expect(events.map(\.type) == ["issuedReport.issued", "issuedReport.read"])
      #expect(
        events.first?.data["recipients"]
          == .list([
            .text("station:\(requests.network.station)"), .text("role:hqService"),
            .text("user:\(requests.network.technician)"),
          ]))
      // Nobody is sent what he may not see.
      await #expect(throws: Refusal.self) {
        _ = try await desk.issue(.hotlineDaily, desk.yesterday(), [.user(requests.network.technician)])
      }
      await #expect(throws: Refusal.self) {
        _ = try await desk.issue(.hotlineDaily, desk.yesterday(), [.user(.new(at: desk.clock.now))])
      }
    }
  }

  @Test("for whoever reaches nothing but his own jobs nothing else is counted, also with the station named (SEC-03)")
  func own() async throws {
    try await ReportDesk.with { desk in
      let requests = desk.requests
      _ = try await requests.started()
      func holder(_ user: UUID) -> Caller {
        Caller(
          subject: .user(user), name: "技师", roles: [], permissions: Set(Permission.allCases),
          scope: Scope(.station(requests.network.station), extent: .own(Scope.Holder(user: user))))
      }
      let whole = requests.station()
      let stranger = holder(UUID())
      let registrar = holder(try #require(requests.hotline.subject.id))
      let today = ReportPeriod(day: desk.today)
      for name in ReportName.allCases {
        let period = ReportDefinition.of(name).isIssued ? today : nil
        for station in [nil, requests.network.station] {
          func rows(_ caller: Caller) async throws -> Int {
            try await desk.reports.live(
              name, ReportRequest(stationID: station, period: period), at: desk.clock.now, caller
            ).rows.count
          }
          #expect(try await rows(stranger) == 0, "\(name)")
          if [.hotlineDaily, .responseSpeed].contains(name) {
            #expect(try await rows(whole) == 1, "\(name)")
            #expect(try await rows(registrar) == 1, "\(name)")
          }
        }
      }
    }
  }

  @Test("issuing takes the permission (SEC-01)")
  func permission() async throws {
    try await ReportDesk.with { desk in
      desk.clock.advance(seconds: 86_400)
      await #expect(throws: Refusal.forbidden(.reportsFreeze)) {
        _ = try await desk.issue(
          .hotlineDaily, desk.yesterday(),
          as: Caller(
            subject: .client(UUID()), name: "x", roles: [.callCentre], permissions: [.reportsRead], scope: .network))
      }
      await #expect(throws: Refusal.forbidden(.serviceRequestsRead)) {
        _ = try await desk.reports.live(
          .hotlineDaily, ReportRequest(stationID: nil, period: desk.yesterday()), at: desk.clock.now,
          Caller(
            subject: .client(UUID()), name: "x", roles: [], permissions: [.reportsRead], scope: .network))
      }
    }
  }

  @Test("response is judged by the policy, from the same requests that the lists show (T-09, ANA-11)")
  func responseSpeed() async throws {
    try await ReportDesk.with { desk in
      let requests = desk.requests
      // In time: accepted within minutes; late: after an hour; due and open; not due yet; no repair call.
      _ = try await requests.accepted()
      let late = try await requests.dispatched()
      requests.clock.advance(seconds: 3_600)
      _ = try await requests.run(as: requests.station()) {
        try await requests.service.accept(.id(late.id), expectedArrivalAt: nil, $0)
      }
      _ = try await requests.dispatched()
      requests.clock.advance(seconds: 3_600)
      _ = try await requests.dispatched()
      _ = try await requests.dispatched(requests.draft(.consultation))
      let report = try await desk.reports.live(
        .responseSpeed, ReportRequest(stationID: nil, period: ReportPeriod(day: desk.today)), at: requests.clock.now,
        requests.hotline)
      let columns = report.definition.columns.map(\.name)
      let row = Dictionary(uniqueKeysWithValues: zip(columns, try #require(report.rows.first)))
      #expect(report.rows.count == 1 && row["station"] == .text("SY001"))
      #expect(row["calls"] == .integer(4) && row["responded"] == .integer(2))
      #expect(row["inTime"] == .integer(1) && row["late"] == .integer(2))
      #expect(row["inTimePercent"] == .percent(tenths: 333))
      #expect(report.policyVersions == [PolicyVersion(.clocks, 0)])
      // The other station has none, and sees none of these.
      let elsewhere = try await desk.reports.live(
        .responseSpeed, ReportRequest(stationID: nil, period: ReportPeriod(day: desk.today)), at: requests.clock.now,
        requests.station(requests.network.otherStation))
      #expect(elsewhere.rows.isEmpty)
    }
  }
}
