import Domain
import FoundationEssentials
import Repositories
import Services
import TestSupport
import Testing

/// What single writes refuse, and what they leave alone.
@Suite(.serialized) struct WorkOrderServiceTests {
  @Test("a patch that changes nothing keeps the version and writes no event (C-17)")
  func noChange() async throws {
    try await OrderDesk.with { desk in
      let order = try await desk.create()
      var patch = WorkOrderPatch()
      patch.summary = .set(order.header.summary)
      patch.note = .set(nil)
      patch.customerID = .set(order.header.customerID)
      let same = patch
      let after = try await desk.run { try await desk.service.update(.id(order.id), same, $0) }
      #expect(after == order)
      var line = JobLinePatch()
      line.standardHours = .set(Hours(hundredths: 100))
      let unchanged = line
      #expect(try await desk.run { try await desk.service.editLine(.id(order.id), 1, unchanged, $0) } == order)
      #expect(try await desk.events(order).count == 1)
      patch.note = .set("等候")
      let real = patch
      let changed = try await desk.run { try await desk.service.update(.id(order.id), real, $0) }
      #expect(changed.version == 2)
      #expect(try await desk.events(order).last?.change.changes == [FieldChange("note", .null, .text("等候"))])
    }
  }

  @Test("a write on another version than the current one is refused with the current one (C-16, R8)")
  func preconditions() async throws {
    try await OrderDesk.with { desk in
      let order = try await desk.create()
      var patch = WorkOrderPatch()
      patch.note = .set("一")
      let change = patch
      let update: (Command<WorkOrder>) async throws -> Answer = {
        try await desk.service.update(.id(order.id), change, $0)
      }
      await #expect(throws: Refusal.versionMismatch(current: 1)) {
        try await desk.run(expecting: .versions([2, 7]), update)
      }
      #expect(try await desk.run(expecting: .versions([1]), update).version == 2)
      await #expect(throws: Refusal.versionMismatch(current: 2)) {
        try await desk.run(expecting: .versions([1]), update)
      }
      await #expect(throws: Refusal.versionMismatch(current: 2)) {
        try await desk.run(expecting: .versions([1])) { try await desk.service.addLine(.id(order.id), desk.line(), $0) }
      }
      // Rework reads the delivered order; it asks for its version all the same.
      await #expect(throws: Refusal.versionMismatch(current: 2)) {
        try await desk.run(expecting: .versions([1])) { try await desk.service.rework(.id(order.id), summary: "x", $0) }
      }
    }
  }

  @Test("the permission is asked before anything else, and each action has its own (SEC-01)")
  func permissions() async throws {
    try await OrderDesk.with { desk in
      let order = try await desk.order(in: .inspected)
      let technician = desk.network.caller(.stTechnician, subject: .user(desk.network.technician.uuid))
      await #expect(throws: Refusal.forbidden(.workOrdersQuote)) {
        try await desk.run(as: technician) {
          try await desk.service.quote(.number("nowhere"), promisedDeliveryAt: $0.at, promisedQuality: nil, $0)
        }
      }
      await #expect(throws: Refusal.forbidden(.workOrdersCancel)) {
        try await desk.run(as: technician) {
          try await desk.service.leave(.id(order.id), .cancel, reason: "x", $0)
        }
      }
      await #expect(throws: Refusal.forbidden(.workOrdersPassInspection)) {
        try await desk.run(as: technician) {
          try await desk.service.judge(.id(order.id), .passed, findings: nil, inspector: nil, $0)
        }
      }
      let diagnosed = try await desk.run(as: technician) {
        try await desk.service.diagnose(.id(order.id), finding: "磨损", $0)
      }
      #expect(diagnosed.state == .diagnosed)
    }
  }

  @Test("another station's order is not there for any read or write (SEC-03)")
  func otherStation() async throws {
    try await OrderDesk.with { desk in
      let order = try await desk.create()
      let id = Reference<WorkOrder>.id(order.id)
      let other = Caller(
        subject: .client(UUID()), name: "别站", roles: [], permissions: Set(Permission.allCases),
        scope: .station(desk.network.otherStation))
      await #expect(throws: Refusal.notFound) { try await desk.service.whole(id, other) }
      await #expect(throws: Refusal.notFound) { try await desk.service.offers(id, other) }
      await #expect(throws: Refusal.notFound) {
        try await desk.service.history(id, PageRequest(sort: []), other)
      }
      await #expect(throws: Refusal.notFound) {
        try await desk.run(as: other) { try await desk.service.leave(id, .cancel, reason: "x", $0) }
      }
      await #expect(throws: Refusal.notFound) {
        try await desk.run(as: other) { try await desk.service.addLine(id, desk.line(), $0) }
      }
      // Nor can it receive the other's customer, or for the other.
      await #expect(throws: Refusal.invalid("#/customerId", .notFound, "there is no such customer at this station")) {
        try await desk.run(as: other) {
          try await desk.service.create(WorkOrderDraft(stationID: nil, header: desk.header(), lines: []), $0)
        }
      }
      await #expect(throws: Refusal.invalid("#/stationId", .notFound, "there is no such station")) {
        try await desk.run(as: other) {
          try await desk.service.create(
            WorkOrderDraft(stationID: desk.network.station, header: desk.header(), lines: []), $0)
        }
      }
    }
  }

  @Test("opening tells every unknown part of the request by its field and draws no number (C-09)")
  func opening() async throws {
    try await OrderDesk.with { desk in
      var header = desk.header()
      header.vehicleID = .new(at: desk.clock.now)
      header.customerID = desk.network.otherCustomer
      let wrong = header
      let error = await #expect(throws: Refusal.self) {
        try await desk.run {
          try await desk.service.create(WorkOrderDraft(stationID: nil, header: wrong, lines: [desk.line()]), $0)
        }
      }
      guard case .invalid(let violations) = error else {
        Issue.record("\(String(describing: error))")
        return
      }
      #expect(Set(violations.map(\.pointer)) == ["#/customerId", "#/vehicleId"])
      let bad = desk.line(split: [.customer: desk.cny(1)])
      let split = await #expect(throws: Refusal.self) { try await desk.create([desk.line(), bad]) }
      guard case .invalid(let lines) = split else {
        Issue.record("\(String(describing: split))")
        return
      }
      #expect(lines.map(\.pointer) == ["#/lines/1/split"])
      let order = try await desk.create()
      #expect(order.number == "WO-SY001-2026-000001")
    }
  }

  @Test("a removed line's number stays its own, also after it was saved (domain.md 7)")
  func lineNumbers() async throws {
    try await OrderDesk.with { desk in
      let order = try await desk.create([desk.line(), desk.line()])
      let id = Reference<WorkOrder>.id(order.id)
      _ = try await desk.run { try await desk.service.removeLine(id, 2, $0) }
      let after = try await desk.run { try await desk.service.addLine(id, desk.line(), $0) }
      #expect(after.lines.map(\.number) == [1, 3])
      #expect(try await desk.service.whole(id, desk.desk) == after)
    }
  }

  @Test("an edit after the customer agreed stops the order until he agreed again (WO-18, domain.md 7)")
  func voided() async throws {
    try await OrderDesk.with { desk in
      var order = try await desk.order(in: .authorised)
      let id = Reference<WorkOrder>.id(order.id)
      let former = order.contentHash
      order = try await desk.run {
        try await desk.service.addPart(
          id, 1,
          JobPartDraft(
            partNumber: "X", description: "x", quantity: 1, unitPrice: desk.cny(1), origin: .oem, guaranteeMonths: nil,
            guaranteeKm: nil), split: nil, $0)
      }
      #expect(order.contentHash != former)
      let error = await #expect(throws: Refusal.self) { try await desk.advance(order, to: .inWorkshop) }
      guard case .guardFailed(_, "authorisation-void", _) = error else {
        Issue.record("\(String(describing: error))")
        return
      }
      order = try await desk.advance(order, to: .quoted)
      let old = desk.decision(former)
      await #expect(throws: Refusal.self) { try await desk.run { try await desk.service.authorise(id, old, $0) } }
      order = try await desk.advance(order, to: .authorised)
      order = try await desk.advance(order, to: .inWorkshop)
      let (_, estimates) = try await desk.service.estimates(id, desk.desk)
      #expect(estimates.map(\.summary.revision) == [2, 1])
      #expect(estimates.map(\.summary.hash) == [order.contentHash, former])
    }
  }

  @Test("the technician of an order does not inspect it, neither to pass nor to fail (WO-31, SEC-10)")
  func inspector() async throws {
    try await OrderDesk.with { desk in
      let order = try await desk.order(in: .qualityCheck)
      for passed in [true, false] {
        let error = await #expect(throws: Refusal.self) {
          try await desk.run(as: desk.technician) {
            try await desk.service.judge(.id(order.id), passed ? .passed : .failed, findings: nil, inspector: nil, $0)
          }
        }
        guard case .guardFailed(_, "inspector-is-technician", _) = error else {
          Issue.record("\(String(describing: error))")
          return
        }
      }
      #expect(try await desk.service.inspections(.id(order.id), desk.desk).isEmpty)
      #expect(try await desk.service.whole(.id(order.id), desk.desk) == order)
    }
  }

  @Test("an odometer that fell is refused, unless the cluster was replaced (domain.md 7)")
  func odometer() async throws {
    try await OrderDesk.with { desk in
      let first = try await desk.create()
      try await desk.inspect(first, km: 50_000)
      let second = try await desk.create()
      let error = await #expect(throws: Refusal.self) { try await desk.inspect(second, km: 49_999) }
      guard case .conflict("odometer-fell", _) = error else {
        Issue.record("\(String(describing: error))")
        return
      }
      #expect(try await desk.service.whole(.id(second.id), desk.desk) == second)
      let checkIn = try await desk.inspect(
        second, km: 12, replacement: .init(oldKm: 50_010, newKm: 12, reason: "仪表更换"))
      #expect(checkIn.lastOrders.map(\.id) == [first.id])
      let inspected = try await desk.service.whole(.id(second.id), desk.desk)
      #expect(inspected.state == .inspected)
      #expect(inspected.progress.odometerKm == 12)
      let third = try await desk.create()
      let warned = try await desk.inspect(third, km: 90_000)
      #expect(warned.odometerWarnings.count == 1)
      #expect(warned.lastOrders.map(\.id) == [second.id, first.id])
    }
  }

  @Test("settlement takes exactly the customer's share and makes one invoice (WO-07, D-26, SET-08)")
  func settlement() async throws {
    try await OrderDesk.with { desk in
      let split: [PayerSplit.Payer: Money] = [.warranty: desk.cny(30_001), .customer: desk.cny(4_999)]
      let order = try await desk.order(in: .accepted, lines: [desk.line(split: split)])
      let id = Reference<WorkOrder>.id(order.id)
      for amounts in [[], [35_000], [5_000], [4_998], [4_999, 1]] as [[Int64]] {
        let payments = amounts.map { Payment(method: .cash, amount: desk.cny($0), reference: nil) }
        await #expect(throws: Refusal.self) { try await desk.run { try await desk.service.settle(id, payments, $0) } }
      }
      let payments = [4_000, 999].map { Payment(method: .weChatPay, amount: desk.cny($0), reference: nil) }
      let settled = try await desk.run { try await desk.service.settle(id, payments, $0) }
      // Refused settlements used up no number.
      #expect(settled.progress.invoiceNumber == "INV-SY001-2026-000001")
      let (_, invoice) = try await desk.service.invoice(id, desk.desk)
      #expect(invoice.split == PayerSplit([.warranty: 30_001, .customer: 4_999]))
      #expect(invoice.payments == payments)
      // An order that the customer owes nothing for is settled without a payment.
      let free = try await desk.order(
        in: .settled, lines: [desk.line(split: [.warranty: desk.cny(35_000)])])
      #expect(free.state == .settled)
    }
  }

  @Test("a technician is clocked on one job, at his own station, and only on what is agreed (WO-34)")
  func clocks() async throws {
    try await OrderDesk.with { desk in
      let first = try await desk.order(in: .inRepair)
      let second = try await desk.order(in: .inRepair)
      let service = desk.service
      let technician = desk.network.technician.uuid
      _ = try await desk.run { try await service.clockOn(.id(first.id), 1, technician: technician, $0) }
      for order in [first, second] {
        await #expect(
          throws: Refusal.conflict(
            code: "technician-busy", detail: "The technician is clocked on another job at that time.",
            .technicianID(technician),
            .conflict(.workOrder, first.id, first.number, state: WorkOrder.State.inRepair.rawValue, line: 1))
        ) { try await desk.run { try await service.clockOn(.id(order.id), 1, technician: technician, $0) } }
      }
      let off = try await desk.run { try await service.clockOff(.id(first.id), 1, technician: technician, $0) }
      #expect(off.lines[0].workedHours(at: desk.clock.now).hundredths > 0)
      await #expect(throws: Refusal.self) {
        try await desk.run { try await service.clockOff(.id(first.id), 1, technician: technician, $0) }
      }
      _ = try await desk.run { try await service.clockOn(.id(second.id), 1, technician: technician, $0) }
      let unknown = Refusal.invalid("#/technicianId", .notFound, "there is no such technician at this station")
      await #expect(throws: unknown) {
        try await desk.run { try await service.clockOn(.id(first.id), 1, technician: UUID(), $0) }
      }
      try desk.test.admin(
        """
        update users set station_id = '\(desk.network.otherStation)' where id = '\(desk.network.inspector)'
        """)
      await #expect(throws: unknown) {
        try await desk.run {
          try await service.clockOn(.id(first.id), 1, technician: desk.network.inspector.uuid, $0)
        }
      }
    }
  }

  @Test("offers say what the caller may do now and what stands in the way (domain.md 3)")
  func offers() async throws {
    try await OrderDesk.with { desk in
      let order = try await desk.order(in: .authorised)
      let offers = try await desk.service.offers(.id(order.id), desk.desk)
      #expect(offers.map(\.action) == ["quote", "admit", "assign", "depart", "arrive", "clear"])
      // The vehicle is in the workshop: nobody travels to it.
      let onSite = [["not-on-site"], ["not-on-site", "not-departed"], ["not-on-site", "not-arrived"]]
      #expect(offers.map { $0.obstacles.map(\.code) } == [[], [], []] + onSite)
      #expect(offers.map(\.isAllowed) == [true, true, true, false, false, false])
      let technician = desk.network.caller(.stTechnician)
      let others = try await desk.service.offers(.id(order.id), technician)
      #expect(others.map { $0.obstacles.map(\.code) } == [["permission"], ["permission"], ["permission"]] + onSite)
    }
  }
}
