import Domain
import Repositories
import Services

/// Pre-authorisations of the demo's open orders: asked for, asked back, approved in part, rejected, still a draft (M5).
struct DemoWarranty {
  private let services: Composition
  private let data: DemoData.Orders
  private let ground: DemoGround
  private let today: Timestamp

  init(_ services: Composition, _ data: DemoData.Orders, _ ground: DemoGround, today: Timestamp) {
    self.services = services
    self.data = data
    self.ground = ground
    self.today = today
  }

  func load() async throws {
    let requests: [(order: String, kind: PreAuthorisation.Kind, reason: String, to: PreAuthorisation.State)] = [
      ("o36", .warranty, "发电机不发电，需更换总成 The alternator does not charge and must be replaced", .approved),
      ("o33", .warranty, "水泵渗漏 The water pump leaks", .submitted),
      ("o29", .warranty, "升降器卡滞，已过保修里程 The regulator sticks, beyond the kilometres of the warranty", .infoRequested),
      ("o37", .goodwill, "客户要求优惠 The customer asks for goodwill", .rejected),
      ("o27", .goodwill, "减振器早期失效 The shock absorbers failed early", .draft),
    ]
    for request in requests { try await load(request.order, request.kind, request.reason, to: request.to) }
  }

  private func load(
    _ key: String, _ kind: PreAuthorisation.Kind, _ reason: String, to state: PreAuthorisation.State
  ) async throws {
    let service = services.preAuthorisations
    let item = try demoValue(data.orders.first { $0.key == key }, "no order \(key)")
    let station = try demoValue(ground.stations[item.station], "no station \(item.station)")
    let mark = try demoValue(DemoLoader.mark(key).first, "no mark of \(key)")
    let order = try demoValue(
      try await services.database.read(
        .system,
        ExternalIdentityRepository.find(.workOrder, ExternalKey(system: mark.key, id: mark.value), at: station)),
      "order \(key) is not there yet")
    let asker = ground.staff[station]?[.stClaims]?.first ?? DemoWriter.operator
    let auditor = try demoValue(ground.headquarters[.hqClaims], "nobody who audits claims")
    // In the afternoon of the day after the vehicle came.
    let start = today.adding(seconds: Int64(1 - item.daysAgo) * 86_400 + 8 * 3600)
    func command(_ caller: Caller, _ step: String, _ hours: Int64) -> Command<PreAuthorisation> {
      DemoWriter.command(caller, "preAuthorisation-\(key)-\(step)", at: start.adding(seconds: hours * 3600)) {
        $0.id.description
      }
    }
    let id: PreAuthorisation.ID = try DemoWriter.identity(
      await service.create(
        PreAuthorisationDraft(
          workOrderID: WorkOrder.ID(order),
          header: PreAuthorisationHeader(kind: kind, reason: reason, externalIDs: DemoLoader.mark(key)),
          lines: [.init(number: 1, amount: nil)]),
        command(asker, "draft", 0)))
    if state == .draft { return }
    _ = try await service.submit(.id(id), command(asker, "submit", 1))
    switch state {
    case .draft, .submitted, .expired: break
    case .infoRequested:
      _ = try await service.requestInfo(
        .id(id), question: "请补充旧件照片 Please add a photograph of the old part", command(auditor, "ask", 2))
    case .approved:
      _ = try await service.approve(
        .id(id), [:], validUntil: nil, reason: nil, command(auditor, "approve", 3))
    case .rejected:
      _ = try await service.reject(
        .id(id), reason: "事故损坏，不属质量问题 Damage of an accident, no defect", command(auditor, "reject", 3))
    }
  }
}
