import Domain
import FoundationEssentials
import Postgres
import Repositories
import TestSupport
import Testing

/// Reports of a period and figures of customer files, held against the planner: their cost follows the period, not all that was
/// ever recorded.
@Suite(.serialized) struct ReportPlanTests {
  /// Nearly three years of every family, 20,000 rows of each with their past; one in forty is still open.
  private static func fill(_ test: TestDatabase) throws -> Station.ID {
    try test.admin(
      """
      set session_replication_role = replica;
      set app.scope = '*';
      insert into stations (id, code, region_id, name, kind, time_zone, currency, labour_rate, created_at, created_by,
        updated_at, updated_by, recorded_from)
      select gen_random_uuid(), 'ST' || lpad(n::text, 4, '0'), gen_random_uuid(), 'x', 'fourInOne', 'Asia/Shanghai', 'CNY', 1,
        '2024-01-01', 'x', '2024-01-01', 'x', '2024-01-01'
      from generate_series(1, 8) n;
      create temporary table places as
      select id as station_id, row_number() over (order by code) as place from stations where code like 'ST%';
      create temporary table times as
      select n, gen_random_uuid() as customer, gen_random_uuid() as request, lpad(n::text, 6, '0') as number,
        n % 40 = 0 as is_open, t.created, t.created + interval '3 hours' as ended
      from generate_series(1, 20000) n
        cross join lateral (select '2024-01-01T00:00:00Z'::timestamptz + n * interval '75 minutes' as created) t;
      insert into customers (id, number, station_id, kind, name, phone, created_at, created_by, updated_at, updated_by,
        recorded_from)
      select t.customer, 'CU-' || t.number, p.station_id, 'person', 'x', '00000', t.created, 'x', t.created, 'x', t.created
      from times t join places p on p.place = 1 + t.n % 8;
      insert into service_requests (id, number, registered_station_id, station_id, state, kind, source, medium, urgency,
        contact_name, customer_id, mode, city_minor_repair, need, dispatches, closed_at, created_at, created_by, updated_at,
        updated_by, recorded_from)
      select t.request, 'SR-' || t.number, p.station_id, p.station_id, case when t.is_open then 'received' else 'converted' end,
        'repair', 'callCentre', case when t.n % 3 = 0 then 'email' else 'hotline' end, 'normal', 'x', t.customer, 'workshop',
        false, 'x', 0, case when not t.is_open then t.ended end, t.created, 'x', t.ended, 'x', t.ended
      from times t join places p on p.place = 1 + t.n % 8;
      insert into complaints (id, number, station_id, state, kind, channel, contact_name, category, customer_words, crash,
        fire, broke_down, injured, deaths, media_exposure, conclusion, closed_at, created_at, created_by, updated_at,
        updated_by, recorded_from)
      select gen_random_uuid(), 'CP-' || t.number, p.station_id,
        case when t.is_open then 'received' else 'closedUnjustified' end, 'general', 'hotline', 'x', 'other', 'x', false, false,
        false, 0, 0, false, case when not t.is_open then 'x' end, case when not t.is_open then t.ended end, t.created, 'x',
        t.ended, 'x', t.ended
      from times t join places p on p.place = 1 + t.n % 8;
      insert into quality_issues (id, number, station_id, state, class, source, symptom, facts, result, resolved_at,
        closed_at, created_at, created_by, updated_at, updated_by, recorded_from)
      select gen_random_uuid(), 'QI-' || t.number, p.station_id,
        case when t.is_open then 'pendingConfirmation' else 'closed' end, case when not t.is_open then 'general' end, 'station',
        'x', '{}', case when not t.is_open then 'x' end, case when not t.is_open then t.ended end,
        case when not t.is_open then t.ended end, t.created, 'x', t.ended, 'x', t.ended
      from times t join places p on p.place = 1 + t.n % 8;
      insert into clocks (id, kind, occurrence, subject_resource, subject_id, subject_number, station_id, state,
        policy_version, calendar_id, calendar_version, counts_working_days, started_at, due_at, paused, met_at,
        escalation_level, version, created_at, created_by, updated_at, updated_by, recorded_from)
      select gen_random_uuid(), 'customerFile', 1, 'serviceRequest', t.request, 'SR-' || t.number, p.station_id,
        case when t.is_open then 'running' else 'met' end, 'clocks@0', gen_random_uuid(), 1, false, t.created,
        t.created + interval '2 days', false, case when not t.is_open then t.ended end, 0, 1, t.created, 'x', t.ended, 'x',
        t.ended
      from times t join places p on p.place = 1 + t.n % 8;
      do $$
      declare
        tbl text;
        names text;
      begin
        foreach tbl in array array['customers', 'service_requests', 'complaints', 'quality_issues', 'clocks'] loop
          select string_agg(quote_ident(a.attname), ', ') into names
          from pg_attribute a
          where a.attrelid = (tbl || '_history')::regclass and a.attnum > 0 and not a.attisdropped
            and a.attname not in ('recorded_from', 'recorded_to');
          execute format(
            'insert into %1$I (%2$s, recorded_from, recorded_to) select %2$s, created_at - interval ''1 minute'', created_at '
              || 'from %3$I', tbl || '_history', names, tbl);
        end loop;
      end
      $$;
      analyze stations; analyze customers; analyze service_requests; analyze complaints; analyze quality_issues; analyze clocks;
      analyze customers_history; analyze service_requests_history; analyze complaints_history; analyze quality_issues_history;
      analyze clocks_history;
      """)
    return try #require(Station.ID(try test.admin("select id from stations where code = 'ST0004'")))
  }

