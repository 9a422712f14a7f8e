import API
import Domain
import Foundation
import Services
import TestSupport
import Testing

/// Files on documents over HTTP (domain.md section 3).
@Suite("Files on documents over HTTP", .timeLimit(.minutes(20))) struct AttachmentRequestTests {
  /// The bench over a folder that the test can look into.
  private static func with(
    maximumBytes: Int = 1 << 20, reservedBytes: Int = 0,
    _ body: @Sendable (APIBench, _ folder: String) async throws -> Void
  ) async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "attachments-\(UUID().uuidString)").path()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let files = TestFiles(folder: folder, maximumBytes: maximumBytes, reservedBytes: reservedBytes)
    try await APIBench.with(files: files) { try await body($0, folder) }
  }

  /// Everything below the folder, temporary files too.
  private static func files(_ folder: String) -> [String] {
    let all = FileManager.default.enumerator(atPath: folder)?.allObjects.compactMap { $0 as? String } ?? []
    return all.filter {
      var isFolder: ObjCBool = false
      return FileManager.default.fileExists(atPath: "\(folder)/\($0)", isDirectory: &isFolder) && !isFolder.boolValue
    }
  }

  @Test("a file is uploaded, listed, shown, downloaded and written into the history")
  func life() async throws {
    try await Self.with { bench, folder in
      let token = bench.master(.station(bench.network.station))
      let order = "/v1/work-orders/\(try await bench.walk(token).open())"
      let version = await bench.get(order, token).header("etag")
      let text = "前制动片磨损到极限 worn\n"
      let made = await bench.send(
        "POST", "\(order)/attachments?fileName=%E5%88%B6%E5%8A%A8.txt&description=%E5%89%8D", token,
        ["content-type": "text/plain; charset=utf-8"], body: text)
      #expect(made.status == 201, "\(made.text)")
      let id = try #require(made.member("id"))
      #expect(made.header("location")?.hasSuffix("\(order)/attachments/\(id)") == true)
      #expect(made.member("fileName") == "制动.txt" && made.member("description") == "前")
      #expect(made.member("size") == "\(text.utf8.count)" && made.member("mediaType") == "text/plain")
      let hash = try #require(made.member("sha256"))
      #expect(Self.files(folder) == ["\(hash.prefix(2))/\(hash.dropFirst(2).prefix(2))/\(hash)"])
      #expect(made.count("elsewhere/items") == 0 && made.member("elsewhere/hiddenCount") == "0")
      #expect(await bench.get(order, token).header("etag") == version)

      let record = await bench.get("\(order)/attachments/\(id)", token)
      #expect(record.status == 200 && record.body == made.body, "\(record.text)")
      let list = await bench.get("\(order)/attachments?total=exact", token)
      #expect(list.member("items/0/id") == id && list.member("totalCount") == "1", "\(list.text)")
      let history = await bench.get("\(order)/history?sort=-position", token)
      #expect(history.member("items/0/type") == "workOrder.attached")
      #expect(history.member("items/0/data/sha256") == hash && history.member("items/0/data/attachmentId") == id)
      #expect(!history.text.contains("制动.txt"))

      let content = await bench.get("\(order)/attachments/\(id)/content", token)
      #expect(content.status == 200 && content.text == text)
      #expect(content.header("etag") == "\"\(hash)\"" && content.header("accept-ranges") == "bytes")
      #expect(content.header("content-type") == "text/plain; charset=utf-8")
      #expect(content.header("x-content-type-options") == "nosniff")
      #expect(content.header("content-security-policy")?.contains("sandbox") == true)
      #expect(
        content.header("content-disposition")
          == "attachment; filename=\"__.txt\"; filename*=UTF-8''%E5%88%B6%E5%8A%A8.txt")
      #expect(content.header("cache-control") == "private, no-cache")
    }
  }

  @Test("parts of a file are read by range, and one that is known is not sent again")
  func ranges() async throws {
    try await Self.with { bench, _ in
      let token = bench.master(.station(bench.network.station))
      let order = "/v1/work-orders/\(try await bench.walk(token).open())"
      let made = try await bench.attach("0123456789", to: order, token)
      let path = "\(order)/attachments/\(try #require(made.member("id")))/content"
      let tag = "\"\(try #require(made.member("sha256")))\""
      for (range, body, field) in [
        ("bytes=0-3", "0123", "bytes 0-3/10"), ("bytes=4-", "456789", "bytes 4-9/10"),
        ("bytes=-2", "89", "bytes 8-9/10"),
        ("bytes=8-99", "89", "bytes 8-9/10"), ("bytes=-99", "0123456789", "bytes 0-9/10"),
        ("bytes=0-99999999999999999999999", "0123456789", "bytes 0-9/10"),
      ] {
        let part = await bench.get(path, token, ["range": range])
        #expect(part.status == 206 && part.text == body && part.header("content-range") == field, "\(range)")
        #expect(part.header("etag") == tag)
      }
      for range in ["bytes=10-", "bytes=99-100", "bytes=-0"] {
        let answer = await bench.get(path, token, ["range": range])
        expectProblem(answer, 416, "range-not-satisfiable")
        #expect(answer.header("content-range") == "bytes */10", "\(range)")
      }
      for range in ["bytes=0-1,4-5", "lines=0-1", "bytes=5-1", "bytes=a-b", "bytes", "bytes=-"] {
        let answer = await bench.get(path, token, ["range": range])
        #expect(answer.status == 200 && answer.text == "0123456789", "\(range)")
      }
      #expect(await bench.get(path, token, ["range": "bytes=0-3", "if-range": tag]).status == 206)
      #expect(await bench.get(path, token, ["range": "bytes=0-3", "if-range": "\"x\""]).status == 200)
      for headers in [["if-none-match": tag], ["if-none-match": "\"x\", W/\(tag)", "range": "bytes=0-3"]] {
        let answer = await bench.get(path, token, headers)
        #expect(answer.status == 304 && answer.body.isEmpty && answer.header("etag") == tag)
      }
      #expect(await bench.send("GET", path, token, ["accept": "application/json"]).status == 406)
      #expect(await bench.send("GET", "\(path)?x=1", token).status == 400)
    }
  }

  @Test("a repetition gets the first answer; other bytes, another name under the same key do not (C-19)")
  func idempotency() async throws {
    try await Self.with { bench, folder in
      let token = bench.master(.station(bench.network.station))
      let order = "/v1/work-orders/\(try await bench.walk(token).open())"
      let key = "attachment-key-0001"
      func upload(_ body: String, named name: String = "a.txt") async -> TestAnswer {
        await bench.upload(body, type: "text/plain", named: name, to: order, token, key: key)
      }
      let first = await upload("eins")
      #expect(first.status == 201)
      let again = await upload("eins")
      #expect(again.status == 201 && again.body == first.body && again.header("idempotency-replayed") == "true")
      expectProblem(await upload("zwei"), 422, "idempotency-key-reused")
      expectProblem(await upload("eins", named: "b.txt"), 422, "idempotency-key-reused")
      expectProblem(
        await bench.upload("drei", type: "text/plain", to: order, token, key: nil), 400, "idempotency-key-required")
      #expect(try bench.database.admin("select count(*) from attachments") == "1")
      #expect(Self.files(folder).filter { $0.hasPrefix("incoming") }.isEmpty)
    }
  }

  @Test("the same file elsewhere is named to who may see it and counted for who may not (CLM-08)")
  func elsewhere() async throws {
    try await Self.with { bench, folder in
      let (own, network) = (bench.master(.station(bench.network.station)), bench.master())
      let foreign = bench.master(.station(bench.network.otherStation))
      let first = try await bench.walk(own).open()
      let second = try await bench.walk(own).open()
      let third = try await bench.walk(
        foreign, station: bench.network.otherStation, customer: bench.network.otherCustomer
      ).open()
      let original = try await bench.attach("照片 Photo", to: "/v1/work-orders/\(first)", own)
      let id = try #require(original.member("id"))

      let twice = await bench.upload("照片 Photo", type: "text/plain", to: "/v1/work-orders/\(first)", own)
      expectProblem(twice, 409, "already-exists")
      #expect(twice.member("field") == "sha256" && twice.member("existingId") == id)

      let copy = try await bench.attach("照片 Photo", named: "b.txt", to: "/v1/work-orders/\(second)", own)
      #expect(copy.count("elsewhere/items") == 1 && copy.member("elsewhere/hiddenCount") == "0")
      #expect(copy.member("elsewhere/items/0/id") == id && copy.member("elsewhere/items/0/subjectId") == first)

      let stranger = try await bench.attach("照片 Photo", to: "/v1/work-orders/\(third)", foreign)
      #expect(stranger.count("elsewhere/items") == 0 && stranger.member("elsewhere/hiddenCount") == "2")
      #expect(!stranger.text.contains(first) && !stranger.text.contains(second))
      let seen = await bench.get(
        "/v1/work-orders/\(third)/attachments/\(try #require(stranger.member("id")))", network)
      #expect(seen.count("elsewhere/items") == 2 && seen.member("elsewhere/hiddenCount") == "0")
      let narrow = await bench.get("/v1/work-orders/\(first)/attachments/\(id)", own)
      #expect(narrow.count("elsewhere/items") == 1 && narrow.member("elsewhere/hiddenCount") == "1")
      #expect(Self.files(folder).count == 1)
    }
  }

  @Test("parallel uploads of the same bytes keep one blob, and one of them on the same order is the first")
  func parallel() async throws {
    try await Self.with { bench, folder in
      let token = bench.master(.station(bench.network.station))
      let shared = try await bench.walk(token).open()
      var orders = [String](repeating: shared, count: 8)
      for _ in 0..<8 { orders.append(try await bench.walk(token).open()) }
      let body = String(repeating: "同一张照片 ", count: 5_000)
      let answers = await withTaskGroup(of: (String, TestAnswer).self) { group in
        for order in orders {
          group.addTask {
            (order, await bench.upload(body, type: "text/plain", to: "/v1/work-orders/\(order)", token))
          }
        }
        return await group.reduce(into: []) { $0.append($1) }
      }
      let onShared = answers.filter { $0.0 == shared }.map(\.1.status).sorted()
      #expect(onShared == [201] + [Int](repeating: 409, count: 7))
      let others = answers.filter { $0.0 != shared }.map(\.1)
      #expect(others.allSatisfy { $0.status == 201 })
      // One after the other, so each knows of all before: 0, 1, … 8 in some order.
      let known = answers.map(\.1).filter { $0.status == 201 }.map { $0.count("elsewhere/items") }.sorted()
      #expect(known == Array(0...8))
      #expect(Self.files(folder).count == 1)
      #expect(try bench.database.admin("select count(*) from blobs") == "1")
    }
  }

  @Test("bytes of another type, of no type and none at all are refused, and nothing stays")
  func types() async throws {
    try await Self.with { bench, folder in
      let token = bench.master(.station(bench.network.station))
      let order = "/v1/work-orders/\(try await bench.walk(token).open())"
      for type in ["image/jpeg", "image/png", "application/pdf", "video/mp4", "image/heic", "image/webp"] {
        expectProblem(
          await bench.upload("<script>alert(1)</script>", type: type, to: order, token), 415, "media-type-mismatch")
      }
      expectProblem(await bench.upload("%PDF-1.7", type: "text/plain", to: order, token), 415, "media-type-mismatch")
      expectProblem(await bench.upload("a\u{0}b", type: "text/csv", to: order, token), 415, "media-type-mismatch")
      for type in ["text/html", "application/zip", "image/svg+xml", "multipart/form-data"] {
        expectProblem(await bench.upload("x", type: type, to: order, token), 415, "unsupported-media-type")
      }
      expectProblem(
        await bench.upload("", type: "text/plain", to: order, token), 422, "validation-failed", pointer: "#")
      #expect(Self.files(folder).isEmpty)
      #expect(try bench.database.admin("select count(*) from blobs") == "0")
      // Clients that know no better announce bytes; what they are is known by them and the name (C-06).
      for (body, name, type) in [("a;b", "t.csv", "text/csv"), ("abc", "t.txt", "text/plain")] {
        let sniffed = await bench.upload(body, type: "application/octet-stream", named: name, to: order, token)
        #expect(sniffed.status == 201 && sniffed.member("mediaType") == type, "\(sniffed.text)")
        let path = "\(order)/attachments/\(try #require(sniffed.member("id")))"
        #expect(await bench.send("POST", "\(path)/remove", token, body: #"{"reason": "Versuch"}"#).status == 200)
      }
      expectProblem(
        await bench.upload("a\u{0}b", type: "application/octet-stream", to: order, token), 415, "media-type-mismatch")
      #expect(await bench.upload("%PDF-1.7", type: "application/pdf", to: order, token).status == 201)
      let id = await bench.get("\(order)/attachments", token).member("items/0/id")
      let content = await bench.get("\(order)/attachments/\(try #require(id))/content", token)
      #expect(content.header("content-disposition") == #"attachment; filename="note.txt.pdf""#)
    }
  }

  @Test("the name is a name: without folders, control characters and turned directions")
  func names() async throws {
    try await Self.with { bench, _ in
      let token = bench.master(.station(bench.network.station))
      let order = "/v1/work-orders/\(try await bench.walk(token).open())"
      for name in [
        "a%2Fb.txt", "..%5Cb.txt", "..", ".", "a%0Ab", "%E2%80%AEgpj.exe", "", String(repeating: "a", count: 201),
      ] {
        expectProblem(
          await bench.upload("x", type: "text/plain", named: name, to: order, token), 400, "invalid-parameter",
          parameter: "fileName")
      }
      let missing = await bench.send("POST", "\(order)/attachments", token, ["content-type": "text/plain"], body: "x")
      expectProblem(missing, 400, "invalid-parameter", parameter: "fileName", code: "required")
      let unknown = await bench.send(
        "POST", "\(order)/attachments?fileName=a.txt&x=1", token, ["content-type": "text/plain"], body: "x")
      expectProblem(unknown, 400, "invalid-parameter", parameter: "x")
      let odd = try await bench.attach("odd", named: "a%22%3B%25b.txt", to: order, token)
      let content = await bench.get("\(order)/attachments/\(try #require(odd.member("id")))/content", token)
      #expect(
        content.header("content-disposition") == "attachment; filename=\"a___b.txt\"; filename*=UTF-8''a%22%3B%25b.txt")
    }
  }

  @Test("too many bytes are 413, announced or not; a body that breaks off leaves nothing")
  func brokenBodies() async throws {
    try await Self.with(maximumBytes: 100_000) { bench, folder in
      let token = bench.master(.station(bench.network.station))
      let order = "/v1/work-orders/\(try await bench.walk(token).open())"
      let path = "\(order)/attachments?fileName=a.txt"
      let announced = await bench.send(
        "POST", path, token, ["content-type": "text/plain", "content-length": "100001"], body: "x")
      expectProblem(announced, 413, "content-too-large")
      #expect(announced.member("maximumBytes") == "100000")
      func stream(_ pieces: Int, then error: (any Error)? = nil) async -> TestAnswer {
        await bench.api.send(
          "POST", path, token: token,
          headers: ["content-type": "text/plain", "idempotency-key": "\"\(UUID().uuidString)\""],
          stream: ByteStream(length: nil) { take in
            for _ in 0..<pieces { try await take([UInt8](repeating: 0x61, count: 1_000)) }
            if let error { throw error }
          })
      }
      #expect(await stream(101).status == 413)
      #expect(await stream(50, then: Problem(.malformedRequest)).status == 400)
      #expect(await stream(50, then: CancellationError()).status == 503)
      #expect(Self.files(folder).isEmpty)
      #expect(try bench.database.admin("select count(*) from blobs") == "0")
      let whole = await stream(100)
      #expect(whole.status == 201 && whole.member("size") == "100000", "\(whole.text)")
      #expect(Self.files(folder).count == 1)
    }
  }

  @Test("orders of another station have no files for the caller, and take none (SEC-03)")
  func otherStation() async throws {
    try await Self.with { bench, folder in
      let own = bench.master(.station(bench.network.station))
      let foreign = bench.master(.station(bench.network.otherStation))
      let order = "/v1/work-orders/\(try await bench.walk(own).open())"
      let second = "/v1/work-orders/\(try await bench.walk(own).open())"
      let id = try #require(try await bench.attach("ours", to: order, own).member("id"))
      let asked = await bench.api.send(
        "POST", "\(order)/attachments?fileName=a.txt", token: foreign,
        headers: ["content-type": "text/plain", "idempotency-key": "\"\(UUID().uuidString)\""],
        stream: ByteStream(length: nil) { _ in Issue.record("the body was read") })
      #expect(asked.status == 404)
      for path in ["", "/\(id)", "/\(id)/content"] {
        expectProblem(await bench.get("\(order)/attachments\(path)", foreign), 404, "not-found")
      }
      let removed = await bench.send(
        "POST", "\(order)/attachments/\(id)/remove", foreign, body: #"{"reason": "x"}"#)
      expectProblem(removed, 404, "not-found")
      // An attachment belongs to its document.
      for path in ["/\(id)", "/\(id)/content", "/x"] {
        expectProblem(await bench.get("\(second)/attachments\(path)", own), 404, "not-found")
      }
      #expect(Self.files(folder).count == 1)
      // The second wall alone.
      let astray = bench.master(.network, session: .station(bench.network.otherStation))
      expectProblem(await bench.get("\(order)/attachments/\(id)", astray), 404, "not-found")
    }
  }

  @Test("a file is taken off with a reason, once; record and bytes stay, and it can be brought again (REC-10)")
  func removal() async throws {
    try await Self.with { bench, folder in
      let token = bench.master(.station(bench.network.station))
      let order = "/v1/work-orders/\(try await bench.walk(token).open())"
      let id = try #require(try await bench.attach("falsch", to: order, token).member("id"))
      let path = "\(order)/attachments/\(id)"
      expectProblem(
        await bench.send("POST", "\(path)/remove", token, body: "{}"), 422, "validation-failed", pointer: "#/reason")
      let key = "remove-key-000000001"
      let removed = await bench.send("POST", "\(path)/remove", token, body: #"{"reason": "传错"}"#, key: key)
      #expect(removed.status == 200 && removed.member("removal/reason") == "传错", "\(removed.text)")
      let again = await bench.send("POST", "\(path)/remove", token, body: #"{"reason": "传错"}"#, key: key)
      #expect(again.body == removed.body)
      expectProblem(
        await bench.send("POST", "\(path)/remove", token, body: #"{"reason": "x"}"#), 410, "attachment-removed")
      expectProblem(await bench.get("\(path)/content", token), 410, "attachment-removed")
      #expect(await bench.get(path, token).member("removal/by") == "测试")
      #expect(await bench.get("\(order)/attachments?removed=true", token).count("items") == 1)
      #expect(await bench.get("\(order)/attachments?removed=false", token).count("items") == 0)
      let history = await bench.get("\(order)/history?sort=-position", token)
      #expect(history.member("items/0/type") == "workOrder.attachmentRemoved")
      #expect(history.member("items/0/reason") == "传错")
      #expect(Self.files(folder).count == 1)
      let back = try await bench.attach("falsch", to: order, token)
      #expect(
        back.member("elsewhere/items/0/id") == id && back.member("elsewhere/items/0/removed") == "1", "\(back.text)")
    }
  }

  @Test("a store without room is 507, one that cannot be written 503, and nothing is recorded")
  func storeFails() async throws {
    try await Self.with(reservedBytes: 1 << 60) { bench, folder in
      let token = bench.master(.station(bench.network.station))
      let order = "/v1/work-orders/\(try await bench.walk(token).open())"
      let full = await bench.send(
        "POST", "\(order)/attachments?fileName=a.txt", token, ["content-type": "text/plain"], body: "x", checked: false)
      expectProblem(full, 507, "storage-full")
      #expect(Self.files(folder).isEmpty)
      #expect(
        try bench.database.admin("select (select count(*) from blobs) + (select count(*) from attachments)") == "0")
    }
    try await Self.with { bench, folder in
      let token = bench.master(.station(bench.network.station))
      let order = "/v1/work-orders/\(try await bench.walk(token).open())"
      // A file where the folder should be.
      try Data().write(to: URL(filePath: folder))
      let blocked = await bench.send(
        "POST", "\(order)/attachments?fileName=a.txt", token, ["content-type": "text/plain"], body: "x", checked: false)
      expectProblem(blocked, 503, "unavailable")
      #expect(blocked.header("retry-after") != nil)
      #expect(
        try bench.database.admin("select (select count(*) from blobs) + (select count(*) from attachments)") == "0")
      try FileManager.default.removeItem(atPath: folder)
      #expect(await bench.upload("x", type: "text/plain", to: order, token).status == 201)
    }
  }

  @Test("the database lets nobody change a file's record, mark it twice or hang it on bytes that were never claimed")
  func guarded() async throws {
    try await Self.with { bench, _ in
      let token = bench.master(.station(bench.network.station))
      let order = "/v1/work-orders/\(try await bench.walk(token).open())"
      let id = try #require(try await bench.attach("x", to: order, token).member("id"))
      for statement in [
        "update attachments set file_name = 'y'", "update attachments set sha256 = decode(repeat('00', 32), 'hex')",
        "delete from attachments", "update attachments set removed_at = now()",
      ] {
        #expect(throws: (any Error).self, "\(statement)") {
          try bench.database.asApplication(scope: "*", "\(statement) where id = '\(id)'")
        }
      }
      let mark = "update attachments set removed_at = now(), removed_by = 'x', removal_reason = 'y' where id = '\(id)'"
      try bench.database.asApplication(scope: "*", mark)
      #expect(throws: (any Error).self) { try bench.database.asApplication(scope: "*", mark) }
      #expect(throws: (any Error).self) { try bench.database.asApplication(scope: "*", "delete from blobs") }
      let hidden = try bench.database.asApplication(
        scope: "{\(bench.network.otherStation)}", "select count(*) from attachments")
      #expect(hidden == "0")
    }
  }

  @Test("what an upload left behind is collected after a day; what hangs on a document never is")
  func collected() async throws {
    try await Self.with { bench, folder in
      let token = bench.master(.station(bench.network.station))
      let first = "/v1/work-orders/\(try await bench.walk(token).open())"
      let kept = try #require(try await bench.attach("bleibt", to: first, token).member("id"))
      // The document has it already: the bytes are the same, the upload is refused, nothing is left over.
      #expect(await bench.upload("bleibt", type: "text/plain", to: first, token).status == 409)
      for text in ["alt", "neu"] { _ = try await bench.attach(text, to: first, token) }
      try bench.database.admin(
        "set app.scope = '*'; delete from attachments where size = 3; update blobs set claimed_at = now() - interval '2 days' where sha256 <> sha256('neu')"
      )
      try Data([1]).write(to: URL(filePath: "\(folder)/incoming/dead"))
      try FileManager.default.setAttributes(
        [.modificationDate: Date(timeIntervalSinceNow: -200_000)], ofItemAtPath: "\(folder)/incoming/dead")
      #expect(Self.files(folder).count == 4)

      try await bench.api.leases.register(["collectBlobs"])
      let lease = try #require(try await bench.api.leases.acquire(["collectBlobs"], holder: UUID()))
      #expect(try await !bench.api.attachmentHousekeeping.collect(under: lease))
      #expect(Self.files(folder).count == 2)
      #expect(try bench.database.admin("select count(*) from blobs") == "2")
      #expect(await bench.get("\(first)/attachments/\(kept)/content", token).text == "bleibt")
    }
  }
}
