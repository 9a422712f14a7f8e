package import Domain
package import FoundationEssentials
import Repositories

/// The actions of the transition table, one method each, named as the action.
extension ServiceRequestService {
  package func forward(
    _ reference: Reference<ServiceRequest>, to supervisor: String?, reason: String?,
    _ command: Command<ServiceRequest>
  ) async throws -> Answer {
    try await step(reference, .forward, reason: reason, command) { request, _ in
      try request.forward(to: supervisor, by: command.caller.subject)
    }
  }

  package func answer(
    _ reference: Reference<ServiceRequest>, _ answer: RequestAnswer, _ command: Command<ServiceRequest>
  ) async throws -> Answer {
    try await step(reference, .answer, data: ["channel": .text(answer.channel.rawValue)], command) { request, _ in
      try request.answer(answer, by: command.caller.subject)
    }
  }

  package func resolveByPhone(
    _ reference: Reference<ServiceRequest>, _ resolution: RequestResolution, _ command: Command<ServiceRequest>
  ) async throws -> Answer {
    try await step(reference, .resolveByPhone, command) { request, _ in
      try request.resolveByPhone(resolution, by: command.caller.subject)
    }
  }

  package func escalate(
    _ reference: Reference<ServiceRequest>, reason: String, _ command: Command<ServiceRequest>
  ) async throws -> Answer {
    try await step(reference, .escalate, reason: reason, command) { request, _ in
      try request.escalate(
        RequestEscalation(reason: reason, escalatedBy: command.caller.name, escalatedAt: command.at),
        by: command.caller.subject)
    }
  }

  package func accept(
    _ reference: Reference<ServiceRequest>, expectedArrivalAt: Timestamp?, _ command: Command<ServiceRequest>
  ) async throws -> Answer {
    try await step(reference, .accept, command) { request, _ in
      try request.accept(expectedArrivalAt: expectedArrivalAt, at: command.at, by: command.caller.subject)
    }
  }

  package func refuse(
    _ reference: Reference<ServiceRequest>, reason: String, _ command: Command<ServiceRequest>
  ) async throws -> Answer {
    try await step(reference, .refuse, reason: reason, command) { request, _ in
      try request.refuse(reason, at: command.at, by: command.caller.subject)
    }
  }

  /// Tells field staff of the place, who see the request from then on (FLD-05).
  package func informFieldStaff(
    _ reference: Reference<ServiceRequest>, _ staff: [UUID], note: String?, _ command: Command<ServiceRequest>
  ) async throws -> Answer {
    let data: [String: EventValue] = ["staffIds": .list(staff.map { .text($0.canonical) })]
    return try await step(reference, .informFieldStaff, reason: note, data: data, command) { request, tx in
      let row = try request.informFieldStaff(staff, by: command.caller.subject)
      guard let station = request.stationID else { throw Refusal.notFound }
      let people = try await tx.run(TechnicianRepository.fieldStaff(Set(staff), at: station))
      if let place = staff.firstIndex(where: { !people.contains($0) }) {
        throw Refusal.invalid(
          "#/staffIds/\(place)", .notFound, "there is no such member of the field staff where the station is")
      }
      return row
    }
  }

  /// The order under which a request is worked on: one that is there, or a new one.
  package enum WorkStart: Sendable {
    case order(WorkOrder.ID)
    /// `nil`: as the request has it.
    case new(
      customerID: Customer.ID?, vehicleID: Vehicle.ID?, mode: WorkOrder.Mode?, serviceType: WorkOrder.ServiceType?)
  }

  /// Opens the order in the same transaction, or links one of the station that is open.
  package func start(
    _ reference: Reference<ServiceRequest>, _ start: WorkStart, _ command: Command<ServiceRequest>
  ) async throws -> Answer {
    try await step(reference, .start, command) { request, tx in
      // Asked before a number is drawn, so that a refusal holds up nobody's counter.
      _ = try ServiceRequestLifecycle.table.permit(.start, on: request, by: command.caller.subject)
      let order = try await order(for: request, start, command, in: tx)
      return try request.start(order, at: command.at, by: command.caller.subject)
    }
  }

  package func arrive(
    _ reference: Reference<ServiceRequest>, at arrivedAt: Timestamp, _ command: Command<ServiceRequest>
  ) async throws -> Answer {
    try await step(reference, .arrive, command) { request, _ in
      try request.arrive(at: arrivedAt, by: command.caller.subject)
    }
  }

