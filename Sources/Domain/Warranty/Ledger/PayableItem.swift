package import FoundationEssentials

/// What the maker owes a station, or a station owes the maker, until a settlement takes it in (SET-01, SET-03, SET-09). What is
/// owed never changes: a correction is a further item, linked to the one that it takes back.
package struct PayableItem: RevisedDocument {
  package typealias ID = Identifier<PayableItem>

  package enum Kind: String, Hashable, Sendable, CaseIterable {
    case claim, penalty, reward, partsCompensation, partsInvoice, oldPartReversal, adjustment, payment

    /// The station's account that such an item moves.
    package var account: LedgerAccount.Kind {
      switch self {
      case .claim, .reward, .partsCompensation, .oldPartReversal, .adjustment: .payable
      case .penalty, .partsInvoice, .payment: .receivable
      }
    }

    /// The maker's account on the other side, unless the draft names another one.
    package var usualCounter: LedgerAccount.Kind {
      switch self {
      case .claim, .oldPartReversal, .adjustment: .warrantyExpense
      case .reward: .rewardExpense
      case .partsCompensation: .compensationExpense
      case .penalty: .penaltyIncome
      case .partsInvoice: .partsRevenue
      case .payment: .cash
      }
    }

    /// How such an entry is called in the ledger.
    package var entry: LedgerEntry.Kind {
      switch self {
      case .claim: .claim
      case .penalty: .penalty
      case .reward: .reward
      case .partsCompensation: .partsCompensation
      case .partsInvoice: .partsInvoice
      case .oldPartReversal: .oldPartReversal
      case .adjustment: .adjustment
      case .payment: .payment
      }
    }
  }

  /// How headquarters answers a dispute.
  package enum DisputeResolution: String, Hashable, Sendable, CaseIterable {
    /// The station is right: the item is taken back. What is right is recorded anew.
    case reversed
    /// The item stands, and enters the next settlement.
    case upheld
  }

  /// An item as its document asks for it.
  package struct Draft: Hashable, Sendable {
    package let stationID: Station.ID
    package let kind: Kind
    package let source: LedgerEntry.Source
    /// The line of the source; `nil`: the whole of it.
    package let line: Int?
    /// Distinguishes several items of one kind on one line; 1 for the first.
    package let ordinal: Int
    package let description: String
    /// Positive is owed to the station, negative by it; never zero.
    package let amount: Money
    /// The day that it counts for: it enters the first settlement whose period does not end before it.
    package let occurredOn: CalendarDate
    /// The maker's account on the other side.
    package let counter: LedgerAccount.Kind

    /// - Parameter counter: the maker's account on the other side, where it is not the usual one of the kind.
    package init(
      at stationID: Station.ID, _ kind: Kind, source: LedgerEntry.Source, line: Int? = nil, ordinal: Int = 1,
      _ description: String, _ amount: Money, on occurredOn: CalendarDate, counter: LedgerAccount.Kind? = nil
    ) {
      self.stationID = stationID
      self.kind = kind
      self.source = source
      self.line = line
      self.ordinal = ordinal
      self.description = description
      self.amount = amount
      self.occurredOn = occurredOn
      self.counter = counter ?? kind.usualCounter
    }

    /// The same as another item of its kind on its line.
    package func numbered(_ ordinal: Int) -> Draft {
      Draft(
        at: stationID, kind, source: source, line: line, ordinal: ordinal, description, amount, on: occurredOn,
        counter: counter)
    }

    /// The two postings that it is worth.
    package var postings: [LedgerEntry.Draft.Posting] {
      [
        .debit(.maker(counter), amount), .credit(.station(stationID, kind.account), amount),
      ]
    }
  }

  package static let resource = Resource.payableItem

  package let id: ID
  package let stationID: Station.ID
  package let kind: Kind
  package let source: LedgerEntry.Source
  package let line: Int?
  package let ordinal: Int
  package let description: String
  /// Positive is owed to the station, negative by it.
  package let amount: Money
  package let occurredOn: CalendarDate
  /// The maker's account on the other side.
  package let counter: LedgerAccount.Kind
  /// The ledger entry that it made.
  package let entryID: LedgerEntry.ID
  /// The item that it takes back.
  package let reverses: ID?
  /// Why the station disputes it; such an item waits outside of every settlement (SET-10).
  package internal(set) var disputeReason: String?
  package internal(set) var settlementID: Settlement.ID?
  package var revision: Revision

  package var designation: String? { nil }
  package var audience: Audience { .station(stationID) }
  package var isDisputed: Bool { disputeReason != nil }

  package init(
    id: ID, stationID: Station.ID, kind: Kind, source: LedgerEntry.Source, line: Int?, ordinal: Int,
    description: String,
    amount: Money, occurredOn: CalendarDate, counter: LedgerAccount.Kind, entryID: LedgerEntry.ID, reverses: ID?,
    disputeReason: String?, settlementID: Settlement.ID?, version: Int, stamp: RecordStamp
  ) {
    self.id = id
    self.stationID = stationID
    self.kind = kind
    self.source = source
    self.line = line
    self.ordinal = ordinal
    self.description = description
    self.amount = amount
    self.occurredOn = occurredOn
    self.counter = counter
    self.entryID = entryID
    self.reverses = reverses
    self.disputeReason = disputeReason
    self.settlementID = settlementID
    self.revision = Revision(version: version, stamp: stamp)
  }

  package init(
    _ draft: Draft, entry: LedgerEntry.ID, reverses: ID? = nil, by caller: Caller, at instant: Timestamp
  ) {
    self.init(
      id: .new(at: instant), stationID: draft.stationID, kind: draft.kind, source: draft.source, line: draft.line,
      ordinal: draft.ordinal, description: draft.description, amount: draft.amount, occurredOn: draft.occurredOn,
      counter: draft.counter, entryID: entry, reverses: reverses, disputeReason: nil, settlementID: nil, version: 1,
      stamp: RecordStamp(by: caller, at: instant))
  }

  package func changes(from before: PayableItem?) -> [FieldChange] {
    var comparison = FieldComparison()
    comparison.choice("kind", before?.kind, kind)
    comparison.field("sourceNumber", before?.source.number, source.number)
    comparison.field("line", before?.line, line)
    comparison.field("description", before?.description, description)
    comparison.field("amount", before?.amount, amount)
    comparison.field("occurredOn", before?.occurredOn, occurredOn)
    comparison.field("reversesId", before?.reverses, reverses)
    comparison.field("disputeReason", before?.disputeReason, disputeReason)
    comparison.field("settlementId", before?.settlementID, settlementID)
    return comparison.changes
  }

  /// What takes it back: the same amount the other way on the same accounts, counted for the given day.
  /// - Parameter kind: what to call it; where that would move another account, it is called as the item itself.
  package func reversal(as kind: Kind, ordinal: Int, _ reason: String, on day: CalendarDate) -> Draft {
    Draft(
      at: stationID, kind.account == self.kind.account ? kind : self.kind, source: source, line: line, ordinal: ordinal,
      reason, amount.negated, on: day, counter: counter)
  }

  // MARK: What settlements do to it

  /// Takes it in.
  package mutating func enter(_ settlement: Settlement.ID) { settlementID = settlement }

  /// Lets it go, to be settled another time.
  package mutating func leave() { settlementID = nil }

  /// Lets it go, to wait until the dispute is resolved.
  package mutating func dispute(_ reason: String) {
    settlementID = nil
    disputeReason = reason
  }

  /// - Throws: `Refusal.conflict` where nothing is disputed.
  package mutating func resolveDispute() throws(Refusal) {
    if disputeReason == nil {
      throw .conflict(code: "item-not-disputed", detail: "Nothing is disputed about this item.")
    }
    disputeReason = nil
  }
}

/// What a list of items can be narrowed by.
package struct PayableItemFilter: Hashable, Sendable {
  /// `true`: not in a settlement yet.
  package var isOpen: Bool?
  package var isDisputed: Bool?
  package var kinds: [PayableItem.Kind] = []
  package var stationID: Station.ID?
  package var settlementID: Settlement.ID?
  package var sourceID: UUID?
  package var occurredFrom: CalendarDate?
  package var occurredTo: CalendarDate?

  package init() {}
}
