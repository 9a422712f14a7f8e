/// A visit by an engineer before anything breaks: one of a round that comes back, or a single one (FLD-17).
package struct RequestInspection: Hashable, Sendable {
  package enum Rhythm: String, Hashable, Sendable, CaseIterable {
    case regular, irregular
  }

  package var rhythm: Rhythm
  /// The day for which the visit is planned, in China.
  package var plannedOn: CalendarDate
  /// Of a regular one: how many days after a visit the next is due.
  package var intervalDays: Int?

  package init(rhythm: Rhythm, plannedOn: CalendarDate, intervalDays: Int?) {
    self.rhythm = rhythm
    self.plannedOn = plannedOn
    self.intervalDays = intervalDays
  }

  /// - Throws: `Refusal.invalid` for a round without an interval, and an interval without a round.
  package func check() throws(Refusal) {
    switch (rhythm, intervalDays) {
    case (.regular, nil): throw .invalid("#/inspection/intervalDays", .required, "is required of a regular visit")
    case (.irregular, _?): throw .invalid("#/inspection/intervalDays", .inconsistent, "is of regular visits")
    case (.regular, _?), (.irregular, nil): break
    }
  }
}

extension ServiceRequestHeader {
  /// - Throws: `Refusal.invalid` where an inspection has no plan, or something else has one.
  package func checkInspection() throws(Refusal) {
    switch (kind == .inspection, inspection) {
    case (true, nil): throw .invalid("#/inspection", .required, "is required of an inspection")
    case (false, _?): throw .invalid("#/inspection", .inconsistent, "is of inspections")
    case (true, let plan?): try plan.check()
    case (false, nil): break
    }
  }
}

extension ServiceRequest {
  /// What is registered when a visit of a round is over: the next one, its interval after the day of this one. `nil`: none
  /// follows.
  package var nextVisit: ServiceRequestHeader? {
    guard state == .closed, let plan = header.inspection, let interval = plan.intervalDays,
      let made = progress.arrivedAt ?? progress.resolution?.resolvedAt
    else { return nil }
    var next = header
    next.inspection?.plannedOn = CalendarDate(
      daysSinceEpoch: ReportPeriod.day(of: made).daysSinceEpoch + Int64(interval))
    // Other systems know this visit by them, and one only.
    next.externalIDs = [:]
    return next
  }
}
