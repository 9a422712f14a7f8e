import HTTPTypes
import Hummingbird
import NIOCore
import Synchronization
import TestSupport

/// A receiver of webhooks on loopback that does as it is told.
final class HookReceiver: Sendable {
  struct Seen: Sendable {
    let id: String
    let timestamp: String
    let signature: String
    let body: String
  }

  enum Conduct: Sendable {
    case answer(Int, headers: [String: String] = [:], body: String = "")
    /// Says nothing until it is over.
    case hang
  }

  private struct State {
    var conduct = Conduct.answer(204)
    var seen: [Seen] = []
    var underWay = 0
    var most = 0
  }

  private let state = Mutex(State())

  var seen: [Seen] { state.withLock { $0.seen } }
  var ids: [String] { seen.map(\.id) }
  /// Requests that were under way at one time, at most.
  var most: Int { state.withLock { $0.most } }

  func act(_ conduct: Conduct) { state.withLock { $0.conduct = conduct } }

  /// Listens on a free port while `body` runs.
  func run(_ body: @escaping @Sendable (_ url: String) async throws -> Void) async throws {
    try await LoopbackServer.run(answering: respond) { try await body("http://127.0.0.1:\($0)/hook") }
  }

  private func respond(to request: Request) async throws -> Response {
    state.withLock { state in
      state.underWay += 1
      state.most = max(state.most, state.underWay)
    }
    defer { state.withLock { $0.underWay -= 1 } }
    var body: [UInt8] = []
    for try await buffer in request.body { body += Array(buffer: buffer) }
    let seen = Seen(
      id: header("webhook-id", request), timestamp: header("webhook-timestamp", request),
      signature: header("webhook-signature", request), body: String(decoding: body, as: UTF8.self))
    let conduct = state.withLock { state in
      state.seen.append(seen)
      return state.conduct
    }
    switch conduct {
    case .answer(let status, let headers, let text):
      var fields = HTTPFields()
      for (name, value) in headers { if let name = HTTPField.Name(name) { fields[name] = value } }
      return Response(
        status: .init(code: status), headers: fields, body: .init(byteBuffer: ByteBuffer(string: text)))
    case .hang:
      try await Task.sleep(for: .seconds(30))
      return Response(status: .noContent)
    }
  }

  private func header(_ name: String, _ request: Request) -> String {
    HTTPField.Name(name).flatMap { request.headers[$0] } ?? ""
  }
}
