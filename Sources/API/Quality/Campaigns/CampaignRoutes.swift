package import Domain
package import Services

/// Recalls and service campaigns over HTTP (M11).
package struct CampaignRoutes: LifecycleRoutes {
  package let service: CampaignService

  package init(_ service: CampaignService) { self.service = service }

  package func add(to api: inout RouteTable) {
    addReading(to: &api)
    api.post(Self.path, .campaignsWrite, create)
    api.patch(Self.template, .campaignsWrite, update)
    addLifecycle(to: &api)
    api.get("\(Self.template)/completion", CampaignService.reading, completion)
    api.problem(
      ProblemType(
        "campaign-not-editable", 409, "Campaign not editable", "What was approved stands; draft another one.",
        members: ["allowedStates", "state"])
    )
    api.problem(
      ProblemType(
        "campaign-without-vehicles", 409, "Campaign without vehicles",
        "No vehicle on record belongs to the population, so there is nothing to approve.", members: ["count"]))
  }

  package func filter(_ query: QueryReader) throws -> CampaignFilter {
    var filter = CampaignFilter()
    filter.states = try query.anyOf("state", Campaign.State.self)
    filter.kinds = try query.anyOf("kind", Campaign.Kind.self)
    filter.qualityIssueID = try query.id("qualityIssueId", QualityIssue.self)
    filter.number = try query.text("number")
    return filter
  }

  package func view(_ campaign: Campaign, for caller: Caller) -> CampaignView { CampaignView(campaign, for: caller) }

  package func handler(for action: Campaign.Action) -> RouteTable.Handler {
    switch action {
    case .approve: noted(service.approve)
    case .publish: noted(service.publish)
    case .suspend: reasoned(service.suspend)
    case .complete: reasoned(service.complete)
    }
  }

  @Sendable private func create(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let kind = form.required("kind", .choice(Campaign.Kind.self))
    let title = form.required("title", .text(1...200))
    let description = form.required("description", .text(1...4000))
    let remedy = form.required("remedy", .text(1...4000))
    let component = form.optional("component", .text(1...200))
    let issueID = form.optional("qualityIssueId", .id(QualityIssue.self))
    let population = form.requiredObject("population") { $0.population() }
    let externalIDs = form.optional("externalIds", .externalIDs)
    try form.finish()
    guard let kind, let title, let description, let remedy, let population else { throw form.failure }
    return try await service.create(
      CampaignHeader(
        kind: kind, title: title, description: description, remedy: remedy, component: component,
        qualityIssueID: issueID, population: population, externalIDs: externalIDs ?? [:]), creating(call))
  }

  @Sendable private func update(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let kind = form.requiredPatch("kind", .choice(Campaign.Kind.self))
    let title = form.requiredPatch("title", .text(1...200))
    let description = form.requiredPatch("description", .text(1...4000))
    let remedy = form.requiredPatch("remedy", .text(1...4000))
    let component = form.patch("component", .text(1...200))
    let issueID = form.patch("qualityIssueId", .id(QualityIssue.self))
    // Replaced as a whole: a condition that was left standing by accident would affect other vehicles than meant.
    let population = form.object("population") { $0.population() }
    let externalIDs = form.externalIDsPatch()
    form.readOnly(
      "id", "version", "createdAt", "createdBy", "updatedAt", "updatedBy", "number", "state", "availableActions",
      "vehicleCount", "populationHash", "frozenAt", "approvedBy", "publishedAt", "completedAt", "reason")
    try form.finish()
    return try await service.update(try call.reference(), presenting(call)) { header in
      CampaignHeader(
        kind: kind.applied(to: header.kind), title: title.applied(to: header.title),
        description: description.applied(to: header.description), remedy: remedy.applied(to: header.remedy),
        component: component.applied(to: header.component), qualityIssueID: issueID.applied(to: header.qualityIssueID),
        population: population ?? header.population,
        externalIDs: try externalIDs.applied(to: header.externalIDs))
    }
  }

  @Sendable private func completion(_ call: Call) async throws -> Answer {
    let (whole, stations) = try await service.completion(try call.reference(), call.caller)
    return Answer.ok(CampaignCompletionView(whole, stations))
  }
}

