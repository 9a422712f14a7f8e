/// What the maker pays for work and ways on claims, per region.
package struct LabourRatesPolicy: PolicyBody {
  package static let key = PolicyKey.labourRates

  /// Payers whose hours the maker reimburses.
  package enum Payer: String, Hashable, Sendable, CaseIterable {
    case warranty, goodwill, campaign
  }

  /// Per hour; a payer that is not named is paid at the rate of the station's contract.
  package var perHour: [Payer: Money]
  /// Per kilometre of a field service (FLD). `nil`: not paid.
  package var travelPerKm: Money?
  /// On top of the rate for work at night and on days off.
  package var nightPercent: Int
  package var dayOffPercent: Int

  package static let pattern = PolicyDefaults.labourRates
  package static let fields = [
    PolicyField("dayOffPercent", \Self.dayOffPercent, .integer(0...300)),
    PolicyField("nightPercent", \Self.nightPercent, .integer(0...300)),
    PolicyField("perHour", \Self.perHour, .dictionary(Payer.self, of: .amount)),
    PolicyField("travelPerKm", \Self.travelPerKm, .optional(.amount)),
  ]

  package static func check(_ policy: LabourRatesPolicy, _ faults: inout PolicyFaults) {
    let currencies = Set(policy.perHour.values.map(\.currency) + [policy.travelPerKm?.currency].compactMap(\.self))
    if currencies.count > 1 { faults.refuse("perHour", "must be in one currency, also with travelPerKm") }
    for payer in Payer.allCases where policy.perHour[payer]?.minor == 0 {
      faults.within(.member("perHour")) { $0.refuse(payer.rawValue, "must be more than nothing") }
    }
  }
}
