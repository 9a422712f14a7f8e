import Domain
import FoundationEssentials
import Repositories
import Services
import TestSupport
import Testing

/// What was paid is taken back within the months of the policy, and nothing of one claim is decided or taken back twice (A9, S14).
@Suite("Charge-backs of claims", .timeLimit(.minutes(20))) struct ClaimChargeBackTests {
  private struct Desk: Sendable {
    let orders: OrderDesk
    let claims: WarrantyClaimService
    let auditor: Caller

    var work: UnitOfWork { UnitOfWork(orders.test.database, clock: orders.clock.wall) }

    static func with(_ body: @Sendable (Desk) async throws -> Void) async throws {
      try await OrderDesk.with { orders in
        let work = UnitOfWork(orders.test.database, clock: orders.clock.wall)
        try await body(
          Desk(
            orders: orders, claims: WarrantyClaimService(work, clocks: ClockBook(PolicyBook())),
            auditor: Caller(
              subject: .user(UUID()), name: "审核", roles: [.hqClaims], permissions: Set(Permission.allCases),
              scope: .network)))
      }
    }

    func write(
      _ caller: Caller, _ body: (Command<WarrantyClaim>) async throws -> Answer
    ) async throws -> WarrantyClaim {
      let box = Box<WarrantyClaim>()
      orders.clock.advance(seconds: 60)
      _ = try await body(
        caller.command(at: orders.clock.now) { claim in
          box.value = claim
          return Answer(status: 200)
        })
      return try #require(box.value)
    }

    /// Of a campaign, 350.00: no part that comes back, no term that ends.
    func submitted(km: Int, part: String? = nil) async throws -> WarrantyClaim {
      let usual = orders.line(split: [.campaign: orders.cny(35_000)])
      var work = usual.work
      work.causalPartNumber = part ?? work.causalPartNumber
      let line = JobLineDraft(
        work: work, standardHours: usual.standardHours, labourRate: usual.labourRate, sublet: usual.sublet,
        travel: usual.travel, split: usual.split, parts: usual.parts)
      let order = try await orders.order(in: .delivered, lines: [line], km: km)
      var filter = WarrantyClaimFilter()
      filter.workOrderID = order.id
      let found = try await claims.list(filter, PageRequest(sort: [.init("createdAt")]), orders.desk)
      let id = try #require(found.items.first?.id)
      return try await write(orders.desk) { try await claims.submit(.id(id), $0) }
    }

    /// Paid in a settlement, as far as the claim is told.
    func paid(km: Int = 10_000, part: String? = nil) async throws -> WarrantyClaim {
      var claim = try await submitted(km: km, part: part)
      if claim.state == .awaitingOldPart {
        let command: Command<Void> = Caller.system.command(at: orders.clock.now)
        try await orders.test.database.write(.system) { tx in
          for part in try await OldPartBook(ClockBook(PolicyBook())).parts(ofClaim: claim.id.uuid, in: tx) {
            guard let line = part.header.claim else { continue }
            try await claims.accepted(line, part: part, command, in: tx)
          }
        }
        claim = try await claims.whole(.id(claim.id), auditor)
      }
      var filter = PayableItemFilter()
      filter.sourceID = claim.id.uuid
      let items = try await PayableItemService(work, payables: PayableBook(LedgerBook())).list(
        filter, PageRequest(sort: [.init("createdAt")]), auditor
      ).items
      // As they stand in a settlement; which one is nothing to the claim.
      _ = try orders.test.admin(
        """
        set session_replication_role = replica;
        update payable_items set settlement_id = gen_random_uuid() where source_id = '\(claim.id)'
        """)
      let command: Command<Void> = Caller.system.command(at: orders.clock.now)
      try await orders.test.database.write(.system) { tx in
        try await claims.paid(
          items, settlement: LedgerEntry.Source(.settlement, UUID(), number: "ST-1"), command, in: tx)
      }
      return try await claims.whole(.id(claim.id), auditor)
    }

    func chargeBack(_ claim: WarrantyClaim, _ lines: [Int]? = nil) async throws -> WarrantyClaim {
      try await write(auditor) {
        try await claims.chargeBack(.id(claim.id), lines: lines, reason: .fake, text: "未更换", $0)
      }
    }

    func owed(_ claim: WarrantyClaim) throws -> String {
      try orders.test.admin(
        "select sum(amount), count(*) filter (where reverses_id is not null) from payable_items where source_id = '\(claim.id)'"
      )
    }
  }

  @Test("a payment is charged back by linked negative items, and the ledger stays in balance (A9, SET-13)")
  func chargesBack() async throws {
    try await Desk.with { desk in
      let claim = try await desk.paid()
      #expect(claim.state == .settled)
      #expect(try desk.owed(claim) == "35000|0")
      let first = try await desk.chargeBack(claim, [2])
      #expect(first.state == .settled && first.approved == desk.orders.cny(20_000))
      #expect(try desk.owed(claim) == "20000|1")
      let rest = try await desk.chargeBack(claim)
      #expect(rest.state == .rejected)
      #expect(try desk.owed(claim) == "0|2")
      #expect(try desk.orders.test.admin("select count(*) from ledger_entries where kind = 'reversal'") == "2")
      #expect(try desk.orders.test.admin("select sum(amount) from ledger_postings") == "0")
      let (_, versions) = try await desk.claims.versions(.id(claim.id), desk.auditor)
      #expect(versions.suffix(2).map(\.occasion) == [.chargeBack, .chargeBack])
      let history = try desk.orders.test.admin("select count(*) from events where type = 'warrantyClaim.chargedBack'")
      #expect(history == "2")
    }
  }

  @Test("a payment stands after the months of the policy, also when the old part turns out to be another one (A9)")
  func tooLate() async throws {
    try await Desk.with { desk in
      let claim = try await desk.paid()
      desk.orders.clock.advance(seconds: 370 * 86_400)
      await #expect {
        _ = try await desk.chargeBack(claim)
      } throws: { error in
        guard case .conflict("charge-back-too-late", _)? = error as? Refusal else { return false }
        return true
      }
      try await Self.refuse(claim, desk)
      #expect(try await desk.claims.whole(.id(claim.id), desk.auditor).state == .settled)
      #expect(try desk.owed(claim) == "35000|0")
    }
  }

  @Test("what a settlement lets go of many claims is one statement, one version and one event a claim (SM-7, SET-10)")
  func together() async throws {
    try await Desk.with { desk in
      var claims: [WarrantyClaim] = []
      for place in 0..<3 {
        // Another repair each time.
        let part = "TG-\(place)"
        claims.append(try await desk.paid(km: 10_000 + place, part: part))
      }
      try desk.orders.test.admin(
        """
        create table statement_log (name text);
        grant insert on statement_log to public;
        create function log_statement() returns trigger language plpgsql as $$
          begin insert into public.statement_log values (tg_table_name); return null; end $$;
        create trigger log_statement after update on warranty_claims for each statement execute function log_statement();
        create trigger log_statement after update on warranty_claim_lines for each statement execute function log_statement();
        """)
      let ids = Set(claims.map(\.id.uuid))
      let items = try await PayableItemService(desk.work, payables: PayableBook(LedgerBook())).list(
        PayableItemFilter(), PageRequest(sort: [.init("createdAt")]), desk.auditor
      ).items.filter { ids.contains($0.source.id) }
      let command: Command<Void> = Caller.system.command(at: desk.orders.clock.now.adding(seconds: 60))
      let service = desk.claims
      try await desk.orders.test.database.write(.system) { tx in
        try await service.left(
          items, settlement: LedgerEntry.Source(.settlement, UUID(), number: "ST-1"), command, in: tx)
      }
      #expect(
        try desk.orders.test.admin("select name, count(*) from statement_log group by name order by name")
          == "warranty_claim_lines|1\nwarranty_claims|1")
      for before in claims {
        let claim = try await desk.claims.whole(.id(before.id), desk.auditor)
        #expect(claim.state == .payable && claim.version == before.version + 1)
        #expect(claim.lines.allSatisfy { $0.standing == .none })
        #expect(
          try desk.orders.test.admin(
            "select count(*), max(subject_version) from events where subject_id = '\(claim.id)' and type = 'warrantyClaim.leftSettlement'"
          ) == "1|\(claim.version)")
      }
    }
  }

  private static func refuse(_ claim: WarrantyClaim, _ desk: Desk) async throws {
    let command: Command<Void> = Caller.system.command(at: desk.orders.clock.now)
    try await desk.orders.test.database.write(.system) { tx in
      for part in try await OldPartBook(ClockBook(PolicyBook())).parts(ofClaim: claim.id.uuid, in: tx) {
        guard let line = part.header.claim else { continue }
        try await desk.claims.refused(
          OldPartRefusal(
            line: line, part: part, fault: .wrong, consequence: .reversed, reason: "另一件", policyVersion: "oldParts@0"),
          command, in: tx)
      }
    }
  }

  @Test("of 200 parallel decisions, charge-backs or submissions of one claim exactly one succeeds (S14)")
  func races() async throws {
    try await Desk.with { desk in
      let open = try await Self.open(desk)
      let at = desk.orders.clock.now
      let (claims, auditor, clerk) = (desk.claims, desk.auditor, desk.orders.desk)
      let submissions = await Outcomes.of(200) { _ in
        let command: Command<WarrantyClaim> = clerk.command(at: at)
        _ = try await claims.submit(.id(open.id), command)
      }
      #expect(submissions.succeeded == 1 && submissions.others.isEmpty, "\(submissions.others.prefix(2))")
      let submitted = try await claims.whole(.id(open.id), auditor)
      let decisions = submitted.lines.filter(\.isOpen).map {
        ClaimDecision(line: $0.number, outcome: .approved, amount: nil, reason: .asClaimed, text: "同意")
      }
      let decided = await Outcomes.of(200) { _ in
        let command: Command<WarrantyClaim> = auditor.command(at: at)
        _ = try await claims.decide(.id(open.id), decisions, command)
      }
      #expect(decided.succeeded == 1 && decided.others.isEmpty, "\(decided.others.prefix(2))")
      let claim = try await desk.paid(km: 10_001)
      let taken = await Outcomes.of(200) { _ in
        let command: Command<WarrantyClaim> = auditor.command(at: at.adding(seconds: 3600))
        _ = try await claims.chargeBack(.id(claim.id), lines: nil, reason: .fake, text: "未更换", command)
      }
      #expect(taken.succeeded == 1 && taken.others.isEmpty, "\(taken.others.prefix(2))")
      #expect(try desk.owed(claim) == "0|2")
    }
  }

  /// A draft that a person has to decide about.
  private static func open(_ desk: Desk) async throws -> WarrantyClaim {
    let order = try await desk.orders.order(
      in: .delivered, lines: [desk.orders.line(split: [.goodwill: desk.orders.cny(35_000)])])
    var filter = WarrantyClaimFilter()
    filter.workOrderID = order.id
    let found = try await desk.claims.list(filter, PageRequest(sort: [.init("createdAt")]), desk.orders.desk)
    return try #require(found.items.first)
  }
}