  package func resolve(
    _ reference: Reference<ServiceRequest>, _ resolution: RequestResolution, _ command: Command<ServiceRequest>
  ) async throws -> Answer {
    try await step(reference, .resolve, data: ["faultCleared": .boolean(resolution.faultCleared)], command) {
      request, _ in try request.resolve(resolution, by: command.caller.subject)
    }
  }

  package func receipt(
    _ reference: Reference<ServiceRequest>, _ receipt: RequestReceipt, _ command: Command<ServiceRequest>
  ) async throws -> Answer {
    let data: [String: EventValue] = [
      "party": .text(receipt.party.rawValue), "channel": .text(receipt.channel.rawValue),
    ]
    return try await step(reference, .receipt, data: data, command) { request, _ in
      try request.receipt(receipt, by: command.caller.subject)
    }
  }

  /// The call-back: satisfied closes, else the request goes where `next` says.
  package func close(
    _ reference: Reference<ServiceRequest>, _ call: RequestCallBack, next: RequestCallBack.Next?,
    _ command: Command<ServiceRequest>
  ) async throws -> Answer {
    var data: [String: EventValue] = ["satisfied": .boolean(call.isSatisfied)]
    if let rating = call.rating { data["rating"] = .integer(Int64(rating)) }
    return try await step(reference, .close, reason: call.comment, data: data, command) { request, tx in
      let row = try request.close(call, next: next, by: command.caller.subject)
      try await openComplaint(for: &request, command, in: tx)
      if request.state == .closed {
        try await followUpConsultation(request, command, in: tx)
        try await planNextVisit(after: request, command, in: tx)
      }
      return row
    }
  }

  /// A call-back that reached nobody: it is recorded, and the request waits for the next.
  package func miss(
    _ reference: Reference<ServiceRequest>, comment: String?, _ command: Command<ServiceRequest>
  ) async throws -> Answer {
    try await step(reference, .close, reason: comment, command) { request, _ in
      try request.miss(
        RequestCallAttempt(comment: comment, calledBy: command.caller.name, calledAt: command.at),
        by: command.caller.subject)
    }
  }

  package func convert(
    _ reference: Reference<ServiceRequest>, _ conversion: RequestConversion, _ command: Command<ServiceRequest>
  ) async throws -> Answer {
    let data: [String: EventValue] = [
      "target": .text(conversion.target.rawValue), "preferredAt": .optional(conversion.preferredAt?.description),
    ]
    return try await step(reference, .convert, reason: conversion.reason, data: data, command) { request, tx in
      let row = try request.convert(conversion, by: command.caller.subject)
      try await openComplaint(for: &request, command, in: tx)
      return row
    }
  }

  /// A request that became a complaint names it, and its deadlines go on there.
  private func openComplaint<Output>(
    for request: inout ServiceRequest, _ command: Command<Output>, in tx: Transaction
  ) async throws {
    guard let conversion = request.progress.conversion, conversion.target == .complaint else { return }
    request.became(try await complaints.open(from: request, conversion, command, in: tx).id)
  }

  package func cancel(
    _ reference: Reference<ServiceRequest>, reason: String, _ command: Command<ServiceRequest>
  ) async throws -> Answer {
    try await step(reference, .cancel, reason: reason, command) { request, _ in
      try request.cancel(reason, by: command.caller.subject)
    }
  }

  /// Records the arrival of whoever works under an order on the request behind it, once; for the services of work orders.
  ///
  /// - Returns: whether there is such a request in work, whose clocks these are then.
  func arrived<Output>(
    under order: WorkOrder.ID, at arrivedAt: Timestamp, _ command: Command<Output>, in tx: Transaction
  ) async throws -> Bool {
    let scope = command.caller.scope
    guard let before = try await tx.run(ServiceRequestRepository.lock(under: order, in: scope)),
      before.state == .inProgress, before.header.mode != .workshop
    else { return false }
    guard before.progress.arrivedAt == nil else { return true }
    var request = before
    let row = try request.arrive(at: arrivedAt, by: command.caller.subject)
    let data = try await data([:], of: row, from: before, to: request, reason: nil, command, in: tx)
    _ = save(request, over: before, Effects(row, data: data), command, in: tx)
    return true
  }

  /// The fault behind a request was cleared under its order: what waits for that need wait no longer (T-11).
  func cleared<Output>(
    under order: WorkOrder.ID, _ command: Command<Output>, in tx: Transaction
  ) async throws {
    guard let request = try await tx.run(ServiceRequestRepository.lock(under: order, in: command.caller.scope)),
      request.state == .inProgress
    else { return }
    try await orders.clocks.follow(
      ClockSignal(stopped: [.faultCleared]), of: request.clockSubject, from: request.holder, to: request.holder,
      reason: nil, command, in: tx)
  }

