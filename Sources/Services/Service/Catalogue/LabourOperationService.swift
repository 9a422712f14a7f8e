package import Domain
package import Repositories

/// Labour operations (WO-22): written by headquarters, read by all.
package struct LabourOperationService: RecordService {
  package typealias Document = LabourOperation
  package typealias Filter = LabourOperationFilter
  package typealias Store = LabourOperationRepository

  package static let reading = Permission.labourOperationsRead
  package static let writing = Permission.labourOperationsWrite
  package let work: UnitOfWork

  package init(_ work: UnitOfWork) { self.work = work }

  package static func natural(_ draft: LabourOperationDraft) -> NaturalKey? { NaturalKey("code", draft.code) }

  package func make<Output>(
    _ draft: LabourOperationDraft, _ command: Command<Output>, in tx: Transaction
  ) async throws -> LabourOperation {
    try draft.validate()
    return LabourOperation(
      id: .new(at: command.at), code: draft.code, content: draft.content, externalIDs: draft.externalIDs, version: 1,
      stamp: RecordStamp(by: command.caller, at: command.at))
  }
}
