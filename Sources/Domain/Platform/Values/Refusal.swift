/// Why the product does not do what was asked. The edge turns each case into one problem type (RFC 9457); nothing in it
/// names SQL, a type or a host.
package enum Refusal: Error, Hashable, Sendable {
  /// The body was readable but wrong: every violation at once (C-09).
  case invalid([Violation])
  /// Not there, or not visible to this caller; the two are the same on purpose.
  case notFound
  /// The caller's roles lack the permission.
  case forbidden(Permission)
  /// The same person may not do both steps (SEC-10).
  case separationOfDuties(rule: String, detail: String)
  /// `If-Match` named another version than the current one.
  case versionMismatch(current: Int)
  /// The document's state does not allow the action (SM-x).
  case transition(action: String, from: String, to: String?, allowed: [String])
  /// The state allows the action but one of its guards does not hold.
  case guardFailed(action: String, guardCode: String, detail: String)
  /// A unique value is taken.
  case alreadyExists(field: String, existingID: String?)
  /// Still referenced, so it cannot go.
  case inUse(by: String)
  /// A conflict with the state of another document, with a stable code (kebab-case, becomes the problem type). Made by
  /// `conflict(code:detail:_:)` with the members that a client needs to act.
  case conflict(code: String, detail: ConflictDetail)
  /// Personal data that documents still need: their numbers.
  case legalHold([LegalHold])
  /// The same idempotency key is being worked on (C-19).
  case idempotencyInProgress
  /// The idempotency key was used with another body (C-19).
  case idempotencyKeyReused

  package static func invalid(_ pointer: String, _ code: Violation.Code, _ detail: String) -> Refusal {
    .invalid([Violation(pointer: pointer, code: code, detail: detail)])
  }
}

/// One thing that is wrong with a request.
package struct Violation: Hashable, Sendable {
  /// The closed list of C-09; openapi.yaml repeats it.
  package enum Code: String, Hashable, Sendable, CaseIterable {
    case required, unknownField, wrongType, invalidFormat, tooShort, tooLong, outOfRange, notInSet, notFound
    case notUnique, inconsistent, readOnly
  }

  /// JSON pointer with a leading `#` (RFC 6901 §6), or the bare name of a query parameter.
  package let pointer: String
  package let code: Code
  package let detail: String
  /// Limits that `detail` mentions, as members (`min`, `max`, `allowed`).
  package let limits: [String: String]

  package init(pointer: String, code: Code, detail: String, limits: [String: String] = [:]) {
    self.pointer = pointer
    self.code = code
    self.detail = detail
    self.limits = limits
  }
}

extension Refusal {
  /// The same refusal with its pointers moved under `prefix` (`#/lines/3`).
  package func within(_ prefix: String) -> Refusal {
    guard case .invalid(let violations) = self else { return self }
    return .invalid(
      violations.map {
        Violation(pointer: prefix + $0.pointer.dropFirst(), code: $0.code, detail: $0.detail, limits: $0.limits)
      })
  }
}
