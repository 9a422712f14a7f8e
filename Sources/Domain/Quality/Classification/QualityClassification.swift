/// Which level facts have, and why (A1, QI-19).
package struct QualityClassification: Hashable, Sendable {
  /// A criterion that the facts meet.
  package struct Match: Hashable, Sendable {
    package let criterion: QualityCriterion
    /// Names of the facts that met it.
    package let facts: [String]
    /// In a sentence, with the numbers of facts and policy.
    package let evidence: String

    package init(_ criterion: QualityCriterion, facts: [String], evidence: String) {
      self.criterion = criterion
      self.facts = facts
      self.evidence = evidence
    }
  }

  /// Every criterion that is met, most severe first.
  package let matches: [Match]

  package init(matches: [Match]) { self.matches = matches }

  /// The most severe level of all matches; `nil`: general information (QI-04).
  package var level: QualityLevel? { matches.map(\.criterion.level).min { $0.rank < $1.rank } }
}

/// The rules of QI-10…QI-19: a pure function of facts and policy, so that any judgement can be repeated.
package enum QualityClassifier {
  /// Counts up when the rules themselves change, so that an old judgement says by which it was made.
  package static let rulesVersion = 1

  package static func classify(_ facts: QualityFacts, by policy: QualityLevelsPolicy) -> QualityClassification {
    QualityClassification(matches: QualityCriterion.allCases.compactMap { match($0, facts, policy) })
  }

  private static func match(
    _ criterion: QualityCriterion, _ facts: QualityFacts, _ policy: QualityLevelsPolicy
  ) -> QualityClassification.Match? {
    func met(_ names: String..., because evidence: String) -> QualityClassification.Match {
      QualityClassification.Match(criterion, facts: names, evidence: evidence)
    }
    switch criterion {
    case .casualties:
      guard let casualties = facts.casualties, casualties >= 1 else { return nil }
      return met("casualties", because: "\(casualties) injured or killed; 1 is enough.")
    case .mediaExposure:
      guard facts.mediaExposure != .none, facts.reputationDamage != false else { return nil }
      let exposure = facts.mediaExposure == .exposed ? "The media has exposed it" : "The media is about to expose it"
      let damage =
        facts.reputationDamage == nil ? "damage to the reputation is not judged yet" : "major damage to the reputation"
      return met("mediaExposure", "reputationDamage", because: "\(exposure); \(damage).")
    case .manufacturingError:
      guard let assertion = facts.manufacturingError else { return nil }
      return met("manufacturingError", because: "Asserted by \(assertion.assertedBy): \(assertion.evidence)")
    case .companyLoss:
      let percent = policy.level1LossAbovePercentOfVehicleValue
      guard let loss = facts.companyLoss, let value = facts.vehicleValue, loss.exceeds(percent: percent, of: value)
      else { return nil }
      return met(
        "companyLoss", "vehicleValue",
        because: "The loss of \(loss) exceeds \(percent) % of the vehicle's value of \(value).")
    case .majorAccident:
      guard facts.majorAccident, (facts.casualties ?? 0) == 0 else { return nil }
      return met(
        "majorAccident", "casualties",
        because: facts.casualties == nil
          ? "A major accident; no casualties are known." : "A major accident without casualties.")
    case .functionalDefectFrequency:
      guard facts.functionalDefect, let count = facts.count(reaching: policy.veryHighFrequency) else { return nil }
      return met(
        "functionalDefect", "complaintFrequency",
        because: "A functional defect; \(count.sentence(policy.veryHighFrequency)).")
    case .salesAffected:
      guard facts.salesImpact == .direct else { return nil }
      return met("salesImpact", because: "It directly affects sales.")
    case .level2Demand:
      guard let demand = facts.compensationDemand, demand.isAtLeast(policy.level2DemandFrom) else { return nil }
      return met("compensationDemand", because: "The demand of \(demand) is at least \(policy.level2DemandFrom).")
    case .qualityDefectFrequency:
      guard facts.qualityDefect || facts.functionalDefect,
        let count = facts.count(reaching: policy.ratherHighFrequency)
      else { return nil }
      return met(
        facts.qualityDefect ? "qualityDefect" : "functionalDefect", "complaintFrequency",
        because: "A quality defect; \(count.sentence(policy.ratherHighFrequency)).")
    case .salesEndangered:
      guard facts.salesImpact == .possible else { return nil }
      return met("salesImpact", because: "It may affect sales.")
    case .breakdown:
      guard facts.breakdown else { return nil }
      return met("breakdown", because: "The vehicle broke down on the road because of a quality problem.")
    case .level3Demand:
      guard let demand = facts.compensationDemand, demand.isAtLeast(policy.level3DemandFrom),
        !demand.isAtLeast(policy.level2DemandFrom)
      else { return nil }
      return met(
        "compensationDemand",
        because: "The demand of \(demand) is at least \(policy.level3DemandFrom) and below \(policy.level2DemandFrom).")
    }
  }
}

