package import Domain
package import Repositories

/// Warehouses and stores (PRT-16).
package struct StockLocationService: RecordService {
  package typealias Document = StockLocation
  package typealias Filter = StockLocationFilter
  package typealias Store = StockLocationRepository

  package static let reading = Permission.warehousesRead
  package static let writing = Permission.warehousesWrite
  package let work: UnitOfWork

  package init(_ work: UnitOfWork) { self.work = work }

  package static func natural(_ draft: StockLocationDraft) -> NaturalKey? { NaturalKey("code", draft.code) }

  package static func station(
    of draft: StockLocationDraft, for caller: Caller
  ) throws(Refusal) -> Station.ID? { draft.place.stationID }

  package func make<Output>(
    _ draft: StockLocationDraft, _ command: Command<Output>, in tx: Transaction
  ) async throws -> StockLocation {
    try draft.validate()
    return StockLocation(
      id: .new(at: command.at), code: draft.code, place: draft.place, name: draft.name, closed: draft.closed,
      externalIDs: draft.externalIDs, version: 1, stamp: RecordStamp(by: command.caller, at: command.at))
  }

  package func admit<Output>(
    _ location: StockLocation, over before: StockLocation?, _ command: Command<Output>, in tx: Transaction
  ) async throws {
    if let station = location.stationID, !command.caller.scope.covers(station) {
      throw Refusal.invalid("#/stationId", .notFound, "there is no such station")
    }
    if location.stationID == nil, !command.caller.scope.covers(nil) { throw Refusal.forbidden(.warehousesWrite) }
  }
}
