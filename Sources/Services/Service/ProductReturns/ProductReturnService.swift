package import Domain
package import Repositories

/// Returns to the factory and exchanges (SM-12).
package struct ProductReturnService: LifecycleService {
  package typealias Document = ProductReturn
  package typealias Filter = ProductReturnFilter
  package typealias Store = ProductReturnRepository

  package static let reading = Permission.productReturnsRead
  package static let noting = Permission.productReturnsNote
  package let work: UnitOfWork

  package init(_ work: UnitOfWork) { self.work = work }

  /// The fault as verified on site (FLD-06), with the on-site job that found it.
  package func create(_ draft: ProductReturnDraft, _ command: Command<ProductReturn>) async throws -> Answer {
    try await work.perform(command, .productReturnsWrite) { tx in
      let stationID = try command.caller.scope.owner(naming: draft.stationID)
      return try await verify(draft.header, at: stationID, command, in: tx)
    }
  }

  private func verify<Output>(
    _ header: ProductReturnHeader, at stationID: Station.ID?, _ command: Command<Output>, in tx: Transaction
  ) async throws -> ProductReturn {
    try await requireReferences(header, at: stationID, command, in: tx)
    let document = ProductReturn(
      id: .new(at: command.at), number: try await tx.number(.productReturn, at: stationID, on: command.at),
      stationID: stationID, state: .verified, version: 1, stamp: RecordStamp(by: command.caller, at: command.at),
      header: header, progress: ProductReturnProgress())
    return insert(document, Effects(["productReturn.verified"]), command, in: tx)
  }

  /// Makes what was verified what another system says that it is. The life cycle moves by actions only.
  package func upsert(
    _ key: ExternalKey, _ draft: ProductReturnDraft, _ command: Command<Upserted<ProductReturn>>
  ) async throws -> Answer {
    try command.caller.require(.productReturnsWrite)
    let station = try command.caller.scope.owner(naming: draft.stationID)
    return try await upsert(key, at: station, natural: nil, .productReturnsWrite, command) { tx in
      try await verify(try draft.identified(by: key, beside: [:]).header, at: station, command, in: tx)
    } rewrite: { document, tx in
      let before = document.header
      try document.rewrite(try draft.identified(by: key, beside: before.externalIDs).header)
      if (document.header.workOrderID, document.header.vehicleID) != (before.workOrderID, before.vehicleID) {
        try await requireReferences(document.header, at: document.stationID, command, in: tx)
      }
    }
  }

  /// Corrects what was verified. A patch that changes nothing keeps the version and writes no event (C-17).
  package func update(
    _ reference: Reference<ProductReturn>, _ patch: ProductReturnPatch, _ command: Command<ProductReturn>
  ) async throws -> Answer {
    try await change(reference, .productReturnsWrite, "productReturn.updated", command) { document, _ in
      try document.apply(patch)
    }
  }

  // MARK: The actions of the transition table

  package func returnToFactory(
    _ reference: Reference<ProductReturn>, _ shipment: ReturnShipment, _ command: Command<ProductReturn>
  ) async throws -> Answer {
    try await act(reference, .returnToFactory, command) { document, _ in
      try document.returnToFactory(shipment, by: command.caller.subject)
    }
  }

  package func schedule(
    _ reference: Reference<ProductReturn>, _ appraisal: ReturnAppraisal, _ command: Command<ProductReturn>
  ) async throws -> Answer {
    let data: [String: EventValue] = ["cause": .text(appraisal.cause.rawValue)]
    return try await act(reference, .schedule, reason: appraisal.opinion, data: data, command) { document, _ in
      try document.schedule(appraisal, by: command.caller.subject)
    }
  }

  package func repair(
    _ reference: Reference<ProductReturn>, _ repair: ReturnRepair, _ command: Command<ProductReturn>
  ) async throws -> Answer {
    try await act(reference, .repair, command) { document, _ in
      try document.repair(repair, by: command.caller.subject)
    }
  }

  package func sendBack(
    _ reference: Reference<ProductReturn>, _ shipment: ReturnShipment, _ command: Command<ProductReturn>
  ) async throws -> Answer {
    try await act(reference, .sendBack, command) { document, _ in
      try document.sendBack(shipment, by: command.caller.subject)
    }
  }

  package func scrap(
    _ reference: Reference<ProductReturn>, _ scrapping: ReturnScrapping, _ command: Command<ProductReturn>
  ) async throws -> Answer {
    try await act(reference, .scrap, reason: scrapping.opinion, command) { document, _ in
      try document.scrap(scrapping, by: command.caller.subject)
    }
  }

  package func approveExchange(
    _ reference: Reference<ProductReturn>, ticket: String, reason: String?, _ command: Command<ProductReturn>
  ) async throws -> Answer {
    try await act(reference, .approveExchange, reason: reason, command) { document, _ in
      try document.approveExchange(
        ticket: ticket, approvedBy: command.caller.name, at: command.at, by: command.caller.subject)
    }
  }

  package func exchange(
    _ reference: Reference<ProductReturn>, replacement: String, returnTicket: String?,
    place: ProductReturn.ExchangePlace,
    _ command: Command<ProductReturn>
  ) async throws -> Answer {
    try await act(reference, .exchange, command) { document, _ in
      try document.exchange(
        replacement: replacement, returnTicket: returnTicket, place: place, at: command.at, by: command.caller.subject)
    }
  }

  package func cancel(
    _ reference: Reference<ProductReturn>, reason: String, _ command: Command<ProductReturn>
  ) async throws -> Answer {
    try await act(reference, .cancel, reason: reason, command) { document, _ in
      try document.cancel(reason, by: command.caller.subject)
    }
  }

  // MARK: Inside

  private func requireReferences<Output>(
    _ header: ProductReturnHeader, at station: Station.ID?, _ command: Command<Output>, in tx: Transaction
  ) async throws {
    let scope = command.caller.scope
    if let id = header.workOrderID {
      let order = try await tx.run(WorkOrderRepository.find(.id(id), in: scope))
      guard let order, order.stationID == station else {
        throw Refusal.invalid("#/workOrderId", .notFound, "there is no such order at this station")
      }
    }
    if let id = header.vehicleID, try await tx.run(VehicleRepository.find(.id(id), in: scope)) == nil {
      throw Refusal.invalid("#/vehicleId", .notFound, "there is no such vehicle")
    }
  }

}
