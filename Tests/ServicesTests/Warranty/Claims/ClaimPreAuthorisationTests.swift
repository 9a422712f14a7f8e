import Domain
import FoundationEssentials
import Repositories
import Services
import TestSupport
import Testing

/// What the maker wants to be asked about before it is repaired, from the order over his word to the claim (M5, A12).
@Suite("Claims on pre-authorisations", .timeLimit(.minutes(20))) struct ClaimPreAuthorisationTests {
  private func refusal(_ body: () async throws -> Void) async -> Refusal? {
    do {
      try await body()
      return nil
    } catch { return error as? Refusal }
  }

  private func isConflict(_ refusal: Refusal?, _ expected: String) -> Bool {
    if case .conflict(let code, _)? = refusal { code == expected } else { false }
  }

  private func claims(_ desk: WarrantyDesk) -> WarrantyClaimService {
    WarrantyClaimService(desk.work, clocks: ClockBook(PolicyBook()))
  }

  private static func auditor() -> Caller {
    Caller(
      subject: .user(UUID()), name: "审核", roles: [.hqClaims], permissions: Set(Permission.allCases), scope: .network)
  }

  /// The maker wants to be asked from 300.00 on; the vehicle was sold this year, and a person looks at every claim.
  private func prepare(_ desk: WarrantyDesk, from minor: Int64 = 30_000, automatic: Bool = false) async throws {
    try await desk.sell(on: "2026-01-01")
    var warranty = WarrantyPolicy.standard
    warranty.preAuthorisation = PreAuthorisationTerms(
      requiredFrom: desk.orders.cny(minor), groups: [], validDays: 30)
    try await desk.approve(warranty)
    var rules = ClaimRulesPolicy.standard
    if !automatic { rules.automaticApprovalUpTo = nil }
    try await desk.approve(rules)
  }

  private func ask(
    _ desk: WarrantyDesk, _ order: WorkOrder, line: Int = 1, approving minor: Int64? = nil, until: CalendarDate? = nil
  ) async throws -> PreAuthorisation {
    let draft = PreAuthorisationDraft(
      workOrderID: order.id, header: PreAuthorisationHeader(kind: .warranty, reason: "异响", externalIDs: [:]),
      lines: [.init(number: line, amount: nil)])
    let asked = try await write(desk, desk.orders.desk) { try await desk.preAuthorisations.create(draft, $0) }
    _ = try await write(desk, desk.orders.desk) { try await desk.preAuthorisations.submit(.id(asked.id), $0) }
    let amounts = minor.map { [line: desk.orders.cny($0)] } ?? [:]
    return try await write(desk, desk.auditor) {
      try await desk.preAuthorisations.approve(
        .id(asked.id), amounts, validUntil: until, reason: minor == nil ? nil : "按标准", $0)
    }
  }

  private func write<Document: Sendable>(
    _ desk: WarrantyDesk, _ caller: Caller, _ body: (Command<Document>) async throws -> Answer
  ) async throws -> Document {
    let box = Box<Document>()
    desk.clock.advance(seconds: 60)
    _ = try await body(
      caller.command(at: desk.clock.now) { document in
        box.value = document
        return Answer(status: 200)
      })
    return try #require(box.value)
  }

  /// A delivered order whose one job, 350.00, the maker was asked about, and the draft of its claim.
  private func drafted(
    _ desk: WarrantyDesk, approving minor: Int64? = nil, km: Int = 10_000
  ) async throws -> (claim: WarrantyClaim, permit: PreAuthorisation) {
    var order = try await desk.order(desk.line(part: "P-1"), in: .quoted, km: km)
    let permit = try await ask(desk, order, approving: minor)
    for step in [
      WorkOrder.State.authorised, .inWorkshop, .inRepair, .qualityCheck, .ready, .notified, .accepted, .settled,
      .delivered,
    ] { order = try await desk.orders.advance(order, to: step) }
    var filter = WarrantyClaimFilter()
    filter.workOrderID = order.id
    let found = try await claims(desk).list(filter, PageRequest(sort: [.init("createdAt")]), desk.orders.desk)
    let id = try #require(found.items.first?.id)
    return (try await claims(desk).whole(.id(id), desk.orders.desk), permit)
  }

  private static func patch(_ draft: WarrantyClaim, naming permit: PreAuthorisation.ID?) -> WarrantyClaimPatch {
    var patch = WarrantyClaimPatch()
    patch.items = .set(
      draft.items.map { item in
        ClaimItemDraft(
          number: item.number, preAuthorisationID: .set(permit), work: item.work,
          lines: item.lines.map { ClaimLineDraft(number: $0.number, kind: $0.kind, charge: $0.charge) })
      })
    return patch
  }

  private func submit(_ desk: WarrantyDesk, _ claim: WarrantyClaim) async throws -> WarrantyClaim {
    try await write(desk, desk.orders.desk) { try await claims(desk).submit(.id(claim.id), $0) }
  }

  private func decide(
    _ desk: WarrantyDesk, _ claim: WarrantyClaim, _ outcomes: [(Int, ClaimVerdict.Outcome, Int64?)], by caller: Caller
  ) async throws -> WarrantyClaim {
    let decisions = outcomes.map {
      ClaimDecision(
        line: $0.0, outcome: $0.1, amount: $0.2.map(desk.orders.cny), reason: .other, text: "理由")
    }
    return try await write(desk, caller) { try await claims(desk).decide(.id(claim.id), decisions, $0) }
  }

  private func drawn(_ desk: WarrantyDesk) throws -> String {
    try desk.test.admin("select string_agg(drawn::text, ' ' order by line) from pre_authorisation_lines")
  }

  @Test("a job that the maker wants to be asked about is not begun before he approved it, and the others are (M5)")
  func heldUp() async throws {
    try await WarrantyDesk.with { desk in
      try await prepare(desk)
      let order = try await desk.orders.order(
        in: .inWorkshop, lines: [desk.orders.line(), desk.line(part: "P-1")], km: 10_000)
      let (service, id) = (desk.orders.service, Reference<WorkOrder>.id(order.id))
      let technician = desk.orders.network.technician.uuid
      let whole = await refusal { _ = try await desk.orders.advance(order, to: .inRepair) }
      #expect(isConflict(whole, "pre-authorisation-required"))
      let begun = try await desk.orders.run { try await service.assign(id, [(1, technician)], $0) }
      #expect(begun.state == .inRepair)
      let clocked = await refusal {
        _ = try await desk.orders.run { try await service.clockOn(id, 2, technician: technician, $0) }
      }
      #expect(isConflict(clocked, "pre-authorisation-required"))
      let done = await refusal { _ = try await desk.orders.advance(begun, to: .qualityCheck) }
      #expect(isConflict(done, "pre-authorisation-required"))
      // Refused for a part of it is an answer too: the maker pays no more than he approved, and the work goes on.
      _ = try await ask(desk, begun, line: 2, approving: 20_000)
      _ = try await desk.orders.run { try await service.clockOn(id, 2, technician: technician, $0) }
      _ = try await desk.orders.run { try await service.clockOff(id, 2, technician: technician, $0) }
      let current = try await service.whole(id, desk.orders.desk)
      #expect(try await desk.orders.advance(current, to: .qualityCheck).state == .qualityCheck)
    }
  }

  @Test("what costs less than the policy asks about, and what the customer pays, is begun at once (M5)")
  func notHeldUp() async throws {
    try await WarrantyDesk.with { desk in
      try await prepare(desk, from: 35_001)
      #expect(try await desk.order(desk.line(part: "P-1"), in: .qualityCheck, km: 10_000).state == .qualityCheck)
      #expect(
        try await desk.order(desk.line(part: "P-1", payer: .customer), in: .qualityCheck, km: 10_001).state
          == .qualityCheck)
    }
  }

  @Test("an approval that has run out holds nothing up that was begun in time, and begins nothing (M5)")
  func runsOut() async throws {
    try await WarrantyDesk.with { desk in
      try await prepare(desk)
      let (service, technician) = (desk.orders.service, desk.orders.network.technician.uuid)
      let order = try await desk.orders.order(
        in: .inWorkshop, lines: [desk.line(part: "P-1"), desk.line(part: "P-2")], km: 10_000)
      let id = Reference<WorkOrder>.id(order.id)
      let today = ReportPeriod.day(of: desk.clock.now)
      for line in [1, 2] { _ = try await ask(desk, order, line: line, until: today) }
      _ = try await desk.orders.advance(order, to: .inRepair)
      _ = try await desk.orders.run { try await service.clockOn(id, 1, technician: technician, $0) }
      _ = try await desk.orders.run { try await service.clockOff(id, 1, technician: technician, $0) }
      desk.clock.advance(seconds: 2 * 86_400)
      _ = try await desk.orders.run { try await service.clockOn(id, 1, technician: technician, $0) }
      _ = try await desk.orders.run { try await service.clockOff(id, 1, technician: technician, $0) }
      let late = await refusal {
        _ = try await desk.orders.run { try await service.clockOn(id, 2, technician: technician, $0) }
      }
      #expect(isConflict(late, "pre-authorisation-required"))
    }
  }

  @Test("a draft names the word on which it rests, draws on it when it is submitted, and is clean (M5, A12)")
  func draws() async throws {
    try await WarrantyDesk.with { desk in
      try await prepare(desk, automatic: true)
      let (draft, permit) = try await drafted(desk)
      #expect(draft.items.map(\.preAuthorisationID) == [permit.id])
      #expect(try drawn(desk) == "0.00")
      let claim = try await submit(desk, draft)
      #expect(claim.state == .awaitingOldPart && claim.progress.reviewing == 0)
      #expect(try drawn(desk) == "350.00")
      #expect(try desk.events("preAuthorisation.drawn") == 1)
      let (_, replays) = try await claims(desk).replay(.id(claim.id), desk.auditor)
      #expect(replays.map(\.isIdentical) == [true])
    }
  }

  @Test("what waits is held, what is rejected or withdrawn is given back, and an appeal holds it again (M5)")
  func givesBack() async throws {
    try await WarrantyDesk.with { desk in
      try await prepare(desk)
      let claim = try await submit(desk, try await drafted(desk).claim)
      #expect(claim.state == .underAudit)
      #expect(try drawn(desk) == "350.00")
      let rejected = try await decide(desk, claim, [(1, .approved, nil), (2, .rejected, nil)], by: desk.auditor)
      #expect(rejected.approved == desk.orders.cny(20_000))
      #expect(try drawn(desk) == "200.00")
      let appealed = try await write(desk, desk.orders.desk) {
        try await claims(desk).appeal(.id(claim.id), text: "复议", $0)
      }
      #expect(appealed.state == .underAudit)
      #expect(try drawn(desk) == "350.00")
      _ = try await decide(desk, appealed, [(2, .rejected, nil)], by: Self.auditor())
      #expect(try drawn(desk) == "200.00")
      let other = try await submit(desk, try await drafted(desk, km: 10_001).claim)
      #expect(try desk.test.admin("select sum(drawn) from pre_authorisation_lines") == "550.00")
      let withdrawn: WarrantyClaim = try await write(desk, desk.orders.desk) {
        try await claims(desk).withdraw(.id(other.id), reason: "重复", $0)
      }
      #expect(withdrawn.state == .withdrawn)
      #expect(try desk.test.admin("select sum(drawn) from pre_authorisation_lines") == "200.00")
    }
  }

  @Test(
    "a clean claim of another job than the maker was asked about waits for a person, and is told where it differs (A12)"
  )
  func drifts() async throws {
    try await WarrantyDesk.with { desk in
      try await prepare(desk, automatic: true)
      let draft = try await drafted(desk).claim
      #expect(
        try desk.test.admin("select asked ->> 'hours', asked -> 'parts' from pre_authorisation_lines")
          == #"100|{"P-1": 3}"#)
      // As if he had been asked about one piece less.
      try desk.test.admin(
        """
        set app.scope = '*';
        update pre_authorisation_lines set asked = jsonb_set(asked, '{parts,P-1}', '2')
        """)
      let claim = try await submit(desk, draft)
      #expect(claim.state == .underAudit && claim.progress.reviewing == 1)
      let found = try await claims(desk).findings(.id(claim.id), desk.orders.desk)
      let finding = try #require(found.result?.findings.first)
      #expect(finding.rule == .preAuthorisationDrift && finding.pointer == "#/items/0/lines/1/quantity")
      #expect(finding.evidence["kind"] == .text("quantity") && finding.evidence["granted"] == .text("2"))
      let (_, replays) = try await claims(desk).replay(.id(claim.id), desk.auditor)
      #expect(replays.map(\.isIdentical) == [true])
    }
  }

  @Test("nobody approves more than the maker gave his word for (M5)")
  func exceeded() async throws {
    try await WarrantyDesk.with { desk in
      try await prepare(desk)
      let claim = try await submit(desk, try await drafted(desk, approving: 30_000).claim)
      let found = try await claims(desk).findings(.id(claim.id), desk.orders.desk)
      #expect(found.result?.findings.map(\.rule) == [.preAuthorisationExceeded])
      #expect(claim.state == .underAudit)
      #expect(try drawn(desk) == "300.00")
      let beyond = await refusal {
        _ = try await decide(desk, claim, [(1, .approved, nil), (2, .approved, nil)], by: desk.auditor)
      }
      #expect(isConflict(beyond, "pre-authorisation-exceeded"))
      let cut = try await decide(desk, claim, [(1, .approved, nil), (2, .reduced, 10_000)], by: desk.auditor)
      #expect(cut.state == .awaitingOldPart && cut.approved == desk.orders.cny(30_000))
      #expect(try drawn(desk) == "300.00")
    }
  }

  @Test("a claim that names none where one was wanted is told so, and one that names a stranger's is refused (M5)")
  func names() async throws {
    try await WarrantyDesk.with { desk in
      try await prepare(desk)
      let (draft, _) = try await drafted(desk)
      let unknown = Self.patch(draft, naming: .new(at: desk.clock.now))
      let refused = await refusal {
        let _: WarrantyClaim = try await write(desk, desk.orders.desk) {
          try await claims(desk).update(.id(draft.id), unknown, $0)
        }
      }
      guard case .invalid(let violations)? = refused else {
        Issue.record("\(String(describing: refused))")
        return
      }
      #expect(violations.map(\.pointer) == ["#/items/0/preAuthorisationId"])
      let none = Self.patch(draft, naming: nil)
      let bare: WarrantyClaim = try await write(desk, desk.orders.desk) {
        try await claims(desk).update(.id(draft.id), none, $0)
      }
      #expect(bare.items.map(\.preAuthorisationID) == [nil])
      let check = try await claims(desk).check(.id(draft.id), at: desk.clock.now, desk.orders.desk)
      #expect(check.result?.findings.map(\.rule) == [.preAuthorisationMissing])
    }
  }

  @Test("of ten claims for one job at once one draws on the word for it, and the others hold nothing (M5, A3)")
  func race() async throws {
    try await WarrantyDesk.with { desk in
      try await prepare(desk)
      let (first, _) = try await drafted(desk)
      let order = try #require(first.workOrderID)
      var drafts = [first.id]
      for _ in 1..<10 {
        let draft: WarrantyClaim = try await write(desk, desk.orders.desk) {
          try await claims(desk).create(
            WarrantyClaimDraft(
              stationID: nil, kind: .warrantyRepair, workOrderID: order, complaintID: nil, workOrderLines: nil,
              items: nil, note: nil, externalIDs: [:]), $0)
        }
        drafts.append(draft.id)
      }
      let (all, at) = (drafts, desk.clock.now)
      let outcomes = await Outcomes.of(10) { place in
        let command: Command<WarrantyClaim> = desk.orders.desk.command(at: at)
        _ = try await WarrantyClaimService(desk.work, clocks: ClockBook(PolicyBook())).submit(.id(all[place]), command)
      }
      #expect(outcomes.succeeded == 10, "\(outcomes.refused.prefix(2)) \(outcomes.others.prefix(2))")
      #expect(try drawn(desk) == "350.00")
      #expect(try desk.test.admin("select count(*) from pre_authorisation_draws where amount > 0") == "1")
      #expect(try desk.test.admin("select count(*) from warranty_claims where blocking = 0") == "1")
    }
  }

  @Test("past the application a line says what claims drew, or the transaction is refused (M5)")
  func sums() async throws {
    try await WarrantyDesk.with { desk in
      try await prepare(desk)
      _ = try await submit(desk, try await drafted(desk).claim)
      for statement in [
        "update pre_authorisation_lines set drawn = 349", "update pre_authorisation_draws set amount = 1",
      ] {
        do {
          try desk.test.asApplication(scope: "*", statement)
          Issue.record("\(statement) was accepted")
        } catch let refused as TestCluster.Missing {
          #expect(refused.description.contains("was drawn where claims drew"), "\(refused)")
        }
      }
    }
  }
}
