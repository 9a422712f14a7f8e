/// An order as it is drafted.
package struct PartsOrderDraft: Hashable, Sendable, ExternallyIdentified {
  package struct Line: Hashable, Sendable {
    package let partNumber: String
    package let quantity: Int

    package init(partNumber: String, quantity: Int) {
      self.partNumber = partNumber
      self.quantity = quantity
    }
  }

  /// `nil`: the caller's own station.
  package let stationID: Station.ID?
  package var header: PartsOrderHeader
  package let lines: [Line]

  package init(stationID: Station.ID?, header: PartsOrderHeader, lines: [Line]) {
    self.stationID = stationID
    self.header = header
    self.lines = lines
  }

  package var externalIDs: [String: String] {
    get { header.externalIDs }
    set { header.externalIDs = newValue }
  }
}

/// What a list of orders can be narrowed by; conditions combine with and.
package struct PartsOrderFilter: Hashable, Sendable {
  /// Any of these; none asks for all.
  package var states: [PartsOrder.State] = []
  package var kinds: [PartsOrder.Kind] = []
  package var stationID: Station.ID?
  package var workOrderID: WorkOrder.ID?
  package var vehicleID: Vehicle.ID?
  package var partNumber: String?
  package var createdFrom: Timestamp?
  package var createdBefore: Timestamp?
  package var number: String?

  package init() {}
}

extension PartsOrder {
  /// Puts what a draft says in place of what it said before.
  ///
  /// - Parameter lines: `nil`: they stay.
  /// - Throws: `parts-order-not-editable` once it was signed.
  package mutating func rewrite(
    _ header: PartsOrderHeader, lines: [PartsOrderLine]?, by subject: Subject
  ) throws(Refusal) {
    if state != .draft {
      throw .conflict(
        code: "parts-order-not-editable", detail: "The order is \(state.rawValue); what was signed stands.",
        .fields(differences(header, lines)), .state(state), .allowedStates([State.draft]))
    }
    try header.validate()
    self.header = header
    if let lines { self.lines = lines }
    if let person = subject.id, !progress.authors.contains(person) { progress.authors.append(person) }
  }

  /// Which members of a body say something else than the order: JSON pointers. Lines of a body are the lines that were ordered, in
  /// their order; what replaces others was never said by the station.
  private func differences(_ header: PartsOrderHeader, _ lines: [PartsOrderLine]?) -> [String] {
    var other = self
    other.header = header
    var fields = other.changes(from: self).map { "#/\($0.field)" }
    guard let lines else { return fields }
    let ordered = self.lines.filter { $0.replaces == nil }
    for place in 0..<max(lines.count, ordered.count) {
      guard place < lines.count, place < ordered.count else {
        fields.append("#/lines/\(place)")
        continue
      }
      if lines[place].partNumber != ordered[place].partNumber { fields.append("#/lines/\(place)/partNumber") }
      if lines[place].quantity != ordered[place].quantity { fields.append("#/lines/\(place)/quantity") }
    }
    return fields
  }

  /// What changed since `before`, field by field; each line by its number.
  package func changes(from before: PartsOrder?) -> [FieldChange] {
    let (old, done) = (before?.header, before?.progress)
    var comparison = FieldComparison()
    comparison.choice("state", before?.state, state)
    comparison.choice("type", old?.kind, header.kind)
    comparison.field("workOrderId", old?.workOrderID, header.workOrderID)
    comparison.field("vehicleId", old?.vehicleID, header.vehicleID)
    comparison.field("sourceStationId", old?.sourceStationID, header.sourceStationID)
    comparison.field("letterOfIntent/number", old?.letterOfIntent?.number, header.letterOfIntent?.number)
    comparison.field("letterOfIntent/signedDate", old?.letterOfIntent?.signedDate, header.letterOfIntent?.signedDate)
    comparison.field("requiredDate", old?.requiredDate, header.requiredDate)
    comparison.field("remark", old?.remark, header.remark)
    comparison.field("externalIds", old?.externalIDs ?? [:], header.externalIDs)
    comparison.field("signature/by", done?.signature?.by, progress.signature?.by)
    comparison.field("signature/amount", done?.signature?.amount, progress.signature?.amount)
    comparison.field("orderDate", done?.orderDate, progress.orderDate)
    comparison.field("surchargePercent", done?.surchargePercent ?? 0, progress.surchargePercent)
    comparison.field("credit/position", done?.credit?.position, progress.credit?.position)
    comparison.field("credit/required", done?.credit?.required, progress.credit?.required)
    comparison.field("hold/reason", done?.hold?.reason, progress.hold?.reason)
    comparison.field("release/reason", done?.release?.reason, progress.release?.reason)
    comparison.field("supplyDueAt", done?.supplyDueAt, progress.supplyDueAt)
    comparison.field("exitReason", done?.exitReason, progress.exitReason)
    for line in lines {
      let former = before?.line(line.number)
      if former == line { continue }
      let place = "lines/\(line.number)"
      comparison.field("\(place)/partNumber", former?.partNumber, line.partNumber)
      comparison.field("\(place)/quantity", former?.quantity, line.quantity)
      comparison.field("\(place)/unitPrice", former?.unitPrice, line.unitPrice)
      comparison.field("\(place)/open", former?.open, line.open)
      comparison.field("\(place)/backordered", former?.backordered, line.backordered)
      comparison.field("\(place)/shipped", former?.shipped, line.shipped)
      comparison.field("\(place)/cancelled", former?.cancelled, line.cancelled)
      comparison.field("\(place)/received", former?.received, line.received)
      comparison.field("\(place)/short", former?.short, line.short)
      comparison.field("\(place)/rejected", former?.rejected, line.rejected)
      comparison.field("\(place)/expectedDate", former?.expectedDate, line.expectedDate)
    }
    for former in before?.lines ?? [] where line(former.number) == nil {
      comparison.field("lines/\(former.number)/partNumber", former.partNumber, nil as String?)
    }
    return comparison.changes
  }
}

extension PartsOrderHeader {
  /// The rules that hold between members.
  package func validate() throws(Refusal) {
    switch kind {
    case .transfer:
      if sourceStationID == nil {
        throw .invalid("#/sourceStationId", .required, "is required for a transfer: whose stock it comes from")
      }
    case .stock, .urgent, .vor, .startup:
      if sourceStationID != nil {
        throw .invalid("#/sourceStationId", .inconsistent, "belongs to a transfer")
      }
    }
    switch kind {
    case .stock, .startup:
      if workOrderID != nil {
        throw .invalid(
          "#/workOrderId", .inconsistent, "belongs to an order that a vehicle waits for: urgent, vor, transfer")
      }
    case .vor:
      if workOrderID == nil {
        throw .invalid("#/workOrderId", .required, "is required: the work order that waits (PO-09)")
      }
    case .urgent, .transfer: break
    }
    if letterOfIntent != nil, kind != .startup {
      throw .invalid("#/letterOfIntent", .inconsistent, "belongs to an order of first stock")
    }
  }
}
