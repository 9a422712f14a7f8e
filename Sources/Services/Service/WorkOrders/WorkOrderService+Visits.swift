package import Domain
import Repositories

/// Drives to the customer (FLD-03, FLD-16).
extension WorkOrderService {
  package func depart(
    _ reference: Reference<WorkOrder>, traveller: String, serviceVehicle: String?, at departedAt: Timestamp,
    _ command: Command<WorkOrder>
  ) async throws -> Answer {
    try await act(reference, .depart, command) { order, _ in
      try order.depart(
        traveller: traveller, serviceVehicle: serviceVehicle, at: departedAt, by: command.caller.subject)
    }
  }

  /// The first arrival is also that of the service request behind the order, in the same transaction: its clock stops
  /// (T-10, T-14), and the time for the fault begins (T-11), on the order itself where no request is behind it.
  package func arrive(
    _ reference: Reference<WorkOrder>, at arrivedAt: Timestamp, position: GeographicPosition?, distanceKm: Int?,
    _ command: Command<WorkOrder>
  ) async throws -> Answer {
    try await perform(reference, .arrive, command) { order, tx in
      let row = try order.arrive(
        at: arrivedAt, position: position, distanceKm: distanceKm, by: command.caller.subject)
      let isOfRequest = try await ServiceRequestService(work, orders: self).arrived(
        under: order.id, at: arrivedAt, command, in: tx)
      if isOfRequest { return Effects(row) }
      let signal = ClockSignal(started: [.faultCleared])
      try await follow(signal, order, command, in: tx)
      return Effects(row, data: signal.data)
    }
  }

  package func clear(
    _ reference: Reference<WorkOrder>, faultCleared: Bool, finding: String, at endedAt: Timestamp,
    _ command: Command<WorkOrder>
  ) async throws -> Answer {
    let signal = ClockSignal(stopped: faultCleared ? [.faultCleared] : [])
    let data = signal.data.merging(["faultCleared": .boolean(faultCleared)]) { own, _ in own }
    return try await act(reference, .clear, reason: finding, data: data, command) { order, tx in
      let row = try order.clear(
        faultCleared: faultCleared, finding: finding, at: endedAt, by: command.caller.subject)
      if faultCleared {
        try await ServiceRequestService(work, orders: self).cleared(under: order.id, command, in: tx)
        try await follow(signal, order, command, in: tx)
      }
      return row
    }
  }

  private func follow<Output>(
    _ signal: ClockSignal, _ order: WorkOrder, _ command: Command<Output>, in tx: Transaction
  ) async throws {
    try await clocks.follow(
      signal, of: order.clockSubject, from: order.stationID, to: order.stationID, reason: nil, command, in: tx)
  }
}
