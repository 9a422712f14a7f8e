package import Domain

/// A request as one caller sees it: with his actions, and who called from where masked unless he may read personal data
/// (SEC-04).
package struct ServiceRequestView: JSONWritable {
  private let request: ServiceRequest
  private let actions: [ServiceRequest.Action]
  private let disclosure: Disclosure

  package init(_ request: ServiceRequest, for caller: Caller) {
    self.request = request
    disclosure = Disclosure(of: request.header.customerID, in: request, to: caller)
    actions = ServiceRequestLifecycle.table.available(on: request, to: caller)
  }

  package func write(to json: inout JSONWriter) {
    let header = disclosure.shown(request.header)
    let progress = disclosure.isMasked ? request.progress.cleaned(request.header.clean) : request.progress
    json.object { json in
      json.field("acceptedAt", progress.acceptedAt)
      json.field("answer", progress.answer)
      json.field("arrivedAt", progress.arrivedAt)
      json.array("availableActions", actions) { $0.string($1.rawValue) }
      json.array("callAttempts", progress.callAttempts)
      json.field("callBack", progress.callBack)
      json.field("cityMinorRepair", header.cityMinorRepair)
      json.field("closedAt", progress.closedAt)
      json.object("contact") {
        $0.personal("name", header.contact.name, disclosure)
        $0.personal("phone", header.contact.phone, disclosure)
      }
      json.field("conversion", progress.conversion)
      json.field("createdAt", request.stamp.createdAt)
      json.field("createdBy", request.stamp.createdBy.name)
      json.field("customerId", header.customerID)
      json.field("dispatch", progress.dispatch)
      json.field("dispatchCount", progress.dispatches)
      json.field("escalation", progress.escalation)
      json.field("exitReason", progress.exitReason)
      json.field("expectedArrivalAt", progress.expectedArrivalAt)
      json.field("externalIds", header.externalIDs)
      json.field("firstResponseAt", progress.firstResponseAt)
      json.field("forwardedTo", progress.forwardedTo)
      json.field("id", request.id)
      json.array("informedStaffIds", progress.informedStaff.map(\.canonical))
      json.field("inspection", header.inspection)
      json.field("kind", header.kind)
      json.field("medium", header.medium)
      json.field("mode", header.mode)
      json.field("need", header.need)
      json.field("number", request.number)
      json.field("personalDataMasked", disclosure.isMasked)
      json.object("place") {
        $0.personal("address", header.place.address, disclosure)
        $0.field("city", header.place.city)
        // Where the vehicle stands is where the customer is.
        $0.personal("latitude", header.place.position?.latitude, disclosure)
        $0.personal("longitude", header.place.position?.longitude, disclosure)
        $0.field("regionId", header.place.regionID)
      }
      json.field("plate", header.plate)
      json.array("receipts", progress.receipts) { $1.write(to: &$0, disclosure) }
      json.array("refusals", progress.refusals)
      json.field("registeredStationId", request.registeredStationID)
      json.field("reopenings", progress.reopenings)
      json.object("requirement") {
        $0.field("brand", header.requirement.brand)
        $0.field("repairType", header.requirement.repairType)
        $0.field("skill", header.requirement.skill)
      }
      json.field("resolution", progress.resolution)
      json.field("source", header.source)
      json.field("startedAt", progress.startedAt)
      json.field("state", request.state)
      json.field("stationId", progress.dispatch?.stationID)
      json.field("symptom", header.symptom)
      json.field("updatedAt", request.stamp.updatedAt)
      json.field("updatedBy", request.stamp.updatedBy.name)
      json.field("urgency", header.urgency)
      json.field("vehicleId", header.vehicleID)
      json.field("version", request.version)
      json.field("vin", header.vin)
      json.field("workOrderId", progress.workOrderID)
    }
  }
}

extension RequestAnswer: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object {
      $0.field("answeredAt", answeredAt)
      $0.field("answeredBy", answeredBy)
      $0.field("channel", channel)
      $0.field("text", text)
    }
  }
}

extension RequestDispatch: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object {
      $0.field("attempt", attempt)
      $0.field("dispatchedAt", dispatchedAt)
      $0.field("dispatchedBy", dispatchedBy)
      $0.field("overruled", isOverruled)
      $0.field("reason", reason)
      $0.field("stationId", stationID)
    }
  }
}

