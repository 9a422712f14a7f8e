package import Domain
package import Services

/// What a station's store lacks of the station standard, and what it sells beside its plan (PRT-19, PRT-20).
package struct StationPartsRoutes: Sendable {
  private let service: StationPartsService

  package init(_ service: StationPartsService) { self.service = service }

  package func add(to api: inout RouteTable) {
    api.get("/v1/stations/{id}/parts-standard", StationPartsService.reading, standard)
    api.get("/v1/stations/{id}/parts-sales", StationPartsService.reading, sales)
  }

  @Sendable private func standard(_ call: Call) async throws -> Answer {
    _ = try call.fields()
    try call.query.finish()
    return try Answer.ok(try await service.standard(of: try call.reference(), at: call.at, call.caller), call)
  }

  @Sendable private func sales(_ call: Call) async throws -> Answer {
    let month = try call.query.month("month")
    _ = try call.fields()
    try call.query.finish()
    return try Answer.ok(
      try await service.sales(of: try call.reference(), in: month, at: call.at, call.caller), call)
  }
}

extension PartsStandard: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object {
      $0.field("isMet", isMet)
      $0.field("items", items)
      $0.field("policyVersion", policy.description)
      $0.field("stationId", stationID)
      $0.field("stationKind", stationKind)
    }
  }
}

extension PartsStandard.Item: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object {
      $0.field("kind", required.kind)
      $0.field("missing", missing)
      $0.field("onHand", onHand)
      $0.field("onOrder", onOrder)
      $0.field("partId", partID)
      $0.field("partNumber", required.partNumber)
      $0.field("quantity", required.quantity)
    }
  }
}

extension PartsSalesProgress: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object {
      $0.field("items", items)
      $0.field("month", String(period.from.description.prefix(7)))
      $0.field("policyVersion", policy.description)
      $0.field("stationId", stationID)
    }
  }
}

extension PartsSalesProgress.Item: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object {
      $0.field("actual", actual)
      $0.field("issued", volume.issued)
      $0.field("issuedQuantity", volume.issuedQuantity)
      $0.field("origin", volume.origin)
      $0.field("percent", percent)
      $0.field("planned", planned)
      $0.field("sold", volume.sold)
      $0.field("soldQuantity", volume.soldQuantity)
    }
  }
}
