import Domain
import Foundation
import Testing

@testable import API

@Suite struct JSONWriterTests {
  @Test("values look as the contract shows them (C-02, C-04, C-05)")
  func values() throws {
    let id = try #require(UUID(canonical: "0199aaaa-bbbb-7ccc-8ddd-eeeeffff0000"))
    var json = JSONWriter()
    json.object { json in
      json.field("amount", Money(minor: -5, currency: .cny))
      json.field("at", Timestamp(milliseconds: 1_795_293_360_007))
      json.field("date", CalendarDate(daysSinceEpoch: 0))
      json.array("empty", [String]())
      json.field("externalIds", ["b": "2", "a": "1/x"])
      json.field("hours", Hours(hundredths: 125))
      json.field("id", Identifier<Station>(id))
      json.field("least", Int64.min)
      json.array("lines", [1, 2]) { json, line in json.object { $0.field("line", line) } }
      json.null("note")
      json.field("optional", String?.none)
      json.object("person") { $0.field("name", "a\"b\\c\n\u{1}é") }
      json.field("ready", true)
    }
    #expect(
      String(decoding: json.bytes, as: UTF8.self) == #"""
        {"amount":{"amount":"-0.05","currency":"CNY"},"at":"2026-11-21T20:36:00.007Z","date":"1970-01-01","empty":[],\#
        "externalIds":{"a":"1/x","b":"2"},"hours":"1.25","id":"0199aaaa-bbbb-7ccc-8ddd-eeeeffff0000",\#
        "least":-9223372036854775808,"lines":[{"line":1},{"line":2}],"note":null,"optional":null,\#
        "person":{"name":"a\"b\\c\n\u0001é"},"ready":true}
        """#)
  }

  @Test("timestamps are written as they print themselves")
  func timestamps() {
    var random = SeededGenerator(seed: 7)
    for _ in 0..<2_000 {
      let instant = Timestamp(milliseconds: Int64.random(in: -62_135_596_800_000...253_402_300_799_999, using: &random))
      #expect(JSONWriter.bytes(of: instant) == Array("\"\(instant)\"".utf8))
    }
  }

  @Test("2,000 random documents are the bytes that Foundation writes")
  func againstFoundation() throws {
    var random = SeededGenerator(seed: 1)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    for _ in 0..<2_000 {
      let document = Sample.random(depth: 0, using: &random)
      let ours = JSONWriter.bytes(of: document)
      _ = try JSONSerialization.jsonObject(with: Data(ours), options: [.fragmentsAllowed])
      let theirs = try encoder.encode(document)
      #expect(String(decoding: ours, as: UTF8.self) == String(decoding: theirs, as: UTF8.self))
    }
  }

  @Test("what the writer writes, the parser reads back")
  func roundTrip() throws {
    var random = SeededGenerator(seed: 2)
    for _ in 0..<2_000 {
      let document = Sample.random(depth: 0, using: &random)
      let parsed = try JSONParser.parse(JSONWriter.bytes(of: document))
      #expect(parsed.violations.isEmpty)
      #expect(Sample(parsed.value) == document)
    }
  }

  @Test("fields select members one dot deep, also inside arrays (C-13)")
  func selection() throws {
    struct Order: JSONWritable {
      func write(to json: inout JSONWriter) {
        json.object { json in
          json.object("customer") { json in
            json.field("id", 1)
            json.object("name") { $0.field("first", "A") }
          }
          json.field("id", 7)
          json.array("lines", [1, 2]) { json, line in
            json.object { json in
              json.field("id", line)
              json.field("text", "x")
            }
          }
          json.field("note", "n")
        }
      }
    }
    func written(_ fields: String) throws -> String {
      guard let selection = FieldSelection(fields) else { throw Refusal.notFound }
      return String(decoding: JSONWriter.bytes(of: Order(), fields: selection), as: UTF8.self)
    }
    #expect(try written("id,note") == #"{"id":7,"note":"n"}"#)
    #expect(
      try written("customer.name,lines.id") == #"{"customer":{"name":{"first":"A"}},"lines":[{"id":1},{"id":2}]}"#)
    #expect(try written("customer.id,customer") == #"{"customer":{"id":1,"name":{"first":"A"}}}"#)
    #expect(try written("nothing") == "{}")
    for bad in ["", "a,,b", "a.b.c", ".a", "a b"] { #expect(FieldSelection(bad) == nil) }
  }

  /// A document with a member that is null, one whose names are data, and a list.
  private struct Filed: JSONWritable {
    func write(to json: inout JSONWriter) {
      json.object { json in
        json.null("contact")
        json.field("externalIds", ["dms": "7"])
        json.field("id", 7)
        json.array("lines", [1]) { json, line in json.object { $0.field("id", line) } }
      }
    }
  }

  private static func unknown(_ fields: String) throws -> FieldSelection.Unknown? {
    let selection = try #require(FieldSelection(fields))
    var json = JSONWriter()
    json.selecting(selection) { Filed().write(to: &$0) }
    return json.unknown(in: selection)
  }

  @Test("names that no document has are told with those that they have (C-13)")
  func unknownFields() throws {
    #expect(try Self.unknown("id,lines.id,contact.name,externalIds.crm,externalIds") == nil)
    #expect(
      try Self.unknown("id,sate,lines.text,Lines")
        == .init(
          names: ["Lines", "lines.text", "sate"], known: ["contact", "externalIds", "id", "lines", "lines.id"]))
    // Nothing was written that could tell.
    let selection = try #require(FieldSelection("sate"))
    #expect(JSONWriter().unknown(in: selection) == nil)
  }

  @Test("members are added where their names belong, at one level, and can be selected (C-13)")
  func additions() throws {
    func written(_ names: [String], _ fields: String? = nil) -> String {
      var json = JSONWriter()
      json.selecting(fields.flatMap { FieldSelection($0) }) { json in
        json.adding(names.map { ($0, $0) }) { Filed().write(to: &$0) }
      }
      return String(decoding: json.bytes, as: UTF8.self)
    }
    #expect(
      written(["zone", "customer", "a"])
        == #"{"a":"a","contact":null,"customer":"customer","externalIds":{"dms":"7"},"id":7,"lines":[{"id":1}],"zone":"zone"}"#
    )
    #expect(written(["customer", "vehicle"], "id,vehicle") == #"{"id":7,"vehicle":"vehicle"}"#)
    #expect(written([]) == #"{"contact":null,"externalIds":{"dms":"7"},"id":7,"lines":[{"id":1}]}"#)
  }
}

/// A JSON document with everything that both writers know.
indirect enum Sample: Equatable, Encodable, JSONWritable {
  case text(String)
  case number(Int64)
  case flag(Bool)
  case absent
  case list([Sample])
  case object([String: Sample])

  init?(_ value: JSONValue) {
    switch value {
    case .null: self = .absent
    case .boolean(let flag): self = .flag(flag)
    case .number(let text):
      guard let number = Int64(text) else { return nil }
      self = .number(number)
    case .string(let text): self = .text(text)
    case .array(let items): self = .list(items.compactMap(Sample.init))
    case .object(let object):
      var members: [String: Sample] = [:]
      for member in object.members { members[member.name] = Sample(member.value) }
      self = .object(members)
    }
  }

  static func random(depth: Int, using random: inout SeededGenerator) -> Sample {
    switch Int.random(in: 0..<(depth < 4 ? 8 : 4), using: &random) {
    case 0: return .number(Int64.random(in: .min ... .max, using: &random) >> Int64.random(in: 0..<63, using: &random))
    case 1: return .flag(Bool.random(using: &random))
    case 2: return .absent
    case 3, 4: return .text(text(using: &random))
    case 5:
      return .list(
        (0..<Int.random(in: 0..<5, using: &random)).map { _ in Sample.random(depth: depth + 1, using: &random) })
    default:
      var members: [String: Sample] = [:]
      for _ in 0..<Int.random(in: 0..<5, using: &random) {
        members[name(using: &random)] = Sample.random(depth: depth + 1, using: &random)
      }
      return .object(members)
    }
  }

  private static func name(using random: inout SeededGenerator) -> String {
    String((0..<Int.random(in: 1..<6, using: &random)).map { _ in "abcxyzABC019".randomElement(using: &random) ?? "a" })
  }

  private static func text(using random: inout SeededGenerator) -> String {
    let alphabet = Array("abc \"\\/\n\r\t\u{8}\u{c}\u{1}\u{1f}\u{7f}é漢😀\u{2028}\u{300}").map(String.init)
    return (0..<Int.random(in: 0..<12, using: &random)).map { _ in alphabet.randomElement(using: &random) ?? "" }
      .joined()
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .text(let text): try container.encode(text)
    case .number(let number): try container.encode(number)
    case .flag(let flag): try container.encode(flag)
    case .absent: try container.encodeNil()
    case .list(let items): try container.encode(items)
    case .object(let members): try container.encode(members)
    }
  }

  func write(to json: inout JSONWriter) {
    switch self {
    case .text(let text): text.write(to: &json)
    case .number(let number): number.write(to: &json)
    case .flag(let flag): flag.write(to: &json)
    case .absent: json.null()
    case .list(let items): items.write(to: &json)
    case .object(let members): members.write(to: &json)
    }
  }
}

/// SplitMix64: the same numbers in every run.
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var word = state
    word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
    word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
    return word ^ (word >> 31)
  }
}
