package import Domain
package import Repositories

/// Reserve quotas (PRT-04): set by headquarters from the vehicles that drive in a region; counted anew with every change.
package struct ReserveQuotaService: RecordService {
  package typealias Document = ReserveQuota
  package typealias Filter = ReserveQuotaFilter
  package typealias Store = ReserveQuotaRepository

  package static let reading = Permission.reserveQuotasRead
  package static let writing = Permission.reserveQuotasWrite
  package let work: UnitOfWork

  package init(_ work: UnitOfWork) { self.work = work }

  package static func natural(_ draft: ReserveQuotaDraft) -> NaturalKey? { NaturalKey("code", draft.code) }

  package func make<Output>(
    _ draft: ReserveQuotaDraft, _ command: Command<Output>, in tx: Transaction
  ) async throws -> ReserveQuota {
    try draft.validate()
    return ReserveQuota(
      id: .new(at: command.at), code: draft.code, regionID: draft.regionID, partID: draft.partID,
      perThousandVehicles: draft.perThousandVehicles, note: draft.note,
      population: try await tx.run(ReserveQuotaRepository.population(of: draft.regionID)),
      externalIDs: draft.externalIDs, version: 1, stamp: RecordStamp(by: command.caller, at: command.at))
  }

  package func admit<Output>(
    _ quota: ReserveQuota, over before: ReserveQuota?, _ command: Command<Output>, in tx: Transaction
  ) async throws {
    // The quota of a region counts all its vehicles, so whoever sets it must see all of them.
    if command.caller.scope != .network { throw Refusal.forbidden(Self.writing) }
  }

  package static func offers(on quota: ReserveQuota, to caller: Caller) -> [ActionOffer] {
    [ActionOffer(action: "recount", to: "updated", writing, for: caller), change(for: caller)]
  }

  /// Counts the vehicles of the region anew.
  package func recount(
    _ reference: Reference<ReserveQuota>, _ command: Command<ReserveQuota>
  ) async throws -> Answer {
    try await change(reference, Self.writing, "reserveQuota.recounted", command) { quota, tx in
      try await admit(quota, over: nil, command, in: tx)
      quota.population = try await tx.run(ReserveQuotaRepository.population(of: quota.regionID))
    }
  }
}
