/// A return as it is verified on site.
package struct ProductReturnDraft: Hashable, Sendable, ExternallyIdentified {
  /// `nil`: the caller's own station, or none.
  package let stationID: Station.ID?
  package private(set) var header: ProductReturnHeader
  package var externalIDs: [String: String] {
    get { header.externalIDs }
    set { header.externalIDs = newValue }
  }

  package init(stationID: Station.ID?, header: ProductReturnHeader) {
    self.stationID = stationID
    self.header = header
  }
}

/// What a list of returns can be narrowed by; conditions combine with and.
package struct ProductReturnFilter: Hashable, Sendable {
  /// Any of these; none asks for all.
  package var states: [ProductReturn.State] = []
  package var kinds: [ProductReturn.ProductKind] = []
  package var stationID: Station.ID?
  package var workOrderID: WorkOrder.ID?
  package var createdFrom: Timestamp?
  package var createdBefore: Timestamp?
  package var number: String?

  package init() {}
}

extension ProductReturn {
  /// What changed since `before`, field by field.
  package func changes(from before: ProductReturn?) -> [FieldChange] {
    let (old, done) = (before?.header, before?.progress)
    var comparison = FieldComparison()
    comparison.choice("state", before?.state, state)
    comparison.choice("channel", old?.channel, header.channel)
    comparison.choice("product/kind", old?.product.kind, header.product.kind)
    comparison.field("product/description", old?.product.description, header.product.description)
    comparison.field("product/partNumber", old?.product.partNumber, header.product.partNumber)
    comparison.field("product/serialNumber", old?.product.serialNumber, header.product.serialNumber)
    comparison.field("product/quantity", old?.product.quantity, header.product.quantity)
    comparison.field("workOrderId", old?.workOrderID, header.workOrderID)
    comparison.field("vehicleId", old?.vehicleID, header.vehicleID)
    comparison.field("fault", old?.fault, header.fault)
    comparison.field("reason", old?.reason, header.reason)
    comparison.field("externalIds", old?.externalIDs ?? [:], header.externalIDs)
    comparison.field("shipment/note", done?.shipment?.note, progress.shipment?.note)
    comparison.choice("appraisal/cause", done?.appraisal?.cause, progress.appraisal?.cause)
    comparison.field("appraisal/opinion", done?.appraisal?.opinion, progress.appraisal?.opinion)
    comparison.field("appraisal/repairOrder", done?.appraisal?.repairOrder, progress.appraisal?.repairOrder)
    comparison.field("appraisal/charge", done?.appraisal?.charge, progress.appraisal?.charge)
    comparison.field("repair/stockInNote", done?.repair?.stockInNote, progress.repair?.stockInNote)
    comparison.field("sentBack/note", done?.sentBack?.note, progress.sentBack?.note)
    comparison.field(
      "scrapping/dismantlingOrder", done?.scrapping?.dismantlingOrder, progress.scrapping?.dismantlingOrder)
    comparison.field("scrapping/reused", done?.scrapping?.reused ?? [], progress.scrapping?.reused ?? [])
    comparison.field("exchange/ticket", done?.exchange?.ticket, progress.exchange?.ticket)
    comparison.field(
      "exchange/replacementSerialNumber", done?.exchange?.replacementSerialNumber,
      progress.exchange?.replacementSerialNumber)
    comparison.field("exchange/returnTicket", done?.exchange?.returnTicket, progress.exchange?.returnTicket)
    comparison.field("exitReason", done?.exitReason, progress.exitReason)
    return comparison.changes
  }
}

/// A merge patch of what was verified (C-17).
package struct ProductReturnPatch: Hashable, Sendable {
  package var fault: Patch<String> = .keep
  package var reason: Patch<String> = .keep
  package var partNumber: Patch<String?> = .keep
  package var serialNumber: Patch<String?> = .keep
  package var externalIDs: ExternalIDsPatch = .keep

  package init() {}
}

extension ProductReturn {
  /// Applies a patch; once the product moves, what was verified stands.
  package mutating func apply(_ patch: ProductReturnPatch) throws(Refusal) {
    try requireVerified()
    patch.fault.merge(into: &header.fault)
    patch.reason.merge(into: &header.reason)
    patch.partNumber.merge(into: &header.product.partNumber)
    patch.serialNumber.merge(into: &header.product.serialNumber)
    try patch.externalIDs.merge(into: &header.externalIDs)
  }

  /// Puts what another system verified in place of this, by the rules of a patch.
  package mutating func rewrite(_ header: ProductReturnHeader) throws(Refusal) {
    if header == self.header { return }
    try requireVerified()
    self.header = header
  }

  private func requireVerified() throws(Refusal) {
    if state != .verified {
      throw .conflict(
        code: "return-not-editable", detail: "The return is \(state.rawValue); what was verified stands.",
        .state(state), .allowedStates([State.verified]))
    }
  }
}
