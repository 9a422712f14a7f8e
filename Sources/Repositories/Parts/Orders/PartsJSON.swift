import Domain
import FoundationEssentials
import Postgres

/// What parts orders, shipments and parts claims keep as jsonb: records that are written once and read whole, and lines that are read
/// with their document.
enum PartsJSON {
  // MARK: Orders

  static func encode(_ credit: PartsOrderProgress.CreditCheck) -> JSONB {
    EventJSON.encode(
      .object([
        "position": money(credit.position), "required": money(credit.required), "at": .integer(credit.at.milliseconds),
      ]))
  }

  static func credit(_ bytes: [UInt8]) -> PartsOrderProgress.CreditCheck? {
    let record = EventJSON.object(bytes)
    guard let position = money(record["position"]), let required = money(record["required"]),
      let at = instant(record, "at")
    else { return nil }
    return PartsOrderProgress.CreditCheck(position: position, required: required, at: at)
  }

  static func encode(_ ruling: PartsOrderProgress.Ruling) -> JSONB {
    EventJSON.encode(
      .object(["reason": .text(ruling.reason), "by": .text(ruling.by), "at": .integer(ruling.at.milliseconds)]))
  }

  static func ruling(_ bytes: [UInt8]) -> PartsOrderProgress.Ruling? {
    let record = EventJSON.object(bytes)
    guard let reason = record.text("reason"), let by = record.text("by"), let at = instant(record, "at") else {
      return nil
    }
    return PartsOrderProgress.Ruling(reason: reason, by: by, at: at)
  }

  static func lines(_ bytes: [UInt8], _ currency: Currency) throws -> [PartsOrderLine] {
    guard case .list(let items) = EventJSON.value(bytes) else { throw unreadable }
    return try items.map { try line($0, currency) }
  }

  static func line(_ value: EventValue, _ currency: Currency) throws -> PartsOrderLine {
    guard case .object(let record) = value, let number = count(record, "number"),
      let part = record.text("partId").flatMap({ Part.ID($0) }), let partNumber = record.text("partNumber"),
      let description = record.text("description"), let quantity = count(record, "quantity"),
      let open = count(record, "open"), let allocated = count(record, "allocated"),
      let backordered = count(record, "backordered"), let shipped = count(record, "shipped"),
      let cancelled = count(record, "cancelled"), let inTransit = count(record, "inTransit"),
      let received = count(record, "received"), let short = count(record, "short"),
      let rejected = count(record, "rejected"), let claimedShort = count(record, "claimedShort"),
      let claimedReceived = count(record, "claimedReceived"), let filled = count(record, "filled")
    else { throw unreadable }
    return PartsOrderLine(
      stored: number, partID: part, partNumber: partNumber, description: description, quantity: quantity,
      unitPrice: record.integer("unitPrice").map { Money(minor: $0, currency: currency) },
      replaces: count(record, "replaces"),
      counts: PartsOrderLine.Counts(
        open: open, allocated: allocated, backordered: backordered, shipped: shipped, cancelled: cancelled,
        inTransit: inTransit, received: received, short: short, rejected: rejected, claimedShort: claimedShort,
        claimedReceived: claimedReceived, filled: filled),
      expectedDate: record.text("expectedDate").flatMap { CalendarDate($0) }, shippedAt: instant(record, "shippedAt"))
  }

  // MARK: Shipments

  static func encode(_ packages: [ShipmentHeader.Package]) -> JSONB {
    EventJSON.encode(
      .list(
        packages.map { parcel in
          .object([
            "number": .text(parcel.number), "weightGrams": parcel.weightGrams.map { .integer(Int64($0)) } ?? .null,
          ])
        }))
  }

  static func packages(_ bytes: [UInt8]) -> [ShipmentHeader.Package] {
    items(bytes).compactMap { record in
      record.text("number").map { ShipmentHeader.Package(number: $0, weightGrams: count(record, "weightGrams")) }
    }
  }

  static func encode(_ events: [ShipmentProgress.Event]) -> JSONB {
    EventJSON.encode(
      .list(
        events.map { event in
          .object([
            "status": .text(event.status.rawValue), "place": .optional(event.place), "note": .optional(event.note),
            "at": .integer(event.at.milliseconds), "by": .text(event.by),
          ])
        }))
  }

