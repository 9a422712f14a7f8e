package import Blobs
package import Domain
import FoundationEssentials
import Repositories

/// Files on documents of every family that `AttachmentFamily.all` lists.
///
/// An upload goes in three steps that never leave a row without bytes: the bytes are staged and hashed; their hash is
/// claimed in a transaction of its own, and they are put under it; the attachment is written with its event and the key of
/// the request. Whatever fails before the last step leaves bytes that nobody sees, and `AttachmentHousekeeping` collects.
package struct AttachmentService: Sendable {
  private let work: UnitOfWork
  private let store: BlobStore
  /// Bytes of one file.
  package let maximumBytes: Int

  package init(_ work: UnitOfWork, store: BlobStore, maximumBytes: Int) {
    self.work = work
    self.store = store
    self.maximumBytes = maximumBytes
  }

  package var families: [AttachmentFamily] { AttachmentFamily.all }

  // MARK: Reading

  /// The document of a path; outside the caller's scope it is not there (SEC-03).
  package func subject(
    _ family: AttachmentFamily, _ reference: Reference<DocumentSubject>, _ caller: Caller
  ) async throws -> DocumentSubject {
    try caller.require(family.read)
    guard let subject = try await family.subjects.find(reference, caller, in: work.database),
      !family.subjects.hidesPapers(from: caller)
    else { throw Refusal.notFound }
    if subject.resource == .customer { Disclosure(of: Customer.ID(subject.id), to: caller).note() }
    return subject
  }

  /// - Parameter removed: only those that were taken off, or only those that were not.
  package func list(
    _ family: AttachmentFamily, _ reference: Reference<DocumentSubject>, removed: Bool?, _ page: PageRequest,
    _ caller: Caller
  ) async throws -> Page<Attachment> {
    let subject = try await subject(family, reference, caller)
    let sight = family.subjects.sight(of: caller)
    return try await work.database.read(
      sight, AttachmentRepository.list(subject, removed: removed, page, in: sight.scope))
  }

  /// One attachment and where else the same bytes hang.
  package func get(
    _ family: AttachmentFamily, _ reference: Reference<DocumentSubject>, _ id: Attachment.ID, _ caller: Caller
  ) async throws -> FiledAttachment {
    let attachment = try await find(family, reference, id, caller)
    let hash = attachment.content.hash
    let (others, total) = try await work.database.read(
      caller,
      AttachmentRepository.elsewhere(
        hash, but: id, on: Self.resources(caller), limit: FiledAttachment.shownElsewhere, in: caller.scope),
      AttachmentRepository.count(of: hash))
    return FiledAttachment(
      attachment: attachment, elsewhere: others, hiddenElsewhere: max(0, total - 1 - others.count))
  }

  /// An attachment whose bytes may be read.
  /// - Throws: `conflict` with the code `attachment-removed`.
  package func readable(
    _ family: AttachmentFamily, _ reference: Reference<DocumentSubject>, _ id: Attachment.ID, _ caller: Caller
  ) async throws -> Attachment {
    let attachment = try await find(family, reference, id, caller)
    if let removal = attachment.removal { throw Self.removed.telling([.since(removal.at)]) }
    return attachment
  }

  /// The bytes of an attachment that `readable` gave, or a part of them.
  package func bytes(of attachment: Attachment, _ range: Range<Int>) async throws -> ByteStream {
    guard let digest = BlobDigest(attachment.content.hash) else {
      throw Failure.internal(reference: "attachment \(attachment.id) has no hash")
    }
    let reading = try await storing { try await store.open(digest, range) }
    return ByteStream(length: range.count) { take in try await reading.read(take) }
  }

  private func find(
    _ family: AttachmentFamily, _ reference: Reference<DocumentSubject>, _ id: Attachment.ID, _ caller: Caller
  ) async throws -> Attachment {
    let subject = try await subject(family, reference, caller)
    let sight = family.subjects.sight(of: caller)
    guard
      let found = try await work.database.read(sight, AttachmentRepository.find(id, of: subject, in: sight.scope))
    else { throw Refusal.notFound }
    return found
  }

  // MARK: Writing

  /// - Parameter command: made when the hash is known, so that a repetition is known by its bytes (C-19).
  /// - Throws: `Refusal.conflict` with `media-type-mismatch`; `.alreadyExists` when the document has the file;
  ///   `Failure.storageFull`, `.unavailable`; whatever `source` throws.
  package func upload(
    _ draft: AttachmentDraft, to family: AttachmentFamily, _ reference: Reference<DocumentSubject>,
    from source: ByteStream,
    by caller: Caller, _ command: (_ hash: [UInt8]) -> Command<FiledAttachment>
  ) async throws -> Answer {
    try caller.require(family.attach)
    // Before a byte is read: nobody sends 200 MB to learn that there is no such order.
    _ = try await subject(family, reference, caller)
    let upload = try await storing {
      try await store.begin(named: UUID().uuidString, expecting: source.length ?? 0)
    }
    defer { upload.discard() }
    var inspector = ContentInspector(declared: draft.mediaType)
    try await source.read { bytes in
      try inspector.take(bytes)
      try await storing { try await upload.append(bytes) }
    }
    try inspector.finish()
    let staged = try await storing { try await upload.finish() }
    guard let found = inspector.mediaType else { throw Failure.internal(reference: "a file without a type") }
    let type = draft.mediaType ?? Attachment.MediaType.named(draft.fileName, found: found)
    let content = Attachment.Content(hash: staged.digest.bytes, size: staged.size, mediaType: type)
    let command = command(content.hash)
    _ = try await work.database.write(.system) { tx in
      try await tx.run(BlobRepository.claim(content.hash, size: content.size, at: command.at))
    }
    try await storing { try await store.keep(staged) }
    return try await work.perform(command, family.attach) { tx in
      try await file(content, draft, on: family, reference, command, in: tx)
    }
  }

  private func file(
    _ content: Attachment.Content, _ draft: AttachmentDraft, on family: AttachmentFamily,
    _ reference: Reference<DocumentSubject>, _ command: Command<FiledAttachment>, in tx: Transaction
  ) async throws -> FiledAttachment {
    let scope = command.caller.scope
    _ = try await tx.run(BlobRepository.claim(content.hash, size: content.size, at: command.at))
    guard let found = try await family.subjects.find(reference, command.caller, in: tx) else { throw Refusal.notFound }
    let subject = try family.subjects.holder(of: found, for: command.caller)
    let attachment = Attachment(
      id: .new(at: command.at), subject: subject, content: content, fileName: draft.fileName,
      description: draft.description, uploadedAt: command.at, uploadedBy: .init(command.caller))
    // The claim's lock is held, so what others attached before is visible now, and nobody attaches the same meanwhile.
    let (others, total) = try await tx.run(
      AttachmentRepository.elsewhere(
        content.hash, but: attachment.id, on: Self.resources(command.caller), limit: FiledAttachment.shownElsewhere,
        in: scope),
      AttachmentRepository.count(of: content.hash))
    // A supplier files on what he was sent, which is headquarters'.
    let sight = family.subjects.sight(of: command.caller).scope
    let reach = scope.covers(subject.stationID, case: subject.id) ? scope : sight
    let event = subject.event(
      "attached",
      data: [
        "attachmentId": .text(attachment.id.description), "mediaType": .text(content.mediaType.rawValue),
        "sha256": .text(content.hexadecimal), "size": .integer(Int64(content.size)),
      ])
    try await tx.within(reach, of: command.caller) {
      if let same = try await tx.run(AttachmentRepository.same(content.hash, on: subject, in: sight)) {
        throw Refusal.alreadyExists(field: "sha256", existingID: same.description)
      }
      tx.enqueue(AttachmentRepository.insert(attachment))
      tx.record(event, by: command)
    }
    return FiledAttachment(attachment: attachment, elsewhere: others, hiddenElsewhere: max(0, total - others.count))
  }

  /// Marks the attachment as taken off; bytes and row stay (REC-10).
  package func remove(
    _ family: AttachmentFamily, _ reference: Reference<DocumentSubject>, _ id: Attachment.ID, reason: String,
    _ command: Command<Attachment>
  ) async throws -> Answer {
    try await work.perform(command, family.detach) { tx in
      guard let subject = try await family.subjects.find(reference, command.caller, in: tx) else {
        throw Refusal.notFound
      }
      let removal = Attachment.Removal(at: command.at, by: .init(command.caller), reason: reason)
      let sight = family.subjects.sight(of: command.caller)
      let found = try await tx.within(sight.scope, of: command.caller) {
        guard let found = try await tx.run(AttachmentRepository.find(id, of: subject, in: sight.scope)) else {
          throw Refusal.notFound
        }
        guard found.removal == nil, try await tx.run(AttachmentRepository.remove(id, removal)) == 1 else {
          throw Self.removed
        }
        let owner =
          switch family.subjects.ownership {
          case .document: subject
          case .sender: subject.filed(at: found.subject.stationID)
          }
        tx.record(
          owner.event(
            "attachmentRemoved", reason: reason,
            data: ["attachmentId": .text(id.description), "sha256": .text(found.content.hexadecimal)]), by: command)
        return found
      }
      return Attachment(
        id: id, subject: found.subject, content: found.content, fileName: found.fileName,
        description: found.description, uploadedAt: found.uploadedAt, uploadedBy: found.uploadedBy, removal: removal)
    }
  }

  // MARK: Shared

  private static let removed = Refusal.conflict(
    code: "attachment-removed", detail: "The file was taken off the document.")

  /// Kinds of document that the caller may read.
  private static func resources(_ caller: Caller) -> [Resource] {
    AttachmentFamily.all.filter { caller.may($0.read) }.map(\.resource)
  }
}

/// What the store's errors mean to those who cannot see the store.
func storing<Output>(_ body: () async throws -> Output) async throws -> Output {
  do {
    return try await body()
  } catch let error as BlobError {
    switch error {
    case .full: throw Failure.storageFull
    case .unavailable: throw Failure.unavailable
    case .missing(let digest): throw Failure.internal(reference: "the store lacks \(digest)")
    }
  }
}
