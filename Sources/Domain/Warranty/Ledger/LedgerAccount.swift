package import FoundationEssentials

/// One account of the double-entry ledger (domain.md section 10): of a station, of a supplier, or the maker's own. Debit is
/// positive, credit negative; `balance(_:)` turns a sum around for accounts that live on the credit side.
package struct LedgerAccount: Hashable, Sendable {
  package typealias ID = Identifier<LedgerAccount>

  package enum Holder: String, Hashable, Sendable, CaseIterable {
    case station, supplier, maker
  }

  package enum Kind: String, Hashable, Sendable, CaseIterable {
    /// What the maker owes a station (SET-01).
    case payable
    /// What a station owes the maker (SET-03).
    case receivable
    /// What a station leaves with the maker (SET-04).
    case deposit
    /// What a station has paid in advance (SET-02).
    case advance
    /// What a supplier owes the maker (SET-05).
    case recovery
    case warrantyExpense, goodwillExpense, rewardExpense, compensationExpense
    case partsRevenue, penaltyIncome, recoveryIncome
    case cash

    /// Whether a debit makes it more.
    package var growsByDebit: Bool {
      switch self {
      case .receivable, .recovery, .cash, .warrantyExpense, .goodwillExpense, .rewardExpense, .compensationExpense: true
      case .payable, .deposit, .advance, .partsRevenue, .penaltyIncome, .recoveryIncome: false
      }
    }

    package var holder: Holder {
      switch self {
      case .payable, .receivable, .deposit, .advance: .station
      case .recovery: .supplier
      case .warrantyExpense, .goodwillExpense, .rewardExpense, .compensationExpense, .partsRevenue, .penaltyIncome,
        .recoveryIncome, .cash:
        .maker
      }
    }
  }

  /// Whose account of which kind, before its currency is known. Accounts are opened by their first posting.
  package enum Key: Hashable, Sendable {
    /// `payable` and `receivable` are moved through payable items alone, so that every amount on them is settled once.
    case station(Station.ID, Kind)
    /// - Parameter code: how people call the supplier.
    case supplier(UUID, code: String)
    case maker(Kind)

    package var kind: Kind {
      switch self {
      case .station(_, let kind), .maker(let kind): kind
      case .supplier: .recovery
      }
    }

    package var stationID: Station.ID? { if case .station(let id, _) = self { id } else { nil } }
    package var supplierID: UUID? { if case .supplier(let id, _) = self { id } else { nil } }

    /// Whether the kind of account is one that the holder has.
    package var isSound: Bool {
      switch self {
      case .station(_, let kind): kind.holder == .station
      case .maker(let kind): kind.holder == .maker
      case .supplier: true
      }
    }
  }

  package let id: ID
  /// `SY001-PAYABLE-CNY`, `HQ-CASH-CNY`.
  package let code: String
  package let holder: Holder
  package let stationID: Station.ID?
  package let supplierID: UUID?
  package let kind: Kind
  package let currency: Currency
  package let openedAt: Timestamp
  /// Sum of all postings, debit positive.
  package let sum: Int64

  package init(
    id: ID, code: String, holder: Holder, stationID: Station.ID?, supplierID: UUID?, kind: Kind, currency: Currency,
    openedAt: Timestamp, sum: Int64
  ) {
    self.id = id
    self.code = code
    self.holder = holder
    self.stationID = stationID
    self.supplierID = supplierID
    self.kind = kind
    self.currency = currency
    self.openedAt = openedAt
    self.sum = sum
  }

  /// What the account holds, positive on the side on which it grows.
  package var balance: Money { Self.balance(sum, kind, currency) }

  package static func balance(_ sum: Int64, _ kind: Kind, _ currency: Currency) -> Money {
    Money(minor: kind.growsByDebit ? sum : -sum, currency: currency)
  }
}

/// What a list of accounts can be narrowed by.
package struct LedgerAccountFilter: Hashable, Sendable {
  package var holders: [LedgerAccount.Holder] = []
  package var kinds: [LedgerAccount.Kind] = []
  package var stationID: Station.ID?
  package var supplierID: UUID?
  package var code: String?

  package init() {}
}

/// How a station stands with the maker: what the credit check of its orders reads (SET-03).
package struct StationPosition: Hashable, Sendable {
  package let currency: Currency
  package let payable: Money
  package let receivable: Money
  package let deposit: Money
  package let advance: Money

  package init(_ currency: Currency, payable: Int64, receivable: Int64, deposit: Int64, advance: Int64) {
    self.currency = currency
    self.payable = Money(minor: payable, currency: currency)
    self.receivable = Money(minor: receivable, currency: currency)
    self.deposit = Money(minor: deposit, currency: currency)
    self.advance = Money(minor: advance, currency: currency)
  }

  /// Deposit, advance and what it is owed, less what it owes. Below zero: more than it has left with the maker.
  package var available: Money {
    Money(
      minor: deposit.minor.addingSaturating(advance.minor).addingSaturating(payable.minor)
        .addingSaturating(-receivable.minor), currency: currency)
  }
}
