/// The least that a station keeps of a part: proposed by it, approved by headquarters (PRT-05). The approved number holds until
/// another one is approved.
package struct MinimumStock: LifecycleDocument {
  package typealias ID = Identifier<MinimumStock>

  package enum State: String, Hashable, Sendable, CaseIterable {
    case draft, proposed, approved
  }

  package enum Action: String, Hashable, Sendable, CaseIterable {
    case propose, approve
  }

  package static let resource = Resource.minimumStock

  private static let proposerDoesNotApprove = Guard<MinimumStock>(
    "proposer-approves-not", "Who proposed the minimum does not approve it (SEC-10)."
  ) { minimum, subject in
    guard let person = subject.id else { return true }
    return minimum.proposal?.byID != person
  }

  package static let lifecycle = Lifecycle<MinimumStock>([
    Transition(
      .propose, from: [.draft, .approved], to: .proposed, .minimumStocksPropose, effects: ["minimumStock.proposed"],
      basis: "PRT-05"),
    Transition(
      .approve, from: [.proposed], to: .approved, .minimumStocksApprove, guards: [proposerDoesNotApprove],
      effects: ["minimumStock.approved"], basis: "PRT-05, SEC-10"),
  ])

  package let id: ID
  /// `MS-SY001-2026-000007`
  package let number: String
  package let stationID: Station.ID
  package let partID: Part.ID
  package let partNumber: String
  package internal(set) var state: State
  package internal(set) var proposedQuantity: Int
  /// What holds; `nil` until something was approved.
  package internal(set) var approvedQuantity: Int?
  /// The station's, for its proposal.
  package internal(set) var reason: String?
  package internal(set) var proposal: PriceList.Signature?
  package internal(set) var approval: PriceList.Signature?
  package internal(set) var approvalNote: String?
  package var revision: Revision

  package init(
    id: ID, number: String, stationID: Station.ID, partID: Part.ID, partNumber: String, state: State,
    proposedQuantity: Int, approvedQuantity: Int?, reason: String?, proposal: PriceList.Signature?,
    approval: PriceList.Signature?, approvalNote: String?, version: Int, stamp: RecordStamp
  ) {
    self.id = id
    self.number = number
    self.stationID = stationID
    self.partID = partID
    self.partNumber = partNumber
    self.state = state
    self.proposedQuantity = proposedQuantity
    self.approvedQuantity = approvedQuantity
    self.reason = reason
    self.proposal = proposal
    self.approval = approval
    self.approvalNote = approvalNote
    self.revision = Revision(version: version, stamp: stamp)
  }

  package var designation: String? { number }
  package var audience: Audience { .station(stationID) }

  package func changes(from before: MinimumStock?) -> [FieldChange] {
    var comparison = FieldComparison()
    comparison.choice("state", before?.state, state)
    comparison.field("partNumber", before?.partNumber, partNumber)
    comparison.field("proposedQuantity", before?.proposedQuantity, proposedQuantity)
    comparison.field("approvedQuantity", before?.approvedQuantity, approvedQuantity)
    comparison.field("reason", before?.reason, reason)
    comparison.field("approvalNote", before?.approvalNote, approvalNote)
    return comparison.changes
  }

  package mutating func take(
    _ action: Action, outcome: String? = nil, by subject: Subject
  ) throws(Refusal) -> Transition<MinimumStock> {
    let row = try Self.lifecycle.permit(action, outcome: outcome, on: self, by: subject)
    if let to = row.to { state = to }
    return row
  }

  /// - Parameter quantity: `nil`: as it was drafted.
  package mutating func propose(
    _ quantity: Int?, reason: String?, _ signature: PriceList.Signature, by subject: Subject
  ) throws(Refusal) -> Transition<MinimumStock> {
    let row = try take(.propose, by: subject)
    if let quantity { proposedQuantity = quantity }
    if let reason { self.reason = reason }
    proposal = signature
    return row
  }

  /// - Parameter quantity: what headquarters holds to be right; `nil`: what was proposed.
  package mutating func approve(
    _ quantity: Int?, note: String?, _ signature: PriceList.Signature, by subject: Subject
  ) throws(Refusal) -> Transition<MinimumStock> {
    let row = try take(.approve, by: subject)
    approvedQuantity = quantity ?? proposedQuantity
    approval = signature
    approvalNote = note
    return row
  }
}

package struct MinimumStockFilter: Hashable, Sendable {
  package var states: [MinimumStock.State] = []
  package var stationID: Station.ID?
  package var partID: Part.ID?

  package init() {}
}
