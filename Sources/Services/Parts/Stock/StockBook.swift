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
    var expiresAt = draft.expiresAt
    if expiresAt == nil {
      let terms = try await policies.current(PartsOrdersPolicy.self, at: place.stationID, command.at, in: tx).body
      expiresAt = command.at.adding(seconds: Int64(terms.reservationHours) * 3600)
    }
    let reservation = Reservation(
      id: .new(at: command.at), number: try await tx.number(.reservation, at: place.stationID, on: command.at),
      locationID: place.id, stationID: place.stationID, partID: draft.partID, partNumber: partNumber, state: .active,
      quantity: draft.quantity, issued: 0, purpose: draft.purpose, expiresAt: expiresAt ?? command.at, endedAt: nil,
      endReason: nil, version: 1, stamp: RecordStamp(by: command.caller, at: command.at))
    save(reservation, over: nil, Effects(["reservation.created"]), command, in: tx)
    return reservation
  }

  /// Gives back what active reservations of a document hold of a part; the first to run out first.
  package func release<Output>(
    _ part: Part.ID, at location: StockLocation.ID, for documents: [UUID], reason: String, _ command: Command<Output>,
    in tx: Transaction
  ) async throws {
    let held = try await tx.run(
      ReservationRepository.active(part, at: location, for: documents, in: command.caller.scope))
    for before in held {
      var reservation = before
      _ = try reservation.release(reason, at: command.at, by: command.caller.subject)
      reservation = reservation.revised(by: command.caller, at: command.at)
      save(reservation, over: before, Effects(["reservation.released"]), command, in: tx)
    }
  }

  /// Issues stock to a document: first what is held for it, then what is free.
  /// - Parameter documents: for whom it may be held: the document itself, and the appointment that it comes from.
  /// - Throws: `insufficient-stock`, with the next statement.
  @discardableResult
  package func issue<Output>(
    _ movement: StockMovement.Draft, heldFor documents: [UUID], _ command: Command<Output>, in tx: Transaction
  ) async throws -> StockMovement.ID {
    var wanted = movement.quantity
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

  /// Queues a reservation's statements and events, and what the other side of a transfer expects.
  func save<Output>(
    _ after: Reservation, over before: Reservation?, _ effects: Effects, _ command: Command<Output>, in tx: Transaction
  ) {
    for statement in ReservationRepository.save(after, over: before) { tx.enqueue(statement) { _ in } }
    if let destination = after.purpose.destinationID, after.outstanding != (before?.outstanding ?? 0) {
      expect(
        after.outstanding, of: after.partID, at: destination,
        source: StockMovement.Source(resource: .reservation, id: after.id.uuid, number: after.number), command, in: tx)
    }
    tx.record(effects.events(of: after, from: before), by: command)
  }
}
