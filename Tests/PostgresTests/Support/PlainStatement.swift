import CLibPQ

/// A statement sent by libpq alone, to show what it says without this module.
///
/// `@unchecked Sendable`: made by one test and used by its one task at a time.
final class PlainStatement: @unchecked Sendable {
  private let handle: OpaquePointer?

  init(_ dsn: String, _ text: String) {
    handle = PQconnectdb(dsn)
    _ = PQsetNoticeReceiver(handle, { _, _ in }, nil)
    _ = PQsendQuery(handle, text)
  }

  deinit { PQfinish(handle) }

  /// Cancels the statement; returns what libpq reports as its outcome.
  func cancelAndFinish() -> String {
    let cancel = PQgetCancel(handle)
    var message = [CChar](repeating: 0, count: 256)
    _ = PQcancel(cancel, &message, 256)
    PQfreeCancel(cancel)
    let result = PQgetResult(handle)
    defer { PQclear(result) }
    return PQcmdStatus(result).map { String(cString: $0) } ?? ""
  }
}
