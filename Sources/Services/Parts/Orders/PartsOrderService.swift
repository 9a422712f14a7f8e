package import Domain
package import Repositories

/// Orders of parts to headquarters (SM-8). Drafting and the station's side stand here, supply and receipt in
/// `PartsOrderService+Supply`.
package struct PartsOrderService: LifecycleService {
  package typealias Document = PartsOrder
  package typealias Filter = PartsOrderFilter
  package typealias Store = PartsOrderRepository

  package static let reading = Permission.partsOrdersRead
  package static let noting = Permission.partsOrdersNote
  package let work: UnitOfWork
  let stock: StockBook
  let payables: PayableBook
  let ledger: LedgerBook
  let policies: PolicyBook
  let clocks: ClockBook
  let workOrders: WorkOrderService

  package init(
    _ work: UnitOfWork, stock: StockBook, ledger: LedgerBook, policies: PolicyBook, clocks: ClockBook,
    workOrders: WorkOrderService
  ) {
    self.work = work
    self.stock = stock
    self.ledger = ledger
    payables = PayableBook(ledger)
    self.policies = policies
    self.clocks = clocks
    self.workOrders = workOrders
  }

  // MARK: Drafting

  package func create(_ draft: PartsOrderDraft, _ command: Command<PartsOrder>) async throws -> Answer {
    try await work.perform(command, .partsOrdersWrite) { tx in
      let stationID = try command.caller.scope.station(naming: draft.stationID)
      return try await open(draft, at: stationID, command, in: tx)
    }
  }

  /// Rewrites a draft. A patch that changes nothing keeps the version and writes no event (C-17).
  ///
  /// - Parameter content: what the draft says now → what it will say; without lines those stay.
  package func update(
    _ reference: Reference<PartsOrder>, _ command: Command<PartsOrder>,
    _ content: @Sendable (PartsOrderHeader) throws -> (header: PartsOrderHeader, lines: [PartsOrderDraft.Line]?)
  ) async throws -> Answer {
    try await change(reference, .partsOrdersWrite, "partsOrder.updated", command) { order, tx in
      let (header, lines) = try content(order.header)
      if header == order.header, lines == nil { return }
      try await rewrite(&order, header, lines, command, in: tx)
    }
  }

  /// Makes the order what the station's own system says of it, as long as it is a draft.
  package func upsert(
    _ key: ExternalKey, _ draft: PartsOrderDraft, _ command: Command<Upserted<PartsOrder>>
  ) async throws -> Answer {
    try command.caller.require(.partsOrdersWrite)
    let station = try command.caller.scope.station(naming: draft.stationID)
    return try await upsert(key, at: station, natural: nil, .partsOrdersWrite, command) { tx in
      try await open(try draft.identified(by: key, beside: [:]), at: station, command, in: tx)
    } rewrite: { order, tx in
      let identified = try draft.identified(by: key, beside: order.externalIDs)
      // With the vehicle, which the body may leave to the work order: what says nothing new stays untouched, signed or not.
      var header = identified.header
      _ = try await waitingOrder(of: &header, at: station, command, in: tx)
      let said = order.lines.filter { $0.replaces == nil }
        .map { PartsOrderDraft.Line(partNumber: $0.partNumber, quantity: $0.quantity) }
      if header == order.header, identified.lines == said { return }
      try await rewrite(&order, header, identified.lines == said ? nil : identified.lines, command, in: tx)
    }
  }

  private func open<Output>(
    _ draft: PartsOrderDraft, at stationID: Station.ID, _ command: Command<Output>, in tx: Transaction
  ) async throws -> PartsOrder {
    try draft.header.validate()
    guard let station = try await tx.run(StationRepository.find(.id(stationID), in: command.caller.scope)) else {
      throw Refusal.invalid("#/stationId", .notFound, "there is no such station")
    }
    var header = draft.header
    let waiting = try await waitingOrder(of: &header, at: stationID, command, in: tx)
    try await requireGiver(of: header, command, in: tx)
    let order = try await PartsOrderBook.draft(
      header, draft.lines, at: station, waiting: waiting, command, in: tx)
    return insert(order, Effects(["partsOrder.drafted"], data: order.told), command, in: tx)
  }

  private func rewrite<Output>(
    _ order: inout PartsOrder, _ header: PartsOrderHeader, _ drafts: [PartsOrderDraft.Line]?,
    _ command: Command<Output>, in tx: Transaction
  ) async throws {
    var header = header
    let waiting = try await waitingOrder(of: &header, at: order.stationID, command, in: tx)
    let lines: [PartsOrderLine]? =
      if let drafts { try await PartsOrderBook.lines(drafts, command, in: tx) } else { nil }
    let asked = order.header.sourceStationID
    try order.rewrite(header, lines: lines, by: command.caller.subject)
    if header.sourceStationID != asked { try await requireGiver(of: header, command, in: tx) }
    order.progress.downtimeSince = header.kind == .vor ? waiting?.stamp.createdAt : nil
    order.price(try await PartsOrderBook.prices(of: order, command, in: tx))
  }

  /// The work order that the header names, and its vehicle with it (PO-09).
  private func waitingOrder<Output>(
    of header: inout PartsOrderHeader, at station: Station.ID, _ command: Command<Output>, in tx: Transaction
  ) async throws -> WorkOrder? {
    try header.validate()
    let scope = command.caller.scope
    if let vehicle = header.vehicleID, try await tx.run(VehicleRepository.find(.id(vehicle), in: scope)) == nil {
      throw Refusal.invalid("#/vehicleId", .notFound, "there is no such vehicle")
    }
    guard let id = header.workOrderID else { return nil }
    guard let order = try await tx.run(WorkOrderRepository.find(.id(id), in: scope)), order.stationID == station else {
      throw Refusal.invalid("#/workOrderId", .notFound, "there is no such order at this station")
    }
    if let vehicle = header.vehicleID, vehicle != order.header.vehicleID {
      throw Refusal.invalid("#/vehicleId", .inconsistent, "is not the vehicle of the work order")
    }
    header.vehicleID = order.header.vehicleID
    return order
  }

  /// Nobody agrees to a transfer at a station that has left the network (SM-11, PO-08).
  private func requireGiver<Output>(
    of header: PartsOrderHeader, _ command: Command<Output>, in tx: Transaction
  ) async throws {
    guard let source = header.sourceStationID else { return }
    let giver = try await tx.within(.network, of: command.caller) {
      try await tx.run(StationRepository.find(.id(source), in: .network))
    }
    guard let giver else { throw Refusal.invalid("#/sourceStationId", .notFound, "there is no such station") }
    if giver.state == .terminated {
      throw Refusal.invalid("#/sourceStationId", .inconsistent, "has left the network")
    }
  }

  // MARK: The station's side

  /// At the approved prices of the day (PO-02, PO-12).
  package func sign(
    _ reference: Reference<PartsOrder>, note: String?, _ command: Command<PartsOrder>
  ) async throws -> Answer {
    try await act(reference, .sign, reason: note, command) { order, tx in
      order.price(try await PartsOrderBook.prices(of: order, command, in: tx))
      let terms = try await terms(of: order, command, in: tx)
      order.progress.surchargePercent = terms.terms.surchargePercent
      return try order.sign(by: command.caller, at: command.at)
    }
  }

  package func `return`(
    _ reference: Reference<PartsOrder>, reason: String, _ command: Command<PartsOrder>
  ) async throws -> Answer {
    try await act(reference, .return, reason: reason, command) { order, _ in
      try order.return(by: command.caller.subject)
    }
  }

  /// To headquarters; a position that does not cover it holds the order at once (SET-03, PO-10).
  package func submit(
    _ reference: Reference<PartsOrder>, note: String?, _ command: Command<PartsOrder>
  ) async throws -> Answer {
    try await perform(reference, .submit, command) { order, tx in
      _ = try PartsOrderLifecycle.table.permit(.submit, on: order, by: command.caller.subject)
      // He may have left since it was drafted.
      try await requireGiver(of: order.header, command, in: tx)
      let (terms, version) = try await terms(of: order, command, in: tx)
      let check = try await creditCheck(of: order, terms, command, in: tx)
      let before = order
      let row = try order.submit(
        prices: try await PartsOrderBook.prices(of: order, command, in: tx), surchargePercent: terms.surchargePercent,
        policyVersion: version, credit: check, on: CalendarDate(inChina: command.at), at: command.at,
        by: command.caller.subject)
      try await expect(order, over: before, command, in: tx)
      var effects = Effects(row, reason: note, data: order.told)
      effects["partsOrder.held"] = order.creditTold
      return effects
    }
  }

  /// What is not shipped yet will not be: of the whole order, or of its rest.
  package func cancel(
    _ reference: Reference<PartsOrder>, reason: String, _ command: Command<PartsOrder>
  ) async throws -> Answer {
    try await act(reference, .cancel, reason: reason, command) { order, tx in
      let before = order
      let (row, setAside) = try order.cancel(reason, at: command.at, by: command.caller.subject)
      try await release(setAside, of: order, reason: "cancelled", command, in: tx)
      try await clocks.cancel([.partsSupply], of: order.clockSubject, reason: reason, command, in: tx)
      try await expect(order, over: before, command, in: tx)
      if order.state == .received { try await arrived(order, command, in: tx) }
      return row
    }
  }

  /// - Throws: `claims-pending` while the station waits for the outcome of a claim.
  package func close(
    _ reference: Reference<PartsOrder>, note: String?, _ command: Command<PartsOrder>
  ) async throws -> Answer {
    try await act(reference, .close, reason: note, command) { order, tx in
      _ = try PartsOrderLifecycle.table.permit(.close, on: order, by: command.caller.subject)
      let pending = try await tx.run(PartsClaimRepository.undecided(of: order.id))
      if !pending.isEmpty {
        throw Refusal.conflict(
          code: "claims-pending", detail: "A claim for parts of this order is not decided yet.", .conflicts(pending))
      }
      return try order.close(at: command.at, by: command.caller.subject)
    }
  }

  // MARK: Finance and headquarters

  package func hold(
    _ reference: Reference<PartsOrder>, reason: String, _ command: Command<PartsOrder>
  ) async throws -> Answer {
    try await act(reference, .hold, reason: reason, command) { order, _ in
      try order.hold(command.ruling(reason), by: command.caller.subject)
    }
  }

  package func release(
    _ reference: Reference<PartsOrder>, reason: String, _ command: Command<PartsOrder>
  ) async throws -> Answer {
    try await act(reference, .release, reason: reason, command) { order, _ in
      try order.release(command.ruling(reason), by: command.caller.subject)
    }
  }

  package func reject(
    _ reference: Reference<PartsOrder>, reason: String, _ command: Command<PartsOrder>
  ) async throws -> Answer {
    try await act(reference, .reject, reason: reason, command) { order, tx in
      let before = order
      let row = try order.reject(reason, by: command.caller.subject)
      try await expect(order, over: before, command, in: tx)
      return row
    }
  }

  // MARK: Terms

  /// The terms of the order's type, and the version that says so (domain.md section 5).
  func terms<Output>(
    of order: PartsOrder, _ command: Command<Output>, in tx: Transaction
  ) async throws -> (terms: OrderTerms, version: String) {
    let policy = try await policies.current(PartsOrdersPolicy.self, at: order.stationID, command.at, in: tx)
    return (policy.body.types[order.header.kind] ?? OrderTerms(supplyDays: 7), policy.version.description)
  }

  /// How the station stands, against the share of what it has ordered and not got yet that must be covered (SET-03, PO-10), less
  /// what it may owe on open account; a type that is not checked has none.
  ///
  /// - Returns: the check of an order of a given value.
  func creditCheck<Output>(
    of order: PartsOrder, _ terms: OrderTerms, _ command: Command<Output>, in tx: Transaction
  ) async throws -> (Money) -> PartsOrderProgress.CreditCheck? {
    guard terms.checksCredit else { return { _ in nil } }
    let policy = try await policies.current(PartsOrdersPolicy.self, at: order.stationID, command.at, in: tx)
    let share = policy.body.depositPercent
    let limit = policy.body.creditLimit.flatMap { $0.currency == order.currency ? $0.minor : nil } ?? 0
    // Two orders of a station do not both rely on the same money.
    ledger.lock(order.stationID, in: tx)
    let position = try await ledger.position(of: order.stationID, order.currency, command, in: tx).available
    let others = try await tx.run(
      PartsOrderRepository.committed(at: order.stationID, besides: order.id, in: order.currency))
    return { value in
      let covered = value.plus(others).percent(share)
      return PartsOrderProgress.CreditCheck(
        position: position, required: Money(minor: covered.minor - limit, currency: order.currency), at: command.at)
    }
  }
}

extension PartsOrder {
  package var clockSubject: ClockSubject { ClockSubject(.partsOrder, id.uuid, number: number) }
  var clockOwner: ClockBook.Owner { ClockBook.Owner(clockSubject, at: stationID) }
  var source: LedgerEntry.Source { LedgerEntry.Source(self) }

  /// What other families learn of it.
  var told: [String: EventValue] {
    [
      "type": .text(header.kind.rawValue), "workOrderId": .optional(header.workOrderID?.description),
      "vehicleId": .optional(header.vehicleID?.description), "lines": .integer(Int64(lines.count)),
    ]
  }

  var creditTold: [String: EventValue] {
    guard let credit = progress.credit else { return [:] }
    return ["position": .text(credit.position.description), "required": .text(credit.required.description)]
  }
}

extension Command {
  func ruling(_ reason: String) -> PartsOrderProgress.Ruling {
    PartsOrderProgress.Ruling(reason: reason, by: caller.name, at: at)
  }

  /// The same with the sight of the whole network, for what a step moves at headquarters or another station.
  var beyondScope: Command<Output> {
    Command(
      caller: caller.beyondScope(), requestID: requestID, traceparent: traceparent, at: at, precondition: nil,
      idempotency: nil, present: present)
  }
}
