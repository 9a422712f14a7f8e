/// An order as reception opens it, or as another system knows it.
package struct WorkOrderDraft: Hashable, Sendable, ExternallyIdentified {
  /// `nil`: the caller's own station.
  package let stationID: Station.ID?
  package var header: WorkOrderHeader
  /// `nil`: nothing is said about jobs.
  package let lines: [JobLineDraft]?

  package var externalIDs: [String: String] {
    get { header.externalIDs }
    set { header.externalIDs = newValue }
  }

  package init(stationID: Station.ID?, header: WorkOrderHeader, lines: [JobLineDraft]?) {
    self.stationID = stationID
    self.header = header
    self.lines = lines
  }
}

/// A merge patch of the header (C-17).
package struct WorkOrderPatch: Hashable, Sendable {
  package var customerID: Patch<Customer.ID> = .keep
  package var vehicleID: Patch<Vehicle.ID> = .keep
  package var mode: Patch<WorkOrder.Mode> = .keep
  package var serviceType: Patch<WorkOrder.ServiceType> = .keep
  package var summary: Patch<String> = .keep
  package var note: Patch<String?> = .keep
  /// Members of `contact` merge, so that one of them can be changed alone; `.set(nil)` clears the whole contact.
  package var contact: Patch<WorkOrderContactPatch?> = .keep
  package var promisedDeliveryAt: Patch<Timestamp> = .keep
  package var externalIDs: ExternalIDsPatch = .keep

  package init() {}
}

package struct WorkOrderContactPatch: Hashable, Sendable {
  package var name: Patch<String?> = .keep
  package var phone: Patch<String?> = .keep
  package init() {}
}

extension WorkOrder {
  /// Applies a patch of the header. Who and which vehicle an order is for stands once reception has checked it in.
  package mutating func apply(_ patch: WorkOrderPatch, at now: Timestamp) throws(Refusal) {
    try requireOpenHeader()
    if patch.customerID.isSet || patch.vehicleID.isSet { try requireBeforeCheckIn() }
    patch.customerID.merge(into: &header.customerID)
    if case .set(let vehicle) = patch.vehicleID { header.vehicleID = vehicle }
    patch.mode.merge(into: &header.mode)
    patch.serviceType.merge(into: &header.serviceType)
    patch.summary.merge(into: &header.summary)
    patch.note.merge(into: &header.note)
    try patch.externalIDs.merge(into: &header.externalIDs)
    if case .set(let contact) = patch.contact {
      if let contact {
        var merged = header.contact ?? WorkOrderContact(name: nil, phone: nil)
        contact.name.merge(into: &merged.name)
        contact.phone.merge(into: &merged.phone)
        header.contact = merged.name == nil && merged.phone == nil ? nil : merged
      } else {
        header.contact = nil
      }
    }
    if case .set(let promised) = patch.promisedDeliveryAt {
      guard progress.promisedDeliveryAt != nil else {
        throw .conflict(
          code: "nothing-promised", detail: "A delivery time is promised with the estimate.", .state(state))
      }
      if promised <= now { throw .invalid("#/promisedDeliveryAt", .outOfRange, "must lie in the future") }
      progress.promisedDeliveryAt = promised
    }
  }

  /// Puts a header as another system knows it in place of this one, by the rules of a patch.
  package mutating func rewrite(_ header: WorkOrderHeader) throws(Refusal) {
    if header == self.header { return }
    try requireOpenHeader()
    if header.customerID != self.header.customerID || header.vehicleID != self.header.vehicleID {
      try requireBeforeCheckIn()
    }
    self.header = header
  }

  private func requireOpenHeader() throws(Refusal) {
    if WorkOrderLifecycle.ended.contains(state) {
      throw .conflict(
        code: "order-not-editable", detail: "The state \(state.rawValue) does not allow a change of the header.",
        .state(state))
    }
  }

  private func requireBeforeCheckIn() throws(Refusal) {
    if state != .received {
      throw .conflict(
        code: "order-not-editable", detail: "Customer and vehicle stand since the vehicle was checked in.",
        .state(state), .allowedStates([State.received]))
    }
  }
}
