extension OldPart {
  /// A part as it is tagged in the workshop, or asked back with the approval of its claim line.
  package struct Draft: Hashable, Sendable {
    /// `nil`: the caller's own station.
    package let stationID: Station.ID?
    package let header: OldPartHeader
    /// Where it is kept until it goes.
    package let storagePlace: String?

    package init(stationID: Station.ID?, header: OldPartHeader, storagePlace: String? = nil) {
      self.stationID = stationID
      self.header = header
      self.storagePlace = storagePlace
    }
  }
}

/// What a list of old parts can be narrowed by; conditions combine with and.
package struct OldPartFilter: Hashable, Sendable {
  /// Any of these; none asks for all.
  package var states: [OldPart.State] = []
  package var stationID: Station.ID?
  package var workOrderID: WorkOrder.ID?
  package var vehicleID: Vehicle.ID?
  package var supplierID: Supplier.ID?
  package var recoveryID: SupplierRecovery.ID?
  package var claimNumber: String?
  package var partNumber: String?
  package var packingList: String?
  package var createdFrom: Timestamp?
  package var createdBefore: Timestamp?
  package var number: String?

  package init() {}
}

extension OldPart {
  /// What changed since `before`, field by field.
  package func changes(from before: OldPart?) -> [FieldChange] {
    let (old, done) = (before?.header, before?.progress)
    var comparison = FieldComparison()
    comparison.choice("state", before?.state, state)
    comparison.field("workOrderId", old?.workOrderID, header.workOrderID)
    comparison.field("vehicleId", old?.vehicleID, header.vehicleID)
    comparison.field("claim/number", old?.claim?.number, header.claim?.number)
    comparison.field("claim/line", old?.claim?.line, header.claim?.line)
    comparison.field("partNumber", old?.partNumber, header.partNumber)
    comparison.field("partDescription", old?.partDescription, header.partDescription)
    comparison.field("serialNumber", old?.serialNumber, header.serialNumber)
    comparison.field("quantity", old?.quantity, header.quantity)
    comparison.field("faultCode", old?.faultCode, header.faultCode)
    comparison.field("fault", old?.fault, header.fault)
    comparison.field("removedOn", old?.removedOn, header.removedOn)
    comparison.field("supplierId", old?.supplierID, header.supplierID)
    comparison.field("externalIds", old?.externalIDs ?? [:], header.externalIDs)
    comparison.field("tag/storagePlace", done?.tag?.storagePlace, progress.tag?.storagePlace)
    comparison.field("tag/prints", done?.tag?.prints, progress.tag?.prints)
    comparison.choice("shipment/destination", done?.shipment?.destination, progress.shipment?.destination)
    comparison.field("shipment/packingList", done?.shipment?.packingList, progress.shipment?.packingList)
    comparison.field("shipment/lateStatement", done?.shipment?.lateStatement, progress.shipment?.lateStatement)
    comparison.field("receipt/quantity", done?.receipt?.quantity, progress.receipt?.quantity)
    comparison.choice("inspection/verdict", done?.inspection?.verdict, progress.inspection?.verdict)
    comparison.choice("inspection/fault", done?.inspection?.fault, progress.inspection?.fault)
    comparison.choice("inspection/consequence", done?.inspection?.consequence, progress.inspection?.consequence)
    comparison.field("forwarding/supplierId", done?.forwarding?.supplierID, progress.forwarding?.supplierID)
    comparison.field("forwarding/deliveryNote", done?.forwarding?.deliveryNote, progress.forwarding?.deliveryNote)
    comparison.field("disposal/note", done?.disposal?.note, progress.disposal?.note)
    comparison.field("disposal/reused", done?.disposal?.reused ?? [], progress.disposal?.reused ?? [])
    comparison.field("recoveryId", done?.recoveryID, progress.recoveryID)
    return comparison.changes
  }
}

/// A merge patch of what the tag says (C-17).
package struct OldPartPatch: Hashable, Sendable {
  package var partDescription: Patch<String> = .keep
  package var serialNumber: Patch<String?> = .keep
  package var faultCode: Patch<String?> = .keep
  package var fault: Patch<String> = .keep
  package var removedOn: Patch<CalendarDate?> = .keep
  package var supplierID: Patch<Supplier.ID?> = .keep
  package var externalIDs: ExternalIDsPatch = .keep

  package init() {}
}

extension OldPart {
  /// Applies a patch; once the part travels, its tag stands.
  package mutating func apply(_ patch: OldPartPatch) throws(Refusal) {
    guard [.tagged, .due, .overdue].contains(state) else {
      throw .conflict(
        code: "old-part-not-editable", detail: "The part is \(state.rawValue); what its tag says stands.",
        .state(state), .allowedStates([State.tagged, .due, .overdue]))
    }
    patch.partDescription.merge(into: &header.partDescription)
    patch.serialNumber.merge(into: &header.serialNumber)
    patch.faultCode.merge(into: &header.faultCode)
    patch.fault.merge(into: &header.fault)
    patch.removedOn.merge(into: &header.removedOn)
    patch.supplierID.merge(into: &header.supplierID)
    try patch.externalIDs.merge(into: &header.externalIDs)
  }
}
