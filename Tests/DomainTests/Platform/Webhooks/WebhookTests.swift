import Domain
import FoundationEssentials
import Testing

@Suite("Webhooks") struct WebhookTests {
  private static let now = Timestamp(milliseconds: 1_795_248_000_000)

  private static func caller(_ roles: Role...) -> Caller {
    Caller(
      subject: .client(UUID()), name: "DMS", roles: Set(roles), permissions: Set(roles).permissions,
      scope: .station(Identifier(UUID())))
  }

  private static func content(_ types: String..., url: String = "https://dms.example.com/") -> WebhookContent {
    WebhookContent(url: url, eventTypes: types.compactMap { WebhookEventType($0) }, description: nil, externalIDs: [:])
  }

  private static func webhook(_ types: String...) -> Webhook {
    Webhook(
      WebhookContent(
        url: "https://dms.example.com/", eventTypes: types.compactMap { WebhookEventType($0) }, description: nil,
        externalIDs: [:]),
      at: nil, by: caller(.dmsClient), UUID(), at: now)
  }

  private static func event(_ type: String, _ resource: Resource, _ id: UUID = UUID()) -> Event {
    Event(
      id: .new(at: now), transaction: 1, position: 1, at: now,
      change: Change(type: type, resource: resource, id: id, number: nil, version: 1, station: nil),
      actorKind: "system", actorID: nil, actorName: "system", actorRoles: [], requestID: "r", traceparent: nil)
  }

  @Test("every state takes every action exactly where the table says so (ANN-08)", arguments: Webhook.State.allCases)
  func everyPair(state: Webhook.State) throws {
    let expected: [Webhook.Action: [Webhook.State: Webhook.State]] = [
      .pause: [.active: .paused], .resume: [.paused: .active, .disabled: .active],
      .disable: [.active: .disabled, .paused: .disabled], .ping: [.active: .active],
      .replay: [.active: .active, .paused: .paused],
      .rotateSecret: [.active: .active, .paused: .paused, .disabled: .disabled],
    ]
    for action in Webhook.Action.allCases {
      var webhook = Self.webhook("*")
      if state == .paused { _ = try webhook.take(.pause, by: .system) }
      if state == .disabled { _ = try webhook.disable(.gone, by: Self.caller(.dmsClient), at: Self.now) }
      if let target = expected[action]?[state] {
        _ = try webhook.take(action, by: .system)
        #expect(webhook.state == target, "\(action)")
      } else {
        #expect(throws: Refusal.self, "\(action)") { _ = try webhook.take(action, by: .system) }
      }
    }
  }

  @Test("a filter is everything, a type, or one with * in place of a word; versions are understood (C-30)")
  func filters() {
    for (filter, type, isWanted) in [
      ("*", "workOrder.delivered", true), ("workOrder.*", "workOrder.delivered", true),
      ("workOrder.*", "appointment.created", false), ("*.created", "appointment.created", true),
      ("*.created", "appointment.cancelled", false), ("workOrder.delivered", "workOrder.delivered", true),
      ("workOrder.delivered.v1", "workOrder.delivered", true), ("workOrder.delivered", "workOrder.closed", false),
      ("workOrder.*", "workOrders.created", false),
    ] {
      #expect(WebhookEventType(filter)?.matches(type) == isWanted, "\(filter) \(type)")
    }
    for broken in ["", "workOrder", "work order.*", "a.b.c", ".created", "workOrder.", "**", "w*.created", "a.b.v2"] {
      #expect(WebhookEventType(broken) == nil, "\(broken)")
    }
  }

  @Test("a webhook wants what its filter says of the kinds that it hears, and of pings its own alone (ANN-08)")
  func wants() {
    let webhook = Self.webhook("workOrder.*")
    let hears: Set<Resource> = [.workOrder]
    #expect(webhook.wants(Self.event("workOrder.delivered", .workOrder), of: hears))
    #expect(!webhook.wants(Self.event("workOrder.delivered", .workOrder), of: [.appointment]))
    #expect(!webhook.wants(Self.event("appointment.created", .appointment), of: [.appointment]))
    #expect(webhook.wants(Self.event(Webhook.pinged, .webhook, webhook.id.uuid), of: []))
    #expect(!Self.webhook("*").wants(Self.event(Webhook.pinged, .webhook, webhook.id.uuid), of: [.webhook]))
  }

  @Test("whoever changes where events go leaves no grants that he has not himself (SEC-03)")
  func grants() {
    var webhook = Self.webhook("*")
    #expect(webhook.grantedResources.contains(.workOrder))
    let narrow = Caller(
      subject: .client(UUID()), name: "x", roles: [], permissions: [.eventsRead, .vehiclesRead, .webhooksWrite],
      scope: .network)
    var content = webhook.content
    content.description = "DMS"
    webhook.rewrite(as: content, by: narrow)
    #expect(webhook.grantedResources.contains(.workOrder))
    content.url = "https://other.example.com/"
    webhook.rewrite(as: content, by: narrow)
    #expect(webhook.grantedResources == [.vehicle])
    webhook.rewrite(as: Self.content("*"), by: Self.caller(.dmsClient))
    #expect(webhook.grantedResources == [.vehicle])
  }

