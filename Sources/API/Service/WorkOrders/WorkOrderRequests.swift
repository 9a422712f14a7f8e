import Domain
import FoundationEssentials
import Services

// Bodies of the work-order operations. Every reader collects all faults before it gives up (C-09).

extension Form {
  mutating func workOrderDraft() throws -> WorkOrderDraft {
    let station = optional("stationId", .id(Station.self))
    let customer = required("customerId", .id(Customer.self))
    let vehicle = optional("vehicleId", .id(Vehicle.self))
    let mode = optional("mode", .choice(WorkOrder.Mode.self)) ?? .workshop
    let type = optional("serviceType", .choice(WorkOrder.ServiceType.self)) ?? .repair
    let summary = required("summary", .text(1...2000))
    let note = optional("note", .text(1...4000))
    let contact = object("contact") { form in form.contact() }
    let externalIDs = optional("externalIds", .externalIDs) ?? [:]
    let saysLines = has("lines")
    let lines = array("lines", 0...100) { form in form.jobLineDraft() }
    readOnly("id", "number", "state", "version", "createdAt", "createdBy")
    try finish()
    guard let customer, let summary, let lines else { throw failure }
    return WorkOrderDraft(
      stationID: station,
      header: WorkOrderHeader(
        customerID: customer, vehicleID: vehicle, mode: mode, serviceType: type, summary: summary, note: note,
        contact: contact, externalIDs: externalIDs),
      lines: saysLines ? lines : nil)
  }

  mutating func contact() -> WorkOrderContact? {
    let name = optional("name", .text(1...100))
    let phone = optional("phone", .text(3...30))
    return name == nil && phone == nil ? nil : WorkOrderContact(name: name, phone: phone)
  }

  mutating func workOrderPatch() throws -> WorkOrderPatch {
    var patch = WorkOrderPatch()
    patch.customerID = requiredPatch("customerId", .id(Customer.self))
    patch.vehicleID = requiredPatch("vehicleId", .id(Vehicle.self))
    patch.mode = requiredPatch("mode", .choice(WorkOrder.Mode.self))
    patch.serviceType = requiredPatch("serviceType", .choice(WorkOrder.ServiceType.self))
    patch.summary = requiredPatch("summary", .text(1...2000))
    patch.note = self.patch("note", .text(1...4000))
    patch.contact = objectPatch("contact") { form in
      var contact = WorkOrderContactPatch()
      contact.name = form.patch("name", .text(1...100))
      contact.phone = form.patch("phone", .text(3...30))
      return contact
    }
    patch.promisedDeliveryAt = requiredPatch("promisedDeliveryAt", .timestamp)
    patch.externalIDs = externalIDsPatch()
    readOnly("id", "number", "state", "version", "stationId", "createdAt", "createdBy")
    try finish()
    return patch
  }

  mutating func jobLineDraft() -> JobLineDraft? {
    let description = required("description", .text(1...500))
    let concern = optional("concern", .text(1...2000))
    let cause = optional("cause", .text(1...2000))
    let correction = optional("correction", .text(1...2000))
    let fault = optional("faultCode", .text(1...50))
    let codes = optional("diagnosticTroubleCodes", .textArray(50, 1...20)) ?? []
    let causalPart = optional("causalPartNumber", .text(1...50))
    let operation = optional("labourOperationCode", .text(1...50))
    let hours = optional("standardHours", .hours(0...999_900))
    let rate = optional("labourRate", .price)
    let sublet = object("sublet") { form in form.extra() }
    let travel = object("travel") { form in form.extra() }
    let split = payerSplit()
    let parts = array("parts", 0...200) { form in form.jobPartDraft() }
    guard let description, let parts else { return nil }
    return JobLineDraft(
      work: JobWork(
        description: description, concern: concern, cause: cause, correction: correction, faultCode: fault,
        diagnosticTroubleCodes: codes, causalPartNumber: causalPart, labourOperationCode: operation),
      standardHours: hours, labourRate: rate, sublet: sublet, travel: travel, split: split, parts: parts)
  }

  mutating func jobLinePatch() throws -> JobLinePatch {
    var patch = JobLinePatch()
    patch.description = requiredPatch("description", .text(1...500))
    patch.concern = self.patch("concern", .text(1...2000))
    patch.cause = self.patch("cause", .text(1...2000))
    patch.correction = self.patch("correction", .text(1...2000))
    patch.faultCode = self.patch("faultCode", .text(1...50))
    patch.diagnosticTroubleCodes = requiredPatch("diagnosticTroubleCodes", .textArray(50, 1...20))
    patch.causalPartNumber = self.patch("causalPartNumber", .text(1...50))
    patch.standardHours = requiredPatch("standardHours", .hours(0...999_900))
    patch.labourRate = requiredPatch("labourRate", .price)
    // An extra is a small whole: given again, it replaces the former one.
    patch.sublet = has("sublet") ? .set(object("sublet") { form in form.extra() }) : .keep
    patch.travel = has("travel") ? .set(object("travel") { form in form.extra() }) : .keep
    if let split = payerSplit() { patch.split = .set(split) }
    readOnly("id", "number", "decision", "additional", "amount", "parts", "clockings", "technicianId")
    try finish()
    return patch
  }

