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
    }
  }

  @Test("every list refuses a typo in fields, also where nothing is found, before its other names (C-13)")
  func fieldsOfNothing() async throws {
    try await APIBench.with { bench in
      let token = bench.master()
      let lists = Self.lists(bench, with: ["fields", "limit"])
      #expect(lists.count >= 50)
      for path in lists {
        expectProblem(
          await bench.get("\(path)?fields=nonsuch", token), 400, "invalid-parameter", parameter: "fields",
          code: "notInSet")
      }
      let empty = "/v1/stations?createdAtFrom=2999-01-01T00:00:00Z&fields="
      for (fields, unknown) in [("id,sate", "sate"), ("labourRate.amuont", "labourRate.amuont")] {
        let answer = await bench.get(empty + fields, token)
        expectProblem(answer, 400, "invalid-parameter", parameter: "fields", code: "notInSet")
        #expect(answer.member("errors/0/unknown") == unknown)
      }
      let known = await bench.get(empty + "id,labourRate.amount,externalIds.nothing", token)
      #expect(known.status == 200 && known.count("items") == 0, "\(known.text)")
    }
  }

  @Test("whatever a list shows can be named in fields (C-13, C-34)")
  func fieldsOfAll() async throws {
    try await APIBench.with { bench in
      let token = bench.master()
      var seen = 0
      for path in Self.lists(bench, with: ["fields", "limit"]) {
        let names = await bench.get("\(path)?limit=1", token).names("items/0")
        if !names.isEmpty { seen += 1 }
        // A selection has at most fifty names.
        for start in stride(from: 0, to: names.count, by: 50) {
          let some = names[start..<min(start + 50, names.count)].joined(separator: ",")
          let answer = await bench.get("\(path)?limit=1&fields=\(some)", token)
          #expect(answer.status == 200, "\(path): \(answer.text)")
        }
      }
      #expect(seen >= 5, "the network has regions, stations, customers, vehicles and models")
    }
  }

  @Test("users, clients and transfer requests are narrowed by their times, files by their number (C-11)")
  func windowsOfTheRest() async throws {
    try await APIBench.with { bench in
      let token = bench.master()
      let user = try await bench.created(
        "/v1/users", token, MatrixDocuments.userBody("windowed", .stAdviser, station: "\(bench.network.station)"))
      for member in ["createdAt", "updatedAt"] {
        let at = try #require(user.member(member))
        #expect(await bench.get("/v1/users?q=windowed&\(member)From=\(at)", token).count("items") == 1)
        #expect(await bench.get("/v1/users?q=windowed&\(member)Before=\(at)", token).count("items") == 0)
      }
      let customer = await bench.get("/v1/customers/\(bench.network.customer)", token)
      let number = try #require(customer.member("number"))
      let files = await bench.get("/v1/customer-files?number=\(number)", token)
      #expect(files.count("items") == 1 && files.member("items/0/number") == number, "\(files.text)")
      #expect(await bench.get("/v1/customer-files?number=NO-SUCH-1", token).count("items") == 0)
    }
  }
}
