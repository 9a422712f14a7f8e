package import Postgres

/// What readiness asks the database (C-32).
package enum HealthRepository {
  /// `false` on a standby: the connection must follow a fail-over to the new primary.
  package static let isWritable: Query<Bool> = .one(
    "select not pg_is_in_recovery() and current_setting('transaction_read_only') = 'off'"
  ) { try $0.next(Bool.self) }

  /// The newest migration that was applied.
  package static let schemaVersion: Query<Int> = .one("select coalesce(max(version), 0) from schema_migrations") {
    try $0.next(Int.self)
  }
}
