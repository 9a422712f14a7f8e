import API
import Domain
import TestSupport
import Testing

/// What the server does and what openapi.yaml says, both ways (C-34).
@Suite("The contract and the routes")
struct ContractParityTests {
  private let contract: Contract
  private let routes: [String: Operation]

  init() throws {
    contract = try ContractFixtures.contract()
    routes = Dictionary(
      ContractFixtures.operations().map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
  }

  /// Documented operations that exist, with the route that does them.
  private var pairs: [(documented: Contract.Documented, route: Operation)] {
    contract.operations.compactMap { documented in routes[documented.name].map { (documented, $0) } }
  }

  @Test("Every route is documented, and everything documented is a route")
  func sameOperations() {
    let documented = Set(contract.operations.map(\.name))
    #expect(documented.subtracting(routes.keys).sorted() == [])
    #expect(Set(routes.keys).subtracting(documented).sorted() == [])
  }

  @Test("Every operation documents the permission that its route demands (SEC-01)")
  func samePermissions() {
    for (documented, route) in pairs {
      #expect(documented.permission == route.documentedPermission, "\(documented.name)")
    }
  }

  @Test("Every operation documents the successes of its route")
  func sameSuccess() {
    for (documented, route) in pairs {
      #expect(
        documented.successes == ([route.status] + route.alternatives).sorted().map { "\($0)" }, "\(documented.name)")
    }
  }

  @Test("Every operation documents the media types that its route reads and writes (C-06)")
  func sameMediaTypes() throws {
    let checker = try ContractFixtures.checker()
    for (documented, route) in pairs {
      #expect(Set(documented.requestContent.keys) == Set(route.body.mediaTypes), "\(documented.name)")
      guard let success = documented.content[["responses", "\(route.status)"]] else { continue }
      let written = Set((checker.resolved(success)["content"]?.members ?? [:]).keys)
      #expect(written.isSubset(of: route.produces), "\(documented.name)")
      #expect(!written.isEmpty || route.status == 204 || route.body == .form, "\(documented.name)")
    }
  }

  @Test("A body may be left out where the route allows it, and only there")
  func sameNecessityOfBodies() throws {
    let checker = try ContractFixtures.checker()
    for (documented, route) in pairs {
      guard documented.content[["requestBody", "required"]] == .boolean(true) else {
        #expect(route.body == .none || route.body == .optionalJSON, "\(documented.name)")
        continue
      }
      // No body is read as an empty one, so it is refused only for want of a member.
      guard route.body == .optionalJSON, let schema = documented.requestContent["application/json"]?["schema"] else {
        continue
      }
      let body = checker.resolved(schema)
      let demands = ["required", "oneOf", "anyOf", "allOf"].contains { body[$0] != nil }
      #expect(demands, "\(documented.name)")
    }
  }

  @Test("Every operation documents Idempotency-Key as its route asks for it (C-19)")
  func sameIdempotency() {
    for (documented, route) in pairs {
      let parameter = documented.parameter("Idempotency-Key", in: "header")
      let isRequired = parameter?["required"] == .boolean(true)
      switch route.idempotency {
      case .required: #expect(parameter != nil && isRequired, "\(documented.name)")
      case .optional: #expect(parameter != nil && !isRequired, "\(documented.name)")
      case .ignored: #expect(parameter == nil, "\(documented.name)")
      }
    }
  }

  @Test("Every operation documents If-Match as its route asks for it (C-16)")
  func samePreconditions() {
    for (documented, route) in pairs {
      let parameter = documented.parameter("If-Match", in: "header")
      let isRequired = parameter?["required"] == .boolean(true)
      switch route.precondition {
      case .required: #expect(parameter != nil && isRequired, "\(documented.name)")
      case .optional: #expect(parameter != nil && !isRequired, "\(documented.name)")
      case .none: #expect(parameter == nil, "\(documented.name)")
      }
    }
  }

  @Test("Every operation documents asOf if its route reads the past, and only then (A5)")
  func samePast() {
    for (documented, route) in pairs {
      #expect((documented.parameter("asOf", in: "query") != nil) == route.readsPast, "\(documented.name)")
    }
  }

  @Test("The problem types are those of the catalogue (C-08)")
  func sameProblems() {
    let documented = contract.root["x-problem-types"]?.items ?? []
    let written = documented.map { entry in
      "\(entry["type"]?.text ?? "") \(entry["status"] ?? .null) \(entry["title"]?.text ?? "")"
    }
    let known = ContractFixtures.problems().map { "\($0.uri) \(ContractValue.integer(Int64($0.status))) \($0.title)" }
    #expect(written.sorted() == known.sorted())
  }

  @Test("Every problem type documents its members, and every member is one of Problem's (C-08)")
  func sameProblemMembers() {
    let documented = Dictionary(
      (contract.root["x-problem-types"]?.items ?? []).map { ($0["type"]?.text ?? "", $0["members"]?.texts ?? []) },
      uniquingKeysWith: { first, _ in first })
    let members = contract.root[["components", "schemas", "Problem", "properties"]]?.members ?? [:]
    for problem in ContractFixtures.problems() {
      #expect(documented[problem.uri] == problem.members, "\(problem.name)")
      #expect(problem.members == problem.members.sorted(), "\(problem.name)")
      for name in problem.members where name != "errors" { #expect(members[name] != nil, "\(problem.name) \(name)") }
    }
    for name in ConflictMember.Name.allCases { #expect(members[name.rawValue] != nil, "\(name.rawValue)") }
  }
}
