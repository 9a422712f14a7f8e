/// Which role may do what: the only place where a role is given a permission (SEC-01, ORG-12). Read from the duties in
/// requirements.md §33, the "Who" columns of SM-1…SM-13 and domain.md §2. Both halves of a separation of duties never
/// meet in one role (SEC-10); what one role may do twice is separated by person in the service.
package enum RolePermissions {
  /// Every role with its permissions, as published at `GET /v1/roles`.
  package static let table: [Role: Set<Permission>] = Dictionary(
    uniqueKeysWithValues: Role.allCases.map { ($0, everyone.union(granted(to: $0))) })

  private static func granted(to role: Role) -> Set<Permission> {
    switch role {
    case .hqExec: executive
    case .hqServiceHead: seniorManager
    case .hqService: serviceDepartment
    case .hqClaims: claimsSection
    case .hqNetwork: networkSection
    case .networkCommittee: networkCommittee
    case .hqParts: partsSupply
    case .hqGeneral: generalDepartment
    case .callCentre: callCentre
    case .qa: qualityAssurance
    case .finance: financeOffice
    case .legal: legalCounsel
    case .pr: publicRelations
    case .marketing: marketing
    case .logistics: logistics
    case .training: technicalTraining
    case .fieldService: fieldService
    case .factoryWorkshop: factoryWorkshop
    case .salesRep: salesperson
    case .warehouse: financeWarehouse
    case .regionManager: regionalCentre
    case .sysAdmin: administrator
    case .stHead: stationHead
    case .stServiceManager: serviceManager
    case .stServiceSupervisor: serviceSupervisor
    case .stAdviser: serviceAdviser
    case .stWorkshopSupervisor: workshopSupervisor
    case .stTechnician: technician
    case .stInspector: inspector
    case .stTechDirector: technicalDirector
    case .stClaims: claimsClerk
    case .stPartsSupervisor: partsSupervisor
    case .stPartsClerk: partsClerk
    case .stInfo: informationCoordinator
    case .stCrm: customerRelations
    case .stBusinessSupervisor: businessSupervisor
    case .stCashier: cashier
    case .dealerSales: seller
    case .outsourcedProvider: outsourcedProvider
    case .supplier: componentSupplier
    case .carrier: carrier
    case .customer: customerFrontEnd
    case .dmsClient: dealerSystem
    }
  }

  // MARK: Reach within the scope

  /// What a role does only with the documents that it reaches (`Role.Reach`); its other permissions cover the whole scope.
  static let narrowed: [Role: Set<Permission>] = Dictionary(
    uniqueKeysWithValues: Role.allCases.map { role in (role, role.permissions.filter(role.narrows)) })

  /// Cases of teams (SEC-02): every member reads the document, writes notes on it and attaches files.
  static let caseMembership: Set<Permission> = [.complaintsRead, .complaintsNote, .complaintsAttach]

  /// What else is done by the team: by the members whose own role has the permission.
  static let caseWork: Set<Permission> = [
    .complaintsArriveOnSite, .complaintsAppraise, .complaintsNegotiate, .complaintsWriteAgreement,
    .complaintsSignAgreement, .complaintsWriteCompensations, .complaintsWriteVehicleReturns, .complaintsExecute,
  ]

  /// What the member of a team may do on its case.
  package static func caseMember(as role: Role) -> Set<Permission> {
    caseMembership.union(caseWork.intersection(role.permissions))
  }

  // MARK: Groups that several roles share

  /// What the product says about itself.
  static let everyone: Set<Permission> = [.metaRead]

  /// Staff of headquarters and stations: notes and files on documents they see, announcements and their receipts (ANN).
  static let staff: Set<Permission> = [
    .notesRead, .notesWrite, .attachmentsRead, .attachmentsWrite, .announcementsRead, .announcementsAcknowledge,
  ]

  /// What describes vehicles, work and organisations; needed to fill in any form (MST).
  static let masterData: Set<Permission> = [
    .regionsRead, .stationsRead, .suppliersRead, .warehousesRead, .carriersRead, .vehicleModelsRead,
    .labourOperationsRead, .serviceItemsRead, .faultCodesRead, .componentFamiliesRead, .partsRead, .sbomsRead,
    .calendarsRead,
  ]

  /// Accounts, machine clients and webhook secrets are the administrator's; all other reads are business.
  static let administrationReads: Set<Permission> = [.usersRead, .clientsRead, .webhooksRead]

  /// "R all": every document of the scope, personal data masked (SEC-03, SEC-04).
  static let businessReads: Set<Permission> = Set(Permission.allCases.filter { $0.action == "read" })
    .subtracting(administrationReads)
    .union([.entitlementsCheck])

  /// Joins groups; the last group usually holds what is particular to the role.
  static func all(_ groups: Set<Permission>...) -> Set<Permission> {
    groups.reduce(into: []) { $0.formUnion($1) }
  }
}

extension Role {
  package var permissions: Set<Permission> { RolePermissions.table[self] ?? [] }

  /// Of these, what the holder does only with the documents that he reaches (`reach`).
  package var narrowedPermissions: Set<Permission> { RolePermissions.narrowed[self] ?? [] }
}

extension Set<Role> {
  /// What a holder of all these roles may do.
  package var permissions: Set<Permission> { reduce(into: []) { $0.formUnion($1.permissions) } }
}
