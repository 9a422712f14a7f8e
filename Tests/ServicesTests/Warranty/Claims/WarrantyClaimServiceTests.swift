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
      _ claim: WarrantyClaim, _ outcome: ClaimVerdict.Outcome, by caller: Caller? = nil,
      reason: ClaimVerdict.Reason = .other
    ) async throws -> WarrantyClaim {
      let open = claim.lines.filter(\.isOpen).map {
        ClaimDecision(line: $0.number, outcome: outcome, amount: nil, reason: reason, text: "理由")
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

  @Test("what a clerk adds to what the order says is not paid without a person (A12, CLM-01)")
  func added() async throws {
    try await Desk.with { desk in
      let claim = try await desk.drafted()
      let travel = ClaimCharge(description: "外出服务", amount: desk.orders.cny(10_000))
      let items = claim.items.map { item in
        ClaimItemDraft(
          number: item.number, work: item.work,
          lines: item.lines.map { ClaimLineDraft(number: $0.number, kind: $0.kind, charge: $0.charge) }
            + [ClaimLineDraft(number: nil, kind: .travel, charge: travel)])
      }
      var patch = WarrantyClaimPatch()
      patch.items = .set(items)
      _ = try await desk.run(desk.clerk) { try await desk.claims.update(.id(claim.id), patch, $0) }
      let submitted = try await desk.submit(claim)
      #expect(submitted.state == .underAudit && submitted.claimed.minor == 45_000)
      #expect(submitted.progress.reviewing == 0 && submitted.progress.blocking == 0)
      // The person decides, and the decision replays (A2).
      #expect(try await desk.decide(submitted, .approved).state == .awaitingOldPart)
      let (_, replays) = try await desk.claims.replay(.id(claim.id), desk.auditor)
      #expect(replays.allSatisfy(\.isIdentical) && !replays.isEmpty)
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

  // MARK: Settlements

  private static func run<Output: Sendable>(
    _ caller: Caller, _ desk: Desk, _ write: (Command<Output>) async throws -> Answer
  ) async throws -> Output {
    let box = Box<Output>()
    desk.orders.clock.advance(seconds: 60)
    _ = try await write(
      caller.command(at: desk.orders.clock.now) { output in
        box.value = output
        return Answer(status: 200)
      })
    return try #require(box.value)
  }

  private static func settlements(_ desk: Desk) -> SettlementService {
    SettlementService(
      UnitOfWork(desk.test.database, clock: desk.orders.clock.wall), ledger: LedgerBook(), policies: PolicyBook(),
      sources: [.warrantyClaim: desk.claims])
  }

  private static func compiled(_ desk: Desk) async throws -> Settlement {
    let today = ReportPeriod.day(of: desk.orders.clock.now)
    let period = try SettlementPeriod(from: CalendarDate(daysSinceEpoch: today.daysSinceEpoch - 30), to: today)
    let draft: Settlement = try await run(desk.auditor, desk) {
      try await settlements(desk).create(
        SettlementDraft(stationID: desk.orders.network.station, period: period, currency: nil), $0)
    }
    return try await run(desk.auditor, desk) { try await settlements(desk).compile(.id(draft.id), $0) }
  }

  private static func approve(_ settlement: Settlement, _ desk: Desk) async throws {
    let service = settlements(desk)
    let _: Settlement = try await run(desk.clerk, desk) {
      try await service.sign(.id(settlement.id), .confirm, note: nil, $0)
    }
    let _: Settlement = try await run(desk.second, desk) { try await service.audit(.id(settlement.id), note: nil, $0) }
    let _: Settlement = try await run(finance(), desk) { try await service.approve(.id(settlement.id), note: nil, $0) }
  }

  private static func pay(_ settlement: Settlement, _ desk: Desk) async throws {
    let _: Settlement = try await run(finance(), desk) {
      try await settlements(desk).pay(.id(settlement.id), transfer: "HD-1", on: nil, $0)
    }
  }

  /// Another person each time.
  private static func finance() -> Caller {
    Caller(
      subject: .user(UUID()), name: "财务", roles: [.finance], permissions: Set(Permission.allCases), scope: .network)
  }

  /// Submitted and decided: 120.00 of the labour, nothing of the parts.
  private static func reduced(_ desk: Desk) async throws -> WarrantyClaim {
    _ = try await desk.rule { $0.automaticApprovalUpTo = nil }
    let claim = try await desk.submit(try await desk.drafted())
    return try await desk.run(desk.auditor) {
      try await desk.claims.decide(
        .id(claim.id),
        [
          ClaimDecision(line: 1, outcome: .reduced, amount: desk.orders.cny(12_000), reason: .other, text: "理由"),
          ClaimDecision(line: 2, outcome: .rejected, amount: nil, reason: .other, text: "理由"),
        ], $0)
    }
  }

  /// The appeal is allowed for the labour.
  private static func appealed(_ claim: WarrantyClaim, _ desk: Desk) async throws -> WarrantyClaim {
    _ = try await desk.run(desk.clerk) { try await desk.claims.appeal(.id(claim.id), text: "复议", $0) }
    return try await desk.run(desk.second) {
      try await desk.claims.decide(
        .id(claim.id),
        [
          ClaimDecision(line: 1, outcome: .approved, amount: nil, reason: .asClaimed, text: "理由"),
          ClaimDecision(line: 2, outcome: .rejected, amount: nil, reason: .other, text: "理由"),
        ], $0)
    }
  }

  @Test(
    "what an appeal adds while the rest is being paid enters the next settlement, and then the claim is settled (SM-7)")
  func appealBesideSettlement() async throws {
    try await Desk.with { desk in
      let claim = try await Self.reduced(desk)
      #expect(claim.state == .payable)
      let first = try await Self.compiled(desk)
      try await Self.approve(first, desk)
      #expect(try await desk.claims.get(.id(claim.id), desk.clerk).state == .inSettlement)
      _ = try await Self.appealed(claim, desk)
      #expect(
        try desk.test.admin(
          "select string_agg(type, ' ' order by position) from events where subject_id = '\(claim.id)' "
            + "and type like 'warrantyClaim.%' and position > "
            + "(select position from events where subject_id = '\(claim.id)' and type = 'warrantyClaim.appealed')")
          == "warrantyClaim.approved")
      try await Self.pay(first, desk)
      // 80.00 are still owed.
      #expect(try await desk.claims.get(.id(claim.id), desk.clerk).state == .payable)
      let next = try await Self.compiled(desk)
      #expect(next.lineCount == 1 && next.figures.items == 8_000)
      #expect(try await desk.claims.get(.id(claim.id), desk.clerk).state == .inSettlement)
      try await Self.approve(next, desk)
      try await Self.pay(next, desk)
      #expect(try await desk.claims.get(.id(claim.id), desk.clerk).state == .settled)
    }
  }

  @Test("a line that was disputed rightly is owed no more, and an appeal enters what is right in full (SET-10, M15)")
  func disputedRightly() async throws {
    try await Desk.with { desk in
      let claim = try await Self.reduced(desk)
      let settlement = try await Self.compiled(desk)
      #expect(settlement.lineCount == 1)
      let disputed: Settlement = try await Self.run(desk.clerk, desk) {
        try await Self.settlements(desk).disputeLine(.id(settlement.id), 1, reason: "工时不足", $0)
      }
      #expect(disputed.lineCount == 0)
      let item = try #require(settlement.lines.first).item
      let items = PayableItemService(
        UnitOfWork(desk.test.database, clock: desk.orders.clock.wall), payables: PayableBook(LedgerBook()),
        sources: [.warrantyClaim: desk.claims])
      let _: PayableItem = try await Self.run(desk.auditor, desk) {
        try await items.resolveDispute(.id(item.id), .reversed, reason: "站方属实", $0)
      }
      let taken = try await desk.claims.whole(.id(claim.id), desk.clerk)
      #expect(taken.state == .rejected && taken.approved.minor == 0)
      let allowed = try await Self.appealed(claim, desk)
      #expect(allowed.state == .payable && allowed.approved.minor == 20_000)
      #expect(
        try desk.test.admin(
          "select string_agg(amount::text, ' ' order by ordinal) from payable_items where source_id = '\(claim.id)'")
          == "12000 -12000 20000")
    }
  }

  @Test("what a correction takes out of a claim may be claimed by another (CLM-09)")
  func takenOut() async throws {
    try await Desk.with { desk in
      _ = try await desk.rule { $0.automaticApprovalUpTo = nil }
      let claim = try await desk.submit(try await desk.drafted())
      let returned = try await desk.run(desk.auditor) {
        try await desk.claims.return(.id(claim.id), reason: .other, text: "另报", $0)
      }
      var patch = WarrantyClaimPatch()
      patch.items = .set([
        ClaimItemDraft(
          number: nil, work: ClaimWork(description: "清洗", causalPartNumber: "CL-1"),
          lines: [
            ClaimLineDraft(
              number: nil, kind: .sublet,
              charge: ClaimCharge(description: "清洗", amount: desk.orders.cny(5_000)))
          ])
      ])
      let corrected = try await desk.run(desk.clerk) { try await desk.claims.update(.id(returned.id), patch, $0) }
      #expect(corrected.items.map(\.number) == [2])
      _ = try await desk.submit(corrected)
      #expect(
        try desk.test.admin(
          "select string_agg(causal_part, ' ') from claimed_repairs where released_at is null") == "CL-1")
      let other = try await desk.submit(try await desk.drafted(km: 10_001))
      #expect(other.progress.reviewing == 0)
    }
  }

  @Test("the same repair twice in one claim is told by the dry run and looked at by a person (CLM-09, M6)")
  func sameItemTwice() async throws {
    try await Desk.with { desk in
      let claim = try await desk.drafted()
      let item = ClaimItemDraft(
        number: nil, work: ClaimWork(description: "清洗", causalPartNumber: "CL-1"),
        lines: [
          ClaimLineDraft(
            number: nil, kind: .sublet, charge: ClaimCharge(description: "清洗", amount: desk.orders.cny(5_000)))
        ])
      var patch = WarrantyClaimPatch()
      patch.items = .set([item, item])
      let written = try await desk.run(desk.clerk) { try await desk.claims.update(.id(claim.id), patch, $0) }
      let check = try await desk.claims.check(.id(claim.id), at: desk.orders.clock.now, desk.clerk)
      let repeated = check.result?.findings.filter { $0.rule == .sameRepairInWindow }
      #expect(repeated?.map(\.item) == [written.items[1].number])
      let submitted = try await desk.submit(written)
      #expect(submitted.state == .underAudit && submitted.progress.reviewing >= 1)
      #expect(try desk.count("claimed_repairs where first_repair") == "1")
    }
  }

  @Test("a claim within the longer window of an earlier policy is submitted, and stands as no first one (CLM-09, A3)")
  func otherWindow() async throws {
    try await Desk.with { desk in
      _ = try await desk.rule {
        $0.automaticApprovalUpTo = nil
        $0.duplicateDays = 400
      }
      let first = try await desk.drafted()
      var patch = WarrantyClaimPatch()
      patch.repairedOn = .set(CalendarDate("2026-08-01"))
      _ = try await desk.run(desk.clerk) { try await desk.claims.update(.id(first.id), patch, $0) }
      _ = try await desk.submit(first)
      _ = try await desk.rule {
        $0.automaticApprovalUpTo = nil
        $0.duplicateDays = 30
      }
      let second = try await desk.submit(try await desk.drafted(km: 10_001))
      #expect(second.state == .underAudit)
      #expect(try desk.count("claimed_repairs where first_repair and claim_id = '\(first.id)'") == "1")
      #expect(try desk.count("claimed_repairs where first_repair") == "1")
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

  @Test(
    "a decision that the customer caused the fault takes the repair out of the counters of the law, an appeal puts it back (CLM-14, T-41)"
  )
  func counters() async throws {
    try await Desk.with { desk in
      _ = try await desk.rule { $0.automaticApprovalUpTo = nil }
      let counters = ThreeGuaranteeService(
        UnitOfWork(desk.test.database, clock: desk.orders.clock.wall), policies: PolicyBook())
      let vehicle = Reference<Vehicle>.id(desk.orders.network.vehicle)
      let claim = try await desk.submit(try await desk.drafted())
      var standing = try await counters.standing(of: vehicle, at: desk.orders.clock.now, desk.clerk).standing
      #expect(standing.counts.map(\.value) == [1, 1] && standing.excluded.isEmpty)

      // Another reason to pay nothing says nothing about the fault.
      let rejected = try await desk.decide(claim, .rejected, reason: .labourAboveStandard)
      #expect(try desk.count("vehicle_repair_exclusions") == "0")
      let appealed = try await desk.run(desk.clerk) {
        try await desk.claims.appeal(.id(rejected.id), text: "复议", $0)
      }
      _ = try await desk.decide(appealed, .rejected, by: desk.second, reason: .userCause)
      standing = try await counters.standing(of: vehicle, at: desk.orders.clock.now, desk.clerk).standing
      #expect(standing.counts.map(\.value) == [0] && standing.excluded.count == 1)
      #expect(standing.excluded.first?.source.workOrderID == claim.workOrderID)
      #expect(try desk.count("events where type = 'vehicle.repairExcluded'") == "1")
      #expect(try desk.count("three_guarantee_reviews where due_at is not null") == "1")
    }
  }

  @Test("of what a claim says of a repair an appeal that is allowed takes back (CLM-14, M15)")
  func countedAgain() async throws {
    try await Desk.with { desk in
      _ = try await desk.rule { $0.automaticApprovalUpTo = nil }
      let claim = try await desk.submit(try await desk.drafted())
      let rejected = try await desk.decide(claim, .rejected, reason: .userCause)
      #expect(try desk.count("vehicle_repair_exclusions where lifted_at is null and reason = 'userCause'") == "1")
      let appealed = try await desk.run(desk.clerk) {
        try await desk.claims.appeal(.id(rejected.id), text: "复议", $0)
      }
      _ = try await desk.decide(appealed, .approved, by: desk.second)
      #expect(try desk.count("vehicle_repair_exclusions where lifted_at is null") == "0")
      #expect(try desk.count("events where type = 'vehicle.repairCountedAgain'") == "1")
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
