import Domain
import Foundation
import TestSupport
import Testing

@Suite("Settlements and the ledger over HTTP", .timeLimit(.minutes(20))) struct SettlementRoutesTests {
  /// A settlement over January 2026 with a reward and a penalty whose reasons could do harm.
  private static func compiled(_ bench: APIBench) async throws -> String {
    let station = bench.network.station
    let master = bench.master()
    _ = try await bench.created(
      "/v1/rewards", master,
      #"{"stationId": "\#(station)", "reason": "<script>alert(1)</script> & \"好\"", "occurredOn": "2026-01-10", "amount": {"amount": "1200.00", "currency": "CNY"}}"#
    )
    _ = try await bench.created(
      "/v1/penalties", master,
      #"{"stationId": "\#(station)", "code": "ASM-P1", "reason": "=HYPERLINK(\"http://x\")", "occurredOn": "2026-01-17", "amount": {"amount": "30.00", "currency": "CNY"}}"#
    )
    let id = try await bench.create(
      "/v1/settlements", master, MatrixDocuments.settlementBody(station: "\(station)"))
    let answer = await bench.act("/v1/settlements/\(id)/compile", master)
    try #require(answer.status == 200, "\(answer.text)")
    return id
  }

  @Test("a settlement goes its way with each role's own token, and the answers are as documented (SM-7)")
  func walk() async throws {
    try await APIBench.with { bench in
      let id = try await Self.compiled(bench)
      let path = "/v1/settlements/\(id)"
      let clerk = bench.token(.stClaims)
      let settlement = await bench.get(path, clerk)
      #expect(settlement.member("payment/amount") == "1170.00" && settlement.member("lineCount") == "2")
      #expect(settlement.text.contains(#""availableActions":["disputeLine","confirm"]"#), "\(settlement.text)")
      let offers = await bench.get("\(path)/actions", clerk)
      #expect(offers.status == 200)
      // Nobody but the station confirms; nobody confirms twice.
      expectProblem(await bench.act("\(path)/confirm", bench.token(.hqService, scope: .network)), 403, "forbidden")
      #expect(await bench.act("\(path)/confirm", clerk, #"{"note": "核对无误"}"#).status == 200)
      expectProblem(await bench.act("\(path)/confirm", clerk), 409, "invalid-transition")
      #expect(await bench.act("\(path)/audit", bench.token(.hqService, scope: .network)).status == 200)
      let finance = bench.token(.finance, scope: .network)
      #expect(await bench.act("\(path)/approve", finance).status == 200)
      let same = await bench.act("\(path)/pay", finance, #"{"paymentReference": "HD-1"}"#)
      expectProblem(same, 409, "guard-failed")
      let paid = await bench.act(
        "\(path)/pay", bench.token(.finance, scope: .network), #"{"paymentReference": "HD-1", "paidOn": "2026-02-09"}"#)
      #expect(paid.status == 200 && paid.member("state") == "paid" && paid.member("paidOn") == "2026-02-09")
      #expect(await bench.act("\(path)/close", finance).member("state") == "closed")
      let entry = await bench.get("/v1/ledger/entries/\(try #require(paid.member("entryId")))", finance)
      #expect(entry.member("kind") == "settlement" && entry.count("postings") == 3, "\(entry.text)")
      let position = await bench.get("/v1/stations/\(bench.network.station)/position", clerk)
      #expect(position.member("positions/0/available/amount") == "0.00", "\(position.text)")
    }
  }

  @Test("the statement as data proves itself: the hash is that of its content (A4, SET-14)")
  func data() async throws {
    try await APIBench.with { bench in
      let id = try await Self.compiled(bench)
      let clerk = bench.token(.stClaims)
      let statement = await bench.get("/v1/settlements/\(id)/statement", clerk)
      #expect(statement.status == 200 && statement.count("lines") == 2)
      #expect(statement.member("paymentInWords") == "人民币壹仟壹佰柒拾元整")
      let content = try #require(statement.member("content"))
      let hash = try bench.database.admin(
        "select encode(sha256(convert_to($c$\(content)$c$, 'UTF8')), 'hex')")
      #expect(statement.member("contentHash") == hash)
      let again = await bench.get("/v1/settlements/\(id)/statement", clerk)
      #expect(again.body == statement.body)
      let comparison = await bench.get("/v1/settlements/\(id)/recompilation", clerk)
      #expect(
        comparison.member("identical") == "1" && comparison.member("recomputedHash") == hash, "\(comparison.text)")
    }
  }

  @Test("the statement as a table has one row a line, and no cell that a spreadsheet would run (SET-14)")
  func table() async throws {
    try await APIBench.with { bench in
      let id = try await Self.compiled(bench)
      let csv = await bench.get("/v1/settlements/\(id)/statement", bench.token(.stClaims), ["accept": "text/csv"])
      #expect(csv.status == 200 && csv.header("content-disposition")?.contains(".csv") == true)
      let rows = csv.text.split(separator: "\r\n").filter { !$0.hasPrefix("#") }
      #expect(rows.count == 3)
      #expect(csv.text.contains("# closing: 0.00\r\n"))
      #expect(csv.text.contains(#""'=HYPERLINK("#) && !csv.text.contains(#""=HYPERLINK"#), "\(csv.text)")
      expectProblem(
        await bench.get("/v1/settlements/\(id)/statement", bench.token(.stClaims), ["accept": "image/png"]), 406,
        "not-acceptable")
    }
  }

  @Test("nor is the name of the station, in the lines before the table, the beginning of a formula (SET-14)")
  func tableName() async throws {
    try await APIBench.with { bench in
      let id = try await Self.compiled(bench)
      try bench.database.admin(
        "update stations set name = '一站,=HYPERLINK(\"http://x\")' where id = '\(bench.network.station)'")
      let csv = await bench.get("/v1/settlements/\(id)/statement", bench.token(.stClaims), ["accept": "text/csv"])
      #expect(csv.status == 200 && csv.text.contains("一站,'=HYPERLINK"), "\(csv.text)")
    }
  }

  @Test("the statement as a page to be signed says amounts in figures and words, and escapes what was written (SET-10)")
  func page() async throws {
    try await APIBench.with { bench in
      let id = try await Self.compiled(bench)
      let clerk = bench.token(.stClaims)
      _ = await bench.act("/v1/settlements/\(id)/dispute-line", clerk, #"{"lineNumber": 2, "reason": "<b>不符</b>"}"#)
      let page = await bench.get("/v1/settlements/\(id)/statement", clerk, ["accept": "text/html"])
      #expect(page.status == 200 && page.header("content-type") == "text/html; charset=utf-8")
      #expect(page.header("content-security-policy")?.hasPrefix("default-src 'none'") == true)
      #expect(page.text.contains("人民币壹仟贰佰元整") && page.text.contains("1200.00"))
      for box in ["服务站(签字、盖章)", "制单", "审核", "批准", "付款"] { #expect(page.text.contains(box), "\(box)") }
      #expect(page.text.contains("异议项目") && page.text.contains("&lt;b&gt;不符&lt;/b&gt;"))
      #expect(page.text.contains("&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;好&quot;"))
      #expect(!page.text.contains("<script") && !page.text.contains("<b>"))
    }
  }

  private static func post(_ bench: APIBench, _ path: String, _ body: String, _ token: String) async -> TestAnswer {
    await bench.send("POST", path, token, body: body)
  }

  @Test("what is wrong with a body is said member by member (C-09)")
  func refusals() async throws {
    try await APIBench.with { bench in
      let station = bench.network.station
      let finance = bench.token(.finance, scope: .network)
      let settlements = bench.token(.hqClaims, scope: .network)
      let half = await Self.post(
        bench,
        "/v1/settlements", #"{"stationId": "\#(station)", "periodFrom": "2026-01-01"}"#, settlements)
      #expect(half.status == 422 && half.member("errors/0/pointer") == "#/periodTo", "\(half.text)")
      let future = await Self.post(
        bench,
        "/v1/settlements", #"{"stationId": "\#(station)", "periodFrom": "2026-01-01", "periodTo": "2999-01-01"}"#,
        settlements)
      #expect(future.status == 422 && future.member("errors/0/pointer") == "#/periodTo")
      for (body, pointer) in [
        (#""kind": "settlement", "amount": {"amount": "1.00", "currency": "CNY"}"#, "#/kind"),
        (#""kind": "payment", "amount": {"amount": "-1.00", "currency": "CNY"}"#, "#/amount"),
        (#""kind": "adjustment", "amount": {"amount": "0.00", "currency": "CNY"}"#, "#/amount"),
        (
          #""kind": "payment", "counterAccount": "cash", "amount": {"amount": "1.00", "currency": "CNY"}"#,
          "#/counterAccount"
        ),
        (
          #""kind": "adjustment", "counterAccount": "payable", "amount": {"amount": "1.00", "currency": "CNY"}"#,
          "#/counterAccount"
        ),
      ] {
        let answer = await Self.post(
          bench,
          "/v1/ledger/entries", "{\"stationId\": \"\(station)\", \"description\": \"试\", \(body)}", finance)
        #expect(answer.status == 422 && answer.member("errors/0/pointer") == pointer, "\(body): \(answer.text)")
      }
      let code = await Self.post(
        bench,
        "/v1/penalties",
        #"{"stationId": "\#(station)", "code": "ASM-X", "reason": "试", "amount": {"amount": "30.00", "currency": "CNY"}}"#,
        bench.token(.hqService, scope: .network))
      #expect(code.status == 422 && code.member("errors/0/pointer") == "#/code")
    }
  }

  @Test("sent once more with its key, a payment is answered as before and pays nothing more (C-19)")
  func repeated() async throws {
    try await APIBench.with { bench in
      let id = try await Self.compiled(bench)
      let path = "/v1/settlements/\(id)"
      #expect(await bench.act("\(path)/confirm", bench.token(.stClaims)).status == 200)
      #expect(await bench.act("\(path)/audit", bench.token(.hqService, scope: .network)).status == 200)
      #expect(await bench.act("\(path)/approve", bench.token(.finance, scope: .network)).status == 200)
      let payer = bench.token(.finance, scope: .network)
      let body = #"{"paymentReference": "HD-1"}"#
      let first = await bench.act("\(path)/pay", payer, body, key: "pay-once-0123456789")
      let second = await bench.act("\(path)/pay", payer, body, key: "pay-once-0123456789")
      #expect(first.status == 200 && second.status == 200 && first.body == second.body)
      #expect(second.header("idempotency-replayed") == "true")
      #expect(try bench.database.admin("select count(*) from ledger_entries where kind = 'settlement'") == "1")
    }
  }
}
