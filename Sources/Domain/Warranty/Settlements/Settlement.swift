package import FoundationEssentials

/// A settlement of one station over a period, in one currency (SM-7, SET-01…14). Its lines are payable items; all amounts are
/// the station's: positive is owed to it.
package struct Settlement: LifecycleDocument {
  package typealias ID = Identifier<Settlement>

  package enum State: String, Hashable, Sendable, CaseIterable {
    case draft, compiled, stationConfirmed, audited, approved, paid, closed, cancelled
  }

  package enum Action: String, Hashable, Sendable, CaseIterable {
    case compile, confirm, disputeLine, audit, approve, pay, close, cancel
  }

  /// The rules that it is compiled by, as the policy said then.
  package struct Terms: Hashable, Sendable {
    package let policyVersion: Int
    package let rounding: SettlementPolicy.Rounding
    /// Smaller balances are carried over.
    package let leastPayment: Money
    package let offsetsReceivables: Bool
    /// In which the station confirms or disputes; then it counts as confirmed. 0: never by itself.
    package let confirmationDays: Int
    package let paymentDays: Int

    package init(
      policyVersion: Int, rounding: SettlementPolicy.Rounding, leastPayment: Money, offsetsReceivables: Bool,
      confirmationDays: Int, paymentDays: Int
    ) {
      self.policyVersion = policyVersion
      self.rounding = rounding
      self.leastPayment = leastPayment
      self.offsetsReceivables = offsetsReceivables
      self.confirmationDays = confirmationDays
      self.paymentDays = paymentDays
    }

    package init(_ policy: SettlementPolicy, version: Int) {
      self.init(
        policyVersion: version, rounding: policy.rounding, leastPayment: policy.leastPayment,
        offsetsReceivables: policy.offsetsReceivables, confirmationDays: policy.confirmationDays,
        paymentDays: policy.paymentDays)
    }

    /// The accounts of a station whose items are settled.
    package var accounts: [LedgerAccount.Kind] { offsetsReceivables ? [.payable, .receivable] : [.payable] }
  }

  /// Where the money stands. `closing = opening + items + advance − payment`.
  package struct Figures: Hashable, Sendable {
    /// What the settlement before it left.
    package var opening: Int64 = 0
    package var items: Int64 = 0
    /// What the station has paid in advance and is taken against what it owes.
    package var advance: Int64 = 0
    package var payment: Int64 = 0

    package var closing: Int64 { opening &+ items &+ advance &- payment }

    package init(opening: Int64 = 0, items: Int64 = 0, advance: Int64 = 0, payment: Int64 = 0) {
      self.opening = opening
      self.items = items
      self.advance = advance
      self.payment = payment
    }

    /// What is owed to the station is paid from the least payment on, else carried over; what it owes is taken from its advance,
    /// and the rest is carried over.
    package static func reckon(
      opening: Int64, items: Int64, advanceBalance: Int64, _ terms: Terms, _ currency: Currency
    ) -> Figures {
      var figures = Figures(opening: opening, items: items)
      let due = opening.addingSaturating(items)
      if due < 0, terms.offsetsReceivables { figures.advance = min(max(advanceBalance, 0), 0 &- due) }
      let least = terms.leastPayment.currency == currency ? terms.leastPayment.minor : 0
      if due > 0, due >= least { figures.payment = due }
      return figures
    }
  }

  /// One item as it was compiled.
  package struct Line: Hashable, Sendable {
    package enum State: String, Hashable, Sendable, CaseIterable {
      case included
      /// The station disputed it: it has left the batch (SET-10).
      case disputed
      /// The settlement was cancelled.
      case released
    }

    package let number: Int
    package let item: PayableItem
    package internal(set) var state: State
    package internal(set) var reason: String?

    package init(number: Int, item: PayableItem, state: State, reason: String?) {
      self.number = number
      self.item = item
      self.state = state
      self.reason = reason
    }
  }

  /// Who took a step, and when.
  package struct Step: Hashable, Sendable {
    package let by: RecordStamp.Author
    package let at: Timestamp
    package let note: String?
    /// Who took it earlier, before it was taken once more: none of them takes another step either (SEC-10).
    package let former: Set<UUID>

    package init(by: RecordStamp.Author, at: Timestamp, note: String?, former: Set<UUID> = []) {
      self.by = by
      self.at = at
      self.note = note
      self.former = former
    }

    package func isOf(_ person: UUID) -> Bool { by.id == person || former.contains(person) }
  }

  package struct Payment: Hashable, Sendable {
    package let reference: String
    package let paidOn: CalendarDate
    /// `nil`: nothing had to move.
    package let entryID: LedgerEntry.ID?

    package init(reference: String, paidOn: CalendarDate, entryID: LedgerEntry.ID?) {
      self.reference = reference
      self.paidOn = paidOn
      self.entryID = entryID
    }
  }

  package static let resource = Resource.settlement
  package static var lifecycle: Lifecycle<Settlement> { SettlementLifecycle.table }

  package let id: ID
  /// `ST-SY001-2026-000012`.
  package let number: String
  package let stationID: Station.ID
  package let currency: Currency
  /// First day.
  package let periodFrom: CalendarDate
  /// Last day.
  package let periodTo: CalendarDate
  package internal(set) var state: State
  package var revision: Revision
  package internal(set) var figures: Figures
  package internal(set) var terms: Terms?
  /// SHA-256 of what the statement says, in hexadecimal digits.
  package internal(set) var contentHash: String?
  package internal(set) var steps: [Action: Step]
  package internal(set) var payment: Payment?
  package internal(set) var dueOn: CalendarDate?
  package internal(set) var exitReason: String?
  package var lines: [Line]
  /// How many lines are included; lists have no lines.
  package internal(set) var lineCount: Int

  package var designation: String? { number }
  package var audience: Audience { .station(stationID) }

  package init(
    id: ID, number: String, stationID: Station.ID, currency: Currency, periodFrom: CalendarDate, periodTo: CalendarDate,
    state: State, version: Int, stamp: RecordStamp, figures: Figures, terms: Terms?, contentHash: String?,
    steps: [Action: Step], payment: Payment?, dueOn: CalendarDate?, exitReason: String?, lines: [Line], lineCount: Int
  ) {
    self.id = id
    self.number = number
    self.stationID = stationID
    self.currency = currency
    self.periodFrom = periodFrom
    self.periodTo = periodTo
    self.state = state
    self.revision = Revision(version: version, stamp: stamp)
    self.figures = figures
    self.terms = terms
    self.contentHash = contentHash
    self.steps = steps
    self.payment = payment
    self.dueOn = dueOn
    self.exitReason = exitReason
    self.lines = lines
    self.lineCount = lineCount
  }

  /// A draft over a period.
  package init(
    id: ID, number: String, stationID: Station.ID, currency: Currency, periodFrom: CalendarDate, periodTo: CalendarDate,
    stamp: RecordStamp
  ) {
    self.init(
      id: id, number: number, stationID: stationID, currency: currency, periodFrom: periodFrom, periodTo: periodTo,
      state: .draft, version: 1, stamp: stamp, figures: Figures(), terms: nil, contentHash: nil, steps: [:],
      payment: nil, dueOn: nil, exitReason: nil, lines: [], lineCount: 0)
  }

  package func money(_ minor: Int64) -> Money { Money(minor: minor, currency: currency) }

  /// The last day on which the station confirms or disputes; after it, it counts as confirmed. `nil`: never by itself.
  package var confirmBy: CalendarDate? {
    guard let days = terms?.confirmationDays, days > 0, let compiled = steps[.compile] else { return nil }
    return CalendarDate(daysSinceEpoch: ReportPeriod.day(of: compiled.at).daysSinceEpoch + Int64(days))
  }

  /// Lines that are settled.
  package var included: [Line] { lines.filter { $0.state == .included } }

  package func changes(from before: Settlement?) -> [FieldChange] {
    var comparison = FieldComparison()
    comparison.choice("state", before?.state, state)
    comparison.field("periodFrom", before?.periodFrom, periodFrom)
    comparison.field("periodTo", before?.periodTo, periodTo)
    comparison.field("opening", before.map { $0.money($0.figures.opening) }, money(figures.opening))
    comparison.field("items", before.map { $0.money($0.figures.items) }, money(figures.items))
    comparison.field("advance", before.map { $0.money($0.figures.advance) }, money(figures.advance))
    comparison.field("payment", before.map { $0.money($0.figures.payment) }, money(figures.payment))
    comparison.field("closing", before.map { $0.money($0.figures.closing) }, money(figures.closing))
    comparison.field("lineCount", before?.lineCount, lineCount)
    comparison.field("contentHash", before?.contentHash, contentHash)
    comparison.field("paymentReference", before?.payment?.reference, payment?.reference)
    comparison.field("paidOn", before?.payment?.paidOn, payment?.paidOn)
    comparison.field("dueOn", before?.dueOn, dueOn)
    comparison.field("exitReason", before?.exitReason, exitReason)
    return comparison.changes
  }
}

