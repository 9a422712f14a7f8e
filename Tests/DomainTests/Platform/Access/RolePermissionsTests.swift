import Domain
import Testing

@Suite("Roles and permissions")
struct RolePermissionsTests {
  @Test("the 43 roles of the seed documents, with two titles each (requirements.md §33)")
  func roles() {
    #expect(Role.allCases.count == 43)
    #expect(Set(Role.allCases.map(\.title.english)).count == 43)
    #expect(Set(Role.allCases.map(\.title.chinese)).count == 43)
    for role in Role.allCases {
      #expect(!role.title.english.isEmpty && !role.title.chinese.isEmpty)
      #expect(!role.scopeKinds.isEmpty)
    }
  }

  @Test("a permission's name follows from its resource and action")
  func names() {
    for permission in Permission.allCases {
      let action = permission.action
      #expect(!permission.resource.isEmpty && !action.isEmpty)
      let name = permission.resource + action.prefix(1).uppercased() + action.dropFirst()
      #expect(String(describing: permission) == name)
    }
    #expect(Permission.customersReadPersonal.rawValue == "customers:readPersonal")
    #expect(Permission.complaintsConfirmMajor.rawValue == "complaints:confirmMajor")
  }

  @Test("every permission is held by some role, and every role may read what the product says about itself")
  func complete() {
    let held = Set(Role.allCases).permissions
    #expect(Set(Permission.allCases).subtracting(held) == unheld)
    for role in Role.allCases { #expect(role.permissions.contains(.metaRead)) }
  }

  /// Permissions that no role may have yet, each with its reason.
  private let unheld: Set<Permission> = []

  /// Two permissions that no single role may hold (SEC-10).
  static let separations: [(Permission, Permission)] = [
    (.warrantyClaimsWrite, .warrantyClaimsDecide), (.warrantyClaimsSubmit, .warrantyClaimsDecide),
    (.warrantyClaimsAppeal, .warrantyClaimsDecide), (.preAuthorisationsSubmit, .preAuthorisationsApprove),
    (.partsOrdersWrite, .partsOrdersSign), (.partsOrdersSign, .partsOrdersConfirm),
    (.settlementsCompile, .settlementsAudit), (.settlementsCompile, .settlementsApprove),
    (.settlementsCompile, .settlementsPay), (.settlementsAudit, .settlementsApprove),
    (.settlementsConfirm, .settlementsAudit), (.settlementsConfirm, .settlementsCompile),
    (.stationApplicationsScore, .stationApplicationsDecide), (.stationApplicationsSubmit, .stationApplicationsScore),
    (.priceListsWrite, .priceListsApprove), (.priceListsSubmit, .priceListsApprove),
    (.assessmentsCompute, .assessmentsAppeal), (.assessmentsAppeal, .assessmentsDecideAppeal),
    (.assessmentsCompute, .assessmentsDecideAppeal), (.penaltiesWrite, .assessmentsAppeal),
    (.partsClaimsSubmit, .partsClaimsReview), (.partsClaimsWrite, .partsClaimsSubmit),
    (.partsClaimsSubmit, .partsClaimsApproveCompensation), (.minimumStocksPropose, .minimumStocksApprove),
    (.stocktakesCount, .stocktakesApprove), (.policiesWrite, .policiesApprove), (.campaignsWrite, .campaignsApprove),
    (.supplierRecoveriesSend, .supplierRecoveriesAccept), (.qualityIssuesConfirm, .qualityIssuesQaConfirm),
  ]

  @Test("no role holds both sides of a separation of duties (SEC-10)", arguments: separations)
  func separated(left: Permission, right: Permission) {
    for role in Role.allCases {
      #expect(!(role.permissions.contains(left) && role.permissions.contains(right)), "\(role) holds both")
    }
  }

  @Test("no person's role both finishes a job and inspects it (WO-31, SEC-10)")
  func inspection() {
    let both = Role.allCases.filter { $0.permissions.isSuperset(of: [.workOrdersFinish, .workOrdersPassInspection]) }
    // The dealer's system names the person of each step; the service compares the two.
    #expect(both == [.dmsClient])
  }

  @Test(
    "work orders: who acts (SM-3)",
    arguments: [
      (Role.stAdviser, [Permission.workOrdersInspect, .workOrdersQuote, .workOrdersAuthorise, .workOrdersAdmit]),
      (.stAdviser, [.workOrdersDecideItems, .workOrdersNotify, .workOrdersAccept, .workOrdersSettle]),
      (.stAdviser, [.workOrdersDeliver, .workOrdersRework, .workOrdersCancel, .workOrdersConvertToAppointment]),
      (.stWorkshopSupervisor, [.workOrdersAssign, .workOrdersPassInspection, .workOrdersFailInspection]),
      (.stTechnician, [.workOrdersDiagnose, .workOrdersFinish, .workOrdersRequestApproval, .workOrdersClock]),
      (.stInspector, [.workOrdersPassInspection, .workOrdersFailInspection]),
      (.stPartsClerk, [.workOrdersAwaitParts, .workOrdersPartsArrived, .workOrdersIssueParts]),
      (.stCashier, [.workOrdersSettle]),
    ])
  func workOrders(role: Role, may: [Permission]) {
    #expect(role.permissions.isSuperset(of: may))
  }

  @Test("the dealer's system may do everything with a work order and approves nothing (ANN-08, SEC-09)")
  func dealerSystem() {
    let may = Role.dmsClient.permissions
    for permission in Permission.allCases where permission.resource == "workOrders" {
      #expect(may.contains(permission))
    }
    #expect(may.isSuperset(of: [.customersReadPersonal, .warrantyClaimsSubmit, .partsOrdersWrite]))
    let decisions: Set<Substring> = ["approve", "decide", "sign", "confirmMajor", "audit", "pay", "qaConfirm"]
    #expect(may.filter { decisions.contains($0.action) }.isEmpty)
  }

  @Test("the administrator manages people and master data and decides no business (SEC-01)")
  func administrator() {
    let may = Role.sysAdmin.permissions
    #expect(may.isSuperset(of: [.usersWrite, .clientsWrite, .regionsWrite, .stationsWrite, .vehicleModelsWrite]))
    let business: Set<Substring> = [
      "customers", "vehicles", "workOrders", "complaints", "qualityIssues", "warrantyClaims", "settlements",
      "partsOrders", "ledger", "stationApplications",
    ]
    #expect(may.filter { business.contains($0.resource) }.isEmpty)
    #expect(may.filter { ["approve", "decide", "audit", "pay", "sign"].contains($0.action) }.isEmpty)
  }

  @Test("personal data is unmasked only for those who serve the customer (SEC-04)")
  func personalData() {
    let readers = Role.allCases.filter { $0.permissions.contains(.customersReadPersonal) }
    #expect(
      Set(readers) == [
        .callCentre, .fieldService, .stHead, .stServiceManager, .stServiceSupervisor, .stAdviser, .stCrm,
        .stBusinessSupervisor, .stCashier, .dmsClient,
      ])
  }

