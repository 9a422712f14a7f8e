package import Domain
package import Repositories

/// Shipments on their way (PO-14, PRT-16). An order's shipping makes them, an order's receipt ends them.
package struct ShipmentService: LifecycleService {
  package typealias Document = Shipment
  package typealias Filter = ShipmentFilter
  package typealias Store = ShipmentRepository

  package static let reading = Permission.shipmentsRead
  package static let noting = Permission.shipmentsNote
  package let work: UnitOfWork

  package init(_ work: UnitOfWork) { self.work = work }

  /// Corrects what is written on the labels, until the carrier has it. A patch that changes nothing keeps the version and
  /// writes no event (C-17).
  package func update(
    _ reference: Reference<Shipment>, _ command: Command<Shipment>,
    _ header: @Sendable (ShipmentHeader) throws -> ShipmentHeader
  ) async throws -> Answer {
    try await change(reference, .shipmentsWrite, "shipment.updated", command) { shipment, tx in
      let rewritten = try header(shipment.header)
      if rewritten == shipment.header { return }
      if let carrier = rewritten.carrierID, carrier != shipment.header.carrierID,
        try await tx.run(CarrierRepository.find(.id(carrier), in: command.caller.scope))?.profile.isActive != true
      {
        throw Refusal.invalid("#/carrierId", .notFound, "there is no such carrier")
      }
      try shipment.rewrite(rewritten)
    }
  }

  package func dispatch(
    _ reference: Reference<Shipment>, trackingNumber: String?, expectedAt: Timestamp?, note: String?,
    _ command: Command<Shipment>
  ) async throws -> Answer {
    try await follow(reference, .dispatch, reason: note, command) { shipment throws(Refusal) in
      try shipment.dispatch(
        trackingNumber: trackingNumber, expectedAt: expectedAt, at: command.at, by: command.caller.subject)
    }
  }

  package func track(
    _ reference: Reference<Shipment>, _ event: ShipmentProgress.Event, expectedAt: Timestamp?,
    _ command: Command<Shipment>
  ) async throws -> Answer {
    try Self.require(event, at: command.at)
    return try await follow(
      reference, .track, reason: event.note,
      data: ["status": .text(event.status.rawValue), "place": .optional(event.place)],
      command
    ) { shipment throws(Refusal) in try shipment.track(event, expectedAt: expectedAt, by: command.caller.subject) }
  }

  package func deliver(
    _ reference: Reference<Shipment>, to person: String, _ event: ShipmentProgress.Event, _ command: Command<Shipment>
  ) async throws -> Answer {
    try Self.require(event, at: command.at)
    return try await follow(reference, .deliver, reason: event.note, command) { shipment throws(Refusal) in
      try shipment.deliver(to: person, event, by: command.caller.subject)
    }
  }

  private static func require(_ event: ShipmentProgress.Event, at now: Timestamp) throws(Refusal) {
    if event.at > now { throw .invalid("#/at", .outOfRange, "must not lie in the future") }
  }

  /// A carrier acts on its shipments, and their events are the station's that they go to, which it does not see.
  private func follow(
    _ reference: Reference<Shipment>, _ action: Shipment.Action, reason: String?, data: [String: EventValue] = [:],
    _ command: Command<Shipment>, _ body: (inout Shipment) throws(Refusal) -> Transition<Shipment>
  ) async throws -> Answer {
    try await work.perform(command, try Shipment.lifecycle.permission(for: action)) { tx in
      let before = try await load(reference, command, in: tx)
      var shipment = before
      let effects = Effects(try body(&shipment), reason: reason, data: data)
      return try await tx.within(.network, of: command.caller) {
        save(shipment, over: before, effects, command, in: tx)
      }
    }
  }
}

/// Carriers (PRT-16): a record.
package struct CarrierService: RecordService {
  package typealias Document = Carrier
  package typealias Filter = CarrierFilter
  package typealias Store = CarrierRepository

  package static let reading = Permission.carriersRead
  package static let writing = Permission.carriersWrite
  package let work: UnitOfWork

  package init(_ work: UnitOfWork) { self.work = work }

  package func make<Output>(
    _ draft: CarrierDraft, _ command: Command<Output>, in tx: Transaction
  ) async throws -> Carrier {
    Carrier(
      id: .new(at: command.at), code: draft.code, profile: draft.profile, externalIDs: draft.externalIDs, version: 1,
      stamp: RecordStamp(by: command.caller, at: command.at))
  }

  package static func natural(_ draft: CarrierDraft) -> NaturalKey? { NaturalKey("code", draft.code) }
}
