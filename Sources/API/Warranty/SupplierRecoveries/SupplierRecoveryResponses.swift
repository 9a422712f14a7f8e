package import Domain

/// A recovery as one caller sees it, with his actions. Its lines stand at `…/lines`.
package struct SupplierRecoveryView: JSONWritable {
  private let document: SupplierRecovery
  private let actions: [SupplierRecovery.Action]

  package init(_ document: SupplierRecovery, for caller: Caller) {
    self.document = document
    actions = SupplierRecoveryLifecycle.table.available(on: document, to: caller)
  }

  package func write(to json: inout JSONWriter) {
    let progress = document.progress
    json.object { json in
      json.field("agreedAmount", document.agreedAmount)
      json.field("agreement", progress.agreement)
      json.field("amount", document.amount)
      json.field("answer", progress.answer)
      json.array("availableActions", actions) { $0.string($1.rawValue) }
      json.field("corrections", progress.corrections)
      json.field("createdAt", document.stamp.createdAt)
      json.field("createdBy", document.stamp.createdBy.name)
      json.field("id", document.id)
      json.field("ledgerEntryNumber", progress.posting?.entry)
      json.field("number", document.number)
      json.field("periodBefore", document.period.before)
      json.field("periodFrom", document.period.from)
      json.field("sending", progress.sending)
      json.field("settlement", progress.settlement)
      json.field("state", document.state)
      json.field("supplierId", document.supplierID)
      json.field("updatedAt", document.stamp.updatedAt)
      json.field("updatedBy", document.stamp.updatedBy.name)
      json.field("version", document.version)
    }
  }
}

extension SupplierRecovery.Step: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object {
      $0.field("at", at)
      $0.field("by", by)
      $0.field("note", note)
    }
  }
}

extension SupplierRecovery.Correction: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object {
      $0.field("at", step.at)
      $0.field("by", step.by)
      $0.field("from", from)
      $0.field("ledgerEntryNumber", step.entry)
      $0.field("note", step.note)
      $0.field("to", to)
    }
  }
}

extension SupplierRecovery.Line: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object { json in
      json.field("agreedAmount", agreedAmount)
      json.field("amount", amount)
      json.field("capped", isCapped)
      json.field("claimId", source.claimID)
      json.field("claimItem", source.item)
      json.field("claimNumber", source.claimNumber)
      json.field("contractId", contractID)
      json.field("decidedOn", source.decidedOn)
      json.field("disputeReason", disputeReason)
      json.field("faultCode", source.faultCode)
      json.field("labourAmount", labourAmount)
      json.field("labourHours", source.labourHours)
      json.field("line", number)
      json.field("oldPartId", source.oldPartID)
      json.field("partNumber", source.partNumber)
      json.field("partsAmount", partsAmount)
      json.field("partsCost", source.partsCost)
      json.field("recoveredBefore", source.former?.amount ?? .zero(amount.currency))
      json.field("stationId", source.stationID)
      json.field("vin", source.vin)
    }
  }
}
