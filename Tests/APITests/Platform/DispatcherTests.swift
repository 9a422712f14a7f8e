import Domain
import FoundationEssentials
import HTTPTypes
import Logging
import Synchronization
import Testing

@testable import API

/// A dispatcher with a few routes that stand for every kind, and a clock that the test turns.
struct Edge {
  let dispatcher: Dispatcher
  let time = Time()
  let uploads = Uploads()

  /// What became of the bodies that streamed in.
  final class Uploads: Sendable {
    private let state = Mutex((begun: 0, largest: 0, bytes: 0, failures: [String]()))
    var begun: Int { state.withLock { $0.begun } }
    var bytes: Int { state.withLock { $0.bytes } }
    /// The largest piece.
    var largest: Int { state.withLock { $0.largest } }
    var failures: [String] { state.withLock { $0.failures } }
    func begin() { state.withLock { $0.begun += 1 } }
    func take(_ count: Int) {
      state.withLock {
        $0.bytes += count
        $0.largest = max($0.largest, count)
      }
    }
    func fail(_ error: any Error) { state.withLock { $0.failures.append("\((error as? Problem)?.status ?? 0)") } }
  }

  final class Time: Sendable {
    private let value = Mutex<Int64>(0)
    var now: Int64 { value.withLock { $0 } }
    func advance(seconds: Int64) { value.withLock { $0 += seconds * 1_000_000_000 } }
  }

  struct Thing: JSONWritable {
    func write(to json: inout JSONWriter) {
      json.object {
        $0.field("id", "t1")
        $0.field("name", "thing")
      }
    }
  }

  init(_ change: (inout EdgeConfiguration) -> Void = { _ in }) throws {
    var table = RouteTable()
    table.get("/v1/things", .regionsRead) { call in
      let page = try call.page(sorts: ["createdAt", "name"], default: "-createdAt")
      _ = try call.query.text("q", max: 10)
      _ = try call.query.anyOf("kind", FormTests.Colour.self)
      _ = try call.query.timestamp("createdAtFrom")
      let id = UUID.version7(at: call.at)
      let next = Cursor(keys: page.sort.map { _ in "k" }, id: id, backward: false)
      return try Answer.page(
        Page(
          items: Array(repeating: Thing(), count: min(page.limit, 3)), next: next, previous: page.cursor,
          total: page.wantsTotal ? 9 : nil), call)
    }
    table.post("/v1/things", .regionsWrite) { call in
      var form = try call.body()
      _ = form.required("name", .text(1...5))
      try form.finish()
      let command = call.command { (thing: Thing) in Answer.created(thing, location: "/v1/things/t1", etag: 1) }
      return try command.present(Thing())
    }
    table.get("/v1/things/{id}", .regionsRead) { call in
      if call.parameter("id") == "gone" { throw Refusal.notFound }
      if call.parameter("id") == "boom" { throw Secret(text: "password") }
      if call.parameter("id") == "busy" { throw Failure.busy }
      return try Answer.ok(Thing(), call, etag: 7)
    }
    table.patch("/v1/things/{id}", .regionsWrite) { call in
      if call.parameter("id") == "gone" { throw Refusal.notFound }
      var form = try call.body()
      _ = form.patch("name", .text(1...5))
      try form.finish()
      let command = call.command { (_: Int) in Answer.ok(Thing(), etag: 8) }
      try command.precondition?.require(7)
      return try command.present(0)
    }
    table.action("/v1/things/{id}/close", .regionsWrite) { call in
      throw Refusal.transition(action: "close", from: "closed", to: nil, allowed: ["open"])
    }
    table.delete("/v1/things/{id}", .regionsWrite) { _ in .noContent }
    table.form("/oauth2/token", .open("login")) { call in
      Answer.ok(["grant": try call.formFields()["grant_type"] ?? ""])
    }
    table.get("/v1/cases", .complaintsRead) { call in
      try Answer.ok(["cases": "\(call.caller.scope.stations?.count ?? -1) \(call.caller.scope.cases.count)"], call)
    }
    table.get("/v1/links/{token}", .open("the link is the secret")) { try Answer.ok(Thing(), $0) }
    table.add(
      Operation(
        .post, "/v1/files", .permission(.regionsWrite), body: .stream(["image/png"], bytesPerSecond: 1024),
        idempotency: .required, status: 201, maximumBody: 1_000_000)
    ) { [uploads] call in
      uploads.begin()
      do {
        try await call.stream.read { uploads.take($0.count) }
      } catch {
        uploads.fail(error)
        throw error
      }
      return Answer.ok(["type": call.mediaType])
    }
    table.add(Operation(.get, "/livez", .open("probe"), criticality: .vital, quota: nil)) { _ in
      Answer.ok(["status": "pass"])
    }
    var configuration = EdgeConfiguration(cursorSecret: [UInt8](repeating: 1, count: 32))
    configuration.publicOrigin = "https://service.example"
    change(&configuration)
    let reader = UUID()
    let writer = UUID()
    let authenticator = Authenticator { token in
      switch token {
      case "reader": Caller(subject: .user(reader), name: "R", roles: [], permissions: [.regionsRead], scope: .network)
      case "writer":
        Caller(
          subject: .user(writer), name: "W", roles: [], permissions: [.regionsRead, .regionsWrite], scope: .network)
      case "counsel":
        Caller(
          subject: .user(writer), name: "L", roles: [.legal], permissions: Role.legal.permissions, scope: .network,
          grants: [CaseGrant(caseID: writer, role: .legal)])
      case "quality":
        Caller(
          subject: .user(writer), name: "Q", roles: [.qa], permissions: Role.qa.permissions, scope: .network)
      default: nil
      }
    }
    dispatcher = Dispatcher(
      table, authenticator: authenticator, disclosures: DisclosureRecord { _ in }, configuration: configuration,
      clock: WallClock { Timestamp(milliseconds: 1_795_293_360_000) }, metrics: Metrics(operations: table.operations),
      logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, monotonic: { [time] in time.now })
  }

