package import FoundationEssentials

/// What a station asks the maker to pay for a finished repair (索赔单, SM-6): one item a causal part, charge lines below it, and a
/// decision on each line. The state follows from the lines.
package struct WarrantyClaim: LifecycleDocument, ExternallyIdentified {
  package typealias ID = Identifier<WarrantyClaim>

  /// `submitted` and `approved` of SM-6 are passed within one transaction and are no states to rest in: a claim is checked when it
  /// comes in, and an approved one is payable at once or waits for its old parts.
  package enum State: String, Hashable, Sendable, CaseIterable {
    case draft, underAudit, returned, rejected, awaitingOldPart, payable, inSettlement, settled, withdrawn
  }

  package enum Action: String, Hashable, Sendable, CaseIterable {
    case appraise, submit, `return`, decide, appeal, withdraw, chargeBack
  }

  /// What is claimed for (CLM-15, CLM-18).
  package enum Kind: String, Hashable, Sendable, CaseIterable {
    case warrantyRepair, firstMaintenance, partsWarranty, fieldService, goodwill, campaign, complaintCompensation

    /// Whose share of a job line is claimed; `nil`: it comes from no order.
    package var payer: PayerSplit.Payer? {
      switch self {
      case .warrantyRepair, .firstMaintenance, .partsWarranty, .fieldService: .warranty
      case .goodwill: .goodwill
      case .campaign: .campaign
      case .complaintCompensation: nil
      }
    }

    /// Whether the terms of the warranty decide (CLM-10); goodwill begins where they end, a campaign has terms of its own.
    package var isUnderWarranty: Bool {
      switch self {
      case .warrantyRepair, .firstMaintenance, .partsWarranty, .fieldService: true
      case .goodwill, .campaign, .complaintCompensation: false
      }
    }
  }

  package static let resource = Resource.warrantyClaim
  package static var lifecycle: Lifecycle<WarrantyClaim> { WarrantyClaimLifecycle.table }

  package let id: ID
  /// `WC-SY001-2026-000123`
  package let number: String
  package let stationID: Station.ID
  package let kind: Kind
  package let currency: Currency
  /// `nil` only for compensation that a complaint was promised.
  package let workOrderID: WorkOrder.ID?
  package let complaintID: Complaint.ID?
  package let vehicleID: Vehicle.ID?
  package internal(set) var state: State
  package var revision: Revision
  package var header: WarrantyClaimHeader
  package internal(set) var progress: WarrantyClaimProgress
  package internal(set) var items: [ClaimItem]
  /// The highest number that a charge line of this claim ever had; a removed line's number is not given to another.
  package internal(set) var lastLineNumber: Int
  /// What the lines come to, of a claim that was read without them.
  package private(set) var totals: ClaimTotals?

  package var designation: String? { number }
  package var audience: Audience { .station(stationID) }
  package var externalIDs: [String: String] {
    get { header.externalIDs }
    set { header.externalIDs = newValue }
  }

  package init(
    id: ID, number: String, stationID: Station.ID, kind: Kind, currency: Currency, workOrderID: WorkOrder.ID?,
    complaintID: Complaint.ID?, vehicleID: Vehicle.ID?, state: State, version: Int, stamp: RecordStamp,
    header: WarrantyClaimHeader, progress: WarrantyClaimProgress, items: [ClaimItem] = [], lastLineNumber: Int = 0,
    totals: ClaimTotals? = nil
  ) {
    self.id = id
    self.number = number
    self.stationID = stationID
    self.kind = kind
    self.currency = currency
    self.workOrderID = workOrderID
    self.complaintID = complaintID
    self.vehicleID = vehicleID
    self.state = state
    self.revision = Revision(version: version, stamp: stamp)
    self.header = header
    self.progress = progress
    self.items = items
    self.lastLineNumber = lastLineNumber
    self.totals = totals
  }

  /// The claim with its items, which stand in tables of their own.
  package func holding(_ items: [ClaimItem]) -> WarrantyClaim {
    var claim = self
    claim.items = items
    claim.totals = nil
    return claim
  }
}

/// What the claims clerk writes and may change before it is submitted.
package struct WarrantyClaimHeader: Hashable, Sendable {
  /// What the vehicle had run when it was repaired.
  package var odometerKm: Int?
  package var repairedOn: CalendarDate?
  package var note: String?
  package var externalIDs: [String: String]

  package init(odometerKm: Int?, repairedOn: CalendarDate?, note: String?, externalIDs: [String: String]) {
    self.odometerKm = odometerKm
    self.repairedOn = repairedOn
    self.note = note
    self.externalIDs = externalIDs
  }
}

/// What the actions have established so far.
package struct WarrantyClaimProgress: Hashable, Sendable {
  /// The technical director's opinion on the fault (CLM-05).
  package struct Appraisal: Hashable, Sendable {
    package let text: String
    package let by: RecordStamp.Author
    package let at: Timestamp

    package init(text: String, by: RecordStamp.Author, at: Timestamp) {
      self.text = text
      self.by = by
      self.at = at
    }
  }

  package var appraisal: Appraisal?
  /// How often it came in.
  package var submissions: Int
  package var submittedAt: Timestamp?
  /// Everybody who submitted or appealed; none of them decides about it (SEC-10).
  package var submitters: Set<UUID>
  package var appeals: Int
  package var decidedAt: Timestamp?
  package var settledAt: Timestamp?
  /// The latest of its immutable versions (M8); 0 before the first submission.
  package var versions: Int
  /// Findings of the latest audit that no person may overrule, and those that one looks at.
  package var blocking: Int
  package var reviewing: Int
  /// Why it left the road: withdrawn, returned.
  package var reason: String?

  package init(
    appraisal: Appraisal? = nil, submissions: Int = 0, submittedAt: Timestamp? = nil, submitters: Set<UUID> = [],
    appeals: Int = 0, decidedAt: Timestamp? = nil, settledAt: Timestamp? = nil, versions: Int = 0, blocking: Int = 0,
    reviewing: Int = 0, reason: String? = nil
  ) {
    self.appraisal = appraisal
    self.submissions = submissions
    self.submittedAt = submittedAt
    self.submitters = submitters
    self.appeals = appeals
    self.decidedAt = decidedAt
    self.settledAt = settledAt
    self.versions = versions
    self.blocking = blocking
    self.reviewing = reviewing
    self.reason = reason
  }
}

/// What a list of claims can be narrowed by; conditions combine with and.
package struct WarrantyClaimFilter: Hashable, Sendable {
  package var states: [WarrantyClaim.State] = []
  package var kinds: [WarrantyClaim.Kind] = []
  package var stationID: Station.ID?
  package var workOrderID: WorkOrder.ID?
  package var vehicleID: Vehicle.ID?
  package var createdFrom: Timestamp?
  package var createdBefore: Timestamp?
  package var submittedFrom: Timestamp?
  package var submittedBefore: Timestamp?
  /// Whether the latest audit found something that a person must look at.
  package var flagged: Bool?
  package var number: String?

  package init() {}
}
