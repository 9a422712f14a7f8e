package import Domain
package import Services

/// An order as one caller sees it: with his actions, and names and telephone numbers masked unless he may read personal data
/// (SEC-04).
package struct WorkOrderView: JSONWritable {
  private let order: WorkOrder
  private let actions: [WorkOrder.Action]
  private let disclosure: Disclosure
  private let caller: Caller
  private let checkIn: CheckIn?
  private let isSummary: Bool
  private let expansion: WorkOrderExpansion?

  /// - Parameters:
  ///   - isSummary: as in lists, without the reception inspection.
  ///   - expansion: what `expand` asked for.
  package init(
    _ order: WorkOrder, for caller: Caller, checkIn: CheckIn? = nil, isSummary: Bool = false,
    expansion: WorkOrderExpansion? = nil
  ) {
    self.expansion = expansion
    self.caller = caller
    disclosure = Disclosure(of: order.header.customerID, to: caller)
    self.order = disclosure.shown(order)
    self.checkIn = checkIn?.shown(to: caller)
    self.isSummary = isSummary
    actions = WorkOrderLifecycle.table.available(on: order, to: caller)
  }

  package func write(to json: inout JSONWriter) {
    let header = order.header
    let progress = order.progress
    json.object { json in
      json.member("authorisation") { json in
        guard let decision = progress.authorisation else { return json.null() }
        decision.write(to: &json, disclosure)
      }
      json.array("availableActions", actions) { $0.string($1.rawValue) }
      if let checkIn { json.field("checkIn", checkIn) }
      json.field("closedAt", progress.closedAt)
      json.member("contact") { json in
        guard let contact = header.contact else { return json.null() }
        json.object {
          $0.personal("name", contact.name, disclosure)
          $0.personal("phone", contact.phone, disclosure)
        }
      }
      json.field("createdAt", order.stamp.createdAt)
      json.field("createdBy", order.stamp.createdBy.name)
      json.field("currency", order.currency)
      if let expansion, expansion.members.contains(.customer) {
        json.field("customer", expansion.customer(of: order))
      }
      json.field("customerId", header.customerID)
      json.field("deliveredAt", progress.deliveredAt)
      json.field("diagnosis", progress.diagnosis)
      json.member("estimate") { json in
        guard let estimate = progress.estimate else { return json.null() }
        json.object {
          $0.field("hash", estimate.hash)
          $0.field("quotedAt", estimate.quotedAt)
          $0.field("revision", estimate.revision)
          $0.field("total", estimate.total)
        }
      }
      json.field("exitReason", progress.exitReason)
      json.field("externalIds", header.externalIDs)
      json.field("failedInspections", progress.failedInspections)
      json.field("id", order.id)
      if !isSummary {
        json.member("inspection") { json in
          guard let inspection = progress.inspection else { return json.null() }
          inspection.write(to: &json, disclosure)
        }
      }
      json.field("invoiceNumber", progress.invoiceNumber)
      if let expansion, expansion.members.contains(.lines) {
        json.array("lines", expansion.lines(of: order)) { JobLineView($1, now: expansion.at).write(to: &$0) }
      }
      json.field("mode", header.mode)
      json.field("note", header.note)
      json.field("number", order.number)
      json.field("odometerKm", progress.odometerKm)
      json.field("personalDataMasked", disclosure.isMasked)
      json.field("promisedDeliveryAt", progress.promisedDeliveryAt)
      json.field("promisedQuality", progress.promisedQuality)
      json.field("reworkOf", order.reworkOf)
      json.field("serviceType", header.serviceType)
      json.field("state", order.state)
      if let expansion, expansion.members.contains(.station) {
        json.field("station", expansion.station(of: order).map { StationView($0, for: caller) })
      }
      json.field("stationId", order.stationID)
      json.field("summary", header.summary)
      json.array("technicianIds", progress.technicians.map(\.canonical))
      json.field("updatedAt", order.stamp.updatedAt)
      json.field("updatedBy", order.stamp.updatedBy.name)
      if let expansion, expansion.members.contains(.vehicle) {
        json.field("vehicle", expansion.vehicle(of: order))
      }
      json.field("vehicleId", header.vehicleID)
      json.field("version", order.version)
      json.array("visits", progress.visits) { json, visit in visit.write(to: &json, disclosure) }
    }
  }
}