  mutating func jobPartDraft() -> JobPartDraft? {
    let number = required("partNumber", .text(1...50))
    let description = required("description", .text(1...200))
    let quantity = required("quantity", .integer(1...100_000))
    let price = required("unitPrice", .price)
    let origin = optional("origin", .choice(JobPart.Origin.self)) ?? .oem
    let months = optional("guaranteeMonths", .integer(0...600))
    let km = optional("guaranteeKm", .odometer)
    guard let number, let description, let quantity, let price else { return nil }
    return JobPartDraft(
      partNumber: number, description: description, quantity: quantity, unitPrice: price, origin: origin,
      guaranteeMonths: months, guaranteeKm: km)
  }

  mutating func extra() -> JobLine.Extra? {
    let description = required("description", .text(1...200))
    let amount = required("amount", .price)
    guard let description, let amount else { return nil }
    return JobLine.Extra(description: description, amount: amount)
  }

  /// `nil`: not said. Payers that are left out pay nothing.
  mutating func payerSplit() -> [PayerSplit.Payer: Money]? {
    object("split") { form in
      var split: [PayerSplit.Payer: Money] = [:]
      for payer in PayerSplit.Payer.allCases {
        if let amount = form.optional(payer.rawValue, .price) { split[payer] = amount }
      }
      return split
    }
  }

  mutating func inspectionRecord(_ call: Call) throws -> WorkOrderService.InspectionRecord {
    let odometer = required("odometerKm", .odometer)
    let replacement = object("clusterReplacement") { form -> OdometerDraft.Replacement? in
      let old = form.required("oldKm", .odometer)
      let new = form.required("newKm", .odometer)
      let reason = form.required("reason", .text(1...500))
      guard let old, let new, let reason else { return nil }
      return OdometerDraft.Replacement(oldKm: old, newKm: new, reason: reason)
    }
    let exterior = findings("exterior")
    let interior = findings("interior")
    let functions = findings("functions")
    let belongings = optional("belongings", .textArray(50, 1...200)) ?? []
    let fuel = optional("fuelPercent", .integer(0...100))
    let confirmedBy = required("confirmedBy", .text(1...100))
    let campaigns = campaignAnswers()
    try finish()
    guard let odometer, let confirmedBy, let campaigns else { throw failure }
    return WorkOrderService.InspectionRecord(
      odometerKm: odometer, clusterReplacement: replacement,
      record: ReceptionInspection(
        exterior: exterior, interior: interior, functions: functions, belongings: belongings, fuelPercent: fuel,
        confirmedBy: confirmedBy, inspectedAt: call.at, inspectedBy: call.caller.name), campaigns: campaigns)
  }

  private mutating func findings(_ name: String) -> [ReceptionInspection.Finding] {
    let found = array(name, 0...100) { form -> ReceptionInspection.Finding? in
      let position = form.required("position", .text(1...100))
      let condition = form.required("condition", .text(1...500))
      guard let position, let condition else { return nil }
      return ReceptionInspection.Finding(position: position, condition: condition)
    }
    return found ?? []
  }

  /// Who decided, when, how, and on which estimate (WO-04). Left out, `decidedAt` is now.
  mutating func customerDecision(_ call: Call) -> CustomerDecision? {
    let hash = required(
      "estimateHash",
      .text(64...64, "must be 64 lower-case hexadecimal digits") { text in
        text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
      })
    let decidedBy = required("decidedBy", .text(1...100))
    let channel = required("channel", .choice(CustomerDecision.Channel.self))
    let decidedAt = optional("decidedAt", .timestamp) ?? call.at
    if decidedAt > call.at.adding(seconds: 60) { refuse("decidedAt", .outOfRange, "must not lie in the future") }
    guard let hash, let decidedBy, let channel else { return nil }
    return CustomerDecision(
      decidedBy: decidedBy, channel: channel, decidedAt: decidedAt, estimateHash: hash,
      recordedBy: call.caller.name)
  }

  mutating func payments() -> [Payment]? {
    array("payments", 0...20) { form -> Payment? in
      let method = form.required("method", .choice(Payment.Method.self))
      let amount = form.required("amount", .price)
      let reference = form.optional("reference", .text(1...100))
      guard let method, let amount else { return nil }
      return Payment(method: method, amount: amount, reference: reference)
    }
  }
}
