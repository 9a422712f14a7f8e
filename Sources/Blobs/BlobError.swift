#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Why a store could not do what it was asked.
package enum BlobError: Error, Hashable, Sendable {
  /// There is no room for the bytes.
  case full
  /// The store cannot be reached, read or written. The reason is for the log.
  case unavailable(String)
  /// The store does not hold the blob.
  case missing(BlobDigest)

  static func system(_ code: Int32, _ step: String) -> BlobError {
    switch code {
    case ENOSPC, EDQUOT, EFBIG: .full
    default: .unavailable("\(step): errno \(code)")
    }
  }
}
