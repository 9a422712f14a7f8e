import Domain
import FoundationEssentials
import Repositories
import Services
import TestSupport
import Testing

/// Pre-authorisations with time and claims handed in (M5).
@Suite("Pre-authorisations", .timeLimit(.minutes(20))) struct PreAuthorisationServiceTests {
  private func refusal(_ body: () async throws -> Void) async -> Refusal? {
    do {
      try await body()
      return nil
    } catch { return error as? Refusal }
  }

  private func isConflict(_ refusal: Refusal?, _ expected: String) -> Bool {
    if case .conflict(let code, _)? = refusal { code == expected } else { false }
  }

  /// Runs a write and hands out the request that it answered with.
  private func run(
    _ desk: WarrantyDesk, as caller: Caller? = nil,
    _ write: (Command<PreAuthorisation>) async throws -> Answer
  ) async throws -> PreAuthorisation {
    let box = Box<PreAuthorisation>()
    desk.clock.advance(seconds: 60)
    _ = try await write(
      (caller ?? desk.orders.desk).command(at: desk.clock.now) { document in
        box.value = document
        return Answer(status: 200)
      })
    return try #require(box.value)
  }

  private func submitted(_ desk: WarrantyDesk) async throws -> PreAuthorisation {
    let order = try await desk.order(desk.line(part: "P-1"), in: .quoted, km: 10_000)
    let draft = PreAuthorisationDraft(
      workOrderID: order.id, header: PreAuthorisationHeader(kind: .warranty, reason: "异响", externalIDs: [:]),
      lines: [])
    let document = try await run(desk) { try await desk.preAuthorisations.create(draft, $0) }
    return try await run(desk) { try await desk.preAuthorisations.submit(.id(document.id), $0) }
  }

  private func approved(_ desk: WarrantyDesk, until: CalendarDate? = nil) async throws -> PreAuthorisation {
    let document = try await submitted(desk)
    return try await run(desk, as: desk.auditor) {
      try await desk.preAuthorisations.approve(.id(document.id), [:], validUntil: until, reason: nil, $0)
    }
  }

  private func permit(_ desk: WarrantyDesk, _ document: PreAuthorisation) async throws -> PreAuthorisationPermit? {
    let day = ReportPeriod.day(of: desk.clock.now)
    return try await desk.test.database.snapshot(desk.auditor) { tx in
      try await desk.preAuthorisations.valid(for: document.workOrderID, line: 1, on: day, desk.auditor, in: tx)
    }
  }

  private func draw(_ desk: WarrantyDesk, _ minor: Int64, _ permit: PreAuthorisationPermit, claim: UUID) async throws {
    let command: Command<Int> = desk.auditor.command(at: desk.clock.now)
    _ = try await desk.work.perform(command, nil) { tx in
      try await desk.preAuthorisations.draw(
        Money(minor: minor, currency: .cny), of: permit, for: claim, command, in: tx)
      return 1
    }
  }

  @Test(
    "what the maker is to pay is asked for, with what the rules say of it, and approved for as long as the policy says (M5, A10)"
  )
  func flow() async throws {
    try await WarrantyDesk.with { desk in
      try await desk.sell(on: "2026-01-01")
      let asked = try await submitted(desk)
      #expect(asked.lines.map(\.requested) == [desk.orders.cny(35_000)])
      #expect(asked.lines[0].entitlement?.covered == true && asked.lines[0].entitlement?.proof.count == 64)
      #expect(try await permit(desk, asked) == nil)
      let document = try await run(desk, as: desk.auditor) {
        try await desk.preAuthorisations.approve(.id(asked.id), [:], validUntil: nil, reason: nil, $0)
      }
      #expect(document.progress.validUntil?.description == "2026-12-21")
      let permit = try #require(try await permit(desk, document))
      #expect(permit.left == desk.orders.cny(35_000) && permit.causalPartNumber == "P-1")
      #expect(try desk.events("preAuthorisation.approved") == 1)
    }
  }

  @Test(
    "the decision has its time from the submission on, which stands while a question waits for its answer (M5, A14)")
  func clock() async throws {
    try await WarrantyDesk.with { desk in
      let clocks = "select count(*), min(state) from clocks where kind = 'preAuthorisationDecision'"
      let document = try await submitted(desk)
      #expect(try desk.test.admin(clocks) == "1|running")
      let due = try desk.test.admin("select due_at from clocks where kind = 'preAuthorisationDecision'")
      _ = try await run(desk, as: desk.auditor) {
        try await desk.preAuthorisations.requestInfo(.id(document.id), question: "照片?", $0)
      }
      #expect(try desk.test.admin(clocks) == "1|paused")
      desk.clock.advance(seconds: 3 * 86_400)
      _ = try await run(desk) { try await desk.preAuthorisations.answer(.id(document.id), "已补", $0) }
      #expect(try desk.test.admin(clocks) == "1|running")
      #expect(
        try desk.test.admin(
          "select due_at > '\(due)'::timestamptz from clocks where kind = 'preAuthorisationDecision'") == "t")
      _ = try await run(desk, as: desk.auditor) {
        try await desk.preAuthorisations.reject(.id(document.id), reason: "不在保", $0)
      }
      #expect(try desk.test.admin(clocks) == "1|met")
      // Nobody waits for the decision on a question that is given up.
      let other = try await submitted(desk)
      _ = try await run(desk, as: desk.auditor) {
        try await desk.preAuthorisations.requestInfo(.id(other.id), question: "照片?", $0)
      }
      _ = try await run(desk, as: desk.auditor) {
        try await desk.preAuthorisations.expire(.id(other.id), reason: "未补", $0)
      }
      #expect(
        try desk.test.admin(
          "select string_agg(state, ' ' order by started_at) from clocks where kind = 'preAuthorisationDecision'")
          == "met cancelled")
    }
  }

  @Test("it holds on its last day and not on the next, and expires by itself, once (M5)")
  func expiry() async throws {
    try await WarrantyDesk.with { desk in
      let today = ReportPeriod.day(of: desk.clock.now)
      let document = try await approved(desk, until: today)
      let leases = WorkerLeaseService(desk.test.database, clock: desk.clock.wall)
      let expiry = PreAuthorisationExpiry(leases, clock: desk.clock.wall)
      try await leases.register(["expirePreAuthorisations"])
      for (seconds, holds, expired) in [(Int64(0), true, 0), (86_400, false, 1), (86_400, false, 1)] {
        desk.clock.advance(seconds: seconds)
        #expect((try await permit(desk, document) != nil) == holds)
        let lease = try #require(try await leases.acquire(["expirePreAuthorisations"], holder: UUID()))
        #expect(try await !expiry.expire(under: lease))
        try await leases.succeed(lease, nextRunAfter: 1)
        desk.clock.advance(seconds: 2)
        #expect(try desk.events("preAuthorisation.expired") == expired)
      }
      let after = try await desk.preAuthorisations.whole(.id(document.id), desk.auditor)
      #expect(after.state == .expired && after.lines.count == 1 && after.approved == desk.orders.cny(35_000))
    }
  }

  @Test("claims at once draw no more than was approved, and give back what they took (M5)")
  func draws() async throws {
    try await WarrantyDesk.with { desk in
      let document = try await approved(desk)
      let permit = try #require(try await permit(desk, document))
      let claims = (0..<10).map { _ in UUID.version7(at: desk.clock.now) }
      let outcomes = await Outcomes.of(10) { place in
        try await draw(desk, 10_000, permit, claim: claims[place])
      }
      #expect(outcomes.succeeded == 3 && outcomes.others.isEmpty, "\(outcomes.others.prefix(2))")
      #expect(outcomes.refused.allSatisfy { isConflict($0, "pre-authorisation-exceeded") })
      #expect(try desk.test.admin("select drawn from pre_authorisation_lines") == "300.00")
      let holder = try #require(
        UUID(canonical: try desk.test.admin("select claim_id from pre_authorisation_draws order by claim_id limit 1")))
      // A new amount takes the place of the former, and what is released is free again.
      try await draw(desk, 15_000, permit, claim: holder)
      #expect(try desk.test.admin("select drawn from pre_authorisation_lines") == "350.00")
      let command: Command<Int> = desk.auditor.command(at: desk.clock.now)
      _ = try await desk.work.perform(command, nil) { tx in
        try await desk.preAuthorisations.release(holder, command, in: tx)
        return 1
      }
      #expect(try desk.test.admin("select drawn from pre_authorisation_lines") == "200.00")
    }
  }

  @Test(
    "past the application the database refuses to draw more than was approved, and the same person to decide (SEC-10)")
  func guarded() async throws {
    try await WarrantyDesk.with { desk in
      _ = try await approved(desk)
      for (statement, said) in [
        ("update pre_authorisation_lines set drawn = 350.01", "pre_authorisation_lines_drawn_check"),
        ("update pre_authorisation_lines set approved = 350.01", "pre_authorisation_lines_approved_check"),
        (
          "update pre_authorisations set submitted_by_id = decided_by_id",
          "pre_authorisations_decided_by_another"
        ),
        ("update pre_authorisations set state = 'draft'", "does not go from"),
        ("update pre_authorisations set valid_until = null", "pre_authorisations_approved_check"),
      ] {
        do {
          try desk.test.asApplication(scope: "*", statement)
          Issue.record("\(statement) was accepted")
        } catch let refused as TestCluster.Missing {
          #expect(refused.description.contains(said), "\(refused)")
        }
      }
    }
  }

  @Test("nobody approves beyond the limit of his roles (M23)")
  func limits() async throws {
    try await WarrantyDesk.with { desk in
      var policy = ApprovalLimitsPolicy.standard
      policy.limits = [ApprovalLimit(.hqClaims, .preAuthorisationsApprove, upTo: desk.orders.cny(34_999))]
      try await desk.approve(policy)
      let document = try await submitted(desk)
      let beyond = await refusal { [self] in
        _ = try await run(desk, as: desk.auditor) {
          try await desk.preAuthorisations.approve(.id(document.id), [:], validUntil: nil, reason: nil, $0)
        }
      }
      #expect(isConflict(beyond, "approval-limit-exceeded"))
      let less = try await run(desk, as: desk.auditor) {
        try await desk.preAuthorisations.approve(
          .id(document.id), [1: desk.orders.cny(34_999)], validUntil: nil, reason: "按标准", $0)
      }
      #expect(less.progress.decision?.outcome == .partiallyApproved)
    }
  }

  @Test("the maker is asked before the repair, about jobs of the order, up to what they cost (M5)")
  func refusals() async throws {
    try await WarrantyDesk.with { desk in
      let delivered = try await desk.order(desk.line(part: "P-1"), in: .delivered, km: 10_000)
      let quoted = try await desk.order(desk.line(part: "P-1"), in: .quoted, km: 10_100)
      let header = PreAuthorisationHeader(kind: .warranty, reason: "异响", externalIDs: [:])
      for (order, lines, pointer) in [
        (delivered.id, [], "#/workOrderId"), (WorkOrder.ID.new(at: desk.clock.now), [], "#/workOrderId"),
        (quoted.id, [.init(number: 2, amount: nil)], "#/lines/0/number"),
        (quoted.id, [.init(number: 1, amount: nil), .init(number: 1, amount: nil)], "#/lines/1/number"),
        (quoted.id, [.init(number: 1, amount: desk.orders.cny(35_001))], "#/lines/0/amount/amount"),
      ] as [(WorkOrder.ID, [PreAuthorisationDraft.LineDraft], String)] {
        let refused = await refusal {
          _ = try await desk.preAuthorisations.create(
            PreAuthorisationDraft(workOrderID: order, header: header, lines: lines),
            desk.orders.desk.command(at: desk.clock.now))
        }
        if case .invalid(let violations)? = refused {
          #expect(violations.map(\.pointer) == [pointer])
        } else {
          Issue.record("\(pointer): \(String(describing: refused))")
        }
      }
    }
  }
}
