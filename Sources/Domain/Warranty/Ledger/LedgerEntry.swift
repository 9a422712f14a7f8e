package import FoundationEssentials

/// An entry of the ledger: postings that sum to zero in each currency. It never changes; a mistake is answered by an entry
/// that reverses it, once (SET-13).
package struct LedgerEntry: ImmutableDocument {
  package typealias ID = Identifier<LedgerEntry>

  package enum Kind: String, Hashable, Sendable, CaseIterable {
    case claim, penalty, reward, partsCompensation, partsInvoice, oldPartReversal, adjustment, payment
    case depositReceived, depositReturned, advanceReceived, advanceReturned
    case settlement, supplierRecovery, reversal

    /// Whether finance makes it by hand; the others are their document's.
    package var isManual: Bool {
      switch self {
      case .adjustment, .payment, .depositReceived, .depositReturned, .advanceReceived, .advanceReturned: true
      case .claim, .penalty, .reward, .partsCompensation, .partsInvoice, .oldPartReversal, .settlement,
        .supplierRecovery,
        .reversal:
        false
      }
    }
  }

  /// The document that caused an entry or an item.
  package struct Source: Hashable, Sendable {
    package let resource: Resource
    package let id: UUID
    package let number: String?

    package init(_ resource: Resource, _ id: UUID, number: String?) {
      self.resource = resource
      self.id = id
      self.number = number
    }

    /// The document as what is in the way.
    package var conflicting: [ConflictingDocument] { [ConflictingDocument(resource, id, number)] }

    package init<Document: VersionedDocument>(_ document: Document) {
      self.init(Document.resource, document.id.uuid, number: document.designation)
    }
  }

  /// One side of an entry.
  package struct Posting: Hashable, Sendable {
    package let accountID: LedgerAccount.ID
    package let account: String
    package let kind: LedgerAccount.Kind
    /// Debit positive, credit negative; never zero.
    package let amount: Money

    package init(accountID: LedgerAccount.ID, account: String, kind: LedgerAccount.Kind, amount: Money) {
      self.accountID = accountID
      self.account = account
      self.kind = kind
      self.amount = amount
    }
  }

  /// An entry as its maker asks for it.
  package struct Draft: Hashable, Sendable {
    package struct Posting: Hashable, Sendable {
      package let account: LedgerAccount.Key
      /// Debit positive, credit negative.
      package let amount: Money

      package static func debit(_ account: LedgerAccount.Key, _ amount: Money) -> Posting {
        Posting(account: account, amount: amount)
      }

      package static func credit(_ account: LedgerAccount.Key, _ amount: Money) -> Posting {
        Posting(account: account, amount: amount.negated)
      }
    }

    package var kind: Kind
    /// Whose money moves; `nil`: the maker's and suppliers' alone.
    package var stationID: Station.ID?
    /// The day that it counts for.
    package var occurredOn: CalendarDate
    package var description: String
    package var source: Source?
    package var postings: [Posting]

    package init(
      _ kind: Kind, at stationID: Station.ID?, on occurredOn: CalendarDate, _ description: String, source: Source?,
      postings: [Posting]
    ) {
      self.kind = kind
      self.stationID = stationID
      self.occurredOn = occurredOn
      self.description = description
      self.source = source
      self.postings = postings
    }

    /// Postings of one account put together, those that come to nothing left out; in the order of their first mention.
    package var combined: [Posting] {
      struct Place: Hashable {
        let account: LedgerAccount.Key
        let currency: Currency
      }
      var order: [Place] = []
      var sums: [Place: Int64] = [:]
      for posting in postings {
        let place = Place(account: posting.account, currency: posting.amount.currency)
        if sums[place] == nil { order.append(place) }
        sums[place, default: 0] = (sums[place] ?? 0).addingSaturating(posting.amount.minor)
      }
      return order.compactMap { place in
        guard let sum = sums[place], sum != 0 else { return nil }
        return Posting(account: place.account, amount: Money(minor: sum, currency: place.currency))
      }
    }

    /// Whether it says something, and debit equals credit in each currency.
    package var isBalanced: Bool {
      var sums: [Currency: Int64] = [:]
      for posting in postings { sums[posting.amount.currency, default: 0] &+= posting.amount.minor }
      return sums.values.allSatisfy { $0 == 0 } && combined.count >= 2
        && combined.allSatisfy {
          $0.account.isSound && ($0.account.stationID == nil || $0.account.stationID == stationID)
        }
    }
  }

  package static let resource = Resource.ledgerEntry

  package let id: ID
  /// `LE-SY001-2026-000123`, or `LE-HQ-2026-000012`.
  package let number: String
  package let stationID: Station.ID?
  package let kind: Kind
  package let occurredOn: CalendarDate
  package let description: String
  package let source: Source?
  /// The entry that this one undoes.
  package let reverses: ID?
  package let reason: String?
  /// The entry that undoes this one.
  package let reversedBy: ID?
  package let stamp: RecordStamp
  package var postings: [Posting]

  package var designation: String? { number }
  package var audience: Audience { stationID.map(Audience.station) ?? .headquarters }

  package init(
    id: ID, number: String, stationID: Station.ID?, kind: Kind, occurredOn: CalendarDate, description: String,
    source: Source?, reverses: ID?, reason: String?, reversedBy: ID?, stamp: RecordStamp, postings: [Posting]
  ) {
    self.id = id
    self.number = number
    self.stationID = stationID
    self.kind = kind
    self.occurredOn = occurredOn
    self.description = description
    self.source = source
    self.reverses = reverses
    self.reason = reason
    self.reversedBy = reversedBy
    self.stamp = stamp
    self.postings = postings
  }

  /// Entries do not change.

  package func changes(from before: LedgerEntry?) -> [FieldChange] {
    var comparison = FieldComparison()
    comparison.choice("kind", before?.kind, kind)
    comparison.field("occurredOn", before?.occurredOn, occurredOn)
    comparison.field("description", before?.description, description)
    comparison.field("sourceNumber", before?.source?.number, source?.number)
    comparison.field("reversesId", before?.reverses, reverses)
    comparison.field("reason", before?.reason, reason)
    for posting in postings { comparison.field("postings/\(posting.account)", nil, posting.amount) }
    return comparison.changes
  }
}

extension Money {
  package var negated: Money { Money(minor: 0 &- minor, currency: currency) }
}

/// What a list of entries can be narrowed by.
package struct LedgerEntryFilter: Hashable, Sendable {
  package var kinds: [LedgerEntry.Kind] = []
  package var stationID: Station.ID?
  package var sourceID: UUID?
  package var number: String?
  package var occurredFrom: CalendarDate?
  package var occurredTo: CalendarDate?

  package init() {}
}
