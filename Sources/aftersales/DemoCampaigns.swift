import Domain
import FoundationEssentials
import Services

/// The campaigns of the demo: a recall whose vehicles have come to different points, and a service campaign that is still a draft
/// (M11, QI-38).
struct DemoCampaigns {
  private let services: Composition
  private let data: DemoData
  private let ground: DemoGround
  private let today: Timestamp

  init(_ services: Composition, _ data: DemoData, _ ground: DemoGround, today: Timestamp) {
    self.services = services
    self.data = data
    self.ground = ground
    self.today = today
  }

  func load() async throws {
    for campaign in data.quality.campaigns { try await load(campaign) }
  }

  private func load(_ item: DemoData.Campaign) async throws {
    let service = services.campaigns
    let after = try demoValue(ground.headquarters[.hqService], "no After-Sales department")
    let head = try demoValue(ground.headquarters[.hqServiceHead], "no head of service")
    let start = today.adding(seconds: Int64(-item.daysAgo) * 86_400 + 6 * 3600)
    func command(_ caller: Caller, _ step: String, _ hours: Int64) -> Command<Campaign> {
      DemoWriter.command(caller, "campaign-\(item.key)-\(step)", at: start.adding(seconds: hours * 3600)) {
        $0.id.description
      }
    }
    let vins = try item.vehicles.map { vehicle in
      try demoValue(
        data.customers.customers.first { $0.key == vehicle.customer }?.vehicles.first,
        "no vehicle of \(vehicle.customer)")
    }
    let header = CampaignHeader(
      kind: try demoValue(Campaign.Kind(rawValue: item.kind), "\(item.kind) is no kind of campaign"), title: item.title,
      description: item.description, remedy: item.remedy, component: item.component,
      qualityIssueID: try await issue(item.issue, after),
      population: CampaignPopulation(
        modelYearFrom: item.modelYearFrom, modelYearTo: item.modelYearTo, vins: vins),
      externalIDs: DemoLoader.mark(item.key))
    let id: Campaign.ID = try DemoWriter.identity(await service.create(header, command(after, "draft", 0)))
    guard item.isPublished else { return }
    _ = try await service.approve(.id(id), note: nil, command(head, "approve", 1))
    _ = try await service.publish(.id(id), note: nil, command(after, "publish", 2))
    for (vehicle, vin) in zip(item.vehicles, vins) { try await carry(vehicle, vin, of: id, item, after, start) }
  }

  /// Takes a vehicle to where it is, by its own station, as far as that may.
  private func carry(
    _ item: DemoData.CampaignVehicle, _ vin: String, of campaign: Campaign.ID, _ header: DemoData.Campaign,
    _ headquarters: Caller, _ start: Timestamp
  ) async throws {
    let service = services.campaignVehicles
    let customer = try demoValue(ground.customers[item.customer], "no customer \(item.customer)")
    let adviser = try ground.person(.stAdviser, at: customer.station)
    let state = try demoValue(CampaignVehicle.State(rawValue: item.state), "\(item.state) is no state")
    let reference = Reference<CampaignVehicle>.number("\(campaign)/\(vin)")
    func command(_ caller: Caller, _ step: String, _ days: Int64) -> Command<CampaignVehicle> {
      DemoWriter.command(
        caller, "campaign-\(header.key)-\(item.customer)-\(step)", at: start.adding(seconds: days * 86_400 + 4 * 3600)
      ) { $0.id.description }
    }
    if state == .affected { return }
    _ = try await service.notify(reference, by: .letter, command(adviser, "notify", 1))
    switch state {
    case .affected, .notified: break
    case .scheduled:
      _ = try await service.schedule(
        reference, at: today.adding(seconds: 3 * 86_400 + 3600), command(adviser, "schedule", 4))
    case .remedied:
      var filter = WorkOrderFilter()
      filter.vehicleID = customer.vehicle
      let orders = try await services.workOrders.list(
        filter, PageRequest(limit: 1, sort: [.init("createdAt", descending: true)]), adviser)
      let order = try demoValue(orders.items.first, "no order of the vehicle of \(item.customer)")
      _ = try await service.remedy(reference, under: order.id, command(adviser, "remedy", 6))
    case .refused:
      _ = try await service.leave(
        reference, .refuse, reason: try demoValue(item.reason, "no reason"), command(adviser, "refuse", 5))
    case .exported:
      _ = try await service.leave(
        reference, .export, reason: try demoValue(item.reason, "no reason"), command(headquarters, "export", 3))
    case .scrapped:
      _ = try await service.leave(
        reference, .scrap, reason: try demoValue(item.reason, "no reason"), command(headquarters, "scrap", 3))
    }
  }

  /// The quality issue of the demo's file, by its mark.
  private func issue(_ key: String?, _ caller: Caller) async throws -> QualityIssue.ID? {
    guard let key else { return nil }
    let found = try await services.qualityIssues.list(
      QualityIssueFilter(), PageRequest(limit: 100, sort: [.init("number")]), caller)
    return try demoValue(
      found.items.first { $0.header.externalIDs == DemoLoader.mark(key) }, "no quality issue \(key)"
    ).id
  }
}
