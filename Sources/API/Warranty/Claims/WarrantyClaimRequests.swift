import Domain

extension Form {
  /// `items` of a claim; `nil`: recorded as violations, or not said.
  mutating func claimItems() -> [ClaimItemDraft]? {
    array("items", 1...50) { item -> ClaimItemDraft? in
      let number = item.optional("number", .integer(1...10_000))
      let description = item.required("description", .text(1...500))
      let part = item.optional("causalPartNumber", .text(1...60))
      let operation = item.optional("labourOperationCode", .text(1...40))
      let group = item.optional("componentGroup", .choice(ComponentGroup.self))
      let fault = item.optional("faultCode", .text(1...40))
      let concern = item.optional("concern", .text(1...2000))
      let cause = item.optional("cause", .text(1...2000))
      let correction = item.optional("correction", .text(1...2000))
      let permit = item.patch("preAuthorisationId", .id(PreAuthorisation.self))
      item.readOnly("workOrderLine")
      let lines = item.array("lines", 1...100) { $0.claimLine() }
      guard let description, let lines else { return nil }
      return ClaimItemDraft(
        number: number, preAuthorisationID: permit,
        work: ClaimWork(
          description: description, causalPartNumber: part, labourOperationCode: operation, componentGroup: group,
          faultCode: fault, concern: concern, cause: cause, correction: correction),
        lines: lines)
    }
  }

  private mutating func claimLine() -> ClaimLineDraft? {
    let number = optional("number", .integer(1...10_000))
    let kind = required("kind", .choice(ClaimLine.Kind.self))
    let description = required("description", .text(1...500))
    let part = optional("partNumber", .text(1...60))
    let quantity = optional("quantity", .integer(1...9999))
    let hours = optional("hours", .hours(0...99_999))
    let unitPrice = optional("unitPrice", .price)
    let amount = required("amount", .price)
    readOnly("decision", "oldPart", "settlement")
    guard let kind, let description, let amount else { return nil }
    return ClaimLineDraft(
      number: number, kind: kind,
      charge: ClaimCharge(
        description: description, partNumber: part, quantity: quantity, hours: hours, unitPrice: unitPrice,
        amount: amount))
  }

  mutating func warrantyClaimDraft() throws -> WarrantyClaimDraft {
    let stationID = optional("stationId", .id(Station.self))
    let kind = required("kind", .choice(WarrantyClaim.Kind.self))
    let order = optional("workOrderId", .id(WorkOrder.self))
    let complaint = optional("complaintId", .id(Complaint.self))
    let lines = optional("workOrderLines", .array(of: .integer(1...10_000), 1...200))
    let items = has("items") ? claimItems() : nil
    let note = optional("note", .text(1...2000))
    let externalIDs = optional("externalIds", .externalIDs)
    try finish()
    guard let kind else { throw failure }
    return WarrantyClaimDraft(
      stationID: stationID, kind: kind, workOrderID: order, complaintID: complaint, workOrderLines: lines, items: items,
      note: note, externalIDs: externalIDs ?? [:])
  }

  mutating func warrantyClaimPatch() throws -> WarrantyClaimPatch {
    var patch = WarrantyClaimPatch()
    patch.odometerKm = self.patch("odometerKm", .odometer)
    patch.repairedOn = self.patch("repairedDate", .date)
    patch.note = self.patch("note", .text(1...2000))
    if has("items"), let items = claimItems() { patch.items = .set(items) }
    patch.externalIDs = externalIDsPatch()
    readOnly(
      "id", "version", "createdAt", "createdBy", "updatedAt", "updatedBy", "number", "state", "kind", "stationId",
      "workOrderId", "complaintId", "vehicleId", "currency", "availableActions", "counts", "claimed", "approved")
    try finish()
    return patch
  }

  /// What is said about one line, beside which line it is.
  mutating func claimDecision(line: Int?) -> ClaimDecision? {
    let outcome = required("outcome", .choice(ClaimVerdict.Outcome.self))
    let amount = optional("amount", .price)
    let reason = required("reason", .choice(ClaimVerdict.Reason.self))
    let text = required("text", .text(1...2000))
    if let reason, Self.unspoken.contains(reason) {
      refuse("reason", .notInSet, "is the product's own to say")
      return nil
    }
    guard let line, let outcome, let reason, let text else { return nil }
    return ClaimDecision(line: line, outcome: outcome, amount: amount, reason: reason, text: text)
  }

  /// Reasons that no person gives.
  static let unspoken: Set<ClaimVerdict.Reason> = [.clean, .deemed, .oldPart]
}