  @Test("attempts come after 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h and 24 h, each ± a fifth, then none (C-30)")
  func schedule() {
    let expected: [Int64] = [5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400]
    for (place, seconds) in expected.enumerated() {
      #expect(WebhookSchedule.delay(after: place + 1, random: 0.5) == seconds * 1000)
      #expect(WebhookSchedule.delay(after: place + 1, random: 0) == seconds * 800)
      #expect((WebhookSchedule.delay(after: place + 1, random: 0.999_999) ?? 0) <= seconds * 1200)
    }
    #expect(WebhookSchedule.delay(after: 10, random: 0.5) == nil)
  }

  @Test("success is 2xx; 410 is the end; only 429 and 503 may ask for silence, of a day at most (C-30)")
  func outcomes() {
    for status in [200, 204, 299] { #expect(WebhookOutcome.answered(status: status).isSuccess) }
    for status in [100, 199, 300, 302, 304, 400, 410, 429, 500] {
      #expect(!WebhookOutcome.answered(status: status).isSuccess)
    }
    #expect(WebhookOutcome.answered(status: 410).isGone)
    #expect(WebhookOutcome.answered(status: 429, retryAfter: 60).silence == 60)
    #expect(WebhookOutcome.answered(status: 503, retryAfter: 1_000_000).silence == 86_400)
    #expect(WebhookOutcome.answered(status: 500, retryAfter: 60).silence == nil)
    #expect(!WebhookOutcome.failed(.timeout).isSuccess)
  }
}

/// Quality S9, as a table.
@Suite("Where webhooks may lead") struct WebhookEgressTests {
  private static let closed = WebhookEgress(allowsLoopback: false)
  private static let open = WebhookEgress(allowsLoopback: true)

  @Test(
    "no address but those of the public Internet, in no disguise (S9)",
    arguments: [
      "0.0.0.0", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.127.255.255", "127.0.0.1", "127.9.9.9",
      "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.2.1", "192.168.0.1", "198.18.0.1",
      "198.51.100.1", "203.0.113.9", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255", "::", "::1",
      "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::127.0.0.1", "64:ff9b::7f00:1",
      "64:ff9b:1::808:808", "2002:7f00:1::", "2002:a9fe:a9fe::1", "fc00::1", "fd00:ec2::254", "fe80::1", "fec0::1",
      "ff02::1", "2001:db8::1", "2001::1", "3fff::1", "100::1", "5f00::1",
    ])
  func refused(text: String) throws {
    let address = try #require(InternetAddress(text), "\(text)")
    #expect(!address.isPublic)
    #expect(!Self.closed.allows(address, .https))
  }

  @Test(
    "public addresses are allowed (S9)",
    arguments: [
      "1.1.1.1", "8.8.8.8", "100.63.255.255", "100.128.0.0", "172.15.0.1", "172.32.0.1", "192.167.0.1", "193.0.0.1",
      "2606:4700::1111", "2a00:1450:4001:800::200e", "64:ff9b::808:808", "::ffff:8.8.8.8",
    ])
  func allowed(text: String) throws {
    #expect(Self.closed.allows(try #require(InternetAddress(text)), .https))
    #expect(!Self.open.allows(try #require(InternetAddress(text)), .http))
  }

  @Test("what is no address is none")
  func spelling() {
    for text in [
      "", "1.2.3", "1.2.3.4.5", "256.1.1.1", "01.2.3.4", "0x7f.0.0.1", "1.2.3.4 ", ":::", "1::2::3", "g::1", "12345::1",
      "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "fe80::1%eth0", "[::1]", "+1::1",
    ] {
      #expect(InternetAddress(text) == nil, "\(text)")
    }
    #expect(InternetAddress("::ffff:1.2.3.4")?.bytes.suffix(4) == [1, 2, 3, 4])
  }

  @Test(
    "an address of a receiver is https and public by its look; the rest is asked when it is connected to (S9)",
    arguments: [
      "http://dms.example.com/", "https://127.0.0.1/", "https://169.254.169.254/", "https://[::1]/",
      "https://[::ffff:7f00:1]/", "https://localhost/", "https://x.localhost/", "https://metadata.google.internal/",
      "https://printer.local/", "https://intranet/", "https://2130706433/", "https://0x7f000001/",
      "https://0177.0.0.1/",
      "https://127.1/", "https://user@dms.example.com/", "https://dms.example.com:0/", "https://dms.example.com:99999/",
      "https://dms.example.com/#x", "https://dms.example.com\\@127.0.0.1/", "https://", "https:///x",
      "ftp://example.com/",
      "https://dms.example.com /", "https://dms..example.com/", "https://-a.example.com/", "https://例.example.com/",
      "https://dms.example.com%2f@127.0.0.1/", "https://[::1/", "HTTPS://dms.example.com/",
    ])
  func refusedURL(text: String) {
    #expect(throws: WebhookURL.Fault.self) { _ = try WebhookURL(text, Self.closed) }
  }

  @Test("what is judged is what is asked: host in lower case, port only where it is not the usual one (S9)")
  func request() throws {
    #expect(try WebhookURL("https://DMS.Example.com:443/a?b=1", Self.closed).request == "https://dms.example.com/a?b=1")
    #expect(try WebhookURL("https://dms.example.com:8443", Self.closed).request == "https://dms.example.com:8443")
    #expect(try WebhookURL("https://[2606:4700::1111]/x", Self.closed).request == "https://[2606:4700::1111]/x")
    #expect(try WebhookURL("http://127.0.0.1:8080/hook", Self.open).port == 8080)
    #expect(throws: WebhookURL.Fault.self) { _ = try WebhookURL("http://dms.example.com/", Self.open) }
    #expect(throws: WebhookURL.Fault.self) { _ = try WebhookURL("https://10.0.0.1/", Self.open) }
  }
}
