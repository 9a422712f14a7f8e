package import Domain
package import Repositories

/// What stations keep at least (PRT-05): proposed by them, approved by headquarters.
package struct MinimumStockService: LifecycleService {
  package typealias Document = MinimumStock
  package typealias Filter = MinimumStockFilter
  package typealias Store = MinimumStockRepository

  package static let reading = Permission.minimumStocksRead
  package static let noting = Permission.minimumStocksWrite
  package let work: UnitOfWork

  package init(_ work: UnitOfWork) { self.work = work }

  /// - Throws: `Refusal.alreadyExists` when the station has a minimum of the part: it is proposed anew.
  package func create(
    _ part: Part.ID, quantity: Int, reason: String?, at stationID: Station.ID?, _ command: Command<MinimumStock>
  ) async throws -> Answer {
    let station = try command.caller.scope.station(naming: stationID)
    do {
      return try await work.perform(command, .minimumStocksWrite) { tx in
        let numbers = try await tx.partNumbers([part]) { _ in "#/partId" }
        let minimum = MinimumStock(
          id: .new(at: command.at), number: try await tx.number(.minimumStock, at: station, on: command.at),
          stationID: station, partID: part, partNumber: numbers[part] ?? "", state: .draft, proposedQuantity: quantity,
          approvedQuantity: nil, reason: reason, proposal: nil, approval: nil, approvalNote: nil, version: 1,
          stamp: RecordStamp(by: command.caller, at: command.at))
        return insert(minimum, Effects(["minimumStock.created"]), command, in: tx)
      }
    } catch Refusal.alreadyExists(let field, nil) {
      let known = try await work.database.read(command.caller, MinimumStockRepository.existing(part, at: station))
      throw Refusal.alreadyExists(field: field, existingID: known?.description)
    }
  }

  package func propose(
    _ reference: Reference<MinimumStock>, quantity: Int?, reason: String?, _ command: Command<MinimumStock>
  ) async throws -> Answer {
    try await act(reference, .propose, reason: reason, command) { minimum, _ in
      try minimum.propose(
        quantity, reason: reason, PriceList.Signature(command.caller, at: command.at), by: command.caller.subject)
    }
  }

  package func approve(
    _ reference: Reference<MinimumStock>, quantity: Int?, note: String?, _ command: Command<MinimumStock>
  ) async throws -> Answer {
    try await act(reference, .approve, reason: note, command) { minimum, _ in
      try minimum.approve(
        quantity, note: note, PriceList.Signature(command.caller, at: command.at), by: command.caller.subject)
    }
  }
}
