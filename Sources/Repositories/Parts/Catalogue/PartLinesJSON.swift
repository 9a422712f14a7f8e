import Domain
import FoundationEssentials

/// Lines of documents that are kept as one JSON value, or read as one.
enum PartLinesJSON {
  static func objects(_ bytes: [UInt8]) -> [[String: EventValue]] {
    guard case .list(let items) = EventJSON.value(bytes) else { return [] }
    return items.compactMap { if case .object(let members) = $0 { members } else { nil } }
  }
}

extension [String: EventValue] {
  func identifier<Of>(_ name: String) -> Identifier<Of>? {
    text(name).flatMap(UUID.init(canonical:)).map(Identifier.init)
  }

  /// Amounts stand in minor units.
  func money(_ name: String, _ currency: Currency) -> Money? {
    integer(name).map { Money(minor: $0, currency: currency) }
  }

  func moment(_ name: String) -> Timestamp? { integer(name).map { Timestamp(milliseconds: $0) } }
}
