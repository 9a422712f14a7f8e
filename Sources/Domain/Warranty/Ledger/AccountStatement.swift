/// What happened on an account between two days, both included: opening balance, every posting with the balance behind it, closing
/// balance (SET-14). Amounts are positive on the side on which the account grows.
package struct AccountStatement: Hashable, Sendable {
  package struct Line: Hashable, Sendable {
    package let entryID: LedgerEntry.ID
    package let number: String
    package let occurredOn: CalendarDate
    package let kind: LedgerEntry.Kind
    package let description: String
    package let sourceNumber: String?
    package let amount: Money
    package let balance: Money

    package init(
      entryID: LedgerEntry.ID, number: String, occurredOn: CalendarDate, kind: LedgerEntry.Kind, description: String,
      sourceNumber: String?, amount: Money, balance: Money
    ) {
      self.entryID = entryID
      self.number = number
      self.occurredOn = occurredOn
      self.kind = kind
      self.description = description
      self.sourceNumber = sourceNumber
      self.amount = amount
      self.balance = balance
    }
  }

  /// A posting as the ledger has it, debit positive.
  package struct Movement: Hashable, Sendable {
    package let entryID: LedgerEntry.ID
    package let number: String
    package let occurredOn: CalendarDate
    package let kind: LedgerEntry.Kind
    package let description: String
    package let sourceNumber: String?
    package let amount: Int64

    package init(
      entryID: LedgerEntry.ID, number: String, occurredOn: CalendarDate, kind: LedgerEntry.Kind, description: String,
      sourceNumber: String?, amount: Int64
    ) {
      self.entryID = entryID
      self.number = number
      self.occurredOn = occurredOn
      self.kind = kind
      self.description = description
      self.sourceNumber = sourceNumber
      self.amount = amount
    }
  }

  /// Lines that one statement has at most.
  package static let mostLines = 10_000

  package let account: LedgerAccount
  package let from: CalendarDate
  package let to: CalendarDate
  package let opening: Money
  package let closing: Money
  package let lines: [Line]

  /// - Parameter opening: sum of what was posted for days before `from`, debit positive.
  package init(
    _ account: LedgerAccount, from: CalendarDate, to: CalendarDate, opening: Int64, _ movements: [Movement]
  ) {
    self.account = account
    self.from = from
    self.to = to
    func shown(_ sum: Int64) -> Money { LedgerAccount.balance(sum, account.kind, account.currency) }
    var sum = opening
    var lines: [Line] = []
    for movement in movements {
      sum = sum.addingSaturating(movement.amount)
      lines.append(
        Line(
          entryID: movement.entryID, number: movement.number, occurredOn: movement.occurredOn, kind: movement.kind,
          description: movement.description, sourceNumber: movement.sourceNumber, amount: shown(movement.amount),
          balance: shown(sum)))
    }
    self.opening = shown(opening)
    closing = shown(sum)
    self.lines = lines
  }
}

/// What finance posts by hand (SET-02, SET-04, SET-13).
package struct ManualEntry: Hashable, Sendable {
  package let kind: LedgerEntry.Kind
  package let stationID: Station.ID
  package let description: String
  /// Above zero; of an adjustment any but zero, positive is owed to the station.
  package let amount: Money
  /// `nil`: today.
  package let occurredOn: CalendarDate?
  /// Of an adjustment, the maker's account on the other side.
  package let counter: LedgerAccount.Kind?

  package init(
    kind: LedgerEntry.Kind, stationID: Station.ID, description: String, amount: Money, occurredOn: CalendarDate?,
    counter: LedgerAccount.Kind?
  ) {
    self.kind = kind
    self.stationID = stationID
    self.description = description
    self.amount = amount
    self.occurredOn = occurredOn
    self.counter = counter
  }
}
