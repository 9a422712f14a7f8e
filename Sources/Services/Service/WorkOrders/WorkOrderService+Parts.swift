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
      let wanted = partNumbers.isEmpty ? order.lines.flatMap(\.parts).map(\.partNumber) : partNumbers
      var seen: Set<String> = []
      let lines = wanted.filter { seen.insert($0).inserted }.map { number in
        PartsOrderDraft.Line(partNumber: number, quantity: max(1, order.pieces(of: number)))
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
}

extension WorkOrder {
  /// How many of a part its jobs ask for.
  fileprivate func pieces(of partNumber: String) -> Int {
    lines.filter { $0.decision != .refused }.flatMap(\.parts).filter { $0.partNumber == partNumber }
      .reduce(0) { $0 + $1.quantity }
  }
}
