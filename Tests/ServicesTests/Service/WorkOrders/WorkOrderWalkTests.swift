import Domain
import FoundationEssentials
import Repositories
import Services
import TestSupport
import Testing

/// The walk of an order through SM-3 with the log it leaves behind.
@Suite(.serialized) struct WorkOrderWalkTests {
  /// Every change has one event that carries what changed; the versions follow each other; each value that a change
  /// starts from is the one that the change before left.
  private func verify(_ events: [Event], _ order: WorkOrder, _ sourceLocation: SourceLocation = #_sourceLocation) {
    let byVersion = Dictionary(grouping: events, by: \.change.version)
    #expect(byVersion.keys.sorted() == Array(1...order.version), sourceLocation: sourceLocation)
    var fields: [String: EventValue] = [:]
    for version in byVersion.keys.sorted() {
      let group = byVersion[version] ?? []
      let first = group.filter { $0.change.type.hasPrefix("workOrder.") }
      #expect(first.count == 1, "version \(version): \(first.map(\.change.type))", sourceLocation: sourceLocation)
      #expect(group.first?.change.type.hasPrefix("workOrder.") == true, sourceLocation: sourceLocation)
      #expect(group.first?.change.changes.isEmpty == false, sourceLocation: sourceLocation)
      #expect(group.dropFirst().allSatisfy { $0.change.changes.isEmpty }, sourceLocation: sourceLocation)
      for change in group.first?.change.changes ?? [] {
        if change.field != "inspection/confirmedBy" {
          #expect(
            fields[change.field].map { $0 == change.before } ?? true, "\(change)", sourceLocation: sourceLocation)
        }
        #expect(change.before != change.after, sourceLocation: sourceLocation)
        fields[change.field] = change.after
      }
      #expect(group.allSatisfy { $0.change.station == order.stationID }, sourceLocation: sourceLocation)
      #expect(group.allSatisfy { $0.change.number == order.number }, sourceLocation: sourceLocation)
    }
    #expect(fields["state"] == .text(order.state.rawValue), sourceLocation: sourceLocation)
    #expect(
      fields["invoiceNumber"] ?? .null == .optional(order.progress.invoiceNumber), sourceLocation: sourceLocation)
    #expect(
      fields["deliveredAt"] ?? .null == .optional(order.progress.deliveredAt?.description),
      sourceLocation: sourceLocation)
  }

  @Test("an order walks from reception to the closed file, and its log says so step by step (SM-3, domain.md 3)")
  func walk() async throws {
    try await OrderDesk.with { desk in
      let order = try await desk.order(in: .closed)
      let events = try await desk.events(order)
      #expect(
        events.map(\.change.type) == [
          "workOrder.received", "workOrder.inspected", "workOrder.diagnosed", "workOrder.quoted",
          "workOrder.authorised", "workOrder.admitted", "customerFile.requested", "workOrder.assigned",
          "workOrder.lineChanged", "workOrder.finished", "workOrder.inspectionPassed", "workOrder.customerNotified",
          "workOrder.accepted", "workOrder.settled", "workOrder.delivered", "followUp.requested",
          "qualityRecord.requested", "workOrder.closed",
        ])
      verify(events, order)
      #expect(order.number == "WO-SY001-2026-000001")
      #expect(order.progress.invoiceNumber == "INV-SY001-2026-000001")
      #expect(order.progress.deliveredAt != nil)
      let stored = try await desk.service.whole(.number(order.number), desk.desk)
      #expect(stored == order)
      let actors = Dictionary(grouping: events, by: \.change.type).compactMapValues { $0.first?.actorID }
      #expect(actors["workOrder.finished"] == desk.network.technician.uuid)
      #expect(actors["workOrder.inspectionPassed"] == desk.network.inspector.uuid)
      let (_, invoice) = try await desk.service.invoice(.id(order.id), desk.desk)
      #expect(invoice.total == desk.cny(35_000))
      #expect(invoice.payments.map(\.amount) == [desk.cny(35_000)])
      let (_, estimates) = try await desk.service.estimates(.id(order.id), desk.desk)
      #expect(estimates.map(\.summary.hash) == [order.contentHash])
      #expect(try await desk.service.inspections(.id(order.id), desk.desk).map(\.passed) == [true])
    }
  }

  @Test("side ways come back to the road: additional items, parts, failed inspection, refused hand-over (WO-04, WO-32)")
  func sideWays() async throws {
    try await OrderDesk.with { desk in
      var order = try await desk.order(in: .inRepair)
      let id = Reference<WorkOrder>.id(order.id)
      let service = desk.service
      order = try await desk.run(as: desk.technician) { try await service.clockOn(id, 1, technician: nil, $0) }
      order = try await desk.run { try await service.addLine(id, desk.line(), $0) }
      order = try await desk.run { try await service.addLine(id, desk.line(), $0) }
      #expect(order.lines.map(\.isAdditional) == [false, true, true])
      order = try await desk.run {
        try await service.requestApproval(id, promisedDeliveryAt: nil, reason: "另有磨损", $0)
      }
      let hash = try #require(order.progress.estimate?.hash)
      #expect(hash == order.contentHash)
      let decision = desk.decision(hash)
      order = try await desk.run { try await service.decideItems(id, [(2, true), (3, false)], decision, $0) }
      #expect(order.lines.map(\.decision) == [.approved, .approved, .refused])
      order = try await desk.run { try await service.move(id, .awaitParts, reason: nil, data: [:], $0) }
      order = try await desk.run { try await service.move(id, .partsArrived, reason: nil, data: [:], $0) }
      await #expect(throws: Refusal.self) { try await desk.advance(order, to: .qualityCheck) }
      order = try await desk.run(as: desk.technician) { try await service.clockOff(id, 1, technician: nil, $0) }
      order = try await desk.advance(order, to: .qualityCheck)
      order = try await desk.run(as: desk.inspector) {
        try await service.judge(id, .failed, findings: "仍异响", inspector: nil, $0)
      }
      #expect(order.state == .inRepair)
      order = try await desk.advance(order, to: .qualityCheck)
      order = try await desk.advance(try await desk.advance(order, to: .ready), to: .notified)
      order = try await desk.run {
        try await service.accept(id, .refused, by: "王小明", reason: "划痕", data: [:], $0)
      }
      #expect(order.state == .qualityCheck)
      #expect(order.progress.failedInspections == 2)
      for state in [WorkOrder.State.ready, .notified, .accepted, .settled, .delivered] {
        order = try await desk.advance(order, to: state)
      }
      #expect(order.total == desk.cny(70_000))
      #expect(try await service.inspections(id, desk.desk).map(\.passed) == [false, true, true])
      verify(try await desk.events(order), order)
      let decisions = try desk.test.admin("select count(*), count(distinct order_version) from customer_decisions")
      // Authorisation, additional items, refused and given acceptance.
      #expect(decisions == "4|4")
      #expect(try await service.whole(id, desk.desk) == order)
    }
  }

  @Test(
    "the ways out keep their reason and end the order (WO-02, SM-3)",
    arguments: [
      (WorkOrder.Action.cancel, "workOrder.cancelled"), (.closeNoRepair, "workOrder.closedNoRepair"),
    ] as [(WorkOrder.Action, String)])
  func leaving(action: WorkOrder.Action, type: String) async throws {
    try await OrderDesk.with { desk in
      let quoted = try await desk.order(in: .quoted)
      let order = try await desk.run { try await desk.service.leave(.id(quoted.id), action, reason: "改日", $0) }
      #expect(order.progress.exitReason == "改日")
      let events = try await desk.events(order)
      let last = events.filter { $0.change.version == order.version }
      #expect(last.first?.change.type == type)
      #expect(last.first?.change.reason == "改日")
      verify(events, order)
      await #expect(throws: Refusal.self) {
        try await desk.run { try await desk.service.addLine(.id(order.id), desk.line(), $0) }
      }
    }
  }

  @Test(
    "hand-over asks for claims only where warranty pays a line that was done (WO-44, WO-45, T-02)",
    arguments: [
      (false, false), (true, false), (true, true),
    ])
  func deliveryEvents(hasWarranty: Bool, isRefused: Bool) async throws {
    try await OrderDesk.with { desk in
      let service = desk.service
      let warranty = desk.line(split: [.warranty: desk.cny(30_000), .customer: desk.cny(5_000)])
      var order = try await desk.order(
        in: .inRepair, lines: [desk.line(), hasWarranty && !isRefused ? warranty : desk.line()])
      if isRefused {
        let id = Reference<WorkOrder>.id(order.id)
        order = try await desk.run { try await service.addLine(id, warranty, $0) }
        order = try await desk.run {
          try await service.requestApproval(id, promisedDeliveryAt: nil, reason: nil, $0)
        }
        let decision = desk.decision(order.contentHash)
        order = try await desk.run { try await service.decideItems(id, [(3, false)], decision, $0) }
      }
      for state in [WorkOrder.State.qualityCheck, .ready, .notified, .accepted, .settled, .delivered] {
        order = try await desk.advance(order, to: state)
      }
      let last = try await desk.events(order).filter { $0.change.version == order.version }
      let due = hasWarranty && !isRefused
      #expect(
        last.map(\.change.type) == ["workOrder.delivered", "followUp.requested", "qualityRecord.requested"]
          + (due ? ["warrantyClaim.requested"] : []))
      if due { #expect(last.last?.change.data["lines"] == .list([.integer(2)])) }
    }
  }

  @Test("rework opens a linked order and leaves the delivered one as it was (WO-33)")
  func rework() async throws {
    try await OrderDesk.with { desk in
      let delivered = try await desk.order(in: .delivered)
      let before = try await desk.events(delivered)
      let again = try await desk.run {
        try await desk.service.rework(.id(delivered.id), summary: "仍异响", $0)
      }
      #expect(again.id != delivered.id)
      #expect(again.reworkOf == delivered.id)
      #expect(again.state == .received)
      #expect(again.version == 1)
      #expect(again.number == "WO-SY001-2026-000002")
      #expect(again.header.vehicleID == delivered.header.vehicleID)
      #expect(again.lines.isEmpty)
      #expect(try await desk.service.whole(.id(delivered.id), desk.desk) == delivered)
      let after = try await desk.events(delivered)
      #expect(Array(after.dropLast()) == before)
      #expect(after.last?.change.type == "workOrder.reworkOpened")
      #expect(after.last?.change.data["reworkOrderId"] == .text(again.id.description))
      #expect(try await desk.events(again).map(\.change.type) == ["workOrder.received"])
      let open = try await desk.create()
      await #expect(throws: Refusal.self) {
        try await desk.run { try await desk.service.rework(.id(open.id), summary: "x", $0) }
      }
    }
  }
}
