import Domain
import Foundation
import Testing

@testable import API

@Suite struct JSONParserTests {
  @Test(
    "text that is not JSON is refused (C-02, RFC 8259)",
    arguments: [
      "", " ", "{", "}", "[", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{,}", "[1,]", "[1 2]", "{'a':1}", "{a:1}", "01",
      "-", "+1",
      ".5", "1.", "1e", "1e+", "0x1", "NaN", "Infinity", "nul", "True", "\"", "\"\\x\"", "\"\\u12\"", "\"\\u12g4\"",
      "\"\u{1}\"", "\"a\nb\"", "{} {}", "{}x", "[1]]", "// c\n{}", "{/**/}", "1e400x", "\u{feff}{}",
      "{\"a\":1 \"b\":2}",
    ])
  func malformed(_ text: String) {
    #expect(throws: JSONParser.Malformed.self) { try JSONParser.parse(Array(text.utf8)) }
  }

  @Test("a repeated name is refused, few names or many, escaped or not")
  func duplicates() {
    func reason(_ text: String) -> JSONParser.Reason? {
      do {
        _ = try JSONParser.parse(Array(text.utf8))
        return nil
      } catch { return error.reason }
    }
    #expect(reason(#"{"a":1,"a":1}"#) == .duplicateName)
    #expect(reason(#"{"a":1,"\u0061":2}"#) == .duplicateName)
    #expect(reason(#"{"x":{"a":1},"y":{"a":1}}"#) == nil)
    let many = (0..<100).map { "\"k\($0)\":\($0)" }.joined(separator: ",")
    #expect(reason("{\(many)}") == nil)
    #expect(reason("{\(many),\"k57\":0}") == .duplicateName)
  }

  @Test("depth 32 is read, depth 33 and a million are refused without a crash")
  func depth() throws {
    func nested(_ depth: Int) -> [UInt8] {
      Array(String(repeating: "[", count: depth).utf8) + Array(String(repeating: "]", count: depth).utf8)
    }
    _ = try JSONParser.parse(nested(32))
    #expect(throws: JSONParser.Malformed(offset: 32, reason: .depth)) { try JSONParser.parse(nested(33)) }
    #expect(throws: JSONParser.Malformed.self) { try JSONParser.parse(nested(1_000_000)) }
    #expect(throws: JSONParser.Malformed.self) {
      try JSONParser.parse(Array(String(repeating: "{\"a\":", count: 100_000).utf8))
    }
  }

  @Test(
    "bytes that are not UTF-8 are refused",
    arguments: [[0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xE2, 0x82], [0xF5, 0x80, 0x80, 0x80]])
  func invalidEncoding(_ bytes: [UInt8]) {
    #expect(throws: JSONParser.Malformed.self) {
      try JSONParser.parse(Array("{\"a\":\"".utf8) + bytes + Array("\"}".utf8))
    }
    #expect(throws: JSONParser.Malformed.self) { try JSONParser.parse(bytes) }
  }

  @Test("U+0000 and unpaired surrogates are violations with their place")
  func unstorable() throws {
    let text = #"{"a":"x\u0000y","list":["ok","\ud800","\udc00x","\ud800\u0041"],"pair":"\ud83d\ude00"}"#
    let (value, violations) = try JSONParser.parse(Array(text.utf8))
    #expect(violations.map(\.pointer) == ["#/a", "#/list/1", "#/list/2", "#/list/3"])
    #expect(violations.allSatisfy { $0.code == .invalidFormat })
    guard case .object(let object) = value else { return #expect(Bool(false)) }
    #expect(object["pair"] == .string("😀"))
  }

  @Test("numbers stay text", arguments: ["0", "-0", "1.50", "1e400", "-12E-3", "123456789012345678901234567890"])
  func numbers(_ text: String) throws {
    #expect(try JSONParser.parse(Array("[\(text)]".utf8)).value == .array([.number(text)]))
  }

  @Test("random bytes and random damage never crash, and agree with Foundation on what is JSON")
  func fuzz() throws {
    var random = SeededGenerator(seed: 3)
    for _ in 0..<20_000 {
      let alphabet = Array("{}[]\",:0123-.eE\\utrfalsn \u{7f}".utf8) + [0x80, 0xC3, 0xA9, 0xFF]
      let bytes = (0..<Int.random(in: 0..<24, using: &random)).map { _ in alphabet.randomElement(using: &random) ?? 0 }
      _ = try? JSONParser.parse(bytes)
    }
    for _ in 0..<2_000 {
      var bytes = JSONWriter.bytes(of: Sample.random(depth: 0, using: &random))
      let index = Int.random(in: 0..<bytes.count, using: &random)
      bytes[index] = UInt8.random(in: 0x20..<0x7F, using: &random)
      let ours = (try? JSONParser.parse(bytes)) != nil
      let theirs = (try? JSONSerialization.jsonObject(with: Data(bytes), options: [.fragmentsAllowed])) != nil
      // We refuse more (duplicate names); what we take, Foundation takes, but for numbers beyond a double and odd
      // escapes.
      let isBeyondFoundation = bytes.contains(UInt8(ascii: "\\")) || bytes.contains { $0 | 0x20 == UInt8(ascii: "e") }
      if ours, !isBeyondFoundation { #expect(theirs, "\(bytes.map { Character(Unicode.Scalar($0)) })") }
    }
  }
}
