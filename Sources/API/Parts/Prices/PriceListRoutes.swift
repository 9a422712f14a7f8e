package import Domain
package import Services

/// `/v1/price-lists` (PRT-02)
package struct PriceListRoutes: LifecycleRoutes {
  package let service: PriceListService

  package init(_ service: PriceListService) { self.service = service }

  package func add(to api: inout RouteTable) {
    addReading(to: &api)
    api.post(Self.path, .priceListsWrite, create)
    api.patch(Self.template, .priceListsWrite, update)
    addLifecycle(to: &api)
    api.problem(
      ProblemType(
        "price-list-not-editable", 409, "Price list not editable", "What was submitted stands until it is rejected.",
        members: ["allowedStates", "state"]))
    api.problem(
      ProblemType(
        "price-list-backdated", 409, "Price list backdated",
        "A list is valid from the day of its approval at the earliest.", members: ["date", "earliestDate"]))
  }

  package func filter(_ query: QueryReader) throws -> PriceListFilter {
    var filter = PriceListFilter()
    filter.states = try query.anyOf("state", PriceList.State.self)
    filter.partID = try query.id("partId", Part.self)
    filter.validFromOnOrBefore = try query.date("validFromOnOrBefore")
    return filter
  }

  package func view(_ list: PriceList, for caller: Caller) -> PriceListView {
    PriceListView(list, for: caller, as: .document)
  }

  package func summary(_ list: PriceList, for caller: Caller) -> PriceListView {
    PriceListView(list, for: caller, as: .summary)
  }

  package func handler(for action: PriceList.Action) -> RouteTable.Handler {
    switch action {
    case .submit: noted(service.submit)
    case .approve: noted(service.approve)
    case .reject: reasoned(service.reject)
    }
  }

  @Sendable private func create(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let content = try form.priceList(over: nil)
    return try await service.create(content, creating(call))
  }

  @Sendable private func update(_ call: Call) async throws -> Answer {
    let body = try call.body()
    return try await service.update(try call.reference(), presenting(call)) { content in
      var form = body
      return try form.priceList(over: content)
    }
  }
}

extension Form {
  fileprivate mutating func priceList(over current: PriceList.Content?) throws -> PriceList.Content {
    let name = required("name", .text(1...200), keeping: current?.name)
    let currency = optional("currency", .choice(Currency.self), keeping: current?.currency, else: .cny)
    let validFrom = required("validFrom", .date, keeping: current?.validFrom)
    let note = optional("note", .text(1...2000), keeping: current?.note)
    let lines = array("lines", 0...PriceList.lineLimit, keeping: current?.lines) { form -> PriceList.Line? in
      let part = form.required("partId", .id(Part.self))
      let price = form.required("price", .price)
      let retail = form.optional("retailPrice", .price)
      guard let part, let price else { return nil }
      return PriceList.Line(partID: part, partNumber: "", price: price, retailPrice: retail)
    }
    let externalIDs = externalIDs(keeping: current?.externalIDs)
    if current != nil {
      readOnly(
        "id", "version", "createdAt", "createdBy", "updatedAt", "updatedBy", "number", "state", "availableActions",
        "submission", "decision", "decisionReason", "lineCount")
    }
    try finish()
    guard let name, let validFrom, let lines else { throw failure }
    return PriceList.Content(
      name: name, currency: currency, validFrom: validFrom, note: note, lines: lines, externalIDs: externalIDs)
  }
}

/// A price list as one caller sees it, with his actions; lists show how many prices it holds instead of the prices.
package struct PriceListView: JSONWritable {
  private let list: PriceList
  private let actions: [PriceList.Action]
  private let rendering: Rendering

  package init(_ list: PriceList, for caller: Caller, as rendering: Rendering) {
    self.list = list
    self.rendering = rendering
    actions = PriceList.lifecycle.available(on: list, to: caller)
  }

  package func write(to json: inout JSONWriter) {
    let content = list.content
    json.object { json in
      json.array("availableActions", actions) { $0.string($1.rawValue) }
      json.field("createdAt", list.stamp.createdAt)
      json.field("createdBy", list.stamp.createdBy.name)
      json.field("currency", content.currency)
      json.field("decision", list.decision)
      json.field("decisionReason", list.decisionReason)
      json.field("externalIds", content.externalIDs)
      json.field("id", list.id)
      json.field("lineCount", list.lineCount)
      switch rendering {
      case .document:
        json.array("lines", content.lines) { json, line in
          json.object {
            $0.field("partId", line.partID)
            $0.field("partNumber", line.partNumber)
            $0.field("price", line.price)
            $0.field("retailPrice", line.retailPrice)
          }
        }
      case .summary: break
      }
      json.field("name", content.name)
      json.field("note", content.note)
      json.field("number", list.number)
      json.field("state", list.state)
      json.field("submission", list.submission)
      json.field("updatedAt", list.stamp.updatedAt)
      json.field("updatedBy", list.stamp.updatedBy.name)
      json.field("validFrom", content.validFrom)
      json.field("version", list.version)
    }
  }
}

extension PriceList.Signature: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object {
      $0.field("at", at)
      $0.field("by", by)
    }
  }
}
