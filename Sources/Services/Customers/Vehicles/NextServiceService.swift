package import Domain
import FoundationEssentials
package import Repositories

/// The next service of the vehicles in customer files: planned from what is known about them, and reminded of once a cycle
/// (CUS-09, CUS-10, FUP-04).
package struct NextServiceService: Sendable {
  static let stepSize = 100

  private let work: UnitOfWork
  private let policies: PolicyBook

  package init(_ work: UnitOfWork, policies: PolicyBook) {
    self.work = work
    self.policies = policies
  }

  package func list(
    _ filter: ServicePlanFilter, _ page: PageRequest, _ caller: Caller
  ) async throws -> Page<ServicePlan> {
    try caller.require(.customersRead)
    return try await work.database.read(caller, ServicePlanRepository.list(filter, page, in: caller.scope))
  }

  /// Plans anew what is older than what is known.
  ///
  /// - Returns: how many were planned.
  package func plan(at now: Timestamp, in tx: Transaction) async throws -> Int {
    tx.enqueue(RecordTime.write(at: now))
    let stale = try await tx.run(ServicePlanRepository.stale(at: now, limit: Self.stepSize))
    for task in stale {
      let policy = try await policies.current(FollowUpsPolicy.self, at: task.stationID, now, in: tx).body
      tx.enqueue(ServicePlanRepository.store(task, NextService.predicted(task.facts, under: policy), at: now))
    }
    return stale.count
  }

  /// Tells whoever writes to customers that a vehicle comes due, once a cycle whichever instance finds it: an event of the
  /// customer.
  ///
  /// - Returns: how many plans were looked at.
  package func remind(at now: Timestamp, in tx: Transaction) async throws -> Int {
    tx.enqueue(RecordTime.write(at: now))
    // The day is the same all over China; how long before the customer is reminded is the region's.
    let today = CalendarDate(daysSinceEpoch: now.adding(seconds: 8 * 3600).milliseconds.flooredDivision(by: 86_400_000))
    func day(_ policy: FollowUpsPolicy) -> CalendarDate? {
      policy.serviceReminderDays.map { CalendarDate(daysSinceEpoch: today.daysSinceEpoch + Int64($0) + 1) }
    }
    var horizon = ServicePlanRepository.Horizon(
      everywhere: day(try await policies.current(FollowUpsPolicy.self, at: now, in: tx).body), regions: [:])
    for region in try await tx.run(PolicyRepository.regions(with: .followUps, at: now)) {
      let own = try await policies.current(FollowUpsPolicy.self, for: [.region(region)], at: now, in: tx).body
      horizon.regions.updateValue(day(own), forKey: region)
    }
    guard horizon.last != nil else { return 0 }
    let due = try await tx.run(ServicePlanRepository.lockToRemind(before: horizon, limit: Self.stepSize))
    var changes: [Change] = []
    for plan in due {
      tx.enqueue(ServicePlanRepository.remind(plan, at: now))
      guard let customer = try await tx.run(CustomerRepository.find(.id(plan.customerID), in: .network)) else {
        continue
      }
      changes.append(
        Change(
          type: "customer.serviceReminderDue", resource: .customer, id: customer.id.uuid, number: customer.number,
          version: customer.version, station: plan.stationID,
          data: [
            "vehicleId": .text(plan.vehicleID.description), "vin": .text(plan.vin),
            "dueOn": .text(plan.next.dueOn.description), "basis": .text(plan.next.basis.rawValue),
            "dueKm": plan.next.dueKm.map { .integer(Int64($0)) } ?? .null,
          ]))
    }
    if !changes.isEmpty {
      tx.enqueue(EventRepository.append(changes, by: .system, requestID: "remindServices", at: now))
    }
    return due.count
  }

}

/// The jobs of the next service.
package struct NextServiceSweep: Sendable {
  private let leases: WorkerLeaseService
  private let services: NextServiceService
  private let clock: WallClock

  package init(_ leases: WorkerLeaseService, services: NextServiceService, clock: WallClock) {
    self.leases = leases
    self.services = services
    self.clock = clock
  }

  /// - Returns: whether there may be more.
  package func plan(under lease: WorkerLease) async throws -> Bool {
    let now = clock.now()
    return try await leases.step(under: lease) { tx in
      try await services.plan(at: now, in: tx) == NextServiceService.stepSize
    }
  }

  /// - Returns: whether there may be more.
  package func remind(under lease: WorkerLease) async throws -> Bool {
    let now = clock.now()
    return try await leases.step(under: lease) { tx in
      try await services.remind(at: now, in: tx) == NextServiceService.stepSize
    }
  }
}
