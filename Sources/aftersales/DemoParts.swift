import Domain
import FoundationEssentials
import Services

/// The parts business of the demo: a catalogue of what its jobs need, prices in force, warehouses and stores with stock, and one of
/// each document in an interesting state.
struct DemoParts {
  private let services: Composition
  private let data: DemoData
  private let ground: DemoGround
  private let opening: Timestamp
  private let now: Timestamp

  init(_ services: Composition, _ data: DemoData, _ ground: DemoGround, opening: Timestamp, now: Timestamp) {
    self.services = services
    self.data = data
    self.ground = ground
    self.opening = opening
    self.now = now
  }

  func load() async throws {
    let supply = try demoValue(ground.headquarters[.hqParts], "no parts supply")
    let approver = try demoValue(ground.headquarters[.hqExec], "no executive")
    let parts = try await loadCatalogue(supply)
    try await loadPrices(parts, supply, approver)
    let places = try await loadPlaces(supply)
    try await fill(places, parts, supply)
    guard let station = ground.stations["SY001"], let store = places.stores["SY001"] else { return }
    let numbers = parts.keys.sorted()
    try await plan(numbers.compactMap { parts[$0] }, at: station, supply)
    try await trade(numbers.compactMap { parts[$0] }, at: station, store, places, supply)
  }

  private func command<Output>(
    _ caller: Caller, _ key: String, at instant: Timestamp? = nil, _ text: @escaping @Sendable (Output) throws -> String
  ) -> Command<Output> {
    DemoWriter.command(caller, "parts-\(key)", at: instant ?? now, text)
  }

  // MARK: Catalogue and prices

  /// What the jobs of the demo need, and what supersedes one of them.
  private func loadCatalogue(_ supply: Caller) async throws -> [String: Part.ID] {
    var names: [String: String] = [:]
    for part in data.orders.jobs.flatMap(\.parts) { names[part.number] = part.description }
    names["P-BRK-F2"] = "前制动片(套)，新配方 Front brake pads, new compound"
    var ids: [String: Part.ID] = [:]
    for (number, name) in names.sorted(by: { $0.key < $1.key }) {
      let content = Part.Content(
        name: name, nameEn: nil, origin: .original, unit: number.hasSuffix("-1") ? .litre : .piece,
        wearPart: number.hasPrefix("P-BRK") || number.hasPrefix("P-FLT"), discontinued: false, note: nil)
      ids[number] = try DemoWriter.identity(
        await services.parts.create(
          PartDraft(number: number, content: content, externalIDs: DemoLoader.mark(number)),
          command(supply, number, at: opening) { $0.id.description }))
    }
    let today = CalendarDate(inChina: now)
    if let old = ids["P-BRK-F"], let new = ids["P-BRK-F2"] {
      _ = try await services.parts.supersede(
        .id(old),
        SupersessionDraft(
          successor: .id(new), effectiveOn: CalendarDate(daysSinceEpoch: today.daysSinceEpoch - 10),
          interchangeable: true, reason: "配方升级 New compound"), command(supply, "supersession") { $0.id.description })
    }
    if let model = data.catalogue.models.first(where: { $0.discontinued != true }) {
      let found = try await services.vehicleModels.get(.number(model.code), DemoWriter.operator)
      _ = try await services.sboms.create(
        SbomDraft(
          code: "SB-\(model.code)", modelID: found.id, validFrom: CalendarDate(inChina: opening), note: nil,
          lines: ids.sorted { $0.key < $1.key }.filter { $0.key != "P-BRK-F2" }.map {
            Sbom.Line(
              assembly: $0.key.hasPrefix("P-BRK") ? "前制动 Front brake" : "总成 Assembly", partID: $0.value, quantity: 1)
          }, externalIDs: DemoLoader.mark(model.code)), command(supply, "sbom", at: opening) { $0.id.description })
    }
    return ids
  }

