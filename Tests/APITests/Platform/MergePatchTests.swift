import Domain
import TestSupport
import Testing

/// What a merge patch does to members that are objects (RFC 7396).
@Suite("Merge patches", .timeLimit(.minutes(20))) struct MergePatchTests {
  private static func patch(_ bench: APIBench, _ path: String, _ identities: String) async -> TestAnswer {
    await bench.send(
      "PATCH", path, bench.master(), ["if-match": "*"], body: #"{"externalIds": \#(identities)}"#)
  }

  /// A document whose identities are ERP 1 and CRM 2.
  private static func expectMerged(_ bench: APIBench, _ path: String) async {
    let linked = await patch(bench, path, #"{"erp": "1", "crm": "2"}"#)
    #expect(linked.status == 200, "\(linked.text)")
    let merged = await patch(bench, path, #"{"erp": null, "dms": "3", "none": null}"#)
    #expect(merged.text.contains(#""externalIds":{"crm":"2","dms":"3"}"#), "\(merged.text)")
    let same = await patch(bench, path, #"{"crm": "2", "none": null}"#)
    #expect(same.status == 200 && same.member("version") == merged.member("version"), "\(same.text)")
    let many = (1...20).map { #""s\#($0)": "x""# }.joined(separator: ", ")
    let excess = await patch(bench, path, "{\(many)}")
    expectProblem(excess, 422, "validation-failed", pointer: "#/externalIds", code: "tooLong")
    #expect(excess.member("errors/0/max") == "20")
    expectProblem(
      await patch(bench, path, #"{"crm": ""}"#), 422, "validation-failed", pointer: "#/externalIds/crm",
      code: "tooShort")
    expectProblem(
      await patch(bench, path, "null"), 422, "validation-failed", pointer: "#/externalIds", code: "required")
    let after = await bench.get(path, bench.master())
    #expect(after.text.contains(#""externalIds":{"crm":"2","dms":"3"}"#), "\(after.text)")
    #expect(after.member("version") == merged.member("version"))
  }

  @Test("a patch of a record's external identities leaves those that it does not name, and null takes one away (C-17)")
  func record() async throws {
    try await APIBench.with { bench in
      await Self.expectMerged(bench, "/v1/regions/\(bench.network.region)")
    }
  }

  @Test("a patch of a document's external identities does the same (C-17)")
  func document() async throws {
    try await APIBench.with { bench in
      let walk = bench.walk(bench.master(.station(bench.network.station)))
      await Self.expectMerged(bench, "/v1/work-orders/\(try await walk.order(in: .received))")
    }
  }

  @Test("a new document has no identity that is null (C-02)")
  func new() async throws {
    try await APIBench.with { bench in
      let made = await bench.send(
        "POST", "/v1/regions", bench.master(),
        body: #"{"code": "MP1", "name": "大区", "externalIds": {"erp": null}}"#)
      expectProblem(made, 422, "validation-failed", pointer: "#/externalIds/erp", code: "wrongType")
    }
  }
}
