internal import CLibPQ
internal import Glibc

/// Opens connections, each attempt on a thread of its own: resolving names blocks, and only libpq's blocking connect
/// honours `connect_timeout` for every host of a list and checks `target_session_attrs` with it.
struct Connector: Sendable {
  struct Reason: Error {
    let text: String
  }

  let configuration: PostgresConfiguration

  /// Opens a connection for a door, ready for pipelining; `done` is called on the attempt's thread.
  func connect(_ door: Door, _ done: @escaping @Sendable (Result<FreshHandle, Reason>) -> Void) {
    let limit =
      switch door {
      case .shared: configuration.sharedStatementTimeout
      case .leased: configuration.statementTimeout
      case .snapshot: configuration.snapshotStatementTimeout
      }
    let options = [
      "statement_timeout": "\(limit.milliseconds)",
      "lock_timeout": "\(configuration.lockTimeout.milliseconds)",
      "idle_in_transaction_session_timeout": "\(configuration.idleInTransactionTimeout.milliseconds)",
      // Compiling a statement takes longer than any statement of the product runs: seconds, where a plan looks expensive.
      "jit": "off",
    ]
    startThread(name: "postgres-open") { [self] in
      done(open(options: options, preparing: true))
    }
  }

  /// Opens a plain connection for LISTEN.
  func connectListener(_ done: @escaping @Sendable (Result<FreshHandle, Reason>) -> Void) {
    startThread(name: "postgres-open") { [self] in
      done(open(options: ["statement_timeout": "5000"], preparing: false))
    }
  }

  private func open(options: [String: String], preparing: Bool) -> Result<FreshHandle, Reason> {
    let opened = Connector.open(configuration.dsn, configuration, options: options)
    guard case .success(let fresh) = opened else { return opened }
    if preparing, let reason = prepare(fresh.handle) {
      PQfinish(fresh.handle)
      return .failure(reason)
    }
    guard PQsetnonblocking(fresh.handle, 1) == 0, !preparing || PQenterPipelineMode(fresh.handle) == 1 else {
      PQfinish(fresh.handle)
      return .failure(Reason(text: "pipeline mode cannot be entered"))
    }
    return opened
  }

  /// The statements around every trip.
  private func prepare(_ handle: OpaquePointer) -> Reason? {
    let settings = configuration.scopeSettings
    guard settings.allSatisfy({ $0.utf8.allSatisfy(Connector.isSettingByte) && $0.contains(".") }) else {
      return Reason(text: "scope settings must be named like app.scope")
    }
    let scope = settings.enumerated().map { "set_config('\($1)', $\($0 + 1), true)" }.joined(separator: ", ")
    let fixed = [
      ("aftersales_begin", "begin"),
      ("aftersales_snapshot", "begin isolation level repeatable read, read only"),
      ("aftersales_commit", "commit"),
      ("aftersales_rollback", "rollback"),
      ("aftersales_scope", "select \(scope)"),
    ]
    for (name, text) in fixed {
      let result = PQprepare(handle, name, text, 0, nil)
      defer { PQclear(result) }
      if PQresultStatus(result) != PGRES_COMMAND_OK {
        return Reason(text: PQerrorMessage(handle).map { String(cString: $0) } ?? "statement cannot be prepared")
      }
    }
    return nil
  }

  private static func isSettingByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"),
      UInt8(ascii: "."):
      true
    default: false
    }
  }

  /// Blocking connect. The DSN's own settings win over time-outs and names given here, not over session options.
  static func open(
    _ dsn: String, _ configuration: PostgresConfiguration, options: [String: String]
  ) -> Result<FreshHandle, Reason> {
    var message: UnsafeMutablePointer<CChar>?
    guard let parsed = PQconninfoParse(dsn, &message) else {
      PQfreemem(message)
      // libpq's message quotes the string, which may hold a password.
      return .failure(Reason(text: "malformed connection string"))
    }
    var session = ""
    var field = parsed
    while let keyword = field.pointee.keyword {
      if String(cString: keyword) == "options", let value = field.pointee.val { session = String(cString: value) + " " }
      field += 1
    }
    PQconninfoFree(parsed)
    let fixed = [
      "TimeZone": "UTC", "DateStyle": "ISO", "IntervalStyle": "iso_8601", "extra_float_digits": "1",
      "bytea_output": "hex",
    ]
    session += fixed.merging(options) { $1 }.sorted { $0.key < $1.key }.map { "-c \($0.key)=\($0.value)" }
      .joined(separator: " ")
    let seconds = max(2, configuration.connectTimeout.components.seconds)
    let settings = [
      ("connect_timeout", "\(seconds)"), ("keepalives", "1"), ("keepalives_idle", "10"), ("keepalives_interval", "3"),
      ("keepalives_count", "3"), ("tcp_user_timeout", "20000"), ("application_name", configuration.applicationName),
      ("dbname", dsn), ("client_encoding", "UTF8"), ("options", session),
    ]
    let keywords = settings.map { strdup($0.0) }
    let values = settings.map { strdup($0.1) }
    defer { for pointer in keywords + values { free(pointer) } }
    let handle = PQconnectdbParams(
      keywords.map { UnsafePointer($0) } + [nil], values.map { UnsafePointer($0) } + [nil], 1)
    guard let handle else { return .failure(Reason(text: "out of memory")) }
    guard PQstatus(handle) == CONNECTION_OK else {
      let reason = PQerrorMessage(handle).map { String(cString: $0) } ?? "unknown"
      PQfinish(handle)
      return .failure(Reason(text: reason))
    }
    _ = PQsetNoticeReceiver(handle, { _, _ in }, nil)
    return .success(FreshHandle(handle: handle))
  }
}
