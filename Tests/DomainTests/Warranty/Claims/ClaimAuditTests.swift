import Domain
import FoundationEssentials
import Testing

/// Each audit rule with exactly the fraud that it is there for (CLM-01, CLM-08…10), and nothing beside it.
@Suite("Audit of warranty claims") struct ClaimAuditTests {
  private typealias Samples = ClaimSamples
  private let policy = ClaimRulesPolicy.standard

  private func found(_ facts: ClaimFacts, under policy: ClaimRulesPolicy? = nil) -> [ClaimFinding] {
    ClaimAudit.result(facts, under: policy ?? self.policy).findings
  }

  private func rules(_ facts: ClaimFacts) -> [ClaimRulesPolicy.Rule] { found(facts).map(\.rule) }

  /// The facts with one thing about the item changed.
  private func planted(_ change: (inout ClaimFacts.Item) -> Void) -> ClaimFacts {
    var item = Samples.item()
    change(&item)
    return Samples.facts(item: item)
  }

  @Test("a clean claim within the limit has no finding and needs nobody (CLM-08…10)")
  func clean() {
    let result = ClaimAudit.result(Samples.facts(), under: policy)
    #expect(result == ClaimAudit.Result(findings: [], outcome: .automatic))
  }

  @Test("a clean claim above the limit is for a person, and one at the limit is not (domain §10)")
  func limit() {
    var limited = policy
    limited.automaticApprovalUpTo = Samples.cny(86_000)
    #expect(ClaimAudit.result(Samples.facts(), under: limited).outcome == .automatic)
    limited.automaticApprovalUpTo = Samples.cny(85_999)
    #expect(ClaimAudit.result(Samples.facts(), under: limited).outcome == .person)
    limited.automaticApprovalUpTo = nil
    #expect(ClaimAudit.result(Samples.facts(), under: limited).outcome == .person)
  }

  @Test("a notice does not stop an automatic approval, a review does (CLM-08)")
  func severities() {
    var told = policy
    told.severities[.submittedLate] = .notice
    let late = Samples.facts(submittedOn: "2026-04-20")
    #expect(ClaimAudit.result(late, under: told).outcome == .automatic)
    #expect(found(late, under: told).map(\.severity) == [.notice])
    #expect(ClaimAudit.result(late, under: policy).outcome == .person)
  }

  @Test("fake: no work order, one that was not delivered, a line that it has not (CLM-08)")
  func noDeliveredWorkOrder() {
    #expect(rules(Samples.facts(order: nil)) == [.noDeliveredWorkOrder])
    let open = ClaimFacts.Order(number: "WO-1", isDelivered: false, deliveredOn: nil, lines: [1])
    let finding = found(Samples.facts(order: open))
    #expect(finding.map(\.rule) == [.noDeliveredWorkOrder] && finding[0].severity == .block)
    #expect(finding[0].pointer == "#/workOrderId" && finding[0].evidence["workOrder"] == .text("WO-1"))
    let other = ClaimFacts.Order(
      number: "WO-1", isDelivered: true, deliveredOn: Samples.day("2026-03-09"), lines: [2])
    #expect(found(Samples.facts(order: other)).map(\.pointer) == ["#/items/0/workOrderLine"])
    // What a complaint was promised comes of no order.
    #expect(rules(Samples.facts(kind: .complaintCompensation, order: nil)).isEmpty)
  }

  @Test("fake: the customer says otherwise on the follow-up call (CLM-08, FUP-14)")
  func followUpContradicts() {
    let facts = planted { $0.contradictions = [.init(followUp: "FU-1", kind: "partNotReplaced")] }
    #expect(rules(facts) == [.followUpContradicts])
    #expect(found(facts)[0].evidence == ["followUp": .text("FU-1"), "kind": .text("partNotReplaced")])
  }

  @Test("fake: the part never came to the station; of one that nobody knows about nothing is said (CLM-08)")
  func partNotShipped() {
    var lines = Samples.lines()
    lines[1].wasShipped = false
    let finding = found(Samples.facts(lines: lines))
    #expect(finding.map(\.rule) == [.partNotShipped] && finding[0].pointer == "#/items/0/lines/1/partNumber")
    lines[1].wasShipped = nil
    #expect(rules(Samples.facts(lines: lines)).isEmpty)
  }

  @Test("fake: the old part is missing or another one (CLM-08)", arguments: [ClaimFacts.OldPart.missing, .mismatched])
  func oldPart(_ state: ClaimFacts.OldPart) {
    let facts = planted { $0.oldPart = state }
    #expect(rules(facts) == [.oldPartMissing])
    #expect(found(facts)[0].evidence["oldPart"] == .text(state.rawValue))
    #expect(rules(planted { $0.oldPart = nil }).isEmpty)
  }

