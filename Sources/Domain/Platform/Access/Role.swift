/// The 43 roles of the seed documents (requirements.md §33). A user has a set of them (ORG-08); what each may do stands
/// in `RolePermissions`.
package enum Role: String, CaseIterable, Hashable, Sendable {
  // MARK: Headquarters

  case hqExec, hqServiceHead, hqService, hqClaims, hqNetwork, networkCommittee, hqParts, hqGeneral
  case callCentre, qa, finance, legal, pr, marketing, logistics, training
  case fieldService, factoryWorkshop, salesRep, warehouse
  case regionManager
  case sysAdmin

  // MARK: Station

  case stHead, stServiceManager, stServiceSupervisor, stAdviser, stWorkshopSupervisor, stTechnician, stInspector
  case stTechDirector, stClaims, stPartsSupervisor, stPartsClerk, stInfo, stCrm, stBusinessSupervisor, stCashier

  // MARK: Partners, customers, machines

  case dealerSales, outsourcedProvider, supplier, carrier, customer, dmsClient
}

extension Role {
  /// The side of the business that the holder stands on.
  package enum Tier: String, CaseIterable, Hashable, Sendable {
    case headquarters, region, station, supplier, carrier, external, customer, machine
  }

  package var tier: Tier {
    switch self {
    case .hqExec, .hqServiceHead, .hqService, .hqClaims, .hqNetwork, .networkCommittee, .hqParts, .hqGeneral,
      .callCentre, .qa, .finance, .legal, .pr, .marketing, .logistics, .training, .fieldService, .factoryWorkshop,
      .salesRep, .warehouse, .sysAdmin:
      .headquarters
    case .regionManager: .region
    case .stHead, .stServiceManager, .stServiceSupervisor, .stAdviser, .stWorkshopSupervisor, .stTechnician,
      .stInspector, .stTechDirector, .stClaims, .stPartsSupervisor, .stPartsClerk, .stInfo, .stCrm,
      .stBusinessSupervisor, .stCashier:
      .station
    case .dealerSales, .outsourcedProvider: .external
    case .supplier: .supplier
    case .carrier: .carrier
    case .customer: .customer
    case .dmsClient: .machine
    }
  }

  /// The scopes that a holder's token may carry (SEC-03): a station sees only itself, headquarters every station.
  package var scopeKinds: Set<Scope.Kind> {
    switch self {
    // Departments whose people may be bound to one region; field staff are stationed, area-based or mobile (ORG-16).
    case .hqService, .hqClaims, .hqNetwork, .hqParts, .callCentre: [.network, .region]
    case .fieldService: [.network, .region, .station]
    default:
      switch tier {
      case .headquarters: [.network]
      case .region: [.region]
      // A carrier is a party outside with an identity of its own, like a supplier.
      case .supplier, .carrier: [.supplier]
      case .station, .external, .customer, .machine: [.station]
      }
    }
  }

  /// What the holder sees inside his scope; `Caller.exercising` narrows every operation by it.
  package enum Reach: String, CaseIterable, Hashable, Sendable {
    /// All documents of the scope.
    case scope
    /// Only cases whose team he was made a member of (SEC-02).
    case grantedCases
    /// Only jobs assigned to him.
    case assignedJobs
    /// Only what he, or the party he speaks for, filed or owns.
    case ownRecords

    /// Whether a permission covers only the documents that are reached: those of the kinds that know whose they are. What
    /// describes vehicles, work and organisations is the whole scope's for everybody.
    func narrows(_ permission: Permission) -> Bool {
      switch self {
      case .scope: false
      case .grantedCases: ["complaints", "qualityIssues"].contains(permission.resource)
      case .assignedJobs: ["workOrders", "serviceRequests", "productReturns", "clocks"].contains(permission.resource)
      case .ownRecords:
        ["workOrders", "appointments", "complaints", "qualityIssues", "clocks", "surveyResponses"]
          .contains(permission.resource)
      }
    }
  }

  /// Whether a permission covers only what the role reaches. The customer's covers his own vehicles (D-27); everybody else who
  /// reaches single documents needs any vehicle for them.
  func narrows(_ permission: Permission) -> Bool {
    reach.narrows(permission) || self == .customer && permission == .vehiclesRead
  }

  package var reach: Reach {
    switch self {
    case .legal, .pr: .grantedCases
    case .stTechnician, .fieldService, .factoryWorkshop, .outsourcedProvider: .assignedJobs
    case .dealerSales, .supplier, .carrier, .customer: .ownRecords
    default: .scope
    }
  }

  /// The roles that holders of `roles` may give to others. A station head staffs his own station, the service manager
  /// does so but for its management; the administrator gives any role: he sets up the network (SEC-01, ORG-K-SM).
  package static func grantable(by roles: Set<Role>) -> Set<Role> {
    if roles.contains(.sysAdmin) { return Set(allCases) }
    let station = Set(allCases.filter { $0.tier == .station })
    if roles.contains(.stHead) { return station }
    if roles.contains(.stServiceManager) { return station.subtracting([.stHead, .stServiceManager]) }
    return []
  }
}

extension Scope {
  /// The shape of a scope without its content.
  package enum Kind: String, CaseIterable, Hashable, Sendable {
    case network, region, station, supplier
  }

  package var kind: Kind {
    switch part {
    case .network: .network
    case .region: .region
    case .station: .station
    case .supplier: .supplier
    }
  }
}
