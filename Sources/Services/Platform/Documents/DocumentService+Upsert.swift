import Domain
import Repositories

/// What upserts of all families do in the same way (domain.md section 13).
extension DocumentService where Document: ExternallyIdentified {
  /// Creates the document that another system knows by `key`, or makes it what that system says now. Of two first upserts at
  /// once the database lets one create; the other finds what was created.
  ///
  /// - Parameters:
  ///   - station: whose document it is; `nil`: of the whole network.
  ///   - natural: the code or VIN that the body names: a document that bears it and has no identity in this system yet is
  ///     adopted.
  ///   - create: queues the new document.
  ///   - rewrite: changes the known one, its external identities included; asked twice, so it does nothing beside.
  ///   - changed: what a change brings about beside the document, once.
  /// - Throws: `Refusal.alreadyExists` when the document with that code or VIN has another identity in this system.
  func upsert(
    _ key: ExternalKey, at station: Station.ID?, natural: NaturalKey?, _ permission: Permission,
    _ command: Command<Upserted<Document>>, create: (Transaction) async throws -> Document,
    rewrite: (inout Document, Transaction) async throws -> Void,
    changed: (_ before: Document, _ after: Document, Transaction) async throws -> Void = { _, _, _ in }
  ) async throws -> Answer {
    func attempt() async throws -> Answer {
      try await work.perform(command, permission) { tx in
        guard let reference = try await known(key, at: station, natural: natural, command, in: tx) else {
          // Who expects a version expects a document (C-16: 404 wins).
          if case .versions = command.precondition { throw Refusal.notFound }
          return Upserted(try await create(tx), .created)
        }
        func rewritten(_ before: Document) async throws -> Document {
          try Self.admit(key, natural, to: before)
          var document = before
          try await rewrite(&document, tx)
          Self.complete(&document)
          return document
        }
        // Most of what is sent again says nothing new. It is compared without a lock, which would be a write.
        let seen = try await look(at: reference, command, in: tx)
        if try await rewritten(seen) == seen { return Upserted(seen, .unchanged) }
        let before = try await load(reference, command, in: tx)
        let saved = save(
          try await rewritten(before), over: before, Effects(["\(Document.resource.rawValue).updated"]), command, in: tx
        )
        if saved.version == before.version { return Upserted(saved, .unchanged) }
        try await changed(before, saved, tx)
        return Upserted(saved, .updated)
      }
    }
    do {
      return try await attempt()
    } catch Refusal.alreadyExists {
      return try await attempt()
    }
  }

  /// The document that the key means.
  private func known(
    _ key: ExternalKey, at station: Station.ID?, natural: NaturalKey?, _ command: Command<Upserted<Document>>,
    in tx: Transaction
  ) async throws -> Reference<Document>? {
    if let id = try await tx.run(ExternalIdentityRepository.find(Document.resource, key, at: station)) {
      return .id(Identifier(id))
    }
    guard let natural else { return nil }
    return try await tx.run(Store.find(.number(natural.value), in: command.caller.scope)).map { .id($0.id) }
  }

  /// A document is known in a system by one identity, and keeps its code or VIN.
  private static func admit(_ key: ExternalKey, _ natural: NaturalKey?, to document: Document) throws(Refusal) {
    guard let natural else { return }
    if let other = document.externalIDs[key.system], other != key.id {
      throw .alreadyExists(field: natural.field, existingID: document.id.description)
    }
    if document.designation != natural.value { throw .invalid("#/\(natural.field)", .readOnly, "cannot be changed") }
  }
}

/// What names a record beside its identity, and where a body says it.
package struct NaturalKey: Hashable, Sendable {
  package let field: String
  package let value: String

  package init(_ field: String, _ value: String) {
    self.field = field
    self.value = value
  }
}
