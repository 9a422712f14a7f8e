import Domain
import FoundationEssentials
import Postgres
import Repositories
import TestSupport
import Testing

/// Lists of the money family, held against the planner under row-level security.
@Suite(.serialized) struct MoneyListTests {
  /// Eight stations and 20,000 rows of each family, in another order by number, change and due day than by creation. Parents, and the
  /// checks that the ledger makes at commit, are left out: it is about plans.
  private static func fill(_ test: TestDatabase, _ network: TestNetwork) throws {
    try test.admin(
      """
      set app.scope = '*';
      insert into stations (id, code, region_id, name, kind, time_zone, currency, labour_rate, created_at, created_by,
        updated_at, updated_by)
      select gen_random_uuid(), 'ST' || lpad(n::text, 4, '0'), '\(network.region)', 'x', 'fourInOne', 'Asia/Shanghai',
        'CNY', 1, now(), 'x', now(), 'x'
      from generate_series(1, 8) n;
      set session_replication_role = replica;
      create temporary table places as
      select s.id as station_id, row_number() over (order by s.code) as place from stations s where s.code like 'ST%';
      create temporary table times as
      select n, lpad((n * 7919 % 20000)::text, 6, '0') as number,
        '2026-01-01T00:00:00Z'::timestamptz + n * interval '7 minutes' as created,
        '2026-03-01T00:00:00Z'::timestamptz + (n * 4999 % 20000) * interval '3 minutes' as updated,
        '2026-02-01T00:00:00Z'::timestamptz + (n * 3989 % 20000) * interval '5 minutes' as due
      from generate_series(1, 20000) n;
      insert into warranty_claims (id, number, station_id, kind, state, currency, work_order_id, submitted_at, created_at,
        created_by, updated_at, updated_by, recorded_from)
      select gen_random_uuid(), 'WC-' || t.number, p.station_id, 'warrantyRepair',
        case when t.n % 5 = 0 then 'draft' else 'underAudit' end, 'CNY', gen_random_uuid(),
        case when t.n % 5 = 0 then null else t.due end, t.created, 'x', t.updated, 'x', t.updated
      from times t join places p on p.place = 1 + t.n % 8;
      insert into pre_authorisations (id, number, station_id, work_order_id, vehicle_id, currency, state, kind, reason,
        submitted_at, valid_until, created_at, created_by, updated_at, updated_by, recorded_from)
      select gen_random_uuid(), 'PA-' || t.number, p.station_id, gen_random_uuid(), gen_random_uuid(), 'CNY', 'draft',
        'warranty', 'x', null, case when t.n % 5 = 0 then null else t.due::date end, t.created, 'x', t.updated, 'x', t.updated
      from times t join places p on p.place = 1 + t.n % 8;
      insert into settlements (id, number, station_id, currency, period_from, period_to, state, exit_reason, created_at,
        created_by, updated_at, updated_by, recorded_from)
      select gen_random_uuid(), 'ST-' || t.number, p.station_id, 'CNY', t.due::date, t.due::date, 'cancelled', 'x', t.created,
        'x', t.updated, 'x', t.updated
      from times t join places p on p.place = 1 + t.n % 8;
      insert into old_parts (id, number, station_id, state, part_number, part_description, quantity, fault, created_at,
        created_by, updated_at, updated_by, recorded_from)
      select gen_random_uuid(), 'OP-' || t.number, p.station_id, 'due', 'P', 'x', 1, 'x', t.created, 'x', t.updated, 'x',
        t.updated
      from times t join places p on p.place = 1 + t.n % 8;
      insert into supplier_recoveries (id, number, state, supplier_id, period_from, period_before, currency, amount, created_at,
        created_by, updated_at, updated_by, recorded_from)
      select gen_random_uuid(), 'RC-' || t.number, 'compiled', p.station_id, '2026-01-01', '2026-02-01', 'CNY', 1, t.created,
        'x', t.updated, 'x', t.updated
      from times t join places p on p.place = 1 + t.n % 8;
      insert into ledger_entries (id, number, station_id, kind, occurred_on, description, posting_count, created_at, created_by,
        updated_at, updated_by)
      select gen_random_uuid(), 'LE-' || t.number, p.station_id, 'claim', t.due::date, 'x', 2, t.created, 'x', t.updated, 'x'
      from times t join places p on p.place = 1 + t.n % 8;
      insert into payable_items (id, station_id, kind, account, counter, source_resource, source_id, description, amount,
        currency, occurred_on, entry_id, created_at, created_by, updated_at, updated_by, recorded_from)
      select gen_random_uuid(), p.station_id, 'claim', 'payable', 'warrantyExpense', 'warrantyClaim', gen_random_uuid(), 'x', 1,
        'CNY', t.due::date, gen_random_uuid(), t.created, 'x', t.updated, 'x', t.updated
      from times t join places p on p.place = 1 + t.n % 8;
      insert into station_awards (id, number, station_id, kind, state, code, reason, amount, currency, occurred_on, created_at,
        created_by, updated_at, updated_by, recorded_from)
      select gen_random_uuid(), 'AW-' || t.number, p.station_id, case when t.n % 16 < 8 then 'penalty' else 'reward' end,
        'granted', case when t.n % 16 < 8 then 'ASM-P1' end, 'x', 1, 'CNY', t.due::date, t.created, 'x', t.updated, 'x',
        t.updated
      from times t join places p on p.place = 1 + t.n % 8;
      analyze warranty_claims; analyze pre_authorisations; analyze settlements; analyze old_parts; analyze supplier_recoveries;
      analyze ledger_entries; analyze payable_items; analyze station_awards;
      """)
  }

  @Test(
    "every order of claims, settlements and what hangs on them reads an index at any depth, whoever asks (C-10, R14)")
  func plans() async throws {
    try await TestDatabase.with { test in
      let network = try await TestNetwork(in: test.database, at: Timestamp(milliseconds: 1_795_248_000_000))
      try Self.fill(test, network)
      let station = try #require(Station.ID(try test.admin("select id from stations where code = 'ST0004'")))
      for scope in [Scope.network, .station(station)] {
        try await ListWalk.walk(WarrantyClaimRepository.self, "warranty_claims", .init(), scope, test)
        try await ListWalk.walk(PreAuthorisationRepository.self, "pre_authorisations", .init(), scope, test)
        try await ListWalk.walk(SettlementRepository.self, "settlements", .init(), scope, test)
        try await ListWalk.walk(OldPartRepository.self, "old_parts", .init(), scope, test)
        try await ListWalk.walk(LedgerEntryRepository.self, "ledger_entries", .init(), scope, test)
        try await ListWalk.walk(PayableItemRepository.self, "payable_items", .init(), scope, test)
        try await ListWalk.walk(StationAwardRepository<PenaltyKind>.self, "station_awards", .init(), scope, test)
        try await ListWalk.walk(StationAwardRepository<RewardKind>.self, "station_awards", .init(), scope, test)
      }
      // Headquarters' and the supplier's alone.
      try await ListWalk.walk(SupplierRecoveryRepository.self, "supplier_recoveries", .init(), .network, test)
    }
  }
}
