import Domain
import Foundation
import Logging
import NIOCore
import ServiceLifecycle
import Testing

@testable import API

#if canImport(Glibc)
  import Glibc
#endif

/// A blocking socket on a thread of its own, for clients that misbehave.
private struct RawClient {
  let descriptor: Int32

  static func connect(port: Int) throws -> RawClient {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    // 127.0.0.1 as `sockaddr_in` lays it out: which module defines that type depends on what else the target imports.
    var address: [UInt8] = [UInt8(AF_INET), 0, UInt8(port >> 8), UInt8(port & 0xFF), 127, 0, 0, 1]
    address += [UInt8](repeating: 0, count: 8)
    let result = address.withUnsafeBytes { bytes in
      Glibc.connect(descriptor, bytes.assumingMemoryBound(to: sockaddr.self).baseAddress, socklen_t(bytes.count))
    }
    if result != 0 {
      Glibc.close(descriptor)
      throw Refusal.notFound
    }
    var timeout = timeval(tv_sec: 8, tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
    setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
    return RawClient(descriptor: descriptor)
  }

  /// Bytes that were taken.
  @discardableResult
  func send(_ text: String) -> Int {
    let bytes = Array(text.utf8)
    var sent = 0
    while sent < bytes.count {
      let count = bytes[sent...].withUnsafeBytes {
        Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      if count <= 0 { break }
      sent += count
    }
    return sent
  }

  /// Until the server closes, or eight seconds of silence.
  func readToEnd() -> (text: String, isClosed: Bool) {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = recv(descriptor, &buffer, buffer.count, 0)
      if count > 0 {
        bytes.append(contentsOf: buffer[..<count])
      } else {
        return (String(decoding: bytes, as: UTF8.self), count == 0 || errno == ECONNRESET)
      }
    }
  }

  func close() { Glibc.close(descriptor) }
}

@Suite(.serialized, .timeLimit(.minutes(1))) struct ServerTests {
  private func withServer(
    _ limits: ConnectionLimits = ConnectionLimits(),
    edge given: Edge? = nil, _ body: @escaping @Sendable (Int, ServiceGroup, Readiness) async throws -> Void
  ) async throws {
    let edge = try given ?? Edge()
    let readiness = Readiness()
    let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    let server = APIServer(
      edge.dispatcher, address: .init(host: "127.0.0.1", port: 0), limits: limits, readiness: readiness,
      drain: .milliseconds(50),
      logger: logger)
    var configuration = ServiceGroupConfiguration(services: [.init(service: server)], logger: logger)
    configuration.maximumGracefulShutdownDuration = .seconds(8)
    configuration.maximumCancellationDuration = .seconds(2)
    let group = ServiceGroup(configuration: configuration)
    try await withThrowingTaskGroup(of: Void.self) { tasks in
      tasks.addTask { try await group.run() }
      while readiness.port == nil { await Task.yield() }
      try await body(try #require(readiness.port), group, readiness)
      await group.triggerGracefulShutdown()
      try await tasks.waitForAll()
    }
  }

  private func onThread<Result: Sendable>(_ work: @escaping @Sendable () throws -> Result) async throws -> Result {
    try await withCheckedThrowingContinuation { continuation in
      Thread { continuation.resume(with: Swift.Result { try work() }) }.start()
    }
  }

  @Test("requests follow each other on one connection; HEAD has no body")
  func keepAlive() async throws {
    try await withServer { port, _, _ in
      let text = try await onThread {
        let client = try RawClient.connect(port: port)
        defer { client.close() }
        client.send(
          "GET /livez HTTP/1.1\r\nhost: a\r\n\r\nHEAD /v1/things/t1 HTTP/1.1\r\nhost: a\r\nauthorization: Bearer reader\r\n\r\n"
        )
        client.send("GET /v1/nope HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n")
        return client.readToEnd().text
      }
      #expect(text.components(separatedBy: "HTTP/1.1 200 OK").count == 3)
      #expect(
        text.components(separatedBy: "\r\ndate: ").count == 4 || text.components(separatedBy: "\r\nDate: ").count == 4)
      #expect(text.contains("HTTP/1.1 404 Not Found") && !text.lowercased().contains("\r\nserver:"))
      #expect(!text.contains("\"name\":\"thing\""))
    }
  }

  private static let upload =
    "POST /v1/files HTTP/1.1\r\nhost: a\r\nauthorization: Bearer writer\r\ncontent-type: image/png\r\n"
    + "idempotency-key: 0123456789abcdef\r\n"

  @Test("a body streams in piece by piece; too much of it is 413 and ends the connection, announced or not")
  func streamed() async throws {
    let edge = try Edge()
    try await withServer(edge: edge) { port, _, _ in
      let piece = String(repeating: "x", count: 50_000)
      let whole = try await onThread {
        let client = try RawClient.connect(port: port)
        defer { client.close() }
        client.send(Self.upload + "expect: 100-continue\r\ncontent-length: 1000000\r\nconnection: close\r\n\r\n")
        for _ in 0..<20 { client.send(piece) }
        return client.readToEnd()
      }
      #expect(whole.text.hasPrefix("HTTP/1.1 100 Continue\r\n") || whole.text.contains("HTTP/1.1 200"))
      #expect(whole.text.contains(#"{"type":"image/png"}"#) && edge.uploads.bytes == 1_000_000)
      #expect(edge.uploads.largest <= 256 * 1024)

      let announced = try await onThread {
        let client = try RawClient.connect(port: port)
        defer { client.close() }
        client.send(Self.upload + "content-length: 1000001\r\n\r\n")
        return client.readToEnd()
      }
      #expect(announced.text.hasPrefix("HTTP/1.1 413 ") && announced.isClosed && edge.uploads.begun == 1)
      #expect(announced.text.lowercased().contains("connection: close"))

      let silent = try await onThread {
        let client = try RawClient.connect(port: port)
        defer { client.close() }
        client.send(Self.upload + "transfer-encoding: chunked\r\n\r\n")
        for _ in 0..<24 { client.send("c350\r\n\(piece)\r\n") }
        return client.readToEnd()
      }
      #expect(silent.text.hasPrefix("HTTP/1.1 413 ") && silent.isClosed, "\(silent.text.prefix(200))")
      #expect(silent.text.lowercased().contains("connection: close"))
    }
  }

  @Test("a client that goes away within its body ends the upload")
  func brokenOff() async throws {
    let edge = try Edge()
    try await withServer(edge: edge) { port, _, _ in
      try await onThread {
        let client = try RawClient.connect(port: port)
        client.send(Self.upload + "content-length: 900000\r\n\r\n" + String(repeating: "x", count: 100_000))
        client.close()
      }
      while edge.uploads.failures.isEmpty { await Task.yield() }
      #expect(edge.uploads.failures == ["400"])
      while edge.dispatcher.overload.streams > 0 { await Task.yield() }
    }
  }

  @Test("a slow header and a dripped body are cut off in time (R16)")
  func slow() async throws {
    var limits = ConnectionLimits()
    limits.header = .milliseconds(300)
    limits.body = .milliseconds(300)
    try await withServer(limits) { port, _, _ in
      for start in [
        "GET /li",
        "POST /v1/things HTTP/1.1\r\nhost: a\r\nauthorization: Bearer writer\r\ncontent-type: application/json\r\ncontent-length: 50\r\n\r\n{",
      ] {
        let (text, isClosed) = try await onThread {
          let client = try RawClient.connect(port: port)
          defer { client.close() }
          client.send(start)
          return client.readToEnd()
        }
        #expect(isClosed && text.hasPrefix("HTTP/1.1 408 "))
      }
    }
  }

  @Test("413 comes at once and the connection closes without reading on (R17)")
  func tooLarge() async throws {
    try await withServer { port, _, _ in
      let (sent, text) = try await onThread {
        let client = try RawClient.connect(port: port)
        defer { client.close() }
        client.send(
          "POST /v1/things HTTP/1.1\r\nhost: a\r\nauthorization: Bearer writer\r\ncontent-type: application/json\r\ncontent-length: 500000000\r\n\r\n"
        )
        let chunk = String(repeating: " ", count: 65_536)
        var sent = 0
        while sent < 500_000_000 {
          let count = client.send(chunk)
          sent += count
          if count < chunk.utf8.count { break }
        }
        return (sent, client.readToEnd().text)
      }
      // Kernel buffers on both sides take some more than the server reads.
      #expect(sent < 32_000_000)
      #expect(text.isEmpty || text.hasPrefix("HTTP/1.1 413 "))
    }
  }

  @Test("a chunked body beyond the limit is 413 as well")
  func tooLargeChunked() async throws {
    try await withServer { port, _, _ in
      let text = try await onThread {
        let client = try RawClient.connect(port: port)
        defer { client.close() }
        client.send(
          "POST /v1/things HTTP/1.1\r\nhost: a\r\nauthorization: Bearer writer\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n"
        )
        client.send("120000\r\n" + String(repeating: " ", count: 0x12_0000) + "\r\n")
        return client.readToEnd().text
      }
      #expect(text.hasPrefix("HTTP/1.1 413 "))
    }
  }

  @Test("half a body does not hold up the shutdown (R13)")
  func shutdown() async throws {
    let started = ContinuousClock.now
    try await withServer { port, group, readiness in
      let client = try RawClient.connect(port: port)
      client.send(
        "POST /v1/things HTTP/1.1\r\nhost: a\r\nauthorization: Bearer writer\r\ncontent-type: application/json\r\ncontent-length: 50\r\n\r\n{"
      )
      let idle = try RawClient.connect(port: port)
      idle.send("GET /livez HTTP/1.1\r\nhost: a\r\n\r\n")
      await group.triggerGracefulShutdown()
      let text = try await onThread { client.readToEnd().text }
      #expect(text.hasPrefix("HTTP/1.1 408 "))
      #expect(readiness.phase == .draining)
      client.close()
      idle.close()
    }
    #expect(ContinuousClock.now - started < .seconds(10))
  }

  @Test("connections beyond the cap are closed and the others served")
  func cap() async throws {
    var limits = ConnectionLimits()
    limits.connectionsPerAddress = 2
    try await withServer(limits) { port, _, _ in
      let texts = try await onThread {
        let clients = try (0..<3).map { _ in try RawClient.connect(port: port) }
        defer { clients.forEach { $0.close() } }
        return clients.map { client in
          client.send("GET /livez HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n")
          return client.readToEnd().text
        }
      }
      #expect(texts.filter { $0.hasPrefix("HTTP/1.1 200 OK") }.count >= 2)
    }
  }
}
