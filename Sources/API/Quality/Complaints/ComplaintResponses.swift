package import Domain

/// A complaint as one caller sees it: with his actions, and who complained masked unless he may read personal data (SEC-04).
package struct ComplaintView: JSONWritable {
  private let complaint: Complaint
  private let actions: [Complaint.Action]
  private let disclosure: Disclosure

  package init(_ complaint: Complaint, for caller: Caller) {
    self.complaint = complaint
    disclosure = Disclosure(of: complaint.header.customerID, to: caller)
    actions = ComplaintLifecycle.table.available(on: complaint, to: caller)
  }

  package func write(to json: inout JSONWriter) {
    let shown = disclosure.shown(complaint)
    let (header, progress, major) = (shown.header, shown.progress, shown.major)
    json.object { json in
      json.field("agreement", major.agreement.map { AgreementView($0, disclosure) })
      json.field("appraisal", major.appraisal)
      json.field("arrival", major.arrival)
      json.field("assignment", progress.assignment)
      json.array("availableActions", actions) { $0.string($1.rawValue) }
      json.field("category", header.category)
      json.field("cause", progress.cause)
      json.field("channel", header.channel)
      json.field("closedAt", progress.closedAt)
      json.field("compensationDemand", header.compensationDemand)
      json.field("component", header.component)
      json.field("conclusion", progress.conclusion)
      json.field("confirmation", major.confirmation)
      json.object("contact") {
        $0.personal("name", header.contact.name, disclosure)
        $0.personal("phone", header.contact.phone, disclosure)
      }
      json.field("createdAt", complaint.stamp.createdAt)
      json.field("createdBy", complaint.stamp.createdBy.name)
      json.field("customerId", header.customerID)
      json.field("customerWords", header.customerWords)
      json.array("duplicateCandidateIds", progress.duplicateCandidates)
      json.field("escalation", progress.escalation)
      json.field("executionStartedAt", major.executionStartedAt)
      json.field("externalIds", header.externalIDs)
      json.object("facts") {
        $0.field("brokeDown", header.facts.brokeDown)
        $0.field("crash", header.facts.crash)
        $0.field("deaths", header.facts.deaths)
        $0.field("fire", header.facts.fire)
        $0.field("injured", header.facts.injured)
        $0.field("mediaExposure", header.facts.mediaExposure)
      }
      json.field("faultCode", header.faultCode)
      json.field("findings", progress.findings)
      json.field("id", complaint.id)
      json.field("incidentDate", header.incidentDate)
      json.field("kind", complaint.kind)
      json.field("level", major.confirmation?.level)
      json.field("majorReport", major.report)
      json.array("mergedComplaintIds", progress.merged)
      json.field("mergedIntoId", progress.mergedInto)
      json.array("negotiations", major.negotiations)
      json.field("number", complaint.number)
      json.field("odometerKm", header.odometerKm)
      json.field("personalDataMasked", disclosure.isMasked)
      json.field("promisedResolutionAt", progress.solution?.promisedAt)
      json.field("refusals", progress.refusals)
      json.field("reopenings", progress.reopenings)
      json.field("repairOrderId", major.repairOrderID)
      json.field("resolution", progress.resolution)
      json.field("satisfactionCall", progress.satisfactionCall)
      json.field("serviceRequestId", header.origin.serviceRequestID)
      json.array("solutions", progress.solutions)
      json.field("state", complaint.state)
      json.field("stationId", complaint.stationID)
      json.field("symptom", header.symptom)
      json.field("team", major.team)
      json.field("updatedAt", complaint.stamp.updatedAt)
      json.field("updatedBy", complaint.stamp.updatedBy.name)
      json.field("vehicleId", header.vehicleID)
      json.field("version", complaint.version)
      json.field("vin", header.vin)
      json.field("workOrderId", header.origin.workOrderID)
    }
  }
}

extension ComplaintAssignment: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object {
      $0.field("assignedAt", assignedAt)
      $0.field("assignedBy", assignedBy)
      $0.field("department", department)
      $0.field("handler", handler)
    }
  }
}

extension ComplaintSolution: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object { json in
      json.field("decision", decision)
      json.array("options", options)
      json.field("promisedResolutionAt", promisedAt)
      json.field("proposedAt", proposedAt)
      json.field("proposedBy", proposedBy)
      json.field("toldAt", toldAt)
      json.field("toldBy", channel)
    }
  }
}

extension ComplaintSolution.Decision: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object {
      $0.field("accepted", option != nil)
      $0.field("channel", channel)
      $0.field("decidedAt", decidedAt)
      $0.field("note", words)
      $0.field("option", option)
      $0.field("recordedBy", recordedBy)
    }
  }
}

extension ComplaintEscalation: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object {
      $0.field("acknowledgedAt", acknowledgedAt)
      $0.field("acknowledgedBy", acknowledgedBy)
      $0.field("escalatedAt", escalatedAt)
      $0.field("escalatedBy", escalatedBy)
      $0.field("level", level)
      $0.field("reason", reason)
    }
  }
}

extension ComplaintResolution: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object {
      $0.field("resolvedAt", resolvedAt)
      $0.field("resolvedBy", resolvedBy)
      $0.field("summary", summary)
    }
  }
}

extension SatisfactionCall: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object {
      $0.field("calledAt", calledAt)
      $0.field("calledBy", calledBy)
      $0.field("comment", comment)
      $0.field("rating", rating)
      $0.field("satisfied", isSatisfied)
    }
  }
}

// MARK: The major branch

