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
  /// (T-10, T-14).
  package func arrive(
    _ reference: Reference<WorkOrder>, at arrivedAt: Timestamp, position: GeographicPosition?, distanceKm: Int?,
    _ command: Command<WorkOrder>
  ) async throws -> Answer {
    let clocks = ClockSignal(started: [.faultCleared], stopped: [.onSiteArrival])
    return try await act(reference, .arrive, data: clocks.data, command) { order, tx in
      let row = try order.arrive(
        at: arrivedAt, position: position, distanceKm: distanceKm, by: command.caller.subject)
      try await ServiceRequestService(work, orders: self).arrived(
        under: order.id, at: arrivedAt, command, in: tx)
      return row
    }
  }

  package func clear(
    _ reference: Reference<WorkOrder>, faultCleared: Bool, finding: String, at endedAt: Timestamp,
    _ command: Command<WorkOrder>
  ) async throws -> Answer {
    let clocks = ClockSignal(stopped: faultCleared ? [.faultCleared] : [])
    let data = clocks.data.merging(["faultCleared": .boolean(faultCleared)]) { own, _ in own }
    return try await act(reference, .clear, reason: finding, data: data, command) { order, _ in
      try order.clear(faultCleared: faultCleared, finding: finding, at: endedAt, by: command.caller.subject)
    }
  }
}
