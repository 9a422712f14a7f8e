package import Hummingbird
import Logging

/// A server of a test's own on loopback, for what the product talks to.
package enum LoopbackServer {
  /// Listens on a free port while `body` runs.
  package static func run(
    answering respond: @escaping @Sendable (Request) async throws -> Response,
    _ body: @escaping @Sendable (_ port: Int) async throws -> Void
  ) async throws {
    let (ports, report) = AsyncStream.makeStream(of: Int.self)
    let responder = CallbackResponder { (request: Request, _: BasicRequestContext) in try await respond(request) }
    let application = Application(
      responder: responder, configuration: .init(address: .hostname("127.0.0.1", port: 0)),
      onServerRunning: { channel in
        report.yield(channel.localAddress?.port ?? 0)
        report.finish()
      }, logger: Logger(label: "loopback") { _ in SwiftLogNoOpLogHandler() })
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await application.run() }
      for await port in ports { try await body(port) }
      group.cancelAll()
    }
  }
}