  /// A list in force, and the next one that waits for approval.
  private func loadPrices(_ parts: [String: Part.ID], _ supply: Caller, _ approver: Caller) async throws {
    var retail: [String: Money] = [:]
    for part in data.orders.jobs.flatMap(\.parts) { retail[part.number] = Money(part.price, currency: .cny) }
    retail["P-BRK-F2"] = retail["P-BRK-F"]
    func lines(_ percent: Int64) -> [PriceList.Line] {
      parts.sorted { $0.key < $1.key }.compactMap { number, id in
        retail[number].map { price in
          PriceList.Line(
            partID: id, partNumber: "", price: Money(minor: price.minor * percent / 100 * 7 / 10, currency: .cny),
            retailPrice: Money(minor: price.minor * percent / 100, currency: .cny))
        }
      }
    }
    for (key, percent, start) in [("current", Int64(100), opening), ("next", 104, now.adding(seconds: 30 * 86_400))] {
      let at = min(start, now)
      let id: PriceList.ID = try DemoWriter.identity(
        await services.priceLists.create(
          PriceList.Content(
            name: "备件价格目录 Parts price list", currency: .cny, validFrom: CalendarDate(inChina: start), note: nil,
            lines: lines(percent), externalIDs: DemoLoader.mark("prices-\(key)")),
          command(supply, "prices-\(key)", at: at) { $0.id.description }))
      _ = try await services.priceLists.submit(
        .id(id), note: nil, command(supply, "prices-\(key)-submit", at: at.adding(seconds: 60)) { $0.number })
      guard key == "current" else { continue }
      _ = try await services.priceLists.approve(
        .id(id), note: nil, command(approver, "prices-\(key)-approve", at: at.adding(seconds: 120)) { $0.number })
    }
  }

  // MARK: Stock

  private struct Places {
    var central: StockLocation.ID
    var stores: [String: StockLocation.ID]
  }

  private func loadPlaces(_ supply: Caller) async throws -> Places {
    func place(_ code: String, _ name: String, _ place: StockLocation.Place) async throws -> StockLocation.ID {
      try DemoWriter.identity(
        await services.warehouses.create(
          StockLocationDraft(
            code: code, place: place, name: name, closed: false, externalIDs: DemoLoader.mark(code)),
          command(supply, code, at: opening) { $0.id.description }))
    }
    var places = Places(central: try await place("CDC", "中央配件库 Central warehouse", .central), stores: [:])
    _ = try await place("TR-1", "中转库 Transit warehouse", .transit)
    for (code, station) in ground.stations.sorted(by: { $0.key < $1.key }) {
      places.stores[code] = try await place("\(code)-S", "配件库 Store \(code)", .station(station))
    }
    return places
  }

  /// Bought in at the centre, and brought to the stores.
  private func fill(_ places: Places, _ parts: [String: Part.ID], _ supply: Caller) async throws {
    for (number, part) in parts.sorted(by: { $0.key < $1.key }) {
      _ = try await services.stockMovements.book(
        .receipt(into: places.central, unitCost: nil), of: part, quantity: 5_000, reason: nil,
        command(supply, "receipt-\(number)") { $0.id.description })
      for (code, store) in places.stores.sorted(by: { $0.key < $1.key }) {
        _ = try await services.stockMovements.book(
          .transfer(from: places.central, to: store, reservation: nil), of: part,
          quantity: number.hasSuffix("-1") || number.contains("OIL") ? 400 : 60, reason: "首批铺货 First stock",
          command(supply, "transfer-\(number)-\(code)") { $0.id.description })
      }
    }
  }

  // MARK: Documents