extension MajorReport: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object { json in
      json.field("judgement", judgement)
      json.field("phoneCall", call)
      json.array("recipients", sending?.recipients ?? []) { $0.string($1.rawValue) }
      json.field("reportedAt", reportedAt)
      json.field("reportedBy", reportedBy)
      json.field("sentAt", sending?.sentAt)
      json.field("sentBy", sending?.sentBy)
    }
  }
}

extension MajorReport.PhoneCall: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object {
      $0.field("calledAt", calledAt)
      $0.field("spokenWith", spokenWith)
    }
  }
}

extension MajorConfirmation: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object {
      $0.field("confirmedAt", confirmedAt)
      $0.field("confirmedBy", confirmedBy)
      $0.field("level", level)
      $0.field("note", note)
      $0.field("policyVersion", policyVersion)
    }
  }
}

extension ComplaintTeam: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object { json in
      json.field("formedAt", formedAt)
      json.field("formedBy", formedBy)
      json.array("members", members) { json, member in
        json.object {
          $0.field("role", member.role)
          $0.field("userId", member.userID)
        }
      }
      json.field("reason", reason)
    }
  }
}

/// A membership in the team, with when it ended.
struct TeamMembershipView: JSONWritable {
  private let membership: CaseMembership

  init(_ membership: CaseMembership) { self.membership = membership }

  func write(to json: inout JSONWriter) {
    json.object {
      $0.field("joinedAt", membership.grantedAt)
      $0.field("leftAt", membership.revokedAt)
      $0.field("name", membership.name)
      $0.field("role", membership.role)
      $0.field("userId", membership.userID)
    }
  }
}

extension TeamArrival: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object {
      $0.field("arrivedAt", arrivedAt)
      $0.field("place", place)
      $0.field("recordedBy", recordedBy)
    }
  }
}

extension LiabilityAppraisal: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object { json in
      json.field("appraisedAt", appraisedAt)
      json.field("appraisedBy", appraisedBy)
      json.field("cause", cause)
      json.field("findings", findings)
      json.array("liability", liability) { json, share in
        json.object {
          $0.field("party", share.party)
          $0.field("percent", share.percent)
        }
      }
    }
  }
}

extension NegotiationRound: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object {
      $0.field("demand", demand)
      $0.field("heldAt", heldAt)
      $0.field("offer", offer)
      $0.field("recordedBy", recordedBy)
      $0.field("summary", summary)
    }
  }
}

/// The agreement with its signatures, as it may be shown; who signed for the customer is personal.
struct AgreementView: JSONWritable {
  private let agreement: ComplaintAgreement
  private let disclosure: Disclosure

  init(_ agreement: ComplaintAgreement, _ disclosure: Disclosure) {
    self.agreement = agreement
    self.disclosure = disclosure
  }

  func write(to json: inout JSONWriter) {
    let content = agreement.content
    json.object { json in
      json.field("compensation", content.compensation)
      json.field("hash", agreement.hash)
      json.field("repair", content.repair)
      json.field("revision", agreement.revision)
      json.array("signatures", agreement.signatures) { json, signature in
        json.object {
          $0.field("hash", signature.hash)
          switch signature.side {
          case .company: $0.field("name", signature.name)
          case .customer: $0.personal("name", signature.name, disclosure)
          }
          $0.field("recordedBy", signature.recordedBy)
          $0.field("side", signature.side)
          $0.field("signedAt", signature.signedAt)
        }
      }
      json.field("takesVehicleBack", content.takesVehicleBack)
      json.field("terms", content.terms)
      json.field("writtenAt", agreement.writtenAt)
      json.field("writtenBy", agreement.writtenBy)
    }
  }
}

extension Compensation: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object {
      $0.field("amount", amount)
      $0.field("id", id)
      $0.field("paidAt", payment?.paidAt)
      $0.field("paymentRecordedBy", payment?.recordedBy)
      $0.field("paymentReference", payment?.reference)
      $0.field("purpose", purpose)
      $0.field("recordedAt", recordedAt)
      $0.field("recordedBy", recordedBy)
    }
  }
}

extension VehicleReturn: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object {
      $0.field("carrier", carrier)
      $0.field("collectedAt", collectedAt)
      $0.field("collectedFrom", collectedFrom)
      $0.field("id", id)
      $0.field("odometerKm", odometerKm)
      $0.field("recordedBy", recordedBy)
      $0.field("storage", storage)
      $0.field("transportNote", note)
      $0.field("vehicleId", vehicleID)
    }
  }
}

extension VehicleReturn.Storage: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object {
      $0.field("condition", condition)
      $0.field("place", place)
      $0.field("recordedBy", recordedBy)
      $0.field("storedAt", storedAt)
    }
  }
}

/// A complaint that looks like the same case, with what speaks for it.
struct DuplicateCandidateView: JSONWritable {
  private let candidate: DuplicateCandidate

  init(_ candidate: DuplicateCandidate) { self.candidate = candidate }

  func write(to json: inout JSONWriter) {
    let complaint = candidate.complaint.masked
    json.object { json in
      json.field("component", complaint.header.component)
      json.field("createdAt", complaint.stamp.createdAt)
      json.field("id", complaint.id)
      json.array("matches", DuplicateCandidate.Match.allCases.filter(candidate.matches.contains)) {
        $0.string($1.rawValue)
      }
      json.field("number", complaint.number)
      json.field("state", complaint.state)
      json.field("symptom", complaint.header.symptom)
      json.field("vin", complaint.header.vin)
    }
  }
}
