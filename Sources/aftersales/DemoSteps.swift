import Domain
import FoundationEssentials
import Services

/// The steps of a demo order as the product's own actions.
extension DemoHistory {
  func take(_ place: Int, of course: inout Course) async throws {
    let stop = course.stops[place]
    if stop.step == .receive { return try await receive(&course, at: stop.at) }
    let id = try demoValue(course.id, "order \(course.order.key) is not there yet")
    try await take(stop, .id(id), course, "\(course.order.key)-step-\(place)")
  }

  private func take(
    _ stop: DemoJourney.Stop, _ order: Reference<WorkOrder>, _ course: Course, _ key: String
  ) async throws {
    let service = services.workOrders
    let adviser = course.adviser
    let technician = course.technician
    func command<Output>(_ caller: Caller) -> Command<Output> {
      DemoWriter.command(caller, key, at: stop.at) { _ in "" }
    }
    switch stop.step {
    case .receive: break
    case .inspect:
      _ = try await service.inspect(order, inspection(course, at: stop.at), command(adviser))
    case .diagnose:
      let finding = course.jobs.map(\.cause).joined(separator: "; ")
      _ = try await service.diagnose(order, finding: finding, command(technician))
    case .quote:
      let promised = stop.at.adding(seconds: (course.order.awaitedParts == true ? 36 : 9) * 3600)
      _ = try await service.quote(
        order, promisedDeliveryAt: promised, promisedQuality: "原厂配件 Original parts", command(adviser))
    case .authorise:
      _ = try await service.authorise(
        order, try await decision(order, .signature, course, at: stop.at), command(adviser))
    case .admit:
      _ = try await service.admit(
        order, reason: nil, data: ["keysHandedOver": .boolean(true), "washed": .boolean(true)], command(adviser))
    case .assign:
      guard let person = technician.subject.id else { return }
      let supervisor = try self.person(.stWorkshopSupervisor, of: course)
      try await asking(order, course, key, at: stop.at) {
        _ = try await service.assign(order, [(line: nil, technician: person)], command(supervisor))
      }
    case .clockOn, .startWork:
      try await asking(order, course, key, at: stop.at) {
        _ = try await service.clockOn(order, 1, technician: nil, command(technician))
      }
    case .clockOff:
      _ = try await service.clockOff(order, 1, technician: nil, command(technician))
    case .addItem:
      guard let job = course.additional else { return }
      _ = try await service.addLine(order, try line(job, of: course), command(technician))
    case .requestApproval:
      _ = try await service.requestApproval(
        order, promisedDeliveryAt: nil, reason: course.additional?.concern, command(technician))
    case .decideItems:
      let answer = (line: course.jobs.count + 1, approved: course.order.additionalApproved == true)
      _ = try await service.decideItems(
        order, [answer], try await decision(order, .phone, course, at: stop.at), command(adviser))
    case .awaitParts:
      let parts = course.jobs.flatMap(\.parts).map { EventValue.text($0.number) }
      _ = try await service.move(
        order, .awaitParts, reason: "配件缺货 Parts not in stock", data: ["partNumbers": .list(parts)],
        command(try person(.stPartsClerk, of: course)))
    case .partsArrived:
      _ = try await service.move(
        order, .partsArrived, reason: nil, data: [:], command(try person(.stPartsClerk, of: course)))
    case .recordWork:
      try await recordWork(order, course, key, at: stop.at)
    case .finish:
      try await asking(order, course, key, at: stop.at) {
        _ = try await service.finish(order, note: nil, command(technician))
      }
    case .failInspection:
      _ = try await service.judge(
        order, .failed, findings: "螺栓扭矩不足 Bolt torque too low", inspector: nil,
        command(try person(.stInspector, of: course)))
    case .passInspection:
      _ = try await service.judge(
        order, .passed, findings: "路试合格 Road test passed", inspector: nil,
        command(try person(.stInspector, of: course)))
    case .notify:
      _ = try await service.notify(order, reason: nil, data: ["channel": .text("phone")], command(adviser))
    case .refuseWork:
      _ = try await service.accept(
        order, .refused, by: "客户 Customer", reason: "车内未清洁 The interior was not cleaned",
        data: ["workExplained": .boolean(true)], command(adviser))
    case .acceptWork:
      _ = try await service.accept(
        order, .accepted, by: "客户 Customer", reason: nil, data: ["workExplained": .boolean(true)], command(adviser)
      )
    case .settle:
      _ = try await service.settle(
        order, try await payments(order, course), command(try person(.stCashier, of: course)))
    case .deliver:
      _ = try await service.deliver(
        order, data: ["gatePass": .text("GP-\(course.order.key)"), "reminders": .null], command(adviser))
    case .close:
      _ = try await service.close(order, reason: nil, command(adviser))
    case .leave(.convertToAppointment):
      _ = try await service.convertToAppointment(
        order, reason: try demoValue(course.order.reason, "reason of \(course.order.key)"), preferredAt: nil,
        command(adviser))
    case .leave(let action):
      _ = try await service.leave(
        order, action, reason: try demoValue(course.order.reason, "reason of \(course.order.key)"), command(adviser))
    }
  }

