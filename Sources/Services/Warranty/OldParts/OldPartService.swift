package import Domain
package import Repositories

/// Old parts (SM-10): tagged and shipped by the station, asked back, received and inspected by headquarters.
package struct OldPartService: LifecycleService {
  package typealias Document = OldPart
  package typealias Filter = OldPartFilter
  package typealias Store = OldPartRepository

  package static let reading = Permission.oldPartsRead
  package static let noting = Permission.oldPartsNote

  /// What a supplier got is headquarters' or a station's; its history goes with it.
  package static func sight(of caller: Caller) -> Caller {
    if case .supplier = caller.scope.part { caller.beyondScope() } else { caller }
  }

  package let work: UnitOfWork
  let book: OldPartBook
  /// Who is told what a return means for a claim.
  let outcomes: [any OldPartOutcome]

  package init(_ work: UnitOfWork, book: OldPartBook, outcomes: [any OldPartOutcome]) {
    self.work = work
    self.book = book
    self.outcomes = outcomes
  }

  /// A removed part gets its number and its tag (OLD-03, OLD-04).
  package func create(_ draft: OldPart.Draft, _ command: Command<OldPart>) async throws -> Answer {
    try await work.perform(command, .oldPartsTag) { tx in
      let station = try command.caller.scope.station(naming: draft.stationID)
      let (header, shown) = try await completed(draft.header, at: station, command, in: tx)
      var progress = OldPartProgress()
      progress.tag = OldPartTag(
        storagePlace: draft.storagePlace, prints: 1, signature: OldPartSignature(command.caller, at: command.at))
      let document = OldPart(
        id: .new(at: command.at), number: try await tx.number(.oldPart, at: station, on: command.at),
        stationID: station,
        state: .tagged, version: 1, stamp: RecordStamp(by: command.caller, at: command.at), header: header,
        progress: progress, shown: shown)
      return insert(document, Effects(["oldPart.tagged"]), command, in: tx)
    }
  }

  /// Corrects the tag. A patch that changes nothing keeps the version and writes no event (C-17).
  package func update(
    _ reference: Reference<OldPart>, _ patch: OldPartPatch, _ command: Command<OldPart>
  ) async throws -> Answer {
    try await change(reference, .oldPartsWrite, "oldPart.updated", command) { document, _ in
      try document.apply(patch)
    }
  }

  // MARK: The actions of the transition table

  package func tag(
    _ reference: Reference<OldPart>, storagePlace: String?, _ command: Command<OldPart>
  ) async throws -> Answer {
    try await act(reference, .tag, command) { document, _ in
      try document.tag(
        storagePlace: storagePlace, OldPartSignature(command.caller, at: command.at), by: command.caller.subject)
    }
  }

  /// Asked back: the clock runs (OLD-01, D-17).
  package func request(
    _ reference: Reference<OldPart>, note: String?, _ command: Command<OldPart>
  ) async throws -> Answer {
    try await act(reference, .request, reason: note, command) { document, tx in
      let row = try document.request(
        OldPartSignature(command.caller, at: command.at), by: command.caller.subject)
      document.shown.dueAt = try await book.startClock(of: document, command, in: tx)
      return row
    }
  }

  package func ship(
    _ reference: Reference<OldPart>, _ shipment: OldPartShipment, _ command: Command<OldPart>
  ) async throws -> Answer {
    try await act(
      reference, .ship, reason: shipment.lateStatement, data: ["packingList": .text(shipment.packingList)], command
    ) { document, tx in
      let row = try document.ship(shipment, by: command.caller.subject)
      try await book.clocks.meet([.oldPartReturn], of: document.clockSubject, command, in: tx)
      return row
    }
  }

  package func receive(
    _ reference: Reference<OldPart>, _ receipt: OldPartReceipt, _ command: Command<OldPart>
  ) async throws -> Answer {
    try await act(reference, .receive, data: ["quantity": .integer(Int64(receipt.quantity))], command) { document, _ in
      try document.receive(receipt, by: command.caller.subject)
    }
  }

  /// The verdict, and what it means for the claim (OLD-06), in one transaction.
  package func inspect(
    _ reference: Reference<OldPart>, _ finding: OldPart.Finding, _ command: Command<OldPart>
  ) async throws -> Answer {
    try await work.perform(command, .oldPartsInspect) { tx in
      let before = try await load(reference, command, in: tx)
      var document = before
      let policy = try await book.policy(at: document.stationID, command.at, in: tx)
      let row = try document.inspect(
        finding, policy.body, version: policy.version.description,
        OldPartSignature(command.caller, at: command.at), by: command.caller.subject)
      let effects = Effects(row, reason: finding.finding, data: ["verdict": .text(finding.verdict.rawValue)])
      let saved = save(document, over: before, effects, command, in: tx)
      // Behind the statement that saves it, so that the claim reads the part as it is now.
      if let inspection = saved.progress.inspection, let fault = inspection.fault,
        let consequence = inspection.consequence, consequence != .noted
      {
        try await outcomes.refused(
          saved, fault, consequence, reason: inspection.finding, policyVersion: inspection.policyVersion, command,
          in: tx)
      } else {
        try await outcomes.accepted(saved, command, in: tx)
      }
      return saved
    }
  }

  /// - Parameter supplier: `nil`: who made it, as the tag says.
  package func sendToSupplier(
    _ reference: Reference<OldPart>, supplier: Supplier.ID?, _ forwarding: (Supplier.ID) -> OldPartForwarding,
    _ command: Command<OldPart>
  ) async throws -> Answer {
    try await act(reference, .sendToSupplier, command) { document, _ in
      guard let recipient = supplier ?? document.header.supplierID else {
        throw Refusal.invalid("#/supplierId", .required, "is required: the tag names no supplier")
      }
      return try document.sendToSupplier(forwarding(recipient), by: command.caller.subject)
    }
  }

  package func reuse(
    _ reference: Reference<OldPart>, _ disposal: OldPartDisposal, _ command: Command<OldPart>
  ) async throws -> Answer {
    try await act(reference, .reuse, reason: disposal.opinion, command) { document, _ in
      try document.reuse(disposal, by: command.caller.subject)
    }
  }

  package func scrap(
    _ reference: Reference<OldPart>, _ disposal: OldPartDisposal, _ command: Command<OldPart>
  ) async throws -> Answer {
    try await act(reference, .scrap, reason: disposal.opinion, command) { document, tx in
      let policy = try await book.policy(at: document.stationID, command.at, in: tx)
      return try document.scrap(disposal, policy.body, by: command.caller.subject)
    }
  }

  // MARK: Inside

  /// The order must be the station's; the vehicle is the order's unless another one is named.
  private func completed<Output>(
    _ header: OldPartHeader, at station: Station.ID, _ command: Command<Output>, in tx: Transaction
  ) async throws -> (OldPartHeader, OldPartReferences) {
    let scope = command.caller.scope
    var header = header
    var shown = OldPartReferences()
    if let id = header.workOrderID {
      let order = try await tx.run(WorkOrderRepository.find(.id(id), in: scope))
      guard let order, order.stationID == station else {
        throw Refusal.invalid("#/workOrderId", .notFound, "there is no such order at this station")
      }
      if let named = header.vehicleID, named != order.header.vehicleID {
        throw Refusal.invalid("#/vehicleId", .inconsistent, "must be the vehicle of the order")
      }
      header.vehicleID = order.header.vehicleID
      shown.workOrderNumber = order.number
    }
    guard let vehicleID = header.vehicleID else {
      throw Refusal.invalid("#/vehicleId", .required, "is required without an order")
    }
    guard let vehicle = try await tx.run(VehicleRepository.find(.id(vehicleID), in: scope)) else {
      throw Refusal.invalid("#/vehicleId", .notFound, "there is no such vehicle")
    }
    shown.vin = vehicle.vin.text
    if header.supplierID == nil {
      header.supplierID = try await tx.run(SupplierRepository.maker(of: header.partNumber))
    }
    let place = try await tx.run(StationRepository.find(.id(station), in: scope))
    shown.stationCode = place?.code
    shown.stationName = place?.profile.name
    return (header, shown)
  }
}

