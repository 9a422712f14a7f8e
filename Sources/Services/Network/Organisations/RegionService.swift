package import Domain
package import Repositories

/// Regions (ORG-01): written by headquarters, read by all.
package struct RegionService: RecordService {
  package typealias Document = Region
  package typealias Filter = RegionFilter
  package typealias Store = RegionRepository

  package static let reading = Permission.regionsRead
  package static let writing = Permission.regionsWrite
  package let work: UnitOfWork

  package init(_ work: UnitOfWork) { self.work = work }

  package static func natural(_ draft: RegionDraft) -> NaturalKey? { NaturalKey("code", draft.code) }

  package func make<Output>(
    _ draft: RegionDraft, _ command: Command<Output>, in tx: Transaction
  ) async throws -> Region {
    try draft.validate()
    return Region(
      id: .new(at: command.at), code: draft.code, name: draft.name, nameEn: draft.nameEn,
      externalIDs: draft.externalIDs, version: 1, stamp: RecordStamp(by: command.caller, at: command.at))
  }
}
