package import Domain
package import FoundationEssentials
package import Repositories

/// Claims for parts that did not arrive, or not as they should (SM-9, PCL-01…05).
package struct PartsClaimService: LifecycleService {
  package typealias Document = PartsClaim
  package typealias Filter = PartsClaimFilter
  package typealias Store = PartsClaimRepository

  package static let reading = Permission.partsClaimsRead
  package static let noting = Permission.partsClaimsNote
  package let work: UnitOfWork
  private let orders: PartsOrderService
  private var clocks: ClockBook { orders.clocks }

  package init(_ work: UnitOfWork, orders: PartsOrderService) {
    self.work = work
    self.orders = orders
  }

  /// From a line of a shipment that was received (PCL-03).
  package func create(_ draft: PartsClaimDraft, _ command: Command<PartsClaim>) async throws -> Answer {
    try await work.perform(command, .partsClaimsWrite) { tx in
      let scope = command.caller.scope
      let named = Reference<Shipment>.id(draft.shipmentID)
      guard let seen = try await tx.run(ShipmentRepository.find(named, in: scope)) else {
        throw Refusal.invalid("#/shipmentId", .notFound, "there is no such shipment")
      }
      let before = try await lockOrder(seen.orderID, command, in: tx)
      guard let shipment = try await tx.run(ShipmentRepository.find(named, in: scope)) else { throw Refusal.notFound }
      var order = before
      let claim = try await PartsClaimBook(clocks).draft(draft, of: shipment, on: &order, command, in: tx)
      save(order, over: before, Effects(["partsOrder.claimed"], data: ["claim": .text(claim.number)]), command, in: tx)
      return insert(claim, Effects(["partsClaim.drafted"], data: claim.told), command, in: tx)
    }
  }

  /// Corrects a draft. A patch that changes nothing keeps the version and writes no event (C-17).
  package func update(
    _ reference: Reference<PartsClaim>, _ command: Command<PartsClaim>,
    _ header: @Sendable (PartsClaimHeader) throws -> PartsClaimHeader
  ) async throws -> Answer {
    try await change(reference, .partsClaimsWrite, "partsClaim.updated", command) { claim, tx in
      let former = claim.header
      let rewritten = try header(former)
      if rewritten == former { return }
      try claim.rewrite(rewritten)
      if rewritten.quantity != former.quantity {
        let before = try await lockOrder(claim.subject.orderID, command, in: tx)
        var order = before
        order.unclaim(claim.subject.kind, former.quantity, of: claim.subject.line)
        try order.claim(claim.subject.kind, rewritten.quantity, of: claim.subject.line)
        save(
          order, over: before, Effects(["partsOrder.claimed"], data: ["claim": .text(claim.number)]), command, in: tx)
      }
    }
  }

  /// Within the window after the receipt (PCL-03, D-18).
  package func submit(
    _ reference: Reference<PartsClaim>, note: String?, _ command: Command<PartsClaim>
  ) async throws -> Answer {
    try await act(reference, .submit, reason: note, command) { claim, tx in
      let row = try claim.submit(at: command.at, by: command.caller.subject)
      try await clocks.meet(
        [.partsClaimWindow], of: ClockSubject(.shipment, claim.subject.shipmentID.uuid, number: nil), command, in: tx)
      return row
    }
  }

  /// Ends a claim that the station does not stand by; its pieces may be claimed for again (SM-9).
  package func withdraw(
    _ reference: Reference<PartsClaim>, reason: String, _ command: Command<PartsClaim>
  ) async throws -> Answer {
    try await act(reference, .withdraw, reason: reason, command) { claim, tx in
      let row = try claim.take(.withdraw, by: command.caller.subject)
      let before = try await lockOrder(claim.subject.orderID, command, in: tx)
      var order = before
      order.unclaim(claim.subject.kind, claim.header.quantity, of: claim.subject.line)
      save(
        order, over: before, Effects(["partsOrder.unclaimed"], data: ["claim": .text(claim.number)]), command, in: tx)
      return row
    }
  }

  // MARK: Decisions (PCL-04)

  package struct Ruling: Sendable {
    /// `nil`: all that is claimed for.
    package let quantity: Int?
    /// `nil`: what the pieces cost, with the surcharge of the order.
    package let amount: Money?
    package let returnsParts: Bool
    package let reason: String?

    package init(quantity: Int?, amount: Money? = nil, returnsParts: Bool, reason: String?) {
      self.quantity = quantity
      self.amount = amount
      self.returnsParts = returnsParts
      self.reason = reason
    }
  }

  /// A further line of the order, free of charge (PO-07).
  package func approveReplenishment(
    _ reference: Reference<PartsClaim>, _ ruling: Ruling, _ command: Command<PartsClaim>
  ) async throws -> Answer {
    try await perform(reference, .approveReplenishment, command) { claim, tx in
      _ = try PartsClaimLifecycle.table.permit(.approveReplenishment, on: claim, by: command.caller.subject)
      let quantity = ruling.quantity ?? claim.header.quantity
      let before = try await lockOrder(claim.subject.orderID, command, in: tx)
      var order = before
      let line = try order.replenish(quantity, of: claim.subject.line)
      let row = try claim.decide(
        .approveReplenishment, ruling.decision(quantity, amount: nil, line: line, command), by: command.caller.subject)
      save(
        order, over: before,
        Effects(
          ["partsOrder.replenished"], data: ["claim": .text(claim.number), "line": .integer(Int64(line))]), command,
        in: tx)
      try await orders.expect(order, over: before, command, in: tx)
      return Effects(row, reason: ruling.reason, data: ["line": .integer(Int64(line))])
    }
  }

  /// Credited to the station at once: the next settlement takes it in (SET-12).
  package func approveCompensation(
    _ reference: Reference<PartsClaim>, _ ruling: Ruling, _ command: Command<PartsClaim>
  ) async throws -> Answer {
    try await perform(reference, .approveCompensation, command) { claim, tx in
      _ = try PartsClaimLifecycle.table.permit(.approveCompensation, on: claim, by: command.caller.subject)
      let quantity = ruling.quantity ?? claim.header.quantity
      let named = Reference<PartsOrder>.id(claim.subject.orderID)
      guard let order = try await tx.run(PartsOrderRepository.find(named, in: command.caller.scope)) else {
        throw Refusal.notFound
      }
      let goods = claim.subject.unitPrice.times(quantity)
      let worth = goods.plus(goods.percent(order.progress.surchargePercent))
      let amount = ruling.amount ?? worth
      if amount.minor <= 0 || amount.minor > worth.minor {
        throw Refusal.invalid("#/amount", .outOfRange, "must be more than zero and at most \(worth)")
      }
      let row = try claim.decide(
        .approveCompensation, ruling.decision(quantity, amount: amount, line: nil, command), by: command.caller.subject)
      try await orders.payables.record(
        [
          PayableItem.Draft(
            at: claim.stationID, .partsCompensation, source: LedgerEntry.Source(claim), line: claim.subject.line,
            "\(claim.subject.orderNumber) \(claim.subject.partNumber)", amount, on: CalendarDate(inChina: command.at))
        ], command, in: tx)
      return Effects(row, reason: ruling.reason, data: ["amount": .text(amount.description)])
    }
  }

  package func reject(
    _ reference: Reference<PartsClaim>, reason: String, _ command: Command<PartsClaim>
  ) async throws -> Answer {
    try await act(reference, .reject, reason: reason, command) { claim, tx in
      let ruling = Ruling(quantity: 0, returnsParts: false, reason: reason)
      let row = try claim.decide(
        .reject, ruling.decision(0, amount: nil, line: nil, command), by: command.caller.subject)
      try await finish(claim, command, in: tx)
      return row
    }
  }

  // MARK: The end

  /// The replacement has arrived, or the credit stands on the account.
  package func settle(
    _ reference: Reference<PartsClaim>, note: String?, _ command: Command<PartsClaim>
  ) async throws -> Answer {
    try await act(reference, .settle, reason: note, command) { claim, tx in
      var hasArrived = true
      if let replacement = claim.progress.decision?.replacementLine {
        let named = Reference<PartsOrder>.id(claim.subject.orderID)
        let order = try await tx.run(PartsOrderRepository.find(named, in: command.caller.scope))
        hasArrived = order?.line(replacement).map { $0.outstanding + $0.inTransit == 0 } ?? false
      }
      return try claim.settle(hasArrived: hasArrived, at: command.at, by: command.caller.subject)
    }
  }

  package struct Demand: Sendable {
    package let party: PartsClaimProgress.Recovery.Party
    /// `nil`: the carrier of the shipment.
    package let partyID: UUID?
    /// `nil`: what the pieces cost.
    package let amount: Money?
    package let reason: String

    package init(party: PartsClaimProgress.Recovery.Party, partyID: UUID?, amount: Money?, reason: String) {
      self.party = party
      self.partyID = partyID
      self.amount = amount
      self.reason = reason
    }
  }

  /// Whoever is liable owes it (PCL-05, SET-12).
  package func recover(
    _ reference: Reference<PartsClaim>, _ demand: Demand, _ command: Command<PartsClaim>
  ) async throws -> Answer {
    try await act(reference, .recover, reason: demand.reason, command) { claim, tx in
      _ = try PartsClaimLifecycle.table.permit(.recover, on: claim, by: command.caller.subject)
      let quantity = claim.progress.decision?.quantity ?? claim.header.quantity
      let most = claim.progress.decision?.amount ?? claim.subject.unitPrice.times(quantity)
      let amount = demand.amount ?? most
      if amount.currency != most.currency {
        throw Refusal.invalid("#/amount/currency", .inconsistent, "must be \(most.currency.rawValue)")
      }
      // Nobody owes more than what it cost.
      if amount.minor > most.minor {
        throw Refusal.invalid("#/amount", .outOfRange, "must be at most \(most.amount), what it cost")
      }
      if amount.minor <= 0 { throw Refusal.invalid("#/amount", .outOfRange, "must be more than zero") }
      let (party, code) = try await liable(demand, for: claim, command, in: tx)
      let row = try claim.recover(
        PartsClaimProgress.Recovery(
          party: demand.party, partyID: party, amount: amount, reason: demand.reason, by: command.caller.name,
          at: command.at), by: command.caller.subject)
      try await orders.ledger.post(
        LedgerEntry.Draft(
          .supplierRecovery, at: nil, on: CalendarDate(inChina: command.at), "\(claim.number) \(code)",
          source: LedgerEntry.Source(claim),
          postings: [.debit(.supplier(party, code: code), amount), .credit(.maker(.recoveryIncome), amount)]),
        command, in: tx)
      return row
    }
  }

  private func liable<Output>(
    _ demand: Demand, for claim: PartsClaim, _ command: Command<Output>, in tx: Transaction
  ) async throws -> (id: UUID, code: String) {
    let scope = command.caller.scope
    switch demand.party {
    case .carrier:
      let shipment = try await tx.run(ShipmentRepository.find(.id(claim.subject.shipmentID), in: scope))
      guard let id = demand.partyID.map({ Carrier.ID($0) }) ?? shipment?.header.carrierID else {
        throw Refusal.invalid("#/partyId", .required, "is required: no carrier had the shipment")
      }
      guard let carrier = try await tx.run(CarrierRepository.find(.id(id), in: scope)) else {
        throw Refusal.invalid("#/partyId", .notFound, "there is no such carrier")
      }
      return (carrier.id.uuid, "CARRIER-\(carrier.code)")
    case .supplier:
      guard let id = demand.partyID else { throw Refusal.invalid("#/partyId", .required, "is required for a supplier") }
      guard let code = try await tx.run(PartsOrderRepository.supplierCode(of: id)) else {
        throw Refusal.invalid("#/partyId", .notFound, "there is no such supplier")
      }
      return (id, code)
    }
  }

  package func close(
    _ reference: Reference<PartsClaim>, note: String?, _ command: Command<PartsClaim>
  ) async throws -> Answer {
    try await act(reference, .close, reason: note, command) { claim, tx in
      let row = try claim.close(at: command.at, by: command.caller.subject)
      try await finish(claim, command, in: tx)
      return row
    }
  }

  /// With its last claim an order that everything has arrived of is closed too (SM-8).
  private func finish<Output>(_ claim: PartsClaim, _ command: Command<Output>, in tx: Transaction) async throws {
    let before = try await lockOrder(claim.subject.orderID, command, in: tx)
    guard [.discrepancy, .received].contains(before.state),
      !before.lines.contains(where: { $0.hasUnclaimedDifference }),
      try await tx.run(PartsClaimRepository.pending(of: before.id, besides: claim.id)) == 0
    else { return }
    var order = before
    let row = try order.close(at: command.at, by: command.caller.subject)
    save(order, over: before, Effects(row, data: ["claim": .text(claim.number)]), command, in: tx)
  }

  // MARK: Inside

  private func lockOrder<Output>(
    _ id: PartsOrder.ID, _ command: Command<Output>, in tx: Transaction
  ) async throws -> PartsOrder {
    let (reference, scope) = (Reference<PartsOrder>.id(id), command.caller.scope)
    let found = try await PartsOrderRepository.whole(
      PartsOrderRepository.lock(reference, in: scope), reference, in: scope, through: tx)
    guard let order = found else { throw Refusal.notFound }
    return order
  }

  private func save<Output>(
    _ order: PartsOrder, over before: PartsOrder, _ effects: Effects, _ command: Command<Output>, in tx: Transaction
  ) {
    _ = orders.save(order, over: before, effects, command, in: tx)
  }
}

extension PartsClaimService.Ruling {
  func decision<Output>(
    _ quantity: Int, amount: Money?, line: Int?, _ command: Command<Output>
  ) -> PartsClaimProgress.Decision {
    PartsClaimProgress.Decision(
      quantity: quantity, amount: amount, replacementLine: line, returnsParts: returnsParts, reason: reason,
      by: command.caller.name, byID: command.caller.subject.id, at: command.at)
  }
}
