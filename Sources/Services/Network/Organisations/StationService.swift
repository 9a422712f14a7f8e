package import Domain
package import Repositories

/// Stations (ORG-03, ORG-04): written by headquarters, seen by their own scope.
package struct StationService: RecordService {
  package typealias Document = Station
  package typealias Filter = StationFilter
  package typealias Store = StationRepository

  package static let reading = Permission.stationsRead
  package static let writing = Permission.stationsWrite
  package let work: UnitOfWork

  package init(_ work: UnitOfWork) { self.work = work }

  package static func natural(_ draft: StationDraft) -> NaturalKey? { NaturalKey("code", draft.code) }

  /// A new station is active. Only a caller of the whole network can make one: a narrower scope would not see it.
  package func make<Output>(
    _ draft: StationDraft, _ command: Command<Output>, in tx: Transaction
  ) async throws -> Station {
    if command.caller.scope.stations != nil { throw Refusal.forbidden(Self.writing) }
    try draft.validate()
    return Station(
      id: .new(at: command.at), code: draft.code, state: .active, profile: draft.profile,
      externalIDs: draft.externalIDs, version: 1, stamp: RecordStamp(by: command.caller, at: command.at))
  }

  package func admit<Output>(
    _ station: Station, over before: Station?, _ command: Command<Output>, in tx: Transaction
  ) async throws {
    let zone = station.profile.timeZone
    if zone != before?.profile.timeZone, try await !tx.run(StationRepository.knowsTimeZone(zone)) {
      throw Refusal.invalid("#/timeZone", .notInSet, "must be an IANA time zone, as Asia/Shanghai")
    }
    if let before, station.profile.bays != before.profile.bays,
      try await tx.run(WorkshopRepository.namesBays(station.id))
    {
      throw Refusal.invalid("#/bays", .inconsistent, "is the number of bays that the workshop names; change these")
    }
    // Callers of the region see a new one, and no longer one that left it (SEC-12).
    if station.profile.regionID != before?.profile.regionID || station.state != before?.state {
      tx.enqueue(AccessChangeRepository.notify(.everything))
    }
  }

  /// What the caller may do now, and what stands in the way of the rest.
  package static func offers(on station: Station, to caller: Caller) -> [ActionOffer] {
    Station.lifecycle.offers(on: station, to: caller) + [change(for: caller)]
  }

  /// `suspend`, `reinstate`, `terminate`. Termination ends the tokens of the station's users and machine clients on every
  /// instance within a second, and for good: nothing that comes later wakes them again (SEC-12).
  package func move(
    _ reference: Reference<Station>, _ action: Station.Action, reason: String, _ command: Command<Station>
  ) async throws -> Answer {
    try await work.perform(command, try Station.lifecycle.permission(for: action)) { tx in
      let before = try await load(reference, command, in: tx)
      var moved = before
      let row = try moved.take(action, by: command.caller.subject)
      let after = save(moved, over: before, Effects(row, reason: reason), command, in: tx)
      if after.state == .terminated { tx.enqueue(TokenRepository.revokeAll(at: after.id, at: command.at)) }
      tx.enqueue(AccessChangeRepository.notify(.everything))
      return after
    }
  }
}
