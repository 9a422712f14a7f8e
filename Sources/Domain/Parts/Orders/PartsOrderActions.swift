extension PartsOrder {
  /// Checks state and guards, and moves the state.
  package mutating func take(
    _ action: Action, outcome: String? = nil, by subject: Subject
  ) throws(Refusal) -> Transition<PartsOrder> {
    let row = try PartsOrderLifecycle.table.permit(action, outcome: outcome, on: self, by: subject)
    if let next = row.to { state = next }
    return row
  }

  // MARK: At the station

  /// The prices of the day, as they are approved on it; `nil` where none is.
  package mutating func price(_ prices: [Part.ID: Money]) {
    for place in lines.indices where lines[place].replaces == nil {
      lines[place].unitPrice = prices[lines[place].partID]
    }
  }

  /// The parts supervisor's signature, below what the order comes to on this day (PO-02).
  package mutating func sign(by caller: Caller, at instant: Timestamp) throws(Refusal) -> Transition<PartsOrder> {
    let row = try take(.sign, by: caller.subject)
    try requirePrices()
    progress.signature = PartsOrderProgress.Signature(
      by: caller.name, byID: caller.subject.id, at: instant, amount: totalAmount)
    return row
  }

  /// Back to the drafter; what was signed is void.
  package mutating func `return`(by subject: Subject) throws(Refusal) -> Transition<PartsOrder> {
    let row = try take(.return, by: subject)
    progress.signature = nil
    return row
  }

  /// To headquarters, at the approved prices of the day (PO-12). A position that does not cover it holds the order (SET-03).
  package mutating func submit(
    prices: [Part.ID: Money], surchargePercent: Int, policyVersion: String,
    credit: (Money) -> PartsOrderProgress.CreditCheck?,
    on day: CalendarDate, at instant: Timestamp, by subject: Subject
  ) throws(Refusal) -> Transition<PartsOrder> {
    // Told before anything about money is.
    _ = try PartsOrderLifecycle.table.permit(.submit, on: self, by: subject)
    price(prices)
    progress.surchargePercent = surchargePercent
    try requirePrices()
    if let signed = progress.signature?.amount, signed != totalAmount {
      throw .conflict(
        code: "prices-changed",
        detail:
          "The order was signed at \(signed); at the prices of today it comes to \(totalAmount). Return it and have it signed again.",
        .signed(signed), .current(totalAmount))
    }
    let check = credit(totalAmount)
    let suffices = check?.isSufficient ?? true
    let row = try take(.submit, outcome: suffices ? nil : PartsOrderLifecycle.held, by: subject)
    progress.orderDate = day
    progress.submittedAt = instant
    progress.policyVersion = policyVersion
    progress.credit = check
    if let check, !suffices {
      progress.hold = PartsOrderProgress.Ruling(
        reason: "The position of \(check.position) does not cover \(check.required).", by: Caller.productName,
        at: instant)
    }
    return row
  }

  private func requirePrices() throws(Refusal) {
    var missing: [Violation] = []
    for (place, line) in lines.enumerated() where line.unitPrice == nil {
      missing.append(
        Violation(
          pointer: "#/lines/\(place)/partNumber", code: .inconsistent,
          detail: "\(line.partNumber) has no approved price today (PO-12)"))
    }
    for (place, line) in lines.enumerated() where line.amount(currency).minor > JobLine.amountLimit {
      missing.append(
        Violation(
          pointer: "#/lines/\(place)/quantity", code: .outOfRange,
          detail: "so many cost more than \(DecimalString.text(hundredths: JobLine.amountLimit))"))
    }
    if !missing.isEmpty { throw .invalid(missing) }
  }

  // MARK: Credit

  package mutating func hold(
    _ ruling: PartsOrderProgress.Ruling, by subject: Subject
  ) throws(Refusal) -> Transition<PartsOrder> {
    let row = try take(.hold, by: subject)
    progress.hold = ruling
    progress.release = nil
    return row
  }

  package mutating func release(
    _ ruling: PartsOrderProgress.Ruling, by subject: Subject
  ) throws(Refusal) -> Transition<PartsOrder> {
    let row = try take(.release, by: subject)
    progress.hold = nil
    progress.release = ruling
    return row
  }

  // MARK: Supply

  /// What is there is set aside, the rest is back-ordered (PO-06, PO-11).
  ///
  /// - Parameters:
  ///   - found: pieces of each line that were set aside now, beside those that were before.
  ///   - expected: when back-ordered lines will be there.
  package mutating func confirm(
    found: [Int: Int], expected: [Int: CalendarDate], from location: StockLocation.ID, dueAt: Timestamp,
    at instant: Timestamp,
    by subject: Subject
  ) throws(Refusal) -> Transition<PartsOrder> {
    let isFirst = progress.confirmedAt == nil
    let row = try take(.confirm, by: subject)
    for place in lines.indices {
      let outstanding = lines[place].outstanding
      let allocated = min(outstanding, lines[place].allocated + (found[lines[place].number] ?? 0))
      lines[place].allocated = allocated
      lines[place].open = allocated
      lines[place].backordered = outstanding - allocated
      if isFirst { lines[place].filled = allocated }
      lines[place].expectedDate =
        lines[place].backordered == 0 ? nil : expected[lines[place].number] ?? lines[place].expectedDate
    }
    progress.locationID = location
    if isFirst {
      progress.confirmedAt = instant
      progress.supplyDueAt = dueAt
    }
    return row
  }

  /// What is set aside of a part, over the lines.
  package func allocated(of part: Part.ID) -> Int {
    lines.reduce(0) { $1.partID == part ? $0 + $1.allocated : $0 }
  }

  /// What an order for a vehicle off the road takes from one for the shelf: set aside no longer, it waits for stock again.
  package mutating func yield(_ quantity: Int, of line: Int) {
    guard let place = lines.firstIndex(where: { $0.number == line }) else { return }
    let given = min(quantity, lines[place].allocated)
    lines[place].allocated -= given
    lines[place].open -= given
    lines[place].backordered += given
  }

  /// Pieces leave for the station.
  ///
  /// - Returns: the row, and how much of each line had been set aside for it.
  package mutating func ship(
    _ portions: [PartsOrderPortion], at instant: Timestamp, by subject: Subject
  ) throws(Refusal) -> (row: Transition<PartsOrder>, setAside: [Int: Int]) {
    var after = self
    var setAside: [Int: Int] = [:]
    for (position, portion) in portions.enumerated() {
      guard let place = after.lines.firstIndex(where: { $0.number == portion.line }) else {
        throw .invalid("#/lines/\(position)/line", .notFound, "there is no such line")
      }
      var line = after.lines[place]
      guard portion.quantity <= line.outstanding else {
        throw .invalid(
          "#/lines/\(position)/quantity", .outOfRange, "only \(line.outstanding) are still to be shipped")
      }
      let fromAllocated = min(portion.quantity, line.allocated)
      let fromOpen = min(portion.quantity, line.open)
      line.allocated -= fromAllocated
      line.open -= fromOpen
      line.backordered -= portion.quantity - fromOpen
      line.shipped += portion.quantity
      line.inTransit += portion.quantity
      if line.outstanding == 0 { line.shippedAt = instant }
      setAside[portion.line, default: 0] += fromAllocated
      after.lines[place] = line
    }
    let isPartial: Bool =
      switch state {
      case .partiallyReceived: false
      default: after.lines.contains { $0.outstanding > 0 }
      }
    let row = try take(.ship, outcome: isPartial ? PartsOrderLifecycle.partial : nil, by: subject)
    lines = after.lines
    if !lines.contains(where: { $0.outstanding > 0 }) { progress.shippedAt = instant }
    return (row, setAside)
  }

  // MARK: Receipt

  /// What arrived, line by line (PO-06).
  package mutating func receive(
    _ receipt: [PartsReceiptLine], at instant: Timestamp, by subject: Subject
  ) throws(Refusal) -> Transition<PartsOrder> {
    var after = self
    for (position, entry) in receipt.enumerated() {
      guard let place = after.lines.firstIndex(where: { $0.number == entry.line }) else {
        throw .invalid("#/lines/\(position)/line", .notFound, "there is no such line")
      }
      guard entry.received + entry.short <= after.lines[place].inTransit else {
        throw .invalid(
          "#/lines/\(position)/received", .outOfRange, "only \(after.lines[place].inTransit) are on their way")
      }
      guard entry.rejected <= entry.received else {
        throw .invalid("#/lines/\(position)/rejections", .outOfRange, "more are rejected than arrived")
      }
      after.lines[place].inTransit -= entry.received + entry.short
      after.lines[place].received += entry.received
      after.lines[place].short += entry.short
      after.lines[place].rejected += entry.rejected
    }
    let isPartial = after.lines.contains { $0.outstanding + $0.inTransit > 0 }
    let row = try take(.receive, outcome: isPartial ? PartsOrderLifecycle.partial : nil, by: subject)
    lines = after.lines
    if !isPartial { progress.receivedAt = instant }
    return row
  }

  package mutating func close(at instant: Timestamp, by subject: Subject) throws(Refusal) -> Transition<PartsOrder> {
    let row = try take(.close, by: subject)
    progress.closedAt = instant
    return row
  }

  // MARK: Claims

  /// Pieces that a claim is about; no piece is claimed for twice.
  package mutating func claim(_ kind: PartsClaim.Kind, _ quantity: Int, of line: Int) throws(Refusal) {
    guard let place = lines.firstIndex(where: { $0.number == line }) else {
      throw .invalid("#/line", .notFound, "there is no such line")
    }
    switch kind {
    case .short: lines[place].claimedShort += quantity
    case .damaged, .wrong, .defective: lines[place].claimedReceived += quantity
    }
    guard lines[place].isBalanced else {
      throw .invalid("#/quantity", .outOfRange, "so many did not arrive so, or they are claimed for already")
    }
  }

  /// The claim is off: its pieces may be claimed for again.
  package mutating func unclaim(_ kind: PartsClaim.Kind, _ quantity: Int, of line: Int) {
    guard let place = lines.firstIndex(where: { $0.number == line }) else { return }
    switch kind {
    case .short: lines[place].claimedShort = max(0, lines[place].claimedShort - quantity)
    case .damaged, .wrong, .defective: lines[place].claimedReceived = max(0, lines[place].claimedReceived - quantity)
    }
  }

  /// A further line in place of what is missing or damaged, free of charge (PO-07): the order is open again.
  ///
  /// - Returns: the number of the line.
  package mutating func replenish(_ quantity: Int, of line: Int) throws(Refusal) -> Int {
    guard let original = self.line(line) else { throw .invalid("#/line", .notFound, "there is no such line") }
    guard [.received, .partiallyReceived, .discrepancy, .partiallyShipped, .shipped].contains(state) else {
      throw .conflict(
        code: "parts-order-not-open", detail: "The order is \(state.rawValue); nothing can be added to it.",
        .state(state), .allowedStates([State.received, .partiallyReceived, .discrepancy, .partiallyShipped, .shipped]))
    }
    let number = (lines.map(\.number).max() ?? 0) + 1
    lines.append(
      PartsOrderLine(
        number: number, partID: original.partID, partNumber: original.partNumber, description: original.description,
        quantity: quantity,
        unitPrice: .zero(currency), replaces: line))
    state = .partiallyReceived
    progress.receivedAt = nil
    progress.shippedAt = nil
    return number
  }

  // MARK: Ways out

  /// What was not shipped will not be; on an order of which nothing was shipped that is its end.
  ///
  /// - Returns: the row, and how much of each line had been set aside.
  package mutating func cancel(
    _ reason: String, at instant: Timestamp, by subject: Subject
  ) throws(Refusal) -> (row: Transition<PartsOrder>, setAside: [Int: Int]) {
    let row = try take(.cancel, by: subject)
    let setAside = withdraw()
    progress.exitReason = reason
    if state != .cancelled, !lines.contains(where: { $0.outstanding > 0 }) {
      let isComplete = !lines.contains { $0.inTransit > 0 }
      let hasArrived = lines.contains { $0.received + $0.short > 0 }
      progress.shippedAt = progress.shippedAt ?? instant
      if isComplete {
        state = .received
        progress.receivedAt = instant
      } else if !hasArrived {
        state = .shipped
      }
    }
    return (row, setAside)
  }

  package mutating func reject(_ reason: String, by subject: Subject) throws(Refusal) -> Transition<PartsOrder> {
    let row = try take(.reject, by: subject)
    _ = withdraw()
    progress.exitReason = reason
    return row
  }

  /// But what a claim was promised as replacement: that is owed, whoever needs the rest no more (PO-07).
  private mutating func withdraw() -> [Int: Int] {
    var setAside: [Int: Int] = [:]
    for place in lines.indices where lines[place].replaces == nil {
      if lines[place].allocated > 0 { setAside[lines[place].number] = lines[place].allocated }
      lines[place].cancelled += lines[place].outstanding
      lines[place].open = 0
      lines[place].allocated = 0
      lines[place].backordered = 0
      lines[place].expectedDate = nil
    }
    return setAside
  }
}

extension Caller {
  /// As which the product itself stands in records.
  package static let productName = "system"
}
