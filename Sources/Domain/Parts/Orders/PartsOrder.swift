package import FoundationEssentials

/// A station's order of parts to headquarters (SM-8, PO-01…17). What happens to each line is counted on the line; where the order
/// stands follows from its lines.
package struct PartsOrder: LifecycleDocument, ExternallyIdentified {
  package typealias ID = Identifier<PartsOrder>
  package typealias Kind = PartsOrdersPolicy.OrderType

  package enum State: String, Hashable, Sendable, CaseIterable {
    case draft, dealerApproved, submitted, onHold, confirmed, partiallyShipped, shipped, partiallyReceived, received
    case discrepancy, closed, cancelled, rejected
  }

  package enum Action: String, Hashable, Sendable, CaseIterable {
    case sign, `return`, submit, hold, release, confirm, ship, receive, reportDiscrepancy, close, cancel, reject
  }

  /// Lines of one order.
  package static let maximumLines = 200

  package static let resource = Resource.partsOrder
  package static var lifecycle: Lifecycle<PartsOrder> { PartsOrderLifecycle.table }

  package let id: ID
  /// `PO-SY001-2026-000123`
  package let number: String
  package let stationID: Station.ID
  package let currency: Currency
  package internal(set) var state: State
  package var revision: Revision
  package var header: PartsOrderHeader
  package var lines: [PartsOrderLine]
  package var progress: PartsOrderProgress

  package init(
    id: ID, number: String, stationID: Station.ID, currency: Currency, state: State, version: Int, stamp: RecordStamp,
    header: PartsOrderHeader, lines: [PartsOrderLine], progress: PartsOrderProgress
  ) {
    self.id = id
    self.number = number
    self.stationID = stationID
    self.currency = currency
    self.state = state
    self.revision = Revision(version: version, stamp: stamp)
    self.header = header
    self.lines = lines
    self.progress = progress
  }

  package var designation: String? { number }
  package var audience: Audience { .station(stationID) }

  package var externalIDs: [String: String] {
    get { header.externalIDs }
    set { header.externalIDs = newValue }
  }

  package func line(_ number: Int) -> PartsOrderLine? { lines.first { $0.number == number } }
}

/// What the station asks for, and may be corrected as long as it is a draft.
package struct PartsOrderHeader: Hashable, Sendable {
  package var kind: PartsOrder.Kind
  /// The order that waits for the parts (PO-09).
  package var workOrderID: WorkOrder.ID?
  package var vehicleID: Vehicle.ID?
  /// The station from whose stock a transfer comes.
  package var sourceStationID: Station.ID?
  /// Before a station operates (PO-03, NET-11).
  package var letterOfIntent: LetterOfIntent?
  package var requiredDate: CalendarDate?
  package var remark: String?
  package var externalIDs: [String: String]

  package init(
    kind: PartsOrder.Kind, workOrderID: WorkOrder.ID? = nil, vehicleID: Vehicle.ID? = nil,
    sourceStationID: Station.ID? = nil, letterOfIntent: LetterOfIntent? = nil, requiredDate: CalendarDate? = nil,
    remark: String? = nil, externalIDs: [String: String] = [:]
  ) {
    self.kind = kind
    self.workOrderID = workOrderID
    self.vehicleID = vehicleID
    self.sourceStationID = sourceStationID
    self.letterOfIntent = letterOfIntent
    self.requiredDate = requiredDate
    self.remark = remark
    self.externalIDs = externalIDs
  }
}

/// The letter by which headquarters and a future station agree; stock for the beginning is ordered only behind it (NET-11). Its
/// number is taken as the station says it: there is no file of letters to hold it against before the applications of stations
/// keep theirs.
package struct LetterOfIntent: Hashable, Sendable {
  package let number: String
  package let signedDate: CalendarDate

  package init(number: String, signedDate: CalendarDate) {
    self.number = number
    self.signedDate = signedDate
  }
}

