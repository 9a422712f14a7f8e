// What is personal about a service request: who called, and where he and his vehicle are (SEC-04).

extension ServiceRequestHeader: HoldsPersonalData {
  package var masked: ServiceRequestHeader {
    var shown = self
    shown.contact.name = PersonalData.name(contact.name)
    shown.contact.phone = contact.phone.map(PersonalData.phone)
    shown.place.address = place.address.map { PersonalData.address($0, city: place.city) }
    shown.place.position = nil
    return shown
  }
}
