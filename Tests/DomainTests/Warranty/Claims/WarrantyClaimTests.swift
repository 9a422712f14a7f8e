import Domain
import FoundationEssentials
import Testing

/// The life of a claim: who decides what, and what follows from the lines (SM-6).
@Suite("Warranty claims") struct WarrantyClaimTests {
  private typealias Samples = ClaimSamples
  private let clerk = ClaimSamples.caller(ClaimSamples.clerk, .stClaims)
  private let auditor = ClaimSamples.caller(ClaimSamples.auditor, .hqClaims)
  private let second = ClaimSamples.caller(ClaimSamples.secondAuditor, .hqClaims)

  private func submitted(
    _ audit: ClaimAudit.Result = ClaimSamples.forPerson, oldParts: Bool = false
  ) throws -> WarrantyClaim {
    var claim = Samples.claim()
    _ = try claim.submit(audit, by: clerk, at: Samples.now) { line, _ in oldParts && line.kind == .parts }
    return claim
  }

  private func decision(
    _ line: Int, _ outcome: ClaimVerdict.Outcome, _ amount: Int64? = nil,
    _ reason: ClaimVerdict.Reason = .asClaimed
  ) -> ClaimDecision {
    ClaimDecision(line: line, outcome: outcome, amount: amount.map(Samples.cny), reason: reason, text: "理由")
  }

  private func decide(
    _ claim: inout WarrantyClaim, _ decisions: [ClaimDecision], by caller: Caller? = nil, blocked: Set<Int> = [],
    oldParts: Bool = false
  ) throws {
    _ = try claim.decide(
      decisions, blocked: blocked, by: caller ?? auditor, at: Samples.now, pointer: { "#/decisions/\($0)" },
      needsOldPart: { line, _ in oldParts && line.kind == .parts })
  }

  // MARK: Submission

  @Test("a clean claim is approved on the spot and becomes payable; with a part to come back it waits for it (OLD-01)")
  func automatic() throws {
    var claim = try submitted(Samples.clean)
    #expect(claim.state == .payable && claim.approved == Samples.cny(86_000))
    #expect(claim.lines.allSatisfy { $0.verdict?.reason == .clean && $0.verdict?.by.id == nil })
    let entered = claim.recordPayables()
    #expect(entered.map(\.amount) == [Samples.cny(18_000), Samples.cny(68_000)])
    var waiting = try submitted(Samples.clean, oldParts: true)
    let early = waiting.recordPayables()
    #expect(waiting.state == .awaitingOldPart && early.isEmpty)
    let wasAwaited = waiting.acceptOldParts(of: [2])
    let later = waiting.recordPayables()
    #expect(wasAwaited && waiting.state == .payable && later.count == 2)
  }

  @Test("everything else waits for a person, with how bad it is (CLM-11)")
  func forPerson() throws {
    let finding = ClaimFinding(
      rule: .sameLineTwice, severity: .block, pointer: "#", item: 1, line: nil, detail: "x", evidence: [:])
    let claim = try submitted(ClaimAudit.Result(findings: [finding], outcome: .person))
    #expect(claim.state == .underAudit && claim.counts.open == 2)
    #expect(claim.progress.blocking == 1 && claim.progress.versions == 1)
  }

