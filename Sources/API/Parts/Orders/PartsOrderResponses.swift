package import Domain

/// A parts order as one caller sees it at an instant, with his actions.
package struct PartsOrderView: JSONWritable {
  private let order: PartsOrder
  private let actions: [PartsOrder.Action]
  private let instant: Timestamp

  package init(_ order: PartsOrder, for caller: Caller, at instant: Timestamp) {
    self.order = order
    self.instant = instant
    actions = PartsOrderLifecycle.table.available(on: order, to: caller)
  }

  package func write(to json: inout JSONWriter) {
    let (header, progress) = (order.header, order.progress)
    json.object { json in
      json.array("availableActions", actions) { $0.string($1.rawValue) }
      json.field("closedAt", progress.closedAt)
      json.field("confirmedAt", progress.confirmedAt)
      json.field("createdAt", order.stamp.createdAt)
      json.field("createdBy", order.stamp.createdBy.name)
      json.field("credit", progress.credit)
      json.field("currency", order.currency)
      json.field("downtime", PartsOrderDowntime(order, at: instant))
      json.field("exitReason", progress.exitReason)
      json.field("externalIds", header.externalIDs)
      json.field("goodsAmount", order.goodsAmount)
      json.field("hold", progress.hold)
      json.field("id", order.id)
      json.field("letterOfIntent", header.letterOfIntent)
      json.array("lines", order.lines)
      json.field("locationId", progress.locationID)
      json.field("number", order.number)
      json.field("orderDate", progress.orderDate)
      json.field("policyVersion", progress.policyVersion)
      json.field("receivedAt", progress.receivedAt)
      json.field("release", progress.release)
      json.field("remark", header.remark)
      json.field("requiredDate", header.requiredDate)
      json.field("shippedAt", progress.shippedAt)
      json.field("signature", progress.signature)
      json.field("sourceStationId", header.sourceStationID)
      json.field("state", order.state)
      json.field("stationId", order.stationID)
      json.field("submittedAt", progress.submittedAt)
      json.field("supplyDueAt", progress.supplyDueAt)
      json.field("surcharge", order.surcharge)
      json.field("surchargePercent", progress.surchargePercent)
      json.field("totalAmount", order.totalAmount)
      json.field("type", header.kind)
      json.field("updatedAt", order.stamp.updatedAt)
      json.field("updatedBy", order.stamp.updatedBy.name)
      json.field("vehicleId", header.vehicleID)
      json.field("version", order.version)
      json.field("workOrderId", header.workOrderID)
    }
  }
}

/// How long a vehicle has been off the road for want of these parts.
private struct PartsOrderDowntime: JSONWritable {
  let since: Timestamp
  let until: Timestamp?
  let days: Int

  init?(_ order: PartsOrder, at instant: Timestamp) {
    guard let since = order.progress.downtimeSince, let days = order.downtimeDays(at: instant) else { return nil }
    self.since = since
    self.days = days
    until = order.progress.receivedAt
  }

  func write(to json: inout JSONWriter) {
    json.object {
      $0.field("days", days)
      $0.field("since", since)
      $0.field("until", until)
    }
  }
}

extension PartsOrderLine: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object { json in
      json.field("allocated", allocated)
      json.field("backordered", backordered)
      json.field("cancelled", cancelled)
      json.field("claimed", claimedShort + claimedReceived)
      json.field("description", description)
      json.field("expectedDate", expectedDate)
      json.field("inTransit", inTransit)
      json.field("number", number)
      json.field("open", open)
      json.field("partId", partID)
      json.field("partNumber", partNumber)
      json.field("quantity", quantity)
      json.field("received", received)
      json.field("rejected", rejected)
      json.field("replaces", replaces)
      json.field("shipped", shipped)
      json.field("short", short)
      json.field("unitPrice", unitPrice)
    }
  }
}

extension LetterOfIntent: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object {
      $0.field("number", number)
      $0.field("signedDate", signedDate)
    }
  }
}

extension PartsOrderProgress.Signature: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object {
      $0.field("amount", amount)
      $0.field("at", at)
      $0.field("by", by)
    }
  }
}

extension PartsOrderProgress.CreditCheck: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object {
      $0.field("at", at)
      $0.field("position", position)
      $0.field("required", required)
      $0.field("sufficient", isSufficient)
    }
  }
}

extension PartsOrderProgress.Ruling: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object {
      $0.field("at", at)
      $0.field("by", by)
      $0.field("reason", reason)
    }
  }
}
