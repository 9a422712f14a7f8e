import Domain
import FoundationEssentials
import Repositories
import Services

/// The parts orders of the demo: one drafted, one with headquarters, one on hold, and one that arrived with a difference and a claim
/// for it (SM-8, SM-9); with the two parts, the price list and the warehouse that they need.
struct DemoPartsOrders {
  private let services: Composition
  private let ground: DemoGround
  private let today: Timestamp

  init(_ services: Composition, _ ground: DemoGround, today: Timestamp) {
    self.services = services
    self.ground = ground
    self.today = today
  }

  private static let pad = "DP-BRK-4605"
  private static let filter = "DP-FIL-1230"

  func load() async throws {
    guard let station = ground.stations["SY001"] else { return }
    let supply = try demoValue(ground.headquarters[.hqParts], "no Parts Supply")
    let clerk = try ground.person(.stPartsClerk, at: station)
    let supervisor = try ground.person(.stPartsSupervisor, at: station)
    let warehouse = try await stock(supply)

    _ = try await draft("drafted", [(Self.filter, 12)], clerk, day: -1)
    let submitted = try await draft("submitted", [(Self.pad, 6), (Self.filter, 20)], clerk, day: -2)
    try await submit(submitted, "submitted", supervisor, day: -2)

    let received = try await draft("received", [(Self.pad, 10)], clerk, day: -9)
    try await submit(received, "received", supervisor, day: -9)
    let orders = services.partsOrders
    func command(_ caller: Caller, _ step: String, _ day: Int64) -> Command<PartsOrder> {
      self.command(caller, "received-\(step)", day)
    }
    _ = try await orders.confirm(
      .id(received), .init(locationID: warehouse, expected: [:], note: nil), command(supply, "confirm", -8))
    let carrier = try await services.database.read(.system, CarrierRepository.find(.number("SHUNYUN"), in: .network))
    _ = try await orders.ship(
      .id(received),
      .init(
        portions: [PartsOrderPortion(line: 1, quantity: 10)], carrierID: carrier?.id, trackingNumber: "SY20260001",
        packages: [.init(number: "1/1", weightGrams: 21_500)], expectedAt: nil, note: nil),
      command(supply, "ship", -7))
    var filter = ShipmentFilter()
    filter.orderID = received
    let page = PageRequest(limit: 1, sort: [.init("createdAt")])
    let shipments = try await services.shipments.list(filter, page, supply)
    let shipment = try demoValue(shipments.items.first, "no shipment of the order")
    _ = try await orders.receive(
      .id(received),
      .init(
        shipmentID: shipment.id,
        lines: [PartsReceiptLine(line: 1, received: 9, short: 1, rejections: [.init(kind: .damaged, quantity: 1)])],
        note: "外箱破损 Torn box"), command(clerk, "receive", -5))
    _ = try await orders.reportDiscrepancy(
      .id(received), description: "少一件，另一件开裂 One missing, another cracked", command(clerk, "discrepancy", -5))
    try await note(shipment.id, by: clerk, supply)

    // Finance looks at what the station has not paid for yet before it gets more.
    let held = try await draft("held", [(Self.filter, 40)], clerk, day: -3)
    try await submit(held, "held", supervisor, day: -3)
    let finance = try demoValue(ground.headquarters[.finance], "no Finance")
    _ = try await orders.hold(
      .id(held), reason: "应收款未清 Invoices are open", self.command(finance, "held-hold", -3))
  }

  /// What is remarked on the shipment, and what headquarters tells everybody about the part.
  private func note(_ shipment: Shipment.ID, by clerk: Caller, _ supply: Caller) async throws {
    let at = today.adding(seconds: -5 * 86_400 + 4 * 3600)
    func command(_ caller: Caller, _ step: String) -> Command<Note> {
      DemoWriter.command(caller, "parts-note-\(step)", at: at) { $0.id.description }
    }
    _ = try await services.shipments.addNote(
      .id(shipment), "外箱右下角压坏，司机在场签字 The driver signed for the crushed corner", command(clerk, "shipment"))
    let family = try demoValue(services.notes.families.first { $0.resource == .part }, "no notes on parts")
    _ = try await services.notes.add(
      "新包装自本月起发货 Shipped in the new box from this month on", to: family, .number(Self.pad),
      command(supply, "part"))
  }

