package import Domain
import FoundationEssentials
package import Postgres

/// The way to PostgreSQL for services. Every door takes the caller, whose scope the session gets before the first
/// statement: row-level security stands behind every query of this folder.
package struct Database: Sendable {
  private let client: PostgresClient
  private let seal: (any ColumnSeal)?

  /// - Parameter seal: of sealed columns; without one they are kept in clear.
  package init(_ client: PostgresClient, seal: (any ColumnSeal)? = nil) {
    self.client = client
    self.seal = seal
  }

  /// One statement on a shared connection. Beside the form for several, because a pack of one does not unwrap in `guard let`.
  package func read<Output: Sendable>(_ caller: Caller, _ query: Query<Output>) async throws -> Output {
    if let instant = caller.asOf { return try await past(caller, instant) { try await $0.run(query) } }
    do {
      return try await Sealing.$seal.withValue(seal) { try await client.read(caller.sessionScope.session, query) }
    } catch {
      throw Failures.translate(error)
    }
  }

  /// Independent statements in one round trip on a shared connection; each sees its own snapshot.
  package func read<each Output: Sendable>(
    _ caller: Caller, _ queries: repeat Query<each Output>
  ) async throws -> (repeat each Output) {
    if let instant = caller.asOf { return try await past(caller, instant) { try await $0.run(repeat each queries) } }
    do {
      return try await Sealing.$seal.withValue(seal) {
        try await client.read(caller.sessionScope.session, repeat each queries)
      }
    } catch {
      throw Failures.translate(error)
    }
  }

  /// Several statements on one snapshot, read only: reports, exports, reads over more than one table that must agree.
  package func snapshot<Output: Sendable>(
    _ caller: Caller, _ body: (Transaction) async throws -> Output
  ) async throws -> Output {
    if let instant = caller.asOf { return try await past(caller, instant, body) }
    do {
      return try await Sealing.$seal.withValue(seal) {
        try await client.snapshot(caller.sessionScope.session) { try await body(Transaction($0)) }
      }
    } catch {
      throw Failures.translate(error)
    }
  }

  /// Reads of the past take a snapshot's connection: they are rarer than others, and what a shared connection has prepared
  /// stays prepared for the present.
  private func past<Output: Sendable>(
    _ caller: Caller, _ instant: Timestamp, _ body: (Transaction) async throws -> Output
  ) async throws -> Output {
    do {
      return try await Sealing.$seal.withValue(seal) {
        try await client.snapshot(caller.sessionScope.session) { open in
          let tx = Transaction(open)
          tx.enqueue(RecordTime.read(asOf: instant))
          return try await body(tx)
        }
      }
    } catch {
      throw Failures.translate(error)
    }
  }

  /// One transaction. The body may run again after a serialization failure or a deadlock, so it has no effect outside, and
  /// nothing but statements is awaited in it.
  package func write<Output: Sendable>(
    _ caller: Caller, _ body: (Transaction) async throws -> Output
  ) async throws -> Output {
    if caller.asOf != nil { throw Failure.internal(reference: "a caller who reads the past writes") }
    do {
      return try await Sealing.$seal.withValue(seal) {
        try await client.write(caller.sessionScope.session) { try await body(Transaction($0)) }
      }
    } catch let obstructed as Obstructed {
      throw await explained(obstructed, to: caller)
    } catch {
      throw Failures.translate(error)
    }
  }
}

extension Database {
  /// The conflict with what is in the way. Without it, when that cannot be read at the moment: the conflict stands.
  private func explained(_ obstructed: Obstructed, to caller: Caller) async -> Refusal {
    guard let members = try? await read(caller, obstructed.lookup(caller)) else { return obstructed.refusal }
    return obstructed.refusal.telling(members)
  }
}

/// An open transaction. Not Sendable: no child task can use it beside its owner.
package struct Transaction {
  private let open: PostgresTransaction

  init(_ open: PostgresTransaction) { self.open = open }

  /// One statement, sent together with everything that is queued.
  package func run<Output: Sendable>(_ query: Query<Output>) async throws -> Output {
    try await open.run(query)
  }

  /// Independent statements, sent together with everything that is queued, answered in one round trip.
  package func run<each Output: Sendable>(
    _ queries: repeat Query<each Output>
  ) async throws -> (repeat each Output) {
    try await open.run(repeat each queries)
  }

  /// Queues a statement for the next round trip, or for the commit's if its result cannot be refused.
  package func enqueue<Output: Sendable>(_ query: Query<Output>) {
    open.enqueue(query)
  }

  /// Queues a statement for the next round trip. Its check runs before the results of later statements are looked at, and
  /// its error wins over theirs; a commit waits for it in a trip of its own.
  package func enqueue<Output: Sendable>(
    _ query: Query<Output>, _ check: @escaping @Sendable (Output) throws -> Void
  ) {
    open.enqueue(query, check)
  }

  /// Lets `body` see and write rows of another scope than the caller's, for what hangs on a document that he was shown to see
  /// and may be another station's; row-level security binds what comes behind it to his own scope again.
  package func within<Output>(
    _ scope: Scope, of caller: Caller, _ body: () async throws -> Output
  ) async throws -> Output {
    if scope == caller.scope { return try await body() }
    enqueue(Self.session(scope))
    let output = try await body()
    enqueue(Self.session(caller.sessionScope))
    return output
  }

  private static func session(_ scope: Scope) -> Query<Int> {
    let session = scope.session
    return Query.execute(
      """
      select set_config('app.scope', \(session.value), true), set_config('app.cases', \(session.cases), true),
        set_config('app.holder', \(session.holder), true)
      """)
  }
}

extension Scope {
  /// What row-level security reads: `app.scope` is `*`, or an array of station identities; `app.cases` the granted documents;
  /// `app.holder` whose documents alone are seen, empty for whoever sees others' as well; of a supplier itself (OLD-05).
  var session: SessionScope {
    SessionScope(
      stations.map { Self.array($0.map(\.description)) } ?? "*",
      cases: cases.isEmpty ? "" : Self.array(cases.map(\.canonical).sorted()),
      holder: holders.map { Self.array($0.map(\.canonical)) } ?? "")
  }

  private var holders: [UUID]? {
    if case .supplier(let supplier) = part { return [supplier] + (holder?.identities ?? []) }
    return holder?.identities
  }

  private static func array(_ identities: [String]) -> String { "{\(identities.joined(separator: ","))}" }

  /// The condition that a repository adds to its own statement: the first of the two walls.
  func condition(on column: StaticString) -> SQL { part("\(unescaped: column)") }

  func part(_ column: SQL) -> SQL {
    guard let stations else { return "true" }
    if stations.count == 1 { return column + " = \(stations[0])" }
    return column + " = any (\(stations))"
  }

  /// The same for a table that knows cases (SEC-02).
  /// - Parameter document: the column that holds the identity of the document: its own, or that of what it hangs on.
  func condition(on column: StaticString, case document: StaticString) -> SQL {
    var station = condition(on: column)
    if let own = own(document: document) { station = "(" + station + " and " + own + ")" }
    if cases.isEmpty { return station }
    return "(" + station + " or \(unescaped: document) = any (\(Array(cases))))"
  }
}

extension Caller {
  /// The product itself: workers, look-ups before there is a caller, the command line.
  package static let system = Caller(
    subject: .system, name: "system", roles: [], permissions: Set(Permission.allCases), scope: .network)
}

/// What the database's errors mean to those who cannot see the database (C-35).
enum Failures {
  static func translate(_ error: any Error) -> any Error {
    guard let error = error as? PostgresError else { return error }
    return FailureTable.failure(for: error)
  }
}
