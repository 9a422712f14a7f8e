package import Domain
package import Repositories

/// Families of components (A11): written by those who set quality policies, read by all.
package struct ComponentFamilyService: RecordService {
  package typealias Document = ComponentFamily
  package typealias Filter = ComponentFamilyFilter
  package typealias Store = ComponentFamilyRepository

  package static let reading = Permission.componentFamiliesRead
  package static let writing = Permission.componentFamiliesWrite
  package let work: UnitOfWork

  package init(_ work: UnitOfWork) { self.work = work }

  package static func natural(_ draft: ComponentFamilyDraft) -> NaturalKey? { NaturalKey("code", draft.code) }

  package func make<Output>(
    _ draft: ComponentFamilyDraft, _ command: Command<Output>, in tx: Transaction
  ) async throws -> ComponentFamily {
    try draft.validate()
    return ComponentFamily(
      id: .new(at: command.at), code: draft.code, content: draft.content, externalIDs: draft.externalIDs, version: 1,
      stamp: RecordStamp(by: command.caller, at: command.at))
  }
}
