package import Domain
package import FoundationEssentials
package import Postgres

/// Notes of all families, by document.
package enum NoteRepository {
  package static func insert(
    _ note: Note, on resource: Resource, _ subject: UUID, station: Station.ID?
  ) -> Query<Int> {
    Query.execute(
      """
      insert into notes (id, resource, subject_id, station_id, text, created_at, created_by, created_by_id)
      values (\(note.id), \(resource.rawValue), \(subject), \(station), \(note.text), \(note.createdAt),
        \(note.createdBy.name), \(note.createdBy.id))
      """
    )
    .refusing("notes_customer_erased") { Refusal.notFound }
  }

  package static func list(
    _ resource: Resource, _ subject: UUID, _ page: PageRequest, in scope: Scope
  ) -> Query<Page<Note>> {
    let plan = ListPlan(
      columns: "n.id, n.text, n.created_at, n.created_by, n.created_by_id", from: "notes n", id: "n.id",
      sorts: ["createdAt": .init("n.created_at", type: "timestamptz")],
      conditions: [
        "n.subject_id = \(subject)", "n.resource = \(resource.rawValue)",
        scope.condition(on: "n.station_id", case: "n.subject_id"),
      ])
    return plan.query(page) { row in
      Note(
        id: try row.next(Note.ID.self), text: try row.next(String.self), createdAt: try row.next(Timestamp.self),
        createdBy: RecordStamp.Author(name: try row.next(String.self), id: try row.next(UUID?.self)))
    }
  }
}
