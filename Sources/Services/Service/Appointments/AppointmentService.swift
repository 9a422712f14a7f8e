package import Domain
package import Repositories

/// Appointments (SM-2): from the customer's wish to his arrival.
package struct AppointmentService: LifecycleService {
  package typealias Document = Appointment
  package typealias Filter = AppointmentFilter
  package typealias Store = AppointmentRepository

  package static let reading = Permission.appointmentsRead
  package static let noting = Permission.appointmentsWrite
  package let work: UnitOfWork
  private let orders: WorkOrderService

  package init(_ work: UnitOfWork, orders: WorkOrderService) {
    self.work = work
    self.orders = orders
  }

  // MARK: Asking

  package func create(_ draft: AppointmentDraft, _ command: Command<Appointment>) async throws -> Answer {
    try await work.perform(command, .appointmentsWrite) { tx in
      let stationID = try command.caller.scope.station(naming: draft.stationID)
      return try await open(
        draft.request, at: stationID, through: draft.channel, from: nil, command, in: tx)
    }
  }

  /// Changes what was asked for, while no bay is kept for it.
  package func update(
    _ reference: Reference<Appointment>, _ command: Command<Appointment>,
    _ edit: (inout AppointmentRequest) throws -> Void
  ) async throws -> Answer {
    try await change(reference, .appointmentsWrite, "appointment.updated", command) { appointment, tx in
      let before = appointment.request
      try edit(&appointment.request)
      try await Self.requireEditable(appointment, over: before, command, in: tx)
    }
  }

  /// Makes what was asked for what another system says; the channel stays. The life cycle moves by actions only.
  package func upsert(
    _ key: ExternalKey, _ draft: AppointmentDraft, _ command: Command<Upserted<Appointment>>
  ) async throws -> Answer {
    try command.caller.require(.appointmentsWrite)
    let station = try command.caller.scope.station(naming: draft.stationID)
    return try await upsert(key, at: station, natural: nil, .appointmentsWrite, command) { tx in
      try await open(
        try draft.identified(by: key, beside: [:]).request, at: station, through: draft.channel, from: nil, command,
        in: tx)
    } rewrite: { appointment, tx in
      let before = appointment.request
      appointment.request = try draft.identified(by: key, beside: before.externalIDs).request
      try await Self.requireEditable(appointment, over: before, command, in: tx)
    }
  }

  private static func requireEditable<Output>(
    _ appointment: Appointment, over before: AppointmentRequest, _ command: Command<Output>, in tx: Transaction
  ) async throws {
    if appointment.request == before { return }
    switch appointment.state {
    case .requested, .negotiating: break
    case .confirmed:
      let (old, new) = (before, appointment.request)
      if (old.durationMinutes, old.skill, old.priority) != (new.durationMinutes, new.skill, new.priority) {
        throw Refusal.conflict(
          code: "appointment-not-editable", detail: "A bay is kept for it; reschedule it first.",
          .state(appointment.state))
      }
    case .checkedIn, .noShow, .cancelled:
      throw Refusal.conflict(
        code: "appointment-not-editable", detail: "The appointment is over.", .state(appointment.state))
    }
    // Who sees his own alone does not let a booking slip out of his own sight.
    if command.caller.scope.holder != nil, before.customerID != nil, appointment.request.customerID == nil {
      throw Refusal.invalid("#/customerId", .required, "the booking stays its customer's")
    }
    try await check(appointment.request, at: appointment.stationID, wished: before.wishedAt, command, in: tx)
  }

  /// A new appointment with its event: asked for directly, or what a work order becomes (WO-02).
  func open<Output>(
    _ request: AppointmentRequest, at stationID: Station.ID, through channel: Appointment.Channel,
    from order: WorkOrder.ID?, _ command: Command<Output>, in tx: Transaction
  ) async throws -> Appointment {
    let (station, number) = try await tx.run(
      StationRepository.find(.id(stationID), in: command.caller.scope),
      DocumentNumberRepository.next(.appointment, station: stationID, at: command.at))
    guard let station, let number else {
      throw Refusal.invalid("#/stationId", .notFound, "there is no such station")
    }
    if station.state == .terminated {
      throw Refusal.conflict(
        code: "station-terminated", detail: "The station no longer receives vehicles.",
        .conflict(.station, station.id, station.code, state: station.state.rawValue))
    }
    try await Self.check(request, at: stationID, wished: nil, command, in: tx)
    let appointment = Appointment(
      id: .new(at: command.at), number: number, stationID: stationID, channel: channel, sourceOrderID: order,
      state: .requested, version: 1, stamp: RecordStamp(by: command.caller, at: command.at), request: request)
    return insert(
      appointment,
      Effects(["appointment.requested"], data: order.map { ["workOrderId": .text($0.description)] } ?? [:]), command,
      in: tx)
  }

  // MARK: Agreeing

  package func negotiate(
    _ reference: Reference<Appointment>, _ proposals: [Timestamp], note: String?, _ command: Command<Appointment>
  ) async throws -> Answer {
    try await act(reference, .negotiate, reason: note, command) { appointment, _ in
      try appointment.negotiate(proposals, at: command.at, by: command.caller.subject)
    }
  }

  /// Keeps a bay, the only way to one. Bookings of a station follow each other behind the lock of its workshop, and the
  /// database refuses what would overlap however it came there (APT-03).
  ///
  /// - Parameter startsAt: `nil`: as wished.
  /// - Throws: `conflict` with `not-a-slot`, `slot-taken`.
  package func confirm(
    _ reference: Reference<Appointment>, startsAt: Timestamp?, _ command: Command<Appointment>
  ) async throws -> Answer {
    try await perform(reference, .confirm, command) { appointment, tx in
      guard let start = startsAt ?? appointment.request.wishedAt else {
        throw Refusal.invalid("#/startsAt", .required, "is required where no time was wished")
      }
      // What the state forbids is said before what the workshop forbids.
      _ = try Appointment.lifecycle.permit(.confirm, on: appointment, by: command.caller.subject)
      if start <= command.at { throw Refusal.invalid("#/startsAt", .outOfRange, "must lie in the future") }
      let (_, room) = try await tx.run(
        WorkshopRepository.lock(appointment.stationID),
        WorkshopRepository.room(at: start, for: appointment.request, in: appointment.stationID))
      guard room.isSlot else {
        throw Refusal.conflict(
          code: "not-a-slot", detail: "The workshop does not begin work of this length at \(start).", .startsAt(start))
      }
      guard let bay = room.bay else {
        throw Refusal.conflict(
          code: "slot-taken", detail: "No bay for this work is free at \(start).", .startsAt(start))
      }
      let end = start.adding(seconds: Int64(appointment.request.durationMinutes) * 60)
      let row = try appointment.confirm(
        .init(bayID: bay, startsAt: start, endsAt: end), by: command.caller.subject)
      return Effects(
        row,
        data: [
          "bayId": .text(bay.description), "startsAt": .text(start.description), "endsAt": .text(end.description),
          "parts": .list(
            appointment.request.parts.map {
              .object(["partNumber": .text($0.partNumber), "quantity": .integer(Int64($0.quantity))])
            }),
        ])
    }
  }

  /// Gives the bay back.
  package func reschedule(
    _ reference: Reference<Appointment>, _ proposals: [Timestamp], reason: String?, _ command: Command<Appointment>
  ) async throws -> Answer {
    try await act(reference, .reschedule, reason: reason, command) { appointment, _ in
      try appointment.reschedule(proposals, reason: reason, at: command.at, by: command.caller.subject)
    }
  }

  // MARK: Ending

  /// What reception adds when the customer is there.
  package struct Arrival: Sendable {
    package let customerID: Customer.ID?
    package let vehicleID: Vehicle.ID?
    package let summary: String?

    package init(customerID: Customer.ID?, vehicleID: Vehicle.ID?, summary: String?) {
      self.customerID = customerID
      self.vehicleID = vehicleID
      self.summary = summary
    }
  }

  /// The customer has come: a work order is opened with what was agreed, in the same transaction.
  package func checkIn(
    _ reference: Reference<Appointment>, _ arrival: Arrival, _ command: Command<Appointment>
  ) async throws -> Answer {
    try await perform(reference, .checkIn, command) { appointment, tx in
      _ = try Appointment.lifecycle.permit(.checkIn, on: appointment, by: command.caller.subject)
      let request = appointment.request
      guard let customer = arrival.customerID ?? request.customerID else {
        throw Refusal.invalid("#/customerId", .required, "is required where the appointment names no customer")
      }
      let needed = request.parts.map(\.text).joined(separator: ", ")
      let (item, jobs) = try await booked(request.serviceItemID, command, in: tx)
      let price = item?.content.price.map { "\(DecimalString.text(hundredths: $0.minor)) \($0.currency.rawValue)" }
      let notes = [
        request.note, needed.isEmpty ? nil : "Parts for \(appointment.number): \(needed)",
        price.map { "Booked at a fixed price: \(item?.content.name ?? "") \($0)" },
      ].compactMap(\.self)
      let draft = WorkOrderDraft(
        stationID: appointment.stationID,
        header: WorkOrderHeader(
          customerID: customer, vehicleID: arrival.vehicleID ?? request.vehicleID, mode: .workshop,
          serviceType: request.serviceType,
          summary: arrival.summary ?? request.faultDescription ?? "\(appointment.number)",
          note: notes.isEmpty ? nil : notes.joined(separator: "\n"),
          contact: WorkOrderContact(name: request.contactName, phone: request.contactPhone), externalIDs: [:]),
        lines: jobs)
      let order = try await orders.open(
        draft, reworkOf: nil, type: "workOrder.received", command, in: tx)
      let row = try appointment.checkIn(order, by: command.caller.subject)
      return Effects(
        row, data: ["workOrderId": .text(order.id.description), "workOrderNumber": .text(order.number)])
    }
  }

  /// The customer has not come; the workshop's time of grace must be over. The parts that waited for him are free again (APT-11).
  package func miss(
    _ reference: Reference<Appointment>, reason: String?, _ command: Command<Appointment>
  ) async throws -> Answer {
    try await act(reference, .noShow, reason: reason, command) { appointment, tx in
      let grace = try await tx.run(WorkshopRepository.lock(appointment.stationID)) ?? Workshop.unknown.graceMinutes
      let row = try appointment.miss(
        graceMinutes: grace, reason: reason, at: command.at, by: command.caller.subject)
      try await orders.stock.releaseAll(for: appointment, reason: "noShow", command, in: tx)
      return row
    }
  }

  package func cancel(
    _ reference: Reference<Appointment>, reason: String, _ command: Command<Appointment>
  ) async throws -> Answer {
    try await act(reference, .cancel, reason: reason, command) { appointment, tx in
      let row = try appointment.cancel(reason: reason, by: command.caller.subject)
      try await orders.stock.releaseAll(for: appointment, reason: "cancelled", command, in: tx)
      return row
    }
  }

  /// What was booked, as jobs that the technician finds on the order (WO-23): one for each labour operation of the service item, with
  /// the hours of the vehicle's model. What it costs is quoted and authorised as any job.
  private func booked<Output>(
    _ id: ServiceItem.ID?, _ command: Command<Output>, in tx: Transaction
  ) async throws -> (ServiceItem?, [JobLineDraft]) {
    guard let id, let item = try await tx.run(ServiceItemRepository.find(.id(id), in: command.caller.scope)) else {
      return (nil, [])
    }
    let operations = try await tx.run(
      LabourOperationRepository.all(Set(item.content.operations), in: command.caller.scope))
    let byID = Dictionary(operations.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    let jobs = item.content.operations.compactMap { byID[$0] }.map { operation in
      JobLineDraft(
        work: JobWork(description: operation.content.name, labourOperationCode: operation.code), standardHours: nil,
        labourRate: nil, sublet: nil, travel: nil, split: nil, parts: [])
    }
    return (item, jobs)
  }

  // MARK: Shared

  /// Whether what the request refers to is there.
  private static func check<Output>(
    _ request: AppointmentRequest, at station: Station.ID, wished before: Timestamp?, _ command: Command<Output>,
    in tx: Transaction
  ) async throws {
    var violations: [Violation] = []
    if let wished = request.wishedAt, wished != before, wished <= command.at {
      violations.append(
        Violation(pointer: "#/wishedAt", code: .outOfRange, detail: "must lie in the future"))
    }
    if let id = request.customerID {
      let customer = try await tx.run(CustomerRepository.find(.id(id), in: command.caller.scope))
      // Who speaks for a customer books for no other.
      let isOwn = command.caller.scope.holder.map { $0.customers.contains(id) } ?? true
      if !isOwn || customer?.stationID != station || customer?.state != .active {
        violations.append(
          Violation(pointer: "#/customerId", code: .notFound, detail: "there is no such customer at this station"))
      }
    }
    if let id = request.vehicleID,
      try await tx.run(VehicleRepository.find(.id(id), in: command.caller.scope)) == nil
    {
      violations.append(Violation(pointer: "#/vehicleId", code: .notFound, detail: "there is no such vehicle"))
    }
    if let id = request.serviceItemID,
      try await tx.run(ServiceItemRepository.find(.id(id), in: command.caller.scope)) == nil
    {
      violations.append(Violation(pointer: "#/serviceItemId", code: .notFound, detail: "there is no such service item"))
    }
    if !violations.isEmpty { throw Refusal.invalid(violations) }
  }
}
