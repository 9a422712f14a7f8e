import API
import Domain
import Foundation
import Services
import TestSupport
import Testing

/// People write on documents that have no transition table as well (domain.md section 3, operations.md).
@Suite("Notes on every kind of document", .timeLimit(.minutes(20))) struct NoteFamilyTests {
  @Test("each family takes notes and shows them, its history says so, and the version stays")
  func families() async throws {
    try await APIBench.with { bench in
      let documents = try await MatrixDocuments(bench)
      let owned = documents.own
      let transfer = try await AttachmentFamilyTests.transfer(bench)
      let paths = [
        "customers": owned.customer, "vehicles": documents.vehicle, "stations": owned.station,
        "suppliers": documents.supplier, "users": owned.user, "parts": documents.parts.part,
        "parts-sales": owned.stock.sale, "transfer-requests": transfer, "payable-items": owned.money.item,
      ]
      #expect(Set(NoteFamily.all.map(\.resource.collection)) == Set(paths.keys))
      for family in NoteFamily.all {
        // What stands on no station's document is headquarters' own.
        let token = family.resource == .part ? bench.master() : bench.master(.station(bench.network.station))
        let document = "/v1/\(family.resource.collection)/\(try #require(paths[family.resource.collection]))"
        let version = await bench.get(document, token).header("etag")
        let text = "已核实 \(family.resource.rawValue)"
        let made = try await bench.created("\(document)/notes", token, #"{"text": "\#(text)"}"#)
        #expect(made.member("text") == text)
        let page = await bench.get("\(document)/notes", token)
        #expect(page.count("items") == 1 && page.member("items/0/id") == made.member("id"), "\(document)")
        #expect(await bench.get(document, token).header("etag") == version)
        let history = await bench.get("\(document)/history?sort=-position&limit=100", token)
        #expect(history.member("items/0/type") == "\(family.resource.rawValue).noted", "\(document)")
        expectProblem(
          await bench.send("POST", "\(document)/notes", token, body: #"{"text": ""}"#), 422, "validation-failed",
          pointer: "#/text")
      }
    }
  }

  @Test("what one station writes about a vehicle no other station reads, headquarters does (SEC-03)")
  func vehicles() async throws {
    try await APIBench.with { bench in
      let path = "/v1/vehicles/\(TestNetwork.vin)"
      let here = bench.master(.station(bench.network.station))
      let there = bench.master(.station(bench.network.otherStation))
      let note = try await bench.created("\(path)/notes", here, #"{"text": "车主常改约"}"#)
      let id = try #require(note.member("id"))
      #expect(await bench.get("\(path)/notes", there).count("items") == 0)
      #expect(!(await bench.get("\(path)/history", there).text.contains(id)))
      #expect(await bench.get("\(path)/notes", bench.master()).count("items") == 1)
    }
  }

  @Test("a note on a customer is for those who may know him, and each look is recorded (SEC-04)")
  func customers() async throws {
    try await APIBench.with { bench in
      let path = "/v1/customers/\(bench.network.customer)/notes"
      let adviser = bench.token(.stAdviser)
      _ = try await bench.created(path, adviser, #"{"text": "周末来电"}"#)
      expectProblem(await bench.get(path, bench.token(.stTechnician)), 403, "forbidden")
      #expect(await bench.get(path, adviser).member("items/0/text") == "周末来电")
      let reads = try bench.database.admin("select operation from personal_data_reads order by read_at, id")
      #expect(reads.contains("GET /v1/customers/{id}/notes"))
      let foreign = bench.master(.station(bench.network.otherStation))
      expectProblem(await bench.get(path, foreign), 404, "not-found")
      expectProblem(await bench.send("POST", path, foreign, body: #"{"text": "x"}"#), 404, "not-found")
    }
  }

  @Test("notes on a part are headquarters' to write and everybody's to read; those on a supplier are headquarters' own")
  func headquarters() async throws {
    try await APIBench.with { bench in
      let documents = try await MatrixDocuments(bench)
      let station = bench.master(.station(bench.network.station))
      let part = "/v1/parts/\(documents.parts.part)/notes"
      expectProblem(await bench.send("POST", part, station, body: #"{"text": "x"}"#), 403, "forbidden")
      _ = try await bench.created(part, bench.master(), #"{"text": "换新包装"}"#)
      #expect(await bench.get(part, station).member("items/0/text") == "换新包装")
      let supplier = "/v1/suppliers/\(documents.supplier)/notes"
      _ = try await bench.created(supplier, bench.master(), #"{"text": "交货拖延"}"#)
      #expect(await bench.get(supplier, station).count("items") == 0)
    }
  }

  @Test("what can be done with a sale, an item and a proposal follows what they are and who asks (M2)")
  func offers() async throws {
    try await APIBench.with { bench in
      let owned = try await MatrixDocuments(bench).own
      let clerk = bench.token(.stPartsClerk)
      let sale = "/v1/parts-sales/\(owned.stock.sale)"
      let offered = await bench.get("\(sale)/actions", clerk)
      #expect(offered.member("items/0/action") == "reverse" && offered.member("items/0/obstacles/0/code") == nil)
      #expect(offered.member("items/0/href") == "\(sale)/reverse")
      let looking = await bench.get("\(sale)/actions", bench.token(.stPartsSupervisor))
      #expect(looking.member("items/0/obstacles/0/code") == "permission", "\(looking.text)")
      let reversed = await bench.act("\(sale)/reverse", clerk, #"{"reason": "退货"}"#)
      #expect(reversed.status == 200, "\(reversed.text)")
      #expect(await bench.get("\(sale)/actions", clerk).count("items") == 0)
      // Nobody disputes the item, and a proposal stays as it was made.
      let master = bench.master(.station(bench.network.station))
      #expect(await bench.get("/v1/payable-items/\(owned.money.item)/actions", master).count("items") == 0)
      let proposal = "/v1/replenishment-proposals/\(owned.stock.proposal)/actions"
      #expect(await bench.get(proposal, clerk).count("items") == 0)
      let foreign = bench.master(.station(bench.network.otherStation))
      for path in [
        sale, "/v1/payable-items/\(owned.money.item)", "/v1/replenishment-proposals/\(owned.stock.proposal)",
      ] {
        expectProblem(await bench.get("\(path)/actions", foreign), 404, "not-found")
      }
    }
  }
}
