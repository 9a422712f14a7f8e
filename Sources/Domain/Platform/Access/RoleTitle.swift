/// What people call a role, as published at `GET /v1/roles`.
package struct RoleTitle: Hashable, Sendable {
  package let english: String
  package let chinese: String

  fileprivate init(_ english: String, _ chinese: String) {
    self.english = english
    self.chinese = chinese
  }
}

extension Role {
  package var title: RoleTitle {
    switch self {
    case .hqExec: RoleTitle("After-sales executive", "售后服务副总裁助理")
    case .hqServiceHead: RoleTitle("Senior manager, after-sales", "高级经理")
    case .hqService: RoleTitle("After-sales service department", "售后服务部")
    case .hqClaims: RoleTitle("Claims section", "索赔业务")
    case .hqNetwork: RoleTitle("Network development section", "网络发展业务")
    case .networkCommittee: RoleTitle("Service network development committee", "服务网络发展委员会")
    case .hqParts: RoleTitle("Parts supply department", "备件供应部")
    case .hqGeneral: RoleTitle("General department", "综合部")
    case .callCentre: RoleTitle("Customer service centre", "客服中心")
    case .qa: RoleTitle("Quality assurance department", "质量保证部")
    case .finance: RoleTitle("Sales finance office", "销售财务处")
    case .legal: RoleTitle("Legal counsel", "法律顾问")
    case .pr: RoleTitle("Public relations department", "公关部")
    case .marketing: RoleTitle("Marketing", "市场部")
    case .logistics: RoleTitle("Sales and planning logistics", "物流部")
    case .training: RoleTitle("Technical training department", "技术培训部")
    case .fieldService: RoleTitle("Field service staff", "售后服务人员")
    case .factoryWorkshop: RoleTitle("Assembly workshop of the maker", "总成车间")
    case .salesRep: RoleTitle("Salesperson", "业务员")
    case .warehouse: RoleTitle("Finance warehouse", "财务部仓库")
    case .regionManager: RoleTitle("Regional centre", "地区中心")
    case .sysAdmin: RoleTitle("System administrator", "系统管理员")
    case .stHead: RoleTitle("General manager or station head", "服务站总负责人")
    case .stServiceManager: RoleTitle("Service manager", "服务经理")
    case .stServiceSupervisor: RoleTitle("Service supervisor", "服务主管")
    case .stAdviser: RoleTitle("Service adviser", "服务顾问")
    case .stWorkshopSupervisor: RoleTitle("Workshop supervisor", "车间主管")
    case .stTechnician: RoleTitle("Technician", "维修技师")
    case .stInspector: RoleTitle("Quality inspector", "质检员")
    case .stTechDirector: RoleTitle("Technical director", "技术总监")
    case .stClaims: RoleTitle("Claims clerk", "索赔员")
    case .stPartsSupervisor: RoleTitle("Parts supervisor", "配件主管")
    case .stPartsClerk: RoleTitle("Parts clerk", "配件员")
    case .stInfo: RoleTitle("Information coordinator", "信息协调员")
    case .stCrm: RoleTitle("Customer relations officer", "客户关系员")
    case .stBusinessSupervisor: RoleTitle("Business supervisor", "业务主管")
    case .stCashier: RoleTitle("Cashier", "收银员")
    case .dealerSales: RoleTitle("Seller", "销售商")
    case .outsourcedProvider: RoleTitle("Outsourced service provider", "外包单位")
    case .supplier: RoleTitle("Component supplier", "零部件供应商")
    case .carrier: RoleTitle("Third-party logistics carrier", "第三方物流")
    case .customer: RoleTitle("Customer", "客户")
    case .dmsClient: RoleTitle("Dealer management system", "经销商管理系统")
    }
  }
}
