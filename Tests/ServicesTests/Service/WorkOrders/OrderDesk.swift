import Domain
import FoundationEssentials
import Repositories
import Services
import Synchronization
import TestSupport

/// The work-order services on a database of their own, with one method a step of the walk.
struct OrderDesk: Sendable {
  let test: TestDatabase
  let network: TestNetwork
  let clock: ManualClock
  let service: WorkOrderService
  /// The adviser, who may do everything at his station.
  let desk: Caller

  static func with(_ body: @Sendable (OrderDesk) async throws -> Void) async throws {
    try await TestDatabase.with { test in
      let clock = ManualClock()
      let network = try await TestNetwork(in: test.database, at: clock.now)
      try await body(
        OrderDesk(
          test: test, network: network, clock: clock,
          service: WorkOrderService(
            UnitOfWork(test.database, clock: clock.wall), clocks: ClockBook(PolicyBook())), desk: network.everything))
    }
  }

  func cny(_ minor: Int64) -> Money { Money(minor: minor, currency: .cny) }

  var technician: Caller { person(network.technician) }
  var inspector: Caller { person(network.inspector) }

  private func person(_ user: User.ID) -> Caller {
    Caller(
      subject: .user(user.uuid), name: "员工", roles: [.stTechnician], permissions: Set(Permission.allCases),
      scope: .station(network.station))
  }

  func header(_ summary: String = "刹车异响") -> WorkOrderHeader {
    WorkOrderHeader(
      customerID: network.customer, vehicleID: network.vehicle, mode: .workshop, serviceType: .repair,
      summary: summary, note: nil, contact: nil, externalIDs: [:])
  }

  /// One hour at the station's rate of 200.00 and 3 parts of 50.00: 350.00.
  func line(split: [PayerSplit.Payer: Money]? = nil) -> JobLineDraft {
    JobLineDraft(
      work: JobWork(description: "更换刹车片"), standardHours: Hours(hundredths: 100), labourRate: nil, sublet: nil,
      travel: nil, split: split,
      parts: [
        JobPartDraft(
          partNumber: "BP-1", description: "刹车片", quantity: 3, unitPrice: cny(5_000), origin: .oem,
          guaranteeMonths: 12, guaranteeKm: nil)
      ])
  }

  /// Runs a write and hands out the order that it answered with.
  func run(
    as caller: Caller? = nil, expecting precondition: Precondition? = .any,
    _ write: (Command<WorkOrder>) async throws -> Answer
  ) async throws -> WorkOrder {
    let box = Box<WorkOrder>()
    clock.advance(seconds: 60)
    _ = try await write(
      (caller ?? desk).command(at: clock.now, expecting: precondition) { order in
        box.value = order
        return Answer(status: 200)
      })
    guard let order = box.value else { throw Failure.internal(reference: "no order was presented") }
    return order
  }

  func create(_ lines: [JobLineDraft]? = nil) async throws -> WorkOrder {
    let draft = WorkOrderDraft(stationID: nil, header: header(), lines: lines ?? [line()])
    return try await run { try await service.create(draft, $0) }
  }

  func inspection(_ km: Int, replacement: OdometerDraft.Replacement? = nil) -> WorkOrderService.InspectionRecord {
    .init(
      odometerKm: km, clusterReplacement: replacement,
      record: ReceptionInspection(
        exterior: [.init(position: "左前", condition: "划痕")], interior: [], functions: [], belongings: [],
        fuelPercent: 50, confirmedBy: "王小明", inspectedAt: clock.now, inspectedBy: desk.name))
  }

  @discardableResult
  func inspect(_ order: WorkOrder, km: Int, replacement: OdometerDraft.Replacement? = nil) async throws -> CheckIn {
    let box = Box<CheckIn>()
    clock.advance(seconds: 60)
    _ = try await service.inspect(
      .id(order.id), inspection(km, replacement: replacement),
      desk.command(at: clock.now) { result in
        box.value = result.checkIn
        return Answer(status: 200)
      })
    guard let checkIn = box.value else { throw Failure.internal(reference: "no check-in was presented") }
    return checkIn
  }

