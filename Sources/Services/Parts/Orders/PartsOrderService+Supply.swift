package import Domain
import Repositories

/// From the warehouse to the shelf: availability, shipment, receipt (PO-06, PO-11, PO-14).
extension PartsOrderService {
  package struct Confirmation: Sendable {
    /// `nil`: where the order is supplied from already, else the central warehouse; a transfer comes from the source station.
    package let locationID: StockLocation.ID?
    /// When back-ordered lines are expected, by line.
    package let expected: [Int: CalendarDate]
    package let note: String?

    package init(locationID: StockLocation.ID?, expected: [Int: CalendarDate], note: String?) {
      self.locationID = locationID
      self.expected = expected
      self.note = note
    }
  }

  /// Asks the stock for each line: what is free is set aside, the rest is back-ordered. For a vehicle off the road what is set
  /// aside for shelves is taken as well.
  package func confirm(
    _ reference: Reference<PartsOrder>, _ confirmation: Confirmation, _ command: Command<PartsOrder>
  ) async throws -> Answer {
    try await perform(reference, .confirm, command) { order, tx in
      try await confirm(&order, confirmation, command, in: tx)
    }
  }

  /// The same for whoever holds the order.
  func confirm<Output>(
    _ order: inout PartsOrder, _ confirmation: Confirmation, _ command: Command<Output>, in tx: Transaction
  ) async throws -> Effects {
    _ = try PartsOrderLifecycle.table.permit(.confirm, on: order, by: command.caller.subject)
    for line in confirmation.expected.keys where order.line(line) == nil {
      throw Refusal.invalid("#/backorders", .notFound, "there is no line \(line)")
    }
    let before = order
    let place = try await place(confirmation.locationID, of: order, command, in: tx)
    let beyond = command.beyondScope
    let asked = order
    let found = try await tx.within(.network, of: command.caller) {
      try await setAside(asked, from: place, beyond, in: tx)
    }
    let terms = try await terms(of: order, command, in: tx).terms
    let row = try order.confirm(
      found: found, expected: confirmation.expected, from: place.id,
      dueAt: command.at.adding(seconds: Int64(terms.supplyDays) * 86_400), at: command.at,
      by: command.caller.subject)
    if let dueAt = order.progress.supplyDueAt, before.progress.confirmedAt == nil {
      try await clocks.promise(.partsSupply, at: dueAt, on: order.clockOwner, reason: nil, command, in: tx)
    }
    try await expect(order, over: before, command, in: tx)
    return Effects(
      row, reason: confirmation.note,
      data: ["backordered": .integer(Int64(order.lines.reduce(0) { $0 + $1.backordered }))])
  }

  private func place<Output>(
    _ named: StockLocation.ID?, of order: PartsOrder, _ command: Command<Output>, in tx: Transaction
  ) async throws -> StockLocation {
    let beyond = command.beyondScope
    return try await tx.within(.network, of: command.caller) {
      if let source = order.header.sourceStationID {
        guard let store = try await stock.store(of: source, beyond, in: tx) else {
          throw Refusal.conflict(
            code: "no-warehouse", detail: "The source station keeps no stock in this product.", .stationID(source))
        }
        return store
      }
      // What lies ready somewhere is shipped from there.
      if let before = order.progress.locationID {
        if let named, named != before, order.lines.contains(where: { $0.allocated > 0 }) {
          throw Refusal.invalid("#/locationId", .inconsistent, "parts are set aside at another warehouse already")
        }
        return try await stock.place(named ?? before, at: "#/locationId", beyond, in: tx)
      }
      var id = named
      if id == nil { id = try await tx.run(PartsOrderRepository.centralWarehouse) }
      guard let id else {
        throw Refusal.conflict(code: "no-warehouse", detail: "There is no central warehouse; name one as locationId.")
      }
      let place = try await stock.place(id, at: "#/locationId", beyond, in: tx)
      if place.stationID != nil {
        throw Refusal.invalid("#/locationId", .inconsistent, "is a station's; order a transfer instead")
      }
      return place
    }
  }

