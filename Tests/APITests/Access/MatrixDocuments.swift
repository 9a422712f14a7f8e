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
    let webhook: String
    /// Delivered, with everything that an order can have.
    let order: String
    let part: String
    /// A file on each kind of document, by the collection in its path.
    let attachments: [String: String]
    /// Asked for, not confirmed.
    let appointment: String
    /// In other states, so that most actions would be allowed on one of them.
    let openOrders: [String]
    /// Dispatched to the station.
    let request: String
    let productReturn: String
    /// Of the station's customer, recorded.
    let complaint: String
    /// A draft for what the complaint was promised.
    let claim: String
    /// Issued about the station.
    let issuedReport: String
    /// The first call after the delivered order, a planned letter, and what somebody answered.
    let followUp: String
    let letter: String
    let response: String
    /// Confirmed as major, with its report.
    let issue: String
    /// Received in part with one piece damaged, its shipment, and the claim for the piece.
    let partsOrder: String
    let shipment: String
    let partsClaim: String
    let money: Money
    let numbers: [String]
    /// Tagged.
    let oldPart: String
    /// Drafted for the quoted order.
    let preAuthorisation: String
    /// Of the delivered order, running.
    let clock: String
    let stock: MatrixStock

    var orders: [String] { [order] + openOrders }

    /// What the station and the maker owe each other: a compiled settlement with its items, and the ledger.
    struct Money: Sendable {
      let settlement: String
      let item: String
      let penalty: String
      let reward: String
      let entry: String
      let account: String
      let numbers: [String]
    }
  }

  let own: Owned
  let other: Owned
  let region: String
  let vehicle: String
  let model: String
  let operation: String
  let item: String
  let fault: String
  let calendar: String
  let survey: String
  /// With a contract, and what was compiled by it.
  let supplier: String
  let recovery: String
  /// A campaign about another vehicle that anybody may see, and that vehicle.
  let campaign: String
  let campaignVehicle: String
  let carrier: String
  /// A signal, headquarters' as all are.
  let warning: String
  let parts: MatrixParts

  init(_ bench: APIBench) async throws {
    let network = bench.network
    let master = bench.master()
    region = "\(network.region)"
    vehicle = "\(network.vehicle)"
    model = try await bench.create(
      "/v1/vehicle-models", master,
      #"{"code": "MX-1", "brand": "华晨", "series": "X5", "name": "X5", "powertrain": "ice"}"#)
    let parts = try await MatrixParts(bench, model: model)
    self.parts = parts
    operation = try await bench.create(
      "/v1/labour-operations", master,
      #"{"code": "BRK-010", "name": "制动片", "category": "repair", "standardHours": "0.80"}"#)
    item = try await bench.create(
      "/v1/service-items", master,
      #"{"code": "MNT-1", "name": "保养", "category": "maintenance", "pricing": "composed", "operationIds": ["\#(operation)"]}"#
    )
    fault = try await bench.create("/v1/fault-codes", master, Self.faultBody("MX-FAULT"))
    calendar = try await bench.create("/v1/calendars", master, Self.calendarBody("MX-CAL", station: nil))
    let recalled = try await bench.create(
      "/v1/vehicles", master, #"{"vin": "\#(Self.recalledVIN)", "usage": "private"}"#)
    campaignVehicle = recalled
    campaign = try await bench.create("/v1/campaigns", master, Self.campaignBody)
    for action in ["approve", "publish"] {
      let answer = await bench.act("/v1/campaigns/\(campaign)/\(action)", bench.master())
      try #require(answer.status == 200, "\(answer.text)")
    }
    carrier = try await bench.create("/v1/carriers", master, #"{"code": "MXCARRIER", "name": "顺运物流"}"#)
    warning = "\(try await TestSignal.record(bench.database, at: SystemClock.now()).id)"
    let survey = try await bench.create("/v1/surveys", master, Self.surveyBody("MX-SURVEY"))
    self.survey = survey
    supplier = try await bench.create("/v1/suppliers", master, Self.supplierBody("MXS"))
    _ = try await bench.created("/v1/suppliers/\(supplier)/contracts", master, Self.contractBody("2020-01-01"))
    let recovery = try await bench.create("/v1/supplier-recoveries", master, Self.recoveryBody(supplier: supplier))
    self.recovery = recovery
    // Files hang on what everybody shares, too.
    let shared = [
      ("parts", parts.part), ("vehicle-models", model), ("labour-operations", operation), ("suppliers", supplier),
      ("price-lists", parts.priceList), ("campaigns", campaign), ("early-warnings", warning),
    ]
    own = try await Self.owned(
      bench, network.station, network.customer, "a", odometerKm: 10_000, survey: survey, recovery: recovery,
      part: parts.part, shared: shared)
    other = try await Self.owned(
      bench, network.otherStation, network.otherCustomer, "b", odometerKm: 20_000, survey: survey, recovery: recovery,
      part: parts.part, shared: shared)
  }

  private static func owned(
    _ bench: APIBench, _ station: Station.ID, _ customer: Customer.ID, _ name: String, odometerKm: Int,
    survey: String, recovery: String, part: String, shared: [(String, String)]
  ) async throws -> Owned {
    let master = bench.master()
    func user(_ username: String, _ role: Role) async throws -> String {
      try await bench.create("/v1/users", master, Self.userBody(username, role, station: "\(station)"))
    }
    let technician = try await user("technician-\(name)", .stTechnician)
    let deputy = try await user("deputy-\(name)", .stTechnician)
    let duplicate = try await bench.create("/v1/customers", master, Self.customerBody(station: "\(station)"))
    let client = try await bench.create("/v1/clients", master, Self.clientBody("dms-\(name)", station: "\(station)"))
    let webhook = try await bench.create("/v1/webhooks", master, Self.webhookBody(station: "\(station)"))
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
    let clocks = await bench.get("/v1/clocks?kind=customerFile&stationId=\(station)", master)
    var open: [String] = []
    for state in [WorkOrder.State.received, .quoted, .inRepair, .qualityCheck, .notified, .accepted] {
      open.append(try await walk.order(in: state))
    }
    let request = try await bench.create("/v1/service-requests", master, Self.requestBody(station: nil))
    let dispatched = await bench.act(
      "/v1/service-requests/\(request)/dispatch", master, #"{"stationId": "\#(station)", "reason": "客户指定 Wished"}"#)
    try #require(dispatched.status == 200, "\(dispatched.text)")
    let productReturn = try await bench.created(
      "/v1/product-returns", master, Self.returnBody(station: "\(station)"))
    let oldPart = try await bench.created(
      "/v1/old-parts", master, Self.oldPartBody(station: "\(station)", vehicle: "\(bench.network.vehicle)"))
    let issue = try await bench.created("/v1/quality-issues", master, Self.issueBody(station: "\(station)"))
    let issueID = try #require(issue.member("id"))
    let confirmed = await bench.act("/v1/quality-issues/\(issueID)/confirm", master, #"{"level": "level3"}"#)
    try #require(confirmed.status == 200, "\(confirmed.text)")
    let measured = await bench.act("/v1/quality-issues/\(issueID)/measures", master, Self.measureBody)
    try #require(measured.status == 201, "\(measured.text)")
    let complaint = try await bench.created(
      "/v1/complaints", master, Self.complaintBody(station: "\(station)", customer: "\(customer)"))
    let preAuthorisation = try await bench.created(
      "/v1/pre-authorisations", master, Self.preAuthorisationBody(order: open[1]))
    let claim = try await bench.created(
      "/v1/warranty-claims", master,
      Self.claimBody(station: "\(station)", complaint: try #require(complaint.member("id"))))
    let issued = try await bench.created(
      "/v1/issued-reports", master, Self.reportBody(station: "\(station)", day: "2026-01-01"))
    let number = await bench.get("/v1/work-orders/\(order)", master).member("number")
    let calls = await bench.get("/v1/follow-ups?workOrderId=\(order)&round=1", master)
    let letter = try await bench.created("/v1/letters", master, Self.letterBody(station: "\(station)"))
    let response = try await bench.create(
      "/v1/survey-responses", master, Self.responseBody(survey: survey, station: "\(station)"))
    let workshop = await bench.send(
      "PUT", "/v1/stations/\(station)/workshop", master, ["if-match": "\"0\""], body: Self.workshopBody)
    #expect(workshop.status == 200, "\(workshop.text)")
    let appointment = try await bench.create(
      "/v1/appointments", master, Self.appointmentBody(station: "\(station)", customer: "\(customer)"))
    let record = await bench.get("/v1/customers/\(customer)", master).member("number")
    let money = try await Self.money(bench, station: "\(station)")
    let parts = try await Self.parts(bench, station)
    let stock = try await MatrixStock(
      bench, station: "\(station)", code: name.uppercased(), part: part, appointment: appointment)
    var attachments: [String: String] = [:]
    let hung: [(String, String)] = [
      ("work-orders", order), ("service-requests", request), ("appointments", appointment),
      ("product-returns", try #require(productReturn.member("id"))), ("customers", "\(customer)"),
      ("complaints", try #require(complaint.member("id"))), ("settlements", money.settlement),
      ("parts-claims", parts.claim),
      ("old-parts", try #require(oldPart.member("id"))), ("supplier-recoveries", recovery),
      ("warranty-claims", try #require(claim.member("id"))),
      ("pre-authorisations", try #require(preAuthorisation.member("id"))), ("penalties", money.penalty),
      ("rewards", money.reward),
      ("vehicles", "\(bench.network.vehicle)"),
      ("quality-issues", issueID), ("parts-orders", parts.order), ("shipments", parts.shipment),
      ("parts-sales", stock.sale), ("parts-returns", stock.partsReturn), ("stocktakes", stock.stocktake),
      ("minimum-stocks", stock.minimum), ("follow-ups", try #require(calls.member("items/0/id"))),
      ("letters", try #require(letter.member("id"))), ("stations", "\(station)"),
    ]
    for (collection, document) in hung + shared {
      // What is filed about a vehicle or a supplier is the station's that files it.
      let file = try await bench.attach(
        "车况 Condition \(name) \(collection)", to: "/v1/\(collection)/\(document)",
        ["supplier-recoveries", "early-warnings"].contains(collection) ? master : bench.master(.station(station)))
      attachments[collection] = file.member("id")
    }
    var numbers: [String] = [try #require(number), try #require(record), "technician-\(name)", "dms-\(name)"]
    for document in [dispatched, productReturn, complaint, issued] {
      numbers.append(try #require(document.member("number")))
    }
    numbers.append(try #require(calls.member("items/0/number")))
    for document in [letter, issue, claim, oldPart, preAuthorisation] {
      numbers.append(try #require(document.member("number")))
    }
    numbers += parts.numbers
    numbers += money.numbers
    return Owned(
      station: "\(station)", customer: "\(customer)", duplicate: duplicate, user: technician, deputy: deputy,
      delegation: delegation, client: client, webhook: webhook, order: order,
      part: try #require(lines.member("items/0/parts/0/id")), attachments: attachments,
      appointment: appointment, openOrders: open, request: request,
      productReturn: try #require(productReturn.member("id")), complaint: try #require(complaint.member("id")),
      claim: try #require(claim.member("id")),
      issuedReport: try #require(issued.member("id")), followUp: try #require(calls.member("items/0/id")),
      letter: try #require(letter.member("id")), response: response, issue: issueID, partsOrder: parts.order,
      shipment: parts.shipment, partsClaim: parts.claim, money: money, numbers: numbers,
      oldPart: try #require(oldPart.member("id")), preAuthorisation: try #require(preAuthorisation.member("id")),
      clock: try #require(clocks.member("items/0/id")), stock: stock)
  }

  private static func parts(
    _ bench: APIBench, _ station: Station.ID
  ) async throws -> (order: String, shipment: String, claim: String, numbers: [String]) {
    // The store of the station is made with what stock needs of it.
    try TestParts.seed(bench.database, stations: [])
    let order = try await bench.create("/v1/parts-orders", bench.master(), Self.partsOrderBody(station: "\(station)"))
    // Who drafted does not sign.
    let master = bench.master()
    let path = "/v1/parts-orders/\(order)"
    for (action, body) in [
      ("sign", "{}"), ("submit", "{}"), ("confirm", "{}"), ("ship", #"{"lines": [{"line": 1, "quantity": 3}]}"#),
    ] {
      let answer = await bench.act("\(path)/\(action)", master, body)
      try #require(answer.status == 200, "\(action): \(answer.text)")
    }
    let shipments = await bench.get("/v1/shipments?partsOrderId=\(order)", master)
    let shipment = try #require(shipments.member("items/0/id"))
    let received = await bench.act(
      "\(path)/receive", master,
      #"{"shipmentId": "\#(shipment)", "lines": [{"line": 1, "received": 2, "rejections": [{"kind": "damaged", "quantity": 1}]}]}"#
    )
    try #require(received.status == 200, "\(received.text)")
    let claim = try await bench.created(
      "/v1/parts-claims", master, Self.partsClaimBody(shipment: shipment))
    return (
      order, shipment, try #require(claim.member("id")),
      [
        try #require(received.member("number")), try #require(shipments.member("items/0/number")),
        try #require(claim.member("number")),
      ]
    )
  }

  private static func money(_ bench: APIBench, station: String) async throws -> Owned.Money {
    let master = bench.master()
    let penalty = try await bench.created("/v1/penalties", master, penaltyBody(station: station))
    let reward = try await bench.created("/v1/rewards", master, rewardBody(station: station))
    let entry = try await bench.created("/v1/ledger/entries", master, entryBody(station: station))
    let settlement = try await bench.created("/v1/settlements", master, settlementBody(station: station))
    let id = try #require(settlement.member("id"))
    let compiled = await bench.act("/v1/settlements/\(id)/compile", master, "{}")
    try #require(compiled.status == 200, "\(compiled.text)")
    let penaltyID = try #require(penalty.member("id"))
    let items = await bench.get("/v1/payable-items?sourceId=\(penaltyID)", master)
    let accounts = await bench.get("/v1/ledger/accounts?kind=deposit&stationId=\(station)", master)
    return Owned.Money(
      settlement: id, item: try #require(items.member("items/0/id")), penalty: penaltyID,
      reward: try #require(reward.member("id")), entry: try #require(entry.member("id")),
      account: try #require(accounts.member("items/0/id")),
      numbers: [
        try #require(settlement.member("number")), try #require(penalty.member("number")),
        try #require(reward.member("number")), try #require(entry.member("number")),
        try #require(accounts.member("items/0/code")),
      ])
  }

  // MARK: Bodies

  static func partsOrderBody(station: String) -> String {
    #"{"stationId": "\#(station)", "type": "stock", "lines": [{"partNumber": "\#(TestParts.pad)", "quantity": 4}]}"#
  }

  static func partsClaimBody(shipment: String) -> String {
    #"{"shipmentId": "\#(shipment)", "line": 1, "kind": "damaged", "quantity": 1, "description": "破损 Broken"}"#
  }

  static func penaltyBody(station: String) -> String {
    """
    {"stationId": "\(station)", "code": "ASM-P1", "reason": "反馈不及时 Late", "occurredOn": "2026-01-10",
     "amount": {"amount": "30.00", "currency": "CNY"}}
    """
  }

  static func rewardBody(station: String) -> String {
    """
    {"stationId": "\(station)", "reason": "回访及时 Prompt", "occurredOn": "2026-01-12",
     "amount": {"amount": "500.00", "currency": "CNY"}}
    """
  }

  static func entryBody(station: String) -> String {
    """
    {"stationId": "\(station)", "kind": "depositReceived", "description": "保证金 Deposit", "occurredOn": "2026-01-05",
     "amount": {"amount": "50000.00", "currency": "CNY"}}
    """
  }

  static func settlementBody(station: String) -> String {
    #"{"stationId": "\#(station)", "periodFrom": "2026-01-01", "periodTo": "2026-01-31"}"#
  }

  static func userBody(_ username: String, _ role: Role, station: String) -> String {
    """
    {"username": "\(username)", "displayName": "李娜", "password": "Start-2026-sy001", "roles": ["\(role.rawValue)"],
     "stationId": "\(station)"}
    """
  }

  static func customerBody(station: String) -> String {
    #"{"stationId": "\#(station)", "kind": "person", "name": "王小明", "phone": "13840012345", "note": "秘密"}"#
  }

  static func webhookBody(station: String) -> String {
    #"{"url": "https://dms.example.com/hooks", "eventTypes": ["*"], "description": "DMS", "stationId": "\#(station)"}"#
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

  static func requestBody(station: String?) -> String {
    let named = station.map { #", "stationId": "\#($0)""# } ?? ""
    return """
      {"kind": "repair", "medium": "phone", "contact": {"name": "王小明", "phone": "13840012345"},
       "need": "无法启动 Does not start"\(named)}
      """
  }

  static func calendarBody(_ code: String, station: String?) -> String {
    let named = station.map { #", "stationId": "\#($0)""# } ?? ""
    return #"{"code": "\#(code)", "name": "日历", "week": {"monday": ["08:30-17:30"]}\#(named)}"#
  }

  static func returnBody(station: String) -> String {
    """
    {"channel": "oemSupply", "product": {"kind": "assembly", "description": "发动机 Engine"}, "fault": "渗油 Leaks",
     "reason": "现场无法修复 Not on site", "stationId": "\(station)"}
    """
  }

  static func oldPartBody(station: String, vehicle: String) -> String {
    """
    {"stationId": "\(station)", "vehicleId": "\(vehicle)", "partNumber": "BP-1", "partDescription": "制动片 Pads",
     "fault": "脱落 Came off"}
    """
  }

  static func faultBody(_ code: String) -> String {
    #"{"code": "\#(code)", "system": "service", "description": "制动片磨损", "severity": "minor"}"#
  }

  static func supplierBody(_ code: String) -> String {
    #"{"code": "\#(code)", "name": "制动厂", "partNumbers": ["\#(code)-1"]}"#
  }

  static func contractBody(_ day: String) -> String {
    """
    {"reference": "HT-1", "validFrom": "\(day)", "partsFactor": "1.15",
     "labourRate": {"amount": "197.00", "currency": "CNY"}}
    """
  }

  static func recoveryBody(supplier: String) -> String {
    #"{"supplierId": "\#(supplier)", "periodFrom": "2026-01-01", "periodBefore": "2026-02-01"}"#
  }

  static func preAuthorisationBody(order: String) -> String {
    #"{"workOrderId": "\#(order)", "reason": "总成异响 Noise", "lines": [{"number": 1}]}"#
  }

  static let recalledVIN = "LSVAA4182E2000017"

  static let campaignBody =
    #"{"kind": "service", "title": "软件升级", "description": "旧版", "remedy": "升级", "population": {"vins": ["\#(recalledVIN)"]}}"#

  static func issueBody(station: String) -> String {
    """
    {"source": "station", "symptom": "熄火 Stalls", "stationId": "\(station)", "facts": {"breakdown": true},
     "suspectedMajor": true}
    """
  }

  static let measureBody =
    #"{"kind": "corrective", "description": "更改锁扣", "owner": "供应商", "dueDate": "2036-04-30"}"#

  static func complaintBody(station: String, customer: String? = nil) -> String {
    """
    {"stationId": "\(station)"\(customer.map { #", "customerId": "\#($0)""# } ?? ""), "channel": "counter",
     "contact": {"name": "王小明", "phone": "13840012345"}, "category": "attitude", "customerWords": "无人接待"}
    """
  }

  static func claimBody(station: String, complaint: String) -> String {
    """
    {"stationId": "\(station)", "kind": "complaintCompensation", "complaintId": "\(complaint)", "items": [
      {"description": "补偿 Compensation", "lines": [
        {"kind": "sublet", "description": "补偿", "amount": {"amount": "100.00", "currency": "CNY"}}]}]}
    """
  }

  static func reportBody(station: String, day: String) -> String {
    #"{"report": "workOrderThroughput", "dateFrom": "\#(day)", "stationId": "\#(station)"}"#
  }

  static func appointmentBody(station: String, customer: String? = nil) -> String {
    """
    {"stationId": "\(station)"\(customer.map { #", "customerId": "\#($0)""# } ?? ""), "channel": "phone", "contact": {"name": "王小明", "phone": "13840012345"},
     "plate": "辽A12345", "serviceType": "repair"}
    """
  }

  static func surveyBody(_ code: String) -> String {
    """
    {"code": "\(code)", "use": "afterService", "title": "评价", "questions": [
      {"code": "service", "kind": "rating", "text": "满意吗？", "required": true}]}
    """
  }

  static func letterBody(station: String) -> String {
    """
    {"stationId": "\(station)", "kind": "invitation", "subject": "关怀日", "text": "诚邀参加",
     "event": {"title": "关怀日", "address": "东塔街3号", "startsAt": "2036-04-18T01:00:00Z"}}
    """
  }

  static func responseBody(survey: String, station: String) -> String {
    """
    {"surveyId": "\(survey)", "stationId": "\(station)", "channel": "counter", "answers": [{"code": "service", "number": 4}]}
    """
  }

  static let workshopBody = """
    {"slotMinutes": 60, "graceMinutes": 30, "hours": [{"weekday": 1, "opensAt": "08:00", "closesAt": "17:00"}],
     "bays": [{"code": "A", "skills": ["general"]}]}
    """

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
  /// Whether the document of the operation is the technician's job or the customer's own: the order, what hangs on it, and
  /// the booking and the vehicle of the customer. Requests and returns are nobody's job yet.
  func isOwn(_ operation: API.Operation, role: Role) -> Bool {
    switch operation.template.split(separator: "/")[1] {
    case "work-orders", "clocks": true
    case "appointments", "complaints": role == .customer
    // What stations file about a vehicle is nobody's but theirs.
    case "vehicles": role == .customer && !operation.template.contains("/attachments")
    default: false
    }
  }

  /// A request for each operation about the documents of one station.
  ///
  /// - Parameter serial: makes codes and names unique where something is created.
  func request(_ operation: API.Operation, on owned: Owned, order: String? = nil, serial: Int) -> MatrixRequest {
    let template = operation.template
    let isBound = [
      "/v1/stations/{", "/v1/customers/{", "/v1/users/{", "/v1/clients/{", "/v1/webhooks/{", "/v1/work-orders/{",
      "/v1/service-requests/{", "/v1/product-returns/{", "/v1/issued-reports/{", "/v1/clocks/{", "/v1/appointments/{",
      "/v1/vehicles/{id}/attachments/{", "/v1/suppliers/{id}/attachments/{",
      "/v1/quality-issues/{", "/v1/pre-authorisations/{",
      "/v1/complaints/{", "/v1/warranty-claims/{",
      "/v1/old-parts/{",
      "/v1/follow-ups/{", "/v1/letters/{", "/v1/survey-responses/{",
      "/v1/parts-orders/{id}", "/v1/shipments/{", "/v1/parts-claims/{",
      "/v1/settlements/{", "/v1/payable-items/{", "/v1/penalties/{", "/v1/rewards/{", "/v1/ledger/entries/{",
      "/v1/ledger/accounts/{",
      "/v1/warehouses/{", "/v1/stock-movements/{", "/v1/reservations/{", "/v1/stocktakes/{", "/v1/minimum-stocks/{",
      "/v1/replenishment-proposals/{", "/v1/parts-sales/{", "/v1/parts-returns/{",
    ]
    .contains { template.hasPrefix($0) }
    let takesVersion = operation.precondition != .none
    // What nobody knows by an external identity yet has no version.
    let isUpsert = template.contains("/by-external/")
    let standard: Set<Int> =
      isUpsert ? [404, 412] : takesVersion ? [412] : operation.method == .get ? [200] : [operation.status]
    return MatrixRequest(
      method: operation.method.rawValue, template: template,
      path: path(operation.method, template, owned, order ?? owned.order),
      body: operation.body == .none ? nil : body(operation.name, owned, serial), isBound: isBound,
      allowed: Self.special[operation.name] ?? Self.partsSpecial(operation) ?? Self.files(template) ?? standard,
      takesVersion: takesVersion)
  }

  /// Where more than one answer, or another one, is right for who may.
  private static let special: [String: Set<Int>] = [
    "GET /readyz": [200, 503],
    "GET /v1/progress/{token}": [404],
    "GET /v1/survey-links/{token}": [404], "POST /v1/survey-links/{token}": [404],
    // Only the whole network asks its customers.
    "POST /v1/surveys": [201, 403],
    "POST /oauth2/token": [400, 401], "POST /oauth2/revoke": [400, 401], "POST /oauth2/introspect": [400, 401],
    // The caller's own only, and he is nobody's user here.
    "POST /v1/users/{id}/password": [404],
    // Roles are lent by those who may give them.
    "POST /v1/users/{id}/delegations": [201, 422],
    // Only the whole network writes what binds it.
    "POST /v1/policies/{key}/versions": [201, 403],
    "POST /v1/policies/{key}/versions/{version}/notes": [201, 403],
    // Only the whole network makes stations.
    "POST /v1/stations": [201, 403],
    "POST /v1/vehicles": [409],
    // Nothing was sent yet.
    "POST /v1/webhooks/{id}/deliveries/{deliveryId}/retry": [404],
    // Only by those to whom it went.
    "POST /v1/issued-reports/{id}/read": [200, 409],
    // One a holder, by whoever sees the holder.
    "POST /v1/calendars": [201, 403, 409],
    "POST /v1/vehicles/{id}/odometer-readings": [201, 409],
    "POST /v1/customers/{id}/vehicles": [201, 409],
    // The order is delivered.
    "POST /v1/work-orders/{id}/lines": [409],
    "POST /v1/work-orders/{id}/lines/{line}/parts": [409],
    // Headquarters' alone.
    "POST /v1/campaigns": [201, 403], "POST /v1/campaigns/{id}/notes": [201, 403],
    "POST /v1/campaigns/{id}/vehicles/{vehicle}/notes": [201, 403],
    "GET /v1/early-warnings/{id}": [200, 404], "GET /v1/early-warnings/{id}/history": [200, 404],
    "GET /v1/early-warnings/{id}/actions": [200, 404], "GET /v1/early-warnings/{id}/notes": [200, 404],
    "GET /v1/early-warnings/{id}/attachments": [200, 404], "POST /v1/early-warnings/{id}/attachments": [201, 404],
    "GET /v1/early-warnings/{id}/attachments/{attachment}": [200, 404],
    "GET /v1/early-warnings/{id}/attachments/{attachment}/content": [200, 404, 410],
    "POST /v1/early-warnings/{id}/attachments/{attachment}/remove": [200, 404, 410],
    "POST /v1/parts/{id}/notes": [201, 403],
    "POST /v1/early-warnings/{id}/notes": [201, 404], "POST /v1/early-warnings/{id}/acknowledge": [404, 412],
    // One of a station at a time.
    "POST /v1/settlements": [409],
    // Once to each recipient.
    "POST /v1/quality-issues/{id}/reports/{sequence}/deliveries": [201, 422],
    // Headquarters' and the supplier's alone.
    "POST /v1/suppliers/{id}/contracts": [201, 403], "GET /v1/suppliers/{id}/contracts": [200, 404],
    "POST /v1/supplier-recoveries": [201, 403], "GET /v1/supplier-recoveries/{id}": [200, 404],
    "GET /v1/supplier-recoveries/{id}/lines": [200, 404], "GET /v1/supplier-recoveries/{id}/history": [200, 404],
    "GET /v1/supplier-recoveries/{id}/actions": [200, 404], "GET /v1/supplier-recoveries/{id}/notes": [200, 404],
    "POST /v1/supplier-recoveries/{id}/notes": [201, 404], "POST /v1/supplier-recoveries/{id}/compile": [404, 412],
    "POST /v1/supplier-recoveries/{id}/send": [404, 412], "POST /v1/supplier-recoveries/{id}/accept": [404, 412],
    "POST /v1/supplier-recoveries/{id}/dispute": [404, 412], "POST /v1/supplier-recoveries/{id}/agree": [404, 412],
    "POST /v1/supplier-recoveries/{id}/settle": [404, 412], "POST /v1/supplier-recoveries/{id}/correct": [404, 412],
    "GET /v1/supplier-recoveries/{id}/attachments": [200, 404],
    "POST /v1/supplier-recoveries/{id}/attachments": [201, 404],
    "GET /v1/supplier-recoveries/{id}/attachments/{attachment}": [200, 404],
    "GET /v1/supplier-recoveries/{id}/attachments/{attachment}/content": [200, 404, 410],
    "POST /v1/supplier-recoveries/{id}/attachments/{attachment}/remove": [200, 404, 410],
    // No piece is claimed for twice.
    "POST /v1/parts-claims": [201, 422],
    // Only the whole network tries rules, and only versions that somebody wrote.
    "POST /v1/claim-rules/what-if": [403, 422], "GET /v1/claim-rules/what-if/{id}": [404],
    // Nothing is agreed yet.
    "GET /v1/complaints/{id}/agreement": [404],
  ]

  /// Once it is off, it is off.
  private static func files(_ template: String) -> Set<Int>? {
    template.contains("/attachments/{attachment}/") ? [200, 410] : nil
  }

  private func path(_ method: API.Operation.Method, _ template: String, _ owned: Owned, _ order: String) -> String {
    var path = template
    let collection = template.split(separator: "/").dropFirst().first.map(String.init) ?? ""
    for (name, value) in [
      ("{line}", "1"), ("{part}", owned.part), ("{attachment}", owned.attachments[collection] ?? owned.part),
      ("{vehicleId}", vehicle), ("{compensationId}", owned.part), ("{returnId}", owned.part),
      ("{vehicle}", campaignVehicle), ("{sequence}", "1"), ("{measure}", "1"), ("{discipline}", "D2"),
      ("{delegation}", owned.delegation), ("{deliveryId}", owned.client), ("{key}", "followUps"), ("{version}", "0"),
      ("{system}", "dms"), ("{externalId}", "X-1"), ("{token}", "asp_" + String(repeating: "A", count: 54)),
      ("{name}", "not-found"),
    ] { path = path.replacing(name, with: value) }
    let id =
      switch collection {
      case "regions": region
      case "stations": owned.station
      case "customers": owned.customer
      case "users": owned.user
      case "clients": owned.client
      case "webhooks": owned.webhook
      case "vehicles": vehicle
      case "vehicle-models": model
      case "labour-operations": operation
      case "service-items": item
      case "fault-codes": fault
      case "suppliers": supplier
      case "supplier-recoveries": recovery
      case "old-parts": owned.oldPart
      case "work-orders": order
      case "service-requests": owned.request
      case "calendars": calendar
      case "clocks": owned.clock
      case "product-returns": owned.productReturn
      case "carriers": carrier
      case "component-families": "BRAKES"
      case "parts-orders": owned.partsOrder
      case "shipments": owned.shipment
      case "parts-claims": owned.partsClaim
      case "appointments": owned.appointment
      case "quality-issues": owned.issue
      case "pre-authorisations": owned.preAuthorisation
      case "campaigns": campaign
      case "early-warnings": warning
      case "complaints": owned.complaint
      case "warranty-claims": owned.claim
      case "claim-rules": "0199b010-0a01-7b12-8c23-4d5e6f708101"
      case "issued-reports": owned.issuedReport
      case "follow-ups": owned.followUp
      case "letters": owned.letter
      case "surveys": survey
      case "survey-responses": owned.response
      case "settlements": owned.money.settlement
      case "payable-items": owned.money.item
      case "penalties": owned.money.penalty
      case "rewards": owned.money.reward
      case "ledger": template.hasPrefix("/v1/ledger/accounts/") ? owned.money.account : owned.money.entry
      default: partsDocument(collection, owned) ?? ""
      }
    if template.hasSuffix("/slots") { path += "?date=2036-03-10" }
    // An upload says what it is in its query.
    if template.hasSuffix("/attachments"), method == .post { path += "?fileName=matrix.txt" }
    return path.replacing("{id}", with: id)
  }

  private func body(_ name: String, _ owned: Owned, _ serial: Int) -> String {
    let hash = String(repeating: "a", count: 64)
    if let body = Self.bodies[name] ?? partsBody(name, owned, serial) { return body }
    if name.hasSuffix("/attachments/{attachment}/remove") { return #"{"reason": "传错 Wrong"}"# }
    if name.hasSuffix("/attachments") { return "matrix \(serial)" }
    if name.hasSuffix("/notes") { return #"{"text": "改过 Changed"}"# }
    // An upsert says what a creation says.
    if name.hasPrefix("PUT "), let end = name.firstRange(of: "/by-external/") {
      return body("POST " + name[..<end.lowerBound].dropFirst(4), owned, serial)
    }
    return switch name {
    case "POST /v1/users": Self.userBody("made-\(serial)", .stTechnician, station: owned.station)
    case "POST /v1/users/{id}/delegations": Self.delegationBody(to: owned.deputy)
    case "POST /v1/webhooks": Self.webhookBody(station: owned.station)
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
    case "POST /v1/fault-codes": Self.faultBody("F\(serial)")
    case "POST /v1/penalties": Self.penaltyBody(station: owned.station)
    case "POST /v1/rewards": Self.rewardBody(station: owned.station)
    case "POST /v1/ledger/entries": Self.entryBody(station: owned.station)
    case "POST /v1/settlements": Self.settlementBody(station: owned.station)
    case "POST /v1/customers": Self.customerBody(station: owned.station)
    case "POST /v1/customers/{id}/merge": #"{"duplicateId": "\#(owned.duplicate)"}"#
    case "POST /v1/customers/{id}/vehicles":
      #"{"vehicleId": "\#(vehicle)", "role": "driver", "sinceDate": "2024-05-18"}"#
    case "POST /v1/vehicles": #"{"vin": "\#(TestNetwork.vin)", "usage": "private"}"#
    case "POST /v1/calendars": Self.calendarBody("C\(serial)", station: owned.station)
    case "POST /v1/work-orders":
      Self.orderBody(customer: owned.customer, vehicle: vehicle, station: owned.station)
    case "POST /v1/follow-ups":
      #"{"stationId": "\#(owned.station)", "occasion": "visit", "customerId": "\#(owned.customer)"}"#
    case "POST /v1/letters": Self.letterBody(station: owned.station)
    case "POST /v1/surveys": Self.surveyBody("MX-\(serial)")
    case "POST /v1/survey-responses": Self.responseBody(survey: survey, station: owned.station)
    case "POST /v1/appointments": Self.appointmentBody(station: owned.station)
    case "PUT /v1/stations/{id}/workshop": Self.workshopBody
    case "POST /v1/quality-issues": #"{"source": "station", "symptom": "熄火", "stationId": "\#(owned.station)"}"#
    case "POST /v1/pre-authorisations": Self.preAuthorisationBody(order: owned.openOrders[1])
    case "POST /v1/entitlements/check": #"{"vehicleId": "\#(vehicle)", "lines": [{"number": 1}]}"#
    case "POST /v1/product-returns": Self.returnBody(station: owned.station)
    case "POST /v1/old-parts": Self.oldPartBody(station: owned.station, vehicle: vehicle)
    case "POST /v1/suppliers": Self.supplierBody("P\(serial)")
    // From a day of its own on each.
    case "POST /v1/suppliers/{id}/contracts":
      Self.contractBody(CalendarDate(daysSinceEpoch: Int64(serial)).description)
    case "POST /v1/supplier-recoveries": Self.recoveryBody(supplier: supplier)
    case "POST /v1/carriers": #"{"code": "C\#(serial)", "name": "物流"}"#
    case "POST /v1/component-families": #"{"code": "CF\#(serial)", "name": "部件"}"#
    case "POST /v1/parts-orders": Self.partsOrderBody(station: owned.station)
    case "POST /v1/parts-claims": Self.partsClaimBody(shipment: owned.shipment)
    case "POST /v1/parts-orders/{id}/receive":
      #"{"shipmentId": "\#(owned.shipment)", "lines": [{"line": 1, "received": 1}]}"#
    // A day of its own for each.
    case "POST /v1/issued-reports":
      Self.reportBody(
        station: owned.station, day: CalendarDate(daysSinceEpoch: Int64(serial) - 250_000).description)
    case "POST /v1/service-requests": Self.requestBody(station: owned.station)
    case "POST /v1/complaints": Self.complaintBody(station: owned.station)
    case "POST /v1/warranty-claims": Self.claimBody(station: owned.station, complaint: owned.complaint)
    case "POST /v1/service-requests/{id}/inform-field-staff": #"{"staffIds": ["\#(owned.user)"]}"#
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
    "PATCH /v1/webhooks/{id}": #"{"description": "改过 Changed"}"#,
    "POST /v1/webhooks/{id}/notes": #"{"text": "改过 Changed"}"#,
    "POST /v1/webhooks/{id}/disable": #"{"reason": "停用"}"#,
    "POST /v1/webhooks/{id}/replay": #"{"from": "2026-01-01T00:00:00Z", "to": "2026-01-02T00:00:00Z"}"#,
    "POST /v1/policies/{key}/versions":
      #"""
    {"body": {"attempts": 4, "bestRating": 5, "complaintUpToRating": 2, "contactsPerMonth": 4, "eventNoticeDays": 14,
     "quietFromHour": 21, "quietUntilHour": 9, "writtenNoticeDays": 2}, "reason": "改过 Changed"}
    """#,
    "PATCH /v1/policies/{key}/versions/{version}": #"{"reason": "改过 Changed"}"#,
    "POST /v1/policies/{key}/versions/{version}/notes": #"{"text": "改过 Changed"}"#,
    "POST /v1/policies/{key}/versions/{version}/return": #"{"reason": "改过 Changed"}"#,
    "POST /v1/policies/{key}/versions/{version}/reject": #"{"reason": "改过 Changed"}"#,
    "POST /v1/policies/{key}/versions/{version}/revoke": #"{"reason": "改过 Changed"}"#,
    "PATCH /v1/regions/{id}": #"{"nameEn": "Changed"}"#,
    "PATCH /v1/stations/{id}": #"{"nameEn": "Changed"}"#,
    "POST /v1/stations/{id}/suspend": #"{"reason": "整改"}"#,
    "POST /v1/stations/{id}/reinstate": #"{"reason": "合格"}"#,
    "POST /v1/stations/{id}/terminate": #"{"reason": "解约"}"#,
    "PATCH /v1/vehicle-models/{id}": #"{"nameEn": "Changed"}"#,
    "PATCH /v1/labour-operations/{id}": #"{"nameEn": "Changed"}"#,
    "PATCH /v1/service-items/{id}": #"{"nameEn": "Changed"}"#,
    "PATCH /v1/fault-codes/{id}": #"{"descriptionEn": "Changed"}"#,
    "POST /v1/customers/{id}/erase": #"{"reason": "本人要求"}"#,
    "PATCH /v1/calendars/{id}": #"{"nameEn": "Changed"}"#,
    "POST /v1/clocks/{id}/notes": #"{"text": "改过 Changed"}"#,
    "POST /v1/clocks/{id}/pause": #"{"reason": "等待"}"#, "POST /v1/clocks/{id}/resume": #"{"reason": "继续"}"#,
    "POST /v1/clocks/{id}/correct": #"{"correction": "void", "entry": 1, "reason": "误操作"}"#,
    "POST /v1/clocks/{id}/recompute": #"{"reason": "政策更新"}"#,
    "PATCH /v1/customers/{id}": #"{"note": "改过 Changed"}"#,
    "PATCH /v1/vehicles/{id}": #"{"colour": "改过 Changed"}"#,
    "POST /v1/vehicles/{id}/odometer-readings": #"{"km": 90000, "source": "customer"}"#,
    "PATCH /v1/follow-ups/{id}": #"{"script": "改过 Changed"}"#,
    "POST /v1/follow-ups/{id}/notes": #"{"text": "改过 Changed"}"#,
    "POST /v1/follow-ups/{id}/record-call": #"{"outcome": "unreachable", "wishedTime": true}"#,
    "POST /v1/follow-ups/{id}/escalate": #"{"reason": "核实"}"#,
    "POST /v1/follow-ups/{id}/answer": #"{"solution": "已解决"}"#,
    "PATCH /v1/surveys/{id}": #"{"title": "改过 Changed"}"#,
    "POST /v1/survey-links/{token}": #"{"answers": [{"code": "service", "number": 4}]}"#,
    "PATCH /v1/letters/{id}": #"{"subject": "改过 Changed"}"#,
    "POST /v1/letters/{id}/notes": #"{"text": "改过 Changed"}"#,
    "POST /v1/letters/{id}/send": #"{"channel": "post"}"#,
    "POST /v1/letters/{id}/cancel": #"{"reason": "取消"}"#,
    "PATCH /v1/appointments/{id}": #"{"note": "改过 Changed"}"#,
    "POST /v1/appointments/{id}/notes": #"{"text": "改过 Changed"}"#,
    "POST /v1/appointments/{id}/negotiate": #"{"proposals": ["2036-03-10T01:00:00Z"]}"#,
    "POST /v1/appointments/{id}/confirm": #"{"startsAt": "2036-03-10T01:00:00Z"}"#,
    "POST /v1/appointments/{id}/cancel": #"{"reason": "改期"}"#,
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
    "POST /v1/work-orders/{id}/clear": #"{"faultCleared": true, "finding": "排除"}"#,
    "PATCH /v1/carriers/{id}": #"{"phone": "024-1"}"#,
    "PATCH /v1/component-families/{id}": #"{"nameEn": "Changed"}"#,
    "PATCH /v1/parts-orders/{id}": #"{"remark": "改过 Changed"}"#,
    "POST /v1/parts-orders/{id}/notes": #"{"text": "改过 Changed"}"#,
    "POST /v1/parts-orders/{id}/return": #"{"reason": "改过"}"#, "POST /v1/parts-orders/{id}/hold": #"{"reason": "欠款"}"#,
    "POST /v1/parts-orders/{id}/release": #"{"reason": "到账"}"#,
    "POST /v1/parts-orders/{id}/ship": #"{"lines": [{"line": 1, "quantity": 1}]}"#,
    "POST /v1/parts-orders/{id}/report-discrepancy": #"{"description": "缺件"}"#,
    "POST /v1/parts-orders/{id}/cancel": #"{"reason": "取消"}"#,
    "POST /v1/parts-orders/{id}/reject": #"{"reason": "取消"}"#,
    "PATCH /v1/shipments/{id}": #"{"note": "改过 Changed"}"#,
    "POST /v1/shipments/{id}/notes": #"{"text": "改过 Changed"}"#,
    "POST /v1/shipments/{id}/track": #"{"status": "inTransit"}"#,
    "POST /v1/shipments/{id}/deliver": #"{"deliveredTo": "孙丽"}"#,
    "PATCH /v1/parts-claims/{id}": #"{"description": "改过 Changed"}"#,
    "POST /v1/parts-claims/{id}/notes": #"{"text": "改过 Changed"}"#,
    "POST /v1/parts-claims/{id}/withdraw": #"{"reason": "数量无误"}"#,
    "POST /v1/parts-claims/{id}/reject": #"{"reason": "无据"}"#,
    "POST /v1/parts-claims/{id}/recover": #"{"party": "carrier", "reason": "运输"}"#,
    "PATCH /v1/product-returns/{id}": #"{"fault": "改过 Changed"}"#,
    "POST /v1/product-returns/{id}/notes": #"{"text": "改过 Changed"}"#,
    "POST /v1/product-returns/{id}/return-to-factory": #"{"note": "TK-1"}"#,
    "POST /v1/product-returns/{id}/schedule":
      #"{"cause": "manufacturing", "opinion": "缺陷", "repairOrder": "PX-1"}"#,
    "POST /v1/product-returns/{id}/repair":
      #"{"work": "更换", "repairedBy": "甲", "inspectedBy": "乙", "stockInNote": "RK-1"}"#,
    "POST /v1/product-returns/{id}/send-back": #"{"note": "CK-1"}"#,
    "POST /v1/product-returns/{id}/scrap": #"{"dismantlingOrder": "CJ-1", "opinion": "报废"}"#,
    "POST /v1/product-returns/{id}/approve-exchange": #"{"exchangeTicket": "HH-1"}"#,
    "POST /v1/product-returns/{id}/exchange":
      #"{"replacementSerialNumber": "S-2", "returnTicket": "TH-1", "place": "warehouse"}"#,
    "POST /v1/product-returns/{id}/cancel": #"{"reason": "取消"}"#,
    "PATCH /v1/suppliers/{id}": #"{"nameEn": "Changed"}"#,
    "PATCH /v1/old-parts/{id}": #"{"fault": "改过 Changed"}"#,
    "POST /v1/old-parts/{id}/notes": #"{"text": "改过 Changed"}"#,
    "POST /v1/old-parts/{id}/ship": #"{"packingList": "PL-1", "carrier": "德邦"}"#,
    "POST /v1/old-parts/{id}/receive": #"{"quantity": 1}"#,
    "POST /v1/old-parts/{id}/inspect": #"{"verdict": "asClaimed", "finding": "一致"}"#,
    "POST /v1/old-parts/{id}/send-to-supplier": #"{"deliveryNote": "SH-1"}"#,
    "POST /v1/old-parts/{id}/reuse": #"{"reuseNote": "HY-1", "opinion": "完好", "reused": ["支架"]}"#,
    "POST /v1/old-parts/{id}/scrap": #"{"method": "recycling", "note": "HB-1", "opinion": "报废"}"#,
    "POST /v1/supplier-recoveries/{id}/notes": #"{"text": "改过 Changed"}"#,
    "POST /v1/supplier-recoveries/{id}/dispute": #"{"lines": [{"line": 1, "reason": "非缺陷"}]}"#,
    "POST /v1/supplier-recoveries/{id}/correct":
      #"{"lines": [{"line": 1, "amount": {"amount": "1.00", "currency": "CNY"}}], "note": "更正"}"#,
    "POST /v1/supplier-recoveries/{id}/agree":
      #"{"lines": [{"line": 1, "amount": {"amount": "1.00", "currency": "CNY"}}], "note": "各半"}"#,
    "PATCH /v1/pre-authorisations/{id}": #"{"reason": "改过 Changed"}"#,
    "POST /v1/pre-authorisations/{id}/notes": #"{"text": "改过 Changed"}"#,
    "POST /v1/pre-authorisations/{id}/request-info": #"{"question": "照片"}"#,
    "POST /v1/pre-authorisations/{id}/answer": #"{"answer": "已附"}"#,
    "POST /v1/pre-authorisations/{id}/reject": #"{"reason": "使用不当"}"#,
    "POST /v1/pre-authorisations/{id}/expire": #"{"reason": "转站"}"#,
    "POST /v1/campaigns": campaignBody, "PATCH /v1/campaigns/{id}": #"{"remedy": "改过 Changed"}"#,
    "POST /v1/campaigns/{id}/notes": #"{"text": "改过 Changed"}"#,
    "POST /v1/campaigns/{id}/suspend": #"{"reason": "待查"}"#, "POST /v1/campaigns/{id}/complete": #"{"reason": "完成"}"#,
    "POST /v1/campaigns/{id}/vehicles/{vehicle}/notes": #"{"text": "改过 Changed"}"#,
    "POST /v1/early-warnings/{id}/notes": #"{"text": "改过 Changed"}"#,
    "POST /v1/early-warnings/{id}/acknowledge": "{}",
    "POST /v1/campaigns/{id}/vehicles/{vehicle}/notify": #"{"channel": "phone"}"#,
    "POST /v1/campaigns/{id}/vehicles/{vehicle}/schedule": #"{"plannedAt": "2036-03-10T01:00:00Z"}"#,
    "POST /v1/campaigns/{id}/vehicles/{vehicle}/remedy":
      #"{"workOrderId": "0199c3a1-7b52-7d10-8a44-6f1f2a9c0d21"}"#,
    "POST /v1/campaigns/{id}/vehicles/{vehicle}/refuse": #"{"reason": "不同意"}"#,
    "POST /v1/campaigns/{id}/vehicles/{vehicle}/export": #"{"reason": "出口"}"#,
    "POST /v1/campaigns/{id}/vehicles/{vehicle}/scrap": #"{"reason": "报废"}"#,
    "POST /v1/settlements/{id}/notes": #"{"text": "改过 Changed"}"#,
    "POST /v1/settlements/{id}/dispute-line": #"{"lineNumber": 1, "reason": "不符"}"#,
    "POST /v1/settlements/{id}/pay": #"{"paymentReference": "HD-1"}"#,
    "POST /v1/settlements/{id}/cancel": #"{"reason": "期间选错"}"#,
    "POST /v1/payable-items/{id}/resolve-dispute": #"{"resolution": "upheld", "reason": "核实"}"#,
    "POST /v1/penalties/{id}/notes": #"{"text": "改过 Changed"}"#,
    "POST /v1/penalties/{id}/revoke": #"{"reason": "申诉"}"#,
    "POST /v1/rewards/{id}/notes": #"{"text": "改过 Changed"}"#,
    "POST /v1/rewards/{id}/revoke": #"{"reason": "更正"}"#,
    "POST /v1/ledger/entries/{id}/reverse": #"{"reason": "录错"}"#,
    "PATCH /v1/quality-issues/{id}": #"{"symptom": "改过 Changed"}"#,
    "POST /v1/quality-issues/classify": #"{"facts": {"breakdown": true}}"#,
    "POST /v1/quality-issues/{id}/notes": #"{"text": "改过 Changed"}"#,
    "POST /v1/quality-issues/{id}/reports/{sequence}/deliveries": #"{"recipient": "qa", "channel": "phone"}"#,
    "POST /v1/quality-issues/{id}/measures": measureBody,
    "PATCH /v1/quality-issues/{id}/measures/{measure}": #"{"state": "inProgress"}"#,
    "PUT /v1/quality-issues/{id}/eight-d/{discipline}": #"{"summary": "改过 Changed"}"#,
    "POST /v1/quality-issues/{id}/confirm": #"{"level": "level3"}"#,
    "POST /v1/quality-issues/{id}/refuse": #"{"reason": "一般"}"#,
    "POST /v1/quality-issues/{id}/qa-return": #"{"reason": "退回"}"#,
    "POST /v1/quality-issues/{id}/assign-support": #"{"staff": ["孙浩"]}"#,
    "POST /v1/quality-issues/{id}/propose-measures": #"{"measures": [\#(measureBody)]}"#,
    "POST /v1/quality-issues/{id}/inform-qa": #"{"informed": ["质保部"]}"#,
    "POST /v1/quality-issues/{id}/progress": #"{"note": "进展"}"#,
    "POST /v1/quality-issues/{id}/resolve": #"{"result": "排除"}"#,
    "POST /v1/quality-issues/{id}/receipt": #"{"party": "customer", "channel": "phone"}"#,
    "POST /v1/quality-issues/{id}/regrade": #"{"level": "level2", "reason": "升级"}"#,
    "POST /v1/quality-issues/{id}/reopen": #"{"reason": "复发"}"#,
    "PATCH /v1/service-requests/{id}": #"{"symptom": "改过 Changed"}"#,
    "POST /v1/service-requests/{id}/notes": #"{"text": "改过 Changed"}"#,
    "POST /v1/service-requests/{id}/answer": #"{"text": "已安排", "channel": "phone"}"#,
    "POST /v1/service-requests/{id}/resolve-by-phone": #"{"summary": "应急启动"}"#,
    "POST /v1/service-requests/{id}/escalate": #"{"reason": "无站可派"}"#,
    "POST /v1/service-requests/{id}/refuse": #"{"reason": "无人"}"#,
    "POST /v1/service-requests/{id}/resolve": #"{"summary": "更换"}"#,
    "POST /v1/service-requests/{id}/receipt": #"{"party": "customer", "channel": "phone"}"#,
    "POST /v1/service-requests/{id}/close": #"{"satisfied": true}"#,
    "POST /v1/service-requests/{id}/convert": #"{"target": "complaint", "reason": "投诉"}"#,
    "POST /v1/service-requests/{id}/cancel": #"{"reason": "取消"}"#,
    "PATCH /v1/complaints/{id}": #"{"component": "改过 Changed"}"#,
    "POST /v1/complaints/{id}/notes": #"{"text": "改过 Changed"}"#,
    "POST /v1/complaints/{id}/assign": #"{"department": "workshop"}"#,
    "POST /v1/complaints/{id}/propose-solution":
      #"{"options": ["返修"], "promisedResolutionAt": "2036-01-01T10:00:00+08:00"}"#,
    "POST /v1/complaints/{id}/accept-solution": #"{"channel": "phone"}"#,
    "POST /v1/complaints/{id}/refuse-solution": #"{"reason": "退款", "channel": "phone"}"#,
    "POST /v1/complaints/{id}/escalate": #"{"reason": "未解决"}"#,
    "POST /v1/complaints/{id}/resolve": #"{"summary": "已返修"}"#,
    "POST /v1/complaints/{id}/close": #"{"satisfied": true, "rating": 5, "conclusion": "已解决"}"#,
    "POST /v1/complaints/{id}/reopen": #"{"reason": "再次"}"#,
    "POST /v1/complaints/{id}/close-unjustified": #"{"explanation": "正常磨损", "channel": "phone"}"#,
    "POST /v1/complaints/{id}/report-major":
      #"{"judgement": "制动失灵", "phoneCall": {"spokenWith": "赵敏"}}"#,
    "POST /v1/complaints/{id}/downgrade": #"{"reason": "不属重大"}"#,
    "POST /v1/complaints/{id}/form-team":
      #"{"members": [{"userId": "0199b010-0a01-7b12-8c23-4d5e6f708101", "role": "qa"}], "reason": "三级"}"#,
    "POST /v1/complaints/{id}/appraise":
      #"{"findings": "缺陷", "cause": "materialDefect", "liability": [{"party": "maker", "percent": 100}]}"#,
    "POST /v1/complaints/{id}/negotiate": #"{"summary": "首轮"}"#,
    "PUT /v1/complaints/{id}/agreement": #"{"terms": "补偿"}"#,
    "POST /v1/complaints/{id}/sign-agreement":
      #"{"side": "company", "hash": "\#(String(repeating: "a", count: 64))"}"#,
    "POST /v1/complaints/{id}/merge":
      #"{"complaintId": "0199b010-0a01-7b12-8c23-4d5e6f708101", "reason": "重复"}"#,
    "POST /v1/complaints/{id}/compensations":
      #"{"purpose": "补偿", "amount": {"amount": "1.00", "currency": "CNY"}}"#,
    "POST /v1/complaints/{id}/compensations/{compensationId}/pay": #"{"reference": "FK-1"}"#,
    "POST /v1/complaints/{id}/vehicle-returns":
      #"{"vehicleId": "0199b010-0a01-7b12-8c23-4d5e6f708101", "transportNote": "YS-1"}"#,
    "POST /v1/complaints/{id}/vehicle-returns/{returnId}/store": #"{"place": "二号库", "condition": "完好"}"#,
    "PATCH /v1/warranty-claims/{id}": #"{"note": "改过 Changed"}"#,
    "POST /v1/warranty-claims/{id}/notes": #"{"text": "改过 Changed"}"#,
    "POST /v1/warranty-claims/{id}/appraise": #"{"text": "制造原因"}"#,
    "POST /v1/warranty-claims/{id}/return": #"{"reason": "missingEvidence", "text": "补照片"}"#,
    "POST /v1/warranty-claims/{id}/decide":
      #"{"decisions": [{"line": 1, "outcome": "approved", "reason": "asClaimed", "text": "同意"}]}"#,
    "POST /v1/warranty-claims/{id}/lines/{line}/decision":
      #"{"outcome": "rejected", "reason": "userCause", "text": "用户原因"}"#,
    "POST /v1/warranty-claims/{id}/appeal": #"{"text": "复议"}"#,
    "POST /v1/warranty-claims/{id}/withdraw": #"{"reason": "重复"}"#,
    "POST /v1/warranty-claims/{id}/charge-back": #"{"reason": "fake", "text": "未更换"}"#,
    "POST /v1/claim-rules/what-if":
      #"{"policyId": "0199b010-0a01-7b12-8c23-4d5e6f708101", "submittedAtFrom": "2026-01-01T00:00:00Z", "submittedAtBefore": "2026-02-01T00:00:00Z"}"#,
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
    if request.name.hasPrefix("POST "), request.name.hasSuffix("/attachments") {
      headers["content-type"] = "text/plain"
    }
    return await send(request.method, request.path, token, headers, body: request.body, checked: checked, location)
  }

  /// Everything that business has written, as one number; keys of idempotency and document counters included.
  func fingerprint() throws -> String {
    let tables = [
      "policies", "policy_keys", "regions", "stations", "users", "delegations", "clients", "tokens", "webhooks",
      "webhook_secrets", "webhook_streams", "webhook_deliveries",
      "webhook_attempts", "vehicle_models",
      "labour_operations", "service_items", "fault_codes", "fault_code_operations", "customers", "customer_telephones",
      "customer_vehicles", "vehicles",
      "odometer_readings", "work_orders", "job_lines",
      "job_line_parts", "technician_clockings", "estimates", "quality_inspections", "invoices", "notes",
      "customer_decisions", "progress_links", "events", "document_counters", "idempotency_keys", "external_identities",
      "attachments", "blobs",
      "suppliers", "supplier_parts", "supplier_contracts", "old_parts", "supplier_recoveries",
      "supplier_recovery_lines",
      "service_requests", "service_request_dispatches", "product_returns", "issued_reports", "issued_report_contents",
      "issued_report_receipts", "headquarters_counters", "calendars",
      "calendar_versions",
      "clocks", "clock_entries",
      "component_catalogue", "component_families", "early_warnings", "early_warning_observations",
      "early_warning_statistics", "early_warning_silences",
      "campaigns", "campaign_vehicles", "work_order_campaigns", "quality_issues", "quality_classifications",
      "quality_reports", "quality_report_deliveries", "quality_measures", "quality_disciplines", "defect_occurrences",
      "vehicle_repairs", "vehicle_repair_lines", "vehicle_fitted_parts", "vehicle_first_maintenances",
      "three_guarantee_signals", "pre_authorisations", "pre_authorisation_lines", "pre_authorisation_draws",
      "station_workshops", "station_hours", "station_special_days", "bays", "appointments",
      "complaints", "complaint_compensations", "complaint_vehicle_returns", "complaint_identities",
      "case_grants", "carriers", "parts_orders", "parts_order_lines", "shipments", "shipment_lines", "parts_claims",
      "ledger_accounts", "ledger_entries", "ledger_postings", "ledger_totals", "vehicle_repair_exclusions",
      "payable_items", "settlements", "settlement_lines",
      "station_awards",
      "warranty_claims", "warranty_claim_items", "warranty_claim_lines", "warranty_claim_versions", "claimed_repairs",
      "claim_rule_trials",
      "parts", "part_supersessions", "sboms", "sbom_lines", "price_lists", "price_list_lines", "stock_locations",
      "stock_levels", "stock_movements", "reservations", "stock_expectations", "stocktakes", "stocktake_lines",
      "minimum_stocks", "reserve_quotas", "replenishment_proposals", "parts_sales", "parts_sale_reversals",
      "parts_returns",
      "surveys", "survey_versions", "survey_responses", "follow_ups", "letters", "letter_recipients", "service_plans",
    ]
    return try database.admin(
      "select "
        + tables.map { "(select md5(coalesce(string_agg(t::text, '|' order by t::text), '')) from \($0) t)" }
        .joined(separator: " || "))
  }
}
