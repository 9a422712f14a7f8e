import Domain
import FoundationEssentials
import Testing

/// What a caller sees by the permission that he uses.
@Suite("Reach of a caller") struct CallerTests {
  private let own = Identifier<Station>.new(at: Timestamp(milliseconds: 1_780_000_000_000))
  private let case1 = UUID.version7(at: Timestamp(milliseconds: 1_780_000_000_001))
  private let case2 = UUID.version7(at: Timestamp(milliseconds: 1_780_000_000_002))

  private func caller(_ roles: Set<Role>, _ scope: Scope, _ grants: [CaseGrant] = []) -> Caller {
    Caller(
      subject: .user(UUID()), name: "x", roles: roles,
      permissions: grants.reduce(into: roles.permissions) { $0.formUnion($1.permissions) }, scope: scope, grants: grants
    )
  }

  @Test("who belongs to teams alone sees the cases that were granted and nothing of the network (SEC-02)")
  func teamsOnly() {
    for role in Role.allCases where role.reach == .grantedCases {
      let nobody = caller([role], .network).exercising(.complaintsRead).scope
      #expect(nobody.stations == [] && nobody.cases.isEmpty && nobody != .network)
      #expect(!nobody.covers(own) && !nobody.covers(nil))
      let member = caller([role], .network, [CaseGrant(caseID: case1, role: role)]).exercising(.complaintsRead).scope
      #expect(member.stations == [] && member.cases == [case1])
      #expect(member.covers(own, case: case1) && member.covers(nil, case: case1) && !member.covers(own, case: case2))
      // What describes vehicles and people's notes is no case.
      #expect(caller([role], .network).exercising(.vehiclesRead).scope == .network)
    }
  }

  @Test("a grant opens one case beside the own part, for the work of its team only (SEC-02)")
  func beside() {
    let grants = [CaseGrant(caseID: case1, role: .stServiceManager)]
    let manager = caller([.stServiceManager], .station(own), grants)
    let reading = manager.exercising(.complaintsRead).scope
    #expect(reading.stations == [own] && reading.cases == [case1])
    // He closes complaints of his own station; in the team of another's he does not.
    #expect(Role.stServiceManager.permissions.contains(.complaintsClose))
    #expect(manager.exercising(.complaintsClose).scope == .station(own))
    #expect(manager.exercising(.workOrdersRead).scope == .station(own))
  }

  @Test("in a team everybody does the work of his own role (SEC-02)")
  func work() {
    #expect(CaseGrant(caseID: case1, role: .legal).permissions.contains(.complaintsWriteAgreement))
    #expect(!CaseGrant(caseID: case1, role: .pr).permissions.contains(.complaintsWriteAgreement))
    for role in Role.allCases {
      let permissions = CaseGrant(caseID: case1, role: role).permissions
      #expect(permissions.contains(.complaintsRead), "\(role)")
      #expect(permissions.allSatisfy { ["complaints", "attachments", "notes"].contains($0.resource) }, "\(role)")
      #expect(
        permissions.isDisjoint(with: [.complaintsClose, .complaintsFormTeam, .complaintsConfirmMajor]), "\(role)")
    }
  }

  @Test("a permission that comes from a grant alone reaches the case alone (SEC-02)")
  func byGrant() {
    #expect(!Role.training.permissions.contains(.complaintsRead))
    let member = caller([.training], .network, [CaseGrant(caseID: case1, role: .training)])
    #expect(member.may(.complaintsRead) && !caller([.training], .network).may(.complaintsRead))
    let scope = member.exercising(.complaintsRead).scope
    #expect(scope.stations == [] && scope.cases == [case1])
  }

  @Test("one role with the whole reach is enough, and narrowing one operation does not narrow the next")
  func whole() {
    let both = caller([.legal, .qa], .network, [CaseGrant(caseID: case1, role: .legal)])
    #expect(both.exercising(.complaintsRead).scope == .network)
    #expect(both.exercising(.complaintsWriteAgreement).scope.stations == [])
    #expect(both.exercising(.complaintsWriteAgreement).exercising(.complaintsRead).scope == .network)
    // The product itself has permissions of no role.
    let system = Caller(
      subject: .system, name: "system", roles: [], permissions: Set(Permission.allCases), scope: .network)
    #expect(system.exercising(.complaintsRead).scope == .network)
  }

  @Test(
    "who is given single jobs or speaks for a customer reaches his own documents by them, and master data as anybody")
  func ownRecords() {
    let user = UUID()
    let customer = Identifier<Customer>(UUID())
    func scope(_ role: Role, _ permission: Permission) -> Scope {
      Caller(
        subject: .user(user), name: "x", roles: [role], permissions: role.permissions, scope: .station(own),
        customers: [customer]
      ).exercising(permission).scope
    }
    for role in [Role.stTechnician, .fieldService, .outsourcedProvider] {
      #expect(scope(role, .workOrdersRead).holder == Scope.Holder(user: user))
      #expect(scope(role, .workOrdersFinish).holder == Scope.Holder(user: user))
      #expect(scope(role, .vehiclesRead) == .station(own))
    }
    #expect(scope(.factoryWorkshop, .productReturnsRepair).holder?.isFactoryWorkshop == true)
    #expect(scope(.customer, .workOrdersRead).holder == Scope.Holder(user: user, customers: [customer]))
    #expect(scope(.customer, .appointmentsCancel).holder?.customers == [customer])
    #expect(scope(.customer, .serviceItemsRead) == .station(own))
    // Others read any vehicle; whoever reads for a customer reads his. A vehicle that a booking names may be any.
    #expect(scope(.customer, .vehiclesRead).holder?.isOwnVehiclesOnly == true)
    #expect(scope(.customer, .vehiclesRead).holder?.customers == [customer])
    #expect(scope(.customer, .appointmentsWrite).holder?.isOwnVehiclesOnly == false)
    #expect(scope(.dealerSales, .vehiclesRead) == .station(own))
    // Own of a part is no less than the part for what is needed beside the document.
    #expect(scope(.stTechnician, .workOrdersRead).stations == [own])
    #expect(scope(.stInspector, .workOrdersRead) == .station(own))
    let both = Caller(
      subject: .user(user), name: "x", roles: [.stTechnician, .stInspector],
      permissions: Set<Role>([.stTechnician, .stInspector]).permissions, scope: .station(own))
    #expect(both.exercising(.workOrdersRead).scope == .station(own))
    #expect(both.exercising(.workOrdersFinish).scope.holder?.user == user)
  }

  @Test("every role that reaches single documents has something that is narrowed, and no role of the whole scope has")
  func narrowed() {
    for role in Role.allCases {
      switch role.reach {
      case .scope: #expect(role.narrowedPermissions.isEmpty, "\(role)")
      case .grantedCases, .assignedJobs: #expect(!role.narrowedPermissions.isEmpty, "\(role)")
      case .ownRecords: break
      }
      #expect(role.narrowedPermissions.isSubset(of: role.permissions))
    }
  }

  @Test("the session follows the scope of the operation")
  func session() {
    let member = caller([.legal], .network, [CaseGrant(caseID: case1, role: .legal)])
    #expect(member.sessionScope == .network)
    #expect(member.exercising(.complaintsRead).sessionScope == member.exercising(.complaintsRead).scope)
  }
}
