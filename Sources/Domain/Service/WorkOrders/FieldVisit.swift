/// One drive to the customer, on site or as a rescue, from departure to what came of it (FLD-03, FLD-16, T-10, T-11).
package struct FieldVisit: Hashable, Sendable {
  /// 1 for the first visit of the order.
  package let number: Int
  /// Who drives.
  package let traveller: String
  /// The plate of the service vehicle.
  package let serviceVehicle: String?
  package let departedAt: Timestamp
  package internal(set) var arrivedAt: Timestamp?
  package internal(set) var position: GeographicPosition?
  /// One way, in kilometres; what a travel line is charged by.
  package internal(set) var distanceKm: Int?
  package internal(set) var endedAt: Timestamp?
  /// `false`: the fault is still there, and another visit, the workshop or the factory follows.
  package internal(set) var faultCleared: Bool?
  package internal(set) var finding: String?

  package init(
    number: Int, traveller: String, serviceVehicle: String?, departedAt: Timestamp, arrivedAt: Timestamp? = nil,
    position: GeographicPosition? = nil, distanceKm: Int? = nil, endedAt: Timestamp? = nil, faultCleared: Bool? = nil,
    finding: String? = nil
  ) {
    self.number = number
    self.traveller = traveller
    self.serviceVehicle = serviceVehicle
    self.departedAt = departedAt
    self.arrivedAt = arrivedAt
    self.position = position
    self.distanceKm = distanceKm
    self.endedAt = endedAt
    self.faultCleared = faultCleared
    self.finding = finding
  }
}

extension WorkOrder {
  package mutating func depart(
    traveller: String, serviceVehicle: String?, at: Timestamp, by subject: Subject
  ) throws(Refusal) -> Transition<WorkOrder> {
    let row = try take(.depart, by: subject)
    progress.visits.append(
      FieldVisit(
        number: progress.visits.count + 1, traveller: traveller, serviceVehicle: serviceVehicle, departedAt: at))
    return row
  }

  package mutating func arrive(
    at: Timestamp, position: GeographicPosition?, distanceKm: Int?, by subject: Subject
  ) throws(Refusal) -> Transition<WorkOrder> {
    let row = try take(.arrive, by: subject)
    let last = progress.visits.count - 1
    if at < progress.visits[last].departedAt {
      throw .invalid("#/arrivedAt", .inconsistent, "must not be before the departure")
    }
    progress.visits[last].arrivedAt = at
    progress.visits[last].position = position
    progress.visits[last].distanceKm = distanceKm
    return row
  }

  /// Ends the visit, with the fault cleared or not.
  package mutating func clear(
    faultCleared: Bool, finding: String, at: Timestamp, by subject: Subject
  ) throws(Refusal) -> Transition<WorkOrder> {
    let row = try take(.clear, by: subject)
    let last = progress.visits.count - 1
    if let arrivedAt = progress.visits[last].arrivedAt, at < arrivedAt {
      throw .invalid("#/endedAt", .inconsistent, "must not be before the arrival")
    }
    progress.visits[last].endedAt = at
    progress.visits[last].faultCleared = faultCleared
    progress.visits[last].finding = finding
    return row
  }
}

extension FieldVisit {
  /// The visit as history shows it: no place, because that is the customer's.
  var eventValue: EventValue {
    .object([
      "number": .integer(Int64(number)), "departedAt": .text(departedAt.description),
      "arrivedAt": .optional(arrivedAt?.description), "endedAt": .optional(endedAt?.description),
      "distanceKm": distanceKm.map { .integer(Int64($0)) } ?? .null,
      "faultCleared": faultCleared.map(EventValue.boolean) ?? .null, "finding": .optional(finding),
    ])
  }
}
