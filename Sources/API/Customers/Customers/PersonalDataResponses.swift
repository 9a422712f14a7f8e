package import Domain
import Services

extension PersonalDataRead: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object { json in
      json.actor(actorKind, actorID, actorName, actorRoles)
      json.field("at", at)
      json.field("customerId", holder.customerID)
      json.field("id", id)
      json.field("operation", operation)
      json.field("purpose", purpose)
      json.field("requestId", requestID)
      json.member("subject") { json in
        guard let document = holder.document else { return json.null() }
        json.object {
          $0.field("id", document.id)
          $0.field("resource", document.resource)
        }
      }
    }
  }
}

/// Everything about one customer in the shapes of the single operations.
struct CustomerExportView: JSONWritable {
  private let export: CustomerExport
  private let caller: Caller

  init(_ export: CustomerExport, for caller: Caller) {
    self.export = export
    self.caller = caller
  }

  func write(to json: inout JSONWriter) {
    json.object { json in
      json.array("appointments", export.appointments.map { AppointmentView($0, for: caller) })
      json.array("complaints", export.complaints.map { ComplaintView($0, for: caller) })
      json.field("customer", export.customer)
      json.field("exportedAt", export.at)
      json.array("followUps", export.followUps.map { FollowUpView($0, for: caller) })
      json.array("history", export.history)
      json.array("letters", export.letters.map { LetterView($0, for: caller) })
      json.array("mergedFiles", export.mergedFiles)
      json.array("personalDataReads", export.reads)
      json.array("serviceRequests", export.requests.map { ServiceRequestView($0, for: caller) })
      json.array("surveyResponses", export.surveyResponses.map { SurveyResponseView($0, for: caller) })
      json.array("vehicles", export.vehicles)
      json.array("workOrders", export.orders) { json, held in
        json.object { json in
          json.array(
            "decisions",
            held.decisions.map { RecordedDecisionView($0, of: held.order.header.customerID, for: caller) })
          json.array("history", held.history)
          json.member("invoice") { json in
            guard let invoice = held.invoice else { return json.null() }
            InvoiceView(held.order, invoice).write(to: &json)
          }
          json.array("lines", held.order.lines.map { JobLineView($0, now: export.at) })
          json.array("notes", held.notes)
          json.field("order", WorkOrderView(held.order, for: caller))
        }
      }
    }
  }
}