/// `/v1/campaigns/{id}/vehicles`, and what is open on one vehicle (M11, A8).
package struct CampaignVehicleRoutes: LifecycleRoutes {
  package static let template = "/v1/campaigns/{id}/vehicles/{vehicle}"
  package static let order = "vin"
  package let service: CampaignVehicleService

  package init(_ service: CampaignVehicleService) { self.service = service }

  package func add(to api: inout RouteTable) {
    api.document(Self.template) { try await service.get(try reference($0), $0.caller).version }
    api.get("/v1/campaigns/{id}/answers", CampaignVehicleService.reading, answers)
    api.get("/v1/campaigns/{id}/vehicles", CampaignVehicleService.reading, list)
    api.get(Self.template, CampaignVehicleService.reading, get)
    api.get("\(Self.template)/history", CampaignVehicleService.reading, history)
    addLifecycle(to: &api)
    api.get("/v1/vehicles/{id}/open-campaigns", CampaignVehicleService.reading, open)
  }

  /// `…/CA-HQ-2026-000012/vehicles/LSYHDAAA0PK012345`; either may be an identity.
  package func reference(_ call: Call) throws -> Reference<CampaignVehicle> {
    .number("\(call.parameter("id"))/\(call.parameter("vehicle"))")
  }

  package func location(of vehicle: CampaignVehicle) -> String {
    "/v1/campaigns/\(vehicle.campaign.id)/vehicles/\(vehicle.vin)"
  }

  package func filter(_ query: QueryReader) throws -> CampaignVehicleFilter {
    var filter = CampaignVehicleFilter()
    filter.states = try query.anyOf("state", CampaignVehicle.State.self)
    filter.vin = try query.text("vin", max: 17)?.uppercased()
    return filter
  }

  package func view(_ vehicle: CampaignVehicle, for caller: Caller) -> CampaignVehicleView {
    CampaignVehicleView(vehicle, for: caller)
  }

  @Sendable private func list(_ call: Call) async throws -> Answer {
    let filter = try filter(call.query)
    let page = try call.page(sorts: CampaignVehicleService.sorts, default: Self.order)
    _ = try call.fields()
    try call.query.finish()
    let found = try await service.list(of: try call.reference(), filter, page, call.caller)
    return try Answer.page(found.map { view($0, for: call.caller) }, call)
  }

  @Sendable private func get(_ call: Call) async throws -> Answer {
    let vehicle = try await service.get(try reference(call), call.caller)
    return try Answer.ok(view(vehicle, for: call.caller), call, etag: vehicle.version)
  }

  @Sendable private func history(_ call: Call) async throws -> Answer {
    let page = try call.historyPage()
    return try Answer.page(try await service.history(try reference(call), page, call.caller), call)
  }

  @Sendable private func answers(_ call: Call) async throws -> Answer {
    var filter = CampaignAnswerFilter()
    filter.choices = try call.query.anyOf("answer", CampaignAnswer.Choice.self)
    filter.stationID = try call.query.id("stationId", Station.self)
    filter.vin = try call.query.text("vin", max: 17)?.uppercased()
    let page = try call.page(sorts: CampaignVehicleService.answerSorts, default: "-answeredAt")
    _ = try call.fields()
    try call.query.finish()
    return try Answer.page(try await service.answers(of: try call.reference(), filter, page, call.caller), call)
  }

  @Sendable private func open(_ call: Call) async throws -> Answer {
    let vehicles = try await service.open(of: try call.reference(), call.caller)
    return Answer.ok(ItemsView(vehicles.map { view($0, for: call.caller) }))
  }

  package func handler(for action: CampaignVehicle.Action) -> RouteTable.Handler {
    switch action {
    case .notify: notify
    case .schedule: schedule
    case .remedy: remedy
    case .refuse, .export, .scrap: leaving(action)
    }
  }

  @Sendable private func notify(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let channel = form.required("channel", .choice(CampaignVehicle.Channel.self))
    try form.finish()
    guard let channel else { throw form.failure }
    return try await service.notify(try reference(call), by: channel, presenting(call))
  }

  @Sendable private func schedule(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let plannedAt = form.required("plannedAt", .timestamp)
    try form.finish()
    guard let plannedAt else { throw form.failure }
    return try await service.schedule(try reference(call), at: plannedAt, presenting(call))
  }

  @Sendable private func remedy(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let orderID = form.required("workOrderId", .id(WorkOrder.self))
    try form.finish()
    guard let orderID else { throw form.failure }
    return try await service.remedy(try reference(call), under: orderID, presenting(call))
  }

  private func leaving(_ action: CampaignVehicle.Action) -> RouteTable.Handler {
    { call in
      var form = try call.body()
      let reason = form.required("reason", .text(1...1000))
      try form.finish()
      guard let reason else { throw form.failure }
      return try await service.leave(try reference(call), action, reason: reason, presenting(call))
    }
  }
}

extension Form {
  fileprivate mutating func population() -> CampaignPopulation? {
    let models = optional("modelIds", .array(of: .id(VehicleModel.self), 1...100)) ?? []
    let yearFrom = optional("modelYearFrom", .integer(1980...2100))
    let yearTo = optional("modelYearTo", .integer(1980...2100))
    let prefixes = optional("vinPrefixes", .array(of: .text(3...17), 1...100)) ?? []
    let vins = optional("vins", .array(of: .text(17...17), 1...5000)) ?? []
    let saleFrom = optional("saleDateFrom", .date)
    let saleTo = optional("saleDateTo", .date)
    return CampaignPopulation(
      modelIDs: models, modelYearFrom: yearFrom, modelYearTo: yearTo, vinPrefixes: prefixes.map { $0.uppercased() },
      vins: vins.map { $0.uppercased() }, saleDateFrom: saleFrom, saleDateTo: saleTo)
  }

  /// What is answered about open campaigns (A8).
  mutating func campaignAnswers() -> [CampaignAnswer]? {
    array("campaigns", 0...50) { form -> CampaignAnswer? in
      let campaignID = form.required("campaignId", .id(Campaign.self))
      let choice = form.required("answer", .choice(CampaignAnswer.Choice.self))
      let reason = form.optional("reason", .text(1...1000))
      if choice == .defer, reason == nil {
        form.refuse("reason", .required, "is required of what is put off")
        return nil
      }
      guard let campaignID, let choice else { return nil }
      return CampaignAnswer(campaignID: campaignID, choice: choice, reason: reason)
    }
  }
}
