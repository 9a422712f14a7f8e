import Domain
import FoundationEssentials
import Repositories
import Services
import TestSupport
import Testing

@testable import Workers

/// The watch on a small history with one fault in it (A11).
@Suite("The early warning's watch") struct EarlyWarningWatchTests {
  /// Two hundred complaints that have no word in common, then daily from the first of June: one fault on TARGET of 2015 and, five
  /// times, of 2016; ten different faults on OTHER; the same fault as often on CALLED, which was recalled in May.
  private static func history(until: CalendarDate? = nil) -> FieldHistory {
    var rows: [[String: String]] = []
    func add(_ day: String, _ model: String, _ year: Int, _ component: String, _ words: String) {
      rows.append([
        "ODINumber": "\(rows.count + 1)", "DateComplaintFiled": day, "ModelYear": "\(year)", "Make": "HUACHI",
        "Model": model, "Component": component, "Summary": words, "Crash": "No", "Fire": "No", "NumberOfInjured": "0",
        "NumberOfDeaths": "0",
      ])
    }
    for place in 0..<200 {
      let day = CalendarDate(daysSinceEpoch: 18_353 + Int64(place / 5))
      add(day.description, "NOISE\(place % 50)", 2012, "TIRES", words(place))
    }
    // Known for long: new vehicles have a rule of their own.
    for (place, (model, year)) in [("TARGET", 2015), ("TARGET", 2016), ("OTHER", 2015), ("CALLED", 2015)].enumerated() {
      add(CalendarDate(daysSinceEpoch: 18_164).description, model, year, "TIRES", words(2_000 + place))
    }
    let fault = "engine stalls suddenly while driving motorway lost power"
    for place in 0..<14 {
      let day = CalendarDate(daysSinceEpoch: 18_414 + Int64(place)).description
      add(day, "TARGET", 2015, "ENGINE:GASOLINE", fault)
      if place < 5 { add(day, "TARGET", 2016, "ENGINE", fault) }
      if place < 10 { add(day, "OTHER", 2015, "ENGINE", words(1_000 + place)) }
      if place < 10 { add(day, "CALLED", 2015, "ENGINE", fault) }
    }
    let recall = [
      "NHTSACampaignNumber": "20V1", "ReportReceivedDate": "2020-05-10", "Component": "ENGINE AND ENGINE COOLING",
      "ModelYear": "2015", "Make": "HUACHI", "Model": "CALLED",
    ]
    return FieldHistory(complaints: rows, recalls: [recall], until: until)
  }

  /// Eight words that no other number has.
  private static func words(_ number: Int) -> String {
    (0..<8).map { place in
      var rest = number * 8 + place
      var word = "q"
      for _ in 0..<5 {
        word.unicodeScalars.append(Unicode.Scalar(UInt8(97 + rest % 26)))
        rest /= 26
      }
      return word
    }.joined(separator: " ")
  }

  private static func warnings(_ instance: TestInstance, _ time: ManualClock) -> EarlyWarningService {
    let work = UnitOfWork(instance.database, clock: time.wall)
    let policies = PolicyBook()
    return EarlyWarningService(
      work, issues: QualityIssueService(work, clocks: ClockBook(policies)), policies: policies)
  }

  private static func record(_ history: FieldHistory, _ instance: TestInstance) async throws {
    try await instance.database.write(.system) { tx in
      for statement in FieldHistoryRepository.insert(history) { tx.enqueue(statement) }
    }
  }

  /// As the worker does, day after day up to yesterday.
  private static func run(_ instance: TestInstance, _ time: ManualClock) async throws {
    let leases = WorkerLeaseService(instance.database, clock: time.wall)
    try await leases.register(["watchEarly"])
    let lease = try #require(try await leases.acquire(["watchEarly"], holder: UUID()))
    let watch = EarlyWarningWatch(leases, warnings: warnings(instance, time), clock: time.wall)
    while try await watch.evaluate(under: lease) {}
    try await leases.succeed(lease, nextRunAfter: 1)
  }

  private static let summary =
    "select string_agg(concat_ws(' ', model, model_year_from, model_year_to, component, signalled_on, state, level, raised_on), "
    + "',' order by signalled_on, model) from early_warnings"

