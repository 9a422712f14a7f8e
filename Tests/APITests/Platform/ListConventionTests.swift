import API
import Domain
import FoundationEssentials
import TestSupport
import Testing

/// What every list offers in the same way, held against all lists that openapi.yaml documents (C-11, C-13).
@Suite("Conventions of lists", .timeLimit(.minutes(20))) struct ListConventionTests {
  /// The lists with these query parameters. Those below another document, and those that need a parameter, have tests of their own.
  private static func lists(_ bench: APIBench, with names: Set<String>) -> [String] {
    bench.api.operations.filter { operation in
      operation.method.rawValue == "GET" && !operation.template.contains("{")
        && names.isSubset(of: parameters(bench, operation.template))
        && parameters(bench, operation.template, required: true).isEmpty
    }.map(\.template).sorted()
  }

  private static func parameters(_ bench: APIBench, _ template: String, required: Bool = false) -> Set<String> {
    let checker = bench.contract.checker
    let documented = (checker.contract[["paths", template, "get", "parameters"]]?.items ?? [])
      .map { checker.resolved($0) }
      .filter { !required || $0["required"] == .boolean(true) }
    return Set(documented.compactMap { $0["name"]?.text })
  }

  /// What `expand` of an operation may name.
  private static func members(_ bench: APIBench, _ template: String) -> [String] {
    let checker = bench.contract.checker
    let documented = checker.contract[["paths", template, "get", "parameters"]]?.items ?? []
    let expand = documented.map { checker.resolved($0) }.first { $0["name"]?.text == "expand" }
    return expand?[["schema", "items", "enum"]]?.texts ?? []
  }

  @Test("every list that documents it is narrowed by when documents were made and last changed, half-open (C-11)")
  func windows() async throws {
    try await APIBench.with { bench in
      let token = bench.master()
      for (from, before) in [("createdAtFrom", "createdAtBefore"), ("updatedAtFrom", "updatedAtBefore")] {
        let lists = Self.lists(bench, with: [from, before, "limit"])
        #expect(lists.count >= 30, "\(from)")
        for path in lists {
          for query in ["\(from)=2999-01-01T00:00:00Z", "\(before)=1990-01-01T00:00:00Z"] {
            let answer = await bench.get("\(path)?\(query)", token)
            #expect(answer.status == 200 && answer.count("items") == 0, "\(path)?\(query): \(answer.text)")
          }
          expectProblem(
            await bench.get("\(path)?\(from)=yesterday", token), 400, "invalid-parameter", parameter: from,
            code: "invalidFormat")
        }
      }
    }
  }

  @Test("every list of documents with numbers that documents it finds one by its number (C-03, C-11)")
  func numbers() async throws {
    try await APIBench.with { bench in
      let token = bench.master()
      let lists = Self.lists(bench, with: ["number", "limit"])
      #expect(lists.count >= 20)
      for path in lists {
        let answer = await bench.get("\(path)?number=NO-SUCH-1", token)
        #expect(answer.status == 200 && answer.count("items") == 0, "\(path): \(answer.text)")
      }
      let customer = await bench.get("/v1/customers/\(bench.network.customer)", token)
      let found = await bench.get("/v1/customers?number=\(try #require(customer.member("number")))", token)
      #expect(found.count("items") == 1 && found.member("items/0/id") == "\(bench.network.customer)")
    }
  }

  @Test("the instant of the last change is in updatedAtFrom and out of updatedAtBefore (C-11)")
  func halfOpen() async throws {
    try await APIBench.with { bench in
      let token = bench.master()
      let path = "/v1/vehicles/\(bench.network.vehicle)"
      let at = try #require(await bench.get(path, token).member("updatedAt"))
      let from = await bench.get("/v1/vehicles?updatedAtFrom=\(at)&vin=\(TestNetwork.vin)", token)
      #expect(from.count("items") == 1, "\(from.text)")
      let before = await bench.get("/v1/vehicles?updatedAtBefore=\(at)&vin=\(TestNetwork.vin)", token)
      #expect(before.count("items") == 0, "\(before.text)")
    }
  }

  @Test("every list that documents expand takes all that it offers, and tells what it offers for all else (C-13)")
  func expansions() async throws {
    try await APIBench.with { bench in
      let token = bench.master()
      let lists = Self.lists(bench, with: ["expand"])
      #expect(lists.count >= 9)
      for path in lists {
        let members = Self.members(bench, path)
        let all = await bench.get("\(path)?expand=\(members.joined(separator: ","))", token)
        #expect(all.status == 200, "\(path): \(all.text)")
        for query in ["everything", "", members[0] + "," + members[0]] {
          let refused = await bench.get("\(path)?expand=\(query)", token)
          expectProblem(refused, 400, "invalid-parameter", parameter: "expand", code: "notInSet")
          #expect(refused.member("errors/0/allowed") == members.sorted().joined(separator: ", "), "\(path)")
        }
      }
    }
  }

  @Test("a typo in fields is refused with the names that there are, in a list and in a document (C-13)")
  func fields() async throws {
    try await APIBench.with { bench in
      let token = bench.master()
      let path = "/v1/stations/\(bench.network.station)"
      for query in ["fields=id,sate", "fields=sate", "fields=labourRate.amuont"] {
        for target in [path, "/v1/stations"] {
          let answer = await bench.get("\(target)?\(query)", token)
          expectProblem(answer, 400, "invalid-parameter", parameter: "fields", code: "notInSet")
          #expect(answer.member("errors/0/unknown") == (query.hasSuffix("amuont") ? "labourRate.amuont" : "sate"))
          #expect(
            answer.member("errors/0/allowed")?.contains(query.hasSuffix("amuont") ? "labourRate.amount" : "state")
              == true)
        }
      }
      #expect(await bench.get("\(path)?fields=id,labourRate.amount,externalIds.nothing", token).status == 200)
      // An empty list has nothing that a typo could leave out.
      #expect(await bench.get("/v1/stations?fields=sate&createdAtFrom=2999-01-01T00:00:00Z", token).status == 200)
    }
  }
}
