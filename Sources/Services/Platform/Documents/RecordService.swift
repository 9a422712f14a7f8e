package import Domain
package import Repositories

/// What the services of records do in the same way beside `DocumentService`: create and merge patch.
package protocol RecordService: ActingService where Document: Record {
  /// The permission to create and to change.
  static var writing: Permission { get }

  /// A new record, version 1, as the draft asks for it.
  func make<Output>(_ draft: Document.Draft, _ command: Command<Output>, in tx: Transaction) async throws -> Document

  /// What the database must know of before a new or changed record is saved.
  func admit<Output>(
    _ record: Document, over before: Document?, _ command: Command<Output>, in tx: Transaction
  ) async throws

  /// The code or VIN that a draft names; `nil` for a family whose numbers the server draws.
  static func natural(_ draft: Document.Draft) -> NaturalKey?

  /// Whose record a draft asks for; `nil`: of the whole network.
  static func station(of draft: Document.Draft, for caller: Caller) throws(Refusal) -> Station.ID?
}

extension RecordService {
  package func admit<Output>(
    _ record: Document, over before: Document?, _ command: Command<Output>, in tx: Transaction
  ) async throws {}

  package static func natural(_ draft: Document.Draft) -> NaturalKey? { nil }

  /// A record is changed, and that by whoever may.
  package static func offers(on record: Document, to caller: Caller) -> [ActionOffer] { [change(for: caller)] }

  static func change(for caller: Caller) -> ActionOffer {
    ActionOffer(action: "update", method: .patch, to: "updated", Self.writing, for: caller)
  }

  package static func station(of draft: Document.Draft, for caller: Caller) throws(Refusal) -> Station.ID? { nil }

  /// - Throws: `Refusal.alreadyExists` for a natural key that is taken, naming who has it if the caller may see him: the
  ///   constraint decides, the look-up comes after it (C-15).
  package func create(_ draft: Document.Draft, _ command: Command<Document>) async throws -> Answer {
    do {
      return try await work.perform(command, Self.writing) { tx in try await create(draft, command, in: tx) }
    } catch let refusal as Refusal {
      throw try await naming(refusal, draft, besides: nil, command.caller)
    }
  }

  /// Makes the record what another system says that it is, whether it is known here or not.
  ///
  /// - Throws: as `create`, also for a further identity in the body that another record has.
  package func upsert(
    _ key: ExternalKey, _ draft: Document.Draft, _ command: Command<Upserted<Document>>
  ) async throws -> Answer {
    try command.caller.require(Self.writing)
    let station = try Self.station(of: draft, for: command.caller)
    do {
      return try await upsert(key, at: station, natural: Self.natural(draft), Self.writing, command) { tx in
        try await create(try draft.identified(by: key, beside: [:]), command, in: tx)
      } rewrite: { record, tx in
        let before = record
        try record.rewrite(as: try draft.identified(by: key, beside: before.externalIDs))
        if record != before { try await admit(record, over: before, command, in: tx) }
      }
    } catch let refusal as Refusal {
      throw try await naming(refusal, draft, besides: key, command.caller)
    }
  }

  private func create<Output>(
    _ draft: Document.Draft, _ command: Command<Output>, in tx: Transaction
  ) async throws -> Document {
    let record = try await make(draft, command, in: tx)
    try await admit(record, over: nil, command, in: tx)
    return insert(record, Effects(["\(Document.resource.rawValue).created"]), command, in: tx)
  }

  /// The refusal with who is in the way.
  ///
  /// - Parameter key: whose record it is anyway.
  private func naming(
    _ refusal: Refusal, _ draft: Document.Draft, besides key: ExternalKey?, _ caller: Caller
  ) async throws -> Refusal {
    guard case .alreadyExists(let field, nil) = refusal else { return refusal }
    return .alreadyExists(field: field, existingID: try await holder(of: draft, field, besides: key, caller))
  }

  /// Who has what the draft asks for, as far as this caller may see him.
  private func holder(
    of draft: Document.Draft, _ field: String, besides key: ExternalKey?, _ caller: Caller
  ) async throws -> String? {
    if let natural = Self.natural(draft), natural.field == field {
      return try await work.database.read(caller, Store.find(.number(natural.value), in: caller.scope))?.id.description
    }
    let station = try Self.station(of: draft, for: caller)
    for (system, id) in draft.externalIDs where system != key?.system {
      let identity = ExternalKey(system: system, id: id)
      let found = try await work.database.read(
        caller, ExternalIdentityRepository.find(Document.resource, identity, at: station))
      if let found { return Identifier<Document>(found).description }
    }
    return nil
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