  // MARK: What they share

  /// A consultation that is over is followed by two calls and a complete file like a visit (FUP-01, CUS-01), where the
  /// customer has a file at the station that has the request.
  private func followUpConsultation<Output>(
    _ request: ServiceRequest, _ command: Command<Output>, in tx: Transaction
  ) async throws {
    guard request.header.kind == .consultation, let station = request.stationID,
      let id = request.header.customerID,
      let customer = try await tx.run(CustomerRepository.find(.id(id), in: command.caller.scope)),
      customer.stationID == station, customer.state == .active
    else { return }
    try await FollowUpService(work, clocks: orders.clocks).schedule(
      FollowUpSubject(
        station: station, occasion: .consultation, customer: id, vehicle: request.header.vehicleID, order: nil),
      command, in: tx)
    try await CustomerFileBook(orders.clocks).begin(
      on: ClockBook.Owner(ClockSubject(.serviceRequest, request.id.uuid, number: request.number), at: station), for: id,
      command, in: tx)
  }

  /// The round goes on where the visit was made (FLD-17); it ends with the customer's file.
  private func planNextVisit<Output>(
    after request: ServiceRequest, _ command: Command<Output>, in tx: Transaction
  ) async throws {
    guard let header = request.nextVisit else { return }
    if let id = header.customerID,
      try await tx.run(CustomerRepository.find(.id(id), in: command.caller.scope))?.state != .active
    {
      return
    }
    _ = try await register(header, at: request.holder, command, in: tx)
  }

  /// An action whose first event also names the clocks that it starts and stops, and the order it is about.
  func step(
    _ reference: Reference<ServiceRequest>, _ action: ServiceRequest.Action, reason: String? = nil,
    data: [String: EventValue] = [:], _ command: Command<ServiceRequest>,
    _ body: (inout ServiceRequest, Transaction) async throws -> Transition<ServiceRequest>
  ) async throws -> Answer {
    try await perform(reference, action, command) { request, tx in
      let before = request
      let row = try await body(&request, tx)
      let data = try await self.data(data, of: row, from: before, to: request, reason: reason, command, in: tx)
      return Effects(row, reason: reason, data: data)
    }
  }

  /// The clocks follow the step and go where the request goes; `data` with their names and the order.
  func data<Output>(
    _ data: [String: EventValue], of row: Transition<ServiceRequest>, from before: ServiceRequest,
    to request: ServiceRequest, reason: String?, _ command: Command<Output>, in tx: Transaction
  ) async throws -> [String: EventValue] {
    let signal = request.clocks(after: row.action, outcome: row.outcome)
    try await orders.clocks.follow(
      signal, of: request.clockSubject, from: before.holder, to: request.holder, reason: reason, command, in: tx)
    var data = data.merging(signal.data) { own, _ in own }
    if let order = request.progress.workOrderID { data["workOrderId"] = .text(order.description) }
    return data
  }

  private func order<Output>(
    for request: ServiceRequest, _ start: WorkStart, _ command: Command<Output>, in tx: Transaction
  ) async throws -> WorkOrder.ID {
    guard let stationID = request.stationID else { throw Refusal.notFound }
    switch start {
    case .order(let id):
      let order = try await tx.run(WorkOrderRepository.find(.id(id), in: command.caller.scope))
      guard let order, order.stationID == stationID else {
        throw Refusal.invalid("#/workOrderId", .notFound, "there is no such order at this station")
      }
      if WorkOrderLifecycle.ended.contains(order.state) {
        throw Refusal.invalid("#/workOrderId", .inconsistent, "the order is \(order.state.rawValue)")
      }
      return order.id
    case .new(let customerID, let vehicleID, let mode, let serviceType):
      guard let customerID = customerID ?? request.header.customerID else {
        throw Refusal.invalid("#/customerId", .required, "is required, because the request names no customer")
      }
      let header = WorkOrderHeader(
        customerID: customerID, vehicleID: vehicleID ?? request.header.vehicleID, mode: mode ?? request.header.mode,
        serviceType: serviceType ?? request.header.kind.usualService, summary: request.header.need,
        note: request.header.symptom,
        contact: WorkOrderContact(name: request.header.contact.name, phone: request.header.contact.phone),
        externalIDs: [:])
      return try await orders.open(
        WorkOrderDraft(stationID: stationID, header: header, lines: []), reworkOf: nil, type: "workOrder.received",
        command, in: tx
      ).id
    }
  }
}

extension ServiceRequest {
  var clockSubject: ClockSubject { ClockSubject(.serviceRequest, id.uuid, number: number) }
}
