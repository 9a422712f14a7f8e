import Domain
import FoundationEssentials
import Repositories
import Services
import Synchronization
import TestSupport
import Testing

/// Effects exactly once, however often a request is sent (C-19, R7).
@Suite(.serialized) struct UnitOfWorkTests {
  private struct Broken: Error {}

  private static let key = "0123456789abcdef-key"

  /// An answer whose bytes no second execution would make again.
  private static func answer(_ order: WorkOrder) -> Answer {
    Answer(
      status: 201, headers: [.init("ETag", "\"\(order.version)\""), .init("Location", "/v1/work-orders/\(order.id)")],
      body: Array("\(order.id) \(UUID())\u{0}\u{7f}é".utf8))
  }

  private func command(
    _ desk: OrderDesk, as caller: Caller? = nil, key: String = key, fingerprint: [UInt8] = [1]
  ) -> Command<WorkOrder> {
    (caller ?? desk.desk).command(at: desk.clock.now, key: key, fingerprint: fingerprint) { Self.answer($0) }
  }

  private func create(_ desk: OrderDesk, _ command: Command<WorkOrder>) async throws -> Answer {
    try await desk.service.create(WorkOrderDraft(stationID: nil, header: desk.header(), lines: [desk.line()]), command)
  }

  private func withoutMark(_ answer: Answer) -> (Answer, replayed: Bool) {
    var copy = answer
    copy.headers.removeAll { $0.name == "Idempotency-Replayed" }
    copy.headers.sort { $0.name < $1.name }
    return (copy, copy.headers.count != answer.headers.count)
  }

  @Test("a thousand sendings of one request, many at a time, have one effect and one answer, byte for byte (C-19, R7)")
  func once() async throws {
    try await OrderDesk.with { desk in
      let answers = Mutex<[Answer]>([])
      let outcomes = await Outcomes.of(25) { _ in
        for _ in 0..<40 {
          while true {
            do {
              let answer = try await create(desk, command(desk))
              answers.withLock { $0.append(answer) }
              break
            } catch Refusal.idempotencyInProgress { continue }
          }
        }
      }
      #expect(outcomes.succeeded == 25, "\(outcomes.refused.prefix(3)) \(outcomes.others.prefix(3))")
      let found = answers.withLock { $0 }.map(withoutMark)
      #expect(found.count == 1_000)
      #expect(Set(found.map(\.0)).count == 1)
      #expect(found.count { !$0.replayed } == 1)
      let effects = try desk.test.admin(
        """
        select (select count(*) from work_orders), (select count(*) from events where type = 'workOrder.received'),
          (select last from document_counters where kind = 'WO'), (select count(*) from idempotency_keys)
        """)
      #expect(effects == "1|1|1|1")
    }
  }

