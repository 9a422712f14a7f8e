package import Domain
import HTTPTypes

/// Where the edge records to whom it shows personal data; it returns when that is safe. An answer whose record fails is
/// never sent (SEC-04).
package struct DisclosureRecord: Sendable {
  package let write: @Sendable (_ shown: ShownPersonalData) async throws -> Void

  package init(_ write: @escaping @Sendable (_ shown: ShownPersonalData) async throws -> Void) { self.write = write }

  /// What a request needs to keep its record: nothing for callers who see masks only.
  static func log(
    of caller: Caller?, requestID: String, operation: Operation, purpose: String?, at now: Timestamp
  ) -> DisclosureLog? {
    guard let caller, caller.may(.customersReadPersonal) else { return nil }
    return DisclosureLog(of: caller, requestID: requestID, operation: operation.name, purpose: purpose, at: now)
  }

  /// Records what no transaction of the request has recorded yet.
  func settle(_ log: DisclosureLog?) async throws {
    guard let log, let shown = log.unrecorded else { return }
    try await write(shown)
    log.settle(shown)
  }

  /// What the caller says that he needs personal data for: 1 to 200 printable ASCII characters.
  static func purpose(_ fields: HTTPFields) throws(Problem) -> String? {
    guard let name = HTTPField.Name("access-purpose"), let text = fields[name] else { return nil }
    guard (1...200).contains(text.utf8.count), text.utf8.allSatisfy({ (0x20...0x7e).contains($0) }) else {
      throw Problem(.malformedRequest, "Access-Purpose must be 1 to 200 printable ASCII characters.")
    }
    return text
  }
}
