/// When a vehicle is due for its next maintenance, as far as it can be told (CUS-09, CUS-10, FUP-04): the day that somebody named,
/// or the earlier of the interval's day and the day on which its kilometres are driven.
package struct NextService: Hashable, Sendable {
  /// What the day follows from.
  package enum Basis: String, Hashable, Sendable, CaseIterable {
    /// The day or the kilometres that stand in the vehicle's file.
    case planned
    /// The months of the interval.
    case months
    /// The kilometres of the interval, at the pace of the readings.
    case kilometres
  }

  /// What is known about one vehicle.
  package struct Facts: Hashable, Sendable {
    /// Of the vehicle's file.
    package let plannedDate: CalendarDate?
    package let plannedKm: Int?
    /// The last maintenance that was handed over, else the sale; the interval counts from there.
    package let lastServiceOn: CalendarDate?
    package let lastServiceKm: Int?
    /// Readings of a year at most: the oldest and the latest, in kilometres of the vehicle's life.
    package let oldest: OdometerLedger.Reading?
    package let latest: OdometerLedger.Reading?

    package init(
      plannedDate: CalendarDate?, plannedKm: Int?, lastServiceOn: CalendarDate?, lastServiceKm: Int?,
      oldest: OdometerLedger.Reading?, latest: OdometerLedger.Reading?
    ) {
      self.plannedDate = plannedDate
      self.plannedKm = plannedKm
      self.lastServiceOn = lastServiceOn
      self.lastServiceKm = lastServiceKm
      self.oldest = oldest
      self.latest = latest
    }

    /// Metres a day; `nil` when two readings on different days are missing, or the vehicle stood.
    package var metresPerDay: Int64? {
      guard let oldest, let latest, latest.kilometres > oldest.kilometres else { return nil }
      let days = latest.at.seconds(since: oldest.at) / 86_400
      return days > 0 ? Int64(latest.kilometres - oldest.kilometres) * 1000 / days : nil
    }

    /// The day on which the odometer will show so many kilometres.
    package func day(at kilometres: Int) -> CalendarDate? {
      guard let latest else { return nil }
      let today = latest.at.milliseconds.flooredDivision(by: 86_400_000)
      if kilometres <= latest.kilometres { return CalendarDate(daysSinceEpoch: today) }
      guard let pace = metresPerDay, pace > 0 else { return nil }
      let days = (Int64(kilometres - latest.kilometres) * 1000 + pace - 1) / pace
      return days > 36_500 ? nil : CalendarDate(daysSinceEpoch: today + days)
    }
  }

  package let dueOn: CalendarDate
  package let dueKm: Int?
  package let basis: Basis
  /// From which the interval was counted: one reminder each.
  package let cycle: CalendarDate

  package init(dueOn: CalendarDate, dueKm: Int?, basis: Basis, cycle: CalendarDate) {
    self.dueOn = dueOn
    self.dueKm = dueKm
    self.basis = basis
    self.cycle = cycle
  }

  /// `nil` where nothing is known to count from.
  package static func predicted(_ facts: Facts, under policy: FollowUpsPolicy) -> NextService? {
    if facts.plannedDate != nil || facts.plannedKm != nil {
      let byKm = facts.plannedKm.flatMap { facts.day(at: $0) }
      if let day = [facts.plannedDate, byKm].compactMap({ $0 }).min() {
        return NextService(
          dueOn: day, dueKm: facts.plannedKm, basis: .planned, cycle: facts.plannedDate ?? facts.lastServiceOn ?? day)
      }
    }
    guard let start = facts.lastServiceOn else { return nil }
    let byMonths = policy.serviceMonths.map { start.adding(months: $0) }
    let dueKm = policy.serviceKm.flatMap { interval in facts.lastServiceKm.map { $0 + interval } }
    let byKm = dueKm.flatMap { facts.day(at: $0) }
    if let byKm, byMonths.map({ byKm < $0 }) ?? true {
      return NextService(dueOn: byKm, dueKm: dueKm, basis: .kilometres, cycle: start)
    }
    return byMonths.map { NextService(dueOn: $0, dueKm: dueKm, basis: .months, cycle: start) }
  }
}

extension CalendarDate {
  /// The same day so many months on, or the last day of that month.
  package func adding(months: Int) -> CalendarDate {
    let index = year * 12 + month - 1 + months
    for day in stride(from: self.day, through: 1, by: -1) {
      if let date = CalendarDate(year: index / 12, month: index % 12 + 1, day: day) { return date }
    }
    return self
  }
}

/// The next service of one vehicle as a station plans it.
package struct ServicePlan: Hashable, Sendable {
  package typealias ID = Identifier<ServicePlan>

  package let id: ID
  package let stationID: Station.ID
  package let customerID: Customer.ID
  package let vehicleID: Vehicle.ID
  package let vin: String
  package let next: NextService
  package let metresPerDay: Int64?
  package let computedAt: Timestamp
  /// When the reminder of this cycle went out.
  package let remindedAt: Timestamp?

  package init(
    id: ID, stationID: Station.ID, customerID: Customer.ID, vehicleID: Vehicle.ID, vin: String, next: NextService,
    metresPerDay: Int64?, computedAt: Timestamp, remindedAt: Timestamp?
  ) {
    self.id = id
    self.stationID = stationID
    self.customerID = customerID
    self.vehicleID = vehicleID
    self.vin = vin
    self.next = next
    self.metresPerDay = metresPerDay
    self.computedAt = computedAt
    self.remindedAt = remindedAt
  }
}

package struct ServicePlanFilter: Hashable, Sendable {
  package var stationID: Station.ID?
  package var customerID: Customer.ID?
  package var vehicleID: Vehicle.ID?
  package var dueFrom: CalendarDate?
  package var dueBefore: CalendarDate?
  package var reminded: Bool?
  package init() {}
}
