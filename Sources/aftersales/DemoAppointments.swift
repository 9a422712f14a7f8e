import Domain
import FoundationEssentials
import Services

/// Who comes to the workshops of the demo in the next days.
struct DemoAppointments {
  private let services: Composition
  private let data: DemoData
  private let ground: DemoGround
  /// Midnight in UTC, eight in the morning at the stations.
  private let today: Timestamp
  private let now: Timestamp

  init(_ services: Composition, _ data: DemoData, _ ground: DemoGround, today: Timestamp, now: Timestamp) {
    self.services = services
    self.data = data
    self.ground = ground
    self.today = today
    self.now = now
  }

  func load() async throws {
    for station in data.network.stations {
      let id = try demoValue(ground.stations[station.code], "no station \(station.code)")
      let customers = data.customers.customers.filter { $0.station == station.code }.prefix(3)
      for (place, customer) in customers.enumerated() { try await book(customer, place, at: id) }
    }
  }

  /// The first comes tomorrow, the second was offered another time, the third has only asked.
  private func book(_ customer: DemoData.Customer, _ place: Int, at station: Station.ID) async throws {
    let known = try demoValue(ground.customers[customer.key], "no customer \(customer.key)")
    let adviser = try ground.person(.stAdviser, at: station)
    let start = today.adding(seconds: Int64(place + 1) * 86_400 + 2 * 3600)
    let draft = AppointmentDraft(
      stationID: station, channel: place == 1 ? .online : .phone,
      request: AppointmentRequest(
        contactName: customer.name, contactPhone: customer.phone, plate: "演示\(customer.key)", customerID: known.id,
        vehicleID: known.vehicle, vehicleDescription: nil, serviceType: .maintenance, serviceItemID: nil,
        faultDescription: "定期保养 Regular service", wishedAt: start, durationMinutes: 60, skill: .general,
        priority: .normal, parts: [NeededPart(partNumber: "P-OIL-4L", description: "机油 Oil", quantity: 1)], note: nil,
        externalIDs: [:]))
    let id: Appointment.ID = try DemoWriter.identity(
      await services.appointments.create(
        draft, DemoWriter.command(adviser, "appointment-\(customer.key)", at: now) { $0.id.description }))
    switch place {
    case 0:
      _ = try await services.appointments.confirm(
        .id(id), startsAt: nil, DemoWriter.command(adviser, "confirm-\(customer.key)", at: now) { _ in "" })
    case 1:
      _ = try await services.appointments.negotiate(
        .id(id), [start.adding(seconds: 3 * 3600)], note: "上午已约满 The morning is booked out",
        DemoWriter.command(adviser, "negotiate-\(customer.key)", at: now) { _ in "" })
    default: break
    }
  }
}
