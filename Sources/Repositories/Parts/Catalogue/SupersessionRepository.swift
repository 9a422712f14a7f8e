package import Domain
import FoundationEssentials
package import Postgres

/// Which part is delivered as which other one, since when.
package enum SupersessionRepository {
  /// Everything that touches the part: the chain is made of it (`SupersessionChain`).
  package static func around(_ part: Part.ID) -> Query<[Supersession]> { around([part]) }

  /// The same of several parts: the chains of all of them are made of it.
  package static func around(_ parts: [Part.ID]) -> Query<[Supersession]> {
    Query.list(
      """
      with recursive touched (part_id) as (
        select unnest(\(parts)::uuid[])
        union
        select case when s.part_id = t.part_id then s.successor_id else s.part_id end
        from touched t join part_supersessions s on t.part_id in (s.part_id, s.successor_id))
      select s.id, s.part_id, p.number, s.successor_id, n.number, s.effective_on, s.interchangeable, s.reason, s.created_at,
        s.created_by, s.created_by_id
      from part_supersessions s
        join parts p on p.id = s.part_id
        join parts n on n.id = s.successor_id
      where s.part_id in (select part_id from touched)
      order by s.effective_on, s.id
      """, decode)
  }

  package static func insert(_ step: Supersession) -> Query<Int> {
    Query.execute(
      """
      insert into part_supersessions (id, part_id, successor_id, effective_on, interchangeable, reason, created_at,
        created_by, created_by_id)
      values (\(step.id), \(step.partID), \(step.successorID), \(step.effectiveOn), \(step.interchangeable),
        \(step.reason), \(step.createdAt), \(step.createdBy.name), \(step.createdBy.id))
      """
    )
    .refusing(
      "part_supersessions_no_cycle", conflict: "supersession-cycle",
      "The chain of supersessions would come back to where it began.",
      naming: ConflictLookup.documents(.part) { _ in
        """
        with recursive chain (part_id) as (
          select s.successor_id from part_supersessions s where s.part_id = \(step.successorID)
          union
          select s.successor_id from chain c join part_supersessions s on s.part_id = c.part_id
        )
        select p.id, p.number, null::text, null::integer
        from parts p
        where p.id = \(step.successorID) or p.id in (select part_id from chain)
        order by p.number
        """
      }
    )
    .refusing("part_supersessions_once") { Refusal.alreadyExists(field: "effectiveOn", existingID: nil) }
  }

  @Sendable private static func decode(_ row: inout Row) throws -> Supersession {
    Supersession(
      id: try row.next(Supersession.ID.self), partID: try row.next(Part.ID.self), partNumber: try row.next(String.self),
      successorID: try row.next(Part.ID.self), successorNumber: try row.next(String.self),
      effectiveOn: try row.next(CalendarDate.self), interchangeable: try row.next(Bool.self),
      reason: try row.next(String?.self), createdAt: try row.next(Timestamp.self),
      createdBy: RecordStamp.Author(name: try row.next(String.self), id: try row.next(UUID?.self)))
  }
}