  static func tracking(_ bytes: [UInt8]) -> [ShipmentProgress.Event] {
    items(bytes).compactMap { record in
      guard let status = record.text("status").flatMap(ShipmentProgress.Event.Status.init(rawValue:)),
        let at = instant(record, "at"), let by = record.text("by")
      else { return nil }
      return ShipmentProgress.Event(
        status: status, place: record.text("place"), note: record.text("note"), at: at, by: by)
    }
  }

  static func shipmentLines(_ bytes: [UInt8]) throws -> [ShipmentLine] {
    try items(bytes).map { record in
      guard let line = count(record, "line"), let part = record.text("partNumber"),
        let description = record.text("description"), let quantity = count(record, "quantity"),
        let received = count(record, "received"), let short = count(record, "short"),
        let damaged = count(record, "damaged"), let wrong = count(record, "wrong"),
        let defective = count(record, "defective")
      else { throw unreadable }
      return ShipmentLine(
        line: line, partNumber: part, description: description, quantity: quantity, received: received, short: short,
        damaged: damaged, wrong: wrong, defective: defective)
    }
  }

  // MARK: Claims

  static func encode(_ decision: PartsClaimProgress.Decision) -> JSONB {
    EventJSON.encode(
      .object([
        "quantity": .integer(Int64(decision.quantity)), "amount": decision.amount.map(money) ?? .null,
        "replacementLine": decision.replacementLine.map { .integer(Int64($0)) } ?? .null,
        "returnsParts": .boolean(decision.returnsParts), "reason": .optional(decision.reason),
        "by": .text(decision.by), "byId": .optional(decision.byID?.canonical), "at": .integer(decision.at.milliseconds),
      ]))
  }

  static func decision(_ bytes: [UInt8]) -> PartsClaimProgress.Decision? {
    let record = EventJSON.object(bytes)
    guard let quantity = count(record, "quantity"), let by = record.text("by"), let at = instant(record, "at") else {
      return nil
    }
    return PartsClaimProgress.Decision(
      quantity: quantity, amount: money(record["amount"]), replacementLine: count(record, "replacementLine"),
      returnsParts: record.flag("returnsParts"), reason: record.text("reason"), by: by,
      byID: record.text("byId").flatMap { UUID(canonical: $0) }, at: at)
  }

  static func encode(_ recovery: PartsClaimProgress.Recovery) -> JSONB {
    EventJSON.encode(
      .object([
        "party": .text(recovery.party.rawValue), "partyId": .text(recovery.partyID.canonical),
        "amount": money(recovery.amount), "reason": .text(recovery.reason), "by": .text(recovery.by),
        "at": .integer(recovery.at.milliseconds),
      ]))
  }

  static func recovery(_ bytes: [UInt8]) -> PartsClaimProgress.Recovery? {
    let record = EventJSON.object(bytes)
    guard let party = record.text("party").flatMap(PartsClaimProgress.Recovery.Party.init(rawValue:)),
      let id = record.text("partyId").flatMap({ UUID(canonical: $0) }), let amount = money(record["amount"]),
      let reason = record.text("reason"), let by = record.text("by"), let at = instant(record, "at")
    else { return nil }
    return PartsClaimProgress.Recovery(party: party, partyID: id, amount: amount, reason: reason, by: by, at: at)
  }

  // MARK: Inside

  private static let unreadable = Failure.internal(reference: "a parts document is not to be read")

  private static func items(_ bytes: [UInt8]) -> [[String: EventValue]] {
    guard case .list(let items) = EventJSON.value(bytes) else { return [] }
    return items.compactMap { if case .object(let record) = $0 { record } else { nil } }
  }

  private static func money(_ amount: Money) -> EventValue {
    .object(["minor": .integer(amount.minor), "currency": .text(amount.currency.rawValue)])
  }

  private static func money(_ value: EventValue?) -> Money? {
    guard case .object(let record)? = value, let minor = record.integer("minor"),
      let currency = record.text("currency").flatMap(Currency.init(rawValue:))
    else { return nil }
    return Money(minor: minor, currency: currency)
  }

  private static func count(_ record: [String: EventValue], _ name: String) -> Int? {
    record.integer(name).map { Int($0) }
  }

  private static func instant(_ record: [String: EventValue], _ name: String) -> Timestamp? {
    record.integer(name).map { Timestamp(milliseconds: $0) }
  }
}
