import FoundationEssentials

// The one written form of the facts of an audit. It is kept for ever, so a member is never renamed and a new one is optional.

extension ClaimFacts {
  package var stored: EventValue {
    .object([
      "kind": .text(kind.rawValue), "currency": .text(currency.rawValue), "submittedOn": .day(submittedOn),
      "repairedOn": .day(repairedOn), "odometerKm": .number(odometerKm),
      "order": order.map(\.stored) ?? .null,
      "earlierReading": earlierReading.map {
        .object(["km": .integer(Int64($0.km)), "on": .day($0.on)])
      } ?? .null,
      "photos": .list(
        photos.map {
          .object([
            "attachmentId": .text($0.attachment.description), "document": .text($0.document),
            "stationId": .optional($0.station?.description),
          ])
        }),
      "items": .list(items.map(\.stored)), "lines": .list(lines.map(\.stored)), "besides": .integer(besides),
      "beyondOrder": .list(beyondOrder.sorted().map { .integer(Int64($0)) }),
    ])
  }

  /// `nil`: it was not written by this product.
  package init?(stored value: EventValue) {
    guard case .object(let record) = value,
      let kind = record.word("kind").flatMap(WarrantyClaim.Kind.init(rawValue:)),
      let currency = record.word("currency").flatMap(Currency.init(rawValue:)),
      let submittedOn = record.day("submittedOn")
    else { return nil }
    let reading = record.record("earlierReading").flatMap { reading -> Reading? in
      guard let km = reading.whole("km"), let on = reading.day("on") else { return nil }
      return Reading(km: km, on: on)
    }
    self.init(
      kind: kind, currency: currency, submittedOn: submittedOn, repairedOn: record.day("repairedOn"),
      odometerKm: record.whole("odometerKm"), order: record.record("order").flatMap(Order.init(stored:)),
      earlierReading: reading,
      photos: record.records("photos").compactMap { photo in
        guard let id = photo.word("attachmentId").flatMap({ Attachment.ID($0) }),
          let document = photo.word("document")
        else { return nil }
        return Photo(
          attachment: id, document: document, station: photo.word("stationId").flatMap { Station.ID($0) })
      },
      items: record.records("items").compactMap(Item.init(stored:)),
      lines: record.records("lines").compactMap(Line.init(stored:)), besides: record.minor("besides") ?? 0,
      beyondOrder: Set(
        record.values("beyondOrder").compactMap { if case .integer(let item) = $0 { Int(item) } else { nil } }))
  }
}

extension ClaimFacts.Order {
  fileprivate var stored: EventValue {
    .object([
      "number": .text(number), "isDelivered": .boolean(isDelivered), "deliveredOn": .day(deliveredOn),
      "lines": .list(lines.sorted().map { .integer(Int64($0)) }),
    ])
  }

  fileprivate init?(stored record: [String: EventValue]) {
    guard let number = record.word("number") else { return nil }
    self.init(
      number: number, isDelivered: record["isDelivered"] == .boolean(true), deliveredOn: record.day("deliveredOn"),
      lines: Set(record.values("lines").compactMap { if case .integer(let line) = $0 { Int(line) } else { nil } }))
  }
}

extension ClaimFacts.Item {
  fileprivate var stored: EventValue {
    .object([
      "number": .integer(Int64(number)), "workOrderLine": .number(workOrderLine),
      "cover": cover.map(\.stored) ?? .null, "sameLine": .list(sameLine.map(\.stored)),
      "sameRepair": .list(sameRepair.map(\.stored)),
      "overlaps": .list(
        overlaps.map {
          .object([
            "technicianId": .text($0.technician.canonical), "otherOrder": .text($0.otherOrder),
            "from": .text($0.from.description),
          ])
        }),
      "contradictions": .list(
        contradictions.map { .object(["followUp": .text($0.followUp), "kind": .text($0.kind)]) }),
      "missingSkill": .optional(missingSkill), "isRefused": .boolean(isRefused),
      "oldPart": .optional(oldPart?.rawValue), "preAuthorisation": preAuthorisation.map(\.stored) ?? .null,
    ])
  }

  fileprivate init?(stored record: [String: EventValue]) {
    guard let number = record.whole("number") else { return nil }
    self.init(
      number: number, workOrderLine: record.whole("workOrderLine"),
      cover: record.record("cover").flatMap(ClaimFacts.Cover.init(stored:)),
      sameLine: record.records("sameLine").compactMap(ClaimFacts.Reference.init(stored:)),
      sameRepair: record.records("sameRepair").compactMap(ClaimFacts.Reference.init(stored:)),
      overlaps: record.records("overlaps").compactMap { overlap in
        guard let technician = overlap.word("technicianId").flatMap({ UUID(canonical: $0) }),
          let order = overlap.word("otherOrder"), let from = overlap.word("from").flatMap({ Timestamp($0) })
        else { return nil }
        return ClaimFacts.Overlap(technician: technician, otherOrder: order, from: from)
      },
      contradictions: record.records("contradictions").compactMap { said in
        guard let followUp = said.word("followUp"), let kind = said.word("kind") else { return nil }
        return ClaimFacts.Contradiction(followUp: followUp, kind: kind)
      },
      missingSkill: record.word("missingSkill"), isRefused: record["isRefused"] == .boolean(true),
      oldPart: record.word("oldPart").flatMap(ClaimFacts.OldPart.init(rawValue:)),
      preAuthorisation: record.record("preAuthorisation").map(ClaimFacts.PreAuthorisation.init(stored:)))
  }
}

