package import Domain
import Repositories

/// Transfers as the station has them whose stock is asked for: it agrees and sends, or declines (PO-08, anchor 68).
package struct TransferRequestService: Sendable {
  package static let reading = Permission.partsOrdersRead
  private let orders: PartsOrderService
  private var database: Database { orders.work.database }

  package init(_ orders: PartsOrderService) { self.orders = orders }

  package static var sorts: [String] { PartsOrderRepository.sorts.keys.sorted() }
  /// What the list is narrowed by as all lists are.
  package static var window: Set<ListWindow.Field> { PartsOrderRepository.windowOfAsked.fields }

  // MARK: Reading

  /// - Parameter states: any of these; none asks for all that can be seen.
  package func list(
    _ states: [PartsOrder.State], _ page: PageRequest, _ caller: Caller
  ) async throws -> Page<TransferRequest> {
    try caller.require(Self.reading)
    let wanted = TransferRequest.visible.intersection(states.isEmpty ? PartsOrder.State.allCases : states)
    let found = try await database.read(
      caller.beyondScope(), PartsOrderRepository.asked(of: caller.scope, Array(wanted), page))
    return Page(
      items: found.items.compactMap { TransferRequest($0, for: caller) }, next: found.next, previous: found.previous,
      total: found.total, totalIsLowerBound: found.totalIsLowerBound)
  }

  package func get(_ reference: Reference<PartsOrder>, _ caller: Caller) async throws -> TransferRequest {
    try caller.require(Self.reading)
    let found = try await database.read(caller.beyondScope(), PartsOrderRepository.find(reference, in: .network))
    guard let order = found, let request = TransferRequest(order, for: caller) else { throw Refusal.notFound }
    return request
  }

  package func offers(_ reference: Reference<PartsOrder>, _ caller: Caller) async throws -> [ActionOffer] {
    try await get(reference, caller).offers(to: caller)
  }

  /// How far the order has come, and what the caller's station wrote and filed about it.
  package func history(
    _ reference: Reference<PartsOrder>, _ page: PageRequest, _ caller: Caller
  ) async throws -> Page<Event> {
    let request = try await get(reference, caller)
    let types = Array(TransferRequest.audible).sorted()
    return try await database.read(
      caller.beyondScope(), EventRepository.history(ofTransfer: request.order.id.uuid, types, page)
    ).map(TransferRequest.heard)
  }

  // MARK: Deciding

  /// Sets aside what lies free in the store; again, when what was missing has come in.
  package func agree(
    _ reference: Reference<PartsOrder>, note: String?, _ command: Command<TransferRequest>
  ) async throws -> Answer {
    try await decide(reference, command) { request, beyond, tx in
      var order = request.order
      let effects = try await orders.confirm(
        &order, .init(locationID: nil, expected: [:], note: note), beyond, in: tx)
      return (order, effects)
    }
  }

  package func decline(
    _ reference: Reference<PartsOrder>, reason: String, _ command: Command<TransferRequest>
  ) async throws -> Answer {
    try await decide(reference, command) { request, beyond, tx in
      var order = request.order
      let row = try order.reject(reason, by: command.caller.subject)
      try await orders.expect(order, over: request.order, beyond, in: tx)
      return (order, Effects(row, reason: reason))
    }
  }

  /// Sends all that is set aside: it leaves the store, and the station is credited for it.
  package func send(
    _ reference: Reference<PartsOrder>, note: String?, _ command: Command<TransferRequest>
  ) async throws -> Answer {
    try await decide(reference, command) { request, beyond, tx in
      if request.portions.isEmpty {
        throw Refusal.conflict(
          code: "nothing-set-aside", detail: "Nothing of the transfer is set aside; agree to it first.",
          .conflict(.partsOrder, request.order.id, request.order.number, state: request.order.state.rawValue))
      }
      var order = request.order
      let effects = try await orders.ship(
        &order,
        .init(
          portions: request.portions, carrierID: nil, trackingNumber: nil, packages: [], expectedAt: nil, note: note),
        seenBy: command.caller.scope, beyond, in: tx)
      return (order, effects)
    }
  }

  /// What the other station's order becomes, in one transaction with the sight of both.
  private func decide(
    _ reference: Reference<PartsOrder>, _ command: Command<TransferRequest>,
    _ body: (TransferRequest, Command<TransferRequest>, Transaction) async throws -> (PartsOrder, Effects)
  ) async throws -> Answer {
    try await orders.work.perform(command, .partsOrdersAgree) { tx in
      let beyond = command.beyondScope
      return try await tx.within(.network, of: command.caller) {
        let found = try await PartsOrderRepository.whole(
          PartsOrderRepository.lock(reference, in: .network), reference, in: .network, through: tx)
        guard let before = found, let request = TransferRequest(before, for: command.caller) else {
          throw Refusal.notFound
        }
        try command.precondition?.require(before.version)
        let (order, effects) = try await body(request, beyond, tx)
        let saved = orders.save(order, over: before, effects, beyond, in: tx)
        guard let decided = TransferRequest(saved, for: command.caller) else { throw Refusal.notFound }
        return decided
      }
    }
  }
}
