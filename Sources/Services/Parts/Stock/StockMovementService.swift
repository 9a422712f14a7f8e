package import Domain
package import Repositories

/// The stock ledger, and what is booked by hand: receipts with a check, transfers, scrap (PRT-07, PRT-10).
package struct StockMovementService: DocumentService {
  package typealias Document = StockMovement
  package typealias Filter = StockMovementFilter
  package typealias Store = StockMovementRepository

  package static let reading = Permission.stockMovementsRead
  package let work: UnitOfWork
  private let stock: StockBook

  package init(_ work: UnitOfWork, stock: StockBook) {
    self.work = work
    self.stock = stock
  }

  /// What is booked by hand.
  package enum Booking: Hashable, Sendable {
    /// - Parameter unitCost: `nil`: the approved price of the day.
    case receipt(into: StockLocation.ID, unitCost: Money?)
    /// - Parameter reservation: what was held for it at the place that it leaves.
    case transfer(from: StockLocation.ID, to: StockLocation.ID, reservation: Reservation.ID?)
    case scrap(from: StockLocation.ID)
    /// Parts that stand on a job of an order, out of the store of its station (PRT-11); what was held for it goes first.
    case issue(from: StockLocation.ID, to: WorkOrder.ID, line: Int)
    /// What was issued for a job and not needed.
    case issueReturn(into: StockLocation.ID, from: WorkOrder.ID, line: Int)
  }

  /// - Returns: the movement; of a transfer the one that goes out, whose counterpart comes in.
  /// - Throws: `insufficient-stock`, `stock-frozen`; `warehouse-closed` for a place that takes nothing more.
  package func book(
    _ booking: Booking, of part: Part.ID, quantity: Int, reason: String?, _ command: Command<StockMovement>
  ) async throws -> Answer {
    try await work.perform(command, .stockMovementsWrite) { tx in
      _ = try await tx.partNumbers([part]) { _ in "#/partId" }
      let id: StockMovement.ID
      switch booking {
      case .receipt(let location, let unitCost):
        let place = try await stock.place(location, at: "#/locationId", command, in: tx)
        try place.requireOpen()
        var unit = unitCost
        if unit == nil {
          unit = try await PriceBook.price(of: part, on: CalendarDate(inChina: command.at), in: tx)?.price
        }
        let cost = unit?.times(quantity)
        if let cost, cost.minor > JobLine.amountLimit {
          throw Refusal.invalid("#/unitCost", .outOfRange, "the whole quantity costs more than can be booked at once")
        }
        id =
          stock.move(
            [
              StockMovement.Draft(
                locationID: location, partID: part, kind: .receipt, quantity: quantity, cost: cost, reason: reason)
            ], command, in: tx)[0]
      case .scrap(let location):
        _ = try await stock.place(location, at: "#/locationId", command, in: tx)
        id =
          stock.move(
            [
              StockMovement.Draft(
                locationID: location, partID: part, kind: .scrap, quantity: quantity, reason: reason)
            ], command, in: tx)[0]
      case .issue(let location, let orderID, let line):
        let order = try await order(orderID, line: line, at: location, command, in: tx)
        try await stock.requirePlanned(part, quantity, on: line, of: order, command, in: tx)
        id = try await stock.issue(
          StockMovement.Draft(
            locationID: location, partID: part, kind: .issue, quantity: quantity,
            source: StockBook.source(order, line), reason: reason), heldFor: [order.id.uuid], command, in: tx)
      case .issueReturn(let location, let orderID, let line):
        let order = try await order(orderID, line: line, at: location, command, in: tx)
        id = try await stock.takeBack(
          part, quantity: quantity, into: location, from: order, line: line, reason: reason, command, in: tx)
      case .transfer(let origin, let destination, let held):
        let from = try await stock.place(origin, at: "#/locationId", command, in: tx)
        let to = try await stock.place(destination, at: "#/toLocationId", command, in: tx)
        if from.id == to.id {
          throw Refusal.invalid("#/toLocationId", .inconsistent, "must be another warehouse")
        }
        try to.requireOpen()
        id = try await stock.transfer(
          part, quantity: quantity, from: from, to: to, reservation: held, reason: reason, command, in: tx)
      }
      guard let movement = try await tx.run(StockMovementRepository.find(.id(id), in: command.caller.scope)) else {
        throw Refusal.notFound
      }
      tx.record(Effects(["stockMovement.recorded"], reason: reason).events(of: movement, from: nil), by: command)
      return movement
    }
  }

  /// An order of the station whose store it is, and a job of it.
  private func order(
    _ id: WorkOrder.ID, line: Int, at location: StockLocation.ID, _ command: Command<StockMovement>, in tx: Transaction
  ) async throws -> WorkOrder {
    let place = try await stock.place(location, at: "#/locationId", command, in: tx)
    let scope = command.caller.scope
    let header = WorkOrderRepository.lock(.id(id), in: scope)
    guard let order = try await WorkOrderRepository.whole(header, .id(id), in: scope, through: tx),
      order.stationID == place.stationID
    else { throw Refusal.invalid("#/workOrderId", .notFound, "there is no such order at this station") }
    guard order.lines.contains(where: { $0.number == line }) else {
      throw Refusal.invalid("#/line", .notFound, "there is no such line")
    }
    switch order.state {
    case .authorised, .inWorkshop, .inRepair, .awaitingCustomerApproval, .awaitingParts, .qualityCheck, .ready,
      .notified, .accepted, .settled, .delivered:
      return order
    case .received, .inspected, .diagnosed, .quoted, .closed, .cancelled, .convertedToAppointment, .closedNoRepair:
      throw Refusal.conflict(
        code: "order-not-open", detail: "The order is \(order.state.rawValue); nothing is issued to it.",
        .conflict(.workOrder, order.id, order.number, state: order.state.rawValue), .state(order.state))
    }
  }
}