extension ClaimFacts.PreAuthorisation {
  fileprivate var stored: EventValue {
    .object([
      "isRequired": .boolean(isRequired), "begunOn": .day(begunOn),
      "permit": permit.map {
        .object([
          "number": .text($0.number), "heldFrom": .day($0.heldFrom), "heldUntil": .day($0.heldUntil),
          "left": .minor($0.left), "drift": .list($0.drift.map(\.stored)),
        ])
      } ?? .null,
    ])
  }

  fileprivate init(stored record: [String: EventValue]) {
    self.init(
      isRequired: record["isRequired"] == .boolean(true), begunOn: record.day("begunOn"),
      permit: record.record("permit").flatMap { permit in
        guard let number = permit.word("number"), let from = permit.day("heldFrom"),
          let until = permit.day("heldUntil"),
          let left = permit.minor("left")
        else { return nil }
        return Permit(
          number: number, heldFrom: from, heldUntil: until, left: left,
          drift: permit.records("drift").compactMap(ClaimFacts.Drift.init(stored:)))
      })
  }
}

extension ClaimFacts.Drift {
  fileprivate var stored: EventValue {
    .object([
      "kind": .text(kind.rawValue), "line": .number(line), "claimed": .text(claimed), "granted": .optional(granted),
    ])
  }

  fileprivate init?(stored record: [String: EventValue]) {
    guard let kind = record.word("kind").flatMap(Kind.init(rawValue:)), let claimed = record.word("claimed") else {
      return nil
    }
    self.init(kind, line: record.whole("line"), claimed: claimed, granted: record.word("granted"))
  }
}

extension ClaimFacts.Cover {
  fileprivate var stored: EventValue {
    .object([
      "policyVersion": .text(policyVersion), "isCovered": .boolean(isCovered),
      "reasons": .list(reasons.map(EventValue.text)), "isOverMonths": .boolean(isOverMonths),
      "isOverKm": .boolean(isOverKm),
      "endsOn": .day(endsOn), "limitKm": .number(limitKm),
    ])
  }

  fileprivate init?(stored record: [String: EventValue]) {
    guard let version = record.word("policyVersion") else { return nil }
    self.init(
      policyVersion: version, isCovered: record["isCovered"] == .boolean(true),
      reasons: record.values("reasons").compactMap { if case .text(let reason) = $0 { reason } else { nil } },
      isOverMonths: record["isOverMonths"] == .boolean(true),
      isOverKm: record["isOverKm"] == .boolean(true), endsOn: record.day("endsOn"), limitKm: record.whole("limitKm"))
  }
}

extension ClaimFacts.Reference {
  fileprivate var stored: EventValue {
    .object(["claim": .text(claim), "stationId": .text(station.description), "repairedOn": .day(repairedOn)])
  }

  fileprivate init?(stored record: [String: EventValue]) {
    guard let claim = record.word("claim"), let station = record.word("stationId").flatMap({ Station.ID($0) })
    else { return nil }
    self.init(claim: claim, station: station, repairedOn: record.day("repairedOn"))
  }
}

extension ClaimFacts.Line {
  fileprivate var stored: EventValue {
    .object([
      "number": .integer(Int64(number)), "item": .integer(Int64(item)), "kind": .text(kind.rawValue),
      "amount": .integer(amount), "hours": .number(hours.map { Int($0) }),
      "standardHours": .number(standardHours.map { Int($0) }), "unitPrice": .minor(unitPrice),
      "listPrice": .minor(listPrice), "wasShipped": wasShipped.map(EventValue.boolean) ?? .null,
    ])
  }

  fileprivate init?(stored record: [String: EventValue]) {
    guard let number = record.whole("number"), let item = record.whole("item"),
      let kind = record.word("kind").flatMap(ClaimLine.Kind.init(rawValue:)), let amount = record.minor("amount")
    else { return nil }
    var wasShipped: Bool?
    if case .boolean(let flag)? = record["wasShipped"] { wasShipped = flag }
    self.init(
      number: number, item: item, kind: kind, amount: amount,
      hours: record.whole("hours").map { Int32(clamping: $0) },
      standardHours: record.whole("standardHours").map { Int32(clamping: $0) }, unitPrice: record.minor("unitPrice"),
      listPrice: record.minor("listPrice"), wasShipped: wasShipped)
  }
}

extension EventValue {
  static func day(_ date: CalendarDate?) -> EventValue { .optional(date?.description) }
  static func number(_ value: Int?) -> EventValue { value.map { .integer(Int64($0)) } ?? .null }
  static func minor(_ value: Int64?) -> EventValue { value.map(EventValue.integer) ?? .null }
}

extension [String: EventValue] {
  func word(_ name: String) -> String? {
    if case .text(let text)? = self[name] { text } else { nil }
  }

  func minor(_ name: String) -> Int64? {
    if case .integer(let number)? = self[name] { number } else { nil }
  }

  func whole(_ name: String) -> Int? { minor(name).map { Int($0) } }

  func day(_ name: String) -> CalendarDate? { word(name).flatMap { CalendarDate($0) } }

  func record(_ name: String) -> [String: EventValue]? {
    if case .object(let members)? = self[name] { members } else { nil }
  }

  func values(_ name: String) -> [EventValue] {
    if case .list(let items)? = self[name] { items } else { [] }
  }

  func records(_ name: String) -> [[String: EventValue]] {
    values(name).compactMap { if case .object(let members) = $0 { members } else { nil } }
  }
}
