import API
import Domain
import FoundationEssentials
import Repositories
import Services
import TestSupport
import Testing

@testable import Workers

/// What webhooks send, against a real receiver (C-30; domain.md section 13).
@Suite("Sending webhooks", .timeLimit(.minutes(20))) struct WebhookSenderTests {
  private static let open = WebhookEgress(allowsLoopback: true)

  /// Two instances of the product over one database, with a station's own system as the subscriber.
  private struct Bench: Sendable {
    let instances: [TestInstance]
    let time: ManualClock
    let network: TestNetwork
    let client: MachineClient
    let caller: Caller
    let service: WebhookService

    func sender(_ instance: Int = 0, limit: Duration = .seconds(10)) -> WebhookSender {
      WebhookSender(
        dispatch(instance), WebhookTransport(WebhookSenderTests.open, limit: limit),
        limits: .init(concurrent: 8, rest: .milliseconds(5)), logger: .silent
      ) { JSONWriter.bytes(of: EventEnvelope($0)) }
    }

    /// Somebody at the station who steers webhooks and reads these kinds.
    func hearing(_ kinds: Set<Permission>) -> Caller {
      Caller(
        subject: .client(UUID()), name: "测试", roles: [],
        permissions: kinds.union([.eventsRead, .webhooksRead, .webhooksReplay, .webhooksWrite]), scope: caller.scope)
    }

    func dispatch(_ instance: Int = 0) -> WebhookDispatch {
      WebhookDispatch(instances[instance].database, clock: time.wall, random: { 0.5 })
    }

    /// - Returns: identity and secret.
    func subscribe(_ url: String, to types: String...) async throws -> (id: Webhook.ID, secret: String) {
      let content = WebhookContent(
        url: url, eventTypes: types.compactMap { WebhookEventType($0) }, description: nil, externalIDs: [:])
      let answer = try await service.create(
        content, at: nil,
        caller.command(at: time.now) { made in
          Answer(status: 201, body: Array("\(made.webhook.id) \(made.secret)".utf8))
        })
      let words = String(decoding: answer.body, as: UTF8.self).split(separator: " ")
      return (try #require(Webhook.ID(words[0])), String(words[1]))
    }

    func happen(
      _ type: String, _ resource: Resource = .workOrder, at station: Station.ID? = nil,
      changes: [FieldChange] = []
    ) async throws {
      let change = Change(
        type: type, resource: resource, id: UUID(), number: "N-1", version: 2, station: station ?? network.station,
        changes: changes)
      try await instances[0].database.write(.system) { tx in
        _ = try await tx.run(EventRepository.append([change], by: .system, requestID: "r", at: time.now))
      }
    }

    /// Transactions of other tests' databases may hold up the log for a moment.
    func send(until count: Int, to receiver: HookReceiver, limit: Duration = .seconds(10)) async throws {
      for _ in 0..<2_000 where receiver.seen.count < count { try await sender(limit: limit).sendDue() }
      #expect(receiver.seen.count == count)
    }

    func admin(_ sql: String) throws -> String { try instances[0].admin(sql) }
  }

  private static func with(_ body: @escaping @Sendable (Bench) async throws -> Void) async throws {
    try await withTestDatabases(2) { instances in
      let time = ManualClock()
      let network = try await TestNetwork(in: instances[0].database, at: time.now)
      let client = MachineClient(
        MachineClientDraft(
          clientID: "dms-sy001", name: "DMS", roles: [.dmsClient], permissions: nil,
          assignment: .station(network.station), externalIDs: [:]),
        by: .system, at: time.now)
      try await instances[0].database.write(.system) { tx in
        _ = try await tx.run(
          MachineClientRepository.insert(client, secretHash: [UInt8](repeating: 7, count: 32)))
      }
      let caller = network.caller(.dmsClient, subject: .client(client.id.uuid))
      try await body(
        Bench(
          instances: instances, time: time, network: network, client: client, caller: caller,
          service: WebhookService(UnitOfWork(instances[0].database, clock: time.wall), egress: open)))
    }
  }

  @Test("events of the station that its subscriber reads are sent once, signed, thin (C-29, C-30, SEC-03, SEC-04)")
  func delivers() async throws {
    try await Self.with { bench in
      let receiver = HookReceiver()
      try await receiver.run { url in
        let hook = try await bench.subscribe(url, to: "workOrder.*", "customer.*", "user.*")
        try await bench.happen("workOrder.delivered", at: bench.network.otherStation)
        // Nobody at a station's system reads users.
        try await bench.happen("user.updated", .user)
        try await bench.happen("appointment.created", .appointment)
        try await bench.happen(
          "customer.updated", .customer,
          changes: [FieldChange("phone", .text("13812345678"), .text("13900000000"))])
        try await bench.happen("workOrder.delivered")
        try await bench.send(until: 2, to: receiver)
        try await bench.sender().sendDue()
        let seen = receiver.seen
        #expect(seen.count == 2)
        let types = seen.map { $0.body.contains("customer.updated.v1") ? "customer" : "workOrder" }
        #expect(Set(types) == ["customer", "workOrder"])
        for one in seen {
          #expect(one.body.contains(one.id))
          #expect(one.body.contains("\(bench.network.station)"))
          #expect(!one.body.contains("13812345678") && !one.body.contains("13900000000"))
          let seconds = try #require(Int64(one.timestamp))
          #expect(seconds == bench.time.now.milliseconds / 1000)
          #expect(
            one.signature
              == WebhookSignature.header(
                id: one.id, seconds: seconds, body: Array(one.body.utf8), secrets: [hook.secret]))
        }
        #expect(
          try bench.admin("select count(*), min(state), max(attempts) from webhook_deliveries") == "2|delivered|1")
        #expect(try bench.admin("select count(*), min(status) from webhook_attempts") == "2|204")
      }
    }
  }

  @Test("what fails is tried again at its times with the same id, and in the end given up (C-30)")
  func retries() async throws {
    try await Self.with { bench in
      let receiver = HookReceiver()
      receiver.act(.answer(500, body: String(repeating: "x", count: 3000)))
      try await receiver.run { url in
        _ = try await bench.subscribe(url, to: "workOrder.*")
        try await bench.happen("workOrder.delivered")
        try await bench.send(until: 1, to: receiver)
        for (place, delay) in WebhookSchedule.delays.enumerated() {
          bench.time.advance(seconds: delay - 1)
          try await bench.sender().sendDue()
          #expect(receiver.seen.count == place + 1, "not yet")
          bench.time.advance(seconds: 1)
          try await bench.sender().sendDue()
          #expect(receiver.seen.count == place + 2)
        }
        #expect(Set(receiver.ids).count == 1)
        #expect(Set(receiver.seen.map(\.timestamp)).count == 10)
        #expect(
          try bench.admin("select state, attempts, next_attempt_at is null from webhook_deliveries") == "failed|10|t")
        #expect(try bench.admin("select count(*), max(length(answer)) from webhook_attempts") == "10|1024")
        // More than three days without any success.
        #expect(try bench.admin("select state, disabled_because from webhooks") == "disabled|failing")
        #expect(
          try bench.admin("select actor_kind, data->>'because' from events where type = 'webhook.disabled'")
            == "system|failing")
      }
    }
  }

  @Test("410 disables, a redirect is no success and is not followed, no answer in time is a failure (C-30, S9)")
  func answers() async throws {
    try await Self.with { bench in
      let receiver = HookReceiver()
      try await receiver.run { url in
        let hook = try await bench.subscribe(url, to: "workOrder.*")
        receiver.act(.answer(302, headers: ["location": url]))
        try await bench.happen("workOrder.delivered")
        try await bench.send(until: 1, to: receiver)
        #expect(try bench.admin("select status from webhook_attempts") == "302")
        receiver.act(.hang)
        bench.time.advance(seconds: 5)
        try await bench.send(until: 2, to: receiver, limit: .milliseconds(300))
        #expect(try bench.admin("select error from webhook_attempts where number = 2") == "timeout")
        receiver.act(.answer(410))
        bench.time.advance(seconds: 300)
        try await bench.send(until: 3, to: receiver)
        #expect(try bench.admin("select state, disabled_because from webhooks") == "disabled|gone")
        #expect(try bench.admin("select state from webhook_deliveries") == "failed")
        // What happens meanwhile is sent when somebody resumes it.
        receiver.act(.answer(204))
        try await bench.happen("workOrder.closed")
        try await bench.sender().sendDue()
        #expect(receiver.seen.count == 3)
        _ = try await bench.service.resume(
          .id(hook.id), note: nil, bench.caller.command(at: bench.time.now))
        try await bench.send(until: 4, to: receiver)
        #expect(receiver.seen[3].body.contains("workOrder.closed.v1"))
      }
    }
  }

  @Test("Retry-After of a 429 keeps everything from its receiver until then (C-30)")
  func retryAfter() async throws {
    try await Self.with { bench in
      let receiver = HookReceiver()
      try await receiver.run { url in
        _ = try await bench.subscribe(url, to: "workOrder.*")
        receiver.act(.answer(429, headers: ["retry-after": "120"]))
        try await bench.happen("workOrder.delivered")
        try await bench.send(until: 1, to: receiver)
        try await bench.happen("workOrder.closed")
        receiver.act(.answer(204))
        bench.time.advance(seconds: 119)
        try await bench.sender().sendDue()
        #expect(receiver.seen.count == 1)
        bench.time.advance(seconds: 1)
        try await bench.send(until: 3, to: receiver)
        #expect(Set(receiver.ids).count == 2)
      }
    }
  }

  @Test("two instances at once send each event once, and no more than two to a receiver at a time (C-30, R12)")
  func twoInstances() async throws {
    try await Self.with { bench in
      let receiver = HookReceiver()
      try await receiver.run { url in
        _ = try await bench.subscribe(url, to: "workOrder.*")
        for _ in 0..<30 { try await bench.happen("workOrder.delivered") }
        for _ in 0..<2_000 where receiver.seen.count < 30 {
          async let one = bench.sender(0).sendDue()
          async let other = bench.sender(1).sendDue()
          _ = try await (one, other)
        }
        #expect(receiver.seen.count == 30)
        #expect(Set(receiver.ids).count == 30)
        #expect(receiver.most <= 2)
        #expect(try bench.admin("select count(*) from webhook_attempts") == "30")
      }
    }
  }

  @Test("an attempt whose instance dies is made again with the same id, and what it says later counts no more (R12)")
  func killed() async throws {
    try await Self.with { bench in
      let receiver = HookReceiver()
      try await receiver.run { url in
        _ = try await bench.subscribe(url, to: "workOrder.*")
        try await bench.happen("workOrder.delivered")
        let dead = bench.dispatch(0)
        var claims: [WebhookClaim] = []
        for _ in 0..<2_000 where claims.isEmpty {
          while try await dead.advance() {}
          claims = try await dead.claim(atMost: 8)
        }
        let claim = try #require(claims.first)
        try await bench.sender(1).sendDue()
        #expect(receiver.seen.isEmpty)
        bench.time.advance(seconds: WebhookSchedule.leaseSeconds + 1)
        try await bench.send(until: 1, to: receiver)
        #expect(receiver.ids == ["\(claim.event.id)"])
        try await dead.settle(
          claim, .failed(.timeout), startedAt: bench.time.now, milliseconds: 1, answer: "")
        #expect(try bench.admin("select state, attempts from webhook_deliveries") == "delivered|2")
        #expect(try bench.admin("select number from webhook_attempts") == "2")
      }
    }
  }

  @Test("a receiver that hangs holds up no other (C-30)")
  func slowOne() async throws {
    try await Self.with { bench in
      let (slow, quick) = (HookReceiver(), HookReceiver())
      slow.act(.hang)
      try await slow.run { slowURL in
        try await quick.run { quickURL in
          _ = try await bench.subscribe(slowURL, to: "workOrder.*")
          _ = try await bench.subscribe(quickURL, to: "workOrder.*")
          for _ in 0..<10 { try await bench.happen("workOrder.delivered") }
          let running = Task { try await bench.sender(limit: .seconds(20)).run() }
          for _ in 0..<2_000 where quick.seen.count < 10 { try await Task.sleep(for: .milliseconds(5)) }
          #expect(quick.seen.count == 10)
          #expect(slow.seen.count <= 2)
          running.cancel()
          try? await running.value
          // What was under way is given back.
          #expect(try bench.admin("select count(*) from webhook_deliveries where lease is not null") == "0")
        }
      }
    }
  }

  @Test("one of a suspended station waits; when station or client have ended it ends (SEC-12, SM-11)")
  func standing() async throws {
    try await Self.with { bench in
      let receiver = HookReceiver()
      try await receiver.run { url in
        _ = try await bench.subscribe(url, to: "workOrder.*")
        _ = try bench.admin("update stations set state = 'suspended' where code = 'SY001'")
        try await bench.happen("workOrder.delivered")
        try await bench.sender().sendDue()
        #expect(receiver.seen.isEmpty)
        _ = try bench.admin("update stations set state = 'active' where code = 'SY001'")
        try await bench.send(until: 1, to: receiver)
        _ = try bench.admin("update clients set state = 'revoked'")
        try await bench.happen("workOrder.closed")
        for _ in 0..<2_000 where try bench.admin("select state from webhooks") == "active" {
          try await bench.sender().sendDue()
        }
        #expect(try bench.admin("select state, disabled_because from webhooks") == "disabled|subscriberEnded")
        #expect(receiver.seen.count == 1)
      }
    }
  }

  @Test("a ping reaches its webhook whatever the filter, and a replay sends a range again with the same ids (ANN-08)")
  func pingAndReplay() async throws {
    try await Self.with { bench in
      let receiver = HookReceiver()
      try await receiver.run { url in
        let hook = try await bench.subscribe(url, to: "workOrder.delivered")
        let start = bench.time.now
        for _ in 0..<3 { try await bench.happen("workOrder.delivered") }
        try await bench.happen("workOrder.closed")
        try await bench.send(until: 3, to: receiver)
        _ = try await bench.service.ping(.id(hook.id), bench.caller.command(at: bench.time.now))
        try await bench.send(until: 4, to: receiver)
        #expect(receiver.seen[3].body.contains("webhook.pinged.v1"))
        bench.time.advance(seconds: 60)
        _ = try await bench.service.replay(
          .id(hook.id), .times(from: start, before: bench.time.now), bench.caller.command(at: bench.time.now))
        try await bench.send(until: 7, to: receiver)
        #expect(Set(receiver.ids[4...]) == Set(receiver.ids[0..<3]))
        let ids = try receiver.ids[0..<3].map { try #require(Event.ID($0)) }.sorted { $0.description < $1.description }
        _ = try await bench.service.replay(
          .id(hook.id), .events(from: ids[0], through: ids[0]), bench.caller.command(at: bench.time.now))
        try await bench.send(until: 8, to: receiver)
        #expect(receiver.ids[7] == "\(ids[0])")
        // A day long enough to be asked for in parts.
        await #expect(throws: Refusal.self) {
          _ = try await bench.service.replay(
            .id(hook.id), .times(from: start.adding(seconds: -40 * 86_400), before: start),
            bench.caller.command(at: bench.time.now))
        }
      }
    }
  }

  @Test("who hears of less than an event's kind has no delivery of it sent again (SEC-03, ANN-08)")
  func retryBeyondGrants() async throws {
    try await Self.with { bench in
      let receiver = HookReceiver()
      receiver.act(.answer(500))
      try await receiver.run { url in
        let hook = try await bench.subscribe(url, to: "workOrder.*")
        try await bench.happen("workOrder.delivered")
        try await bench.send(until: 1, to: receiver)
        let delivery = try #require(WebhookDelivery.ID(try bench.admin("select id from webhook_deliveries")))
        let refusal = await #expect(throws: Refusal.self) {
          _ = try await bench.service.retry(
            delivery, of: .id(hook.id), bench.hearing([.customersRead]).command(at: bench.time.now))
        }
        #expect(refusal == .forbidden(.workOrdersRead))
        try await bench.sender().sendDue()
        #expect(receiver.seen.count == 1, "its next attempt lies ahead as before")
        receiver.act(.answer(204))
        _ = try await bench.service.retry(
          delivery, of: .id(hook.id), bench.hearing([.workOrdersRead]).command(at: bench.time.now))
        try await bench.send(until: 2, to: receiver)
        #expect(try bench.admin("select state from webhook_deliveries") == "delivered")
      }
    }
  }

  @Test("who redirects a webhook is sent no more than he hears of, also of what waits (SEC-03, ANN-08)")
  func redirectBeyondGrants() async throws {
    try await Self.with { bench in
      let receiver = HookReceiver()
      receiver.act(.answer(500))
      try await receiver.run { url in
        let hook = try await bench.subscribe(url, to: "workOrder.*", "customer.*")
        try await bench.happen("workOrder.delivered")
        try await bench.happen("customer.updated", .customer)
        try await bench.send(until: 2, to: receiver)
        receiver.act(.answer(204))
        let narrow = bench.hearing([.workOrdersRead])
        // To say what it is for moves nothing.
        _ = try await bench.service.update(.id(hook.id), narrow.command(at: bench.time.now)) { before in
          WebhookContent(
            url: before.content.url, eventTypes: before.content.eventTypes, description: "DMS", externalIDs: [:])
        }
        let states = "select string_agg(event_type || ' ' || state, ', ' order by event_type) from webhook_deliveries"
        #expect(try bench.admin(states) == "customer.updated pending, workOrder.delivered pending")
        _ = try await bench.service.update(.id(hook.id), narrow.command(at: bench.time.now)) { before in
          WebhookContent(
            url: "\(url)/elsewhere", eventTypes: before.content.eventTypes, description: "DMS", externalIDs: [:])
        }
        #expect(try bench.admin(states) == "customer.updated failed, workOrder.delivered pending")
        try await bench.happen("customer.updated", .customer)
        try await bench.happen("workOrder.closed")
        bench.time.advance(seconds: WebhookSchedule.delays[0])
        try await bench.send(until: 4, to: receiver)
        #expect(receiver.seen[2...].allSatisfy { $0.body.contains("workOrder.") })
        #expect(
          try bench.admin(states)
            == "customer.updated failed, workOrder.closed delivered, workOrder.delivered delivered")
      }
    }
  }

  @Test("during a rotation requests carry both signatures, a day later the new one alone (C-30)")
  func rotation() async throws {
    try await Self.with { bench in
      let receiver = HookReceiver()
      try await receiver.run { url in
        let hook = try await bench.subscribe(url, to: "*")
        let answer = try await bench.service.rotateSecret(
          .id(hook.id),
          bench.caller.command(at: bench.time.now) { Answer(status: 200, body: Array($0.secret.utf8)) })
        let secret = String(decoding: answer.body, as: UTF8.self)
        #expect(secret != hook.secret)
        // Its own event is one that it was granted.
        for _ in 0..<2_000 where receiver.seen.isEmpty { try await bench.sender().sendDue() }
        let first = try #require(receiver.seen.first)
        #expect(
          first.signature
            == WebhookSignature.header(
              id: first.id, seconds: try #require(Int64(first.timestamp)), body: Array(first.body.utf8),
              secrets: [secret, hook.secret]))
        bench.time.advance(seconds: 86_400)
        try await bench.happen("workOrder.delivered")
        let before = receiver.seen.count
        for _ in 0..<2_000 where !receiver.seen.contains(where: { $0.body.contains("workOrder.delivered") }) {
          try await bench.sender().sendDue()
        }
        #expect(receiver.seen.count > before)
        #expect(try #require(receiver.seen.last).signature.split(separator: " ").count == 1)
      }
    }
  }
}

