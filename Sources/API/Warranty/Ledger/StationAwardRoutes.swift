package import Domain
package import Services

/// Penalties or rewards over HTTP (SET-11).
package struct StationAwardRoutes<Kind: AwardKind>: LifecycleRoutes {
  package let service: StationAwardService<Kind>

  package init(_ service: StationAwardService<Kind>) { self.service = service }

  package func add(to api: inout RouteTable) {
    addReading(to: &api)
    api.post(Self.path, Kind.writing, create)
    addLifecycle(to: &api)
  }

  package func filter(_ query: QueryReader) throws -> StationAwardFilter {
    var filter = StationAwardFilter()
    filter.states = try query.anyOf("state", StationAward<Kind>.State.self).map(\.rawValue)
    filter.stationID = try query.id("stationId", Station.self)
    filter.number = try query.text("number")
    filter.occurredFrom = try query.date("occurredOnFrom")
    filter.occurredTo = try query.date("occurredOnTo")
    return filter
  }

  package func view(_ award: StationAward<Kind>, for caller: Caller) -> StationAwardView<Kind> {
    StationAwardView(award, for: caller)
  }

  package func handler(for action: StationAward<Kind>.Action) -> RouteTable.Handler {
    switch action {
    case .revoke: revoke
    }
  }

  @Sendable private func create(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let stationID = form.required("stationId", .id(Station.self))
    var code: String?
    switch Kind.item {
    case .penalty: code = form.required("code", .text(1...32))
    case .reward, .claim, .partsCompensation, .partsInvoice, .oldPartReversal, .adjustment, .payment: break
    }
    let reason = form.required("reason", .text(1...500))
    let amount = form.required("amount", .price)
    let occurredOn = form.optional("occurredOn", .date)
    let externalIDs = form.optional("externalIds", .externalIDs)
    if let amount {
      if amount.minor == 0 { form.refuse("amount", .outOfRange, "must be above zero") }
      if amount.minor.magnitude > LedgerRoutes.mostMinor {
        form.refuse(
          "amount", .outOfRange,
          "must be at most \(Money(minor: Int64(LedgerRoutes.mostMinor), currency: amount.currency))")
      }
    }
    try form.finish()
    guard let stationID, let reason, let amount else { throw form.failure }
    return try await service.create(
      StationAward<Kind>.Header(
        stationID: stationID, code: code, reason: reason, amount: amount,
        occurredOn: occurredOn ?? ReportPeriod.day(of: call.at), externalIDs: externalIDs ?? [:]), creating(call))
  }

  @Sendable private func revoke(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let reason = form.required("reason", .text(1...500))
    try form.finish()
    guard let reason else { throw form.failure }
    return try await service.revoke(try call.reference(), reason: reason, presenting(call))
  }
}