  /// - Returns: how many pieces of each line were found.
  private func setAside<Output>(
    _ order: PartsOrder, from place: StockLocation, _ command: Command<Output>, in tx: Transaction
  ) async throws -> [Int: Int] {
    var found: [Int: Int] = [:]
    var givers: [(order: PartsOrder.ID, part: Part.ID)] = []
    if order.header.kind == .vor {
      // Orders first, then the counter, then levels, as everybody locks them.
      let parts = order.lines.filter { $0.outstanding > $0.allocated }.map(\.partID)
      givers = try await tx.run(PartsOrderRepository.holding(parts, at: place.id))
      holdCounter(at: place, in: tx)
    }
    for line in order.lines.sorted(by: { $0.partNumber < $1.partNumber }) {
      let wanted = line.outstanding - line.allocated
      guard wanted > 0 else { continue }
      var free = max(0, try await stock.level(place.id, line.partID, command, in: tx)?.available ?? 0)
      if free < wanted, order.header.kind == .vor {
        let orders = givers.filter { $0.part == line.partID }.map(\.order)
        free += try await take(wanted - free, of: line, from: orders, at: place, for: order, command, in: tx)
      }
      let held = min(free, wanted)
      guard held > 0 else { continue }
      try await hold(held, of: line, for: order, at: place, command, in: tx)
      found[line.number] = held
    }
    return found
  }

  /// Held until it is shipped or cancelled, however long that takes.
  private func hold<Output>(
    _ quantity: Int, of line: PartsOrderLine, for order: PartsOrder, at place: StockLocation,
    _ command: Command<Output>, in tx: Transaction
  ) async throws {
    _ = try await stock.reserve(
      ReservationDraft(
        locationID: place.id, partID: line.partID, quantity: quantity, purpose: .partsOrder(order.id.uuid),
        expiresAt: StockBook.promised(from: command.at)),
      from: place, partNumber: line.partNumber, command, in: tx)
  }

  /// The counter comes before the levels, as whoever sets something aside takes it: two who do this do not wait for each other.
  private func holdCounter(at place: StockLocation, in tx: Transaction) {
    if let station = place.stationID {
      tx.enqueue(DocumentNumberRepository.hold(.reservation, station: station))
    } else {
      tx.enqueue(DocumentNumberRepository.holdOfHeadquarters(.reservation))
    }
  }

  /// Gives back all that an order holds of the part of a line, but what is set aside for its lines of the part as they are now: a
  /// reservation is the order's, not a line's, and a replacement stands on a line of its own (PO-07).
  /// The caller holds the counter where something stays set aside.
  private func giveBack<Output>(
    _ line: PartsOrderLine, of order: PartsOrder, at place: StockLocation, reason: String,
    _ command: Command<Output>, in tx: Transaction
  ) async throws {
    let rest = order.allocated(of: line.partID)
    try await stock.release(line.partID, at: place.id, for: [order.id.uuid], reason: reason, command, in: tx)
    if rest > 0 { try await hold(rest, of: line, for: order, at: place, command, in: tx) }
  }

  /// From orders for the shelf, the last confirmed first: each gives no more than is needed, and waits for stock again.
  private func take<Output>(
    _ wanted: Int, of line: PartsOrderLine, from orders: [PartsOrder.ID], at place: StockLocation,
    for order: PartsOrder, _ command: Command<Output>, in tx: Transaction
  ) async throws -> Int {
    var taken = 0
    for id in orders where taken < wanted {
      let reference = Reference<PartsOrder>.id(id)
      let found = try await PartsOrderRepository.whole(
        PartsOrderRepository.lock(reference, in: .network), reference, in: .network, through: tx)
      guard let before = found, let source = before.lines.first(where: { $0.partID == line.partID && $0.allocated > 0 })
      else { continue }
      let given = min(wanted - taken, source.allocated)
      var giver = before
      giver.yield(given, of: source.number)
      try await giveBack(source, of: giver, at: place, reason: "taken for \(order.number)", command, in: tx)
      giver = giver.revised(by: command.caller, at: command.at)
      for statement in PartsOrderRepository.save(giver, over: before) { tx.enqueue(statement) }
      tx.record(
        Effects(
          ["partsOrder.allocationTaken"],
          data: [
            "partNumber": .text(line.partNumber), "quantity": .integer(Int64(given)), "for": .text(order.number),
          ]
        ).events(of: giver, from: before), by: command)
      taken += given
    }
    return taken
  }

  // MARK: Shipping

  package struct Dispatch: Sendable {
    package let portions: [PartsOrderPortion]
    package let carrierID: Carrier.ID?
    package let trackingNumber: String?
    package let packages: [ShipmentHeader.Package]
    package let expectedAt: Timestamp?
    package let note: String?

    package init(
      portions: [PartsOrderPortion], carrierID: Carrier.ID?, trackingNumber: String?,
      packages: [ShipmentHeader.Package],
      expectedAt: Timestamp?, note: String?
    ) {
      self.portions = portions
      self.carrierID = carrierID
      self.trackingNumber = trackingNumber
      self.packages = packages
      self.expectedAt = expectedAt
      self.note = note
    }
  }

