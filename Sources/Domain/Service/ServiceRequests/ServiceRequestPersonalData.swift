// What is personal about a service request: who called, and where he and his vehicle are (SEC-04).

extension ServiceRequestHeader: HoldsPersonalData {
  package var masked: ServiceRequestHeader {
    var shown = self
    shown.contact.name = PersonalData.name(contact.name)
    shown.contact.phone = contact.phone.map(PersonalData.phone)
    shown.place.address = place.address.map { PersonalData.address($0, city: place.city) }
    shown.place.position = nil
    shown.need = clean(need)
    shown.symptom = symptom.map(clean)
    return shown
  }

  /// People's own words as the log takes them, and whoever may not know the customer.
  package func clean(_ text: String) -> String { FreeText.cleaned(text, names: [contact.name]) }
}

extension ServiceRequestProgress {
  /// What was said on the way, cleaned for whoever may not know the customer.
  package func cleaned(_ clean: (String) -> String) -> ServiceRequestProgress {
    var shown = self
    shown.answer = answer.map {
      RequestAnswer(text: clean($0.text), channel: $0.channel, answeredBy: $0.answeredBy, answeredAt: $0.answeredAt)
    }
    shown.resolution = resolution.map {
      RequestResolution(
        summary: clean($0.summary), caseReference: $0.caseReference, faultCleared: $0.faultCleared,
        clearedAt: $0.clearedAt, resolvedBy: $0.resolvedBy, resolvedAt: $0.resolvedAt)
    }
    shown.escalation = escalation.map {
      RequestEscalation(reason: clean($0.reason), escalatedBy: $0.escalatedBy, escalatedAt: $0.escalatedAt)
    }
    shown.dispatch = dispatch?.cleaned(clean)
    shown.refusals = refusals.map {
      RequestRefusal(stationID: $0.stationID, reason: clean($0.reason), refusedAt: $0.refusedAt)
    }
    shown.receipts = receipts.map {
      RequestReceipt(
        party: $0.party, channel: $0.channel, toldTo: $0.toldTo, note: $0.note.map(clean), returnedBy: $0.returnedBy,
        returnedAt: $0.returnedAt)
    }
    shown.callBack = callBack.map {
      RequestCallBack(
        isSatisfied: $0.isSatisfied, rating: $0.rating, comment: $0.comment.map(clean), calledBy: $0.calledBy,
        calledAt: $0.calledAt)
    }
    shown.callAttempts = callAttempts.map {
      RequestCallAttempt(comment: $0.comment.map(clean), calledBy: $0.calledBy, calledAt: $0.calledAt)
    }
    shown.conversion = conversion.map {
      RequestConversion(
        target: $0.target, reason: clean($0.reason), preferredAt: $0.preferredAt, complaintID: $0.complaintID)
    }
    shown.exitReason = exitReason.map(clean)
    return shown
  }
}

extension RequestDispatch {
  /// Why another station was chosen, cleaned.
  package func cleaned(_ clean: (String) -> String) -> RequestDispatch {
    RequestDispatch(
      attempt: attempt, stationID: stationID, isOverruled: isOverruled, reason: reason.map(clean),
      dispatchedAt: dispatchedAt, dispatchedBy: dispatchedBy)
  }
}
