/// Why the product could not do what it was asked, through no fault of the request (C-35). Repositories and services throw
/// it; the edge answers 503 or 500 and says nothing else about it.
package enum Failure: Error, Hashable, Sendable {
  /// The database kept refusing to serialise the write, or a lock could not be had: worth repeating at once.
  case busy
  /// The database cannot be reached, or is not the writable one at the moment.
  case unavailable
  /// The commit was sent but its fate is not known: a repetition with the same idempotency key finds out.
  case outcomeUnknown
  /// More work than the product takes on now; the seconds after which a repetition has a chance.
  case overloaded(retryAfter: Int)
  /// There is no room for the bytes that came.
  case storageFull
  /// A bug of ours. The reference is for the log, never for the client.
  case `internal`(reference: String)
}

/// An error of a lower layer that knows which failure it is to the outside; the edge maps by it without seeing the layer.
package protocol ServiceFailure: Error {
  var failure: Failure { get }
}

extension Failure: ServiceFailure {
  package var failure: Failure { self }
}
