package import Domain
import Repositories

/// Labour operations (WO-22): written by headquarters, read by all.
package struct LabourOperationService: Sendable {
  private let work: UnitOfWork

  package init(_ work: UnitOfWork) { self.work = work }

  /// - Throws: `Refusal.notFound`.
  package func get(_ reference: Reference<LabourOperation>, _ caller: Caller) async throws -> LabourOperation {
    try caller.require(.labourOperationsRead)
    guard
      let labourOperation = try await work.database.read(
        caller, LabourOperationRepository.find(reference, in: caller.scope))
    else { throw Refusal.notFound }
    return labourOperation
  }

  package func list(
    _ filter: LabourOperationFilter, _ page: PageRequest, _ caller: Caller
  ) async throws -> Page<LabourOperation> {
    try caller.require(.labourOperationsRead)
    return try await work.database.read(caller, LabourOperationRepository.list(filter, page, in: caller.scope))
  }

  /// - Throws: `Refusal.alreadyExists` for a code that is taken, `.invalid` for a vehicle model that does not exist.
  package func create(_ draft: LabourOperationDraft, _ command: Command<LabourOperation>) async throws -> Answer {
    try await RecordWriting.namingExisting {
      let caller = command.caller
      let query = LabourOperationRepository.find(.number(draft.code), in: caller.scope)
      return try await work.database.read(caller, query)?.id.description
    } _: {
      try await work.perform(command, .labourOperationsWrite) { tx in
        try draft.validate()
        let labourOperation = LabourOperation(
          id: .new(at: command.at), code: draft.code, content: draft.content, externalIDs: draft.externalIDs,
          version: 1, stamp: RecordStamp(by: command.caller, at: command.at))
        tx.enqueue(LabourOperationRepository.insert(labourOperation))
        tx.enqueue(LabourOperationRepository.insertModelHours(of: labourOperation))
        tx.record(Self.change("labourOperation.created", labourOperation, from: nil), by: command)
        return labourOperation
      }
    }
  }

  /// A patch that changes nothing keeps the version and writes no event (C-17).
  package func update(
    _ reference: Reference<LabourOperation>, _ patch: LabourOperationPatch, _ command: Command<LabourOperation>
  ) async throws -> Answer {
    try await work.perform(command, .labourOperationsWrite) { tx in
      guard let before = try await tx.run(LabourOperationRepository.lock(reference, in: command.caller.scope)) else {
        throw Refusal.notFound
      }
      try command.requireVersion(before.version)
      let merged = try before.applying(patch)
      guard merged != before else { return before }
      let after = merged.revised(by: command.caller, at: command.at)
      tx.enqueue(
        LabourOperationRepository.update(after, expecting: before.version),
        RecordWriting.changed(from: before.version))
      if after.content.modelHours != before.content.modelHours {
        tx.enqueue(LabourOperationRepository.deleteModelHours(of: after.id))
        tx.enqueue(LabourOperationRepository.insertModelHours(of: after))
      }
      tx.record(Self.change("labourOperation.updated", after, from: before), by: command)
      return after
    }
  }

  package func history(
    _ reference: Reference<LabourOperation>, _ page: PageRequest, _ caller: Caller
  ) async throws -> Page<Event> {
    let labourOperation = try await get(reference, caller)
    return try await HistoryService(work.database).history(.labourOperation, labourOperation.id.uuid, page, caller)
  }

  private static func change(
    _ type: String, _ labourOperation: LabourOperation, from before: LabourOperation?
  ) -> Change {
    Change(
      type: type, resource: .labourOperation, id: labourOperation.id.uuid, number: labourOperation.code,
      version: labourOperation.version, station: nil, networkWide: true,
      changes: labourOperation.changes(from: before))
  }
}
