import API
import Domain
import FoundationEssentials
import TestSupport
import Testing

/// Warranty claims over HTTP (SM-6).
@Suite("Warranty claims over HTTP", .timeLimit(.minutes(20))) struct WarrantyClaimTests {
  private static let path = "/v1/warranty-claims"

  /// A campaign's job: no part that comes back, no term that ends.
  private static func body(order: String, part: String, amount: String = "100.00") -> String {
    """
    {"kind": "campaign", "workOrderId": "\(order)", "items": [
      {"description": "更换水泵 Pump", "causalPartNumber": "\(part)", "lines": [
        {"kind": "sublet", "description": "外协", "amount": {"amount": "\(amount)", "currency": "CNY"}}]}]}
    """
  }

  private static func person(_ bench: APIBench, _ role: Role, _ scope: Scope? = nil) -> String {
    bench.token(role, scope: scope, subject: .user(UUID.version7(at: SystemClock.now())))
  }

  private static func submit(_ bench: APIBench, _ claim: String, _ token: String) async -> TestAnswer {
    await bench.act("\(path)/\(claim)/submit", token)
  }

  @Test("of two stations that claim the same repair at the same moment exactly one is the first (A3, CLM-09)")
  func race() async throws {
    try await APIBench.with { bench in
      let network = bench.network
      // Both have delivered an order on the same vehicle.
      let documents = try await MatrixDocuments(bench)
      let (first, second) = (documents.own.order, documents.other.order)
      let here = bench.token(.stClaims)
      let there = bench.token(.stClaims, scope: .station(network.otherStation))
      for round in 0..<10 {
        let one = try await bench.create(Self.path, here, Self.body(order: first, part: "WP-\(round)", amount: "10.00"))
        let two = try await bench.create(
          Self.path, there, Self.body(order: second, part: "WP-\(round)", amount: "10.00"))
        async let mine = Self.submit(bench, one, here)
        async let theirs = Self.submit(bench, two, there)
        let answers = [await mine, await theirs]
        #expect(answers.map(\.status) == [200, 200], "\(answers.map(\.text))")
        #expect(answers.count { $0.member("state") == "payable" } == 1)
        #expect(answers.count { $0.member("state") == "underAudit" } == 1)
        // What the later one is told of the other station stops at its door.
        let isMineFlagged = answers[0].member("state") == "underAudit"
        let (claim, token, foreign) = isMineFlagged ? (one, here, network.otherStation) : (two, there, network.station)
        let findings = await bench.get("\(Self.path)/\(claim)/findings", token)
        #expect(findings.member("findings/0/rule") == "sameRepairInWindow")
        #expect(!findings.text.contains("\(foreign)"))
        let seen = await bench.get("\(Self.path)/\(claim)/findings", bench.token(.hqClaims, scope: .network))
        #expect(seen.text.contains("\(foreign)"))
      }
    }
  }

  @Test("of 200 claims for one repair that two stations submit at once exactly one is the first (A3, CLM-09, S14)")
  func burst() async throws {
    let rounds = ProcessInfo.processInfo.environment["CLAIM_RACE_ROUNDS"].flatMap(Int.init) ?? 1
    try await APIBench.with { bench in
      let documents = try await MatrixDocuments(bench)
      let sides = [
        (order: documents.own.order, token: bench.token(.stClaims)),
        (
          order: documents.other.order,
          token: bench.token(.stClaims, scope: .station(bench.network.otherStation))
        ),
      ]
      for round in 0..<rounds {
        var made: [(claim: String, token: String)] = []
        for place in 0..<200 {
          let side = sides[place % 2]
          // So small that all rounds together stay below what is approved automatically of one order.
          let body = Self.body(order: side.order, part: "BURST-\(round)", amount: "0.10")
          made.append((claim: try await bench.create(Self.path, side.token, body), token: side.token))
        }
        let states = await Self.submitAll(bench, made)
        #expect(states == ["payable": 1, "underAudit": 199], "\(states)")
        #expect(
          try bench.database.admin(
            "select count(*) from claimed_repairs where causal_part = 'BURST-\(round)' and first_repair") == "1")
      }
    }
  }

  /// Submits all of them at once.
  ///
  /// - Returns: how many came to which state.
  private static func submitAll(
    _ bench: APIBench, _ made: [(claim: String, token: String)]
  ) async -> [String: Int] {
    await withTaskGroup(of: String.self, returning: [String: Int].self) { group in
      for one in made {
        group.addTask {
          // Who waits too long for his turn is asked to come again, with the same key.
          let key = "k-" + UUID.version7(at: SystemClock.now()).canonical
          while true {
            let answer = await bench.send(
              "POST", "\(path)/\(one.claim)/submit", one.token, ["if-match": "*"], body: "{}", key: key,
              checked: false)
            if answer.status != 503 { return answer.member("state") ?? answer.text }
          }
        }
      }
      var states: [String: Int] = [:]
      for await state in group { states[state, default: 0] += 1 }
      return states
    }
  }

  @Test("an order in twenty claims that come at once is approved automatically up to the limit of one (CLM-01, S14)")
  func pieces() async throws {
    try await APIBench.with { bench in
      let order = try await bench.walk(bench.master(.station(bench.network.station))).order(in: .delivered)
      let token = bench.token(.stClaims)
      var made: [(claim: String, token: String)] = []
      for piece in 0..<20 {
        made.append(
          (claim: try await bench.create(Self.path, token, Self.body(order: order, part: "PC-\(piece)")), token))
      }
      let states = await Self.submitAll(bench, made)
      #expect(states == ["payable": 10, "underAudit": 10], "\(states)")
      // A person sees nothing wrong in what is left, and decides.
      let left = await bench.get("\(Self.path)?state=underAudit&limit=1", token)
      let id = try #require(left.member("items/0/id"))
      #expect(left.member("items/0/reviewFindings") == "0" && left.member("items/0/blockingFindings") == "0")
      let decided = await bench.act(
        "\(Self.path)/\(id)/decide", Self.person(bench, .hqClaims, .network),
        #"{"decisions": [{"line": 1, "outcome": "approved", "reason": "asClaimed", "text": "属实"}]}"#)
      #expect(decided.member("state") == "payable", "\(decided.text)")
    }
  }

  @Test("another system says the same draft twice and is told that nothing changed, at its station alone (A6)")
  func upserted() async throws {
    try await APIBench.with { bench in
      let order = try await bench.walk(bench.master(.station(bench.network.station))).order(in: .delivered)
      let token = bench.token(.stClaims)
      let path = "\(Self.path)/by-external/dms/C-1"
      let body = Self.body(order: order, part: "WP-1")
      let made = await bench.send("PUT", path, token, body: body, key: nil)
      #expect(made.status == 201 && made.header("upsert-outcome") == "created", "\(made.text)")
      let id = try #require(made.member("id"))
      let again = await bench.send("PUT", path, token, body: body, key: nil)
      #expect(again.status == 200 && again.header("upsert-outcome") == "unchanged", "\(again.text)")
      #expect(again.member("id") == id && again.member("version") == "1")
      let dearer = body.replacing("100.00", with: "120.00")
      let changed = await bench.send("PUT", path, token, body: dearer, key: nil)
      #expect(changed.header("upsert-outcome") == "updated" && changed.member("claimed/amount") == "120.00")
      #expect(changed.member("items/0/lines/0/number") == made.member("items/0/lines/0/number"))
      let moved = body.replacing(#""campaign""#, with: #""goodwill""#)
      expectProblem(
        await bench.send("PUT", path, token, body: moved, key: nil), 422, "validation-failed", pointer: "#/kind",
        code: "readOnly")
      #expect(await Self.submit(bench, id, token).status == 200)
      let late = await bench.send("PUT", path, token, body: dearer, key: nil)
      #expect(late.header("upsert-outcome") == "unchanged", "\(late.text)")
      expectProblem(await bench.send("PUT", path, token, body: body, key: nil), 409, "claim-not-editable")
      // The same number at another station is another claim, of an order that it has not got.
      let foreign = bench.token(.stClaims, scope: .station(bench.network.otherStation))
      expectProblem(
        await bench.send("PUT", path, foreign, body: body, key: nil), 422, "validation-failed",
        pointer: "#/workOrderId", code: "notFound")
    }
  }

  @Test(
    "from the draft over the dry run to decision, appeal and replay, each step by the role whose it is (SM-6, CLM-04…06)"
  )
  func walk() async throws {
    try await APIBench.with { bench in
      let order = try await bench.walk(bench.master(.station(bench.network.station))).order(in: .delivered)
      let clerk = Self.person(bench, .stClaims)
      let director = Self.person(bench, .stTechDirector)
      let auditor = Self.person(bench, .hqClaims, .network)
      let second = Self.person(bench, .hqClaims, .network)
      let made = try await bench.created(
        Self.path, clerk,
        """
        {"kind": "goodwill", "workOrderId": "\(order)", "items": [
          {"description": "更换水泵 Pump", "componentGroup": "engine", "lines": [
            {"kind": "labour", "description": "工时", "hours": "1.00", "unitPrice": {"amount": "200.00", "currency": "CNY"},
             "amount": {"amount": "200.00", "currency": "CNY"}},
            {"kind": "travel", "description": "外出", "amount": {"amount": "60.00", "currency": "CNY"}}]}]}
        """)
      let id = try #require(made.member("id"))
      let path = "\(Self.path)/\(id)"
      #expect(made.member("state") == "draft" && made.member("claimed/amount") == "260.00")
      #expect(made.member("number")?.hasPrefix("WC-SY001-") == true)
      let appraised = await bench.act("\(path)/appraise", director, #"{"text": "制造原因 Maker"}"#)
      #expect(appraised.member("appraisal/text") == "制造原因 Maker", "\(appraised.text)")
      let patched = await bench.patch(path, clerk, version: 2, #"{"odometerKm": 1}"#)
      #expect(patched.status == 200, "\(patched.text)")
      let check = await bench.send("POST", "\(path)/check", clerk, body: "{}")
      #expect(check.status == 200 && check.member("outcome") == "person", "\(check.text)")
      let submitted = await bench.act("\(path)/submit", clerk)
      #expect(submitted.member("state") == "underAudit" && submitted.member("counts/open") == "2", "\(submitted.text)")
      expectProblem(await bench.patch(path, clerk, version: 4, #"{"note": "x"}"#), 409, "claim-not-editable")
      let returned = await bench.act("\(path)/return", auditor, #"{"reason": "missingEvidence", "text": "补照片"}"#)
      #expect(returned.member("state") == "returned", "\(returned.text)")
      #expect(await bench.act("\(path)/submit", clerk).member("state") == "underAudit")
      expectProblem(
        await bench.act(
          "\(path)/lines/1/decision", auditor, #"{"outcome": "reduced", "reason": "other", "text": "少"}"#), 422,
        "validation-failed", pointer: "#/amount", code: "required")
      let reduced = await bench.act(
        "\(path)/lines/1/decision", auditor,
        #"{"outcome": "reduced", "amount": {"amount": "150.00", "currency": "CNY"}, "reason": "sharedCost", "text": "分担"}"#
      )
      #expect(reduced.member("state") == "underAudit" && reduced.member("counts/reduced") == "1", "\(reduced.text)")
      let decided = await bench.act(
        "\(path)/decide", auditor,
        #"{"decisions": [{"line": 2, "outcome": "rejected", "reason": "userCause", "text": "用户原因"}]}"#)
      #expect(decided.member("state") == "payable" && decided.member("approved/amount") == "150.00", "\(decided.text)")
      let appealed = await bench.act("\(path)/appeal", clerk, #"{"text": "复议"}"#)
      #expect(appealed.member("state") == "underAudit" && appealed.member("counts/open") == "2", "\(appealed.text)")
      let both = #"""
        {"decisions": [{"line": 1, "outcome": "approved", "reason": "asClaimed", "text": "同意"},
          {"line": 2, "outcome": "rejected", "reason": "userCause", "text": "维持"}]}
        """#
      expectProblem(await bench.act("\(path)/decide", auditor, both), 403, "separation-of-duties")
      let final = await bench.act("\(path)/decide", second, both)
      #expect(final.member("state") == "payable" && final.member("approved/amount") == "200.00", "\(final.text)")
      expectProblem(await bench.act("\(path)/appeal", clerk, #"{"text": "再议"}"#), 409, "appeal-exhausted")
      let versions = await bench.get("\(path)/versions", clerk)
      #expect(versions.count("items") == 7, "\(versions.text)")
      let replays = await bench.send("POST", "\(path)/replay", auditor, body: "{}")
      #expect(replays.count("items") == 7 && !replays.text.contains(#""identical":false"#), "\(replays.text)")
      let owed = try bench.database.admin("select count(*), sum(amount) from payable_items where source_id = '\(id)'")
      #expect(owed == "2|20000")
      let history = await bench.get("\(path)/history?limit=50", clerk)
      for type in ["drafted", "appraised", "submitted", "returned", "lineDecided", "approved", "appealed"] {
        #expect(history.text.contains("warrantyClaim.\(type)"), "\(type)")
      }
    }
  }

  @Test(
    "headquarters takes in the claims of all stations and decides them, a station sees its own alone (CLM-03, SEC-03)")
  func allStations() async throws {
    try await APIBench.with { bench in
      let documents = try await MatrixDocuments(bench)
      let network = bench.network
      let auditor = Self.person(bench, .hqClaims, .network)
      let ids: Set<String> = [documents.own.claim, documents.other.claim]
      for (claim, station, foreign) in [
        (documents.own.claim, network.station, network.otherStation),
        (documents.other.claim, network.otherStation, network.station),
      ] {
        let clerk = Self.person(bench, .stClaims, .station(station))
        #expect(await Self.submit(bench, claim, clerk).member("state") == "underAudit")
        expectProblem(
          await bench.get("\(Self.path)/\(claim)", Self.person(bench, .stClaims, .station(foreign))), 404, "not-found")
        let own = await bench.get("\(Self.path)?state=underAudit", clerk)
        #expect(own.count("items") == 1 && own.member("items/0/id") == claim, "\(own.text)")
      }
      let all = await bench.get("\(Self.path)?state=underAudit", auditor)
      #expect(all.count("items") == 2)
      #expect(Set([all.member("items/0/id"), all.member("items/1/id")].compactMap(\.self)) == ids)
      for claim in ids {
        let decided = await bench.act(
          "\(Self.path)/\(claim)/lines/1/decision", auditor,
          #"{"outcome": "approved", "reason": "asClaimed", "text": "同意"}"#)
        #expect(decided.member("state") == "payable", "\(decided.text)")
      }
    }
  }

  @Test("the rules by which claims are made and judged are there for every station to read (WAR-04, CLM-01)")
  func rules() async throws {
    try await APIBench.with { bench in
      let clerk = Self.person(bench, .stClaims)
      let warranty = await bench.get("/v1/policies/warranty", clerk)
      #expect(warranty.member("body/vehicle/months") == "36" && warranty.member("body/vehicle/km") == "60000")
      let rules = await bench.get("/v1/policies/claimRules", clerk)
      #expect(rules.member("body/submissionDays") == "30" && rules.member("body/chargeBackMonths") == "12")
      #expect(rules.member("body/severities/preAuthorisationExceeded") == "review", "\(rules.text)")
    }
  }

  @Test("another station's claim is not there, and a supplier has none (SEC-03)")
  func scopes() async throws {
    try await APIBench.with { bench in
      let documents = try await MatrixDocuments(bench)
      let path = "\(Self.path)/\(documents.own.claim)"
      let foreign = bench.token(.stClaims, scope: .station(bench.network.otherStation))
      expectProblem(await bench.get(path, foreign), 404, "not-found")
      expectProblem(await bench.act("\(path)/submit", foreign), 404, "not-found")
      #expect(await bench.get(path, bench.token(.stClaims)).member("items/0/lines/0/kind") == "sublet")
    }
  }
}
