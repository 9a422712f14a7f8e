package import FoundationEssentials

/// What a supplier owes for claims about its parts in a period (CLM-13, SET-05, SM-7): computed by its contract, sent with the old parts
/// as evidence, accepted or disputed by it, and settled once.
package struct SupplierRecovery: LifecycleDocument {
  package typealias ID = Identifier<SupplierRecovery>

  package enum State: String, Hashable, Sendable, CaseIterable {
    case compiled, sent, accepted, disputed, agreed, settled
  }

  package enum Action: String, Hashable, Sendable, CaseIterable {
    case compile, send, accept, dispute, agree, settle, correct
  }

  /// More than this is asked for in shorter periods.
  package static let mostLines = 2000

  package static let resource = Resource.supplierRecovery
  package static var lifecycle: Lifecycle<SupplierRecovery> { SupplierRecoveryLifecycle.table }

  package let id: ID
  /// `RC-HQ-2026-000123`
  package let number: String
  package let supplierID: Supplier.ID
  /// Days in China on which the claim lines were decided.
  package let period: ReportPeriod
  package internal(set) var state: State
  package var revision: Revision
  package let currency: Currency
  /// The sum of the lines.
  package internal(set) var amount: Money
  /// What both sides have agreed on; `nil`: not yet.
  package internal(set) var agreedAmount: Money?
  /// By number from 1. Lists leave them out.
  package var lines: [Line]
  package internal(set) var progress: Progress

  package var designation: String? { number }
  package var audience: Audience { .headquarters }

  /// One item of a claim, with what is recovered for it.
  package struct Line: Hashable, Sendable {
    package let number: Int
    package let source: RecoverableItem
    /// The formula by which it was computed: the one in force on the day of the decision.
    package let contractID: SupplierContract.ID
    package let partsAmount: Money
    package let labourAmount: Money
    /// The sum of both, or the cap of the contract; of an item that was recovered before only what has come since, below zero
    /// where less of the claim is approved now.
    package let amount: Money
    package internal(set) var agreedAmount: Money?
    /// Why the supplier does not pay it.
    package internal(set) var disputeReason: String?

    package init(
      number: Int, source: RecoverableItem, contractID: SupplierContract.ID, partsAmount: Money, labourAmount: Money,
      amount: Money, agreedAmount: Money? = nil, disputeReason: String? = nil
    ) {
      self.number = number
      self.source = source
      self.contractID = contractID
      self.partsAmount = partsAmount
      self.labourAmount = labourAmount
      self.amount = amount
      self.agreedAmount = agreedAmount
      self.disputeReason = disputeReason
    }

    package var isCapped: Bool {
      let whole = amount.minor.addingSaturating(source.former?.amount.minor ?? 0)
      return whole < partsAmount.minor.addingSaturating(labourAmount.minor)
    }

    /// What can be agreed on, from nothing to all of it.
    package var bounds: ClosedRange<Int64> { min(0, amount.minor)...max(0, amount.minor) }
  }

  /// Who did a step, when, and what he said.
  package struct Step: Hashable, Sendable {
    package let by: String
    package let byID: UUID?
    package let at: Timestamp
    package let note: String?
    /// Number of the entry of the ledger, of a settlement.
    package let entry: String?

    package init(by: String, byID: UUID?, at: Timestamp, note: String?, entry: String? = nil) {
      self.by = by
      self.byID = byID
      self.at = at
      self.note = note
      self.entry = entry
    }

    package init(_ caller: Caller, at instant: Timestamp, note: String?, entry: String? = nil) {
      self.init(by: caller.name, byID: caller.subject.id, at: instant, note: note, entry: entry)
    }
  }

  /// What was posted was wrong: it was taken back by a linked entry, and what is right posted anew (SET-13).
  package struct Correction: Hashable, Sendable {
    package let step: Step
    /// What was agreed on before and is since.
    package let from: Money
    package let to: Money

    package init(step: Step, from: Money, to: Money) {
      self.step = step
      self.from = from
      self.to = to
    }
  }

  package struct Progress: Hashable, Sendable {
    package var compiledByID: UUID?
    /// Everybody who has computed it; none of them settles it (SEC-10).
    package var compilers: Set<UUID>
    package var sending: Step?
    /// The supplier's.
    package var answer: Step?
    package var agreement: Step?
    package var settlement: Step?
    /// Oldest first.
    package var corrections: [Correction] = []

    /// Whose the entry is that stands.
    package var posting: Step? { corrections.last?.step ?? settlement }

    package init(
      compiledByID: UUID?, compilers: Set<UUID> = [], sending: Step? = nil, answer: Step? = nil,
      agreement: Step? = nil, settlement: Step? = nil
    ) {
      self.compiledByID = compiledByID
      self.compilers = compilers.union([compiledByID].compactMap(\.self))
      self.sending = sending
      self.answer = answer
      self.agreement = agreement
      self.settlement = settlement
    }
  }

  package init(
    id: ID, number: String, supplierID: Supplier.ID, period: ReportPeriod, state: State, version: Int,
    stamp: RecordStamp, currency: Currency, amount: Money, agreedAmount: Money?,
    lines: [Line], progress: Progress
  ) {
    self.id = id
    self.number = number
    self.supplierID = supplierID
    self.period = period
    self.state = state
    self.revision = Revision(version: version, stamp: stamp)
    self.currency = currency
    self.amount = amount
    self.agreedAmount = agreedAmount
    self.lines = lines
    self.progress = progress
  }

  /// What changed since `before`, field by field.
  package func changes(from before: SupplierRecovery?) -> [FieldChange] {
    var comparison = FieldComparison()
    comparison.choice("state", before?.state, state)
    comparison.field("supplierId", before?.supplierID, supplierID)
    comparison.field("periodFrom", before?.period.from, period.from)
    comparison.field("periodBefore", before?.period.before, period.before)
    comparison.field("amount", before?.amount, amount)
    comparison.field("agreedAmount", before?.agreedAmount, agreedAmount)
    comparison.field("lineCount", before?.lines.count, lines.count)
    comparison.field("corrections", before?.progress.corrections.count, progress.corrections.count)
    comparison.field(
      "disputedLines", before.map { Self.disputed($0) } ?? [], Self.disputed(self))
    return comparison.changes
  }

  private static func disputed(_ document: SupplierRecovery) -> [String] {
    document.lines.filter { $0.disputeReason != nil }.map { String($0.number) }
  }
}

