// What is personal about an appointment: who comes, and with which plate (SEC-04).

extension AppointmentRequest: HoldsPersonalData {
  package var masked: AppointmentRequest {
    var shown = self
    shown.contactName = PersonalData.name(contactName)
    shown.contactPhone = PersonalData.phone(contactPhone)
    shown.plate = PersonalData.identityNumber(plate)
    return shown
  }
}
