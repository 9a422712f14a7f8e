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
      let paths = [
        "work-orders": owned.order, "service-requests": owned.request, "appointments": owned.appointment,
        "product-returns": owned.productReturn, "customers": owned.customer, "vehicles": documents.vehicle,
        "complaints": owned.complaint, "settlements": owned.money.settlement, "old-parts": owned.oldPart,
        "supplier-recoveries": documents.recovery, "parts-claims": owned.partsClaim, "warranty-claims": owned.claim,
        "pre-authorisations": owned.preAuthorisation, "penalties": owned.money.penalty, "rewards": owned.money.reward,
      ]
      #expect(Set(AttachmentFamily.all.map(\.resource.collection)) == Set(paths.keys))
      for family in AttachmentFamily.all {
        // Recoveries are headquarters'.
        let token = family.resource == .supplierRecovery ? bench.master() : token
        let document = "/v1/\(family.resource.collection)/\(try #require(paths[family.resource.collection]))"
        let version = await bench.get(document, token).header("etag")
        let made = try await bench.attach("照片 \(family.resource.rawValue)", to: document, token)
        let file = "\(document)/attachments/\(try #require(made.member("id")))"
        #expect(await bench.get("\(file)/content", token).text == "照片 \(family.resource.rawValue)")
        // One recovery is everybody's, and both stations' files were put on it.
        let count = family.resource == .supplierRecovery ? 3 : 2
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