/// The connection goes where it was judged (quality S9).
@Suite("The way of a webhook") struct WebhookTransportTests {
  private static let closed = WebhookEgress(allowsLoopback: false)

  private static func addresses(_ texts: String...) -> WebhookTransport.Resolver {
    let found = texts.compactMap { InternetAddress($0) }
    return { _ in found }
  }

  @Test("a name that leads to this machine or to a private network is not connected to, nor one of several (S9)")
  func names() async throws {
    for resolver in [
      Self.addresses("127.0.0.1"), Self.addresses("::1"), Self.addresses("169.254.169.254"),
      Self.addresses("8.8.8.8", "10.0.0.1"), Self.addresses("::ffff:127.0.0.1"),
    ] {
      let result = try await WebhookTransport(Self.closed, resolver: resolver)
        .post([], to: "https://dms.example.com/", headers: [])
      #expect(result.outcome == .failed(.addressNotAllowed))
    }
    let nowhere = try await WebhookTransport(Self.closed, resolver: Self.addresses())
      .post([], to: "https://dms.example.com/", headers: [])
    #expect(nowhere.outcome == .failed(.unresolvable))
    let literal = try await WebhookTransport(Self.closed).post([], to: "https://127.0.0.1/", headers: [])
    #expect(literal.outcome == .failed(.addressNotAllowed))
  }

