/// A time in the workshop that was agreed with a customer (预约, SM-2), from his wish to his arrival.
package struct Appointment: LifecycleDocument, ExternallyIdentified {
  package typealias ID = Identifier<Appointment>

  package enum State: String, Hashable, Sendable, CaseIterable {
    case requested, negotiating, confirmed, checkedIn, noShow, cancelled
  }

  package enum Action: String, Hashable, Sendable, CaseIterable {
    case negotiate, confirm, reschedule, checkIn, noShow, cancel
  }

  /// How the customer asked (APT-01, APT-06).
  package enum Channel: String, Hashable, Sendable, CaseIterable {
    case phone, online, reception
  }

  /// Whether the fast lane is open to it (APT-08).
  package enum Priority: String, Hashable, Sendable, CaseIterable {
    case normal, fastLane
  }

  package static let resource = Resource.appointment
  package static var lifecycle: Lifecycle<Appointment> { AppointmentLifecycle.table }

  package let id: ID
  /// `AP-SY001-2026-000123`
  package let number: String
  package let stationID: Station.ID
  package let channel: Channel
  /// The order that became this appointment (WO-02).
  package let sourceOrderID: WorkOrder.ID?
  package internal(set) var state: State
  package var revision: Revision

  package var request: AppointmentRequest
  package var externalIDs: [String: String] {
    get { request.externalIDs }
    set { request.externalIDs = newValue }
  }
  /// Other times that were offered (APT-04).
  package internal(set) var proposals: [Timestamp]
  /// The time and the bay that are kept; of a cancelled or missed one those that were.
  package internal(set) var booking: Booking?
  package private(set) var remindedAt: Timestamp?
  /// What the vehicle was received with.
  package internal(set) var workOrderID: WorkOrder.ID?
  /// Why it was cancelled, missed or moved.
  package internal(set) var exitReason: String?

  package var designation: String? { number }
  package var audience: Audience { .station(stationID) }

  /// A bay for a time.
  package struct Booking: Hashable, Sendable {
    package let bayID: Workshop.Bay.ID
    package let startsAt: Timestamp
    package let endsAt: Timestamp

    package init(bayID: Workshop.Bay.ID, startsAt: Timestamp, endsAt: Timestamp) {
      self.bayID = bayID
      self.startsAt = startsAt
      self.endsAt = endsAt
    }
  }

  package init(
    id: ID, number: String, stationID: Station.ID, channel: Channel, sourceOrderID: WorkOrder.ID?, state: State,
    version: Int, stamp: RecordStamp, request: AppointmentRequest, proposals: [Timestamp] = [],
    booking: Booking? = nil, remindedAt: Timestamp? = nil, workOrderID: WorkOrder.ID? = nil, exitReason: String? = nil
  ) {
    self.id = id
    self.number = number
    self.stationID = stationID
    self.channel = channel
    self.sourceOrderID = sourceOrderID
    self.state = state
    self.revision = Revision(version: version, stamp: stamp)
    self.request = request
    self.proposals = proposals
    self.booking = booking
    self.remindedAt = remindedAt
    self.workOrderID = workOrderID
    self.exitReason = exitReason
  }

  /// The customer was reminded; a new time needs a new reminder.
  package mutating func remind(at instant: Timestamp) { remindedAt = instant }

  mutating func forgetReminder() { remindedAt = nil }

  package func changes(from before: Appointment?) -> [FieldChange] {
    let old = before?.request
    var comparison = FieldComparison()
    comparison.choice("state", before?.state, state)
    comparison.field("customerId", old?.customerID, request.customerID)
    comparison.field("vehicleId", old?.vehicleID, request.vehicleID)
    comparison.field("vehicleDescription", old?.vehicleDescription, request.vehicleDescription)
    comparison.choice("serviceType", old?.serviceType, request.serviceType)
    comparison.field("serviceItemId", old?.serviceItemID, request.serviceItemID)
    comparison.field("faultDescription", old?.faultDescription, request.faultDescription)
    comparison.field("wishedAt", old?.wishedAt, request.wishedAt)
    comparison.field("durationMinutes", old?.durationMinutes, request.durationMinutes)
    comparison.choice("skill", old?.skill, request.skill)
    comparison.choice("priority", old?.priority, request.priority)
    comparison.field("parts", old?.parts.map(\.text) ?? [], request.parts.map(\.text))
    comparison.field("note", old?.note, request.note)
    comparison.field("externalIds", old?.externalIDs ?? [:], request.externalIDs)
    comparison.field("proposals", before?.proposals.map(\.description) ?? [], proposals.map(\.description))
    comparison.field("startsAt", before?.booking?.startsAt, booking?.startsAt)
    comparison.field("endsAt", before?.booking?.endsAt, booking?.endsAt)
    comparison.field("bayId", before?.booking?.bayID, booking?.bayID)
    comparison.field("remindedAt", before?.remindedAt, remindedAt)
    comparison.field("workOrderId", before?.workOrderID, workOrderID)
    comparison.field("exitReason", before?.exitReason, exitReason)
    // Of personal data only that it changed.
    let isSamePerson =
      old?.contactName == request.contactName && old?.contactPhone == request.contactPhone
      && old?.plate == request.plate
    return comparison.changes + (isSamePerson ? [] : [FieldChange("contact", .null, .text("changed"))])
  }
}

