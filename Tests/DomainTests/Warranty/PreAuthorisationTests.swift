import Domain
import FoundationEssentials
import Testing

/// The way of a pre-authorisation, against the table written down a second time (M5).
@Suite struct PreAuthorisationTests {
  private static let now = OrderSamples.now
  private static let asker = caller("周敏")
  private static let decider = caller("王强")

  private static func caller(_ name: String) -> Caller {
    Caller(subject: .user(UUID()), name: name, roles: [], permissions: [], scope: .network)
  }

  private static func cny(_ yuan: Int64) -> Money { Money(minor: yuan * 100, currency: .cny) }

  private static func line(_ number: Int, _ yuan: Int64) -> PreAuthorisationLine {
    PreAuthorisationLine(
      number: number, description: "更换", causalPartNumber: "P-\(number)", labourOperationCode: nil, faultCode: nil,
      requested: cny(yuan), drawn: .zero(.cny))
  }

  /// An item of these parts, as a draft brings it in.
  private static func claimed(
    part: String = "P-1", operation: String? = "BRK-010", hours: Int32 = 150, parts: [(String, Int)] = [("P-1", 2)]
  ) throws -> ClaimItem {
    var work = ClaimWork(description: "更换")
    work.causalPartNumber = part
    work.labourOperationCode = operation
    let labour = ClaimLineDraft(
      number: nil, kind: .labour,
      charge: ClaimCharge(description: "工时", hours: Hours(hundredths: hours), unitPrice: cny(200), amount: cny(1)))
    let lines =
      [labour]
      + parts.map { part, pieces in
        ClaimLineDraft(
          number: nil, kind: .parts,
          charge: ClaimCharge(
            description: "件", partNumber: part, quantity: pieces, unitPrice: cny(50), amount: cny(1)))
      }
    var claim = WarrantyClaim(
      id: .new(at: now), number: "WC-SY001-2026-000001", stationID: .new(at: now), kind: .warrantyRepair,
      currency: .cny,
      workOrderID: nil, complaintID: nil, vehicleID: nil, state: .draft, version: 1,
      stamp: RecordStamp(by: asker, at: now),
      header: WarrantyClaimHeader(odometerKm: nil, repairedOn: nil, note: nil, externalIDs: [:]),
      progress: WarrantyClaimProgress())
    try claim.rewrite([ClaimItemDraft(number: nil, preAuthorisationID: .keep, work: work, lines: lines)])
    return claim.items[0]
  }

  @Test("a claim is held against the word part by part: operation, causal part, parts, pieces and hours (A12)")
  func drift() throws {
    let permit = PreAuthorisationPermit(
      id: .new(at: Self.now), number: "PA-1", kind: .warranty, workOrderID: .new(at: Self.now), line: 1,
      causalPartNumber: "P-1", labourOperationCode: "BRK-010", approved: Self.cny(800), drawn: .zero(.cny),
      heldFrom: CalendarDate(daysSinceEpoch: 0), validUntil: CalendarDate(daysSinceEpoch: 9),
      asked: .init(hours: Hours(hundredths: 150), parts: ["P-1": 2]))
    #expect(permit.drift(of: try Self.claimed()).isEmpty)
    // Less than was asked about, and an operation that nobody said.
    #expect(permit.drift(of: try Self.claimed(operation: nil, hours: 50, parts: [("P-1", 1)])).isEmpty)
    let other = permit.drift(of: try Self.claimed(part: "P-2", operation: "BRK-020"))
    #expect(other.map(\.kind) == [.operation, .causalPart] && other.map(\.granted) == ["BRK-010", "P-1"])
    let more = permit.drift(of: try Self.claimed(hours: 151, parts: [("P-1", 1), ("P-1", 2), ("P-9", 1)]))
    #expect(more.map(\.kind) == [.hours, .quantity, .part])
    #expect(more.map(\.claimed) == ["1.51", "2", "P-9"] && more.map(\.granted) == ["1.50", "1", nil])
    #expect(more.map(\.line) == [1, 3, 4])
  }

  private static func document(
    _ state: PreAuthorisation.State = .draft, lines: [PreAuthorisationLine] = [line(1, 800), line(2, 200)]
  ) -> PreAuthorisation {
    PreAuthorisation(
      id: .new(at: now), number: "PA-SY001-2026-000001", stationID: .new(at: now), workOrderID: .new(at: now),
      vehicleID: .new(at: now), currency: .cny, state: state, version: 1, stamp: RecordStamp(by: asker, at: now),
      header: PreAuthorisationHeader(kind: .warranty, reason: "异响", externalIDs: [:]), lines: lines,
      progress: PreAuthorisationProgress())
  }

  private static var tomorrow: CalendarDate {
    CalendarDate(daysSinceEpoch: ReportPeriod.day(of: now).daysSinceEpoch + 1)
  }

