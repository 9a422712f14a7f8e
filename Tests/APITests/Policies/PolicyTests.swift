import Domain
import Foundation
import TestSupport
import Testing

/// Policies over HTTP (M23); every answer is held against the contract.
@Suite("Policies over HTTP", .timeLimit(.minutes(20))) struct PolicyTests {
  private static let body =
    #"""
    {"attempts": 4, "bestRating": 5, "complaintUpToRating": 2, "contactsPerMonth": 4, "eventNoticeDays": 14,
     "quietFromHour": 21, "quietUntilHour": 9, "writtenNoticeDays": 2}
    """#

  private static let path = "/v1/policies/followUps/versions"

  private static func draft(_ more: String = "") -> String {
    #"{"body": \#(body), "reason": "客户反映回访过多"\#(more.isEmpty ? "" : ", " + more)}"#
  }

  @Test("a version goes from draft to force: another person approves, and it is what holds (M23, SEC-10)")
  func walk() async throws {
    try await APIBench.with { bench in
      let (author, approver) = (bench.master(), bench.master())
      let before = await bench.get("/v1/policies/followUps", author)
      #expect(before.member("number") == "followUps@0" && before.member("body/attempts") == "3")
      #expect(before.count("availableActions") == 0)

      let made = try await bench.created(Self.path, author, Self.draft())
      #expect(made.member("number") == "followUps@1" && made.member("state") == "draft")
      #expect(made.header("location")?.hasSuffix("\(Self.path)/1") == true && made.header("etag") == #""1""#)
      let version = "\(Self.path)/1"
      let patched = await bench.patch(version, author, version: 1, #"{"body": {"attempts": 5}}"#)
      #expect(patched.member("body/attempts") == "5" && patched.member("body/bestRating") == "5")
      let idle = await bench.patch(version, author, version: 2, #"{"body": {"attempts": 5}}"#)
      #expect(idle.member("version") == "2", "nothing changed")
      expectProblem(await bench.patch(version, author, version: 1, #"{"reason": "x"}"#), 412, "version-mismatch")
      let submitted = await bench.act("\(version)/submit", author)
      #expect(submitted.status == 200 && submitted.member("state") == "submitted", "\(submitted.text)")
      expectProblem(
        await bench.patch(version, author, version: nil, #"{"reason": "x"}"#), 428, "precondition-required")
      expectProblem(
        await bench.patch(version, author, version: 3, #"{"reason": "x"}"#), 409, "policy-not-editable")

      let offers = await bench.get("\(version)/actions", author)
      #expect(offers.text.contains("author-decides"))
      let own = await bench.act("\(version)/approve", author)
      expectProblem(own, 409, "guard-failed")
      #expect(own.member("guard") == "author-decides")
      let key = "k-" + UUID().uuidString
      let approved = await bench.act("\(version)/approve", approver, #"{"note": "同意"}"#, ifMatch: #""3""#, key: key)
      #expect(approved.status == 200 && approved.member("decision/comment") == "同意", "\(approved.text)")
      #expect(approved.member("validFrom") != nil && approved.member("validTo") == nil)
      let again = await bench.act("\(version)/approve", approver, #"{"note": "同意"}"#, ifMatch: #""3""#, key: key)
      #expect(again.body == approved.body && again.header("idempotency-replayed") == "true")
      expectProblem(await bench.act("\(version)/approve", approver), 409, "invalid-transition")
      expectProblem(
        await bench.act("\(version)/revoke", approver, #"{"reason": "有误"}"#), 409, "policy-in-force")

      let now = await bench.get("/v1/policies/followUps", author)
      let direct = await bench.get(version, author)
      #expect(now.member("number") == "followUps@1" && now.body == direct.body)
      let then = await bench.get("/v1/policies/followUps?at=2026-01-01T00:00:00Z", author)
      #expect(then.member("number") == "followUps@0")
      let history = await bench.get("\(version)/history", author)
      #expect(
        (0..<history.count("items")).map { history.member("items/\($0)/type") }
          == ["policy.drafted", "policy.updated", "policy.submitted", "policy.approved"])
    }
  }

  @Test("a body is refused with every fault at its place, in the order of the input (C-09)")
  func faults() async throws {
    try await APIBench.with { bench in
      let token = bench.master()
      let body = #"""
        {"reason": "", "body": {"surprise": 1, "attempts": 0, "bestRating": 1.5, "contactsPerMonth": "4",
         "quietFromHour": 21, "quietUntilHour": 9, "writtenNoticeDays": 2, "complaintUpToRating": 2}}
        """#
      let answer = await bench.send("POST", Self.path, token, body: body)
      #expect(answer.status == 422)
      let found = (0..<answer.count("errors")).map { place in
        "\(answer.member("errors/\(place)/pointer") ?? "") \(answer.member("errors/\(place)/code") ?? "")"
      }
      #expect(
        found == [
          "#/reason tooShort", "#/body/surprise unknownField", "#/body/attempts outOfRange",
          "#/body/bestRating wrongType", "#/body/contactsPerMonth wrongType", "#/body/eventNoticeDays required",
        ])
      for (more, pointer, code) in [
        (#""validFrom": "2035-01-02T00:00:00Z", "validTo": "2035-01-01T00:00:00Z""#, "#/validTo", "inconsistent"),
        (#""subject": {"kind": "vehicleModel", "id": "\#(bench.network.region)"}"#, "#/subject/kind", "notInSet"),
        (#""subject": {"kind": "region", "id": "\#(bench.network.vehicle)"}"#, "#/subject/id", "notFound"),
        (#""subject": {"kind": "planet", "id": "x"}"#, "#/subject/id", "invalidFormat"),
        (#""author": "x""#, "#/author", "unknownField"),
      ] {
        expectProblem(
          await bench.send("POST", Self.path, token, body: Self.draft(more)), 422, "validation-failed",
          pointer: pointer, code: code)
      }
      _ = try await bench.created(Self.path, token, Self.draft())
      for (patch, pointer, code) in [
        (#"{"body": {"complaintUpToRating": 5}}"#, "#/body/complaintUpToRating", "inconsistent"),
        (#"{"body": {"attempts": null}}"#, "#/body/attempts", "required"),
        (#"{"body": {"attempts": 1e3}}"#, "#/body/attempts", "wrongType"),
        (#"{"body": []}"#, "#/body", "wrongType"),
        (#"{"body": null}"#, "#/body", "required"),
        (#"{"state": "approved"}"#, "#/state", "readOnly"),
      ] {
        expectProblem(
          await bench.patch("\(Self.path)/1", token, version: 1, patch), 422, "validation-failed", pointer: pointer,
          code: code)
      }
    }
  }

  @Test("what comes with the product of every key is read, drafted and approved as it is (M23)")
  func everyKey() async throws {
    try await APIBench.with { bench in
      let (author, approver) = (bench.master(), bench.master())
      for key in PolicyKey.allCases {
        let standard = await bench.get("/v1/policies/\(key.rawValue)/versions/0", author)
        #expect(standard.status == 200, "\(key)")
        let read = try JSONSerialization.jsonObject(with: Data(standard.body)) as? [String: Any]
        let members = try #require(read?["body"] as? [String: Any])
        let body = String(
          decoding: try JSONSerialization.data(withJSONObject: members, options: [.sortedKeys]), as: UTF8.self)
        let version = "/v1/policies/\(key.rawValue)/versions/1"
        _ = try await bench.created(
          "/v1/policies/\(key.rawValue)/versions", author, #"{"body": \#(body), "reason": "原样"}"#)
        _ = await bench.act("\(version)/submit", author)
        let approved = await bench.act("\(version)/approve", approver)
        #expect(approved.status == 200, "\(key): \(approved.text)")
        let now = await bench.get("/v1/policies/\(key.rawValue)", author)
        #expect(now.member("number") == "\(key.rawValue)@1")
        let again = try JSONSerialization.jsonObject(with: Data(now.body)) as? [String: Any]
        let after = String(
          decoding: try JSONSerialization.data(
            withJSONObject: try #require(again?["body"] as? [String: Any]), options: [.sortedKeys]), as: UTF8.self)
        #expect(after == body, "\(key)")
      }
    }
  }

  @Test("versions are listed by key, state, subject and the time at which they hold")
  func list() async throws {
    try await APIBench.with { bench in
      let (author, approver) = (bench.master(), bench.master())
      let region = #""subject": {"kind": "region", "id": "\#(bench.network.region)"}"#
      _ = try await bench.created(Self.path, author, Self.draft())
      let own = try await bench.created(Self.path, author, Self.draft(region))
      #expect(own.member("subject/kind") == "region")
      _ = await bench.act("\(Self.path)/2/submit", author)
      _ = await bench.act("\(Self.path)/2/approve", approver)
      func numbers(_ query: String) async -> [String?] {
        let list = await bench.get("/v1/policies?sort=policyVersion\(query)", author)
        #expect(list.member("items/0/body") == nil)
        return (0..<list.count("items")).map { list.member("items/\($0)/number") }
      }
      #expect(await numbers("") == ["followUps@1", "followUps@2"])
      #expect(await numbers("&key=clocks,warranty") == [])
      #expect(await numbers("&state=draft") == ["followUps@1"])
      #expect(await numbers("&regionId=\(bench.network.region)") == ["followUps@2"])
      #expect(await numbers("&validAt=2036-01-01T00:00:00Z") == ["followUps@2"])
      #expect(await numbers("&validAt=2026-01-01T00:00:00Z") == [])
      let here = await bench.get("/v1/policies/followUps?regionId=\(bench.network.region)", author)
      #expect(here.member("number") == "followUps@2")
      #expect(await bench.get("/v1/policies/followUps", author).member("number") == "followUps@0")
      expectProblem(await bench.get("/v1/policies?key=nonsense", author), 400, "invalid-parameter")
    }
  }

  @Test("what is no key or no version is not there (C-01)")
  func absent() async throws {
    try await APIBench.with { bench in
      let token = bench.master()
      for path in [
        "/v1/policies/nonsense", "\(Self.path)/7", "\(Self.path)/01", "\(Self.path)/x", "\(Self.path)/-1",
        "\(Self.path)/99999999999999999999", "/v1/policies/nonsense/versions/1",
      ] { expectProblem(await bench.get(path, token), 404, "not-found") }
      expectProblem(
        await bench.send("POST", "/v1/policies/nonsense/versions", token, body: Self.draft()), 404, "not-found")
    }
  }

  @Test("a station sees what holds and nothing of drafts (SEC-03)")
  func station() async throws {
    try await APIBench.with { bench in
      let (author, approver) = (bench.master(), bench.master())
      let station = bench.token(.stServiceManager)
      _ = try await bench.created(Self.path, author, Self.draft())
      expectProblem(await bench.get("\(Self.path)/1", station), 404, "not-found")
      #expect(await bench.get("/v1/policies", station).count("items") == 0)
      _ = await bench.act("\(Self.path)/1/submit", author)
      _ = await bench.act("\(Self.path)/1/approve", approver)
      #expect(await bench.get("/v1/policies/followUps", station).member("number") == "followUps@1")
      let history = await bench.get("\(Self.path)/1/history", station)
      #expect(history.count("items") == 1 && history.member("items/0/type") == "policy.approved")
      expectProblem(await bench.send("POST", Self.path, station, body: Self.draft()), 403, "forbidden")
    }
  }
}