  @Test(
    "five with one fault warn where ten with different ones do not, once, with an issue; a campaign makes silent; the years are one"
  )
  func once() async throws {
    try await withTestDatabases(3) { instances in
      try await Self.record(Self.history(), instances[0])
      // Half past midnight in China behind the sixth of June.
      let time = ManualClock(try #require(Timestamp("2020-06-06T16:30:00Z")))
      let limit = try #require(CalendarDate("2020-06-06"))
      let now = time.now
      // Three at once, past every lease.
      try await withThrowingTaskGroup(of: Void.self) { group in
        for instance in instances {
          let service = Self.warnings(instance, time)
          group.addTask {
            while try await instance.database.write(
              .system, { tx in try await service.evaluateNextDay(through: limit, at: now, in: tx) }) != nil
            {}
          }
        }
        try await group.waitForAll()
      }
      let admin = instances[0]
      #expect(try admin.admin(Self.summary) == "TARGET 2015 2016 ENGINE 2020-06-07 open 1 2020-06-07")
      #expect(
        try admin.admin("select count(*), count(distinct source_id) from early_warning_observations") == "227|227")
      #expect(
        try admin.admin(
          "select sum(reports) from early_warning_statistics where model = 'TARGET' and component = 'ENGINE'") == "11")
      #expect(
        try admin.admin(
          "select q.source, q.state, q.symptom = w.sentence from quality_issues q join early_warnings w "
            + "on w.quality_issue_id = q.id") == "earlyWarning|reported|t")
      #expect(try admin.admin("select count(*) from events where type = 'earlyWarning.signalled'") == "1")
      #expect(try admin.admin("select (figures ->> 'reports')::int from early_warnings") == "6")
      // Evaluated days are not evaluated again.
      try await Self.run(instances[1], time)
      #expect(try admin.admin("select count(*) from early_warnings") == "1")
    }
  }

  @Test("what was acknowledged says nothing more until its level rises (A11)")
  func acknowledged() async throws {
    try await withTestDatabases(1) { instances in
      try await Self.record(Self.history(), instances[0])
      let time = ManualClock(try #require(Timestamp("2020-06-06T16:30:00Z")))
      try await Self.run(instances[0], time)
      let number = try instances[0].admin("select number from early_warnings")
      _ = try await Self.warnings(instances[0], time).acknowledge(
        .number(number), note: "已知", Caller.system.command(at: time.now))
      time.advance(seconds: 4 * 86_400)
      try await Self.run(instances[0], time)
      #expect(try instances[0].admin(Self.summary) == "TARGET 2015 2016 ENGINE 2020-06-07 acknowledged 1 2020-06-07")
      time.advance(seconds: 86_400)
      try await Self.run(instances[0], time)
      #expect(try instances[0].admin(Self.summary) == "TARGET 2015 2016 ENGINE 2020-06-07 open 2 2020-06-12")
      #expect(try instances[0].admin("select count(*) from events where type = 'earlyWarning.raised'") == "1")
      #expect(try instances[0].admin("select count(*) from quality_issues where source = 'earlyWarning'") == "1")
    }
  }

  private static func change(
    _ code: String, _ instance: TestInstance, _ time: ManualClock,
    _ change: @Sendable (inout ComponentFamily.Content) -> Void
  ) async throws {
    let families = ComponentFamilyService(UnitOfWork(instance.database, clock: time.wall))
    _ = try await families.update(.number(code), Caller.system.command(at: time.now)) { family in
      var content = family.content
      change(&content)
      return ComponentFamilyDraft(code: family.code, content: content, externalIDs: family.externalIDs)
    }
  }

  @Test(
    "what is not watched is counted and never warns; a word that means another family counts there from the next day on (A11)"
  )
  func families() async throws {
    try await withTestDatabases(1) { instances in
      let instance = instances[0]
      let time = ManualClock(try #require(Timestamp("2020-06-03T16:30:00Z")))
      try await Self.record(Self.history(), instance)
      try await Self.run(instance, time)
      try await Self.change("ENGINE", instance, time) { $0.isWatched = false }
      time.advance(seconds: 3 * 86_400)
      try await Self.run(instance, time)
      #expect(try instance.admin("select count(*) from early_warnings") == "0")
      try await Self.change("ENGINE", instance, time) {
        $0.isWatched = true
        $0.componentPrefixes.removeAll { $0 == "ENGINE" }
      }
      try await Self.change("FUEL", instance, time) { $0.componentPrefixes.append("ENGINE") }
      time.advance(seconds: 86_400)
      try await Self.run(instance, time)
      #expect(
        try instance.admin(
          "select string_agg(concat_ws(' ', component, days), ',' order by component) from (select component, count(distinct day) as days "
            + "from early_warning_observations where model = 'TARGET' and component <> 'TIRES' group by component) t")
          == "ENGINE 6,FUEL 1")
      #expect(try instance.admin("select count(*) from early_warnings") == "0", "six days of one, one of the other")
    }
  }

  @Test("signals up to a day are the same when everything after it is absent (A11)")
  func noLookAhead() async throws {
    let end = try #require(Timestamp("2020-07-01T16:30:00Z"))
    let whole = try await Self.signals(of: Self.history(), at: end)
    #expect(whole.count == 2)
    for cut in ["2020-05-31", "2020-06-05", "2020-06-06", "2020-06-10", "2020-06-11"] {
      let day = try #require(CalendarDate(cut))
      let part = try await Self.signals(of: Self.history(until: day), at: end)
      #expect(part == whole.filter { $0.day <= day }, "\(cut)")
    }
  }

  private struct Said: Hashable {
    let day: CalendarDate
    let years: ClosedRange<Int>
    let level: Int
    let figures: EarlyWarningFigures
  }

  private static func signals(of history: FieldHistory, at now: Timestamp) async throws -> [Said] {
    var said: [Said] = []
    try await withTestDatabases(1) { instances in
      try await record(history, instances[0])
      let time = ManualClock(now)
      let service = warnings(instances[0], time)
      let limit = CalendarDate(daysSinceEpoch: ReportPeriod.day(of: now).daysSinceEpoch - 1)
      while let step = try await instances[0].database.write(
        .system, { tx in try await service.evaluateNextDay(through: limit, at: now, in: tx) })
      {
        said += step.signals.map {
          Said(day: step.day, years: $0.modelYears, level: $0.level, figures: $0.figures)
        }
      }
    }
    return said
  }
}
