/// One part of an order and what became of each piece of it. At any time every ordered piece is open, back-ordered, shipped or
/// cancelled, and every shipped one in transit, received or short; the database holds both equations (domain.md section 11).
package struct PartsOrderLine: Hashable, Sendable {
  package static let maximumQuantity = 99_999

  /// 1, 2, 3…; never given twice.
  package let number: Int
  package let partID: Part.ID
  package let partNumber: String
  package let description: String
  /// As ordered.
  package internal(set) var quantity: Int
  /// Approved on the order date (PO-12); `nil`: none is known yet.
  package internal(set) var unitPrice: Money?
  /// To be shipped: nobody has looked for it yet, or it lies ready.
  package internal(set) var open: Int
  /// Of `open`: taken from the stock for this order.
  package internal(set) var allocated = 0
  /// Not in stock when availability was asked for (PO-11).
  package internal(set) var backordered = 0
  package internal(set) var shipped = 0
  package internal(set) var cancelled = 0
  package internal(set) var inTransit = 0
  /// Arrived, whatever their condition.
  package internal(set) var received = 0
  package internal(set) var short = 0
  /// Of `received`: damaged, wrong or defective on arrival; not taken into stock.
  package internal(set) var rejected = 0
  /// Of `short`: claimed for.
  package internal(set) var claimedShort = 0
  /// Of `received`: claimed for.
  package internal(set) var claimedReceived = 0
  /// In stock at the first confirmation: the base of the fill rate.
  package internal(set) var filled = 0
  /// When what is back-ordered is expected.
  package internal(set) var expectedDate: CalendarDate?
  /// When the last piece was shipped.
  package internal(set) var shippedAt: Timestamp?
  /// The line whose missing or damaged pieces this one replaces, free of charge (PO-07).
  package let replaces: Int?

  package init(
    number: Int, partID: Part.ID, partNumber: String, description: String, quantity: Int, unitPrice: Money?,
    replaces: Int? = nil
  ) {
    self.number = number
    self.partID = partID
    self.partNumber = partNumber
    self.description = description
    self.quantity = quantity
    self.unitPrice = unitPrice
    self.replaces = replaces
    open = quantity
  }

  /// What a row says.
  package init(
    stored number: Int, partID: Part.ID, partNumber: String, description: String, quantity: Int, unitPrice: Money?,
    replaces: Int?, counts: Counts, expectedDate: CalendarDate?, shippedAt: Timestamp?
  ) {
    self.init(
      number: number, partID: partID, partNumber: partNumber, description: description, quantity: quantity,
      unitPrice: unitPrice, replaces: replaces)
    open = counts.open
    allocated = counts.allocated
    backordered = counts.backordered
    shipped = counts.shipped
    cancelled = counts.cancelled
    inTransit = counts.inTransit
    received = counts.received
    short = counts.short
    rejected = counts.rejected
    claimedShort = counts.claimedShort
    claimedReceived = counts.claimedReceived
    filled = counts.filled
    self.expectedDate = expectedDate
    self.shippedAt = shippedAt
  }

  package struct Counts: Sendable {
    package let open, allocated, backordered, shipped, cancelled, inTransit, received, short, rejected: Int
    package let claimedShort, claimedReceived, filled: Int

    package init(
      open: Int, allocated: Int, backordered: Int, shipped: Int, cancelled: Int, inTransit: Int, received: Int,
      short: Int, rejected: Int, claimedShort: Int, claimedReceived: Int, filled: Int
    ) {
      self.open = open
      self.allocated = allocated
      self.backordered = backordered
      self.shipped = shipped
      self.cancelled = cancelled
      self.inTransit = inTransit
      self.received = received
      self.short = short
      self.rejected = rejected
      self.claimedShort = claimedShort
      self.claimedReceived = claimedReceived
      self.filled = filled
    }
  }

  /// Both equations; the database refuses a line of which they do not hold.
  package var isBalanced: Bool {
    quantity == open + backordered + shipped + cancelled && shipped == inTransit + received + short
      && allocated <= open && rejected <= received && claimedShort <= short && claimedReceived <= received
  }

  package var outstanding: Int { open + backordered }

  package func amount(_ currency: Currency) -> Money { unitPrice?.times(quantity) ?? .zero(currency) }

  /// Something is missing or not as it should be that nobody has claimed for yet.
  package var hasUnclaimedDifference: Bool { claimedShort < short || claimedReceived < rejected }
}

/// What arrived of one line of a shipment (PO-06).
package struct PartsReceiptLine: Hashable, Sendable {
  package struct Rejection: Hashable, Sendable {
    package let kind: PartsClaim.Kind
    package let quantity: Int

    package init(kind: PartsClaim.Kind, quantity: Int) {
      self.kind = kind
      self.quantity = quantity
    }
  }

  /// Of the order.
  package let line: Int
  /// Arrived, the rejected ones with them.
  package let received: Int
  /// Will not come any more; what is neither stays in transit.
  package let short: Int
  package let rejections: [Rejection]

  package init(line: Int, received: Int, short: Int, rejections: [Rejection]) {
    self.line = line
    self.received = received
    self.short = short
    self.rejections = rejections
  }

  package var rejected: Int { rejections.reduce(0) { $0 + $1.quantity } }
  /// Goes into the stock of the station.
  package var accepted: Int { received - rejected }
}

/// So many pieces of a line that leave together.
package struct PartsOrderPortion: Hashable, Sendable {
  package let line: Int
  package let quantity: Int

  package init(line: Int, quantity: Int) {
    self.line = line
    self.quantity = quantity
  }
}
