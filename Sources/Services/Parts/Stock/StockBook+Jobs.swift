import Domain
import Repositories

/// What the jobs of work orders plan, hold and take (PRT-11, PO-09).
extension StockBook {
  /// How the store of the order's station stands towards its jobs; without a store everything is missing.
  static func plan<Door: QueryDoor>(
    of order: WorkOrder, in scope: Scope, at instant: Timestamp, through door: Door
  ) async throws -> PartsPlan {
    let wants = order.wantedParts
    guard let supply = try await supply(wants, of: order, in: scope, at: instant, through: door) else {
      return PartsPlan(wants, PartsPlan.Supply(fits: [:]))
    }
    return PartsPlan(wants, supply)
  }

  /// Holds back what changed jobs ask for and gives back what they ask for no more. What is not there stays missing: nothing is
  /// refused for it. What somebody held for the order by hand beyond its jobs stays held.
  func plan<Output>(
    _ order: WorkOrder, over before: WorkOrder?, _ command: Command<Output>, in tx: Transaction
  ) async throws {
    let (wants, former) = (order.wantedParts, before?.wantedParts ?? [])
    if wants == former { return }
    let all = wants + former.filter { known in !wants.contains { $0.partNumber == known.partNumber } }
    guard
      var supply = try await Self.supply(all, of: order, in: command.caller.scope, at: command.at, through: tx)
    else { return }
    let surplus = PartsPlan(former, supply).surplus
    for (part, quantity) in PartsPlan(wants, supply).surplus.sorted(by: { $0.key.description < $1.key.description }) {
      let needless = quantity - (surplus[part] ?? 0)
      guard needless > 0 else { continue }
      try await release(needless, of: part, for: order, command, in: tx)
      supply.held[part, default: 0] -= needless
    }
    try await hold(wants, supply, for: order, command, in: tx)
  }

  /// Holds back what the jobs still ask for and has come meanwhile.
  func holdArrived<Output>(for order: WorkOrder, _ command: Command<Output>, in tx: Transaction) async throws {
    let wants = order.wantedParts
    guard
      let supply = try await Self.supply(wants, of: order, in: command.caller.scope, at: command.at, through: tx)
    else { return }
    try await hold(wants, supply, for: order, command, in: tx)
  }

  /// Gives back all that is held for an order that will not take it any more.
  func releaseAll<Output>(
    for order: WorkOrder, reason: String, _ command: Command<Output>, in tx: Transaction
  ) async throws {
    for before in try await tx.run(ReservationRepository.lockHeld(for: order.id.uuid, in: command.caller.scope)) {
      try end(before, reason: reason, command, in: tx)
    }
  }

  /// Gives back all that is held for an appointment to which nobody comes any more (APT-11).
  func releaseAll<Output>(
    for appointment: Appointment, reason: String, _ command: Command<Output>, in tx: Transaction
  ) async throws {
    for before in try await tx.run(
      ReservationRepository.lockHeld(forAppointment: appointment.id, in: command.caller.scope))
    {
      try end(before, reason: reason, command, in: tx)
    }
  }

  /// - Throws: `Refusal.conflict` with `parts-not-issued` while parts of the jobs are held and neither issued nor given back.
  func requireNothingHeld<Output>(
    for order: WorkOrder, _ command: Command<Output>, in tx: Transaction
  ) async throws {
    let held = try await tx.run(ReservationRepository.held(for: order.id.uuid, in: command.caller.scope))
    if held.isEmpty { return }
    let parts = held.map { "\($0.outstanding) × \($0.partNumber) (\($0.number))" }.joined(separator: ", ")
    throw Refusal.conflict(
      code: "parts-not-issued",
      detail: "Held for the order and not issued: \(parts). Issue what was fitted, release what was not needed.",
      .conflicts(held.map { .init(.reservation, $0.id.uuid, $0.number, state: $0.state.rawValue) }))
  }

  /// - Throws: `part-not-planned`, `more-than-planned`, `item-not-approved`.
  func requirePlanned<Output>(
    _ part: Part.ID, _ quantity: Int, on line: Int, of order: WorkOrder, _ command: Command<Output>, in tx: Transaction
  ) async throws {
    let numbers = order.lines.filter { $0.number == line }.flatMap(\.parts).map(\.partNumber)
    let fits = try await Self.fits(numbers, at: command.at, through: tx)
    let issued = try await tx.run(StockMovementRepository.issued(to: order.id.uuid))
    try order.requirePlanned(
      part, quantity, on: line, fits: fits, issued: Self.sum(of: issued.filter { $0.line == line }))
  }

  // MARK: Inside

