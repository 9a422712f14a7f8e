package import API
package import Domain
import Foundation
import HTTPTypes
package import Logging
import Postgres
import Repositories
package import Services
import Synchronization

@testable import aftersales

/// The whole product behind its edge, without a socket: the composition root of the executable over a test database.
package struct TestAPI: Sendable {
  package let operations: [API.Operation]
  package let problems: ProblemCatalogue
  private let dispatcher: Dispatcher
  private let composition: Composition

  /// - Parameters:
  ///   - files: where files on documents lie; `nil`: in a folder of their own, gone afterwards.
  ///   - callers: who a token stands for; `nil` asks the product's own token verifier.
  ///   - logger: of the edge; `nil` hears critical lines alone.
  package static func with<Output: Sendable>(
    _ database: TestDatabase, files: TestFiles? = nil, callers: (@Sendable (String) -> Caller?)? = nil,
    personalSearches: Quota = Quota(requests: 10_000_000), logger: Logger? = nil,
    _ body: @Sendable (TestAPI) async throws -> Output
  ) async throws -> Output {
    let folder = FileManager.default.temporaryDirectory.appending(path: "attachments-\(UUID().uuidString)").path()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let composition = Composition(settings(database.url, files ?? .folder(folder)), columns: .test)
    return try await composition.whileConnected { composition in
      let listening = Task { await composition.verifier.listen(to: AccessChanges(composition.client)) }
      defer { listening.cancel() }
      return try await body(
        TestAPI(composition, callers: callers, personalSearches: personalSearches, logger: logger))
    }
  }

  /// The route table alone, for tests that compare it with other descriptions of the same.
  package static let routeTable: RouteTable = {
    (try? table(Composition(settings("host=/nonexistent", .folder("/nonexistent"))))) ?? RouteTable()
  }()

  private init(
    _ composition: Composition, callers: (@Sendable (String) -> Caller?)?, personalSearches: Quota, logger: Logger?
  ) throws {
    let table = try Self.table(composition)
    self.composition = composition
    operations = table.operations
    problems = table.problems
    var edge = EdgeConfiguration(cursorSecret: SecretKey.none.derived(for: "cursors"))
    // Tests ask more often than any client may.
    edge.quotas = ["default": Quota(requests: 10_000_000)]
    edge.addressQuota = Quota(requests: 10_000_000)
    edge.loginQuota = Quota(requests: 10_000_000)
    edge.personalSearchQuota = personalSearches
    let verifier = composition.verifier
    dispatcher = Dispatcher(
      table,
      authenticator: Authenticator { token in
        if let callers { return callers(token) }
        return try await verifier.verify(token)?.caller
      }, disclosures: DisclosureRecord { [disclosures = composition.disclosures] in try await disclosures.record($0) },
      configuration: edge, clock: composition.clock, metrics: Metrics(operations: table.operations),
      logger: logger ?? composition.logger, executor: composition.client.executor)
  }

  /// Read once: parsing it takes longer than most tests.
  package static let document = Result {
    try OpenAPIDocument(yaml: String(contentsOfFile: TestCluster.root + "/openapi.yaml", encoding: .utf8))
  }

  private static func table(_ composition: Composition) throws -> RouteTable {
    composition.routes(
      RouteParts(document: try document.get(), secret: .none, readiness: Readiness(), checks: []))
  }

  /// Collects what uploads left behind, as the worker does it.
  package var attachmentHousekeeping: AttachmentHousekeeping { composition.attachmentHousekeeping }
  package var leases: WorkerLeaseService { composition.leases }
  package var eventFeed: EventFeedService { composition.eventFeed }
  package var webhookDispatch: WebhookDispatch { composition.webhookDispatch }

  private static func settings(_ url: String, _ files: TestFiles) -> Settings {
    Settings(
      stage: .development, logLevel: .critical, databaseURL: url, databaseOwnerURL: nil, migrations: "db/migrations",
      allowsUnsafeSettings: true, host: "127.0.0.1", port: 0, publicURL: nil, trustedProxies: [], allowedOrigins: [],
      metricsPort: 0, metricsHost: "127.0.0.1", openAPI: "openapi.yaml", runsWorkers: false, requestsPerMinute: nil,
      attachments: AttachmentSettings(
        folder: files.folder, maximumBytes: files.maximumBytes, reservedBytes: files.reservedBytes,
        bucketURL: files.bucketURL, bucketKey: .init(id: "test", secret: "secret", region: "us-east-1")),
      webhooks: WebhookSettings(allowsLoopback: false, retentionDays: 30), secretFile: nil, secretKey: nil,
      columnKeysFile: nil, columnKeys: nil, demo: "db/demo")
  }

  /// One request. A JSON body gets its content type, a write its own idempotency key, unless `headers` say otherwise.
  package func send(
    _ method: String, _ path: String, token: String? = nil, headers: [String: String] = [:], body: String? = nil,
    key: String? = UUID().uuidString
  ) async -> TestAnswer {
    var fields = HTTPFields()
    func set(_ name: String, _ value: String) {
      if let field = HTTPField.Name(name) { fields[field] = value }
    }
    set("host", "api.test")
    if let token { set("authorization", "Bearer \(token)") }
    if body != nil {
      set("content-type", method == "PATCH" ? "application/merge-patch+json" : "application/json")
    }
    if let key, method == "POST" { set("idempotency-key", "\"\(key)\"") }
    for (name, value) in headers { set(name, value) }
    let head = HTTPRequest(
      method: HTTPRequest.Method(method) ?? .get, scheme: "http", authority: "api.test", path: path,
      headerFields: fields)
    return await TestAnswer(dispatcher.respond(to: IncomingRequest(head: head, body: Array((body ?? "").utf8))))
  }

  /// One request whose body comes in pieces.
  package func send(
    _ method: String, _ path: String, token: String, headers: [String: String], stream: ByteStream
  ) async -> TestAnswer {
    var fields = HTTPFields()
    for (name, value) in headers.merging(
      ["host": "api.test", "authorization": "Bearer \(token)"], uniquingKeysWith: { $1 })
    {
      if let field = HTTPField.Name(name) { fields[field] = value }
    }
    let head = HTTPRequest(
      method: HTTPRequest.Method(method) ?? .get, scheme: "http", authority: "api.test", path: path,
      headerFields: fields)
    return await TestAnswer(
      dispatcher.respond(
        to: IncomingRequest(
          head: head, peer: "127.0.0.1", collect: { _ in [] },
          read: { maximum, _, take in
            let count = Mutex(0)
            try await stream.read { bytes in
              let sum = count.withLock {
                $0 += bytes.count
                return $0
              }
              if sum > maximum { throw IncomingRequest.BodyFailure.tooLarge }
              try await take(bytes)
            }
          })))
  }
}

