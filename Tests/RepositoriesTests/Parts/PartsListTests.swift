import Domain
import FoundationEssentials
import Postgres
import Repositories
import TestSupport
import Testing

/// Lists of the parts families held against the planner.
@Suite(.serialized) struct PartsListTests {
  /// Eight stations with a store each, and 10,000 rows of each family, in another order by number, change and end than by creation.
  private static func fill(_ test: TestDatabase, _ network: TestNetwork) throws {
    try test.admin(
      """
      set app.scope = '*';
      insert into stations (id, code, region_id, name, kind, time_zone, currency, labour_rate, created_at, created_by,
        updated_at, updated_by)
      select gen_random_uuid(), 'ST' || lpad(n::text, 4, '0'), '\(network.region)', 'x', 'fourInOne', 'Asia/Shanghai',
        'CNY', 1, now(), 'x', now(), 'x'
      from generate_series(1, 8) n;
      insert into stock_locations (id, code, name, kind, station_id, created_at, created_by, updated_at, updated_by)
      select gen_random_uuid(), 'S-' || code, 'x', 'station', id, now(), 'x', now(), 'x'
      from stations where code like 'ST%';
      insert into parts (id, number, name, origin, unit, created_at, created_by, updated_at, updated_by)
      select gen_random_uuid(), 'P-' || n, 'x', 'original', 'piece', now(), 'x', now(), 'x' from generate_series(1, 1300) n;
      create temporary table places as
        select s.id as station_id, o.id as location_id, row_number() over (order by s.code) as place
        from stations s join stock_locations o on o.station_id = s.id where s.code like 'ST%';
      create temporary table times as
        select n, lpad((n * 7919 % 10000)::text, 6, '0') as number,
          '2026-01-01T00:00:00Z'::timestamptz + n * interval '7 minutes' as created,
          '2026-03-01T00:00:00Z'::timestamptz + (n * 4999 % 10000) * interval '3 minutes' as updated,
          '2026-02-01T00:00:00Z'::timestamptz + (n * 3989 % 10000) * interval '5 minutes' as due
        from generate_series(1, 10000) n;
      set session_replication_role = replica;
      insert into parts_orders (id, number, station_id, state, kind, currency, recorded_from, created_at,
          created_by, updated_at, updated_by)
        select gen_random_uuid(), 'PO-' || t.number, p.station_id, 'draft', 'stock', 'CNY', t.updated, t.created,
          'x', t.updated, 'x'
        from times t join places p on p.place = 1 + t.n % 8;
      insert into shipments (id, number, station_id, order_id, order_number, state, location_id, recorded_from,
          created_at, created_by, updated_at, updated_by)
        select gen_random_uuid(), 'SH-' || t.number, p.station_id, gen_random_uuid(), 'x', 'prepared',
          p.location_id, t.updated, t.created, 'x', t.updated, 'x'
        from times t join places p on p.place = 1 + t.n % 8;
      insert into parts_claims (id, number, station_id, state, kind, order_id, order_number, shipment_id, line,
          part_number, unit_price, currency, received_at, quantity, description, recorded_from, created_at,
          created_by, updated_at, updated_by)
        select gen_random_uuid(), 'PC-' || t.number, p.station_id, 'draft', 'short', gen_random_uuid(), 'x',
          gen_random_uuid(), 1, 'x', 1, 'CNY', t.created, 1, 'x', t.updated, t.created, 'x', t.updated, 'x'
        from times t join places p on p.place = 1 + t.n % 8;
      insert into reservations (id, number, location_id, station_id, part_id, state, quantity, purpose,
          to_location_id, expires_at, ended_at, recorded_from, created_at, created_by, updated_at, updated_by)
        select gen_random_uuid(), 'RV-' || t.number, p.location_id, p.station_id, (select id from parts limit 1),
          'released', 1, 'transfer', gen_random_uuid(), t.due, t.due, t.updated, t.created, 'x', t.updated, 'x'
        from times t join places p on p.place = 1 + t.n % 8;
      insert into stocktakes (id, number, location_id, station_id, state, recorded_from, created_at, created_by,
          updated_at, updated_by)
        select gen_random_uuid(), 'ST-' || t.number, p.location_id, p.station_id, 'draft', t.updated, t.created,
          'x', t.updated, 'x'
        from times t join places p on p.place = 1 + t.n % 8;
      insert into minimum_stocks (id, number, station_id, part_id, state, proposed_quantity, recorded_from,
          created_at, created_by, updated_at, updated_by)
        select gen_random_uuid(), 'MS-' || t.number, p.station_id, q.id, 'draft', 1, t.updated,
          t.created, 'x', t.updated, 'x'
        from times t join places p on p.place = 1 + t.n % 8
          join (select c.id, row_number() over (order by c.id) as place from parts c) q on q.place = 1 + t.n / 8;
      insert into replenishment_proposals (id, number, station_id, location_id, lines, created_at, created_by)
        select gen_random_uuid(), 'RE-' || t.number, p.station_id, p.location_id, '[]', t.created, 'x'
        from times t join places p on p.place = 1 + t.n % 8;
      insert into parts_sales (id, number, station_id, location_id, lines, total, currency, above_list,
          created_at, created_by)
        select gen_random_uuid(), 'PS-' || t.number, p.station_id, p.location_id, '[1]', 0, 'CNY', false,
          t.created, 'x'
        from times t join places p on p.place = 1 + t.n % 8;
      insert into parts_returns (id, number, station_id, location_id, state, reason, lines, recorded_from,
          created_at, created_by, updated_at, updated_by)
        select gen_random_uuid(), 'RT-' || t.number, p.station_id, p.location_id, 'sent', 'x', '[1]', t.updated,
          t.created, 'x', t.updated, 'x'
        from times t join places p on p.place = 1 + t.n % 8;
      insert into stock_movements (id, location_id, station_id, part_id, kind, quantity, cost, currency,
          on_hand_after, ordinal, recorded_at, recorded_by)
        select gen_random_uuid(), p.location_id, p.station_id, (select id from parts limit 1), 'receipt', 1, 0,
          'CNY', t.n, t.n, t.created, 'x'
        from times t join places p on p.place = 1 + t.n % 8;
      set session_replication_role = origin;
      analyze parts; analyze stock_locations; analyze stations; analyze parts_orders; analyze shipments; analyze parts_claims; analyze reservations; analyze stocktakes;
      analyze minimum_stocks; analyze replenishment_proposals; analyze parts_sales; analyze parts_returns;
      analyze stock_movements;
      """)
  }

