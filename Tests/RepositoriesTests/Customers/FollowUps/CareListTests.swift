import Domain
import FoundationEssentials
import Postgres
import Repositories
import TestSupport
import Testing

/// Lists of what follows a visit, and of complaints, held against the planner.
@Suite(.serialized) struct CareListTests {
  /// Eight stations with a customer each, and 20,000 rows of each family, in another order by number, change and due day than by
  /// creation.
  private static func fill(_ test: TestDatabase, _ network: TestNetwork) throws {
    try test.admin(
      """
      set app.scope = '*';
      insert into stations (id, code, region_id, name, kind, time_zone, currency, labour_rate, created_at, created_by,
        updated_at, updated_by)
      select gen_random_uuid(), 'ST' || lpad(n::text, 4, '0'), '\(network.region)', 'x', 'fourInOne', 'Asia/Shanghai',
        'CNY', 1, now(), 'x', now(), 'x'
      from generate_series(1, 8) n;
      insert into customers (id, number, station_id, kind, name, phone, created_at, created_by, updated_at, updated_by)
      select gen_random_uuid(), 'CU-' || code, id, 'person', 'x', '00000', now(), 'x', now(), 'x'
      from stations where code like 'ST%';
      create temporary table places as
      select c.station_id, c.id as customer_id, row_number() over (order by c.number) as place
      from customers c where c.number like 'CU-ST%';
      create temporary table times as
      select n, lpad((n * 7919 % 20000)::text, 6, '0') as number,
        '2026-01-01T00:00:00Z'::timestamptz + n * interval '7 minutes' as created,
        '2026-03-01T00:00:00Z'::timestamptz + (n * 4999 % 20000) * interval '3 minutes' as updated,
        '2026-02-01T00:00:00Z'::timestamptz + (n * 3989 % 20000) * interval '5 minutes' as due
      from generate_series(1, 20000) n;
      insert into complaints (id, number, station_id, state, kind, channel, contact_name, category, customer_words, crash,
        fire, broke_down, injured, deaths, media_exposure, created_at, created_by, updated_at, updated_by)
      select gen_random_uuid(), 'CP-' || t.number, p.station_id, 'received', 'general', 'hotline', 'x', 'other', 'x',
        false, false, false, 0, 0, false, t.created, 'x', t.updated, 'x'
      from times t join places p on p.place = 1 + t.n % 8;
      insert into follow_ups (id, number, station_id, occasion, round, customer_id, state, opens_at, due_at, topics,
        created_at, created_by, updated_at, updated_by)
      select gen_random_uuid(), 'FU-' || t.number, p.station_id, 'visit', 1, p.customer_id, 'scheduled',
        '2026-01-01T00:00:00Z', t.due, '{}', t.created, 'x', t.updated, 'x'
      from times t join places p on p.place = 1 + t.n % 8;
      insert into letters (id, number, station_id, state, kind, subject, text, rule, due_at, created_at, created_by,
        updated_at, updated_by)
      select gen_random_uuid(), 'LT-' || t.number, p.station_id, 'planned', 'notice', 'x', 'x', '{}', t.due, t.created,
        'x', t.updated, 'x'
      from times t join places p on p.place = 1 + t.n % 8;
      analyze complaints; analyze follow_ups; analyze letters;
      """)
  }

  @Test("every order of complaints, follow-ups and letters reads an index at any depth, whoever asks (C-10, C-11, R14)")
  func plans() async throws {
    try await TestDatabase.with { test in
      let network = try await TestNetwork(in: test.database, at: Timestamp(milliseconds: 1_795_248_000_000))
      try Self.fill(test, network)
      let station = try #require(Station.ID(try test.admin("select id from stations where code = 'ST0004'")))
      for scope in [Scope.network, .station(station)] {
        try await ListWalk.walk(ComplaintRepository.self, "complaints", .init(), scope, test)
        try await ListWalk.walk(FollowUpRepository.self, "follow_ups", .init(), scope, test)
        try await ListWalk.walk(LetterRepository.self, "letters", .init(), scope, test)
      }
    }
  }
}
