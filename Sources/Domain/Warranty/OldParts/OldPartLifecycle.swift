/// The transition table of old parts (SM-10). Services execute it, `GET …/actions` publishes it, tests enumerate it.
package enum OldPartLifecycle {
  package static let table = Lifecycle<OldPart>([
    // A part that was asked back before anybody tagged it, and a tag that was lost.
    Transition(
      .tag, from: [.tagged, .due, .overdue], to: nil, .oldPartsTag, effects: ["oldPart.tagged"], basis: "OLD-03, OLD-04"
    ),
    Transition(
      .request, from: [.tagged], to: .due, .oldPartsRequest, effects: ["oldPart.requested"], basis: "OLD-01, OLD-09"),
    Transition(
      .ship, from: [.due, .overdue], to: .shipped, .oldPartsShip, guards: [isTagged], effects: ["oldPart.shipped"],
      basis: "OLD-01, OLD-03, P-16"),
    Transition(
      .receive, from: [.shipped], to: .received, .oldPartsReceive, effects: ["oldPart.received"],
      basis: "OLD-01, OLD-02"
    ),
    Transition(
      .inspect, from: [.received], to: .accepted, .oldPartsInspect, effects: ["oldPart.accepted"],
      basis: "OLD-01, OLD-06"),
    Transition(
      .inspect, from: [.received], to: .mismatch, .oldPartsInspect, outcome: State.mismatch.rawValue,
      effects: ["oldPart.mismatched"], basis: "OLD-06"),
    Transition(
      .sendToSupplier, from: [.accepted], to: .sentToSupplier, .oldPartsSendToSupplier,
      effects: ["oldPart.sentToSupplier"], basis: "OLD-05"),
    Transition(
      .reuse, from: [.accepted], to: .reused, .oldPartsReuse, effects: ["oldPart.reused"], basis: "OLD-08"),
    Transition(
      .scrap, from: [.accepted, .tagged], to: .scrapped, .oldPartsScrap, effects: ["oldPart.scrapped"],
      basis: "OLD-07, OLD-08"),
  ])

  private typealias State = OldPart.State

  /// What the product itself does: time, and the end of what a part was kept for.
  package static let ofTheProduct: [(from: OldPart.State, to: OldPart.State)] = [
    (.due, .overdue), (.sentToSupplier, .closed), (.reused, .closed), (.scrapped, .closed),
  ]

  private static let isTagged = Guard<OldPart>(
    "without-tag", "The part has no tag yet; print one and put it on before it travels (OLD-04)."
  ) { document, _ in document.progress.tag != nil }
}

extension OldPart {
  /// Checks state and guards, and moves the state.
  package mutating func take(
    _ action: Action, outcome: String? = nil, by subject: Subject
  ) throws(Refusal) -> Transition<OldPart> {
    let row = try OldPartLifecycle.table.permit(action, outcome: outcome, on: self, by: subject)
    if let next = row.to { state = next }
    return row
  }

  /// The tag is printed, once more if it was lost.
  package mutating func tag(
    storagePlace: String?, _ signature: OldPartSignature, by subject: Subject
  ) throws(Refusal)
    -> Transition<OldPart>
  {
    let row = try take(.tag, by: subject)
    progress.tag = OldPartTag(
      storagePlace: storagePlace ?? progress.tag?.storagePlace, prints: (progress.tag?.prints ?? 0) + 1,
      signature: signature)
    return row
  }

  package mutating func request(
    _ signature: OldPartSignature, by subject: Subject
  ) throws(Refusal)
    -> Transition<OldPart>
  {
    let row = try take(.request, by: subject)
    progress.request = signature
    return row
  }

  /// A statement belongs to a late return and to no other (P-16). Late is what travels after its time, whether or not its clock was
  /// looked at since.
  package mutating func ship(_ shipment: OldPartShipment, by subject: Subject) throws(Refusal) -> Transition<OldPart> {
    let isUnseen = state == .due && shown.dueAt.map { $0 < shipment.signature.at } ?? false
    let isLate = state == .overdue || isUnseen
    let row = try take(.ship, by: subject)
    if shipment.lateStatement != nil, !isLate {
      throw .invalid("#/lateStatement", .inconsistent, "the part is not late")
    }
    progress.shipment = shipment
    if isUnseen { progress.overdueAt = shipment.signature.at }
    // It is on its way: what it is decides the inspection.
    progress.blockedUntil = nil
    return row
  }

  package mutating func receive(_ receipt: OldPartReceipt, by subject: Subject) throws(Refusal) -> Transition<OldPart> {
    let row = try take(.receive, by: subject)
    progress.receipt = receipt
    return row
  }

  /// What an inspection says before the policy has judged it.
  package struct Finding: Hashable, Sendable {
    package let verdict: Verdict
    package let finding: String
    /// Whether the statement of a late return counts; only of a late one.
    package let lateExcused: Bool?

    package init(verdict: Verdict, finding: String, lateExcused: Bool?) {
      self.verdict = verdict
      self.finding = finding
      self.lateExcused = lateExcused
    }
  }