  @Test("fake: the odometer stood higher before (CLM-08)")
  func odometer() {
    let facts = Samples.facts(odometerKm: 8_999)
    #expect(rules(facts) == [.odometerBelowEarlier])
    #expect(found(facts)[0].evidence["earlierKm"] == .integer(9_000))
    #expect(rules(Samples.facts(odometerKm: 9_000)).isEmpty)
  }

  @Test("duplicate: the same line of the order twice, which is always blocked (CLM-09, SET-09)")
  func sameLine() {
    let facts = planted { $0.sameLine = [Samples.reference("2026-03-09")] }
    #expect(rules(facts) == [.sameLineTwice])
    #expect(ClaimAudit.result(facts, under: policy).blocked(of: facts) == [1, 2])
  }

  @Test(
    "duplicate: the same repair of the vehicle within the window, its last day included (CLM-09, A3)",
    arguments: [("2025-12-09", true), ("2025-12-08", false), ("2026-06-07", true), ("2026-06-08", false)])
  func window(_ repairedOn: String, _ isFound: Bool) {
    // 90 days before and after 9 March 2026.
    let facts = planted { $0.sameRepair = [Samples.reference(repairedOn)] }
    #expect(rules(facts) == (isFound ? [.sameRepairInWindow] : []))
  }

  @Test("over-warranty: by time, by kilometres, and by neither where the warranty does not decide (CLM-10)")
  func overWarranty() {
    let months = planted { $0.cover = Samples.cover(isCovered: false, isOverMonths: true) }
    #expect(rules(months) == [.overMonths])
    #expect(found(months)[0].evidence["policyVersion"] == .text("warranty@0"))
    let km = planted { $0.cover = Samples.cover(isCovered: false, isOverKm: true) }
    #expect(rules(km) == [.overKm])
    var item = Samples.item()
    item.cover = Samples.cover(isCovered: false, isOverMonths: true)
    #expect(rules(Samples.facts(kind: .goodwill, item: item)).isEmpty)
  }

  @Test("what is not covered beyond doubt, goodwill and compensation are a person's to give (M10, CLM-14)")
  func doubt() {
    let unknown = planted { $0.cover = nil }
    #expect(found(unknown).isEmpty && ClaimAudit.result(unknown, under: policy).outcome == .person)
    for kind in [WarrantyClaim.Kind.goodwill, .complaintCompensation] {
      #expect(ClaimAudit.result(Samples.facts(kind: kind), under: policy).outcome == .person)
    }
    #expect(ClaimAudit.result(Samples.facts(kind: .campaign), under: policy).outcome == .automatic)
  }

  @Test("labour above the standard by more than the tolerance (domain §10)")
  func labour() {
    var lines = Samples.lines()
    lines[0].hours = 101
    #expect(rules(Samples.facts(lines: lines)) == [.labourAboveStandard])
    var tolerant = policy
    tolerant.labourTolerancePercent = 1
    #expect(found(Samples.facts(lines: lines), under: tolerant).isEmpty)
  }

  @Test("a price above the list of that day by more than the tolerance (domain §10)")
  func price() {
    var lines = Samples.lines()
    lines[1].unitPrice = 68_001
    let finding = found(Samples.facts(lines: lines))
    #expect(finding.map(\.rule) == [.priceAboveList] && finding[0].line == 2)
    #expect(finding[0].evidence["listPrice"] == .text("680.00"))
    var tolerant = policy
    tolerant.priceTolerancePercent = 1
    #expect(found(Samples.facts(lines: lines), under: tolerant).isEmpty)
  }

  @Test("the same photograph on another document (domain §10)")
  func photo() {
    let photo = ClaimFacts.Photo(attachment: .new(at: Samples.now), document: "WO-9", station: Samples.station)
    #expect(rules(Samples.facts(photos: [photo])) == [.samePhotoElsewhere])
  }

  @Test("a technician who was clocked on two jobs at once (domain §10)")
  func overlap() {
    let facts = planted {
      $0.overlaps = [.init(technician: Samples.clerk, otherOrder: "WO-2", from: Samples.now)]
    }
    #expect(rules(facts) == [.technicianOnTwoJobs])
  }

  @Test("a repair that the station is not authorised for, or that the customer refused (domain §10)")
  func notAuthorised() {
    #expect(rules(planted { $0.missingSkill = "highVoltage" }) == [.repairNotAuthorised])
    #expect(rules(planted { $0.isRefused = true }) == [.repairNotAuthorised])
  }

  @Test("submitted after its time, counted from the delivery (T-33)")
  func late() {
    #expect(rules(Samples.facts(submittedOn: "2026-04-08")).isEmpty)
    let late = found(Samples.facts(submittedOn: "2026-04-09"))
    #expect(late.map(\.rule) == [.submittedLate] && late[0].evidence["daysLate"] == .integer(1))
  }