  /// Packs a shipment: its pieces leave the stock, and the station owes them (SET-03).
  ///
  /// - Throws: `credit-insufficient` when the position no longer covers the order and Finance has not let it go on all the same.
  package func ship(
    _ reference: Reference<PartsOrder>, _ dispatch: Dispatch, _ command: Command<PartsOrder>
  ) async throws -> Answer {
    try await perform(reference, .ship, command) { order, tx in
      try await ship(&order, dispatch, seenBy: command.caller.scope, command, in: tx)
    }
  }

  /// The same for whoever holds the order.
  ///
  /// - Parameter scope: what he sees himself who ships, whatever sight the transaction has.
  func ship<Output>(
    _ order: inout PartsOrder, _ dispatch: Dispatch, seenBy scope: Scope, _ command: Command<Output>,
    in tx: Transaction
  ) async throws -> Effects {
    let before = order
    let (row, setAside) = try order.ship(dispatch.portions, at: command.at, by: command.caller.subject)
    guard let location = order.progress.locationID else { throw Refusal.notFound }
    // What is free of charge, as a replacement is, asks for no credit (PO-07).
    let isFree = dispatch.portions.allSatisfy { (before.line($0.line)?.unitPrice?.minor ?? 0) == 0 }
    if !isFree { try await requireCredit(before, seenBy: scope, command, in: tx) }
    if let carrier = dispatch.carrierID {
      guard try await tx.run(CarrierRepository.find(.id(carrier), in: command.caller.scope))?.profile.isActive == true
      else { throw Refusal.invalid("#/carrierId", .notFound, "there is no such carrier") }
    }
    let shipment = Shipment(
      id: .new(at: command.at), number: try await tx.number(.shipment, at: order.stationID, on: command.at),
      stationID: order.stationID, orderID: order.id, orderNumber: order.number, state: .prepared, version: 1,
      stamp: RecordStamp(by: command.caller, at: command.at),
      header: ShipmentHeader(
        locationID: location, carrierID: dispatch.carrierID, trackingNumber: dispatch.trackingNumber,
        packages: dispatch.packages, expectedAt: dispatch.expectedAt, note: dispatch.note),
      lines: dispatch.portions.compactMap { portion in
        order.line(portion.line).map {
          ShipmentLine(
            line: $0.number, partNumber: $0.partNumber, description: $0.description, quantity: portion.quantity)
        }
      }, progress: ShipmentProgress())
    try await leaveStock(shipment, of: order, setAside, command, in: tx)
    try await invoice(shipment, of: order, command, in: tx)
    // The lines of a shipment name those of the order, which are saved behind this.
    for statement in ShipmentRepository.save(shipment, over: nil) { tx.enqueue(statement) }
    tx.record(
      Effects(["shipment.prepared"], data: ["partsOrderId": .text(order.id.description)])
        .events(of: shipment, from: nil), by: command)
    if order.progress.shippedAt != nil, before.progress.shippedAt == nil {
      try await clocks.meet([.partsSupply], of: order.clockSubject, command, in: tx)
    }
    try await expect(order, over: before, command, in: tx)
    return Effects(
      row, reason: dispatch.note,
      data: ["shipmentId": .text(shipment.id.description), "shipmentNumber": .text(shipment.number)])
  }

  private func requireCredit<Output>(
    _ order: PartsOrder, seenBy scope: Scope, _ command: Command<Output>, in tx: Transaction
  ) async throws {
    if order.progress.release != nil { return }
    let terms = try await terms(of: order, command, in: tx).terms
    let check = try await creditCheck(of: order, terms, command, in: tx)(order.openAmount)
    if let check, !check.isSufficient {
      // Whose stock a transfer takes does not learn how the other station stands with the maker.
      guard scope.covers(order.stationID) else {
        throw Refusal.conflict(
          code: "credit-insufficient",
          detail: "The position of the station does not cover its order; Finance may release it.")
      }
      throw Refusal.conflict(
        code: "credit-insufficient",
        detail: "The position of \(check.position) does not cover \(check.required); Finance may release the order.",
        .available(check.position), .required(check.required))
    }
  }