/// What a list of settlements can be narrowed by; conditions combine with and.
package struct SettlementFilter: Hashable, Sendable {
  package var states: [Settlement.State] = []
  package var stationID: Station.ID?
  package var number: String?
  package var periodFrom: CalendarDate?
  package var periodTo: CalendarDate?

  package init() {}
}

/// First and last day of what is settled.
package struct SettlementPeriod: Hashable, Sendable {
  package let from: CalendarDate
  package let to: CalendarDate

  /// - Throws: `Refusal.invalid` at `#/periodTo` for an end before the beginning.
  package init(from: CalendarDate, to: CalendarDate) throws(Refusal) {
    if to < from { throw .invalid("#/periodTo", .outOfRange, "must not lie before periodFrom") }
    self.init(unchecked: from, to)
  }

  fileprivate init(unchecked from: CalendarDate, _ to: CalendarDate) {
    self.from = from
    self.to = to
  }
}

/// A settlement as it is asked for.
package struct SettlementDraft: Hashable, Sendable {
  package let stationID: Station.ID
  /// `nil`: the last period of the policy that is over.
  package let period: SettlementPeriod?
  /// `nil`: the station's.
  package let currency: Currency?

  package init(stationID: Station.ID, period: SettlementPeriod?, currency: Currency?) {
    self.stationID = stationID
    self.period = period
    self.currency = currency
  }
}

