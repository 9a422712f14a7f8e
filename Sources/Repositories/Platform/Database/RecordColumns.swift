import Domain
import FoundationEssentials
import Postgres

/// The columns that every table of documents ends with (external identities, version, stamp), in one order.
enum RecordColumns {
  static let names: SQL =
    "external_ids, version, created_at, created_by, created_by_id, updated_at, updated_by, updated_by_id"

  static func selected(from alias: StaticString) -> SQL {
    """
    \(unescaped: alias).external_ids, \(unescaped: alias).version, \(unescaped: alias).created_at,
    \(unescaped: alias).created_by, \(unescaped: alias).created_by_id, \(unescaped: alias).updated_at,
    \(unescaped: alias).updated_by, \(unescaped: alias).updated_by_id
    """
  }

  static func values(_ externalIDs: [String: String], _ version: Int, _ stamp: RecordStamp) -> SQL {
    """
    \(json(externalIDs)), \(version), \(stamp.createdAt), \(stamp.createdBy.name), \(stamp.createdBy.id),
    \(stamp.updatedAt), \(stamp.updatedBy.name), \(stamp.updatedBy.id)
    """
  }

  /// For `update … set`: what a change touches.
  static func assignments(_ externalIDs: [String: String], _ version: Int, _ stamp: RecordStamp) -> SQL {
    """
    external_ids = \(json(externalIDs)), version = \(version), updated_at = \(stamp.updatedAt),
    updated_by = \(stamp.updatedBy.name), updated_by_id = \(stamp.updatedBy.id)
    """
  }

  private static func json(_ externalIDs: [String: String]) -> JSONB {
    EventJSON.encode(externalIDs)
  }
}

/// The tail of a row that `RecordColumns.names` reads.
struct RecordTail {
  let externalIDs: [String: String]
  let version: Int
  let stamp: RecordStamp
}

extension Row {
  mutating func nextRecordTail() throws -> RecordTail {
    let externalIDs = EventJSON.texts(try next(JSONB.self).bytes)
    let version = try next(Int.self)
    return RecordTail(externalIDs: externalIDs, version: version, stamp: try nextStamp())
  }
}

/// Patterns for `like`, with what the caller wrote taken literally.
enum LikePattern {
  static func prefix(_ text: String) -> String {
    var pattern = ""
    for character in text {
      if character == "\\" || character == "%" || character == "_" { pattern.append("\\") }
      pattern.append(character)
    }
    return pattern + "%"
  }
}
