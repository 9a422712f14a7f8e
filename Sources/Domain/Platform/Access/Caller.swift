package import FoundationEssentials

/// What a caller may see: a part of the network, all of it or as much as his reach in it allows, and beside it the cases whose
/// team he is in (SEC-02). Repositories filter by it, and row-level security enforces the same again (SEC-03).
package struct Scope: Hashable, Sendable {
  package enum Part: Hashable, Sendable {
    case network
    /// The stations of one region as they stood when the token was verified.
    case region(Identifier<Region>, stations: [Identifier<Station>])
    case station(Identifier<Station>)
    case supplier(UUID)
  }

  /// How much of the part.
  package enum Extent: Hashable, Sendable {
    case everything
    /// Nothing: only the granted cases (`Role.Reach.grantedCases`).
    case casesOnly
    /// The holder's own documents (`Role.Reach.assignedJobs`, `.ownRecords`). The repositories of the kinds that know whose they
    /// are narrow to them; what is needed beside them, such as the station of an order, is the whole part's.
    case own(Holder)
  }

  /// Whose documents are own.
  package struct Holder: Hashable, Sendable {
    /// Who is assigned to them, or wrote them; `nil` for callers who are nobody in particular.
    package let user: UUID?
    /// The files of the customer for whom a user of the front end speaks.
    package let customers: Set<Identifier<Customer>>
    /// The maker's workshop: what it was ordered to repair or dismantle (ORG-S-6) is a matter of the document, not of a person.
    package let isFactoryWorkshop: Bool
    /// Vehicles are narrowed too: to those of the customer for whom he speaks. A station serves them all and a technician looks
    /// at any, but whoever reads them for a customer is shown no stranger's number plate (D-27, SEC-04).
    package let isOwnVehiclesOnly: Bool

    package init(
      user: UUID?, customers: Set<Identifier<Customer>> = [], isFactoryWorkshop: Bool = false,
      isOwnVehiclesOnly: Bool = false
    ) {
      self.user = user
      self.customers = customers
      self.isFactoryWorkshop = isFactoryWorkshop
      self.isOwnVehiclesOnly = isOwnVehiclesOnly
    }

    package var identities: [UUID] { [user].compactMap { $0 } + customers.map(\.uuid) }
  }

  package let part: Part
  package let extent: Extent
  /// Identities of the documents that are seen wherever they stand; empty where they add nothing.
  package let cases: Set<UUID>

  package init(_ part: Part, extent: Extent = .everything, cases: Set<UUID> = []) {
    self.part = part
    self.extent = extent
    self.cases = part == .network && extent == .everything ? [] : cases
  }

  package static let network = Scope(.network)

  package static func region(_ region: Identifier<Region>, stations: [Identifier<Station>]) -> Scope {
    Scope(.region(region, stations: stations))
  }

  package static func station(_ station: Identifier<Station>) -> Scope { Scope(.station(station)) }

  package static func supplier(_ supplier: UUID) -> Scope { Scope(.supplier(supplier)) }

  /// `nil`: every station.
  package var stations: [Identifier<Station>]? {
    switch (extent, part) {
    case (.casesOnly, _): []
    case (_, .network): nil
    case (_, .region(_, let stations)): stations
    case (_, .station(let station)): [station]
    case (_, .supplier): []
    }
  }

  /// `nil`: documents are not narrowed to anybody's own.
  package var holder: Holder? {
    if case .own(let holder) = extent { holder } else { nil }
  }

  /// Which station, region or supplier it is; empty for the network.
  package var partHolder: String {
    switch part {
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

  /// Whether a document of that station is within it, or was granted.
  package func covers(_ station: Identifier<Station>?, case id: UUID) -> Bool {
    covers(station) || cases.contains(id)
  }

  /// Whose a new document is: the station that the body names as `stationId`, else the caller's only one; `nil` for
  /// headquarters.
  package func owner(naming station: Identifier<Station>?) throws(Refusal) -> Identifier<Station>? {
    if let station {
      guard covers(station) else { throw .invalid("#/stationId", .notFound, "there is no such station") }
      return station
    }
    switch (extent, part) {
    case (.casesOnly, _), (_, .region), (_, .supplier): throw Self.severalStations
    case (_, .network): return nil
    case (_, .station(let own)): return own
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
  /// Live memberships in teams (SEC-02).
  package let grants: [CaseGrant]
  /// The files of the customer for whom a user of the customer front end speaks (D-27): merged ones too.
  package let customers: Set<Identifier<Customer>>
  /// What he sees by the permission that he uses (`exercising`); before that, the part of the network that he was given.
  package private(set) var scope: Scope
  /// The scope that the database session gets. Equal to `scope` but in the tests that remove one of the two walls.
  package var sessionScope: Scope { sessionOverride ?? scope }
  private let sessionOverride: Scope?
  private let assigned: Scope
  package let tokenID: UUID?
  /// Where the request that he makes records whose personal data it shows; `nil` where nobody is shown anything.
  package private(set) var disclosures: DisclosureLog?
  /// The instant whose state he reads; `nil` is the present. What he may see is decided by his rights of now.
  package private(set) var asOf: Timestamp?

  package init(
    subject: Subject, name: String, roles: Set<Role>, permissions: Set<Permission>, scope: Scope,
    sessionScope: Scope? = nil, grants: [CaseGrant] = [], customers: Set<Identifier<Customer>> = [],
    tokenID: UUID? = nil
  ) {
    self.subject = subject
    self.name = name
    self.roles = roles
    self.permissions = permissions
    self.scope = scope
    self.grants = grants
    self.customers = customers
    sessionOverride = sessionScope
    assigned = scope
    self.tokenID = tokenID
  }

  /// The same caller as one operation lets him act: he sees of his part of the network as much as a role that gives him the
  /// permission reaches, and the cases in whose team he has it (SEC-02).
  ///
  /// The permission's holders are his roles; a caller whose permissions come from no role (the product itself) has the
  /// whole of his part.
  package func exercising(_ permission: Permission) -> Caller {
    let cases = grants.isEmpty ? [] : Set(grants.lazy.filter { $0.permissions.contains(permission) }.map(\.caseID))
    var caller = self
    caller.scope = Scope(
      assigned.part, extent: extent(of: permission) ?? (cases.isEmpty ? assigned.extent : .casesOnly),
      cases: assigned.cases.union(cases))
    return caller
  }

  /// The widest reach that one of his roles gives to the permission; `nil`: no role of his has it.
  private func extent(of permission: Permission) -> Scope.Extent? {
    var reaches: Set<Role.Reach> = []
    var isFactoryWorkshop = false
    for role in roles where role.permissions.contains(permission) {
      if !role.narrowedPermissions.contains(permission) { return assigned.extent }
      reaches.insert(role.reach)
      if role == .factoryWorkshop { isFactoryWorkshop = true }
    }
    if reaches.isEmpty { return nil }
    if reaches == [.grantedCases] { return .casesOnly }
    return .own(
      Scope.Holder(
        user: subject.id, customers: reaches.contains(.ownRecords) ? customers : [],
        isFactoryWorkshop: isFactoryWorkshop, isOwnVehiclesOnly: permission == .vehiclesRead))
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

  /// The same caller with the sight of the whole network: for what hangs on a document that he was shown to see, such as its
  /// clocks, which may be another station's.
  package func beyondScope() -> Caller {
    var caller = Caller(
      subject: subject, name: name, roles: roles, permissions: permissions, scope: .network, tokenID: tokenID)
    caller.disclosures = disclosures
    caller.asOf = asOf
    return caller
  }

  package func may(_ permission: Permission) -> Bool { permissions.contains(permission) }

  package func require(_ permission: Permission) throws(Refusal) {
    if !may(permission) { throw .forbidden(permission) }
  }
}
