import Domain
import Testing

@testable import API

@Suite struct HeaderTests {
  @Test("If-Match: lists, weak tags, stars and nonsense (C-16)")
  func preconditions() {
    #expect(EntityTag.precondition("*") == .any)
    #expect(EntityTag.precondition(" * ") == .any)
    #expect(EntityTag.precondition("\"7\"") == .versions([7]))
    #expect(EntityTag.precondition("\"x\", \"7\" ,\"9\"") == .versions([7, 9]))
    #expect(EntityTag.precondition(",\"7\",,") == .versions([7]))
    #expect(EntityTag.precondition("W/\"7\"") == .versions([]))
    #expect(EntityTag.precondition("\"07\", \"+7\", \"-0\"") == .versions([]))
    #expect(EntityTag.precondition("\"a,b\", \"3\"") == .versions([3]))
    for bad in ["", "7", "\"7", "7\"", "\"7\" \"8\"", "*, \"7\"", "w/\"7\"", "\"a b\"", ","] {
      #expect(EntityTag.precondition(bad) == nil, "\(bad)")
    }
  }

  @Test("If-None-Match compares weakly (C-14)")
  func conditions() {
    #expect(EntityTag.matches("\"x\", W/\"7\"", current: "\"7\""))
    #expect(EntityTag.matches("*", current: "\"7\""))
    #expect(!EntityTag.matches("\"77\"", current: "\"7\""))
    #expect(!EntityTag.matches("nonsense", current: "\"7\""))
  }

  @Test("idempotency keys: quoted or bare, 16 to 128 printable characters (C-19)")
  func keys() {
    let plain = "0123456789abcdef"
    #expect(IdempotencyKey.parse("\"\(plain)\"") == plain)
    #expect(IdempotencyKey.parse(plain) == plain)
    #expect(IdempotencyKey.parse(" \"\(plain)\" ") == plain)
    #expect(IdempotencyKey.parse("\"\\\"\\\\3456789abcdefgh\"") == "\"\\3456789abcdefgh")
    let long = String(repeating: "x", count: 128)
    #expect(IdempotencyKey.parse("\"\(long)\"") == long)
    for bad in [
      "", "\"short\"", "\"\(long)x\"", "\"\(plain)", "\(plain)\"", "\"é23456789abcdef0\"", "\"\(plain)\", \"\(plain)\"",
      "\(plain),\(plain)", "a b c d e f g h i j",
    ] {
      #expect(IdempotencyKey.parse(bad) == nil, "\(bad)")
    }
    func fingerprint(_ type: String, _ body: [UInt8], _ authority: [UInt8] = [1], _ key: [UInt8] = [2]) -> [UInt8] {
      IdempotencyKey.fingerprint(contentType: type, body: body, authority: authority, key: key)
    }
    let one = fingerprint("a", [98])
    #expect(one.count == 32 && one == fingerprint("a", [98]))
    #expect(one != fingerprint("ab", []))
    // Another scope or role, and another key of the server.
    #expect(one != fingerprint("a", [98], [3]))
    #expect(one != fingerprint("a", [98], [1], [4]))
  }

  @Test("media types with parameters; only UTF-8 (C-06)")
  func mediaTypes() {
    #expect(MediaType.essence("application/json") == "application/json")
    #expect(MediaType.essence("Application/JSON ; charset=\"UTF-8\"; v=1") == "application/json")
    #expect(MediaType.essence("application/json; charset=latin1") == nil)
    #expect(MediaType.essence("json") == nil)
    #expect(MediaType.essence("application/json; broken") == nil)
  }

  @Test("Accept: ranges, weights and exclusions (C-06)")
  func accept() {
    let json = ["application/json"]
    for good in [nil, "", "*/*", "application/*", "text/html, application/json;q=0.1", "text/html,*/*;q=0.1"] {
      #expect(MediaType.accepts(good, offered: json), "\(good ?? "nil")")
    }
    for bad in ["text/html", "application/json;q=0", "*/*, application/json;q=0", "application/xml, text/*"] {
      #expect(!MediaType.accepts(bad, offered: json), "\(bad)")
    }
  }

  @Test("request ids that would spoil a log are replaced (C-31)")
  func requestIDs() {
    #expect(RequestIdentity.requestID("abc-1") == "abc-1")
    for bad in [nil, "", "bad id;<>", String(repeating: "a", count: 65), "é"] {
      let made = RequestIdentity.requestID(bad)
      #expect(made.utf8.count == 16 && made.utf8.allSatisfy { Hexadecimal.value($0) != nil })
    }
  }

  @Test("traceparent: taken when well formed, else a new trace (C-31)")
  func traces() {
    let good = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    let taken = TraceContext(traceparent: good, tracestate: "a=b")
    #expect(taken.traceID == "4bf92f3577b34da6a3ce929d0e0e4736" && taken.parentID == "00f067aa0ba902b7")
    #expect(taken.traceparent == "00-4bf92f3577b34da6a3ce929d0e0e4736-\(taken.spanID)-01" && taken.state == "a=b")
    for bad in [
      nil, "", good + "-x", "01-" + good.dropFirst(3), good.uppercased(),
      "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
      "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
    ] {
      let made = TraceContext(traceparent: bad)
      #expect(made.parentID == nil && made.traceID.count == 32 && made.traceID != taken.traceID)
    }
  }

  @Test("only trusted proxies are believed (C-28)")
  func proxies() throws {
    let trust = ProxyTrust([try #require(IPRange("10.0.0.0/8")), try #require(IPRange("::1"))])
    func address(_ peer: String, _ forwarded: String?, _ legacy: String? = nil) -> String {
      trust.client(peer: peer, forwarded: forwarded, forwardedFor: legacy, scheme: nil, host: nil).address
    }
    #expect(address("192.0.2.9", "for=198.51.100.1") == "192.0.2.9")
    #expect(address("10.1.2.3", "for=198.51.100.1;proto=https") == "198.51.100.1")
    #expect(address("10.1.2.3", "for=203.0.113.66, for=198.51.100.1, for=10.9.9.9") == "198.51.100.1")
    #expect(address("::1", "for=\"[2001:db8::1]:4711\"") == "2001:db8::1")
    #expect(address("::1", nil, "198.51.100.1, 198.51.100.2") == "198.51.100.2")
    // Whoever stands behind a hop that names nobody may have written the rest himself.
    for hop in ["for=_hidden", "for=unknown", "proto=https", "", "for=\"_hidden:80\"", "for=198.51.100.999"] {
      #expect(address("10.1.2.3", hop) == "10.1.2.3", "\(hop)")
      #expect(address("10.1.2.3", "for=203.0.113.66, \(hop)") == "10.1.2.3", "\(hop)")
      #expect(address("10.1.2.3", "for=203.0.113.66, \(hop), for=10.9.9.9") == "10.9.9.9", "\(hop)")
    }
    #expect(address("10.1.2.3", nil, "203.0.113.66, unknown, 10.9.9.9") == "10.9.9.9")
    #expect(address("10.1.2.3", nil, "203.0.113.66, , 10.9.9.9") == "10.9.9.9")
    #expect(IPRange("10.0.0.0/33") == nil && IPRange("x") == nil)
    #expect(IPAddress("2001:db8::1")?.network == IPAddress("2001:db8::"))
  }

  @Test("dates of HTTP (RFC 9110 §5.6.7)")
  func dates() {
    #expect(HTTPDate.text(second: 784_111_777) == "Sun, 06 Nov 1994 08:49:37 GMT")
    #expect(HTTPDate.text(second: 0) == "Thu, 01 Jan 1970 00:00:00 GMT")
  }
}
