import Domain
import FoundationEssentials
import Postgres
import Repositories
import TestSupport

/// Orders written straight through the repositories, as if they had been through everything.
struct StoredOrders {
  static let now = Timestamp(milliseconds: 1_795_248_000_123)

  let test: TestDatabase
  let network: TestNetwork
  private var caller: Caller { .system }

  init(_ test: TestDatabase) async throws {
    self.test = test
    network = try await TestNetwork(in: test.database, at: Self.now)
  }

  static func with(_ body: @Sendable (StoredOrders) async throws -> Void) async throws {
    // Transactions are held open on purpose, on a machine that may be busy with other tests.
    let patient: @Sendable (inout PostgresConfiguration) -> Void = { $0.idleInTransactionTimeout = .seconds(120) }
    try await TestDatabase.with(patient) { database in
      // These tests write orders in any state at once; the transitions have a test of their own, which turns them on.
      try database.admin("alter table work_orders disable trigger work_orders_transition")
      try await body(try await StoredOrders(database))
    }
  }

  var database: Database { test.database }

  /// A caller of the statement's scope whose session has perhaps another one.
  func caller(_ scope: Scope, session: Scope? = nil) -> Caller {
    Caller(
      subject: .system, name: "测试", roles: [], permissions: Set(Permission.allCases), scope: scope,
      sessionScope: session)
  }

  func draft(_ number: String, at station: Station.ID? = nil) -> WorkOrder {
    let station = station ?? network.station
    return WorkOrder(
      id: .new(at: Self.now), number: number, stationID: station, currency: .cny, state: .received, version: 1,
      stamp: RecordStamp(by: caller, at: Self.now),
      header: WorkOrderHeader(
        customerID: station == network.station ? network.customer : network.otherCustomer,
        vehicleID: network.vehicle, mode: .onSite, serviceType: .partReplacement, summary: "刹车 \"异响\"\n\\ 𠮷",
        note: "等候", contact: WorkOrderContact(name: nil, phone: "13900000000"),
        externalIDs: ["dms": number, "a\"b": "é\u{7}\(number)"]),
      progress: WorkOrderProgress())
  }

  static func line(_ number: Int, technician: UUID?) -> JobLine {
    func cny(_ minor: Int64) -> Money { Money(minor: minor, currency: .cny) }
    let parts = [("P-1", JobPart.Origin.oem), ("P-2", .customerSupplied)].map { name, origin in
      JobPart(
        id: .new(at: now), partNumber: name, description: "零件", quantity: 3, unitPrice: cny(1_234), origin: origin,
        guaranteeMonths: origin == .oem ? 12 : nil, guaranteeKm: origin == .oem ? 20_000 : nil)
    }.sorted { $0.id.description < $1.id.description }
    let line = JobLine(
      id: .new(at: now), number: number, isAdditional: number > 1, decision: number > 1 ? .refused : .approved,
      work: JobWork(
        description: "更换", concern: "异响", cause: "磨损", correction: "已换", faultCode: "B-1",
        diagnosticTroubleCodes: ["C0040", "P\"1"], causalPartNumber: "P-1", labourOperationCode: nil),
      price: JobPrice(
        standardHours: Hours(hundredths: 125), labourRate: cny(20_001),
        sublet: JobLine.Extra(description: "外协", amount: cny(99)),
        travel: JobLine.Extra(description: "拖车", amount: cny(0)), split: PayerSplit([:])),
      technicianID: technician, parts: parts)
    var whole = line
    let share = line.amount.minor / 6
    var amounts = Dictionary(uniqueKeysWithValues: PayerSplit.Payer.allCases.map { ($0, share) })
    amounts[.customer] = line.amount.minor - 5 * share
    whole.price.split = PayerSplit(amounts)
    return whole
  }

