import Domain
import FoundationEssentials
import Repositories
import Services
import TestSupport

/// The services of requests on a database of their own, with one method a step of the walk.
struct RequestDesk: Sendable {
  let test: TestDatabase
  let network: TestNetwork
  let clock: ManualClock
  let service: ServiceRequestService
  let orders: WorkOrderService

  static func with(_ body: @Sendable (RequestDesk) async throws -> Void) async throws {
    try await TestDatabase.with { test in
      let clock = ManualClock()
      let network = try await TestNetwork(in: test.database, at: clock.now)
      let work = UnitOfWork(test.database, clock: clock.wall)
      let orders = WorkOrderService(work, clocks: ClockBook(PolicyBook()))
      try await body(
        RequestDesk(
          test: test, network: network, clock: clock, service: ServiceRequestService(work, orders: orders),
          orders: orders))
    }
  }

  /// May do everything, at headquarters.
  let hotline = Caller(
    subject: .client(UUID()), name: "话务员", roles: [.callCentre], permissions: Set(Permission.allCases), scope: .network)

  func station(_ id: Station.ID? = nil) -> Caller {
    Caller(
      subject: .client(UUID()), name: "顾问", roles: [.stAdviser], permissions: Set(Permission.allCases),
      scope: .station(id ?? network.station))
  }

  func draft(
    at station: Station.ID? = nil, _ kind: ServiceRequest.Kind = .repair, mode: WorkOrder.Mode = .workshop,
    vin: String? = nil, requirement: RequestRequirement = RequestRequirement()
  ) -> ServiceRequestDraft {
    ServiceRequestDraft(
      stationID: station,
      header: ServiceRequestHeader(
        kind: kind, source: .callCentre, medium: .hotline, urgency: .normal,
        contact: RequestContact(name: "王小明", phone: "13812345678"), customerID: nil, vehicleID: nil, vin: vin,
        plate: nil, place: RequestPlace(regionID: network.region), mode: mode, cityMinorRepair: false, need: "无法启动",
        symptom: nil, requirement: requirement, externalIDs: [:]))
  }

  /// Runs a write and hands out the request that it answered with.
  func run(
    as caller: Caller? = nil, expecting precondition: Precondition? = .any,
    _ write: (Command<ServiceRequest>) async throws -> Answer
  ) async throws -> ServiceRequest {
    let box = Box<ServiceRequest>()
    clock.advance(seconds: 60)
    _ = try await write(
      (caller ?? hotline).command(at: clock.now, expecting: precondition) { request in
        box.value = request
        return Answer(status: 200)
      })
    guard let request = box.value else { throw Failure.internal(reference: "no request was presented") }
    return request
  }

  func create(_ draft: ServiceRequestDraft? = nil, as caller: Caller? = nil) async throws -> ServiceRequest {
    try await run(as: caller) { try await service.create(draft ?? self.draft(), $0) }
  }

  /// Dispatched to the first station, whatever the ranking says.
  func dispatched(_ draft: ServiceRequestDraft? = nil) async throws -> ServiceRequest {
    let request = try await create(draft)
    return try await run {
      try await service.dispatch(.id(request.id), to: network.station, reason: "客户指定", $0)
    }
  }

  func accepted(_ draft: ServiceRequestDraft? = nil) async throws -> ServiceRequest {
    let request = try await dispatched(draft)
    return try await run(as: station()) { try await service.accept(.id(request.id), expectedArrivalAt: nil, $0) }
  }

  /// Work has begun under a new order.
  func started(_ draft: ServiceRequestDraft? = nil) async throws -> ServiceRequest {
    let request = try await accepted(draft)
    return try await run(as: station()) { try await service.start(.id(request.id), newOrder, $0) }
  }

  var newOrder: ServiceRequestService.WorkStart {
    .new(customerID: network.customer, vehicleID: nil, mode: nil, serviceType: .repair)
  }

  func resolved(_ draft: ServiceRequestDraft? = nil) async throws -> ServiceRequest {
    let request = try await started(draft)
    return try await run(as: station()) { try await service.resolve(.id(request.id), resolution(), $0) }
  }

  func receipted(_ draft: ServiceRequestDraft? = nil) async throws -> ServiceRequest {
    var request = try await resolved(draft)
    for party in RequestReceipt.Party.allCases {
      request = try await run { try await service.receipt(.id(request.id), receipt(party), $0) }
    }
    return request
  }

  func resolution() -> RequestResolution {
    RequestResolution(
      summary: "更换蓄电池", caseReference: nil, faultCleared: true, clearedAt: clock.now, resolvedBy: "技师",
      resolvedAt: clock.now)
  }

  func receipt(_ party: RequestReceipt.Party) -> RequestReceipt {
    RequestReceipt(party: party, channel: .phone, note: nil, returnedBy: "话务员", returnedAt: clock.now)
  }

  func events(_ request: ServiceRequest, as caller: Caller? = nil) async throws -> [Event] {
    try await service.history(
      .id(request.id), PageRequest(limit: 100, sort: [.init("position")]), caller ?? hotline
    ).items
  }

  /// Stations beside the two of the network, all alike.
  func addStations(_ codes: [String]) async throws -> [Station.ID] {
    let stations = codes.map { code in
      Station(
        id: .new(at: clock.now), code: code, state: .active,
        profile: StationProfile(
          name: "站\(code)", nameEn: nil, kind: .serviceOnly, regionID: network.region, timeZone: "Asia/Shanghai",
          currency: .cny, address: nil, city: nil, phone: nil, position: nil,
          labourRate: Money(minor: 20_000, currency: .cny), authorisations: [], bays: 4),
        externalIDs: [:], version: 1, stamp: RecordStamp(by: .system, at: clock.now))
    }
    try await test.database.write(.system) { tx in
      for station in stations { _ = try await tx.run(StationRepository.insert(station)) }
    }
    return stations.map(\.id)
  }
}