// MARK: What time does to old parts

extension OldPartService {
  /// What time does to one part: it was not shipped in time; a claim line has waited for it long enough (OLD-06); it was used again or
  /// scrapped, and nothing more happens to it. Each once, whichever instance finds it.
  func advance(_ id: OldPart.ID, at now: Timestamp, in tx: Transaction) async throws {
    let command = Command<OldPart>(
      caller: .system, requestID: "advanceOldParts", at: now, precondition: .any, idempotency: nil,
      present: { _ in Answer(status: 204) })
    tx.enqueue(RecordTime.write(at: now))
    guard let before = try await tx.run(OldPartRepository.lock(.id(id), in: .network)) else { return }
    var document = before
    switch before.state {
    case .due:
      guard try await tx.run(OldPartRepository.isMissed(id)) else { return }
      let policy = try await book.policy(at: document.stationID, now, in: tx)
      guard let consequence = document.fallOverdue(policy.body, at: now) else { return }
      document = save(
        document, over: before,
        Effects(
          ["oldPart.overdue"],
          data: ["dueAt": .optional(before.shown.dueAt?.description), "consequence": .text(consequence.rawValue)]),
        command, in: tx)
      if consequence != .noted {
        try await outcomes.refused(
          document, .late, consequence, reason: "The old part \(document.number) was not shipped in time.",
          policyVersion: policy.version.description, command, in: tx)
      }
    case .overdue, .mismatch:
      guard let fault = document.endBlock(at: now) else { return }
      let policy = try await book.policy(at: document.stationID, now, in: tx)
      document = save(
        document, over: before, Effects(["oldPart.blockEnded"], data: ["fault": .text(fault.rawValue)]), command, in: tx
      )
      try await outcomes.refused(
        document, fault, .reversed, reason: "The claim has waited for the old part \(document.number) long enough.",
        policyVersion: policy.version.description, command, in: tx)
    case .reused, .scrapped:
      guard document.close() else { return }
      _ = save(document, over: before, Effects(["oldPart.closed"]), command, in: tx)
    case .tagged, .shipped, .received, .accepted, .sentToSupplier, .closed: return
    }
  }
}

/// The job that finds parts that time does something to. One that its claim cannot follow holds up none of the others.
package struct OldPartSweep: Sendable {
  static let stepSize = 100

  private let leases: WorkerLeaseService
  private let parts: OldPartService
  private let clock: WallClock

  package init(_ leases: WorkerLeaseService, parts: OldPartService, clock: WallClock) {
    self.leases = leases
    self.parts = parts
    self.clock = clock
  }

  /// - Returns: whether there may be more.
  package func advance(under lease: WorkerLease) async throws -> Bool {
    let now = clock.now()
    return try await leases.each(under: lease, atMost: Self.stepSize) { tx in
      try await tx.run(OldPartRepository.due(at: now, in: lease.job, limit: Self.stepSize)).map(\.uuid)
    } work: { id, tx in
      try await parts.advance(OldPart.ID(id), at: now, in: tx)
    }
  }
}
