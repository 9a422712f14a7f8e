import Domain
import FoundationEssentials
import TestSupport

@testable import API

/// Holds what the API answers against openapi.yaml: every request of these tests comes through here.
struct AnswerContract: Sendable {
  private static let shared = Result { try SchemaChecker(json: TestAPI.document.get().json) }

  private struct Template {
    let method: String
    let text: String
    let segments: [Substring]

    /// How many segments are spelt out, or `nil` if the path is another one.
    func fit(_ path: [Substring]) -> Int? {
      var literal = 0
      for (have, want) in zip(path, segments) {
        if want.hasPrefix("{") { continue }
        guard have == want else { return nil }
        literal += 1
      }
      return literal
    }
  }

  let checker: SchemaChecker
  private let templates: [Shape: [Template]]

  /// What a path and its template have in common at first sight.
  private struct Shape: Hashable {
    let method: String
    let segments: Int
  }

  init(_ operations: [API.Operation]) throws {
    checker = try Self.shared.get()
    let all = operations.map { operation in
      Template(
        method: operation.method.rawValue, text: operation.template,
        segments: operation.template.split(separator: "/"))
    }
    templates = Dictionary(grouping: all) { Shape(method: $0.method, segments: $0.segments.count) }
  }

  /// What openapi.yaml demands for an operation: a permission, `self` or `public`.
  func permission(_ operation: API.Operation) -> String? {
    checker.contract[["paths", operation.template, operation.method.rawValue.lowercased(), "x-permission"]]?.text
  }

  /// The schema of an operation's success.
  func schema(_ operation: API.Operation) -> ContractValue {
    let way = [
      "paths", operation.template, operation.method.rawValue.lowercased(), "responses", "\(operation.status)",
    ]
    return checker.resolved(checker.contract[way] ?? .null)[["content", "application/json", "schema"]] ?? .null
  }

  /// Whether the member at the end of a way of names (lists are passed through) is marked `x-personal`.
  func isPersonal(_ schema: ContractValue, _ way: [String]) -> Bool {
    let schema = checker.resolved(schema)
    if way.isEmpty, schema["x-personal"] == .boolean(true) { return true }
    if let name = way.first, let member = schema["properties"]?[name], isPersonal(member, Array(way.dropFirst())) {
      return true
    }
    let parts = ["allOf", "anyOf", "oneOf"].flatMap { schema[$0]?.items ?? [] } + (schema["items"].map { [$0] } ?? [])
    return parts.contains { isPersonal($0, way) }
  }

  /// The template that a path falls under, whatever the method.
  func template(_ method: String, _ target: String) -> String? {
    let path = (target.split(separator: "?", omittingEmptySubsequences: false).first ?? "").split(separator: "/")
    let wanted = method == "HEAD" ? "GET" : method
    let fits = (templates[Shape(method: wanted, segments: path.count)] ?? []).compactMap { template in
      template.fit(path).map { (template.text, $0) }
    }
    return fits.max { $0.1 < $1.1 }?.0
  }

  /// What is wrong with an answer; empty if it is as documented.
  func faults(_ method: String, _ target: String, _ answer: TestAnswer) -> [String] {
    if answer.status >= 500 { return ["\(method) \(target): \(answer.status) \(answer.text)"] }
    if answer.header("content-type") == "application/problem+json" {
      let undeclared = undeclaredMembers(answer)
      if !undeclared.isEmpty { return ["\(method) \(target) \(answer.status): undeclared \(undeclared)"] }
    }
    // Decided before an operation is known (405, 414), or not our business (OPTIONS).
    if method == "OPTIONS" { return [] }
    guard let template = template(method, target), ![405, 414].contains(answer.status) else {
      return problemFaults(answer).map { "\(method) \(target) \(answer.status): \($0)" }
    }
    let documented = method == "HEAD" ? "GET" : method
    let headers = checker.headerFaults(documented, template, status: answer.status, answer.header)
    // A selection of members leaves out what the schema demands.
    if target.contains("fields="), answer.status == 200 { return headers }
    return headers
      + checker.faults(
        documented, template, status: answer.status, contentType: answer.header("content-type"), body: answer.body)
  }

  /// Members of a problem that neither all have nor `x-problem-types` lists for its type (C-08).
  private func undeclaredMembers(_ answer: TestAnswer) -> [String] {
    guard let value = try? ContractValue(json: answer.body), let type = value["type"]?.text else { return [] }
    let entry = (checker.contract["x-problem-types"]?.items ?? []).first { $0["type"]?.text == type }
    let declared = Set(entry?["members"]?.texts ?? []).union(Self.fixedMembers)
    return Set(value.members.keys).subtracting(declared).sorted()
  }

  private static let fixedMembers: Set<String> = [
    "detail", "instance", "requestId", "status", "title", "traceId", "type",
  ]

  private func problemFaults(_ answer: TestAnswer) -> [String] {
    guard answer.header("content-type") == "application/problem+json" else { return ["is no problem document"] }
    guard let value = try? ContractValue(json: answer.body) else { return ["the body is not JSON"] }
    return checker.faults(of: value, by: .object(["$ref": .text("#/components/schemas/Problem")]))
  }
}
