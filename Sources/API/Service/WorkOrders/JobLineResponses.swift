package import Domain

/// A job line with its parts and clockings.
package struct JobLineView: JSONWritable {
  private let line: JobLine
  private let now: Timestamp

  package init(_ line: JobLine, now: Timestamp) {
    self.line = line
    self.now = now
  }

  package func write(to json: inout JSONWriter) {
    let (work, price) = (line.work, line.price)
    json.object { json in
      json.field("additional", line.isAdditional)
      json.field("amount", line.amount)
      json.field("causalPartNumber", work.causalPartNumber)
      json.field("cause", work.cause)
      json.array("clockings", line.clockings) { json, clocking in
        json.object {
          $0.field("id", clocking.id)
          $0.field("startedAt", clocking.startedAt)
          $0.field("stoppedAt", clocking.stoppedAt)
          $0.field("technicianId", clocking.technicianID)
        }
      }
      json.field("concern", work.concern)
      json.field("correction", work.correction)
      json.field("decision", line.decision)
      json.field("description", work.description)
      json.field("diagnosticTroubleCodes", work.diagnosticTroubleCodes)
      json.field("faultCode", work.faultCode)
      json.field("id", line.id)
      json.field("labourAmount", line.labourAmount)
      json.field("labourOperationCode", work.labourOperationCode)
      json.field("labourRate", price.labourRate)
      json.field("number", line.number)
      json.field("parts", line.parts)
      json.field("partsAmount", line.partsAmount)
      json.member("split") { price.split.write(to: &$0, price.labourRate.currency) }
      json.field("standardHours", price.standardHours)
      json.field("sublet", price.sublet)
      json.field("technicianId", line.technicianID)
      json.field("travel", price.travel)
      json.field("workedHours", line.workedHours(at: now))
    }
  }
}

extension JobPart: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object {
      $0.field("amount", amount)
      $0.field("description", description)
      $0.field("guaranteeKm", guaranteeKm)
      $0.field("guaranteeMonths", guaranteeMonths)
      $0.field("id", id)
      $0.field("origin", origin)
      $0.field("partNumber", partNumber)
      $0.field("quantity", quantity)
      $0.field("unitPrice", unitPrice)
    }
  }
}

extension JobLine.Extra: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object {
      $0.field("amount", amount)
      $0.field("description", description)
    }
  }
}

/// All lines of an order with what they sum to.
package struct JobLinesView: JSONWritable {
  private let order: WorkOrder
  private let now: Timestamp

  package init(_ order: WorkOrder, now: Timestamp) {
    self.order = order
    self.now = now
  }

  package func write(to json: inout JSONWriter) {
    json.object { json in
      json.array("items", order.lines) { JobLineView($1, now: now).write(to: &$0) }
      json.field("total", order.total)
      json.member("totals") { order.totals.write(to: &$0, order.currency) }
    }
  }
}

extension PartsPlan.Item: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object {
      $0.field("available", available)
      $0.field("description", want.description)
      $0.field("issued", issued)
      $0.array("lines", want.lines) { $0.integer(Int64($1)) }
      $0.field("missing", missing)
      $0.field("partId", partID)
      $0.field("partNumber", want.partNumber)
      $0.field("planned", want.quantity)
      $0.field("reserved", reserved)
    }
  }
}

/// Estimates as issued, newest first, and whether the newest still covers the lines as they are.
package struct EstimatesView: JSONWritable {
  private let order: WorkOrder
  private let estimates: [Estimate]

  package init(_ order: WorkOrder, _ estimates: [Estimate]) {
    self.order = order
    self.estimates = estimates
  }

  package func write(to json: inout JSONWriter) {
    json.object { json in
      json.field("authorisedHash", order.progress.authorisation?.estimateHash)
      json.field("contentHash", order.contentHash)
      json.field("isCurrent", order.progress.estimate?.hash == order.contentHash)
      json.array("items", estimates) { json, estimate in
        json.object {
          $0.field("additional", estimate.isAdditional)
          $0.field("content", estimate.content)
          $0.field("hash", estimate.summary.hash)
          $0.field("issuedAt", estimate.summary.quotedAt)
          $0.field("issuedBy", estimate.issuedBy)
          $0.field("promisedDeliveryAt", estimate.promisedDeliveryAt)
          $0.field("revision", estimate.summary.revision)
          $0.field("total", estimate.summary.total)
        }
      }
      json.field("total", order.total)
      json.member("totals") { order.totals.write(to: &$0, order.currency) }
    }
  }
}

/// An invoice with its items by payer and the payments received.
package struct InvoiceView: JSONWritable {
  private let order: WorkOrder
  private let invoice: Invoice

  package init(_ order: WorkOrder, _ invoice: Invoice) {
    self.order = order
    self.invoice = invoice
  }

  package func write(to json: inout JSONWriter) {
    json.object { json in
      json.field("issuedAt", invoice.issuedAt)
      json.field("issuedBy", invoice.issuedBy)
      json.array("items", invoice.items) { json, item in
        json.object {
          $0.field("description", item.description)
          $0.field("labour", item.labour)
          $0.field("line", item.line)
          $0.field("other", item.other)
          $0.field("parts", item.parts)
          $0.member("split") { item.split.write(to: &$0, order.currency) }
          $0.field("total", item.total)
        }
      }
      json.field("number", invoice.number)
      json.array("payments", invoice.payments) { json, payment in
        json.object {
          $0.field("amount", payment.amount)
          $0.field("method", payment.method)
          $0.field("reference", payment.reference)
        }
      }
      json.member("split") { invoice.split.write(to: &$0, order.currency) }
      json.field("total", invoice.total)
      json.field("workOrderId", order.id)
      json.field("workOrderNumber", order.number)
    }
  }
}

extension QualityInspection: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object {
      $0.field("attempt", attempt)
      $0.field("findings", findings)
      $0.field("inspectedAt", inspectedAt)
      $0.field("inspectedBy", inspectedBy)
      $0.field("passed", passed)
    }
  }
}
