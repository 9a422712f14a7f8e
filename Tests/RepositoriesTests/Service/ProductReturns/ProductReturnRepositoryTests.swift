import Domain
import FoundationEssentials
import Repositories
import TestSupport
import Testing

/// Returns in the database: what is written is read again, who sees what, what the database refuses by itself.
@Suite(.serialized) struct ProductReturnRepositoryTests {
  private static let now = ManualClock().now

  private static func document(
    _ number: String, at station: Station.ID?, _ state: ProductReturn.State = .verified,
    progress: ProductReturnProgress = ProductReturnProgress(), version: Int = 1
  ) -> ProductReturn {
    ProductReturn(
      id: .new(at: now), number: number, stationID: station, state: state, version: version,
      stamp: RecordStamp(by: .system, at: now),
      header: ProductReturnHeader(
        channel: .oemSupply,
        product: ReturnedProduct(
          kind: .assembly, description: "发动机", partNumber: "ENG-1", serialNumber: "S-1", quantity: 2),
        workOrderID: nil, vehicleID: nil, fault: "渗油", reason: "现场无法修复", externalIDs: ["dms": "1"]),
      progress: progress)
  }

  @Test("every member comes back as it was written")
  func roundTrip() async throws {
    try await TestDatabase.with { test in
      let network = try await TestNetwork(in: test.database, at: Self.now)
      try test.admin("alter table product_returns disable trigger product_returns_transition")
      let shipment = ReturnShipment(
        note: "TK-1", carrier: "德邦", trackingNumber: "DB-1", storagePlace: "3号库", sentBy: "马超", sentAt: Self.now)
      let full = Self.document(
        "PR-SY001-2026-000001", at: network.station, .sentBack,
        progress: ProductReturnProgress(
          shipment: shipment,
          appraisal: ReturnAppraisal(
            cause: .user, opinion: "误用", repairOrder: "PX-1", charge: Money(minor: 12_345, currency: .cny),
            signedBy: "陈静", signedByID: UUID(), signedAt: Self.now),
          repair: ReturnRepair(
            work: "更换", repairedBy: "甲", inspectedBy: "乙", stockInNote: "RK-1", repairedAt: Self.now),
          sentBack: shipment,
          scrapping: ReturnScrapping(
            dismantlingOrder: "CJ-1", opinion: "报废", reused: ["曲轴"], signedBy: "陈静", signedAt: Self.now),
          exchange: ReturnExchange(
            ticket: "HH-1", approvedBy: "主管", approvedAt: Self.now, replacementSerialNumber: "S-2",
            returnTicket: "TH-1", place: .customersDoor, exchangedAt: Self.now),
          exitReason: "x"), version: 2)
      try await test.database.write(.system) { tx in
        // As a return becomes what it is: verified first, then changed.
        let verified = ProductReturn(
          id: full.id, number: full.number, stationID: full.stationID, state: .verified, version: 1,
          stamp: full.stamp, header: full.header, progress: ProductReturnProgress())
        for statement in ProductReturnRepository.save(verified, over: nil) { _ = try await tx.run(statement) }
        for statement in ProductReturnRepository.save(full, over: verified) { _ = try await tx.run(statement) }
      }
      let read = try await test.database.read(.system, ProductReturnRepository.find(.id(full.id), in: .network))
      #expect(read == full)
    }
  }

  @Test("a station sees its own returns through either wall, headquarters also those of no station (SEC-03, S1)")
  func scope() async throws {
    try await TestDatabase.with { test in
      let network = try await TestNetwork(in: test.database, at: Self.now)
      let documents = [
        Self.document("PR-HQ-2026-000001", at: nil), Self.document("PR-SY001-2026-000001", at: network.station),
        Self.document("PR-SY002-2026-000001", at: network.otherStation),
      ]
      try await test.database.write(.system) { tx in
        for document in documents {
          for statement in ProductReturnRepository.save(document, over: nil) { _ = try await tx.run(statement) }
        }
      }
      func seen(_ scope: Scope, _ session: Scope) async throws -> [String] {
        let caller = Caller(
          subject: .system, name: "x", roles: [], permissions: [], scope: scope, sessionScope: session)
        return try await test.database.read(
          caller,
          ProductReturnRepository.list(
            ProductReturnFilter(), PageRequest(limit: 9, sort: [.init("number")]), in: scope)
        ).items.map(\.number)
      }
      let own = Scope.station(network.station)
      #expect(try await seen(own, .network) == ["PR-SY001-2026-000001"])
      #expect(try await seen(.network, own) == ["PR-SY001-2026-000001"])
      #expect(try await seen(.network, .network).count == 3)
    }
  }

  @Test("the database knows exactly the transitions of the life cycle (R10, SM-12)")
  func transitions() async throws {
    let lifecycle = Set(
      ProductReturnLifecycle.table.transitions.flatMap { row in
        row.from.compactMap { from in row.to.map { "\(from.rawValue)|\($0.rawValue)" } }
      })
    let stored = try await TestDatabase.with { database in
      try database.admin("select from_state, to_state from state_transitions where document = 'product_returns'")
    }
    #expect(Set(stored.split(separator: "\n").map(String.init)) == lifecycle)
  }

  @Test(
    "what does not belong together is refused by the database (R9, R10)",
    arguments: [
      ("state = 'sentBack'", "does not go from"), ("state = 'returned'", "product_returns_returned_check"),
      ("state = 'exchanging'", "product_returns_exchange_check"),
      ("quantity = 0", "product_returns_quantity_check"),
      ("state = 'returned', channel = 'market', shipment = '{}'", "product_returns_market_check"),
    ])
  func constraints(change: String, said: String) async throws {
    try await TestDatabase.with { test in
      let network = try await TestNetwork(in: test.database, at: Self.now)
      try await test.database.write(.system) { tx in
        let document = Self.document("PR-SY001-2026-000001", at: network.station)
        for statement in ProductReturnRepository.save(document, over: nil) { _ = try await tx.run(statement) }
      }
      do {
        try test.asApplication(scope: "*", "update product_returns set \(change)")
        Issue.record("\(change) was accepted")
      } catch let refused as TestCluster.Missing {
        #expect(refused.description.contains(said), "\(refused)")
      }
    }
  }
}
