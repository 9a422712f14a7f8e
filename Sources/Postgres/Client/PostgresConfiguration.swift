/// How the client connects and what it promises. Durations and sizes have defaults for two cores.
package struct PostgresConfiguration: Sendable {
  /// libpq connection string or URI, several hosts allowed. Its own settings win over the defaults here.
  package var dsn: String
  package var applicationName = "aftersales"
  /// The settings that row-level security reads; transaction-local, set together with the values of a `SessionScope`.
  package var scopeSettings = ["app.scope", "app.cases", "app.holder"]

  /// Connections that many reads share by pipelining.
  package var sharedConnections = 2
  /// Connections for transactions, slow reads and reruns.
  package var leasedConnections = 8
  /// Connections for snapshots only.
  package var snapshotConnections = 2
  /// Leased connections that slow reads and reruns may hold at once, so that they never stop writes.
  package var slowReads = 3
  /// Reads in flight on one shared connection.
  package var sharedDepth = 32

  /// Longest statement on a shared connection; then the read is run again on a leased one.
  package var sharedStatementTimeout: Duration = .milliseconds(50)
  package var statementTimeout: Duration = .seconds(30)
  package var snapshotStatementTimeout: Duration = .seconds(120)
  package var lockTimeout: Duration = .seconds(5)
  package var idleInTransactionTimeout: Duration = .seconds(15)

  /// Longest wait for a connection, then `PostgresError.poolExhausted` (R15).
  package var waitLimit: Duration = .seconds(1)
  /// Most callers that wait at one door.
  package var queueLimit = 4_096
  package var connectTimeout: Duration = .seconds(3)
  package var maximumLifetime: Duration = .seconds(1_800)
  package var keepAliveInterval: Duration = .seconds(30)
  /// A connection that owes an answer for this much longer than its statement timeout is given up.
  package var stallLimit: Duration = .seconds(5)
  /// Reruns of a transaction after a serialization failure or deadlock.
  package var retryLimit = 3
  /// Prepared statements kept per connection.
  package var statementCacheLimit = 256
  /// How long `run()` lets outstanding work finish after it was cancelled.
  package var shutdownGrace: Duration = .seconds(5)

  package init(dsn: String) {
    self.dsn = dsn
  }
}

/// Values of the scope settings for one unit of work.
package struct SessionScope: Sendable {
  package let value: String
  /// The documents that are seen beside it.
  package let cases: String
  /// Whose documents alone are seen of it.
  package let holder: String
  /// All three, in the order of `PostgresConfiguration.scopeSettings`.
  let binds: PostgresBuffer

  package init(_ value: String, cases: String = "", holder: String = "") {
    self.value = value
    self.cases = cases
    self.holder = holder
    var binds = PostgresBuffer()
    binds.bind(value)
    binds.bind(cases)
    binds.bind(holder)
    self.binds = binds
  }
}

extension Duration {
  var nanoseconds: UInt64 {
    let parts = components
    guard parts.seconds >= 0, parts.attoseconds >= 0 else { return 0 }
    let (whole, overflow) = UInt64(parts.seconds).multipliedReportingOverflow(by: 1_000_000_000)
    let (sum, carry) = whole.addingReportingOverflow(UInt64(parts.attoseconds / 1_000_000_000))
    return overflow || carry ? .max / 4 : min(sum, .max / 4)
  }

  var milliseconds: Int64 { Int64(clamping: nanoseconds / 1_000_000) }
}
