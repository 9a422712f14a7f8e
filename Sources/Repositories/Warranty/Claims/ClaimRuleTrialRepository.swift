package import Domain
import FoundationEssentials
package import Postgres

/// Drafts of the claim rules tried on past claims; headquarters' own.
package enum ClaimRuleTrialRepository {
  package static func insert(_ trial: ClaimRuleTrial) -> Query<Int> {
    Query.execute(
      """
      insert into claim_rule_trials (id, policy_id, policy_number, body, submitted_from, submitted_before, state,
        totals_before, totals_after, created_at, created_by, created_by_id, updated_at)
      values (\(trial.id), \(trial.policyID), \(trial.policyNumber), \(EventJSON.encode(trial.body.written)),
        \(trial.submittedFrom), \(trial.submittedBefore), \(trial.state.rawValue), \(ClaimJSON.encode(trial.before)),
        \(ClaimJSON.encode(trial.after)), \(trial.createdAt), \(trial.createdBy.name), \(trial.createdBy.id),
        \(trial.createdAt))
      """)
  }

  package static func find(_ id: ClaimRuleTrial.ID, in scope: Scope) -> Query<ClaimRuleTrial?> {
    let visible: SQL = scope == .network ? "true" : "false"
    return Query.optional("select " + columns + " from claim_rule_trials t where t.id = \(id) and " + visible, decode)
  }

  /// The oldest that is not done, if no other instance has it.
  package static func lockNext() -> Query<ClaimRuleTrial?> {
    Query.optional(
      "select " + columns
        + " from claim_rule_trials t where t.state <> 'done' order by t.created_at, t.id limit 1 for update skip locked",
      decode)
  }

  package static func update(_ trial: ClaimRuleTrial, at instant: Timestamp) -> Query<Int> {
    Query.execute(
      """
      update claim_rule_trials
      set state = \(trial.state.rawValue), examined = \(Int32(trial.examined)), changed = \(Int32(trial.changed)),
        totals_before = \(ClaimJSON.encode(trial.before)), totals_after = \(ClaimJSON.encode(trial.after)),
        differences = \(ClaimJSON.encode(trial.differences)), position_at = \(trial.position?.at),
        position_claim = \(trial.position?.claim), position_sequence = \(trial.position.map { Int32($0.sequence) }),
        updated_at = \(instant), finished_at = \(trial.finishedAt)
      where id = \(trial.id)
      """)
  }

  private static let columns: SQL = """
    t.id, t.policy_id, t.policy_number, t.body, t.submitted_from, t.submitted_before, t.state, t.examined, t.changed,
    t.totals_before, t.totals_after, t.differences, t.position_at, t.position_claim, t.position_sequence, t.created_at,
    t.created_by, t.created_by_id, t.finished_at
    """

  @Sendable private static func decode(_ row: inout Row) throws -> ClaimRuleTrial {
    let id = try row.next(ClaimRuleTrial.ID.self)
    let policy = try row.next(Policy.ID.self)
    let number = try row.next(String.self)
    guard let body = ClaimRulesPolicy(stored: EventJSON.value(try row.next(JSONB.self).bytes)) else {
      throw Failure.internal(reference: "the rules of a trial are not to be read")
    }
    let from = try row.next(Timestamp.self)
    let before = try row.next(Timestamp.self)
    let state = try row.next(as: ClaimRuleTrial.State.self)
    let examined = Int(try row.next(Int32.self))
    let changed = Int(try row.next(Int32.self))
    let totalsBefore = ClaimJSON.totals(try row.next(JSONB.self).bytes)
    let totalsAfter = ClaimJSON.totals(try row.next(JSONB.self).bytes)
    let differences = ClaimJSON.differences(try row.next(JSONB.self).bytes)
    let at = try row.next(Timestamp?.self)
    let claim = try row.next(WarrantyClaim.ID?.self)
    let sequence = try row.next(Int32?.self)
    let createdAt = try row.next(Timestamp.self)
    let createdBy = RecordStamp.Author(name: try row.next(String.self), id: try row.next(UUID?.self))
    var position: ClaimRuleTrial.Position?
    if let at, let claim, let sequence { position = .init(at: at, claim: claim, sequence: Int(sequence)) }
    return ClaimRuleTrial(
      id: id, policyID: policy, policyNumber: number, body: body, submittedFrom: from, submittedBefore: before,
      createdAt: createdAt, createdBy: createdBy, state: state, examined: examined, changed: changed,
      before: totalsBefore, after: totalsAfter, differences: differences, position: position,
      finishedAt: try row.next(Timestamp?.self))
  }
}
