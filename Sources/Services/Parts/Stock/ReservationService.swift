package import Domain
package import Repositories

/// Reservations for work orders, appointments and transfers (domain.md section 11).
package struct ReservationService: LifecycleService {
  package typealias Document = Reservation
  package typealias Filter = ReservationFilter
  package typealias Store = ReservationRepository

  package static let reading = Permission.reservationsRead
  package static let noting = Permission.reservationsWrite
  /// How many expire in one transaction.
  package static let stepSize = 100
  package let work: UnitOfWork
  private let stock: StockBook

  package init(_ work: UnitOfWork, stock: StockBook) {
    self.work = work
    self.stock = stock
  }

  /// - Throws: `insufficient-stock` when less than that is free.
  package func create(_ draft: ReservationDraft, _ command: Command<Reservation>) async throws -> Answer {
    try await work.perform(command, .reservationsWrite) { tx in
      let place = try await stock.place(draft.locationID, at: "#/locationId", command, in: tx)
      let numbers = try await tx.partNumbers([draft.partID]) { _ in "#/partId" }
      if let expiresAt = draft.expiresAt, expiresAt <= command.at {
        throw Refusal.invalid("#/expiresAt", .outOfRange, "must be later than now")
      }
      switch draft.purpose {
      case .workOrder(let id):
        guard let order = try await tx.run(WorkOrderRepository.find(.id(id), in: command.caller.scope)),
          order.stationID == place.stationID
        else { throw Refusal.invalid("#/workOrderId", .notFound, "there is no such order at this station") }
      case .appointment(let id):
        // Locked, so that it does not end between the look and the reservation.
        guard let appointment = try await tx.run(AppointmentRepository.lock(.id(id), in: command.caller.scope)),
          appointment.stationID == place.stationID
        else { throw Refusal.invalid("#/appointmentId", .notFound, "there is no such appointment at this station") }
        switch appointment.state {
        case .requested, .negotiating, .confirmed, .checkedIn: break
        case .noShow, .cancelled:
          throw Refusal.invalid(
            "#/appointmentId", .inconsistent, "the appointment is \(appointment.state.rawValue)")
        }
      case .transfer(let to):
        _ = try await stock.place(to, at: "#/toLocationId", command, in: tx)
      case .partsOrder: break
      }
      return try await stock.reserve(
        draft, from: place, partNumber: numbers[draft.partID] ?? "", command, in: tx)
    }
  }

  /// Gives back what it still holds. A parts order that counted on it waits for stock again (PO-11).
  package func release(
    _ reference: Reference<Reservation>, reason: String?, _ command: Command<Reservation>
  ) async throws -> Answer {
    try await work.perform(command, try Reservation.lifecycle.permission(for: .release)) { tx in
      let order = try await countingOn(reference, command, in: tx)
      let before = try await load(reference, command, in: tx)
      var reservation = before
      let row = try reservation.release(reason, at: command.at, by: command.caller.subject)
      if let order { try await takeBack(before, from: order, reason: reason, command, in: tx) }
      return save(reservation, over: before, Effects(row, reason: reason), command, in: tx)
    }
  }

  /// The parts order for which it is held, which never changes, locked: whoever moves an order has it locked before he touches what
  /// it holds. Of a transfer it is another station's than the store.
  private func countingOn(
    _ reference: Reference<Reservation>, _ command: Command<Reservation>, in tx: Transaction
  ) async throws -> PartsOrder? {
    let held = try await tx.run(ReservationRepository.find(reference, in: command.caller.scope))
    guard let id = held?.purpose.partsOrderID else { return nil }
    let order = Reference<PartsOrder>.id(PartsOrder.ID(id))
    return try await tx.within(.network, of: command.caller) {
      try await PartsOrderRepository.whole(
        PartsOrderRepository.lock(order, in: .network), order, in: .network, through: tx)
    }
  }

  private func takeBack(
    _ held: Reservation, from before: PartsOrder, reason: String?, _ command: Command<Reservation>, in tx: Transaction
  ) async throws {
    try await tx.within(.network, of: command.caller) {
      var order = before
      var rest = held.outstanding
      for line in before.lines where line.partID == held.partID {
        let given = min(rest, line.allocated)
        order.yield(given, of: line.number)
        rest -= given
      }
      if order.lines == before.lines { return }
      order = order.revised(by: command.caller, at: command.at)
      for statement in PartsOrderRepository.save(order, over: before) { tx.enqueue(statement) }
      tx.record(
        Effects(
          ["partsOrder.allocationTaken"], reason: reason,
          data: [
            "partNumber": .text(held.partNumber), "quantity": .integer(Int64(held.outstanding - rest)),
            "for": .text(held.number),
          ]
        ).events(of: order, from: before), by: command)
    }
  }

  /// The other side of a transfer expects what is still held, and nothing more.
  package func accompany(_ document: Reservation, over before: Reservation?, in tx: Transaction) {
    stock.follow(document, over: before, in: tx)
  }

  /// Ends those whose time is over. What is held for an order in the workshop goes on instead, however long the order waits for
  /// other parts (PRT-11), and what a parts order counts on until it is shipped or cancelled (PO-06); what somebody works on is
  /// left to the next time.
  /// - Returns: how many it ended or renewed.
  package func expire(at instant: Timestamp, in tx: Transaction) async throws -> Int {
    let due = try await tx.run(ReservationRepository.due(at: instant, limit: Self.stepSize))
    let orders = Dictionary(
      try await tx.run(ReservationRepository.orders(of: due.map(\.id))), uniquingKeysWith: { first, _ in first })
    // Orders before levels, and without waiting: whoever moves an order has it locked before he touches what it holds.
    let states = Dictionary(
      try await tx.run(ReservationRepository.holdStill(Array(Set(orders.values)))),
      uniquingKeysWith: { first, _ in first })
    let command = Command<Reservation>(
      caller: .system, requestID: "expireReservations", at: instant, precondition: .any, idempotency: nil,
      present: { _ in Answer(status: 204) })
    var terms: [Station.ID?: Timestamp] = [:]
    var changes: [(before: Reservation, after: Reservation, event: String)] = []
    for before in due.sorted(by: { $0.id.description < $1.id.description }) {
      let order = orders[before.id]
      let state = order.flatMap { states[$0] }
      if order != nil, state == nil { continue }
      var reservation = before
      if before.purpose.partsOrderID != nil {
        reservation.renew(until: StockBook.promised(from: instant))
        changes.append((before, reservation, "reservation.renewed"))
      } else if let state, WorkOrderLifecycle.keepsParts.contains(state) {
        if terms[before.stationID] == nil {
          terms[before.stationID] = try await stock.term(at: before.stationID, from: instant, in: tx)
        }
        reservation.renew(until: terms[before.stationID] ?? instant)
        changes.append((before, reservation, "reservation.renewed"))
      } else {
        reservation.expire(at: instant)
        changes.append((before, reservation, "reservation.expired"))
      }
    }
    tx.enqueue(RecordTime.write(at: instant))
    for change in changes { _ = save(change.after, over: change.before, Effects([change.event]), command, in: tx) }
    return changes.count
  }
}

/// The job by which reservations run out.
package struct ReservationSweep: Sendable {
  private let leases: WorkerLeaseService
  private let reservations: ReservationService
  private let clock: WallClock

  package init(_ leases: WorkerLeaseService, reservations: ReservationService, clock: WallClock) {
    self.leases = leases
    self.reservations = reservations
    self.clock = clock
  }

  /// - Returns: whether there may be more.
  package func expire(under lease: WorkerLease) async throws -> Bool {
    let now = clock.now()
    return try await leases.step(under: lease) { tx in
      try await reservations.expire(at: now, in: tx) == ReservationService.stepSize
    }
  }
}
