import Domain
import Testing

/// What every body refuses, whatever its key (M23): the rules of reading, walked member by member.
@Suite struct PolicyBodyTests {
  private typealias Step = PolicyFault.Step

  private func faults(_ key: PolicyKey, _ body: EventValue) -> [PolicyFault] {
    switch key.normalised(body) {
    case .success: []
    case .failure(let refused): refused.faults
    }
  }

  /// Every object within the value, by its way.
  private static func objects(_ value: EventValue, _ way: [PolicyFault.Step] = []) -> [[PolicyFault.Step]] {
    switch value {
    case .object(let members): [way] + members.sorted { $0.key < $1.key }.flatMap { objects($1, way + [.member($0)]) }
    case .list(let items): items.enumerated().flatMap { objects($1, way + [.element($0)]) }
    case .null, .text, .integer, .boolean: []
    }
  }

  private static func member(_ value: EventValue, _ step: PolicyFault.Step) -> EventValue {
    switch (value, step) {
    case (.object(let members), .member(let name)): members[name] ?? .null
    case (.list(let items), .element(let place)): items[place]
    default: .null
    }
  }

  /// The value with what stands at the way replaced; `nil` takes it out.
  private static func replacing(
    _ value: EventValue, _ way: ArraySlice<PolicyFault.Step>, _ new: EventValue?
  ) -> EventValue? {
    guard let step = way.first else { return new }
    let inner = replacing(member(value, step), way.dropFirst(), new)
    switch (value, step) {
    case (.object(var members), .member(let name)):
      members[name] = inner
      return .object(members)
    case (.list(var items), .element(let place)):
      if let inner { items[place] = inner } else { items.remove(at: place) }
      return .list(items)
    default: return value
    }
  }

  @Test(
    "what comes with the product is a sound body, and reads back as it was written (M23)", arguments: PolicyKey.allCases
  )
  func standard(_ key: PolicyKey) throws {
    #expect(try key.normalised(key.standardBody).get() == key.standardBody)
    #expect(faults(key, key.standardBody) == [])
  }

  @Test("an unknown member is refused wherever it stands (C-02)", arguments: PolicyKey.allCases)
  func unknownMembers(_ key: PolicyKey) throws {
    for way in Self.objects(key.standardBody) {
      let place = way + [Step.member("nonsense")]
      let body = try #require(Self.replacing(key.standardBody, place[...], .integer(1)))
      #expect(faults(key, body).map(\.path) == [place], "\(place)")
      #expect(faults(key, body).map(\.code) == [.unknownField], "\(place)")
    }
  }

  @Test("a member of another kind is refused, and nothing else of the body (C-09)", arguments: PolicyKey.allCases)
  func wrongKinds(_ key: PolicyKey) throws {
    for way in Self.objects(key.standardBody) {
      let object = way.reduce(key.standardBody, Self.member)
      guard case .object(let members) = object else { continue }
      for (name, value) in members {
        let place = way + [Step.member(name)]
        // Nothing is both: a list of objects is nowhere a text, a text nowhere a list.
        // What may be left out, and is, can be of any kind but the one that no such member has.
        let other: EventValue =
          switch value {
          case .null: .boolean(true)
          case .list: .text("nonsense")
          case .text, .integer, .boolean, .object: .list([.object([:])])
          }
        let body = try #require(Self.replacing(key.standardBody, place[...], other))
        let found = faults(key, body)
        #expect(!found.isEmpty, "\(place)")
        #expect(found.allSatisfy { $0.path.starts(with: place) && $0.code == .wrongType }, "\(place) \(found)")
      }
    }
  }

