package import FoundationEssentials

/// What a caller may see. Repositories filter by it, and row-level security enforces the same again (SEC-03).
package enum Scope: Hashable, Sendable {
  case network
  /// The stations of one region as they stood when the token was verified.
  case region(Identifier<Region>, stations: [Identifier<Station>])
  case station(Identifier<Station>)
  case supplier(UUID)

  /// `nil`: every station.
  package var stations: [Identifier<Station>]? {
    switch self {
    case .network: nil
    case .region(_, let stations): stations
    case .station(let station): [station]
    case .supplier: []
    }
  }

  /// Whose scope it is: the station, the region, the supplier; empty for the network.
  package var holder: String {
    switch self {
    case .network: ""
    case .region(let region, _): region.description
    case .station(let station): station.description
    case .supplier(let supplier): supplier.canonical
    }
  }

  package func covers(_ station: Identifier<Station>?) -> Bool {
    guard let visible = stations else { return true }
    guard let station else { return false }
    return visible.contains(station)
  }

  /// Whose a new document is: the station that the body names as `stationId`, else the caller's only one; `nil` for
  /// headquarters.
  package func owner(naming station: Identifier<Station>?) throws(Refusal) -> Identifier<Station>? {
    if let station {
      guard covers(station) else { throw .invalid("#/stationId", .notFound, "there is no such station") }
      return station
    }
    switch self {
    case .network: return nil
    case .station(let own): return own
    case .region, .supplier: throw Self.severalStations
    }
  }

  /// The same of a document that headquarters cannot have.
  package func station(naming station: Identifier<Station>?) throws(Refusal) -> Identifier<Station> {
    guard let owner = try owner(naming: station) else { throw Self.severalStations }
    return owner
  }

  private static var severalStations: Refusal {
    .invalid("#/stationId", .required, "is required for a caller of more than one station")
  }
}

/// A named user or a machine client.
package enum Subject: Hashable, Sendable {
  case user(UUID)
  case client(UUID)
  /// The product itself: workers and the command line.
  case system

  package var id: UUID? {
    switch self {
    case .user(let id), .client(let id): id
    case .system: nil
    }
  }

  package var kind: String {
    switch self {
    case .user: "user"
    case .client: "client"
    case .system: "system"
    }
  }
}

/// Who asks, with what he may do: made from a verified token, never optional behind authentication.
package struct Caller: Sendable {
  package let subject: Subject
  package let name: String
  package let roles: Set<Role>
  package let permissions: Set<Permission>
  package let scope: Scope
  /// The scope that the database session gets. Equal to `scope` but in the tests that remove one of the two walls.
  package let sessionScope: Scope
  package let tokenID: UUID?
  /// Where the request that he makes records whose personal data it shows; `nil` where nobody is shown anything.
  package private(set) var disclosures: DisclosureLog?
  /// The instant whose state he reads; `nil` is the present. What he may see is decided by his rights of now.
  package private(set) var asOf: Timestamp?

  package init(
    subject: Subject, name: String, roles: Set<Role>, permissions: Set<Permission>, scope: Scope,
    sessionScope: Scope? = nil, tokenID: UUID? = nil
  ) {
    self.subject = subject
    self.name = name
    self.roles = roles
    self.permissions = permissions
    self.scope = scope
    self.sessionScope = sessionScope ?? scope
    self.tokenID = tokenID
  }

  /// The same caller, in a request that records what it shows.
  package func recording(in log: DisclosureLog?) -> Caller {
    var caller = self
    caller.disclosures = log
    return caller
  }

  /// The same caller, who reads the state of an instant. He writes nothing.
  package func reading(asOf instant: Timestamp?) -> Caller {
    var caller = self
    caller.asOf = instant
    return caller
  }

  package func may(_ permission: Permission) -> Bool { permissions.contains(permission) }

  package func require(_ permission: Permission) throws(Refusal) {
    if !may(permission) { throw .forbidden(permission) }
  }
}
