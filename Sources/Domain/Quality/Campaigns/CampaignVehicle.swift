/// One vehicle of a frozen population and what becomes of it (M11, A8).
package struct CampaignVehicle: LifecycleDocument {
  package typealias ID = Identifier<CampaignVehicle>

  package enum State: String, Hashable, Sendable, CaseIterable {
    case affected, notified, scheduled, remedied, refused, exported, scrapped
  }

  package enum Action: String, Hashable, Sendable, CaseIterable {
    case notify, schedule, remedy, refuse, export, scrap
  }

  /// How its customer was told.
  package enum Channel: String, Hashable, Sendable, CaseIterable {
    case letter, phone, message, email, inPerson
  }

  package static let resource = Resource.campaignVehicle
  package static var lifecycle: Lifecycle<CampaignVehicle> { CampaignVehicleLifecycle.table }

  package let id: ID
  package let campaign: CampaignBrief
  package let vehicleID: Vehicle.ID
  package let vin: String
  package internal(set) var state: State
  package var revision: Revision
  package internal(set) var progress: CampaignVehicleProgress

  /// `CA-HQ-2026-000012/LSYHDAAA0PK012345`.
  package var designation: String? { "\(campaign.number)/\(vin)" }
  package var audience: Audience { .network }

  package init(
    id: ID, campaign: CampaignBrief, vehicleID: Vehicle.ID, vin: String, state: State, version: Int,
    stamp: RecordStamp, progress: CampaignVehicleProgress
  ) {
    self.id = id
    self.campaign = campaign
    self.vehicleID = vehicleID
    self.vin = vin
    self.state = state
    self.revision = Revision(version: version, stamp: stamp)
    self.progress = progress
  }

  package func changes(from before: CampaignVehicle?) -> [FieldChange] {
    let old = before?.progress
    var comparison = FieldComparison()
    comparison.choice("state", before?.state, state)
    comparison.choice("channel", old?.channel, progress.channel)
    comparison.field("notifications", old?.notifications ?? 0, progress.notifications)
    comparison.field("plannedAt", old?.plannedAt, progress.plannedAt)
    comparison.field("workOrderId", old?.workOrderID, progress.workOrderID)
    comparison.field("remediedAt", old?.remediedAt, progress.remediedAt)
    comparison.field("reason", old?.reason, progress.reason)
    return comparison.changes
  }

  /// Whether somebody who has the vehicle must be asked about it.
  package static func openStates(of kind: Campaign.Kind) -> [State] {
    switch kind {
    case .recall: [.affected, .notified, .scheduled, .refused]
    case .service: [.affected, .notified, .scheduled]
    }
  }

  package var isOpen: Bool {
    campaign.state == .published && Self.openStates(of: campaign.kind).contains(state)
  }
}

/// What a vehicle's line says about its campaign.
package struct CampaignBrief: Hashable, Sendable {
  package let id: Campaign.ID
  package let number: String
  package let kind: Campaign.Kind
  package let state: Campaign.State
  package let title: String
  package let remedy: String

  package init(
    id: Campaign.ID, number: String, kind: Campaign.Kind, state: Campaign.State, title: String, remedy: String
  ) {
    self.id = id
    self.number = number
    self.kind = kind
    self.state = state
    self.title = title
    self.remedy = remedy
  }
}

package struct CampaignVehicleProgress: Hashable, Sendable {
  package var notifications: Int
  package var channel: CampaignVehicle.Channel?
  package var notifiedAt: Timestamp?
  package var plannedAt: Timestamp?
  package var workOrderID: WorkOrder.ID?
  package var remediedAt: Timestamp?
  /// Why it was refused, exported or scrapped.
  package var reason: String?

  package init(
    notifications: Int = 0, channel: CampaignVehicle.Channel? = nil, notifiedAt: Timestamp? = nil,
    plannedAt: Timestamp? = nil, workOrderID: WorkOrder.ID? = nil, remediedAt: Timestamp? = nil, reason: String? = nil
  ) {
    self.notifications = notifications
    self.channel = channel
    self.notifiedAt = notifiedAt
    self.plannedAt = plannedAt
    self.workOrderID = workOrderID
    self.remediedAt = remediedAt
    self.reason = reason
  }
}

package struct CampaignVehicleFilter: Hashable, Sendable {
  package var campaign: Reference<Campaign>?
  /// Any of these; none asks for all.
  package var states: [CampaignVehicle.State] = []
  package var vin: String?

  package init() {}
}

/// How far a campaign is: every vehicle counts but those that left the country or the road.
package struct CampaignCompletion: Hashable, Sendable {
  package let counts: [CampaignVehicle.State: Int]

  package init(counts: [CampaignVehicle.State: Int]) { self.counts = counts }

  package var total: Int { counts.values.reduce(0, +) }
  package var reachable: Int { total - (counts[.exported] ?? 0) - (counts[.scrapped] ?? 0) }
  package var remedied: Int { counts[.remedied] ?? 0 }

  /// Remedied of the reachable, in hundredths of a percent, rounded down, so that 100 means all.
  package var percentHundredths: Int64 {
    reachable == 0 ? 10_000 : Int64(remedied) * 10_000 / Int64(reachable)
  }
}

