import Domain
package import Repositories

/// Seals under the present key what is in clear, under another one or not bound to its row, while the product serves (SEC-04; quality S12): in short
/// transactions, row by row as it stands, so that it can be stopped and run again at any time. Documents keep their versions and
/// their past.
package struct ColumnSealingService: Sendable {
  package struct Progress: Hashable, Sendable {
    package let table: String
    /// Rows that were looked at, past ones among them.
    package internal(set) var seen = 0
    package internal(set) var sealed = 0

    init(_ table: String) { self.table = table }
  }

  /// What stands where erasure took a number away: nobody's, and its row is left alone.
  private static let nobody = "00000"
  private let database: Database
  private let keys: ColumnKeys

  package init(_ database: Database, keys: ColumnKeys) {
    self.database = database
    self.keys = keys
  }

  /// Walks over every table with sealed columns once.
  /// - Parameters:
  ///   - batch: rows a transaction.
  ///   - told: after each table.
  package func run(batch: Int = 500, _ told: (Progress) -> Void = { _ in }) async throws -> [Progress] {
    var all: [Progress] = []
    for table in try await database.read(.system, SealedColumnRepository.tables) {
      var progress = Progress(table.name)
      for isPast in [false, true] {
        var place = SealedColumnRepository.Place.start
        while let last = try await step(table, isPast, place, batch, &progress) { place = last }
      }
      told(progress)
      all.append(progress)
    }
    return all
  }

  private func step(
    _ table: SealedColumnRepository.Table, _ isPast: Bool, _ place: SealedColumnRepository.Place, _ batch: Int,
    _ progress: inout Progress
  ) async throws -> SealedColumnRepository.Place? {
    let (rows, sealed) = try await database.write(.system) { tx in
      let rows = try await tx.run(
        SealedColumnRepository.page(of: table, isPast: isPast, after: place, limit: batch))
      var anew: [SealedColumnRepository.Kept] = []
      for row in rows {
        let texts = try zip(table.columns, row.texts).map { column, text in
          try text.flatMap { try renewed($0, at: SealedPlace(table.name, column, row.place.id.canonical)) }
        }
        if texts.contains(where: { $0 != nil }) { anew.append(.init(place: row.place, texts: texts)) }
      }
      if !anew.isEmpty { _ = try await tx.run(SealedColumnRepository.store(anew, in: table, isPast: isPast)) }
      return (rows, anew.count)
    }
    progress.seen += rows.count
    progress.sealed += sealed
    return rows.count == batch ? rows.last?.place : nil
  }

  /// `nil`: it stays.
  private func renewed(_ text: String, at place: SealedPlace) throws -> String? {
    if text == Self.nobody || keys.isCurrent(text) { return nil }
    return keys.sealed(try keys.opened(text, at: place), at: place)
  }
}
