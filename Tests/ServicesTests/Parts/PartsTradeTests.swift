import Domain
import FoundationEssentials
import Repositories
import Services
import TestSupport
import Testing

/// Catalogue, prices and replenishment (PRT-01…05, PO-12).
@Suite struct PartsTradeTests {
  private func day(_ desk: StockDesk, plus days: Int64) -> CalendarDate {
    CalendarDate(daysSinceEpoch: CalendarDate(inChina: desk.clock.now).daysSinceEpoch + days)
  }

  private func price(_ desk: StockDesk, plus days: Int64) async throws -> Int64? {
    try await desk.prices.price(of: .id(desk.parts[0]), on: day(desk, plus: days), desk.somebody)?.price.minor
  }

  @Test("the price of a day is that of the approved list which is valid by then; drafts say nothing (PRT-02, PO-12)")
  func priceOfTheDay() async throws {
    try await StockDesk.with { desk in
      #expect(try await price(desk, plus: 0) == nil)
      try await desk.approve(10_000)
      try await desk.approve(12_000, from: 10)
      #expect(try await price(desk, plus: -1) == nil)
      #expect(try await price(desk, plus: 0) == 10_000)
      #expect(try await price(desk, plus: 9) == 10_000)
      #expect(try await price(desk, plus: 10) == 12_000)
      // Of two lists of one day the one that was approved last.
      try await desk.approve(12_500, from: 10)
      #expect(try await price(desk, plus: 10) == 12_500)
      let draft = PriceList.Content(
        name: "草稿", currency: .cny, validFrom: day(desk, plus: 5), note: nil,
        lines: [PriceList.Line(partID: desk.parts[0], partNumber: "", price: desk.cny(1), retailPrice: nil)],
        externalIDs: [:])
      let list: PriceList = try await desk.run { try await desk.prices.create(draft, $0) }
      let _: PriceList = try await desk.run { try await desk.prices.submit(.id(list.id), note: nil, $0) }
      #expect(try await price(desk, plus: 6) == 10_000)
      // A station sees no draft, and what is approved.
      let clerk = desk.network.caller(.stPartsClerk)
      let seen = try await desk.prices.list(PriceListFilter(), PageRequest(sort: [.init("createdAt")]), clerk)
      #expect(seen.items.count == 3 && seen.items.allSatisfy { $0.state == .approved })
      await #expect(throws: Refusal.notFound) { _ = try await desk.prices.get(.id(list.id), clerk) }
    }
  }

