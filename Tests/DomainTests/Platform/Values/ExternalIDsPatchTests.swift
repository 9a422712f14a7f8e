import Domain
import Testing

@Suite("Merging external identities") struct ExternalIDsPatchTests {
  private static let current = ["crm": "2", "erp": "1"]

  @Test("what is named is set or goes, the others stay (C-17)")
  func merges() throws {
    #expect(
      try ExternalIDsPatch(["erp": nil, "dms": "3", "none": nil]).applied(to: Self.current) == ["crm": "2", "dms": "3"])
    #expect(try ExternalIDsPatch.keep.applied(to: Self.current) == Self.current)
    var merged = Self.current
    try ExternalIDsPatch(["crm": "4"]).merge(into: &merged)
    #expect(merged == ["crm": "4", "erp": "1"])
  }

  @Test("a document gets no more than twenty; one that has more loses or changes some all the same (C-17)")
  func bounded() throws {
    let full = Dictionary(uniqueKeysWithValues: (1...20).map { ("s\($0)", "x") })
    #expect(throws: Refusal.invalid([ExternalIDsPatch.excess])) {
      _ = try ExternalIDsPatch(["more": "x"]).applied(to: full)
    }
    #expect(try ExternalIDsPatch(["more": "x", "s1": nil]).applied(to: full).count == 20)
    let former = full.merging(["s21": "x", "s22": "x"]) { first, _ in first }
    #expect(try ExternalIDsPatch(["s1": nil]).applied(to: former).count == 21)
    #expect(try ExternalIDsPatch(["s1": "y"]).applied(to: former)["s1"] == "y")
  }

  private struct Draft: ExternallyIdentified {
    var externalIDs: [String: String]
  }

  @Test("an upsert adds identities to those that are known, as many as a document may have (C-17)")
  func upserted() throws {
    let key = ExternalKey(system: "dms", id: "3")
    #expect(
      try Draft(externalIDs: ["crm": "4"]).identified(by: key, beside: Self.current).externalIDs
        == ["crm": "4", "dms": "3", "erp": "1"])
    let full = Dictionary(uniqueKeysWithValues: (1...20).map { ("s\($0)", "x") })
    // With the one of the path beside the body's, and with those that were known.
    for (said, known) in [(full, [:]), (["s1": "y"], full)] {
      #expect(throws: Refusal.invalid([ExternalIDsPatch.excess])) {
        _ = try Draft(externalIDs: said).identified(by: key, beside: known)
      }
    }
    let again = try Draft(externalIDs: ["s2": "y"]).identified(by: ExternalKey(system: "s1", id: "x"), beside: full)
    #expect(again.externalIDs.count == 20 && again.externalIDs["s2"] == "y")
  }
}
