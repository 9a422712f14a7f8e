package import Domain

/// An appointment as one caller sees it: with his actions, and name, telephone number and plate masked unless he may read
/// personal data (SEC-04).
package struct AppointmentView: JSONWritable {
  private let appointment: Appointment
  private let actions: [Appointment.Action]
  private let disclosure: Disclosure

  package init(_ appointment: Appointment, for caller: Caller) {
    self.appointment = appointment
    disclosure = Disclosure(of: appointment.request.customerID, in: appointment, to: caller)
    actions = AppointmentLifecycle.table.available(on: appointment, to: caller)
  }

  package func write(to json: inout JSONWriter) {
    let request = disclosure.shown(appointment.request)
    json.object { json in
      json.array("availableActions", actions) { $0.string($1.rawValue) }
      json.member("booking") { json in
        guard let booking = appointment.booking else { return json.null() }
        json.object {
          $0.field("bayId", booking.bayID)
          $0.field("endsAt", booking.endsAt)
          $0.field("startsAt", booking.startsAt)
        }
      }
      json.field("channel", appointment.channel)
      json.object("contact") {
        $0.personal("name", request.contactName, disclosure)
        $0.personal("phone", request.contactPhone, disclosure)
      }
      json.field("createdAt", appointment.stamp.createdAt)
      json.field("createdBy", appointment.stamp.createdBy.name)
      json.field("customerId", request.customerID)
      json.field("durationMinutes", request.durationMinutes)
      json.field("exitReason", appointment.exitReason)
      json.field("externalIds", request.externalIDs)
      json.field("faultDescription", request.faultDescription)
      json.field("id", appointment.id)
      json.field("note", request.note)
      json.field("number", appointment.number)
      json.array("parts", request.parts) { json, part in
        json.object {
          $0.field("description", part.description)
          $0.field("partNumber", part.partNumber)
          $0.field("quantity", part.quantity)
        }
      }
      json.field("personalDataMasked", disclosure.isMasked)
      json.personal("plate", request.plate, disclosure)
      json.field("priority", request.priority)
      json.field("proposals", appointment.proposals)
      json.field("remindedAt", appointment.remindedAt)
      json.field("serviceItemId", request.serviceItemID)
      json.field("serviceType", request.serviceType)
      json.field("skill", request.skill)
      json.field("sourceOrderId", appointment.sourceOrderID)
      json.field("state", appointment.state)
      json.field("stationId", appointment.stationID)
      json.field("updatedAt", appointment.stamp.updatedAt)
      json.field("updatedBy", appointment.stamp.updatedBy.name)
      json.field("vehicleDescription", request.vehicleDescription)
      json.field("vehicleId", request.vehicleID)
      json.field("version", appointment.version)
      json.field("wishedAt", request.wishedAt)
      json.field("workOrderId", appointment.workOrderID)
    }
  }
}
