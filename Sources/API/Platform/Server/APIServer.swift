import Domain
import HTTPTypes
import Hummingbird
import HummingbirdCore
package import Logging
import NIOCore
import ServiceLifecycle
import Synchronization

/// Listens and serves until it is shut down (quality.md R13).
///
/// On graceful shutdown it stops being ready, serves on for `drain`, then refuses new connections and waits for
/// requests in progress. The executable's `ServiceGroup` bounds that with `maximumGracefulShutdownDuration` (8 s) and
/// `maximumCancellationDuration` (2 s); cancelled, the server ends whatever clients do.
package struct APIServer: Service {
  package struct Address: Sendable {
    package var host: String
    /// 0: any free port, see `Readiness.port`.
    package var port: Int

    package init(host: String, port: Int) {
      self.host = host
      self.port = port
    }
  }

  /// Bytes of an answer from which the next one waits for a client who reads.
  private static let largeAnswer = 16 * 1024

  private let dispatcher: Dispatcher
  private let address: Address
  private let limits: ConnectionLimits
  private let drain: Duration
  private let logger: Logger
  package let readiness: Readiness
  package let census = ConnectionCensus()

  package init(
    _ dispatcher: Dispatcher, address: Address, limits: ConnectionLimits = ConnectionLimits(),
    readiness: Readiness = Readiness(), drain: Duration = .seconds(1), logger: Logger
  ) {
    self.dispatcher = dispatcher
    self.address = address
    self.limits = limits
    self.readiness = readiness
    self.drain = drain
    self.logger = logger
  }

  package func run() async throws {
    let builder = HTTPServerBuilder { [limits, census, executor = dispatcher.executor] responder in
      GuardedChannel(responder: responder, limits: limits, census: census, executor: executor)
    }
    let dates = DateHeader()
    let server = try builder.buildServer(
      configuration: ServerConfiguration(
        address: .hostname(address.host, port: address.port), serverName: nil, backlog: 1024),
      eventLoopGroup: EventLoopGroupProvider.singleton.eventLoopGroup,
      logger: logger,
      responder: { [dispatcher] request, writer, channel in
        let head = request.head
        let incoming = IncomingRequest(
          head: head, peer: channel.remoteAddress?.ipAddress ?? "",
          collect: { try await Self.collect(request, $0) },
          read: { maximum, allowance, take in
            try? await channel.triggerUserOutboundEvent(allowance).get()
            try await Self.read(request, maximum, take)
          })
        let answer = await dispatcher.respond(to: incoming)
        try await Self.write(answer, to: writer, isHead: head.method == .head, date: dates.text)
        // The writer runs ahead of the event loop. One turn of the loop, and it knows whether the client reads: else all that
        // he has asked for at once would be answered into memory (quality R16).
        if answer.body.count > Self.largeAnswer { try await channel.eventLoop.submit {}.get() }
      },
      onServerRunning: { [readiness] channel in readiness.serve(port: channel.localAddress?.port) })

    // The server must not see the shutdown before the drain is over, so it lives in a group of its own, outside this
    // task tree.
    let group = ServiceGroup(configuration: .init(services: [.init(service: server)], logger: logger))
    let serving = Task.detached { [dispatcher] in
      try await withThrowingTaskGroup(of: Void.self) { tasks in
        tasks.addTask { try await group.run() }
        // Where requests are worked on is where they wait.
        tasks.addTask(executorPreference: dispatcher.executor) { try await dispatcher.overload.measure() }
        try await tasks.next()
        tasks.cancelAll()
      }
    }
    try await withTaskCancellationHandler {
      try await withGracefulShutdownHandler {
        try await serving.value
      } onGracefulShutdown: { [readiness, drain] in
        readiness.drain()
        Task.detached {
          try? await Task.sleep(for: drain)
          await group.triggerGracefulShutdown()
        }
      }
    } onCancel: {
      serving.cancel()
    }
  }

  /// The whole body. A connection that ends within it is an error, never a shorter body.
  private static func collect(_ request: Request, _ maximum: Int) async throws -> [UInt8] {
    let announced = request.headers[.contentLength].flatMap { Int($0) }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(min(announced ?? 0, maximum))
    do {
      for try await buffer in request.body {
        guard bytes.count + buffer.readableBytes <= maximum else { throw IncomingRequest.BodyFailure.tooLarge }
        bytes.append(contentsOf: buffer.readableBytesView)
      }
    } catch let failure as IncomingRequest.BodyFailure {
      throw failure
    } catch {
      throw Problem(.malformedRequest, "The body ended too early.")
    }
    if let announced, announced != bytes.count { throw Problem(.malformedRequest, "The body ended too early.") }
    return bytes
  }

  /// Piece by piece; no more is taken from the socket than `take` keeps up with.
  private static func read(_ request: Request, _ maximum: Int, _ take: ([UInt8]) async throws -> Void) async throws {
    let announced = request.headers[.contentLength].flatMap { Int($0) }
    var count = 0
    var body = request.body.makeAsyncIterator()
    while true {
      let buffer: ByteBuffer?
      do { buffer = try await body.next() } catch {
        throw Problem(.malformedRequest, "The body ended too early.")
      }
      guard let buffer else { break }
      count += buffer.readableBytes
      guard count <= maximum else { throw IncomingRequest.BodyFailure.tooLarge }
      try await take(Array(buffer: buffer))
    }
    if let announced, announced != count { throw Problem(.malformedRequest, "The body ended too early.") }
  }

  /// Bytes of a long answer that are handed over at once.
  private static let piece = 65_536

  private static func write(
    _ answer: Answer, to writer: consuming ResponseWriter, isHead: Bool, date: String
  ) async throws {
    var fields = HTTPFields()
    fields.reserveCapacity(answer.headers.count + 2)
    for header in answer.headers {
      if let name = FieldNames.name(header.name) { fields.append(HTTPField(name: name, value: header.value)) }
    }
    fields.append(HTTPField(name: .date, value: date))
    let hasBody = answer.status != 204 && answer.status != 304
    if hasBody {
      fields.append(HTTPField(name: .contentLength, value: "\(answer.stream?.length ?? answer.body.count)"))
    }
    let head = HTTPResponse(status: .init(code: answer.status), headerFields: fields)
    if hasBody, !isHead, let stream = answer.stream {
      try await writer.write(
        response: head,
        body: ResponseBody(contentLength: stream.length) { body in
          // What waits for a disk and for a client's line has no business on the database's thread.
          try await withTaskExecutorPreference(globalConcurrentExecutor) {
            try await stream.read { try await body.write(ByteBuffer(bytes: $0)) }
          }
          try await body.finish(nil)
        })
    } else if hasBody, !isHead, answer.body.count > piece {
      // As fast as the client takes it: of a long answer to one that does not read, a piece waits in memory and no copy of the whole.
      let bytes = answer.body
      try await writer.write(
        response: head,
        body: ResponseBody(contentLength: bytes.count) { body in
          for start in stride(from: 0, to: bytes.count, by: piece) {
            try await body.write(ByteBuffer(bytes: bytes[start..<min(start + piece, bytes.count)]))
          }
          try await body.finish(nil)
        })
    } else if hasBody, !isHead {
      try await writer.write(response: head, body: ResponseBody(byteBuffer: ByteBuffer(bytes: answer.body)))
    } else {
      try await writer.writeResponse(head)
    }
  }
}

/// Field names that were checked once; answers use few.
private enum FieldNames {
  private static let known: [String: HTTPField.Name] = {
    let names = [
      "accept", "accept-patch", "accept-ranges", "allow", "cache-control", "content-disposition", "content-range",
      "content-security-policy", "content-type", "etag",
      "idempotency-replayed", "link", "location", "ratelimit", "ratelimit-policy", "referrer-policy", "retry-after",
      "strict-transport-security", "vary", "www-authenticate", "x-content-type-options", "x-frame-options",
      "x-request-id",
    ]
    return Dictionary(uniqueKeysWithValues: names.compactMap { name in HTTPField.Name(name).map { (name, $0) } })
  }()

  static func name(_ text: String) -> HTTPField.Name? { known[text] ?? HTTPField.Name(text) }
}

/// `Date` as IMF-fixdate (RFC 9110 §5.6.7), made once a second.
private final class DateHeader: Sendable {
  private let cached = Mutex<(second: Int64, text: String)>((Int64.min, ""))

  var text: String {
    let second = SystemClock.now().milliseconds.flooredDivision(by: 1000)
    return cached.withLock { cached in
      if cached.second != second { cached = (second, HTTPDate.text(second: second)) }
      return cached.text
    }
  }
}
