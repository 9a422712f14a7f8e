package import FoundationEssentials

/// The part of the network that a user, machine client or operator's token is given (SEC-01). It becomes a `Scope` when a
/// token is verified, because a region's stations change.
///
/// Case grants (SEC-02) are no assignment: a person has his part of the network, and beside it single documents for as long as
/// he is in their team (`CaseGrant`).
package enum ScopeAssignment: Hashable, Sendable {
  case network
  case region(Region.ID)
  case station(Station.ID)
  case supplier(UUID)

  /// At most one may be given; none is the network. `nil` when there is more than one.
  package init?(station: Station.ID?, region: Region.ID?, supplier: UUID?) {
    switch (station, region, supplier) {
    case (nil, nil, nil): self = .network
    case (let station?, nil, nil): self = .station(station)
    case (nil, let region?, nil): self = .region(region)
    case (nil, nil, let supplier?): self = .supplier(supplier)
    default: return nil
    }
  }

  package var stationID: Station.ID? {
    if case .station(let id) = self { id } else { nil }
  }

  package var regionID: Region.ID? {
    if case .region(let id) = self { id } else { nil }
  }

  package var supplierID: UUID? {
    if case .supplier(let id) = self { id } else { nil }
  }

  package var kind: Scope.Kind {
    switch self {
    case .network: .network
    case .region: .region
    case .station: .station
    case .supplier: .supplier
    }
  }

  /// The scope as of now.
  /// - Parameter stations: those of the region, read with the assignment; ignored for the other kinds.
  package func scope(stations: [Station.ID]) -> Scope {
    switch self {
    case .network: .network
    case .region(let region): .region(region, stations: stations)
    case .station(let station): .station(station)
    case .supplier(let supplier): .supplier(supplier)
    }
  }

  /// Whether a caller of that scope may give this assignment away or manage who holds it: never more than his own.
  package func isWithin(_ scope: Scope) -> Bool {
    switch scope.part {
    case .network: true
    case .region(let own, let stations):
      switch self {
      case .region(let region): region == own
      case .station(let station): stations.contains(station)
      case .network, .supplier: false
      }
    case .station(let own): self == .station(own)
    case .supplier(let own): self == .supplier(own)
    }
  }

  /// Customers are a station's.
  package func violations(of customer: Customer.ID?) -> [Violation] {
    if customer == nil || kind == .station { return [] }
    return [Violation(pointer: "#/customerId", code: .inconsistent, detail: "needs the station of the customer")]
  }

  /// Every role must make sense in the assignment; all violations at once (C-09).
  package func violations(of roles: Set<Role>, pointer: String) -> [Violation] {
    roles.filter { !$0.scopeKinds.contains(kind) }.sorted { $0.rawValue < $1.rawValue }.map { role in
      Violation(
        pointer: pointer, code: .inconsistent,
        detail: "the role \(role.rawValue) cannot be held in the scope \(kind.rawValue)",
        limits: ["allowed": role.scopeKinds.map(\.rawValue).sorted().joined(separator: ",")])
    }
  }
}

extension ScopeAssignment {
  /// The member of a body that names it.
  package var member: String {
    switch self {
    case .network, .station: "stationId"
    case .region: "regionId"
    case .supplier: "supplierId"
    }
  }
}
