package import Domain
package import Services

/// `/v1/webhooks` (ANN-08, C-30).
package struct WebhookRoutes: LifecycleRoutes {
  package let service: WebhookService

  package init(_ service: WebhookService) { self.service = service }

  package func add(to api: inout RouteTable) {
    addReading(to: &api)
    api.post(Self.path, .webhooksWrite, create)
    api.patch(Self.template, .webhooksWrite, update)
    addLifecycle(to: &api)
    // A log of the present: what was sent is there until its time is over.
    api.add(
      Operation(.get, "\(Self.template)/deliveries", .permission(.webhooksRead), readsPast: false), deliveries)
    api.action(
      "\(Self.template)/deliveries/{deliveryId}/retry", .webhooksReplay, precondition: .none, retry)
    api.problem(
      ProblemType(
        "webhook-delivery-ended", 409, "Webhook delivery ended",
        "The delivery got through; a replay sends its event again."))
  }

  package func filter(_ query: QueryReader) throws -> WebhookFilter {
    var filter = WebhookFilter()
    filter.states = try query.anyOf("state", Webhook.State.self)
    filter.stationID = try query.id("stationId", Station.self)
    return filter
  }

  package func view(_ webhook: Webhook, for caller: Caller) -> WebhookView { WebhookView(webhook, caller) }

  package func handler(for action: Webhook.Action) -> RouteTable.Handler {
    switch action {
    case .pause: moving(.pause)
    case .resume: noted(service.resume)
    case .disable: reasoned(service.disable)
    case .ping: ping
    case .replay: replay
    case .rotateSecret: rotateSecret
    }
  }

  // MARK: Writing

  @Sendable private func create(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let content = Self.content(&form, over: nil)
    let station = form.optional("stationId", .id(Station.self))
    try form.finish()
    guard let content else { throw form.failure }
    return try await service.create(
      content, at: station,
      call.command { [self, caller = call.caller] made in
        var answer = Answer.created(
          WebhookView(made.webhook, caller, secret: .shown(made.secret)), location: location(of: made.webhook),
          etag: made.webhook.version)
        answer.repeatedBody = JSONWriter.bytes(of: WebhookView(made.webhook, caller, secret: .withheld))
        return answer
      })
  }

  @Sendable private func update(_ call: Call) async throws -> Answer {
    let body = try call.body()
    return try await service.update(try call.reference(), presenting(call)) { webhook in
      var form = body
      let content = Self.content(&form, over: webhook.content)
      form.readOnly(
        "id", "version", "createdAt", "createdBy", "updatedAt", "updatedBy", "state", "stationId", "disabledAt",
        "disabledBecause", "grantedResources", "secretRotatedAt", "pingedAt", "replays", "availableActions")
      try form.finish()
      guard let content else { throw form.failure }
      return content
    }
  }

  private static func content(_ form: inout Form, over current: WebhookContent?) -> WebhookContent? {
    let url = form.required("url", .text(1...2000), keeping: current?.url)
    let types = form.required("eventTypes", .webhookEventTypes, keeping: current?.eventTypes)
    let description = form.optional("description", .text(1...500), keeping: current?.description)
    let externalIDs = form.externalIDs(keeping: current?.externalIDs)
    guard let url, let types else { return nil }
    return WebhookContent(url: url, eventTypes: types, description: description, externalIDs: externalIDs)
  }

  @Sendable private func ping(_ call: Call) async throws -> Answer {
    var form = try call.body()
    try form.finish()
    return try await service.ping(try call.reference(), presenting(call))
  }

  @Sendable private func rotateSecret(_ call: Call) async throws -> Answer {
    var form = try call.body()
    try form.finish()
    return try await service.rotateSecret(
      try call.reference(),
      call.command { [caller = call.caller] made in
        var answer = Answer.ok(
          WebhookView(made.webhook, caller, secret: .shown(made.secret)), etag: made.webhook.version)
        answer.repeatedBody = JSONWriter.bytes(of: WebhookView(made.webhook, caller, secret: .withheld))
        return answer
      })
  }

  @Sendable private func replay(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let from = form.optional("from", .timestamp)
    let to = form.optional("to", .timestamp)
    let first = form.optional("fromEventId", .id(Event.self))
    let last = form.optional("throughEventId", .id(Event.self))
    var range: WebhookReplayRange?
    switch (from, to, first, last) {
    case (let from?, let to?, nil, nil): range = .times(from: from, before: to)
    case (nil, nil, let first?, let last?): range = .events(from: first, through: last)
    default:
      if form.isValid { form.refuse("from", .inconsistent, "give from and to, or fromEventId and throughEventId") }
    }
    try form.finish()
    guard let range else { throw form.failure }
    return try await service.replay(try call.reference(), range, presenting(call))
  }

  // MARK: Deliveries

  @Sendable private func deliveries(_ call: Call) async throws -> Answer {
    var filter = WebhookDeliveryFilter()
    filter.states = try call.query.anyOf("state", WebhookDelivery.State.self)
    filter.eventID = try call.query.id("eventId", Event.self)
    let page = try call.page(sorts: ["createdAt"], default: "-createdAt")
    _ = try call.fields()
    try call.query.finish()
    return try Answer.page(
      try await service.deliveries(of: try call.reference(), filter, page, call.caller), call)
  }

  @Sendable private func retry(_ call: Call) async throws -> Answer {
    var form = try call.body()
    try form.finish()
    return try await service.retry(
      try call.identifier("deliveryId"), of: try call.reference(), call.command { Answer.ok($0) })
  }
}

