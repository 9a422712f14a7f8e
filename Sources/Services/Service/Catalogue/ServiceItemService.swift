package import Domain
package import Repositories

/// Service items (WO-21): written by headquarters, read by all.
package struct ServiceItemService: RecordService {
  package typealias Document = ServiceItem
  package typealias Filter = ServiceItemFilter
  package typealias Store = ServiceItemRepository

  package static let reading = Permission.serviceItemsRead
  package static let writing = Permission.serviceItemsWrite
  package let work: UnitOfWork

  package init(_ work: UnitOfWork) { self.work = work }

  package static func natural(_ draft: ServiceItemDraft) -> NaturalKey? { NaturalKey("code", draft.code) }

  package func make<Output>(
    _ draft: ServiceItemDraft, _ command: Command<Output>, in tx: Transaction
  ) async throws -> ServiceItem {
    try draft.validate()
    return ServiceItem(
      id: .new(at: command.at), code: draft.code, content: draft.content, externalIDs: draft.externalIDs, version: 1,
      stamp: RecordStamp(by: command.caller, at: command.at))
  }
}