/// What a station has done of a campaign: its vehicles are those that were remedied under its orders, and those not remedied whose
/// last order is its own.
package struct CampaignStationCompletion: Hashable, Sendable {
  /// `nil`: vehicles that no station has had.
  package struct Place: Hashable, Sendable {
    package let id: Station.ID
    package let code: String

    package init(id: Station.ID, code: String) {
      self.id = id
      self.code = code
    }
  }

  package let station: Place?
  package let completion: CampaignCompletion
  /// Of those that are open, how many were put off when they were last asked about (A8).
  package let deferred: Int

  package init(station: Place?, completion: CampaignCompletion, deferred: Int) {
    self.station = station
    self.completion = completion
    self.deferred = deferred
  }
}

/// What was answered about a vehicle of a campaign on a visit, as it is read (A8).
package struct CampaignAnswerRecord: Hashable, Sendable {
  package typealias ID = Identifier<CampaignAnswer>

  package let id: ID
  package let answer: CampaignAnswer
  package let vehicleID: Vehicle.ID
  package let vin: String
  package let stationID: Station.ID
  package let workOrderID: WorkOrder.ID
  package let answeredAt: Timestamp
  package let answeredBy: String

  package init(
    id: ID, answer: CampaignAnswer, vehicleID: Vehicle.ID, vin: String, stationID: Station.ID,
    workOrderID: WorkOrder.ID, answeredAt: Timestamp, answeredBy: String
  ) {
    self.id = id
    self.answer = answer
    self.vehicleID = vehicleID
    self.vin = vin
    self.stationID = stationID
    self.workOrderID = workOrderID
    self.answeredAt = answeredAt
    self.answeredBy = answeredBy
  }
}

/// What answers about a campaign are narrowed by; conditions combine with and.
package struct CampaignAnswerFilter: Hashable, Sendable {
  /// Any of these; none asks for all.
  package var choices: [CampaignAnswer.Choice] = []
  package var stationID: Station.ID?
  package var vin: String?

  package init() {}
}

/// The transition table of a vehicle in a campaign (M11, A8).
package enum CampaignVehicleLifecycle {
  private static let reachable: Set<CampaignVehicle.State> = [.affected, .notified, .scheduled, .refused]

  package static let table = Lifecycle<CampaignVehicle>([
    Transition(
      .notify, from: [.affected, .notified, .refused], to: .notified, .campaignVehiclesNotify, guards: [isPublished],
      effects: ["campaignVehicle.notified"], basis: "M11"),
    Transition(
      .schedule, from: reachable, to: .scheduled, .campaignVehiclesSchedule, guards: [isPublished],
      effects: ["campaignVehicle.scheduled"], basis: "M11"),
    Transition(
      .remedy, from: reachable, to: .remedied, .campaignVehiclesRemedy, guards: [isPublished],
      effects: ["campaignVehicle.remedied"], basis: "M11, A8"),
    Transition(
      .refuse, from: [.affected, .notified, .scheduled], to: .refused, .campaignVehiclesRefuse, guards: [isPublished],
      effects: ["campaignVehicle.refused"], basis: "M11"),
    Transition(
      .export, from: reachable, to: .exported, .campaignVehiclesExport, guards: [isPublished],
      effects: ["campaignVehicle.exported"], basis: "M11"),
    Transition(
      .scrap, from: reachable, to: .scrapped, .campaignVehiclesScrap, guards: [isPublished],
      effects: ["campaignVehicle.scrapped"], basis: "M11"),
  ])

  private static let isPublished = Guard<CampaignVehicle>(
    "campaign-not-published", "Nothing is done under a campaign that is not published, or not any more."
  ) { vehicle, _ in vehicle.campaign.state == .published }
}

extension CampaignVehicle {
  /// Checks state and guards, and moves the state.
  package mutating func take(
    _ action: Action, outcome: String? = nil, by subject: Subject
  ) throws(Refusal) -> Transition<CampaignVehicle> {
    let row = try CampaignVehicleLifecycle.table.permit(action, outcome: outcome, on: self, by: subject)
    if let next = row.to { state = next }
    return row
  }

  package mutating func notify(
    _ channel: Channel, at instant: Timestamp, by subject: Subject
  ) throws(Refusal) -> Transition<CampaignVehicle> {
    let row = try take(.notify, by: subject)
    progress.notifications += 1
    progress.channel = channel
    progress.notifiedAt = instant
    return row
  }

  package mutating func schedule(
    at plannedAt: Timestamp, by subject: Subject
  ) throws(Refusal) -> Transition<CampaignVehicle> {
    let row = try take(.schedule, by: subject)
    progress.plannedAt = plannedAt
    return row
  }

  package mutating func remedy(
    under order: WorkOrder.ID, at instant: Timestamp, by subject: Subject
  ) throws(Refusal) -> Transition<CampaignVehicle> {
    let row = try take(.remedy, by: subject)
    progress.workOrderID = order
    progress.remediedAt = instant
    progress.reason = nil
    return row
  }

  /// `refuse`, `export` and `scrap`: the ways out, each with its reason.
  package mutating func leave(
    _ action: Action, reason: String, by subject: Subject
  ) throws(Refusal) -> Transition<CampaignVehicle> {
    let row = try take(action, by: subject)
    progress.reason = reason
    return row
  }
}

/// What is answered about an open campaign of the vehicle in hand: it is done on this visit, or put off with a reason (A8).
package struct CampaignAnswer: Hashable, Sendable {
  package enum Choice: String, Hashable, Sendable, CaseIterable {
    case perform, `defer`
  }

  package let campaignID: Campaign.ID
  package let choice: Choice
  package let reason: String?

  package init(campaignID: Campaign.ID, choice: Choice, reason: String?) {
    self.campaignID = campaignID
    self.choice = choice
    self.reason = reason
  }
}
