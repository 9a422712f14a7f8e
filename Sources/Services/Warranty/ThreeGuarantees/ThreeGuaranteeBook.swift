package import Domain
package import Repositories

/// The counters of the three guarantees 三包, for the services whose documents move them: each function works in the transaction of
/// the change. Whoever moves the counters of a vehicle holds its lock, so that of two deliveries at once one sees what the other did.
package struct ThreeGuaranteeBook: Sendable {
  private let policies: PolicyBook

  package init(_ policies: PolicyBook) { self.policies = policies }

  /// A delivered order becomes a fact of its vehicle: repair time, jobs, parts with their guarantees, the first maintenance; and what
  /// its counters have reached by it is said, once.
  package func record<Output>(_ order: WorkOrder, _ command: Command<Output>, in tx: Transaction) async throws {
    guard let id = order.header.vehicleID,
      let vehicle = try await tx.run(VehicleRepository.lock(.id(id), in: command.caller.scope))
    else { return }
    for statement in VehicleRepairRepository.insert(order, on: id, deliveredAt: command.at) { tx.enqueue(statement) }
    try await review(vehicle, by: order.id, command, in: tx)
  }

  /// Counts anew for a vehicle that is locked: says what is reached and was not said, and withdraws what does not hold any more.
  ///
  /// - Parameter vehicle: as it is to be from now on.
  package func review<Output>(
    _ vehicle: Vehicle, by order: WorkOrder.ID? = nil, _ command: Command<Output>, in tx: Transaction
  ) async throws {
    // Statements of their own behind the lock: they must see what its former holder committed.
    let (standing, nextDayAt) = try await count(vehicle, at: command.at, command.caller, in: tx)
    let signals = try await tx.run(ThreeGuaranteeRepository.signals(of: vehicle.id))
    let correction = ThreeGuarantees.correction(
      of: standing, over: signals.filter { $0.withdrawnAt == nil }, by: order, at: command.at)
    for signal in correction.withdrawn {
      tx.enqueue(ThreeGuaranteeRepository.withdraw(signal, at: command.at))
      tx.record(
        vehicle.event("vehicle.threeGuaranteesWithdrawn", data: Self.data(of: signal)), by: command)
    }
    for signal in correction.reached {
      tx.enqueue(ThreeGuaranteeRepository.insert(signal, of: vehicle.id))
      let type =
        switch signal.level {
        case .warning: "vehicle.threeGuaranteesWarned"
        case .limit: "vehicle.threeGuaranteesReached"
        }
      tx.record(vehicle.event(type, data: Self.data(of: signal)), by: command)
    }
    tx.enqueue(ThreeGuaranteeRepository.review(vehicle.id, at: nextDayAt))
  }

  /// An order that is under repair, or was, has changed: the counters of its vehicle are looked at by the next sweep. Not here, so that
  /// no action of a workshop waits for the lock of a vehicle.
  static func follow(_ order: WorkOrder, over before: WorkOrder?, in tx: Transaction) {
    guard let vehicle = order.header.vehicleID else { return }
    // A delivery counts itself.
    let counts = order.state.isUnderRepair || before?.state.isUnderRepair == true && order.state != .delivered
    if counts { tx.enqueue(ThreeGuaranteeRepository.review(vehicle, at: order.stamp.updatedAt)) }
  }

  /// The counters on the day of an instant, with everything that was said about them.
  package func counters(
    of vehicle: Vehicle, at instant: Timestamp, _ caller: Caller, in tx: Transaction
  ) async throws -> VehicleThreeGuarantees {
    VehicleThreeGuarantees(
      vehicleID: vehicle.id, vin: vehicle.vin,
      standing: try await standing(of: vehicle, at: instant, caller, in: tx),
      signals: try await tx.run(ThreeGuaranteeRepository.signals(of: vehicle.id)))
  }

  /// The counters on the day of an instant.
  package func standing(
    of vehicle: Vehicle, at instant: Timestamp, _ caller: Caller, in tx: Transaction
  ) async throws -> ThreeGuarantees.Standing {
    try await count(vehicle, at: instant, caller, in: tx).standing
  }

  /// - Returns: also when the days of a running repair are one more.
  private func count(
    _ vehicle: Vehicle, at instant: Timestamp, _ caller: Caller, in tx: Transaction
  ) async throws -> (standing: ThreeGuarantees.Standing, nextDayAt: Timestamp?) {
    let subjects: [PolicySubject] = vehicle.profile.modelID.map { [.vehicleModel($0)] } ?? []
    let policy = try await policies.current(ThreeGuaranteesPolicy.self, at: instant, in: tx)
    let warranty = try await policies.current(WarrantyPolicy.self, for: subjects, at: instant, in: tx)
    let day = ReportPeriod.day(of: instant)
    let distance = try await tx.run(
      VehicleRepairRepository.distance(of: vehicle.id, before: ReportPeriod(day: day).end))
    let delivered = try await ThreeGuaranteeRepository.repairs(of: vehicle.id, in: caller.scope, through: tx)
    // The law counts wherever the vehicle stands; which order it is, a caller sees only of his own.
    let running = try await tx.within(.network, of: caller) {
      try await ThreeGuaranteeRepository.runningRepairs(of: vehicle.id, at: instant, in: caller.scope, through: tx)
    }
    let standing = ThreeGuarantees.count(
      policy.body, version: policy.version, components: warranty.body.components ?? [],
      componentsVersion: warranty.version,
      vehicle: Entitlement.VehicleFacts(
        saleDate: vehicle.profile.saleDate, deliveryDate: vehicle.profile.deliveryDate, usage: vehicle.profile.usage,
        distanceKm: distance), repairs: delivered + running, on: day)
    let next = running.filter { !$0.qualityLines.isEmpty }.compactMap(\.nextDayAt).min()
    return (standing, standing.exemption == nil ? next : nil)
  }

  private static func data(of signal: ThreeGuarantees.Signal) -> [String: EventValue] {
    [
      "counter": .text(signal.counter.rawValue), "counted": .text(signal.counted),
      "level": .text(signal.level.rawValue), "value": .integer(Int64(signal.value)),
      "limitAt": .integer(Int64(signal.limitAt)), "policyVersion": .text(signal.policyVersion.description),
    ]
  }
}
