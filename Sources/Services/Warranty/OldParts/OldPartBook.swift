package import Domain
package import FoundationEssentials
package import Repositories

/// Old parts, for the family that asks them back: each function works in the transaction of the change that does so.
package struct OldPartBook: Sendable {
  let clocks: ClockBook

  package init(_ clocks: ClockBook) { self.clocks = clocks }

  /// The policy `oldParts` in force at the station.
  func policy(
    at station: Station.ID, _ instant: Timestamp, in tx: Transaction
  ) async throws -> PolicyBook.InForce<OldPartsPolicy> {
    try await clocks.policies.current(OldPartsPolicy.self, at: station, instant, in: tx)
  }

  /// Whether the part of a claim line comes back, by the policy in force at the station (OLD-04).
  package func returns(
    unitPrice: Money, of group: ComponentGroup?, at station: Station.ID, on instant: Timestamp, in tx: Transaction
  ) async throws -> Bool {
    try await policy(at: station, instant, in: tx).body.returns(unitPrice: unitPrice, of: group)
  }

  /// The parts of approved claim lines come back (OLD-01): each is `due` from now on, and its clock runs (D-17). A part that
  /// the workshop has tagged on the same order becomes that of the line; the others get a tag before they travel. A line whose
  /// part was asked back before, as of a claim that is approved again, is left alone.
  ///
  /// - Parameter parts: each with `header.claim` and a station.
  @discardableResult
  package func require<Output>(
    _ parts: [OldPart.Draft], _ command: Command<Output>, in tx: Transaction
  ) async throws -> [OldPart] {
    var known: [UUID: [OldPart]] = [:]
    var required: [OldPart] = []
    for draft in parts {
      guard let claim = draft.header.claim, let station = draft.stationID else {
        throw Failure.internal(reference: "an old part is asked back without a claim or a station")
      }
      if known[claim.claimID] == nil {
        known[claim.claimID] = try await tx.run(OldPartRepository.lock(claim: claim.claimID))
      }
      if let former = known[claim.claimID]?.first(where: { $0.header.claim?.line == claim.line }) {
        required.append(former)
        continue
      }
      required.append(try await require(draft.header, claim, at: station, command, in: tx))
    }
    return required
  }

  private func require<Output>(
    _ header: OldPartHeader, _ claim: OldPart.ClaimLine, at station: Station.ID, _ command: Command<Output>,
    in tx: Transaction
  ) async throws -> OldPart {
    let signature = OldPartSignature(command.caller, at: command.at)
    var part: OldPart
    if let order = header.workOrderID,
      let tagged = try await tx.run(OldPartRepository.lockUnclaimed(order: order, part: header.partNumber, at: station))
    {
      part = tagged
      part.claim(claim)
      let row = try part.request(signature, by: .system)
      part = part.revised(by: command.caller, at: command.at)
      enqueue(part, over: tagged, Effects(row), command, in: tx)
    } else {
      var progress = OldPartProgress()
      progress.request = signature
      part = OldPart(
        id: .new(at: command.at), number: try await tx.number(.oldPart, at: station, on: command.at),
        stationID: station,
        state: .due, version: 1, stamp: RecordStamp(by: command.caller, at: command.at), header: header,
        progress: progress)
      enqueue(part, over: nil, Effects(["oldPart.requested"]), command, in: tx)
    }
    part.shown.dueAt = try await startClock(of: part, command, in: tx)
    return part
  }

  /// - Returns: when it runs out; `nil` when the policy has switched it off.
  func startClock<Output>(of part: OldPart, _ command: Command<Output>, in tx: Transaction) async throws -> Timestamp? {
    try await clocks.start([.init(.oldPartReturn)], on: part.clockOwner, command, in: tx).first?.status.dueAt
  }

  /// The parts of a claim, by line.
  package func parts(ofClaim claim: UUID, in tx: Transaction) async throws -> [OldPart] {
    try await tx.run(OldPartRepository.lock(claim: claim))
  }

  func enqueue<Output>(
    _ after: OldPart, over before: OldPart?, _ effects: Effects, _ command: Command<Output>, in tx: Transaction
  ) {
    for statement in OldPartRepository.save(after, over: before) { tx.enqueue(statement) }
    tx.record(effects.events(of: after, from: before), by: command)
  }
}

extension OldPart {
  var clockSubject: ClockSubject { ClockSubject(.oldPart, id.uuid, number: number) }
  var clockOwner: ClockBook.Owner { ClockBook.Owner(clockSubject, at: stationID) }
}

/// What a part's return means for the claim line that it belongs to (OLD-06). The family of claims answers it, in the transaction
/// of the step that found out.
package protocol OldPartOutcome: Sendable {
  /// The part came back as claimed, or what was wrong with it is only noted: nothing stands in the line's way any more.
  func accepted(_ line: OldPart.ClaimLine, part: OldPart, _ command: Command<Void>, in tx: Transaction) async throws

  /// The part is missing, wrong or late. `blocked`: the line waits, or stays unpaid; `reversed`: what was paid is charged back by
  /// a linked negative item, and what was not is not paid. Never called with `noted`.
  func refused(_ refusal: OldPartRefusal, _ command: Command<Void>, in tx: Transaction) async throws
}

/// Why a claim line does not stand.
package struct OldPartRefusal: Hashable, Sendable {
  package let line: OldPart.ClaimLine
  package let part: OldPart
  package let fault: OldPartsPolicy.Fault
  package let consequence: OldPartsPolicy.Consequence
  /// The finding of the inspection, or that the part is overdue.
  package let reason: String
  /// Of the policy `oldParts` by which the consequence follows.
  package let policyVersion: String

  package init(
    line: OldPart.ClaimLine, part: OldPart, fault: OldPartsPolicy.Fault, consequence: OldPartsPolicy.Consequence,
    reason: String, policyVersion: String
  ) {
    self.line = line
    self.part = part
    self.fault = fault
    self.consequence = consequence
    self.reason = reason
    self.policyVersion = policyVersion
  }
}

extension [any OldPartOutcome] {
  func accepted<Output>(_ part: OldPart, _ command: Command<Output>, in tx: Transaction) async throws {
    guard let line = part.header.claim else { return }
    for outcome in self { try await outcome.accepted(line, part: part, command.beside(), in: tx) }
  }

  func refused<Output>(
    _ part: OldPart, _ fault: OldPartsPolicy.Fault, _ consequence: OldPartsPolicy.Consequence, reason: String,
    policyVersion: String, _ command: Command<Output>, in tx: Transaction
  ) async throws {
    guard let line = part.header.claim else { return }
    let refusal = OldPartRefusal(
      line: line, part: part, fault: fault, consequence: consequence, reason: reason, policyVersion: policyVersion)
    for outcome in self { try await outcome.refused(refusal, command.beside(), in: tx) }
  }
}