  /// The word of the maker that was given on 1 March 2026 for ten days, and was asked for.
  private func word(
    begunOn: String = "2026-03-09", until: String = "2026-03-10", left: Int64 = 86_000
  ) -> ClaimFacts {
    planted {
      $0.preAuthorisation = .init(
        isRequired: true, begunOn: Samples.day(begunOn),
        permit: .init(
          number: "PA-1", heldFrom: Samples.day("2026-03-01"), heldUntil: Samples.day(until), left: left))
    }
  }

  @Test("the maker wanted to be asked before the repair, and was not (M5)")
  func preAuthorisationMissing() {
    let missing = planted { $0.preAuthorisation = .init(isRequired: true, begunOn: nil, permit: nil) }
    let finding = found(missing)
    #expect(finding.map(\.rule) == [.preAuthorisationMissing] && finding[0].severity == .review)
    #expect(finding[0].pointer == "#/items/0/preAuthorisationId" && finding[0].item == 1)
    #expect(ClaimAudit.result(missing, under: policy).outcome == .person)
    // Who was not asked for one needs none, and one that holds and goes far enough is no finding.
    #expect(rules(planted { $0.preAuthorisation = .init(isRequired: false, begunOn: nil, permit: nil) }).isEmpty)
    #expect(ClaimAudit.result(word(), under: policy) == Samples.clean)
  }

  @Test(
    "a word that did not hold on the day on which the work was begun, its first and last day included (M5)",
    arguments: [
      ("2026-02-28", true), ("2026-03-01", false), ("2026-03-10", false), ("2026-03-11", true),
    ])
  func preAuthorisationExpired(_ begunOn: String, _ isFound: Bool) {
    let facts = word(begunOn: begunOn)
    #expect(rules(facts) == (isFound ? [.preAuthorisationExpired] : []))
    if isFound { #expect(found(facts)[0].evidence["preAuthorisation"] == .text("PA-1")) }
  }

  @Test("more than the word has left is a person's to cut, however mildly the policy takes it (M5, A12)")
  func preAuthorisationExceeded() {
    let facts = word(left: 85_999)
    let finding = found(facts)
    #expect(finding.map(\.rule) == [.preAuthorisationExceeded])
    #expect(finding[0].evidence["left"] == .text("859.99") && finding[0].evidence["claimed"] == .text("860.00"))
    #expect(facts.exceeding == [1, 2])
    var mild = policy
    mild.severities[.preAuthorisationExceeded] = .notice
    #expect(ClaimAudit.result(facts, under: mild).outcome == .person)
  }

  @Test(
    "another job than the maker gave his word for is told line by line, and a person's however mild the policy is (A12)"
  )
  func preAuthorisationDrift() {
    let facts = planted {
      $0.preAuthorisation = .init(
        isRequired: true, begunOn: Samples.day("2026-03-09"),
        permit: .init(
          number: "PA-1", heldFrom: Samples.day("2026-03-01"), heldUntil: Samples.day("2026-03-10"), left: 86_000,
          drift: [
            .init(.operation, line: nil, claimed: "BRK-020", granted: "BRK-010"),
            .init(.quantity, line: 2, claimed: "3", granted: "2"),
          ]))
    }
    let findings = found(facts)
    #expect(findings.map(\.rule) == [.preAuthorisationDrift, .preAuthorisationDrift])
    #expect(findings.map(\.pointer) == ["#/items/0/labourOperationCode", "#/items/0/lines/1/quantity"])
    #expect(findings.map(\.line) == [nil, 2])
    #expect(findings[1].evidence["claimed"] == .text("3") && findings[1].evidence["granted"] == .text("2"))
    #expect(facts.exceeding == [1, 2])
    var mild = policy
    mild.severities[.preAuthorisationDrift] = .notice
    #expect(ClaimAudit.result(facts, under: mild).outcome == .person)
  }

  @Test("what is claimed of an order piece by piece is one amount: above the limit a person decides (CLM-01)")
  func pieces() throws {
    var facts = Samples.facts()
    let limit = try #require(policy.automaticApprovalUpTo)
    let left = limit.minor - facts.total.minor
    #expect(left > 0)
    facts.besides = left
    #expect(ClaimAudit.result(facts, under: policy).outcome == .automatic)
    facts.besides = left + 1
    #expect(ClaimAudit.result(facts, under: policy) == ClaimAudit.Result(findings: [], outcome: .person))
    facts.besides = .max
    #expect(ClaimAudit.result(facts, under: policy).outcome == .person)
    facts.besides = left
    facts.beyondOrder = [1]
    // It is kept, and what was judged before it was looked at replays as it was (A2).
    #expect(ClaimFacts(stored: facts.stored) == facts)
    guard case .object(var record) = Samples.facts().stored else {
      Issue.record("facts are no object")
      return
    }
    record["besides"] = nil
    record["beyondOrder"] = nil
    #expect(ClaimFacts(stored: .object(record)) == Samples.facts())
  }

  @Test("an item that asks for more than the order says of its line is a person's (A12, CLM-01)")
  func beyondOrder() {
    var facts = Samples.facts()
    facts.beyondOrder = [1]
    #expect(ClaimAudit.result(facts, under: policy) == ClaimAudit.Result(findings: [], outcome: .person))
  }

  @Test("all findings at once, in the order of the claim (M6)")
  func together() {
    var item = Samples.item()
    item.sameLine = [Samples.reference("2026-03-09")]
    item.missingSkill = "highVoltage"
    var lines = Samples.lines()
    lines[0].hours = 200
    lines[1].wasShipped = false
    let facts = Samples.facts(odometerKm: 1, item: item, lines: lines)
    #expect(
      rules(facts) == [
        .odometerBelowEarlier, .sameLineTwice, .repairNotAuthorised, .labourAboveStandard, .partNotShipped,
      ])
  }

