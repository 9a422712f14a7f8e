package import Domain

/// A return as one caller sees it, with his actions.
package struct ProductReturnView: JSONWritable {
  private let document: ProductReturn
  private let actions: [ProductReturn.Action]

  package init(_ document: ProductReturn, for caller: Caller) {
    self.document = document
    actions = ProductReturnLifecycle.table.available(on: document, to: caller)
  }

  package func write(to json: inout JSONWriter) {
    let header = document.header
    let progress = document.progress
    json.object { json in
      json.field("appraisal", progress.appraisal)
      json.array("availableActions", actions) { $0.string($1.rawValue) }
      json.field("channel", header.channel)
      json.field("createdAt", document.stamp.createdAt)
      json.field("createdBy", document.stamp.createdBy.name)
      json.field("exchange", progress.exchange)
      json.field("exitReason", progress.exitReason)
      json.field("externalIds", header.externalIDs)
      json.field("fault", header.fault)
      json.field("id", document.id)
      json.field("number", document.number)
      json.object("product") {
        $0.field("description", header.product.description)
        $0.field("kind", header.product.kind)
        $0.field("partNumber", header.product.partNumber)
        $0.field("quantity", header.product.quantity)
        $0.field("serialNumber", header.product.serialNumber)
      }
      json.field("reason", header.reason)
      json.field("repair", progress.repair)
      json.field("scrapping", progress.scrapping)
      json.field("sentBack", progress.sentBack)
      json.field("shipment", progress.shipment)
      json.field("state", document.state)
      json.field("stationId", document.stationID)
      json.field("updatedAt", document.stamp.updatedAt)
      json.field("updatedBy", document.stamp.updatedBy.name)
      json.field("vehicleId", header.vehicleID)
      json.field("version", document.version)
      json.field("workOrderId", header.workOrderID)
    }
  }
}

extension ReturnShipment: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object {
      $0.field("carrier", carrier)
      $0.field("note", note)
      $0.field("sentAt", sentAt)
      $0.field("sentBy", sentBy)
      $0.field("storagePlace", storagePlace)
      $0.field("trackingNumber", trackingNumber)
    }
  }
}

extension ReturnAppraisal: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object {
      $0.field("cause", cause)
      $0.field("charge", charge)
      $0.field("opinion", opinion)
      $0.field("repairOrder", repairOrder)
      $0.field("signedAt", signedAt)
      $0.field("signedBy", signedBy)
    }
  }
}

extension ReturnRepair: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object {
      $0.field("inspectedBy", inspectedBy)
      $0.field("repairedAt", repairedAt)
      $0.field("repairedBy", repairedBy)
      $0.field("stockInNote", stockInNote)
      $0.field("work", work)
    }
  }
}

extension ReturnScrapping: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object {
      $0.field("dismantlingOrder", dismantlingOrder)
      $0.field("opinion", opinion)
      $0.field("reused", reused)
      $0.field("signedAt", signedAt)
      $0.field("signedBy", signedBy)
    }
  }
}

extension ReturnExchange: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object {
      $0.field("approvedAt", approvedAt)
      $0.field("approvedBy", approvedBy)
      $0.field("exchangeTicket", ticket)
      $0.field("exchangedAt", exchangedAt)
      $0.field("place", place)
      $0.field("replacementSerialNumber", replacementSerialNumber)
      $0.field("returnTicket", returnTicket)
    }
  }
}
