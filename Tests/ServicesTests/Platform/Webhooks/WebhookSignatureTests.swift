import Services
import Testing

@Suite("Signatures of webhooks") struct WebhookSignatureTests {
  @Test("identity, time and body are signed as Standard Webhooks says: its vector, worked out with openssl (C-30)")
  func vector() {
    #expect(
      WebhookSignature.header(
        id: "msg_p5jXN8AQM9LWM0D4loKWxJek", seconds: 1_614_265_330, body: Array(#"{"test": 2432232314}"#.utf8),
        secrets: ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"])
        == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
  }

  @Test("two secrets give two signatures, and another id, time or body another signature (C-30)")
  func parts() {
    let secret = WebhookSignature.newSecret()
    func sign(_ id: String, _ seconds: Int64, _ body: String, _ secrets: [String]) -> String {
      WebhookSignature.header(id: id, seconds: seconds, body: Array(body.utf8), secrets: secrets)
    }
    let plain = sign("a", 1, "{}", [secret])
    #expect(sign("b", 1, "{}", [secret]) != plain)
    #expect(sign("a", 2, "{}", [secret]) != plain)
    #expect(sign("a", 1, "{ }", [secret]) != plain)
    let other = WebhookSignature.newSecret()
    #expect(other != secret && other.hasPrefix("whsec_") && other.utf8.count == 50)
    #expect(sign("a", 1, "{}", [other, secret]) == sign("a", 1, "{}", [other]) + " " + plain)
  }
}
