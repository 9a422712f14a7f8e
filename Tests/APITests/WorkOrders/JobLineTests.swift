import API
import Domain
import FoundationEssentials
import TestSupport
import Testing

/// Jobs, parts, clockings, additional items and inspections over HTTP.
@Suite("Jobs of an order over HTTP", .timeLimit(.minutes(20))) struct JobLineRequestTests {
  @Test(
    "lines, bought-in work and parts are added, changed and taken out while the order may be edited (WO-19, WO-20, WO-22)"
  )
  func lines() async throws {
    try await APIBench.with { bench in
      let token = bench.master(.station(bench.network.station))
      let walk = bench.walk(token)
      let id = try await walk.open()
      let path = "/v1/work-orders/\(id)"
      let key = "line-key-0123456789"
      let body =
        #"{"description": "外包 Sublet", "sublet": {"description": "喷漆", "amount": {"amount": "500.00", "currency": "CNY"}}, "split": {"insurance": {"amount": "500.00", "currency": "CNY"}}}"#
      let added = await bench.send("POST", "\(path)/lines", token, body: body, key: key)
      #expect(added.status == 201 && added.member("number") == "2" && added.header("etag") == #""2""#, "\(added.text)")
      #expect(added.member("amount/amount") == "500.00" && added.member("split/insurance/amount") == "500.00")
      #expect(await bench.send("POST", "\(path)/lines", token, body: body, key: key).body == added.body)
      let short =
        #"{"description": "x", "standardHours": "1.00", "split": {"customer": {"amount": "1.00", "currency": "CNY"}}}"#
      let unsplit = await bench.send("POST", "\(path)/lines", token, body: short)
      #expect(
        unsplit.status == 422 && unsplit.member("errors/0/pointer")?.hasPrefix("#/split") == true, "\(unsplit.text)")

      let line = "\(path)/lines/2"
      let edited = await bench.patch(line, token, version: 2, #"{"cause": "碰撞", "concern": null}"#)
      #expect(edited.status == 200 && edited.member("cause") == "碰撞" && edited.header("etag") == #""3""#)
      #expect(await bench.patch(line, token, version: 3, #"{"cause": "碰撞"}"#).header("etag") == #""3""#)
      for (body, pointer, code) in [
        (#"{"description": null}"#, "#/description", "required"), (#"{"number": 9}"#, "#/number", "readOnly"),
        (#"{"standardHours": "-1.00"}"#, "#/standardHours", "outOfRange"), (#"{"x": 1}"#, "#/x", "unknownField"),
      ] {
        let answer = await bench.patch(line, token, version: 3, body)
        expectProblem(answer, 422, "validation-failed", pointer: pointer)
        #expect(answer.member("errors/0/code") == code || code == "outOfRange", "\(answer.text)")
      }
      expectProblem(await bench.patch(line, token, version: nil, #"{"cause": "x"}"#), 428, "precondition-required")
      expectProblem(await bench.patch(line, token, version: 1, #"{"cause": "x"}"#), 412, "version-mismatch")
      for missing in ["9", "0", "x", "-1"] {
        expectProblem(
          await bench.patch("\(path)/lines/\(missing)", token, version: 3, #"{"cause": "x"}"#), 404, "not-found")
      }

      let part =
        #"{"partNumber": "P-2", "description": "件", "quantity": 3, "unitPrice": {"amount": "10.00", "currency": "CNY"}}"#
      let parts = await bench.send("POST", "\(path)/lines/1/parts", token, body: part)
      #expect(
        parts.status == 201 && parts.member("partsAmount/amount") == "230.00" && parts.count("parts") == 2,
        "\(parts.text)")
      let wrong = await bench.send(
        "POST", "\(path)/lines/1/parts", token,
        body:
          #"{"partNumber": "", "quantity": 0, "unitPrice": {"amount": "10.00", "currency": "USD"}, "origin": "stolen"}"#
      )
      for pointer in ["#/partNumber", "#/quantity", "#/description", "#/origin"] {
        expectProblem(wrong, 422, "validation-failed", pointer: pointer)
      }
      let partID = try #require(parts.member("parts/1/id"))
      expectProblem(await bench.send("DELETE", "\(path)/lines/1/parts/\(partID)", token), 428, "precondition-required")
      expectProblem(
        await bench.send("DELETE", "\(path)/lines/2/parts/\(partID)", token, ["if-match": "*"]), 404, "not-found")
      let gone = await bench.send("DELETE", "\(path)/lines/1/parts/\(partID)", token, ["if-match": #""4""#])
      #expect(gone.status == 204 && gone.body.isEmpty, "\(gone.text)")
      expectProblem(
        await bench.send("DELETE", "\(path)/lines/1/parts/\(partID)", token, ["if-match": "*"]), 404, "not-found")
      expectProblem(await bench.send("DELETE", "\(path)/lines/1/parts/x", token, ["if-match": "*"]), 404, "not-found")
      expectProblem(await bench.send("DELETE", line, token, ["if-match": #""1""#]), 412, "version-mismatch")
      #expect(await bench.send("DELETE", line, token, ["if-match": "*"]).status == 204)
      expectProblem(await bench.send("DELETE", line, token, ["if-match": "*"]), 404, "not-found")
      let left = await bench.get("\(path)/lines", token)
      #expect(left.count("items") == 1 && left.member("total/amount") == "300.00" && left.header("etag") == #""6""#)
      // A number that was taken out does not come back.
      let next = await bench.send(
        "POST", "\(path)/lines", token, body: #"{"description": "新", "standardHours": "0.10"}"#)
      #expect(next.member("number") == "3")
      #expect(await bench.get("\(path)/lines", token, ["if-none-match": #""7""#]).status == 304)
    }
  }

  @Test("one technician works on one job at a time; an unapproved item waits for the customer (WO-04, WO-25)")
  func work() async throws {
    try await APIBench.with { bench in
      let master = bench.master(.station(bench.network.station))
      let walk = bench.walk(master)
      let id = try await walk.order(in: .inRepair)
      let path = "/v1/work-orders/\(id)"
      let technician = bench.token(.stTechnician, subject: .user(bench.network.technician.uuid))
      expectProblem(await bench.act("\(path)/lines/1/clock-off", technician, ifMatch: nil), 409, "not-clocked-on")
      let on = await bench.act("\(path)/lines/1/clock-on", technician, ifMatch: nil)
      #expect(on.status == 200 && on.count("clockings") == 1 && on.member("clockings/0/stoppedAt") == nil, "\(on.text)")
      expectProblem(await bench.act("\(path)/lines/1/clock-on", technician, ifMatch: nil), 409, "technician-busy")
      let elsewhere = try await walk.order(in: .inRepair)
      expectProblem(
        await bench.act("/v1/work-orders/\(elsewhere)/lines/1/clock-on", technician, ifMatch: nil), 409,
        "technician-busy")
      expectProblem(await bench.act("\(path)/lines/1/clock-off", technician, ifMatch: #""1""#), 412, "version-mismatch")
      let machine = bench.token(.dmsClient)
      expectProblem(
        await bench.act("\(path)/lines/1/clock-on", machine, ifMatch: nil), 422, "validation-failed",
        pointer: "#/technicianId", code: "required")

      let item = await bench.send(
        "POST", "\(path)/lines", technician, body: #"{"description": "雾灯", "standardHours": "0.20", "concern": "不亮"}"#)
      #expect(item.member("additional") == "1" && item.member("decision") == "open")
      expectProblem(await bench.act("\(path)/lines/2/clock-on", technician, ifMatch: nil), 409, "item-not-approved")
      let unfinished = await bench.act("\(path)/finish", technician)
      expectProblem(unfinished, 409, "guard-failed")
      #expect(unfinished.member("guard") == "undecided-items")
      #expect(
        await bench.act("\(path)/lines/1/clock-off", technician, ifMatch: nil).member("clockings/0/stoppedAt") != nil)
      let asked = await bench.act("\(path)/request-approval", technician, #"{"reason": "雾灯不亮"}"#)
      #expect(asked.member("state") == "awaitingCustomerApproval" && asked.member("estimate/revision") == "2")
      let hash = try #require(asked.member("estimate/hash"))
      func decide(_ decisions: String) async -> TestAnswer {
        await bench.act(
          "\(path)/decide-items", master,
          #"{"estimateHash": "\#(hash)", "decidedBy": "王小明", "channel": "phone", "decisions": \#(decisions)}"#)
      }
      expectProblem(await decide("[]"), 422, "validation-failed", pointer: "#/decisions")
      #expect([409, 422].contains(await decide(#"[{"line": 9, "decision": "approved"}]"#).status))
      let decided = await decide(#"[{"line": 2, "decision": "refused"}]"#)
      #expect(decided.member("state") == "inRepair", "\(decided.text)")
      #expect(await bench.get("\(path)/lines", master).member("items/1/decision") == "refused")
      let waits = await bench.act("\(path)/await-parts", master, #"{"partNumbers": ["BP-1"]}"#)
      #expect(waits.member("state") == "awaitingParts")
      #expect(await bench.act("\(path)/parts-arrived", master).member("state") == "inRepair")

      let unsaid = await bench.act("\(path)/finish", technician)
      expectProblem(unsaid, 409, "guard-failed")
      #expect(unsaid.member("guard") == "correction-missing")
      _ = await bench.send(
        "PATCH", "\(path)/lines/1", technician, ["if-match": "*"], body: #"{"correction": "更换"}"#)
      #expect(await bench.act("\(path)/finish", technician).member("state") == "qualityCheck")
      let judge = bench.token(.stInspector, .stTechnician, subject: .user(bench.network.technician.uuid))
      let himself = await bench.act("\(path)/pass-inspection", judge)
      #expect(
        [403, 409].contains(himself.status) && himself.text.contains("inspector-is-technician"), "\(himself.text)")
      let inspector = bench.token(.stInspector, subject: .user(bench.network.inspector.uuid))
      expectProblem(
        await bench.act("\(path)/fail-inspection", inspector), 422, "validation-failed", pointer: "#/findings",
        code: "required")
      let failed = await bench.act("\(path)/fail-inspection", inspector, #"{"findings": "仍有异响"}"#)
      #expect(failed.member("state") == "inRepair" && failed.member("failedInspections") == "1")
      #expect(await bench.act("\(path)/finish", technician).member("state") == "qualityCheck")
      #expect(await bench.act("\(path)/pass-inspection", inspector).member("state") == "ready")
      #expect(await bench.get("\(path)/inspections", inspector).count("items") == 2)
      try await walk.advance(id, to: .notified)
      expectProblem(
        await bench.act("\(path)/accept", master, #"{"acceptedBy": "王"}"#), 422, "validation-failed",
        pointer: "#/workExplained")
      let refused = await bench.act(
        "\(path)/accept", master, #"{"acceptedBy": "王", "decision": "refused", "reason": "异响"}"#)
      #expect(refused.member("state") == "qualityCheck", "\(refused.text)")
    }
  }

  @Test("payments must pay exactly the customer's share (WO-07, D-26)")
  func settlement() async throws {
    try await APIBench.with { bench in
      let token = bench.master(.station(bench.network.station))
      let id = try await bench.walk(token).order(in: .accepted)
      let path = "/v1/work-orders/\(id)/settle"
      func pay(_ amounts: String...) async -> TestAnswer {
        let payments = amounts.map { #"{"method": "card", "amount": {"amount": "\#($0)", "currency": "CNY"}}"# }
        return await bench.act(path, token, #"{"payments": [\#(payments.joined(separator: ","))]}"#)
      }
      for amounts in [["299.99"], ["300.01"], []] {
        let answer = amounts.isEmpty ? await bench.act(path, token, #"{"payments": []}"#) : await pay(amounts[0])
        expectProblem(answer, 422, "validation-failed", pointer: "#/payments")
      }
      expectProblem(await pay("300.00", "x"), 422, "validation-failed", pointer: "#/payments/1/amount/amount")
      #expect(await pay("100.00", "200.00").member("state") == "settled")
      let invoice = await bench.get("/v1/work-orders/\(id)/invoice", token)
      #expect(invoice.count("payments") == 2 && invoice.count("items") == 1)
    }
  }

  @Test("notes are added to an order in any state, and read newest first")
  func notes() async throws {
    try await APIBench.with { bench in
      let token = bench.token(.stInspector)
      let id = try await bench.walk(bench.master(.station(bench.network.station))).order(in: .inspected)
      let path = "/v1/work-orders/\(id)/notes"
      let first = try await bench.created(path, token, #"{"text": "旧件带走"}"#)
      _ = try await bench.created(path, token, #"{"text": "第二"}"#)
      let notes = await bench.get(path, token)
      #expect(notes.count("items") == 2 && notes.member("items/1/id") == first.member("id"))
      #expect(await bench.get("\(path)?limit=1&sort=createdAt", token).member("items/0/text") == "旧件带走")
      expectProblem(
        await bench.send("POST", path, token, body: #"{"text": ""}"#), 422, "validation-failed", pointer: "#/text")
      expectProblem(
        await bench.send("POST", "/v1/work-orders/x/notes", token, body: #"{"text": "x"}"#), 404, "not-found")
      #expect(await bench.get("/v1/work-orders/\(id)", token).member("version") == "2")
    }
  }
}
