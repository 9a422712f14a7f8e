/// Money received from the customer at settlement.
package struct Payment: Hashable, Sendable {
  package enum Method: String, Hashable, Sendable, CaseIterable {
    case cash, card, bankTransfer, weChatPay, alipay, onAccount
  }
  package let method: Method
  package let amount: Money
  /// The payment system's own number.
  package let reference: String?

  package init(method: Method, amount: Money, reference: String?) {
    self.method = method
    self.amount = amount
    self.reference = reference
  }
}

/// What was charged, to whom, for what: immutable, made at settlement (WO-20, WO-40).
package struct Invoice: Hashable, Sendable {
  package struct Item: Hashable, Sendable {
    package let line: Int
    package let description: String
    package let labour: Money
    package let parts: Money
    package let other: Money
    package let total: Money
    package let split: PayerSplit

    package init(
      line: Int, description: String, labour: Money, parts: Money, other: Money, total: Money, split: PayerSplit
    ) {
      self.line = line
      self.description = description
      self.labour = labour
      self.parts = parts
      self.other = other
      self.total = total
      self.split = split
    }
  }

  package let number: String
  package let issuedAt: Timestamp
  package let issuedBy: String
  package let items: [Item]
  package let split: PayerSplit
  package let total: Money
  package let payments: [Payment]

  package init(
    number: String, issuedAt: Timestamp, issuedBy: String, items: [Item], split: PayerSplit, total: Money,
    payments: [Payment]
  ) {
    self.number = number
    self.issuedAt = issuedAt
    self.issuedBy = issuedBy
    self.items = items
    self.split = split
    self.total = total
    self.payments = payments
  }

  /// The invoice of an order as it stands.
  package init(of order: WorkOrder, number: String, payments: [Payment], issuedBy: String, at: Timestamp) {
    let items = order.lines.filter(\.counts).sorted { $0.number < $1.number }.map { line in
      Item(
        line: line.number, description: line.work.description, labour: line.labourAmount, parts: line.partsAmount,
        other: Money(
          minor: line.amount.minor - line.labourAmount.minor - line.partsAmount.minor, currency: order.currency),
        total: line.amount, split: line.price.split)
    }
    self.init(
      number: number, issuedAt: at, issuedBy: issuedBy, items: items, split: order.totals, total: order.total,
      payments: payments)
  }
}

/// One quality inspection of finished work, kept for ever (WO-31, SEC-09).
package struct QualityInspection: Hashable, Sendable {
  package let attempt: Int
  package let passed: Bool
  package let findings: String?
  package let inspectedBy: String
  package let inspectedAt: Timestamp

  package init(attempt: Int, passed: Bool, findings: String?, inspectedBy: String, inspectedAt: Timestamp) {
    self.attempt = attempt
    self.passed = passed
    self.findings = findings
    self.inspectedBy = inspectedBy
    self.inspectedAt = inspectedAt
  }
}
