import Domain
import FoundationEssentials
import Services

/// The service requests of the demo: registered at the hotline, dispatched, worked on and called back, as far as each goes.
struct DemoRequests {
  private let services: Composition
  private let requests: [DemoData.Request]
  private let returns: [DemoData.Return]
  private let ground: DemoGround
  private let today: Timestamp

  init(_ services: Composition, _ data: DemoData.Requests, _ ground: DemoGround, today: Timestamp) {
    self.services = services
    requests = data.requests
    returns = data.returns
    self.ground = ground
    self.today = today
  }

  func load() async throws {
    for request in requests { try await load(request) }
    for item in returns { try await load(item) }
  }

  /// The steps that lead to each state.
  private static let ways: [ServiceRequest.State: [ServiceRequest.Action]] = [
    .received: [], .forwarded: [.forward, .answer], .escalated: [.escalate], .dispatched: [.dispatch],
    .accepted: [.dispatch, .accept], .inProgress: [.dispatch, .accept, .start],
    .resolved: [.dispatch, .accept, .start, .resolve], .receipted: [.dispatch, .accept, .start, .resolve, .receipt],
    .closed: [.dispatch, .accept, .start, .resolve, .receipt, .close], .converted: [.convert], .cancelled: [.cancel],
  ]

  private func load(_ request: DemoData.Request) async throws {
    let state = try demoValue(ServiceRequest.State(rawValue: request.state), "\(request.state) is no state")
    let customer = try demoValue(ground.customers[request.customer], "no customer \(request.customer)")
    let hotline = try demoValue(ground.headquarters[.callCentre], "no call centre")
    let start = today.adding(seconds: Int64(-request.daysAgo) * 86_400 + 5 * 3600)
    let key = "request-\(request.key)"
    let id: ServiceRequest.ID = try DemoWriter.identity(
      await services.serviceRequests.create(
        ServiceRequestDraft(stationID: nil, header: try header(request, customer)),
        DemoWriter.command(hotline, key, at: start) { $0.id.description }))
    let isConsultation = state == .closed && request.kind == ServiceRequest.Kind.consultation.rawValue
    let way: [ServiceRequest.Action] =
      isConsultation ? [.resolveByPhone, .receipt, .close] : Self.ways[state] ?? []
    for (place, action) in way.enumerated() {
      let step = Step(
        id: .id(id), request: request, customer: customer, hotline: hotline,
        adviser: try ground.person(.stAdviser, at: customer.station), isSolvedByPhone: isConsultation,
        key: "\(key)-\(action.rawValue)", at: start.adding(seconds: Int64(place + 1) * 1500))
      try await take(action, step)
    }
  }

  private func header(
    _ request: DemoData.Request, _ customer: DemoGround.Customer
  ) throws -> ServiceRequestHeader {
    func choice<Choice: RawRepresentable<String>>(_ text: String) throws -> Choice {
      try demoValue(Choice(rawValue: text), "\(text) is no \(Choice.self)")
    }
    let kind: ServiceRequest.Kind = try choice(request.kind)
    return ServiceRequestHeader(
      kind: kind, source: try choice(request.source), medium: try choice(request.medium),
      urgency: kind == .rescue ? .high : .normal, contact: RequestContact(name: customer.name, phone: customer.phone),
      customerID: customer.id, vehicleID: customer.vehicle, vin: nil, plate: nil, place: RequestPlace(),
      mode: try choice(request.mode), cityMinorRepair: false, need: request.need, symptom: request.symptom,
      requirement: RequestRequirement(),
      inspection: kind == .inspection
        ? RequestInspection(
          rhythm: .regular,
          plannedOn: ReportPeriod.day(of: today.adding(seconds: Int64(-request.daysAgo) * 86_400)), intervalDays: 180)
        : nil, externalIDs: DemoLoader.mark(request.key))
  }

  private struct Step {
    let id: Reference<ServiceRequest>
    let request: DemoData.Request
    let customer: DemoGround.Customer
    let hotline: Caller
    let adviser: Caller
    let isSolvedByPhone: Bool
    let key: String
    let at: Timestamp

    func command(_ caller: Caller, _ suffix: String = "") -> Command<ServiceRequest> {
      DemoWriter.command(caller, key + suffix, at: at) { _ in "" }
    }
  }

