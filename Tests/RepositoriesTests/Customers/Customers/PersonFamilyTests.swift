import TestSupport
import Testing

/// The one table of what holds persons (db/README.md).
@Suite("Person families") struct PersonFamilyTests {
  /// A family as a migration adds it: a table, three functions, one line.
  private static let toys = """
    create table toys (customer_id uuid, words text);
    insert into toys values ('00000000-0000-7000-8000-00000000000a', '欧阳娜娜 wants the red one');
    create function erase_person_of_toys(files uuid[], orders uuid[], patterns text[], pseudonym text) returns void
      language sql as $$ update toys t set words = without_person(t.words, patterns, pseudonym)
        where t.customer_id = any (files) $$;
    create function person_of_toys(files uuid[], orders uuid[]) returns text[] language sql stable as $$
      select array_agg('toy friend'::text) from toys t where t.customer_id = any (files) $$;
    create function toys_that_need(files uuid[]) returns table (resource text, number text, state text)
      language sql stable as $$ select 'toy', 'T-1', 'open' from toys t where t.customer_id = any (files) $$;
    call hold_persons(
      'toys', erases => 'erase_person_of_toys', knows => 'person_of_toys', holds => 'toys_that_need');
    """
  private static let files = "array['00000000-0000-7000-8000-00000000000a']::uuid[]"
  private static let erase =
    "set app.scope = '*'; select erase_person(\(files), '{}', personal_patterns(array['欧阳娜娜']), 'CU-1');"

  @Test("a family is one line: it erases, knows and holds with all others (SEC-04)")
  func oneLine() async throws {
    try await TestDatabase.with { test in
      try test.admin(Self.toys)
      let scope = "set app.scope = '*'; "
      #expect(try test.admin(scope + "select customer_known_as(\(Self.files), '{}')") == #"{"toy friend"}"#)
      #expect(
        try test.admin(scope + "select h.resource, h.number from customer_holds(\(Self.files)) h") == "toy|T-1")
      try test.admin(Self.erase)
      #expect(try test.admin("select words from toys") == "CU-1 wants the red one")
    }
  }

  @Test("a name that is no such function is refused, and no family is left outside the table (SEC-04)")
  func shape() async throws {
    try await TestDatabase.with { test in
      #expect(throws: TestCluster.Missing.self) {
        try test.admin("call hold_persons('toys', erases => 'customer_files')")
      }
      #expect(throws: TestCluster.Missing.self) { try test.admin("call hold_persons('toys')") }
      let outside = try test.admin(
        """
        select coalesce(string_agg(p.proname, ','), '') from pg_proc p
        where p.pronamespace = 'public'::regnamespace and p.proname ~ '^erase_person_of_'
          and not exists (select from person_families f where f.erases = p.proname)
        """)
      #expect(outside.isEmpty)
      let families = try test.admin("select count(*) from person_families where erases is not null")
      #expect((Int(families) ?? 0) >= 10)
    }
  }

  @Test("a migration that still wraps the function works on top of the table (SEC-04)")
  func wrapped() async throws {
    try await TestDatabase.with { test in
      try test.admin(Self.toys)
      try test.admin(
        """
        create table games (words text);
        insert into games values ('欧阳娜娜 plays');
        alter function erase_person(uuid[], uuid[], text[], text) rename to erase_person_before_games;
        create function erase_person(files uuid[], orders uuid[], patterns text[], pseudonym text) returns void
          language plpgsql as $$
        begin
          perform erase_person_before_games(files, orders, patterns, pseudonym);
          update games g set words = without_person(g.words, patterns, pseudonym);
        end
        $$
        """)
      try test.admin(Self.erase)
      #expect(try test.admin("select words from toys") == "CU-1 wants the red one")
      #expect(try test.admin("select words from games") == "CU-1 plays")
    }
  }
}
