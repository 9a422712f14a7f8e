package import Domain
import Repositories

/// Regions (ORG-01): written by headquarters, read by all.
package struct RegionService: Sendable {
  private let work: UnitOfWork

  package init(_ work: UnitOfWork) { self.work = work }

  /// - Throws: `Refusal.notFound`.
  package func get(_ reference: Reference<Region>, _ caller: Caller) async throws -> Region {
    try caller.require(.regionsRead)
    guard let region = try await work.database.read(caller, RegionRepository.find(reference, in: caller.scope)) else {
      throw Refusal.notFound
    }
    return region
  }

  package func list(_ filter: RegionFilter, _ page: PageRequest, _ caller: Caller) async throws -> Page<Region> {
    try caller.require(.regionsRead)
    return try await work.database.read(caller, RegionRepository.list(filter, page, in: caller.scope))
  }

  /// - Throws: `Refusal.alreadyExists` for a code that is taken.
  package func create(_ draft: RegionDraft, _ command: Command<Region>) async throws -> Answer {
    try await RecordWriting.namingExisting {
      let caller = command.caller
      return try await work.database.read(caller, RegionRepository.find(.number(draft.code), in: caller.scope))?
        .id.description
    } _: {
      try await work.perform(command, .regionsWrite) { tx in
        try draft.validate()
        let region = Region(
          id: .new(at: command.at), code: draft.code, name: draft.name, nameEn: draft.nameEn,
          externalIDs: draft.externalIDs, version: 1, stamp: RecordStamp(by: command.caller, at: command.at))
        tx.enqueue(RegionRepository.insert(region))
        tx.record(Self.change("region.created", region, from: nil), by: command)
        return region
      }
    }
  }

  /// A patch that changes nothing keeps the version and writes no event (C-17).
  package func update(
    _ reference: Reference<Region>, _ patch: RegionPatch, _ command: Command<Region>
  ) async throws -> Answer {
    try await work.perform(command, .regionsWrite) { tx in
      guard let before = try await tx.run(RegionRepository.lock(reference, in: command.caller.scope)) else {
        throw Refusal.notFound
      }
      try command.requireVersion(before.version)
      let merged = before.applying(patch)
      guard merged != before else { return before }
      let after = merged.revised(by: command.caller, at: command.at)
      tx.enqueue(
        RegionRepository.update(after, expecting: before.version), RecordWriting.changed(from: before.version))
      tx.record(Self.change("region.updated", after, from: before), by: command)
      return after
    }
  }

  package func history(
    _ reference: Reference<Region>, _ page: PageRequest, _ caller: Caller
  ) async throws -> Page<Event> {
    let region = try await get(reference, caller)
    return try await HistoryService(work.database).history(.region, region.id.uuid, page, caller)
  }

  private static func change(_ type: String, _ region: Region, from before: Region?) -> Change {
    Change(
      type: type, resource: .region, id: region.id.uuid, number: region.code, version: region.version, station: nil,
      networkWide: true, changes: region.changes(from: before))
  }
}
