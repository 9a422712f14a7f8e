import Domain
import Testing

@Suite("Token texts")
struct TokenTextTests {
  private let random: [UInt8] = (0..<32).map { UInt8($0 * 8 + 5 & 0xff) }

  @Test("CRC-32 has the published check value")
  func crc() {
    #expect(CRC32.checksum(of: "123456789".utf8) == 0xcbf4_3926)
    #expect(CRC32.checksum(of: []) == 0)
  }

  @Test(
    "base64url as RFC 4648 §10 shows it, without padding",
    arguments: [("", ""), ("f", "Zg"), ("fo", "Zm8"), ("foo", "Zm9v"), ("foob", "Zm9vYg"), ("foobar", "Zm9vYmFy")])
  func base64(plain: String, encoded: String) {
    #expect(Base64URL.encode(Array(plain.utf8)) == encoded)
  }

  @Test("prefix, 43 characters, six characters checksum (C-24)", arguments: TokenText.Kind.allCases)
  func shape(kind: TokenText.Kind) throws {
    let token = try #require(TokenText(kind, random: random))
    #expect(token.text.utf8.count == 53)
    #expect(token.text.hasPrefix(kind.rawValue))
    let read = try #require(TokenText(token.text))
    #expect(read == token)
    #expect(read.kind == kind)
  }

  @Test("every kind has its own prefix, and one cannot stand in for another")
  func kinds() throws {
    #expect(Set(TokenText.Kind.allCases.map(\.rawValue)) == ["ast_", "asr_", "ass_", "asp_"])
    let access = try #require(TokenText(.access, random: random)).text
    #expect(TokenText("asr_" + access.dropFirst(4)) == nil)
  }

  @Test("any single changed, missing or added character is refused")
  func mistypes() throws {
    let text = try #require(TokenText(.access, random: random)).text
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
    let bytes = Array(text.utf8)
    for position in bytes.indices {
      for replacement in alphabet where replacement != bytes[position] {
        var changed = bytes
        changed[position] = replacement
        #expect(TokenText(String(decoding: changed, as: UTF8.self)) == nil)
      }
      var shorter = bytes
      shorter.remove(at: position)
      #expect(TokenText(String(decoding: shorter, as: UTF8.self)) == nil)
    }
    for odd in ["", "x", text + "x", " " + text, text + "\n", "Bearer " + text, String(repeating: "a", count: 60)] {
      #expect(TokenText(odd) == nil)
    }
  }

  @Test("only 32 random bytes make one", arguments: [0, 31, 33])
  func wrongLength(count: Int) {
    #expect(TokenText(.access, random: Array(repeating: 1, count: count)) == nil)
  }

  @Test("fresh secrets differ, and all of them can be read")
  func fresh() throws {
    var seen: Set<String> = []
    for _ in 0..<500 {
      let token = try #require(TokenText.make(.refresh))
      #expect(seen.insert(token.text).inserted)
      #expect(TokenText(token.text) == token)
    }
  }

  @Test("neither description shows the secret (C-24)")
  func redacted() throws {
    let token = try #require(TokenText(.clientSecret, random: random))
    #expect("\(token)" == "ass_…")
    #expect(String(reflecting: token) == "ass_…")
  }
}