/// What the customer wants, as the desk wrote it down (APT-02).
package struct AppointmentRequest: Hashable, Sendable {
  package var contactName: String
  package var contactPhone: String
  package var plate: String
  package var customerID: Customer.ID?
  package var vehicleID: Vehicle.ID?
  package var vehicleDescription: String?
  package var serviceType: WorkOrder.ServiceType
  package var serviceItemID: ServiceItem.ID?
  package var faultDescription: String?
  package var wishedAt: Timestamp?
  package var durationMinutes: Int
  package var skill: Workshop.Skill
  package var priority: Appointment.Priority
  /// What the workshop should have ready (APT-11).
  package var parts: [NeededPart]
  package var note: String?
  package var externalIDs: [String: String]

  package init(
    contactName: String, contactPhone: String, plate: String, customerID: Customer.ID?, vehicleID: Vehicle.ID?,
    vehicleDescription: String?, serviceType: WorkOrder.ServiceType, serviceItemID: ServiceItem.ID?,
    faultDescription: String?, wishedAt: Timestamp?, durationMinutes: Int, skill: Workshop.Skill,
    priority: Appointment.Priority, parts: [NeededPart], note: String?, externalIDs: [String: String]
  ) {
    self.contactName = contactName
    self.contactPhone = contactPhone
    self.plate = plate
    self.customerID = customerID
    self.vehicleID = vehicleID
    self.vehicleDescription = vehicleDescription
    self.serviceType = serviceType
    self.serviceItemID = serviceItemID
    self.faultDescription = faultDescription
    self.wishedAt = wishedAt
    self.durationMinutes = durationMinutes
    self.skill = skill
    self.priority = priority
    self.parts = parts
    self.note = note
    self.externalIDs = externalIDs
  }
}

/// A part that the booked work will need.
package struct NeededPart: Hashable, Sendable {
  package let partNumber: String
  package let description: String?
  package let quantity: Int

  package init(partNumber: String, description: String?, quantity: Int) {
    self.partNumber = partNumber
    self.description = description
    self.quantity = quantity
  }

  package var text: String { "\(partNumber) × \(quantity)" }
}

/// What a list of appointments can be narrowed by; conditions combine with and.
package struct AppointmentFilter: Hashable, Sendable {
  /// Any of these; none asks for all.
  package var states: [Appointment.State] = []
  package var stationID: Station.ID?
  package var customerID: Customer.ID?
  package var vehicleID: Vehicle.ID?
  package var priority: Appointment.Priority?
  package var startsFrom: Timestamp?
  package var startsBefore: Timestamp?
  package var createdFrom: Timestamp?
  package var createdBefore: Timestamp?
  package var number: String?

  package init() {}
}

/// A new appointment as it was asked for.
package struct AppointmentDraft: Hashable, Sendable, ExternallyIdentified {
  /// Left out: the only station of the caller.
  package let stationID: Station.ID?
  package let channel: Appointment.Channel
  package private(set) var request: AppointmentRequest
  package var externalIDs: [String: String] {
    get { request.externalIDs }
    set { request.externalIDs = newValue }
  }

  package init(stationID: Station.ID?, channel: Appointment.Channel, request: AppointmentRequest) {
    self.stationID = stationID
    self.channel = channel
    self.request = request
  }
}

extension AppointmentRequest {
  /// What is known of a visit that ends in a booking: who came, with what, for which work and parts.
  package init(_ order: WorkOrder, _ customer: Customer, _ vehicle: Vehicle, wishedAt: Timestamp?) {
    let lines = order.lines.filter(\.counts)
    let minutes = lines.reduce(0) { $0 + Int($1.price.standardHours.hundredths) * 60 / 100 }
    var quantities: [String: Int] = [:]
    for part in lines.flatMap(\.parts) { quantities[part.partNumber, default: 0] += part.quantity }
    let header = order.header
    self.init(
      contactName: header.contact?.name ?? customer.profile.name,
      contactPhone: header.contact?.phone ?? customer.profile.phone,
      plate: vehicle.profile.plate ?? vehicle.vin.description, customerID: header.customerID,
      vehicleID: header.vehicleID, vehicleDescription: nil, serviceType: header.serviceType, serviceItemID: nil,
      faultDescription: header.summary, wishedAt: wishedAt,
      // Full half hours, and a day at most.
      durationMinutes: min(max((minutes + 29) / 30, 1) * 30, 1440), skill: .general, priority: .normal,
      parts: quantities.sorted { $0.key < $1.key }.prefix(100).map {
        NeededPart(partNumber: $0.key, description: nil, quantity: $0.value)
      }, note: header.note, externalIDs: [:])
  }
}
