package import Domain

/// What one method on one path demands and does, beside its handler. `aftersales routes`, the permission matrix and the
/// contract tests read the same values that the dispatcher obeys.
package struct Operation: Hashable, Sendable {
  package enum Method: String, Hashable, Sendable, CaseIterable {
    case get = "GET"
    case post = "POST"
    case put = "PUT"
    case patch = "PATCH"
    case delete = "DELETE"
  }

  package enum Access: Hashable, Sendable {
    case permission(Permission)
    /// Every authenticated caller, because it concerns only himself; the reason is part of the matrix.
    case own(String)
    /// Nobody needs to authenticate; the reason is part of the matrix.
    case open(String)
  }

  package enum Body: Hashable, Sendable {
    case none
    /// `application/json`, an object.
    case json
    /// The same, and nothing at all counts as `{}`.
    case optionalJSON
    /// `application/merge-patch+json` (C-17).
    case mergePatch
    /// `application/x-www-form-urlencoded` (the OAuth endpoints).
    case form
    /// Bytes of one of these media types; the handler reads them.
    case bytes([String])
    /// The same, handed to the handler while they come: memory does not grow with the body, and it may take as long as it
    /// brings so many bytes a second.
    case stream([String], bytesPerSecond: Int)

    /// Lower case, without parameters; empty if the operation reads no body.
    package var mediaTypes: [String] {
      switch self {
      case .none: []
      case .json, .optionalJSON: ["application/json"]
      case .mergePatch: [MediaType.mergePatch]
      case .form: [MediaType.form]
      case .bytes(let types), .stream(let types, _): types
      }
    }
  }

  /// `Idempotency-Key` (C-19).
  package enum Idempotency: Hashable, Sendable {
    case required
    case optional
    case ignored
  }

  /// `If-Match` (C-16).
  package enum PreconditionRule: Hashable, Sendable {
    case required
    case optional
    case none
  }

  /// What may be shed first when there is too much work (quality.md R14 speaks of settlement before list).
  package enum Criticality: Int, Comparable, Hashable, Sendable, CaseIterable {
    case list
    case read
    case write
    /// Never shed: health and metrics.
    case vital

    package static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
  }

  package let method: Method
  /// `/v1/regions/{id}`
  package let template: String
  /// `id`, in the order of the template.
  let parameterNames: [String]
  package let access: Access
  package let body: Body
  package let idempotency: Idempotency
  package let precondition: PreconditionRule
  /// Status of the success that openapi.yaml documents.
  package let status: Int
  /// Further statuses of success: 206 of a range, 201 of an upsert that creates.
  package let alternatives: [Int]
  package let criticality: Criticality
  /// Name of the rate limit policy; `nil`: not limited (C-27).
  package let quota: String?
  /// Media types of success, without parameters.
  package let produces: [String]
  /// Whether `asOf` asks it for the state of an instant (domain.md section 3).
  package let readsPast: Bool
  /// Whether an answer may be waited for: such requests are counted beside those that work (`OverloadGuard.Limits.streams`).
  package let isPatient: Bool
  /// Bytes; a larger body is 413.
  package let maximumBody: Int

  /// `GET /v1/regions/{id}`, the line of `aftersales routes`.
  package var name: String { "\(method.rawValue) \(template)" }

  package var permission: Permission? {
    switch access {
    case .permission(let permission): permission
    case .own, .open: nil
    }
  }

  package var isPublic: Bool {
    switch access {
    case .open: true
    case .permission, .own: false
    }
  }

  package init(
    _ method: Method, _ template: String, _ access: Access, body: Body = .none, idempotency: Idempotency = .ignored,
    precondition: PreconditionRule = .none, status: Int = 200, alternatives: [Int] = [],
    criticality: Criticality? = nil, quota: String? = "default", produces: [String] = ["application/json"],
    readsPast: Bool? = nil, isPatient: Bool = false, maximumBody: Int = 1 << 20
  ) {
    self.method = method
    self.template = template
    parameterNames = template.split(separator: "/").filter { $0.hasPrefix("{") }.map {
      String($0.dropFirst().dropLast())
    }
    self.access = access
    self.body = body
    self.idempotency = idempotency
    self.precondition = precondition
    self.status = status
    self.alternatives = alternatives
    self.criticality = criticality ?? (method != .get ? .write : template.hasSuffix("}") ? .read : .list)
    self.quota = quota
    self.produces = produces
    self.readsPast = readsPast ?? Self.readsPast(method, template, access)
    self.isPatient = isPatient
    self.maximumBody = maximumBody
  }

  /// Every read of documents. What a caller may do (`…/actions`), what is free (`…/slots`) and who should go
  /// (`…/dispatch-proposal`) are questions about now, and so is what the product says about itself; the bytes of a file
  /// (`…/content`) never change.
  private static func readsPast(_ method: Method, _ template: String, _ access: Access) -> Bool {
    let aboutNow = ["/actions", "/slots", "/dispatch-proposal", "/content"]
    guard method == .get, template.hasPrefix("/v1/"), !aboutNow.contains(where: template.hasSuffix) else {
      return false
    }
    return switch access {
    case .permission(let permission): permission != .metaRead
    case .own, .open: false
    }
  }
}
