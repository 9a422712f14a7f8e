import Domain
import FoundationEssentials
import Repositories
import TestSupport
import Testing

/// Old parts and recoveries in the database: what is written is read again, who sees what, what the database refuses by itself.
@Suite(.serialized) struct OldPartRepositoryTests {
  private static let now = ManualClock().now

  private static func signature() -> OldPartSignature { OldPartSignature(by: "周敏", byID: UUID(), at: now) }

  private static func supplier(_ code: String) -> Supplier {
    Supplier(
      id: .new(at: now), code: code,
      content: Supplier.Content(
        name: "制动厂", nameEn: nil, phone: nil, email: nil, partNumbers: ["\(code)-1", "\(code)-2"],
        discontinued: false), externalIDs: [:], version: 1, stamp: RecordStamp(by: .system, at: now))
  }

  private static func part(
    _ number: String, at station: Station.ID, _ state: OldPart.State = .tagged,
    progress: OldPartProgress? = nil, version: Int = 1, supplier: Supplier.ID? = nil
  ) -> OldPart {
    var started = OldPartProgress()
    started.tag = OldPartTag(storagePlace: "A-3", prints: 1, signature: signature())
    return OldPart(
      id: .new(at: now), number: number, stationID: station, state: state, version: version,
      stamp: RecordStamp(by: .system, at: now),
      header: OldPartHeader(
        workOrderID: nil, vehicleID: nil, claim: nil, partNumber: "BP-1", partDescription: "制动片", serialNumber: "S-1",
        quantity: 2, faultCode: "C1201", fault: "脱落", removedOn: CalendarDate("2026-03-09"), supplierID: supplier,
        externalIDs: ["dms": "1"]),
      progress: progress ?? started)
  }

  private static func caller(_ scope: Scope, session: Scope? = nil) -> Caller {
    Caller(subject: .system, name: "x", roles: [], permissions: [], scope: scope, sessionScope: session)
  }

  private static func save(_ suppliers: [Supplier], _ parts: [OldPart], in test: TestDatabase) async throws {
    try await test.database.write(.system) { tx in
      for supplier in suppliers {
        for statement in SupplierRepository.save(supplier, over: nil) { _ = try await tx.run(statement) }
      }
      for part in parts {
        for statement in OldPartRepository.save(part, over: nil) { _ = try await tx.run(statement) }
      }
    }
  }

  @Test("every member of an old part comes back as it was written")
  func roundTrip() async throws {
    try await TestDatabase.with { test in
      let network = try await TestNetwork(in: test.database, at: Self.now)
      try test.admin("alter table old_parts disable trigger old_parts_transition")
      let supplier = Self.supplier("BRK01")
      let tagged = Self.part("OP-SY001-2026-000001", at: network.station)
      try await Self.save([supplier], [tagged], in: test)
      var progress = tagged.progress
      progress.request = Self.signature()
      progress.overdueAt = Self.now
      progress.shipment = OldPartShipment(
        destination: .headquarters, supplierID: nil, packingList: "PL-1", carrier: "德邦", trackingNumber: "DB-1",
        lateStatement: "洪水", signature: Self.signature())
      progress.receipt = OldPartReceipt(
        quantity: 2, condition: "完好", storagePlace: "12-4", signature: Self.signature())
      progress.inspection = OldPartInspection(
        verdict: .asClaimed, finding: "一致", lateExcused: true, fault: .late, consequence: .noted,
        policyVersion: "oldParts@3", signature: Self.signature())
      progress.forwarding = OldPartForwarding(
        supplierID: supplier.id, deliveryNote: "SH-1", carrier: "德邦", trackingNumber: "DB-2",
        signature: Self.signature())
      progress.disposal = OldPartDisposal(
        method: .dismantling, note: "CJ-1", opinion: "报废", reused: ["支架"], signature: Self.signature())
      var header = tagged.header
      let claim = UUID()
      try network.claim(claim, in: test)
      header.claim = OldPart.ClaimLine(claimID: claim, number: "WC-SY001-2026-000001", line: 2)
      header.vehicleID = nil
      header.supplierID = supplier.id
      let full = OldPart(
        id: tagged.id, number: tagged.number, stationID: tagged.stationID, state: .sentToSupplier, version: 2,
        stamp: tagged.stamp, header: header, progress: progress,
        shown: OldPartReferences(stationCode: "SY001", stationName: "沈阳SY001"))
      try await test.database.write(.system) { tx in
        for statement in OldPartRepository.save(full, over: tagged) { _ = try await tx.run(statement) }
      }
      let read = try await test.database.read(.system, OldPartRepository.find(.id(full.id), in: .network))
      #expect(read == full)
      let claimed = try await test.database.read(
        .system,
        OldPartRepository.list(
          Self.filter { $0.packingList = "PL-1" }, PageRequest(limit: 9, sort: [.init("number")]), in: .network))
      #expect(claimed.items.map(\.number) == [full.number])
    }
  }

