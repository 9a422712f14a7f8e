package import Domain
package import Repositories

/// Vehicle models (CUS-14): written by headquarters, read by all.
package struct VehicleModelService: RecordService {
  package typealias Document = VehicleModel
  package typealias Filter = VehicleModelFilter
  package typealias Store = VehicleModelRepository

  package static let reading = Permission.vehicleModelsRead
  package static let writing = Permission.vehicleModelsWrite
  package let work: UnitOfWork

  package init(_ work: UnitOfWork) { self.work = work }

  package static func natural(_ draft: VehicleModelDraft) -> NaturalKey? { NaturalKey("code", draft.code) }

  package func make<Output>(
    _ draft: VehicleModelDraft, _ command: Command<Output>, in tx: Transaction
  ) async throws -> VehicleModel {
    try draft.validate()
    return VehicleModel(
      id: .new(at: command.at), code: draft.code, content: draft.content, externalIDs: draft.externalIDs, version: 1,
      stamp: RecordStamp(by: command.caller, at: command.at))
  }
}
