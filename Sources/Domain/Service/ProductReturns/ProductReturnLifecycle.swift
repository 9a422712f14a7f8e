/// The transition table of returns and exchanges (SM-12). Services execute it, `GET …/actions` publishes it, tests enumerate it.
package enum ProductReturnLifecycle {
  package static let table = Lifecycle<ProductReturn>([
    Transition(
      .returnToFactory, from: [.verified], to: .returned, .productReturnsReturnToFactory, guards: [isOEMSupply],
      effects: ["productReturn.returned"], basis: "FLD-02, FLD-06, FLD-18"),
    Transition(
      .schedule, from: [.returned], to: .scheduled, .productReturnsSchedule, effects: ["productReturn.scheduled"],
      basis: "FLD-06, FLD-11, FLD-12"),
    Transition(
      .schedule, from: [.returned], to: .scheduledPaid, .productReturnsSchedule,
      outcome: ProductReturn.Cause.user.rawValue, effects: ["productReturn.scheduledPaid"], basis: "FLD-12"),
    Transition(
      .repair, from: [.scheduled, .scheduledPaid], to: .repaired, .productReturnsRepair,
      effects: ["productReturn.repaired"], basis: "FLD-07"),
    Transition(
      .sendBack, from: [.repaired], to: .sentBack, .productReturnsSendBack, effects: ["productReturn.sentBack"],
      basis: "FLD-07"),
    Transition(
      .scrap, from: [.returned], to: .scrapped, .productReturnsScrap, effects: ["productReturn.scrapped"],
      basis: "FLD-14"),
    Transition(
      .approveExchange, from: [.verified], to: .exchanging, .productReturnsApproveExchange,
      guards: [approverDidNotVerify], effects: ["productReturn.exchangeApproved"], basis: "FLD-08, FLD-09, SEC-10"),
    Transition(
      .exchange, from: [.exchanging], to: .exchanged, .productReturnsExchange, effects: ["productReturn.exchanged"],
      basis: "FLD-09, FLD-10"),
    Transition(
      .cancel, from: [.verified], to: .cancelled, .productReturnsCancel, effects: ["productReturn.cancelled"],
      basis: "SM-12"),
  ])

  /// Nothing more can happen but the reading of it.
  package static let ended: Set<ProductReturn.State> = [.sentBack, .scrapped, .exchanged, .cancelled]

  private static let isOEMSupply = Guard<ProductReturn>.ofKind(
    "sold-on-the-market", "A product sold on the market is exchanged or repaired under the three guarantees (FLD-02)."
  ) { document in document.header.channel == .oemSupply }

  private static let approverDidNotVerify = Guard<ProductReturn>(
    "approver-verified", "Who verified the fault does not approve the exchange; another person must."
  ) { document, subject in
    guard let person = subject.id else { return true }
    return document.stamp.createdBy.id != person
  }
}

extension ProductReturn {
  /// Checks state and guards, and moves the state.
  package mutating func take(
    _ action: Action, outcome: String? = nil, by subject: Subject
  ) throws(Refusal) -> Transition<ProductReturn> {
    let row = try ProductReturnLifecycle.table.permit(action, outcome: outcome, on: self, by: subject)
    if let next = row.to { state = next }
    return row
  }

  package mutating func returnToFactory(
    _ shipment: ReturnShipment, by subject: Subject
  ) throws(Refusal) -> Transition<ProductReturn> {
    let row = try take(.returnToFactory, by: subject)
    if header.product.kind == .vehicle, shipment.storagePlace == nil {
      throw .invalid("#/storagePlace", .required, "is required for a vehicle, which somebody must keep")
    }
    progress.shipment = shipment
    return row
  }

  /// The cause decides who pays: the factory's fault is mended free of charge, the user's is charged (FLD-12).
  package mutating func schedule(
    _ appraisal: ReturnAppraisal, by subject: Subject
  ) throws(Refusal) -> Transition<ProductReturn> {
    let row = try take(.schedule, outcome: appraisal.cause == .user ? appraisal.cause.rawValue : nil, by: subject)
    switch appraisal.cause {
    case .user:
      guard let charge = appraisal.charge, charge.minor > 0 else {
        throw .invalid("#/charge", .required, "is required when the user caused the fault")
      }
    case .manufacturing:
      if appraisal.charge != nil {
        throw .invalid("#/charge", .inconsistent, "a fault of the factory is mended free of charge")
      }
    }
    progress.appraisal = appraisal
    return row
  }

  package mutating func repair(_ repair: ReturnRepair, by subject: Subject) throws(Refusal) -> Transition<ProductReturn>
  {
    let row = try take(.repair, by: subject)
    if repair.repairedBy == repair.inspectedBy {
      throw .separationOfDuties(
        rule: "repairer-inspects", detail: "Another person than the one who repaired it must inspect it.")
    }
    progress.repair = repair
    return row
  }

  package mutating func sendBack(
    _ shipment: ReturnShipment, by subject: Subject
  ) throws(Refusal) -> Transition<ProductReturn> {
    let row = try take(.sendBack, by: subject)
    progress.sentBack = shipment
    return row
  }

  package mutating func scrap(
    _ scrapping: ReturnScrapping, by subject: Subject
  ) throws(Refusal) -> Transition<ProductReturn> {
    let row = try take(.scrap, by: subject)
    progress.scrapping = scrapping
    return row
  }

  package mutating func approveExchange(
    ticket: String, approvedBy: String, at: Timestamp, by subject: Subject
  ) throws(Refusal) -> Transition<ProductReturn> {
    let row = try take(.approveExchange, by: subject)
    progress.exchange = ReturnExchange(ticket: ticket, approvedBy: approvedBy, approvedAt: at)
    return row
  }

  /// Hands over the replacement. At the customer's door nothing is handed over without taking the old product along
  /// (FLD-10); else the warehouse has it before (FLD-09).
  package mutating func exchange(
    replacement: String, returnTicket: String?, place: ExchangePlace, at: Timestamp, by subject: Subject
  ) throws(Refusal) -> Transition<ProductReturn> {
    let row = try take(.exchange, by: subject)
    guard let returnTicket else {
      throw .invalid("#/returnTicket", .required, "is required: the old product comes back (FLD-09, FLD-10)")
    }
    progress.exchange?.replacementSerialNumber = replacement
    progress.exchange?.returnTicket = returnTicket
    progress.exchange?.place = place
    progress.exchange?.exchangedAt = at
    return row
  }

  package mutating func cancel(_ reason: String, by subject: Subject) throws(Refusal) -> Transition<ProductReturn> {
    let row = try take(.cancel, by: subject)
    progress.exitReason = reason
    return row
  }
}
