package import FoundationEssentials

/// Everything that the audit of a claim looks at, gathered once and kept with the version that it judged: whoever asks years later
/// gets the same answer from it (A2). A fact that is `nil` is not known, and no rule finds anything about it.
package struct ClaimFacts: Hashable, Sendable {
  /// The work order as it stood (CLM-07, CLM-08).
  package struct Order: Hashable, Sendable {
    package let number: String
    package let isDelivered: Bool
    package let deliveredOn: CalendarDate?
    /// Lines that were worked on.
    package let lines: Set<Int>

    package init(number: String, isDelivered: Bool, deliveredOn: CalendarDate?, lines: Set<Int>) {
      self.number = number
      self.isDelivered = isDelivered
      self.deliveredOn = deliveredOn
      self.lines = lines
    }
  }

  /// An odometer reading of the vehicle, anywhere in the network.
  package struct Reading: Hashable, Sendable {
    package let km: Int
    package let on: CalendarDate

    package init(km: Int, on: CalendarDate) {
      self.km = km
      self.on = on
    }
  }

  /// Another claim, as evidence. Its number is shown to those who see its station.
  package struct Reference: Hashable, Sendable {
    package let claim: String
    package let station: Station.ID
    package let repairedOn: CalendarDate?

    package init(claim: String, station: Station.ID, repairedOn: CalendarDate?) {
      self.claim = claim
      self.station = station
      self.repairedOn = repairedOn
    }
  }

  /// What a customer said on a follow-up call against the order (FUP-14); his words stay with the call.
  package struct Contradiction: Hashable, Sendable {
    package let followUp: String
    package let kind: String

    package init(followUp: String, kind: String) {
      self.followUp = followUp
      self.kind = kind
    }
  }

  /// A person clocked on this job and another one at the same time.
  package struct Overlap: Hashable, Sendable {
    package let technician: UUID
    package let otherOrder: String
    package let from: Timestamp

    package init(technician: UUID, otherOrder: String, from: Timestamp) {
      self.technician = technician
      self.otherOrder = otherOrder
      self.from = from
    }
  }

  /// A file of the claim or its order whose bytes hang on another document as well. File names may hold anything and stay out.
  package struct Photo: Hashable, Sendable {
    package let attachment: Attachment.ID
    package let document: String
    package let station: Station.ID?

    package init(attachment: Attachment.ID, document: String, station: Station.ID?) {
      self.attachment = attachment
      self.document = document
      self.station = station
    }
  }

  /// What the terms of the warranty say (CLM-10), judged by the policy of the repair's day.
  package struct Cover: Hashable, Sendable {
    package let policyVersion: String
    /// Only what is covered beyond doubt is paid without a person.
    package let isCovered: Bool
    /// Why, in the words of the entitlement.
    package let reasons: [String]
    package let isOverMonths: Bool
    package let isOverKm: Bool
    /// The day on which the term ended, and its kilometres.
    package let endsOn: CalendarDate?
    package let limitKm: Int?

    package init(
      policyVersion: String, isCovered: Bool, reasons: [String], isOverMonths: Bool, isOverKm: Bool,
      endsOn: CalendarDate?, limitKm: Int?
    ) {
      self.policyVersion = policyVersion
      self.isCovered = isCovered
      self.reasons = reasons
      self.isOverMonths = isOverMonths
      self.isOverKm = isOverKm
      self.endsOn = endsOn
      self.limitKm = limitKm
    }
  }

  package enum OldPart: String, Hashable, Sendable, CaseIterable {
    case present, missing, mismatched
  }

  /// Where an item is another job than the maker gave his word for (A12).
  package struct Drift: Hashable, Sendable {
    package enum Kind: String, Hashable, Sendable, CaseIterable {
      case operation, causalPart, part, quantity, hours
    }

    package let kind: Kind
    /// Of the claim; `nil`: about the item as a whole.
    package let line: Int?
    package let claimed: String
    /// `nil`: nothing of it.
    package let granted: String?

    package init(_ kind: Kind, line: Int?, claimed: String, granted: String?) {
      self.kind = kind
      self.line = line
      self.claimed = claimed
      self.granted = granted
    }
  }

  /// The maker's word before the repair (M5): whether he wanted to be asked, and on which of his words the item rests.
  package struct PreAuthorisation: Hashable, Sendable {
    /// The word that is named, as far as this claim may draw on it.
    package struct Permit: Hashable, Sendable {
      package let number: String
      package let heldFrom: CalendarDate
      /// The last day on which it held.
      package let heldUntil: CalendarDate
      /// Minor units that no other claim has drawn.
      package let left: Int64
      package let drift: [Drift]

      package init(
        number: String, heldFrom: CalendarDate, heldUntil: CalendarDate, left: Int64, drift: [Drift] = []
      ) {
        self.drift = drift
        self.number = number
        self.heldFrom = heldFrom
        self.heldUntil = heldUntil
        self.left = left
      }
    }

    package let isRequired: Bool
    /// The day on which the work was begun.
    package let begunOn: CalendarDate?
    package let permit: Permit?

    package init(isRequired: Bool, begunOn: CalendarDate?, permit: Permit?) {
      self.isRequired = isRequired
      self.begunOn = begunOn
      self.permit = permit
    }
  }

  package struct Item: Hashable, Sendable {
    package let number: Int
    package let workOrderLine: Int?
    package var cover: Cover?
    /// Other claims for the same line of the order and the same payer.
    package var sameLine: [Reference]
    /// Other claims for the same operation and causal part on the vehicle, whenever.
    package var sameRepair: [Reference]
    package var overlaps: [Overlap]
    package var contradictions: [Contradiction]
    /// What the operation asks for and the station has not got.
    package var missingSkill: String?
    /// Whether the customer refused the line.
    package var isRefused: Bool
    package var oldPart: OldPart?
    package var preAuthorisation: PreAuthorisation?

    package init(
      number: Int, workOrderLine: Int?, cover: Cover? = nil, sameLine: [Reference] = [], sameRepair: [Reference] = [],
      overlaps: [Overlap] = [], contradictions: [Contradiction] = [], missingSkill: String? = nil,
      isRefused: Bool = false, oldPart: OldPart? = nil, preAuthorisation: PreAuthorisation? = nil
    ) {
      self.number = number
      self.workOrderLine = workOrderLine
      self.cover = cover
      self.sameLine = sameLine
      self.sameRepair = sameRepair
      self.overlaps = overlaps
      self.contradictions = contradictions
      self.missingSkill = missingSkill
      self.isRefused = isRefused
      self.oldPart = oldPart
      self.preAuthorisation = preAuthorisation
    }
  }

  package struct Line: Hashable, Sendable {
    package let number: Int
    package let item: Int
    package let kind: ClaimLine.Kind
    /// Minor units.
    package let amount: Int64
    package var hours: Int32?
    /// Of the operation for the model of the vehicle, on the day of the repair.
    package var standardHours: Int32?
    package var unitPrice: Int64?
    /// The approved price of that day; of labour the rate that the maker pays.
    package var listPrice: Int64?
    /// Whether the part ever came to the station.
    package var wasShipped: Bool?

    package init(
      number: Int, item: Int, kind: ClaimLine.Kind, amount: Int64, hours: Int32? = nil, standardHours: Int32? = nil,
      unitPrice: Int64? = nil, listPrice: Int64? = nil, wasShipped: Bool? = nil
    ) {
      self.number = number
      self.item = item
      self.kind = kind
      self.amount = amount
      self.hours = hours
      self.standardHours = standardHours
      self.unitPrice = unitPrice
      self.listPrice = listPrice
      self.wasShipped = wasShipped
    }
  }

  package let kind: WarrantyClaim.Kind
  package let currency: Currency
  /// Where the station is.
  package let submittedOn: CalendarDate
  package let repairedOn: CalendarDate?
  package let odometerKm: Int?
  package let order: Order?
  /// The highest reading before the repair.
  package let earlierReading: Reading?
  package let photos: [Photo]
  package var items: [Item]
  package var lines: [Line]
  /// What was approved of other claims to the same payer for the same work order, in minor units: a repair in many claims is one
  /// amount.
  package var besides: Int64
  /// Items that ask for more than the work order says that the payer bears of their line (A12).
  package var beyondOrder: Set<Int>

  package init(
    kind: WarrantyClaim.Kind, currency: Currency, submittedOn: CalendarDate, repairedOn: CalendarDate?,
    odometerKm: Int?, order: Order?, earlierReading: Reading?, photos: [Photo], items: [Item], lines: [Line],
    besides: Int64 = 0, beyondOrder: Set<Int> = []
  ) {
    self.kind = kind
    self.currency = currency
    self.submittedOn = submittedOn
    self.repairedOn = repairedOn
    self.odometerKm = odometerKm
    self.order = order
    self.earlierReading = earlierReading
    self.photos = photos
    self.items = items
    self.lines = lines
    self.besides = besides
    self.beyondOrder = beyondOrder
  }

  /// What an item asks for, in minor units.
  package func claimed(of item: Int) -> Int64 {
    lines.reduce(0) { $1.item == item ? $0.addingSaturating($1.amount) : $0 }
  }

  /// Whether an item asks for more than the word before the repair has left for it (M5).
  package func exceeds(_ item: Item) -> Bool {
    item.preAuthorisation?.permit.map { claimed(of: item.number) > $0.left } ?? false
  }

  /// Whether an item goes beyond that word, in money or as another job (A12).
  package func isBeyondWord(_ item: Item) -> Bool {
    exceeds(item) || item.preAuthorisation?.permit?.drift.isEmpty == false
  }

  /// Lines of such items: nobody's silence approves them.
  package var exceeding: Set<Int> {
    let items = Set(items.filter(isBeyondWord).map(\.number))
    return Set(lines.filter { items.contains($0.item) }.map(\.number))
  }

  package var total: Money {
    Money(minor: lines.reduce(0) { $0.addingSaturating($1.amount) }, currency: currency)
  }
}