  /// Reads what has changed last, and holds number, order and plan against what was filled in.
  private static func latest<Store: DocumentStore>(
    _ store: Store.Type, _ table: String, _ filter: Store.Filter, _ scope: Scope, _ test: TestDatabase
  ) async throws {
    let since = try #require(Timestamp("2026-03-01T00:00:00Z")).adding(seconds: 9_960 * 180)
    var page = PageRequest(limit: 100, sort: [.init("createdAt", descending: true)])
    page.window.updatedFrom = since
    let query = store.list(filter, page, in: scope)
    let plan = try await test.database.read(
      ListWalk.caller(scope), Query<[String]>.list("explain " + query.sql) { try $0.next(String.self) }
    ).joined(separator: "\n")
    #expect(!plan.contains("Seq Scan on \(table)") && plan.contains("Index"), "\(table) \(scope)\n\(plan)")
    // 40 of them in the network, and a part of them at each station.
    let found = try await test.database.read(ListWalk.caller(scope), query).items.count
    #expect(scope == .network ? found == 40 : found < 40, "\(table) \(found)")
    page.window.updatedBefore = since
    #expect(try await test.database.read(ListWalk.caller(scope), store.list(filter, page, in: scope)).items.isEmpty)
  }

  @Test("what has changed since an instant is read from an index, whoever asks (C-11)")
  func changes() async throws {
    try await TestDatabase.with { test in
      let network = try await TestNetwork(in: test.database, at: Timestamp(milliseconds: 1_795_248_000_000))
      try Self.fill(test, network)
      let station = try #require(Station.ID(try test.admin("select id from stations where code = 'ST0004'")))
      for scope in [Scope.network, .station(station)] {
        try await Self.latest(PartsOrderRepository.self, "parts_orders", .init(), scope, test)
        try await Self.latest(ShipmentRepository.self, "shipments", .init(), scope, test)
        try await Self.latest(PartsClaimRepository.self, "parts_claims", .init(), scope, test)
      }
    }
  }

  @Test("every order of the lists of parts reads an index at any depth, whoever asks (C-10, C-11, R14)")
  func plans() async throws {
    try await TestDatabase.with { test in
      let network = try await TestNetwork(in: test.database, at: Timestamp(milliseconds: 1_795_248_000_000))
      try Self.fill(test, network)
      let station = try #require(Station.ID(try test.admin("select id from stations where code = 'ST0004'")))
      for scope in [Scope.network, .station(station)] {
        try await ListWalk.walk(PartsOrderRepository.self, "parts_orders", .init(), scope, test)
        try await ListWalk.walk(ShipmentRepository.self, "shipments", .init(), scope, test)
        try await ListWalk.walk(PartsClaimRepository.self, "parts_claims", .init(), scope, test)
        try await ListWalk.walk(ReservationRepository.self, "reservations", .init(), scope, test)
        try await ListWalk.walk(StocktakeRepository.self, "stocktakes", .init(), scope, test)
        try await ListWalk.walk(MinimumStockRepository.self, "minimum_stocks", .init(), scope, test)
        try await ListWalk.walk(ReplenishmentProposalRepository.self, "replenishment_proposals", .init(), scope, test)
        try await ListWalk.walk(PartsSaleRepository.self, "parts_sales", .init(), scope, test)
        try await ListWalk.walk(PartsReturnRepository.self, "parts_returns", .init(), scope, test)
        try await ListWalk.walk(StockMovementRepository.self, "stock_movements", .init(), scope, test)
      }
    }
  }
}
