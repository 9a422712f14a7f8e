package import Domain
package import Repositories

/// Parts that stations send back (PRT-07).
package struct PartsReturnService: LifecycleService {
  package typealias Document = PartsReturn
  package typealias Filter = PartsReturnFilter
  package typealias Store = PartsReturnRepository

  package static let reading = Permission.partsReturnsRead
  package static let noting = Permission.partsReturnsWrite
  package let work: UnitOfWork
  private let stock: StockBook

  package init(_ work: UnitOfWork, stock: StockBook) {
    self.work = work
    self.stock = stock
  }

  /// The parts leave the store now.
  /// - Throws: `insufficient-stock`, `stock-frozen`.
  package func create(_ draft: PartsReturnDraft, _ command: Command<PartsReturn>) async throws -> Answer {
    try await work.perform(command, .partsReturnsWrite) { tx in
      let station = try command.caller.scope.station(naming: draft.stationID)
      let store = try await stock.requireStore(of: station, command, in: tx)
      let parts = draft.lines.map(\.partID)
      if Set(parts).count != parts.count {
        throw Refusal.invalid("#/lines", .notUnique, "must name each part once")
      }
      let numbers = try await tx.partNumbers(parts) { "#/lines/\($0)/partId" }
      let document = PartsReturn(
        id: .new(at: command.at), number: try await tx.number(.partsReturn, at: station, on: command.at),
        stationID: station, locationID: store.id, state: .sent, reason: draft.reason, externalIDs: draft.externalIDs,
        lines: draft.lines.map {
          PartsReturn.Line(
            partID: $0.partID, partNumber: numbers[$0.partID] ?? "", quantity: $0.quantity, received: nil, remark: nil)
        }, toLocationID: nil, receipt: nil, version: 1, stamp: RecordStamp(by: command.caller, at: command.at))
      stock.move(
        document.lines.enumerated().map { place, line in
          StockMovement.Draft(
            locationID: store.id, partID: line.partID, kind: .returnOut, quantity: line.quantity,
            source: Self.source(document, line: place + 1), reason: draft.reason)
        }, command, in: tx)
      return insert(document, Effects(["partsReturn.sent"]), command, in: tx)
    }
  }

  /// Headquarters takes in what came, at the cost with which it left.
  /// - Throws: `Refusal.forbidden` for whoever does not see headquarters' warehouses.
  package func receive(
    _ reference: Reference<PartsReturn>, into location: StockLocation.ID, _ arrivals: [PartsReturn.Arrival],
    note: String?, _ command: Command<PartsReturn>
  ) async throws -> Answer {
    try await act(reference, .receive, reason: note, command) { document, tx in
      if !command.caller.scope.covers(nil) { throw Refusal.forbidden(.partsReturnsWrite) }
      let place = try await stock.place(location, at: "#/toLocationId", command, in: tx)
      if place.stationID != nil {
        throw Refusal.invalid("#/toLocationId", .inconsistent, "must be a warehouse of headquarters")
      }
      let row = try document.receive(
        arrivals, into: place.id, PriceList.Signature(command.caller, at: command.at), by: command.caller.subject)
      let costs = try await tx.run(PartsReturnRepository.costs(of: document.id))
      var movements: [StockMovement.Draft] = []
      for (index, line) in document.lines.enumerated() {
        guard let received = line.received, received > 0 else { continue }
        let left = costs.first { $0.line == index + 1 }?.cost
        let cost = left.map { left in
          Money(
            minor: left.minor / Int64(line.quantity) * Int64(received)
              + left.minor % Int64(line.quantity) * Int64(received) / Int64(line.quantity), currency: left.currency)
        }
        movements.append(
          StockMovement.Draft(
            locationID: place.id, partID: line.partID, kind: .returnIn, quantity: received, cost: cost,
            source: Self.source(document, line: index + 1), reason: note))
      }
      stock.move(movements, command, in: tx)
      return row
    }
  }

  private static func source(_ document: PartsReturn, line: Int) -> StockMovement.Source {
    StockMovement.Source(resource: .partsReturn, id: document.id.uuid, number: document.number, line: line)
  }
}