  /// - Parameter setAside: of each line; what is set aside for another line of the same part stays with that one.
  private func leaveStock<Output>(
    _ shipment: Shipment, of order: PartsOrder, _ setAside: [Int: Int], _ command: Command<Output>,
    in tx: Transaction
  ) async throws {
    let beyond = command.beyondScope
    try await tx.within(.network, of: command.caller) {
      for line in shipment.lines {
        guard let part = order.line(line.line)?.partID else { continue }
        try await stock.issue(
          StockMovement.Draft(
            locationID: shipment.header.locationID, partID: part,
            kind: order.header.kind == .transfer ? .transferOut : .shipment, quantity: line.quantity,
            source: StockMovement.Source(
              resource: .shipment, id: shipment.id.uuid, number: shipment.number, line: line.line)),
          heldFor: [order.id.uuid], atMost: setAside[line.line] ?? 0, beyond, in: tx)
      }
    }
  }

  /// What the station owes for it, with the surcharge; replacements are free of charge.
  private func invoice<Output>(
    _ shipment: Shipment, of order: PartsOrder, _ command: Command<Output>, in tx: Transaction
  ) async throws {
    let goods = shipment.lines.reduce(Money.zero(order.currency)) { sum, line in
      let price = order.line(line.line)?.unitPrice ?? .zero(order.currency)
      return sum.plus(price.times(line.quantity))
    }
    let owed = order.invoiced(goods)
    if owed.minor == 0 { return }
    let day = CalendarDate(inChina: command.at)
    var items = [
      PayableItem.Draft(
        at: order.stationID, .partsInvoice, source: LedgerEntry.Source(shipment), "\(order.number) \(shipment.number)",
        owed.negated, on: day)
    ]
    if let giver = order.header.sourceStationID, goods.minor > 0 {
      // Whose stock a transfer takes gets for it what the parts cost.
      items.append(
        PayableItem.Draft(
          at: giver, .partsInvoice, source: LedgerEntry.Source(shipment), ordinal: 2,
          "\(order.number) \(shipment.number)",
          goods, on: day))
    }
    try await payables.record(items, command, in: tx)
  }

  // MARK: Receipt

  package struct Receipt: Sendable {
    package let shipmentID: Shipment.ID
    package let lines: [PartsReceiptLine]
    package let note: String?

    package init(shipmentID: Shipment.ID, lines: [PartsReceiptLine], note: String?) {
      self.shipmentID = shipmentID
      self.lines = lines
      self.note = note
    }
  }

  /// What arrived is counted and checked line by line: good pieces go into the store, the rest waits for a claim (PO-06, PCL-01).
  package func receive(
    _ reference: Reference<PartsOrder>, _ receipt: Receipt, _ command: Command<PartsOrder>
  ) async throws -> Answer {
    try await perform(reference, .receive, command) { order, tx in
      let before = order
      _ = try PartsOrderLifecycle.table.permit(.receive, on: order, by: command.caller.subject)
      let named = Reference<Shipment>.id(receipt.shipmentID)
      let scope = command.caller.scope
      let found = try await ShipmentRepository.whole(
        ShipmentRepository.lock(named, in: scope), named, in: scope, through: tx)
      guard let packed = found, packed.orderID == order.id else {
        throw Refusal.invalid("#/shipmentId", .notFound, "there is no such shipment of this order")
      }
      var shipment = packed
      try shipment.receive(receipt.lines, at: command.at)
      let row = try order.receive(receipt.lines, at: command.at, by: command.caller.subject)
      shipment = shipment.revised(by: command.caller, at: command.at)
      for statement in ShipmentRepository.save(shipment, over: packed) { tx.enqueue(statement) }
      tx.record(
        Effects([shipment.state == .received ? "shipment.received" : "shipment.partiallyReceived"])
          .events(of: shipment, from: packed), by: command)
      // Locked before the stock that comes in: what waits for it takes its reservations behind it.
      if let waiting = order.header.workOrderID {
        _ = try await tx.run(WorkOrderRepository.lock(.id(waiting), in: scope))
        tx.enqueue(DocumentNumberRepository.hold(.reservation, station: order.stationID))
      }
      try await store(receipt.lines, from: shipment, of: order, command, in: tx)
      if let waiting = order.header.workOrderID { try await workOrders.partsCame(for: waiting, command, in: tx) }
      if shipment.hasDifference {
        try await clocks.ensure(
          [ClockBook.Start(.partsClaimWindow)], on: shipment.clockOwner, command, in: tx)
      }
      try await expect(order, over: before, command, in: tx)
      if order.state == .received { try await arrived(order, command, in: tx) }
      return Effects(
        row, reason: receipt.note,
        data: ["shipmentId": .text(shipment.id.description), "shipmentNumber": .text(shipment.number)])
    }
  }

