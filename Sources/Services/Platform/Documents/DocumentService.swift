package import Domain
package import Repositories

/// What the services of all families do in the same way: reading, the lock and version check before a change, saving what
/// differs, its event. A family's service names its store and its permission and adds what makes it different.
package protocol DocumentService: Sendable {
  associatedtype Document
  associatedtype Filter
  associatedtype Store: DocumentStore where Store.Document == Document, Store.Filter == Filter

  /// The permission for every reading operation.
  static var reading: Permission { get }
  var work: UnitOfWork { get }

  /// Refuses a filter that would tell a caller what he may not see.
  static func permit(_ filter: Filter, for caller: Caller) throws(Refusal)

  /// How far a caller who was shown a document sees its history: it may stand under a scope that is not his.
  static func sight(of caller: Caller) -> Caller

  /// The filter with what only the service can add to it.
  func prepared(_ filter: Filter) -> Filter

  /// Sets what is computed from the whole document; called after loading and before saving.
  static func complete(_ document: inout Document)

  /// Queues what is kept beside a new or changed document, behind its own statements.
  func accompany(_ document: Document, over before: Document?, in tx: Transaction)
}

extension DocumentService {
  package static func permit(_ filter: Filter, for caller: Caller) throws(Refusal) {}

  package static func sight(of caller: Caller) -> Caller { caller }

  package func prepared(_ filter: Filter) -> Filter { filter }

  package static func complete(_ document: inout Document) {}

  package func accompany(_ document: Document, over before: Document?, in tx: Transaction) {}

  /// The names by which a list may be ordered.
  package static var sorts: [String] { Store.sorts.keys.sorted() }

  /// What every list is narrowed by in the same way, as far as this one can be.
  package static var window: Set<ListWindow.Field> { Store.window.fields }

  // MARK: Reading

  package func list(_ filter: Filter, _ page: PageRequest, _ caller: Caller) async throws -> Page<Document> {
    try caller.require(Self.reading)
    try Self.permit(filter, for: caller)
    return try await work.database.read(caller, Store.list(prepared(filter), page, in: caller.scope))
  }

  /// The document without what stands in tables of its own (`whole`).
  ///
  /// - Throws: `Refusal.notFound`, also for a document outside the scope.
  package func get(_ reference: Reference<Document>, _ caller: Caller) async throws -> Document {
    try caller.require(Self.reading)
    guard let document = try await work.database.read(caller, Store.find(reference, in: caller.scope)) else {
      throw Refusal.notFound
    }
    return document
  }

  /// The document with everything that belongs to it, read in one trip.
  package func whole(_ reference: Reference<Document>, _ caller: Caller) async throws -> Document {
    try caller.require(Self.reading)
    let header = Store.find(reference, in: caller.scope)
    let door = ReadDoor(work.database, caller)
    guard var document = try await Store.whole(header, reference, in: caller.scope, through: door) else {
      throw Refusal.notFound
    }
    Self.complete(&document)
    return document
  }

  package func history(
    _ reference: Reference<Document>, _ page: PageRequest, _ caller: Caller
  ) async throws -> Page<Event> {
    let document = try await get(reference, caller)
    let sight = Self.sight(of: caller)
    return try await work.database.read(
      sight, EventRepository.history(Document.resource, document.id.uuid, page, in: sight.scope))
  }

  // MARK: Writing

  /// Locks the whole document, checks its version, lets `body` change it, saves what differs and appends one event. A change
  /// that changes nothing keeps the version and writes no event (C-17).
  func change(
    _ reference: Reference<Document>, _ permission: Permission, _ type: String, reason: String? = nil,
    _ command: Command<Document>, _ body: (inout Document, Transaction) async throws -> Void
  ) async throws -> Answer {
    try await work.perform(command, permission) { tx in
      let before = try await load(reference, command, in: tx)
      var document = before
      try await body(&document, tx)
      return save(document, over: before, Effects([type], reason: reason), command, in: tx)
    }
  }

  /// The locked document with everything that belongs to it, its version checked against `If-Match`: 404 comes before 412,
  /// 422 and 409 behind it (C-07).
  func load<Output>(
    _ reference: Reference<Document>, _ command: Command<Output>, in tx: Transaction
  ) async throws -> Document {
    let scope = command.caller.scope
    let header = Store.lock(reference, in: scope)
    return try checked(try await Store.whole(header, reference, in: scope, through: tx), command)
  }

  /// As `load`, without a lock: to compare, never to change.
  func look<Output>(
    at reference: Reference<Document>, _ command: Command<Output>, in tx: Transaction
  ) async throws -> Document {
    let scope = command.caller.scope
    let header = Store.find(reference, in: scope)
    return try checked(try await Store.whole(header, reference, in: scope, through: tx), command)
  }

  private func checked<Output>(_ found: Document?, _ command: Command<Output>) throws(Refusal) -> Document {
    guard var document = found else { throw .notFound }
    try command.precondition?.require(document.version)
    Self.complete(&document)
    return document
  }

  /// Queues the statements for what differs, and the events; a document that does not differ is left alone.
  ///
  /// The row is locked since `load`, so the version in the statement's condition cannot fail: nothing waits for its result
  /// and it travels with the commit.
  func save<Output>(
    _ changed: Document, over before: Document, _ effects: Effects, _ command: Command<Output>, in tx: Transaction
  ) -> Document {
    var document = changed
    Self.complete(&document)
    if document == before { return before }
    document = document.revised(by: command.caller, at: command.at)
    for statement in Store.save(document, over: before) { tx.enqueue(statement) }
    accompany(document, over: before, in: tx)
    tx.record(effects.events(of: document, from: before), by: command)
    return document
  }

  /// Queues the statements for a new document, and its events.
  func insert<Output>(
    _ new: Document, _ effects: Effects, _ command: Command<Output>, in tx: Transaction
  ) -> Document {
    var document = new
    Self.complete(&document)
    for statement in Store.save(document, over: nil) { tx.enqueue(statement) }
    accompany(document, over: nil, in: tx)
    tx.record(effects.events(of: document, from: nil), by: command)
    return document
  }
}