/// An approved item of a warranty claim whose causal part is a supplier's, as a recovery takes it.
package struct RecoverableItem: Hashable, Sendable {
  package let claimID: UUID
  package let claimNumber: String
  /// Of the claim.
  package let item: Int
  package let stationID: Station.ID
  /// Empty: the claim names no vehicle.
  package let vin: String
  /// The causal part.
  package let partNumber: String
  package let faultCode: String?
  /// The day in China on which the last of its charges was approved.
  package let decidedOn: CalendarDate
  /// What the maker approved for parts.
  package let partsCost: Money
  /// The standard time of the approved labour, or what was approved where the catalogue has none.
  package let labourHours: Hours
  /// The evidence (OLD-05).
  package let oldPartID: OldPart.ID?
  /// What other recoveries have of it already; `nil`: nothing.
  package let former: Former?

  /// Of an item that was recovered before, and decided about again since.
  package struct Former: Hashable, Sendable {
    package let amount: Money
    /// The formula by which it was computed, which goes on to hold for it.
    package let contractID: SupplierContract.ID
    /// How many times it was taken in.
    package let ordinal: Int

    package init(amount: Money, contractID: SupplierContract.ID, ordinal: Int) {
      self.amount = amount
      self.contractID = contractID
      self.ordinal = ordinal
    }
  }

  /// Which time it is recovered, from 1.
  package var ordinal: Int { (former?.ordinal ?? 0) + 1 }

  package init(
    claimID: UUID, claimNumber: String, item: Int, stationID: Station.ID, vin: String, partNumber: String,
    faultCode: String?, decidedOn: CalendarDate, partsCost: Money, labourHours: Hours, oldPartID: OldPart.ID?,
    former: Former? = nil
  ) {
    self.claimID = claimID
    self.claimNumber = claimNumber
    self.item = item
    self.stationID = stationID
    self.vin = vin
    self.partNumber = partNumber
    self.faultCode = faultCode
    self.decidedOn = decidedOn
    self.partsCost = partsCost
    self.labourHours = labourHours
    self.oldPartID = oldPartID
    self.former = former
  }
}

/// What is asked for: one supplier and a period of whole days.
package struct SupplierRecoveryDraft: Hashable, Sendable {
  package let supplierID: Supplier.ID
  package let period: ReportPeriod

  package init(supplierID: Supplier.ID, period: ReportPeriod) {
    self.supplierID = supplierID
    self.period = period
  }
}

/// What a list of recoveries can be narrowed by; conditions combine with and.
package struct SupplierRecoveryFilter: Hashable, Sendable {
  /// Any of these; none asks for all.
  package var states: [SupplierRecovery.State] = []
  package var supplierID: Supplier.ID?
  package var createdFrom: Timestamp?
  package var createdBefore: Timestamp?
  package var number: String?

  package init() {}
}