  /// Members that may be empty, and names under which a body need not have anything.
  private static func mayBeAbsent(_ place: [PolicyFault.Step]) -> Bool {
    let optional: Set<String> = [
      "automaticApprovalUpTo", "blockedDays", "complaintUpToNps", "components", "creditLimit", "dueAfter",
      "fileOfCompany", "fileOfPerson", "firstMaintenance", "km", "opensAfter", "preAuthorisation",
      "preAuthorisationDrift",
      "serviceKm", "serviceMonths",
      "serviceReminderDays", "soldParts", "travelPerKm", "upTo", "withoutPreAuthorisationUpTo",
    ]
    guard case .member(let name)? = place.last else { return false }
    // The kilometres of a guarantee on repairs are no term and must be there.
    if optional.contains(name) { return !place.contains(.member("repairs")) }
    if name == "warnBeforeMinutes" { return place.contains(.member("variants")) }
    return place.dropLast().last == .member("variants") || place.dropLast().last == .member("weights")
  }

  @Test("a missing member is named, and null counts as missing (C-09)", arguments: PolicyKey.allCases)
  func missingMembers(_ key: PolicyKey) throws {
    for way in Self.objects(key.standardBody) {
      guard case .object(let members) = way.reduce(key.standardBody, Self.member) else { continue }
      for name in members.keys {
        let place = way + [Step.member(name)]
        let without = faults(key, try #require(Self.replacing(key.standardBody, place[...], nil)))
        if Self.mayBeAbsent(place) {
          #expect(!without.contains { $0.code == .required }, "\(place)")
          continue
        }
        #expect(without.map(\.path) == [place] && without.map(\.code) == [.required], "\(place) \(without)")
        let cleared = faults(key, try #require(Self.replacing(key.standardBody, place[...], .null)))
        #expect(cleared.map(\.path) == [place], "\(place) \(cleared)")
      }
    }
  }

  @Test("every fault is told at once (C-09)")
  func allAtOnce() {
    let body: EventValue = .object([
      "attempts": .integer(0), "bestRating": .text("5"), "contactsPerMonth": .integer(4), "quietFromHour": .integer(24),
      "quietUntilHour": .integer(9), "writtenNoticeDays": .integer(2), "complaintUpToRating": .integer(2),
      "surprise": .null,
    ])
    let found = faults(.followUps, body)
    #expect(
      Set(found.map { "\($0.path) \($0.code.rawValue)" })
        == Set([
          "\([Step.member("surprise")]) unknownField", "\([Step.member("attempts")]) outOfRange",
          "\([Step.member("bestRating")]) wrongType", "\([Step.member("eventNoticeDays")]) required",
          "\([Step.member("quietFromHour")]) outOfRange",
        ]))
    #expect(found.first { $0.path == [.member("attempts")] }?.limits == ["min": "1", "max": "20"])
  }

  /// One change of what comes with the product, and the place where it must be refused.
  struct Contradiction: Sendable, CustomTestStringConvertible {
    let key: PolicyKey
    let way: [PolicyFault.Step]
    let value: EventValue
    let place: [PolicyFault.Step]
    var testDescription: String { "\(key.rawValue) \(place)" }

    init(_ key: PolicyKey, _ way: String, _ value: EventValue, at place: String? = nil) {
      func steps(_ text: String) -> [PolicyFault.Step] {
        text.split(separator: "/").map { Int($0).map { .element($0) } ?? .member(String($0)) }
      }
      self.key = key
      self.way = steps(way)
      self.value = value
      self.place = steps(place ?? way)
    }
  }

  private static func money(_ amount: String, _ currency: String = "CNY") -> EventValue {
    .object(["amount": .text(amount), "currency": .text(currency)])
  }

  private static func span(_ amount: Int64, _ unit: String) -> EventValue {
    .object(["amount": .integer(amount), "unit": .text(unit)])
  }

  private static func step(_ role: String, _ minutes: Int64) -> EventValue {
    .object(["role": .text(role), "afterMinutes": .integer(minutes)])
  }

  private static func limit(_ role: String, _ permission: String, _ upTo: EventValue) -> EventValue {
    .object(["role": .text(role), "permission": .text(permission), "upTo": upTo])
  }

  private static func required(_ number: String, of stations: EventValue) -> EventValue {
    .object([
      "partNumber": .text(number), "kind": .text("part"), "quantity": .integer(1), "stationKind": stations,
    ])
  }

  static let contradictions: [Contradiction] = [
    Contradiction(.clocks, "rules/customerFile/dueAfter", span(0, "hours"), at: "rules/customerFile/dueAfter/amount"),
    Contradiction(.clocks, "dispatch/openingPoints", .integer(30)),
    Contradiction(.clocks, "rules/firstFollowUp/opensAfter", span(8, "calendarDays")),
    Contradiction(.clocks, "rules/firstFollowUp/opensAfter", span(3, "workingDays")),
    Contradiction(.clocks, "rules/promisedDelivery/opensAfter", span(3, "hours")),
    Contradiction(
      .clocks, "rules/customerFile/escalation", .list([step("hqService", 30), step("hqExec", 30)]),
      at: "rules/customerFile/escalation/1/afterMinutes"),
    Contradiction(
      .clocks, "rules/customerFile/escalation", .list([step("hqService", 30), step("hqService", 60)]),
      at: "rules/customerFile/escalation/1/role"),
    Contradiction(.qualityLevels, "level2DemandFrom", money("10000.00")),
    Contradiction(.qualityLevels, "level2DemandFrom", money("50000.00", "EUR")),
    Contradiction(
      .qualityLevels, "veryHighFrequency", .object(["complaints": .integer(10), "windowDays": .integer(60)])),
    Contradiction(.qualityLevels, "teams/level1", .list([])),
    Contradiction(.qualityLevels, "teams/level1", .list([.text("qa"), .text("qa")])),
    Contradiction(.qualityLevels, "earlyWarning/threshold", .text("0.50")),
    Contradiction(.qualityLevels, "earlyWarning/threshold", .text("5,0")),
    Contradiction(.warranty, "firstMaintenance", .object(["months": .integer(37), "km": .null])),
    Contradiction(.threeGuarantees, "immediateDays", .integer(61)),
    Contradiction(.threeGuarantees, "period/months", .integer(37), at: "period"),
    Contradiction(.threeGuarantees, "warnAtRepairDays", .integer(31)),
    Contradiction(.threeGuarantees, "warnAtSameFault", .integer(5)),
    Contradiction(.threeGuarantees, "warnAtDayOfRepair", .integer(6)),
    Contradiction(.claimRules, "severities/sameLineTwice", .text("notice")),
    Contradiction(.claimRules, "automaticApprovalUpTo", money("-1.00"), at: "automaticApprovalUpTo/amount"),
    Contradiction(.goodwill, "bands/1/monthsAfter", .integer(6)),
    Contradiction(.goodwill, "bands/1/kmAfter", .integer(9_999)),
    Contradiction(.goodwill, "bands/0/stationPercent", .integer(51)),
    Contradiction(.oldParts, "consequences/late", .text("forgiven")),
    Contradiction(.settlement, "deposit", money("1.00", "USD")),
    Contradiction(.labourRates, "perHour", .object(["warranty": money("0.00")]), at: "perHour/warranty"),
    Contradiction(
      .labourRates, "perHour", .object(["warranty": money("180.00"), "campaign": money("20.00", "EUR")])),
    Contradiction(.partsOrders, "types/vor/supplyDays", .integer(4)),
    Contradiction(.partsOrders, "types/urgent/supplyDays", .integer(8)),
    Contradiction(
      .partsStandards, "required",
      .list([
        required("P-1", of: .text("fourInOne")), required("P-1", of: .text("serviceOnly")), required("P-1", of: .null),
      ]),
      at: "required/2/partNumber"),
    Contradiction(
      .partsStandards, "required", .list([required("P-1", of: .null), required("P-1", of: .text("serviceOnly"))]),
      at: "required/1/partNumber"),
    Contradiction(
      .partsStandards, "salesPerMonth",
      .object(["original": money("100.00"), "compatible": money("20.00", "EUR")])),
    Contradiction(.followUps, "complaintUpToRating", .integer(5)),
    Contradiction(.assessment, "weights/satisfaction", .integer(26), at: "weights"),
    Contradiction(.assessment, "grades/fourStars", .integer(95)),
    Contradiction(.penalties, "tariff/1/code", .text("ASM-P1")),
    Contradiction(.penalties, "tariff/0/most", money("19.99")),
    Contradiction(.penalties, "tariff/0/most", money("50.00", "EUR")),
    Contradiction(
      .approvalLimits, "limits",
      .list([
        limit("hqClaims", "warrantyClaims:decide", .null), limit("hqClaims", "warrantyClaims:decide", money("5.00")),
      ]), at: "limits/1/role"),
    Contradiction(
      .approvalLimits, "limits",
      .list([
        limit("hqClaims", "warrantyClaims:decide", money("5.00")),
        limit("hqClaims", "preAuthorisations:approve", money("5.00")),
        limit("hqClaims", "warrantyClaims:check", money("5.00", "EUR")),
        limit("stClaims", "warrantyClaims:decide", money("5.00")),
      ]), at: "limits/3/permission"),
    Contradiction(
      .approvalLimits, "limits", .list([limit("hqClaims", "warrantyClaims:decree", .null)]), at: "limits/0/permission"),
  ]

  @Test("numbers that contradict each other are refused where they stand (M23)", arguments: contradictions)
  func contradiction(_ contradiction: Contradiction) throws {
    let standard = contradiction.key.standardBody
    let body = try #require(Self.replacing(standard, contradiction.way[...], contradiction.value))
    let found = faults(contradiction.key, body)
    #expect(found.map(\.path) == [contradiction.place], "\(found)")
  }

  @Test("every key has a rule between its members that a test breaks, or none to break")
  func everyKey() {
    // A single number contradicts nothing.
    #expect(Set(Self.contradictions.map(\.key)) == Set(PolicyKey.allCases).subtracting([.complaints]))
  }

  @Test("a body of claim rules from before drift was audited is valid as it was, and has it reviewed (A12, M23)")
  func youngerSeverity() throws {
    let way: [PolicyFault.Step] = [.member("severities"), .member("preAuthorisationDrift")]
    let before = try #require(Self.replacing(PolicyKey.claimRules.standardBody, way[...], nil))
    #expect(before != PolicyKey.claimRules.standardBody)
    let read = ClaimRulesPolicy.read(before)
    #expect(read.faults.isEmpty && read.body?.severities[.preAuthorisationDrift] == .review)
    // It is kept and answered whole.
    #expect(read.body?.written == PolicyKey.claimRules.standardBody)
  }

  @Test("a stored version that is older than a member of its body reads with what the product has for it (A5)")
  func older() throws {
    let standard = ClocksPolicy.standard.written
    let stored = try #require(
      Self.replacing(standard, [.member("rules"), .member("oldPartReturn")], nil).flatMap {
        Self.replacing(
          $0, [.member("rules"), .member("customerFile"), .member("dueAfter"), .member("amount")], .integer(5))
      })
    #expect(!faults(.clocks, stored).isEmpty)
    let body = try #require(ClocksPolicy(stored: stored))
    #expect(body[.oldPartReturn] == PolicyDefaults.clocks[.oldPartReturn])
    #expect(body[.customerFile].dueAfter == ClockSpan(5, .calendarDays))
    #expect(ClocksPolicy(stored: .list([])) == nil)
    // Rules between members bind who writes now, not what was approved once.
    let lenient = try #require(
      Self.replacing(PolicyKey.followUps.standardBody, [.member("complaintUpToRating")], .integer(9)))
    #expect(FollowUpsPolicy(stored: lenient)?.complaintUpToRating == 9)
  }

  @Test("versions are written as key and number", arguments: ["clocks@0", "approvalLimits@123456789"])
  func versions(_ text: String) throws {
    #expect(try #require(PolicyVersion(text)).description == text)
  }

  @Test(
    "anything else is no version",
    arguments: ["clocks", "clocks@", "clocks@-1", "clocks@01", "Clocks@1", "clocks@1@2", "clocks@1234567890", "@1"])
  func noVersions(_ text: String) { #expect(PolicyVersion(text) == nil) }
}