  private func store<Output>(
    _ lines: [PartsReceiptLine], from shipment: Shipment, of order: PartsOrder, _ command: Command<Output>,
    in tx: Transaction
  ) async throws {
    guard let store = try await stock.store(of: order.stationID, command, in: tx) else { return }
    stock.move(
      lines.compactMap { entry in
        guard entry.accepted > 0, let line = order.line(entry.line) else { return nil }
        // A replacement is worth what the piece was that it stands for.
        return StockMovement.Draft(
          locationID: store.id, partID: line.partID,
          kind: order.header.kind == .transfer ? .transferIn : .shipmentReceipt, quantity: entry.accepted,
          cost: order.worth(of: entry.line).times(entry.accepted),
          source: StockMovement.Source(
            resource: .shipment, id: shipment.id.uuid, number: shipment.number, line: entry.line))
      }, command, in: tx)
  }

  /// The work order that waited goes on when nothing that it waits for is outstanding any more (PO-09).
  func arrived<Output>(_ order: PartsOrder, _ command: Command<Output>, in tx: Transaction) async throws {
    guard let waiting = order.header.workOrderID else { return }
    let others = try await tx.run(PartsOrderRepository.open(of: waiting, in: command.caller.scope))
    let isComplete = others.allSatisfy { other in
      other.id == order.id || other.state == .received || other.state == .discrepancy
    }
    if isComplete { try await workOrders.partsArrived(waiting, with: order, command, in: tx) }
  }

  // MARK: Discrepancies

  /// Drafts a claim for every kind of difference that nobody has claimed for yet, line by line (PCL-01).
  package func reportDiscrepancy(
    _ reference: Reference<PartsOrder>, description: String, _ command: Command<PartsOrder>
  ) async throws -> Answer {
    try await perform(reference, .reportDiscrepancy, command) { order, tx in
      let row = try order.take(.reportDiscrepancy, by: command.caller.subject)
      let drafted = try await PartsClaimBook(clocks).draftAll(for: &order, description: description, command, in: tx)
      return Effects(
        row, reason: description, data: ["claims": .list(drafted.map { .text($0.number) })])
    }
  }

  // MARK: What is on order, what is held

  /// Tells the stock what each line will still bring to the station.
  func expect<Output>(
    _ order: PartsOrder, over before: PartsOrder, _ command: Command<Output>, in tx: Transaction
  ) async throws {
    func coming(_ order: PartsOrder, _ line: PartsOrderLine) -> Int {
      switch order.state {
      case .draft, .dealerApproved, .cancelled, .rejected: 0
      default: line.outstanding + line.inTransit
      }
    }
    let changed = order.lines.filter { line in
      coming(order, line) != (before.line(line.number).map { coming(before, $0) } ?? 0)
    }
    if changed.isEmpty { return }
    guard let store = try await stock.store(of: order.stationID, command, in: tx) else { return }
    for line in changed {
      stock.expect(
        coming(order, line), of: line.partID, at: store.id,
        source: StockMovement.Source(resource: .partsOrder, id: order.id.uuid, number: order.number, line: line.number),
        command, in: tx)
    }
  }

  /// Gives back what was set aside for lines, wherever it lies.
  ///
  /// - Parameter order: as it is without it.
  func release<Output>(
    _ setAside: [Int: Int], of order: PartsOrder, reason: String, _ command: Command<Output>, in tx: Transaction
  ) async throws {
    guard let location = order.progress.locationID, !setAside.isEmpty else { return }
    let beyond = command.beyondScope
    try await tx.within(.network, of: command.caller) {
      let place = try await stock.place(location, at: "#/locationId", beyond, in: tx)
      let lines = order.lines.filter { setAside[$0.number] != nil }.sorted { $0.partNumber < $1.partNumber }
      if lines.contains(where: { order.allocated(of: $0.partID) > 0 }) { holdCounter(at: place, in: tx) }
      for line in lines {
        try await giveBack(line, of: order, at: place, reason: reason, beyond, in: tx)
      }
    }
  }
}

extension Shipment {
  package var clockSubject: ClockSubject { ClockSubject(.shipment, id.uuid, number: number) }
  var clockOwner: ClockBook.Owner { ClockBook.Owner(clockSubject, at: stationID) }
}
