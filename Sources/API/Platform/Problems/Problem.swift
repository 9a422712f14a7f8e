package import Domain

/// One problem as it is told to a client (RFC 9457, C-08). Thrown by the edge itself, made from every other error.
package struct Problem: Error, Hashable, Sendable {
  /// A member of its own beside the fixed ones. Every variable in `detail` is also one of these.
  package enum Member: Hashable, Sendable {
    case text(String)
    case optionalText(String?)
    case texts([String])
    case number(Int)
    case value(EventValue)
    case violations([Violation], place: Place)
  }

  /// What a violation points at: a place in the body, or a query parameter.
  package enum Place: String, Hashable, Sendable {
    case pointer
    case parameter
  }

  package let type: ProblemType
  /// Differs from the table's only for conflicts that no family registered.
  package let typeURI: String
  /// May change; `nil` for 5xx.
  package let detail: String?
  package let members: [String: Member]
  package var headers: [Answer.Header]

  package init(
    _ type: ProblemType, _ detail: String? = nil, _ members: [String: Member] = [:], headers: [Answer.Header] = [],
    typeURI: String? = nil
  ) {
    self.type = type
    self.typeURI = typeURI ?? type.uri
    self.detail = type.status < 500 ? detail : nil
    self.members = members
    self.headers = headers
  }

  package var status: Int { type.status }

  /// 400 for one query parameter.
  package static func parameter(
    _ name: String, _ code: Violation.Code, _ detail: String, limits: [String: String] = [:]
  ) -> Problem {
    let violation = Violation(pointer: name, code: code, detail: detail, limits: limits)
    return Problem(
      .invalidParameter, "The query parameter '\(name)' \(detail).",
      ["errors": .violations([violation], place: .parameter)])
  }

  /// - Parameter instance: path of the request, without query.
  package func answer(instance: String, requestID: String, traceID: String) -> Answer {
    var fields: [(name: String, value: Member)] = members.map { ($0.key, $0.value) }
    if let detail { fields.append(("detail", .text(detail))) }
    fields.append(("instance", .text(instance)))
    fields.append(("requestId", .text(requestID)))
    fields.append(("status", .number(status)))
    fields.append(("title", .text(type.title)))
    fields.append(("traceId", .text(traceID)))
    fields.append(("type", .text(typeURI)))
    fields.sort { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    var json = JSONWriter(capacity: 384)
    json.object { json in
      for (name, value) in fields {
        json.member(named: name) { value.write(to: &$0) }
      }
    }
    return Answer(
      status: status, headers: [Answer.Header("content-type", MediaType.problem)] + headers, body: json.bytes)
  }
}

extension Problem.Member: JSONWritable {
  package func write(to json: inout JSONWriter) {
    switch self {
    case .text(let text): json.string(text)
    case .optionalText(let text): text.write(to: &json)
    case .texts(let texts): texts.write(to: &json)
    case .number(let number): json.integer(Int64(number))
    case .value(let value): value.write(to: &json)
    case .violations(let violations, let place):
      json.array(violations.prefix(ViolationList.limit)) { json, violation in
        var members = violation.limits
        members["code"] = violation.code.rawValue
        members["detail"] = violation.detail
        members[place.rawValue] = violation.pointer
        members.write(to: &json)
      }
    }
  }
}
