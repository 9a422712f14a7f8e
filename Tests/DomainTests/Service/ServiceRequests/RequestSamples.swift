import Domain
import FoundationEssentials

/// Requests and stations as the tests of this folder need them.
enum RequestSamples {
  static let now = Timestamp(milliseconds: 1_795_248_000_000)
  static let clerk = Subject.user(UUID())
  static let caller = Caller(subject: clerk, name: "话务员", roles: [.callCentre], permissions: [], scope: .network)
  static let region = Region.ID.new(at: now)
  static let otherRegion = Region.ID.new(at: now)
  static let order = WorkOrder.ID.new(at: now)

  static func header(
    _ kind: ServiceRequest.Kind = .repair, mode: WorkOrder.Mode = .workshop, place: RequestPlace = RequestPlace(),
    requirement: RequestRequirement = RequestRequirement(), inspection: RequestInspection? = nil
  ) -> ServiceRequestHeader {
    ServiceRequestHeader(
      kind: kind, source: .callCentre, medium: .hotline, urgency: .normal,
      contact: RequestContact(name: "王小明", phone: "13812345678"), customerID: nil, vehicleID: nil, vin: nil, plate: nil,
      place: place, mode: mode, cityMinorRepair: false, need: "车辆无法启动", symptom: nil, requirement: requirement,
      inspection: inspection, externalIDs: [:])
  }

  static func request(
    _ state: ServiceRequest.State = .received, _ header: ServiceRequestHeader = header(),
    registeredAt station: Station.ID? = nil, progress: ServiceRequestProgress = ServiceRequestProgress(),
    sight: Scope = .network
  ) -> ServiceRequest {
    ServiceRequest(
      id: .new(at: now), number: "SR-HQ-2026-000001", registeredStationID: station,
      stationID: progress.dispatch?.stationID ?? station, state: state, version: 1,
      stamp: RecordStamp(by: caller, at: now), header: header, progress: progress, sight: sight)
  }

  /// A request in which every guard of every action holds.
  static func ready(_ state: ServiceRequest.State, to station: Station.ID = .new(at: now)) -> ServiceRequest {
    request(
      state, header(mode: .onSite),
      progress: ServiceRequestProgress(dispatch: dispatch(to: station), dispatches: 1, workOrderID: order))
  }

  static func dispatch(to station: Station.ID, attempt: Int = 1) -> RequestDispatch {
    RequestDispatch(
      attempt: attempt, stationID: station, isOverruled: false, reason: nil, dispatchedAt: now, dispatchedBy: "话务员")
  }

  static func resolution() -> RequestResolution {
    RequestResolution(
      summary: "更换蓄电池", caseReference: nil, faultCleared: true, clearedAt: now, resolvedBy: "技师", resolvedAt: now)
  }

  static func receipt(_ party: RequestReceipt.Party) -> RequestReceipt {
    RequestReceipt(party: party, channel: .phone, note: nil, returnedBy: "话务员", returnedAt: now)
  }

  static func station(
    _ code: String, id: Station.ID = .new(at: now), state: Station.State = .active, region: Region.ID = region,
    at position: GeographicPosition? = nil, authorisations: Set<String> = [], brands: Set<String> = [],
    skills: Set<String> = [], isOpen: Bool? = nil, bays: Int = 4, orders: Int = 0, requests: Int = 0,
    last: Timestamp? = nil
  ) -> DispatchCandidate {
    DispatchCandidate(
      stationID: id, code: code, name: "站\(code)", state: state, regionID: region, position: position,
      authorisations: authorisations, brands: brands, skills: skills, isOpenNow: isOpen, bays: bays,
      openOrders: orders, openRequests: requests, lastDispatchedAt: last)
  }

  /// By the numbers that come with the product.
  static func ranking(_ need: DispatchNeed, among stations: [DispatchCandidate]) -> DispatchRanking {
    DispatchRanking(need, among: stations, by: PolicyDefaults.dispatch, of: "clocks@0")
  }

  static func need(
    position: GeographicPosition? = nil, region: Region.ID? = nil, mode: WorkOrder.Mode = .workshop,
    urgency: ServiceRequest.Urgency = .normal, repairType: String? = nil, brand: String? = nil, skill: String? = nil,
    refusedBy: Set<Station.ID> = []
  ) -> DispatchNeed {
    DispatchNeed(
      position: position, regionID: region, mode: mode, urgency: urgency, repairType: repairType, brand: brand,
      skill: skill, refusedBy: refusedBy)
  }

  static func place(_ latitude: String, _ longitude: String) -> GeographicPosition? {
    GeographicPosition(latitude: latitude, longitude: longitude)
  }
}
