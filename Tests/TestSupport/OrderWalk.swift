package import Domain
import Foundation

/// The way of one order from reception to its closing, over whatever transport a test has: in process or over a socket.
package struct OrderWalk: Sendable {
  /// One request by somebody who holds the role; `headers` carry `If-Match` where it is needed.
  package typealias Send =
    @Sendable (
      _ role: Role, _ method: String, _ path: String, _ headers: [String: String], _ body: String?
    ) async throws -> TestAnswer

  /// A step that was not answered as expected.
  package struct Stuck: Error, CustomStringConvertible {
    package let description: String
  }

  /// Who and what the order is about, as texts of their identities.
  package struct Cast: Sendable {
    package let station: String
    package let customer: String
    package let vehicle: String
    package let technician: String
    /// Named by the machine clients that walk: they are no person themselves.
    package let inspector: String
    package let odometerKm: Int

    package init(
      station: String, customer: String, vehicle: String, technician: String, inspector: String, odometerKm: Int
    ) {
      self.station = station
      self.customer = customer
      self.vehicle = vehicle
      self.technician = technician
      self.inspector = inspector
      self.odometerKm = odometerKm
    }
  }

  package let cast: Cast
  private let send: Send

  package init(_ cast: Cast, _ send: @escaping Send) {
    self.cast = cast
    self.send = send
  }

  /// In the order of the walk; the first is where `open` leaves it.
  package static let states: [WorkOrder.State] = [
    .received, .inspected, .diagnosed, .quoted, .authorised, .inWorkshop, .inRepair, .qualityCheck, .ready, .notified,
    .accepted, .settled, .delivered, .closed,
  ]

  /// A new order with one job and one part, 300.00 in all.
  /// - Returns: its identity.
  package func open() async throws -> String {
    let body = """
      {"customerId": "\(cast.customer)", "vehicleId": "\(cast.vehicle)", "stationId": "\(cast.station)",
       "summary": "制动异响 Brakes squeal", "contact": {"name": "王小明", "phone": "13812345678"},
       "lines": [{"description": "前制动片 Front brake pads", "standardHours": "0.50",
         "labourRate": {"amount": "200.00", "currency": "CNY"},
         "parts": [{"partNumber": "BP-1", "description": "制动片 Pads", "quantity": 2,
           "unitPrice": {"amount": "100.00", "currency": "CNY"}}]}]}
      """
    let answer = try await send(.stAdviser, "POST", "/v1/work-orders", [:], body)
    guard answer.status == 201, let id = answer.member("id") else { throw Stuck(description: "open: \(answer.text)") }
    return id
  }

  /// Opens an order and takes it as far as `state`.
  package func order(in state: WorkOrder.State) async throws -> String {
    let id = try await open()
    try await advance(id, to: state)
    return id
  }

  /// From where the order is to a later state of the walk.
  package func advance(_ id: String, to target: WorkOrder.State) async throws {
    let read = try await send(.stAdviser, "GET", "/v1/work-orders/\(id)", [:], nil)
    guard let state = read.member("state").flatMap(WorkOrder.State.init(rawValue:)),
      let start = Self.states.firstIndex(of: state), let end = Self.states.firstIndex(of: target), start <= end
    else { throw Stuck(description: "no way to \(target): \(read.text)") }
    for next in Self.states[start..<end].indices.map({ Self.states[$0 + 1] }) { try await step(id, to: next) }
  }

  private func step(_ id: String, to state: WorkOrder.State) async throws {
    switch state {
    case .inspected:
      try await act(
        id, .stAdviser, "inspect",
        #"{"odometerKm": \#(cast.odometerKm), "confirmedBy": "王小明", "belongings": ["雨伞 Umbrella"]}"#)
    case .diagnosed: try await act(id, .stAdviser, "diagnose", #"{"finding": "磨损 Worn"}"#)
    case .quoted: try await act(id, .stAdviser, "quote", #"{"promisedDeliveryAt": "2036-01-01T10:00:00+08:00"}"#)
    case .authorised:
      let order = try await send(.stAdviser, "GET", "/v1/work-orders/\(id)", [:], nil)
      let hash = order.member("estimate/hash") ?? ""
      try await act(
        id, .stAdviser, "authorise", #"{"estimateHash": "\#(hash)", "decidedBy": "王小明", "channel": "signature"}"#)
    case .inWorkshop: try await act(id, .stAdviser, "admit", #"{"keysHandedOver": true, "washed": true}"#)
    case .inRepair:
      try await act(
        id, .stWorkshopSupervisor, "assign", #"{"assignments": [{"technicianId": "\#(cast.technician)"}]}"#)
    case .qualityCheck:
      let version = try await version(of: id)
      let edited = try await send(
        .stTechnician, "PATCH", "/v1/work-orders/\(id)/lines/1", ["if-match": version],
        #"{"cause": "磨损 Worn", "correction": "更换 Replaced"}"#)
      guard edited.status == 200 else { throw Stuck(description: "correction: \(edited.text)") }
      try await act(id, .stTechnician, "finish", "{}")
    case .ready:
      try await act(
        id, .stInspector, "pass-inspection", #"{"findings": "正常 Good", "inspectorId": "\#(cast.inspector)"}"#)
    case .notified:
      try await act(
        id, .stAdviser, "notify", #"{"channel": "phone", "vehicleChecked": true, "belongingsChecked": true}"#)
    case .accepted: try await act(id, .stAdviser, "accept", #"{"acceptedBy": "王小明", "workExplained": true}"#)
    case .settled:
      try await act(
        id, .stCashier, "settle",
        #"{"payments": [{"method": "cash", "amount": {"amount": "300.00", "currency": "CNY"}}]}"#)
    case .delivered: try await act(id, .stAdviser, "deliver", #"{"gatePass": "GP-1"}"#)
    case .closed: try await act(id, .stAdviser, "close", "{}")
    case .received, .awaitingCustomerApproval, .awaitingParts, .cancelled, .convertedToAppointment, .closedNoRepair:
      throw Stuck(description: "\(state) is not on the way")
    }
    let now = try await send(.stAdviser, "GET", "/v1/work-orders/\(id)", [:], nil)
    guard now.member("state") == state.rawValue else { throw Stuck(description: "\(state): \(now.text)") }
  }

  private func act(_ id: String, _ role: Role, _ action: String, _ body: String) async throws {
    let answer = try await send(
      role, "POST", "/v1/work-orders/\(id)/\(action)", ["if-match": try await version(of: id)], body)
    guard answer.status == 200 else { throw Stuck(description: "\(action): \(answer.status) \(answer.text)") }
  }

  private func version(of id: String) async throws -> String {
    let answer = try await send(.stAdviser, "GET", "/v1/work-orders/\(id)", [:], nil)
    guard let tag = answer.header("etag") else { throw Stuck(description: "no version: \(answer.text)") }
    return tag
  }
}