  private static func march() throws -> ReportPeriod {
    let from = try #require(CalendarDate("2026-03-01"))
    let before = try #require(CalendarDate("2026-04-01"))
    return try #require(ReportPeriod(from: from, before: before))
  }

  private static func filter(_ change: (inout OldPartFilter) -> Void) -> OldPartFilter {
    var filter = OldPartFilter()
    change(&filter)
    return filter
  }

  @Test("a station sees its own parts, a supplier what was sent to it, through either wall (OLD-05, SEC-03)")
  func scope() async throws {
    try await TestDatabase.with { test in
      let network = try await TestNetwork(in: test.database, at: Self.now)
      try test.admin("alter table old_parts disable trigger old_parts_transition")
      let (mine, others) = (Self.supplier("BRK01"), Self.supplier("BRK02"))
      let own = Self.part("OP-SY001-2026-000001", at: network.station, supplier: mine.id)
      let sent = Self.part("OP-SY001-2026-000002", at: network.station, supplier: mine.id)
      let foreign = Self.part("OP-SY002-2026-000001", at: network.otherStation)
      try await Self.save([mine, others], [own, sent, foreign], in: test)
      try test.admin(
        """
        update old_parts set state = 'sentToSupplier', shipment = '{}', inspection = '{}', forwarding = '{}',
          recipient_supplier_id = '\(mine.id)' where id = '\(sent.id)'
        """)
      func seen(_ scope: Scope, _ session: Scope) async throws -> [String] {
        try await test.database.read(
          Self.caller(scope, session: session),
          OldPartRepository.list(OldPartFilter(), PageRequest(limit: 9, sort: [.init("number")]), in: scope)
        ).items.map(\.number)
      }
      let station = Scope.station(network.station)
      for (narrow, numbers) in [
        (station, [own.number, sent.number]), (.supplier(mine.id.uuid), [sent.number]), (.supplier(others.id.uuid), []),
      ] {
        #expect(try await seen(narrow, .network) == numbers)
        #expect(try await seen(.network, narrow) == numbers)
        #expect(try await seen(narrow, narrow) == numbers)
      }
      #expect(try await seen(.network, .network).count == 3)
    }
  }

  @Test("a recovery is headquarters' until it was sent, then the supplier's too and no other's (SM-7, SEC-03)")
  func recoveryScope() async throws {
    try await TestDatabase.with { test in
      let network = try await TestNetwork(in: test.database, at: Self.now)
      let (mine, others) = (Self.supplier("BRK01"), Self.supplier("BRK02"))
      try await Self.save([mine, others], [], in: test)
      let contract = SupplierContract(
        id: .new(at: Self.now), supplierID: mine.id,
        terms: SupplierContract.Terms(
          reference: "HT-1", validFrom: try #require(CalendarDate("2026-01-01")), partsFactorHundredths: 115,
          labourRate: Money(minor: 19_700, currency: .cny), lineCap: Money(minor: 500_000, currency: .cny)),
        createdAt: Self.now, createdBy: RecordStamp.Author(name: "x", id: nil))
      var recovery = SupplierRecovery(
        id: .new(at: Self.now), number: "RC-HQ-2026-000001", supplierID: mine.id,
        period: try Self.march(),
        state: .compiled, version: 1, stamp: RecordStamp(by: .system, at: Self.now), currency: .cny,
        amount: .zero(.cny), agreedAmount: nil, lines: [], progress: SupplierRecovery.Progress(compiledByID: nil))
      recovery.fill(
        try SupplierRecovery.lines(
          [
            RecoverableItem(
              claimID: UUID(), claimNumber: "WC-SY001-2026-000001", item: 1, stationID: network.station, vin: "",
              partNumber: "BRK01-1", faultCode: nil, decidedOn: try #require(CalendarDate("2026-03-12")),
              partsCost: Money(minor: 86_000, currency: .cny), labourHours: Hours(hundredths: 150), oldPartID: nil)
          ], by: [contract], in: .cny))
      let compiled = recovery
      try await test.database.write(.system) { tx in
        _ = try await tx.run(SupplierContractRepository.insert(contract))
        for statement in SupplierRecoveryRepository.save(compiled, over: nil) { _ = try await tx.run(statement) }
      }
      let contracts = try await test.database.read(.system, SupplierContractRepository.list(of: mine.id))
      #expect(contracts == [contract])
      let whole = try await SupplierRecoveryRepository.whole(
        SupplierRecoveryRepository.find(.id(compiled.id), in: .network), .id(compiled.id), in: .network,
        through: ReadDoor(test.database, .system))
      #expect(whole == compiled)

      func seen(_ scope: Scope, _ session: Scope) async throws -> Int {
        try await test.database.read(
          Self.caller(scope, session: session),
          SupplierRecoveryRepository.list(
            SupplierRecoveryFilter(), PageRequest(limit: 9, sort: [.init("number")]), in: scope)
        ).items.count
      }
      let (holder, stranger) = (Scope.supplier(mine.id.uuid), Scope.supplier(others.id.uuid))
      let station = Scope.station(network.station)
      #expect(try await seen(.network, .network) == 1)
      for narrow in [holder, stranger, station] {
        #expect(try await seen(narrow, .network) == 0)
        #expect(try await seen(.network, narrow) == 0)
      }
      try test.admin("update supplier_recoveries set state = 'sent', sent_at = now()")
      for (narrow, count) in [(holder, 1), (stranger, 0), (station, 0)] {
        #expect(try await seen(narrow, .network) == count)
        #expect(try await seen(.network, narrow) == count)
      }
      // Terms are seen by the second wall alone: the service looks at the scope.
      for (narrow, count) in [(holder, 1), (stranger, 0), (station, 0)] {
        let terms = try await test.database.read(
          Self.caller(narrow), SupplierContractRepository.list(of: mine.id))
        #expect(terms.count == count)
      }
    }
  }

