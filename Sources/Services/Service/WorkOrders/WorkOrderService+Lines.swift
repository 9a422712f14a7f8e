package import Domain
package import FoundationEssentials
import Repositories

/// The jobs of an order: what is done, with which parts, by whom, and who pays.
extension WorkOrderService {
  /// Adds a job. Hours come from the labour operation and the rate from the station where the draft leaves them out.
  package func addLine(
    _ reference: Reference<WorkOrder>, _ draft: JobLineDraft, _ command: Command<WorkOrder>
  ) async throws -> Answer {
    try await change(reference, .workOrdersWriteLines, "workOrder.lineAdded", command) { order, tx in
      guard let station = try await tx.run(StationRepository.find(.id(order.stationID), in: command.caller.scope))
      else { throw Refusal.notFound }
      let before = order
      _ = try await add(draft, to: &order, station: station, command, in: tx)
      try await stock.plan(order, over: before, command, in: tx)
    }
  }

  package func editLine(
    _ reference: Reference<WorkOrder>, _ number: Int, _ patch: JobLinePatch, _ command: Command<WorkOrder>
  ) async throws -> Answer {
    try await change(reference, .workOrdersWriteLines, "workOrder.lineChanged", command) { order, _ in
      try order.editLine(number, patch)
    }
  }

  package func removeLine(
    _ reference: Reference<WorkOrder>, _ number: Int, _ command: Command<WorkOrder>
  ) async throws -> Answer {
    try await change(reference, .workOrdersWriteLines, "workOrder.lineRemoved", command) { order, tx in
      let before = order
      try order.removeLine(number)
      try await stock.plan(order, over: before, command, in: tx)
    }
  }

  package func addPart(
    _ reference: Reference<WorkOrder>, _ number: Int, _ draft: JobPartDraft, split: [PayerSplit.Payer: Money]?,
    _ command: Command<WorkOrder>
  ) async throws -> Answer {
    try await change(reference, .workOrdersIssueParts, "workOrder.partAdded", command) { order, tx in
      let before = order
      try order.addPart(draft, to: number, split: split, at: command.at)
      try await stock.plan(order, over: before, command, in: tx)
    }
  }

  package func removePart(
    _ reference: Reference<WorkOrder>, _ number: Int, _ part: JobPart.ID, _ command: Command<WorkOrder>
  ) async throws -> Answer {
    try await change(reference, .workOrdersIssueParts, "workOrder.partRemoved", command) { order, tx in
      let before = order
      let removed = order.lines.first { $0.number == number }?.parts.first { $0.id == part }
      try order.removePart(part, from: number)
      try await stock.plan(order, over: before, command, in: tx)
      if let removed { try await stock.takeBack(removed, from: number, of: order, command, in: tx) }
    }
  }

  /// - Parameter technician: `nil`: the caller himself.
  package func clockOn(
    _ reference: Reference<WorkOrder>, _ number: Int, technician: UUID?, _ command: Command<WorkOrder>
  ) async throws -> Answer {
    let person = try technician ?? Self.person(command.caller)
    return try await change(reference, .workOrdersClock, "workOrder.technicianClockedOn", command) { order, tx in
      // One person works on one job at a time in the whole network, so nobody may clock on another station's people.
      guard try await tx.run(TechnicianRepository.present([person], at: order.stationID)).contains(person) else {
        throw Refusal.invalid("#/technicianId", .notFound, "there is no such technician at this station")
      }
      try await preAuthorisations.requirePermits(for: order, lines: [number], command, in: tx)
      try order.clockOn(number, technician: person, at: command.at)
    }
  }

  package func clockOff(
    _ reference: Reference<WorkOrder>, _ number: Int, technician: UUID?, _ command: Command<WorkOrder>
  ) async throws -> Answer {
    let person = try technician ?? Self.person(command.caller)
    return try await change(reference, .workOrdersClock, "workOrder.technicianClockedOff", command) { order, _ in
      try order.clockOff(number, technician: person, at: command.at)
    }
  }

  func add<Output>(
    _ draft: JobLineDraft, to order: inout WorkOrder, station: Station, _ command: Command<Output>, in tx: Transaction
  ) async throws -> Int {
    let hours = try await hours(of: draft, on: order, command, in: tx)
    return try order.addLine(
      draft, hours: hours, rate: draft.labourRate ?? station.profile.labourRate, at: command.at)
  }

  /// The jobs as another system knows them. What a job leaves out stays as it is while the operation is the same; else it
  /// comes from the catalogue and the station.
  func replaceLines<Output>(
    of order: inout WorkOrder, with drafts: [JobLineDraft], _ command: Command<Output>, in tx: Transaction
  ) async throws {
    var stationRate: Money?
    var jobs: [(draft: JobLineDraft, hours: Hours, rate: Money)] = []
    for (place, draft) in drafts.enumerated() {
      var known = order.lines.indices.contains(place) ? order.lines[place].price : nil
      if known != nil, order.lines[place].work.labourOperationCode != draft.work.labourOperationCode { known = nil }
      if draft.labourRate == nil, known == nil, stationRate == nil {
        let station = try await tx.run(StationRepository.find(.id(order.stationID), in: command.caller.scope))
        guard let station else { throw Refusal.notFound }
        stationRate = station.profile.labourRate
      }
      guard let rate = draft.labourRate ?? known?.labourRate ?? stationRate else { throw Refusal.notFound }
      do {
        let hours =
          if let known, draft.standardHours == nil { known.standardHours } else {
            try await hours(of: draft, on: order, command, in: tx)
          }
        jobs.append((draft, hours, rate))
      } catch let refusal as Refusal {
        throw refusal.within("#/lines/\(place)")
      }
    }
    try order.replaceLines(with: jobs, at: command.at)
  }

  /// Hours of a job: its own, else those of the labour operation for the vehicle's model (WO-22).
  private func hours<Output>(
    of draft: JobLineDraft, on order: WorkOrder, _ command: Command<Output>, in tx: Transaction
  ) async throws -> Hours {
    guard let code = draft.work.labourOperationCode else { return draft.standardHours ?? Hours(hundredths: 0) }
    guard let operation = try await tx.run(LabourOperationRepository.find(.number(code), in: command.caller.scope))
    else { throw Refusal.invalid("#/labourOperationCode", .notFound, "there is no such labour operation") }
    if let own = draft.standardHours { return own }
    guard let vehicle = order.header.vehicleID, !operation.content.modelHours.isEmpty else {
      return operation.content.standardHours
    }
    let model = try await tx.run(VehicleRepository.find(.id(vehicle), in: command.caller.scope))?.profile.modelID
    return operation.hours(for: model)
  }

  private static func person(_ caller: Caller) throws(Refusal) -> UUID {
    guard case .user(let id) = caller.subject else {
      throw .invalid("#/technicianId", .required, "is required for a caller that is not a person")
    }
    return id
  }
}
