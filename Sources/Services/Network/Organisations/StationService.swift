package import Domain
import Repositories

/// Stations (ORG-03, ORG-04): written by headquarters, seen by their own scope.
package struct StationService: Sendable {
  private let work: UnitOfWork

  package init(_ work: UnitOfWork) { self.work = work }

  /// - Throws: `Refusal.notFound`, also for a station outside the scope.
  package func get(_ reference: Reference<Station>, _ caller: Caller) async throws -> Station {
    try caller.require(.stationsRead)
    guard let station = try await work.database.read(caller, StationRepository.find(reference, in: caller.scope)) else {
      throw Refusal.notFound
    }
    return station
  }

  package func list(_ filter: StationFilter, _ page: PageRequest, _ caller: Caller) async throws -> Page<Station> {
    try caller.require(.stationsRead)
    return try await work.database.read(caller, StationRepository.list(filter, page, in: caller.scope))
  }

  /// A new station is active. Only a caller of the whole network can make one: a narrower scope would not see it.
  ///
  /// - Throws: `Refusal.alreadyExists` for a code that is taken, `.invalid` for an unknown region or time zone.
  package func create(_ draft: StationDraft, _ command: Command<Station>) async throws -> Answer {
    try await RecordWriting.namingExisting {
      let caller = command.caller
      return try await work.database.read(caller, StationRepository.find(.number(draft.code), in: caller.scope))?
        .id.description
    } _: {
      try await work.perform(command, .stationsWrite) { tx in
        if command.caller.scope.stations != nil { throw Refusal.forbidden(.stationsWrite) }
        try draft.validate()
        try await Self.requireTimeZone(draft.profile.timeZone, tx)
        let station = Station(
          id: .new(at: command.at), code: draft.code, state: .active, profile: draft.profile,
          externalIDs: draft.externalIDs, version: 1, stamp: RecordStamp(by: command.caller, at: command.at))
        tx.enqueue(StationRepository.insert(station))
        // Callers of the region see it from now on (SEC-12).
        tx.enqueue(AccessChangeRepository.notify(.everything))
        tx.record(Self.change("station.created", station, from: nil), by: command)
        return station
      }
    }
  }

  /// A patch that changes nothing keeps the version and writes no event (C-17).
  package func update(
    _ reference: Reference<Station>, _ patch: StationPatch, _ command: Command<Station>
  ) async throws -> Answer {
    try await work.perform(command, .stationsWrite) { tx in
      guard let before = try await tx.run(StationRepository.lock(reference, in: command.caller.scope)) else {
        throw Refusal.notFound
      }
      try command.requireVersion(before.version)
      let merged = try before.applying(patch)
      guard merged != before else { return before }
      if merged.profile.bays != before.profile.bays, try await tx.run(WorkshopRepository.namesBays(before.id)) {
        throw Refusal.invalid("#/bays", .inconsistent, "is the number of bays that the workshop names; change these")
      }
      if merged.profile.timeZone != before.profile.timeZone {
        try await Self.requireTimeZone(merged.profile.timeZone, tx)
      }
      let after = merged.revised(by: command.caller, at: command.at)
      tx.enqueue(
        StationRepository.update(after, expecting: before.version), RecordWriting.changed(from: before.version))
      if after.profile.regionID != before.profile.regionID || after.state != before.state {
        tx.enqueue(AccessChangeRepository.notify(.everything))
      }
      tx.record(Self.change("station.updated", after, from: before), by: command)
      return after
    }
  }

  /// What the caller may do now, and what stands in the way of the rest.
  package func offers(_ reference: Reference<Station>, _ caller: Caller) async throws -> [ActionOffer] {
    Station.lifecycle.offers(on: try await get(reference, caller), to: caller)
  }

  /// `suspend`, `reinstate`, `terminate`. Termination ends the tokens of the station's users and machine clients on every
  /// instance within a second, and for good: nothing that comes later wakes them again (SEC-12).
  package func move(
    _ reference: Reference<Station>, _ action: Station.Action, reason: String, _ command: Command<Station>
  ) async throws -> Answer {
    try await work.perform(command, try Station.lifecycle.permission(for: action)) { tx in
      guard let before = try await tx.run(StationRepository.lock(reference, in: command.caller.scope)) else {
        throw Refusal.notFound
      }
      try command.requireVersion(before.version)
      var moved = before
      let row = try moved.take(action, by: command.caller.subject)
      let after = moved.revised(by: command.caller, at: command.at)
      tx.enqueue(
        StationRepository.update(after, expecting: before.version), RecordWriting.changed(from: before.version))
      if after.state == .terminated { tx.enqueue(TokenRepository.revokeAll(at: after.id, at: command.at)) }
      tx.enqueue(AccessChangeRepository.notify(.everything))
      tx.record(row.effects.map { Self.change($0, after, from: before, reason: reason) }, by: command)
      return after
    }
  }

  package func history(
    _ reference: Reference<Station>, _ page: PageRequest, _ caller: Caller
  ) async throws -> Page<Event> {
    let station = try await get(reference, caller)
    return try await HistoryService(work.database).history(.station, station.id.uuid, page, caller)
  }

  private static func requireTimeZone(_ name: String, _ tx: Transaction) async throws {
    if try await !tx.run(StationRepository.knowsTimeZone(name)) {
      throw Refusal.invalid("#/timeZone", .notInSet, "must be an IANA time zone, as Asia/Shanghai")
    }
  }

  private static func change(
    _ type: String, _ station: Station, from before: Station?, reason: String? = nil
  ) -> Change {
    Change(
      type: type, resource: .station, id: station.id.uuid, number: station.code, version: station.version,
      station: station.id, reason: reason, changes: station.changes(from: before))
  }
}
