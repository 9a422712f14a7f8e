import Domain
import FoundationEssentials
import Testing

/// SM-10 against the table in the code, written down a second time from the requirements.
@Suite struct OldPartLifecycleTests {
  private static let now = OrderSamples.now
  private static let clerk = Subject.user(UUID())

  private struct Row {
    let action: OldPart.Action
    var outcome: String?
    let from: Set<OldPart.State>
    /// `nil`: it stays.
    let to: OldPart.State?
    let permission: String
  }

  private static let expected: [Row] = [
    Row(action: .tag, from: [.tagged, .due, .overdue], to: nil, permission: "oldParts:tag"),
    Row(action: .request, from: [.tagged], to: .due, permission: "oldParts:request"),
    Row(action: .ship, from: [.due, .overdue], to: .shipped, permission: "oldParts:ship"),
    Row(action: .receive, from: [.shipped], to: .received, permission: "oldParts:receive"),
    Row(action: .inspect, from: [.received], to: .accepted, permission: "oldParts:inspect"),
    Row(
      action: .inspect, outcome: "mismatch", from: [.received], to: .mismatch, permission: "oldParts:inspect"),
    Row(action: .sendToSupplier, from: [.accepted], to: .sentToSupplier, permission: "oldParts:sendToSupplier"),
    Row(action: .reuse, from: [.accepted], to: .reused, permission: "oldParts:reuse"),
    Row(action: .scrap, from: [.accepted, .tagged], to: .scrapped, permission: "oldParts:scrap"),
  ]

  private static func signature(at instant: Timestamp = now) -> OldPartSignature {
    OldPartSignature(by: "周敏", byID: nil, at: instant)
  }

  private static func part(
    _ state: OldPart.State, quantity: Int = 2, isTagged: Bool = true, counted: Int? = nil, overdueAt: Timestamp? = nil,
    statement: String? = nil
  ) -> OldPart {
    var progress = OldPartProgress()
    if isTagged { progress.tag = OldPartTag(storagePlace: "A-3", prints: 1, signature: signature()) }
    progress.overdueAt = overdueAt
    progress.shipment = OldPartShipment(
      destination: .headquarters, supplierID: nil, packingList: "PL-1", carrier: "德邦", trackingNumber: nil,
      lateStatement: statement, signature: signature())
    if let counted {
      progress.receipt = OldPartReceipt(quantity: counted, condition: nil, storagePlace: nil, signature: signature())
    }
    let caller = Caller(subject: clerk, name: "周敏", roles: [], permissions: [], scope: .network)
    return OldPart(
      id: .new(at: now), number: "OP-SY001-2026-000001", stationID: .new(at: now), state: state, version: 1,
      stamp: RecordStamp(by: caller, at: now),
      header: OldPartHeader(
        workOrderID: nil, vehicleID: nil, claim: nil, partNumber: "BP-1", partDescription: "制动片", serialNumber: nil,
        quantity: quantity, faultCode: nil, fault: "脱落", removedOn: nil, supplierID: nil, externalIDs: [:]),
      progress: progress)
  }

  @Test("every state takes every action exactly where SM-10 says so (SM-10, R10)", arguments: OldPart.State.allCases)
  func everyPair(state: OldPart.State) throws {
    for action in OldPart.Action.allCases {
      for outcome in [nil, "mismatch", "somethingElse"] {
        let rows = Self.expected.filter { $0.action == action && $0.outcome == outcome && $0.from.contains(state) }
        var changed = Self.part(state)
        do {
          let taken = try changed.take(action, outcome: outcome, by: Self.clerk)
          let row = try #require(rows.first, "\(action) from \(state)")
          #expect(changed.state == row.to ?? state)
          #expect(taken.permission.rawValue == row.permission)
          #expect(taken.effects.count == 1 && taken.effects[0].hasPrefix("oldPart."))
        } catch let refusal as Refusal {
          #expect(rows.isEmpty, "\(action) from \(state): \(refusal)")
          guard case .transition = refusal else {
            Issue.record("\(refusal)")
            continue
          }
        }
      }
    }
    #expect(OldPartLifecycle.table.transitions.count == Self.expected.count)
  }

