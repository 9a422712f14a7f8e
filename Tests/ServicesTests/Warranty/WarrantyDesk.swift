import Domain
import FoundationEssentials
import Repositories
import Services
import TestSupport

/// The desk of orders with what warranty needs beside it.
struct WarrantyDesk: Sendable {
  let orders: OrderDesk
  private let author: Caller
  private let approver: Caller

  var test: TestDatabase { orders.test }
  var clock: ManualClock { orders.clock }
  var work: UnitOfWork { UnitOfWork(test.database, clock: clock.wall) }
  var entitlements: EntitlementService { EntitlementService(work, policies: PolicyBook()) }
  var counters: ThreeGuaranteeService { ThreeGuaranteeService(work, policies: PolicyBook()) }
  var preAuthorisations: PreAuthorisationService { PreAuthorisationService(work, clocks: ClockBook(PolicyBook())) }
  var vehicle: Reference<Vehicle> { .id(orders.network.vehicle) }
  /// Audits claims at headquarters.
  var auditor: Caller { approver }

  static func with(_ body: @Sendable (WarrantyDesk) async throws -> Void) async throws {
    try await OrderDesk.with { orders in
      try await body(WarrantyDesk(orders: orders, author: person("作者"), approver: person("审核", [.hqClaims])))
    }
  }

  private static func person(_ name: String, _ roles: Set<Role> = []) -> Caller {
    Caller(
      subject: .user(UUID.version7(at: ManualClock().now)), name: name, roles: roles,
      permissions: Set(Permission.allCases), scope: .network)
  }

  // MARK: Ground

  func approve<Body: PolicyBody>(_ body: Body, from start: Timestamp? = nil) async throws {
    let policies = PolicyService(work)
    let number = Box<String>()
    clock.advance(seconds: 60)
    let draft = PolicyDraft(
      key: Body.key, subject: nil,
      content: PolicyContent(body: body.written, reason: "试验 Test", validFrom: start, validTo: nil))
    _ = try await policies.create(
      draft,
      author.command(at: clock.now) { policy in
        number.value = policy.number
        return Answer(status: 201)
      })
    guard let name = number.value else { throw Failure.internal(reference: "no policy was presented") }
    _ = try await policies.submit(.number(name), author.command(at: clock.now))
    clock.advance(seconds: 60)
    _ = try await policies.approve(.number(name), comment: nil, approver.command(at: clock.now))
  }

  func change(_ change: @escaping @Sendable (inout VehicleProfile) -> Void) async throws {
    clock.advance(seconds: 60)
    _ = try await VehicleService(work).update(vehicle, orders.desk.command(at: clock.now)) { vehicle in
      var profile = vehicle.profile
      change(&profile)
      return VehicleDraft(vin: vehicle.vin, profile: profile, externalIDs: vehicle.externalIDs)
    }
  }

  func sell(on day: String) async throws {
    guard let date = CalendarDate(day) else { throw Failure.internal(reference: day) }
    try await change { $0.saleDate = date }
  }

  // MARK: Orders

  /// One hour at 200.00 and three parts at 50.00, all the maker's.
  func line(
    part: String, fault: String? = nil, payer: PayerSplit.Payer = .warranty, guaranteeMonths: Int? = 12
  ) -> JobLineDraft {
    JobLineDraft(
      work: JobWork(description: "更换", faultCode: fault, causalPartNumber: part),
      standardHours: Hours(hundredths: 100), labourRate: nil, sublet: nil, travel: nil,
      split: [payer: orders.cny(35_000)],
      parts: [
        JobPartDraft(
          partNumber: part, description: "件", quantity: 3, unitPrice: orders.cny(5_000), origin: .oem,
          guaranteeMonths: guaranteeMonths, guaranteeKm: nil)
      ])
  }

  func order(_ line: JobLineDraft, in state: WorkOrder.State, km: Int) async throws -> WorkOrder {
    try await order(.repair, line, in: state, km: km)
  }

  func order(
    _ type: WorkOrder.ServiceType, _ line: JobLineDraft, in state: WorkOrder.State, km: Int
  ) async throws -> WorkOrder {
    var header = orders.header()
    header.serviceType = type
    let draft = WorkOrderDraft(stationID: nil, header: header, lines: [line])
    var order = try await orders.run { try await orders.service.create(draft, $0) }
    let steps: [WorkOrder.State] = [
      .inspected, .diagnosed, .quoted, .authorised, .inWorkshop, .inRepair, .qualityCheck, .ready, .notified,
      .accepted, .settled, .delivered,
    ]
    for step in steps where order.state != state {
      order = try await orders.advance(order, to: step, km: km)
    }
    return order
  }

  func judge(_ order: WorkOrder) async throws -> [Entitlement.Judgement] {
    try await test.database.snapshot(orders.desk) { tx in
      try await entitlements.judge(order, orders.desk, in: tx)
    }
  }

  func standing() async throws -> VehicleThreeGuarantees {
    try await counters.standing(of: vehicle, at: clock.now, orders.desk)
  }

  /// The job that looks at counters, as so many instances would run it at once without any regard for each other.
  func sweep(instances: Int = 1) async throws {
    let leases = WorkerLeaseService(test.database, clock: clock.wall)
    let jobs = Array(["one", "two", "three"].prefix(instances))
    try await leases.register(jobs)
    let sweep = ThreeGuaranteeSweep(leases, policies: PolicyBook(), clock: clock.wall)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for job in jobs {
        group.addTask {
          guard let lease = try await leases.acquire([job], holder: UUID()) else {
            throw Failure.internal(reference: "the job \(job) is not due")
          }
          while try await sweep.review(under: lease) {}
          try await leases.release(lease)
        }
      }
      try await group.waitForAll()
    }
  }

  func events(_ type: String) throws -> Int {
    Int(try test.admin("select count(*) from events where type = '\(type)'")) ?? -1
  }
}
