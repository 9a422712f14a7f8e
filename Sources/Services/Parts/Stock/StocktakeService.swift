package import Domain
package import Repositories

/// Stocktakes (PRT-12): what is counted stands still from freezing to posting.
package struct StocktakeService: LifecycleService {
  package typealias Document = Stocktake
  package typealias Filter = StocktakeFilter
  package typealias Store = StocktakeRepository

  package static let reading = Permission.stocktakesRead
  package static let noting = Permission.stocktakesCount
  package let work: UnitOfWork
  private let stock: StockBook

  package init(_ work: UnitOfWork, stock: StockBook) {
    self.work = work
    self.stock = stock
  }

  package func create(
    at location: StockLocation.ID, parts: [Part.ID], note: String?, externalIDs: [String: String],
    _ command: Command<Stocktake>
  ) async throws -> Answer {
    try await work.perform(command, .stocktakesWrite) { tx in
      let place = try await stock.place(location, at: "#/locationId", command, in: tx)
      try await requireParts(parts, in: tx)
      let take = Stocktake(
        id: .new(at: command.at), number: try await tx.number(.stocktake, at: place.stationID, on: command.at),
        locationID: place.id, stationID: place.stationID, state: .draft, partIDs: parts, note: note,
        externalIDs: externalIDs, frozenAt: nil, counterIDs: [], approval: nil, approvalReason: nil, postedAt: nil,
        exitReason: nil, lines: [], version: 1, stamp: RecordStamp(by: command.caller, at: command.at))
      return insert(take, Effects(["stocktake.created"]), command, in: tx)
    }
  }

  package func update(
    _ reference: Reference<Stocktake>, parts: Patch<[Part.ID]>, note: Patch<String?>, _ command: Command<Stocktake>
  ) async throws -> Answer {
    try await change(reference, .stocktakesWrite, "stocktake.updated", command) { take, tx in
      if case .set(let parts) = parts { try await requireParts(parts, in: tx) }
      try take.edit(partIDs: parts, note: note)
    }
  }

  /// From now on the parts do not move until the stocktake is posted or cancelled.
  /// - Throws: `stock-frozen` when one of them is counted elsewhere; `stocktake-empty` when there is nothing to count.
  package func freeze(
    _ reference: Reference<Stocktake>, note: String?, _ command: Command<Stocktake>
  ) async throws -> Answer {
    try await act(reference, .freeze, reason: note, command) { take, tx in
      let row = try take.freeze(at: command.at, by: command.caller.subject)
      let count = try await tx.run(StocktakeRepository.freeze(take))
      if count == 0 {
        throw Refusal.conflict(
          code: "stocktake-empty", detail: "Nothing lies at the place that could be counted.",
          .locationID(take.locationID), .count(0))
      }
      if count > Stocktake.lineLimit {
        throw Refusal.conflict(
          code: "stocktake-too-large",
          detail: "The place holds \(count) parts; a stocktake counts \(Stocktake.lineLimit) at most, so name some.",
          .count(count), .limit(Stocktake.lineLimit))
      }
      take.lines = try await tx.run(StocktakeRepository.lines(of: take.id))
      return row
    }
  }

  package func count(
    _ reference: Reference<Stocktake>, _ found: [(part: Part.ID, quantity: Int, note: String?)],
    _ command: Command<Stocktake>
  ) async throws -> Answer {
    try await act(reference, .count, command) { take, _ in
      try take.count(
        found, signature: PriceList.Signature(command.caller, at: command.at), by: command.caller.subject)
    }
  }

  package func approve(
    _ reference: Reference<Stocktake>, note: String?, _ command: Command<Stocktake>
  ) async throws -> Answer {
    try await act(reference, .approve, reason: note, command) { take, _ in
      try take.approve(
        PriceList.Signature(command.caller, at: command.at), reason: note, by: command.caller.subject)
    }
  }

  /// Books the differences; the parts move again.
  /// - Throws: `insufficient-stock` when less was found than is reserved: reservations must be released first.
  package func post(
    _ reference: Reference<Stocktake>, note: String?, _ command: Command<Stocktake>
  ) async throws -> Answer {
    try await act(reference, .post, reason: note, command) { take, tx in
      let row = try take.post(at: command.at, by: command.caller.subject)
      let source = StockMovement.Source(resource: .stocktake, id: take.id.uuid, number: take.number)
      stock.move(
        take.differences.map { difference in
          StockMovement.Draft(
            locationID: take.locationID, partID: difference.part, kind: difference.kind, quantity: difference.quantity,
            source: source, reason: take.approvalReason)
        }, command, in: tx)
      return row
    }
  }

  package func cancel(
    _ reference: Reference<Stocktake>, reason: String, _ command: Command<Stocktake>
  ) async throws -> Answer {
    try await act(reference, .cancel, reason: reason, command) { take, _ in
      try take.cancel(reason, by: command.caller.subject)
    }
  }

  private func requireParts(_ parts: [Part.ID], in tx: Transaction) async throws {
    if Set(parts).count != parts.count {
      throw Refusal.invalid("#/partIds", .notUnique, "must name each part once")
    }
    if !parts.isEmpty { _ = try await tx.partNumbers(parts) { "#/partIds/\($0)" } }
  }
}
