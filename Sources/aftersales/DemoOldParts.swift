import Domain
import FoundationEssentials
import Services

/// The suppliers of the demo with their contracts, and old parts on every stretch of their way (SM-10, SET-05).
struct DemoOldParts {
  private let services: Composition
  private let data: DemoData.OldParts

  init(_ services: Composition, _ data: DemoData.OldParts) {
    self.services = services
    self.data = data
  }

  /// - Returns: by code.
  func loadSuppliers(opening: Timestamp) async throws -> [String: Supplier.ID] {
    var ids: [String: Supplier.ID] = [:]
    for supplier in data.suppliers {
      let content = Supplier.Content(
        name: supplier.name, nameEn: supplier.nameEn, phone: nil, email: nil, partNumbers: supplier.parts.sorted(),
        discontinued: false)
      let id: Supplier.ID = try DemoWriter.identity(
        await services.suppliers.create(
          SupplierDraft(code: supplier.code, content: content, externalIDs: DemoLoader.mark(supplier.code)),
          DemoWriter.command(DemoWriter.operator, "supplier-\(supplier.code)", at: opening) { $0.id.description }))
      ids[supplier.code] = id
      let terms = SupplierContract.Terms(
        reference: supplier.contract,
        // A year before the network opens, so that everything of the demo was decided under it.
        validFrom: CalendarDate(daysSinceEpoch: opening.milliseconds / 86_400_000 - 365),
        partsFactorHundredths: try demoValue(
          DecimalString.hundredths(supplier.partsFactor), "factor of \(supplier.code)"),
        labourRate: try amount(supplier.labourRate, supplier.code),
        lineCap: try supplier.lineCap.map { try amount($0, supplier.code) })
      _ = try await services.suppliers.agree(
        .id(id), terms, DemoWriter.command(DemoWriter.operator, "contract-\(supplier.code)", at: opening) { _ in "" })
    }
    return ids
  }

  private func amount(_ text: String, _ code: String) throws -> Money {
    try demoValue(Money(text, currency: .cny), "amounts of \(code)")
  }

  func load(_ ground: DemoGround, today: Timestamp) async throws {
    for part in data.oldParts { try await load(part, ground, today: today) }
    try await recover(ground, today: today)
  }

  private func load(_ item: DemoData.OldPart, _ ground: DemoGround, today: Timestamp) async throws {
    let service = services.oldParts
    let customer = try demoValue(ground.customers[item.customer], "no customer \(item.customer)")
    let state = try demoValue(OldPart.State(rawValue: item.state), "\(item.state) is no state")
    let station = try ground.person(.stClaims, at: customer.station)
    let desk = try demoValue(ground.headquarters[.hqClaims], "no claims section")
    let start = today.adding(seconds: Int64(-item.daysAgo) * 86_400 + 8 * 3600)
    func at(_ days: Int64) -> Timestamp { start.adding(seconds: days * 86_400) }
    func command(_ caller: Caller, _ step: String, _ days: Int64) -> Command<OldPart> {
      DemoWriter.command(caller, "old-part-\(item.key)-\(step)", at: at(days)) { $0.id.description }
    }
    let header = OldPartHeader(
      workOrderID: nil, vehicleID: customer.vehicle, claim: nil, partNumber: item.part,
      partDescription: item.description, serialNumber: nil, quantity: item.quantity, faultCode: nil, fault: item.fault,
      removedOn: CalendarDate(daysSinceEpoch: start.milliseconds / 86_400_000), supplierID: nil,
      externalIDs: DemoLoader.mark(item.key))
    let id: OldPart.ID = try DemoWriter.identity(
      await service.create(
        OldPart.Draft(stationID: customer.station, header: header, storagePlace: "旧件库 A-3"),
        command(station, "tag", 0)))
    if state == .tagged { return }
    _ = try await service.request(.id(id), note: nil, command(desk, "request", 1))
    // Its time passes by itself: the worker finds it.
    if state == .due || state == .overdue { return }
    _ = try await service.ship(
      .id(id),
      OldPartShipment(
        destination: .headquarters, supplierID: nil, packingList: "PL-\(item.key)", carrier: "示例物流 Sample Logistics",
        trackingNumber: nil, lateStatement: nil, signature: OldPartSignature(station, at: at(5))),
      command(station, "ship", 5))
    if state == .shipped { return }
    _ = try await service.receive(
      .id(id),
      OldPartReceipt(
        quantity: item.quantity, condition: "包装完好 Packed well", storagePlace: "总部 12-4",
        signature: OldPartSignature(desk, at: at(8))), command(desk, "receive", 8))
    let isWrong = state == .mismatch
    _ = try await service.inspect(
      .id(id),
      OldPart.Finding(
        verdict: isWrong ? .wrong : .asClaimed,
        finding: isWrong ? "不是该型号 Of another type" : "与登记一致 As registered", lateExcused: nil),
      command(desk, "inspect", 9))
    if state != .sentToSupplier { return }
    _ = try await service.sendToSupplier(
      .id(id), supplier: nil,
      {
        OldPartForwarding(
          supplierID: $0, deliveryNote: "SH-\(item.key)", carrier: nil, trackingNumber: nil,
          signature: OldPartSignature(desk, at: at(12)))
      }, command(desk, "forward", 12))
  }

  /// What the claims of the demo come to for the first supplier; sent when there is something in it.
  private func recover(_ ground: DemoGround, today: Timestamp) async throws {
    guard let first = data.suppliers.first, let supplier = ground.suppliers[first.code] else { return }
    let desk = try demoValue(ground.headquarters[.hqClaims], "no claims section")
    let day = today.milliseconds / 86_400_000
    let period = try demoValue(
      ReportPeriod(from: CalendarDate(daysSinceEpoch: day - 120), before: CalendarDate(daysSinceEpoch: day + 1)),
      "a period")
    let id: SupplierRecovery.ID = try DemoWriter.identity(
      await services.supplierRecoveries.create(
        SupplierRecoveryDraft(supplierID: supplier, period: period),
        DemoWriter.command(desk, "recovery", at: today) { $0.id.description }))
    guard try await services.supplierRecoveries.get(.id(id), desk).amount.minor > 0 else { return }
    _ = try await services.supplierRecoveries.send(
      .id(id),
      SupplierRecoveryParcel(deliveryNote: "SH-2026-001", carrier: nil, trackingNumber: nil, note: nil),
      DemoWriter.command(desk, "recovery-send", at: today) { $0.id.description })
  }
}
