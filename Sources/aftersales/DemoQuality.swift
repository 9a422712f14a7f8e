import Domain
import FoundationEssentials
import Services

/// The quality issues of the demo: one waiting for a decision, one on each of the three paths (SM-5).
struct DemoQuality {
  private let services: Composition
  private let issues: [DemoData.Issue]
  private let ground: DemoGround
  private let today: Timestamp

  init(_ services: Composition, _ data: DemoData.Quality, _ ground: DemoGround, today: Timestamp) {
    self.services = services
    issues = data.issues
    self.ground = ground
    self.today = today
  }

  func load() async throws {
    for issue in issues { try await load(issue) }
  }

  private func load(_ item: DemoData.Issue) async throws {
    let service = services.qualityIssues
    let customer = try demoValue(ground.customers[item.customer], "no customer \(item.customer)")
    let state = try demoValue(QualityIssue.State(rawValue: item.state), "\(item.state) is no state")
    let after = try demoValue(ground.headquarters[.hqService], "no After-Sales department")
    let quality = try demoValue(ground.headquarters[.qa], "no quality assurance")
    let start = today.adding(seconds: Int64(-item.daysAgo) * 86_400 + 7 * 3600)
    func command(_ caller: Caller, _ step: String, _ hours: Int64) -> Command<QualityIssue> {
      DemoWriter.command(caller, "quality-\(item.key)-\(step)", at: start.adding(seconds: hours * 3600)) {
        $0.id.description
      }
    }
    let header = QualityIssueHeader(
      source: .station, symptom: item.symptom,
      defects: [QualityDefect(partNumber: item.part, faultCode: item.fault, description: nil)],
      vehicleID: customer.vehicle, modelID: nil, customerID: customer.id, workOrderID: nil, odometerKm: nil,
      occurredAt: start, externalIDs: DemoLoader.mark(item.key))
    let facts = QualityFacts(
      casualties: item.casualties, majorAccident: item.majorAccident ?? false,
      compensationDemand: item.demand.flatMap { Money($0, currency: .cny) }, breakdown: item.breakdown ?? false,
      qualityDefect: true)
    let id: QualityIssue.ID = try DemoWriter.identity(
      await service.create(
        QualityIssueDraft(stationID: customer.station, header: header, facts: facts, isSuspectedMajor: true),
        command(after, "create", 0)))
    guard state != .pendingConfirmation, let level = item.level.flatMap(QualityLevel.init(rawValue:)) else { return }
    _ = try await service.confirm(
      .id(id),
      .init(level: level, reason: nil, facts: QualityFactsPatch(), recipients: QualityReport.standard),
      command(after, "confirm", 1))
    switch level {
    case .level1:
      _ = try await service.qaConfirm(.id(id), note: "现场照片属实 Photographs match", command(quality, "qaConfirm", 2))
    case .level2:
      let due = CalendarDate(daysSinceEpoch: today.milliseconds / 86_400_000 + 30)
      let measures = [
        QualityMeasureDraft(
          kind: .containment, description: "在途车辆排查接插件 Check connectors of vehicles on the way", owner: "质量部",
          dueDate: due),
        QualityMeasureDraft(
          kind: .corrective, description: "更新控制单元软件 New software of the control unit", owner: "研发部", dueDate: due),
      ]
      _ = try await service.proposeMeasures(.id(id), measures, note: nil, command(quality, "measures", 5))
    case .level3:
      _ = try await service.informQa(.id(id), ["质量保证部 QA"], note: nil, command(after, "inform", 2))
      _ = try await service.resolve(
        .id(id), result: "更换蓄电池，客户满意 Battery replaced, the customer is satisfied", command(after, "resolve", 30))
      let receipt = ResultReceipt(
        party: .station, channel: .system, note: nil, receivedAt: start.adding(seconds: 31 * 3600),
        by: RecordStamp.Author(after))
      _ = try await service.receipt(.id(id), receipt, command(after, "receipt", 32))
    }
  }
}
