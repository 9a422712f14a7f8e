import AsyncHTTPClient
import Domain
import Foundation
import NIOCore
import NIOHTTP1
import Repositories
import Services
import Synchronization
import TestSupport
import Testing

/// The product as it runs: processes, sockets, signals.
@Suite("End to end", .serialized, .timeLimit(.minutes(20))) struct RunningProductTests {
  /// A token as `aftersales token issue` makes it.
  private static func token(
    _ database: TestDatabase, _ roles: Set<Role>, _ assignment: ScopeAssignment
  ) async throws -> String {
    let work = UnitOfWork(
      database.database, clock: WallClock { Timestamp(milliseconds: Int64(Date.now.timeIntervalSince1970 * 1_000)) })
    return try await AccessAdministration(work, hasher: PasswordHasher())
      .issueToken(name: "测试", roles: roles, assignment, seconds: 3_600).text
  }

  /// A token of a person, as a login gives it.
  private static func token(_ database: TestDatabase, of user: User.ID) async throws -> String {
    let now = Timestamp(milliseconds: Int64(Date.now.timeIntervalSince1970 * 1_000))
    let text = try #require(TokenText.make(.access))
    let token = AccessToken(
      id: .new(at: now), kind: .access, family: UUID(), holder: .user(user), permissions: nil, issuedAt: now,
      expiresAt: now.adding(seconds: 3_600))
    try await database.database.write(.system) { tx in
      _ = try await tx.run(TokenRepository.insert(token, hash: SecretDigest.of(text)))
    }
    return text.text
  }

  private static func network(_ database: TestDatabase) async throws -> TestNetwork {
    try await TestNetwork(
      in: database.database, at: Timestamp(milliseconds: Int64(Date.now.timeIntervalSince1970 * 1_000)))
  }

  @Test("it starts, says that it lives and is ready, and documents itself (C-32, C-34)")
  func health() async throws {
    try await ServerProcess.with { _, servers in
      try await SocketClient.with { client in
        let server = servers[0]
        #expect(try await client.send("GET", server, "/livez").status == 200)
        let ready = try await client.send("GET", server, "/readyz")
        #expect(ready.status == 200, "\(ready.text)")
        for check in ["database", "listener", "migrations", "server"] {
          #expect(ready.member("checks/\(check)/status") == "pass", "\(ready.text)")
        }
        #expect(try await client.send("GET", server, "/openapi.json").member("openapi") == "3.1.1")
        // Numbers of the product are for its operators, on an address of their own (C-32).
        #expect(try await client.send("GET", server, "/metrics").status == 404)
        let metrics = try await client.send("GET", server, "/metrics", port: server.metricsPort)
        #expect(metrics.status == 200 && metrics.text.contains("http_server_requests_in_progress"))
        #expect(metrics.text.contains("route=\"/readyz\""))
        #expect(try await client.send("GET", server, "/v1/me", port: server.metricsPort).status == 404)
        let head = try await client.send("HEAD", server, "/livez")
        #expect(head.status == 200 && head.body.isEmpty && head.header("server") == nil)
        let refused = try await client.send("GET", server, "/v1/me")
        #expect(refused.status == 401 && refused.header("date") != nil && refused.header("x-request-id") != nil)
      }
    }
  }

  @Test("an order goes from reception to delivery over sockets, each step by its own person (SM-3)")
  func walk() async throws {
    try await ServerProcess.with { database, servers in
      let network = try await Self.network(database)
      var tokens: [Role: String] = [:]
      for role in [Role.stAdviser, .stWorkshopSupervisor, .stTechnician, .stInspector, .stCashier] {
        tokens[role] = try await Self.token(database, [role], .station(network.station))
      }
      // A technician sees the jobs that he himself was given.
      tokens[.stTechnician] = try await Self.token(database, of: network.technician)
      let people = tokens
      try await SocketClient.with { client in
        let cast = OrderWalk.Cast(
          station: "\(network.station)", customer: "\(network.customer)", vehicle: "\(network.vehicle)",
          technician: "\(network.technician)", inspector: "\(network.inspector)", odometerKm: 12_000)
        let walk = OrderWalk(cast) { role, method, path, headers, body in
          try await client.send(method, servers[0], path, people[role], headers, body: body)
        }
        let id = try await walk.order(in: .delivered)
        let order = try await client.send("GET", servers[0], "/v1/work-orders/\(id)", people[.stAdviser])
        #expect(order.member("state") == "delivered" && order.member("invoiceNumber") != nil)
      }
    }
  }

  /// A film of zeros, made while it is sent.
  private struct Film: AsyncSequence, Sendable {
    typealias Element = ByteBuffer
    let pieces: Int
    static let piece = 256 * 1024

    struct AsyncIterator: AsyncIteratorProtocol {
      var left: Int
      var isFirst = true
      mutating func next() async -> ByteBuffer? {
        guard left > 0 else { return nil }
        left -= 1
        defer { isFirst = false }
        var bytes = [UInt8](repeating: 0, count: Film.piece)
        if isFirst { bytes.replaceSubrange(0..<16, with: [0, 0, 0, 16] + Array("ftypisom".utf8) + [0, 0, 0, 0]) }
        return ByteBuffer(bytes: bytes)
      }
    }

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(left: pieces) }
  }

  @Test("200 MB go in and out without the server's memory growing with them")
  func largeFile() async throws {
    try await ServerProcess.with { database, servers in
      let server = servers[0]
      let network = try await Self.network(database)
      let token = try await Self.token(database, [.stAdviser], .station(network.station))
      try await SocketClient.with { client in
        let order = try await client.send(
          "POST", server, "/v1/work-orders", token,
          body:
            #"{"customerId": "\#(network.customer)", "vehicleId": "\#(network.vehicle)", "summary": "x"}"#)
        let path = "/v1/work-orders/\(try #require(order.member("id")))/attachments"
        @Sendable func upload(_ pieces: Int) async throws -> TestAnswer {
          var request = HTTPClientRequest(url: "http://127.0.0.1:\(server.port)\(path)?fileName=film.mp4")
          request.method = .POST
          request.headers = [
            "authorization": "Bearer \(token)", "content-type": "video/mp4",
            "idempotency-key": "\"\(UUID().uuidString)\"",
          ]
          request.body = .stream(Film(pieces: pieces), length: .known(Int64(pieces * Film.piece)))
          let response = try await client.http.execute(request, timeout: .minutes(5))
          let bytes = try await response.body.collect(upTo: 1 << 20)
          return TestAnswer(whole: Answer(status: Int(response.status.code), body: Array(buffer: bytes)))
        }
        @Sendable func download(_ id: String) async throws -> Int {
          var request = HTTPClientRequest(url: "http://127.0.0.1:\(server.port)\(path)/\(id)/content")
          request.headers = ["authorization": "Bearer \(token)"]
          let response = try await client.http.execute(request, timeout: .minutes(5))
          var count = 0
          for try await buffer in response.body { count += buffer.readableBytes }
          return count
        }
        // What a first file needs at all.
        let small = try await upload(16)
        #expect(small.status == 201, "\(small.text)")
        _ = try await download(try #require(small.member("id")))
        let before = try server.peakMemory()
        let large = try await upload(800)
        #expect(large.status == 201 && large.member("size") == "\(800 * Film.piece)", "\(large.text)")
        #expect(try await download(try #require(large.member("id"))) == 800 * Film.piece)
        let growth = try server.peakMemory() - before
        // A quarter of the file: what the allocator keeps of freed pieces differs from run to run, a copy of the file would not.
        #expect(growth < 50 * 1024, "\(growth) KiB")
        #expect(try FileManager.default.contentsOfDirectory(atPath: "\(server.attachments)/incoming").isEmpty)
      }
    }
  }

  @Test("of 20 patches of the same version at once one wins and nineteen are told (C-16)")
  func patches() async throws {
    try await ServerProcess.with { database, servers in
      let network = try await Self.network(database)
      let token = try await Self.token(database, [.stAdviser], .station(network.station))
      try await SocketClient.with { client in
        let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
          for number in 0..<20 {
            group.addTask {
              try await client.send(
                "PATCH", servers[0], "/v1/customers/\(network.customer)", token, ["if-match": #""1""#],
                body: #"{"city": "城\#(number)"}"#
              ).status
            }
          }
          return try await group.reduce(into: [Int]()) { $0.append($1) }
        }
        #expect(statuses.sorted() == [200] + Array(repeating: 412, count: 19))
        #expect(try database.admin("select version from customers where id = '\(network.customer)'") == "2")
      }
    }
  }

  @Test("of 20 requests with the same key at once none makes a second document (C-19)")
  func keys() async throws {
    // Two instances, because the key belongs to the database, not to one process.
    try await ServerProcess.with(2) { database, servers in
      let network = try await Self.network(database)
      let token = try await Self.token(database, [.stAdviser], .station(network.station))
      try await SocketClient.with { client in
        let body = #"{"kind": "person", "name": "一次", "phone": "13840012345"}"#
        let answers = try await withThrowingTaskGroup(of: TestAnswer.self) { group in
          for number in 0..<20 {
            group.addTask {
              try await client.send(
                "POST", servers[number % 2], "/v1/customers", token, body: body, key: "the-same-key-for-all")
            }
          }
          return try await group.reduce(into: [TestAnswer]()) { $0.append($1) }
        }
        let made = answers.filter { $0.status == 201 }
        #expect(!made.isEmpty && answers.allSatisfy { $0.status == 201 || $0.status == 409 })
        #expect(Set(made.map(\.body)).count == 1)
        #expect(made.filter { $0.header("idempotency-replayed") == nil }.count == 1)
        for busy in answers where busy.status == 409 {
          #expect(busy.member("type") == "/problems/idempotency-in-progress" && busy.header("retry-after") == "1")
        }
        #expect(try database.admin("select count(*) from customers where name = '一次'") == "1")
      }
    }
  }

  @Test("a revoked token is refused by another instance within a second (SEC-12, S5)")
  func revocation() async throws {
    try await ServerProcess.with(2) { database, servers in
      let network = try await Self.network(database)
      try await SocketClient.with { client in
        for _ in 0..<3 {
          let token = try await Self.token(database, [.stAdviser], .station(network.station))
          for server in servers { #expect(try await client.send("GET", server, "/v1/me", token).status == 200) }
          let revoked = try await client.send(
            "POST", servers[0], "/oauth2/revoke", token, ["content-type": "application/x-www-form-urlencoded"],
            body: "token=\(token)")
          #expect(revoked.status == 200, "\(revoked.text)")
          let start = ContinuousClock.now
          while try await client.send("GET", servers[1], "/v1/me", token).status != 401,
            ContinuousClock.now - start < .seconds(5)
          {}
          #expect(ContinuousClock.now - start <= .seconds(1))
          #expect(try await client.send("GET", servers[0], "/v1/me", token).status == 401)
        }
      }
    }
  }

  /// What became of the requests of a shutdown under load.
  private final class Tally: Sendable {
    private struct Counts {
      var made = 0
      var statuses: Set<Int> = []
      var isOver = false
    }

    private let counts = Mutex(Counts())

    var made: Int { counts.withLock { $0.made } }
    var statuses: Set<Int> { counts.withLock { $0.statuses } }
    var isOver: Bool { counts.withLock { $0.isOver } }

    /// - Returns: how many documents were made so far.
    func count(_ status: Int) -> Int {
      counts.withLock { counts in
        counts.statuses.insert(status)
        if status == 201 { counts.made += 1 }
        return counts.made
      }
    }

    func end() { counts.withLock { $0.isOver = true } }
  }

  @Test("under load it ends within 10 s, half a body or not, and answers whatever it did (R13)")
  func shutdown() async throws {
    try await ServerProcess.with { database, servers in
      let network = try await Self.network(database)
      let token = try await Self.token(database, [.stAdviser], .station(network.station))
      let server = servers[0]
      try await SocketClient.with { client in
        // A client that sends half of its body and no more.
        let (chunks, feed) = AsyncStream.makeStream(of: ByteBuffer.self)
        feed.yield(ByteBuffer(string: #"{"kind": "person","#))
        let slow = Task {
          var request = HTTPClientRequest(url: "http://127.0.0.1:\(server.port)/v1/customers")
          request.method = .POST
          request.headers.add(name: "authorization", value: "Bearer \(token)")
          request.headers.add(name: "content-type", value: "application/json")
          request.headers.add(name: "idempotency-key", value: #""half-a-body-0123456""#)
          request.body = .stream(chunks, length: .known(Int64(100)))
          return try await client.http.execute(request, timeout: .seconds(30)).status.code
        }
        let tally = Tally()
        let (enough, signal) = AsyncStream.makeStream(of: Void.self)
        let load = Task {
          await withTaskGroup(of: Void.self) { group in
            for worker in 0..<8 {
              group.addTask {
                var number = 0
                while !tally.isOver {
                  number += 1
                  let answer = try? await client.send(
                    "POST", server, "/v1/customers", token,
                    body: #"{"kind": "person", "name": "负载\#(worker)-\#(number)", "phone": "13840012345"}"#)
                  // No answer: nobody listens any more, or the connection ended before the request was taken.
                  if let answer, tally.count(answer.status) >= 40 { signal.finish() }
                }
              }
            }
          }
        }
        for await _ in enough {}
        let start = ContinuousClock.now
        server.terminate()
        let status = await server.wait()
        let duration = ContinuousClock.now - start
        tally.end()
        await load.value
        feed.finish()
        _ = await slow.result
        #expect(status == 0)
        #expect(duration <= .seconds(10), "\(duration)")
        // What took effect was answered: nothing was done for a client that was then left alone.
        let rows = try database.admin("select count(*) from customers where name like '负载%'")
        #expect(rows == "\(tally.made)")
        #expect(tally.statuses.isSubset(of: [201, 503]), "\(tally.statuses)")
      }
    }
  }
}