/// Where files on documents lie in a test.
package struct TestFiles: Sendable {
  package var folder: String
  package var maximumBytes: Int
  package var reservedBytes: Int
  package var bucketURL: String?

  package init(folder: String, maximumBytes: Int = 1 << 20, reservedBytes: Int = 0, bucketURL: String? = nil) {
    self.folder = folder
    self.maximumBytes = maximumBytes
    self.reservedBytes = reservedBytes
    self.bucketURL = bucketURL
  }

  package static func folder(_ path: String) -> TestFiles { TestFiles(folder: path) }
}

/// An answer with its body as JSON.
package struct TestAnswer: Sendable {
  package let status: Int
  package let headers: [Answer.Header]
  package let body: [UInt8]

  /// With the bytes of a download.
  package init(_ answer: Answer) async {
    var answer = answer
    if let stream = answer.stream {
      var bytes: [UInt8] = []
      try? await stream.read { bytes += $0 }
      answer.body = bytes
    }
    self.init(whole: answer)
  }

  package init(whole answer: Answer) {
    status = answer.status
    headers = answer.headers
    body = answer.body
  }

  package var text: String { String(decoding: body, as: UTF8.self) }

  package func header(_ name: String) -> String? {
    headers.first { $0.name.lowercased() == name.lowercased() }?.value
  }

  /// The member at a path of names and positions (`errors/0/pointer`), as text; `nil` when absent or null.
  package func member(_ path: String) -> String? {
    switch value(at: path) {
    case nil, is NSNull: return nil
    case let text as String: return text
    case let number as NSNumber: return number.description
    case let value?: return "\(value)"
    }
  }

  /// How many elements the array at a path of names and positions has.
  package func count(_ path: String) -> Int { (value(at: path) as? [Any])?.count ?? 0 }

  /// The names of the members of the object at a path of names and positions, in ascending order.
  package func names(_ path: String) -> [String] { ((value(at: path) as? [String: Any]) ?? [:]).keys.sorted() }

  private func value(at path: String) -> Any? {
    var value = try? JSONSerialization.jsonObject(with: Data(body))
    for step in path.split(separator: "/") {
      if let list = value as? [Any], let place = Int(step) {
        value = list.indices.contains(place) ? list[place] : nil
      } else {
        value = (value as? [String: Any])?[String(step)]
      }
    }
    return value
  }
}