  @Test("the database knows exactly the transitions of the life cycles (R10, SM-7, SM-10)")
  func transitions() async throws {
    let parts = Set(
      OldPartLifecycle.table.transitions.flatMap { row in
        row.from.compactMap { from in row.to.map { "\(from.rawValue)|\($0.rawValue)" } }
      } + OldPartLifecycle.ofTheProduct.map { "\($0.from.rawValue)|\($0.to.rawValue)" })
    let recoveries = Set(
      SupplierRecoveryLifecycle.table.transitions.flatMap { row in
        row.from.compactMap { from in row.to.map { "\(from.rawValue)|\($0.rawValue)" } }
      })
    try await TestDatabase.with { database in
      for (table, lifecycle) in [("old_parts", parts), ("supplier_recoveries", recoveries)] {
        let stored = try database.admin(
          "select from_state, to_state from state_transitions where document = '\(table)'")
        #expect(Set(stored.split(separator: "\n").map(String.init)) == lifecycle)
      }
    }
  }

  @Test(
    "what does not belong together is refused by the database (R9, R10)",
    arguments: [
      ("state = 'accepted'", "does not go from"), ("quantity = 0", "old_parts_quantity_check"),
      ("tag = null", "old_parts_tagged_check"), ("claim_line = 1", "old_parts_claim_check"),
      ("fault = ''", "old_parts_fault_check"),
    ])
  func constraints(change: String, said: String) async throws {
    try await TestDatabase.with { test in
      let network = try await TestNetwork(in: test.database, at: Self.now)
      try await Self.save([], [Self.part("OP-SY001-2026-000001", at: network.station)], in: test)
      do {
        try test.asApplication(scope: "*", "update old_parts set \(change)")
        Issue.record("\(change) was accepted")
      } catch let refused as TestCluster.Missing {
        #expect(refused.description.contains(said), "\(refused)")
      }
    }
  }

  @Test("a part number is one supplier's, and a patch of the list keeps what stays (MST-02)")
  func supplierParts() async throws {
    try await TestDatabase.with { test in
      let first = Self.supplier("BRK01")
      try await Self.save([first], [], in: test)
      var second = Self.supplier("BRK02")
      second.content.partNumbers = ["BRK01-1"]
      await #expect(throws: Refusal.invalid("#/partNumbers", .notUnique, "one of the parts is another supplier's")) {
        try await Self.save([second], [], in: test)
      }
      var changed = first
      changed.content.partNumbers = ["BRK01-2", "BRK01-3"]
      let after = changed.revised(by: .system, at: Self.now)
      try await test.database.write(.system) { tx in
        for statement in SupplierRepository.save(after, over: first) { _ = try await tx.run(statement) }
      }
      let read = try await test.database.read(.system, SupplierRepository.find(.number("BRK01"), in: .network))
      #expect(read == after)
      #expect(try await test.database.read(.system, SupplierRepository.maker(of: "BRK01-3")) == first.id)
      #expect(try await test.database.read(.system, SupplierRepository.maker(of: "BRK01-1")) == nil)
    }
  }
}
