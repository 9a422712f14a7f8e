package import Domain
package import Services

/// Settlements with stations over HTTP (SM-7).
package struct SettlementRoutes: LifecycleRoutes {
  package let service: SettlementService

  package init(_ service: SettlementService) { self.service = service }

  package func add(to api: inout RouteTable) {
    addReading(to: &api)
    api.post(Self.path, .settlementsWrite, create)
    addLifecycle(to: &api)
    api.add(
      Operation(
        .get, "\(Self.template)/statement", .permission(SettlementService.reading), criticality: .list,
        produces: PaperFormat.allCases.map(\.rawValue)), statement)
    api.get("\(Self.template)/recompilation", SettlementService.reading, recompilation)
    for type in [
      ProblemType(
        "settlement-in-progress", 409, "Settlement in progress",
        "A settlement of the station is not paid yet; the next one begins where it ends.", members: ["conflicts"]),
      ProblemType(
        "item-already-settled", 409, "Item already settled", "An item enters a settlement once.", members: ["conflicts"]
      ),
      ProblemType(
        "advance-used", 409, "Advance used", "The advance that the settlement reckons with is gone; compile once more.",
        members: ["availableAmount", "requiredAmount"]),
    ] { api.problem(type) }
  }

  package func filter(_ query: QueryReader) throws -> SettlementFilter {
    var filter = SettlementFilter()
    filter.states = try query.anyOf("state", Settlement.State.self)
    filter.stationID = try query.id("stationId", Station.self)
    filter.number = try query.text("number")
    filter.periodFrom = try query.date("periodFrom")
    filter.periodTo = try query.date("periodTo")
    return filter
  }

  package func view(_ settlement: Settlement, for caller: Caller) -> SettlementView {
    SettlementView(settlement, for: caller)
  }

  package func handler(for action: Settlement.Action) -> RouteTable.Handler {
    switch action {
    case .compile: compile
    case .confirm: signing(.confirm)
    case .disputeLine: disputeLine
    case .audit: audit
    case .approve: approve
    case .pay: pay
    case .close: signing(.close)
    case .cancel: cancel
    }
  }

  // MARK: Reading

  @Sendable private func statement(_ call: Call) async throws -> Answer {
    try call.query.finish()
    let (settlement, station) = try await service.statement(try call.reference(), call.caller)
    let format = PaperFormat.wanted(by: call, of: PaperFormat.allCases)
    let bytes =
      switch format {
      case .json: JSONWriter.bytes(of: SettlementStatementView(settlement: settlement, station: station))
      case .csv: StatementTable.bytes(of: settlement, at: station)
      case .html: StatementPage.bytes(of: settlement, at: station)
      }
    return Answer.paper(bytes, as: format, name: settlement.number)
  }

  @Sendable private func recompilation(_ call: Call) async throws -> Answer {
    try Answer.ok(try await service.comparison(try call.reference(), call.caller), call)
  }

  // MARK: Writing

  @Sendable private func create(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let stationID = form.required("stationId", .id(Station.self))
    let from = form.optional("periodFrom", .date)
    let to = form.optional("periodTo", .date)
    let currency = form.optional("currency", .choice(Currency.self))
    if (from == nil) != (to == nil) {
      form.refuse(from == nil ? "periodFrom" : "periodTo", .required, "both days are given, or none")
    }
    try form.finish()
    guard let stationID else { throw form.failure }
    var period: SettlementPeriod?
    if let from, let to { period = try SettlementPeriod(from: from, to: to) }
    return try await service.create(
      SettlementDraft(stationID: stationID, period: period, currency: currency), creating(call))
  }

  @Sendable private func compile(_ call: Call) async throws -> Answer {
    var form = try call.body()
    try form.finish()
    return try await service.compile(try call.reference(), presenting(call))
  }

  private func signing(_ action: Settlement.Action) -> RouteTable.Handler {
    { call in
      let note = try note(call)
      return try await service.sign(try call.reference(), action, note: note, presenting(call))
    }
  }

  @Sendable private func audit(_ call: Call) async throws -> Answer {
    let note = try note(call)
    return try await service.audit(try call.reference(), note: note, presenting(call))
  }

  @Sendable private func approve(_ call: Call) async throws -> Answer {
    let note = try note(call)
    return try await service.approve(try call.reference(), note: note, presenting(call))
  }

  @Sendable private func disputeLine(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let number = form.required("lineNumber", .integer(1...1_000_000))
    let reason = form.required("reason", .text(1...1000))
    try form.finish()
    guard let number, let reason else { throw form.failure }
    return try await service.disputeLine(try call.reference(), number, reason: reason, presenting(call))
  }

  @Sendable private func pay(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let transfer = form.required("paymentReference", .text(1...100))
    let paidOn = form.optional("paidOn", .date)
    try form.finish()
    guard let transfer else { throw form.failure }
    return try await service.pay(try call.reference(), transfer: transfer, on: paidOn, presenting(call))
  }

  @Sendable private func cancel(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let reason = form.required("reason", .text(1...1000))
    try form.finish()
    guard let reason else { throw form.failure }
    return try await service.cancel(try call.reference(), reason: reason, presenting(call))
  }

  private func note(_ call: Call) throws -> String? {
    var form = try call.body()
    let note = form.optional("note", .text(1...2000))
    try form.finish()
    return note
  }
}