  /// - Returns: `nil` when nothing of it is in the catalogue or the station keeps no stock.
  private static func supply<Door: QueryDoor>(
    _ wants: [PartsPlan.Want], of order: WorkOrder, in scope: Scope, at instant: Timestamp, through door: Door
  ) async throws -> PartsPlan.Supply? {
    let fits = try await fits(wants.map(\.partNumber), at: instant, through: door)
    if fits.isEmpty { return nil }
    let parts = Array(Set(fits.values.joined())).sorted { $0.description < $1.description }
    let (levels, held, issued) = try await door.run(
      StockLevelRepository.kept(parts, at: order.stationID, in: scope),
      ReservationRepository.held(for: order.id.uuid, in: scope), StockMovementRepository.issued(to: order.id.uuid))
    return PartsPlan.Supply(
      fits: fits, issued: sum(of: issued),
      held: Dictionary(held.map { ($0.partID, $0.outstanding) }, uniquingKeysWith: +),
      free: Dictionary(levels.map { ($0.partID, $0.available) }, uniquingKeysWith: +))
  }

  /// What was issued of each part, over the lines.
  private static func sum(of issued: [(part: Part.ID, line: Int, quantity: Int)]) -> [Part.ID: Int] {
    Dictionary(issued.map { ($0.part, $0.quantity) }, uniquingKeysWith: +)
  }

  /// What may be fitted today for the numbers that are in the catalogue.
  static func fits<Door: QueryDoor>(
    _ numbers: [String], at instant: Timestamp, through door: Door
  ) async throws -> [String: [Part.ID]] {
    if numbers.isEmpty { return [:] }
    let known = try await door.run(PartsOrderRepository.parts(numbered: Array(Set(numbers)).sorted()))
    if known.isEmpty { return [:] }
    let steps = try await door.run(SupersessionRepository.around(known.map(\.id)))
    let today = CalendarDate(inChina: instant)
    var fits: [String: [Part.ID]] = [:]
    for part in known {
      let chain = SupersessionChain(of: part.id, number: part.number, on: today, among: steps)
      fits[part.number] = chain.fitting(part.id)
    }
    return fits
  }

  /// Holds back what is free. The counter comes before the levels and the levels in one order, so that two orders that want the
  /// same parts do not wait for each other; what is free is read again behind the locks.
  private func hold<Output>(
    _ wants: [PartsPlan.Want], _ seen: PartsPlan.Supply, for order: WorkOrder, _ command: Command<Output>,
    in tx: Transaction
  ) async throws {
    if PartsPlan(wants, seen).takes.isEmpty { return }
    guard let store = try await store(of: order.stationID, command, in: tx) else { return }
    let parts = seen.free.filter { $0.value > 0 }.map(\.key).sorted { $0.description < $1.description }
    tx.enqueue(DocumentNumberRepository.hold(.reservation, station: order.stationID))
    tx.enqueue(StockLevelRepository.lock(parts.map { (store.id, $0) }, at: command.at))
    let levels = try await tx.run(
      StockLevelRepository.kept(parts, at: order.stationID, in: command.caller.scope))
    var supply = seen
    supply.free = Dictionary(levels.map { ($0.partID, $0.available) }, uniquingKeysWith: +)
    let numbers = Dictionary(levels.map { ($0.partID, $0.partNumber) }, uniquingKeysWith: { first, _ in first })
    for (part, quantity) in PartsPlan(wants, supply).takes.sorted(by: { $0.key.description < $1.key.description }) {
      _ = try await reserve(
        ReservationDraft(locationID: store.id, partID: part, quantity: quantity, purpose: .workOrder(order.id)),
        from: store, partNumber: numbers[part] ?? "", command, in: tx)
    }
  }

  /// Gives back so many pieces, of what runs out last first. A reservation never shrinks: it ends, and what is still needed of it
  /// is held anew.
  private func release<Output>(
    _ needless: Int, of part: Part.ID, for order: WorkOrder, _ command: Command<Output>, in tx: Transaction
  ) async throws {
    guard let store = try await store(of: order.stationID, command, in: tx) else { return }
    tx.enqueue(DocumentNumberRepository.hold(.reservation, station: order.stationID))
    let held = try await tx.run(ReservationRepository.lockHeld(for: order.id.uuid, in: command.caller.scope))
      .filter { $0.partID == part }
      .sorted { ($0.expiresAt, $0.id.description) > ($1.expiresAt, $1.id.description) }
    var rest = needless
    for before in held where rest > 0 {
      let kept = before.outstanding - min(rest, before.outstanding)
      rest -= before.outstanding - kept
      try end(before, reason: "no longer planned", command, in: tx)
      guard kept > 0 else { continue }
      _ = try await reserve(
        ReservationDraft(
          locationID: store.id, partID: part, quantity: kept, purpose: before.purpose, expiresAt: before.expiresAt),
        from: store, partNumber: before.partNumber, command, in: tx)
    }
  }
}
