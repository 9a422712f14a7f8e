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
    let decided = try await claim(ground, today: today)
    try await recover(decided, ground, today: today)
  }

  /// Takes the claims whose fault a supplier answers for from the station's draft to the old part on the shelf of headquarters.
  ///
  /// - Returns: when they were decided, first to last.
  private func claim(_ ground: DemoGround, today: Timestamp) async throws -> [Timestamp] {
    let desk = try demoValue(ground.headquarters[.hqClaims], "no claims section")
    let answered = Set(data.suppliers.flatMap(\.parts))
    let found = try await services.warrantyClaims.list(
      WarrantyClaimFilter(), PageRequest(limit: 100, sort: [.init("createdAt")]), desk)
    var decided: [Timestamp] = []
    for summary in found.items where summary.stamp.createdAt < today.adding(seconds: -10 * 86_400) {
      let claim = try await services.warrantyClaims.whole(.id(summary.id), desk)
      let concerns = claim.items.contains { item in item.work.causalPartNumber.map(answered.contains) ?? false }
      guard claim.kind == .warrantyRepair, concerns else { continue }
      if try await carry(claim, desk, ground) { decided.append(Self.day(1, of: claim)) }
    }
    return decided
  }

  private static func day(_ days: Int64, of claim: WarrantyClaim) -> Timestamp {
    claim.stamp.createdAt.adding(seconds: days * 86_400)
  }

  /// - Returns: whether it is paid for.
  private func carry(_ claim: WarrantyClaim, _ desk: Caller, _ ground: DemoGround) async throws -> Bool {
    let claims = services.warrantyClaims
    // A station of the demo has nobody for claims but the first.
    let clerk = ground.staff[claim.stationID]?[.stClaims]?.first ?? DemoWriter.operator
    func command<Output>(_ caller: Caller, _ step: String, _ days: Int64) -> Command<Output>
    where Output: LifecycleDocument {
      DemoWriter.command(caller, "recovered-\(claim.number)-\(step)", at: Self.day(days, of: claim)) {
        "\($0.id)"
      }
    }
    if claim.state == .draft { _ = try await claims.submit(.id(claim.id), command(clerk, "submit", 1)) }
    let submitted = try await claims.whole(.id(claim.id), desk)
    if submitted.state == .underAudit {
      // What a rule blocks stays with the section, as an example of that.
      if submitted.progress.blocking > 0 { return false }
      let decisions = submitted.lines.map {
        ClaimDecision(
          line: $0.number, outcome: .approved, amount: nil, reason: .asClaimed, text: "情况属实 As it was found")
      }
      _ = try await claims.decide(.id(claim.id), decisions, command(desk, "decide", 1))
    }
    var filter = OldPartFilter()
    filter.claimNumber = claim.number
    let parts = try await services.oldParts.list(filter, PageRequest(limit: 100, sort: [.init("number")]), desk)
    for part in parts.items where part.state == .due || part.state == .tagged {
      let id = Reference<OldPart>.id(part.id)
      _ = try await services.oldParts.tag(id, storagePlace: "旧件库 B-1", command(clerk, "tag-\(part.number)", 2))
      _ = try await services.oldParts.ship(
        id,
        OldPartShipment(
          destination: .headquarters, supplierID: nil, packingList: "PL-\(claim.number)",
          carrier: "示例物流 Sample Logistics", trackingNumber: nil, lateStatement: nil,
          signature: OldPartSignature(clerk, at: Self.day(3, of: claim))), command(clerk, "ship-\(part.number)", 3))
      _ = try await services.oldParts.receive(
        id,
        OldPartReceipt(
          quantity: part.header.quantity, condition: nil, storagePlace: "总部 12-5",
          signature: OldPartSignature(desk, at: Self.day(5, of: claim))), command(desk, "receive-\(part.number)", 5))
      _ = try await services.oldParts.inspect(
        id, OldPart.Finding(verdict: .asClaimed, finding: "与登记一致 As registered", lateExcused: nil),
        command(desk, "inspect-\(part.number)", 6))
    }
    return [.payable, .inSettlement, .settled].contains(try await claims.get(.id(claim.id), desk).state)
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

  /// What the claims come to for the suppliers: the first claim in a recovery that was disputed and agreed on, those after it in one that
  /// was sent and waits for its answer.
  private func recover(_ decided: [Timestamp], _ ground: DemoGround, today: Timestamp) async throws {
    let desk = try demoValue(ground.headquarters[.hqClaims], "no claims section")
    let first = decided.first.map { ReportPeriod.day(of: $0).daysSinceEpoch + 1 } ?? today.milliseconds / 86_400_000
    let tomorrow = today.milliseconds / 86_400_000 + 1
    for (code, supplier) in ground.suppliers.sorted(by: { $0.key < $1.key }) {
      try await recover("\(code)-1", from: supplier, first - 120, first, desk, today: today.adding(seconds: -86_400)) {
        id, document in
        let own = Caller(
          subject: .system, name: "供应商 \(code)", roles: [.supplier], permissions: Role.supplier.permissions,
          scope: .supplier(supplier.uuid))
        let line = try demoValue(document.lines.first, "a recovery without a line")
        _ = try await services.supplierRecoveries.dispute(
          id, [line.number: "部分系安装原因 In part a matter of the fitting"], note: nil,
          DemoWriter.command(own, "recovery-\(code)-dispute", at: today.adding(seconds: -3600)) { $0.id.description })
        _ = try await services.supplierRecoveries.agree(
          id, [line.number: Money(minor: line.amount.minor * 8 / 10, currency: line.amount.currency)],
          note: "按八成承担 Four fifths of it",
          DemoWriter.command(desk, "recovery-\(code)-agree", at: today) { $0.id.description })
      }
      try await recover("\(code)-2", from: supplier, first, tomorrow, desk, today: today) { _, _ in }
    }
  }

  /// Compiled and sent, where there is something in it.
  private func recover(
    _ key: String, from supplier: Supplier.ID, _ from: Int64, _ before: Int64, _ desk: Caller, today: Timestamp,
    _ further: (Reference<SupplierRecovery>, SupplierRecovery) async throws -> Void
  ) async throws {
    let period = try demoValue(
      ReportPeriod(from: CalendarDate(daysSinceEpoch: from), before: CalendarDate(daysSinceEpoch: before)), "a period")
    let id: SupplierRecovery.ID = try DemoWriter.identity(
      await services.supplierRecoveries.create(
        SupplierRecoveryDraft(supplierID: supplier, period: period),
        DemoWriter.command(desk, "recovery-\(key)", at: today) { $0.id.description }))
    let document = try await services.supplierRecoveries.whole(.id(id), desk)
    guard document.amount.minor > 0 else { return }
    if document.state == .compiled {
      _ = try await services.supplierRecoveries.send(
        .id(id), SupplierRecoveryParcel(deliveryNote: "SH-\(key)", carrier: nil, trackingNumber: nil, note: nil),
        DemoWriter.command(desk, "recovery-\(key)-send", at: today) { $0.id.description })
    }
    try await further(.id(id), document)
  }
}
