import Domain
import FoundationEssentials
import TestSupport
import Testing

/// What the database itself guards about claims, whoever writes (R9, R10, A3).
@Suite struct WarrantyClaimConstraintTests {
  @Test("the database knows the transitions of the life cycle, and those that other families cause (R10, SM-6)")
  func transitions() async throws {
    let table = Set(
      WarrantyClaim.lifecycle.transitions.flatMap { row in
        row.from.compactMap { from in
          row.to.flatMap { $0 == from ? nil : "\(from.rawValue)|\($0.rawValue)" }
        }
      })
    // Old parts and settlements.
    let caused: Set = [
      "awaitingOldPart|payable", "awaitingOldPart|inSettlement", "awaitingOldPart|settled", "awaitingOldPart|rejected",
      "payable|inSettlement", "payable|settled", "inSettlement|payable", "inSettlement|settled",
      "settled|payable", "settled|inSettlement", "rejected|payable",
    ]
    let stored = try await TestDatabase.with { database in
      try database.admin("select from_state, to_state from state_transitions where document = 'warranty_claims'")
    }
    #expect(Set(stored.split(separator: "\n").map(String.init)) == table.union(caused))
    #expect(table.isDisjoint(with: caused))
  }

  /// A claim under audit with one line, submitted by the given person.
  private static func seed(_ test: TestDatabase, submitter: String) async throws {
    let network = try await TestNetwork(in: test.database, at: Timestamp(milliseconds: 1_790_000_000_000))
    try test.admin(
      """
      set session_replication_role = replica;
      insert into warranty_claims (id, number, station_id, kind, state, currency, complaint_id, submissions, submitted_at,
        submitter_ids, claimed_amount, created_at, created_by, updated_at, updated_by, recorded_from)
      values ('00000000-0000-7000-8000-000000000001', 'WC-1', '\(network.station)', 'complaintCompensation', 'underAudit',
        'CNY', gen_random_uuid(), 1, now(), '{\(submitter)}', 100, now(), 'x', now(), 'x', now());
      insert into warranty_claim_items (claim_id, number, station_id, place, description, recorded_from)
      values ('00000000-0000-7000-8000-000000000001', 1, '\(network.station)', 0, 'x', now());
      insert into warranty_claim_lines (claim_id, number, station_id, item, place, kind, description, amount, decider_ids,
        recorded_from)
      values ('00000000-0000-7000-8000-000000000001', 1, '\(network.station)', 1, 0, 'sublet', 'x', 100,
        '{00000000-0000-7000-8000-00000000000b}', now());
      """)
  }

  @Test(
    "what does not belong together is refused by the database (R9, CLM-11, SEC-10, M15)",
    arguments: [
      ("warranty_claims", "state = 'draft'", "does not go"),
      ("warranty_claims", "approved_amount = 101", "warranty_claims_approved_check"),
      ("warranty_claim_lines", "amount = -1", "warranty_claim_lines_amount_check"),
      ("warranty_claim_lines", "decision = 'approved'", "warranty_claim_lines_decision_whole"),
      ("warranty_claim_lines", "recorded_amount = 101", "warranty_claim_lines_recorded_check"),
      (
        "warranty_claim_lines",
        """
        decision = 'approved', approved_amount = 100, reason = 'asClaimed', reason_text = 'x', decided_by = 'x',
        decided_at = now(), decided_by_id = '00000000-0000-7000-8000-00000000000a'
        """, "another person than who submitted it"
      ),
      (
        "warranty_claim_lines",
        """
        decision = 'approved', approved_amount = 100, reason = 'asClaimed', reason_text = 'x', decided_by = 'x',
        decided_at = now(), decided_by_id = '00000000-0000-7000-8000-00000000000b'
        """, "another person than the first decider"
      ),
    ])
  func constraints(table: String, change: String, said: String) async throws {
    try await TestDatabase.with { test in
      try await Self.seed(test, submitter: "00000000-0000-7000-8000-00000000000a")
      do {
        try test.asApplication(scope: "*", "update \(table) set \(change)")
        Issue.record("\(change) was accepted")
      } catch let refused as TestCluster.Missing {
        #expect(refused.description.contains(said), "\(refused)")
      }
    }
  }

  private static func repair(
    _ claim: Int, on day: String, part: String = "WP-1", isFirst: Bool = true, line: Int = 1
  ) -> String {
    """
    insert into claimed_repairs (claim_id, item, vehicle_id, operation, causal_part, repaired_on, window_days,
      work_order_id, work_order_line, payer, first_repair, first_line, claimed_at)
    values ('00000000-0000-7000-8000-\(String(repeating: "0", count: 11))\(claim)', 1,
      '00000000-0000-7000-8000-0000000000aa', 'EN-210', '\(part)', '\(day)', 90,
      '00000000-0000-7000-8000-0000000000bb', \(line), 'warranty', \(isFirst), \(isFirst), now());
    """
  }

  @Test("one claim stands as the first for a repair in its window, and for a line of an order (CLM-09, A3, SET-09)")
  func duplicates() async throws {
    try await TestDatabase.with { test in
      try test.asApplication(scope: "*", Self.repair(1, on: "2026-03-09"))
      for (second, constraint) in [
        (Self.repair(2, on: "2026-06-07", line: 2), "claimed_repairs_one_in_window"),
        (Self.repair(2, on: "2026-03-09", part: "WP-2"), "claimed_repairs_line_key"),
      ] {
        do {
          try test.asApplication(scope: "*", second)
          Issue.record("\(constraint) let two stand")
        } catch let refused as TestCluster.Missing {
          #expect(refused.description.contains(constraint), "\(refused)")
        }
      }
      // Beyond the window, for another part, or flagged as what it is.
      try test.asApplication(scope: "*", Self.repair(3, on: "2026-06-08", line: 2))
      try test.asApplication(scope: "*", Self.repair(4, on: "2026-03-09", part: "WP-3", line: 3))
      try test.asApplication(scope: "*", Self.repair(5, on: "2026-03-09", isFirst: false))
      // What was withdrawn may be claimed by another.
      try test.asApplication(
        scope: "*",
        "update claimed_repairs set released_at = now() where causal_part = 'WP-1' and repaired_on < '2026-04-01'")
      try test.asApplication(scope: "*", Self.repair(6, on: "2026-03-09"))
    }
  }

  @Test("versions of a claim are written once (M8)")
  func immutable() async throws {
    try await TestDatabase.with { test in
      for statement in ["update warranty_claim_versions set state = 'x'", "delete from warranty_claim_versions"] {
        do {
          try test.asApplication(scope: "*", statement)
          Issue.record("\(statement) was accepted")
        } catch let refused as TestCluster.Missing {
          #expect(refused.description.contains("permission denied"), "\(refused)")
        }
      }
    }
  }
}