  struct Secret: Error { let text: String }

  func send(
    _ method: String, _ target: String, token: String? = "writer", _ fields: [String: String] = [:], body: String = "",
    peer: String = "192.0.2.1"
  ) async throws -> Answer {
    var head = HTTPRequest(method: try #require(.init(method)), scheme: "http", authority: "localhost", path: target)
    if let token { head.headerFields[.authorization] = "Bearer \(token)" }
    for (name, value) in fields { head.headerFields[try #require(HTTPField.Name(name))] = value }
    return await dispatcher.respond(to: IncomingRequest(head: head, peer: peer, body: Array(body.utf8)))
  }
}

extension Answer {
  func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }
  var text: String { String(decoding: body, as: UTF8.self) }
  func member(_ name: String) -> JSONValue? {
    guard let value = try? JSONParser.parse(body).value, case .object(let object) = value else { return nil }
    return object[name]
  }
}

@Suite struct DispatcherTests {
  private let json = ["content-type": "application/json"]
  private let create = ["content-type": "application/json", "idempotency-key": "\"0123456789abcdef\""]
  private let merge = ["content-type": "application/merge-patch+json"]

  @Test("every answer carries the security headers, the request id and no-store (C-28, C-31)")
  func headers() async throws {
    let edge = try Edge()
    for (method, target, token) in [
      ("GET", "/v1/things/t1", "writer"), ("GET", "/v1/nope", "writer"), ("PUT", "/v1/things", "writer"),
      ("GET", "/v1/things", "bad"), ("GET", "/livez", ""),
    ] {
      let answer = try await edge.send(method, target, token: token, ["x-request-id": "abc-1"])
      #expect(answer.header("x-content-type-options") == "nosniff")
      #expect(answer.header("x-frame-options") == "DENY" && answer.header("referrer-policy") == "no-referrer")
      #expect(answer.header("content-security-policy") == "frame-ancestors 'none'; default-src 'none'")
      #expect(answer.header("cache-control") == "no-store" && answer.header("x-request-id") == "abc-1")
      #expect(Set(answer.headers.map(\.name)).count == answer.headers.count)
    }
  }

  @Test("a handler gets a caller who sees as much as the operation's permission reaches for him (SEC-02)")
  func reach() async throws {
    let edge = try Edge()
    #expect(try await edge.send("GET", "/v1/cases", token: "counsel").member("cases") == .string("0 1"))
    #expect(try await edge.send("GET", "/v1/cases", token: "quality").member("cases") == .string("-1 0"))
  }

  @Test("checks come in the order of C-07")
  func order() async throws {
    let edge = try Edge()
    // Each request has every later fault too.
    #expect(try await edge.send("POST", "/v1/nope", token: nil, body: "{").status == 404)
    #expect(try await edge.send("POST", "/v1/things", token: nil, ["accept": "text/html"], body: "{").status == 401)
    #expect(try await edge.send("PUT", "/v1/things", token: nil).status == 401)
    #expect(
      try await edge.send("POST", "/v1/things", token: "reader", ["accept": "text/html"], body: "{").status == 403)
    #expect(try await edge.send("PUT", "/v1/things", body: "{").status == 405)
    #expect(
      try await edge.send("POST", "/v1/things", ["accept": "text/html", "content-type": "text/xml"], body: "{").status
        == 406)
    #expect(try await edge.send("POST", "/v1/things", ["content-type": "text/xml"], body: "{").status == 415)
    #expect(
      try await edge.send("POST", "/v1/things?x=1", json, body: String(repeating: " ", count: 1 << 20) + " ").status
        == 413)
    #expect(try await edge.send("POST", "/v1/things?x=1", create, body: "{\"name\":\"n\"}").status == 400)
    #expect(try await edge.send("POST", "/v1/things", create, body: "{").status == 400)
    #expect(try await edge.send("POST", "/v1/things", json, body: "{\"name\":\"n\"}").status == 400)
    #expect(try await edge.send("POST", "/v1/things", create, body: "{\"nam\":\"n\"}").status == 422)
    #expect(try await edge.send("POST", "/v1/things", create, body: "[]").status == 422)
    #expect(try await edge.send("POST", "/v1/things", create, body: "{\"name\":\"n\"}").status == 201)
    #expect(try await edge.send("PATCH", "/v1/things/gone", merge, body: "{\"name\":\"n\"}").status == 404)
    #expect(try await edge.send("PATCH", "/v1/things/t1", merge, body: "{\"name\":\"n\"}").status == 428)
    #expect(
      try await edge.send("PATCH", "/v1/things/t1", merge.merging(["if-match": "\"6\""]) { $1 }, body: "{}").status
        == 412)
    #expect(
      try await edge.send("PATCH", "/v1/things/t1", merge.merging(["if-match": "nonsense"]) { $1 }, body: "{}").status
        == 400)
    #expect(
      try await edge.send("PATCH", "/v1/things/t1", merge.merging(["if-match": "\"6\", \"7\""]) { $1 }, body: "{}")
        .status == 200)
    #expect(
      try await edge.send("PATCH", "/v1/things/t1", merge.merging(["if-match": "*"]) { $1 }, body: "").status == 400)
    #expect(
      try await edge.send("POST", "/v1/things/t1/close", create.merging(["if-match": "*"]) { $1 }, body: "{}").status
        == 409)
    #expect(
      try await edge.send("POST", "/v1/things/t1/close", ["idempotency-key": "0123456789abcdef", "if-match": "*"])
        .status == 409)
    #expect(try await edge.send("GET", "/" + String(repeating: "a", count: 9000)).status == 414)
  }

  @Test("problems carry exactly the members of C-08, and nothing of an unknown error")
  func problems() async throws {
    let edge = try Edge()
    let trace = ["traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "x-request-id": "r"]
    #expect(
      try await edge.send(
        "POST", "/v1/things/t1/close?", create.merging(trace) { $1 }.merging(["if-match": "*"]) { $1 }, body: "{}"
      ).text
        == #"""
        {"action":"close","allowed":["open"],"detail":"The action 'close' is not possible in the state 'closed'.",\#
        "from":"closed","instance":"/v1/things/t1/close","requestId":"r","status":409,"title":"Transition not allowed","to":null,\#
        "traceId":"4bf92f3577b34da6a3ce929d0e0e4736","type":"/problems/invalid-transition"}
        """#)
    let boom = try await edge.send("GET", "/v1/things/boom", trace)
    #expect(
      boom.text
        == #"{"instance":"/v1/things/boom","requestId":"r","status":500,"title":"Internal error","traceId":"4bf92f3577b34da6a3ce929d0e0e4736","type":"/problems/internal-error"}"#
    )
    #expect(boom.header("content-type") == "application/problem+json")
    let busy = try await edge.send("GET", "/v1/things/busy")
    #expect(busy.status == 503 && busy.header("retry-after") == "1")
    let wrong = try await edge.send("POST", "/v1/things", create, body: #"{"name":"","a":"\u0000"}"#)
    #expect(
      wrong.text.contains(##""errors":[{"code":"invalidFormat","detail":"must not contain U+0000","pointer":"#/a"}"##))
    #expect(wrong.text.contains(##"{"code":"tooShort","detail":"must not be empty","min":"1","pointer":"#/name"}"##))
  }

  @Test("401 says how to authenticate, 405 what is allowed, 415 what is read (C-06, RFC 6750)")
  func fields() async throws {
    let edge = try Edge()
    #expect(
      try await edge.send("GET", "/v1/things", token: nil).header("www-authenticate") == "Bearer realm=\"after-sales\"")
    #expect(
      try await edge.send("GET", "/v1/things", token: "bad").header("www-authenticate")?.contains("invalid_token")
        == true)
    #expect(try await edge.send("GET", "/v1/things", token: nil, ["authorization": "Basic eA=="]).status == 401)
    #expect(try await edge.send("TRACE", "/v1/things").header("allow") == "GET, HEAD, POST, OPTIONS")
    // A wrong method is no secret where the right one needs no token.
    #expect(try await edge.send("TRACE", "/v1/things", token: nil).status == 401)
    #expect(try await edge.send("TRACE", "/v1/links/x", token: nil).status == 405)
    let options = try await edge.send("OPTIONS", "/v1/things", token: nil)
    #expect(options.status == 204 && options.header("allow") == "GET, HEAD, POST, OPTIONS")
    #expect(
      try await edge.send("PATCH", "/v1/things/t1", json, body: "{}").header("accept-patch")
        == "application/merge-patch+json")
    #expect(
      try await edge.send("POST", "/v1/things", create.merging(["content-encoding": "gzip"]) { $1 }, body: "{}").status
        == 415)
  }

  @Test("lists: pages, links, cursors, and 400 for what they do not know (C-10 to C-13)")
  func lists() async throws {
    let edge = try Edge()
    let first = try await edge.send("GET", "/v1/things?limit=2&q=a%20b&total=exact&sort=name,-createdAt")
    #expect(first.status == 200 && first.member("totalCount") == .number("9"))
    guard case .string(let cursor) = first.member("nextCursor") else { throw Refusal.notFound }
    #expect(
      first.header("link")
        == "<https://service.example/v1/things?limit=2&q=a%20b&total=exact&sort=name%2C-createdAt&cursor=\(cursor)>; rel=\"next\", "
        + "<https://service.example/v1/things?limit=2&q=a%20b&total=exact&sort=name%2C-createdAt>; rel=\"first\"")
    #expect(try await edge.send("GET", "/v1/things?limit=50&q=a+b&sort=name,-createdAt&cursor=\(cursor)").status == 200)
    for query in [
      "q=a+b&sort=name&cursor=\(cursor)", "q=other&sort=name,-createdAt&cursor=\(cursor)", "cursor=\(cursor)x",
      "cursor=", "limit=0",
      "limit=-1", "limit=x", "limit=", "sort=secret", "sort=", "sort=name,name", "kind=green", "kind=", "stat=open",
      "q=a&q=b", "q=",
      "q=\(String(repeating: "a", count: 11))", "q=%00", "q=%ff", "q=%zz", "createdAtFrom=2026-02-30T00:00:00Z",
      "createdAtFrom=yesterday",
      "total=yes", "fields=a.b.c", "expand=everything", "kind=red;drop",
    ] {
      let answer = try await edge.send("GET", "/v1/things?\(query)")
      #expect(answer.status == 400, "\(query)")
    }
    for query in [
      "limit=5000", "limit=99999999999999999999999", "kind=red,blue", "createdAtFrom=2026-11-21T10:00:00%2B08:00",
      "createdAtFrom=2026-11-21T10:00:00+08:00", "sort=%2Bname", "",
    ] {
      #expect(try await edge.send("GET", "/v1/things?\(query)").status == 200, "\(query)")
    }
    #expect(
      try await edge.send("GET", "/v1/things?fields=id&limit=1").text.hasPrefix(
        #"{"items":[{"id":"t1"}],"nextCursor":""#))
  }

  @Test("conditional reads and sparse fields (C-13, C-14); absolute Location (C-15)")
  func conditions() async throws {
    let edge = try Edge()
    #expect(try await edge.send("GET", "/v1/things/t1").header("etag") == "\"7\"")
    for condition in ["\"x\", W/\"7\"", "*"] {
      let answer = try await edge.send("GET", "/v1/things/t1", ["if-none-match": condition])
      #expect(answer.status == 304 && answer.body.isEmpty && answer.header("etag") == "\"7\"")
    }
    #expect(try await edge.send("GET", "/v1/things/t1", ["if-none-match": "\"6\""]).status == 200)
    let sparse = try await edge.send("GET", "/v1/things/t1?fields=name")
    #expect(sparse.text == #"{"name":"thing"}"# && sparse.header("etag") == nil)
    let created = try await edge.send("POST", "/v1/things", create, body: "{\"name\":\"n\"}")
    #expect(created.header("location") == "https://service.example/v1/things/t1")
  }

  @Test("clients have a quota, strangers share their address's (C-27)")
  func quotas() async throws {
    let edge = try Edge {
      $0.quotas["default"] = Quota(requests: 3, seconds: 60)
      $0.addressQuota = Quota(requests: 2, seconds: 60)
      $0.loginQuota = Quota(requests: 1, seconds: 60)
    }
    let first = try await edge.send("GET", "/v1/things/t1")
    #expect(
      first.header("ratelimit-policy") == "\"default\";q=3;w=60" && first.header("ratelimit") == "\"default\";r=2;t=60")
    for _ in 0..<2 { #expect(try await edge.send("GET", "/v1/things/t1").status == 200) }
    let refused = try await edge.send("GET", "/v1/things/t1")
    #expect(refused.status == 429 && refused.header("retry-after") == "20")
    #expect(refused.member("violated-policies") == .array([.string("default")]))
    #expect(refused.member("type") == .string("https://iana.org/assignments/http-problem-types#quota-exceeded"))
    #expect(try await edge.send("GET", "/v1/things/t1", token: "reader").status == 200)
    edge.time.advance(seconds: 20)
    #expect(try await edge.send("GET", "/v1/things/t1").status == 200)
    for _ in 0..<2 { #expect(try await edge.send("GET", "/v1/things", token: "bad").status == 401) }
    #expect(try await edge.send("GET", "/v1/things", token: "bad").status == 429)
    #expect(try await edge.send("GET", "/v1/things", token: "reader").status == 429)
    #expect(try await edge.send("GET", "/v1/things", token: "reader", peer: "192.0.2.2").status == 200)
    let form = ["content-type": "application/x-www-form-urlencoded"]
    let login = try await edge.send(
      "POST", "/oauth2/token", token: nil, form, body: "grant_type=a+b%21", peer: "192.0.2.3")
    #expect(login.text == #"{"grant":"a b!"}"#)
    #expect(
      try await edge.send("POST", "/oauth2/token", token: nil, form, body: "a=1", peer: "192.0.2.3").status == 429)
    for _ in 0..<5 { #expect(try await edge.send("GET", "/livez", token: nil).status == 200) }
  }

  @Test("overload is answered with 503 and Retry-After, health not at all (R14)")
  func overload() async throws {
    let edge = try Edge { $0.overload = .init(concurrency: 0, lateness: 25) }
    let shed = try await edge.send("GET", "/v1/things")
    #expect(
      shed.status == 503 && shed.header("retry-after") == "1" && shed.member("type") == .string("/problems/overloaded"))
    #expect(try await edge.send("GET", "/livez", token: nil).status == 200)
    #expect(edge.dispatcher.overload.inProgress == 0)
  }

  @Test("origins on the list, and no other (C-28)")
  func origins() async throws {
    let edge = try Edge { $0.allowedOrigins = ["https://app.example"] }
    let good = try await edge.send("GET", "/v1/things/t1", ["origin": "https://app.example"])
    #expect(good.header("access-control-allow-origin") == "https://app.example" && good.header("vary") == "Origin")
    let evil = try await edge.send("GET", "/v1/things/t1", ["origin": "https://evil.example"])
    #expect(evil.header("access-control-allow-origin") == nil)
    let preflight = try await edge.send(
      "OPTIONS", "/v1/things", token: nil, ["origin": "https://app.example", "access-control-request-method": "POST"])
    #expect(preflight.status == 204 && preflight.header("access-control-allow-methods") == "GET, HEAD, POST, OPTIONS")
    let allowed = preflight.header("access-control-allow-headers")?.lowercased().split(separator: ", ") ?? []
    for name in ["access-purpose", "authorization", "idempotency-key", "if-match", "if-none-match", "range"] {
      #expect(allowed.contains { $0 == name }, "\(name) may be sent")
    }
    let exposed = good.header("access-control-expose-headers")?.lowercased().split(separator: ", ") ?? []
    for name in ["content-disposition", "etag", "link", "location", "retry-after", "x-request-id"] {
      #expect(exposed.contains { $0 == name }, "\(name) may be read")
    }
    #expect(
      try await Edge().send("GET", "/livez", ["origin": "https://app.example"]).header("access-control-allow-origin")
        == nil)
  }

  @Test("the contract is served as YAML, JSON and page; problem types resolve (C-08, C-34)")
  func system() async throws {
    var table = RouteTable()
    let yaml = """
      openapi: 3.1.0
      info: {title: "A <b>", version: '1.0'}
      paths:
        /v1/things:
          get: {summary: List & more, responses: {'200': {description: yes}}}
      x: {on: true, n: 12, f: 1.5, none: null, quoted: "12", version: 1.0}
      """
    let readiness = Readiness()
    let catalogue = ProblemCatalogue()
    let system = SystemRoutes(
      readiness: readiness, checks: [.init("database") { true }], document: try OpenAPIDocument(yaml: yaml),
      version: "1",
      catalogue: { catalogue })
    system.add(to: &table)
    let dispatcher = Dispatcher(
      table, authenticator: Authenticator { _ in nil }, disclosures: DisclosureRecord { _ in },
      configuration: EdgeConfiguration(cursorSecret: [UInt8](repeating: 1, count: 32)),
      clock: SystemClock.wall, metrics: Metrics(operations: table.operations),
      logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    func get(_ path: String) async -> Answer {
      await dispatcher.respond(
        to: IncomingRequest(head: HTTPRequest(method: .get, scheme: nil, authority: nil, path: path)))
    }
    #expect(await get("/openapi.yaml").text == yaml)
    #expect(
      await get("/openapi.json").text
        == #"{"info":{"title":"A <b>","version":"1.0"},"openapi":"3.1.0","paths":{"/v1/things":{"get":{"responses":{"200":{"description":true}},"summary":"List & more"}}},"x":{"f":1.5,"n":12,"none":null,"on":true,"quoted":"12","version":1.0}}"#
    )
    let page = await get("/docs")
    #expect(page.text.contains("<code>/v1/things</code> List &amp; more</summary>"))
    #expect(page.text.contains("A &lt;b&gt;"))
    #expect(page.headers.filter { $0.name == "content-security-policy" }.count == 1)
    for type in ProblemType.platform where type != .quotaExceeded { #expect(await get(type.uri).status == 200) }
    #expect(await get("/problems/nope").status == 404)
    #expect(await get("/problems").header("cache-control") == "public, max-age=300")
    #expect(await get("/livez").text == #"{"status":"pass"}"#)
    #expect(await get("/readyz").status == 503)
    readiness.serve(port: 1)
    #expect(
      await get("/readyz").text
        == #"{"checks":{"database":{"status":"pass"},"server":{"status":"pass"}},"status":"pass"}"#)
    readiness.drain()
    #expect(await get("/readyz").status == 503)
  }
}
