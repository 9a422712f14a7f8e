/// What a station has in its store at least (PRT-20), and what it shall sell of parts in a month (PRT-19), per region. A year's plan
/// is a version that is valid for the year.
package struct PartsStandardsPolicy: PolicyBody {
  package static let key = PolicyKey.partsStandards

  /// Assemblies and parts of the station standard; a station's own minimum stocks may ask for more.
  package var required: [RequiredPart]
  /// What leaves a store for jobs and over the counter in a month, at what it cost the station. An origin that is not named has no
  /// plan.
  package var salesPerMonth: [Part.Origin: Money]

  package init(required: [RequiredPart], salesPerMonth: [Part.Origin: Money]) {
    self.required = required
    self.salesPerMonth = salesPerMonth
  }

  package static let pattern = PolicyDefaults.partsStandards
  package static let fields = [
    PolicyField("required", \Self.required, .list(of: .record, 0...500)),
    PolicyField("salesPerMonth", \Self.salesPerMonth, .dictionary(Part.Origin.self, of: .amount)),
  ]

  package static func check(_ policy: PartsStandardsPolicy, _ faults: inout PolicyFaults) {
    var seen: [String: Set<Station.Kind?>] = [:]
    for (index, part) in policy.required.enumerated() {
      let kinds = seen[part.partNumber] ?? []
      // For one kind of station a part is asked for once, by its name or with all the others.
      if kinds.contains(part.stationKind) || kinds.contains(nil) || (part.stationKind == nil && !kinds.isEmpty) {
        faults.refuse("required", index, "partNumber", .inconsistent, "is asked of the same stations before")
      }
      seen[part.partNumber, default: []].insert(part.stationKind)
    }
    if Set(policy.salesPerMonth.values.map(\.currency)).count > 1 {
      faults.refuse("salesPerMonth", "must be in one currency")
    }
  }

  /// What is asked of a station of a kind, in the order of the list.
  package func required(of kind: Station.Kind) -> [RequiredPart] {
    required.filter { $0.stationKind == nil || $0.stationKind == kind }
  }
}

/// So many of a part, or of one that may be fitted for it, lie in the store of a station.
package struct RequiredPart: PolicyRecord {
  package enum Kind: String, Hashable, Sendable, CaseIterable {
    /// A whole unit, such as an engine or a gearbox.
    case assembly
    case part
  }

  package var partNumber: String
  package var kind: Kind
  package var quantity: Int
  /// `nil`: of every station.
  package var stationKind: Station.Kind?

  package init(partNumber: String, kind: Kind, quantity: Int, stationKind: Station.Kind? = nil) {
    self.partNumber = partNumber
    self.kind = kind
    self.quantity = quantity
    self.stationKind = stationKind
  }

  package static let pattern = RequiredPart(partNumber: "P", kind: .part, quantity: 1)
  package static let fields = [
    PolicyField("kind", \Self.kind, .choice(Kind.self)),
    PolicyField("partNumber", \Self.partNumber, .text(1...32)),
    PolicyField("quantity", \Self.quantity, .integer(1...10_000)),
    PolicyField("stationKind", \Self.stationKind, .optional(.choice(Station.Kind.self))),
  ]
}
