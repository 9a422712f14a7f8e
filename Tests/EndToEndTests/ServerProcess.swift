import AsyncHTTPClient
import Domain
import Foundation
import NIOCore
import NIOHTTP1
import TestSupport

/// `aftersales serve` as an operator starts it: a process of its own, on any free loopback port, ended by SIGTERM.
final class ServerProcess: Sendable {
  struct Failed: Error, CustomStringConvertible {
    let description: String
  }

  let port: Int
  /// Of the address that `/metrics` has for itself.
  let metricsPort: Int
  /// Where its files lie.
  let attachments: String
  private let process: Process
  private let ended: Task<Int32, Never>

  private init(_ process: Process, port: Int, metricsPort: Int, attachments: String, ended: Task<Int32, Never>) {
    self.attachments = attachments
    self.process = process
    self.port = port
    self.metricsPort = metricsPort
    self.ended = ended
  }

  /// Beside the test bundle, where the build puts it.
  private static var executable: URL {
    var folder = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
    for _ in 0..<4 {
      let candidate = folder.appending(path: "aftersales")
      var isFolder: ObjCBool = false
      if FileManager.default.fileExists(atPath: candidate.path(), isDirectory: &isFolder), !isFolder.boolValue {
        return candidate
      }
      folder = folder.deletingLastPathComponent()
    }
    return folder
  }

  /// What the process does.
  enum Duty {
    case serve, work

    fileprivate var arguments: [String] {
      switch self {
      case .serve: ["serve", "--no-workers"]
      case .work: ["work"]
      }
    }
  }

