package import Domain
import Repositories

/// Drafts of parts orders, for whichever service has an occasion: the counter, or a work order that waits for parts.
package enum PartsOrderBook {
  /// What a work order waits for (PO-09).
  package struct Demand: Sendable {
    /// `urgent` or `vor`.
    package let kind: PartsOrder.Kind
    package let lines: [PartsOrderDraft.Line]
    /// The order that is to bring them already; `nil`: one that names the work order, or a new one.
    package let orderID: PartsOrder.ID?

    package init(kind: PartsOrder.Kind, lines: [PartsOrderDraft.Line], orderID: PartsOrder.ID?) {
      self.kind = kind
      self.lines = lines
      self.orderID = orderID
    }
  }

  /// A new order, priced as of today.
  static func draft<Output>(
    _ header: PartsOrderHeader, _ drafts: [PartsOrderDraft.Line], at station: Station, waiting: WorkOrder?,
    _ command: Command<Output>, in tx: Transaction
  ) async throws -> PartsOrder {
    var order = PartsOrder(
      id: .new(at: command.at), number: try await tx.number(.partsOrder, at: station.id, on: command.at),
      stationID: station.id, currency: station.profile.currency, state: .draft, version: 1,
      stamp: RecordStamp(by: command.caller, at: command.at), header: header,
      lines: try await lines(drafts, command, in: tx), progress: PartsOrderProgress())
    if let person = command.caller.subject.id { order.progress.authors = [person] }
    if header.kind == .vor { order.progress.downtimeSince = waiting?.stamp.createdAt }
    order.price(try await prices(of: order, command, in: tx))
    return order
  }

  /// Lines with what the catalogue says of their parts, numbered from 1; a part stands on one of them.
  ///
  /// - Throws: `Refusal.invalid` with all parts that are not in the catalogue or named twice.
  static func lines<Output>(
    _ drafts: [PartsOrderDraft.Line], _ command: Command<Output>, in tx: Transaction
  ) async throws -> [PartsOrderLine] {
    if drafts.isEmpty { return [] }
    let known = Dictionary(
      try await tx.run(PartsOrderRepository.parts(numbered: drafts.map(\.partNumber))).map { ($0.number, $0) },
      uniquingKeysWith: { first, _ in first })
    var lines: [PartsOrderLine] = []
    var violations: [Violation] = []
    for (place, draft) in drafts.enumerated() {
      let pointer = "#/lines/\(place)/partNumber"
      guard let part = known[draft.partNumber] else {
        violations.append(Violation(pointer: pointer, code: .notFound, detail: "there is no such part"))
        continue
      }
      if lines.contains(where: { $0.partID == part.id }) {
        violations.append(Violation(pointer: pointer, code: .notUnique, detail: "stands on another line already"))
        continue
      }
      lines.append(
        PartsOrderLine(
          number: place + 1, partID: part.id, partNumber: part.number, description: part.name,
          quantity: draft.quantity, unitPrice: nil))
    }
    if !violations.isEmpty { throw Refusal.invalid(violations) }
    return lines
  }

  /// The approved prices of the day, in the currency of the order (PO-12).
  static func prices<Output>(
    of order: PartsOrder, _ command: Command<Output>, in tx: Transaction
  ) async throws -> [Part.ID: Money] {
    if order.lines.isEmpty { return [:] }
    let found = try await PriceBook.prices(
      of: order.lines.map(\.partID), on: CalendarDate(inChina: command.at), in: tx)
    return found.compactMapValues { $0.price.currency == order.currency ? $0.price : nil }
  }

  /// What a work order that begins to wait for parts does about them: the order that was named, else one that names it already,
  /// else a new draft of what of it stands in the catalogue (PO-09).
  ///
  /// - Returns: the numbers of the orders that are to bring the parts; none when nothing of it can be ordered here.
  static func await<Output>(
    _ demand: Demand, for waiting: WorkOrder, _ command: Command<Output>, in tx: Transaction
  ) async throws -> [PartsOrder] {
    let scope = command.caller.scope
    if let id = demand.orderID {
      let reference = Reference<PartsOrder>.id(id)
      let found = try await PartsOrderRepository.whole(
        PartsOrderRepository.lock(reference, in: scope), reference, in: scope, through: tx)
      guard let order = found, order.stationID == waiting.stationID, !PartsOrderLifecycle.ended.contains(order.state)
      else {
        throw Refusal.invalid("#/partsOrderId", .notFound, "there is no such open order at this station")
      }
      if order.header.workOrderID == waiting.id { return [order] }
      return [try link(order, to: waiting, command, in: tx)]
    }
    let open = try await tx.run(PartsOrderRepository.open(of: waiting.id, in: scope))
    if !open.isEmpty { return open }
    let known = Set(
      try await tx.run(PartsOrderRepository.parts(numbered: demand.lines.map(\.partNumber))).map(\.number))
    let lines = demand.lines.filter { known.contains($0.partNumber) }
    guard !lines.isEmpty, let station = try await tx.run(StationRepository.find(.id(waiting.stationID), in: scope))
    else {
      return []
    }
    let header = PartsOrderHeader(
      kind: demand.kind, workOrderID: waiting.id, vehicleID: waiting.header.vehicleID)
    let order = try await draft(header, lines, at: station, waiting: waiting, command, in: tx)
    for statement in PartsOrderRepository.save(order, over: nil) { tx.enqueue(statement) }
    tx.record(Effects(["partsOrder.drafted"], data: order.told).events(of: order, from: nil), by: command)
    return [order]
  }

  private static func link<Output>(
    _ order: PartsOrder, to waiting: WorkOrder, _ command: Command<Output>, in tx: Transaction
  ) throws -> PartsOrder {
    guard order.header.workOrderID == nil, [.urgent, .transfer].contains(order.header.kind) else {
      throw Refusal.invalid(
        "#/partsOrderId", .inconsistent, "is not an order that a work order can wait for, or another one does")
    }
    var linked = order
    linked.header.workOrderID = waiting.id
    linked.header.vehicleID = waiting.header.vehicleID
    linked = linked.revised(by: command.caller, at: command.at)
    for statement in PartsOrderRepository.save(linked, over: order) { tx.enqueue(statement) }
    tx.record(Effects(["partsOrder.linked"], data: linked.told).events(of: linked, from: order), by: command)
    return linked
  }
}
