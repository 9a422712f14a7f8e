import API
import Domain
import FoundationEssentials
import TestSupport
import Testing

/// What vehicles have beyond the conventions of records: the VIN, the odometer, the timeline.
@Suite("Vehicles over HTTP", .timeLimit(.minutes(20))) struct VehicleTests {
  @Test("a vehicle answers to its VIN, in any case, and warns where a check digit is wrong (CUS-03)")
  func vin() async throws {
    try await APIBench.with { bench in
      let token = bench.token(.stAdviser)
      let made = await bench.send(
        "POST", "/v1/vehicles", token, body: #"{"vin": "1hgcm82633a004353", "usage": "private"}"#)
      #expect(made.status == 201 && made.member("vin") == "1HGCM82633A004353" && made.count("warnings") == 1)
      #expect(await bench.get("/v1/vehicles/1HGCM82633A004353", token).body == made.body)
      let good = try await bench.created("/v1/vehicles", token, #"{"vin": "1HGCM82633A004352", "usage": "private"}"#)
      #expect(good.count("warnings") == 0)
      for bad in ["1HGCM82633A00435I", "1HGCM82633A00435", "1HGCM82633A0043522", "1HGCM82633A00435Ö"] {
        expectProblem(
          await bench.send("POST", "/v1/vehicles", token, body: #"{"vin": "\#(bad)", "usage": "private"}"#), 422,
          "validation-failed", pointer: "#/vin")
      }
      expectProblem(
        await bench.send(
          "POST", "/v1/vehicles", token,
          body:
            #"{"vin": "LSVAA4182E2999999", "usage": "taxi", "modelId": "\#(UUID.version7(at: SystemClock.now()).canonical)"}"#
        ),
        422, "validation-failed")
      #expect(await bench.get("/v1/vehicles?vin=1hgcm82633a004352", token).count("items") == 1)
      #expect(await bench.get("/v1/vehicles?q=1HGCM", token).count("items") == 2)
      #expect(await bench.get("/v1/vehicles?usage=private&plate=%E8%BE%BDA12345", token).count("items") == 1)
    }
  }

  @Test("an odometer never runs backwards unless its cluster was replaced, and says so (domain.md section 7)")
  func odometer() async throws {
    try await APIBench.with { bench in
      let token = bench.token(.stTechnician)
      let path = "/v1/vehicles/\(TestNetwork.vin)/odometer-readings"
      func read(_ body: String) async -> TestAnswer { await bench.send("POST", path, token, body: body) }
      let first = await read(#"{"km": 10000, "source": "customer", "readAt": "2026-01-01T08:00:00+08:00"}"#)
      #expect(first.status == 201 && first.member("km") == "10000" && first.member("cluster") == "1", "\(first.text)")
      #expect(first.member("readAt") == "2026-01-01T00:00:00.000Z")
      let fell = await read(#"{"km": 9000, "source": "customer", "readAt": "2026-02-01T08:00:00+08:00"}"#)
      expectProblem(fell, 409, "odometer-fell")
      // Between two others it must fit both.
      #expect(await read(#"{"km": 12000, "source": "inspection", "readAt": "2026-03-01T08:00:00Z"}"#).status == 201)
      expectProblem(
        await read(#"{"km": 13000, "source": "customer", "readAt": "2026-02-01T08:00:00Z"}"#), 409, "odometer-fell")
      let replaced = await read(
        #"{"km": 5, "source": "inspection", "readAt": "2026-04-01T08:00:00Z", "clusterReplacement": {"oldKm": 12500, "newKm": 5, "reason": "仪表更换"}}"#
      )
      #expect(replaced.status == 201 && replaced.member("cluster") == "2", "\(replaced.text)")
      let vehicle = await bench.get("/v1/vehicles/\(TestNetwork.vin)", token)
      #expect(vehicle.member("odometerKm") == "5" && vehicle.member("totalKm") == "12500")
      for (body, pointer) in [
        (#"{"km": -1, "source": "customer"}"#, "#/km"), (#"{"km": 1.5, "source": "customer"}"#, "#/km"),
        (#"{"km": 99999999, "source": "customer"}"#, "#/km"), (#"{"km": 20000, "source": "guess"}"#, "#/source"),
        (#"{"km": 20000, "source": "customer", "readAt": "2099-01-01T00:00:00Z"}"#, "#/readAt"),
        (#"{"km": 20000, "source": "customer", "clusterReplacement": {"oldKm": 1}}"#, "#/clusterReplacement/newKm"),
      ] {
        expectProblem(await read(body), 422, "validation-failed", pointer: pointer)
      }
      let readings = await bench.get("\(path)?sort=readAt", token)
      #expect(readings.count("items") == 3 && readings.member("items/2/clusterReplacement/oldKm") == "12500")
      let timeline = await bench.get("/v1/vehicles/\(TestNetwork.vin)/timeline", token)
      #expect(timeline.count("items") == 3 && timeline.member("items/0/kind") == "odometerReading")
      expectProblem(await bench.get("/v1/vehicles/LSVAA4182E2000000/timeline", token), 404, "not-found")
    }
  }

  @Test(
    "the real VINs are accepted without a warning; the one of 1973 with 13 characters is none (CUS-03)",
    .enabled(if: RealVINs.all != nil, "needs the reference data"))
  func realVINs() async throws {
    let rows = try #require(RealVINs.all)
    #expect(rows.count == 1_250)
    try await APIBench.with { bench in
      let token = bench.token(.stAdviser)
      try await RoleMatrixTests.forAll(rows.enumerated().map { $0 }) { place, vin in
        // One in fifty is held against the contract; they are all alike.
        let answer = await bench.send(
          "POST", "/v1/vehicles", token, body: #"{"vin": "\#(vin)", "usage": "private"}"#, checked: place % 50 == 0)
        if vin.utf8.count != 17 {
          expectProblem(answer, 422, "validation-failed", pointer: "#/vin")
        } else if answer.status == 409 {
          // Twice in the list.
          #expect(rows.filter { $0.uppercased() == vin.uppercased() }.count > 1, "\(vin): \(answer.text)")
        } else {
          #expect(answer.status == 201 && answer.count("warnings") == 0, "\(vin): \(answer.text)")
        }
      }
      let total = await bench.get("/v1/vehicles?total=exact&limit=1", token)
      let distinct = Set(rows.filter { $0.utf8.count == 17 }.map { $0.uppercased() }).count
      #expect(total.member("totalCount") == "\(distinct + 1)")
    }
  }
}

/// Real VINs that stand outside the package; tests that need them are skipped where they are absent.
private enum RealVINs {
  /// Of the folder `AFTERSALES_SHARED_DATA`, else `../shared/data` beside the package.
  static let all: [String]? = {
    let folder = ProcessInfo.processInfo.environment["AFTERSALES_SHARED_DATA"] ?? TestCluster.root + "/../shared/data"
    guard let text = try? String(contentsOfFile: folder + "/vin/vins_1250.csv", encoding: .utf8) else { return nil }
    return text.split(whereSeparator: \.isNewline).dropFirst().compactMap {
      $0.split(separator: ",").first.map(String.init)
    }
  }()
}
