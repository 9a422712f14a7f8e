/// The quotation that the customer decides on (WO-11, WO-20).
package struct EstimateSummary: Hashable, Sendable {
  /// 1, 2, 3 …: every quotation and every request for additional items makes one.
  package let revision: Int
  /// SHA-256 (hex) of the canonical form of the lines: an authorisation names it, any later edit voids it.
  package let hash: String
  package let total: Money
  package let quotedAt: Timestamp

  package init(revision: Int, hash: String, total: Money, quotedAt: Timestamp) {
    self.revision = revision
    self.hash = hash
    self.total = total
    self.quotedAt = quotedAt
  }
}

/// An estimate as it was issued, kept for ever.
package struct Estimate: Hashable, Sendable {
  package let summary: EstimateSummary
  package let isAdditional: Bool
  package let promisedDeliveryAt: Timestamp?
  package let issuedBy: String
  /// The canonical form that the hash is over.
  package let content: String

  package init(
    summary: EstimateSummary, isAdditional: Bool, promisedDeliveryAt: Timestamp?, issuedBy: String, content: String
  ) {
    self.summary = summary
    self.isAdditional = isAdditional
    self.promisedDeliveryAt = promisedDeliveryAt
    self.issuedBy = issuedBy
    self.content = content
  }
}

extension WorkOrder {
  /// What the customer decides on, in one unambiguous text: every line that is not refused with its work, hours, rate, parts
  /// and split. Technical findings (cause, correction, codes) are left out: they do not change what was agreed.
  package var estimateContent: String {
    var text = "order \(id) \(currency.rawValue)\n"
    for line in lines.sorted(by: { $0.number < $1.number }) where line.counts {
      text += "line \(line.number) \(quoted(line.work.description))"
      text += " operation \(quoted(line.work.labourOperationCode ?? ""))"
      text += " hours \(line.price.standardHours) rate \(line.price.labourRate.amount)\n"
      // By identity, the order in which they are read back.
      for part in line.parts.sorted(by: { $0.id.description < $1.id.description }) {
        text += "part \(quoted(part.partNumber)) \(quoted(part.description))"
        text += " \(part.quantity) x \(part.unitPrice.amount) \(part.origin.rawValue)"
        text += " guarantee \(part.guaranteeMonths.map(String.init) ?? "-") months"
        text += " \(part.guaranteeKm.map(String.init) ?? "-") km\n"
      }
      for (kind, extra) in [("sublet", line.price.sublet), ("travel", line.price.travel)] {
        if let extra { text += "\(kind) \(quoted(extra.description)) \(extra.amount.amount)\n" }
      }
      for payer in PayerSplit.Payer.allCases where line.price.split[payer] != 0 {
        text += "payer \(payer.rawValue) \(DecimalString.text(hundredths: line.price.split[payer]))\n"
      }
    }
    return text
  }

  /// Sum of all lines that are not refused, by payer.
  package var totals: PayerSplit {
    lines.filter(\.counts).reduce(PayerSplit([:])) { $0.adding($1.price.split) }
  }

  package var total: Money { Money(minor: totals.sum, currency: currency) }

  private func quoted(_ text: String) -> String {
    let needsEscapes = text.utf8.contains { unit in
      unit == UInt8(ascii: "\\") || unit == UInt8(ascii: "\"") || unit == UInt8(ascii: "\n")
    }
    guard needsEscapes else { return "\"" + text + "\"" }
    return "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n") + "\""
  }
}
