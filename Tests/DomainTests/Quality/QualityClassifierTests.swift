import Domain
import FoundationEssentials
import Testing

/// The twelve criteria, written down a second time from the requirements (QI-10…QI-19).
@Suite struct QualityClassifierTests {
  private static let policy = PolicyDefaults.qualityLevels

  private static func yuan(_ text: String) -> Money {
    Money(text, currency: .cny) ?? Money(minor: -1, currency: .cny)
  }

  private static func criteria(
    _ facts: QualityFacts, by policy: QualityLevelsPolicy = policy
  ) -> [String] {
    QualityClassifier.classify(facts, by: policy).matches.map(\.criterion.rawValue)
  }

  @Test(
    "a demand of 10,000 is level 3, of 50,000 level 2, a cent less is not (QI-17, QI-18d, T-28, T-29)",
    arguments: [
      ("0.00", [], nil), ("9999.99", [], nil), ("10000.00", ["L3-d"], QualityLevel.level3),
      ("49999.99", ["L3-d"], .level3), ("50000.00", ["L2-d"], .level2), ("50000.01", ["L2-d"], .level2),
    ] as [(String, [String], QualityLevel?)])
  func demand(_ amount: String, _ expected: [String], _ level: QualityLevel?) {
    let facts = QualityFacts(compensationDemand: Self.yuan(amount))
    #expect(Self.criteria(facts) == expected)
    #expect(QualityClassifier.classify(facts, by: Self.policy).level == level)
  }

  @Test(
    "a loss of the vehicle's value is not above it, a cent more is (QI-13, T-30)",
    arguments: [
      ("128000.00", []), ("128000.01", ["L1-d"]), ("127999.99", []), ("999999999999999.99", ["L1-d"]),
    ] as [(String, [String])])
  func loss(_ amount: String, _ expected: [String]) {
    let facts = QualityFacts(companyLoss: Self.yuan(amount), vehicleValue: Self.yuan("128000.00"))
    #expect(Self.criteria(facts) == expected)
    #expect(Self.criteria(QualityFacts(companyLoss: Self.yuan(amount))) == [], "without a value nothing is compared")
  }

  @Test("one casualty is level 1; none makes a major accident level 2 (QI-10, QI-14)")
  func casualties() {
    #expect(Self.criteria(QualityFacts(casualties: 0)) == [])
    #expect(Self.criteria(QualityFacts(casualties: 1)) == ["L1-a"])
    #expect(Self.criteria(QualityFacts(casualties: 0, majorAccident: true)) == ["L2-a"])
    #expect(Self.criteria(QualityFacts(casualties: nil, majorAccident: true)) == ["L2-a"])
    #expect(Self.criteria(QualityFacts(casualties: 1, majorAccident: true)) == ["L1-a"])
  }

  @Test("media exposure is level 1, imminent or done, unless a person says that it does no damage (QI-11)")
  func media() {
    #expect(Self.criteria(QualityFacts(mediaExposure: .imminent)) == ["L1-b"])
    #expect(Self.criteria(QualityFacts(mediaExposure: .exposed, reputationDamage: true)) == ["L1-b"])
    #expect(Self.criteria(QualityFacts(mediaExposure: .exposed, reputationDamage: false)) == [])
    #expect(Self.criteria(QualityFacts(reputationDamage: true)) == [])
  }

  @Test("a manufacturing error is level 1 only by a person's assertion, whose words are the evidence (QI-12, D-06)")
  func manufacturingError() {
    // Everything that a system could know about a manufacturing error with loss and complaint.
    let suggestive = QualityFacts(
      companyLoss: Self.yuan("1.00"), vehicleValue: Self.yuan("2.00"), compensationDemand: Self.yuan("9000.00"),
      breakdown: false, qualityDefect: true, functionalDefect: true)
    #expect(!Self.criteria(suggestive).contains("L1-c"))
    var asserted = suggestive
    asserted.manufacturingError = ManufacturingErrorAssertion(evidence: "焊点漏焊 Weld missing", assertedBy: "赵敏")
    let match = QualityClassifier.classify(asserted, by: Self.policy).matches.first
    #expect(match?.criterion == .manufacturingError)
    #expect(match?.evidence.contains("焊点漏焊") == true && match?.evidence.contains("赵敏") == true)
  }

  @Test("sales: affected is level 2, endangered level 3 (QI-16, QI-18b); a breakdown is level 3 (QI-18c)")
  func salesAndBreakdown() {
    #expect(Self.criteria(QualityFacts(salesImpact: .direct)) == ["L2-c"])
    #expect(Self.criteria(QualityFacts(salesImpact: .possible)) == ["L3-b"])
    #expect(Self.criteria(QualityFacts(breakdown: true)) == ["L3-c"])
  }

