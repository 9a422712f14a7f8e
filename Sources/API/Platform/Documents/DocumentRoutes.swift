package import Domain
package import Services

/// The routes that every family of documents has. A family says how its list is narrowed and how a document looks; list,
/// document, history and the version for `If-Match` follow from its service.
package protocol DocumentRoutes: Sendable {
  associatedtype Service: DocumentService
  associatedtype View: JSONWritable & Sendable

  var service: Service { get }
  /// The collection: `/v1/work-orders`.
  static var path: String { get }
  /// One of its documents: `/v1/work-orders/{id}`.
  static var template: String { get }
  /// The order of the list without `sort`, in that parameter's spelling (`-createdAt`).
  static var order: String { get }

  /// The document that the path names.
  func reference(_ call: Call) throws -> Reference<Service.Document>
  /// Where the document is read.
  func location(of document: Service.Document) -> String
  /// Reads what narrows the list; parameters that nobody reads are refused (C-11).
  func filter(_ query: QueryReader) throws -> Service.Filter
  /// Counts a search that costs something else than time (SEC-04), before it is made.
  func count(_ filter: Service.Filter, _ call: Call) throws
  func view(_ document: Service.Document, for caller: Caller) -> View
  /// The document as lists show it.
  func summary(_ document: Service.Document, for caller: Caller) -> View
  /// What `expand` may add to a document; empty: the operations have no `expand` (C-13).
  static var expansions: [Expansion<Service.Document>] { get }
  /// Reads `expand` where the family offers it, before work that costs (C-13).
  func readExpansion(_ call: Call) throws
  /// The documents that were read, with what `expand` asks for: read for all of them at once, never for each.
  func shown(_ documents: [Service.Document], as rendering: Rendering, _ call: Call) async throws -> [View]
}

/// By itself, or as lists show it.
package enum Rendering: Sendable {
  case document, summary
}

extension DocumentRoutes {
  package static var path: String { "/v1/\(Service.Document.resource.collection)" }

  package static var template: String { "\(path)/{id}" }

  package func reference(_ call: Call) throws -> Reference<Service.Document> { try call.reference() }

  package func location(of document: Service.Document) -> String { "\(Self.path)/\(document.id)" }

  package static var order: String { "-createdAt" }

  package func summary(_ document: Service.Document, for caller: Caller) -> View { view(document, for: caller) }

  package func count(_ filter: Service.Filter, _ call: Call) throws {}

  package static var expansions: [Expansion<Service.Document>] { [] }

  package func readExpansion(_ call: Call) throws { _ = try expansions(call) }

  package func shown(
    _ documents: [Service.Document], as rendering: Rendering, _ call: Call
  ) async throws -> [View] {
    documents.map { document in
      switch rendering {
      case .document: view(document, for: call.caller)
      case .summary: summary(document, for: call.caller)
      }
    }
  }

  /// Registers `GET` of the list, of one document and of its history.
  package func addReading(to api: inout RouteTable) {
    api.document(Self.template) { try await service.get(try reference($0), $0.caller).version }
    api.get(Self.path, Service.reading, list)
    api.get(Self.template, Service.reading, get)
    api.get("\(Self.template)/history", Service.reading, history)
  }

  @Sendable private func list(_ call: Call) async throws -> Answer {
    let filter = try filter(call.query)
    let page = try call.page(sorts: Service.sorts, default: Self.order, window: Service.window)
    // Asked for before work that costs.
    _ = try call.fields()
    try readExpansion(call)
    try call.query.finish()
    try count(filter, call)
    let found = try await service.list(filter, page, call.caller)
    let views = try await shown(found.items, as: .summary, call)
    let members = try expansions(call)
    if members.isEmpty { return try Answer.page(found.showing(views), call) }
    return try Answer.page(found.showing(try await expanded(views, of: found.items, members, call)), call)
  }

  @Sendable private func get(_ call: Call) async throws -> Answer {
    try readExpansion(call)
    let document = try await service.get(try reference(call), call.caller)
    let views = try await shown([document], as: .document, call)
    guard let view = views.first else { throw Refusal.notFound }
    let members = try expansions(call)
    if members.isEmpty { return try Answer.ok(view, call, etag: document.version) }
    guard let whole = try await expanded(views, of: [document], members, call).first else { throw Refusal.notFound }
    return try Answer.ok(whole, call, etag: document.version)
  }

  @Sendable private func history(_ call: Call) async throws -> Answer {
    let page = try call.historyPage()
    return try Answer.page(try await service.history(try reference(call), page, call.caller), call)
  }

  // MARK: Writes

  /// The write that answers with the document as it is then.
  package func presenting(_ call: Call) -> Command<Service.Document> {
    call.command { [self, caller = call.caller] document in
      Answer.ok(view(document, for: caller), etag: document.version)
    }
  }

  /// The write that answers 201 with a new document and where it is (C-15).
  package func creating(_ call: Call) -> Command<Service.Document> {
    call.command { [self, caller = call.caller] document in
      Answer.created(
        view(document, for: caller), location: location(of: document), etag: document.version)
    }
  }
}

extension DocumentRoutes {
  /// Registers `PUT …/by-external/{system}/{externalId}`: 201 for a new document, 200 for a known one.
  package func addUpsert(to api: inout RouteTable, _ permission: Permission, _ handler: @escaping RouteTable.Handler) {
    api.add(
      Operation(
        .put, "\(Self.path)/by-external/{system}/{externalId}", .permission(permission), body: .json,
        precondition: .optional, status: 200, alternatives: [201]),
      handler)
  }

