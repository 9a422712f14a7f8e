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
    shown.exitReason = exitReason.map(clean)
    return shown
  }
}