  /// Started and listening.
  static func start(
    _ database: TestDatabase, _ duty: Duty = .serve, requestsPerMinute: Int = 1_000_000
  ) async throws -> ServerProcess {
    let process = Process()
    process.executableURL = executable
    process.arguments = duty.arguments + ["--port", "0", "--allow-unsafe-settings"]
    let attachments = FileManager.default.temporaryDirectory.appending(path: "attachments-\(UUID().uuidString)").path()
    process.environment = [
      "AFTERSALES_ATTACHMENTS_FOLDER": attachments, "AFTERSALES_ATTACHMENTS_RESERVED_BYTES": "0",
      "PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin",
      "AFTERSALES_ENVIRONMENT": "development", "AFTERSALES_DATABASE_URL": database.url,
      "AFTERSALES_SECRET_KEY": String(repeating: "0123456789abcdef", count: 4),
      "AFTERSALES_MIGRATIONS": TestCluster.root + "/db/migrations",
      "AFTERSALES_OPENAPI": TestCluster.root + "/openapi.yaml", "AFTERSALES_LOG_LEVEL": "notice",
      "AFTERSALES_LIMITS_REQUESTS_PER_MINUTE": "\(requestsPerMinute)",
    ]
    process.currentDirectoryURL = URL(filePath: NSTemporaryDirectory())
    let errors = Pipe()
    process.standardError = errors
    process.standardOutput = FileHandle.nullDevice
    let (output, feed) = AsyncStream.makeStream(of: String.self)
    errors.fileHandleForReading.readabilityHandler = { handle in
      let data = handle.availableData
      if data.isEmpty {
        handle.readabilityHandler = nil
        feed.finish()
      } else {
        feed.yield(String(decoding: data, as: UTF8.self))
      }
    }
    let (statuses, report) = AsyncStream.makeStream(of: Int32.self)
    process.terminationHandler = { process in
      report.yield(process.terminationReason == .exit ? process.terminationStatus : -1)
      report.finish()
    }
    let ended = Task {
      for await status in statuses { return status }
      return Int32(-1)
    }
    try process.run()
    var log = ""
    for await part in output {
      log += part
      if let match = log.firstMatch(of: #/"message":"listening"[^\n]*/#),
        let port = match.output.firstMatch(of: #/"port":"?(\d+)/#).flatMap({ Int($0.output.1) }),
        let metrics = match.output.firstMatch(of: #/"metricsPort":"?(\d+)/#).flatMap({ Int($0.output.1) })
      {
        return ServerProcess(
          process, port: port, metricsPort: metrics, attachments: attachments, ended: ended)
      }
      if let match = log.firstMatch(of: #/[^\n]*"listening"[^\n]*\n/#),
        let port = match.output.firstMatch(of: #/"port":"?(\d+)/#).flatMap({ Int($0.output.1) }),
        let metrics = match.output.firstMatch(of: #/"metricsPort":"?(\d+)/#).flatMap({ Int($0.output.1) })
      {
        return ServerProcess(
          process, port: port, metricsPort: metrics, attachments: attachments, ended: ended)
      }
    }
    throw Failed(description: "the server did not start: \(log)")
  }

  func terminate() { process.terminate() }

  /// The exit status; then its files are gone.
  func wait() async -> Int32 {
    let status = await ended.value
    try? FileManager.default.removeItem(atPath: attachments)
    return status
  }

  /// The most memory that the process ever held, in KiB (`VmHWM`).
  func peakMemory() throws -> Int {
    let status = try String(contentsOfFile: "/proc/\(process.processIdentifier)/status", encoding: .utf8)
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
    return line.flatMap { Int($0.filter(\.isNumber)) } ?? 0
  }

  /// Runs `body` against one server over a fresh database, or against several that share it.
  static func with(
    _ count: Int = 1, _ duty: Duty = .serve,
    _ body: @Sendable (TestDatabase, [ServerProcess]) async throws -> Void
  ) async throws {
    try await TestDatabase.with { database in
      var servers: [ServerProcess] = []
      do {
        for _ in 0..<count { servers.append(try await start(database, duty)) }
        try await body(database, servers)
      } catch {
        servers.forEach { $0.terminate() }
        for server in servers { _ = await server.wait() }
        throw error
      }
      servers.forEach { $0.terminate() }
      for server in servers { _ = await server.wait() }
    }
  }
}

/// A client over real connections.
struct SocketClient: Sendable {
  let http: HTTPClient

  static func with<Output: Sendable>(_ body: @Sendable (SocketClient) async throws -> Output) async throws -> Output {
    var configuration = HTTPClient.Configuration()
    configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 64
    configuration.connectionPool.retryConnectionEstablishment = false
    configuration.timeout.connect = .seconds(5)
    let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    let result: Result<Output, any Error>
    do { result = .success(try await body(SocketClient(http: client))) } catch { result = .failure(error) }
    try await client.shutdown()
    return try result.get()
  }

  /// One request and its whole answer.
  ///
  /// - Parameter port: `nil`: the API's.
  func send(
    _ method: String, _ server: ServerProcess, _ path: String, _ token: String? = nil,
    _ headers: [String: String] = [:], body: String? = nil, key: String? = nil, port: Int? = nil
  ) async throws -> TestAnswer {
    var request = HTTPClientRequest(url: "http://127.0.0.1:\(port ?? server.port)\(path)")
    request.method = .init(rawValue: method)
    if let token { request.headers.add(name: "authorization", value: "Bearer \(token)") }
    if let body {
      let type = method == "PATCH" ? "application/merge-patch+json" : "application/json"
      request.headers.add(name: "content-type", value: headers["content-type"] ?? type)
      request.body = .bytes(ByteBuffer(string: body))
    }
    if method == "POST" {
      request.headers.add(name: "idempotency-key", value: "\"\(key ?? UUID().uuidString)\"")
    }
    for (name, value) in headers where name != "content-type" { request.headers.add(name: name, value: value) }
    let response = try await http.execute(request, timeout: .seconds(30))
    let bytes = try await response.body.collect(upTo: 1 << 24)
    return TestAnswer(
      whole:
        Answer(
          status: Int(response.status.code),
          headers: response.headers.map { Answer.Header($0.name.lowercased(), $0.value) },
          body: Array(buffer: bytes)))
  }
}
