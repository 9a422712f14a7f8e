package import FoundationEssentials

/// Stock that is held back for somebody until it is issued, given back or its time is over (domain.md section 11).
package struct Reservation: LifecycleDocument {
  package typealias ID = Identifier<Reservation>

  package enum State: String, Hashable, Sendable, CaseIterable {
    case active, fulfilled, released, expired
  }

  package enum Action: String, Hashable, Sendable, CaseIterable {
    case release
  }

  /// What the stock is held for.
  package enum Purpose: Hashable, Sendable {
    case workOrder(WorkOrder.ID)
    case appointment(Appointment.ID)
    /// A line of a parts order that a warehouse will ship.
    case partsOrder(UUID)
    /// Another place, which expects it as long as the reservation lasts: both sides in one transaction.
    case transfer(to: StockLocation.ID)

    package enum Kind: String, Hashable, Sendable, CaseIterable {
      case workOrder, appointment, partsOrder, transfer
    }

    package var kind: Kind {
      switch self {
      case .workOrder: .workOrder
      case .appointment: .appointment
      case .partsOrder: .partsOrder
      case .transfer: .transfer
      }
    }

    package var workOrderID: WorkOrder.ID? { if case .workOrder(let id) = self { id } else { nil } }
    package var appointmentID: Appointment.ID? { if case .appointment(let id) = self { id } else { nil } }
    package var partsOrderID: UUID? { if case .partsOrder(let id) = self { id } else { nil } }
    package var destinationID: StockLocation.ID? { if case .transfer(let id) = self { id } else { nil } }
  }

  package static let resource = Resource.reservation

  package static let lifecycle = Lifecycle<Reservation>([
    Transition(
      .release, from: [.active], to: .released, .reservationsWrite, effects: ["reservation.released"],
      basis: "domain.md section 11")
  ])

  package let id: ID
  /// `RV-SY001-2026-000123`
  package let number: String
  package let locationID: StockLocation.ID
  /// `nil`: headquarters' warehouse.
  package let stationID: Station.ID?
  package let partID: Part.ID
  package let partNumber: String
  package internal(set) var state: State
  package let quantity: Int
  package internal(set) var issued: Int
  package let purpose: Purpose
  /// Of what is held for an order in the workshop: until when it is held at least.
  package internal(set) var expiresAt: Timestamp
  package internal(set) var endedAt: Timestamp?
  package internal(set) var endReason: String?
  package var revision: Revision

  package init(
    id: ID, number: String, locationID: StockLocation.ID, stationID: Station.ID?, partID: Part.ID, partNumber: String,
    state: State, quantity: Int, issued: Int, purpose: Purpose, expiresAt: Timestamp, endedAt: Timestamp?,
    endReason: String?, version: Int, stamp: RecordStamp
  ) {
    self.id = id
    self.number = number
    self.locationID = locationID
    self.stationID = stationID
    self.partID = partID
    self.partNumber = partNumber
    self.state = state
    self.quantity = quantity
    self.issued = issued
    self.purpose = purpose
    self.expiresAt = expiresAt
    self.endedAt = endedAt
    self.endReason = endReason
    self.revision = Revision(version: version, stamp: stamp)
  }

  package var designation: String? { number }
  package var audience: Audience { stationID.map(Audience.station) ?? .headquarters }
  /// What it still holds back.
  package var outstanding: Int { state == .active ? quantity - issued : 0 }

  package mutating func take(
    _ action: Action, outcome: String? = nil, by subject: Subject
  ) throws(Refusal) -> Transition<Reservation> {
    let row = try Self.lifecycle.permit(action, outcome: outcome, on: self, by: subject)
    if let to = row.to { state = to }
    return row
  }

  /// Gives back what it still holds.
  package mutating func release(
    _ reason: String?, at instant: Timestamp, by subject: Subject
  ) throws(Refusal) -> Transition<Reservation> {
    let row = try take(.release, by: subject)
    endedAt = instant
    endReason = reason
    return row
  }

  /// Its time is over.
  package mutating func expire(at instant: Timestamp) {
    guard state == .active, expiresAt <= instant else { return }
    state = .expired
    endedAt = instant
  }

  /// Goes on: the order that it is held for is in the workshop still (PRT-11), or is not shipped yet (PO-06).
  package mutating func renew(until instant: Timestamp) {
    guard state == .active, expiresAt < instant else { return }
    expiresAt = instant
  }

  /// Takes what it holds for an issue.
  /// - Returns: how much of `wanted` it covered.
  package mutating func issue(_ wanted: Int, at instant: Timestamp) -> Int {
    let taken = min(wanted, outstanding)
    guard taken > 0 else { return 0 }
    issued += taken
    if issued == quantity {
      state = .fulfilled
      endedAt = instant
    }
    return taken
  }

  package func changes(from before: Reservation?) -> [FieldChange] {
    var comparison = FieldComparison()
    comparison.choice("state", before?.state, state)
    comparison.field("locationId", before?.locationID, locationID)
    comparison.field("partNumber", before?.partNumber, partNumber)
    comparison.field("quantity", before?.quantity, quantity)
    comparison.field("issued", before?.issued ?? 0, issued)
    comparison.choice("purpose", before?.purpose.kind, purpose.kind)
    comparison.field("expiresAt", before?.expiresAt, expiresAt)
    comparison.field("endReason", before?.endReason, endReason)
    return comparison.changes
  }
}

/// A reservation as it is asked for.
package struct ReservationDraft: Hashable, Sendable {
  package let locationID: StockLocation.ID
  package let partID: Part.ID
  package let quantity: Int
  package let purpose: Reservation.Purpose
  /// `nil`: after the hours of the policy `partsOrders`.
  package let expiresAt: Timestamp?

  package init(
    locationID: StockLocation.ID, partID: Part.ID, quantity: Int, purpose: Reservation.Purpose,
    expiresAt: Timestamp? = nil
  ) {
    self.locationID = locationID
    self.partID = partID
    self.quantity = quantity
    self.purpose = purpose
    self.expiresAt = expiresAt
  }
}

package struct ReservationFilter: Hashable, Sendable {
  package var states: [Reservation.State] = []
  package var purposes: [Reservation.Purpose.Kind] = []
  package var stationID: Station.ID?
  package var locationID: StockLocation.ID?
  package var partID: Part.ID?
  package var workOrderID: WorkOrder.ID?
  package var appointmentID: Appointment.ID?

  package init() {}
}
