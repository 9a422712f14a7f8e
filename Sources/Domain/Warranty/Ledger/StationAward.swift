/// The two kinds of what station assessment costs or brings a station (SET-11).
package protocol AwardKind: Hashable, Sendable {
  static var resource: Resource { get }
  static var series: DocumentNumber.Kind { get }
  static var item: PayableItem.Kind { get }
  /// What an amount is worth to the station: −1 or 1.
  static var sign: Int64 { get }
  static var reading: Permission { get }
  static var writing: Permission { get }
  static var table: Lifecycle<StationAward<Self>> { get }
}

package enum PenaltyKind: AwardKind {
  package static let resource = Resource.penalty
  package static let series = DocumentNumber.Kind.penalty
  package static let item = PayableItem.Kind.penalty
  package static let sign: Int64 = -1
  package static let reading = Permission.penaltiesRead
  package static let writing = Permission.penaltiesWrite
  package static let table = Lifecycle<Penalty>([
    Transition(.revoke, from: [.granted], to: .revoked, writing, effects: ["penalty.revoked"], basis: "SET-11, SET-13")
  ])
}

package enum RewardKind: AwardKind {
  package static let resource = Resource.reward
  package static let series = DocumentNumber.Kind.reward
  package static let item = PayableItem.Kind.reward
  package static let sign: Int64 = 1
  package static let reading = Permission.rewardsRead
  package static let writing = Permission.rewardsWrite
  package static let table = Lifecycle<Reward>([
    Transition(.revoke, from: [.granted], to: .revoked, writing, effects: ["reward.revoked"], basis: "SET-11, SET-13")
  ])
}

/// A penalty by the tariff (ASM-P1…, T-36): owed by the station.
package typealias Penalty = StationAward<PenaltyKind>
/// A reward: owed to the station.
package typealias Reward = StationAward<RewardKind>

/// A penalty or a reward of a station. Its money is a payable item; taken back, the item is reversed (SET-13).
package struct StationAward<Kind: AwardKind>: LifecycleDocument {
  package typealias ID = Identifier<StationAward<Kind>>

  package enum State: String, Hashable, Sendable, CaseIterable {
    case granted, revoked
  }

  package enum Action: String, Hashable, Sendable, CaseIterable {
    case revoke
  }

  /// What it says, once and for all.
  package struct Header: Hashable, Sendable {
    package let stationID: Station.ID
    /// Of the tariff; `nil` for rewards.
    package let code: String?
    package let reason: String
    /// Above zero.
    package let amount: Money
    package let occurredOn: CalendarDate
    package let externalIDs: [String: String]

    package init(
      stationID: Station.ID, code: String?, reason: String, amount: Money, occurredOn: CalendarDate,
      externalIDs: [String: String]
    ) {
      self.stationID = stationID
      self.code = code
      self.reason = reason
      self.amount = amount
      self.occurredOn = occurredOn
      self.externalIDs = externalIDs
    }
  }

  package static var resource: Resource { Kind.resource }
  package static var lifecycle: Lifecycle<StationAward<Kind>> { Kind.table }

  package let id: ID
  /// `PE-SY001-2026-000003`, `RW-SY001-2026-000001`.
  package let number: String
  package private(set) var state: State
  package var revision: Revision
  package let header: Header
  /// The version of the tariff; `nil` for rewards.
  package let policyVersion: Int?
  package private(set) var revokedReason: String?

  package var designation: String? { number }
  package var audience: Audience { .station(header.stationID) }

  package init(
    id: ID, number: String, state: State, version: Int, stamp: RecordStamp, header: Header, policyVersion: Int?,
    revokedReason: String?
  ) {
    self.id = id
    self.number = number
    self.state = state
    self.revision = Revision(version: version, stamp: stamp)
    self.header = header
    self.policyVersion = policyVersion
    self.revokedReason = revokedReason
  }

  package func changes(from before: StationAward<Kind>?) -> [FieldChange] {
    var comparison = FieldComparison()
    comparison.choice("state", before?.state, state)
    comparison.field("code", before?.header.code, header.code)
    comparison.field("reason", before?.header.reason, header.reason)
    comparison.field("amount", before?.header.amount, header.amount)
    comparison.field("occurredOn", before?.header.occurredOn, header.occurredOn)
    comparison.field("externalIds", before?.header.externalIDs ?? [:], header.externalIDs)
    comparison.field("revokedReason", before?.revokedReason, revokedReason)
    return comparison.changes
  }

  package mutating func take(
    _ action: Action, outcome: String? = nil, by subject: Subject
  ) throws(Refusal) -> Transition<StationAward<Kind>> {
    let row = try Kind.table.permit(action, outcome: outcome, on: self, by: subject)
    if let next = row.to { state = next }
    return row
  }

  package mutating func revoke(_ reason: String, by subject: Subject) throws(Refusal) -> Transition<StationAward<Kind>>
  {
    let row = try take(.revoke, by: subject)
    revokedReason = reason
    return row
  }

  /// What the station owes or is owed for it.
  package var item: PayableItem.Draft {
    PayableItem.Draft(
      at: header.stationID, Kind.item, source: LedgerEntry.Source(self), header.reason,
      Money(minor: header.amount.minor * Kind.sign, currency: header.amount.currency), on: header.occurredOn)
  }
}

package struct StationAwardFilter: Hashable, Sendable {
  package var states: [String] = []
  package var stationID: Station.ID?
  package var number: String?
  package var occurredFrom: CalendarDate?
  package var occurredTo: CalendarDate?

  package init() {}
}
