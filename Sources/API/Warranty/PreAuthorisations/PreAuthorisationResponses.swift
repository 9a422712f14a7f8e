package import Domain

/// A pre-authorisation as one caller sees it, with his actions.
package struct PreAuthorisationView: JSONWritable {
  private let document: PreAuthorisation
  private let actions: [PreAuthorisation.Action]
  private let isSummary: Bool

  package init(_ document: PreAuthorisation, for caller: Caller, isSummary: Bool = false) {
    self.document = document
    self.isSummary = isSummary
    actions = PreAuthorisationLifecycle.table.available(in: document.state, to: caller)
  }

  package func write(to json: inout JSONWriter) {
    let (header, progress) = (document.header, document.progress)
    json.object { json in
      if !isSummary { json.field("approved", document.approved) }
      json.array("availableActions", actions) { $0.string($1.rawValue) }
      json.field("createdAt", document.stamp.createdAt)
      json.field("createdBy", document.stamp.createdBy.name)
      json.field("currency", document.currency)
      json.field("decision", progress.decision)
      json.field("expiredAt", progress.expiredAt)
      json.field("externalIds", header.externalIDs)
      json.field("id", document.id)
      json.field("kind", header.kind)
      if !isSummary { json.array("lines", document.lines) }
      json.field("number", document.number)
      json.array("questions", progress.questions)
      json.field("reason", header.reason)
      if !isSummary { json.field("requested", document.requested) }
      json.field("state", document.state)
      json.field("stationId", document.stationID)
      json.field("submittedAt", progress.submittedAt)
      json.field("submittedBy", progress.submittedBy?.name)
      json.field("updatedAt", document.stamp.updatedAt)
      json.field("updatedBy", document.stamp.updatedBy.name)
      json.field("validUntil", progress.validUntil)
      json.field("vehicleId", document.vehicleID)
      json.field("version", document.version)
      json.field("workOrderId", document.workOrderID)
    }
  }
}

extension PreAuthorisationLine: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object { json in
      json.field("approved", approved)
      json.field("causalPartNumber", causalPartNumber)
      json.field("description", description)
      json.field("drawn", drawn)
      json.field("entitlement", entitlement)
      json.field("faultCode", faultCode)
      json.field("labourOperationCode", labourOperationCode)
      json.field("number", number)
      json.field("requested", requested)
    }
  }
}

extension PreAuthorisationVerdict: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object {
      $0.field("covered", covered)
      $0.field("policyVersion", policyVersion.description)
      $0.field("proof", proof)
      $0.array("reasons", reasons) { $0.string($1.rawValue) }
    }
  }
}

extension PreAuthorisationQuestion: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object {
      $0.field("answer", answer)
      $0.field("answeredAt", answeredAt)
      $0.field("answeredBy", answeredBy?.name)
      $0.field("askedAt", askedAt)
      $0.field("askedBy", askedBy.name)
      $0.field("question", text)
    }
  }
}

extension PreAuthorisationDecision: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object {
      $0.field("at", at)
      $0.field("by", by.name)
      $0.field("outcome", outcome)
      $0.field("reason", reason)
    }
  }
}
