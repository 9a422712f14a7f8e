package import Domain
import Repositories

/// What a station's workshop can take (APT-03), and the slots that follow from it.
package struct WorkshopService: Sendable {
  private let work: UnitOfWork

  package init(_ work: UnitOfWork) { self.work = work }

  package func get(_ station: Reference<Station>, _ caller: Caller) async throws -> StationWorkshop {
    try caller.require(.stationsRead)
    return try await read(station, in: caller.scope, through: ReadDoor(work.database, caller))
  }

  /// Every time of a day at which work of this kind may begin, with what is free; of the past none.
  package func slots(
    _ query: SlotQuery, at station: Reference<Station>, now: Timestamp, _ caller: Caller
  ) async throws -> (station: Station, slots: [Slot]) {
    try caller.require(.appointmentsRead)
    guard let found = try await work.database.read(caller, StationRepository.find(station, in: caller.scope)) else {
      throw Refusal.notFound
    }
    let slots = try await work.database.read(caller, WorkshopRepository.slots(query, at: found.id))
    return (found, slots.filter { $0.startsAt > now })
  }

  /// Replaces the whole; what the station shows of it changes with it. Appointments that stand keep their bays, also in hours that are no longer open.
  package func replace(
    _ station: Reference<Station>, with workshop: Workshop, _ command: Command<StationWorkshop>
  ) async throws -> Answer {
    try await work.perform(command, .stationsWriteWorkshop) { tx in
      let scope = command.caller.scope
      guard let locked = try await tx.run(StationRepository.lock(station, in: scope)) else { throw Refusal.notFound }
      let before = try await read(.id(locked.id), in: scope, through: tx)
      try command.precondition?.require(before.version)
      // What the list leaves out is inactive from now on.
      let kept = before.workshop.bays.filter { old in !workshop.bays.contains { $0.code == old.code } }
        .map {
          Workshop.Bay(code: $0.code, name: $0.name, skills: $0.skills, isFastLane: $0.isFastLane, isActive: false)
        }
      let after = Workshop(
        slotMinutes: workshop.slotMinutes, graceMinutes: workshop.graceMinutes, skills: workshop.skills,
        hours: workshop.hours, specialDays: workshop.specialDays, bays: workshop.bays + kept)
      if after == before.workshop, before.version > 0 { return before }
      let version = before.version + 1
      for statement in WorkshopRepository.save(
        after, of: locked.id, version: version, by: .init(command.caller), at: command.at)
      { tx.enqueue(statement) }
      var station = locked
      station.profile.show(after)
      if station != locked {
        station = station.revised(by: command.caller, at: command.at)
        for statement in StationRepository.save(station, over: locked) { tx.enqueue(statement) }
      }
      tx.record(
        Change(
          type: "station.workshopChanged", resource: .station, id: locked.id.uuid, number: locked.code,
          version: station.version, station: locked.id, changes: after.changes(from: before.workshop)), by: command)
      return StationWorkshop(
        stationID: locked.id, stationCode: before.stationCode, workshop: after, version: version)
    }
  }

  private func read(
    _ station: Reference<Station>, in scope: Scope, through door: some QueryDoor
  ) async throws -> StationWorkshop {
    let (found, hours, days, bays) = try await door.run(
      WorkshopRepository.header(station, in: scope), WorkshopRepository.hours(station, in: scope),
      WorkshopRepository.specialDays(station, in: scope), WorkshopRepository.bays(station, in: scope))
    guard let header = found else { throw Refusal.notFound }
    return StationWorkshop(
      stationID: header.stationID, stationCode: header.stationCode,
      workshop: Workshop(
        slotMinutes: header.slotMinutes, graceMinutes: header.graceMinutes, skills: header.skills, hours: hours,
        specialDays: days, bays: bays),
      version: header.version)
  }
}