  private func inspection(_ course: Course, at: Timestamp) -> WorkOrderService.InspectionRecord {
    WorkOrderService.InspectionRecord(
      odometerKm: course.order.km, clusterReplacement: nil,
      record: ReceptionInspection(
        exterior: [.init(position: "左后门 Rear left door", condition: "轻微划痕 Light scratch")], interior: [],
        functions: [.init(position: "灯光 Lights", condition: "正常 In order")], belongings: ["雨伞 Umbrella"],
        fuelPercent: 20 + course.order.km % 70, confirmedBy: course.customer.name, inspectedAt: at,
        inspectedBy: course.adviser.name))
  }

  private func decision(
    _ order: Reference<WorkOrder>, _ channel: CustomerDecision.Channel, _ course: Course, at: Timestamp
  ) async throws -> CustomerDecision {
    let current = try await services.workOrders.get(order, course.adviser)
    return CustomerDecision(
      decidedBy: course.customer.name, channel: channel, decidedAt: at,
      estimateHash: try demoValue(current.progress.estimate?.hash, "order \(course.order.key) has no estimate"),
      recordedBy: course.adviser.name)
  }

  /// A step of the work; where the maker wants to be asked before it, the claims clerk asks him and headquarters approves (M5).
  private func asking(
    _ order: Reference<WorkOrder>, _ course: Course, _ key: String, at: Timestamp, _ step: () async throws -> Void
  ) async throws {
    do {
      try await step()
    } catch Refusal.conflict(let code, _) where code == "pre-authorisation-required" {
      let service = services.preAuthorisations
      let clerk = claimsClerk(of: course)
      let auditor = try auditor()
      func command(_ caller: Caller, _ step: String) -> Command<PreAuthorisation> {
        DemoWriter.command(caller, "\(key)-ask-\(step)", at: at) { $0.id.description }
      }
      let current = try await services.workOrders.get(order, course.adviser)
      let reason = course.jobs.map(\.cause).joined(separator: "; ")
      let id: PreAuthorisation.ID = try DemoWriter.identity(
        await service.create(
          PreAuthorisationDraft(
            workOrderID: current.id,
            header: PreAuthorisationHeader(kind: .warranty, reason: reason, externalIDs: [:]), lines: []),
          command(clerk, "draft")))
      _ = try await service.submit(.id(id), command(clerk, "submit"))
      _ = try await service.approve(.id(id), [:], validUntil: nil, reason: nil, command(auditor, "approve"))
      try await step()
    }
  }

  /// Lines that the customer refused are not worked on.
  private func recordWork(
    _ order: Reference<WorkOrder>, _ course: Course, _ key: String, at: Timestamp
  ) async throws {
    var jobs = course.jobs
    if let job = course.additional, course.order.additionalApproved == true { jobs.append(job) }
    for (place, job) in jobs.enumerated() {
      _ = try await services.workOrders.editLine(
        order, place + 1, findings(job),
        DemoWriter.command(course.technician, "\(key)-line-\(place + 1)", at: at) { _ in "" })
    }
  }

  private func payments(_ order: Reference<WorkOrder>, _ course: Course) async throws -> [Payment] {
    let due = try await services.workOrders.whole(order, course.adviser).totals[.customer]
    if due == 0 { return [] }
    let method = try demoValue(Payment.Method(rawValue: course.order.payment), "payment of \(course.order.key)")
    return [Payment(method: method, amount: Money(minor: due, currency: .cny), reference: nil)]
  }
}
