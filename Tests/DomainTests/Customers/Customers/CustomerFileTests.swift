import Domain
import FoundationEssentials
import Testing

/// What a file must have (CUS-02…04), when a letter is due (FUP-09) and a vehicle (CUS-09).
@Suite struct CustomerCareTests {
  private static let now = Timestamp(milliseconds: 1_795_248_000_000)

  private static func file(
    _ kind: Customer.Kind, _ filled: Set<CustomerFileMember>, _ vehicles: [CustomerFile.VehicleFacts] = []
  ) -> CustomerFile {
    CustomerFile(
      customerID: .new(at: now), number: "CU-1", stationID: .new(at: now), kind: kind, filled: filled,
      vehicles: vehicles, dueAt: nil, createdAt: now)
  }

  private static let whole = CustomerFile.VehicleFacts(
    vin: "LSVAA4182E2123456", hasPlate: true, hasModel: true, hasNextMaintenance: true)
  private static let bare = CustomerFile.VehicleFacts(
    vin: "LSYHDAAA0PK012345", hasPlate: false, hasModel: true, hasNextMaintenance: false)

  @Test("a file says by pointer what the rule of its kind misses (CUS-02, CUS-03, CUS-04)")
  func completeness() {
    let policy = FollowUpsPolicy.standard
    #expect(Self.file(.person, []).missing(under: policy) == ["#/address", "#/wishedService", "#/vehicles"])
    #expect(Self.file(.company, []).missing(under: policy) == ["#/address", "#/vehicles"])
    #expect(
      Self.file(.person, [.address, .wishedService], [Self.whole, Self.bare]).missing(under: policy) == [
        "#/vehicles/LSYHDAAA0PK012345/plate", "#/vehicles/LSYHDAAA0PK012345/nextMaintenanceDate",
      ])
    #expect(Self.file(.person, [.address, .wishedService], [Self.whole]).missing(under: policy) == [])
    var strict = policy
    strict.fileOfCompany = [.email, .city, .contactPreference]
    #expect(Self.file(.company, [.city]).missing(under: strict) == ["#/email", "#/contactPreference"])
    strict.fileOfCompany = nil
    #expect(Self.file(.company, []).missing(under: strict) == [])
  }

  @Test("files that are counted together are complete when each by itself is, whatever is filled (CUS-11)")
  func groups() {
    var strict = FollowUpsPolicy.standard
    strict.fileOfCompany = CustomerFileMember.allCases
    let members: [CustomerFileMember] = [.address, .city, .email, .contactPreference, .wishedService]
    for policy in [FollowUpsPolicy.standard, strict] {
      for kind in Customer.Kind.allCases {
        for bits in 0..<512 {
          let filled = Set(members.enumerated().filter { bits & 1 << $0.offset != 0 }.map(\.element))
          let one = CustomerFile.VehicleFacts(
            vin: "LSVAA4182E2123456", hasPlate: bits & 32 != 0, hasModel: bits & 64 != 0,
            hasNextMaintenance: bits & 128 != 0)
          // With the bit, beside a vehicle that has everything: a file has what each of its vehicles has.
          let vehicles = bits & 256 == 0 ? [one] : [one, Self.whole]
          for own in [[], vehicles] {
            let group = CustomerFileGroup(
              stationID: .new(at: Self.now), kind: kind, filled: filled, vehicles: own.first, files: 1, overdue: 0,
              oldestAt: Self.now)
            #expect(
              group.isComplete(under: policy) == Self.file(kind, filled, own).missing(under: policy).isEmpty,
              "\(kind) \(bits) \(own.count)")
          }
        }
      }
    }
  }

  @Test("an event is announced two weeks before, or at once when it is nearer (FUP-09, T-06)")
  func notices() throws {
    func draft(in days: Int64?, dueAt: Timestamp? = nil) -> LetterDraft {
      LetterDraft(
        stationID: nil,
        content: LetterContent(
          kind: .invitation, subject: "s", text: "t",
          event: days.map { LetterEvent(title: "e", address: "a", startsAt: Self.now.adding(seconds: $0 * 86_400)) },
          rule: LetterRule(), externalIDs: [:]), dueAt: dueAt)
    }
    let policy = FollowUpsPolicy.standard
    #expect(try draft(in: 30).dueAt(under: policy, now: Self.now) == Self.now.adding(seconds: 16 * 86_400))
    #expect(try draft(in: 14).dueAt(under: policy, now: Self.now) == Self.now)
    #expect(try draft(in: 3).dueAt(under: policy, now: Self.now) == Self.now)
    #expect(try draft(in: nil).dueAt(under: policy, now: Self.now) == Self.now)
    let wished = Self.now.adding(seconds: 100)
    #expect(try draft(in: 30, dueAt: wished).dueAt(under: policy, now: Self.now) == wished)
    #expect(throws: Refusal.self) { try draft(in: 0).dueAt(under: policy, now: Self.now) }
    #expect(throws: Refusal.self) {
      try draft(in: 30, dueAt: Self.now.adding(seconds: -1)).dueAt(under: policy, now: Self.now)
    }
  }

  private static func letter(
    _ kind: Letter.Kind, event: LetterEvent? = nil, to customers: [Customer.ID] = [], dueAt: Timestamp? = nil
  ) -> LetterDraft {
    LetterDraft(
      stationID: nil,
      content: LetterContent(
        kind: kind, subject: "s", text: "t", event: event, rule: LetterRule(customerIDs: customers), externalIDs: [:]),
      dueAt: dueAt)
  }

  @Test("what tells of an event falls due before it begins, when it is planned and when it is put off (FUP-09, T-06)")
  func noticeInTime() throws {
    let event = LetterEvent(title: "e", address: "a", startsAt: Self.now.adding(seconds: 86_400))
    let last = event.startsAt.adding(seconds: -1)
    let policy = FollowUpsPolicy.standard
    #expect(try Self.letter(.notice, event: event, dueAt: last).dueAt(under: policy, now: Self.now) == last)
    #expect(throws: Refusal.invalid("#/dueAt", .outOfRange, "must be before the event begins")) {
      try Self.letter(.notice, event: event, dueAt: event.startsAt).dueAt(under: policy, now: Self.now)
    }
    let clerk = Caller(subject: .client(UUID()), name: "李娜", roles: [], permissions: [], scope: .network)
    var planned = Letter(
      id: .new(at: Self.now), number: "LT-1", stationID: .new(at: Self.now), state: .planned, version: 1,
      stamp: RecordStamp(by: clerk, at: Self.now), content: Self.letter(.notice, event: event).content,
      dueAt: Self.now)
    var edit = Letter.Edit()
    edit.dueAt = .set(event.startsAt)
    #expect(throws: Refusal.self) { try planned.apply(edit, at: Self.now) }
    #expect(planned.dueAt == Self.now)
    edit.dueAt = .set(last)
    try planned.apply(edit, at: Self.now)
    #expect(planned.dueAt == last)
  }

  @Test(
    "a reply names whom it answers; without that it would go to everybody (FUP-12)", arguments: Letter.Kind.allCases)
  func addressee(kind: Letter.Kind) throws {
    try Self.letter(kind, to: [.new(at: Self.now)]).requireAddressee()
    guard kind == .reply else { return try Self.letter(kind).requireAddressee() }
    #expect(throws: Refusal.self) { try Self.letter(kind).requireAddressee() }
  }

  private static func day(_ text: String) -> CalendarDate? { CalendarDate(text) }

  private static func reading(_ km: Int, _ day: String) -> OdometerLedger.Reading {
    .init(kilometres: km, at: Timestamp("\(day)T04:00:00Z") ?? now)
  }

  @Test("the next service is the earlier of the interval's day and the day of its kilometres (CUS-09, WAR-10, WO-38)")
  func prediction() {
    let policy = FollowUpsPolicy.standard  // 6 months, 5,000 km
    func facts(
      last: String? = "2026-01-15", lastKm: Int? = 10_000, oldest: OdometerLedger.Reading? = nil,
      latest: OdometerLedger.Reading? = nil, date: String? = nil, km: Int? = nil
    ) -> NextService.Facts {
      NextService.Facts(
        plannedDate: date.flatMap(Self.day), plannedKm: km, lastServiceOn: last.flatMap(Self.day),
        lastServiceKm: lastKm,
        oldest: oldest, latest: latest)
    }
    // Nothing read since: the months alone.
    let months = NextService.predicted(facts(), under: policy)
    #expect(months?.dueOn == Self.day("2026-07-15") && months?.basis == .months && months?.dueKm == 15_000)
    // 40 km a day: 3,000 km more take 75 days.
    let driven = facts(oldest: Self.reading(8_000, "2025-12-01"), latest: Self.reading(12_000, "2026-03-11"))
    #expect(driven.metresPerDay == 40_000)
    let kilometres = NextService.predicted(driven, under: policy)
    #expect(kilometres?.dueOn == Self.day("2026-05-25") && kilometres?.basis == .kilometres)
    #expect(kilometres?.cycle == Self.day("2026-01-15"))
    // Passed already: due on the day of the reading that showed it.
    let over = NextService.predicted(
      facts(oldest: Self.reading(8_000, "2025-12-01"), latest: Self.reading(16_000, "2026-03-11")), under: policy)
    #expect(over?.dueOn == Self.day("2026-03-11"))
    // What somebody named wins, whichever of both comes first.
    let planned = NextService.predicted(facts(date: "2026-09-01", km: 15_000), under: policy)
    #expect(planned?.dueOn == Self.day("2026-09-01") && planned?.basis == .planned)
    // Nothing to count from.
    #expect(NextService.predicted(facts(last: nil, lastKm: nil), under: policy) == nil)
    // A vehicle that stands never drives its kilometres.
    let still = facts(oldest: Self.reading(10_000, "2026-01-01"), latest: Self.reading(10_000, "2026-03-11"))
    #expect(NextService.predicted(still, under: policy)?.basis == .months)
    var neither = policy
    neither.serviceMonths = nil
    neither.serviceKm = nil
    #expect(NextService.predicted(driven, under: neither) == nil)
  }

  @Test(
    "months end where the month ends",
    arguments: [
      ("2026-08-31", 6, "2027-02-28"), ("2023-08-31", 6, "2024-02-29"), ("2026-12-15", 1, "2027-01-15"),
      ("2026-01-31", 12, "2027-01-31"),
    ])
  func months(from: String, months: Int, to: String) {
    #expect(Self.day(from)?.adding(months: months) == Self.day(to))
  }
}
