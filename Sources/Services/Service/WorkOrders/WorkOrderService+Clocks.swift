import Domain
import Repositories

/// The deadlines of work orders (domain.md section 4).
extension WorkOrderService {
  /// How large the repair is, which says how early the customer must hear of a delay (T-46).
  package enum RepairExtent: String, Hashable, Sendable, CaseIterable {
    /// An hour before the promised time.
    case minor
    /// Of an assembly or the whole vehicle: a day before it.
    case overhaul
  }

  /// The promised delivery as it stands in the order now. Without an extent that of the promise before.
  func promise<Output>(
    _ order: WorkOrder, extent: RepairExtent? = nil, reason: String?, _ command: Command<Output>, in tx: Transaction
  ) async throws {
    guard let promisedAt = order.progress.promisedDeliveryAt else { return }
    try await clocks.promise(
      .promisedDelivery, at: promisedAt, variant: extent == .overhaul ? .overhaul : nil, on: order.clockOwner,
      reason: reason, command, in: tx)
  }

  /// The time of a repair of a quality problem runs from the agreement on it, for vehicles that the law counts (T-40, T-41, P-03).
  func watchDowntime<Output>(of order: WorkOrder, _ command: Command<Output>, in tx: Transaction) async throws {
    guard order.mendsQuality, let id = order.header.vehicleID,
      let vehicle = try await tx.run(VehicleRepository.find(.id(id), in: command.caller.scope))
    else { return }
    let policy = try await clocks.policies.current(ThreeGuaranteesPolicy.self, at: command.at, in: tx).body
    if policy.householdUseOnly, vehicle.profile.usage != .private { return }
    try await clocks.ensure([.init(.repairDowntime)], on: order.clockOwner, command, in: tx)
  }
}

extension WorkOrder {
  var clockSubject: ClockSubject { ClockSubject(.workOrder, id.uuid, number: number) }
  var clockOwner: ClockBook.Owner { ClockBook.Owner(clockSubject, at: stationID) }
}
