import Domain
import FoundationEssentials
import Repositories
import Services
import TestSupport
import Testing

/// What is recovered from suppliers, from approved claims to the ledger (SM-7, CLM-13, SET-05).
@Suite(.serialized) struct SupplierRecoveryServiceTests {
  private func date(_ text: String) throws -> CalendarDate { try #require(CalendarDate(text)) }

  private func supplier(_ code: String, _ desk: OldPartDesk, parts: [String]) async throws -> Supplier {
    let supplier: Supplier = try await desk.run(desk.headquarters) {
      try await desk.suppliers.create(
        SupplierDraft(
          code: code,
          content: Supplier.Content(
            name: "制动厂", nameEn: nil, phone: nil, email: nil, partNumbers: parts, discontinued: false),
          externalIDs: [:]), $0)
    }
    let from = try date("2026-01-01")
    let _: SupplierContract = try await desk.run(desk.headquarters) {
      try await desk.suppliers.agree(
        .id(supplier.id),
        SupplierContract.Terms(
          reference: "HT-1", validFrom: from, partsFactorHundredths: 115,
          labourRate: Money(minor: 19_700, currency: .cny), lineCap: nil), $0)
    }
    return supplier
  }

  /// An approved claim with one item a part number: 860.00 of parts, 1.50 hours.
  private func claim(
    _ number: Int, _ desk: OldPartDesk, parts: [String], state: String = "payable", decided: String = "2026-11-10"
  ) throws -> UUID {
    let (claim, order) = (UUID(), UUID())
    let station = desk.network.station
    try desk.test.admin(
      """
      insert into work_orders (id, number, station_id, currency, state, customer_id, vehicle_id, mode, service_type,
        summary, inspection, created_at, created_by, updated_at, updated_by)
      values ('\(order)', 'WO-\(number)', '\(station)', 'CNY', 'received', '\(desk.network.customer)',
        '\(desk.network.vehicle)', 'workshop', 'repair', 's', '{}', now(), 'x', now(), 'x');
      insert into warranty_claims (id, number, station_id, kind, state, currency, work_order_id, vehicle_id, submitted_at,
        claimed_amount, approved_amount, created_at, created_by, updated_at, updated_by)
      values ('\(claim)', 'WC-SY001-2026-00000\(number)', '\(station)', 'warrantyRepair', '\(state)', 'CNY', '\(order)',
        '\(desk.network.vehicle)', now(), 5000, 1160, now(), 'x', now(), 'x');
      """)
    for (place, part) in parts.enumerated() {
      try desk.test.admin(
        """
        begin;
        insert into warranty_claim_items (claim_id, number, station_id, place, description, causal_part_number, fault_code)
        values ('\(claim)', \(place + 1), '\(station)', \(place), 'x', '\(part)', 'C1201');
        insert into warranty_claim_lines (claim_id, number, station_id, item, place, kind, description, part_number, quantity,
          hours, unit_price, amount, decision, approved_amount, reason, reason_text, decided_by, decided_at)
        values
          ('\(claim)', \(2 * place + 1), '\(station)', \(place + 1), 0, 'parts', 'x', '\(part)', 2, null, 430, 860,
            'approved', 860, 'asClaimed', 'x', 'x', '\(decided)T04:00:00Z'),
          ('\(claim)', \(2 * place + 2), '\(station)', \(place + 1), 1, 'labour', 'x', null, null, 1.5, 200, 300,
            'approved', 300, 'asClaimed', 'x', 'x', '\(decided)T04:00:00Z');
        commit;
        """)
    }
    return claim
  }

  private func compiled(_ supplier: Supplier, _ desk: OldPartDesk) async throws -> SupplierRecovery {
    let period = try #require(ReportPeriod(from: try date("2026-11-01"), before: try date("2026-11-21")))
    return try await desk.run(desk.headquarters) {
      try await desk.recoveries.create(SupplierRecoveryDraft(supplierID: supplier.id, period: period), $0)
    }
  }

  private func reload(_ recovery: SupplierRecovery, _ desk: OldPartDesk) async throws -> SupplierRecovery {
    try await desk.recoveries.whole(.id(recovery.id), desk.headquarters)
  }

  private static let parcel = SupplierRecoveryParcel(
    deliveryNote: "SH-1", carrier: "德邦", trackingNumber: nil, note: nil)

  @Test("approved items of the supplier's parts are taken in by its contract, once; nothing else is (CLM-13, SET-05)")
  func compile() async throws {
    try await OldPartDesk.with { desk in
      let brakes = try await supplier("BRK01", desk, parts: ["BP-1", "BP-2"])
      let others = try await supplier("ENG01", desk, parts: ["ENG-1"])
      _ = try claim(1, desk, parts: ["BP-1", "ENG-1"])
      _ = try claim(2, desk, parts: ["BP-2"], state: "settled")
      // Not approved for good, decided before the period, nobody's part.
      _ = try claim(3, desk, parts: ["BP-1"], state: "awaitingOldPart")
      _ = try claim(4, desk, parts: ["BP-1"], decided: "2026-10-31")
      _ = try claim(5, desk, parts: ["X-1"])
      let first = try await compiled(brakes, desk)
      #expect(first.number == "RC-HQ-2026-000001" && first.lines.count == 2)
      #expect(first.lines.map(\.source.claimNumber) == ["WC-SY001-2026-000001", "WC-SY001-2026-000002"])
      // 860.00 × 1.15 + 1.50 h × 197.00
      #expect(first.lines.allSatisfy { $0.amount.minor == 128_450 && $0.partsAmount.minor == 98_900 })
      #expect(first.amount.minor == 256_900)
      #expect(try await reload(first, desk) == first)
      let second = try await compiled(brakes, desk)
      #expect(second.lines.isEmpty && second.amount.minor == 0)
      let engine = try await compiled(others, desk)
      #expect(engine.lines.map(\.source.partNumber) == ["ENG-1"])
      // What was decided since comes in when it is compiled again.
      _ = try claim(6, desk, parts: ["BP-1"])
      let again: SupplierRecovery = try await desk.run(desk.headquarters) {
        try await desk.recoveries.compile(.id(first.id), $0)
      }
      #expect(again.lines.count == 3 && again.version == 2)
      #expect(try desk.test.admin("select count(*) from supplier_recovery_lines") == "4")
    }
  }

  @Test("of 20 recoveries compiled at once each item is in one (S14)")
  func parallelCompile() async throws {
    try await OldPartDesk.with { desk in
      let brakes = try await supplier("BRK01", desk, parts: ["BP-1"])
      for number in 1...3 { _ = try claim(number, desk, parts: ["BP-1"]) }
      let outcomes = await Outcomes.of(20) { _ in _ = try await compiled(brakes, desk) }
      #expect(outcomes.succeeded >= 1 && outcomes.others.isEmpty, "\(outcomes.others.prefix(3))")
      #expect(try desk.test.admin("select count(*), count(distinct claim_id) from supplier_recovery_lines") == "3|3")
    }
  }

  @Test(
    "the supplier sees its own once it was sent, accepts it, and finance settles it: one entry of the ledger (SM-7)")
  func accepted() async throws {
    try await OldPartDesk.with { desk in
      let brakes = try await supplier("BRK01", desk, parts: ["BP-1"])
      let stranger = try await supplier("ENG01", desk, parts: [])
      let claim = try claim(1, desk, parts: ["BP-1"])
      let part = try await desk.required(OldPartDesk.line(1, of: claim))
      _ = try await desk.shipped(part)
      _ = try await desk.received(part)
      _ = try await desk.inspected(part, .asClaimed)
      let recovery = try await compiled(brakes, desk)
      #expect(recovery.lines.map(\.source.oldPartID) == [part.id])
      let own = desk.supplier(brakes.id)
      await #expect(throws: Refusal.notFound) { try await desk.recoveries.get(.id(recovery.id), own) }
      await #expect(throws: Refusal.notFound) { try await desk.parts.get(.id(part.id), own) }
      let _: SupplierRecovery = try await desk.run(desk.headquarters) {
        try await desk.recoveries.send(.id(recovery.id), Self.parcel, $0)
      }
      #expect(try await desk.recoveries.whole(.id(recovery.id), own).lines.count == 1)
      let evidence = try await desk.parts.get(.id(part.id), own)
      #expect(evidence.state == .sentToSupplier && evidence.progress.recoveryID == recovery.id)
      for caller in [desk.supplier(stranger.id), desk.station] {
        await #expect(throws: Refusal.notFound) { try await desk.recoveries.get(.id(recovery.id), caller) }
      }
      await #expect(throws: Refusal.notFound) {
        try await desk.recoveries.accept(
          .id(recovery.id), note: nil, desk.supplier(stranger.id).command(at: desk.clock.now))
      }
      let accepted: SupplierRecovery = try await desk.run(own) {
        try await desk.recoveries.accept(.id(recovery.id), note: "同意", $0)
      }
      #expect(accepted.state == .accepted && accepted.agreedAmount?.minor == 128_450)
      // The supplier reads its whole history, which stands under headquarters.
      let history = try await desk.recoveries.history(
        .id(recovery.id), PageRequest(limit: 9, sort: [.init("position")]), own)
      #expect(
        history.items.map(\.change.type) == [
          "supplierRecovery.compiled", "supplierRecovery.sent", "supplierRecovery.accepted",
        ])
      let settled: SupplierRecovery = try await desk.run(desk.finance) {
        try await desk.recoveries.settle(.id(recovery.id), note: nil, $0)
      }
      #expect(settled.state == .settled && settled.progress.settlement?.entry == "LE-HQ-2026-000001")
      #expect(
        try desk.test.admin(
          """
          select a.holder, a.kind, p.amount from ledger_postings p join ledger_accounts a on a.id = p.account_id
          order by 1
          """) == "maker|recoveryIncome|-128450\nsupplier|recovery|128450")
      #expect(try await desk.parts.get(.id(part.id), desk.headquarters).state == .closed)
    }
  }

  private static func person(_ name: String) -> Caller {
    Caller(
      subject: .user(UUID()), name: name, roles: [.finance], permissions: Role.finance.permissions, scope: .network)
  }

  /// From compiled to settled, as computed.
  private func settled(_ recovery: SupplierRecovery, of supplier: Supplier, _ desk: OldPartDesk) async throws {
    let _: SupplierRecovery = try await desk.run(desk.headquarters) {
      try await desk.recoveries.send(.id(recovery.id), Self.parcel, $0)
    }
    let _: SupplierRecovery = try await desk.run(desk.supplier(supplier.id)) {
      try await desk.recoveries.accept(.id(recovery.id), note: nil, $0)
    }
    let _: SupplierRecovery = try await desk.run(desk.finance) {
      try await desk.recoveries.settle(.id(recovery.id), note: nil, $0)
    }
  }

  private func owed(_ desk: OldPartDesk) throws -> String {
    try desk.test.admin(
      """
      select coalesce(sum(p.amount), 0), (select count(*) from ledger_entries), (
        select count(*) from (select 1 from ledger_postings group by entry_id, currency having sum(amount) <> 0) t)
      from ledger_postings p join ledger_accounts a on a.id = p.account_id
      where a.holder = 'supplier'
      """)
  }

  @Test(
    "what is decided about a claim after it was recovered comes into the next recovery: an appeal raises it, what is taken back lowers it (CLM-13, SET-05)"
  )
  func followedUp() async throws {
    try await OldPartDesk.with { desk in
      let brakes = try await supplier("BRK01", desk, parts: ["BP-1"])
      let claim = try claim(1, desk, parts: ["BP-1"])
      func decide(_ line: Int, _ amount: Int, _ decision: String, _ day: String, state: String = "payable") throws {
        try desk.test.admin(
          """
          set app.scope = '*';
          update warranty_claim_lines
          set decision = '\(decision)', approved_amount = \(amount), decided_at = '\(day)T04:00:00Z'
          where claim_id = '\(claim)' and number = \(line);
          update warranty_claims set state = '\(state)' where id = '\(claim)' and state <> '\(state)';
          """)
      }
      // The parts were reduced at first: 400.00 × 1.15 + 1.50 h × 197.00.
      try decide(1, 400, "reduced", "2026-11-10")
      let first = try await compiled(brakes, desk)
      #expect(first.amount.minor == 75_550)
      try await settled(first, of: brakes, desk)
      #expect(try await compiled(brakes, desk).lines.isEmpty)
      // The appeal: 860.00.
      try decide(1, 860, "approved", "2026-11-12")
      let raised = try await compiled(brakes, desk)
      #expect(raised.lines.map(\.amount.minor) == [52_900] && raised.lines[0].source.former?.amount.minor == 75_550)
      #expect(try await reload(raised, desk) == raised)
      let same: SupplierRecovery = try await desk.run(desk.headquarters) {
        try await desk.recoveries.compile(.id(raised.id), $0)
      }
      #expect(same.lines == raised.lines)
      try await settled(raised, of: brakes, desk)
      #expect(try owed(desk) == "128450|2|0")
      // Taken back as a whole: the supplier gets back what it owed.
      try decide(1, 0, "rejected", "2026-11-13")
      try decide(2, 0, "rejected", "2026-11-13", state: "rejected")
      let lowered = try await compiled(brakes, desk)
      #expect(lowered.amount.minor == -128_450 && lowered.lines[0].source.ordinal == 3)
      try await settled(lowered, of: brakes, desk)
      #expect(try owed(desk) == "0|3|0")
      #expect(
        try desk.test.admin("select sum(amount), count(*), max(ordinal) from supplier_recovery_lines") == "0.00|3|3")
    }
  }

  @Test(
    "an item is followed up once its recovery is settled as computed: nobody is given back what he does not owe (SET-05)"
  )
  func followedUpOnceSettled() async throws {
    try await OldPartDesk.with { desk in
      let brakes = try await supplier("BRK01", desk, parts: ["BP-1"])
      let claim = try claim(1, desk, parts: ["BP-1"])
      func decide(_ amount: Int, _ day: String) throws {
        try desk.test.admin(
          """
          set app.scope = '*';
          update warranty_claim_lines set decision = 'reduced', approved_amount = \(amount), decided_at = '\(day)T04:00:00Z'
          where claim_id = '\(claim)' and number = 1
          """)
      }
      let first = try await compiled(brakes, desk)
      #expect(first.amount.minor == 128_450)
      // While it is not settled, it takes in itself what is decided.
      try decide(400, "2026-11-12")
      #expect(try await compiled(brakes, desk).lines.isEmpty)
      let again: SupplierRecovery = try await desk.run(desk.headquarters) {
        try await desk.recoveries.compile(.id(first.id), $0)
      }
      #expect(again.amount.minor == 75_550)
      // The supplier pays less than was computed: what is decided now lowers nothing that he does not owe.
      let _: SupplierRecovery = try await desk.run(desk.headquarters) {
        try await desk.recoveries.send(.id(first.id), Self.parcel, $0)
      }
      let _: SupplierRecovery = try await desk.run(desk.supplier(brakes.id)) {
        try await desk.recoveries.dispute(.id(first.id), [1: "安装不当"], note: nil, $0)
      }
      try decide(100, "2026-11-13")
      #expect(try await compiled(brakes, desk).lines.isEmpty)
      let _: SupplierRecovery = try await desk.run(desk.headquarters) {
        try await desk.recoveries.agree(.id(first.id), [1: .zero(.cny)], note: "不由供方承担", $0)
      }
      let _: SupplierRecovery = try await desk.run(desk.finance) {
        try await desk.recoveries.settle(.id(first.id), note: nil, $0)
      }
      #expect(try await compiled(brakes, desk).lines.isEmpty)
      #expect(try owed(desk) == "0|0|0")
    }
  }

  @Test("a line that a later recovery reckons with is corrected there, not behind its back (SET-13)")
  func correctedWhereItStands() async throws {
    try await OldPartDesk.with { desk in
      let brakes = try await supplier("BRK01", desk, parts: ["BP-1"])
      let claim = try claim(1, desk, parts: ["BP-1"])
      let first = try await compiled(brakes, desk)
      try await settled(first, of: brakes, desk)
      try desk.test.admin(
        """
        set app.scope = '*';
        update warranty_claim_lines set decision = 'reduced', approved_amount = 400, decided_at = '2026-11-12T04:00:00Z'
        where claim_id = '\(claim)' and number = 1
        """)
      let second = try await compiled(brakes, desk)
      #expect(second.amount.minor == -52_900)
      await #expect {
        _ = try await desk.recoveries.correct(
          .id(first.id), [1: .zero(.cny)], note: "x", Self.person("复核").command(at: desk.clock.now))
      } throws: { error in
        guard case .conflict("claim-item-recovered", _) = error as? Refusal else { return false }
        return true
      }
      #expect(try owed(desk) == "128450|1|0")
    }
  }

  @Test(
    "claim cost by month, station, model and component group: claimed, approved, refused, recovered, for each vehicle in operation (CLM-16)"
  )
  func claimCost() async throws {
    try await OldPartDesk.with { desk in
      let brakes = try await supplier("BRK01", desk, parts: ["BP-1"])
      let claim = try claim(1, desk, parts: ["BP-1"])
      let model = UUID()
      try desk.test.admin(
        """
        set app.scope = '*';
        insert into vehicle_models (id, code, brand, series, name, powertrain, created_at, created_by, updated_at, updated_by)
        values ('\(model)', 'E5', '华晨', 'E', 'E5', 'ice', now(), 'x', now(), 'x');
        update vehicles set model_id = '\(model)', sale_date = '2026-01-01';
        update warranty_claims set submitted_at = '2026-11-10T04:00:00Z';
        update warranty_claim_items set component_group = 'brakes';
        update warranty_claim_lines set decision = 'reduced', approved_amount = 400
        where claim_id = '\(claim)' and number = 1;
        """)
      try await settled(try await compiled(brakes, desk), of: brakes, desk)
      let period = try #require(ReportPeriod(from: try date("2026-11-01"), before: try date("2026-12-01")))
      let now = desk.clock.now
      func rows(_ caller: Caller) async throws -> [[ReportValue]] {
        let basis = ReportBasis(
          scope: caller.scope, period: period, asOf: now, limits: ReportLimits(ClocksPolicy.standard))
        return try await desk.test.database.read(caller, ReportRepository.rows(.claimCost, basis))
      }
      let texts: [ReportValue] = [
        .text("2026-11"), .text("SY001"), .text("沈阳SY001"), .text("E5"), .text("brakes"), .text("CNY"),
      ]
      // 400.00 × 1.15 + 1.50 h × 197.00 came back of 700.00.
      let numbers = [1, 1, 116_000, 70_000, 46_000, 75_550, -5_550, 1, -5_550].map(ReportValue.integer)
      #expect(try await rows(desk.headquarters) == [texts + numbers])
      // A station sees its own claims, and nothing of what suppliers pay.
      let own: [ReportValue] =
        [1, 1, 116_000, 70_000, 46_000].map(ReportValue.integer) + [.null]
        + [70_000, 1, 70_000].map(ReportValue.integer)
      #expect(try await rows(desk.station) == [texts + own])
    }
  }

  @Test(
    "a posted recovery is corrected by a linked reversal and a new entry, by another person, once at a time (SET-13, SEC-10, S14)"
  )
  func corrected() async throws {
    try await OldPartDesk.with { desk in
      let brakes = try await supplier("BRK01", desk, parts: ["BP-1"])
      _ = try claim(1, desk, parts: ["BP-1"])
      let recovery = try await compiled(brakes, desk)
      try await settled(recovery, of: brakes, desk)
      #expect(try owed(desk) == "128450|1|0")
      await #expect {
        _ = try await desk.recoveries.correct(
          .id(recovery.id), [1: Money(minor: 1, currency: .cny)], note: "x", desk.finance.command(at: desk.clock.now))
      } throws: { error in
        guard case .guardFailed("correct", "corrector-posted", _) = error as? Refusal else { return false }
        return true
      }
      let (other, third) = (Self.person("复核"), Self.person("会计"))
      let outcomes = await Outcomes.of(20) { _ in
        _ = try await desk.recoveries.correct(
          .id(recovery.id), [1: Money(minor: 100_000, currency: .cny)], note: "工时", other.command(at: desk.clock.now))
      }
      #expect(outcomes.succeeded == 1 && outcomes.refused.count == 19 && outcomes.others.isEmpty)
      #expect(try owed(desk) == "100000|3|0")
      #expect(
        try desk.test.admin(
          """
          select r.kind, o.number from ledger_entries r join ledger_entries o on o.id = r.reverses_id
          """) == "reversal|LE-HQ-2026-000001")
      let after = try await reload(recovery, desk)
      #expect(after.agreedAmount?.minor == 100_000 && after.progress.posting?.entry == "LE-HQ-2026-000003")
      #expect(after.progress.corrections.map(\.from.minor) == [128_450])
      let nothing: SupplierRecovery = try await desk.run(third) {
        try await desk.recoveries.correct(.id(recovery.id), [1: .zero(.cny)], note: "不由供方承担", $0)
      }
      #expect(nothing.progress.posting?.entry == nil && nothing.agreedAmount?.minor == 0)
      #expect(try owed(desk) == "0|4|0")
    }
  }

  @Test("of 100 parallel settlements exactly one posts (R9, S14)")
  func parallelSettle() async throws {
    try await OldPartDesk.with { desk in
      let brakes = try await supplier("BRK01", desk, parts: ["BP-1"])
      _ = try claim(1, desk, parts: ["BP-1"])
      let recovery = try await compiled(brakes, desk)
      let _: SupplierRecovery = try await desk.run(desk.headquarters) {
        try await desk.recoveries.send(.id(recovery.id), Self.parcel, $0)
      }
      let _: SupplierRecovery = try await desk.run(desk.supplier(brakes.id)) {
        try await desk.recoveries.accept(.id(recovery.id), note: nil, $0)
      }
      let outcomes = await Outcomes.of(100) { _ in
        _ = try await desk.recoveries.settle(.id(recovery.id), note: nil, desk.finance.command(at: desk.clock.now))
      }
      #expect(outcomes.succeeded == 1 && outcomes.refused.count == 99 && outcomes.others.isEmpty)
      #expect(try desk.test.admin("select count(*) from ledger_entries") == "1")
      #expect(try desk.test.admin("select sum(amount) from ledger_postings") == "0")
    }
  }

  @Test(
    "old parts do not go along without a delivery note, and what both sides agreed to be nothing posts nothing (OLD-05)"
  )
  func edges() async throws {
    try await OldPartDesk.with { desk in
      let brakes = try await supplier("BRK01", desk, parts: ["BP-1"])
      let claim = try claim(1, desk, parts: ["BP-1"])
      let part = try await desk.required(OldPartDesk.line(1, of: claim))
      _ = try await desk.shipped(part)
      _ = try await desk.received(part)
      _ = try await desk.inspected(part, .asClaimed)
      let recovery = try await compiled(brakes, desk)
      let bare = SupplierRecoveryParcel(deliveryNote: nil, carrier: nil, trackingNumber: nil, note: nil)
      await #expect(
        throws: Refusal.invalid("#/deliveryNote", .required, "is required: old parts go along as evidence")
      ) {
        try await desk.recoveries.send(.id(recovery.id), bare, desk.headquarters.command(at: desk.clock.now))
      }
      let _: SupplierRecovery = try await desk.run(desk.headquarters) {
        try await desk.recoveries.send(.id(recovery.id), Self.parcel, $0)
      }
      let _: SupplierRecovery = try await desk.run(desk.supplier(brakes.id)) {
        try await desk.recoveries.dispute(.id(recovery.id), [1: "安装不当"], note: nil, $0)
      }
      let agreed: SupplierRecovery = try await desk.run(desk.headquarters) {
        try await desk.recoveries.agree(.id(recovery.id), [1: .zero(.cny)], note: "放弃", $0)
      }
      #expect(agreed.agreedAmount == .zero(.cny) && agreed.lines[0].disputeReason == "安装不当")
      let settled: SupplierRecovery = try await desk.run(desk.finance) {
        try await desk.recoveries.settle(.id(recovery.id), note: nil, $0)
      }
      #expect(settled.state == .settled && settled.progress.settlement?.entry == nil)
      #expect(try desk.test.admin("select count(*) from ledger_entries") == "0")
      #expect(try await reload(settled, desk) == settled)
    }
  }
}
