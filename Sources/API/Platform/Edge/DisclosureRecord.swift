package import Domain
import HTTPTypes

/// Where the edge records to whom it shows personal data; it returns when that is safe. An answer whose record fails is
/// never sent (SEC-04).
package struct DisclosureRecord: Sendable {
  package let write: @Sendable (_ reads: [PersonalDataRead]) async throws -> Void

  package init(_ write: @escaping @Sendable (_ reads: [PersonalDataRead]) async throws -> Void) { self.write = write }

  /// What a request needs to keep its record: nothing for callers who see masks only.
  static func log(of caller: Caller?) -> DisclosureLog? {
    guard let caller, caller.may(.customersReadPersonal) else { return nil }
    return DisclosureLog()
  }

  func settle(_ log: DisclosureLog?, _ call: Call, purpose: String?, at now: Timestamp) async throws {
    guard let holders = log?.holders, !holders.isEmpty else { return }
    try await write(
      holders.map { holder in
        PersonalDataRead(
          of: holder, by: call.caller, requestID: call.requestID, operation: call.operation.name, purpose: purpose,
          at: now)
      })
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
