@testable import Postgres

/// A table of its own for one test.
struct Table: Sendable {
  let name: String

  init(_ client: PostgresClient) async throws {
    name = "t\(UInt32.random(in: 0 ... .max))"
    let create = SQL(
      raw: "create table \(name) (id int primary key, note text, constraint \(name)_small check (id < 1000))")
    try await client.write(everywhere) { _ = try await $0.run(Query.execute(create)) }
  }

  func insert(_ id: Int32) -> Query<Int> { .execute(SQL(raw: "insert into \(name) (id) values (") + "\(id))") }

  var all: Query<[Int]> { .list(SQL(raw: "select id from \(name) order by id")) { try $0.next() } }

  var count: Query<Int> { .one(SQL(raw: "select count(*) from \(name)")) { try $0.next() } }
}

extension SQL {
  /// Text made by a test.
  init(raw: String) { self.init(stringLiteral: raw) }
}

/// Lets its first `size` visitors pass together; later ones pass at once.
actor Gate {
  private let size: Int
  private var waiting: [CheckedContinuation<Void, Never>] = []
  private var isOpen = false

  init(_ size: Int) { self.size = size }

  func arrive() async {
    if isOpen { return }
    if waiting.count + 1 == size {
      isOpen = true
      for continuation in waiting { continuation.resume() }
      return
    }
    await withCheckedContinuation { waiting.append($0) }
  }
}

/// Polls until the condition holds; false after about ten seconds.
func eventually(_ condition: () async throws -> Bool) async throws -> Bool {
  let end = ContinuousClock.now + .seconds(10)
  while ContinuousClock.now < end {
    if try await condition() { return true }
    try await Task.sleep(for: .milliseconds(5))
  }
  return false
}
