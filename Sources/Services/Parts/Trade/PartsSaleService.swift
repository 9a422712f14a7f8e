package import Domain
package import Repositories

/// Parts over the counter (PRT-08): one transaction takes them out of the store and prices them.
package struct PartsSaleService: ActingService {
  package typealias Document = PartsSale
  package typealias Filter = PartsSaleFilter
  package typealias Store = PartsSaleRepository

  package static let reading = Permission.partsSalesRead
  package let work: UnitOfWork
  private let stock: StockBook

  package init(_ work: UnitOfWork, stock: StockBook) {
    self.work = work
    self.stock = stock
  }

  package static func offers(on sale: PartsSale, to caller: Caller) -> [ActionOffer] {
    sale.reversal == nil ? [ActionOffer(action: "reverse", to: "reversed", .partsSalesWrite, for: caller)] : []
  }

  /// - Throws: `insufficient-stock`, `stock-frozen`; `Refusal.invalid` for a part without a price of its own and of the list.
  package func create(_ draft: PartsSaleDraft, _ command: Command<PartsSale>) async throws -> Answer {
    try await work.perform(command, .partsSalesWrite) { tx in
      let station = try command.caller.scope.station(naming: draft.stationID)
      let store = try await stock.requireStore(of: station, command, in: tx)
      if let id = draft.customerID {
        let customer = try await tx.run(CustomerRepository.find(.id(id), in: command.caller.scope))
        if customer?.stationID != station || customer?.state != .active {
          throw Refusal.invalid("#/customerId", .notFound, "there is no such customer at this station")
        }
      }
      let lines = try await priced(draft.lines, command, in: tx)
      let currency = lines.first?.unitPrice.currency ?? .cny
      let sale = PartsSale(
        id: .new(at: command.at), number: try await tx.number(.partsSale, at: station, on: command.at),
        stationID: station, locationID: store.id, customerID: draft.customerID, lines: lines,
        total: try Money.sum(lines.map(\.amount), currency), createdAt: command.at,
        createdBy: RecordStamp.Author(command.caller))
      stock.move(
        lines.enumerated().map { place, line in
          StockMovement.Draft(
            locationID: store.id, partID: line.partID, kind: .sale, quantity: line.quantity,
            source: StockMovement.Source(
              resource: .partsSale, id: sale.id.uuid, number: sale.number, line: place + 1))
        }, command, in: tx)
      return insert(sale, Effects(["partsSale.created"]), command, in: tx)
    }
  }

  /// Takes the whole sale back: the parts come into the store again at the cost with which they left it, once.
  /// - Throws: `sale-reversed`, `stock-frozen`; `warehouse-closed` for a store that takes nothing more.
  package func reverse(
    _ reference: Reference<PartsSale>, reason: String, _ command: Command<PartsSale>
  ) async throws -> Answer {
    try await change(reference, .partsSalesWrite, "partsSale.reversed", reason: reason, command) { sale, tx in
      try sale.reverse(reason, at: command.at, by: RecordStamp.Author(command.caller))
      let place = try await stock.place(sale.locationID, at: "#/locationId", command, in: tx)
      try place.requireOpen()
      let costs = try await tx.run(StockMovementRepository.sold(by: sale.id.uuid))
      let (location, id, number) = (sale.locationID, sale.id.uuid, sale.number)
      stock.move(
        sale.lines.enumerated().map { index, line in
          StockMovement.Draft(
            locationID: location, partID: line.partID, kind: .saleReturn, quantity: line.quantity,
            cost: costs.first { $0.line == index + 1 }?.cost,
            source: StockMovement.Source(resource: .partsSale, id: id, number: number, line: index + 1),
            reason: reason)
        }, command, in: tx)
    }
  }

  private func priced(
    _ drafts: [PartsSaleDraft.Line], _ command: Command<PartsSale>, in tx: Transaction
  ) async throws -> [PartsSale.Line] {
    let parts = drafts.map(\.partID)
    let numbers = try await tx.partNumbers(parts) { "#/lines/\($0)/partId" }
    let prices = try await PriceBook.prices(of: parts, on: CalendarDate(inChina: command.at), in: tx)
    var lines: [PartsSale.Line] = []
    var violations: [Violation] = []
    for (place, draft) in drafts.enumerated() {
      let list = prices[draft.partID].flatMap(\.retailPrice)
      guard let price = draft.unitPrice ?? list else {
        violations.append(
          Violation(
            pointer: "#/lines/\(place)/unitPrice", code: .required,
            detail: "no approved list names a price to customers"))
        continue
      }
      if let first = lines.first, first.unitPrice.currency != price.currency {
        violations.append(
          Violation(
            pointer: "#/lines/\(place)/unitPrice/currency", code: .inconsistent,
            detail: "must be the currency of the first line"))
      }
      lines.append(
        PartsSale.Line(
          partID: draft.partID, partNumber: numbers[draft.partID] ?? "", quantity: draft.quantity, unitPrice: price,
          listPrice: list))
    }
    if !violations.isEmpty { throw Refusal.invalid(violations) }
    if lines.contains(where: { $0.amount.minor > JobLine.amountLimit }) {
      throw Refusal.invalid("#/lines", .outOfRange, "a line costs more than can be invoiced")
    }
    return lines
  }
}
