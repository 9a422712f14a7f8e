/// What the maker pays of his own will after the warranty has ended (M10), per model.
package struct GoodwillPolicy: PolicyBody {
  package static let key = PolicyKey.goodwill

  /// Narrowest first; the first that a vehicle fits in applies. None: no goodwill.
  package var bands: [GoodwillBand]
  /// Only for vehicles whose services are known to the network.
  package var needsServiceHistory: Bool
  /// Without a pre-authorisation up to this amount. `nil`: always with one.
  package var withoutPreAuthorisationUpTo: Money?

  package static let pattern = PolicyDefaults.goodwill
  package static let fields = [
    PolicyField("bands", \Self.bands, .list(of: .record, 0...12)),
    PolicyField("needsServiceHistory", \Self.needsServiceHistory, .boolean),
    PolicyField("withoutPreAuthorisationUpTo", \Self.withoutPreAuthorisationUpTo, .optional(.amount)),
  ]

  package static func check(_ policy: GoodwillPolicy, _ faults: inout PolicyFaults) {
    for (index, band) in policy.bands.enumerated().dropFirst() {
      let former = policy.bands[index - 1]
      if band.monthsAfter <= former.monthsAfter {
        faults.refuse("bands", index, "monthsAfter", .inconsistent, "must be more than in the band before")
      }
      if band.kmAfter < former.kmAfter {
        faults.refuse("bands", index, "kmAfter", .inconsistent, "must not be less than in the band before")
      }
    }
  }
}

/// Up to so long and so far after the end of the warranty, the maker and the station bear these shares; the customer
/// the rest.
package struct GoodwillBand: PolicyRecord {
  package var monthsAfter: Int
  package var kmAfter: Int
  package var makerPercent: Int
  package var stationPercent: Int

  package init(monthsAfter: Int, kmAfter: Int, makerPercent: Int, stationPercent: Int) {
    self.monthsAfter = monthsAfter
    self.kmAfter = kmAfter
    self.makerPercent = makerPercent
    self.stationPercent = stationPercent
  }

  package var customerPercent: Int { 100 - makerPercent - stationPercent }

  package static let pattern = GoodwillBand(monthsAfter: 6, kmAfter: 10_000, makerPercent: 50, stationPercent: 0)
  package static let fields = [
    PolicyField("kmAfter", \Self.kmAfter, .integer(0...1_000_000)),
    PolicyField("makerPercent", \Self.makerPercent, .percent),
    PolicyField("monthsAfter", \Self.monthsAfter, .integer(1...240)),
    PolicyField("stationPercent", \Self.stationPercent, .percent),
  ]

  package static func check(_ band: GoodwillBand, _ faults: inout PolicyFaults) {
    if band.makerPercent + band.stationPercent > 100 {
      faults.refuse("stationPercent", "must not exceed 100 together with makerPercent")
    }
  }
}