extension SettlementPolicy.Period {
  /// The last whole period that ended before a day (D-15).
  package func last(before day: CalendarDate) -> SettlementPeriod {
    // Months since year 0, so that arithmetic needs no carry.
    let months = day.year * 12 + day.month - 1
    switch self {
    case .halfMonthly:
      if day.day > 15 {
        return SettlementPeriod(unchecked: Self.first(months), Self.shifted(Self.first(months), by: 14))
      }
      return SettlementPeriod(
        unchecked: Self.shifted(Self.first(months - 1), by: 15), Self.shifted(Self.first(months), by: -1))
    case .monthly:
      return SettlementPeriod(unchecked: Self.first(months - 1), Self.shifted(Self.first(months), by: -1))
    case .quarterly:
      let quarter = months - months % 3
      return SettlementPeriod(unchecked: Self.first(quarter - 3), Self.shifted(Self.first(quarter), by: -1))
    }
  }

  private static func first(_ months: Int) -> CalendarDate {
    // The first of a month exists in every year that a settlement can be about.
    CalendarDate(year: max(1, months / 12), month: months % 12 + 1, day: 1) ?? CalendarDate(daysSinceEpoch: 0)
  }

  private static func shifted(_ day: CalendarDate, by days: Int64) -> CalendarDate {
    CalendarDate(daysSinceEpoch: day.daysSinceEpoch + days)
  }
}
