import Domain
import FoundationEssentials
import Postgres

/// The parts of a return that are kept as jsonb: records that are written once and read whole.
enum ProductReturnJSON {
  static func encode(_ shipment: ReturnShipment) -> JSONB {
    EventJSON.encode(
      .object([
        "note": .text(shipment.note), "carrier": .optional(shipment.carrier),
        "trackingNumber": .optional(shipment.trackingNumber), "storagePlace": .optional(shipment.storagePlace),
        "by": .text(shipment.sentBy), "at": .integer(shipment.sentAt.milliseconds),
      ]))
  }

  static func shipment(_ bytes: [UInt8]) -> ReturnShipment? {
    let record = EventJSON.object(bytes)
    guard let note = record.text("note"), let by = record.text("by"), let at = instant(record, "at") else { return nil }
    return ReturnShipment(
      note: note, carrier: record.text("carrier"), trackingNumber: record.text("trackingNumber"),
      storagePlace: record.text("storagePlace"), sentBy: by, sentAt: at)
  }

  static func encode(_ appraisal: ReturnAppraisal) -> JSONB {
    EventJSON.encode(
      .object([
        "cause": .text(appraisal.cause.rawValue), "opinion": .text(appraisal.opinion),
        "repairOrder": .text(appraisal.repairOrder),
        "charge": appraisal.charge.map {
          .object(["minor": .integer($0.minor), "currency": .text($0.currency.rawValue)])
        } ?? .null,
        "by": .text(appraisal.signedBy), "byId": .optional(appraisal.signedByID?.canonical),
        "at": .integer(appraisal.signedAt.milliseconds),
      ]))
  }

  static func appraisal(_ bytes: [UInt8]) -> ReturnAppraisal? {
    let record = EventJSON.object(bytes)
    guard let cause = record.text("cause").flatMap(ProductReturn.Cause.init(rawValue:)),
      let opinion = record.text("opinion"), let order = record.text("repairOrder"), let by = record.text("by"),
      let at = instant(record, "at")
    else { return nil }
    var charge: Money?
    if case .object(let money)? = record["charge"], let minor = money.integer("minor"),
      let currency = money.text("currency").flatMap(Currency.init(rawValue:))
    {
      charge = Money(minor: minor, currency: currency)
    }
    return ReturnAppraisal(
      cause: cause, opinion: opinion, repairOrder: order, charge: charge, signedBy: by,
      signedByID: record.text("byId").flatMap { UUID(canonical: $0) }, signedAt: at)
  }

  static func encode(_ repair: ReturnRepair) -> JSONB {
    EventJSON.encode(
      .object([
        "work": .text(repair.work), "repairedBy": .text(repair.repairedBy), "inspectedBy": .text(repair.inspectedBy),
        "stockInNote": .text(repair.stockInNote), "at": .integer(repair.repairedAt.milliseconds),
      ]))
  }

  static func repair(_ bytes: [UInt8]) -> ReturnRepair? {
    let record = EventJSON.object(bytes)
    guard let work = record.text("work"), let repairedBy = record.text("repairedBy"),
      let inspectedBy = record.text("inspectedBy"), let note = record.text("stockInNote"),
      let at = instant(record, "at")
    else { return nil }
    return ReturnRepair(
      work: work, repairedBy: repairedBy, inspectedBy: inspectedBy, stockInNote: note, repairedAt: at)
  }

  static func encode(_ scrapping: ReturnScrapping) -> JSONB {
    EventJSON.encode(
      .object([
        "dismantlingOrder": .text(scrapping.dismantlingOrder), "opinion": .text(scrapping.opinion),
        "reused": .list(scrapping.reused.map(EventValue.text)), "by": .text(scrapping.signedBy),
        "at": .integer(scrapping.signedAt.milliseconds),
      ]))
  }

  static func scrapping(_ bytes: [UInt8]) -> ReturnScrapping? {
    let record = EventJSON.object(bytes)
    guard let order = record.text("dismantlingOrder"), let opinion = record.text("opinion"),
      let by = record.text("by"), let at = instant(record, "at")
    else { return nil }
    return ReturnScrapping(
      dismantlingOrder: order, opinion: opinion,
      reused: record.list("reused").compactMap { if case .text(let text) = $0 { text } else { nil } }, signedBy: by,
      signedAt: at)
  }

  static func encode(_ exchange: ReturnExchange) -> JSONB {
    EventJSON.encode(
      .object([
        "ticket": .text(exchange.ticket), "approvedBy": .text(exchange.approvedBy),
        "approvedAt": .integer(exchange.approvedAt.milliseconds),
        "replacementSerialNumber": .optional(exchange.replacementSerialNumber),
        "returnTicket": .optional(exchange.returnTicket),
        "place": .optional(exchange.place?.rawValue),
        "exchangedAt": exchange.exchangedAt.map { .integer($0.milliseconds) } ?? .null,
      ]))
  }

  static func exchange(_ bytes: [UInt8]) -> ReturnExchange? {
    let record = EventJSON.object(bytes)
    guard let ticket = record.text("ticket"), let approvedBy = record.text("approvedBy"),
      let approvedAt = instant(record, "approvedAt")
    else { return nil }
    return ReturnExchange(
      ticket: ticket, approvedBy: approvedBy, approvedAt: approvedAt,
      replacementSerialNumber: record.text("replacementSerialNumber"), returnTicket: record.text("returnTicket"),
      place: record.text("place").flatMap(ProductReturn.ExchangePlace.init(rawValue:)),
      exchangedAt: instant(record, "exchangedAt"))
  }

  private static func instant(_ record: [String: EventValue], _ name: String) -> Timestamp? {
    record.integer(name).map { Timestamp(milliseconds: $0) }
  }
}
