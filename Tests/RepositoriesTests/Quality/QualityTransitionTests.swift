import Domain
import TestSupport
import Testing

/// The life cycles of quality work as the database guards them (R10).
@Suite struct QualityTransitionTests {
  private func expectSame<Document: LifecycleDocument>(_ type: Document.Type, _ table: String) async throws {
    let lifecycle = Set(
      Document.lifecycle.transitions.flatMap { row in
        row.from.compactMap { from in
          row.to.flatMap { $0 == from ? nil : "\(from.rawValue)|\($0.rawValue)" }
        }
      })
    let stored = try await TestDatabase.with { database in
      try database.admin("select from_state, to_state from state_transitions where document = '\(table)'")
    }
    #expect(Set(stored.split(separator: "\n").map(String.init)) == lifecycle, "\(table)")
  }

  @Test("the database knows exactly the transitions of the life cycles (R10, SM-5, M11)")
  func transitions() async throws {
    try await expectSame(QualityIssue.self, "quality_issues")
    try await expectSame(Campaign.self, "campaigns")
    try await expectSame(CampaignVehicle.self, "campaign_vehicles")
  }

  @Test(
    "what does not belong together is refused by the database (R9, SM-5)",
    arguments: [
      ("state = 'inHandling'", "does not go from"),
      ("state = 'confirmed'", "quality_issues_graded_check"),
      ("state = 'general', level = 'level1'", "quality_issues_graded_check"),
      ("result = 'x'", "quality_issues_result_check"), ("closed_at = now()", "quality_issues_closed_check"),
    ])
  func constraints(change: String, said: String) async throws {
    try await TestDatabase.with { test in
      try test.admin(
        """
        insert into quality_issues (id, number, state, source, symptom, facts, created_at, created_by, updated_at,
          updated_by)
        values (gen_random_uuid(), 'QI-1', 'pendingConfirmation', 'station', 's', '{}', now(), 'x', now(), 'x')
        """)
      do {
        try test.asApplication(scope: "*", "update quality_issues set \(change)")
        Issue.record("\(change) was accepted")
      } catch let refused as TestCluster.Missing {
        #expect(refused.description.contains(said), "\(refused)")
      }
    }
  }
}