  @Test(
    "who acts (SM-10)",
    arguments: [
      (Role.stClaims, ["ship", "tag"]), (.hqClaims, ["inspect", "receive", "request", "scrap", "sendToSupplier"]),
      (.qa, ["reuse", "scrap"]), (.supplier, []),
    ])
  func roles(role: Role, actions: [String]) {
    let own = OldPart.Action.allCases.filter { action in
      OldPartLifecycle.table.transitions(for: action).allSatisfy { role.permissions.contains($0.permission) }
    }
    #expect(own.map(\.rawValue).sorted() == actions)
  }

  @Test("nothing travels without its tag; a lost one is printed again (OLD-04)")
  func tag() throws {
    var part = Self.part(.due, isTagged: false)
    #expect {
      try part.take(.ship, by: Self.clerk)
    } throws: { error in
      guard case .guardFailed(_, "without-tag", _) = error as? Refusal else { return false }
      return true
    }
    _ = try part.tag(storagePlace: "A-3", Self.signature(), by: Self.clerk)
    _ = try part.tag(storagePlace: nil, Self.signature(), by: Self.clerk)
    #expect(part.progress.tag?.prints == 2 && part.progress.tag?.storagePlace == "A-3" && part.state == .due)
    _ = try part.take(.ship, by: Self.clerk)
    #expect(part.state == .shipped)
  }

  @Test("a statement belongs to a late return and to no other (P-16)")
  func statement() throws {
    let shipment = OldPartShipment(
      destination: .headquarters, supplierID: nil, packingList: "PL-1", carrier: "德邦", trackingNumber: nil,
      lateStatement: "洪水 Flood", signature: Self.signature())
    var inTime = Self.part(.due)
    #expect(throws: Refusal.invalid("#/lateStatement", .inconsistent, "the part is not late")) {
      try inTime.ship(shipment, by: Self.clerk)
    }
    var late = Self.part(.overdue)
    _ = try late.ship(shipment, by: Self.clerk)
    #expect(late.state == .shipped && late.progress.shipment?.lateStatement == "洪水 Flood")
  }

  @Test("late is what travels after its last instant, though its clock was not looked at since (OLD-06, P-16)")
  func lateUnseen() throws {
    func shipped(_ dueAt: Timestamp?, statement: String?) throws -> OldPart {
      var part = Self.part(.due)
      part.shown.dueAt = dueAt
      _ = try part.ship(
        OldPartShipment(
          destination: .headquarters, supplierID: nil, packingList: "PL-1", carrier: "德邦", trackingNumber: nil,
          lateStatement: statement, signature: Self.signature()), by: Self.clerk)
      return part
    }
    for inTime in [nil, Self.now, Self.now.adding(seconds: 1)] {
      #expect(try shipped(inTime, statement: nil).progress.overdueAt == nil)
      #expect(throws: Refusal.self) { try shipped(inTime, statement: "洪水 Flood") }
    }
    let due = Timestamp(milliseconds: Self.now.milliseconds - 1)
    #expect(try shipped(due, statement: nil).progress.overdueAt == Self.now)
    let late = try shipped(due, statement: "洪水 Flood")
    #expect(late.state == .shipped && late.progress.shipment?.lateStatement == "洪水 Flood")
  }

  private struct Case: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let verdict: OldPart.Verdict
    var counted = 2
    var isLate = false
    var statement: String?
    var excused: Bool?
    let state: OldPart.State
    let fault: OldPartsPolicy.Fault?
    let consequence: OldPartsPolicy.Consequence?
  }

  private static let cases = [
    Case(testDescription: "as claimed", verdict: .asClaimed, state: .accepted, fault: nil, consequence: nil),
    Case(testDescription: "wrong", verdict: .wrong, state: .mismatch, fault: .wrong, consequence: .reversed),
    Case(testDescription: "tampered", verdict: .tampered, state: .mismatch, fault: .wrong, consequence: .reversed),
    Case(
      testDescription: "missing", verdict: .missing, counted: 0, state: .mismatch, fault: .missing,
      consequence: .reversed),
    Case(
      testDescription: "one of two", verdict: .missing, counted: 1, state: .mismatch, fault: .missing,
      consequence: .reversed),
    Case(
      testDescription: "late without excuse", verdict: .asClaimed, isLate: true, excused: false, state: .mismatch,
      fault: .late, consequence: .blocked),
    Case(
      testDescription: "late and excused", verdict: .asClaimed, isLate: true, statement: "洪水", excused: true,
      state: .accepted, fault: nil, consequence: nil),
    Case(
      testDescription: "late, excused and wrong", verdict: .wrong, isLate: true, statement: "洪水", excused: true,
      state: .mismatch, fault: .wrong, consequence: .reversed),
  ]

  @Test("what was received is judged by the policy (OLD-06, P-16)", arguments: cases)
  private func inspection(_ sample: Case) throws {
    var part = Self.part(
      .received, counted: sample.counted, overdueAt: sample.isLate ? Self.now : nil, statement: sample.statement)
    _ = try part.inspect(
      OldPart.Finding(verdict: sample.verdict, finding: "x", lateExcused: sample.excused), PolicyDefaults.oldParts,
      version: "oldParts@0", Self.signature(), by: Self.clerk)
    #expect(part.state == sample.state)
    #expect(part.progress.inspection?.fault == sample.fault)
    #expect(part.progress.inspection?.consequence == sample.consequence)
    #expect(part.progress.inspection?.policyVersion == "oldParts@0")
  }

  @Test("what is only noted stands in nobody's way, but a wrong part is no evidence (OLD-06)")
  func noted() throws {
    var policy = PolicyDefaults.oldParts
    policy.consequences = [.missing: .noted, .wrong: .noted, .late: .noted]
    var late = Self.part(.received, counted: 2, overdueAt: Self.now)
    _ = try late.inspect(
      OldPart.Finding(verdict: .asClaimed, finding: "x", lateExcused: false), policy, version: "oldParts@1",
      Self.signature(), by: Self.clerk)
    #expect(late.state == .accepted && late.progress.inspection?.consequence == .noted)
    var wrong = Self.part(.received, counted: 2)
    _ = try wrong.inspect(
      OldPart.Finding(verdict: .wrong, finding: "x", lateExcused: nil), policy, version: "oldParts@1",
      Self.signature(), by: Self.clerk)
    #expect(wrong.state == .mismatch && wrong.progress.inspection?.consequence == .noted)
  }

  @Test("a verdict that contradicts the count, the calendar or the policy is refused (OLD-06, P-16)")
  func contradictions() throws {
    func refused(
      _ part: OldPart, _ verdict: OldPart.Verdict, _ excused: Bool?, _ policy: OldPartsPolicy = PolicyDefaults.oldParts
    ) -> String? {
      var part = part
      do {
        _ = try part.inspect(
          OldPart.Finding(verdict: verdict, finding: "x", lateExcused: excused), policy, version: "oldParts@0",
          Self.signature(), by: Self.clerk)
        return nil
      } catch Refusal.invalid(let found) {
        return found.first.map { "\($0.pointer) \($0.code.rawValue)" }
      } catch {
        return "\(error)"
      }
    }
    #expect(refused(Self.part(.received, counted: 1), .asClaimed, nil) == "#/verdict inconsistent")
    #expect(refused(Self.part(.received, counted: 2), .missing, nil) == "#/verdict inconsistent")
    #expect(refused(Self.part(.received, counted: 2), .asClaimed, true) == "#/lateExcused inconsistent")
    let late = Self.part(.received, counted: 2, overdueAt: Self.now, statement: "洪水")
    #expect(refused(late, .asClaimed, nil) == "#/lateExcused required")
    #expect(refused(late, .asClaimed, true) == nil)
    var strict = PolicyDefaults.oldParts
    strict.lateStatementAllowed = false
    #expect(refused(late, .asClaimed, true, strict) == "#/lateExcused inconsistent")
    let silent = Self.part(.received, counted: 2, overdueAt: Self.now)
    #expect(refused(silent, .asClaimed, true) == "#/lateExcused inconsistent")
  }

  @Test("a part that nobody asked for is kept as long as the policy says, an accepted one goes at once (OLD-07, WO-35)")
  func scrap() throws {
    func disposal(afterDays days: Int64) -> OldPartDisposal {
      OldPartDisposal(
        method: .hazardousWaste, note: "HB-1", opinion: "x", reused: [],
        signature: Self.signature(at: Self.now.adding(seconds: days * 86_400)))
    }
    var kept = Self.part(.tagged)
    #expect {
      try kept.scrap(disposal(afterDays: 89), PolicyDefaults.oldParts, by: Self.clerk)
    } throws: { error in
      guard case .guardFailed(_, "still-to-be-kept", _) = error as? Refusal else { return false }
      return true
    }
    _ = try kept.scrap(disposal(afterDays: 90), PolicyDefaults.oldParts, by: Self.clerk)
    #expect(kept.state == .scrapped)
    // Sorted by how it was disposed of, with the receipt of whoever did.
    #expect(kept.progress.disposal?.method == .hazardousWaste && kept.progress.disposal?.note == "HB-1")
    var accepted = Self.part(.accepted)
    _ = try accepted.scrap(disposal(afterDays: 0), PolicyDefaults.oldParts, by: Self.clerk)
    #expect(accepted.state == .scrapped)
  }

  @Test("time makes a part that is due overdue, and ends what nothing more happens to (OLD-09, SM-10)")
  func product() {
    for state in OldPart.State.allCases {
      var late = Self.part(state)
      #expect(late.fallOverdue(.standard, at: Self.now) == (state == .due ? .blocked : nil))
      #expect(late.state == (state == .due ? .overdue : state))
      var ended = Self.part(state)
      let closes = [.sentToSupplier, .reused, .scrapped].contains(state)
      #expect(ended.close() == closes)
      #expect(ended.state == (closes ? .closed : state))
    }
  }

  @Test("which parts come back says the policy: from a price on, or by their group (OLD-04)")
  func returns() {
    var policy = PolicyDefaults.oldParts
    policy.returnFrom = Money(minor: 10_000, currency: .cny)
    policy.alwaysReturned = [.brakes]
    #expect(policy.returns(unitPrice: Money(minor: 10_000, currency: .cny), of: nil))
    #expect(!policy.returns(unitPrice: Money(minor: 9_999, currency: .cny), of: .body))
    #expect(policy.returns(unitPrice: Money(minor: 1, currency: .cny), of: .brakes))
    // What cannot be compared comes back.
    #expect(policy.returns(unitPrice: Money(minor: 1, currency: .eur), of: nil))
  }

  @Test("once a part travels, its tag stands (C-17)", arguments: OldPart.State.allCases)
  func edits(state: OldPart.State) {
    var patch = OldPartPatch()
    patch.fault = .set("改过")
    var part = Self.part(state)
    do {
      try part.apply(patch)
      #expect([.tagged, .due, .overdue].contains(state) && part.header.fault == "改过")
    } catch {
      #expect(![.tagged, .due, .overdue].contains(state))
      guard case .conflict("old-part-not-editable", _) = error else {
        Issue.record("\(error)")
        return
      }
    }
  }
}
