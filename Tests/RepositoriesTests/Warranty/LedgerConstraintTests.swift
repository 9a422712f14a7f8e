import Domain
import FoundationEssentials
import Repositories
import TestSupport
import Testing

/// What the database itself holds money to, for whoever writes past the application.
@Suite("The ledger in the database") struct LedgerConstraintTests {
  /// An entry with two postings, as a program that went astray would write it.
  private static func entry(
    _ id: String, amounts: [Int64], station: String?, announced: Int? = nil, accounts: [String]
  ) -> String {
    let owner = station.map { "'\($0)'" } ?? "null"
    let postings = amounts.enumerated().map { place, amount in
      """
      insert into ledger_postings (entry_id, position, account_id, account_code, account_kind, station_id, amount, currency,
        occurred_on, posted_at)
      values ('\(id)', \(place + 1), '\(accounts[place])', 'X', 'cash', \(owner), \(amount), 'CNY', '2026-02-10', now());
      """
    }
    return """
      begin; set local app.scope = '*';
      insert into ledger_entries (id, number, station_id, kind, occurred_on, description, posting_count, created_at,
        created_by, updated_at, updated_by)
      values ('\(id)', 'LE-\(id)', \(owner), 'adjustment', '2026-02-10', '试', \(announced ?? amounts.count), now(), '甲', now(), '甲');
      \(postings.joined(separator: "\n"))
      commit;
      """
  }

  /// Accounts of the maker, of the station and of another one.
  private static func accounts(_ test: TestDatabase, _ network: TestNetwork) throws -> [String] {
    let ids = (0..<3).map { "0199f5b1-4c2e-7b83-9a10-5e6f7a8b9c0\($0)" }
    try test.admin(
      """
      insert into ledger_accounts (id, code, holder, station_id, kind, currency, opened_at) values
        ('\(ids[0])', 'HQ-CASH-CNY', 'maker', null, 'cash', 'CNY', now()),
        ('\(ids[1])', 'SY001-DEPOSIT-CNY', 'station', '\(network.station)', 'deposit', 'CNY', now()),
        ('\(ids[2])', 'SY002-DEPOSIT-CNY', 'station', '\(network.otherStation)', 'deposit', 'CNY', now())
      """)
    return ids
  }

  private static func with(
    _ body: @Sendable (TestDatabase, TestNetwork, [String]) async throws -> Void
  ) async throws {
    try await TestDatabase.with { test in
      let network = try await TestNetwork(in: test.database, at: ManualClock().now)
      try await body(test, network, try accounts(test, network))
    }
  }

  private static let id = "0199f5a6-4c2e-7b83-9a10-5e6f7a8b9c06"