extension FieldReader where Value == [WebhookEventType] {
  fileprivate static var webhookEventTypes: FieldReader<[WebhookEventType]> {
    .array(
      of: FieldReader<String>.text(1...100).map(
        orFault: .invalidFormat, "must be *, a type as workOrder.delivered, or one with * in place of a word"
      ) { WebhookEventType($0) }, 1...50)
  }
}

/// A webhook as clients see it; the secret is shown in the answers that make one, once.
package struct WebhookView: JSONWritable, Sendable {
  package enum Secret: Sendable {
    case shown(String)
    /// In the answer to a repeated request.
    case withheld
    case none
  }

  private let webhook: Webhook
  private let actions: [Webhook.Action]
  private let secret: Secret

  init(_ webhook: Webhook, _ caller: Caller, secret: Secret = .none) {
    self.webhook = webhook
    self.secret = secret
    actions = Webhook.lifecycle.available(on: webhook, to: caller)
  }

  package func write(to json: inout JSONWriter) {
    json.object {
      $0.array("availableActions", actions)
      $0.field("createdAt", webhook.stamp.createdAt)
      $0.field("createdBy", webhook.stamp.createdBy.name)
      $0.field("description", webhook.content.description)
      $0.field("disabledAt", webhook.disabledAt)
      $0.field("disabledBecause", webhook.disabledBecause)
      $0.array("eventTypes", webhook.content.eventTypes.map(\.text))
      $0.field("externalIds", webhook.externalIDs)
      $0.array("grantedResources", webhook.grantedResources.map(\.rawValue).sorted())
      $0.field("id", webhook.id)
      $0.field("pingedAt", webhook.pingedAt)
      $0.field("replays", webhook.replays)
      switch secret {
      case .shown(let text): $0.field("secret", text)
      case .withheld: $0.null("secret")
      case .none: break
      }
      $0.field("secretRotatedAt", webhook.secretRotatedAt)
      $0.field("state", webhook.state)
      $0.field("stationId", webhook.stationID)
      $0.field("updatedAt", webhook.stamp.updatedAt)
      $0.field("updatedBy", webhook.stamp.updatedBy.name)
      $0.field("url", webhook.content.url)
      $0.field("version", webhook.version)
    }
  }
}

extension WebhookDelivery: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object {
      $0.field("attempts", attempts)
      $0.field("createdAt", createdAt)
      $0.field("endedAt", endedAt)
      $0.field("eventId", eventID)
      $0.field("eventType", eventType)
      $0.field("id", id)
      $0.array("log", log) { json, attempt in
        json.object {
          $0.field("answer", attempt.answer)
          $0.field("error", attempt.outcome.fault)
          $0.field("milliseconds", attempt.milliseconds)
          $0.field("number", attempt.number)
          $0.field("startedAt", attempt.startedAt)
          $0.field("status", attempt.outcome.status)
        }
      }
      $0.field("nextAttemptAt", nextAttemptAt)
      $0.field("replay", replay)
      $0.field("state", state)
    }
  }
}
