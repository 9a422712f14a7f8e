package import Domain
package import FoundationEssentials
package import Repositories

/// The one way in which stock moves and is held (domain.md section 11). Everything happens in the transaction of the document that
/// causes it; the database keeps the levels and refuses what would make one negative.
///
/// A place of another scope than the caller's is never reached here: a service that moves stock between two stations does so
/// within the scope of both (`Transaction.within`).
package struct StockBook: Sendable {
  private let policies: PolicyBook

  package init(_ policies: PolicyBook) { self.policies = policies }

  // MARK: Places

  /// The store of a station; `nil`: it keeps no stock in this product.
  package func store<Output>(
    of station: Station.ID, _ command: Command<Output>, in tx: Transaction
  ) async throws -> StockLocation? {
    try await tx.run(StockLocationRepository.store(of: station, in: command.caller.scope))
  }

  /// The store of a station that must have one.
  /// - Throws: `Refusal.conflict` with `no-store`.
  package func requireStore<Output>(
    of station: Station.ID, _ command: Command<Output>, in tx: Transaction
  ) async throws -> StockLocation {
    guard let store = try await store(of: station, command, in: tx) else {
      throw Refusal.conflict(
        code: "no-store", detail: "The station keeps no stock here: it has no store yet.", .stationID(station))
    }
    return store
  }

  /// A place whose stock the caller may move.
  /// - Throws: `Refusal.invalid` at `pointer` for one that is not there or not within his scope.
  package func place<Output>(
    _ id: StockLocation.ID, at pointer: String, _ command: Command<Output>, in tx: Transaction
  ) async throws -> StockLocation {
    let scope = command.caller.scope
    guard let place = try await tx.run(StockLocationRepository.find(.id(id), in: scope)), scope.covers(place.stationID)
    else { throw Refusal.invalid(pointer, .notFound, "there is no such warehouse") }
    return place
  }

  /// What lies there; `nil`: the part never did.
  package func level<Output>(
    _ location: StockLocation.ID, _ part: Part.ID, _ command: Command<Output>, in tx: Transaction
  ) async throws -> StockLevel? {
    try await tx.run(StockLevelRepository.level(location, part, in: command.caller.scope))
  }

  /// Whether the part ever came into the station's store, by a delivery or a transfer.
  package func everReceived(_ part: Part.ID, at station: Station.ID, in tx: Transaction) async throws -> Bool {
    try await tx.run(StockMovementRepository.everReceived(part, at: station))
  }

  // MARK: Movements

  /// Queues movements, in one order whoever asks, so that two askers cannot wait for each other.
  /// - Returns: their identities, in the order of the drafts.
  /// - Throws: with the next statement `insufficient-stock`, `stock-frozen`, `stock-currency`.
  @discardableResult
  package func move<Output>(
    _ movements: [StockMovement.Draft], _ command: Command<Output>, in tx: Transaction
  ) -> [StockMovement.ID] {
    let identified = movements.map { ($0.id ?? .new(at: command.at), $0) }
    let author = RecordStamp.Author(command.caller)
    for (id, draft) in identified.sorted(by: Self.order) {
      tx.enqueue(
        StockMovementRepository.append(draft, id: id, by: author, requestID: command.requestID, at: command.at)
      ) { _ in }
    }
    return identified.map(\.0)
  }

  private static func order(
    _ left: (StockMovement.ID, StockMovement.Draft), _ right: (StockMovement.ID, StockMovement.Draft)
  ) -> Bool {
    (left.1.locationID.description, left.1.partID.description, left.0.description)
      < (right.1.locationID.description, right.1.partID.description, right.0.description)
  }

  /// Takes a part from one place to another, with what it cost there, both sides in one transaction.
  /// - Parameter reservation: what was held for it at the place that it leaves.
  /// - Returns: the movement that goes out.
  package func transfer<Output>(
    _ part: Part.ID, quantity: Int, from: StockLocation, to: StockLocation, reservation: Reservation.ID?,
    reason: String?, _ command: Command<Output>, in tx: Transaction
  ) async throws -> StockMovement.ID {
    if let reservation { try await use(reservation, of: part, quantity, from: from, to: to, command, in: tx) }
    tx.enqueue(StockLevelRepository.lock([(from.id, part), (to.id, part)], at: command.at))
    let (out, into) = (StockMovement.ID.new(at: command.at), StockMovement.ID.new(at: command.at))
    move(
      [
        StockMovement.Draft(
          locationID: from.id, partID: part, kind: .transferOut, quantity: quantity, counterpartID: into,
          reason: reason, id: out)
      ], command, in: tx)
    let cost = try await tx.run(StockMovementRepository.cost(of: out))
    move(
      [
        StockMovement.Draft(
          locationID: to.id, partID: part, kind: .transferIn, quantity: quantity, cost: cost, counterpartID: out,
          reason: reason, id: into)
      ], command, in: tx)
    return out
  }

  /// Takes what a reservation holds for the transfer.
  private func use<Output>(
    _ id: Reservation.ID, of part: Part.ID, _ quantity: Int, from: StockLocation, to: StockLocation,
    _ command: Command<Output>, in tx: Transaction
  ) async throws {
    guard let before = try await tx.run(ReservationRepository.lock(.id(id), in: command.caller.scope)),
      before.locationID == from.id, before.partID == part, before.purpose == .transfer(to: to.id)
    else { throw Refusal.invalid("#/reservationId", .notFound, "there is no such reservation for this transfer") }
    var held = before
    if held.issue(quantity, at: command.at) < quantity {
      throw Refusal.conflict(
        code: "reservation-exceeded", detail: "The reservation \(before.number) holds \(before.outstanding).",
        .conflict(.reservation, before.id, before.number, state: before.state.rawValue), .available(before.outstanding),
        .requested(quantity))
    }
    held = held.revised(by: command.caller, at: command.at)
    let type = held.state == .fulfilled ? "reservation.fulfilled" : "reservation.issued"
    save(held, over: before, Effects([type]), command, in: tx)
  }

  /// What a line of a document will still bring to a place (on order); 0: nothing more. Said anew with every change of the
  /// line, so it may be said twice.
  package func expect<Output>(
    _ quantity: Int, of part: Part.ID, at location: StockLocation.ID, source: StockMovement.Source,
    _ command: Command<Output>, in tx: Transaction
  ) {
    tx.enqueue(
      StockLevelRepository.expect(
        part, at: location, quantity: quantity, source: source, id: StockMovement.ID.new(at: command.at).uuid,
        at: command.at))
  }

  // MARK: Reservations

  /// Holds stock back. A transfer is expected at the other side in the same transaction.
  /// - Throws: `insufficient-stock` when less than that is free.
  package func reserve<Output>(
    _ draft: ReservationDraft, from place: StockLocation, partNumber: String, _ command: Command<Output>,
    in tx: Transaction
  ) async throws -> Reservation {
    let standard = draft.expiresAt == nil ? try await term(at: place.stationID, from: command.at, in: tx) : nil
    let reservation = Reservation(
      id: .new(at: command.at), number: try await tx.number(.reservation, at: place.stationID, on: command.at),
      locationID: place.id, stationID: place.stationID, partID: draft.partID, partNumber: partNumber, state: .active,
      quantity: draft.quantity, issued: 0, purpose: draft.purpose, expiresAt: draft.expiresAt ?? standard ?? command.at,
      endedAt: nil,
      endReason: nil, version: 1, stamp: RecordStamp(by: command.caller, at: command.at))
    save(reservation, over: nil, Effects(["reservation.created"]), command, in: tx)
    return reservation
  }

  /// Until when something is held that is held from now on (policy `partsOrders`).
  func term(at station: Station.ID?, from instant: Timestamp, in tx: Transaction) async throws -> Timestamp {
    let terms = try await policies.current(PartsOrdersPolicy.self, at: station, instant, in: tx).body
    return instant.adding(seconds: Int64(terms.reservationHours) * 3600)
  }

  /// Until when a parts order's is held; it is renewed then, for the order has it until it is shipped or cancelled.
  static func promised(from instant: Timestamp) -> Timestamp { instant.adding(seconds: 366 * 86_400) }

  /// Gives back what active reservations of a document hold of a part; the first to run out first.
  package func release<Output>(
    _ part: Part.ID, at location: StockLocation.ID, for documents: [UUID], reason: String, _ command: Command<Output>,
    in tx: Transaction
  ) async throws {
    let held = try await tx.run(
      ReservationRepository.active(part, at: location, for: documents, in: command.caller.scope))
    for before in held { try end(before, reason: reason, command, in: tx) }
  }

  /// Queues the end of a locked reservation.
  func end<Output>(
    _ before: Reservation, reason: String, _ command: Command<Output>, in tx: Transaction
  ) throws {
    var reservation = before
    _ = try reservation.release(reason, at: command.at, by: command.caller.subject)
    reservation = reservation.revised(by: command.caller, at: command.at)
    save(reservation, over: before, Effects(["reservation.released"]), command, in: tx)
  }

  /// Issues stock to a document: first what is held for it, then what is free.
  /// - Parameters:
  ///   - documents: for whom it may be held; what was held for the appointment of a work order is the order's.
  ///   - most: how much of what is held may be taken, where the rest is another line's; `nil`: all of it.
  /// - Throws: `insufficient-stock`, with the next statement.
  @discardableResult
  package func issue<Output>(
    _ movement: StockMovement.Draft, heldFor documents: [UUID], atMost most: Int? = nil, _ command: Command<Output>,
    in tx: Transaction
  ) async throws -> StockMovement.ID {
    var wanted = min(movement.quantity, most ?? movement.quantity)
    let held = try await tx.run(
      ReservationRepository.active(movement.partID, at: movement.locationID, for: documents, in: command.caller.scope))
    for before in held where wanted > 0 {
      var reservation = before
      wanted -= reservation.issue(wanted, at: command.at)
      reservation = reservation.revised(by: command.caller, at: command.at)
      let type = reservation.state == .fulfilled ? "reservation.fulfilled" : "reservation.issued"
      save(reservation, over: before, Effects([type]), command, in: tx)
    }
    return move([movement], command, in: tx)[0]
  }

  // MARK: Work orders

  /// Takes back what was issued for a part that is taken off a job, at the cost with which it left. A part that the store does not
  /// keep was bought in for the job and was never booked; nor was what the customer brought.
  func takeBack<Output>(
    _ part: JobPart, from line: Int, of order: WorkOrder, _ command: Command<Output>, in tx: Transaction
  ) async throws {
    guard let level = try await kept(part, of: order, command, in: tx) else { return }
    let issued = try await tx.run(
      StockMovementRepository.issued(level.partID, from: level.locationID, to: order.id.uuid, line: line))
    let quantity = min(part.quantity, issued.quantity)
    guard quantity > 0 else { return }
    try await takeBack(
      level.partID, quantity: quantity, into: level.locationID, from: order, line: line, reason: nil, command, in: tx)
  }

  /// - Throws: `Refusal.conflict` with `not-issued` for more than was issued and did not come back.
  @discardableResult
  func takeBack<Output>(
    _ part: Part.ID, quantity: Int, into location: StockLocation.ID, from order: WorkOrder, line: Int, reason: String?,
    _ command: Command<Output>, in tx: Transaction
  ) async throws -> StockMovement.ID {
    let issued = try await tx.run(
      StockMovementRepository.issued(part, from: location, to: order.id.uuid, line: line))
    guard quantity <= issued.quantity else {
      throw Refusal.conflict(
        code: "not-issued",
        detail: "Only \(issued.quantity) of the part were issued for the line and not brought back.",
        .available(issued.quantity), .requested(quantity), .line(line), .partID(part))
    }
    let (whole, rest) = issued.cost.minor.quotientAndRemainder(dividingBy: Int64(issued.quantity))
    let minor = whole * Int64(quantity) + rest * Int64(quantity) / Int64(issued.quantity)
    return move(
      [
        StockMovement.Draft(
          locationID: location, partID: part, kind: .issueReturn, quantity: quantity,
          cost: Money(minor: minor, currency: issued.cost.currency), source: Self.source(order, line), reason: reason)
      ], command, in: tx)[0]
  }

  private func kept<Output>(
    _ part: JobPart, of order: WorkOrder, _ command: Command<Output>, in tx: Transaction
  ) async throws -> StockLevel? {
    switch part.origin {
    case .customerSupplied: nil
    case .oem, .certifiedSubstitute:
      try await tx.run(StockLevelRepository.kept(part.partNumber, at: order.stationID, in: command.caller.scope))
    }
  }

  static func source(_ order: WorkOrder, _ line: Int) -> StockMovement.Source {
    StockMovement.Source(resource: .workOrder, id: order.id.uuid, number: order.number, line: line)
  }

  /// Queues a reservation's statements and events, and what the other side of a transfer expects.
  private func save<Output>(
    _ after: Reservation, over before: Reservation?, _ effects: Effects, _ command: Command<Output>, in tx: Transaction
  ) {
    for statement in ReservationRepository.save(after, over: before) { tx.enqueue(statement) { _ in } }
    follow(after, over: before, in: tx)
    tx.record(effects.events(of: after, from: before), by: command)
  }

  /// The other side of a transfer expects what is still held, and nothing more.
  func follow(_ after: Reservation, over before: Reservation?, in tx: Transaction) {
    guard let destination = after.purpose.destinationID, after.outstanding != (before?.outstanding ?? 0) else { return }
    let instant = after.stamp.updatedAt
    tx.enqueue(
      StockLevelRepository.expect(
        after.partID, at: destination, quantity: after.outstanding,
        source: StockMovement.Source(resource: .reservation, id: after.id.uuid, number: after.number),
        id: StockMovement.ID.new(at: instant).uuid, at: instant))
  }
}