/// What the actions have established so far.
package struct PartsOrderProgress: Hashable, Sendable {
  /// The parts supervisor's, who stands for what the lines came to when he signed (PO-02).
  package struct Signature: Hashable, Sendable {
    package let by: String
    package let byID: UUID?
    package let at: Timestamp
    /// With the surcharge.
    package let amount: Money

    package init(by: String, byID: UUID?, at: Timestamp, amount: Money) {
      self.by = by
      self.byID = byID
      self.at = at
      self.amount = amount
    }
  }

  /// The station's position against what it has to cover (SET-03, PO-04, PO-10), as it was found.
  package struct CreditCheck: Hashable, Sendable {
    /// Deposit, advance and what the maker owes, less what the station owes.
    package let position: Money
    /// The share of this order's and all other open orders' value that the policy wants covered, less what the station may owe on
    /// open account: negative where it may owe more than must be covered.
    package let required: Money
    package let at: Timestamp

    package init(position: Money, required: Money, at: Timestamp) {
      self.position = position
      self.required = required
      self.at = at
    }

    package var isSufficient: Bool { position.minor >= required.minor }
  }

  /// Why the order waits, or goes on all the same.
  package struct Ruling: Hashable, Sendable {
    package let reason: String
    package let by: String
    package let at: Timestamp

    package init(reason: String, by: String, at: Timestamp) {
      self.reason = reason
      self.by = by
      self.at = at
    }
  }

  /// Everybody who wrote on the draft: none of them signs it (SEC-10).
  package var authors: [UUID] = []
  package var signature: Signature?
  /// The day whose approved prices hold (PO-12).
  package var orderDate: CalendarDate?
  /// The version of `partsOrders` whose terms hold.
  package var policyVersion: String?
  package var surchargePercent = 0
  package var submittedAt: Timestamp?
  package var credit: CreditCheck?
  package var hold: Ruling?
  /// Finance's word stands above the credit check of shipments to come.
  package var release: Ruling?
  /// Where headquarters takes the parts from (PO-14).
  package var locationID: StockLocation.ID?
  package var confirmedAt: Timestamp?
  package var supplyDueAt: Timestamp?
  package var shippedAt: Timestamp?
  package var receivedAt: Timestamp?
  /// Since when the vehicle of an order `vor` is off the road.
  package var downtimeSince: Timestamp?
  package var closedAt: Timestamp?
  package var exitReason: String?

  package init() {}
}

extension PartsOrder {
  /// Without the surcharge; lines that no approved price is known of count nothing yet.
  package var goodsAmount: Money {
    let minor = lines.reduce(Int64(0)) { sum, line in
      line.replaces != nil ? sum : sum.addingSaturating(line.amount(currency).minor)
    }
    return Money(minor: minor, currency: currency)
  }

  /// Of the type of the order, rounded half-up to the cent.
  package var surcharge: Money { goodsAmount.percent(progress.surchargePercent) }

  package var totalAmount: Money {
    Money(minor: goodsAmount.minor.addingSaturating(surcharge.minor), currency: currency)
  }

  /// What is still to be shipped, with the surcharge: what a station that cannot pay would get on top.
  package var openAmount: Money {
    let minor = lines.reduce(Int64(0)) { sum, line in
      guard line.replaces == nil, let price = line.unitPrice else { return sum }
      return sum.addingSaturating(price.times(line.open + line.backordered).minor)
    }
    let goods = Money(minor: minor, currency: currency)
    return Money(minor: minor.addingSaturating(goods.percent(progress.surchargePercent).minor), currency: currency)
  }

  /// Whole days, begun ones counted, for which the vehicle of an order `vor` has been waiting (PO-09).
  package func downtimeDays(at instant: Timestamp) -> Int? {
    guard let since = progress.downtimeSince else { return nil }
    let until = min(progress.receivedAt ?? instant, instant)
    let day: Int64 = 86_400_000
    return Int((max(0, until.milliseconds - since.milliseconds) + day - 1) / day)
  }
}

extension Money {
  /// So many hundredths of it, rounded half-up to the cent; amounts are not negative here.
  package func percent(_ share: Int) -> Money {
    Money(
      minor: minor.multipliedSaturating(by: Int64(share)).addingSaturating(50).flooredDivision(by: 100),
      currency: currency)
  }
}
