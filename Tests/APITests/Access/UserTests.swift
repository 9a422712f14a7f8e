import API
import Domain
import FoundationEssentials
import Repositories
import Services
import TestSupport
import Testing

/// Users, delegations, machine clients, roles and oneself over HTTP.
@Suite("Users and clients over HTTP", .timeLimit(.minutes(20))) struct UserTests {
  @Test("a user is made, changed, disabled and enabled; what may not be given is refused (ORG-08, SEC-01, SEC-12)")
  func lifecycle() async throws {
    try await APIBench.with { bench in
      let head = bench.token(.stHead)
      let station = "\(bench.network.station)"
      let made = try await bench.created(
        "/v1/users", head, MatrixDocuments.userBody("li.na", .stAdviser, station: station))
      #expect(made.member("mustChangePassword") == "1" && made.member("state") == "active")
      #expect(made.header("etag") == #""1""# && !made.text.contains("password_hash") && !made.text.contains("argon2"))
      let id = try #require(made.member("id"))
      #expect(await bench.get("/v1/users/li.na", head).body == made.body)
      #expect(await bench.get("/v1/users/\(id)", head, ["if-none-match": #""1""#]).status == 304)
      expectProblem(
        await bench.send(
          "POST", "/v1/users", head, body: MatrixDocuments.userBody("li.na", .stAdviser, station: station)),
        409, "already-exists")
      expectProblem(
        await bench.send("POST", "/v1/users", head, body: MatrixDocuments.userBody("x.y", .hqExec, station: station)),
        422, "validation-failed", pointer: "#/roles")
      expectProblem(
        await bench.send(
          "POST", "/v1/users", head,
          body: MatrixDocuments.userBody("x.y", .stAdviser, station: "\(bench.network.otherStation)")),
        422, "validation-failed", pointer: "#/stationId", code: "notFound")
      expectProblem(
        await bench.send("POST", "/v1/users", head, body: #"{"username": "LI NA", "roles": [], "password": "x"}"#), 422,
        "validation-failed", pointer: "#/displayName", code: "required")

      let patched = await bench.patch("/v1/users/\(id)", head, version: 1, #"{"displayName": "李娜娜"}"#)
      #expect(patched.status == 200 && patched.member("version") == "2" && patched.member("displayName") == "李娜娜")
      expectProblem(
        await bench.patch("/v1/users/\(id)", head, version: 2, #"{"roles": ["stHead"]}"#), 422, "validation-failed",
        pointer: "#/roles", code: "readOnly")
      let roles = await bench.send(
        "PUT", "/v1/users/\(id)/roles", head, ["if-match": #""2""#], body: #"{"roles": ["stCashier", "stCrm"]}"#)
      #expect(roles.member("version") == "3" && roles.member("roles/0") == "stCashier")
      expectProblem(
        await bench.send("PUT", "/v1/users/\(id)/roles", head, body: #"{"roles": ["stCrm"]}"#), 428,
        "precondition-required")
      expectProblem(
        await bench.act("/v1/users/\(id)/disable", head, "{}", ifMatch: #""3""#), 422, "validation-failed",
        pointer: "#/reason", code: "required")
      let disabled = await bench.act("/v1/users/\(id)/disable", head, #"{"reason": "离职"}"#, ifMatch: #""3""#)
      #expect(disabled.member("state") == "disabled" && disabled.member("availableActions/0") == "enable")
      let again = await bench.act("/v1/users/\(id)/disable", head, #"{"reason": "离职"}"#)
      expectProblem(again, 409, "invalid-transition")
      #expect(again.member("from") == "disabled" && again.member("allowed/0") == "enable")
      #expect(await bench.act("/v1/users/\(id)/enable", head).member("state") == "active")
      let offers = await bench.get("/v1/users/\(id)/actions", head)
      #expect(offers.count("items") == 1 && offers.member("items/0/action") == "disable")
      #expect(offers.member("items/0/href") == "/v1/users/\(id)/disable")
      let history = await bench.get("/v1/users/\(id)/history", head)
      let types = (0..<history.count("items")).compactMap { history.member("items/\($0)/type") }
      #expect(types == ["user.created", "user.updated", "user.rolesChanged", "user.disabled", "user.enabled"])
      #expect(history.member("items/3/reason") == "离职")
      #expect(await bench.get("/v1/users?role=stCrm&state=active&q=li", head).count("items") == 1)
      expectProblem(
        await bench.get("/v1/users?role=king", head), 400, "invalid-parameter", parameter: "role", code: "notInSet")

      // Nobody changes his own standing, and those above are out of reach.
      let himself = bench.token(.stHead, subject: .user(try #require(UUID(canonical: id))))
      expectProblem(
        await bench.send("PUT", "/v1/users/\(id)/roles", himself, ["if-match": "*"], body: #"{"roles": ["stHead"]}"#),
        403, "separation-of-duties")
      let manager = bench.token(.stServiceManager)
      let master = bench.master(.station(bench.network.station))
      let boss = try await bench.create(
        "/v1/users", master, MatrixDocuments.userBody("boss", .stHead, station: station))
      expectProblem(
        await bench.act("/v1/users/\(boss)/disable", manager, #"{"reason": "x"}"#), 403, "forbidden")
      let reset = await bench.act("/v1/users/\(id)/password", head, #"{"password": "another-2026-pass"}"#, ifMatch: nil)
      #expect(reset.status == 200 && reset.member("mustChangePassword") == "1")
    }
  }

  @Test("a delegation lends roles for a time and ends early by revocation (ORG-13)")
  func delegation() async throws {
    try await APIBench.with { bench in
      let head = bench.token(.stHead)
      let station = "\(bench.network.station)"
      let lender = try await bench.create(
        "/v1/users", head, MatrixDocuments.userBody("lender", .stAdviser, station: station))
      let deputy = try await bench.create(
        "/v1/users", head, MatrixDocuments.userBody("deputy", .stCashier, station: station))
      let nextWeek = SystemClock.now().adding(seconds: 7 * 86_400).description
      func body(_ roles: String, to: String = deputy, ends: String = nextWeek) -> String {
        #"{"toUserId": "\#(to)", "roles": \#(roles), "endsAt": "\#(ends)", "reason": "年假"}"#
      }
      let path = "/v1/users/\(lender)/delegations"
      let made = try await bench.created(path, head, body(#"["stAdviser"]"#))
      #expect(made.header("etag") == #""2""# && made.member("active") == "1" && made.member("fromUserId") == lender)
      let id = try #require(made.member("id"))
      for user in [lender, deputy] {
        #expect(await bench.get("/v1/users/\(user)/delegations", head).member("items/0/id") == id)
      }
      for (refused, pointer) in [
        (body(#"["stInspector"]"#), "#/roles"),
        (body(#"["stAdviser"]"#, to: UUID.version7(at: SystemClock.now()).canonical), "#/toUserId"),
        (body(#"["stAdviser"]"#, to: lender), "#/toUserId"),
        (body(#"["stAdviser"]"#, ends: "2020-01-01T00:00:00Z"), "#/endsAt"),
        (body(#"["stAdviser"]"#, ends: "2099-01-01T00:00:00Z"), "#/endsAt"),
        (body("[]"), "#/roles"),
      ] {
        expectProblem(await bench.send("POST", path, head, body: refused), 422, "validation-failed", pointer: pointer)
      }
      let me = bench.token(
        APIBench.caller(
          [.stCashier], Role.stCashier.permissions, .station(bench.network.station),
          subject: .user(try #require(UUID(canonical: deputy)))))
      let standing = await bench.get("/v1/me", me)
      #expect(standing.member("delegations/0/id") == id && standing.member("username") == "deputy")
      expectProblem(await bench.act("\(path)/\(id)/revoke", head, ifMatch: nil), 428, "precondition-required")
      expectProblem(await bench.act("\(path)/\(id)/revoke", head, ifMatch: #""1""#), 412, "version-mismatch")
      let revoked = await bench.act("\(path)/\(id)/revoke", head, #"{"reason": "提前返岗"}"#, ifMatch: #""2""#)
      #expect(revoked.status == 200 && revoked.member("active") == "0" && revoked.member("revokedAt") != nil)
      expectProblem(
        await bench.act("\(path)/\(UUID.version7(at: SystemClock.now()).canonical)/revoke", head), 404, "not-found")
    }
  }

  @Test("a machine client shows its secret once, rotates it, and is revoked for good (C-22, SEC-12)")
  func client() async throws {
    try await APIBench.with { bench in
      let admin = bench.token(.sysAdmin, scope: .network)
      let station = "\(bench.network.station)"
      let key = "client-key-0123456789"
      let body = MatrixDocuments.clientBody("dms-1", station: station)
      let made = await bench.send("POST", "/v1/clients", admin, body: body, key: key)
      try #require(made.status == 201, "\(made.text)")
      let id = try #require(made.member("id"))
      let secret = try #require(made.member("clientSecret"))
      // The same answer again, but for the secret, which is kept nowhere.
      let repeated = await bench.send("POST", "/v1/clients", admin, body: body, key: key)
      #expect(repeated.status == 201 && repeated.member("id") == id && repeated.member("clientSecret") == nil)
      #expect(
        repeated.text == made.text.replacing("\"clientSecret\":\"\(secret)\"", with: "\"clientSecret\":null"))
      let read = await bench.get("/v1/clients/dms-1", admin)
      #expect(read.member("id") == id && !read.text.contains(secret) && read.member("clientSecret") == nil)
      expectProblem(await bench.send("POST", "/v1/clients", admin, body: body), 409, "already-exists")
      expectProblem(
        await bench.send(
          "POST", "/v1/clients", admin,
          body:
            #"{"clientId": "A B", "name": "x", "roles": ["dmsClient"], "permissions": ["users:write"], "stationId": "\#(station)"}"#
        ),
        422, "validation-failed", pointer: "#/clientId", code: "invalidFormat")
      let rotated = await bench.act("/v1/clients/\(id)/rotate-secret", admin, ifMatch: #""1""#)
      #expect(rotated.status == 200 && rotated.member("version") == "2" && rotated.member("clientSecret") != secret)
      expectProblem(
        await bench.act("/v1/clients/\(id)/revoke", admin, "{}"), 422, "validation-failed", pointer: "#/reason")
      let revoked = await bench.act("/v1/clients/\(id)/revoke", admin, #"{"reason": "停用"}"#)
      #expect(revoked.member("state") == "revoked" && revoked.count("availableActions") == 0)
      expectProblem(await bench.act("/v1/clients/\(id)/rotate-secret", admin), 409, "invalid-transition")
      let history = await bench.get("/v1/clients/\(id)/history", admin)
      #expect(history.count("items") == 3 && !history.text.contains(secret))
      #expect(await bench.get("/v1/clients?state=revoked&q=dms", admin).count("items") == 1)
      #expect(await bench.get("/v1/clients/\(id)/actions", admin).count("items") == 0)
    }
  }

  @Test("everybody sees the teams that he is in, and what he may do there (SEC-02)")
  func teams() async throws {
    try await APIBench.with { bench in
      let id = try await bench.create(
        "/v1/users", bench.master(),
        #"{"username": "zhao.min", "displayName": "赵敏", "password": "correct horse battery", "roles": ["legal"]}"#)
      let counsel = User.ID(try #require(UUID(canonical: id)))
      let subject = DocumentSubject(
        resource: .workOrder, id: UUID.version7(at: SystemClock.now()), number: "X-1", version: 1, stationID: nil)
      let command: Command<[CaseMembership]> = Caller.system.command(at: SystemClock.now())
      _ = try await bench.database.database.write(.system) { tx in
        try await CaseGrants.grant(
          subject, to: [CaseMember(userID: counsel, role: .legal)], pointer: "#/members", command, in: tx)
      }
      let me = bench.token(
        APIBench.caller([.legal], Role.legal.permissions, .network, subject: .user(counsel.uuid)))
      let standing = await bench.get("/v1/me", me)
      #expect(standing.count("cases") == 1 && standing.member("cases/0/subjectId") == subject.id.canonical)
      #expect(standing.member("cases/0/resource") == "work-orders" && standing.member("cases/0/number") == "X-1")
      #expect(standing.member("cases/0/role") == "legal")
      #expect(
        (0..<9).contains { standing.member("cases/0/permissions/\($0)") == "complaints:writeAgreement" },
        "\(standing.text)")
      let other = bench.token(APIBench.caller([.legal], Role.legal.permissions, .network))
      #expect(await bench.get("/v1/me", other).count("cases") == 0)
    }
  }

  @Test("roles are published with all that they grant, and everybody sees his own standing")
  func roles() async throws {
    try await APIBench.with { bench in
      let token = bench.token(.stTechnician)
      let roles = await bench.get("/v1/roles", token)
      #expect(roles.count("items") == 43 && roles.member("nextCursor") == nil)
      for (place, role) in Role.allCases.enumerated() {
        #expect(roles.member("items/\(place)/code") == role.rawValue)
        #expect(roles.count("items/\(place)/permissions") == 0 || !role.permissions.isEmpty)
      }
      let me = await bench.get("/v1/me", token)
      #expect(me.member("kind") == "client" && me.member("scope/stationId") == "\(bench.network.station)")
      #expect(me.member("roles/0") == "stTechnician" && me.count("permissions") == Role.stTechnician.permissions.count)
      #expect(await bench.get("/v1/meta", token).status == 200)
    }
  }
}
