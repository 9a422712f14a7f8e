import Domain
import Foundation
import TestSupport
import Testing

/// The past of rows, seen from the database (db/README.md).
@Suite("Record time") struct RecordTimeTests {
  /// Tables without documents: what they hold is of the moment. Counters and transition tables are left out by their names.
  private static let timeless: Set<String> = [
    "blobs", "idempotency_keys", "login_failures", "person_families", "policy_keys", "progress_links",
    "schema_migrations", "tokens",
    "sealed_columns", "worker_leases", "deferred_work", "three_guarantee_reviews", "three_guarantee_rules",
    // What the early warning compares with is of the day that it evaluates; what it says has a past. The words of component families
    // follow their record, which has one.
    "component_families", "early_warning_progress", "early_warning_silences", "early_warning_terms",
    "early_warning_vocabulary",
    // What webhooks were sent is a log, and how far they have come is of the moment.
    "webhook_attempts", "webhook_deliveries", "webhook_secrets", "webhook_streams",
  ]

  private static let tables = """
    select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = 'public' and c.relkind = 'r' and c.relname !~ '_(transitions|counters)$'
      and (c.relname !~ '_(history|versions)$'
        or to_regclass('public.' || regexp_replace(c.relname, '_(history|versions)$', '')) is null)
    order by 1
    """

  @Test("every table of documents has a past, with every column that it has now (A5)")
  func complete() async throws {
    try await TestDatabase.with { test in
      let tables = try test.admin(Self.tables.replacing("\n", with: " ")).split(separator: "\n").map(String.init)
      let past = Set(
        try test.admin("select viewname from pg_views where schemaname = 'as_of'").split(separator: "\n").map(
          String.init))
      #expect(Set(tables).subtracting(Self.timeless) == past)
      for table in past.sorted() {
        func columns(_ schema: String) throws -> String {
          try test.admin(
            "select string_agg(column_name || ' ' || udt_name, ',' order by column_name) from information_schema.columns "
              + "where table_schema = '\(schema)' and table_name = '\(table)' "
              + "and column_name not in ('recorded_from', 'recorded_to')")
        }
        #expect(try columns("as_of") == columns("public"), "\(table): call keep_history or show_history again")
      }
    }
  }

  @Test("whoever may not see a row sees no past of it: every twin has the policies of its table (SEC-03)")
  func policies() async throws {
    try await TestDatabase.with { test in
      let missing = try test.admin(
        """
        select p.tablename || s.suffix from pg_policies p cross join (values ('_history'), ('_versions')) as s(suffix)
        where p.schemaname = 'public' and to_regclass('public.' || p.tablename || s.suffix) is not null
          and not exists (
            select from pg_policies t join pg_class c on c.relname = t.tablename
            where t.tablename = p.tablename || s.suffix and c.relforcerowsecurity
              and replace(t.qual, t.tablename || '.', p.tablename || '.') = p.qual)
        """.replacing("\n", with: " "))
      #expect(missing.isEmpty, "\(missing)")
    }
  }

  private static func region(_ name: String, at instant: String) -> String {
    "set app.at = '\(instant)'; insert into regions (id, code, name, created_at, created_by, updated_at, updated_by) "
      + "values ('\(id)', 'R1', '\(name)', '\(instant)', 'x', '\(instant)', 'x')"
  }

  private static let id = "01990000-0000-7000-8000-000000000001"

  private func past(_ test: TestDatabase, _ instant: String) throws -> String {
    try test.asApplication(
      scope: "*", "set app.as_of = '\(instant)'; set search_path = as_of; select name from regions")
  }

  @Test(
    "a version holds from its instant to the next; changes at one instant leave one, and a clock that goes back none earlier"
  )
  func versions() async throws {
    try await TestDatabase.with { test in
      try test.asApplication(scope: "*", Self.region("一", at: "2026-01-01T00:00:00Z"))
      for (instant, name) in [
        ("2026-01-02T00:00:00Z", "二"), ("2026-01-02T00:00:00Z", "三"), ("2026-01-01T12:00:00Z", "四"),
        ("2026-01-03T00:00:00.001Z", "五"),
      ] {
        try test.asApplication(scope: "*", "set app.at = '\(instant)'; update regions set name = '\(name)'")
      }
      for (instant, name) in [
        ("2025-12-31T23:59:59.999Z", ""), ("2026-01-01T00:00:00Z", "一"), ("2026-01-01T23:59:59.999Z", "一"),
        ("2026-01-02T00:00:00Z", "四"), ("2026-01-03T00:00:00Z", "四"), ("2026-01-03T00:00:00.001Z", "五"),
        ("2036-01-01T00:00:00Z", "五"),
      ] { #expect(try past(test, instant) == name, "\(instant)") }
    }
  }

  @Test(
    "the application neither writes the past nor says since when a row holds, and does not read it without an instant")
  func guarded() async throws {
    try await TestDatabase.with { test in
      try test.asApplication(scope: "*", Self.region("一", at: "2026-01-01T00:00:00Z"))
      try test.asApplication(
        scope: "*",
        "set app.at = '2026-02-01T00:00:00Z'; update regions set name = '二', recorded_from = '2020-01-01', recorded_to = '2020-01-02'"
      )
      #expect(
        try test.admin("select recorded_from = '2026-02-01T00:00:00Z' and recorded_to = 'infinity' from regions") == "t"
      )
      for statement in [
        "insert into regions_history select * from regions_versions", "update regions_history set name = 'x'",
        "delete from regions_history", "insert into regions_versions default values", "select * from regions_history",
        "set search_path = as_of; select name from regions",
        "set search_path = as_of; set app.as_of = '2026-01-01'; select 1 from tokens",
        "set search_path = as_of; set app.as_of = '2026-01-01'; update regions set name = 'x'",
      ] {
        #expect(throws: TestCluster.Missing.self, "\(statement)") { try test.asApplication(scope: "*", statement) }
      }
    }
  }

  @Test("a column that comes later has a past once the migration calls keep_history again")
  func laterColumn() async throws {
    try await TestDatabase.with { test in
      try test.asApplication(scope: "*", Self.region("一", at: "2026-01-01T00:00:00Z"))
      try test.admin(
        "set app.scope = '*'; alter table regions add column motto text; call keep_history('regions', 't.updated_at')")
      try test.asApplication(scope: "*", "set app.at = '2026-01-02T00:00:00Z'; update regions set motto = '先'")
      try test.asApplication(scope: "*", "set app.at = '2026-01-03T00:00:00Z'; update regions set motto = '后'")
      for (day, motto) in [("01", ""), ("02", "先"), ("03", "后")] {
        let shown = try test.asApplication(
          scope: "*",
          "set app.as_of = '2026-01-\(day)T00:00:00Z'; set search_path = as_of; select motto from regions")
        #expect(shown == motto)
      }
    }
  }
}
