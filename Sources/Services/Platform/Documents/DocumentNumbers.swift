import Domain
import Repositories

extension Transaction {
  /// The next number of the kind in the year of the instant, of the station or, without one, of headquarters; `nil`: there is no
  /// such station.
  func nextNumber(
    _ kind: DocumentNumber.Kind, at station: Station.ID?, on instant: Timestamp
  ) async throws -> String? {
    guard let station else { return try await run(DocumentNumberRepository.nextOfHeadquarters(kind, at: instant)) }
    return try await run(DocumentNumberRepository.next(kind, station: station, at: instant))
  }

  /// The same for a station that a body names.
  /// - Throws: `Refusal.invalid` at `#/stationId` when there is none.
  func number(
    _ kind: DocumentNumber.Kind, at station: Station.ID?, on instant: Timestamp
  ) async throws -> String {
    guard let number = try await nextNumber(kind, at: station, on: instant) else {
      throw Refusal.invalid("#/stationId", .notFound, "there is no such station")
    }
    return number
  }
}