  @Test("the connection goes to the address that was judged, not to what the name means then (S9: rebinding)")
  func pinned() async throws {
    let receiver = HookReceiver()
    try await receiver.run { url in
      // No resolver but this one knows the name.
      let named = url.replacing("127.0.0.1", with: "receiver.localhost")
      let transport = WebhookTransport(
        WebhookEgress(allowsLoopback: true), resolver: Self.addresses("127.0.0.1"))
      let result = try await transport.post(Array("{}".utf8), to: named, headers: [(name: "webhook-id", value: "x")])
      #expect(result.outcome == .answered(status: 204))
      #expect(receiver.ids == ["x"])
    }
  }

  @Test("of an answer of any length 1 KiB is kept (S9)")
  func long() async throws {
    let receiver = HookReceiver()
    receiver.act(.answer(200, body: String(repeating: "a", count: 1 << 20)))
    try await receiver.run { url in
      let result = try await WebhookTransport(WebhookEgress(allowsLoopback: true)).post([], to: url, headers: [])
      #expect(result.outcome == .answered(status: 200))
      #expect(result.answer.utf8.count == 1024)
    }
  }

  @Test("Retry-After is read as seconds and as a date")
  func retryAfter() {
    #expect(WebhookTransport.seconds(of: "120") == 120)
    #expect(WebhookTransport.seconds(of: "Sun, 06 Nov 1994 08:49:37 GMT", now: 784_111_717) == 60)
    #expect(WebhookTransport.seconds(of: "soon") == nil)
  }
}
