import Domain
import Testing

@testable import API

@Suite struct FormTests {
  enum Colour: String, CaseIterable, Sendable { case red, blue }

  private func form(_ text: String) throws -> Form {
    let (value, violations) = try JSONParser.parse(Array(text.utf8))
    guard case .object(let object) = value else { throw Refusal.notFound }
    return Form(object, violations: violations)
  }

  private func violations(_ form: inout Form) -> [Violation] {
    do {
      try form.finish()
      return []
    } catch {
      guard case .invalid(let found) = error else { return [] }
      return found
    }
  }

  @Test("a good body yields its values")
  func good() throws {
    var form = try form(
      #"""
      {"name":"A","count":3,"on":true,"price":{"amount":"10.5","currency":"CNY"},"at":"2026-11-21T20:36:00+08:00",
       "day":"2026-02-28","colour":"blue","tags":["x","y"],"id":"0199aaaa-bbbb-7ccc-8ddd-eeeeffff0000","externalIds":{"erp":"7"},
       "hours":"1.25","note":null,"lines":[{"text":"a"},{"text":"b"}],"contact":{"phone":"1"}}
      """#)
    #expect(form.required("name", .text(1...20)) == "A")
    #expect(form.required("count", .integer(1...5)) == 3)
    #expect(form.required("on", .boolean) == true)
    #expect(form.required("price", .money) == Money(minor: 1050, currency: .cny))
    #expect(form.required("at", .timestamp) == Timestamp("2026-11-21T12:36:00Z"))
    #expect(form.required("day", .date) == CalendarDate("2026-02-28"))
    #expect(form.required("colour", .choice(Colour.self)) == .blue)
    #expect(form.required("tags", .textArray(5, 1...5)) == ["x", "y"])
    #expect(form.required("id", .id(Station.self))?.description == "0199aaaa-bbbb-7ccc-8ddd-eeeeffff0000")
    #expect(form.optional("externalIds", .externalIDs) == ["erp": "7"])
    #expect(form.optional("hours", .hours(0...1000)) == Hours(hundredths: 125))
    #expect(form.optional("note", .text(0...10)) == nil)
    #expect(form.optional("absent", .text(0...10)) == nil)
    #expect(form.array("lines", 0...5) { $0.required("text", .text(1...5)) } == ["a", "b"])
    #expect(form.object("contact") { $0.required("phone", .text(1...5)) } == "1")
    #expect(violations(&form) == [])
  }

  @Test(
    "what must be said is not said by blanks and characters of no width; what may be left out may be blank (C-09, SEC-10)"
  )
  func blank() throws {
    for text in [" ", "\\t\\n", "\u{3000}\u{200B}\u{FEFF}"] {
      var form = try form(#"{"reason":"\#(text)","name":"\#(text)","note":"\#(text)"}"#)
      #expect(form.required("reason", .text(1...20)) == nil)
      #expect(form.requiredPatch("name", .text(1...20)) == .keep)
      #expect(form.optional("note", .text(1...20)) != nil)
      let found = violations(&form)
      #expect(found.map(\.pointer) == ["#/reason", "#/name"] && found.allSatisfy { $0.code == .tooShort }, "\(found)")
    }
    var form = try form("{\"reason\":\" \u{200B}因 \"}")
    #expect(form.required("reason", .text(1...20)) == " \u{200B}因 ")
    #expect(violations(&form) == [])
  }

  @Test("every fault is told at once, in input order, the missing last (C-09)")
  func allFaults() throws {
    var form = try form(
      #"{"zeta":1,"summary":"","lines":[{"quantity":"-1","bogus":1},5],"price":{"amount":1.5,"currency":"XXX","x":0},"last":{}}"#
    )
    _ = form.required("customerId", .id(Station.self))
    _ = form.optional("price", .money)
    _ = form.array("lines", 0...5) { $0.required("quantity", .decimalHundredths(1...100)) }
    _ = form.required("summary", .text(1...10))
    _ = form.object("last") { $0.required("a/b", .boolean) }
    let found = violations(&form)
    #expect(
      found.map { "\($0.pointer) \($0.code)" } == [
        "#/zeta unknownField", "#/summary tooShort", "#/lines/0/quantity outOfRange", "#/lines/0/bogus unknownField",
        "#/lines/1 wrongType", "#/price/amount wrongType", "#/price/currency notInSet", "#/price/x unknownField",
        "#/last/a~1b required", "#/customerId required",
      ])
    #expect(found[2].limits == ["min": "0.01", "max": "1.00"])
  }

  @Test("at most fifty violations, however wrong the body is")
  func bounded() throws {
    let members = (0..<3000).map { "\"k\($0)\":1" }.joined(separator: ",")
    var form = try form("{\(members)}")
    #expect(violations(&form).count == 50)
  }

  @Test("absent keeps, null clears, a value sets (C-17)")
  func patches() throws {
    var form = try form(#"{"note":null,"name":null,"summary":"x","contact":{"phone":null},"id":"1"}"#)
    #expect(form.patch("note", .text(0...10)) == .set(nil))
    #expect(form.patch("summary", .text(0...10)) == .set("x"))
    #expect(form.patch("absent", .text(0...10)) == Patch<String?>.keep)
    #expect(form.requiredPatch("name", .text(1...10)) == .keep)
    #expect(form.objectPatch("contact") { $0.patch("phone", .text(1...5)) } == .set(.set(nil)))
    form.readOnly("id", "version")
    #expect(violations(&form).map { "\($0.pointer) \($0.code)" } == ["#/name required", "#/id readOnly"])
  }

  @Test("strings are stored in form C and counted after that")
  func normalised() throws {
    var form = try form("{\"a\":\"e\u{301}\",\"b\":\"e\u{301}\"}")
    #expect(form.required("a", .text(1...1))?.unicodeScalars.map(\.value) == [0xE9])
    #expect(form.required("b", .text(2...2)) == nil)
  }

  @Test(
    "amounts that look like numbers are none (C-05)",
    arguments: ["1e3", "1,50", "12abc", ".5", "01", "1.23456", "", " 7", "1.", "--1"])
  func amounts(_ text: String) throws {
    var form = try form("{\"price\":{\"amount\":\"\(text)\",\"currency\":\"CNY\"}}")
    #expect(form.required("price", .money) == nil)
    #expect(violations(&form).map(\.pointer) == ["#/price/amount"])
  }

  @Test(
    "integers out of every range are violations, not traps",
    arguments: ["1e3", "1.0", "99999999999999999999", "-1", "6"])
  func integers(_ text: String) throws {
    var form = try form("{\"n\":\(text)}")
    #expect(form.required("n", .integer(0...5)) == nil)
    #expect(violations(&form).count == 1)
  }
}
