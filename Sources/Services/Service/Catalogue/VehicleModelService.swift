package import Domain
import Repositories

/// Vehicle models (CUS-14): written by headquarters, read by all.
package struct VehicleModelService: Sendable {
  private let work: UnitOfWork

  package init(_ work: UnitOfWork) { self.work = work }

  /// - Throws: `Refusal.notFound`.
  package func get(_ reference: Reference<VehicleModel>, _ caller: Caller) async throws -> VehicleModel {
    try caller.require(.vehicleModelsRead)
    guard
      let vehicleModel = try await work.database.read(caller, VehicleModelRepository.find(reference, in: caller.scope))
    else { throw Refusal.notFound }
    return vehicleModel
  }

  package func list(
    _ filter: VehicleModelFilter, _ page: PageRequest, _ caller: Caller
  ) async throws -> Page<VehicleModel> {
    try caller.require(.vehicleModelsRead)
    return try await work.database.read(caller, VehicleModelRepository.list(filter, page, in: caller.scope))
  }

  /// - Throws: `Refusal.alreadyExists` for a code that is taken.
  package func create(_ draft: VehicleModelDraft, _ command: Command<VehicleModel>) async throws -> Answer {
    try await RecordWriting.namingExisting {
      let caller = command.caller
      let query = VehicleModelRepository.find(.number(draft.code), in: caller.scope)
      return try await work.database.read(caller, query)?.id.description
    } _: {
      try await work.perform(command, .vehicleModelsWrite) { tx in
        try draft.validate()
        let vehicleModel = VehicleModel(
          id: .new(at: command.at), code: draft.code, content: draft.content, externalIDs: draft.externalIDs,
          version: 1, stamp: RecordStamp(by: command.caller, at: command.at))
        tx.enqueue(VehicleModelRepository.insert(vehicleModel))
        tx.record(Self.change("vehicleModel.created", vehicleModel, from: nil), by: command)
        return vehicleModel
      }
    }
  }

  /// A patch that changes nothing keeps the version and writes no event (C-17).
  package func update(
    _ reference: Reference<VehicleModel>, _ patch: VehicleModelPatch, _ command: Command<VehicleModel>
  ) async throws -> Answer {
    try await work.perform(command, .vehicleModelsWrite) { tx in
      guard let before = try await tx.run(VehicleModelRepository.lock(reference, in: command.caller.scope)) else {
        throw Refusal.notFound
      }
      try command.requireVersion(before.version)
      let merged = try before.applying(patch)
      guard merged != before else { return before }
      let after = merged.revised(by: command.caller, at: command.at)
      tx.enqueue(
        VehicleModelRepository.update(after, expecting: before.version),
        RecordWriting.changed(from: before.version))
      tx.record(Self.change("vehicleModel.updated", after, from: before), by: command)
      return after
    }
  }

  package func history(
    _ reference: Reference<VehicleModel>, _ page: PageRequest, _ caller: Caller
  ) async throws -> Page<Event> {
    let vehicleModel = try await get(reference, caller)
    return try await HistoryService(work.database).history(.vehicleModel, vehicleModel.id.uuid, page, caller)
  }

  private static func change(_ type: String, _ vehicleModel: VehicleModel, from before: VehicleModel?) -> Change {
    Change(
      type: type, resource: .vehicleModel, id: vehicleModel.id.uuid, number: vehicleModel.code,
      version: vehicleModel.version, station: nil, networkWide: true,
      changes: vehicleModel.changes(from: before))
  }
}
