import Domain
import FoundationEssentials
import Testing

@Suite("Identities")
struct IdentifierTests {
  @Test("a new identity is a UUID of version 7 that carries its instant (RFC 9562 §5.7)")
  func version7() throws {
    var generator = SeededGenerator(seed: 7)
    for _ in 0..<1_000 {
      let milliseconds = Int64.random(in: 0...0xffff_ffff_ffff, using: &generator)
      let text = UUID.version7(at: Timestamp(milliseconds: milliseconds)).canonical
      let hexadecimal = text.replacing("-", with: "")
      #expect(Int64(hexadecimal.prefix(12), radix: 16) == milliseconds)
      let characters = Array(text)
      #expect(characters[14] == "7")
      #expect("89ab".contains(characters[19]))
    }
  }

  @Test("identities sort by their instant and never repeat")
  func order() {
    let start: Int64 = 1_790_000_000_000
    var seen: Set<UUID> = []
    var previous = ""
    for step in 0..<2_000 {
      let id = UUID.version7(at: Timestamp(milliseconds: start + Int64(step)))
      #expect(previous < id.canonical)
      #expect(seen.insert(id).inserted)
      previous = id.canonical
    }
    let sameInstant = (0..<2_000).map { _ in UUID.version7(at: Timestamp(milliseconds: start)) }
    #expect(Set(sameInstant).count == 2_000)
  }

  @Test("only the canonical form is an identity; it is written in lower case")
  func canonical() throws {
    let upper = "0193ABCD-EF01-7234-8567-89ABCDEF0123"
    let uuid = try #require(UUID(canonical: upper))
    #expect(uuid.canonical == upper.lowercased())
    #expect(UUID(canonical: uuid.canonical) == uuid)
  }

  @Test(
    "refuses other ways to write one",
    arguments: [
      "", "0193abcdef017234856789abcdef0123", "{0193abcd-ef01-7234-8567-89abcdef0123}",
      "0193abcd-ef01-7234-8567-89abcdef012", "0193abcd-ef01-7234-8567-89abcdef01234",
      "0193abcd-ef01-7234-8567-89abcdef012g", "0193abcde-f01-7234-8567-89abcdef0123",
      " 0193abcd-ef01-7234-8567-89abcdef012", "0193abcd_ef01_7234_8567_89abcdef0123",
    ])
  func refuses(text: String) {
    #expect(UUID(canonical: text) == nil)
    #expect(Identifier<Station>(text) == nil)
  }

  @Test("a path segment names a document by identity or by number (C-03)")
  func reference() throws {
    let text = "0193abcd-ef01-7234-8567-89abcdef0123"
    let id = try #require(Identifier<Station>(text))
    #expect(Reference<Station>(text) == .id(id))
    #expect(Reference<Station>("WO-SY001-2026-000123") == .number("WO-SY001-2026-000123"))
  }
}
