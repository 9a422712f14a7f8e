import Domain
import Repositories

/// What the services of plain records share.
enum RecordWriting {
  /// The check of an update behind a lock: no row would mean that somebody was faster after all.
  static func changed(from version: Int) -> @Sendable (Int) throws -> Void {
    { affected in
      if affected == 0 { throw Refusal.versionMismatch(current: version + 1) }
    }
  }

  /// Runs a write that may meet a unique value which is taken, and names who has it if this caller may see him (C-15).
  /// The constraint decides; the look-up comes after it.
  static func namingExisting(
    _ existing: () async throws -> String?, _ write: () async throws -> Answer
  ) async throws -> Answer {
    do {
      return try await write()
    } catch let refusal as Refusal {
      guard case .alreadyExists(let field, nil) = refusal else { throw refusal }
      throw Refusal.alreadyExists(field: field, existingID: try await existing())
    }
  }
}

extension Command {
  /// The version check of a change: 404 comes before it, 422 and 409 behind it (C-07).
  func requireVersion(_ version: Int) throws(Refusal) {
    try precondition?.require(version)
  }
}
