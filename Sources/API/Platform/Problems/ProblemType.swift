/// One kind of problem: what `type`, `title` and `status` of RFC 9457 say about it. The table below is the only place
/// where they stand; `GET /problems/{name}` serves it (C-08).
package struct ProblemType: Hashable, Sendable {
  /// Kebab-case; never changes once published.
  package let name: String
  package let title: String
  package let status: Int
  /// What a developer of a client needs to know.
  package let explanation: String
  /// The members that a problem of this type may have beside the fixed ones, by their names in openapi.yaml.
  package let members: [String]

  package init(_ name: String, _ status: Int, _ title: String, _ explanation: String, members: [String] = []) {
    self.name = name
    self.title = title
    self.status = status
    self.explanation = explanation
    self.members = members
  }

  /// The value of the member `type`. A quota has a registered name of its own (IANA HTTP problem types).
  package var uri: String {
    self == .quotaExceeded
      ? "https://iana.org/assignments/http-problem-types#quota-exceeded" : "/problems/\(name)"
  }
}

extension ProblemType {
  package static let malformedRequest = ProblemType(
    "malformed-request", 400, "Request cannot be read",
    "The body is not JSON of the kind that is accepted here, or a header has the wrong form.", members: ["offset"])
  package static let invalidParameter = ProblemType(
    "invalid-parameter", 400, "Query parameter not accepted",
    "A query parameter is unknown, repeated or has a wrong value. `errors` names each with `parameter`.",
    members: ["errors"])
  package static let invalidCursor = ProblemType(
    "invalid-cursor", 400, "Cursor not accepted",
    "The cursor was changed, or it belongs to another list, filter or order. Start again without it.",
    members: ["errors"])
  package static let idempotencyKeyRequired = ProblemType(
    "idempotency-key-required", 400, "Idempotency key missing",
    "The operation needs an Idempotency-Key header, so that a repetition cannot take effect twice.")
  package static let unauthenticated = ProblemType(
    "unauthenticated", 401, "Authentication needed",
    "There is no bearer token, or it is not valid, expired or revoked.")
  package static let forbidden = ProblemType(
    "forbidden", 403, "Permission missing",
    "The caller's roles do not include the permission that `required` names.", members: ["required"])
  package static let separationOfDuties = ProblemType(
    "separation-of-duties", 403, "Another person must do this",
    "The same person may not take both steps. `rule` names the rule.", members: ["rule"])
  package static let notFound = ProblemType(
    "not-found", 404, "Not found", "There is nothing here that the caller could see.")
  package static let methodNotAllowed = ProblemType(
    "method-not-allowed", 405, "Method not allowed",
    "The resource does not know this method; `Allow` lists its methods.")
  package static let notAcceptable = ProblemType(
    "not-acceptable", 406, "Not acceptable", "The Accept header excludes every media type that is available.",
    members: ["available"])
  package static let requestTimeout = ProblemType(
    "request-timeout", 408, "Request took too long to arrive", "Headers or body did not arrive in time.")
  package static let alreadyExists = ProblemType(
    "already-exists", 409, "Already exists",
    "The value of `field` is taken. `existingId` names the holder if the caller may see it.",
    members: ["existingId", "field"])
  package static let conflict = ProblemType(
    "conflict", 409, "Conflict", "The request conflicts with the state of another document.")
  package static let guardFailed = ProblemType(
    "guard-failed", 409, "Condition not met",
    "The state allows the action, but a condition does not hold. `guard` names it.", members: ["action", "guard"])
  package static let idempotencyInProgress = ProblemType(
    "idempotency-in-progress", 409, "Same request in progress",
    "A request with this idempotency key is being worked on. Repeat it after `Retry-After`.")
  package static let inUse = ProblemType(
    "in-use", 409, "In use", "The document is referenced by others; `usedBy` names their kind.", members: ["usedBy"])
  package static let invalidTransition = ProblemType(
    "invalid-transition", 409, "Transition not allowed",
    "The state of the document does not allow the action. `allowed` lists what it allows.",
    members: ["action", "allowed", "from", "to"])
  package static let legalHold = ProblemType(
    "legal-hold", 409, "Personal data still needed",
    "Documents that are still open need the personal data; `documents` lists their numbers. Close them first.",
    members: ["documents"])
  package static let versionMismatch = ProblemType(
    "version-mismatch", 412, "Version has changed",
    "If-Match names another version than the current one, which `ETag` gives. Read again, then repeat.",
    members: ["currentVersion"])
  package static let contentTooLarge = ProblemType(
    "content-too-large", 413, "Body too large", "The body is larger than `maximumBytes`.", members: ["maximumBytes"])
  package static let uriTooLong = ProblemType(
    "uri-too-long", 414, "URL too long", "The URL is longer than `maximumBytes`.", members: ["maximumBytes"])
  package static let unsupportedMediaType = ProblemType(
    "unsupported-media-type", 415, "Media type not supported",
    "The Content-Type is not one that the operation reads; `Accept` or `Accept-Patch` names them.",
    members: ["supported"])
  package static let validationFailed = ProblemType(
    "validation-failed", 422, "Validation failed",
    "The body is readable but wrong. `errors` lists every fault with its place (`pointer`) and `code`.",
    members: ["errors"])
  package static let idempotencyKeyReused = ProblemType(
    "idempotency-key-reused", 422, "Idempotency key used before",
    "The key was used with another body. A new request needs a new key.")
  package static let preconditionRequired = ProblemType(
    "precondition-required", 428, "If-Match needed",
    "Changes need an If-Match header with the ETag of the version they were made from.")
  package static let quotaExceeded = ProblemType(
    "quota-exceeded", 429, "Quota exceeded", "Too many requests. Repeat after `Retry-After`.",
    members: ["violated-policies"])
  package static let headersTooLarge = ProblemType(
    "headers-too-large", 431, "Header fields too large", "The header fields are larger than accepted.")
  package static let internalError = ProblemType(
    "internal-error", 500, "Internal error", "A fault of the product. `requestId` finds it in the log.")
  package static let busy = ProblemType(
    "busy", 503, "Busy", "Other work was in the way. Repeat after `Retry-After`, with the same idempotency key.")
  package static let outcomeUnknown = ProblemType(
    "outcome-unknown", 503, "Outcome unknown",
    "Whether the change took effect is not known. Repeat it with the same idempotency key to find out.")
  package static let overloaded = ProblemType(
    "overloaded", 503, "Overloaded", "More requests than can be served in time. Repeat after `Retry-After`.")
  package static let unavailable = ProblemType(
    "unavailable", 503, "Unavailable", "The product cannot work at the moment. Repeat after `Retry-After`.")
  package static let storageFull = ProblemType(
    "storage-full", 507, "No room for the file", "The store has no room. Nothing was kept.")
  package static let rangeNotSatisfiable = ProblemType(
    "range-not-satisfiable", 416, "Range not in the file", "`Content-Range` says how long the file is.",
    members: ["size"])

  /// Every type of the platform. Conflicts of single families are registered with their routes.
  package static let platform: [ProblemType] = [
    malformedRequest, invalidParameter, invalidCursor, idempotencyKeyRequired, unauthenticated, forbidden,
    separationOfDuties, notFound, methodNotAllowed, notAcceptable, requestTimeout, alreadyExists, conflict, guardFailed,
    idempotencyInProgress, inUse, invalidTransition, legalHold, versionMismatch, contentTooLarge, uriTooLong,
    unsupportedMediaType, validationFailed, idempotencyKeyReused, preconditionRequired, quotaExceeded, headersTooLarge,
    internalError, busy, outcomeUnknown, overloaded, unavailable, storageFull, rangeNotSatisfiable,
  ]
}
