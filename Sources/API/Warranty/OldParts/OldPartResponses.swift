package import Domain

/// An old part as one caller sees it, with his actions.
package struct OldPartView: JSONWritable {
  private let document: OldPart
  private let actions: [OldPart.Action]

  package init(_ document: OldPart, for caller: Caller) {
    self.document = document
    actions = OldPartLifecycle.table.available(in: document.state, to: caller)
  }

  package func write(to json: inout JSONWriter) {
    let header = document.header
    let progress = document.progress
    json.object { json in
      json.array("availableActions", actions) { $0.string($1.rawValue) }
      json.field("blockedUntil", progress.blockedUntil)
      json.field("claim", header.claim)
      json.field("createdAt", document.stamp.createdAt)
      json.field("createdBy", document.stamp.createdBy.name)
      json.field("disposal", progress.disposal)
      json.field("dueAt", document.shown.dueAt)
      json.field("externalIds", header.externalIDs)
      json.field("fault", header.fault)
      json.field("faultCode", header.faultCode)
      json.field("forwarding", progress.forwarding)
      json.field("id", document.id)
      json.field("inspection", progress.inspection)
      json.field("number", document.number)
      json.field("overdueAt", progress.overdueAt)
      json.field("partDescription", header.partDescription)
      json.field("partNumber", header.partNumber)
      json.field("quantity", header.quantity)
      json.field("receipt", progress.receipt)
      json.field("recoveryId", progress.recoveryID)
      json.field("removedOn", header.removedOn)
      json.field("requestedAt", progress.request?.at)
      json.field("requestedBy", progress.request?.by)
      json.field("serialNumber", header.serialNumber)
      json.field("shipment", progress.shipment)
      json.field("state", document.state)
      json.field("stationId", document.stationID)
      json.field("supplierId", header.supplierID)
      json.field("tag", progress.tag)
      json.field("updatedAt", document.stamp.updatedAt)
      json.field("updatedBy", document.stamp.updatedBy.name)
      json.field("vehicleId", header.vehicleID)
      json.field("version", document.version)
      json.field("vin", document.shown.vin)
      json.field("workOrderId", header.workOrderID)
    }
  }
}

/// What is printed on the tag (OLD-04): claim, part, vehicle, date and cause; the number is the bar code.
package struct OldPartTagView: JSONWritable {
  private let document: OldPart

  package init(_ document: OldPart) { self.document = document }

  package func write(to json: inout JSONWriter) {
    let header = document.header
    let shown = document.shown
    json.object { json in
      json.field("claimLine", header.claim?.line)
      json.field("claimNumber", header.claim?.number)
      json.field("dueAt", shown.dueAt)
      json.field("fault", header.fault)
      json.field("faultCode", header.faultCode)
      json.field("number", document.number)
      json.field("partDescription", header.partDescription)
      json.field("partNumber", header.partNumber)
      json.field("prints", document.progress.tag?.prints ?? 0)
      json.field("quantity", header.quantity)
      json.field("removedOn", header.removedOn)
      json.field("serialNumber", header.serialNumber)
      json.field("stationCode", shown.stationCode)
      json.field("stationName", shown.stationName)
      json.field("storagePlace", document.progress.tag?.storagePlace)
      json.field("taggedAt", document.progress.tag?.signature.at)
      json.field("taggedBy", document.progress.tag?.signature.by)
      json.field("vin", shown.vin)
      json.field("workOrderNumber", shown.workOrderNumber)
    }
  }
}

extension OldPart.ClaimLine: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object {
      $0.field("id", claimID)
      $0.field("line", line)
      $0.field("number", number)
    }
  }
}

extension OldPartTag: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object {
      $0.field("prints", prints)
      $0.field("storagePlace", storagePlace)
      $0.field("taggedAt", signature.at)
      $0.field("taggedBy", signature.by)
    }
  }
}

extension OldPartShipment: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object {
      $0.field("carrier", carrier)
      $0.field("destination", destination)
      $0.field("lateStatement", lateStatement)
      $0.field("packingList", packingList)
      $0.field("shippedAt", signature.at)
      $0.field("shippedBy", signature.by)
      $0.field("supplierId", supplierID)
      $0.field("trackingNumber", trackingNumber)
    }
  }
}

extension OldPartReceipt: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object {
      $0.field("condition", condition)
      $0.field("quantity", quantity)
      $0.field("receivedAt", signature.at)
      $0.field("receivedBy", signature.by)
      $0.field("storagePlace", storagePlace)
    }
  }
}

extension OldPartInspection: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object {
      $0.field("consequence", consequence)
      $0.field("fault", fault)
      $0.field("finding", finding)
      $0.field("inspectedAt", signature.at)
      $0.field("inspectedBy", signature.by)
      $0.field("lateExcused", lateExcused)
      $0.field("policyVersion", policyVersion)
      $0.field("verdict", verdict)
    }
  }
}

extension OldPartForwarding: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object {
      $0.field("carrier", carrier)
      $0.field("deliveryNote", deliveryNote)
      $0.field("sentAt", signature.at)
      $0.field("sentBy", signature.by)
      $0.field("supplierId", supplierID)
      $0.field("trackingNumber", trackingNumber)
    }
  }
}

extension OldPartDisposal: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object {
      $0.field("disposedAt", signature.at)
      $0.field("disposedBy", signature.by)
      $0.field("method", method)
      $0.field("note", note)
      $0.field("opinion", opinion)
      $0.field("reused", reused)
    }
  }
}