  @Test("every rule is planted by a test of this suite, and the facts that plant it survive being stored (A2)")
  func stored() throws {
    var item = Samples.item()
    item.sameLine = [Samples.reference("2026-03-09")]
    item.sameRepair = [Samples.reference("2026-03-01")]
    item.overlaps = [.init(technician: Samples.clerk, otherOrder: "WO-2", from: Samples.now)]
    item.contradictions = [.init(followUp: "FU-1", kind: "noVisit")]
    item.cover = Samples.cover(isCovered: false, isOverMonths: true, isOverKm: true)
    item.missingSkill = "paint"
    item.isRefused = true
    item.oldPart = .missing
    item.preAuthorisation = .init(
      isRequired: true, begunOn: Samples.day("2026-03-11"),
      permit: .init(
        number: "PA-1", heldFrom: Samples.day("2026-03-01"), heldUntil: Samples.day("2026-03-10"), left: 1,
        drift: [.init(.operation, line: nil, claimed: "BRK-020", granted: "BRK-010")]))
    var lines = Samples.lines()
    lines[0].hours = 300
    lines[1].unitPrice = 99_900
    lines[1].wasShipped = false
    var facts = Samples.facts(
      submittedOn: "2026-09-01", odometerKm: 5,
      order: .init(
        number: "WO-1", isDelivered: false, deliveredOn: Samples.day("2026-03-09"), lines: [1, 2]),
      photos: [.init(attachment: .new(at: Samples.now), document: "WO-9", station: nil)], item: item, lines: lines)
    facts.items.append(
      ClaimFacts.Item(
        number: 2, workOrderLine: 2, preAuthorisation: .init(isRequired: true, begunOn: nil, permit: nil)))
    #expect(Set(rules(facts)) == Set(ClaimRulesPolicy.Rule.allCases))
    let read = try #require(ClaimFacts(stored: facts.stored))
    #expect(read == facts)
    #expect(ClaimAudit.result(read, under: policy) == ClaimAudit.result(facts, under: policy))
    #expect(ClaimFacts(stored: Samples.facts().stored) == Samples.facts())
    #expect(ClaimFacts(stored: .object(["kind": .text("nothing")])) == nil)
  }

  @Test("a draft of the rules is tried on what was submitted: totals and the claims that fare otherwise (A2)")
  func trial() throws {
    var draft = policy
    draft.automaticApprovalUpTo = Samples.cny(1_000)
    var trial = ClaimRuleTrial(
      id: .new(at: Samples.now), policyID: .new(at: Samples.now), policyNumber: "claimRules@1", body: draft,
      submittedFrom: Samples.now, submittedBefore: Samples.now.adding(seconds: 1), createdAt: Samples.now,
      createdBy: .init(name: "x", id: nil))
    let claim = Samples.claim()
    let blocked = planted { $0.sameLine = [Samples.reference("2026-03-09")] }
    for facts in [Samples.facts(), blocked] {
      trial.examine(
        ClaimVersion(
          .submission, of: claim, facts: facts, ClaimAudit.result(facts, under: policy),
          policyVersion: PolicyVersion(.claimRules, 0), by: .init(name: "x", id: nil), at: Samples.now),
        of: claim.number, claim.id)
    }
    #expect(trial.examined == 2 && trial.changed == 1)
    #expect(trial.before.approvedAutomatically == 1 && trial.before.approvedAmounts == [.cny: 86_000])
    #expect(trial.after.approvedAutomatically == 0 && trial.after.toPerson == 2)
    #expect(trial.before.blocked == 1 && trial.after.blockedAmounts == [.cny: 86_000])
    let difference = try #require(trial.differences.first)
    #expect(difference.before == .automatic && difference.after == .person && difference.added.isEmpty)
  }
}