  @Test("an answer over 256 KiB is repeated without its body, never worked out again (C-19)")
  func large() async throws {
    try await OrderDesk.with { desk in
      for (size, isKept) in [(Answer.keptBodyLimit, true), (Answer.keptBodyLimit + 1, false)] {
        let body = [UInt8](repeating: 0x61, count: size)
        func send() async throws -> Answer {
          try await create(
            desk,
            desk.desk.command(at: desk.clock.now, key: "large-answer-key-\(size)") { (order: WorkOrder) in
              Answer(
                status: 201,
                headers: [.init("content-type", "application/json"), .init("location", "/v1/work-orders/\(order.id)")],
                body: body)
            })
        }
        let (first, again) = (try await send(), try await send())
        #expect(first.body == body && again.status == 201)
        #expect(again.headers.contains { $0.name == "Idempotency-Replayed" })
        #expect(again.headers.first { $0.name == "location" } == first.headers.first { $0.name == "location" })
        #expect(again.body == (isKept ? body : []))
        #expect(again.headers.contains { $0.name == "content-type" } == isKept)
      }
      #expect(try desk.test.admin("select count(*) from work_orders") == "2")
      #expect(throws: (any Error).self) {
        try desk.test.asApplication(scope: "*", "update idempotency_keys set body = body || 'x'::bytea")
      }
    }
  }

  @Test("a key that was used with another body is refused, and stays the first request's (C-19)")
  func reused() async throws {
    try await OrderDesk.with { desk in
      let first = try await create(desk, command(desk))
      await #expect(throws: Refusal.idempotencyKeyReused) {
        try await create(desk, command(desk, fingerprint: [2]))
      }
      #expect(withoutMark(try await create(desk, command(desk))).0 == withoutMark(first).0)
      #expect(try desk.test.admin("select count(*) from work_orders") == "1")
    }
  }

  @Test("the same key of another caller, or for another operation, is another key (C-19)")
  func independent() async throws {
    try await OrderDesk.with { desk in
      let other = desk.network.everything
      _ = try await create(desk, command(desk))
      let theirs = try await create(desk, command(desk, as: other, fingerprint: [9]))
      #expect(!withoutMark(theirs).replayed)
      let base = command(desk)
      let elsewhere = Command<WorkOrder>(
        caller: desk.desk, requestID: "r", at: desk.clock.now, precondition: nil,
        idempotency: IdempotencyRequest(key: Self.key, operation: "POST /elsewhere", fingerprint: [1]),
        present: base.present)
      #expect(!withoutMark(try await create(desk, elsewhere)).replayed)
      #expect(try desk.test.admin("select count(*) from work_orders") == "3")
    }
  }

  @Test("a request that was refused or failed leaves no key and can be sent again (C-19)")
  func failed() async throws {
    try await OrderDesk.with { desk in
      let wrong = WorkOrderDraft(
        stationID: nil, header: desk.header(), lines: [desk.line(split: [.customer: desk.cny(1)])])
      for _ in 0..<2 {
        await #expect(throws: Refusal.self) { try await desk.service.create(wrong, command(desk)) }
      }
      let broken = desk.desk.command(at: desk.clock.now, key: Self.key) { (_: WorkOrder) in throw Broken() }
      await #expect(throws: Broken.self) { try await create(desk, broken) }
      // What is presented as a refusal is not remembered either.
      let refusing = desk.desk.command(at: desk.clock.now, key: Self.key + "2") { (_: WorkOrder) in
        Answer(status: 422)
      }
      #expect(try await create(desk, refusing).status == 422)
      #expect(try desk.test.admin("select count(*) from idempotency_keys") == "0")
      let answer = try await create(desk, command(desk))
      #expect(!withoutMark(answer).replayed)
      #expect(try desk.test.admin("select number from work_orders order by number limit 1") == "WO-SY001-2026-000001")
    }
  }

  @Test("a repetition is answered from memory even when the state has moved on or the version is another (C-19)")
  func afterwards() async throws {
    try await OrderDesk.with { desk in
      let order = try await desk.order(in: .quoted)
      let decision = desk.decision(order.contentHash)
      func authorise() async throws -> Answer {
        try await desk.service.authorise(
          .id(order.id), decision,
          desk.desk.command(at: desk.clock.now, expecting: .versions([order.version]), key: Self.key) {
            Self.answer($0)
          })
      }
      let first = try await authorise()
      _ = try await desk.advance(order, to: .inWorkshop)
      let again = try await authorise()
      #expect(withoutMark(again).replayed)
      #expect(withoutMark(again).0 == withoutMark(first).0)
      let scoped = Caller(
        subject: desk.desk.subject, name: "x", roles: [], permissions: [], scope: desk.desk.scope)
      // Who has lost the permission is not given the old answer either.
      await #expect(throws: Refusal.forbidden(.workOrdersCreate)) {
        try await create(desk, command(desk, as: scoped))
      }
    }
  }

  @Test("what a unit of work wrote before it failed is gone, with its events and numbers (R7)")
  func atomic() async throws {
    try await OrderDesk.with { desk in
      let failing = desk.desk.command(at: desk.clock.now) { (_: WorkOrder) in throw Broken() }
      await #expect(throws: Broken.self) { try await create(desk, failing) }
      for table in ["work_orders", "job_lines", "events", "document_counters"] {
        let rows = try desk.test.admin("select count(*) from \(table)")
        #expect(rows == "0", "\(table)")
      }
    }
  }
}
