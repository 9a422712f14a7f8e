package import Domain

/// A pre-authorisation as one caller sees it, with his actions.
package struct PreAuthorisationView: JSONWritable {
  private let document: PreAuthorisation
  private let actions: [PreAuthorisation.Action]
  private let isSummary: Bool
  private let isMasked: Bool

  package init(_ document: PreAuthorisation, for caller: Caller, isSummary: Bool = false) {
    self.document = document
    self.isSummary = isSummary
    // People write names and numbers into reasons (SEC-04).
    isMasked = !caller.may(.customersReadPersonal)
    actions = PreAuthorisationLifecycle.table.available(on: document, to: caller)
  }

  package func write(to json: inout JSONWriter) {
    let (header, progress) = (document.header, document.progress)
    json.object { json in
      if !isSummary { json.field("approved", document.approved) }
      json.array("availableActions", actions) { $0.string($1.rawValue) }
      json.field("createdAt", document.stamp.createdAt)
      json.field("createdBy", document.stamp.createdBy.name)
      json.field("currency", document.currency)
      json.member("decision") { json in
        guard let decision = progress.decision else { return json.null() }
        json.object {
          $0.field("at", decision.at)
          $0.field("by", decision.by.name)
          $0.field("outcome", decision.outcome)
          $0.field("reason", shown(decision.reason))
        }
      }
      json.field("expiredAt", progress.expiredAt)
      json.field("externalIds", header.externalIDs)
      json.field("id", document.id)
      json.field("kind", header.kind)
      if !isSummary { json.array("lines", document.lines) { write($1, to: &$0) } }
      json.field("number", document.number)
      json.array("questions", progress.questions) { json, question in
        json.object {
          $0.field("answer", shown(question.answer))
          $0.field("answeredAt", question.answeredAt)
          $0.field("answeredBy", question.answeredBy?.name)
          $0.field("askedAt", question.askedAt)
          $0.field("askedBy", question.askedBy.name)
          $0.field("question", shown(question.text))
        }
      }
      json.field("reason", shown(header.reason))
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

  private func write(_ line: PreAuthorisationLine, to json: inout JSONWriter) {
    json.object {
      $0.field("approved", line.approved)
      $0.field("asked", line.asked)
      $0.field("causalPartNumber", line.causalPartNumber)
      $0.field("description", shown(line.description))
      $0.field("drawn", line.drawn)
      $0.field("entitlement", line.entitlement)
      $0.field("faultCode", line.faultCode)
      $0.field("labourOperationCode", line.labourOperationCode)
      $0.field("number", line.number)
      $0.field("requested", line.requested)
    }
  }

  private func shown(_ text: String?) -> String? {
    text.map { isMasked ? FreeText.cleaned($0) : $0 }
  }
}

extension PreAuthorisationLine.Asked: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object {
      $0.field("labourHours", hours)
      $0.array("parts", parts.sorted { $0.key < $1.key }) { json, part in
        json.object {
          $0.field("partNumber", part.key)
          $0.field("quantity", part.value)
        }
      }
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
