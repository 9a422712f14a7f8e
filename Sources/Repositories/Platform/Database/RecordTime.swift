package import Domain
package import Postgres

/// When rows held: what a transaction writes holds from the instant of its request on, and what it reads may be the past
/// (db/README.md).
package enum RecordTime {
  /// For a transaction that writes: its changes hold from this instant on.
  package static func write(at instant: Timestamp) -> Query<Int> {
    Query.execute("select set_config('app.at', \(instant.description), true)")
  }

  /// For a transaction that reads: every statement behind it sees the rows as they stood at the instant. A table without a
  /// past is not there.
  static func read(asOf instant: Timestamp) -> Query<Int> {
    Query.execute(
      "select set_config('search_path', 'as_of', true), set_config('app.as_of', \(instant.description), true)")
  }
}
