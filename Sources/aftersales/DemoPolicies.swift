import Domain
import Services

/// The policies that people made: what is what among the parts of all models and what must be authorised before it is repaired,
/// the warranty of one model, with a first maintenance at the maker's cost, and what stations have of parts and shall sell of them.
/// Everything else is as it comes with the product.
struct DemoPolicies {
  private let services: Composition
  private let ground: DemoGround
  private let opening: Timestamp

  init(_ services: Composition, _ ground: DemoGround, opening: Timestamp) {
    self.services = services
    self.ground = ground
    self.opening = opening
  }

  func load(for model: VehicleModel.ID) async throws {
    var body = WarrantyPolicy.standard
    body.components = Self.components
    body.preAuthorisation = PreAuthorisationTerms(
      requiredFrom: Money(minor: 300_000, currency: .cny), groups: [.engine, .transmission], validDays: 30)
    var own = body
    own.firstMaintenance = WarrantyTerm(months: 6, km: 5000)
    try await load(
      "policy", own, for: .vehicleModel(model), because: "新车型首保由厂家承担 The maker pays the first maintenance of this model"
    )
    try await load(
      "policy-all", body, for: nil, because: "公布主要总成、主要零件及易损件 Main assemblies, main parts and wear parts published")
    try await load(
      "policy-parts",
      PartsStandardsPolicy(
        required: [
          RequiredPart(partNumber: "P-ENG-15T", kind: .assembly, quantity: 1, stationKind: .fourInOne),
          RequiredPart(partNumber: "P-ALT-90A", kind: .assembly, quantity: 1),
          RequiredPart(partNumber: "P-BRK-F", kind: .part, quantity: 10),
        ], salesPerMonth: [.original: Money(minor: 2_000_000, currency: .cny)]),
      for: nil, because: "4S店总成与零件标准及年度销售计划 Assemblies and parts of the 4S standard, sales plan of the year")
  }

  private static let components = [
    component("P-PUMP-W", "水泵 Water pump", .engine, .mainPart),
    component("P-ALT", "发电机 Alternator", .electrical, .mainPart),
    component("P-BRK", "制动片 Brake pads", .wearParts, .other),
    component("P-WIP", "雨刮片 Wiper blades", .wearParts, .other),
    component("P-SHK", "减振器 Shock absorber", .suspension, .mainPart),
    component("P-WIN", "车窗升降器 Window regulator", .body, .other),
  ]

  private static func component(
    _ prefix: String, _ name: String, _ group: ComponentGroup, _ role: WarrantyComponent.Role
  ) -> WarrantyComponent {
    WarrantyComponent(
      handle: .partNumber, prefix: prefix, name: name, group: group, role: role, isSafetyFailure: false)
  }

  private func load(
    _ step: String, _ body: some PolicyBody, for subject: PolicySubject?, because reason: String
  ) async throws {
    let author = try demoValue(ground.headquarters[.hqService], "nobody of After-Sales")
    let approver = try demoValue(ground.headquarters[.hqServiceHead], "no head of After-Sales")
    let draft = PolicyDraft(
      key: type(of: body).key, subject: subject,
      content: PolicyContent(body: body.written, reason: reason, validFrom: nil, validTo: nil))
    let number = DemoWriter.text(
      try await services.policies.create(draft, command(author, "\(step)-draft", day: 1) { $0.number }))
    _ = try await services.policies.submit(.number(number), command(author, "\(step)-submit", day: 1) { _ in "" })
    _ = try await services.policies.approve(
      .number(number), comment: nil, command(approver, "\(step)-approve", day: 2) { _ in "" })
  }

  private func command(
    _ caller: Caller, _ step: String, day: Int64, _ text: @escaping @Sendable (Policy) throws -> String
  ) -> Command<Policy> {
    DemoWriter.command(caller, step, at: opening.adding(seconds: day * 86_400), text)
  }
}
