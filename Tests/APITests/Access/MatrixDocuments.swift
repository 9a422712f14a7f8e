import API
import Domain
import FoundationEssentials
import TestSupport
import Testing

/// One document of every kind at each of two stations, as the matrix and the tests of isolation need them.
struct MatrixDocuments: Sendable {
  /// What one station owns.
  struct Owned: Sendable {
    let station: String
    let customer: String
    let duplicate: String
    let user: String
    let deputy: String
    let delegation: String
    let client: String
    /// Delivered, with everything that an order can have.
    let order: String
    let part: String
    /// In other states, so that most actions would be allowed on one of them.
    let openOrders: [String]
    let numbers: [String]

    var orders: [String] { [order] + openOrders }
  }

  let own: Owned
  let other: Owned
  let region: String
  let vehicle: String
  let model: String
  let operation: String
  let item: String

  init(_ bench: APIBench) async throws {
    let network = bench.network
    let master = bench.master()
    region = "\(network.region)"
    vehicle = "\(network.vehicle)"
    model = try await bench.create(
      "/v1/vehicle-models", master,
      #"{"code": "MX-1", "brand": "华晨", "series": "X5", "name": "X5", "powertrain": "ice"}"#)
    operation = try await bench.create(
      "/v1/labour-operations", master,
      #"{"code": "BRK-010", "name": "制动片", "category": "repair", "standardHours": "0.80"}"#)
    item = try await bench.create(
      "/v1/service-items", master,
      #"{"code": "MNT-1", "name": "保养", "category": "maintenance", "pricing": "composed", "operationIds": ["\#(operation)"]}"#
    )
    own = try await Self.owned(bench, network.station, network.customer, "a", odometerKm: 10_000)
    other = try await Self.owned(bench, network.otherStation, network.otherCustomer, "b", odometerKm: 20_000)
  }

  private static func owned(
    _ bench: APIBench, _ station: Station.ID, _ customer: Customer.ID, _ name: String, odometerKm: Int
  ) async throws -> Owned {
    let master = bench.master()
    func user(_ username: String, _ role: Role) async throws -> String {
      try await bench.create("/v1/users", master, Self.userBody(username, role, station: "\(station)"))
    }
    let technician = try await user("technician-\(name)", .stTechnician)
    let deputy = try await user("deputy-\(name)", .stTechnician)
    let duplicate = try await bench.create("/v1/customers", master, Self.customerBody(station: "\(station)"))
    let client = try await bench.create("/v1/clients", master, Self.clientBody("dms-\(name)", station: "\(station)"))
    let delegation = try await bench.create(
      "/v1/users/\(technician)/delegations", master, Self.delegationBody(to: deputy))
    _ = try await bench.created(
      "/v1/customers/\(customer)/vehicles", master,
      #"{"vehicleId": "\#(bench.network.vehicle)", "role": "owner", "sinceDate": "2024-01-01"}"#)

    let cast = OrderWalk.Cast(
      station: "\(station)", customer: "\(customer)", vehicle: "\(bench.network.vehicle)", technician: technician,
      inspector: deputy, odometerKm: odometerKm)
    let walk = OrderWalk(cast) { _, method, path, headers, body in
      // The walk has tests of its own, which hold its answers against the contract.
      await bench.send(method, path, master, headers, body: body, checked: false)
    }
    let order = try await walk.order(in: .delivered)
    _ = try await bench.created("/v1/work-orders/\(order)/notes", master, #"{"text": "客户等候 Waits"}"#)
    let lines = await bench.get("/v1/work-orders/\(order)/lines", master)
    var open: [String] = []
    for state in [WorkOrder.State.received, .quoted, .inRepair, .qualityCheck, .notified, .accepted] {
      open.append(try await walk.order(in: state))
    }
    let number = await bench.get("/v1/work-orders/\(order)", master).member("number")
    let file = await bench.get("/v1/customers/\(customer)", master).member("number")
    return Owned(
      station: "\(station)", customer: "\(customer)", duplicate: duplicate, user: technician, deputy: deputy,
      delegation: delegation, client: client, order: order,
      part: try #require(lines.member("items/0/parts/0/id")), openOrders: open,
      numbers: [try #require(number), try #require(file), "technician-\(name)", "dms-\(name)"])
  }

  // MARK: Bodies

  static func userBody(_ username: String, _ role: Role, station: String) -> String {
    """
    {"username": "\(username)", "displayName": "李娜", "password": "Start-2026-sy001", "roles": ["\(role.rawValue)"],
     "stationId": "\(station)"}
    """
  }

  static func customerBody(station: String) -> String {
    #"{"stationId": "\#(station)", "kind": "person", "name": "王小明", "phone": "13840012345", "note": "秘密"}"#
  }

  static func clientBody(_ name: String, station: String) -> String {
    #"{"clientId": "\#(name)", "name": "DMS", "roles": ["dmsClient"], "stationId": "\#(station)"}"#
  }

  static func delegationBody(to deputy: String) -> String {
    """
    {"toUserId": "\(deputy)", "roles": ["stTechnician"], "endsAt": "2036-01-01T08:00:00+08:00", "reason": "年假 Leave",
     "startsAt": "2035-12-01T08:00:00+08:00"}
    """
  }

  static func orderBody(customer: String, vehicle: String, station: String?) -> String {
    let named = station.map { #", "stationId": "\#($0)""# } ?? ""
    return #"{"customerId": "\#(customer)", "vehicleId": "\#(vehicle)", "summary": "异响 Noise"\#(named)}"#
  }
}

/// One operation as the matrix asks for it: a path and a body that would do something.
struct MatrixRequest: Sendable {
  let method: String
  let template: String
  let path: String
  let body: String?
  /// Whether the path names a document that belongs to a station.
  let isBound: Bool
  /// Statuses for somebody who has the permission and sees the document.
  let allowed: Set<Int>
  let takesVersion: Bool

  var name: String { "\(method) \(template)" }
}

extension MatrixDocuments {
  /// A request for each operation about the documents of one station.
  ///
  /// - Parameter serial: makes codes and names unique where something is created.
  func request(_ operation: API.Operation, on owned: Owned, order: String? = nil, serial: Int) -> MatrixRequest {
    let template = operation.template
    let isBound = ["/v1/stations/{", "/v1/customers/{", "/v1/users/{", "/v1/clients/{", "/v1/work-orders/{"]
      .contains { template.hasPrefix($0) }
    let takesVersion = operation.precondition != .none
    // What nobody knows by an external identity yet has no version.
    let isUpsert = template.contains("/by-external/")
    let standard: Set<Int> =
      isUpsert ? [404, 412] : takesVersion ? [412] : operation.method == .get ? [200] : [operation.status]
    return MatrixRequest(
      method: operation.method.rawValue, template: template, path: path(template, owned, order ?? owned.order),
      body: operation.body == .none ? nil : body(operation.name, owned, serial), isBound: isBound,
      allowed: Self.special[operation.name] ?? standard, takesVersion: takesVersion)
  }

  /// Where more than one answer, or another one, is right for who may.
  private static let special: [String: Set<Int>] = [
    "GET /readyz": [200, 503],
    "GET /v1/progress/{token}": [404],
    "POST /oauth2/token": [400, 401], "POST /oauth2/revoke": [400, 401], "POST /oauth2/introspect": [400, 401],
    // The caller's own only, and he is nobody's user here.
    "POST /v1/users/{id}/password": [404],
    // Roles are lent by those who may give them.
    "POST /v1/users/{id}/delegations": [201, 422],
    // Only the whole network makes stations.
    "POST /v1/stations": [201, 403],
    "POST /v1/vehicles": [409],
    "POST /v1/vehicles/{id}/odometer-readings": [201, 409],
    "POST /v1/customers/{id}/vehicles": [201, 409],
    // The order is delivered.
    "POST /v1/work-orders/{id}/lines": [409],
    "POST /v1/work-orders/{id}/lines/{line}/parts": [409],
  ]

  private func path(_ template: String, _ owned: Owned, _ order: String) -> String {
    var path = template
    for (name, value) in [
      ("{line}", "1"), ("{part}", owned.part), ("{vehicleId}", vehicle), ("{delegation}", owned.delegation),
      ("{system}", "dms"), ("{externalId}", "X-1"), ("{token}", "asp_" + String(repeating: "A", count: 54)),
      ("{name}", "not-found"),
    ] { path = path.replacing(name, with: value) }
    let id =
      switch template.split(separator: "/").dropFirst().first.map(String.init) {
      case "regions": region
      case "stations": owned.station
      case "customers": owned.customer
      case "users": owned.user
      case "clients": owned.client
      case "vehicles": vehicle
      case "vehicle-models": model
      case "labour-operations": operation
      case "service-items": item
      case "work-orders": order
      default: ""
      }
    return path.replacing("{id}", with: id)
  }

  private func body(_ name: String, _ owned: Owned, _ serial: Int) -> String {
    let hash = String(repeating: "a", count: 64)
    if let body = Self.bodies[name] { return body }
    // An upsert says what a creation says.
    if name.hasPrefix("PUT "), let end = name.firstRange(of: "/by-external/") {
      return body("POST " + name[..<end.lowerBound].dropFirst(4), owned, serial)
    }
    return switch name {
    case "POST /v1/users": Self.userBody("made-\(serial)", .stTechnician, station: owned.station)
    case "POST /v1/users/{id}/delegations": Self.delegationBody(to: owned.deputy)
    case "POST /v1/clients": Self.clientBody("made-\(serial)", station: owned.station)
    case "POST /v1/regions": #"{"code": "R\#(serial)", "name": "大区"}"#
    case "POST /v1/stations":
      """
      {"code": "S\(serial)", "name": "新站", "kind": "fourInOne", "regionId": "\(region)",
       "labourRate": {"amount": "180.00", "currency": "CNY"}}
      """
    case "POST /v1/vehicle-models":
      #"{"code": "M\#(serial)", "brand": "华晨", "series": "X5", "name": "X5", "powertrain": "ice"}"#
    case "POST /v1/labour-operations":
      #"{"code": "L\#(serial)", "name": "制动", "category": "repair", "standardHours": "0.80"}"#
    case "POST /v1/service-items":
      #"{"code": "I\#(serial)", "name": "保养", "category": "maintenance", "pricing": "composed", "operationIds": ["\#(operation)"]}"#
    case "POST /v1/customers": Self.customerBody(station: owned.station)
    case "POST /v1/customers/{id}/merge": #"{"duplicateId": "\#(owned.duplicate)"}"#
    case "POST /v1/customers/{id}/vehicles":
      #"{"vehicleId": "\#(vehicle)", "role": "driver", "sinceDate": "2024-05-18"}"#
    case "POST /v1/vehicles": #"{"vin": "\#(TestNetwork.vin)", "usage": "private"}"#
    case "POST /v1/work-orders":
      Self.orderBody(customer: owned.customer, vehicle: vehicle, station: owned.station)
    case "POST /v1/work-orders/{id}/assign": #"{"assignments": [{"technicianId": "\#(owned.user)"}]}"#
    case "POST /v1/work-orders/{id}/lines/{line}/clock-on", "POST /v1/work-orders/{id}/lines/{line}/clock-off":
      #"{"technicianId": "\#(owned.user)"}"#
    case "POST /v1/work-orders/{id}/authorise":
      #"{"estimateHash": "\#(hash)", "decidedBy": "王小明", "channel": "phone"}"#
    case "POST /v1/work-orders/{id}/decide-items":
      #"{"estimateHash": "\#(hash)", "decidedBy": "王小明", "channel": "phone", "decisions": [{"line": 1, "decision": "approved"}]}"#
    default: "{}"
    }
  }

  private static let bodies: [String: String] = [
    "PATCH /v1/users/{id}": #"{"displayName": "改名"}"#,
    "PUT /v1/users/{id}/roles": #"{"roles": ["stCashier"]}"#,
    "POST /v1/users/{id}/disable": #"{"reason": "离职"}"#,
    "POST /v1/users/{id}/password": #"{"currentPassword": "Start-2026-sy001", "password": "another-2026-pass"}"#,
    "POST /v1/clients/{id}/revoke": #"{"reason": "停用"}"#,
    "PATCH /v1/regions/{id}": #"{"nameEn": "Changed"}"#,
    "PATCH /v1/stations/{id}": #"{"nameEn": "Changed"}"#,
    "PATCH /v1/vehicle-models/{id}": #"{"nameEn": "Changed"}"#,
    "PATCH /v1/labour-operations/{id}": #"{"nameEn": "Changed"}"#,
    "PATCH /v1/service-items/{id}": #"{"nameEn": "Changed"}"#,
    "PATCH /v1/customers/{id}": #"{"note": "改过 Changed"}"#,
    "PATCH /v1/vehicles/{id}": #"{"colour": "改过 Changed"}"#,
    "POST /v1/vehicles/{id}/odometer-readings": #"{"km": 90000, "source": "customer"}"#,
    "PATCH /v1/work-orders/{id}": #"{"note": "改过 Changed"}"#,
    "POST /v1/work-orders/{id}/notes": #"{"text": "改过 Changed"}"#,
    "POST /v1/work-orders/{id}/lines": #"{"description": "加项 More", "standardHours": "0.20"}"#,
    "PATCH /v1/work-orders/{id}/lines/{line}": #"{"cause": "改过 Changed"}"#,
    "POST /v1/work-orders/{id}/lines/{line}/parts":
      #"{"partNumber": "X-1", "description": "件", "quantity": 1, "unitPrice": {"amount": "1.00", "currency": "CNY"}}"#,
    "POST /v1/work-orders/{id}/inspect": #"{"odometerKm": 99000, "confirmedBy": "王小明"}"#,
    "POST /v1/work-orders/{id}/diagnose": #"{"finding": "磨损"}"#,
    "POST /v1/work-orders/{id}/quote": #"{"promisedDeliveryAt": "2036-01-01T10:00:00+08:00"}"#,
    "POST /v1/work-orders/{id}/convert-to-appointment": #"{"reason": "改约"}"#,
    "POST /v1/work-orders/{id}/close-no-repair": #"{"reason": "不修"}"#,
    "POST /v1/work-orders/{id}/admit": #"{"keysHandedOver": true}"#,
    "POST /v1/work-orders/{id}/await-parts": #"{"partNumbers": ["X-1"]}"#,
    "POST /v1/work-orders/{id}/fail-inspection": #"{"findings": "异响"}"#,
    "POST /v1/work-orders/{id}/notify": #"{"channel": "phone", "vehicleChecked": true, "belongingsChecked": true}"#,
    "POST /v1/work-orders/{id}/accept": #"{"acceptedBy": "王小明", "workExplained": true}"#,
    "POST /v1/work-orders/{id}/settle":
      #"{"payments": [{"method": "cash", "amount": {"amount": "300.00", "currency": "CNY"}}]}"#,
    "POST /v1/work-orders/{id}/cancel": #"{"reason": "改约"}"#,
    "POST /v1/work-orders/{id}/rework": #"{"summary": "返修"}"#,
    "POST /oauth2/token": "grant_type=none", "POST /oauth2/revoke": "token=x", "POST /oauth2/introspect": "token=x",
  ]
}

extension APIBench {
  /// Sends a request of the matrix; a form keeps its own content type.
  ///
  /// - Parameter ifMatch: for operations that take a version.
  func send(
    _ request: MatrixRequest, _ token: String?, ifMatch: String, checked: Bool = true,
    _ location: SourceLocation = #_sourceLocation
  ) async -> TestAnswer {
    var headers: [String: String] = request.takesVersion ? ["if-match": ifMatch] : [:]
    if request.path.hasPrefix("/oauth2/") { headers["content-type"] = "application/x-www-form-urlencoded" }
    return await send(request.method, request.path, token, headers, body: request.body, checked: checked, location)
  }

  /// Everything that business has written, as one number; keys of idempotency and document counters included.
  func fingerprint() throws -> String {
    let tables = [
      "regions", "stations", "users", "delegations", "clients", "tokens", "vehicle_models", "labour_operations",
      "service_items", "customers", "customer_vehicles", "vehicles", "odometer_readings", "work_orders", "job_lines",
      "job_line_parts", "technician_clockings", "estimates", "quality_inspections", "invoices", "notes",
      "customer_decisions", "events", "document_counters", "idempotency_keys", "external_identities",
    ]
    return try database.admin(
      "select "
        + tables.map { "(select md5(coalesce(string_agg(t::text, '|' order by t::text), '')) from \($0) t)" }
        .joined(separator: " || "))
  }
}