  /// Judges what was received (OLD-06): fewer pieces than the tag says are a missing part, whatever they look like, and a late
  /// return that nobody excused counts as none.
  package mutating func inspect(
    _ finding: Finding, _ policy: OldPartsPolicy, version: String, _ signature: OldPartSignature, by subject: Subject
  ) throws(Refusal) -> Transition<OldPart> {
    // The state first, so that a part that cannot be inspected says so before its body is judged.
    _ = try OldPartLifecycle.table.permit(.inspect, on: self, by: subject)
    let counted = progress.receipt?.quantity ?? 0
    if counted < header.quantity, finding.verdict != .missing {
      throw .invalid(
        "#/verdict", .inconsistent, "\(counted) of \(header.quantity) pieces were received, so the part is missing")
    }
    if counted >= header.quantity, finding.verdict == .missing {
      throw .invalid("#/verdict", .inconsistent, "all \(header.quantity) pieces were received")
    }
    let isLate = progress.overdueAt != nil
    switch (isLate, finding.lateExcused) {
    case (true, nil): throw .invalid("#/lateExcused", .required, "is required for a late return")
    case (false, .some): throw .invalid("#/lateExcused", .inconsistent, "the part came in time")
    case (true, true):
      if !policy.lateStatementAllowed {
        throw .invalid("#/lateExcused", .inconsistent, "no statement excuses a late return")
      }
      if progress.shipment?.lateStatement == nil {
        throw .invalid("#/lateExcused", .inconsistent, "the station made no statement")
      }
    case (true, false), (false, nil): break
    }
    let fault = Self.fault(finding.verdict, isUnexcused: isLate && finding.lateExcused != true)
    let consequence = fault.map { policy.consequences[$0] ?? .noted }
    let stands = consequence.map { $0 == .noted } ?? true
    // A wrong part is no evidence, whatever follows for the claim.
    let passes = stands && finding.verdict == .asClaimed
    let row = try take(.inspect, outcome: passes ? nil : State.mismatch.rawValue, by: subject)
    progress.inspection = OldPartInspection(
      verdict: finding.verdict, finding: finding.finding, lateExcused: finding.lateExcused, fault: fault,
      consequence: consequence, policyVersion: version, signature: signature)
    if !passes { progress.blockedUntil = blockEnd(consequence, policy, from: signature.at) }
    return row
  }

  /// When a block that begins now ends by itself.
  private func blockEnd(
    _ consequence: OldPartsPolicy.Consequence?, _ policy: OldPartsPolicy, from instant: Timestamp
  ) -> Timestamp? {
    guard consequence == .blocked, header.claim != nil else { return nil }
    return policy.blockedDays.map { instant.adding(seconds: Int64($0) * 86_400) }
  }

  private static func fault(_ verdict: Verdict, isUnexcused: Bool) -> OldPartsPolicy.Fault? {
    switch verdict {
    case .missing: .missing
    case .wrong, .tampered: .wrong
    case .asClaimed: isUnexcused ? .late : nil
    }
  }

  package mutating func sendToSupplier(
    _ forwarding: OldPartForwarding, by subject: Subject
  ) throws(Refusal) -> Transition<OldPart> {
    let row = try take(.sendToSupplier, by: subject)
    progress.forwarding = forwarding
    if header.supplierID == nil { header.supplierID = forwarding.supplierID }
    return row
  }

  package mutating func reuse(_ disposal: OldPartDisposal, by subject: Subject) throws(Refusal) -> Transition<OldPart> {
    let row = try take(.reuse, by: subject)
    progress.disposal = disposal
    return row
  }

  /// What was accepted may go at once; what nobody asked for is kept as long as the policy says.
  package mutating func scrap(
    _ disposal: OldPartDisposal, _ policy: OldPartsPolicy, by subject: Subject
  ) throws(Refusal) -> Transition<OldPart> {
    if state == .tagged, let kept = progress.tag?.signature.at {
      let free = Timestamp(milliseconds: kept.milliseconds + Int64(policy.keepDays) * 86_400_000)
      if disposal.signature.at < free {
        throw .guardFailed(
          action: Action.scrap.rawValue, guardCode: "still-to-be-kept",
          detail: "The station keeps a part that nobody asked for until \(free).")
      }
    }
    let row = try take(.scrap, by: subject)
    progress.disposal = disposal
    return row
  }

  // MARK: What the product itself does

  /// Its time passed. `nil`: there was nothing to do.
  ///
  /// - Returns: what follows for the claim.
  package mutating func fallOverdue(_ policy: OldPartsPolicy, at instant: Timestamp) -> OldPartsPolicy.Consequence? {
    guard state == .due else { return nil }
    let consequence = policy.consequences[.late] ?? .noted
    state = .overdue
    progress.overdueAt = instant
    progress.blockedUntil = blockEnd(consequence, policy, from: instant)
    return consequence
  }

  /// The claim line has waited for it long enough. `nil`: there was nothing to do.
  ///
  /// - Returns: what was wrong with it.
  package mutating func endBlock(at instant: Timestamp) -> OldPartsPolicy.Fault? {
    guard [.overdue, .mismatch].contains(state), let end = progress.blockedUntil, end <= instant else { return nil }
    progress.blockedUntil = nil
    return progress.inspection?.fault ?? .late
  }

  /// What it was kept for is over. `false`: there was nothing to do.
  package mutating func close() -> Bool {
    guard [.sentToSupplier, .reused, .scrapped].contains(state) else { return false }
    state = .closed
    return true
  }

  /// The claim line that asks for a part which is tagged already.
  package mutating func claim(_ line: ClaimLine) { header.claim = line }

  /// It is evidence of a recovery (OLD-05).
  package mutating func prove(_ recovery: SupplierRecovery.ID?) { progress.recoveryID = recovery }
}

extension OldPartsPolicy {
  /// Whether a part on a claim comes back (OLD-04): from a unit price on, or by its group whatever it costs.
  ///
  /// A price in another currency than the limit cannot be compared; such a part comes back.
  package func returns(unitPrice: Money, of group: ComponentGroup?) -> Bool {
    if let group, alwaysReturned.contains(group) { return true }
    if unitPrice.currency != returnFrom.currency { return true }
    return unitPrice.minor >= returnFrom.minor
  }
}