  func decision(_ hash: String) -> CustomerDecision {
    CustomerDecision(
      decidedBy: "王小明", channel: .inPerson, decidedAt: clock.now, estimateHash: hash, recordedBy: desk.name)
  }

  func correction() -> JobLinePatch {
    var patch = JobLinePatch()
    patch.correction = .set("已更换")
    return patch
  }

  /// Takes a new order as far as the state, on the main road.
  func order(
    in state: WorkOrder.State, lines: [JobLineDraft]? = nil, km: Int = 10_000
  ) async throws -> WorkOrder {
    var order = try await create(lines)
    let steps: [WorkOrder.State] = [
      .inspected, .diagnosed, .quoted, .authorised, .inWorkshop, .inRepair, .qualityCheck, .ready, .notified, .accepted,
      .settled, .delivered, .closed,
    ]
    for step in steps where order.state != state { order = try await advance(order, to: step, km: km) }
    return order
  }

  func advance(_ order: WorkOrder, to state: WorkOrder.State, km: Int = 10_000) async throws -> WorkOrder {
    let id = Reference<WorkOrder>.id(order.id)
    switch state {
    case .inspected:
      try await inspect(order, km: km)
      return try await service.whole(id, desk)
    case .diagnosed: return try await run { try await service.diagnose(id, finding: "磨损", $0) }
    case .quoted:
      return try await run { command in
        try await service.quote(
          id, promisedDeliveryAt: command.at.adding(seconds: 3600), promisedQuality: "原厂", command)
      }
    case .authorised:
      let decision = decision(order.contentHash)
      return try await run { try await service.authorise(id, decision, $0) }
    case .inWorkshop: return try await run { try await service.admit(id, reason: nil, data: [:], $0) }
    case .inRepair:
      return try await run { try await service.assign(id, [(nil, network.technician.uuid)], $0) }
    case .qualityCheck:
      for line in order.lines where line.counts && line.work.correction == nil {
        _ = try await run { try await service.editLine(id, line.number, correction(), $0) }
      }
      return try await run(as: technician) { try await service.finish(id, note: nil, $0) }
    case .ready:
      return try await run(as: inspector) { try await service.judge(id, .passed, findings: nil, inspector: nil, $0) }
    case .notified: return try await run { try await service.notify(id, reason: nil, data: [:], $0) }
    case .accepted:
      return try await run { try await service.accept(id, .accepted, by: "王小明", reason: nil, data: [:], $0) }
    case .settled: return try await run { try await service.settle(id, payments(order), $0) }
    case .delivered: return try await run { try await service.deliver(id, data: [:], $0) }
    case .closed: return try await run { try await service.close(id, reason: nil, $0) }
    default: return order
    }
  }

  /// Exactly what the customer owes.
  func payments(_ order: WorkOrder) -> [Payment] {
    let due = order.totals[.customer]
    return due == 0 ? [] : [Payment(method: .card, amount: cny(due), reference: "T-1")]
  }

  func events(_ order: WorkOrder) async throws -> [Event] {
    try await service.history(.id(order.id), PageRequest(limit: 100, sort: [.init("position")]), desk).items
  }
}

/// Carries a value out of an answer's presentation.
final class Box<Value: Sendable>: Sendable {
  private let content = Mutex<Value?>(nil)
  var value: Value? {
    get { content.withLock { $0 } }
    set { content.withLock { $0 = newValue } }
  }
}

/// What happened to each of many parallel attempts.
struct Outcomes: Sendable {
  var succeeded = 0
  var refused: [Refusal] = []
  var others: [String] = []

  static func of(_ count: Int, _ attempt: @escaping @Sendable (Int) async throws -> Void) async -> Outcomes {
    await withTaskGroup(of: Result<Void, any Error>.self) { group in
      for place in 0..<count {
        group.addTask {
          do { return .success(try await attempt(place)) } catch { return .failure(error) }
        }
      }
      var outcomes = Outcomes()
      for await result in group {
        switch result {
        case .success: outcomes.succeeded += 1
        case .failure(let refusal as Refusal): outcomes.refused.append(refusal)
        case .failure(let error): outcomes.others.append("\(error)")
        }
      }
      return outcomes
    }
  }
}
