package import Domain
package import Postgres

/// Failures to log in, shared by all instances (C-25). Keys are SHA-256: neither names nor addresses are kept.
package enum LoginFailureRepository {
  /// Until when neither account nor address may try again; `nil` when both may.
  package static func blockedUntil(account: [UInt8], address: [UInt8], at instant: Timestamp) -> Query<Timestamp?> {
    Query.one(
      """
      select max(blocked_until)
      from login_failures
      where ((kind = 'account' and key = \(account)) or (kind = 'address' and key = \(address)))
        and blocked_until > \(instant)
      """
    ) { try $0.next(Timestamp?.self) }
  }

  /// Counts one more, anew after an hour without any, and holds the row; answers the count.
  package static func count(_ target: LoginTarget, _ key: [UInt8], at instant: Timestamp) -> Query<Int> {
    let forgotten = instant.adding(seconds: -LoginTarget.memorySeconds)
    return Query.one(
      """
      insert into login_failures as f (kind, key, failures, last_failure_at, blocked_until)
      values (\(target.rawValue), \(key), 1, \(instant), \(instant))
      on conflict (kind, key) do update
      set failures = case when f.last_failure_at < \(forgotten) then 1 else f.failures + 1 end,
        last_failure_at = \(instant)
      returning failures
      """
    ) { Int(try $0.next(Int32.self)) }
  }

  package static func block(_ target: LoginTarget, _ key: [UInt8], until instant: Timestamp) -> Query<Int> {
    Query.execute(
      "update login_failures set blocked_until = \(instant) where kind = \(target.rawValue) and key = \(key)")
  }

  /// After a success the account starts anew; the address does not, or one known password would open the way to guess others.
  package static func forget(account key: [UInt8]) -> Query<Int> {
    Query.execute("delete from login_failures where kind = 'account' and key = \(key)")
  }

  package static func purge(before instant: Timestamp) -> Query<Int> {
    Query.execute(
      "delete from login_failures where last_failure_at < \(instant) and blocked_until < \(instant)")
  }
}