  @Test(
    "who wrote in a price list or submitted it does not approve it, and a day that is over keeps its price (SEC-10)")
  func separation() async throws {
    try await StockDesk.with { desk in
      let (author, submitter) = (desk.somebody, desk.somebody)
      func content(_ days: Int64, _ price: Int64 = 1_000) -> PriceList.Content {
        PriceList.Content(
          name: "价格", currency: .cny, validFrom: day(desk, plus: days), note: nil,
          lines: [PriceList.Line(partID: desk.parts[0], partNumber: "", price: desk.cny(price), retailPrice: nil)],
          externalIDs: [:])
      }
      let list: PriceList = try await desk.run(as: author) { try await desk.prices.create(content(0), $0) }
      let _: PriceList = try await desk.run(as: submitter) { try await desk.prices.submit(.id(list.id), note: nil, $0) }
      for caller in [author, submitter] {
        await #expect(
          throws: Refusal.guardFailed(
            action: "approve", guardCode: "author-approves-not",
            detail: "Who compiled or submitted a price list does not approve it (SEC-10).")
        ) {
          let _: PriceList = try await desk.run(as: caller) {
            try await desk.prices.approve(.id(list.id), note: nil, $0)
          }
        }
      }
      // What was submitted stands, until it is rejected.
      try await StockRuleTests.expectConflict("price-list-not-editable") {
        let _: PriceList = try await desk.run(as: author) {
          try await desk.prices.update(.id(list.id), $0) { _ in content(0, 2_000) }
        }
      }
      let _: PriceList = try await desk.run { try await desk.prices.reject(.id(list.id), reason: "太高", $0) }
      let again: PriceList = try await desk.run(as: author) {
        try await desk.prices.update(.id(list.id), $0) { _ in content(0, 900) }
      }
      #expect(again.state == .draft && again.content.lines[0].price.minor == 900)
      let _: PriceList = try await desk.run(as: author) { try await desk.prices.submit(.id(list.id), note: nil, $0) }
      desk.clock.advance(seconds: 86_400)
      try await StockRuleTests.expectConflict("price-list-backdated") {
        let _: PriceList = try await desk.run { try await desk.prices.approve(.id(list.id), note: nil, $0) }
      }
    }
  }

  @Test("prices of an approved list are never changed, not even past the application (PRT-02)")
  func approvedPricesStand() async throws {
    try await StockDesk.with { desk in
      let list = try await desk.approve(10_000)
      for statement in [
        "delete from price_list_lines where price_list_id = '\(list.id)'",
        "insert into price_list_lines (price_list_id, position, part_id, price) values ('\(list.id)', 9, '\(desk.parts[1])', 1)",
        "update price_lists set state = 'draft', decided_at = null where id = '\(list.id)'",
      ] {
        #expect(throws: TestCluster.Missing.self, "\(statement)") {
          try desk.test.asApplication(scope: "*", statement)
        }
      }
    }
  }

  @Test("a chain of supersessions is resolved as of the day, and where-used follows it (PRT-01, anchor 63)")
  func supersessions() async throws {
    try await StockDesk.with(parts: 4) { desk in
      func supersede(_ part: Int, by successor: Int, from days: Int64) async throws {
        let draft = SupersessionDraft(
          successor: .id(desk.parts[successor]), effectiveOn: day(desk, plus: days), interchangeable: true, reason: nil)
        let _: Supersession = try await desk.run {
          try await desk.catalogue.supersede(.id(desk.parts[part]), draft, $0)
        }
      }
      try await supersede(0, by: 1, from: 0)
      try await supersede(1, by: 2, from: 10)
      // Another successor from another day on.
      try await supersede(0, by: 3, from: 20)
      func current(_ days: Int64) async throws -> String {
        try await desk.catalogue.chain(of: .id(desk.parts[0]), on: day(desk, plus: days), desk.somebody).currentNumber
      }
      #expect(try await current(-1) == "P-100")
      #expect(try await current(0) == "P-101")
      #expect(try await current(10) == "P-102")
      #expect(try await current(20) == "P-103")
      try await StockRuleTests.expectConflict("supersession-cycle") { try await supersede(2, by: 0, from: 30) }
      await #expect(throws: Refusal.alreadyExists(field: "effectiveOn", existingID: nil)) {
        try await supersede(0, by: 2, from: 0)
      }
      try desk.test.admin(
        """
        insert into vehicle_models (id, code, brand, series, name, powertrain, discontinued, external_ids, version,
          created_at, created_by, updated_at, updated_by)
        values ('0199b003-7c30-7e53-9f42-5da06b8c3e03', 'X5', '华晨', 'X5', 'X5', 'ice', false, '{}', 1, now(), 'x',
          now(), 'x')
        """)
      let model = VehicleModel.ID(try #require(UUID(uuidString: "0199b003-7c30-7e53-9f42-5da06b8c3e03")))
      let sboms = SbomService(desk.work)
      for (code, days, part) in [("B-OLD", Int64(-100), 0), ("B-NEW", Int64(15), 3)] {
        let draft = SbomDraft(
          code: code, modelID: model, validFrom: day(desk, plus: days), note: nil,
          lines: [.init(assembly: "前制动", partID: desk.parts[part], quantity: 2)], externalIDs: [:])
        let _: Sbom = try await desk.run { try await sboms.create(draft, $0) }
      }
      func uses(_ part: Int, _ days: Int64) async throws -> [String] {
        try await desk.catalogue.uses(of: .id(desk.parts[part]), on: day(desk, plus: days), desk.somebody)
          .map { "\($0.sbomCode) \($0.partNumber) \($0.quantity)" }
      }
      #expect(try await uses(0, 0) == ["B-OLD P-100 2"])
      // The successor is fitted wherever the part that it stands for is.
      #expect(try await uses(1, 0) == ["B-OLD P-100 2"])
      #expect(try await uses(2, 12) == ["B-OLD P-100 2"])
      #expect(try await uses(2, 16) == [])
      #expect(try await uses(3, 16) == ["B-NEW P-103 2"])
    }
  }

  @Test(
    "a proposal names what is below the approved minimum or the quota, with its reasons, and orders what is delivered today"
  )
  func replenishment() async throws {
    try await StockDesk.with(parts: 4) { desk in
      let supervisor = desk.network.caller(.stPartsSupervisor, subject: .user(UUID.version7(at: desk.clock.now)))
      func minimum(_ part: Int, _ quantity: Int) async throws -> MinimumStock {
        let made: MinimumStock = try await desk.run(as: supervisor) {
          try await desk.minimums.create(desk.parts[part], quantity: quantity, reason: nil, at: nil, $0)
        }
        return try await desk.run(as: supervisor) {
          try await desk.minimums.propose(.id(made.id), quantity: nil, reason: "冬季", $0)
        }
      }
      let proposed = try await minimum(0, 10)
      // Who proposes does not approve, whatever his roles (PRT-05, SEC-10).
      let both = Caller(
        subject: supervisor.subject, name: "主管", roles: [], permissions: Set(Permission.allCases), scope: .network)
      await #expect(throws: Refusal.self) {
        let _: MinimumStock = try await desk.run(as: both) {
          try await desk.minimums.approve(.id(proposed.id), quantity: nil, note: nil, $0)
        }
      }
      let approved: MinimumStock = try await desk.run {
        try await desk.minimums.approve(.id(proposed.id), quantity: 8, note: "够用", $0)
      }
      #expect(approved.approvedQuantity == 8 && approved.proposedQuantity == 10)
      await #expect(throws: Refusal.alreadyExists(field: "partId", existingID: "\(proposed.id)")) {
        _ = try await minimum(0, 3)
      }
      // Another number is proposed; the approved one holds meanwhile.
      let anew: MinimumStock = try await desk.run(as: supervisor) {
        try await desk.minimums.propose(.id(proposed.id), quantity: 20, reason: nil, $0)
      }
      #expect(anew.state == .proposed && anew.approvedQuantity == 8)
      _ = try await minimum(1, 50)

      // One vehicle drives in the region, which has two stations: 3,000 per thousand are 3, so 2 a station.
      try desk.test.admin(
        """
        insert into customer_vehicles (id, station_id, customer_id, vehicle_id, role, since_date, created_at)
        values (gen_random_uuid(), '\(desk.network.station)', '\(desk.network.customer)', '\(desk.network.vehicle)', 'owner',
          '2025-01-01', now())
        """)
      let quota = ReserveQuotaDraft(
        code: "Q-1", regionID: desk.network.region, partID: desk.parts[2], perThousandVehicles: 3_000, note: nil,
        population: .init(vehicles: 0, stations: 0), externalIDs: [:])
      let set: ReserveQuota = try await desk.run { try await desk.quotas.create(quota, $0) }
      #expect(set.population == .init(vehicles: 1, stations: 2) && set.quantity == 2)

      try await desk.receive(5, of: 0)
      _ = try await desk.reserve(1, of: 0)
      let draft = SupersessionDraft(
        successor: .id(desk.parts[3]), effectiveOn: day(desk, plus: 0), interchangeable: false, reason: nil)
      let _: Supersession = try await desk.run { try await desk.catalogue.supersede(.id(desk.parts[2]), draft, $0) }

      let proposal: ReplenishmentProposal = try await desk.run {
        try await desk.proposals.create(at: desk.network.station, $0)
      }
      #expect(proposal.lines.map(\.situation.partNumber) == ["P-100", "P-102"])
      // 8 to keep, 5 there, of which 1 is promised.
      #expect(proposal.lines[0].quantity == 4 && proposal.lines[0].reasons == [.belowMinimum])
      #expect(proposal.lines[1].orderPartNumber == "P-103" && proposal.lines[1].quantity == 2)
      #expect(proposal.lines[1].reasons == [.belowQuota])
      let stored = try await desk.proposals.get(.id(proposal.id), supervisor)
      #expect(stored == proposal)

      // What is on order counts.
      let source = StockMovement.Source(resource: .workOrder, id: UUID(), number: nil, line: 1)
      let command: Command<Int> = desk.somebody.command(at: desk.clock.now)
      try await desk.test.database.write(.system) { tx in
        desk.book.expect(7, of: desk.parts[0], at: desk.store, source: source, command, in: tx)
      }
      let next: ReplenishmentProposal = try await desk.run {
        try await desk.proposals.create(at: desk.network.station, $0)
      }
      #expect(next.lines.map(\.situation.partNumber) == ["P-102"])

      // What was ordered as the successor is not proposed again, but for what is kept of the successor itself.
      try await desk.test.database.write(.system) { tx in
        desk.book.expect(1, of: desk.parts[3], at: desk.store, source: source, command, in: tx)
      }
      let less: ReplenishmentProposal = try await desk.run {
        try await desk.proposals.create(at: desk.network.station, $0)
      }
      #expect(less.lines.map(\.orderPartNumber) == ["P-103"])
      #expect(less.lines.first?.quantity == 1 && less.lines.first?.successorQuantity == 1)
      #expect(try await desk.proposals.get(.id(less.id), supervisor) == less)
      try await desk.test.database.write(.system) { tx in
        desk.book.expect(2, of: desk.parts[3], at: desk.store, source: source, command, in: tx)
      }
      let none: ReplenishmentProposal = try await desk.run {
        try await desk.proposals.create(at: desk.network.station, $0)
      }
      #expect(none.lines.isEmpty)
      let kept = try await minimum(3, 2)
      let _: MinimumStock = try await desk.run {
        try await desk.minimums.approve(.id(kept.id), quantity: nil, note: nil, $0)
      }
      let again: ReplenishmentProposal = try await desk.run {
        try await desk.proposals.create(at: desk.network.station, $0)
      }
      #expect(again.lines.map(\.situation.partNumber) == ["P-102"] && again.lines.first?.quantity == 2)
      var filter = StockLevelFilter()
      filter.belowMinimum = true
      let short = try await StockService(desk.test.database).list(
        filter, PageRequest(sort: [.init("partNumber")]), desk.somebody)
      #expect(short.items.isEmpty)
    }
  }

  @Test(
    "open campaigns of the station's vehicles and a month's warranty claims are proposed with their reason (PRT-14, PO-13, anchor 69)"
  )
  func demand() async throws {
    try await StockDesk.with { desk in
      let (station, vehicle) = (desk.network.station, desk.network.vehicle)
      let (issue, campaign, claim) = (UUID(), UUID(), UUID())
      // A campaign for the fault of one part, whose vehicle drives with a customer of the station; claims of another part.
      try desk.test.admin(
        """
        set app.scope = '*';
        insert into customer_vehicles (id, station_id, customer_id, vehicle_id, role, since_date, created_at)
          values (gen_random_uuid(), '\(station)', '\(desk.network.customer)', '\(vehicle)', 'owner', '2025-01-01', now());
        insert into quality_issues (id, number, state, source, symptom, defects, facts, created_at, created_by, updated_at,
            updated_by)
          values ('\(issue.canonical)', 'QI-HQ-2026-000001', 'general', 'complaint', 's', '[{"partNumber": "P-101"}]', '{}',
            now(), 'x', now(), 'x');
        insert into campaigns (id, number, state, kind, title, description, remedy, quality_issue_id, population,
            vehicle_count, population_hash, frozen_at, created_at, created_by, updated_at, updated_by)
          values ('\(campaign.canonical)', 'SC-HQ-2026-000001', 'published', 'service', 't', 'd', 'r', '\(issue.canonical)',
            '{}', 1, repeat('a', 64), now(), now(), 'x', now(), 'x');
        insert into campaign_vehicles (id, campaign_id, vehicle_id, vin, state, created_at, created_by, updated_at,
            updated_by)
          select gen_random_uuid(), '\(campaign.canonical)', v.id, v.vin, 'affected', now(), 'x', now(), 'x'
          from vehicles v where v.id = '\(vehicle)';
        set session_replication_role = replica;
        insert into warranty_claims (id, number, station_id, kind, state, currency, work_order_id, created_at, created_by,
            updated_at, updated_by, recorded_from)
          values ('\(claim.canonical)', 'WC-SY001-2026-000001', '\(station)', 'warrantyRepair', 'draft', 'CNY',
            gen_random_uuid(), '\(desk.clock.now)', 'x', now(), 'x', now());
        insert into warranty_claim_lines (claim_id, number, station_id, item, place, kind, description, part_number,
            quantity, unit_price, amount, recorded_from)
          values ('\(claim.canonical)', 1, '\(station)', 1, 1, 'parts', 'd', 'P-102', 7, 1.00, 7.00, now());
        """)
      func propose() async throws -> [ReplenishmentProposal.Line] {
        let proposal: ReplenishmentProposal = try await desk.run {
          try await desk.proposals.create(at: station, $0)
        }
        return proposal.lines
      }
      // 7 pieces in 90 days are 3 a month, rounded up.
      let lines = try await propose()
      #expect(lines.map(\.situation.partNumber) == ["P-101", "P-102"])
      #expect(lines.map(\.quantity) == [1, 3] && lines.map(\.reasons) == [[.campaigns], [.claims]])
      #expect(lines[0].situation.recalled == 1 && lines[1].situation.claimed == 3)
      try await desk.receive(1, of: 1)
      try await desk.receive(3, of: 2)
      #expect(try await propose().isEmpty)
      try desk.test.admin("set app.scope = '*'; update campaigns set state = 'suspended'")
      try await desk.receive(1, of: 0)
      #expect(try await propose().isEmpty)
    }
  }
}
