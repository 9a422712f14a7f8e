// What is personal about a complaint: who complained and signed, and what people wrote about him in their own words (SEC-04).

extension ComplaintHeader: HoldsPersonalData {
  /// Without who complained; what he said is cleaned of it, because those who work on the case need his words.
  package var masked: ComplaintHeader {
    var shown = self
    shown.contact.name = PersonalData.name(contact.name)
    shown.contact.phone = contact.phone.map(PersonalData.phone)
    shown.customerWords = clean(customerWords)
    shown.symptom = symptom.map(clean)
    return shown
  }

  /// People's own words as the log takes them, and whoever may not know the customer.
  package func clean(_ text: String) -> String { FreeText.cleaned(text, names: [contact.name]) }
}

extension Complaint: HoldsPersonalData {
  package var masked: Complaint {
    var shown = self
    shown.header = header.masked
    shown.progress = progress.cleaned(header.clean)
    shown.major = major.cleaned(header.clean)
    return shown
  }
}

extension ComplaintProgress {
  fileprivate func cleaned(_ clean: (String) -> String) -> ComplaintProgress {
    var shown = self
    shown.findings = findings.map(clean)
    shown.conclusion = conclusion.map(clean)
    shown.solutions = solutions.map { solution in
      ComplaintSolution(
        options: solution.options.map(clean), promisedAt: solution.promisedAt, proposedBy: solution.proposedBy,
        proposedAt: solution.proposedAt, toldAt: solution.toldAt, channel: solution.channel,
        decision: solution.decision.map {
          .init(
            option: $0.option, words: $0.words.map(clean), channel: $0.channel, recordedBy: $0.recordedBy,
            decidedAt: $0.decidedAt)
        })
    }
    shown.escalation = escalation.map {
      ComplaintEscalation(
        level: $0.level, reason: clean($0.reason), escalatedBy: $0.escalatedBy, escalatedAt: $0.escalatedAt,
        acknowledgedBy: $0.acknowledgedBy, acknowledgedAt: $0.acknowledgedAt)
    }
    shown.resolution = resolution.map {
      ComplaintResolution(summary: clean($0.summary), resolvedBy: $0.resolvedBy, resolvedAt: $0.resolvedAt)
    }
    shown.satisfactionCall = satisfactionCall.map {
      SatisfactionCall(
        isSatisfied: $0.isSatisfied, rating: $0.rating, comment: $0.comment.map(clean), calledBy: $0.calledBy,
        calledAt: $0.calledAt)
    }
    return shown
  }
}

extension MajorProgress {
  fileprivate func cleaned(_ clean: (String) -> String) -> MajorProgress {
    var shown = self
    shown.report = report.map {
      MajorReport(
        judgement: clean($0.judgement), call: $0.call, reportedBy: $0.reportedBy, reportedAt: $0.reportedAt,
        sending: $0.sending)
    }
    shown.confirmation = confirmation.map {
      MajorConfirmation(
        level: $0.level, note: $0.note.map(clean), confirmedBy: $0.confirmedBy, confirmedAt: $0.confirmedAt,
        policyVersion: $0.policyVersion)
    }
    shown.arrival = arrival.map {
      TeamArrival(arrivedAt: $0.arrivedAt, place: $0.place.map { PersonalData.address($0) }, recordedBy: $0.recordedBy)
    }
    shown.appraisal = appraisal.map {
      LiabilityAppraisal(
        findings: clean($0.findings), cause: $0.cause, liability: $0.liability, appraisedBy: $0.appraisedBy,
        appraisedByID: $0.appraisedByID, appraisedAt: $0.appraisedAt)
    }
    shown.negotiations = negotiations.map {
      NegotiationRound(
        summary: clean($0.summary), demand: $0.demand, offer: $0.offer, heldAt: $0.heldAt, recordedBy: $0.recordedBy)
    }
    shown.agreement = agreement.map { agreement in
      ComplaintAgreement(
        content: .init(
          terms: clean(agreement.content.terms), repair: agreement.content.repair.map(clean),
          compensation: agreement.content.compensation, takesVehicleBack: agreement.content.takesVehicleBack),
        revision: agreement.revision, hash: agreement.hash, writtenBy: agreement.writtenBy,
        writtenAt: agreement.writtenAt,
        signatures: agreement.signatures.map { signature in
          .init(
            side: signature.side,
            name: signature.side == .customer ? PersonalData.name(signature.name) : signature.name,
            hash: signature.hash, recordedBy: signature.recordedBy, recordedByID: signature.recordedByID,
            signedAt: signature.signedAt)
        })
    }
    shown.compensations = compensations.map {
      Compensation(
        id: $0.id, purpose: clean($0.purpose), amount: $0.amount, recordedBy: $0.recordedBy,
        recordedByID: $0.recordedByID, recordedAt: $0.recordedAt, payment: $0.payment)
    }
    shown.vehicleReturns = vehicleReturns.map {
      VehicleReturn(
        id: $0.id, vehicleID: $0.vehicleID, note: $0.note, carrier: $0.carrier,
        collectedFrom: $0.collectedFrom.map { PersonalData.address($0) }, odometerKm: $0.odometerKm,
        collectedAt: $0.collectedAt, recordedBy: $0.recordedBy, storage: $0.storage)
    }
    return shown
  }
}
