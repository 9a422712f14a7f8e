import Domain
import FoundationEssentials
import TestSupport
import Testing

/// What api-conventions say of every record, by the families that are plain records.
@Suite("Records over HTTP", .timeLimit(.minutes(20))) struct RecordConventionTests {
  @Test("created with Location, ETag and the document as it is read later (C-14, C-15)", arguments: RecordFamily.all)
  func create(_ family: RecordFamily) async throws {
    try await APIBench.with { bench in
      let token = bench.master()
      let made = try await bench.created(family.path, token, family.draft(bench.network, 1))
      let id = try #require(made.member("id"))
      #expect(made.header("location") == "http://api.test\(family.path)/\(id)")
      #expect(made.header("etag") == #""1""# && made.member("version") == "1")
      #expect(made.header("cache-control") == "no-store")
      #expect(UUID(canonical: id) != nil && id.dropFirst(14).first == "7")
      let read = await bench.get("\(family.path)/\(id)", token)
      #expect(read.status == 200 && read.body == made.body && read.header("etag") == #""1""#)
      let head = await bench.send("HEAD", "\(family.path)/\(id)", token)
      #expect(head.status == 200 && head.header("etag") == #""1""#)
      for tag in [#""1""#, #""x", W/"1""#, "*"] {
        let same = await bench.get("\(family.path)/\(id)", token, ["if-none-match": tag])
        #expect(same.status == 304 && same.body.isEmpty && same.header("etag") == #""1""#)
      }
      #expect(await bench.get("\(family.path)/\(id)", token, ["if-none-match": #""2""#]).status == 200)
      for (id, slash) in [(UUID.version7(at: .init(milliseconds: 0)).canonical, ""), ("not-a-uuid", ""), (id, "/")] {
        expectProblem(await bench.get("\(family.path)/\(id)\(slash)", token), 404, "not-found")
      }
    }
  }

  @Test("its actions tell who may change it: a patch of the document itself (M2)", arguments: RecordFamily.all)
  func offers(_ family: RecordFamily) async throws {
    try await APIBench.with { bench in
      let made = try await bench.created(family.path, bench.master(), family.draft(bench.network, 1))
      let path = "\(family.path)/\(try #require(made.member("id")))"
      // May read everything and write nothing.
      let readers = Set(Permission.allCases.filter { $0.action == "read" })
      let reader = bench.token(APIBench.caller([], readers, .network))
      for (token, isAllowed) in [(bench.master(), true), (reader, false)] {
        let offers = await bench.get("\(path)/actions", token)
        let last = "items/\(offers.count("items") - 1)"
        #expect(offers.member("\(last)/action") == "update", "\(offers.text)")
        #expect(offers.member("\(last)/href") == path && offers.member("\(last)/method") == "PATCH")
        #expect(offers.member("\(last)/allowed") == (isAllowed ? "1" : "0"))
        #expect(offers.member("\(last)/obstacles/0/code") == (isAllowed ? nil : "permission"))
      }
    }
  }

  @Test("a key replays byte for byte, is needed, and serves one body only (C-19)", arguments: RecordFamily.all)
  func idempotency(_ family: RecordFamily) async throws {
    try await APIBench.with { bench in
      let token = bench.master()
      let draft = family.draft(bench.network, 1)
      let key = "key-0123456789abcdef"
      let first = await bench.send("POST", family.path, token, body: draft, key: key)
      let again = await bench.send("POST", family.path, token, body: draft, key: key)
      #expect(first.status == 201 && again.status == 201 && again.body == first.body)
      #expect(first.header("idempotency-replayed") == nil && again.header("idempotency-replayed") == "true")
      for name in ["location", "etag", "content-type"] { #expect(again.header(name) == first.header(name)) }
      let other = await bench.send("POST", family.path, token, body: family.draft(bench.network, 2), key: key)
      expectProblem(other, 422, "idempotency-key-reused")
      expectProblem(
        await bench.send("POST", family.path, token, body: draft, key: nil), 400, "idempotency-key-required")
      for bad in [#""short""#, String(repeating: "k", count: 129), #""unclosed-0123456789"#] {
        let answer = await bench.send("POST", family.path, token, ["idempotency-key": bad], body: draft, key: nil)
        expectProblem(answer, 400, "malformed-request")
      }
      // Only success is kept: what failed may be put right under the same key.
      let refused = await bench.send("POST", family.path, token, body: "{}", key: "key-of-a-failure-1")
      #expect(refused.status == 422)
      let put = await bench.send(
        "POST", family.path, token, body: family.draft(bench.network, 3), key: "key-of-a-failure-1")
      #expect(put.status == 201)
    }
  }

  @Test("every fault of a body is named at its place (C-02, C-09)", arguments: RecordFamily.all)
  func validation(_ family: RecordFamily) async throws {
    try await APIBench.with { bench in
      let token = bench.master()
      let answer = await bench.send("POST", family.path, token, body: family.invalid.body)
      for fault in family.invalid.faults {
        expectProblem(answer, 422, "validation-failed", pointer: fault.pointer, code: fault.code)
      }
      let draft = family.draft(bench.network, 1)
      let surplus = draft.replacing("{", with: #"{"id": "x", "surprise": 1, "#, maxReplacements: 1)
      let refused = await bench.send("POST", family.path, token, body: surplus)
      expectProblem(refused, 422, "validation-failed", pointer: "#/surprise", code: "unknownField")
      expectProblem(refused, 422, "validation-failed", pointer: "#/id")
      let zero = draft.replacing(#""kind": "#, with: #""kind\u0000": "#, maxReplacements: 1)
      if zero != draft {
        #expect([400, 422].contains(await bench.send("POST", family.path, token, body: zero).status))
      }
      for (bad, type) in [
        ("{", "malformed-request"), (#"{"a": 1, "a": 2}"#, "malformed-request"), ("", "malformed-request"),
      ] {
        expectProblem(await bench.send("POST", family.path, token, body: bad), 400, type)
      }
      expectProblem(await bench.send("POST", family.path, token, body: "[]"), 422, "validation-failed", pointer: "#")
      if let unique = family.unique {
        let known = try await bench.create(family.path, token, draft)
        let taken = await bench.send("POST", family.path, token, body: draft)
        expectProblem(taken, 409, "already-exists")
        #expect(taken.member("field") == unique && taken.member("existingId") == known)
      }
    }
  }

  @Test(
    "a patch merges, clears, needs the version and raises it only for a change (C-16, C-17)",
    arguments: RecordFamily.all)
  func patch(_ family: RecordFamily) async throws {
    try await APIBench.with { bench in
      let token = bench.master()
      let path = "\(family.path)/\(try await bench.create(family.path, token, family.draft(bench.network, 1)))"
      let (member, value) = family.patched
      let body = #"{"\#(member)": \#(value)}"#
      expectProblem(await bench.patch(path, token, version: nil, body), 428, "precondition-required")
      let mismatch = await bench.patch(path, token, version: 7, body)
      expectProblem(mismatch, 412, "version-mismatch")
      #expect(mismatch.header("etag") == #""1""# && mismatch.member("currentVersion") == "1")
      let weak = await bench.send("PATCH", path, token, ["if-match": #"W/"1""#], body: body)
      expectProblem(weak, 412, "version-mismatch")
      expectProblem(await bench.send("PATCH", path, token, ["if-match": "1"], body: body), 400, "malformed-request")

      let before = await bench.get(path, token)
      let changed = await bench.patch(path, token, version: 1, body)
      #expect(changed.status == 200 && changed.header("etag") == #""2""# && changed.member("version") == "2")
      #expect(changed.member(family.clearable.member) == before.member(family.clearable.member))
      let read = await bench.get(path, token)
      #expect(read.body == changed.body)
      // Sent again, the same patch changes nothing; nor does an empty one.
      for same in [body, "{}"] {
        let unchanged = await bench.patch(path, token, version: 2, same)
        #expect(unchanged.status == 200 && unchanged.member("version") == "2")
      }
      let cleared = await bench.patch(path, token, version: 2, #"{"\#(family.clearable.member)": null}"#)
      #expect(cleared.status == 200 && cleared.member(family.clearable.member) == nil)
      #expect(cleared.member("version") == "3")
      let back = await bench.patch(
        path, token, version: 3, #"{"\#(family.clearable.member)": \#(family.clearable.value)}"#)
      #expect(back.member("version") == "4")
      expectProblem(
        await bench.patch(path, token, version: 4, #"{"\#(family.required)": null}"#), 422, "validation-failed",
        pointer: "#/\(family.required)", code: "required")
      for name in family.readOnly {
        expectProblem(
          await bench.patch(path, token, version: 4, #"{"\#(name)": "x"}"#), 422, "validation-failed",
          pointer: "#/\(name)", code: "readOnly")
      }
      expectProblem(
        await bench.patch(path, token, version: 4, #"{"surprise": 1}"#), 422, "validation-failed",
        pointer: "#/surprise", code: "unknownField")
      expectProblem(await bench.patch("\(family.path)/nobody", token, version: 4, body), 404, "not-found")

      let history = await bench.get("\(path)/history", token)
      #expect(history.count("items") == 4)
      #expect(history.member("items/0/version") == "1" && history.member("items/3/version") == "4")
      #expect(history.member("items/1/changes/0/field") == member)
      let newest = await bench.get("\(path)/history?sort=-position&limit=1", token)
      #expect(newest.member("items/0/version") == "4" && newest.member("nextCursor") != nil)
      expectProblem(await bench.get("\(family.path)/nobody/history", token), 404, "not-found")
    }
  }

  @Test(
    "lists walk by cursor without gap or double, and refuse what they do not know (C-10…C-13)",
    arguments: RecordFamily.all)
  func list(_ family: RecordFamily) async throws {
    try await APIBench.with { bench in
      let token = bench.master()
      var made: Set<String> = []
      for number in 1...7 {
        made.insert(try await bench.create(family.path, token, family.draft(bench.network, 10 + number)))
      }
      for sort in ["", "&sort=\(family.sort)"] {
        var (seen, query): ([String], String) = ([], "limit=2\(sort)")
        var previous: String?
        while true {
          let page = await bench.get("\(family.path)?\(query)", token)
          try #require(page.status == 200, "\(page.text)")
          let count = page.count("items")
          seen += (0..<count).compactMap { page.member("items/\($0)/id") }
          guard let next = page.member("nextCursor") else { break }
          #expect(count == 2)
          #expect(page.header("link")?.contains("cursor=\(next)>; rel=\"next\"") == true)
          previous = page.member("prevCursor") ?? previous
          query = "limit=2\(sort)&cursor=\(next)"
        }
        #expect(Set(seen).count == seen.count && Set(seen).isSuperset(of: made))
        if let previous {
          #expect(await bench.get("\(family.path)?limit=2\(sort)&cursor=\(previous)", token).status == 200)
        }
      }
      let total = await bench.get("\(family.path)?total=exact&limit=1", token)
      #expect((total.member("totalCount").flatMap { Int($0) } ?? 0) >= 7 && total.member("totalIsLowerBound") == "0")
      let next = try #require(total.member("nextCursor"))
      for (query, parameter) in [
        ("surprise=1", "surprise"), ("limit=0", "limit"), ("limit=-1", "limit"), ("limit=x", "limit"),
        ("sort=secret", "sort"), ("total=yes", "total"), ("fields=a.b.c", "fields"), ("limit=1&limit=2", "limit"),
      ] {
        expectProblem(
          await bench.get("\(family.path)?\(query)", token), 400, "invalid-parameter", parameter: parameter)
      }
      for query in ["cursor=\(next)x", "cursor=\(next)&sort=\(family.sort)", "cursor=!"] {
        expectProblem(await bench.get("\(family.path)?\(query)", token), 400, "invalid-cursor")
      }
      #expect(await bench.get("\(family.path)?limit=5000", token).status == 200)
      let narrow = await bench.get("\(family.path)?fields=id,version&limit=1", token)
      #expect(narrow.text.hasPrefix(#"{"items":[{"id":"#) && !narrow.text.contains("createdAt"))
      let one = await bench.get("\(family.path)/\(try #require(made.first))?fields=id", token)
      #expect(one.status == 200 && one.header("etag") == nil && one.member("version") == nil)
    }
  }

  private static func methods(_ answer: TestAnswer) -> Set<String> {
    Set((answer.header("allow") ?? "").split(separator: ",").map { $0.filter { $0 != " " } })
  }

  @Test("methods and media types that are not offered are refused with what is (C-06)", arguments: RecordFamily.all)
  func negotiation(_ family: RecordFamily) async throws {
    try await APIBench.with { bench in
      let token = bench.master()
      let draft = family.draft(bench.network, 1)
      let path = "\(family.path)/\(try await bench.create(family.path, token, draft))"
      let delete = await bench.send("DELETE", family.path, token)
      expectProblem(delete, 405, "method-not-allowed")
      #expect(Self.methods(delete) == ["GET", "HEAD", "OPTIONS", "POST"])
      let put = await bench.send("PUT", path, token, body: "{}")
      expectProblem(put, 405, "method-not-allowed")
      #expect(Self.methods(put) == ["GET", "HEAD", "OPTIONS", "PATCH"])
      let options = await bench.send("OPTIONS", path, token)
      #expect(options.status == 204 && Self.methods(options) == Self.methods(put))
      expectProblem(await bench.get(path, token, ["accept": "text/html"]), 406, "not-acceptable")
      #expect(await bench.get(path, token, ["accept": "text/html, */*;q=0.1"]).status == 200)
      let xml = await bench.send("POST", family.path, token, ["content-type": "text/xml"], body: draft)
      expectProblem(xml, 415, "unsupported-media-type")
      #expect(xml.header("accept") == "application/json")
      let plain = await bench.send(
        "PATCH", path, token, ["content-type": "application/json", "if-match": "*"], body: "{}")
      expectProblem(plain, 415, "unsupported-media-type")
      #expect(plain.header("accept-patch") == "application/merge-patch+json")
      let latin = await bench.send(
        "POST", family.path, token, ["content-type": "application/json; charset=iso-8859-1"], body: draft)
      expectProblem(latin, 415, "unsupported-media-type")
      let large = #"{"name": "\#(String(repeating: "a", count: 1 << 20))"}"#
      expectProblem(await bench.send("POST", family.path, token, body: large), 413, "content-too-large")
      expectProblem(
        await bench.send("GET", path + "?q=" + String(repeating: "a", count: 20_000), token), 414, "uri-too-long")
    }
  }
}
