import Domain
import Repositories

/// Drafts of parts claims, for the counter and for an order that reports what is missing (PCL-01, PCL-03).
struct PartsClaimBook: Sendable {
  let clocks: ClockBook

  init(_ clocks: ClockBook) { self.clocks = clocks }

  /// One claim, and the order with its pieces claimed for, saved by whoever holds it.
  ///
  /// - Throws: `shipment-not-received` before anything of it was counted, `Refusal.invalid` for pieces that did not arrive so or
  ///   are claimed for already.
  func draft<Output>(
    _ draft: PartsClaimDraft, of shipment: Shipment, on order: inout PartsOrder, _ command: Command<Output>,
    in tx: Transaction
  ) async throws -> PartsClaim {
    guard let line = shipment.lines.first(where: { $0.line == draft.line }) else {
      throw Refusal.invalid("#/line", .notFound, "is not in this shipment")
    }
    guard line.received + line.short > 0 else {
      throw Refusal.conflict(
        code: "shipment-not-received", detail: "Nothing of the line was received yet.",
        .conflict(.shipment, shipment.id, shipment.number, state: shipment.state.rawValue), .line(draft.line))
    }
    // Of what is counted in part the last count is the shipment's last change: that the carrier delivered it may be days older.
    let receivedAt = shipment.progress.receivedAt ?? shipment.stamp.updatedAt
    let tally = try await tx.run(PartsClaimRepository.claimed(of: order.id))
      .filter { $0.shipmentID == shipment.id && $0.line == line.line }
    // A fault may come to light after the receipt; what did not arrive is known at it.
    let (most, claimed): (Int, Int) =
      switch draft.kind {
      case .short: (line.short, tally.filter { $0.kind == .short }.reduce(0) { $0 + $1.quantity })
      case .damaged, .wrong, .defective:
        (line.received, tally.filter { $0.kind != .short }.reduce(0) { $0 + $1.quantity })
      }
    guard claimed + draft.header.quantity <= most else {
      throw Refusal.invalid(
        "#/quantity", .outOfRange, "only \(max(0, most - claimed)) did not arrive so, or they are claimed for already")
    }
    try order.claim(draft.kind, draft.header.quantity, of: draft.line)
    let claim = PartsClaim(
      id: .new(at: command.at), number: try await tx.number(.partsClaim, at: order.stationID, on: command.at),
      stationID: order.stationID,
      subject: PartsClaimSubject(
        kind: draft.kind, orderID: order.id, orderNumber: order.number, shipmentID: shipment.id, line: draft.line,
        partNumber: line.partNumber, unitPrice: order.worth(of: draft.line), receivedAt: receivedAt,
        claimBefore: try await window(from: receivedAt, at: order.stationID, command, in: tx)),
      state: .draft, version: 1, stamp: RecordStamp(by: command.caller, at: command.at), header: draft.header,
      progress: PartsClaimProgress())
    return claim
  }

  /// A claim for every kind of difference of every line that is not claimed for yet.
  func draftAll<Output>(
    for order: inout PartsOrder, description: String, _ command: Command<Output>, in tx: Transaction
  ) async throws -> [PartsClaim] {
    let scope = command.caller.scope
    var drafted: [PartsClaim] = []
    for id in try await tx.run(ShipmentRepository.lockAll(of: order.id)) {
      let reference = Reference<Shipment>.id(id)
      guard let shipment = try await tx.run(ShipmentRepository.find(reference, in: scope)) else { continue }
      for line in shipment.lines {
        for kind in PartsClaim.Kind.allCases where line.count(kind) > 0 {
          let claimed = try await tx.run(PartsClaimRepository.claimed(of: order.id))
            .filter { $0.shipmentID == id && $0.line == line.line && $0.kind == kind }
            .reduce(0) { $0 + $1.quantity }
          guard claimed < line.count(kind) else { continue }
          let claim = try await draft(
            PartsClaimDraft(
              kind: kind, shipmentID: id, line: line.line,
              header: PartsClaimHeader(
                quantity: line.count(kind) - claimed, description: description, externalIDs: [:])),
            of: shipment, on: &order, command, in: tx)
          insert(claim, command, in: tx)
          drafted.append(claim)
        }
      }
    }
    return drafted
  }

  func insert<Output>(_ claim: PartsClaim, _ command: Command<Output>, in tx: Transaction) {
    for statement in PartsClaimRepository.save(claim, over: nil) { tx.enqueue(statement) }
    tx.record(Effects(["partsClaim.drafted"], data: claim.told).events(of: claim, from: nil), by: command)
  }

  /// Until when parts received then may be claimed for (D-18); `nil`: the policy has switched the window off.
  private func window<Output>(
    from receivedAt: Timestamp, at station: Station.ID, _ command: Command<Output>, in tx: Transaction
  ) async throws -> Timestamp? {
    guard
      let (terms, calendar) = try await clocks.terms(
        ClockBook.Start(.partsClaimWindow), at: station, command, in: tx)
    else { return nil }
    return terms.rule.deadline(from: receivedAt, promisedAt: nil, in: calendar).dueAt
  }
}

extension PartsOrder {
  /// What a piece of the line cost; a replacement is worth what it stands for.
  func worth(of number: Int) -> Money {
    guard let line = line(number) else { return .zero(currency) }
    if let original = line.replaces { return worth(of: original) }
    return line.unitPrice ?? .zero(currency)
  }
}

extension PartsClaim {
  /// What other families learn of it.
  var told: [String: EventValue] {
    [
      "kind": .text(subject.kind.rawValue), "partsOrderId": .text(subject.orderID.description),
      "shipmentId": .text(subject.shipmentID.description), "partNumber": .text(subject.partNumber),
      "quantity": .integer(Int64(header.quantity)),
    ]
  }
}
