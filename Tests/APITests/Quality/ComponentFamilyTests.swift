import API
import Domain
import TestSupport
import Testing

/// Families of components over HTTP: which words mean what the early warning counts by (A11).
@Suite("Component families over HTTP", .timeLimit(.minutes(20))) struct ComponentFamilyTests {
  private static let path = "/v1/component-families"

  private static func body(_ code: String, _ words: String, _ faultCodes: String = "") -> String {
    #"{"code": "\#(code)", "name": "部件", "componentPrefixes": [\#(words)], "faultCodePrefixes": [\#(faultCodes)]}"#
  }

  /// What the statement that counts reports makes of a description.
  private static func families(_ bench: APIBench, _ described: String, kind: String = "component") throws -> String {
    try bench.database.admin("select array_to_string(component_families_of('\(kind)', '\(described)'), ',')")
  }

  @Test(
    "the words that come with the product are read by all staff, written by those who set policies or see to quality (A11)"
  )
  func roles() async throws {
    try await APIBench.with { bench in
      let read = await bench.get("\(Self.path)/BRAKES", bench.token(.stAdviser))
      #expect(
        read.status == 200 && read.member("nameEn") == "Brakes" && read.member("isWatched") == "1", "\(read.text)")
      #expect(read.member("componentPrefixes/0") == "SERVICE BRAKES" && read.member("faultCodePrefixes/0") == "C")
      let other = await bench.get("\(Self.path)?isWatched=false", bench.token(.stAdviser))
      #expect(other.count("items") == 1 && other.member("items/0/code") == "UNKNOWN OR OTHER")
      for (place, role) in [Role.qa, .hqService, .sysAdmin].enumerated() {
        let made = await bench.send(
          "POST", Self.path, bench.token(role, scope: .network), body: Self.body("MADE\(place)", #""MADE \#(place)""#))
        #expect(made.status == 201, "\(role): \(made.text)")
      }
      for (token, role) in [
        (bench.token(.stServiceManager), "station"), (bench.token(.hqParts, scope: .network), "parts"),
      ] {
        let refused = await bench.send("POST", Self.path, token, body: Self.body("NO", #""NO""#))
        expectProblem(refused, 403, "forbidden")
        #expect(refused.member("required") == "componentFamilies:write", "\(role)")
      }
    }
  }

  @Test("the longest word decides, and a change counts at once where reports are counted (A11)")
  func words() async throws {
    try await APIBench.with { bench in
      let quality = bench.token(.qa, scope: .network)
      #expect(try Self.families(bench, "service brakes, hydraulic:pedals") == "BRAKES")
      #expect(try Self.families(bench, "WHEELS:RIM,POWER TRAIN") == "POWER TRAIN,WHEELS")
      let made = try await bench.created(
        Self.path, quality, Self.body("BRAKE PEDALS", #""SERVICE BRAKES/PEDALS""#, #""C12""#))
      #expect(made.member("version") == "1")
      #expect(try Self.families(bench, "Service brakes/pedals stuck") == "BRAKE PEDALS")
      #expect(try Self.families(bench, "SERVICE BRAKES") == "BRAKES")
      #expect(try Self.families(bench, "C1234", kind: "faultCode") == "BRAKE PEDALS")
      #expect(try Self.families(bench, "C0034", kind: "faultCode") == "BRAKES")
      let known = await bench.get("\(Self.path)?word=service%20brakes/pedals", quality)
      #expect(known.count("items") == 2, "\(known.text)")
      let path = "\(Self.path)/\(try #require(made.member("id")))"
      let changed = await bench.patch(
        path, quality, version: 1, #"{"componentPrefixes": ["踏板"], "faultCodePrefixes": []}"#)
      #expect(changed.status == 200 && changed.count("faultCodePrefixes") == 0, "\(changed.text)")
      #expect(try Self.families(bench, "Service brakes/pedals stuck") == "BRAKES")
      #expect(try Self.families(bench, "踏板松动") == "BRAKE PEDALS")
      let history = await bench.get("\(path)/history", quality)
      #expect(history.count("items") == 2 && history.member("items/1/changes/0/field") == "componentPrefixes")
      #expect(history.member("items/1/changes/0/before/0") == "SERVICE BRAKES/PEDALS", "\(history.text)")
    }
  }

  @Test(
    "a word means one family: it moves when its family gives it up, and of two who take it at once one gets it (A11)")
  func unique() async throws {
    try await APIBench.with { bench in
      let quality = bench.token(.qa, scope: .network)
      let taken = await bench.send("POST", Self.path, quality, body: Self.body("WHEELS", #""WHEELS", "ENGINE""#))
      expectProblem(taken, 409, "already-exists")
      #expect(taken.member("field") == "componentPrefixes")
      let code = await bench.send("POST", Self.path, quality, body: Self.body("WHEELS", #""WHEELS""#, #""C""#))
      expectProblem(code, 409, "already-exists")
      #expect(code.member("field") == "faultCodePrefixes")
      expectProblem(
        await bench.send("POST", Self.path, quality, body: Self.body("WHEELS", #""WHEELS", "RIM", "WHEELS""#)), 422,
        "validation-failed", pointer: "#/componentPrefixes/2", code: "notUnique")
      let given = await bench.patch(
        "\(Self.path)/BRAKES", quality, version: 1, #"{"componentPrefixes": ["SERVICE BRAKES"]}"#)
      #expect(given.status == 200, "\(given.text)")
      async let one = bench.send("POST", Self.path, quality, body: Self.body("PARKING", #""制动""#))
      async let two = bench.send("POST", Self.path, quality, body: Self.body("PEDALS", #""制动""#))
      let answers = await [one, two]
      #expect(answers.map(\.status).sorted() == [201, 409])
      let winner = try #require(answers.first { $0.status == 201 }?.member("code"))
      #expect(try Self.families(bench, "制动异响") == winner)
      #expect(try bench.database.admin("select count(*) from component_families where prefix = '制动'") == "1")
    }
  }
}
