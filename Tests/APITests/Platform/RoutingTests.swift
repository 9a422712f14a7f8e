import Domain
import FoundationEssentials
import Testing

@testable import API

@Suite struct RoutingTests {
  private let index = RouteIndex([
    Operation(.get, "/v1/orders", .own("")), Operation(.post, "/v1/orders", .own("")),
    Operation(.get, "/v1/orders/{id}", .own("")), Operation(.get, "/v1/orders/open", .own("")),
    Operation(.get, "/v1/orders/{id}/lines/{line}", .own("")), Operation(.delete, "/v1/orders/open/x", .own("")),
  ])

  private func found(_ method: String, _ path: String) -> String {
    switch index.find(method: method, path: path[...]) {
    case .found(let match): "\(match.route) \(match.parameters)"
    case .methodNotAllowed(let allow, _): allow
    case .notFound: "404"
    }
  }

  @Test("paths find their route; slashes at the end and broken escapes find none (C-01)")
  func paths() {
    #expect(found("GET", "/v1/orders") == "0 []")
    #expect(found("HEAD", "/v1/orders") == "0 []")
    #expect(found("POST", "/v1/orders") == "1 []")
    #expect(found("GET", "/v1/orders/A%2F%41") == "2 [\"A/A\"]")
    #expect(found("GET", "/v1/orders/%2541") == "2 [\"%41\"]")
    #expect(found("GET", "/v1/orders/open") == "3 []")
    #expect(found("GET", "/v1/orders/open/lines/7") == "4 [\"open\", \"7\"]")
    for path in [
      "/v1/orders/", "/v1//orders", "/v1/orders/%", "/v1/orders/%zz", "/v1/orders/%00", "/v1/orders/%ff", "v1/orders",
      "", "/", "/v1/orders/a/b", "/V1/orders",
    ] {
      #expect(found("GET", path) == "404", "\(path)")
    }
  }

  @Test("another method on a known path lists the methods (C-06)")
  func methods() {
    #expect(found("DELETE", "/v1/orders") == "GET, HEAD, POST, OPTIONS")
    #expect(found("TRACE", "/v1/orders/open/x") == "DELETE, OPTIONS")
    #expect(found("get", "/v1/orders") == "GET, HEAD, POST, OPTIONS")
  }

  @Test("cursors survive the journey and nothing else (C-10)")
  func cursors() throws {
    let codec = CursorCodec(secret: [UInt8](repeating: 7, count: 32))
    var random = SeededGenerator(seed: 4)
    for _ in 0..<200 {
      let cursor = Cursor(
        keys: (0..<Int.random(in: 0..<4, using: &random)).map { $0 == 1 ? nil : "2026-11-21 20:36:00.\($0)é" },
        id: UUID.version7(at: Timestamp(milliseconds: 1)), backward: Bool.random(using: &random))
      let context = [UInt8.random(in: 0...255, using: &random)]
      let text = codec.encode(cursor, context: context)
      #expect(codec.decode(text, context: context) == cursor)
      #expect(codec.decode(text, context: context + [0]) == nil)
      #expect(codec.decode(text + "x", context: context) == nil)
      #expect(CursorCodec(secret: [UInt8](repeating: 8, count: 32)).decode(text, context: context) == nil)
      var units = Array(text.utf8)
      let position = Int.random(in: 0..<units.count, using: &random)
      units[position] = units[position] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
      #expect(codec.decode(String(decoding: units, as: UTF8.self), context: context) == nil)
    }
    for bad in ["", "A", "====", "é", String(repeating: "A", count: 5000)] {
      #expect(codec.decode(bad, context: []) == nil)
    }
  }

  @Test("base64url is canonical")
  func base64() {
    #expect(Base64URL.encode(Array("fo".utf8)) == "Zm8")
    #expect(Base64URL.encode([0xFB, 0xFF]) == "-_8")
    #expect(Base64URL.decode("Zm8") == Array("fo".utf8))
    #expect(Base64URL.decode("Zm9") == nil && Base64URL.decode("A") == nil && Base64URL.decode("Zg==") == nil)
  }
}
