import Domain
import Foundation
import Services
import TestSupport
import Testing

/// Files hang on every document, and are seen by whoever sees it (domain.md section 3, operations.md).
@Suite("Files on every kind of document", .timeLimit(.minutes(20))) struct AttachmentFamilyTests {
  @Test("each family takes, shows and gives up files, and its history says so")
  func families() async throws {
    try await APIBench.with { bench in
      let documents = try await MatrixDocuments(bench)
      let owned = documents.own
      let token = bench.master(.station(bench.network.station))
      let transfer = try await Self.transfer(bench)
      let paths = [
        "work-orders": owned.order, "service-requests": owned.request, "appointments": owned.appointment,
        "product-returns": owned.productReturn, "customers": owned.customer, "vehicles": documents.vehicle,
        "complaints": owned.complaint, "settlements": owned.money.settlement, "old-parts": owned.oldPart,
        "supplier-recoveries": documents.recovery, "parts-claims": owned.partsClaim, "warranty-claims": owned.claim,
        "pre-authorisations": owned.preAuthorisation, "penalties": owned.money.penalty, "rewards": owned.money.reward,
        "quality-issues": owned.issue, "parts-orders": owned.partsOrder, "transfer-requests": transfer,
        "shipments": owned.shipment, "parts-sales": owned.stock.sale, "parts-returns": owned.stock.partsReturn,
        "stocktakes": owned.stock.stocktake, "minimum-stocks": owned.stock.minimum,
        "price-lists": documents.parts.priceList, "follow-ups": owned.followUp, "letters": owned.letter,
        "campaigns": documents.campaign, "early-warnings": documents.warning, "stations": owned.station,
        "parts": documents.parts.part, "vehicle-models": documents.model, "labour-operations": documents.operation,
        "suppliers": documents.supplier,
      ]
      #expect(Set(AttachmentFamily.all.map(\.resource.collection)) == Set(paths.keys))
      for family in AttachmentFamily.all {
        // Recoveries and signals are headquarters'.
        let isHeadquarters = [.supplierRecovery, .earlyWarning].contains(family.resource)
        let token = isHeadquarters ? bench.master() : token
        let document = "/v1/\(family.resource.collection)/\(try #require(paths[family.resource.collection]))"
        let version = await bench.get(document, token).header("etag")
        let made = try await bench.attach("照片 \(family.resource.rawValue)", to: document, token)
        let file = "\(document)/attachments/\(try #require(made.member("id")))"
        #expect(await bench.get("\(file)/content", token).text == "照片 \(family.resource.rawValue)")
        // What is everybody's has both stations' files, but where each has its own; the transfer had none.
        let shared: Set<Resource> = [
          .supplierRecovery, .earlyWarning, .part, .vehicleModel, .labourOperation, .priceList, .campaign,
        ]
        let count = shared.contains(family.resource) ? 3 : family.resource == .transferRequest ? 1 : 2
        #expect(await bench.get("\(document)/attachments", token).count("items") == count, "\(document)")
        let twice = await bench.upload(
          "照片 \(family.resource.rawValue)", type: "text/plain", named: "b.txt", to: document, token,
          key: "same-\(family.resource.rawValue)-0123456789")
        expectProblem(twice, 409, "already-exists")
        let removed = await bench.send("POST", "\(file)/remove", token, body: #"{"reason": "传错"}"#)
        #expect(removed.status == 200, "\(removed.text)")
        expectProblem(await bench.get("\(file)/content", token), 410, "attachment-removed")
        #expect(await bench.get(document, token).header("etag") == version)
        let history = await bench.get("\(document)/history?sort=-position&limit=100", token)
        #expect(history.member("items/0/type") == "\(family.resource.rawValue).attachmentRemoved", "\(document)")
        #expect(history.member("items/1/type") == "\(family.resource.rawValue).attached")
      }
    }
  }

  /// What the other station asks of the stock of the first one.
  static func transfer(_ bench: APIBench) async throws -> String {
    let (source, station) = (bench.network.station, bench.network.otherStation)
    let order = try await bench.create(
      "/v1/parts-orders", bench.master(),
      #"{"type": "transfer", "stationId": "\#(station)", "sourceStationId": "\#(source)", "lines": [{"partNumber": "\#(TestParts.pad)", "quantity": 1}]}"#
    )
    // Who drafted does not sign.
    let another = bench.master()
    for action in ["sign", "submit"] {
      let answer = await bench.act("/v1/parts-orders/\(order)/\(action)", another)
      try #require(answer.status == 200, "\(action): \(answer.text)")
      guard answer.member("state") == "onHold" else { continue }
      let released = await bench.act("/v1/parts-orders/\(order)/release", another, #"{"reason": "放行"}"#)
      try #require(released.status == 200, "\(released.text)")
    }
    return order
  }

  @Test("what either station of a transfer files about it the other does not see (PO-08, SEC-03)")
  func transfers() async throws {
    try await APIBench.with { bench in
      try TestParts.seed(bench.database, stations: [bench.network.station, bench.network.otherStation])
      let order = try await Self.transfer(bench)
      let giver = bench.master(.station(bench.network.station))
      let asker = bench.master(.station(bench.network.otherStation))
      let (request, own) = ("/v1/transfer-requests/\(order)", "/v1/parts-orders/\(order)")
      let file = try await bench.attach("装箱照片", to: request, giver)
      let id = try #require(file.member("id"))
      _ = try await bench.attach("内部核价", to: own, asker)
      #expect(await bench.get("\(request)/attachments", giver).count("items") == 1)
      #expect(await bench.get("\(own)/attachments", asker).count("items") == 1)
      expectProblem(await bench.get("\(own)/attachments/\(id)", asker), 404, "not-found")
      for path in ["\(request)/attachments", "\(request)/attachments/\(id)/content"] {
        expectProblem(await bench.get(path, asker), 404, "not-found")
      }
      expectProblem(await bench.get("\(own)/attachments", giver), 404, "not-found")
    }
  }

  @Test(
    "what a station files about a supplier, and headquarters too, is its own; those of parts are everybody's (SEC-03)")
  func suppliers() async throws {
    try await APIBench.with { bench in
      let documents = try await MatrixDocuments(bench)
      let here = bench.master(.station(bench.network.station))
      let there = bench.master(.station(bench.network.otherStation))
      let supplier = "/v1/suppliers/\(documents.supplier)"
      let contract = try await bench.attach("供应合同", to: supplier, bench.master())
      let id = try #require(contract.member("id"))
      for token in [here, there] {
        expectProblem(await bench.get("\(supplier)/attachments/\(id)/content", token), 404, "not-found")
        #expect(!(await bench.get("\(supplier)/history?limit=100", token).text.contains(id)))
      }
      // The same paper may be filed by a station as well.
      _ = try await bench.attach("供应合同", to: supplier, here)
      let part = "/v1/parts/\(documents.parts.part)"
      let drawing = try await bench.attach("图纸", to: part, bench.master())
      let page = "\(part)/attachments/\(try #require(drawing.member("id")))/content"
      for token in [here, there] { #expect(await bench.get(page, token).text == "图纸") }
      // Who only looks for a station does not read its contracts.
      let station = "/v1/stations/\(bench.network.station)/attachments"
      expectProblem(await bench.get(station, bench.token(.customer)), 403, "forbidden")
      #expect(await bench.get(station, bench.token(.stHead)).status == 200)
    }
  }

  @Test("files of a request go where it goes: who registered it and who has it see all of them (SM-1)")
  func requests() async throws {
    try await APIBench.with { bench in
      let (first, second) = (bench.network.station, bench.network.otherStation)
      let (here, there) = (bench.master(.station(first)), bench.master(.station(second)))
      let request = try await bench.create("/v1/service-requests", here, MatrixDocuments.requestBody(station: nil))
      let path = "/v1/service-requests/\(request)"
      _ = try await bench.attach("现场照片", to: path, here)
      expectProblem(await bench.get("\(path)/attachments", there), 404, "not-found")
      let dispatched = await bench.act(
        "\(path)/dispatch", bench.master(), #"{"stationId": "\#(second)", "reason": "客户指定"}"#)
      #expect(dispatched.status == 200, "\(dispatched.text)")
      let late = try await bench.attach("到场照片", to: path, there)
      for token in [here, there] {
        #expect(await bench.get("\(path)/attachments", token).count("items") == 2)
      }
      // The one who registered it takes off what the other brought.
      let removed = await bench.send(
        "POST", "\(path)/attachments/\(try #require(late.member("id")))/remove", here, body: #"{"reason": "重复"}"#)
      #expect(removed.status == 200, "\(removed.text)")
    }
  }

  @Test("what one station files about a vehicle no other station sees (SEC-03)")
  func vehicles() async throws {
    try await APIBench.with { bench in
      let path = "/v1/vehicles/\(TestNetwork.vin)"
      let here = bench.master(.station(bench.network.station))
      let there = bench.master(.station(bench.network.otherStation))
      let file = try await bench.attach("行驶证", to: path, here)
      let id = try #require(file.member("id"))
      #expect(await bench.get("\(path)/attachments", there).count("items") == 0)
      expectProblem(await bench.get("\(path)/attachments/\(id)", there), 404, "not-found")
      expectProblem(await bench.get("\(path)/attachments/\(id)/content", there), 404, "not-found")
      expectProblem(
        await bench.send("POST", "\(path)/attachments/\(id)/remove", there, body: #"{"reason": "x"}"#), 404, "not-found"
      )
      #expect(await bench.get("\(path)/attachments", bench.master()).count("items") == 1)
      #expect(!(await bench.get("\(path)/history", there).text.contains(id)))
      // The same paper may be filed by both.
      _ = try await bench.attach("行驶证", to: path, there)
    }
  }

  @Test("a customer's files are for those who may know the person, and each look is recorded (SEC-04)")
  func customers() async throws {
    try await APIBench.with { bench in
      let path = "/v1/customers/\(bench.network.customer)"
      let adviser = bench.token(.stAdviser)
      let file = try await bench.attach("身份证", to: path, adviser)
      let content = "\(path)/attachments/\(try #require(file.member("id")))/content"
      let technician = bench.token(.stTechnician)
      for hidden in ["\(path)/attachments", content] {
        expectProblem(await bench.get(hidden, technician), 403, "forbidden")
      }
      #expect(await bench.get(content, adviser).text == "身份证")
      let reads = try bench.database.admin("select operation from personal_data_reads order by read_at, id")
      #expect(reads.contains("GET /v1/customers/{id}/attachments/{attachment}/content"))
    }
  }

  @Test("erasing a person takes the files off his file, and nobody files anything about him again (SEC-04)")
  func erased() async throws {
    try await APIBench.with { bench in
      let master = bench.master()
      let made = try await bench.created(
        "/v1/customers", master, MatrixDocuments.customerBody(station: "\(bench.network.station)"))
      let path = "/v1/customers/\(try #require(made.member("id")))"
      _ = try await bench.attach("身份证扫描", to: path, master)
      let erased = await bench.act("\(path)/erase", master, #"{"reason": "本人要求"}"#)
      #expect(erased.status == 200, "\(erased.text)")
      #expect(try bench.database.admin("select count(*) from attachments_versions") == "0")
      expectProblem(await bench.get("\(path)/attachments", master), 404, "not-found")
      let again = await bench.upload(
        "x", type: "text/plain", named: "a.txt", to: path, master, key: "erased-key-0123456789")
      expectProblem(again, 404, "not-found")
      #expect(throws: TestCluster.Missing.self) {
        try bench.database.admin(
          """
          insert into attachments (id, resource, subject_id, station_id, sha256, size, media_type, file_name, uploaded_at,
            uploaded_by)
          select gen_random_uuid(), 'customer', c.id, c.station_id, b.sha256, 1, 'text/plain', 'x', now(), 'x'
          from customers c cross join blobs b where c.state = 'erased'
          """)
      }
    }
  }
}
