import Domain
import FoundationEssentials
import Postgres

/// The steps of an old part that are kept as jsonb: records that are written once and read whole.
enum OldPartJSON {
  static func encode(_ tag: OldPartTag) -> JSONB {
    write(tag.signature, ["storagePlace": .optional(tag.storagePlace), "prints": .integer(Int64(tag.prints))])
  }

  static func tag(_ bytes: [UInt8]) -> OldPartTag? {
    let record = EventJSON.object(bytes)
    guard let signature = signature(record), let prints = record.integer("prints") else { return nil }
    return OldPartTag(storagePlace: record.text("storagePlace"), prints: Int(prints), signature: signature)
  }

  static func encode(_ signature: OldPartSignature) -> JSONB { write(signature, [:]) }

  static func signature(_ bytes: [UInt8]) -> OldPartSignature? { signature(EventJSON.object(bytes)) }

  static func encode(_ shipment: OldPartShipment) -> JSONB {
    write(
      shipment.signature,
      [
        "destination": .text(shipment.destination.rawValue),
        "supplierId": .optional(shipment.supplierID?.description), "packingList": .text(shipment.packingList),
        "carrier": .text(shipment.carrier), "trackingNumber": .optional(shipment.trackingNumber),
        "lateStatement": .optional(shipment.lateStatement),
      ])
  }

  static func shipment(_ bytes: [UInt8]) -> OldPartShipment? {
    let record = EventJSON.object(bytes)
    guard let signature = signature(record),
      let destination = record.text("destination").flatMap(OldPart.Destination.init(rawValue:)),
      let packingList = record.text("packingList"), let carrier = record.text("carrier")
    else { return nil }
    return OldPartShipment(
      destination: destination, supplierID: record.text("supplierId").flatMap { Supplier.ID($0) },
      packingList: packingList, carrier: carrier, trackingNumber: record.text("trackingNumber"),
      lateStatement: record.text("lateStatement"), signature: signature)
  }

  static func encode(_ receipt: OldPartReceipt) -> JSONB {
    write(
      receipt.signature,
      [
        "quantity": .integer(Int64(receipt.quantity)), "condition": .optional(receipt.condition),
        "storagePlace": .optional(receipt.storagePlace),
      ])
  }

  static func receipt(_ bytes: [UInt8]) -> OldPartReceipt? {
    let record = EventJSON.object(bytes)
    guard let signature = signature(record), let quantity = record.integer("quantity") else { return nil }
    return OldPartReceipt(
      quantity: Int(quantity), condition: record.text("condition"), storagePlace: record.text("storagePlace"),
      signature: signature)
  }

  static func encode(_ inspection: OldPartInspection) -> JSONB {
    write(
      inspection.signature,
      [
        "verdict": .text(inspection.verdict.rawValue), "finding": .text(inspection.finding),
        "lateExcused": inspection.lateExcused.map(EventValue.boolean) ?? .null,
        "fault": .optional(inspection.fault?.rawValue), "consequence": .optional(inspection.consequence?.rawValue),
        "policyVersion": .text(inspection.policyVersion),
      ])
  }

  static func inspection(_ bytes: [UInt8]) -> OldPartInspection? {
    let record = EventJSON.object(bytes)
    guard let signature = signature(record),
      let verdict = record.text("verdict").flatMap(OldPart.Verdict.init(rawValue:)),
      let finding = record.text("finding"), let policyVersion = record.text("policyVersion")
    else { return nil }
    var excused: Bool?
    if case .boolean(let flag)? = record["lateExcused"] { excused = flag }
    return OldPartInspection(
      verdict: verdict, finding: finding, lateExcused: excused,
      fault: record.text("fault").flatMap(OldPartsPolicy.Fault.init(rawValue:)),
      consequence: record.text("consequence").flatMap(OldPartsPolicy.Consequence.init(rawValue:)),
      policyVersion: policyVersion, signature: signature)
  }

  static func encode(_ forwarding: OldPartForwarding) -> JSONB {
    write(
      forwarding.signature,
      [
        "supplierId": .text(forwarding.supplierID.description), "deliveryNote": .text(forwarding.deliveryNote),
        "carrier": .optional(forwarding.carrier), "trackingNumber": .optional(forwarding.trackingNumber),
      ])
  }

  static func forwarding(_ bytes: [UInt8]) -> OldPartForwarding? {
    let record = EventJSON.object(bytes)
    guard let signature = signature(record), let supplier = record.text("supplierId").flatMap({ Supplier.ID($0) }),
      let note = record.text("deliveryNote")
    else { return nil }
    return OldPartForwarding(
      supplierID: supplier, deliveryNote: note, carrier: record.text("carrier"),
      trackingNumber: record.text("trackingNumber"), signature: signature)
  }

  static func encode(_ disposal: OldPartDisposal) -> JSONB {
    write(
      disposal.signature,
      [
        "method": .text(disposal.method.rawValue), "note": .text(disposal.note), "opinion": .text(disposal.opinion),
        "reused": .list(disposal.reused.map(EventValue.text)),
      ])
  }

  static func disposal(_ bytes: [UInt8]) -> OldPartDisposal? {
    let record = EventJSON.object(bytes)
    guard let signature = signature(record),
      let method = record.text("method").flatMap(OldPart.DisposalMethod.init(rawValue:)),
      let note = record.text("note"), let opinion = record.text("opinion")
    else { return nil }
    return OldPartDisposal(
      method: method, note: note, opinion: opinion,
      reused: record.list("reused").compactMap { if case .text(let text) = $0 { text } else { nil } },
      signature: signature)
  }

  private static func write(_ signature: OldPartSignature, _ members: [String: EventValue]) -> JSONB {
    var all = members
    all["by"] = .text(signature.by)
    all["byId"] = .optional(signature.byID?.canonical)
    all["at"] = .integer(signature.at.milliseconds)
    return EventJSON.encode(.object(all))
  }

  private static func signature(_ record: [String: EventValue]) -> OldPartSignature? {
    guard let by = record.text("by"), let at = record.integer("at") else { return nil }
    return OldPartSignature(
      by: by, byID: record.text("byId").flatMap { UUID(canonical: $0) }, at: Timestamp(milliseconds: at))
  }
}
