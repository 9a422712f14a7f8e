import Domain
import Services

/// One policy that people made: the warranty of one model, with a first maintenance at the maker's cost. Everything
/// else is as it comes with the product.
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
    let author = try demoValue(ground.headquarters[.hqService], "nobody of After-Sales")
    let approver = try demoValue(ground.headquarters[.hqServiceHead], "no head of After-Sales")
    var body = WarrantyPolicy.standard
    body.firstMaintenance = WarrantyTerm(months: 6, km: 5000)
    let draft = PolicyDraft(
      key: .warranty, subject: .vehicleModel(model),
      content: PolicyContent(
        body: body.written, reason: "新车型首保由厂家承担 The maker pays the first maintenance of this model",
        validFrom: nil, validTo: nil))
    let number = DemoWriter.text(
      try await services.policies.create(draft, command(author, "draft", day: 1) { $0.number }))
    _ = try await services.policies.submit(.number(number), command(author, "submit", day: 1) { _ in "" })
    _ = try await services.policies.approve(
      .number(number), comment: nil, command(approver, "approve", day: 2) { _ in "" })
  }

  private func command(
    _ caller: Caller, _ step: String, day: Int64, _ text: @escaping @Sendable (Policy) throws -> String
  ) -> Command<Policy> {
    DemoWriter.command(caller, "policy-\(step)", at: opening.adding(seconds: day * 86_400), text)
  }
}
