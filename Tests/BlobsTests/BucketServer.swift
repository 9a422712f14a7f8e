import Crypto
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import Synchronization
import TestSupport

/// An object store on loopback that keeps bytes in memory and checks every signature by the rules of AWS Signature
/// Version 4, worked out here once more from what came over the wire.
final class BucketServer: Sendable {
  struct Seen: Sendable {
    let method: String
    let path: String
    let range: String?
  }

  private struct State {
    var objects: [String: [UInt8]] = [:]
    var seen: [Seen] = []
    var status: Int?
  }

  let key: String
  let secret: String
  private let state = Mutex(State())

  init(key: String, secret: String) {
    self.key = key
    self.secret = secret
  }

  var objects: [String: [UInt8]] { state.withLock { $0.objects } }
  var seen: [Seen] { state.withLock { $0.seen } }

  /// Answers everything with a status from now on; `nil`: works again.
  func answer(_ status: Int?) { state.withLock { $0.status = status } }

  func replace(_ path: String, with bytes: [UInt8]) { state.withLock { $0.objects[path] = bytes } }

  /// Listens on a free port while `body` runs.
  func run(_ body: @escaping @Sendable (_ port: Int) async throws -> Void) async throws {
    try await LoopbackServer.run(answering: respond, body)
  }

  private func respond(to request: Request) async throws -> Response {
    let method = request.method.rawValue
    let path = request.uri.path
    let range = request.headers[.range]
    state.withLock { $0.seen.append(Seen(method: method, path: path, range: range)) }
    if let status = state.withLock({ $0.status }) { return Response(status: .init(code: status)) }
    var body: [UInt8] = []
    for try await buffer in request.body { body += Array(buffer: buffer) }
    guard isSigned(request, path, body) else { return Response(status: .forbidden) }
    switch method {
    case "PUT":
      state.withLock { $0.objects[path] = body }
      return Response(status: .ok)
    case "DELETE":
      state.withLock { $0.objects[path] = nil }
      return Response(status: .noContent)
    default:
      guard let bytes = objects[path] else { return Response(status: .notFound) }
      if method == "HEAD" {
        return Response(status: .ok, headers: [.contentLength: "\(bytes.count)"])
      }
      guard let range, let ends = range.wholeMatch(of: #/bytes=(\d+)-(\d+)/#), let first = Int(ends.1),
        let last = Int(ends.2)
      else { return Response(status: .ok, body: .init(byteBuffer: ByteBuffer(bytes: bytes))) }
      let part = bytes[min(first, bytes.count)..<min(last + 1, bytes.count)]
      return Response(status: .partialContent, body: .init(byteBuffer: ByteBuffer(bytes: part)))
    }
  }

  private func isSigned(_ request: Request, _ path: String, _ body: [UInt8]) -> Bool {
    guard let field = request.headers[.authorization],
      let parts = field.wholeMatch(
        of:
          #/AWS4-HMAC-SHA256 Credential=([^/]+)/(\d{8})/([^/]+)/([^/]+)/aws4_request, SignedHeaders=([^,]+), Signature=([0-9a-f]{64})/#
      ), String(parts.1) == key
    else { return false }
    var lines = ""
    for name in parts.5.split(separator: ";").map(String.init) {
      let value =
        name == "host" ? request.head.authority : HTTPField.Name(name).flatMap { request.headers[$0] }
      guard let value else { return false }
      lines += "\(name):\(value)\n"
    }
    guard parts.5.split(separator: ";").contains("host"), let time = header("x-amz-date", request),
      let contentHash = header("x-amz-content-sha256", request), contentHash == hexadecimal(SHA256.hash(data: body)),
      time.hasPrefix(parts.2), abs(Date().timeIntervalSince(date(time))) < 900
    else { return false }
    let canonical = [request.method.rawValue, path, "", lines, String(parts.5), contentHash].joined(separator: "\n")
    let text = [
      "AWS4-HMAC-SHA256", time, "\(parts.2)/\(parts.3)/\(parts.4)/aws4_request",
      hexadecimal(SHA256.hash(data: Data(canonical.utf8))),
    ].joined(separator: "\n")
    var derived = SymmetricKey(data: Data("AWS4\(secret)".utf8))
    for step in [String(parts.2), String(parts.3), String(parts.4), "aws4_request"] {
      derived = SymmetricKey(data: Data(HMAC<SHA256>.authenticationCode(for: Data(step.utf8), using: derived)))
    }
    return hexadecimal(HMAC<SHA256>.authenticationCode(for: Data(text.utf8), using: derived)) == String(parts.6)
  }

  private func header(_ name: String, _ request: Request) -> String? {
    HTTPField.Name(name).flatMap { request.headers[$0] }
  }

  private func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
    bytes.map { String(format: "%02x", $0) }.joined()
  }

  private func date(_ text: String) -> Date {
    let format = DateFormatter()
    format.locale = Locale(identifier: "en_US_POSIX")
    format.timeZone = TimeZone(identifier: "UTC")
    format.dateFormat = "yyyyMMdd'T'HHmmss'Z'"
    return format.date(from: text) ?? .distantPast
  }
}
