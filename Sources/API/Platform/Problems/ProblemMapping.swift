import Domain

extension Problem {
  /// What a client is told about an error (C-07, C-35). Nothing of an unknown error reaches him.
  package init(_ error: any Error, catalogue: ProblemCatalogue) {
    switch error {
    case let problem as Problem: self = problem
    case let refusal as Refusal: self.init(refusal, catalogue)
    case let failure as any ServiceFailure: self.init(failure.failure)
    case is CancellationError: self.init(.unavailable)
    default: self.init(.internal(reference: ""))
    }
  }

  init(_ failure: Failure) {
    switch failure {
    case .busy: self.init(.busy, headers: [.retryAfter(1)])
    case .unavailable: self.init(.unavailable, headers: [.retryAfter(2)])
    case .outcomeUnknown: self.init(.outcomeUnknown, headers: [.retryAfter(1)])
    case .overloaded(let seconds): self.init(.overloaded, headers: [.retryAfter(seconds)])
    case .storageFull: self.init(ProblemType.storageFull)
    case .internal: self.init(.internalError)
    }
  }

  init(_ refusal: Refusal, _ catalogue: ProblemCatalogue) {
    switch refusal {
    case .invalid(let violations):
      self.init(
        .validationFailed,
        violations.count == 1 ? "One value is not accepted." : "\(violations.count) values are not accepted.",
        ["errors": .violations(violations, place: .pointer)])
    case .notFound:
      self.init(.notFound)
    case .forbidden(let permission):
      self.init(
        .forbidden, "The permission \(permission.rawValue) is needed.", ["required": .text(permission.rawValue)],
        headers: [
          Answer.Header(
            "www-authenticate",
            "Bearer realm=\"after-sales\", error=\"insufficient_scope\", scope=\"\(permission.rawValue)\"")
        ])
    case .separationOfDuties(let rule, let detail):
      self.init(.separationOfDuties, detail, ["rule": .text(rule)])
    case .versionMismatch(let current):
      self.init(
        .versionMismatch, "The current version is \(current).", ["currentVersion": .number(current)],
        headers: [Answer.Header("etag", EntityTag.text(current))])
    case .transition(let action, let from, let to, let allowed):
      self.init(
        .invalidTransition, "The action '\(action)' is not possible in the state '\(from)'.",
        ["action": .text(action), "allowed": .texts(allowed), "from": .text(from), "to": .optionalText(to)])
    case .guardFailed(let action, let code, let detail):
      self.init(.guardFailed, detail, ["action": .text(action), "guard": .text(code)])
    case .alreadyExists(let field, let existing):
      self.init(
        .alreadyExists, "The value of '\(field)' is taken.",
        ["existingId": .optionalText(existing), "field": .text(field)])
    case .inUse(let user):
      self.init(.inUse, "It is used by: \(user).", ["usedBy": .text(user)])
    case .conflict(let code, let detail):
      let members = Dictionary(
        detail.members.map { ($0.name.rawValue, Member.value($0.value)) }, uniquingKeysWith: { first, _ in first })
      if let known = catalogue[code] {
        self.init(known, detail.text, members)
      } else {
        self.init(.conflict, detail.text, members, typeURI: "/problems/\(code)")
      }
    case .legalHold(let holds):
      self.init(
        .legalHold,
        holds.isEmpty
          ? "Open documents that you do not see need the personal data."
          : "Open documents need the personal data: \(holds.map(\.number).joined(separator: ", ")).",
        ["documents": .texts(holds.map(\.number))])
    case .idempotencyInProgress:
      self.init(.idempotencyInProgress, headers: [.retryAfter(1)])
    case .idempotencyKeyReused:
      self.init(.idempotencyKeyReused)
    }
  }
}

/// The platform's problem types with those that families registered beside their routes.
package struct ProblemCatalogue: Sendable {
  package private(set) var types: [ProblemType]
  private var byName: [String: ProblemType]

  package init(_ types: [ProblemType] = ProblemType.platform) {
    self.types = types
    byName = Dictionary(types.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
  }

  package subscript(name: String) -> ProblemType? { byName[name] }

  /// - Precondition: the name is new.
  package mutating func register(_ type: ProblemType) {
    precondition(byName.updateValue(type, forKey: type.name) == nil, "the problem \(type.name) is registered twice")
    types.append(type)
  }
}

extension Answer.Header {
  static func retryAfter(_ seconds: Int) -> Answer.Header { Answer.Header("retry-after", "\(seconds)") }
}
