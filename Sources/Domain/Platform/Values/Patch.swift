/// One member of a merge patch (RFC 7396, C-17): absent means leave alone, and absent is not null.
///
/// A member that may be cleared is a `Patch<T?>` (`.set(nil)` clears it), one that may not is a `Patch<T>`.
package enum Patch<Value: Sendable>: Sendable {
  case keep
  case set(Value)

  /// The value after the patch.
  package func applied(to current: Value) -> Value {
    switch self {
    case .keep: current
    case .set(let value): value
    }
  }

  /// Whether the patch names this member at all.
  package var isSet: Bool {
    switch self {
    case .keep: false
    case .set: true
    }
  }

  package func map<Other: Sendable>(_ transform: (Value) throws -> Other) rethrows -> Patch<Other> {
    switch self {
    case .keep: .keep
    case .set(let value): .set(try transform(value))
    }
  }
}

extension Patch: Equatable where Value: Equatable {}
extension Patch: Hashable where Value: Hashable {}
