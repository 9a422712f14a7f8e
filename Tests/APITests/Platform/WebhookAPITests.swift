import Domain
import TestSupport
import Testing

@Suite("Webhooks over HTTP", .timeLimit(.minutes(20))) struct WebhookAPITests {
  private static func body(_ url: String = "https://dms.example.com/hooks") -> String {
    #"{"url": "\#(url)", "eventTypes": ["workOrder.*"]}"#
  }

  @Test(
    "the secret is shown once, not to a repetition, and kept sealed; another station sees no webhook (C-30, S1, S12)")
  func secret() async throws {
    try await APIBench.with { bench in
      let dms = bench.token(.dmsClient)
      let made = await bench.send("POST", "/v1/webhooks", dms, body: Self.body(), key: "webhook-key-00000001")
      #expect(made.status == 201, "\(made.text)")
      #expect(made.member("secret")?.hasPrefix("whsec_") == true)
      #expect(made.member("stationId") == "\(bench.network.station)")
      let again = await bench.send("POST", "/v1/webhooks", dms, body: Self.body(), key: "webhook-key-00000001")
      #expect(again.status == 201 && again.text.contains(#""secret":null"#), "\(again.text)")
      let id = try #require(made.member("id"))
      let path = "/v1/webhooks/\(id)"
      #expect(await !bench.get(path, dms).text.contains("whsec_"))
      #expect(try bench.database.admin("select count(*) from webhook_secrets where secret like 'aes256gcm:%'") == "1")
      #expect(try bench.database.admin("select count(*) from events where changes::text like '%whsec_%'") == "0")
      let rotated = await bench.send("POST", "\(path)/rotate-secret", dms, ["if-match": "*"], body: "{}")
      #expect(rotated.status == 200 && rotated.member("secret") != made.member("secret"))
      let elsewhere = bench.token(.dmsClient, scope: .station(bench.network.otherStation))
      for place in [path, "\(path)/deliveries", "\(path)/history"] {
        expectProblem(await bench.get(place, elsewhere), 404, "not-found")
      }
    }
  }

  @Test(
    "an address that does not lead to the public Internet is 422, new or patched (S9)",
    arguments: [
      "https://169.254.169.254/", "https://127.0.0.1/", "https://[::1]/", "https://localhost/", "http://example.com/",
    ])
  func addresses(url: String) async throws {
    try await APIBench.with { bench in
      let dms = bench.token(.dmsClient)
      let made = await bench.send("POST", "/v1/webhooks", dms, body: Self.body(url))
      #expect(made.status == 422 && made.text.contains("#/url"), "\(made.text)")
      let good = await bench.send("POST", "/v1/webhooks", dms, body: Self.body())
      let id = try #require(good.member("id"))
      let patched = await bench.send(
        "PATCH", "/v1/webhooks/\(id)", dms, ["if-match": "*"], body: #"{"url": "\#(url)"}"#)
      #expect(patched.status == 422, "\(patched.text)")
    }
  }

  @Test("a replay needs one whole range, and is no longer than a month (ANN-08)")
  func ranges() async throws {
    try await APIBench.with { bench in
      let dms = bench.token(.dmsClient)
      let made = await bench.send("POST", "/v1/webhooks", dms, body: Self.body())
      let id = try #require(made.member("id"))
      for (body, status) in [
        (#"{"from": "2026-01-01T00:00:00Z"}"#, 422), ("{}", 422),
        (#"{"from": "2026-01-01T00:00:00Z", "to": "2026-03-01T00:00:00Z"}"#, 422),
        (#"{"from": "2026-01-02T00:00:00Z", "to": "2026-01-01T00:00:00Z"}"#, 422),
        (#"{"from": "2026-01-01T00:00:00Z", "to": "2026-01-02T00:00:00Z"}"#, 200),
      ] {
        let answer = await bench.send("POST", "/v1/webhooks/\(id)/replay", dms, ["if-match": "*"], body: body)
        #expect(answer.status == status, "\(body): \(answer.text)")
      }
      let history = await bench.get("/v1/webhooks/\(id)/history", dms)
      #expect(history.text.contains("webhook.created") && history.text.contains("webhook.replayed"))
    }
  }
}