  /// The write that answers with what became of an upsert.
  package func upserting(_ call: Call) -> Command<Upserted<Service.Document>> {
    call.command { [self, caller = call.caller] upserted in
      let (document, view) = (upserted.document, view(upserted.document, for: caller))
      var answer =
        switch upserted.outcome {
        case .created:
          Answer.created(view, location: location(of: document), etag: document.version)
        case .updated, .unchanged: Answer.ok(view, etag: document.version)
        }
      answer.headers.append(Answer.Header("upsert-outcome", upserted.outcome.rawValue))
      return answer
    }
  }
}

extension Call {
  /// `{system}` and `{externalId}` of the path, within the bounds of `externalIds`.
  package func externalKey() throws(Problem) -> ExternalKey {
    func part(_ name: String, _ length: Int) throws(Problem) -> String {
      let text = Normalisation.nfc(parameter(name))
      guard (1...length).contains(text.unicodeScalars.count) else {
        throw .parameter(name, .tooLong, "must have 1 to \(length) characters", limits: ["max": "\(length)"])
      }
      return text
    }
    return ExternalKey(system: try part("system", 64), id: try part("externalId", 200))
  }
}

extension DocumentRoutes where View == Service.Document {
  package func view(_ document: Service.Document, for caller: Caller) -> View { document }
}

extension DocumentRoutes where Service: ActingService {
  /// Registers what can be done now.
  package func addOffers(to api: inout RouteTable) {
    api.get("\(Self.template)/actions", Service.reading) { call in
      Answer.ok(ActionOffersView(try await service.offers(try reference(call), call.caller), call))
    }
  }
}

/// The routes that every family of records has beside those: create and merge patch.
package protocol RecordRoutes: DocumentRoutes where Service: RecordService {
  /// Reads a body: a whole record, or with `current` a merge patch of it.
  func draft(_ form: inout Form, over current: Service.Document?) throws -> Service.Document.Draft
}

extension RecordRoutes {
  /// Registers `POST` of the list, `PATCH` of one record, what can be done with it, and the upsert by an external identity.
  package func addWriting(to api: inout RouteTable) {
    addOffers(to: &api)
    api.post(Self.path, Service.writing, create)
    api.patch(Self.template, Service.writing, update)
    addUpsert(to: &api, Service.writing, upsert)
  }

  @Sendable private func upsert(_ call: Call) async throws -> Answer {
    let key = try call.externalKey()
    var form = try call.body()
    return try await service.upsert(key, try draft(&form, over: nil), upserting(call))
  }

  @Sendable private func create(_ call: Call) async throws -> Answer {
    var form = try call.body()
    return try await service.create(try draft(&form, over: nil), creating(call))
  }

  @Sendable private func update(_ call: Call) async throws -> Answer {
    let body = try call.body()
    return try await service.update(try reference(call), presenting(call)) { record in
      var form = body
      return try draft(&form, over: record)
    }
  }
}

/// The routes that every family with a transition table has beside those: offers, notes, and one `POST …/{id}/{action}` for
/// each action, with the permission that the table names.
package protocol LifecycleRoutes: DocumentRoutes where Service: LifecycleService {
  /// An exhaustive `switch`, so that no action is without its operation.
  func handler(for action: Service.Document.Action) -> RouteTable.Handler
  /// What the action answers when it succeeds.
  func status(of action: Service.Document.Action) -> Int
}

extension LifecycleRoutes {
  package func status(of action: Service.Document.Action) -> Int { 200 }

  /// Registers offers, notes and the actions.
  package func addLifecycle(to api: inout RouteTable) {
    api.get("\(Self.template)/actions", Service.reading, offers)
    api.get("\(Self.template)/notes", Service.reading, notes)
    api.post("\(Self.template)/notes", Service.noting, addNote)
    let table = Service.Document.lifecycle
    for action in Service.Document.Action.allCases {
      guard let row = table.transitions.first(where: { $0.action == action }) else { continue }
      api.action(
        "\(Self.template)/\(ActionOffer.segment(of: action.rawValue))", row.permission, status: status(of: action),
        handler(for: action))
    }
  }

  @Sendable private func offers(_ call: Call) async throws -> Answer {
    Answer.ok(ActionOffersView(try await service.offers(try reference(call), call.caller), call))
  }

  @Sendable private func notes(_ call: Call) async throws -> Answer {
    let page = try call.notePage()
    let found = try await service.notes(try reference(call), page, call.caller)
    return try Answer.page(found.map { $0.shown(to: call.caller) }, call)
  }

  @Sendable private func addNote(_ call: Call) async throws -> Answer {
    let text = try call.noteText()
    return try await service.addNote(try reference(call), text, call.notePresenting())
  }

  /// For actions whose body is an optional `note`.
  package func noted(
    _ action:
      @escaping @Sendable (Reference<Service.Document>, String?, Command<Service.Document>) async throws -> Answer
  ) -> RouteTable.Handler {
    { call in
      var form = try call.body()
      let note = form.optional("note", .text(1...2000))
      try form.finish()
      return try await action(try reference(call), note, presenting(call))
    }
  }

  /// For actions whose body is a `reason`.
  package func reasoned(
    _ action:
      @escaping @Sendable (Reference<Service.Document>, String, Command<Service.Document>) async throws -> Answer
  ) -> RouteTable.Handler {
    { call in
      var form = try call.body()
      let reason = form.required("reason", .text(1...2000))
      try form.finish()
      guard let reason else { throw form.failure }
      return try await action(try reference(call), reason, presenting(call))
    }
  }

  /// For actions that only move the state: a body with an optional `note`.
  package func moving(_ action: Service.Document.Action) -> RouteTable.Handler {
    { call in
      var form = try call.body()
      let note = form.optional("note", .text(1...2000))
      try form.finish()
      return try await service.move(try reference(call), action, reason: note, presenting(call))
    }
  }
}