  private static func caller(_ scope: Scope, _ instant: Timestamp?) -> Caller {
    Caller(subject: .system, name: "plan", roles: [], permissions: Set(Permission.allCases), scope: scope)
      .reading(asOf: instant)
  }

  private static func plan(_ sql: SQL, _ caller: Caller, _ test: TestDatabase) async throws -> String {
    try await test.database.read(caller, Query<[String]>.list("explain " + sql) { try $0.next(String.self) })
      .joined(separator: "\n")
  }

  /// Neither the rows of now nor those of before are read as a whole.
  private static func expectIndexes(_ tables: [String], _ plan: String, _ name: String) {
    for table in tables {
      #expect(!plan.contains("Seq Scan on \(table) "), "\(name)\n\(plan)")
      #expect(!plan.contains("Seq Scan on \(table)_history "), "\(name)\n\(plan)")
    }
  }

  @Test(
    "a report reads by index what came in its period, is open or ended in it, now and as of then (R14, CALL-06, CMP-10, QI-24, QI-31)"
  )
  func reports() async throws {
    try await TestDatabase.with { test in
      let station = try Self.fill(test)
      let day = try #require(CalendarDate("2026-10-15"))
      let then = try #require(Timestamp("2026-11-01T00:00:00Z"))
      let registers: [(ReportName, String)] = [
        (.hotlineDaily, "service_requests"), (.mailRegister, "service_requests"), (.complaintsDaily, "complaints"),
        (.majorQualityDaily, "quality_issues"), (.qualityMonthly, "quality_issues"),
      ]
      for scope in [Scope.network, .station(station)] {
        for instant in [nil, then] {
          for (name, table) in registers {
            let basis = ReportBasis(
              scope: scope, period: ReportPeriod(day: day), asOf: then, limits: ReportLimits(PolicyDefaults.clocks))
            let query = ReportRepository.rows(name, basis)
            let plan = try await Self.plan(query.sql, Self.caller(scope, instant), test)
            Self.expectIndexes([table], plan, "\(name) \(scope) \(String(describing: instant))")
            #expect(plan.contains("Index"), "\(plan)")
          }
        }
      }
      // And it holds what the tables say.
      let basis = ReportBasis(
        scope: .network, period: ReportPeriod(day: day), asOf: then, limits: ReportLimits(PolicyDefaults.clocks))
      for (name, table) in registers.dropLast() {
        let rows = try await test.database.read(Self.caller(.network, nil), ReportRepository.rows(name, basis))
        let counted = try test.admin(
          """
          select count(*) from \(table) t
          where t.created_at < '\(basis.period?.end.description ?? "")'
            and (t.created_at >= '\(basis.period?.start.description ?? "")' or t.closed_at is null
              or t.closed_at >= '\(basis.period?.start.description ?? "")')
            and \(Self.condition(of: name))
          """)
        #expect(!rows.isEmpty && "\(rows.count)" == counted, "\(name)")
      }
    }
  }

  /// What else a report asks of a row of `fill`.
  private static func condition(of name: ReportName) -> String {
    switch name {
    case .hotlineDaily: "t.medium = 'hotline'"
    case .mailRegister: "t.medium = 'email'"
    case .majorQualityDaily: "t.state = 'pendingConfirmation'"
    default: "true"
    }
  }

  @Test(
    "files are counted in one pass, and a page of them finds its deadlines by index, now and as of then (R14, CUS-11)")
  func customerFiles() async throws {
    try await TestDatabase.with { test in
      let station = try Self.fill(test)
      let then = try #require(Timestamp("2026-11-01T00:00:00Z"))
      let later = ["clocks", "service_requests"]
      for scope in [Scope.network, .station(station)] {
        for instant in [nil, then] {
          let caller = Self.caller(scope, instant)
          let name = "\(scope) \(String(describing: instant))"
          let counted = try await Self.plan(
            CustomerFileRepository.counted(at: nil, overdueAt: then, in: scope).sql, caller, test)
          #expect(!counted.contains("SubPlan"), "a question a file: \(name)\n\(counted)")
          Self.expectIndexes(later, counted, name)
          let page = PageRequest(limit: 20, sort: [PageRequest.Sort("createdAt")])
          for overdue in [nil, then] {
            let list = CustomerFileRepository.list(at: nil, overdueAt: overdue, page, in: scope)
            Self.expectIndexes(later, try await Self.plan(list.sql, caller, test), "\(name) \(overdue != nil)")
          }
        }
      }
      let groups = try await test.database.read(
        Self.caller(.network, nil), CustomerFileRepository.counted(at: nil, overdueAt: then, in: .network))
      #expect(groups.reduce(0) { $0 + $1.files } == 20_000)
      let overdue = try test.admin(
        "select count(*) from clocks where met_at is null and due_at < '\(then.description)'")
      #expect("\(groups.reduce(0) { $0 + $1.overdue })" == overdue && overdue != "0")
      let before = try #require(Timestamp("2025-01-01T00:00:00Z"))
      let past = try await test.database.read(
        Self.caller(.network, before),
        CustomerFileRepository.counted(at: station, overdueAt: then, in: .network))
      let counted = try test.admin(
        "select count(*) from customers where station_id = '\(station)' and created_at <= '2025-01-01T00:01:00Z'")
      #expect("\(past.reduce(0) { $0 + $1.files })" == counted)
    }
  }
}
