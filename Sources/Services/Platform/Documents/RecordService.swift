package import Domain
package import Repositories

/// What the services of records do in the same way beside `DocumentService`: create and merge patch.
package protocol RecordService: DocumentService where Document: Record {
  /// The permission to create and to change.
  static var writing: Permission { get }

  /// A new record, version 1, as the draft asks for it.
  func make(_ draft: Document.Draft, _ command: Command<Document>, in tx: Transaction) async throws -> Document

  /// What the database must know of before a new or changed record is saved.
  func admit(
    _ record: Document, over before: Document?, _ command: Command<Document>, in tx: Transaction
  ) async throws
}

extension RecordService {
  package func admit(
    _ record: Document, over before: Document?, _ command: Command<Document>, in tx: Transaction
  ) async throws {}

  /// - Throws: `Refusal.alreadyExists` for a natural key that is taken, naming who has it if the caller may see him: the
  ///   constraint decides, the look-up comes after it (C-15).
  package func create(_ draft: Document.Draft, _ command: Command<Document>) async throws -> Answer {
    var key: String?
    do {
      return try await work.perform(command, Self.writing) { tx in
        let record = try await make(draft, command, in: tx)
        key = record.designation
        try await admit(record, over: nil, command, in: tx)
        return insert(record, Effects(["\(Document.resource.rawValue).created"]), command, in: tx)
      }
    } catch let refusal as Refusal {
      guard case .alreadyExists(let field, nil) = refusal, let key else { throw refusal }
      let existing = try await work.database.read(
        command.caller, Store.find(.number(key), in: command.caller.scope))
      throw Refusal.alreadyExists(field: field, existingID: existing?.id.description)
    }
  }

  /// - Parameter draft: the record with the patch merged in (C-17).
  package func update(
    _ reference: Reference<Document>, _ command: Command<Document>, _ draft: (Document) throws -> Document.Draft
  ) async throws -> Answer {
    try await change(reference, Self.writing, "\(Document.resource.rawValue).updated", command) { record, tx in
      let before = record
      try record.rewrite(as: try draft(before))
      if record != before { try await admit(record, over: before, command, in: tx) }
    }
  }
}