  /// Two lines with parts, a clocking, inspection, estimate, decision, quality inspection, invoice, note and event.
  func full(_ number: String, at station: Station.ID? = nil) async throws -> WorkOrder {
    let first = draft(number, at: station)
    var lines = [Self.line(1, technician: network.technician.uuid), Self.line(2, technician: nil)]
    if first.stationID == network.station {
      lines[0].clockings = [
        TechnicianClocking(
          id: .new(at: Self.now), technicianID: network.technician.uuid, startedAt: Self.now,
          stoppedAt: Self.now.adding(seconds: 60))
      ]
    }
    let estimate = EstimateSummary(
      revision: 1, hash: "abc", total: Money(minor: 77_777, currency: .cny), quotedAt: Self.now)
    let decision = CustomerDecision(
      decidedBy: "王", channel: .phone, decidedAt: Self.now, estimateHash: "abc", recordedBy: "李")
    let invoiceNumber = "INV-\(number)"
    let progress = WorkOrderProgress(
      odometerKm: 12_345,
      inspection: ReceptionInspection(
        exterior: [.init(position: "左前", condition: "划痕")], interior: [],
        functions: [
          .init(position: "灯", condition: "正常")
        ], belongings: ["雨伞", "\"包\""], fuelPercent: 40, confirmedBy: "王", inspectedAt: Self.now, inspectedBy: "李"),
      diagnosis: "磨损", estimate: estimate, authorisation: decision, promisedDeliveryAt: Self.now.adding(seconds: 9),
      promisedQuality: "原厂", failedInspections: 2, invoiceNumber: invoiceNumber,
      deliveredAt: Self.now.adding(seconds: 10), closedAt: Self.now.adding(seconds: 11), exitReason: "无")
    let order = WorkOrder(
      id: first.id, number: number, stationID: first.stationID, currency: .cny, state: .closed, version: 2,
      stamp: first.stamp.touched(by: caller, at: Self.now.adding(seconds: 1)), header: first.header,
      progress: progress, lines: lines, lastLineNumber: 7)
    try await database.write(caller) { tx in
      _ = try await tx.run(WorkOrderRepository.insert(first))
      _ = try await tx.run(WorkOrderRepository.update(order, expecting: 1))
      // A line is there before anybody works on it.
      var idle = order
      for index in idle.lines.indices { idle.lines[index].clockings = [] }
      for statement in JobLineRepository.save(idle, over: []) + JobLineRepository.save(order, over: idle.lines) {
        _ = try await tx.run(statement)
      }
      _ = try await tx.run(
        WorkOrderRecordRepository.insert(
          Estimate(
            summary: estimate, isAdditional: true, promisedDeliveryAt: Self.now, issuedBy: "李", content: "line\n\"x\""),
          of: order),
        WorkOrderRecordRepository.insert(decision, .authorisation, of: order),
        WorkOrderRecordRepository.insertInspection(
          of: order, passed: false, findings: "异响", by: caller, inspector: UUID(), at: Self.now),
        WorkOrderRecordRepository.insertInspection(
          of: order, passed: true, findings: nil, by: caller, inspector: UUID(), at: Self.now),
        WorkOrderRecordRepository.insert(invoice(of: order), of: order),
        NoteRepository.insert(
          Note(id: .new(at: Self.now), text: "记", createdAt: Self.now, createdBy: .init(caller)), on: .workOrder,
          order.id.uuid, station: order.stationID),
        EventRepository.append([event(order, "workOrder.closed")], by: caller, requestID: "r", at: Self.now))
    }
    return order
  }

  func invoice(of order: WorkOrder) -> Invoice {
    Invoice(
      of: order, number: "INV-\(order.number)",
      payments: [
        Payment(method: .weChatPay, amount: Money(minor: 5, currency: .cny), reference: "wx\"1"),
        Payment(method: .cash, amount: Money(minor: 7, currency: .cny), reference: nil),
      ], issuedBy: "王", at: Self.now)
  }

  func event(_ order: WorkOrder, _ type: String) -> Change {
    Change(
      type: type, resource: .workOrder, id: order.id.uuid, number: order.number, version: order.version,
      station: order.stationID, reason: "因", changes: [FieldChange("state", .text("a"), .null)],
      data: ["n": .integer(-3), "l": .list([.boolean(true), .object(["k": .text("v\"\\\n")])])])
  }

  /// The order with its lines, as services read it.
  func whole(_ reference: Reference<WorkOrder>, _ caller: Caller) async throws -> WorkOrder? {
    let scope = caller.scope
    let (found, lines, parts, clockings) = try await database.read(
      caller, WorkOrderRepository.find(reference, in: scope), JobLineRepository.lines(of: reference, in: scope),
      JobLineRepository.parts(of: reference, in: scope), JobLineRepository.clockings(of: reference, in: scope))
    guard var order = found else { return nil }
    order.lines = JobLineRepository.assemble(lines, parts, clockings)
    return order
  }
}
