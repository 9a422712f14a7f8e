package import Domain
import Repositories

/// Service items (WO-21): written by headquarters, read by all.
package struct ServiceItemService: Sendable {
  private let work: UnitOfWork

  package init(_ work: UnitOfWork) { self.work = work }

  /// - Throws: `Refusal.notFound`.
  package func get(_ reference: Reference<ServiceItem>, _ caller: Caller) async throws -> ServiceItem {
    try caller.require(.serviceItemsRead)
    guard
      let serviceItem = try await work.database.read(caller, ServiceItemRepository.find(reference, in: caller.scope))
    else { throw Refusal.notFound }
    return serviceItem
  }

  package func list(
    _ filter: ServiceItemFilter, _ page: PageRequest, _ caller: Caller
  ) async throws -> Page<ServiceItem> {
    try caller.require(.serviceItemsRead)
    return try await work.database.read(caller, ServiceItemRepository.list(filter, page, in: caller.scope))
  }

  /// - Throws: `Refusal.alreadyExists` for a code that is taken, `.invalid` for a labour operation that does not exist.
  package func create(_ draft: ServiceItemDraft, _ command: Command<ServiceItem>) async throws -> Answer {
    try await RecordWriting.namingExisting {
      let caller = command.caller
      let query = ServiceItemRepository.find(.number(draft.code), in: caller.scope)
      return try await work.database.read(caller, query)?.id.description
    } _: {
      try await work.perform(command, .serviceItemsWrite) { tx in
        try draft.validate()
        let serviceItem = ServiceItem(
          id: .new(at: command.at), code: draft.code, content: draft.content, externalIDs: draft.externalIDs,
          version: 1, stamp: RecordStamp(by: command.caller, at: command.at))
        tx.enqueue(ServiceItemRepository.insert(serviceItem))
        tx.enqueue(ServiceItemRepository.insertOperations(of: serviceItem))
        tx.record(Self.change("serviceItem.created", serviceItem, from: nil), by: command)
        return serviceItem
      }
    }
  }

  /// A patch that changes nothing keeps the version and writes no event (C-17).
  package func update(
    _ reference: Reference<ServiceItem>, _ patch: ServiceItemPatch, _ command: Command<ServiceItem>
  ) async throws -> Answer {
    try await work.perform(command, .serviceItemsWrite) { tx in
      guard let before = try await tx.run(ServiceItemRepository.lock(reference, in: command.caller.scope)) else {
        throw Refusal.notFound
      }
      try command.requireVersion(before.version)
      let merged = try before.applying(patch)
      guard merged != before else { return before }
      let after = merged.revised(by: command.caller, at: command.at)
      tx.enqueue(
        ServiceItemRepository.update(after, expecting: before.version),
        RecordWriting.changed(from: before.version))
      if after.content.operations != before.content.operations {
        tx.enqueue(ServiceItemRepository.deleteOperations(of: after.id))
        tx.enqueue(ServiceItemRepository.insertOperations(of: after))
      }
      tx.record(Self.change("serviceItem.updated", after, from: before), by: command)
      return after
    }
  }

  package func history(
    _ reference: Reference<ServiceItem>, _ page: PageRequest, _ caller: Caller
  ) async throws -> Page<Event> {
    let serviceItem = try await get(reference, caller)
    return try await HistoryService(work.database).history(.serviceItem, serviceItem.id.uuid, page, caller)
  }

  private static func change(_ type: String, _ serviceItem: ServiceItem, from before: ServiceItem?) -> Change {
    Change(
      type: type, resource: .serviceItem, id: serviceItem.id.uuid, number: serviceItem.code,
      version: serviceItem.version, station: nil, networkWide: true,
      changes: serviceItem.changes(from: before))
  }
}
