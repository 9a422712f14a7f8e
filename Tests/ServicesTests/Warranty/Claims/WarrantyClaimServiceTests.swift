import Domain
import FoundationEssentials
import Repositories
import Services
import TestSupport
import Testing

/// Claims from delivery to payment, over a database (SM-6).
@Suite("Warranty claims in the database", .timeLimit(.minutes(20))) struct WarrantyClaimServiceTests {
  private struct Desk: Sendable {
    let orders: OrderDesk
    let claims: WarrantyClaimService
    let clerk: Caller
    let auditor: Caller
    let second: Caller

    var test: TestDatabase { orders.test }

    private static func person(_ roles: Set<Role>, _ scope: Scope) -> Caller {
      Caller(subject: .user(UUID()), name: "员工", roles: roles, permissions: Set(Permission.allCases), scope: scope)
    }

    static func with(_ body: @Sendable (Desk) async throws -> Void) async throws {
      try await OrderDesk.with { orders in
        // Sold a year before, so that the warranty covers what is repaired.
        try orders.test.admin("update vehicles set sale_date = '2025-11-21'")
        try await body(
          Desk(
            orders: orders,
            claims: WarrantyClaimService(
              UnitOfWork(orders.test.database, clock: orders.clock.wall), clocks: ClockBook(PolicyBook())),
            clerk: person([.stClaims], .station(orders.network.station)), auditor: person([.hqClaims], .network),
            second: person([.hqClaims], .network)))
      }
    }

    /// A job that the maker pays: an hour at 200.00 and three parts at 50.00.
    func line(_ part: String = "WP-1") -> JobLineDraft {
      JobLineDraft(
        work: JobWork(description: "更换水泵", cause: "磨损", causalPartNumber: part), standardHours: Hours(hundredths: 100),
        labourRate: nil, sublet: nil, travel: nil, split: [.warranty: orders.cny(35_000)],
        parts: [
          JobPartDraft(
            partNumber: part, description: "水泵", quantity: 3, unitPrice: orders.cny(5_000), origin: .oem,
            guaranteeMonths: nil, guaranteeKm: nil)
        ])
    }

    /// The draft that a delivery leaves.
    func drafted(_ part: String = "WP-1", km: Int = 10_000) async throws -> WarrantyClaim {
      let order = try await orders.order(in: .delivered, lines: [line(part)], km: km)
      var filter = WarrantyClaimFilter()
      filter.workOrderID = order.id
      let found = try await claims.list(filter, PageRequest(sort: [.init("createdAt")]), clerk)
      guard let claim = found.items.first, found.items.count == 1 else {
        throw Failure.internal(reference: "\(found.items.count) drafts")
      }
      return try await claims.whole(.id(claim.id), clerk)
    }

    func run(
      _ caller: Caller, _ write: (Command<WarrantyClaim>) async throws -> Answer
    ) async throws -> WarrantyClaim {
      let box = Box<WarrantyClaim>()
      orders.clock.advance(seconds: 60)
      _ = try await write(
        caller.command(at: orders.clock.now) { claim in
          box.value = claim
          return Answer(status: 200)
        })
      guard let claim = box.value else { throw Failure.internal(reference: "no claim was presented") }
      return claim
    }

    func submit(_ claim: WarrantyClaim) async throws -> WarrantyClaim {
      try await run(clerk) { try await claims.submit(.id(claim.id), $0) }
    }

    func decide(
      _ claim: WarrantyClaim, _ outcome: ClaimVerdict.Outcome, by caller: Caller? = nil
    ) async throws -> WarrantyClaim {
      let open = claim.lines.filter(\.isOpen).map {
        ClaimDecision(line: $0.number, outcome: outcome, amount: nil, reason: .other, text: "理由")
      }
      return try await run(caller ?? auditor) { try await claims.decide(.id(claim.id), open, $0) }
    }

    /// Rules of its own from now on.
    func rule(_ change: (inout ClaimRulesPolicy) -> Void) async throws -> Policy {
      var body = ClaimRulesPolicy.standard
      change(&body)
      return try await policy(.claimRules, body.written)
    }

    func policy(_ key: PolicyKey, _ body: EventValue, approve: Bool = true) async throws -> Policy {
      let service = PolicyService(UnitOfWork(test.database, clock: orders.clock.wall))
      let box = Box<Policy>()
      let keep: @Sendable (Policy) -> Answer = { policy in
        box.value = policy
        return Answer(status: 200)
      }
      let draft = PolicyDraft(
        key: key, subject: nil,
        content: PolicyContent(body: body, reason: "试行", validFrom: nil, validTo: nil))
      _ = try await service.create(draft, auditor.command(at: orders.clock.now, keep))
      guard let policy = box.value else { throw Failure.internal(reference: "no policy") }
      if approve {
        _ = try await service.submit(.id(policy.id), auditor.command(at: orders.clock.now, keep))
        _ = try await service.approve(.id(policy.id), comment: nil, second.command(at: orders.clock.now, keep))
      }
      return policy
    }

    func count(_ sql: String) throws -> String { try test.admin("select count(*) from \(sql)") }
  }

  @Test("a delivery drafts the claim of what the maker pays, with pointers back, and says so (CLM-07, A12)")
  func drafted() async throws {
    try await Desk.with { desk in
      let claim = try await desk.drafted()
      #expect(claim.state == .draft && claim.kind == .warrantyRepair && claim.claimed.minor == 35_000)
      #expect(claim.items.map(\.workOrderLine) == [1] && claim.lines.map(\.kind) == [.labour, .parts])
      #expect(claim.header.odometerKm == 10_000 && claim.header.repairedOn == CalendarDate("2026-11-21"))
      let told = try desk.test.admin(
        "select data ->> 'claimNumbers' from events where type = 'warrantyClaim.requested'")
      #expect(told.contains(claim.number))
      // Of an order that the customer pays there is none.
      _ = try await desk.orders.order(in: .delivered, km: 10_001)
      #expect(try desk.count("warranty_claims") == "1")
    }
  }

  @Test("what the maker pays costs the customer nothing: the invoice is settled without a payment (WAR-02, WO-44)")
  func free() async throws {
    try await Desk.with { desk in
      let order = try await desk.orders.order(in: .delivered, lines: [desk.line()])
      let (_, invoice) = try await desk.orders.service.invoice(.id(order.id), desk.orders.desk)
      #expect(invoice.total == desk.orders.cny(35_000) && invoice.payments.isEmpty)
      #expect(invoice.split[.customer] == 0 && invoice.split[.warranty] == 35_000)
    }
  }

  @Test("a dry run finds what the submission finds and writes nothing (M6)")
  func dryRun() async throws {
    try await Desk.with { desk in
      _ = try await desk.rule { $0.automaticApprovalUpTo = nil }
      let first = try await desk.submit(try await desk.drafted())
      let claim = try await desk.drafted(km: 10_001)
      let before = try desk.test.admin("select count(*), max(position) from events")
      let check = try await desk.claims.check(.id(claim.id), at: desk.orders.clock.now, desk.clerk)
      #expect(try desk.test.admin("select count(*), max(position) from events") == before)
      #expect(try desk.count("warranty_claim_versions") == "1")
      #expect(check.result?.findings.map(\.rule) == [.sameRepairInWindow] && check.drift.isEmpty)
      let submitted = try await desk.submit(claim)
      let stored = try await desk.claims.findings(.id(submitted.id), desk.clerk)
      #expect(stored.result == check.result && first.progress.reviewing == 0)
      #expect(submitted.state == .underAudit && submitted.progress.reviewing == 1)
    }
  }

  @Test("a clean claim is approved, asks its old part back, and is payable once it came (OLD-01, OLD-05, SET-09)")
  func payable() async throws {
    try await Desk.with { desk in
      let claim = try await desk.submit(try await desk.drafted())
      #expect(claim.state == .awaitingOldPart && claim.approved.minor == 35_000)
      #expect(try desk.count("old_parts where claim_id = '\(claim.id)'") == "1")
      #expect(try desk.count("payable_items") == "0")
      try await Self.accept(claim, desk)
      let accepted = try await desk.claims.whole(.id(claim.id), desk.clerk)
      #expect(accepted.state == .payable)
      let owed = "payable_items where source_id = '\(claim.id)'"
      #expect(try desk.test.admin("select count(*), sum(amount) from \(owed)") == "2|35000")
      // A second word about the same part changes nothing.
      try await Self.accept(claim, desk)
      #expect(try desk.count(owed) == "2")
    }
  }

  private static func accept(_ claim: WarrantyClaim, _ desk: Desk) async throws {
    try await desk.test.database.write(.system) { tx in
      let command: Command<Void> = Caller.system.command(at: desk.orders.clock.now)
      for part in try await OldPartBook(ClockBook(PolicyBook())).parts(ofClaim: claim.id.uuid, in: tx) {
        guard let line = part.header.claim else { continue }
        try await desk.claims.accepted(line, part: part, command, in: tx)
      }
    }
  }

  @Test("a missing old part takes back what was owed by a linked negative item (OLD-06)")
  func takenBack() async throws {
    try await Desk.with { desk in
      let claim = try await desk.submit(try await desk.drafted())
      try await Self.accept(claim, desk)
      try await desk.test.database.write(.system) { tx in
        let command: Command<Void> = Caller.system.command(at: desk.orders.clock.now)
        for part in try await OldPartBook(ClockBook(PolicyBook())).parts(ofClaim: claim.id.uuid, in: tx) {
          guard let line = part.header.claim else { continue }
          try await desk.claims.refused(
            OldPartRefusal(
              line: line, part: part, fault: .wrong, consequence: .reversed, reason: "另一件",
              policyVersion: "oldParts@0"), command, in: tx)
        }
      }
      let after = try await desk.claims.whole(.id(claim.id), desk.clerk)
      #expect(after.state == .payable && after.approved.minor == 20_000)
      #expect(
        try desk.test.admin(
          "select sum(amount), count(*) filter (where amount < 0) from payable_items where source_id = '\(claim.id)'")
          == "20000|1")
    }
  }

  @Test("the same repair twice is one clean claim and one that a person looks at (CLM-09)")
  func duplicates() async throws {
    try await Desk.with { desk in
      let (one, two) = (try await desk.drafted(), try await desk.drafted(km: 10_001))
      #expect(try await desk.submit(one).state == .awaitingOldPart)
      let flagged = try await desk.submit(two)
      #expect(flagged.state == .underAudit && flagged.progress.reviewing == 1)
      // What was rejected may be claimed by another.
      let rejected = try await desk.decide(flagged, .rejected)
      #expect(rejected.state == .rejected)
      #expect(try desk.count("claimed_repairs where released_at is null") == "1")
    }
  }

  @Test("nobody decides what he submitted, and the appeal is another person's (SEC-10, M15)")
  func persons() async throws {
    try await Desk.with { desk in
      _ = try await desk.rule { $0.automaticApprovalUpTo = nil }
      let claim = try await desk.submit(try await desk.drafted())
      await #expect(throws: Refusal.self) { try await desk.decide(claim, .approved, by: desk.clerk) }
      let rejected = try await desk.decide(claim, .rejected)
      #expect(rejected.state == .rejected)
      let appealed = try await desk.run(desk.clerk) {
        try await desk.claims.appeal(.id(claim.id), text: "复议", $0)
      }
      #expect(appealed.state == .underAudit && appealed.progress.appeals == 1)
      await #expect {
        _ = try await desk.decide(appealed, .approved)
      } throws: { error in
        guard case .separationOfDuties("appeal-second-decider", _)? = error as? Refusal else { return false }
        return true
      }
      let allowed = try await desk.decide(appealed, .approved, by: desk.second)
      #expect(allowed.state == .awaitingOldPart)
      let (_, versions) = try await desk.claims.versions(.id(claim.id), desk.clerk)
      #expect(versions.map(\.occasion) == [.submission, .decision, .appeal, .decision])
      #expect(versions.map(\.approved) == [0, 0, 0, 35_000])
    }
  }

  @Test("a role approves up to its limit (M23)")
  func limits() async throws {
    try await Desk.with { desk in
      _ = try await desk.rule { $0.automaticApprovalUpTo = nil }
      var limits = ApprovalLimitsPolicy.standard
      limits.limits = [ApprovalLimit(.hqClaims, .warrantyClaimsDecide, upTo: desk.orders.cny(34_999))]
      _ = try await desk.policy(.approvalLimits, limits.written)
      let claim = try await desk.submit(try await desk.drafted())
      await #expect {
        _ = try await desk.decide(claim, .approved)
      } throws: { error in
        guard case .conflict("approval-limit-exceeded", _)? = error as? Refusal else { return false }
        return true
      }
      #expect(try await desk.decide(claim, .rejected).state == .rejected)
    }
  }

  @Test("a decision replays to the same answer, whatever holds by then (A2)")
  func replay() async throws {
    try await Desk.with { desk in
      let claim = try await desk.submit(try await desk.drafted())
      _ = try await desk.submit(try await desk.drafted(km: 10_001))
      _ = try await desk.rule {
        $0.automaticApprovalUpTo = nil
        $0.duplicateDays = 1
        $0.severities[.sameRepairInWindow] = .block
      }
      try desk.test.admin("update vehicles set sale_date = '2000-01-01'")
      let (_, replays) = try await desk.claims.replay(.id(claim.id), desk.auditor)
      #expect(replays.map(\.isIdentical) == [true] && replays[0].result.outcome == .automatic)
      let now = try await desk.claims.check(.id(claim.id), at: desk.orders.clock.now, desk.clerk)
      #expect(now.result?.outcome == .person)
    }
  }

  @Test("a draft of the rules is tried on past claims by the job, with a diff, and nothing is posted (A2)")
  func whatIf() async throws {
    try await Desk.with { desk in
      let claim = try await desk.submit(try await desk.drafted())
      var strict = ClaimRulesPolicy.standard
      strict.automaticApprovalUpTo = desk.orders.cny(1_000)
      let draft = try await desk.policy(.claimRules, strict.written, approve: false)
      let trials = ClaimRuleTrialService(UnitOfWork(desk.test.database, clock: desk.orders.clock.wall))
      let box = Box<ClaimRuleTrial>()
      let (from, before) = (Timestamp(milliseconds: 0), desk.orders.clock.now.adding(seconds: 1))
      _ = try await trials.ask(
        draft.id, from: from, before: before,
        desk.auditor.command(at: desk.orders.clock.now) { trial in
          box.value = trial
          return Answer(status: 202)
        })
      let asked = try #require(box.value)
      #expect(try await trials.get(asked.id, desk.auditor).state == .queued)
      await #expect(throws: Refusal.notFound) { try await trials.get(asked.id, desk.clerk) }
      let written = try desk.test.admin("select count(*) from events")
      let now = desk.orders.clock.now
      _ = try await desk.test.database.write(.system) { tx in
        try await ClaimRuleTrialService.advance(at: now, in: tx)
      }
      let done = try await trials.get(asked.id, desk.auditor)
      #expect(done.state == .done && done.examined == 1 && done.changed == 1)
      #expect(done.differences.map(\.claim) == [claim.number])
      #expect(done.before.approvedAutomatically == 1 && done.after.toPerson == 1)
      #expect(try desk.test.admin("select count(*) from events") == written)
      #expect(try await desk.claims.get(.id(claim.id), desk.clerk).version == claim.version)
    }
  }

  @Test("an overdue decision is deemed where the policy says so, once (A9)")
  func deemed() async throws {
    try await Desk.with { desk in
      _ = try await desk.rule {
        $0.automaticApprovalUpTo = nil
        $0.lateDecision = .deemedApproved
      }
      let claim = try await desk.submit(try await desk.drafted())
      #expect(try desk.count("clocks where kind = 'claimDecision' and state = 'running'") == "1")
      desk.orders.clock.advance(seconds: 32 * 86_400)
      let now = desk.orders.clock.now
      _ = try await desk.test.database.write(.system) { tx in try await ClockSweepService.advance(at: now, in: tx) }
      let found = try await desk.test.database.write(.system) { tx in
        try await desk.claims.deemOverdue(at: now, in: tx)
      }
      let after = try await desk.claims.whole(.id(claim.id), desk.clerk)
      #expect(found == 1 && after.state == .awaitingOldPart)
      #expect(after.lines.allSatisfy { $0.verdict?.reason == .deemed })
      let again = try await desk.test.database.write(.system) { tx in
        try await desk.claims.deemOverdue(at: now, in: tx)
      }
      #expect(again == 0)
    }
  }
}
