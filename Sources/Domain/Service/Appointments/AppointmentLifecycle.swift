/// The transition table of appointments (SM-2). Services execute it, `GET …/actions` publishes it, tests enumerate it.
package enum AppointmentLifecycle {
  package static let table = Lifecycle<Appointment>([
    Transition(
      .negotiate, from: [.requested, .negotiating], to: .negotiating, .appointmentsNegotiate,
      effects: ["appointment.negotiated"], basis: "APT-04"),
    Transition(
      .confirm, from: [.requested, .negotiating], to: .confirmed, .appointmentsConfirm,
      effects: ["appointment.confirmed"], basis: "APT-03, APT-05"),
    Transition(
      .reschedule, from: [.confirmed], to: .negotiating, .appointmentsReschedule, effects: ["appointment.rescheduled"],
      basis: "SM-2"),
    Transition(
      .checkIn, from: [.confirmed], to: .checkedIn, .appointmentsCheckIn, effects: ["appointment.checkedIn"],
      basis: "SM-2, WO-13"),
    Transition(
      .noShow, from: [.confirmed], to: .noShow, .appointmentsNoShow, effects: ["appointment.missed"], basis: "SM-2"),
    Transition(
      .cancel, from: [.requested, .negotiating, .confirmed], to: .cancelled, .appointmentsCancel,
      effects: ["appointment.cancelled"], basis: "SM-2"),
  ])
}

extension Appointment {
  package mutating func take(
    _ action: Action, outcome: String?, by subject: Subject
  ) throws(Refusal) -> Transition<Appointment> {
    let row = try AppointmentLifecycle.table.permit(action, outcome: outcome, on: self, by: subject)
    if let to = row.to { state = to }
    return row
  }

  /// Offers other times to the customer (APT-04).
  package mutating func negotiate(
    _ times: [Timestamp], at: Timestamp, by subject: Subject
  ) throws(Refusal) -> Transition<Appointment> {
    let row = try take(.negotiate, outcome: nil, by: subject)
    try Self.requireFuture(times, at: at)
    proposals = times
    return row
  }

  /// Keeps a bay for the customer. That it is free the caller has found out under the workshop's lock (APT-03).
  package mutating func confirm(_ booking: Booking, by subject: Subject) throws(Refusal) -> Transition<Appointment> {
    let row = try take(.confirm, outcome: nil, by: subject)
    self.booking = booking
    exitReason = nil
    forgetReminder()
    return row
  }

  /// Gives the bay back and looks for another time.
  package mutating func reschedule(
    _ times: [Timestamp], reason: String?, at: Timestamp, by subject: Subject
  ) throws(Refusal) -> Transition<Appointment> {
    let row = try take(.reschedule, outcome: nil, by: subject)
    try Self.requireFuture(times, at: at)
    proposals = times
    booking = nil
    exitReason = reason
    forgetReminder()
    return row
  }

  /// The customer has come; the vehicle is received with this order.
  package mutating func checkIn(
    _ order: WorkOrder, by subject: Subject
  ) throws(Refusal) -> Transition<Appointment> {
    let row = try take(.checkIn, outcome: nil, by: subject)
    workOrderID = order.id
    request.customerID = order.header.customerID
    request.vehicleID = order.header.vehicleID
    return row
  }

  /// The customer has not come, and the time of grace is over.
  package mutating func miss(
    graceMinutes: Int, reason: String?, at: Timestamp, by subject: Subject
  ) throws(Refusal) -> Transition<Appointment> {
    let row = try take(.noShow, outcome: nil, by: subject)
    if let booking, at < booking.startsAt.adding(seconds: Int64(graceMinutes) * 60) {
      throw .guardFailed(
        action: Action.noShow.rawValue, guardCode: "grace-not-over",
        detail: "The customer has \(graceMinutes) minutes after \(booking.startsAt).")
    }
    exitReason = reason
    return row
  }

  package mutating func cancel(reason: String, by subject: Subject) throws(Refusal) -> Transition<Appointment> {
    let row = try take(.cancel, outcome: nil, by: subject)
    exitReason = reason
    return row
  }

  private static func requireFuture(_ times: [Timestamp], at: Timestamp) throws(Refusal) {
    let past = times.indices.filter { times[$0] <= at }
    if !past.isEmpty {
      throw .invalid(
        past.map { Violation(pointer: "#/proposals/\($0)", code: .outOfRange, detail: "must lie in the future") })
    }
  }
}
