import Domain
import FoundationEssentials
import Repositories
import TestSupport
import Testing

/// What the database guards by itself, for whoever writes past the application (R10).
@Suite struct PolicyConstraintTests {
  /// One row as the table wants it; `changes` replace columns.
  private func row(
    _ number: Int, _ state: Policy.State = .approved, from: String? = "2026-01-01", to: String? = nil,
    key: String = "clocks", region: String? = nil
  ) -> String {
    func date(_ text: String?) -> String { text.map { "'\($0)T00:00:00Z'" } ?? "null" }
    let decision = state == .approved ? "'approved', now(), '周强'" : "null, null, null"
    return """
      insert into policies (id, key, policy_version, region_id, state, body, reason, valid_from, valid_to, author_ids,
        decision, decided_at, decided_by, version, created_at, created_by, updated_at, updated_by)
      values (gen_random_uuid(), '\(key)', \(number), \(region.map { "'\($0)'" } ?? "null"), '\(state.rawValue)', '{}',
        'x', \(date(from)), \(date(to)), '{}', \(decision), 1, now(), 'x', now(), 'x');
      """
  }

  /// - Returns: the name of the constraint that refused, or `nil`.
  private func refused(_ test: TestDatabase, _ sql: String) -> String? {
    do {
      try test.asApplication(scope: "*", sql)
      return nil
    } catch let error as TestCluster.Missing {
      let text = error.description
      let name = text.split(separator: "constraint \"").dropFirst().first?.split(separator: "\"").first
      return name.map(String.init) ?? text
    } catch { return "\(error)" }
  }

  @Test("approved versions of one key and subject never overlap, others may (M23)")
  func overlap() async throws {
    try await TestDatabase.with { test in
      let network = try await TestNetwork(in: test.database, at: ManualClock().now)
      #expect(refused(test, row(1)) == nil)
      #expect(refused(test, row(2, from: "2027-01-01")) == "policies_validity_excl")
      #expect(refused(test, row(2, from: "2025-01-01")) == "policies_validity_excl")
      #expect(refused(test, row(2, from: "2025-01-01", to: "2026-01-01")) == nil, "adjacent")
      #expect(refused(test, row(3, .draft, from: "2027-01-01")) == nil, "a draft holds nothing")
      #expect(refused(test, row(4, from: "2027-01-01", region: "\(network.region)")) == nil, "another subject")
      #expect(refused(test, row(1, from: "2027-01-01", key: "warranty")) == nil, "another key")
    }
  }

  @Test("what was approved does not change, and nobody deletes a version (M23)")
  func settled() async throws {
    try await TestDatabase.with { test in
      #expect(refused(test, row(1)) == nil)
      for change in [
        "body = '{\"a\": 1}'", "reason = 'y'", "valid_from = valid_from + interval '1 day'",
        "planned_to = '2030-01-01'",
      ] {
        let refusal = refused(test, "update policies set \(change)")
        #expect(
          refusal?.contains("a policy that was submitted does not change") == true, "\(change): \(refusal ?? "-")")
      }
      #expect(refused(test, "update policies set valid_to = '2027-01-01'") == nil, "the next version ends it")
      #expect(refused(test, "update policies set key = 'warranty'")?.contains("permission denied") == true)
      #expect(refused(test, "delete from policies")?.contains("permission denied") == true)
    }
  }

  @Test("who wrote a version cannot stand as its approver (SEC-10)")
  func author() async throws {
    try await TestDatabase.with { test in
      let person = UUID()
      #expect(refused(test, row(1, .submitted)) == nil)
      #expect(
        refused(
          test,
          """
          update policies set state = 'approved', author_ids = array['\(person)'::uuid], decision = 'approved',
            decided_at = now(), decided_by = 'x', decided_by_id = '\(person)'
          """) == "policies_decided_by_another")
      #expect(
        refused(test, "update policies set state = 'approved'") == "policies_approved_whole", "approved by nobody")
    }
  }

  @Test("the database knows exactly the transitions of the life cycle (R10)")
  func transitions() async throws {
    let lifecycle = Set(
      PolicyLifecycle.table.transitions.flatMap { row in
        row.from.compactMap { from in row.to.map { "\(from.rawValue)|\($0.rawValue)" } }
      })
    try await TestDatabase.with { test in
      let stored = try test.admin("select from_state, to_state from state_transitions where document = 'policies'")
      #expect(Set(stored.split(separator: "\n").map(String.init)) == lifecycle)
      #expect(refused(test, row(1, .draft)) == nil)
      let refusal = refused(
        test,
        "update policies set state = 'approved', decision = 'approved', decided_at = now(), decided_by = 'x'")
      #expect(refusal?.contains("a policy does not go from draft to approved") == true, "\(refusal ?? "-")")
    }
  }

  @Test("the keys of the database are those of the product")
  func keys() async throws {
    try await TestDatabase.with { test in
      let keys = try test.admin("select key from policy_keys").split(separator: "\n").map(String.init)
      #expect(Set(keys) == Set(PolicyKey.allCases.map(\.rawValue)))
      #expect(refused(test, row(1, key: "prices")) == "policies_key_fkey")
    }
  }
}