  private func command<Document: VersionedDocument>(
    _ caller: Caller, _ step: String, _ day: Int64
  ) -> Command<Document> {
    DemoWriter.command(caller, "parts-\(step)", at: today.adding(seconds: day * 86_400 + 3 * 3600)) {
      $0.id.description
    }
  }

  private func draft(
    _ key: String, _ lines: [(part: String, quantity: Int)], _ clerk: Caller, day: Int64
  ) async throws -> PartsOrder.ID {
    try DemoWriter.identity(
      await services.partsOrders.create(
        PartsOrderDraft(
          stationID: nil,
          header: PartsOrderHeader(
            kind: .stock, remark: "补库 For the shelf", externalIDs: DemoLoader.mark("parts-\(key)")),
          lines: lines.map { .init(partNumber: $0.part, quantity: $0.quantity) }), command(clerk, "\(key)-draft", day)))
  }

  private func submit(_ order: PartsOrder.ID, _ key: String, _ supervisor: Caller, day: Int64) async throws {
    _ = try await services.partsOrders.sign(.id(order), note: nil, command(supervisor, "\(key)-sign", day))
    _ = try await services.partsOrders.submit(.id(order), note: nil, command(supervisor, "\(key)-submit", day))
  }

  /// The parts with their approved prices, and some of them in a warehouse.
  private func stock(_ supply: Caller) async throws -> StockLocation.ID {
    let executive = try demoValue(ground.headquarters[.hqExec], "no executive")
    let parts: [(number: String, name: String, nameEn: String, price: Int64)] = [
      (Self.pad, "前制动片套件", "Front brake pad kit", 52_000), (Self.filter, "机油滤清器", "Oil filter", 3_550),
    ]
    let opening: Int64 = -30
    var lines: [PriceList.Line] = []
    var ids: [Part.ID] = []
    for part in parts {
      let id: Part.ID = try DemoWriter.identity(
        await services.parts.create(
          PartDraft(
            number: part.number,
            content: Part.Content(
              name: part.name, nameEn: part.nameEn, origin: .original, unit: .piece, wearPart: true,
              discontinued: false,
              note: nil), externalIDs: DemoLoader.mark(part.number)), command(supply, "part-\(part.number)", opening)))
      ids.append(id)
      lines.append(
        PriceList.Line(
          partID: id, partNumber: part.number, price: Money(minor: part.price, currency: .cny), retailPrice: nil))
    }
    let day = CalendarDate(inChina: today.adding(seconds: opening * 86_400 + 3 * 3600))
    let list: PriceList.ID = try DemoWriter.identity(
      await services.priceLists.create(
        PriceList.Content(
          name: "订购演示价目 Prices of the ordering demo", currency: .cny, validFrom: day, note: nil, lines: lines,
          externalIDs: DemoLoader.mark("parts-prices")), command(supply, "prices", opening)))
    _ = try await services.priceLists.submit(.id(list), note: nil, command(supply, "prices-submit", opening))
    _ = try await services.priceLists.approve(.id(list), note: nil, command(executive, "prices-approve", opening))
    let warehouse: StockLocation.ID = try DemoWriter.identity(
      await services.warehouses.create(
        StockLocationDraft(
          code: "DP-CENTRAL", place: .central, name: "沈阳中心库 Central warehouse", closed: false,
          externalIDs: DemoLoader.mark("DP-CENTRAL")), command(supply, "warehouse", opening)))
    for (place, id) in ids.enumerated() {
      _ = try await services.stockMovements.book(
        .receipt(into: warehouse, unitCost: nil), of: id, quantity: 200, reason: nil,
        command(supply, "receipt-\(place)", opening + 1))
    }
    return warehouse
  }
}
