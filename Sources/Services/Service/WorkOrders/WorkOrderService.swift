import Crypto
package import Domain
import FoundationEssentials
import Repositories

/// Work orders (SM-3): reading, opening, changing the header. The actions of the life cycle stand in
/// `WorkOrderService+Actions`, the jobs in `WorkOrderService+Lines`.
package struct WorkOrderService: Sendable {
  let work: UnitOfWork
  private var database: Database { work.database }

  package init(_ work: UnitOfWork) { self.work = work }

  // MARK: Reading

  package func list(
    _ filter: WorkOrderFilter, _ page: PageRequest, _ caller: Caller
  ) async throws -> Page<WorkOrder> {
    try caller.require(.workOrdersRead)
    return try await database.read(caller, WorkOrderRepository.list(filter, page, in: caller.scope))
  }

  /// The header; jobs are read with `whole`.
  package func get(_ reference: Reference<WorkOrder>, _ caller: Caller) async throws -> WorkOrder {
    try caller.require(.workOrdersRead)
    guard let order = try await database.read(caller, WorkOrderRepository.find(reference, in: caller.scope)) else {
      throw Refusal.notFound
    }
    return order
  }

  /// The order with its jobs, read in one trip.
  package func whole(_ reference: Reference<WorkOrder>, _ caller: Caller) async throws -> WorkOrder {
    try caller.require(.workOrdersRead)
    let scope = caller.scope
    let (found, lines, parts, clockings) = try await database.read(
      caller, WorkOrderRepository.find(reference, in: scope), JobLineRepository.lines(of: reference, in: scope),
      JobLineRepository.parts(of: reference, in: scope), JobLineRepository.clockings(of: reference, in: scope))
    guard var order = found else { throw Refusal.notFound }
    order.lines = JobLineRepository.assemble(lines, parts, clockings)
    order.contentHash = EstimateHash.of(order)
    return order
  }

  /// What the caller may do now, and what stands in the way of the rest.
  package func offers(_ reference: Reference<WorkOrder>, _ caller: Caller) async throws -> [ActionOffer] {
    WorkOrderLifecycle.table.offers(on: try await whole(reference, caller), to: caller)
  }

  package func history(
    _ reference: Reference<WorkOrder>, _ page: PageRequest, _ caller: Caller
  ) async throws -> Page<Event> {
    let order = try await get(reference, caller)
    return try await database.read(
      caller, EventRepository.history(.workOrder, order.id.uuid, page, in: caller.scope))
  }

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

  package func notes(
    _ reference: Reference<WorkOrder>, _ page: PageRequest, _ caller: Caller
  ) async throws -> Page<Note> {
    let order = try await get(reference, caller)
    return try await database.read(caller, NoteRepository.list(.workOrder, order.id.uuid, page, in: caller.scope))
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
    }
  }

  package func addNote(
    _ reference: Reference<WorkOrder>, _ text: String, _ command: Command<Note>
  ) async throws -> Answer {
    try await work.perform(command, .workOrdersNote) { tx in
      guard let order = try await tx.run(WorkOrderRepository.find(reference, in: command.caller.scope)) else {
        throw Refusal.notFound
      }
      let note = Note(
        id: .new(at: command.at), text: text, createdAt: command.at, createdBy: .init(command.caller))
      tx.enqueue(NoteRepository.insert(note, on: .workOrder, order.id.uuid, station: order.stationID))
      tx.record(
        Change(
          type: "workOrder.noted", resource: .workOrder, id: order.id.uuid, number: order.number,
          version: order.version, station: order.stationID, data: ["noteId": .text(note.id.description)]),
        by: command)
      return note
    }
  }

  // MARK: What every change shares

  /// Loads and locks the whole order, checks the version, lets `body` change it, saves what differs and appends one event.
  func change(
    _ reference: Reference<WorkOrder>, _ permission: Permission, _ type: String, reason: String? = nil,
    _ command: Command<WorkOrder>, _ body: (inout WorkOrder, Transaction) async throws -> Void
  ) async throws -> Answer {
    try await work.perform(command, permission) { tx in
      let before = try await load(reference, command, in: tx)
      var order = before
      try await body(&order, tx)
      return try save(order, over: before, events: [(type, [:])], reason: reason, command, in: tx)
    }
  }

  /// The locked aggregate, its version checked against `If-Match`.
  func load<Output>(
    _ reference: Reference<WorkOrder>, _ command: Command<Output>, in tx: Transaction
  ) async throws -> WorkOrder {
    let scope = command.caller.scope
    let (found, lines, parts, clockings) = try await tx.run(
      WorkOrderRepository.lock(reference, in: scope), JobLineRepository.lines(of: reference, in: scope),
      JobLineRepository.parts(of: reference, in: scope), JobLineRepository.clockings(of: reference, in: scope))
    guard var order = found else { throw Refusal.notFound }
    try command.precondition?.require(order.version)
    order.lines = JobLineRepository.assemble(lines, parts, clockings)
    order.contentHash = EstimateHash.of(order)
    return order
  }

  /// Queues the statements for what differs, and the events; an order that does not differ is left alone.
  func save<Output>(
    _ changed: WorkOrder, over before: WorkOrder, events: [(type: String, data: [String: EventValue])],
    reason: String?, _ command: Command<Output>, in tx: Transaction
  ) throws -> WorkOrder {
    var order = changed
    order.contentHash = before.contentHash
    if order == before { return before }
    order = order.revised(by: command.caller, at: command.at)
    order.contentHash = EstimateHash.of(order)
    // The row is locked since `load`, so the version in its condition cannot fail here; without a check to wait for, the
    // statement travels with the commit.
    tx.enqueue(WorkOrderRepository.update(order, expecting: before.version))
    for statement in JobLineRepository.save(order, over: before.lines) { tx.enqueue(statement) }
    let changes = order.changes(from: before)
    tx.record(
      events.enumerated().map { place, event in
        Change(
          type: event.type, resource: .workOrder, id: order.id.uuid, number: order.number, version: order.version,
          station: order.stationID, reason: reason, changes: place == 0 ? changes : [], data: event.data)
      }, by: command)
    return order
  }

  func open<Output>(
    _ draft: WorkOrderDraft, reworkOf: WorkOrder.ID?, type: String, _ command: Command<Output>, in tx: Transaction
  ) async throws -> WorkOrder {
    let stationID = try station(of: draft, command.caller)
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
      throw Refusal.conflict(code: "station-terminated", detail: "The station no longer receives vehicles.")
    }
    var order = WorkOrder(
      id: .new(at: command.at), number: number, stationID: stationID, currency: station.profile.currency,
      state: .received, version: 1, stamp: RecordStamp(by: command.caller, at: command.at), header: draft.header,
      progress: WorkOrderProgress(), reworkOf: reworkOf)
    for (place, line) in draft.lines.enumerated() {
      do {
        _ = try await add(line, to: &order, station: station, command, in: tx)
      } catch let refusal as Refusal {
        throw refusal.within("#/lines/\(place)")
      }
    }
    order.contentHash = EstimateHash.of(order)
    tx.enqueue(WorkOrderRepository.insert(order))
    for statement in JobLineRepository.save(order, over: []) { tx.enqueue(statement) }
    tx.record(
      Change(
        type: type, resource: .workOrder, id: order.id.uuid, number: order.number, version: order.version,
        station: stationID, changes: order.changes(from: nil),
        data: reworkOf.map { ["reworkOf": .text($0.description)] } ?? [:]), by: command)
    return order
  }

  func requireCustomer<Output>(
    _ id: Customer.ID, at station: Station.ID, _ command: Command<Output>, _ tx: Transaction
  ) async throws {
    let customer = try await tx.run(CustomerRepository.find(.id(id), in: command.caller.scope))
    if customer?.stationID != station || customer?.state != .active {
      throw Refusal.invalid("#/customerId", .notFound, "there is no such customer at this station")
    }
  }

  /// The station that receives: named, or the only one of the caller.
  private func station(of draft: WorkOrderDraft, _ caller: Caller) throws(Refusal) -> Station.ID {
    if let station = draft.stationID {
      guard caller.scope.covers(station) else {
        throw .invalid("#/stationId", .notFound, "there is no such station")
      }
      return station
    }
    if case .station(let own) = caller.scope { return own }
    throw .invalid("#/stationId", .required, "is required for a caller of more than one station")
  }
}

/// SHA-256 over the canonical form of the lines: what an authorisation binds to.
package enum EstimateHash {
  package static func of(_ order: WorkOrder) -> String {
    SHA256.hash(data: Array(order.estimateContent.utf8)).map { byte in
      String(byte >> 4, radix: 16) + String(byte & 15, radix: 16)
    }.joined()
  }
}

extension Refusal {
  /// The same refusal with its pointers moved under `prefix` (`#/lines/3`).
  func within(_ prefix: String) -> Refusal {
    guard case .invalid(let violations) = self else { return self }
    return .invalid(
      violations.map {
        Violation(pointer: prefix + $0.pointer.dropFirst(), code: $0.code, detail: $0.detail, limits: $0.limits)
      })
  }
}
