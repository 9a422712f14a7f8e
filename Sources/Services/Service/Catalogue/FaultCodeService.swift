package import Domain
package import Repositories

/// Fault codes (domain.md section 7): written by headquarters, read by all.
package struct FaultCodeService: RecordService {
  package typealias Document = FaultCode
  package typealias Filter = FaultCodeFilter
  package typealias Store = FaultCodeRepository

  package static let reading = Permission.faultCodesRead
  package static let writing = Permission.faultCodesWrite
  package let work: UnitOfWork

  package init(_ work: UnitOfWork) { self.work = work }

  package static func natural(_ draft: FaultCodeDraft) -> NaturalKey? {
    NaturalKey("code", FaultCode.reference(draft.code, draft.brand))
  }

  package func make<Output>(
    _ draft: FaultCodeDraft, _ command: Command<Output>, in tx: Transaction
  ) async throws -> FaultCode {
    try draft.validate()
    return FaultCode(
      id: .new(at: command.at), code: draft.code, brand: draft.brand, content: draft.content,
      externalIDs: draft.externalIDs, version: 1, stamp: RecordStamp(by: command.caller, at: command.at))
  }
}
