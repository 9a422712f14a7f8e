/// A merge patch of the identities that other systems gave a document (C-17): one that is named is set or goes, the others stay. So
/// no system has to know those of the others to say its own.
package struct ExternalIDsPatch: Hashable, Sendable {
  /// Of one document.
  package static let maximum = 20
  package static let keep = ExternalIDsPatch([:])

  package static let excess = Violation(
    pointer: "#/externalIds", code: .tooLong, detail: "must have at most \(maximum) entries",
    limits: ["max": "\(maximum)"])

  /// `nil`: the identity goes.
  private let changes: [String: String?]

  package init(_ changes: [String: String?]) { self.changes = changes }

  /// - Throws: `Refusal.invalid` when the document would have more than `maximum`.
  package func applied(to current: [String: String]) throws(Refusal) -> [String: String] {
    var merged = current
    for (system, identity) in changes { merged[system] = identity }
    guard merged.count <= Self.maximum || merged.count <= current.count else {
      throw .invalid([Self.excess])
    }
    return merged
  }

  package func merge(into current: inout [String: String]) throws(Refusal) { current = try applied(to: current) }
}
