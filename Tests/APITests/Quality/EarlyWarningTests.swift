import API
import Domain
import FoundationEssentials
import TestSupport
import Testing

/// Signals of the early warning over HTTP, and the papers about major quality problems (A11, QI-24).
@Suite("Early warning over HTTP", .timeLimit(.minutes(20))) struct EarlyWarningTests {
  private static let path = "/v1/early-warnings"

  @Test("a signal is read with its numbers and its rule, acknowledged once, and its history kept (A11)")
  func signal() async throws {
    try await APIBench.with { bench in
      let quality = bench.token(.qa, scope: .network)
      let recorded = try await TestSignal.record(bench.database, at: SystemClock.now())
      let path = "\(Self.path)/\(recorded.id)"
      let read = await bench.get(path, quality)
      #expect(read.status == 200 && read.member("state") == "open" && read.member("level") == "1", "\(read.text)")
      #expect(read.member("figures/score") == "6.12" && read.member("figures/reports") == "7")
      #expect(read.member("rule/threshold") == "5.00" && read.member("policyVersion") == "qualityLevels@0")
      #expect(read.member("sentence") == recorded.sentence && read.count("sources") == 1)
      let issue = await bench.get("/v1/quality-issues/\(recorded.qualityIssueID)", quality)
      #expect(issue.member("source") == "earlyWarning" && issue.member("symptom") == recorded.sentence)

      let taken = await bench.act("\(path)/acknowledge", quality, #"{"note": "已核对"}"#)
      #expect(taken.status == 200 && taken.member("state") == "acknowledged", "\(taken.text)")
      #expect(taken.member("acknowledgement/level") == "1" && taken.member("acknowledgement/note") == "已核对")
      #expect(taken.count("availableActions") == 0)
      expectProblem(await bench.act("\(path)/acknowledge", quality), 409, "invalid-transition")
      let history = await bench.get("\(path)/history", quality)
      #expect(history.text.contains("earlyWarning.acknowledged"))
      let noted = await bench.send("POST", "\(path)/notes", quality, body: #"{"text": "与供应商核对"}"#)
      #expect(noted.status == 201)
    }
  }

  @Test("signals are listed by cell, year, state and day; by headquarters alone (A11, SEC-03)")
  func list() async throws {
    try await APIBench.with { bench in
      let quality = bench.token(.qa, scope: .network)
      let recorded = try await TestSignal.record(bench.database, at: SystemClock.now())
      func count(_ query: String, _ token: String) async -> Int {
        await bench.get("\(Self.path)?\(query)", token).count("items")
      }
      let day = recorded.signalledOn
      for query in [
        "limit=10", "state=open", "model=x5&modelYear=2024", "modelYear=2025", "component=engine",
        "qualityIssueId=\(recorded.qualityIssueID)", "signalledOnFrom=\(day)", "number=\(recorded.number)",
      ] {
        #expect(await count(query, quality) == 1, "\(query)")
      }
      for query in ["state=acknowledged", "modelYear=2023", "make=x", "signalledOnBefore=\(day)"] {
        #expect(await count(query, quality) == 0, "\(query)")
      }
      let station = bench.master()
      #expect(await count("limit=10", bench.master(.station(bench.network.station))) == 0)
      expectProblem(
        await bench.get("\(Self.path)/\(recorded.id)", bench.master(.station(bench.network.station))), 404, "not-found")
      expectProblem(await bench.get(Self.path, bench.token(.stServiceManager)), 403, "forbidden")
      #expect(await bench.get("\(Self.path)/\(recorded.number)", station).status == 200)
    }
  }

  @Test("statistics are counted by cell and day or month, of any span (A11)")
  func statistics() async throws {
    try await APIBench.with { bench in
      let quality = bench.token(.qa, scope: .network)
      try bench.database.admin(
        """
        insert into early_warning_statistics (make, model, model_year, component, day, source, reports, crashes, fires,
          injured, deaths, updated_at)
        select 'HUACHI', 'X5', 2025, 'ENGINE', d.day, d.source, d.reports, 0, 1, 0, 0, '2026-03-09T00:00:00Z'
        from (values (date '2026-03-01', 'complaint', 2), (date '2026-03-01', 'workOrder', 1),
          (date '2026-03-20', 'complaint', 3), (date '2026-04-01', 'complaint', 5)) as d(day, source, reports)
        """)
      let path = "/v1/early-warning-statistics?dateFrom=2026-03-01&dateBefore=2026-04-01&model=x5"
      let month = await bench.get(path, quality)
      #expect(month.count("items") == 1 && month.member("items/0/from") == "2026-03-01", "\(month.text)")
      #expect(month.member("items/0/complaints") == "5" && month.member("items/0/workOrders") == "1")
      #expect(month.member("items/0/fires") == "3" && month.member("items/0/claims") == "0")
      let days = await bench.get("\(path)&interval=day", quality)
      #expect(days.count("items") == 2 && days.member("items/0/from") == "2026-03-20")
      expectProblem(
        await bench.get("/v1/early-warning-statistics?dateFrom=2026-04-01&dateBefore=2026-03-01", quality), 400,
        "invalid-parameter", parameter: "dateFrom")
    }
  }

  @Test("statistics are paged to the last cell, each once, in the order that was asked for (A11, C-10)")
  func pages() async throws {
    try await APIBench.with { bench in
      let quality = bench.token(.qa, scope: .network)
      try bench.database.admin(
        """
        insert into early_warning_statistics (make, model, model_year, component, day, source, reports, crashes, fires,
          injured, deaths, updated_at)
        select 'HUACHI', 'X' || n, 2025, 'ENGINE', date '2026-03-01' + n % 2, 'complaint', 1 + n % 7, 0, 0, 0, 0,
          '2026-03-09T00:00:00Z'
        from generate_series(1, 250) n
        """)
      let path =
        "/v1/early-warning-statistics?dateFrom=2026-03-01&dateBefore=2026-04-01&interval=day&limit=100&total=exact"
      for (sort, member) in [("-from", "from"), ("-complaints,cell", "complaints"), ("cell", "model")] {
        var found: [String] = []
        var values: [String] = []
        var cursor = ""
        for size in [100, 100, 50] {
          let page = await bench.get("\(path)&sort=\(sort)\(cursor)", quality)
          #expect(page.count("items") == size && page.member("totalCount") == "250", "\(sort): \(page.text)")
          for place in 0..<size {
            found.append(page.member("items/\(place)/model") ?? "")
            values.append(page.member("items/\(place)/\(member)") ?? "")
          }
          cursor = page.member("nextCursor").map { "&cursor=\($0)" } ?? ""
        }
        #expect(cursor.isEmpty && Set(found).count == 250, "\(sort)")
        if member != "model" { #expect(values == values.sorted(by: >), "\(sort)") }
      }
      let first = await bench.get(path, quality)
      let other = try #require(first.member("nextCursor"))
      expectProblem(await bench.get("\(path)&model=X1&cursor=\(other)", quality), 400, "invalid-cursor")
    }
  }

  @Test(
    "whatever else is said of a complaint, a death in it is level 1 (QI-10)",
    arguments: [
      #""deaths": 1"#, #""deaths": 1, "injured": 0, "crash": true"#, #""deaths": 2, "fire": true, "brokeDown": true"#,
      #""deaths": 1, "injured": 3"#, #""deaths": 14, "crash": true, "fire": true"#,
    ])
  func deaths(_ facts: String) async throws {
    try await APIBench.with { bench in
      for category in ["vehicleQuality", "repairQuality", "parts", "attitude", "price", "timeliness", "other"] {
        let made = try await bench.created(
          "/v1/complaints", bench.master(),
          #"{"stationId": "\#(bench.network.station)", "channel": "headquarters", "contact": {"name": "王小明"}, "category": "\#(category)", "customerWords": "x", "facts": {\#(facts)}}"#
        )
        let level = try bench.database.admin(
          "select level from quality_classifications where subject_id = '\(try #require(made.member("id")))'")
        #expect(level == "level1", "\(category)")
      }
    }
  }

  @Test("the daily report of major problems is frozen; what came later stands in the next (QI-24)")
  func daily() async throws {
    try await APIBench.with { bench in
      let after = bench.token(.hqService, scope: .network)
      let made = try await bench.created(
        "/v1/quality-issues", after,
        #"{"source": "station", "symptom": "起火 Fire", "stationId": "\#(bench.network.station)", "facts": {"casualties": 1}, "suspectedMajor": true}"#
      )
      let id = try #require(made.member("id"))
      let number = try #require(made.member("number"))
      try bench.database.admin(
        "update quality_issues set created_at = created_at - interval '1 day' where id = '\(id)'")
      let today = ReportPeriod.day(of: SystemClock.now())
      let yesterday = CalendarDate(daysSinceEpoch: today.daysSinceEpoch - 1)
      let issued = try await bench.created(
        "/v1/issued-reports", bench.master(), #"{"report": "majorQualityDaily", "dateFrom": "\#(yesterday)"}"#)
      let content = "/v1/issued-reports/\(try #require(issued.member("id")))/content"
      let first = await bench.get(content, after)
      #expect(first.member("rows/0/number") == number && first.member("rows/0/section") == "reported", "\(first.text)")
      #expect(first.member("rows/0/state") == "pendingConfirmation" && first.member("rows/0/proposedLevel") == "level1")
      let confirmed = await bench.act("/v1/quality-issues/\(id)/confirm", after, #"{"level": "level1"}"#)
      #expect(confirmed.status == 200, "\(confirmed.text)")
      #expect(await bench.get(content, after).body == first.body)
      let next = await bench.get("/v1/reports/major-quality-daily?date=\(today)", after)
      #expect(next.member("rows/0/section") == "carriedOver" && next.member("rows/0/level") == "level1", "\(next.text)")
      #expect(next.member("rows/0/undelivered") == "3" && next.member("rows/0/criteria") == "L1-a")
      let weekly = await bench.get("/v1/reports/quality-weekly", after)
      #expect(weekly.member("figures/level1") == "1" && weekly.member("figures/open") == "1", "\(weekly.text)")
      let monthly = await bench.get("/v1/reports/quality-monthly", after)
      #expect(monthly.member("figures/major") == "1" && monthly.member("figures/corrective") == "0", "\(monthly.text)")
    }
  }
}
