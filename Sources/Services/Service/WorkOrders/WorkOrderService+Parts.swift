package import Domain
import Repositories

/// Work orders that wait for parts (SM-3, PO-09).
extension WorkOrderService {
  /// Begins to wait: an order is to bring what is missing, one that is there already or a new draft.
  ///
  /// - Parameter kind: of a new one.
  package func awaitParts(
    _ reference: Reference<WorkOrder>, partNumbers: [String], kind: PartsOrder.Kind, partsOrderID: PartsOrder.ID?,
    reason: String?, _ command: Command<WorkOrder>
  ) async throws -> Answer {
    try await perform(reference, .awaitParts, command) { order, tx in
      let row = try order.take(.awaitParts, by: command.caller.subject)
      let plan = try await StockBook.plan(of: order, in: command.caller.scope, at: command.at, through: tx)
      // Not what is issued, held or there already; a part that is named is ordered all the same.
      let wanted =
        partNumbers.isEmpty ? plan.items.filter { $0.missing > 0 }.map(\.want.partNumber) : partNumbers
      var seen: Set<String> = []
      let lines = wanted.filter { seen.insert($0).inserted }.map { number in
        let item = plan.items.first { $0.want.partNumber == number }
        let quantity = item.map { $0.missing > 0 ? $0.missing : $0.want.quantity } ?? 1
        return PartsOrderDraft.Line(partNumber: number, quantity: max(1, quantity))
      }
      let orders = try await PartsOrderBook.await(
        PartsOrderBook.Demand(kind: kind, lines: lines, orderID: partsOrderID), for: order, command, in: tx)
      let data: [String: EventValue] = [
        "partNumbers": .list(wanted.map(EventValue.text)),
        "partsOrders": .list(orders.map { .text($0.number) }),
      ]
      var effects = Effects(row, reason: reason, data: data)
      effects["partsOrder.requested"] = data
      return effects
    }
  }

  /// What an order waited for is there. One that no longer waits is left alone.
  func partsArrived<Output>(
    _ id: WorkOrder.ID, with parts: PartsOrder, _ command: Command<Output>, in tx: Transaction
  ) async throws {
    let (reference, scope) = (Reference<WorkOrder>.id(id), command.caller.scope)
    let found = try await WorkOrderRepository.whole(
      WorkOrderRepository.lock(reference, in: scope), reference, in: scope, through: tx)
    guard var before = found, before.state == .awaitingParts else { return }
    Self.complete(&before)
    var order = before
    let row = try order.take(.partsArrived, by: command.caller.subject)
    _ = save(order, over: before, Effects(row, data: ["partsOrder": .text(parts.number)]), command, in: tx)
  }

  /// Holds back for the jobs of an order what has come for it, all of it or a part.
  func partsCame<Output>(for id: WorkOrder.ID, _ command: Command<Output>, in tx: Transaction) async throws {
    let (reference, scope) = (Reference<WorkOrder>.id(id), command.caller.scope)
    let found = try await WorkOrderRepository.whole(
      WorkOrderRepository.lock(reference, in: scope), reference, in: scope, through: tx)
    guard let order = found, !WorkOrderLifecycle.ended.contains(order.state) else { return }
    try await stock.holdArrived(for: order, command, in: tx)
  }

  /// What the jobs ask of the store, and how far it can give it (PRT-11).
  package func partsPlan(
    _ reference: Reference<WorkOrder>, _ caller: Caller, at instant: Timestamp
  ) async throws -> [PartsPlan.Item] {
    let order = try await whole(reference, caller)
    let door = ReadDoor(work.database, caller)
    return try await StockBook.plan(
      of: order, in: caller.scope, at: caller.asOf ?? instant, through: door
    ).items
  }
}
