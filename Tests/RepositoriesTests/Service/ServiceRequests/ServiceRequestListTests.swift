import Domain
import FoundationEssentials
import Postgres
import Repositories
import TestSupport
import Testing

@Suite(.serialized) struct ServiceRequestListTests {
  @Test(
    "every order of the list of requests reads an index at any depth, network-wide and for a station (C-10, C-11, R14)")
  func plans() async throws {
    try await TestDatabase.with { test in
      let network = try await TestNetwork(in: test.database, at: Timestamp(milliseconds: 1_795_248_000_000))
      try test.admin(
        """
        insert into stations (id, code, region_id, name, kind, time_zone, currency, labour_rate, created_at, created_by,
          updated_at, updated_by)
        select gen_random_uuid(), 'ST' || lpad(n::text, 4, '0'), '\(network.region)', 'x', 'fourInOne', 'Asia/Shanghai',
          'CNY', 1, now(), 'x', now(), 'x'
        from generate_series(1, 8) n;
        insert into service_requests (id, number, registered_station_id, station_id, state, kind, source, medium, urgency,
          contact_name, mode, city_minor_repair, need, dispatch_attempt, dispatch_overruled, dispatched_at, dispatched_by,
          dispatches, created_at, created_by, updated_at, updated_by)
        select gen_random_uuid(), 'SR-' || lpad((n * 7919 % 20000)::text, 6, '0'), case when n % 2 = 0 then a.id end,
          b.id, 'dispatched', 'repair', 'callCentre', 'hotline', 'normal', 'x', 'workshop', false, 'x', 1, false, now(),
          'x', 1, '2026-01-01T00:00:00Z'::timestamptz + n * interval '7 minutes', 'x',
          '2026-03-01T00:00:00Z'::timestamptz + (n * 4999 % 20000) * interval '3 minutes', 'x'
        from generate_series(1, 20000) n
        join (select id, row_number() over (order by code) as place from stations where code like 'ST%') a
          on a.place = 1 + n % 8
        join (select id, row_number() over (order by code) as place from stations where code like 'ST%') b
          on b.place = 1 + n * 3 % 8;
        analyze service_requests;
        """)
      let station = try #require(Station.ID(try test.admin("select id from stations where code = 'ST0004'")))
      for scope in [Scope.network, .station(station)] {
        let caller = Caller(
          subject: .system, name: "plan", roles: [], permissions: Set(Permission.allCases), scope: scope)
        for field in ServiceRequestRepository.sorts.keys.sorted() {
          for descending in [true, false] {
            var cursor: Cursor?
            for depth in 0..<3 {
              let page = PageRequest(
                limit: 25, sort: [PageRequest.Sort(field, descending: descending)], cursor: cursor)
              let query = ServiceRequestRepository.list(ServiceRequestFilter(), page, in: scope)
              let plan = try await test.database.read(
                caller, Query<[String]>.list("explain " + query.sql) { try $0.next(String.self) }
              ).joined(separator: "\n")
              let name = "\(scope) \(field) \(descending) \(depth)\n\(plan)"
              #expect(!plan.contains("Seq Scan on service_requests"), "\(name)")
              // Equal numbers cannot be, so sorting behind the index of numbers has one row at a time.
              #expect(!plan.replacing("Incremental Sort", with: "").contains("Sort  ("), "\(name)")
              #expect(plan.contains("Index Scan"), "\(name)")
              cursor = try await test.database.read(caller, query).next
              #expect(cursor != nil)
            }
          }
        }
      }
    }
  }
}
