import API
import Domain
import FoundationEssentials
import TestSupport
import Testing

/// What the matrix and the tests of isolation need of the parts families: what the network shares, and what a station has.
struct MatrixParts: Sendable {
  let part: String
  let successor: String
  let sbom: String
  /// Approved and valid today.
  let priceList: String
  let quota: String

  init(_ bench: APIBench, model: String) async throws {
    let master = bench.master()
    part = try await bench.create("/v1/parts", master, Self.partBody("MX-P1"))
    successor = try await bench.create("/v1/parts", master, Self.partBody("MX-P2"))
    sbom = try await bench.create("/v1/sboms", master, Self.sbomBody("MX-B1", model: model, part: part, day: 0))
    priceList = try await Self.approvedPrices(bench, of: part)
    quota = try await bench.create(
      "/v1/reserve-quotas", master, Self.quotaBody("MX-Q1", region: "\(bench.network.region)", part: part))
  }

  /// Prices of a part that hold from today on.
  static func approvedPrices(_ bench: APIBench, of part: String) async throws -> String {
    let author = bench.master()
    let id = try await bench.create("/v1/price-lists", author, priceListBody(part: part))
    for (action, token) in [("submit", author), ("approve", bench.master())] {
      let answer = await bench.act("/v1/price-lists/\(id)/\(action)", token)
      try #require(answer.status == 200, "\(answer.text)")
    }
    return id
  }

  static func partBody(_ number: String) -> String { #"{"number": "\#(number)", "name": "制动片", "unit": "set"}"# }

  /// - Parameter day: makes the day unique, which a model has once.
  static func sbomBody(_ code: String, model: String, part: String, day: Int) -> String {
    """
    {"code": "\(code)", "modelId": "\(model)", "validFrom": "\(CalendarDate(daysSinceEpoch: Int64(day) + 15_000))",
     "lines": [{"assembly": "前制动", "partId": "\(part)", "quantity": 1}]}
    """
  }

  static func priceListBody(part: String) -> String {
    """
    {"name": "价格", "validFrom": "\(CalendarDate(inChina: SystemClock.now()))", "lines": [{"partId": "\(part)",
      "price": {"amount": "100.00", "currency": "CNY"}, "retailPrice": {"amount": "150.00", "currency": "CNY"}}]}
    """
  }

  static func quotaBody(_ code: String, region: String, part: String) -> String {
    #"{"code": "\#(code)", "regionId": "\#(region)", "partId": "\#(part)", "perThousandVehicles": 500}"#
  }
}

/// One document of every kind of stock at a station.
struct MatrixStock: Sendable {
  let store: String
  let movement: String
  let reservation: String
  let stocktake: String
  let minimum: String
  let proposal: String
  let sale: String
  let partsReturn: String

