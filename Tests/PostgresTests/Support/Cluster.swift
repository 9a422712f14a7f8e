import Foundation
import Glibc
import Logging
import Synchronization

@testable import Postgres

/// A throw-away PostgreSQL with trust authentication on a unix socket, in a temporary directory.
///
/// initdb refuses to run as root; then everything runs as the user `postgres`.
final class Cluster: Sendable {
  let directory: String
  private let settings: [String]
  private let bin: String
  let port: Int

  private static let lastPort = Atomic(5_432)

  init(_ settings: [String] = []) throws {
    bin = try Cluster.output("pg_config", ["--bindir"], asOwner: false)
    directory = try Cluster.output("mktemp", ["-d", "/tmp/postgres-tests.XXXXXX"], asOwner: true)
    port = Cluster.lastPort.add(1, ordering: .relaxed).newValue
    self.settings = settings
    _ = try Cluster.output(
      "\(bin)/initdb",
      ["-D", "\(directory)/data", "-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8", "-N"],
      asOwner: true)
    try start()
    Cluster.living.withLock { $0.append(self) }
    Cluster.stopAtExit
  }

  func start() throws {
    let fixed = [
      "fsync=off", "listen_addresses=", "unix_socket_directories=\(directory)", "port=\(port)", "max_connections=400",
      "deadlock_timeout=50ms", "shared_buffers=64MB", "log_min_messages=panic", "max_prepared_transactions=0",
    ]
    let options = (fixed + settings).map { "-c '\($0)'" }.joined(separator: " ")
    _ = try Cluster.output(
      "\(bin)/pg_ctl", ["-D", "\(directory)/data", "-w", "-t", "30", "-l", "\(directory)/log", "-o", options, "start"],
      asOwner: true)
  }

  func stop(_ mode: String = "immediate") throws {
    _ = try Cluster.output("\(bin)/pg_ctl", ["-D", "\(directory)/data", "-w", "-m", mode, "stop"], asOwner: true)
  }

  func dsn(_ database: String = "postgres", user: String = "postgres") -> String {
    "host=\(directory) port=\(port) dbname=\(database) user=\(user)"
  }

  // MARK: one for all tests

  private static let living = Mutex<[Cluster]>([])
  private static let stopAtExit: Void = { atexit { Cluster.stopAll() } }()

  private static func stopAll() {
    for cluster in living.withLock({ $0 }) {
      try? cluster.stop()
      _ = try? output("rm", ["-rf", cluster.directory], asOwner: true)
    }
  }

  private static let common = Result { try Cluster() }

  /// A DSN of a superuser: the given server's, or of a cluster that is started once.
  static func sharedDSN() throws -> String {
    if let given = ProcessInfo.processInfo.environment["AFTERSALES_TEST_DATABASE_URL"] { return given }
    return try common.get().dsn()
  }

  /// Runs a program to its end. Not Foundation's `Process`, which waits for daemons that the program leaves behind.
  private static func output(_ program: String, _ arguments: [String], asOwner: Bool) throws -> String {
    let prefix = asOwner && geteuid() == 0 ? ["runuser", "-u", "postgres", "--"] : []
    let words = prefix + [program] + arguments
    // Daemons keep the write end open, so only programs without children are read.
    let isRead = program == "pg_config" || program == "mktemp"
    var pipes: [Int32] = [-1, -1]
    guard pipe(&pipes) == 0 else { throw Failure(command: program, status: errno) }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    if isRead {
      posix_spawn_file_actions_adddup2(&actions, pipes[1], 1)
    } else {
      posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
    }
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
    for descriptor in pipes { posix_spawn_file_actions_addclose(&actions, descriptor) }
    var pointers = words.map { strdup($0) }
    pointers.append(nil)
    defer { for pointer in pointers { free(pointer) } }
    var process = pid_t()
    let spawned = posix_spawnp(&process, words[0], &actions, nil, pointers, environ)
    posix_spawn_file_actions_destroy(&actions)
    close(pipes[1])
    defer { close(pipes[0]) }
    guard spawned == 0 else { throw Failure(command: program, status: spawned) }
    var bytes: [UInt8] = []
    if isRead {
      var chunk = [UInt8](repeating: 0, count: 4_096)
      while true {
        let count = Glibc.read(pipes[0], &chunk, chunk.count)
        if count <= 0 { break }
        bytes += chunk[..<count]
      }
    }
    var status: Int32 = 0
    while waitpid(process, &status, 0) < 0 && errno == EINTR {}
    guard status == 0 else { throw Failure(command: program, status: status) }
    return String(decoding: bytes, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
  }

  /// The shared DSN with session options.
  static func sharedDSN(options: String) throws -> String {
    let dsn = try sharedDSN()
    guard dsn.contains("://") else { return dsn + " options='\(options)'" }
    let encoded = options.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? options
    return dsn + (dsn.contains("?") ? "&" : "?") + "options=" + encoded
  }

  struct Failure: Error {
    let command: String
    let status: Int32
  }
}

/// A change of the test client's configuration.
struct Adjustment {
  let apply: (inout PostgresConfiguration) -> Void

  init(_ apply: @escaping (inout PostgresConfiguration) -> Void) { self.apply = apply }
}

/// Serves a client while the body runs; the client has ended when this returns.
func withClient<T: Sendable>(
  _ dsn: String? = nil, _ adjustment: Adjustment = Adjustment { _ in },
  _ body: @Sendable @escaping (PostgresClient) async throws -> T
) async throws -> T {
  var configuration = PostgresConfiguration(dsn: try dsn ?? Cluster.sharedDSN())
  configuration.waitLimit = .seconds(5)
  adjustment.apply(&configuration)
  let client = PostgresClient(
    configuration: configuration, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
  return try await withThrowingTaskGroup(of: Void.self) { group in
    group.addTask { try await client.run() }
    defer { group.cancelAll() }
    return try await body(client)
  }
}

let everywhere = SessionScope("*")