  private func take(_ action: ServiceRequest.Action, _ step: Step) async throws {
    let service = services.serviceRequests
    let hotline = step.hotline
    let reason = step.request.reason ?? "客户要求 The customer wishes so"
    switch action {
    case .forward: _ = try await service.forward(step.id, to: "主管 Supervisor", reason: nil, step.command(hotline))
    case .answer:
      let answer = RequestAnswer(
        text: "已答复，资料随后邮件发送 Answered, the papers follow by mail", channel: .phone, answeredBy: hotline.name,
        answeredAt: step.at)
      _ = try await service.answer(step.id, answer, step.command(hotline))
    case .resolveByPhone:
      _ = try await service.resolveByPhone(
        step.id, resolution("按保养手册说明 Explained by the maintenance booklet", hotline, step), step.command(hotline))
    case .escalate: _ = try await service.escalate(step.id, reason: reason, step.command(hotline))
    case .dispatch:
      _ = try await service.dispatch(
        step.id, to: step.customer.station, reason: "客户的服务站 The customer's own station", step.command(hotline))
    case .accept:
      _ = try await service.accept(
        step.id, expectedArrivalAt: step.at.adding(seconds: 3600), step.command(step.adviser))
    case .refuse, .arrive, .informFieldStaff: break
    case .start:
      _ = try await service.start(
        step.id,
        .new(customerID: step.customer.id, vehicleID: step.customer.vehicle, mode: nil, serviceType: nil),
        step.command(step.adviser))
      if step.request.mode != WorkOrder.Mode.workshop.rawValue { try await visit(step) }
    case .resolve:
      _ = try await service.resolve(
        step.id, resolution("故障排除 Fault cleared", step.adviser, step), step.command(step.adviser))
    case .receipt:
      for party in step.isSolvedByPhone ? [RequestReceipt.Party.customer] : RequestReceipt.Party.allCases {
        let receipt = RequestReceipt(
          party: party, channel: .phone, note: nil, returnedBy: hotline.name, returnedAt: step.at)
        _ = try await service.receipt(step.id, receipt, step.command(hotline, "-\(party.rawValue)"))
      }
    case .close:
      let call = RequestCallBack(
        isSatisfied: true, rating: 5, comment: nil, calledBy: hotline.name, calledAt: step.at)
      _ = try await service.close(step.id, call, next: nil, step.command(hotline))
    case .convert:
      _ = try await service.convert(
        step.id, RequestConversion(target: .complaint, reason: reason, preferredAt: nil), step.command(hotline))
    case .cancel: _ = try await service.cancel(step.id, reason: reason, step.command(hotline))
    }
  }

  /// The drive to the customer; where the request goes no further it is still under way.
  private func visit(_ step: Step) async throws {
    let request = try await services.serviceRequests.get(step.id, step.hotline)
    let order = Reference<WorkOrder>.id(
      try demoValue(request.progress.workOrderID, "request \(step.request.key) has no order"))
    func command(_ name: String) -> Command<WorkOrder> {
      DemoWriter.command(step.adviser, "\(step.key)-\(name)", at: step.at) { _ in "" }
    }
    _ = try await services.workOrders.depart(
      order, traveller: step.adviser.name, serviceVehicle: nil, at: step.at, command("depart"))
    _ = try await services.workOrders.arrive(
      order, at: step.at.adding(seconds: 1200), position: nil, distanceKm: 16, command("arrive"))
    if step.request.state == ServiceRequest.State.inProgress.rawValue { return }
    _ = try await services.workOrders.clear(
      order, faultCleared: true, finding: "现场排除 Cleared on site", at: step.at.adding(seconds: 3600), command("clear"))
  }

  private func resolution(_ summary: String, _ caller: Caller, _ step: Step) -> RequestResolution {
    RequestResolution(
      summary: summary, caseReference: nil, faultCleared: true, clearedAt: step.at, resolvedBy: caller.name,
      resolvedAt: step.at)
  }

  // MARK: Returns

  /// A product that could not be mended on site: back to the factory, or exchanged.
  private func load(_ item: DemoData.Return) async throws {
    let service = services.productReturns
    let station = try demoValue(ground.stations[item.station], "no station \(item.station)")
    let at = today.adding(seconds: Int64(-item.daysAgo) * 86_400 + 6 * 3600)
    let kind = try demoValue(ProductReturn.ProductKind(rawValue: item.kind), "\(item.kind) is no product")
    let state = try demoValue(ProductReturn.State(rawValue: item.state), "\(item.state) is no state")
    func command(_ caller: Caller, _ step: String) -> Command<ProductReturn> {
      DemoWriter.command(caller, "return-\(item.key)-\(step)", at: at) { $0.id.description }
    }
    let header = ProductReturnHeader(
      channel: .oemSupply,
      product: ReturnedProduct(
        kind: kind, description: item.product, partNumber: nil, serialNumber: "\(item.key)-S1", quantity: 1),
      workOrderID: nil, vehicleID: nil, fault: item.fault, reason: "现场无法修复 Cannot be mended on site",
      externalIDs: DemoLoader.mark(item.key))
    let id: ProductReturn.ID = try DemoWriter.identity(
      await service.create(
        ProductReturnDraft(stationID: station, header: header),
        command(try ground.person(.stAdviser, at: station), "create")))
    let sales = try demoValue(ground.headquarters[.salesRep], "no salesperson")
    let quality = try demoValue(ground.headquarters[.qa], "no quality assurance")
    switch state {
    case .exchanged:
      _ = try await service.approveExchange(
        .id(id), ticket: "HH-\(item.key)", reason: "质量索赔 Quality", command(sales, "approve"))
      _ = try await service.exchange(
        .id(id), replacement: "\(item.key)-S2", returnTicket: "TH-\(item.key)", place: .customersDoor,
        command(sales, "exchange"))
    case .scheduled, .scheduledPaid:
      let shipment = ReturnShipment(
        note: "TK-\(item.key)", carrier: "示例物流 Example Logistics", trackingNumber: nil, storagePlace: nil,
        sentBy: sales.name, sentAt: at)
      _ = try await service.returnToFactory(.id(id), shipment, command(sales, "return"))
      let isPaid = state == .scheduledPaid
      let appraisal = ReturnAppraisal(
        cause: isPaid ? .user : .manufacturing,
        opinion: isPaid ? "使用不当 Wrong use" : "铸造缺陷 A casting fault", repairOrder: "PX-\(item.key)",
        charge: isPaid ? Money(minor: 86_000, currency: .cny) : nil, signedBy: quality.name,
        signedByID: quality.subject.id, signedAt: at)
      _ = try await service.schedule(.id(id), appraisal, command(quality, "schedule"))
    case .verified, .returned, .repaired, .sentBack, .scrapped, .exchanging, .cancelled: break
    }
  }
}