  init(
    _ bench: APIBench, station: String, code: String, part: String, appointment: String
  ) async throws {
    let master = bench.master()
    store = try await bench.create(
      "/v1/warehouses", master,
      #"{"code": "MX-\#(code)", "name": "备件库", "kind": "station", "stationId": "\#(station)"}"#)
    movement = try await bench.create(
      "/v1/stock-movements", master, Self.receiptBody(store: store, part: part, 100_000))
    reservation = try await bench.create(
      "/v1/reservations", master, Self.reservationBody(store: store, part: part, appointment: appointment))
    stocktake = try await bench.create("/v1/stocktakes", master, #"{"locationId": "\#(store)"}"#)
    minimum = try await bench.create("/v1/minimum-stocks", master, Self.minimumBody(station: station, part: part))
    proposal = try await bench.create(
      "/v1/replenishment-proposals", master, #"{"stationId": "\#(station)"}"#)
    sale = try await bench.create("/v1/parts-sales", master, Self.saleBody(station: station, part: part))
    partsReturn = try await bench.create("/v1/parts-returns", master, Self.returnBody(station: station, part: part))
  }

  static func receiptBody(store: String, part: String, _ quantity: Int) -> String {
    """
    {"kind": "receipt", "locationId": "\(store)", "partId": "\(part)", "quantity": \(quantity),
     "unitCost": {"amount": "90.00", "currency": "CNY"}}
    """
  }

  static func reservationBody(store: String, part: String, appointment: String) -> String {
    """
    {"locationId": "\(store)", "partId": "\(part)", "quantity": 1, "purpose": "appointment",
     "appointmentId": "\(appointment)"}
    """
  }

  static func minimumBody(station: String, part: String) -> String {
    #"{"stationId": "\#(station)", "partId": "\#(part)", "quantity": 10}"#
  }

  static func saleBody(station: String, part: String) -> String {
    #"{"stationId": "\#(station)", "lines": [{"partId": "\#(part)", "quantity": 1}]}"#
  }

  static func returnBody(station: String, part: String) -> String {
    #"{"stationId": "\#(station)", "reason": "滞销", "lines": [{"partId": "\#(part)", "quantity": 1}]}"#
  }
}

extension MatrixDocuments {
  /// The document of a collection of the parts families; `nil` for other collections.
  func partsDocument(_ collection: String, _ owned: Owned) -> String? {
    switch collection {
    // Nobody has asked for a transfer.
    case "parts", "transfer-requests": parts.part
    case "sboms": parts.sbom
    case "price-lists": parts.priceList
    case "reserve-quotas": parts.quota
    case "warehouses": owned.stock.store
    case "stock-movements": owned.stock.movement
    case "reservations": owned.stock.reservation
    case "stocktakes": owned.stock.stocktake
    case "minimum-stocks": owned.stock.minimum
    case "replenishment-proposals": owned.stock.proposal
    case "parts-sales": owned.stock.sale
    case "parts-returns": owned.stock.partsReturn
    default: nil
    }
  }

  /// A body that would do something; `nil` for other families.
  func partsBody(_ name: String, _ owned: Owned, _ serial: Int) -> String? {
    switch name {
    case "POST /v1/parts": MatrixParts.partBody("P\(serial)")
    case "POST /v1/parts/{id}/supersessions":
      #"{"successorId": "\#(parts.successor)", "effectiveOn": "\#(CalendarDate(daysSinceEpoch: Int64(serial) + 40_000))"}"#
    case "POST /v1/sboms": MatrixParts.sbomBody("B\(serial)", model: model, part: parts.part, day: serial)
    case "POST /v1/price-lists": MatrixParts.priceListBody(part: parts.part)
    case "POST /v1/reserve-quotas": MatrixParts.quotaBody("Q\(serial)", region: region, part: parts.part)
    case "POST /v1/warehouses": #"{"code": "W\#(serial)", "name": "中央库", "kind": "central"}"#
    case "POST /v1/stock-movements": MatrixStock.receiptBody(store: owned.stock.store, part: parts.part, 1)
    case "POST /v1/reservations":
      MatrixStock.reservationBody(store: owned.stock.store, part: parts.part, appointment: owned.appointment)
    case "POST /v1/stocktakes": #"{"locationId": "\#(owned.stock.store)"}"#
    case "POST /v1/minimum-stocks": MatrixStock.minimumBody(station: owned.station, part: parts.part)
    case "POST /v1/replenishment-proposals": #"{"stationId": "\#(owned.station)"}"#
    case "POST /v1/parts-sales": MatrixStock.saleBody(station: owned.station, part: parts.part)
    case "POST /v1/parts-returns": MatrixStock.returnBody(station: owned.station, part: parts.part)
    case "PATCH /v1/parts/{id}", "PATCH /v1/sboms/{id}", "PATCH /v1/price-lists/{id}",
      "PATCH /v1/stocktakes/{id}", "PATCH /v1/reserve-quotas/{id}":
      #"{"note": "改过 Changed"}"#
    case "PATCH /v1/warehouses/{id}": #"{"name": "改过 Changed"}"#
    case "POST /v1/price-lists/{id}/notes", "POST /v1/reservations/{id}/notes", "POST /v1/stocktakes/{id}/notes",
      "POST /v1/minimum-stocks/{id}/notes", "POST /v1/parts-returns/{id}/notes":
      #"{"text": "改过 Changed"}"#
    case "POST /v1/price-lists/{id}/reject", "POST /v1/stocktakes/{id}/cancel", "POST /v1/parts-sales/{id}/reverse",
      "POST /v1/transfer-requests/{id}/decline":
      #"{"reason": "改过 Changed"}"#
    case "POST /v1/stocktakes/{id}/count": #"{"lines": [{"partId": "\#(parts.part)", "quantity": 1}]}"#
    case "POST /v1/parts-returns/{id}/receive": #"{"toLocationId": "\#(owned.stock.store)"}"#
    default: nil
    }
  }

  /// Where more than one answer, or another one, is right for who may.
  static func partsSpecial(_ operation: API.Operation) -> Set<Int>? {
    // Nobody has asked for a transfer.
    operation.template.hasPrefix("/v1/transfer-requests/{id}") ? [404] : partsAnswers[operation.name]
  }

  private static let partsAnswers: [String: Set<Int>] = [
    // Only the whole network writes what binds it.
    "POST /v1/price-lists": [201, 403], "POST /v1/price-lists/{id}/notes": [201, 403],
    "POST /v1/warehouses": [201, 403],
    // One a region and part.
    "POST /v1/reserve-quotas": [403, 409],
    // One a station and part.
    "POST /v1/minimum-stocks": [409],
  ]
}
