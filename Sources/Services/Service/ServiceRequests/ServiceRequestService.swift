package import Domain
package import Repositories

/// Service requests (SM-1): reading, registering, correcting. The actions of the life cycle stand in
/// `ServiceRequestService+Actions`, dispatch in `ServiceRequestService+Dispatch`.
package struct ServiceRequestService: LifecycleService {
  package typealias Document = ServiceRequest
  package typealias Filter = ServiceRequestFilter
  package typealias Store = ServiceRequestRepository

  package static let reading = Permission.serviceRequestsRead
  package static let noting = Permission.serviceRequestsNote
  package let work: UnitOfWork
  let orders: WorkOrderService
  let complaints: ComplaintService

  /// - Parameter orders: opens the orders that requests become.
  package init(_ work: UnitOfWork, orders: WorkOrderService) {
    self.work = work
    self.orders = orders
    complaints = ComplaintService(work, clocks: orders.clocks)
  }

  /// Registers a call or letter (CALL-20). A vehicle that is on record is found by its VIN.
  package func create(_ draft: ServiceRequestDraft, _ command: Command<ServiceRequest>) async throws -> Answer {
    try await work.perform(command, .serviceRequestsWrite) { tx in
      let stationID = try command.caller.scope.owner(naming: draft.stationID)
      return try await register(try await Self.completed(draft.header, command, in: tx), at: stationID, command, in: tx)
    }
  }

  private static func completed<Output>(
    _ draft: ServiceRequestHeader, _ command: Command<Output>, in tx: Transaction
  ) async throws -> ServiceRequestHeader {
    try draft.checkInspection()
    var header = draft
    try await tx.complete(
      customer: header.customerID, vehicle: &header.vehicleID, vin: &header.vin, in: command.caller.scope)
    return header
  }

  /// Makes the request what another system says that it is; the identity is looked up at the desk that registered it. The life cycle
  /// moves by actions only.
  package func upsert(
    _ key: ExternalKey, _ draft: ServiceRequestDraft, _ command: Command<Upserted<ServiceRequest>>
  ) async throws -> Answer {
    try command.caller.require(.serviceRequestsWrite)
    let station = try command.caller.scope.owner(naming: draft.stationID)
    return try await upsert(key, at: station, natural: nil, .serviceRequestsWrite, command) { tx in
      let header = try draft.identified(by: key, beside: [:]).header
      return try await register(try await Self.completed(header, command, in: tx), at: station, command, in: tx)
    } rewrite: { request, tx in
      let header = try draft.identified(by: key, beside: request.header.externalIDs).header
      try request.rewrite(try await Self.completed(header, command, in: tx))
    } changed: { before, request, tx in
      try await follow(correctionOf: before, to: request, command, in: tx)
    }
  }

  /// What a correction means for the deadlines.
  private func follow<Output>(
    correctionOf before: ServiceRequest, to request: ServiceRequest, _ command: Command<Output>, in tx: Transaction
  ) async throws {
    try await orders.clocks.follow(
      request.clocks(correctedFrom: before), of: request.clockSubject, from: before.holder, to: request.holder,
      reason: "The request was corrected.", command, in: tx)
  }

  /// A request that is complete: its number, its clocks and its first event.
  func register<Output>(
    _ header: ServiceRequestHeader, at stationID: Station.ID?, _ command: Command<Output>, in tx: Transaction
  ) async throws -> ServiceRequest {
    let request = ServiceRequest(
      id: .new(at: command.at), number: try await tx.number(.serviceRequest, at: stationID, on: command.at),
      registeredStationID: stationID, stationID: stationID, state: .received, version: 1,
      stamp: RecordStamp(by: command.caller, at: command.at), header: header, progress: ServiceRequestProgress(),
      sight: command.caller.scope)
    let signal = request.clocksOnRegistration
    try await orders.clocks.begin(
      signal, on: ClockBook.Owner(request.clockSubject, at: request.holder), command, in: tx)
    var data = signal.data
    data["kind"] = .text(header.kind.rawValue)
    data["cityMinorRepair"] = .boolean(header.cityMinorRepair)
    return insert(request, Effects(["serviceRequest.received"], data: data), command, in: tx)
  }

  /// Corrects what was registered. A patch that changes nothing keeps the version and writes no event (C-17).
  package func update(
    _ reference: Reference<ServiceRequest>, _ patch: ServiceRequestPatch, _ command: Command<ServiceRequest>
  ) async throws -> Answer {
    try await change(reference, .serviceRequestsWrite, "serviceRequest.updated", command) { request, tx in
      let before = request
      try request.apply(patch)
      try await follow(correctionOf: before, to: request, command, in: tx)
      if patch.customerID.isSet || patch.vehicleID.isSet || patch.vin.isSet {
        try await tx.complete(
          customer: request.header.customerID, vehicle: &request.header.vehicleID, vin: &request.header.vin,
          in: command.caller.scope)
      }
    }
  }

}
