package import Domain
import FoundationEssentials
package import Postgres

/// Files on documents of all families.
package enum AttachmentRepository {
  private static let columns: SQL =
    """
    a.id, a.resource, a.subject_id, a.subject_number, a.station_id, a.sha256, a.size, a.media_type, a.file_name,
    a.description, a.uploaded_at, a.uploaded_by, a.uploaded_by_id, a.removed_at, a.removed_by, a.removed_by_id,
    a.removal_reason
    """

  package static func list(
    _ subject: DocumentSubject, removed: Bool?, _ page: PageRequest, in scope: Scope
  ) -> Query<Page<Attachment>> {
    var plan = ListPlan(
      columns: columns, from: "attachments a", id: "a.id",
      sorts: ["uploadedAt": .init("a.uploaded_at", type: "timestamptz")],
      conditions: [
        "a.subject_id = \(subject.id)", "a.resource = \(subject.resource.rawValue)",
        scope.condition(on: "a.station_id", case: "a.subject_id"),
      ])
    if let removed { plan.filter("(a.removed_at is not null) = \(removed)") }
    return plan.query(page, decode: attachment)
  }

  package static func find(
    _ id: Attachment.ID, of subject: DocumentSubject, in scope: Scope
  ) -> Query<Attachment?> {
    Query.optional(
      "select " + columns
        + """
         from attachments a
        where a.id = \(id) and a.subject_id = \(subject.id) and a.resource = \(subject.resource.rawValue) and
        """ + " " + scope.condition(on: "a.station_id", case: "a.subject_id"), attachment)
  }

  /// The file on the document with these bytes, if it has not been taken off.
  package static func same(_ hash: [UInt8], on subject: DocumentSubject, in scope: Scope) -> Query<Attachment.ID?> {
    Query.optional(
      """
      select a.id
      from attachments a
      where a.subject_id = \(subject.id) and a.resource = \(subject.resource.rawValue) and a.sha256 = \(hash)
        and a.removed_at is null and
      """ + " " + scope.condition(on: "a.station_id", case: "a.subject_id")
    ) { try $0.next(Attachment.ID.self) }
  }

  package static func insert(_ attachment: Attachment) -> Query<Int> {
    let (subject, content) = (attachment.subject, attachment.content)
    return Query.execute(
      """
      insert into attachments (id, resource, subject_id, subject_number, station_id, sha256, size, media_type, file_name,
        description, uploaded_at, uploaded_by, uploaded_by_id)
      values (\(attachment.id), \(subject.resource.rawValue), \(subject.id), \(subject.number), \(subject.stationID),
        \(content.hash), \(Int64(content.size)), \(content.mediaType.rawValue), \(attachment.fileName),
        \(attachment.description), \(attachment.uploadedAt), \(attachment.uploadedBy.name), \(attachment.uploadedBy.id))
      """
    )
    .refusing("attachments_same_file_key") { Refusal.alreadyExists(field: "sha256", existingID: nil) }
    .refusing("attachments_customer_erased") { Refusal.notFound }
  }

  /// Marks, if it is not marked yet: 1, else 0.
  package static func remove(_ id: Attachment.ID, _ removal: Attachment.Removal) -> Query<Int> {
    Query.execute(
      """
      update attachments
      set removed_at = \(removal.at), removed_by = \(removal.by.name), removed_by_id = \(removal.by.id),
        removal_reason = \(removal.reason)
      where id = \(id) and removed_at is null
      """)
  }

  /// Other attachments with the same bytes that the caller may see, the oldest first; removed ones too.
  package static func elsewhere(
    _ hash: [UInt8], but id: Attachment.ID, on resources: [Resource], limit: Int, in scope: Scope
  ) -> Query<[Attachment]> {
    Query.list(
      "select " + columns
        + """
         from attachments a
        where a.sha256 = \(hash) and a.id <> \(id) and a.resource = any (\(resources.map(\.rawValue))) and
        """ + " " + scope.condition(on: "a.station_id", case: "a.subject_id")
        + " order by a.uploaded_at, a.id limit \(limit)", attachment)
  }

  /// Attachments with these bytes over the whole network, whoever asks, and as of now: reads of the past see no function, so
  /// it is named with its schema.
  package static func count(of hash: [UInt8]) -> Query<Int> {
    Query.one("select public.attachments_with_content(\(hash))") { Int(try $0.next(Int64.self)) }
  }

  @Sendable private static func attachment(_ row: inout Row) throws -> Attachment {
    let id = try row.next(Attachment.ID.self)
    let resource = try row.next(as: Resource.self)
    let subjectID = try row.next(UUID.self)
    let number = try row.next(String?.self)
    let station = try row.next(Station.ID?.self)
    let hash = try row.next([UInt8].self)
    let size = Int(try row.next(Int64.self))
    let mediaType = try row.next(as: Attachment.MediaType.self)
    let fileName = try row.next(String.self)
    let description = try row.next(String?.self)
    let uploadedAt = try row.next(Timestamp.self)
    let uploadedBy = RecordStamp.Author(name: try row.next(String.self), id: try row.next(UUID?.self))
    let removedAt = try row.next(Timestamp?.self)
    let removedBy = RecordStamp.Author(name: try row.next(String?.self) ?? "", id: try row.next(UUID?.self))
    let reason = try row.next(String?.self)
    return Attachment(
      id: id,
      // The version is the document's own affair.
      subject: DocumentSubject(resource: resource, id: subjectID, number: number, version: 0, stationID: station),
      content: .init(hash: hash, size: size, mediaType: mediaType), fileName: fileName, description: description,
      uploadedAt: uploadedAt, uploadedBy: uploadedBy,
      removal: removedAt.map { .init(at: $0, by: removedBy, reason: reason ?? "") })
  }
}