  @Test("an entry whose postings do not sum to zero, or are not all there, is refused at commit (SET-13, R9)")
  func unbalanced() async throws {
    try await Self.with { test, network, accounts in
      let station = "\(network.station)"
      for (amounts, announced) in [([Int64(100), -99], 2), ([100, -100], 3), ([100], 2), ([], 2)] {
        #expect(throws: (any Error).self, "\(amounts)") {
          try test.asApplication(
            scope: nil,
            Self.entry(Self.id, amounts: amounts, station: station, announced: announced, accounts: accounts))
        }
      }
      #expect(try test.admin("select count(*) from ledger_entries") == "0")
      try test.asApplication(
        scope: nil, Self.entry(Self.id, amounts: [100, -100], station: station, accounts: accounts))
      #expect(try test.admin("select count(*) from ledger_postings") == "2")
    }
  }

  @Test("nothing is added to an entry later, and none moves another station's money (SET-13, SEC-03)")
  func closed() async throws {
    try await Self.with { test, network, accounts in
      let station = "\(network.station)"
      #expect(throws: (any Error).self) {
        try test.asApplication(
          scope: nil,
          Self.entry(Self.id, amounts: [100, -100], station: station, accounts: [accounts[0], accounts[2]]))
      }
      try test.asApplication(
        scope: nil, Self.entry(Self.id, amounts: [100, -100], station: station, accounts: accounts))
      #expect(throws: (any Error).self) {
        try test.asApplication(
          scope: nil,
          """
          begin; set local app.scope = '*';
          insert into ledger_postings (entry_id, position, account_id, account_code, account_kind, station_id, amount, currency,
            occurred_on, posted_at)
          values ('\(Self.id)', 3, '\(accounts[0])', 'X', 'cash', '\(station)', 7, 'CNY', '2026-02-10', now()),
            ('\(Self.id)', 4, '\(accounts[1])', 'X', 'cash', '\(station)', -7, 'CNY', '2026-02-10', now());
          commit;
          """)
      }
      #expect(try test.admin("select sum(amount) from ledger_postings where account_id = '\(accounts[0])'") == "100")
    }
  }

  @Test(
    "the server's role can neither change nor delete what is posted (SET-13, R9)",
    arguments: [
      "update ledger_entries set description = 'x'", "delete from ledger_entries", "truncate ledger_entries cascade",
      "update ledger_postings set amount = amount + 1", "delete from ledger_postings",
      "update ledger_totals set amount = amount + 1", "delete from ledger_totals",
      "insert into ledger_totals select * from ledger_totals",
      "update ledger_accounts set code = 'x'", "delete from ledger_accounts",
      "update payable_items set amount = 1", "update payable_items set occurred_on = now()",
      "delete from payable_items",
      "delete from settlements", "delete from settlement_lines", "update settlement_lines set item_id = item_id",
      "delete from station_awards",
    ])
  func appendOnly(_ statement: String) async throws {
    try await Self.with { test, network, accounts in
      try test.asApplication(
        scope: nil, Self.entry(Self.id, amounts: [100, -100], station: "\(network.station)", accounts: accounts))
      do {
        try test.asApplication(scope: "*", statement)
        Issue.record("\(statement) was done")
      } catch {
        #expect("\(error)".contains("permission denied"), "\(error)")
      }
    }
  }

  private static func reversal(_ place: Int, _ station: String, _ accounts: [String]) -> String {
    entry(
      "0199f5a6-4c2e-7b83-9a10-5e6f7a8b9d0\(place)", amounts: [-100, 100], station: station, accounts: accounts
    )
    .replacing("'adjustment'", with: "'reversal'")
    .replacing("description, posting_count", with: "description, reverses_id, reason, posting_count")
    .replacing("'试', 2", with: "'试', '\(id)', '录错', 2")
  }

  @Test(
    "what is kept of a day is what was posted for it, however many post at once, in the past as well (SET-13, R9, A5)")
  func totals() async throws {
    try await Self.with { test, network, accounts in
      let station = "\(network.station)"
      let other = "\(network.otherStation)"
      try await withThrowingTaskGroup(of: Void.self) { group in
        for place in 0..<24 {
          group.addTask {
            let id = "0199f5a6-4c2e-7b83-9a10-5e6f7a8b9e\(place + 10)"
            // The maker's account is everybody's, and comes first or last.
            let own = place % 2 == 0 ? accounts[1] : accounts[2]
            let order = place % 4 < 2 ? [accounts[0], own] : [own, accounts[0]]
            try test.asApplication(
              scope: nil,
              Self.entry(
                id, amounts: [Int64(place + 1), -Int64(place + 1)], station: place % 2 == 0 ? station : other,
                accounts: order))
          }
        }
        try await group.waitForAll()
      }
      #expect(try Self.differing(test) == "0")
      #expect(try test.admin("select count(*), sum(amount) from ledger_totals") == "4|0")
      // An entry that fails leaves nothing.
      #expect(throws: (any Error).self) {
        try test.asApplication(
          scope: nil, Self.entry(Self.id, amounts: [100, -99], station: station, accounts: accounts))
      }
      #expect(try Self.differing(test) == "0")
      for (instant, count) in [("2001-01-01T00:00:00Z", "0"), ("2999-01-01T00:00:00Z", "4")] {
        #expect(
          try test.asApplication(
            scope: "*", "set app.as_of = '\(instant)'; select count(*) from as_of.ledger_totals") == count)
      }
    }
  }

  /// Days of accounts of which something else is kept than was posted.
  private static func differing(_ test: TestDatabase) throws -> String {
    try test.asApplication(
      scope: "*",
      """
      select count(*) from ledger_totals t full join (
          select account_id, occurred_on, station_id, sum(amount) as amount from ledger_postings group by 1, 2, 3
        ) p on p.account_id = t.account_id and p.occurred_on = t.occurred_on
          and p.station_id is not distinct from t.station_id
      where p.amount is distinct from t.amount
      """.replacing("\n", with: " "))
  }

  @Test("an entry is reversed once (SET-13)")
  func once() async throws {
    try await Self.with { test, network, accounts in
      let station = "\(network.station)"
      try test.asApplication(
        scope: nil, Self.entry(Self.id, amounts: [100, -100], station: station, accounts: accounts))
      try test.asApplication(scope: nil, Self.reversal(1, station, accounts))
      #expect(throws: (any Error).self) { try test.asApplication(scope: nil, Self.reversal(2, station, accounts)) }
      #expect(try test.admin("select count(*) from ledger_entries where kind = 'reversal'") == "1")
    }
  }

  @Test("another station's money is not seen, and a station sees its own (SEC-03, S1)")
  func scope() async throws {
    try await Self.with { test, network, accounts in
      let station = "\(network.station)"
      try test.asApplication(
        scope: nil, Self.entry(Self.id, amounts: [100, -100], station: station, accounts: accounts))
      for table in ["ledger_entries", "ledger_postings", "ledger_totals"] {
        let own = try test.asApplication(scope: "{\(station)}", "select count(*) > 0 from \(table)")
        let other = try test.asApplication(scope: "{\(network.otherStation)}", "select count(*) from \(table)")
        #expect(own == "t" && other == "0", "\(table)")
      }
      #expect(
        try test.asApplication(scope: "{\(station)}", "select string_agg(code, ',') from ledger_accounts")
          == "SY001-DEPOSIT-CNY")
    }
  }

  @Test("every change of state that is not in the table is refused, by direct SQL as well (SM-7, R10)")
  func transitions() async throws {
    try await Self.with { test, network, _ in
      let allowed = Set(
        SettlementLifecycle.table.transitions.flatMap { row in
          row.from.compactMap { from in row.to.map { "\(from.rawValue) \($0.rawValue)" } }
        })
      let stored = try test.admin(
        "select from_state || ' ' || to_state from state_transitions where document = 'settlements'")
      #expect(Set(stored.split(separator: "\n").map(String.init)) == allowed)
    }
  }
}