extension RequestInspection: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object {
      $0.field("intervalDays", intervalDays)
      $0.field("plannedOn", plannedOn)
      $0.field("rhythm", rhythm)
    }
  }
}

extension RequestRefusal: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object {
      $0.field("reason", reason)
      $0.field("refusedAt", refusedAt)
      $0.field("stationId", stationID)
    }
  }
}

extension RequestResolution: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object {
      $0.field("caseReference", caseReference)
      $0.field("clearedAt", clearedAt)
      $0.field("faultCleared", faultCleared)
      $0.field("resolvedAt", resolvedAt)
      $0.field("resolvedBy", resolvedBy)
      $0.field("summary", summary)
    }
  }
}

extension RequestReceipt {
  /// Who took it for the customer is somebody of his house, who took it for the station somebody of the network.
  fileprivate func write(to json: inout JSONWriter, _ disclosure: Disclosure) {
    json.object { json in
      json.field("channel", channel)
      json.field("note", note)
      json.field("party", party)
      json.field("returnedAt", returnedAt)
      json.field("returnedBy", returnedBy)
      switch party {
      case .customer: json.personal("toldTo", disclosure.isMasked ? toldTo.map(PersonalData.name) : toldTo, disclosure)
      case .station: json.field("toldTo", toldTo)
      }
    }
  }
}

extension RequestEscalation: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object {
      $0.field("escalatedAt", escalatedAt)
      $0.field("escalatedBy", escalatedBy)
      $0.field("reason", reason)
    }
  }
}

extension RequestCallAttempt: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object {
      $0.field("calledAt", calledAt)
      $0.field("calledBy", calledBy)
      $0.field("comment", comment)
    }
  }
}

extension RequestCallBack: JSONWritable {
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

extension RequestConversion: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object {
      $0.field("complaintId", complaintID)
      $0.field("preferredAt", preferredAt)
      $0.field("reason", reason)
      $0.field("target", target)
    }
  }
}

/// The stations in the order in which a request is offered to them, each with its factors, in numbers and in words.
package struct DispatchRankingView: JSONWritable {
  private let ranking: DispatchRanking

  package init(_ ranking: DispatchRanking) { self.ranking = ranking }

  package func write(to json: inout JSONWriter) {
    json.object { json in
      json.array("items", ranking.entries) { json, entry in
        json.object { json in
          json.field("capacity", entry.capacity)
          json.field("code", entry.code)
          json.field("distanceKm", entry.distanceKm)
          json.array("exclusions", entry.exclusions) { json, exclusion in
            json.object {
              $0.field("code", exclusion)
              $0.field("detail", exclusion.sentence)
            }
          }
          json.field("lastDispatchedAt", entry.lastDispatchedAt)
          json.field("name", entry.name)
          json.field("openNow", entry.isOpenNow)
          json.field("openOrders", entry.openOrders)
          json.field("openRequests", entry.openRequests)
          json.object("points") {
            $0.field("distance", entry.points.distance)
            $0.field("load", entry.points.load)
            $0.field("opening", entry.points.opening)
            $0.field("total", entry.points.total)
          }
          json.field("proposed", entry.isProposed)
          json.field("reasons", entry.reasons)
          json.field("sameRegion", entry.isSameRegion)
          json.field("stationId", entry.stationID)
        }
      }
      json.field("policyVersion", ranking.policyVersion)
      json.field("proposedStationId", ranking.best?.stationID)
    }
  }
}

/// A dispatch as it was decided, with the ranking of that moment.
struct DispatchRecordView: JSONWritable {
  private let record: DispatchRecord

  init(_ record: DispatchRecord) { self.record = record }

  func write(to json: inout JSONWriter) {
    json.object {
      $0.field("attempt", record.dispatch.attempt)
      $0.field("dispatchedAt", record.dispatch.dispatchedAt)
      $0.field("dispatchedBy", record.dispatch.dispatchedBy)
      $0.field("overruled", record.dispatch.isOverruled)
      $0.field("ranking", DispatchRankingView(record.ranking))
      $0.field("reason", record.dispatch.reason)
      $0.field("stationId", record.dispatch.stationID)
    }
  }
}
