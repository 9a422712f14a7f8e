package import Domain
package import Services

/// Recoveries from suppliers over HTTP (SM-7).
package struct SupplierRecoveryRoutes: LifecycleRoutes {
  package let service: SupplierRecoveryService

  package init(_ service: SupplierRecoveryService) { self.service = service }

  package func add(to api: inout RouteTable) {
    addReading(to: &api)
    api.post("/v1/supplier-recoveries", .supplierRecoveriesCompile, create)
    api.get("/v1/supplier-recoveries/{id}/lines", .supplierRecoveriesRead, lines)
    addLifecycle(to: &api)
    api.problem(
      ProblemType(
        "recovery-without-contract", 409, "No contract",
        "Nothing says what the supplier pays for what was decided then.", members: ["conflicts", "date"]))
    api.problem(
      ProblemType(
        "recovery-currency", 409, "Another currency", "A recovery is in the currency of its contracts.",
        members: ["conflicts", "currency", "expectedCurrency"]))
    api.problem(
      ProblemType(
        "recovery-too-long", 409, "Recovery too long", "Ask for a shorter period.", members: ["count", "limit"]))
    api.problem(
      ProblemType(
        "claim-item-recovered", 409, "Recovered elsewhere",
        "Another recovery took the item of a claim at the same moment.", members: ["conflicts"]))
  }

  package func filter(_ query: QueryReader) throws -> SupplierRecoveryFilter {
    var filter = SupplierRecoveryFilter()
    filter.states = try query.anyOf("state", SupplierRecovery.State.self)
    filter.supplierID = try query.id("supplierId", Supplier.self)
    filter.createdFrom = try query.timestamp("createdAtFrom")
    filter.createdBefore = try query.timestamp("createdAtBefore")
    filter.number = try query.text("number")
    return filter
  }

  package func view(_ document: SupplierRecovery, for caller: Caller) -> SupplierRecoveryView {
    SupplierRecoveryView(document, for: caller)
  }

  package func handler(for action: SupplierRecovery.Action) -> RouteTable.Handler {
    switch action {
    case .compile: compile
    case .send: send
    case .accept: accept
    case .dispute: dispute
    case .agree: agree
    case .settle: settle
    case .correct: correct
    }
  }

  // MARK: Reading

  @Sendable private func lines(_ call: Call) async throws -> Answer {
    let document = try await service.whole(try call.reference(), call.caller)
    return Answer.ok(ItemsView(document.lines), etag: document.version)
  }

  // MARK: Writing

  @Sendable private func create(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let supplierID = form.required("supplierId", .id(Supplier.self))
    let from = form.required("periodFrom", .date)
    let before = form.required("periodBefore", .date)
    var period: ReportPeriod?
    if let from, let before {
      period = ReportPeriod(from: from, before: before)
      if period == nil {
        form.refuse("periodBefore", .outOfRange, "must be later than periodFrom")
      } else if let days = period?.days, days > 366 {
        form.refuse("periodBefore", .outOfRange, "must be at most 366 days later than periodFrom")
      } else if before.daysSinceEpoch > ReportPeriod.day(of: call.at).daysSinceEpoch + 1 {
        form.refuse("periodBefore", .outOfRange, "must not be later than tomorrow")
      }
    }
    try form.finish()
    guard let supplierID, let period else { throw form.failure }
    return try await service.create(SupplierRecoveryDraft(supplierID: supplierID, period: period), creating(call))
  }

  @Sendable private func compile(_ call: Call) async throws -> Answer {
    var form = try call.body()
    try form.finish()
    return try await service.compile(try call.reference(), presenting(call))
  }

  @Sendable private func send(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let deliveryNote = form.optional("deliveryNote", .text(1...60))
    let carrier = form.optional("carrier", .text(1...100))
    let trackingNumber = form.optional("trackingNumber", .text(1...100))
    let note = form.optional("note", .text(1...2000))
    try form.finish()
    return try await service.send(
      try call.reference(),
      SupplierRecoveryParcel(
        deliveryNote: deliveryNote, carrier: carrier, trackingNumber: trackingNumber, note: note), presenting(call))
  }

  @Sendable private func accept(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let note = form.optional("note", .text(1...2000))
    try form.finish()
    return try await service.accept(try call.reference(), note: note, presenting(call))
  }

  @Sendable private func dispute(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let disputed = form.array("lines", 1...SupplierRecovery.mostLines) { form -> (Int, String)? in
      let line = form.required("line", .integer(1...SupplierRecovery.mostLines))
      let reason = form.required("reason", .text(1...1000))
      guard let line, let reason else { return nil }
      return (line, reason)
    }
    let note = form.optional("note", .text(1...2000))
    let reasons = Self.byLine(disputed, &form)
    try form.finish()
    return try await service.dispute(try call.reference(), reasons, note: note, presenting(call))
  }

  @Sendable private func agree(_ call: Call) async throws -> Answer {
    let (amounts, note) = try Self.amounts(call)
    return try await service.agree(try call.reference(), amounts, note: note, presenting(call))
  }

  @Sendable private func correct(_ call: Call) async throws -> Answer {
    let (amounts, note) = try Self.amounts(call)
    return try await service.correct(try call.reference(), amounts, note: note, presenting(call))
  }

  /// An amount for each of some lines, and why.
  private static func amounts(_ call: Call) throws -> (amounts: [Int: Money], note: String) {
    var form = try call.body()
    let agreed = form.array("lines", 1...SupplierRecovery.mostLines) { form -> (Int, Money)? in
      let line = form.required("line", .integer(1...SupplierRecovery.mostLines))
      let amount = form.required("amount", .money)
      guard let line, let amount else { return nil }
      return (line, amount)
    }
    let note = form.required("note", .text(1...2000))
    let amounts = byLine(agreed, &form)
    try form.finish()
    guard let note else { throw form.failure }
    return (amounts, note)
  }

  @Sendable private func settle(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let note = form.optional("note", .text(1...2000))
    try form.finish()
    return try await service.settle(try call.reference(), note: note, presenting(call))
  }

  private static func byLine<Value>(_ pairs: [(Int, Value)]?, _ form: inout Form) -> [Int: Value] {
    var values: [Int: Value] = [:]
    for (line, value) in pairs ?? [] where values.updateValue(value, forKey: line) != nil {
      form.refuse("lines", .notUnique, "must name each line once")
      break
    }
    return values
  }
}