  @Test("frequency: exactly at the threshold is enough, inside the window and for a defect only (QI-15, QI-18a, QI-30)")
  func frequency() {
    var policy = Self.policy
    policy.veryHighFrequency = ComplaintFrequency(complaints: 10, windowDays: 30)
    policy.ratherHighFrequency = ComplaintFrequency(complaints: 5, windowDays: 90)
    func facts(_ complaints: Int, _ days: Int, functional: Bool = false, quality: Bool = false) -> QualityFacts {
      QualityFacts(
        qualityDefect: quality, functionalDefect: functional,
        complaintFrequency: [ComplaintCount(complaints: complaints, windowDays: days)])
    }
    #expect(Self.criteria(facts(9, 30, functional: true), by: policy) == ["L3-a"])
    #expect(Self.criteria(facts(10, 30, functional: true), by: policy) == ["L2-b", "L3-a"])
    #expect(Self.criteria(facts(10, 30, quality: true), by: policy) == ["L3-a"], "no functional defect")
    #expect(Self.criteria(facts(10, 31, functional: true), by: policy) == ["L3-a"], "spread over more than the window")
    #expect(Self.criteria(facts(4, 90, quality: true), by: policy) == [])
    #expect(Self.criteria(facts(5, 90, quality: true), by: policy) == ["L3-a"])
    #expect(Self.criteria(facts(5, 91, quality: true), by: policy) == [])
    #expect(Self.criteria(facts(100, 10), by: policy) == [], "no defect")
  }

  @Test("every matched criterion is told, the most severe wins (QI-19, D-07)")
  func mostSevere() {
    let all = QualityFacts(
      casualties: 2, majorAccident: true, mediaExposure: .exposed,
      manufacturingError: ManufacturingErrorAssertion(evidence: "x", assertedBy: "y"),
      companyLoss: Self.yuan("2.00"), vehicleValue: Self.yuan("1.00"), compensationDemand: Self.yuan("60000.00"),
      salesImpact: .direct, breakdown: true, functionalDefect: true,
      complaintFrequency: [ComplaintCount(complaints: 100_000, windowDays: 1)])
    let found = QualityClassifier.classify(all, by: Self.policy)
    #expect(
      found.matches.map(\.criterion.rawValue)
        == ["L1-a", "L1-b", "L1-c", "L1-d", "L2-b", "L2-c", "L2-d", "L3-a", "L3-c"])
    #expect(found.level == .level1)
    #expect(found.matches.allSatisfy { !$0.evidence.isEmpty && !$0.facts.isEmpty })
    #expect(QualityClassifier.classify(QualityFacts(), by: Self.policy).level == nil)
  }

  @Test("four criteria a level, each with its requirement (QI-06, QI-10…18d)")
  func criteria() {
    for level in QualityLevel.allCases { #expect(QualityCriterion.allCases.filter { $0.level == level }.count == 4) }
    #expect(Set(QualityCriterion.allCases.map(\.requirement)).count == 12)
    #expect(QualityLevel.level1.isGraver(than: .level2) && QualityLevel.level3.isGraver(than: nil))
  }

  @Test("the numbers are the policy's, and amounts of another currency are not compared (A1)")
  func policyNumbers() {
    var policy = Self.policy
    policy.level2DemandFrom = Self.yuan("80000.00")
    policy.level1LossAbovePercentOfVehicleValue = 200
    #expect(Self.criteria(QualityFacts(compensationDemand: Self.yuan("50000.00")), by: policy) == ["L3-d"])
    let loss = QualityFacts(companyLoss: Self.yuan("200.00"), vehicleValue: Self.yuan("100.00"))
    #expect(Self.criteria(loss, by: policy) == [] && Self.criteria(loss) == ["L1-d"])
    let euros = QualityFacts(compensationDemand: Money(minor: 9_000_000, currency: .eur))
    #expect(Self.criteria(euros) == [] && euros.amounts(notIn: .cny) == ["compensationDemand"])
  }

  @Test("facts are stored whole: what is written is what is read (A1)")
  func stored() {
    let facts = QualityFacts(
      casualties: 3, majorAccident: true, mediaExposure: .imminent, reputationDamage: false,
      manufacturingError: ManufacturingErrorAssertion(evidence: "焊点", assertedBy: "赵敏"),
      companyLoss: Self.yuan("12.34"), vehicleValue: Self.yuan("128000.00"),
      compensationDemand: Money(minor: 1, currency: .eur), salesImpact: .possible, breakdown: true,
      qualityDefect: true, functionalDefect: true,
      complaintFrequency: [
        ComplaintCount(complaints: 3, windowDays: 30), ComplaintCount(complaints: 7, windowDays: 90),
      ])
    #expect(QualityFacts(facts.value) == facts)
    #expect(QualityFacts(QualityFacts().value) == QualityFacts())
  }

  @Test("a replay says what was said, and notices if it does not (A1)")
  func replay() {
    let facts = QualityFacts(compensationDemand: Self.yuan("50000.00"))
    let record = ClassificationRecord(
      sequence: 1, occasion: .created, facts: facts,
      classification: QualityClassifier.classify(facts, by: Self.policy),
      policyVersion: PolicyVersion(.qualityLevels, 0),
      rulesVersion: 1, by: RecordStamp.Author(name: "甲", id: nil), at: OrderSamples.now)
    #expect(ClassificationReplay(of: record, by: Self.policy).isSame)
    var other = Self.policy
    other.level2DemandFrom = Self.yuan("60000.00")
    #expect(!ClassificationReplay(of: record, by: other).isSame)
  }
}