  @Test(
    "every state takes every action exactly where the table says so (M5)", arguments: PreAuthorisation.State.allCases)
  func everyPair(state: PreAuthorisation.State) throws {
    let expected: [(PreAuthorisation.Action, Set<PreAuthorisation.State>, PreAuthorisation.State, Permission)] = [
      (.submit, [.draft], .submitted, .preAuthorisationsSubmit),
      (.requestInfo, [.submitted], .infoRequested, .preAuthorisationsRequestInfo),
      (.answer, [.infoRequested], .submitted, .preAuthorisationsAnswer),
      (.approve, [.submitted], .approved, .preAuthorisationsApprove),
      (.reject, [.submitted, .infoRequested], .rejected, .preAuthorisationsReject),
      (.expire, [.approved, .infoRequested], .expired, .preAuthorisationsExpire),
    ]
    #expect(expected.count == PreAuthorisation.Action.allCases.count)
    for (action, from, to, permission) in expected {
      #expect(try PreAuthorisationLifecycle.table.permission(for: action) == permission)
      var document = Self.document(state)
      if from.contains(state) {
        _ = try document.take(action, by: Self.decider.subject)
        #expect(document.state == to)
      } else {
        #expect(throws: Refusal.self) { _ = try document.take(action, by: Self.decider.subject) }
        #expect(document.state == state)
      }
    }
  }

  @Test("who wrote or submitted a request does not decide about it (SEC-10)")
  func twoPersons() throws {
    var document = Self.document()
    let helper = Self.caller("李娜")
    _ = try document.submit([], by: helper, at: Self.now)
    for person in [Self.asker, helper] {
      for action in [PreAuthorisation.Action.approve, .reject, .requestInfo] {
        var attempt = document
        do {
          _ = try attempt.take(action, by: person.subject)
          Issue.record("\(action) by \(person.name)")
        } catch {
          guard case .guardFailed(_, let code, _) = error else {
            Issue.record("\(error)")
            continue
          }
          #expect(code == "decider-asked")
        }
      }
    }
    _ = try document.reject("不予", by: Self.decider, at: Self.now)
    #expect(document.progress.decision?.outcome == .rejected && document.approved == nil)
  }

  @Test("a request without jobs is not submitted")
  func noLines() {
    var document = Self.document(lines: [])
    #expect(throws: Refusal.self) { _ = try document.submit([], by: Self.asker, at: Self.now) }
  }

  @Test("it is approved line by line, never beyond what was asked for, and less only with a reason (M5, CLM-11)")
  func approval() throws {
    func approve(
      _ amounts: [Int: Money], reason: String?, until: CalendarDate = Self.tomorrow
    ) throws -> PreAuthorisation {
      var document = Self.document(.submitted)
      _ = try document.approve(amounts, validUntil: until, reason: reason, by: Self.decider, at: Self.now)
      return document
    }
    let whole = try approve([:], reason: nil)
    #expect(whole.approved == Self.cny(1000) && whole.progress.decision?.outcome == .approved)
    let part = try approve([1: Self.cny(500)], reason: "标准工时")
    #expect(part.approved == Self.cny(700) && part.progress.decision?.outcome == .partiallyApproved)
    let one = try approve([2: .zero(.cny)], reason: "磨损件")
    #expect(one.lines.map(\.approved) == [Self.cny(800), .zero(.cny)])
    for refused: () throws -> PreAuthorisation in [
      { try approve([1: Self.cny(500)], reason: nil) }, { try approve([1: Self.cny(801)], reason: "x") },
      { try approve([3: Self.cny(1)], reason: "x") },
      { try approve([1: Money(minor: 1, currency: .eur)], reason: "x") },
      { try approve([1: .zero(.cny), 2: .zero(.cny)], reason: "x") },
      {
        try approve(
          [:], reason: nil, until: CalendarDate(daysSinceEpoch: ReportPeriod.day(of: Self.now).daysSinceEpoch - 1))
      },
    ] {
      #expect(throws: Refusal.self) { _ = try refused() }
    }
    // Today is not the past.
    #expect(try approve([:], reason: nil, until: ReportPeriod.day(of: Self.now)).state == .approved)
  }

  @Test("questions and answers stay in their order with who said them when (SEC-09)")
  func questions() throws {
    var document = Self.document(.submitted)
    _ = try document.requestInfo("照片？", by: Self.decider, at: Self.now)
    _ = try document.answer("已附", by: Self.asker, at: Self.now.adding(seconds: 60))
    _ = try document.requestInfo("里程？", by: Self.decider, at: Self.now.adding(seconds: 120))
    #expect(document.progress.questions.map(\.text) == ["照片？", "里程？"])
    #expect(document.progress.questions[0].answer == "已附" && document.progress.questions[0].answeredBy?.name == "周敏")
    #expect(document.progress.questions[1].answer == nil)
  }

  @Test("claims draw no more of a line than was approved, and a new amount takes the place of the former (M5)")
  func drawing() throws {
    var document = Self.document(.submitted)
    _ = try document.approve([:], validUntil: Self.tomorrow, reason: nil, by: Self.decider, at: Self.now)
    try document.draw(Self.cny(500), insteadOf: .zero(.cny), line: 1)
    try document.draw(Self.cny(300), insteadOf: .zero(.cny), line: 1)
    #expect(throws: Refusal.self) { try document.draw(Self.cny(1), insteadOf: .zero(.cny), line: 1) }
    try document.draw(Self.cny(400), insteadOf: Self.cny(500), line: 1)
    #expect(document.lines[0].drawn == Self.cny(700))
    #expect(throws: Refusal.self) { try document.draw(Self.cny(1), insteadOf: .zero(.cny), line: 9) }
  }

  @Test("only a draft can be changed")
  func editing() throws {
    var patch = PreAuthorisationPatch()
    patch.reason = .set("另一原因")
    var document = Self.document()
    try document.apply(patch, of: OrderSamples.order(.quoted))
    #expect(document.header.reason == "另一原因")
    var submitted = Self.document(.submitted)
    #expect(throws: Refusal.self) { try submitted.apply(patch, of: OrderSamples.order(.quoted)) }
  }
}
