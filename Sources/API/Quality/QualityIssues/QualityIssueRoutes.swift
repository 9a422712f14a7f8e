package import Domain
package import Services

/// Quality issues over HTTP (SM-5).
package struct QualityIssueRoutes: LifecycleRoutes {
  package let service: QualityIssueService

  package init(_ service: QualityIssueService) { self.service = service }

  package static let expansions: [Expansion<QualityIssue>] = [
    .customer { $0.header.customerID }, .station { $0.stationID }, .vehicle { $0.header.vehicleID },
    .workOrder { $0.header.workOrderID },
  ]

  package func add(to api: inout RouteTable) {
    addReading(to: &api)
    api.post(Self.path, .qualityIssuesWrite, create)
    api.patch(Self.template, .qualityIssuesWrite, update)
    addLifecycle(to: &api)
    api.post("\(Self.path)/classify", .qualityIssuesClassify, status: 200, idempotency: .ignored, classify)
    api.get("/v1/defect-frequencies", QualityIssueService.reading, defects)
    api.get("\(Self.template)/classification", QualityIssueService.reading, classifications)
    api.action("\(Self.template)/classification", .qualityIssuesClassify, reclassify)
    api.post(
      "\(Self.template)/classification/replay", .qualityIssuesReplay, status: 200, idempotency: .ignored, replay)
    api.get("\(Self.template)/reports", QualityIssueService.reading, reports)
    api.post("\(Self.template)/reports/{sequence}/deliveries", .qualityIssuesConfirm, deliver)
    api.get("\(Self.template)/measures", QualityIssueService.reading, measures)
    api.action("\(Self.template)/measures", .qualityIssuesWriteMeasures, status: 201, addMeasure)
    api.patch("\(Self.template)/measures/{measure}", .qualityIssuesWriteMeasures, updateMeasure)
    api.get("\(Self.template)/eight-d", QualityIssueService.reading, eightD)
    api.put("\(Self.template)/eight-d/{discipline}", .qualityIssuesWriteEightD, writeDiscipline)
    for problem in Self.problems { api.problem(problem) }
  }

  private static let problems = [
    ProblemType(
      "quality-issue-not-editable", 409, "Quality issue not editable", "What was reported stands once it is resolved.",
      members: ["allowedStates", "state"]),
    ProblemType(
      "quality-issue-not-open", 409, "Quality issue not open",
      "Measures and 8D belong to a major issue that is being handled.", members: ["allowedStates", "state"]),
    ProblemType(
      "quality-record-exists", 409, "Quality record exists", "A delivered order has one general quality record.",
      members: ["conflicts"]),
    ProblemType(
      "too-many-measures", 409, "Too many measures", "An issue has at most 200 measures.", members: ["limit"]),
    ProblemType(
      "too-many-steps", 409, "Too many steps", "An issue has at most a thousand steps on its way.", members: ["limit"]),
  ]

  package func filter(_ query: QueryReader) throws -> QualityIssueFilter {
    var filter = QualityIssueFilter()
    filter.states = try query.anyOf("state", QualityIssue.State.self)
    filter.classes = try query.anyOf("class", QualityIssue.Class.self)
    filter.levels = try query.anyOf("level", QualityLevel.self)
    filter.proposedLevels = try query.anyOf("proposedLevel", QualityLevel.self)
    filter.sources = try query.anyOf("source", QualityIssue.Source.self)
    filter.stationID = try query.id("stationId", Station.self)
    filter.customerID = try query.id("customerId", Customer.self)
    filter.vehicleID = try query.id("vehicleId", Vehicle.self)
    filter.modelID = try query.id("modelId", VehicleModel.self)
    filter.workOrderID = try query.id("workOrderId", WorkOrder.self)
    filter.complaintID = try query.id("complaintId", Complaint.self)
    filter.createdFrom = try query.timestamp("createdAtFrom")
    filter.createdBefore = try query.timestamp("createdAtBefore")
    filter.number = try query.text("number")
    return filter
  }

  package func view(_ issue: QualityIssue, for caller: Caller) -> QualityIssueView {
    QualityIssueView(issue, for: caller)
  }

  // MARK: Reporting and judging

  @Sendable private func create(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let stationID = form.optional("stationId", .id(Station.self))
    let header = form.issueHeader()
    let facts = form.object("facts") { $0.qualityFacts(by: call.caller) }
    let isSuspected = form.optional("suspectedMajor", .boolean) ?? false
    try form.finish()
    guard let header else { throw form.failure }
    return try await service.create(
      QualityIssueDraft(
        stationID: stationID, header: header, facts: facts ?? QualityFacts(), isSuspectedMajor: isSuspected),
      creating(call))
  }

  @Sendable private func update(_ call: Call) async throws -> Answer {
    var form = try call.body()
    var patch = QualityIssuePatch()
    patch.symptom = form.requiredPatch("symptom", .text(1...2000))
    if form.has("defects") {
      if let defects = form.array("defects", 0...50, { $0.qualityDefect() }) { patch.defects = .set(defects) }
    }
    patch.odometerKm = form.patch("odometerKm", .odometer)
    patch.occurredAt = form.patch("occurredAt", .timestamp)
    let facts = form.objectPatch("facts") { $0.qualityFactsPatch(by: call.caller, .merging) }
    switch facts {
    case .keep: break
    case .set(nil): form.refuse("facts", .required, "must not be null")
    case .set(let given?): patch.facts = given
    }
    patch.externalIDs = form.externalIDsPatch()
    form.readOnly(
      "id", "version", "createdAt", "createdBy", "updatedAt", "updatedBy", "number", "state", "stationId", "source",
      "class", "level", "proposedLevel", "proposedCriteria", "vehicleId", "modelId", "customerId", "workOrderId",
      "complaintId", "availableActions")
    try form.finish()
    return try await service.update(try call.reference(), patch, presenting(call))
  }

  @Sendable private func classify(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let facts = form.requiredObject("facts") { form -> QualityFacts? in
      let counts = form.array("complaintFrequency", 0...10) { form -> ComplaintCount? in
        let complaints = form.required("complaints", .integer(0...1_000_000))
        let days = form.required("windowDays", .integer(1...730))
        guard let complaints, let days else { return nil }
        return ComplaintCount(complaints: complaints, windowDays: days)
      }
      var facts = form.qualityFacts(by: call.caller)
      facts?.complaintFrequency = counts ?? []
      return facts
    }
    let modelID = form.optional("modelId", .id(VehicleModel.self))
    let defects = form.array("defects", 0...50) { $0.qualityDefect() }
    try form.finish()
    guard let facts, let defects else { throw form.failure }
    let record = try await service.classify(facts, model: modelID, defects: defects, at: call.at, call.caller)
    return Answer.ok(ClassificationView(record))
  }

  @Sendable private func classifications(_ call: Call) async throws -> Answer {
    let (issue, records) = try await service.classifications(try call.reference(), call.caller)
    let disclosure = Disclosure(of: issue.header.customerID, to: call.caller)
    return Answer.ok(ItemsView(records.map { ClassificationView($0, disclosure) }))
  }

  @Sendable private func reclassify(_ call: Call) async throws -> Answer {
    var form = try call.body()
    try form.finish()
    return try await service.reclassify(try call.reference(), presenting(call))
  }

  @Sendable private func replay(_ call: Call) async throws -> Answer {
    var form = try call.body()
    try form.finish()
    let (issue, replays) = try await service.replay(try call.reference(), call.caller)
    let disclosure = Disclosure(of: issue.header.customerID, to: call.caller)
    return Answer.ok(ItemsView(replays.map { ReplayView($0, disclosure) }))
  }

  @Sendable private func defects(_ call: Call) async throws -> Answer {
    let model = try call.query.id("modelId", VehicleModel.self)
    let part = try call.query.text("partNumber", max: 60)
    let fault = try call.query.text("faultCode", max: 60)
    let before = try call.query.timestamp("occurredAtBefore") ?? call.at.adding(seconds: 1)
    let from = try call.query.timestamp("occurredAtFrom") ?? before.adding(seconds: -90 * 86_400)
    let limit = try call.query.integer("limit", 1...200) ?? 50
    try call.query.finish()
    guard from < before else {
      throw Problem.parameter("occurredAtFrom", .outOfRange, "must lie before occurredAtBefore")
    }
    let groups = try await service.defects(
      DefectGroupFilter(
        from: from, before: before, modelID: model, partNumber: part, faultCode: fault, limit: limit), call.caller)
    return Answer.ok(ItemsView(groups))
  }

  // MARK: Reports

  @Sendable private func reports(_ call: Call) async throws -> Answer {
    let (issue, reports) = try await service.reports(try call.reference(), call.caller)
    let disclosure = Disclosure(of: issue.header.customerID, to: call.caller)
    return Answer.ok(ItemsView(reports.map { QualityReportView($0, disclosure) }))
  }

  @Sendable private func deliver(_ call: Call) async throws -> Answer {
    guard let sequence = Int(call.parameter("sequence")), sequence > 0 else { throw Refusal.notFound }
    var form = try call.body()
    let recipient = form.required("recipient", .choice(Role.self))
    let channel = form.required("channel", .choice(QualityReport.Channel.self))
    let deliveredAt = form.optional("deliveredAt", .timestamp)
    try form.finish()
    guard let recipient, let channel else { throw form.failure }
    return try await service.deliver(
      try call.reference(), report: sequence,
      QualityReport.Delivery(
        recipient: recipient, channel: channel, deliveredAt: deliveredAt ?? call.at, recordedBy: call.caller.name),
      call.command { [caller = call.caller, path = call.path] (issue, report) in
        Answer.created(
          QualityReportView(report, Disclosure(of: issue.header.customerID, to: caller)),
          location: path.split(separator: "/").prefix(4).reduce("") { $0 + "/" + $1 })
      })
  }

  // MARK: Measures and 8D

  @Sendable private func measures(_ call: Call) async throws -> Answer {
    let issue = try await service.whole(try call.reference(), call.caller)
    return try Answer.ok(ItemsView(issue.measures), call, etag: issue.version)
  }

  @Sendable private func addMeasure(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let draft = form.measureDraft()
    try form.finish()
    guard let draft else { throw form.failure }
    return try await service.addMeasure(
      try call.reference(), draft,
      call.command { [path = call.path] issue in
        Answer.created(ItemsView(issue.measures), location: path, etag: issue.version)
      })
  }

  @Sendable private func updateMeasure(_ call: Call) async throws -> Answer {
    guard let number = Int(call.parameter("measure")), number > 0 else { throw Refusal.notFound }
    var form = try call.body()
    var patch = QualityMeasurePatch()
    patch.description = form.requiredPatch("description", .text(1...2000))
    patch.owner = form.requiredPatch("owner", .text(1...100))
    patch.dueDate = form.requiredPatch("dueDate", .date)
    patch.state = form.requiredPatch("state", .choice(QualityMeasure.State.self))
    patch.completedDate = form.patch("completedDate", .date)
    patch.effectivenessPercent = form.patch("effectivenessPercent", .integer(0...100))
    patch.proof = form.patch("proof", .text(1...2000))
    form.readOnly("number", "kind", "createdAt", "createdBy")
    try form.finish()
    return try await service.updateMeasure(
      try call.reference(), number, patch,
      call.command { issue in Answer.ok(ItemsView(issue.measures), etag: issue.version) })
  }

  @Sendable private func eightD(_ call: Call) async throws -> Answer {
    let issue = try await service.whole(try call.reference(), call.caller)
    return try Answer.ok(EightDView(issue), call, etag: issue.version)
  }

  @Sendable private func writeDiscipline(_ call: Call) async throws -> Answer {
    guard let discipline = EightDStep.Discipline(rawValue: call.parameter("discipline")) else { throw Refusal.notFound }
    var form = try call.body()
    let summary = form.required("summary", .text(1...4000))
    let team = form.array("team", 0...50) { form -> EightDStep.Member? in
      let name = form.required("name", .text(1...100))
      let function = form.required("function", .text(1...100))
      let isLeader = form.optional("isLeader", .boolean) ?? false
      guard let name, let function else { return nil }
      return EightDStep.Member(name: name, function: function, isLeader: isLeader)
    }
    let causes = form.array("causes", 0...50) { form -> EightDStep.Cause? in
      let kind = form.required("kind", .choice(EightDStep.Cause.Kind.self))
      let description = form.required("description", .text(1...2000))
      let isVerified = form.optional("isVerified", .boolean) ?? false
      guard let kind, let description else { return nil }
      return EightDStep.Cause(kind: kind, description: description, isVerified: isVerified)
    }
    let isComplete = form.optional("isComplete", .boolean) ?? false
    try form.finish()
    guard let summary, let team, let causes else { throw form.failure }
    return try await service.writeDiscipline(
      try call.reference(),
      EightDStep(
        discipline: discipline, summary: summary, team: team, causes: causes, completedAt: isComplete ? call.at : nil,
        completedBy: isComplete ? call.caller.name : nil),
      call.command { issue in Answer.ok(EightDView(issue), etag: issue.version) })
  }
}
