import Domain
import Postgres

/// The parts of an order that are kept as jsonb: records that are written once and read whole.
enum WorkOrderJSON {
  static func encode(_ inspection: ReceptionInspection) -> JSONB {
    func findings(_ found: [ReceptionInspection.Finding]) -> EventValue {
      .list(found.map { .object(["position": .text($0.position), "condition": .text($0.condition)]) })
    }
    return EventJSON.encode(
      .object([
        "exterior": findings(inspection.exterior), "interior": findings(inspection.interior),
        "functions": findings(inspection.functions), "belongings": .list(inspection.belongings.map(EventValue.text)),
        "fuelPercent": inspection.fuelPercent.map { .integer(Int64($0)) } ?? .null,
        "confirmedBy": .text(inspection.confirmedBy), "inspectedAt": .integer(inspection.inspectedAt.milliseconds),
        "inspectedBy": .text(inspection.inspectedBy),
      ]))
  }

  static func inspection(_ bytes: [UInt8]) -> ReceptionInspection? {
    let record = EventJSON.object(bytes)
    func findings(_ name: String) -> [ReceptionInspection.Finding] {
      record.list(name).compactMap { item in
        guard case .object(let members) = item, let position = members.text("position"),
          let condition = members.text("condition")
        else { return nil }
        return ReceptionInspection.Finding(position: position, condition: condition)
      }
    }
    guard let confirmedBy = record.text("confirmedBy"), let inspectedAt = record.integer("inspectedAt"),
      let inspectedBy = record.text("inspectedBy")
    else { return nil }
    return ReceptionInspection(
      exterior: findings("exterior"), interior: findings("interior"), functions: findings("functions"),
      belongings: record.list("belongings").compactMap { if case .text(let text) = $0 { text } else { nil } },
      fuelPercent: record.integer("fuelPercent").map(Int.init), confirmedBy: confirmedBy,
      inspectedAt: Timestamp(milliseconds: inspectedAt), inspectedBy: inspectedBy)
  }

  static func encode(_ decision: CustomerDecision) -> JSONB {
    EventJSON.encode(
      .object([
        "decidedBy": .text(decision.decidedBy), "channel": .text(decision.channel.rawValue),
        "decidedAt": .integer(decision.decidedAt.milliseconds), "estimateHash": .text(decision.estimateHash),
        "recordedBy": .text(decision.recordedBy),
      ]))
  }

  static func decision(_ bytes: [UInt8]) -> CustomerDecision? {
    let record = EventJSON.object(bytes)
    guard let decidedBy = record.text("decidedBy"),
      let channel = record.text("channel").flatMap(CustomerDecision.Channel.init(rawValue:)),
      let decidedAt = record.integer("decidedAt"), let hash = record.text("estimateHash"),
      let recordedBy = record.text("recordedBy")
    else { return nil }
    return CustomerDecision(
      decidedBy: decidedBy, channel: channel, decidedAt: Timestamp(milliseconds: decidedAt), estimateHash: hash,
      recordedBy: recordedBy)
  }

  static func encode(_ visits: [FieldVisit]) -> JSONB {
    EventJSON.encode(
      .list(
        visits.map { visit in
          .object([
            "traveller": .text(visit.traveller), "serviceVehicle": .optional(visit.serviceVehicle),
            "departedAt": .integer(visit.departedAt.milliseconds),
            "arrivedAt": visit.arrivedAt.map { .integer($0.milliseconds) } ?? .null,
            "latitude": visit.position.map { .integer(Int64($0.latitudeMicrodegrees)) } ?? .null,
            "longitude": visit.position.map { .integer(Int64($0.longitudeMicrodegrees)) } ?? .null,
            "distanceKm": visit.distanceKm.map { .integer(Int64($0)) } ?? .null,
            "endedAt": visit.endedAt.map { .integer($0.milliseconds) } ?? .null,
            "faultCleared": visit.faultCleared.map(EventValue.boolean) ?? .null, "finding": .optional(visit.finding),
          ])
        }))
  }

  static func visits(_ bytes: [UInt8]) -> [FieldVisit] {
    if bytes == [0x5b, 0x5d] { return [] }
    guard case .list(let items) = EventJSON.value(bytes) else { return [] }
    return items.enumerated().compactMap { place, item in
      guard case .object(let record) = item, let traveller = record.text("traveller"),
        let departedAt = record.integer("departedAt")
      else { return nil }
      var position: GeographicPosition?
      if let latitude = record.integer("latitude"), let longitude = record.integer("longitude") {
        position = GeographicPosition(latitudeMicrodegrees: Int(latitude), longitudeMicrodegrees: Int(longitude))
      }
      var faultCleared: Bool?
      if case .boolean(let flag)? = record["faultCleared"] { faultCleared = flag }
      return FieldVisit(
        number: place + 1, traveller: traveller, serviceVehicle: record.text("serviceVehicle"),
        departedAt: Timestamp(milliseconds: departedAt),
        arrivedAt: record.integer("arrivedAt").map { Timestamp(milliseconds: $0) }, position: position,
        distanceKm: record.integer("distanceKm").map(Int.init),
        endedAt: record.integer("endedAt").map { Timestamp(milliseconds: $0) }, faultCleared: faultCleared,
        finding: record.text("finding"))
    }
  }

  static func encode(_ items: [Invoice.Item]) -> JSONB {
    EventJSON.encode(
      .list(
        items.map { item in
          .object([
            "line": .integer(Int64(item.line)), "description": .text(item.description),
            "labour": .integer(item.labour.minor), "parts": .integer(item.parts.minor),
            "other": .integer(item.other.minor), "total": .integer(item.total.minor), "split": value(item.split),
          ])
        }))
  }

  static func encode(_ payments: [Payment]) -> JSONB {
    EventJSON.encode(
      .list(
        payments.map { payment in
          .object([
            "method": .text(payment.method.rawValue), "amount": .integer(payment.amount.minor),
            "reference": .optional(payment.reference),
          ])
        }))
  }

  static func items(_ bytes: [UInt8], _ currency: Currency) -> [Invoice.Item] {
    guard case .list(let items) = EventJSON.value(bytes) else { return [] }
    return items.compactMap { item in
      guard case .object(let record) = item, let line = record.integer("line"),
        let description = record.text("description")
      else { return nil }
      func money(_ name: String) -> Money { Money(minor: record.integer(name) ?? 0, currency: currency) }
      return Invoice.Item(
        line: Int(line), description: description, labour: money("labour"), parts: money("parts"),
        other: money("other"), total: money("total"), split: split(record["split"]))
    }
  }

  static func payments(_ bytes: [UInt8], _ currency: Currency) -> [Payment] {
    guard case .list(let items) = EventJSON.value(bytes) else { return [] }
    return items.compactMap { item in
      guard case .object(let record) = item,
        let method = record.text("method").flatMap(Payment.Method.init(rawValue:)),
        let amount = record.integer("amount")
      else { return nil }
      return Payment(
        method: method, amount: Money(minor: amount, currency: currency), reference: record.text("reference"))
    }
  }

  private static func value(_ split: PayerSplit) -> EventValue {
    .object(Dictionary(uniqueKeysWithValues: split.amounts.map { ($0.key.rawValue, .integer($0.value)) }))
  }

  private static func split(_ value: EventValue?) -> PayerSplit {
    guard case .object(let members)? = value else { return PayerSplit([:]) }
    var amounts: [PayerSplit.Payer: Int64] = [:]
    for (name, value) in members {
      if let payer = PayerSplit.Payer(rawValue: name), case .integer(let amount) = value { amounts[payer] = amount }
    }
    return PayerSplit(amounts)
  }
}