extension CustomerDecision {
  func write(to json: inout JSONWriter, _ disclosure: Disclosure) {
    json.object {
      $0.field("channel", channel)
      $0.field("decidedAt", decidedAt)
      $0.personal("decidedBy", decidedBy, disclosure)
      $0.field("estimateHash", estimateHash)
      $0.field("recordedBy", recordedBy)
    }
  }
}

/// A decision of the customer as the order's file shows it, his name masked like everywhere.
struct RecordedDecisionView: JSONWritable {
  private let recorded: RecordedDecision
  private let disclosure: Disclosure

  init(_ recorded: RecordedDecision, of customer: Customer.ID, for caller: Caller) {
    disclosure = Disclosure(of: customer, to: caller)
    self.recorded = disclosure.shown(recorded)
  }

  func write(to json: inout JSONWriter) {
    let decision = recorded.decision
    json.object {
      $0.field("channel", decision.channel)
      $0.field("decidedAt", decision.decidedAt)
      $0.personal("decidedBy", decision.decidedBy, disclosure)
      $0.field("estimateHash", decision.estimateHash)
      $0.field("kind", recorded.kind)
      $0.field("orderVersion", recorded.orderVersion)
      $0.field("recordedBy", decision.recordedBy)
    }
  }
}

extension ReceptionInspection {
  func write(to json: inout JSONWriter, _ disclosure: Disclosure) {
    json.object {
      $0.field("belongings", belongings)
      $0.personal("confirmedBy", confirmedBy, disclosure)
      $0.field("exterior", exterior)
      $0.field("fuelPercent", fuelPercent)
      $0.field("functions", functions)
      $0.field("inspectedAt", inspectedAt)
      $0.field("inspectedBy", inspectedBy)
      $0.field("interior", interior)
    }
  }
}

extension ReceptionInspection.Finding: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object {
      $0.field("condition", condition)
      $0.field("position", position)
    }
  }
}

extension FieldVisit {
  /// Where the vehicle stood is where the customer is.
  func write(to json: inout JSONWriter, _ disclosure: Disclosure) {
    json.object {
      $0.field("arrivedAt", arrivedAt)
      $0.field("departedAt", departedAt)
      $0.field("distanceKm", distanceKm)
      $0.field("endedAt", endedAt)
      $0.field("faultCleared", faultCleared)
      $0.field("finding", finding)
      $0.personal("latitude", disclosure.isMasked ? nil : position?.latitude, disclosure)
      $0.personal("longitude", disclosure.isMasked ? nil : position?.longitude, disclosure)
      $0.field("number", number)
      $0.field("serviceVehicle", serviceVehicle)
      $0.field("traveller", traveller)
    }
  }
}

extension CheckIn: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object { json in
      json.field("entitlement", entitlement)
      json.array("lastOrders", lastOrders) { json, visit in
        json.object {
          $0.field("createdAt", visit.createdAt)
          $0.field("id", visit.id)
          $0.field("number", visit.number)
          $0.field("odometerKm", visit.odometerKm)
          $0.field("state", visit.state)
          $0.field("summary", visit.summary)
        }
      }
      json.field("odometerWarnings", odometerWarnings)
      json.array("openCampaigns", openCampaigns) { json, vehicle in
        json.object {
          $0.field("id", vehicle.campaign.id)
          $0.field("kind", vehicle.campaign.kind)
          $0.field("number", vehicle.campaign.number)
          $0.field("remedy", vehicle.campaign.remedy)
          $0.field("state", vehicle.state)
          $0.field("title", vehicle.campaign.title)
        }
      }
      json.array("openDocuments", openDocuments) { json, document in
        json.object {
          $0.field("createdAt", document.createdAt)
          $0.field("id", document.id)
          $0.field("number", document.number)
          $0.field("resource", document.resource)
          $0.field("state", document.state)
          $0.field("summary", document.summary)
        }
      }
      json.field("threeGuarantees", threeGuarantees)
    }
  }
}

extension PayerSplit {
  func write(to json: inout JSONWriter, _ currency: Currency) {
    json.object { json in
      for payer in Payer.allCases.sorted(by: { $0.rawValue < $1.rawValue }) {
        json.member(named: payer.rawValue) { Money(minor: self[payer], currency: currency).write(to: &$0) }
      }
    }
  }
}