extension QualityFacts {
  /// The highest count that reaches a frequency.
  fileprivate func count(reaching frequency: ComplaintFrequency) -> ComplaintCount? {
    complaintFrequency.filter { $0.reaches(frequency) }.max { $0.complaints < $1.complaints }
  }

  /// Amounts that a policy in this currency cannot judge, by their names.
  package func amounts(notIn currency: Currency) -> [String] {
    [("companyLoss", companyLoss), ("vehicleValue", vehicleValue), ("compensationDemand", compensationDemand)]
      .filter { $0.1.map { $0.currency != currency } ?? false }.map(\.0)
  }
}

extension ComplaintCount {
  fileprivate func sentence(_ frequency: ComplaintFrequency) -> String {
    "\(complaints) complaints within \(windowDays) days, \(frequency.complaints) within \(frequency.windowDays) are enough"
  }
}

extension Money {
  /// `false` between two currencies: nothing is converted.
  fileprivate func isAtLeast(_ other: Money) -> Bool { currency == other.currency && minor >= other.minor }

  /// Compared without fractions and without overflow.
  fileprivate func exceeds(percent: Int, of value: Money) -> Bool {
    guard currency == value.currency, minor > 0 else { return false }
    let (left, right) = (minor.multipliedFullWidth(by: 100), value.minor.multipliedFullWidth(by: Int64(percent)))
    return (left.high, left.low) > (right.high, right.low)
  }
}

/// A judgement as it is kept for ever: what was known, by which rules and numbers, and what followed (A1).
package struct ClassificationRecord: Hashable, Sendable {
  /// Why facts were judged.
  package enum Occasion: String, Hashable, Sendable, CaseIterable {
    case created, changed, requested, confirmed, regraded
  }

  /// 1, 2, 3 … of the subject.
  package let sequence: Int
  package let occasion: Occasion
  package let facts: QualityFacts
  package let classification: QualityClassification
  /// `qualityLevels@3`; `@0` is what comes with the product.
  package let policyVersion: PolicyVersion
  package let rulesVersion: Int
  package let by: RecordStamp.Author
  package let at: Timestamp

  package init(
    sequence: Int, occasion: Occasion, facts: QualityFacts, classification: QualityClassification,
    policyVersion: PolicyVersion, rulesVersion: Int, by: RecordStamp.Author, at: Timestamp
  ) {
    self.sequence = sequence
    self.occasion = occasion
    self.facts = facts
    self.classification = classification
    self.policyVersion = policyVersion
    self.rulesVersion = rulesVersion
    self.by = by
    self.at = at
  }
}

/// What judging the same facts by the same numbers says today, beside what was said then.
package struct ClassificationReplay: Hashable, Sendable {
  package let record: ClassificationRecord
  package let replayed: QualityClassification
  /// Of the sentences only what they say is compared, not how.
  package var isSame: Bool {
    replayed.matches.map(\.criterion) == record.classification.matches.map(\.criterion)
      && replayed.level == record.classification.level
  }

  package init(of record: ClassificationRecord, by policy: QualityLevelsPolicy) {
    self.record = record
    replayed = QualityClassifier.classify(record.facts, by: policy)
  }
}
