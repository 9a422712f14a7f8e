package import Domain
package import Repositories

/// Work orders (SM-3): reading, opening, changing the header. The actions of the life cycle stand in
/// `WorkOrderService+Actions`, the jobs in `WorkOrderService+Lines`.
package struct WorkOrderService: LifecycleService {
  package typealias Document = WorkOrder
  package typealias Filter = WorkOrderFilter
  package typealias Store = WorkOrderRepository

  package static let reading = Permission.workOrdersRead
  package static let noting = Permission.workOrdersNote
  package let work: UnitOfWork
  let clocks: ClockBook
  /// Parts of jobs leave the station's store.
  var stock: StockBook { StockBook(clocks.policies) }
  /// What the maker wants to be asked about is held up until he has said yes (M5).
  var preAuthorisations: PreAuthorisationService { PreAuthorisationService(work, clocks: clocks) }
  private var database: Database { work.database }

  package init(_ work: UnitOfWork, clocks: ClockBook) {
    self.work = work
    self.clocks = clocks
  }

  package static func complete(_ order: inout WorkOrder) { order.contentHash = EstimateHash.of(order) }

  package func accompany(_ order: WorkOrder, over before: WorkOrder?, in tx: Transaction) {
    ThreeGuaranteeBook.follow(order, over: before, in: tx)
  }

  // MARK: Reading

  package func estimates(
    _ reference: Reference<WorkOrder>, _ caller: Caller
  ) async throws -> (order: WorkOrder, estimates: [Estimate]) {
    let order = try await whole(reference, caller)
    return (
      order,
      try await database.read(caller, WorkOrderRecordRepository.estimates(of: order.id, in: caller.scope))
    )
  }

  package func inspections(
    _ reference: Reference<WorkOrder>, _ caller: Caller
  ) async throws -> [QualityInspection] {
    let order = try await get(reference, caller)
    return try await database.read(
      caller, WorkOrderRecordRepository.inspections(of: order.id, in: caller.scope))
  }

  /// Every decision of the customer, in their order (SEC-09).
  package func decisions(
    _ reference: Reference<WorkOrder>, _ caller: Caller
  ) async throws -> (order: WorkOrder, decisions: [RecordedDecision]) {
    let order = try await get(reference, caller)
    return (
      order, try await database.read(caller, WorkOrderRecordRepository.decisions(of: order.id, in: caller.scope))
    )
  }

  /// - Throws: `notFound` while the order is not settled.
  package func invoice(
    _ reference: Reference<WorkOrder>, _ caller: Caller
  ) async throws -> (order: WorkOrder, invoice: Invoice) {
    let order = try await get(reference, caller)
    guard
      let invoice = try await database.read(
        caller, WorkOrderRecordRepository.invoice(of: order.id, in: caller.scope))
    else { throw Refusal.notFound }
    return (order, invoice)
  }

  // MARK: Writing

  /// Opens an order; any vehicle of the brand may be received (ORG-07).
  package func create(_ draft: WorkOrderDraft, _ command: Command<WorkOrder>) async throws -> Answer {
    try await work.perform(command, .workOrdersCreate) { tx in
      try await open(draft, reworkOf: nil, type: "workOrder.received", command, in: tx)
    }
  }

  /// Changes the header. A patch that changes nothing keeps the version and writes no event (C-17).
  package func update(
    _ reference: Reference<WorkOrder>, _ patch: WorkOrderPatch, _ command: Command<WorkOrder>
  ) async throws -> Answer {
    try await change(reference, .workOrdersUpdate, "workOrder.updated", command) { order, tx in
      try order.apply(patch, at: command.at)
      if patch.customerID.isSet { try await requireCustomer(order.header.customerID, at: order.stationID, command, tx) }
      if patch.promisedDeliveryAt.isSet { try await promise(order, reason: nil, command, in: tx) }
    }
  }

  /// Makes the order what another system says that it is: header, and before the customer agreed the jobs too. The life cycle
  /// moves by actions only.
  package func upsert(
    _ key: ExternalKey, _ draft: WorkOrderDraft, _ command: Command<Upserted<WorkOrder>>
  ) async throws -> Answer {
    try command.caller.require(.workOrdersCreate)
    let station = try command.caller.scope.station(naming: draft.stationID)
    return try await upsert(key, at: station, natural: nil, .workOrdersCreate, command) { tx in
      try await open(
        try draft.identified(by: key, beside: [:]), reworkOf: nil, type: "workOrder.received", command, in: tx)
    } rewrite: { order, tx in
      let before = order
      try order.rewrite(try draft.identified(by: key, beside: before.externalIDs).header)
      if order.header != before.header {
        try command.caller.require(.workOrdersUpdate)
        if order.header.customerID != before.header.customerID {
          try await requireCustomer(order.header.customerID, at: order.stationID, command, tx)
        }
      }
      guard let jobs = draft.lines else { return }
      try await replaceLines(of: &order, with: jobs, command, in: tx)
      if order.lines != before.lines { try command.caller.require(.workOrdersWriteLines) }
    } changed: { before, order, tx in
      try await stock.plan(order, over: before, command, in: tx)
    }
  }

  func open<Output>(
    _ draft: WorkOrderDraft, reworkOf: WorkOrder.ID?, type: String, _ command: Command<Output>, in tx: Transaction
  ) async throws -> WorkOrder {
    let stationID = try command.caller.scope.station(naming: draft.stationID)
    // An order without a vehicle asks for one that cannot exist: all four go out together either way.
    let vehicleID = draft.header.vehicleID ?? .new(at: command.at)
    let (station, customer, vehicle, number) = try await tx.run(
      StationRepository.find(.id(stationID), in: command.caller.scope),
      CustomerRepository.find(.id(draft.header.customerID), in: command.caller.scope),
      VehicleRepository.find(.id(vehicleID), in: command.caller.scope),
      DocumentNumberRepository.next(.workOrder, station: stationID, at: command.at))
    var violations: [Violation] = []
    if station == nil || number == nil {
      violations.append(Violation(pointer: "#/stationId", code: .notFound, detail: "there is no such station"))
    }
    if customer?.stationID != stationID || customer?.state != .active {
      violations.append(
        Violation(pointer: "#/customerId", code: .notFound, detail: "there is no such customer at this station"))
    }
    if draft.header.vehicleID != nil, vehicle == nil {
      violations.append(Violation(pointer: "#/vehicleId", code: .notFound, detail: "there is no such vehicle"))
    }
    guard violations.isEmpty, let station, let number else { throw Refusal.invalid(violations) }
    if station.state == .terminated {
      throw Refusal.conflict(
        code: "station-terminated", detail: "The station no longer receives vehicles.",
        .conflict(.station, station.id, station.code, state: station.state.rawValue))
    }
    var order = WorkOrder(
      id: .new(at: command.at), number: number, stationID: stationID, currency: station.profile.currency,
      state: .received, version: 1, stamp: RecordStamp(by: command.caller, at: command.at), header: draft.header,
      progress: WorkOrderProgress(), reworkOf: reworkOf)
    for (place, line) in (draft.lines ?? []).enumerated() {
      do {
        _ = try await add(line, to: &order, station: station, command, in: tx)
      } catch let refusal as Refusal {
        throw refusal.within("#/lines/\(place)")
      }
    }
    let opened = insert(
      order, Effects([type], data: reworkOf.map { ["reworkOf": .text($0.description)] } ?? [:]), command, in: tx)
    try await stock.plan(opened, over: nil, command, in: tx)
    return opened
  }

  func requireCustomer<Output>(
    _ id: Customer.ID, at station: Station.ID, _ command: Command<Output>, _ tx: Transaction
  ) async throws {
    let customer = try await tx.run(CustomerRepository.find(.id(id), in: command.caller.scope))
    if customer?.stationID != station || customer?.state != .active {
      throw Refusal.invalid("#/customerId", .notFound, "there is no such customer at this station")
    }
  }
}

/// SHA-256 over the canonical form of the lines: what an authorisation binds to.
package enum EstimateHash {
  package static func of(_ order: WorkOrder) -> String { ContentHash.of(order.estimateContent) }
}
