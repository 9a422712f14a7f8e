package import Domain
package import Repositories

/// Service bills of material (PRT-01): written by headquarters, read by all.
package struct SbomService: RecordService {
  package typealias Document = Sbom
  package typealias Filter = SbomFilter
  package typealias Store = SbomRepository

  package static let reading = Permission.sbomsRead
  package static let writing = Permission.sbomsWrite
  package let work: UnitOfWork

  package init(_ work: UnitOfWork) { self.work = work }

  package static func natural(_ draft: SbomDraft) -> NaturalKey? { NaturalKey("code", draft.code) }

  package func make<Output>(
    _ draft: SbomDraft, _ command: Command<Output>, in tx: Transaction
  ) async throws -> Sbom {
    try draft.validate()
    return Sbom(
      id: .new(at: command.at), code: draft.code, modelID: draft.modelID, validFrom: draft.validFrom, note: draft.note,
      lines: draft.lines, externalIDs: draft.externalIDs, version: 1,
      stamp: RecordStamp(by: command.caller, at: command.at))
  }

  package func admit<Output>(
    _ sbom: Sbom, over before: Sbom?, _ command: Command<Output>, in tx: Transaction
  ) async throws {
    if sbom.lines == before?.lines { return }
    _ = try await tx.partNumbers(sbom.lines.map(\.partID)) { "#/lines/\($0)/partId" }
  }
}
