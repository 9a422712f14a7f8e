import AsyncHTTPClient
package import Domain
import FoundationEssentials
import NIOCore
import NIOHTTP1
import NIOPosix

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Carries one request to a receiver that nobody vouches for (C-30, quality S9): the name is resolved here, every address that it has is
/// judged, and the connection goes to a judged address whatever the name means a moment later. No redirect is followed, nothing
/// takes longer than the limit, and no more of an answer is read than is looked at.
package struct WebhookTransport: Sendable {
  package typealias Resolver = @Sendable (_ host: String) async throws -> [InternetAddress]

  /// How a request ended.
  package struct Result: Sendable {
    package let outcome: WebhookOutcome
    /// The beginning of the answer.
    package let answer: String
  }

  /// Bytes of an answer that are read, and that are kept.
  static let readLimit = 64 * 1024
  static let keptLimit = 1024

  private let egress: WebhookEgress
  private let limit: Duration
  private let resolver: Resolver

  /// - Parameter limit: from the first packet to the last byte of the answer.
  package init(
    _ egress: WebhookEgress, limit: Duration = .seconds(15), resolver: @escaping Resolver = Self.resolve
  ) {
    self.egress = egress
    self.limit = limit
    self.resolver = resolver
  }

  /// - Throws: `CancellationError` only.
  package func post(
    _ body: [UInt8], to text: String, headers: [(name: String, value: String)]
  ) async throws -> Result {
    // What was allowed when it was written down may not be any more.
    guard let url = try? WebhookURL(text, egress) else { return Self.failure(.addressNotAllowed) }
    let address: InternetAddress
    if let literal = url.address {
      address = literal
    } else {
      let found: [InternetAddress]
      do { found = try await resolver(url.host) } catch is CancellationError {
        throw CancellationError()
      } catch { return Self.failure(.unresolvable) }
      guard let first = found.first else { return Self.failure(.unresolvable) }
      guard found.allSatisfy({ egress.allows($0, url.scheme) }) else { return Self.failure(.addressNotAllowed) }
      address = first
    }
    guard egress.allows(address, url.scheme) else { return Self.failure(.addressNotAllowed) }
    return try await post(body, to: url, at: address, headers)
  }

  private func post(
    _ body: [UInt8], to url: WebhookURL, at address: InternetAddress, _ headers: [(name: String, value: String)]
  ) async throws -> Result {
    var configuration = HTTPClient.Configuration()
    configuration.redirectConfiguration = .disallow
    configuration.httpVersion = .http1Only
    configuration.decompression = .disabled
    let limit = TimeAmount.milliseconds(
      limit.components.seconds * 1000 + limit.components.attoseconds / 1_000_000_000_000_000)
    configuration.timeout = .init(connect: min(limit, .seconds(5)), read: limit)
    if url.address == nil { configuration.dnsOverride = [url.host: address.description] }
    configuration.connectionPool.retryConnectionEstablishment = false
    let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    let result: Swift.Result<Result, any Error>
    do {
      var request = HTTPClientRequest(url: url.request)
      request.method = .POST
      request.headers = HTTPHeaders(headers.map { ($0.name, $0.value) })
      request.body = .bytes(ByteBuffer(bytes: body))
      // The deadline holds for the answer's body as well.
      let response = try await client.execute(request, deadline: .now() + limit)
      result = .success(try await Self.read(response))
    } catch {
      result = .failure(error)
    }
    // Whatever is left of the answer is not waited for.
    try? await client.shutdown()
    switch result {
    case .success(let result): return result
    case .failure(let error):
      if Task.isCancelled || error is CancellationError { throw CancellationError() }
      return Self.failure(Self.fault(error))
    }
  }

  private static func read(_ response: HTTPClientResponse) async throws -> Result {
    var (kept, count) = ([UInt8](), 0)
    for try await part in response.body {
      kept += part.readableBytesView.prefix(keptLimit - kept.count)
      count += part.readableBytes
      if count >= readLimit { break }
    }
    return Result(
      outcome: .answered(
        status: Int(response.status.code),
        retryAfter: response.headers.first(name: "retry-after").flatMap { seconds(of: $0) }),
      answer: text(kept))
  }

  /// Seconds, or the seconds until a date of RFC 9110.
  static func seconds(of field: String, now: Int64 = Int64(Date().timeIntervalSince1970)) -> Int64? {
    let text = field.trimmingPrefix { $0 == " " }
    if let seconds = Int64(text) { return max(0, seconds) }
    // `Sun, 06 Nov 1994 08:49:37 GMT`
    let words = text.split(separator: " ")
    let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    guard words.count == 6, words[5] == "GMT", let month = months.firstIndex(of: String(words[2])) else { return nil }
    let number = month + 1
    guard let date = Timestamp("\(words[3])-\(number < 10 ? "0" : "")\(number)-\(words[1])T\(words[4])Z") else {
      return nil
    }
    return max(0, date.milliseconds / 1000 - now)
  }

  /// Readable as it stands, whatever was sent.
  private static func text(_ bytes: [UInt8]) -> String {
    String(
      String(decoding: bytes, as: UTF8.self).unicodeScalars.map { scalar in
        scalar.value < 0x20 && scalar != "\n" && scalar != "\t" || scalar.value == 0x7F ? " " : Character(scalar)
      })
  }

  private static func failure(_ fault: WebhookOutcome.Fault) -> Result { Result(outcome: .failed(fault), answer: "") }

  private static func fault(_ error: any Error) -> WebhookOutcome.Fault {
    if let error = error as? HTTPClientError {
      switch error {
      case .deadlineExceeded, .readTimeout, .writeTimeout, .connectTimeout, .getConnectionFromPoolTimeout:
        return .timeout
      case .tlsHandshakeTimeout: return .tls
      case .remoteConnectionClosed: return .brokenAnswer
      default: return .brokenAnswer
      }
    }
    if error is HTTPParserError { return .brokenAnswer }
    if error is IOError || error is ChannelError || error is NIOConnectionError { return .unreachable }
    let name = "\(type(of: error))"
    return name.contains("SSL") || name.contains("TLS") ? .tls : .unreachable
  }

  // MARK: Names

  /// As many as deliveries go out at once: a name that nobody answers for holds its thread for many seconds, and no other delivery,
  /// nor anything else of the process, waits for that.
  private static let lookups: NIOThreadPool = {
    let pool = NIOThreadPool(numberOfThreads: WebhookSender.Limits().concurrent)
    pool.start()
    return pool
  }()

  /// What the machine's resolver says.
  @Sendable package static func resolve(_ host: String) async throws -> [InternetAddress] {
    try await lookups.runIfActive { try look(up: host) }
  }

  private struct Unknown: Error {}

  private static func look(up host: String) throws -> [InternetAddress] {
    var hints = addrinfo()
    hints.ai_family = AF_UNSPEC
    #if canImport(Glibc)
      hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    #else
      hints.ai_socktype = Int32(SOCK_STREAM)
    #endif
    var first: UnsafeMutablePointer<addrinfo>?
    guard getaddrinfo(host, nil, &hints, &first) == 0 else { throw Unknown() }
    defer { freeaddrinfo(first) }
    var found: [InternetAddress] = []
    var next = first
    while let entry = next?.pointee {
      if let raw = UnsafeRawPointer(entry.ai_addr) {
        switch entry.ai_family {
        case AF_INET:
          let address = raw.loadUnaligned(as: sockaddr_in.self)
          if let address = InternetAddress(bytes: withUnsafeBytes(of: address.sin_addr) { Array($0) }) {
            found.append(address)
          }
        case AF_INET6:
          let address = raw.loadUnaligned(as: sockaddr_in6.self)
          if let address = InternetAddress(bytes: withUnsafeBytes(of: address.sin6_addr) { Array($0) }) {
            found.append(address)
          }
        default: break
        }
      }
      next = entry.ai_next
    }
    return found
  }
}
