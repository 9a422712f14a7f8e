package import Domain
package import Services

/// What is owed and not yet settled, over HTTP (SET-09, SET-10).
package struct PayableItemRoutes: DocumentRoutes {
  package let service: PayableItemService

  package init(_ service: PayableItemService) { self.service = service }

  package func add(to api: inout RouteTable) {
    addReading(to: &api)
    addOffers(to: &api)
    api.action("\(Self.template)/resolve-dispute", .settlementsCompile, resolve)
    api.problem(
      ProblemType("item-not-disputed", 409, "Item not disputed", "Only what the station disputes can be resolved."))
  }

  package func filter(_ query: QueryReader) throws -> PayableItemFilter {
    var filter = PayableItemFilter()
    filter.isOpen = try query.boolean("open")
    filter.isDisputed = try query.boolean("disputed")
    filter.kinds = try query.anyOf("kind", PayableItem.Kind.self)
    filter.stationID = try query.id("stationId", Station.self)
    filter.settlementID = try query.id("settlementId", Settlement.self)
    filter.sourceID = try query.id("sourceId", LedgerEntry.Source.self)?.uuid
    filter.occurredFrom = try query.date("occurredOnFrom")
    filter.occurredTo = try query.date("occurredOnTo")
    return filter
  }

  @Sendable private func resolve(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let resolution = form.required("resolution", .choice(PayableItem.DisputeResolution.self))
    let reason = form.required("reason", .text(1...1000))
    try form.finish()
    guard let resolution, let reason else { throw form.failure }
    return try await service.resolveDispute(try call.reference(), resolution, reason: reason, presenting(call))
  }
}
