/// The penalty tariff (T-36, D-20): the assessor picks an amount inside the range.
package struct PenaltiesPolicy: PolicyBody {
  package static let key = PolicyKey.penalties

  package var tariff: [PenaltyRange]

  /// `nil`: the tariff does not know the code.
  package subscript(code: String) -> PenaltyRange? { tariff.first { $0.code == code } }

  package static let pattern = PolicyDefaults.penalties
  package static let fields = [PolicyField("tariff", \Self.tariff, .list(of: .record, 0...200))]

  package static func check(_ policy: PenaltiesPolicy, _ faults: inout PolicyFaults) {
    var codes: Set<String> = []
    for (index, range) in policy.tariff.enumerated() where !codes.insert(range.code).inserted {
      faults.refuse("tariff", index, "code", .notUnique, "must be given once")
    }
  }
}

/// One offence and what it costs.
package struct PenaltyRange: PolicyRecord {
  package var code: String
  package var offence: String
  /// Who fines and who is fined, in words.
  package var assessor: String
  package var assessed: String
  package var least: Money
  package var most: Money

  package init(code: String, offence: String, assessor: String, assessed: String, least: Money, most: Money) {
    self.code = code
    self.offence = offence
    self.assessor = assessor
    self.assessed = assessed
    self.least = least
    self.most = most
  }

  package func allows(_ amount: Money) -> Bool {
    amount.currency == least.currency && (least.minor...most.minor).contains(amount.minor)
  }

  package static let pattern = PenaltyRange(
    code: "-", offence: "-", assessor: "-", assessed: "-", least: .zero(.cny), most: .zero(.cny))
  package static let fields = [
    PolicyField("assessed", \Self.assessed, .text(1...200)),
    PolicyField("assessor", \Self.assessor, .text(1...200)),
    PolicyField("code", \Self.code, .text(1...32)),
    PolicyField("least", \Self.least, .amount),
    PolicyField("most", \Self.most, .amount),
    PolicyField("offence", \Self.offence, .text(1...500)),
  ]

  package static func check(_ range: PenaltyRange, _ faults: inout PolicyFaults) {
    if range.least.currency != range.most.currency {
      faults.refuse("most", "must be in the currency of least")
    } else if range.least.minor > range.most.minor {
      faults.refuse("most", "must not be below least")
    }
  }
}