  /// A minimum that holds and one that waits, a quota, and what follows from them.
  private func plan(_ parts: [Part.ID], at station: Station.ID, _ supply: Caller) async throws {
    let supervisor = try ground.person(.stPartsSupervisor, at: station)
    for (place, part) in parts.prefix(2).enumerated() {
      let id: MinimumStock.ID = try DemoWriter.identity(
        await services.minimumStocks.create(
          part, quantity: 80, reason: "冬季用量 Winter", at: nil,
          command(supervisor, "minimum-\(place)") { $0.id.description }))
      _ = try await services.minimumStocks.propose(
        .id(id), quantity: nil, reason: nil, command(supervisor, "minimum-\(place)-propose") { $0.number })
      guard place == 0 else { continue }
      _ = try await services.minimumStocks.approve(
        .id(id), quantity: 70, note: "先备 70 70 will do", command(supply, "minimum-\(place)-approve") { $0.number })
    }
    let region = try await services.stations.get(.id(station), DemoWriter.operator).profile.regionID
    if let part = parts.dropFirst(2).first {
      _ = try await services.reserveQuotas.create(
        ReserveQuotaDraft(
          code: "RQ-1", regionID: region, partID: part, perThousandVehicles: 20_000, note: nil,
          population: ReserveQuota.Population(vehicles: 0, stations: 0), externalIDs: DemoLoader.mark("RQ-1")),
        command(supply, "quota") { $0.id.description })
    }
    _ = try await services.replenishmentProposals.create(
      at: station, command(supply, "replenishment") { $0.number })
  }

  /// A sale, a return on its way, stock held for another station, and a stocktake that waits for its approval.
  private func trade(
    _ parts: [Part.ID], at station: Station.ID, _ store: StockLocation.ID, _ places: Places, _ supply: Caller
  ) async throws {
    let clerk = try ground.person(.stPartsClerk, at: station)
    guard parts.count > 5 else { return }
    _ = try await services.partsSales.create(
      PartsSaleDraft(
        stationID: nil, customerID: nil,
        lines: [
          .init(partID: parts[3], quantity: 2, unitPrice: nil),
          .init(partID: parts[4], quantity: 1, unitPrice: Money(minor: 999_900, currency: .cny)),
        ]), command(clerk, "sale") { $0.number })
    let mistaken: PartsSale.ID = try DemoWriter.identity(
      await services.partsSales.create(
        PartsSaleDraft(stationID: nil, customerID: nil, lines: [.init(partID: parts[3], quantity: 1, unitPrice: nil)]),
        command(clerk, "sale-mistaken") { $0.id.description }))
    _ = try await services.partsSales.reverse(
      .id(mistaken), reason: "型号不符 Wrong model", command(clerk, "sale-mistaken-reverse") { $0.number })
    _ = try await services.partsReturns.create(
      PartsReturnDraft(
        stationID: nil, reason: "滞销 Does not sell", externalIDs: DemoLoader.mark("return"),
        lines: [.init(partID: parts[5], quantity: 10)]), command(clerk, "return") { $0.number })
    if let other = places.stores["DL001"] {
      _ = try await services.reservations.create(
        ReservationDraft(
          locationID: other, partID: parts[3], quantity: 5, purpose: .transfer(to: store),
          expiresAt: now.adding(seconds: 7 * 86_400)), command(supply, "reservation") { $0.number })
    }
    let counted = Array(parts.prefix(2))
    let take: Stocktake.ID = try DemoWriter.identity(
      await services.stocktakes.create(
        at: places.central, parts: counted, note: "月度抽盘 Monthly check", externalIDs: DemoLoader.mark("stocktake"),
        command(supply, "stocktake") { $0.id.description }))
    _ = try await services.stocktakes.freeze(.id(take), note: nil, command(supply, "stocktake-freeze") { $0.number })
    let finder = try demoValue(ground.headquarters[.warehouse], "no warehouse")
    let frozen = try await services.stocktakes.get(.id(take), supply)
    _ = try await services.stocktakes.count(
      .id(take), frozen.lines.enumerated().map { ($1.partID, $1.bookQuantity - $0, nil) },
      command(finder, "stocktake-count") { $0.number })
  }
}
