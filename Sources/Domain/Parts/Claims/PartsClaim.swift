package import FoundationEssentials

/// A station's claim for parts that did not arrive, or not as they should (缺损件; SM-9, PCL-01…05): replaced or compensated, and
/// recovered from whoever is liable.
package struct PartsClaim: LifecycleDocument {
  package typealias ID = Identifier<PartsClaim>

  package enum State: String, Hashable, Sendable, CaseIterable {
    case draft, submitted, withdrawn, underReview, approvedReplenish, approvedCompensate, rejected, settled, recovering,
      closed
  }

  package enum Action: String, Hashable, Sendable, CaseIterable {
    case submit, withdraw, review, approveReplenishment, approveCompensation, reject, settle, recover, close
  }

  package enum Kind: String, Hashable, Sendable, CaseIterable {
    case short, damaged, wrong, defective
  }

  package static let resource = Resource.partsClaim
  package static var lifecycle: Lifecycle<PartsClaim> { PartsClaimLifecycle.table }

  package let id: ID
  /// `PC-SY001-2026-000123`
  package let number: String
  package let stationID: Station.ID
  package let subject: PartsClaimSubject
  package internal(set) var state: State
  package var revision: Revision
  package var header: PartsClaimHeader
  package internal(set) var progress: PartsClaimProgress

  package init(
    id: ID, number: String, stationID: Station.ID, subject: PartsClaimSubject, state: State, version: Int,
    stamp: RecordStamp, header: PartsClaimHeader, progress: PartsClaimProgress
  ) {
    self.id = id
    self.number = number
    self.stationID = stationID
    self.subject = subject
    self.state = state
    self.revision = Revision(version: version, stamp: stamp)
    self.header = header
    self.progress = progress
  }

  package var designation: String? { number }
  package var audience: Audience { .station(stationID) }

  package func changes(from before: PartsClaim?) -> [FieldChange] {
    let done = before?.progress
    var comparison = FieldComparison()
    comparison.choice("state", before?.state, state)
    comparison.field("quantity", before?.header.quantity, header.quantity)
    comparison.field("description", before?.header.description, header.description)
    comparison.field("externalIds", before?.header.externalIDs ?? [:], header.externalIDs)
    comparison.field("submittedAt", done?.submittedAt, progress.submittedAt)
    comparison.field("decision/quantity", done?.decision?.quantity, progress.decision?.quantity)
    comparison.field("decision/amount", done?.decision?.amount, progress.decision?.amount)
    comparison.field("decision/replacementLine", done?.decision?.replacementLine, progress.decision?.replacementLine)
    comparison.field("decision/reason", done?.decision?.reason, progress.decision?.reason)
    comparison.choice("recovery/party", done?.recovery?.party, progress.recovery?.party)
    comparison.field("recovery/amount", done?.recovery?.amount, progress.recovery?.amount)
    comparison.field("settledAt", done?.settledAt, progress.settledAt)
    comparison.field("closedAt", done?.closedAt, progress.closedAt)
    return comparison.changes
  }
}

/// What a claim is about: set when it is drafted, and never changed (PCL-03).
package struct PartsClaimSubject: Hashable, Sendable {
  package let kind: PartsClaim.Kind
  package let orderID: PartsOrder.ID
  package let orderNumber: String
  package let shipmentID: Shipment.ID
  /// Of the order.
  package let line: Int
  package let partNumber: String
  /// What a piece cost on the order.
  package let unitPrice: Money
  package let receivedAt: Timestamp
  /// The last instant at which it may be submitted (D-18); `nil`: the policy sets none.
  package let claimBefore: Timestamp?

  package init(
    kind: PartsClaim.Kind, orderID: PartsOrder.ID, orderNumber: String, shipmentID: Shipment.ID, line: Int,
    partNumber: String, unitPrice: Money, receivedAt: Timestamp, claimBefore: Timestamp?
  ) {
    self.kind = kind
    self.orderID = orderID
    self.orderNumber = orderNumber
    self.shipmentID = shipmentID
    self.line = line
    self.partNumber = partNumber
    self.unitPrice = unitPrice
    self.receivedAt = receivedAt
    self.claimBefore = claimBefore
  }
}

package struct PartsClaimHeader: Hashable, Sendable {
  package var quantity: Int
  package var description: String
  package var externalIDs: [String: String]

  package init(quantity: Int, description: String, externalIDs: [String: String]) {
    self.quantity = quantity
    self.description = description
    self.externalIDs = externalIDs
  }
}

package struct PartsClaimProgress: Hashable, Sendable {
  /// Parts Supply's, or Finance's (PCL-04).
  package struct Decision: Hashable, Sendable {
    package let quantity: Int
    /// Credited to the station; `nil`: it gets parts, or nothing.
    package let amount: Money?
    /// The line of the order that replaces the pieces.
    package let replacementLine: Int?
    /// Whether the pieces themselves must come back.
    package let returnsParts: Bool
    package let reason: String?
    package let by: String
    package let byID: UUID?
    package let at: Timestamp

    package init(
      quantity: Int, amount: Money?, replacementLine: Int?, returnsParts: Bool, reason: String?, by: String,
      byID: UUID?, at: Timestamp
    ) {
      self.quantity = quantity
      self.amount = amount
      self.replacementLine = replacementLine
      self.returnsParts = returnsParts
      self.reason = reason
      self.by = by
      self.byID = byID
      self.at = at
    }
  }

  /// From whoever is liable (PCL-05).
  package struct Recovery: Hashable, Sendable {
    package enum Party: String, Hashable, Sendable, CaseIterable {
      case carrier, supplier
    }

    package let party: Party
    package let partyID: UUID
    package let amount: Money
    package let reason: String
    package let by: String
    package let at: Timestamp

    package init(party: Party, partyID: UUID, amount: Money, reason: String, by: String, at: Timestamp) {
      self.party = party
      self.partyID = partyID
      self.amount = amount
      self.reason = reason
      self.by = by
      self.at = at
    }
  }

  package var submittedAt: Timestamp?
  package var submittedByID: UUID?
  package var decision: Decision?
  package var settledAt: Timestamp?
  package var recovery: Recovery?
  package var closedAt: Timestamp?

  package init() {}
}

package struct PartsClaimDraft: Hashable, Sendable {
  package let kind: PartsClaim.Kind
  package let shipmentID: Shipment.ID
  package let line: Int
  package let header: PartsClaimHeader

  package init(kind: PartsClaim.Kind, shipmentID: Shipment.ID, line: Int, header: PartsClaimHeader) {
    self.kind = kind
    self.shipmentID = shipmentID
    self.line = line
    self.header = header
  }
}

package struct PartsClaimFilter: Hashable, Sendable {
  /// Any of these; none asks for all.
  package var states: [PartsClaim.State] = []
  package var kinds: [PartsClaim.Kind] = []
  package var stationID: Station.ID?
  package var orderID: PartsOrder.ID?
  package var shipmentID: Shipment.ID?
  package var createdFrom: Timestamp?
  package var createdBefore: Timestamp?
  package var number: String?

  package init() {}
}