  @Test("a claim of nothing is not submitted")
  func empty() throws {
    var claim = Samples.claim([])
    #expect(throws: Refusal.self) {
      try claim.submit(Samples.clean, by: clerk, at: Samples.now) { _, _ in false }
    }
  }

  // MARK: Decisions

  @Test("the state of a claim follows from its lines, with their counts (CLM-11)")
  func derived() throws {
    var claim = try submitted()
    try decide(&claim, [decision(1, .approved)])
    #expect(claim.state == .underAudit && claim.counts == ClaimCounts(open: 1, approved: 1))
    try decide(&claim, [decision(2, .reduced, 50_000, .priceAboveList)])
    #expect(claim.state == .payable && claim.counts == ClaimCounts(approved: 1, reduced: 1))
    #expect(claim.approved == Samples.cny(68_000))
    var rejected = try submitted()
    try decide(&rejected, [decision(1, .rejected, nil, .fake), decision(2, .rejected, nil, .fake)])
    #expect(rejected.state == .rejected && rejected.approved == Samples.cny(0))
    var returned = try submitted()
    try decide(&returned, [decision(1, .approved), decision(2, .returned, nil, .missingEvidence)])
    #expect(returned.state == .returned)
    var waiting = try submitted()
    try decide(&waiting, [decision(1, .approved), decision(2, .approved)], oldParts: true)
    #expect(waiting.state == .awaitingOldPart && waiting.counts.awaitingOldPart == 1)
  }

  @Test("what comes in again after a return keeps what was decided, and opens what was returned (CLM-11)")
  func resubmitted() throws {
    var claim = try submitted()
    try decide(&claim, [decision(1, .approved), decision(2, .returned, nil, .missingEvidence)])
    _ = try claim.submit(Samples.forPerson, by: clerk, at: Samples.now) { _, _ in false }
    #expect(claim.state == .underAudit && claim.counts == ClaimCounts(open: 1, approved: 1))
    try decide(&claim, [decision(2, .approved)])
    #expect(claim.state == .payable)
  }

  @Test("who submitted does not decide, and is told so by the table (SEC-10)")
  func submitter() throws {
    var claim = try submitted()
    #expect {
      try decide(&claim, [decision(1, .approved)], by: clerk)
    } throws: { error in
      guard case .guardFailed(_, "submitter-decides", _)? = error as? Refusal else { return false }
      return true
    }
    #expect(throws: Refusal.self) { try claim.return(reason: .other, text: "x", by: clerk, at: Samples.now) }
    #expect(claim.counts.open == 2)
  }

  @Test("a line that a finding blocks is not paid, whoever decides; it may be rejected or returned (CLM-08)")
  func blocked() throws {
    var claim = try submitted()
    for outcome in [ClaimVerdict.Outcome.approved, .reduced] {
      #expect {
        try decide(&claim, [decision(2, outcome, outcome == .reduced ? 100 : nil)], blocked: [2])
      } throws: { error in
        guard case .conflict("claim-line-blocked", _)? = error as? Refusal else { return false }
        return true
      }
    }
    try decide(&claim, [decision(2, .rejected, nil, .duplicate)], blocked: [2])
    #expect(claim.counts.rejected == 1)
  }

  @Test("what is wrong with decisions is told all at once, with pointers (C-09)")
  func violations() throws {
    var claim = try submitted()
    do {
      try decide(
        &claim,
        [
          decision(9, .approved), decision(1, .reduced), decision(2, .reduced, 68_000), decision(2, .approved, 1),
        ])
      Issue.record("decided")
    } catch let Refusal.invalid(violations) {
      #expect(
        violations.map(\.pointer) == [
          "#/decisions/0/line", "#/decisions/1/amount", "#/decisions/2/amount", "#/decisions/3/line",
          "#/decisions/3/amount",
        ])
    }
    #expect(claim.counts.open == 2)
  }

  // MARK: Appeals

  @Test("an appeal opens what was rejected or reduced, once, and another person decides it (D-24, M15)")
  func appeal() throws {
    var claim = try submitted()
    try decide(&claim, [decision(1, .approved), decision(2, .reduced, 50_000, .priceAboveList)])
    let first = claim.recordPayables()
    #expect(first.map(\.amount.minor) == [18_000, 50_000])
    _ = try claim.appeal(
      Samples.forPerson, text: "复议", by: clerk, at: Samples.now, under: ClaimRulesPolicy.standard)
    #expect(claim.state == .underAudit && claim.counts == ClaimCounts(open: 1, approved: 1))
    #expect {
      try decide(&claim, [decision(2, .approved)])
    } throws: { error in
      guard case .separationOfDuties("appeal-second-decider", _)? = error as? Refusal else { return false }
      return true
    }
    try decide(&claim, [decision(2, .approved)], by: second)
    #expect(claim.state == .payable)
    // The difference alone: what was entered stays.
    let added = claim.recordPayables()
    #expect(added.map(\.amount.minor) == [18_000] && added.map(\.ordinal) == [2] && added.map(\.line) == [2])
    #expect(throws: Refusal.self) {
      try claim.appeal(Samples.forPerson, text: "x", by: clerk, at: Samples.now, under: .standard)
    }
  }

  @Test("a second appeal, and one after its time, are refused (D-24)")
  func appealLimits() throws {
    var claim = try submitted()
    try decide(&claim, [decision(1, .rejected, nil, .userCause), decision(2, .rejected, nil, .userCause)])
    var late = claim
    #expect {
      try late.appeal(
        Samples.forPerson, text: "x", by: clerk, at: Samples.now.adding(seconds: 15 * 86_400 + 1), under: .standard)
    } throws: { error in
      guard case .conflict("appeal-too-late", _)? = error as? Refusal else { return false }
      return true
    }
    _ = try claim.appeal(Samples.forPerson, text: "x", by: clerk, at: Samples.now, under: .standard)
    try decide(
      &claim, [decision(1, .rejected, nil, .userCause), decision(2, .rejected, nil, .userCause)], by: second)
    #expect {
      try claim.appeal(Samples.forPerson, text: "x", by: clerk, at: Samples.now, under: .standard)
    } throws: { error in
      guard case .conflict("appeal-exhausted", _)? = error as? Refusal else { return false }
      return true
    }
  }

  // MARK: Money

  @Test("whatever is decided, appealed and taken back, the entries of a line sum to what is approved (R9)")
  func entries() throws {
    var generator = SeededGenerator(seed: 7)
    for _ in 0..<200 {
      var claim = try submitted()
      var sums: [Int: Int64] = [:]
      func record(_ claim: inout WarrantyClaim) {
        for payable in claim.recordPayables() { sums[payable.line, default: 0] += payable.amount.minor }
      }
      func random(_ line: Int, _ most: Int64) -> ClaimDecision {
        switch Int.random(in: 0..<3, using: &generator) {
        case 0: decision(line, .approved)
        case 1: decision(line, .reduced, Int64.random(in: 1..<most, using: &generator), .other)
        default: decision(line, .rejected, nil, .other)
        }
      }
      try decide(&claim, [random(1, 18_000), random(2, 68_000)])
      record(&claim)
      if claim.lines.contains(where: \.isContestable) {
        _ = try claim.appeal(Samples.forPerson, text: "x", by: clerk, at: Samples.now, under: .standard)
        let open = claim.lines.filter(\.isOpen).map { random($0.number, $0.charge.amount.minor) }
        try decide(&claim, open, by: second)
        record(&claim)
      }
      for line in claim.lines { #expect(sums[line.number] ?? 0 == line.approved.minor) }
    }
  }

  @Test("a missing old part takes the line back, before and after it was entered (OLD-06)")
  func oldPartRefused() throws {
    var claim = try submitted(Samples.clean, oldParts: true)
    let wasApproved = claim.refuseOldPart(of: 2, text: "OP-1: missing", by: .init(auditor), at: Samples.now)
    let nothing = claim.takeBack()
    #expect(wasApproved && claim.state == .payable && claim.approved == Samples.cny(18_000) && nothing.isEmpty)
    let entered = claim.recordPayables()
    #expect(entered.map(\.line) == [1])
    var paid = try submitted(Samples.clean, oldParts: true)
    _ = paid.acceptOldParts()
    _ = paid.recordPayables()
    paid.stand(.paid, of: [1, 2], at: Samples.now)
    #expect(paid.state == .settled)
    let wasPaid = paid.refuseOldPart(of: 2, text: "OP-1: wrong", by: .init(auditor), at: Samples.now)
    let back = paid.takeBack()
    #expect(wasPaid && back == [2] && paid.state == .settled)
    #expect(!paid.lines[1].isContestable)
  }

  @Test("what an allowed appeal adds is approved and payable, wherever what was approved before it stands (M15, SM-7)")
  func appealedWhenPaid() throws {
    for standing in [ClaimLine.Standing.inSettlement, .paid] {
      var claim = try submitted()
      try decide(&claim, [decision(1, .approved), decision(2, .reduced, 50_000, .priceAboveList)])
      _ = claim.recordPayables()
      claim.stand(standing, of: [1, 2], at: Samples.now)
      _ = try claim.appeal(Samples.forPerson, text: "复议", by: clerk, at: Samples.now, under: .standard)
      let row = try claim.decide(
        [decision(2, .approved)], blocked: [], by: second, at: Samples.now, pointer: { "#/decisions/\($0)" },
        needsOldPart: { _, _ in false })
      #expect(row.effects == ["warrantyClaim.approved"] && claim.state == .payable)
      let added = claim.recordPayables()
      #expect(added.map(\.amount) == [Samples.cny(18_000)] && added.map(\.ordinal) == [2])
      // The settlement with the first entry pays; the second one is in none yet.
      claim.stand(.paid, of: [1, 2], besides: [2], at: Samples.now)
      #expect(claim.state == .payable && claim.progress.settledAt == (standing == .paid ? Samples.now : nil))
      claim.stand(.paid, of: [2], at: Samples.now)
      #expect(claim.state == .settled)
    }
  }

  @Test("an entry that was disputed rightly is approved no more, and the station may appeal for what is right (SET-10)")
  func entryTakenBack() throws {
    var claim = try submitted()
    try decide(&claim, [decision(1, .approved), decision(2, .reduced, 50_000, .priceAboveList)])
    _ = claim.recordPayables()
    let author = RecordStamp.Author(auditor)
    let isKnown = claim.takeBackEntry(
      of: 2, 50_000, isDecision: true, text: "站方属实", by: author, at: Samples.now)
    #expect(isKnown && claim.state == .payable && claim.approved == Samples.cny(18_000))
    #expect(claim.lines[1].isContestable && claim.lines[1].verdict?.outcome == .rejected)
    let nothing = claim.recordPayables()
    #expect(nothing.isEmpty)
    _ = try claim.appeal(Samples.forPerson, text: "复议", by: clerk, at: Samples.now, under: .standard)
    // Who found the station right has decided about the line; the appeal is another person's.
    #expect(throws: Refusal.self) { try decide(&claim, [decision(2, .approved)]) }
    try decide(&claim, [decision(2, .approved)], by: second)
    let entered = claim.recordPayables()
    // The entry that took it back was the second of the line.
    #expect(entered.map(\.amount) == [Samples.cny(68_000)] && entered.map(\.ordinal) == [3])
    let isForeign = claim.takeBackEntry(of: 2, 99_000, isDecision: true, text: "x", by: author, at: Samples.now)
    #expect(!isForeign && claim.approved == Samples.cny(86_000))
  }

  // MARK: Charge-back

  private func settled() throws -> WarrantyClaim {
    var claim = try submitted(Samples.clean)
    _ = claim.recordPayables()
    claim.stand(.paid, of: [1, 2], at: Samples.now)
    return claim
  }

  private func chargeBack(
    _ claim: inout WarrantyClaim, _ lines: [Int]?, by caller: Caller? = nil, at: Timestamp = ClaimSamples.now,
    under policy: ClaimRulesPolicy = .standard
  ) throws -> [Int] {
    try claim.chargeBack(lines, reason: .fake, text: "未更换", by: caller ?? auditor, at: at, under: policy).lines
  }

  @Test("what was paid is charged back line by line, and a claim of which nothing is left is rejected (A9)")
  func chargedBack() throws {
    var claim = try settled()
    let first = try chargeBack(&claim, [2])
    #expect(first == [2] && claim.state == .settled && claim.approved == Samples.cny(18_000))
    #expect(claim.lines[1].recorded == 0 && claim.lines[1].verdict?.reason == .fake)
    let nothing = claim.recordPayables()
    #expect(nothing.isEmpty)
    let rest = try chargeBack(&claim, nil)
    #expect(rest == [1] && claim.state == .rejected && claim.approved == Samples.cny(0))
    // The station may appeal, and another person decides; what is allowed is owed once more.
    _ = try claim.appeal(Samples.forPerson, text: "复议", by: clerk, at: Samples.now, under: .standard)
    #expect(throws: Refusal.self) { try decide(&claim, [decision(1, .approved)]) }
    try decide(&claim, [decision(1, .approved), decision(2, .rejected, nil, .fake)], by: second)
    claim.noteReversals(1, of: 1)
    let again = claim.recordPayables()
    #expect(again.map(\.amount) == [Samples.cny(18_000)] && again.map(\.ordinal) == [3])
  }

  @Test("nothing is charged back that was not paid, nor by who submitted it (A9, SEC-10)")
  func chargedBackByWhom() throws {
    var owed = try submitted(Samples.clean)
    _ = owed.recordPayables()
    #expect {
      try chargeBack(&owed, nil)
    } throws: { error in
      guard case .guardFailed(_, "nothing-paid", _)? = error as? Refusal else { return false }
      return true
    }
    owed.stand(.paid, of: [1], at: Samples.now)
    #expect {
      try chargeBack(&owed, [1, 2])
    } throws: { error in
      guard case .invalid(let violations)? = error as? Refusal else { return false }
      return violations.map(\.pointer) == ["#/lines/1"]
    }
    #expect {
      try chargeBack(&owed, [1], by: clerk)
    } throws: { error in
      guard case .guardFailed(_, "submitter-decides", _)? = error as? Refusal else { return false }
      return true
    }
    #expect(owed.lines[0].isPaid)
  }

  @Test("a payment stands after the months of the policy, and may be charged back on their last day (A9)")
  func chargedBackInTime() throws {
    let paid = ReportPeriod.day(of: Samples.now)
    let last = paid.adding(months: 12)
    let late = ReportPeriod(day: last).end
    var claim = try settled()
    #expect {
      try chargeBack(&claim, nil, at: late)
    } throws: { error in
      guard case .conflict("charge-back-too-late", _)? = error as? Refusal else { return false }
      return true
    }
    #expect(claim.isBeyondChargeBack(claim.lines[0], at: late, under: .standard))
    let taken = try chargeBack(&claim, nil, at: Timestamp(milliseconds: late.milliseconds - 1))
    #expect(taken == [1, 2])
    var never = ClaimRulesPolicy.standard
    never.chargeBackMonths = 0
    var other = try settled()
    #expect(throws: Refusal.self) { try chargeBack(&other, nil, at: ReportPeriod(day: paid).end, under: never) }
  }

  // MARK: Pre-authorisations

  @Test("a claim holds what waits and draws what was approved, and gives the rest back (M5)")
  func draws() throws {
    var items = Samples.items()
    let permit = PreAuthorisation.ID.new(at: Samples.now)
    items[0].preAuthorisationID = permit
    let place = ClaimDraw.Place(document: permit, line: 1)
    var claim = Samples.claim(items)
    #expect(claim.draws(blocked: []).isEmpty)
    _ = try claim.submit(Samples.forPerson, by: clerk, at: Samples.now) { _, _ in false }
    #expect(claim.draws(blocked: []) == [ClaimDraw(place: place, decided: 0, open: 86_000)])
    // Nothing is held for what cannot be paid.
    #expect(claim.draws(blocked: [2]) == [ClaimDraw(place: place, decided: 0, open: 18_000)])
    try decide(&claim, [decision(1, .approved)])
    #expect(claim.draws(blocked: []) == [ClaimDraw(place: place, decided: 18_000, open: 68_000)])
    try decide(&claim, [decision(2, .reduced, 50_000, .priceAboveList)])
    #expect(claim.draws(blocked: []) == [ClaimDraw(place: place, decided: 68_000, open: 0)])
    var rejected = Samples.claim(items)
    _ = try rejected.submit(Samples.forPerson, by: clerk, at: Samples.now) { _, _ in false }
    try decide(&rejected, [decision(1, .rejected, nil, .fake), decision(2, .rejected, nil, .fake)])
    #expect(rejected.draws(blocked: []) == [ClaimDraw(place: place, decided: 0, open: 0)])
    var withdrawn = Samples.claim(items)
    _ = try withdrawn.submit(Samples.forPerson, by: clerk, at: Samples.now) { _, _ in false }
    _ = try withdrawn.withdraw("重复", by: clerk.subject)
    #expect(withdrawn.draws(blocked: []).isEmpty)
  }

  @Test("an item that comes of no job rests on nobody's word about one (M5)")
  func namesPermit() throws {
    var claim = Samples.claim(Samples.items(line: nil))
    let work = claim.items[0].work
    let line = ClaimLineDraft(
      number: nil, kind: .travel, charge: ClaimCharge(description: "外出", amount: Samples.cny(5_000)))
    var patch = WarrantyClaimPatch()
    patch.items = .set([
      ClaimItemDraft(
        number: 1, preAuthorisationID: .set(.new(at: Samples.now)), work: work, lines: [line])
    ])
    #expect {
      try claim.apply(patch)
    } throws: { error in
      guard case .invalid(let violations)? = error as? Refusal else { return false }
      return violations.map(\.pointer) == ["#/items/0/preAuthorisationId"]
    }
  }

  // MARK: Upserts

  @Test("another system says the same draft again without a change, and what a claim comes of stays (A6)")
  func upserted() throws {
    var claim = Samples.claim()
    let (order, work, charges) = (claim.workOrderID, claim.items[0].work, claim.items[0].lines)
    func draft(note: String?, kind: WarrantyClaim.Kind = .warrantyRepair, amount: Int64 = 18_000) -> WarrantyClaimDraft
    {
      var labour = charges[0].charge
      labour.amount = Samples.cny(amount)
      return WarrantyClaimDraft(
        stationID: nil, kind: kind, workOrderID: order, complaintID: nil, workOrderLines: nil,
        items: [
          ClaimItemDraft(
            number: nil, work: work,
            lines: [
              ClaimLineDraft(number: nil, kind: .labour, charge: labour),
              ClaimLineDraft(number: nil, kind: .parts, charge: charges[1].charge),
            ])
        ], note: note, externalIDs: [:])
    }
    let before = claim
    try claim.rewrite(as: draft(note: nil))
    #expect(claim == before)
    try claim.rewrite(as: draft(note: "补充", amount: 9_000))
    #expect(claim.header.note == "补充" && claim.claimed == Samples.cny(77_000))
    #expect(claim.items[0].workOrderLine == 1 && claim.lines.map(\.number) == [1, 2])
    #expect {
      try claim.rewrite(as: draft(note: nil, kind: .goodwill))
    } throws: { error in
      guard case .invalid(let violations)? = error as? Refusal else { return false }
      return violations.map(\.pointer) == ["#/kind"]
    }
    _ = try claim.submit(Samples.forPerson, by: clerk, at: Samples.now) { _, _ in false }
    let submitted = claim
    try claim.rewrite(as: draft(note: "补充", amount: 9_000))
    #expect(claim == submitted)
    #expect {
      try claim.rewrite(as: draft(note: "另一个", amount: 9_000))
    } throws: { error in
      guard case .conflict("claim-not-editable", _)? = error as? Refusal else { return false }
      return true
    }
  }

  @Test("settlements take a claim in, let it go and pay it (SM-7)")
  func settlements() throws {
    var claim = try submitted(Samples.clean)
    _ = claim.recordPayables()
    claim.stand(.inSettlement, of: [1, 2], at: Samples.now)
    #expect(claim.state == .inSettlement)
    claim.stand(.none, of: [2], at: Samples.now)
    #expect(claim.state == .inSettlement)
    claim.stand(.paid, of: [1], at: Samples.now)
    #expect(claim.state == .payable)
    claim.stand(.paid, of: [2], at: Samples.now)
    #expect(claim.state == .settled && claim.progress.settledAt == Samples.now)
  }

  @Test("silence pays what nothing blocks and rejects the rest (A9)")
  func deemed() throws {
    var claim = try submitted()
    let isDeemed = claim.deem(blocked: [2], at: Samples.now) { _, _ in false }
    #expect(isDeemed && claim.state == .payable && claim.counts == ClaimCounts(approved: 1, rejected: 1))
    #expect(claim.lines.allSatisfy { $0.verdict?.reason == .deemed })
    let again = claim.deem(blocked: [], at: Samples.now) { _, _ in false }
    #expect(!again)
  }

  @Test("a claim is withdrawn until something of it is owed")
  func withdrawn() throws {
    var claim = try submitted()
    _ = try claim.withdraw("重复", by: clerk.subject)
    #expect(claim.state == .withdrawn)
    var owed = try submitted()
    try decide(&owed, [decision(1, .approved), decision(2, .rejected, nil, .other)])
    _ = owed.recordPayables()
    _ = try owed.appeal(Samples.forPerson, text: "x", by: clerk, at: Samples.now, under: .standard)
    #expect(throws: Refusal.self) { try owed.withdraw("x", by: clerk.subject) }
  }

  // MARK: Kinds

  @Test(
    "each kind of claim comes of what it is for: a repair, or what a complaint was promised (CLM-07, CLM-15, CLM-18)",
    arguments: WarrantyClaim.Kind.allCases)
  func kinds(_ kind: WarrantyClaim.Kind) {
    func missing(order: Bool, complaint: Bool, items: [ClaimItemDraft]? = nil) -> [String] {
      WarrantyClaimDraft(
        stationID: nil, kind: kind, workOrderID: order ? .new(at: Samples.now) : nil,
        complaintID: complaint ? .new(at: Samples.now) : nil, workOrderLines: nil, items: items, note: nil,
        externalIDs: [:]
      ).violations().map(\.pointer)
    }
    switch kind {
    case .complaintCompensation:
      #expect(missing(order: false, complaint: false) == ["#/complaintId", "#/items"])
      #expect(missing(order: true, complaint: true, items: []) == ["#/workOrderId"])
      #expect(kind.payer == nil && kind.preAuthorisation == nil)
    case .warrantyRepair, .firstMaintenance, .partsWarranty, .fieldService, .goodwill, .campaign:
      #expect(missing(order: false, complaint: false) == ["#/workOrderId"])
      #expect(missing(order: true, complaint: true) == ["#/complaintId"])
      #expect(missing(order: true, complaint: false).isEmpty && kind.payer != nil)
      #expect((kind.preAuthorisation == nil) == (kind == .campaign))
    }
  }

  // MARK: Writing

  @Test("a patch of items keeps the pointers of known ones and leaves alone what was decided (A12)")
  func rewriting() throws {
    var claim = Samples.claim()
    let work = claim.items[0].work
    var labour = claim.items[0].lines[0].charge
    labour.hours = Hours(hundredths: 50)
    labour.amount = Samples.cny(9_000)
    var patch = WarrantyClaimPatch()
    patch.items = .set([
      ClaimItemDraft(
        number: 1, work: work,
        lines: [
          ClaimLineDraft(number: 1, kind: .labour, charge: labour),
          ClaimLineDraft(
            number: nil, kind: .travel, charge: ClaimCharge(description: "外出", amount: Samples.cny(5_000))),
        ])
    ])
    try claim.apply(patch)
    #expect(claim.items[0].workOrderLine == 1 && claim.lines.map(\.number) == [1, 3])
    #expect(claim.claimed == Samples.cny(14_000))
    patch.items = .set([
      ClaimItemDraft(
        number: 1, work: work,
        lines: [
          ClaimLineDraft(
            number: 1, kind: .labour,
            charge: ClaimCharge(
              description: "x", hours: Hours(hundredths: 50), unitPrice: Samples.cny(18_000), amount: Samples.cny(9_001)
            )
          )
        ])
    ])
    #expect(throws: Refusal.self) { try claim.apply(patch) }
    claim = try submitted()
    #expect(throws: Refusal.self) { try claim.apply(patch) }
  }

  @Test("the payer's share of a job is spread over its charges to the cent (WO-44)")
  func shares() throws {
    let job = JobLine(
      id: .new(at: Samples.now), number: 1, isAdditional: false, decision: .approved,
      work: JobWork(description: "更换水泵", causalPartNumber: "WP-1", labourOperationCode: "EN-210"),
      price: JobPrice(
        standardHours: Hours(hundredths: 100), labourRate: Samples.cny(10_000), sublet: nil,
        travel: JobLine.Extra(description: "外出", amount: Samples.cny(3_333)),
        split: PayerSplit([.warranty: 10_001, .customer: 6_665])),
      technicianID: nil,
      parts: [
        JobPart(
          id: .new(at: Samples.now), partNumber: "WP-1", description: "水泵", quantity: 1, unitPrice: Samples.cny(3_333),
          origin: .oem, guaranteeMonths: nil, guaranteeKm: nil)
      ])
    let order = OrderSamples.order(lines: [job])
    #expect(ClaimDrafting.kinds(of: order) == [.warrantyRepair])
    let items = try ClaimDrafting.items(of: order, for: .warrantyRepair, lines: nil)
    #expect(items[0].lines.map(\.kind) == [.labour, .parts, .travel])
    #expect(items[0].lines.map(\.charge.amount.minor).reduce(0, +) == 10_001)
    #expect(items[0].lines[0].charge.amount.minor == 6_000)
    #expect(throws: Refusal.self) { try ClaimDrafting.items(of: order, for: .goodwill, lines: [1]) }
    var claim = Samples.claim(items)
    #expect(claim.drift(from: order).isEmpty)
    var patch = WarrantyClaimPatch()
    var charge = items[0].lines[1].charge
    charge.partNumber = "WP-2"
    patch.items = .set([
      ClaimItemDraft(
        number: 1, work: items[0].work,
        lines: [
          ClaimLineDraft(number: 1, kind: .labour, charge: items[0].lines[0].charge),
          ClaimLineDraft(number: 2, kind: .parts, charge: charge),
        ])
    ])
    try claim.apply(patch)
    let drift = claim.drift(from: order)
    #expect(drift.map(\.pointer) == ["#/items/0/lines/1/partNumber", "#/items/0/lines"])
    #expect(drift[0].claimed == "WP-2" && drift[0].source == "WP-1" && drift[1].claimed == nil)
  }
}
