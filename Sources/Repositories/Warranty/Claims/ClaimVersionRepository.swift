package import Domain
import FoundationEssentials
package import Postgres

/// The immutable versions of claims (M8).
package enum ClaimVersionRepository {
  package static func insert(_ version: ClaimVersion, of claim: WarrantyClaim) -> Query<Int> {
    Query.execute(
      """
      insert into warranty_claim_versions (claim_id, sequence, station_id, occasion, state, lines, facts, findings,
        outcome, policy_version, rules_version, created_at, created_by, created_by_id)
      values (\(claim.id), \(Int32(version.sequence)), \(claim.stationID), \(version.occasion.rawValue),
        \(version.state.rawValue), \(ClaimJSON.encode(version.lines)),
        \(version.facts.map { EventJSON.encode($0.stored) }), \(ClaimJSON.encode(version.result.findings)),
        \(version.result.outcome.rawValue), \(Int32(version.policyVersion.number)), \(Int32(version.rulesVersion)),
        \(version.at), \(version.by.name), \(version.by.id))
      """)
  }

  /// All versions of a claim, first to last. The caller has shown before that he may see the claim.
  package static func all(of claim: WarrantyClaim.ID, in scope: Scope) -> Query<[ClaimVersion]> {
    Query.list(
      "select " + columns + " from warranty_claim_versions v where v.claim_id = \(claim) and "
        + scope.condition(on: "v.station_id") + " order by v.sequence", decode)
  }

  /// The latest version that an audit made.
  package static func latestAudit(of claim: WarrantyClaim.ID, in scope: Scope) -> Query<ClaimVersion?> {
    Query.optional(
      "select " + columns + " from warranty_claim_versions v where v.claim_id = \(claim) and v.facts is not null and "
        + scope.condition(on: "v.station_id") + " order by v.sequence desc limit 1", decode)
  }

  /// Submissions in the order in which they came, behind a position: what a trial of rules walks along.
  package static func submissions(
    from: Timestamp, before: Timestamp, after position: ClaimRuleTrial.Position?, limit: Int
  ) -> Query<[(number: String, claim: WarrantyClaim.ID, version: ClaimVersion)]> {
    let beyond: SQL =
      position.map {
        "and (v.created_at, v.claim_id, v.sequence) > (\($0.at), \($0.claim), \(Int32($0.sequence)))"
      } ?? ""
    return Query.list(
      "select c.number, c.id, " + columns
        + """
         from warranty_claim_versions v
        join warranty_claims c on c.id = v.claim_id
        where v.occasion = 'submission' and v.created_at >= \(from) and v.created_at < \(before)
        """ + " " + beyond + " order by v.created_at, v.claim_id, v.sequence limit \(limit)"
    ) { row in
      let number = try row.next(String.self)
      let claim = try row.next(WarrantyClaim.ID.self)
      return (number, claim, try decode(&row))
    }
  }

  private static let columns: SQL = """
    v.sequence, v.occasion, v.state, v.lines, v.facts, v.findings, v.outcome, v.policy_version, v.rules_version,
    v.created_at, v.created_by, v.created_by_id
    """

  @Sendable private static func decode(_ row: inout Row) throws -> ClaimVersion {
    let sequence = Int(try row.next(Int32.self))
    let occasion = try row.next(as: ClaimVersion.Occasion.self)
    let state = try row.next(as: WarrantyClaim.State.self)
    let lines = ClaimJSON.lines(try row.next(JSONB.self).bytes)
    let facts = try row.next(JSONB?.self).flatMap { ClaimFacts(stored: EventJSON.value($0.bytes)) }
    let findings = ClaimJSON.findings(try row.next(JSONB.self).bytes)
    let outcome = try row.next(as: ClaimAudit.Outcome.self)
    let policy = Int(try row.next(Int32.self))
    let rules = Int(try row.next(Int32.self))
    let at = try row.next(Timestamp.self)
    let name = try row.next(String.self)
    return ClaimVersion(
      sequence: sequence, occasion: occasion, state: state, lines: lines, facts: facts,
      result: ClaimAudit.Result(findings: findings, outcome: outcome), policyVersion: PolicyVersion(.claimRules, policy),
      rulesVersion: rules, by: .init(name: name, id: try row.next(UUID?.self)), at: at)
  }
}
