package import Domain
package import Repositories

/// The parts catalogue (PRT-01, PRT-15): written by headquarters, read by all.
package struct PartService: RecordService {
  package typealias Document = Part
  package typealias Filter = PartFilter
  package typealias Store = PartRepository

  package static let reading = Permission.partsRead
  package static let writing = Permission.partsWrite
  package let work: UnitOfWork

  package init(_ work: UnitOfWork) { self.work = work }

  package static func natural(_ draft: PartDraft) -> NaturalKey? { NaturalKey("number", draft.number) }

  package func make<Output>(
    _ draft: PartDraft, _ command: Command<Output>, in tx: Transaction
  ) async throws -> Part {
    try draft.validate()
    return Part(
      id: .new(at: command.at), number: draft.number, content: draft.content, externalIDs: draft.externalIDs,
      version: 1, stamp: RecordStamp(by: command.caller, at: command.at))
  }

  // MARK: Supersessions

  /// What stands for the part on a day, and what it stands for itself.
  package func chain(
    of reference: Reference<Part>, on day: CalendarDate, _ caller: Caller
  ) async throws -> SupersessionChain {
    let part = try await get(reference, caller)
    return SupersessionChain(
      of: part.id, number: part.number, on: day,
      among: try await work.database.read(caller, SupersessionRepository.around(part.id)))
  }

  /// From a day on the part is delivered as another one.
  /// - Throws: `Refusal.conflict` with `supersession-cycle` when the chain would come back to itself on any day.
  package func supersede(
    _ reference: Reference<Part>, _ draft: SupersessionDraft, _ command: Command<Supersession>
  ) async throws -> Answer {
    try await work.perform(command, .partsWrite) { tx in
      guard let part = try await tx.run(PartRepository.find(reference, in: command.caller.scope)) else {
        throw Refusal.notFound
      }
      guard let successor = try await tx.run(PartRepository.find(draft.successor, in: command.caller.scope)) else {
        throw Refusal.invalid("#/successorId", .notFound, "there is no such part")
      }
      if successor.id == part.id {
        throw Refusal.invalid("#/successorId", .inconsistent, "a part does not supersede itself")
      }
      let step = Supersession(
        id: .new(at: command.at), partID: part.id, partNumber: part.number, successorID: successor.id,
        successorNumber: successor.number, effectiveOn: draft.effectiveOn, interchangeable: draft.interchangeable,
        reason: draft.reason, createdAt: command.at, createdBy: RecordStamp.Author(command.caller))
      tx.enqueue(SupersessionRepository.insert(step)) { _ in }
      tx.record(
        part.event(
          "part.superseded", reason: draft.reason,
          data: [
            "successorId": .text(successor.id.description), "successorNumber": .text(successor.number),
            "effectiveOn": .text(draft.effectiveOn.description),
          ]), by: command)
      return step
    }
  }

  // MARK: Where it lies

  /// Where the part, or one that may be fitted for it, lies free in the whole network, the nearest first (PRT-06, PO-08).
  ///
  /// - Parameter station: near which; `nil`: the only one of the caller, if he has one.
  package func availability(
    of reference: Reference<Part>, near station: Station.ID?, at instant: Timestamp, _ caller: Caller
  ) async throws -> [PartAvailability] {
    try caller.require(.stockRead)
    let scope = caller.scope
    guard let part = try await work.database.read(caller, PartRepository.find(reference, in: scope)) else {
      throw Refusal.notFound
    }
    let steps = try await work.database.read(caller, SupersessionRepository.around(part.id))
    let chain = SupersessionChain(
      of: part.id, number: part.number, on: CalendarDate(inChina: caller.asOf ?? instant), among: steps)
    let named = station.flatMap { scope.covers($0) ? $0 : nil }
    let own = scope.stations.flatMap { $0.count == 1 ? $0[0] : nil }
    return try await work.database.read(
      caller.beyondScope(), PartAvailabilityRepository.places(of: chain.fitting(part.id), near: named ?? own))
  }

  // MARK: Where used

  /// Where the part, or one that it stands for, is fitted on a day.
  package func uses(
    of reference: Reference<Part>, on day: CalendarDate, _ caller: Caller
  ) async throws -> [PartUse] {
    try caller.require(.sbomsRead)
    let chain = try await chain(of: reference, on: day, caller)
    let part = try await get(reference, caller)
    return try await work.database.read(
      caller, SbomRepository.uses(of: [part.id] + chain.predecessors.map(\.partID), on: day))
  }
}

extension Transaction {
  /// The numbers of parts that a body names.
  /// - Throws: `Refusal.invalid` with every part that is not there.
  func partNumbers(_ parts: [Part.ID], at pointer: (Int) -> String) async throws -> [Part.ID: String] {
    let found = try await run(PartRepository.numbers(of: parts))
    let numbers = Dictionary(found.map { ($0.id, $0.number) }, uniquingKeysWith: { first, _ in first })
    let missing = parts.enumerated().filter { numbers[$0.element] == nil }.map { place, _ in
      Violation(pointer: pointer(place), code: .notFound, detail: "there is no such part")
    }
    if !missing.isEmpty { throw Refusal.invalid(missing) }
    return numbers
  }
}
