package import Domain
package import Services

/// Letters over HTTP (FUP-09…12).
package struct LetterRoutes: LifecycleRoutes {
  package let service: LetterService

  package init(_ service: LetterService) { self.service = service }

  package func add(to api: inout RouteTable) {
    addReading(to: &api)
    api.post("/v1/letters", .lettersWrite, create)
    api.patch("/v1/letters/{id}", .lettersWrite, update)
    addLifecycle(to: &api)
    api.get("/v1/letters/{id}/recipients", .lettersRead, recipients)
    api.problem(
      ProblemType(
        "letter-not-editable", 409, "Letter not editable", "The words stand once the letter is due.",
        members: ["allowedStates", "state"]))
  }

  package func filter(_ query: QueryReader) throws -> LetterFilter {
    var filter = LetterFilter()
    filter.states = try query.anyOf("state", Letter.State.self)
    filter.kinds = try query.anyOf("kind", Letter.Kind.self)
    filter.stationID = try query.id("stationId", Station.self)
    filter.dueFrom = try query.timestamp("dueFrom")
    filter.dueBefore = try query.timestamp("dueBefore")
    filter.number = try query.text("number")
    return filter
  }

  package func view(_ letter: Letter, for caller: Caller) -> LetterView { LetterView(letter, for: caller) }

  package func handler(for action: Letter.Action) -> RouteTable.Handler {
    switch action {
    case .send: send
    case .cancel: cancel
    }
  }

  @Sendable private func create(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let station = form.optional("stationId", .id(Station.self))
    let kind = form.required("kind", .choice(Letter.Kind.self))
    let subject = form.required("subject", .text(1...200))
    let text = form.required("text", .text(1...4000))
    let event = form.object("event") { form -> LetterEvent? in
      let title = form.required("title", .text(1...200))
      let address = form.required("address", .text(1...200))
      let startsAt = form.required("startsAt", .timestamp)
      guard let title, let address, let startsAt else { return nil }
      return LetterEvent(title: title, address: address, startsAt: startsAt)
    }
    let rule = form.object("recipients") { form -> LetterRule? in
      LetterRule(
        customerIDs: form.optional("customerIds", .array(of: .id(Customer.self), 0...100)) ?? [],
        kinds: form.optional("kinds", .array(of: .choice(Customer.Kind.self), 0...2)) ?? [],
        modelID: form.optional("modelId", .id(VehicleModel.self)),
        servedWithinDays: form.optional("servedWithinDays", .integer(1...3650)))
    }
    let dueAt = form.optional("dueAt", .timestamp)
    let externalIDs = form.optional("externalIds", .externalIDs) ?? [:]
    form.readOnly("id", "number", "state", "version", "recipientCount")
    try form.finish()
    guard let kind, let subject, let text else { throw form.failure }
    return try await service.create(
      LetterDraft(
        stationID: station,
        content: LetterContent(
          kind: kind, subject: subject, text: text, event: event, rule: rule ?? LetterRule(), externalIDs: externalIDs),
        dueAt: dueAt), creating(call))
  }

  @Sendable private func update(_ call: Call) async throws -> Answer {
    var form = try call.body()
    var edit = Letter.Edit()
    edit.subject = form.requiredPatch("subject", .text(1...200))
    edit.text = form.requiredPatch("text", .text(1...4000))
    edit.dueAt = form.requiredPatch("dueAt", .timestamp)
    edit.externalIDs = form.externalIDsPatch()
    form.readOnly("id", "number", "state", "version", "kind", "event", "recipients", "recipientCount", "stationId")
    try form.finish()
    return try await service.update(try call.reference(), edit, presenting(call))
  }

  @Sendable private func send(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let channel = form.required("channel", .choice(Letter.Channel.self))
    let undeliverable = form.optional("undeliverable", .array(of: .id(Customer.self), 0...1000)) ?? []
    try form.finish()
    guard let channel else { throw form.failure }
    return try await service.send(
      try call.reference(), through: channel, undeliverable: undeliverable, presenting(call))
  }

  @Sendable private func cancel(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let reason = form.required("reason", .text(1...1000))
    try form.finish()
    guard let reason else { throw form.failure }
    return try await service.cancel(try call.reference(), reason: reason, presenting(call))
  }

  @Sendable private func recipients(_ call: Call) async throws -> Answer {
    let page = try call.page(sorts: ["chosenAt"], default: "chosenAt")
    return try Answer.page(try await service.recipients(of: try call.reference(), page, call.caller), call)
  }
}

/// A letter as one caller sees it: its words cleaned unless he may read personal data (SEC-04).
package struct LetterView: JSONWritable {
  private let letter: Letter
  private let actions: [Letter.Action]
  private let disclosure: Disclosure

  package init(_ letter: Letter, for caller: Caller) {
    // To one customer it is about him.
    let only = letter.content.rule.customerIDs.count == 1 ? letter.content.rule.customerIDs.first : nil
    disclosure = Disclosure(of: only, to: caller)
    self.letter = disclosure.shown(letter)
    actions = LetterLifecycle.table.available(on: letter, to: caller)
  }

  package func write(to json: inout JSONWriter) {
    let content = letter.content
    json.object { json in
      json.array("availableActions", actions) { $0.string($1.rawValue) }
      json.field("createdAt", letter.stamp.createdAt)
      json.field("createdBy", letter.stamp.createdBy.name)
      json.field("dueAt", letter.dueAt)
      json.member("event") { json in
        guard let event = content.event else { return json.null() }
        json.object {
          $0.field("address", event.address)
          $0.field("startsAt", event.startsAt)
          $0.field("title", event.title)
        }
      }
      json.personal("exitReason", letter.exitReason, disclosure)
      json.field("externalIds", content.externalIDs)
      json.field("id", letter.id)
      json.field("kind", content.kind)
      json.field("number", letter.number)
      json.field("personalDataMasked", disclosure.isMasked)
      json.field("recipientCount", letter.recipients)
      json.object("recipients") {
        $0.field("customerIds", content.rule.customerIDs)
        $0.array("kinds", content.rule.kinds) { $0.string($1.rawValue) }
        $0.field("modelId", content.rule.modelID)
        $0.field("servedWithinDays", content.rule.servedWithinDays)
      }
      json.member("sending") { json in
        guard let sending = letter.sending else { return json.null() }
        json.object {
          $0.field("channel", sending.channel)
          $0.field("sentAt", sending.sentAt)
          $0.field("sentBy", sending.sentBy)
          $0.field("undeliverable", sending.undeliverable)
        }
      }
      json.field("state", letter.state)
      json.field("stationId", letter.stationID)
      json.personal("subject", content.subject, disclosure)
      json.personal("text", content.text, disclosure)
      json.field("updatedAt", letter.stamp.updatedAt)
      json.field("updatedBy", letter.stamp.updatedBy.name)
      json.field("version", letter.version)
    }
  }
}

extension LetterRecipient: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object {
      $0.field("customerId", customerID)
      $0.field("sentAt", sentAt)
      $0.field("state", state)
    }
  }
}