  @Test("a customer's export is for those who know him, erasure and the record of reads for those who lead (SEC-04)")
  func personalDataDuties() {
    func holders(_ permission: Permission) -> Set<Role> {
      Set(Role.allCases.filter { $0.permissions.contains(permission) })
    }
    #expect(holders(.customersExportPersonal) == [.callCentre, .stHead, .stServiceManager, .stCrm])
    #expect(holders(.customersExportPersonal).isSubset(of: holders(.customersReadPersonal)))
    #expect(holders(.customersErase) == [.hqServiceHead, .stHead, .stServiceManager])
    #expect(holders(.customersReadDisclosures) == holders(.customersErase))
  }

  @Test(
    "whose fault it was is prepared at the station, found by headquarters, and the grave by quality assurance (WAR-06)")
  func qualityDetermination() {
    func holders(_ permission: Permission) -> Set<Role> {
      Set(Role.allCases.filter { $0.permissions.contains(permission) })
    }
    #expect(holders(.warrantyClaimsAppraise) == [.stTechDirector])
    #expect(holders(.warrantyClaimsDecide) == [.hqClaims] && holders(.warrantyClaimsChargeBack) == [.hqClaims])
    #expect(holders(.preAuthorisationsApprove) == [.hqClaims])
    #expect(holders(.qualityIssuesQaConfirm) == [.qa])
    let prepares: Set<Permission> = [.warrantyClaimsWrite, .warrantyClaimsCheck, .warrantyClaimsSubmit]
    #expect(Role.stClaims.permissions.isSuperset(of: prepares))
  }

  @Test("committee and partners can do little more than their one duty")
  func narrowRoles() {
    let committee = Role.networkCommittee.permissions.filter { $0.resource == "stationApplications" }
    #expect(committee == [.stationApplicationsRead, .stationApplicationsDecide])
    #expect(!Role.hqClaims.permissions.contains(.warrantyClaimsWrite))
    #expect(Role.carrier.permissions == [.metaRead, .shipmentsRead, .shipmentsTrack, .shipmentsDeliver])
    #expect(Role.supplier.permissions.filter { $0.action == "read" }.count == 5)
  }

  @Test("departments that read all read every business document, masked (SEC-03)")
  func readsAll() {
    let administration: Set<Permission> = [.usersRead, .clientsRead, .webhooksRead]
    let reads = Set(Permission.allCases.filter { $0.action == "read" }).subtracting(administration)
    for role in [Role.hqExec, .hqServiceHead, .hqService, .hqClaims, .hqNetwork, .hqParts, .regionManager] {
      #expect(role.permissions.isSuperset(of: reads))
      #expect(!role.permissions.contains(.customersReadPersonal))
    }
  }

  @Test("station roles live in a station's scope and grant only station roles (SEC-03, ORG-K-SM)")
  func granting() {
    for role in Role.allCases where role.tier == .station { #expect(role.scopeKinds == [.station]) }
    let stationRoles = Set(Role.allCases.filter { $0.tier == .station })
    #expect(stationRoles.count == 15)
    #expect(Role.grantable(by: [.stHead]) == stationRoles)
    #expect(Role.grantable(by: [.stServiceManager]) == stationRoles.subtracting([.stHead, .stServiceManager]))
    #expect(Role.grantable(by: [.sysAdmin]) == Set(Role.allCases))
    #expect(Role.grantable(by: [.sysAdmin, .stHead]) == Set(Role.allCases))
    for role in Role.allCases where ![.stHead, .stServiceManager, .sysAdmin].contains(role) {
      #expect(Role.grantable(by: [role]).isEmpty)
    }
    #expect(Role.grantable(by: []).isEmpty)
  }

  @Test("the money of a station is read by its own people and headquarters, by no partner (SEC-03, SET-03)")
  func money() {
    let money: Set<Permission> = [.ledgerRead, .settlementsRead, .penaltiesRead, .rewardsRead]
    for role in [Role.outsourcedProvider, .dealerSales, .supplier, .carrier, .customer] {
      #expect(role.permissions.isDisjoint(with: money), "\(role)")
    }
  }

  @Test("who may grant roles may also write users, and the reverse")
  func grantersWriteUsers() {
    for role in Role.allCases {
      #expect(Role.grantable(by: [role]).isEmpty == !role.permissions.contains(.usersWrite))
    }
  }
}
