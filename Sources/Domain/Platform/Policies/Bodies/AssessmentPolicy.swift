/// How stations are admitted and assessed (NET-01…15, ASM-01…10, A15). The version is the formula version of a score.
package struct AssessmentPolicy: PolicyBody {
  package static let key = PolicyKey.assessment

  /// What a score is made of.
  package enum Criterion: String, Hashable, Sendable, CaseIterable {
    case satisfaction, complaintRate, reworkRate, responseTime, clockBreaches, claimAccuracy, oldPartReturn
    case followUpRate, partsSupply, inspections
  }

  /// Grades by the score out of 100 (P-17), best first.
  package enum Grade: String, Hashable, Sendable, CaseIterable {
    case fiveStars, fourStars, threeStars, passed
  }

  /// The least score with which an application passes (T-26).
  package var applicationPassScore: Int
  /// Failed acceptances after which an application ends (T-27).
  package var acceptanceAttempts: Int
  /// Days that a station has for rectification unless the case says otherwise (T-27).
  package var rectificationDays: Int
  /// Shares of the score; together 100.
  package var weights: [Criterion: Int]
  /// The least score of each grade.
  package var grades: [Grade: Int]
  /// Days after the freeze in which a station may appeal.
  package var appealDays: Int

  package static let pattern = PolicyDefaults.assessment
  package static let fields = [
    PolicyField("acceptanceAttempts", \Self.acceptanceAttempts, .integer(1...10)),
    PolicyField("appealDays", \Self.appealDays, .integer(1...180)),
    PolicyField("applicationPassScore", \Self.applicationPassScore, .percent),
    PolicyField(
      "grades", \Self.grades, .table(Grade.self, of: .percent, standard: { PolicyDefaults.assessment.grades })),
    PolicyField("rectificationDays", \Self.rectificationDays, .integer(1...365)),
    PolicyField("weights", \Self.weights, .dictionary(Criterion.self, of: .percent)),
  ]

  package static func check(_ policy: AssessmentPolicy, _ faults: inout PolicyFaults) {
    let sum = policy.weights.values.reduce(0, +)
    if sum != 100 { faults.refuse("weights", "must sum to 100, not to \(sum)") }
    var better: (grade: Grade, score: Int)?
    for grade in Grade.allCases {
      guard let score = policy.grades[grade] else { continue }
      if let better, score >= better.score {
        faults.within(.member("grades")) { $0.refuse(grade.rawValue, "must be below \(better.grade.rawValue)") }
      }
      better = (grade, score)
    }
  }
}
