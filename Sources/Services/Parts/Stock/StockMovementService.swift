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
        try Self.requireOpen(place)
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
      case .transfer(let origin, let destination, let held):
        let from = try await stock.place(origin, at: "#/locationId", command, in: tx)
        let to = try await stock.place(destination, at: "#/toLocationId", command, in: tx)
        if from.id == to.id {
          throw Refusal.invalid("#/toLocationId", .inconsistent, "must be another warehouse")
        }
        try Self.requireOpen(to)
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

  private static func requireOpen(_ place: StockLocation) throws(Refusal) {
    if place.closed {
      throw .conflict(code: "warehouse-closed", detail: "\(place.code) is closed and takes nothing more.")
    }
  }
}
