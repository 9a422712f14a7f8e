/// The maker's word before a repair that he bears it, for jobs of one order, up to an amount and a day (M5).
package struct PreAuthorisation: LifecycleDocument {
  package typealias ID = Identifier<PreAuthorisation>

  package enum State: String, Hashable, Sendable, CaseIterable {
    case draft, submitted, infoRequested, approved, rejected, expired
  }

  package enum Action: String, Hashable, Sendable, CaseIterable {
    case submit, requestInfo, answer, approve, reject, expire
  }

  /// Why the maker should pay: he must, or he is asked to (M10).
  package enum Kind: String, Hashable, Sendable, CaseIterable {
    case warranty, goodwill
  }

  package static let resource = Resource.preAuthorisation
  package static var lifecycle: Lifecycle<PreAuthorisation> { PreAuthorisationLifecycle.table }

  package let id: ID
  /// `PA-SY001-2026-000123`
  package let number: String
  package let stationID: Station.ID
  package let workOrderID: WorkOrder.ID
  package let vehicleID: Vehicle.ID
  package let currency: Currency
  package internal(set) var state: State
  package var revision: Revision
  package internal(set) var header: PreAuthorisationHeader
  package internal(set) var lines: [PreAuthorisationLine]
  package internal(set) var progress: PreAuthorisationProgress

  package var designation: String? { number }
  package var audience: Audience { .station(stationID) }

  package init(
    id: ID, number: String, stationID: Station.ID, workOrderID: WorkOrder.ID, vehicleID: Vehicle.ID,
    currency: Currency, state: State, version: Int, stamp: RecordStamp, header: PreAuthorisationHeader,
    lines: [PreAuthorisationLine], progress: PreAuthorisationProgress
  ) {
    self.id = id
    self.number = number
    self.stationID = stationID
    self.workOrderID = workOrderID
    self.vehicleID = vehicleID
    self.currency = currency
    self.state = state
    self.revision = Revision(version: version, stamp: stamp)
    self.header = header
    self.lines = lines
    self.progress = progress
  }

  package var requested: Money { Money.total(lines.map(\.requested), currency) }
  /// `nil`: not decided.
  package var approved: Money? {
    state == .approved || state == .expired && progress.decision != nil
      ? Money.total(lines.compactMap(\.approved), currency) : nil
  }
}

extension Money {
  /// Of amounts that the document keeps in one currency.
  fileprivate static func total(_ amounts: [Money], _ currency: Currency) -> Money {
    Money(minor: amounts.reduce(0) { $0.addingSaturating($1.minor) }, currency: currency)
  }
}

/// What the station writes.
package struct PreAuthorisationHeader: Hashable, Sendable {
  package var kind: PreAuthorisation.Kind
  /// What is wrong and why the maker should bear it.
  package var reason: String
  package var externalIDs: [String: String]

  package init(kind: PreAuthorisation.Kind, reason: String, externalIDs: [String: String]) {
    self.kind = kind
    self.reason = reason
    self.externalIDs = externalIDs
  }
}

/// One job of the order as it was when the maker was asked, so that a later claim can be held against it (A12).
package struct PreAuthorisationLine: Hashable, Sendable {
  /// The number of the job line of the order.
  package let number: Int
  package let description: String
  package let causalPartNumber: String?
  package let labourOperationCode: String?
  package let faultCode: String?
  package let requested: Money
  /// What the job consisted of when the maker was asked; `nil`: nobody noted it then.
  package let asked: Asked?
  /// What the rules said when it was submitted; never what the station says.
  package internal(set) var entitlement: PreAuthorisationVerdict?
  /// `nil`: not decided; zero: refused.
  package internal(set) var approved: Money?
  /// What claims have drawn of it already.
  package internal(set) var drawn: Money

  package init(
    number: Int, description: String, causalPartNumber: String?, labourOperationCode: String?, faultCode: String?,
    requested: Money, asked: Asked? = nil, entitlement: PreAuthorisationVerdict? = nil, approved: Money? = nil,
    drawn: Money
  ) {
    self.number = number
    self.description = description
    self.causalPartNumber = causalPartNumber
    self.labourOperationCode = labourOperationCode
    self.faultCode = faultCode
    self.requested = requested
    self.asked = asked
    self.entitlement = entitlement
    self.approved = approved
    self.drawn = drawn
  }
}

extension PreAuthorisationLine {
  /// Hours and parts of a job, so that a claim can be held against them one by one (A12).
  package struct Asked: Hashable, Sendable {
    package let hours: Hours
    /// Pieces by part number.
    package let parts: [String: Int]

    package init(hours: Hours, parts: [String: Int]) {
      self.hours = hours
      self.parts = parts
    }

    package init(_ job: JobLine) {
      var hours: Int32 = 0
      var parts: [String: Int] = [:]
      for source in ClaimDrafting.charges(of: job, share: job.amount.minor) {
        hours = hours.addingReportingOverflow(source.charge.hours?.hundredths ?? 0).partialValue
        if let part = source.charge.partNumber { parts[part, default: 0] += source.charge.quantity ?? 0 }
      }
      self.init(hours: Hours(hundredths: hours), parts: parts)
    }
  }
}

/// What the entitlement rules said of a line.
package struct PreAuthorisationVerdict: Hashable, Sendable {
  package let covered: Bool
  package let policyVersion: PolicyVersion
  package let reasons: [Entitlement.Reason.Code]
  package let proof: String

  package init(covered: Bool, policyVersion: PolicyVersion, reasons: [Entitlement.Reason.Code], proof: String) {
    self.covered = covered
    self.policyVersion = policyVersion
    self.reasons = reasons
    self.proof = proof
  }

  package init(_ judgement: Entitlement.Judgement) {
    self.init(
      covered: judgement.covered, policyVersion: judgement.policyVersion, reasons: judgement.reasons.map(\.code),
      proof: judgement.proof)
  }
}

/// What the actions have established so far.
package struct PreAuthorisationProgress: Hashable, Sendable {
  package var submittedAt: Timestamp?
  package var submittedBy: RecordStamp.Author?
  package var questions: [PreAuthorisationQuestion]
  package var decision: PreAuthorisationDecision?
  /// The last day on which it holds.
  package var validUntil: CalendarDate?
  package var expiredAt: Timestamp?

  package init(
    submittedAt: Timestamp? = nil, submittedBy: RecordStamp.Author? = nil, questions: [PreAuthorisationQuestion] = [],
    decision: PreAuthorisationDecision? = nil, validUntil: CalendarDate? = nil, expiredAt: Timestamp? = nil
  ) {
    self.submittedAt = submittedAt
    self.submittedBy = submittedBy
    self.questions = questions
    self.decision = decision
    self.validUntil = validUntil
    self.expiredAt = expiredAt
  }
}

/// What headquarters wanted to know before it decided, and what the station said.
package struct PreAuthorisationQuestion: Hashable, Sendable {
  package let text: String
  package let askedBy: RecordStamp.Author
  package let askedAt: Timestamp
  package internal(set) var answer: String?
  package internal(set) var answeredBy: RecordStamp.Author?
  package internal(set) var answeredAt: Timestamp?

  package init(
    text: String, askedBy: RecordStamp.Author, askedAt: Timestamp, answer: String? = nil,
    answeredBy: RecordStamp.Author? = nil, answeredAt: Timestamp? = nil
  ) {
    self.text = text
    self.askedBy = askedBy
    self.askedAt = askedAt
    self.answer = answer
    self.answeredBy = answeredBy
    self.answeredAt = answeredAt
  }
}

/// Who decided, and what he said (SEC-09).
package struct PreAuthorisationDecision: Hashable, Sendable {
  package enum Outcome: String, Hashable, Sendable, CaseIterable {
    case approved, partiallyApproved, rejected
  }

  package let outcome: Outcome
  package let by: RecordStamp.Author
  package let at: Timestamp
  /// Always there where less was granted than asked for.
  package let reason: String?

  package init(_ outcome: Outcome, by: RecordStamp.Author, at: Timestamp, reason: String?) {
    self.outcome = outcome
    self.by = by
    self.at = at
    self.reason = reason
  }
}

/// What a claim may rest on: one approved line that holds.
package struct PreAuthorisationPermit: Hashable, Sendable {
  package let id: PreAuthorisation.ID
  package let number: String
  package let kind: PreAuthorisation.Kind
  package let workOrderID: WorkOrder.ID
  package let line: Int
  package let causalPartNumber: String?
  package let labourOperationCode: String?
  package let approved: Money
  package let drawn: Money
  /// The day of the decision.
  package let heldFrom: CalendarDate
  package let validUntil: CalendarDate
  /// The day on which it was ended; on that day it holds no more. `nil`: it was not ended.
  package let endedOn: CalendarDate?
  /// What the job consisted of when the maker was asked; `nil`: nobody noted it then.
  package let asked: PreAuthorisationLine.Asked?

  package init(
    id: PreAuthorisation.ID, number: String, kind: PreAuthorisation.Kind, workOrderID: WorkOrder.ID, line: Int,
    causalPartNumber: String?, labourOperationCode: String?, approved: Money, drawn: Money, heldFrom: CalendarDate,
    validUntil: CalendarDate, endedOn: CalendarDate? = nil, asked: PreAuthorisationLine.Asked? = nil
  ) {
    self.id = id
    self.number = number
    self.kind = kind
    self.workOrderID = workOrderID
    self.line = line
    self.causalPartNumber = causalPartNumber
    self.labourOperationCode = labourOperationCode
    self.approved = approved
    self.drawn = drawn
    self.heldFrom = heldFrom
    self.validUntil = validUntil
    self.endedOn = endedOn
    self.asked = asked
  }

  /// Where an item of a claim is another job than the maker gave his word for (A12): its operation, its causal part, parts and pieces
  /// beyond those that were asked about, hours beyond them. What was not said on either side is no difference; more money than he
  /// approved is a finding of its own.
  package func drift(of item: ClaimItem) -> [ClaimFacts.Drift] {
    var found: [ClaimFacts.Drift] = []
    func compare(_ kind: ClaimFacts.Drift.Kind, _ claimed: String?, _ granted: String?) {
      if let claimed, let granted, claimed != granted {
        found.append(.init(kind, line: nil, claimed: claimed, granted: granted))
      }
    }
    compare(.operation, item.work.labourOperationCode, labourOperationCode)
    compare(.causalPart, item.work.causalPartNumber, causalPartNumber)
    guard let asked else { return found }
    var left = asked.parts
    var hours = asked.hours.hundredths
    for line in item.lines {
      if line.kind == .parts, let part = line.charge.partNumber {
        guard let pieces = left[part] else {
          found.append(.init(.part, line: line.number, claimed: part, granted: nil))
          continue
        }
        let claimed = line.charge.quantity ?? 0
        if claimed > pieces {
          found.append(.init(.quantity, line: line.number, claimed: "\(claimed)", granted: "\(pieces)"))
        }
        left[part] = max(0, pieces - claimed)
      } else if line.kind == .labour, let claimed = line.charge.hours {
        if claimed.hundredths > hours {
          found.append(
            .init(
              .hours, line: line.number, claimed: claimed.description, granted: Hours(hundredths: hours).description))
        }
        hours = max(0, hours - claimed.hundredths)
      }
    }
    return found
  }

  /// What may still be drawn.
  package var left: Money { Money(minor: max(approved.minor - drawn.minor, 0), currency: approved.currency) }

  /// The same for a claim that has drawn so much of it itself, in minor units.
  package func left(beside own: Int64) -> Int64 { left.minor.addingSaturating(own) }

  /// The last day on which it held.
  package var heldUntil: CalendarDate {
    guard let endedOn, endedOn <= validUntil else { return validUntil }
    return CalendarDate(daysSinceEpoch: endedOn.daysSinceEpoch - 1)
  }

  /// Whether work that was begun on this day rests on it (M5).
  package func holds(on day: CalendarDate) -> Bool {
    heldFrom <= day && day <= heldUntil
  }
}

extension [PreAuthorisationPermit] {
  /// What work on a job of the order, begun on this day, rests on: of several that hold the one with the most left.
  package func holding(_ kind: PreAuthorisation.Kind?, line: Int, on day: CalendarDate) -> PreAuthorisationPermit? {
    filter { (kind == nil || $0.kind == kind) && $0.line == line && $0.holds(on: day) }
      .sorted { ($1.left.minor, $1.validUntil, $0.number) < ($0.left.minor, $0.validUntil, $1.number) }.first
  }

  /// The same, or else the latest word that the maker gave on the job, so that a claim says on what it meant to rest.
  package func meant(_ kind: PreAuthorisation.Kind, line: Int, on day: CalendarDate) -> PreAuthorisationPermit? {
    holding(kind, line: line, on: day)
      ?? filter { $0.kind == kind && $0.line == line }.max { ($0.heldFrom, $0.number) < ($1.heldFrom, $1.number) }
  }
}

extension WarrantyClaim.Kind {
  /// On which word of the maker such a claim may rest; `nil`: on none.
  package var preAuthorisation: PreAuthorisation.Kind? {
    switch payer {
    case .warranty: .warranty
    case .goodwill: .goodwill
    case .customer, .campaign, .internal, .insurance, nil: nil
    }
  }
}

extension JobLine {
  /// The day on which somebody first worked on it; `nil`: nobody clocked on.
  package var begunOn: CalendarDate? { clockings.map(\.startedAt).min().map(ReportPeriod.day) }
}

extension GoodwillPolicy {
  /// Whether the maker wants to be asked before he gives so much (M10).
  package func demandsPreAuthorisation(of amount: Money) -> Bool {
    guard let limit = withoutPreAuthorisationUpTo else { return true }
    return amount.currency != limit.currency || amount.minor > limit.minor
  }
}

extension PreAuthorisationTerms {
  /// Whether a line must be authorised before it is repaired (M5). An amount in another currency is asked about always: nothing is
  /// converted.
  package func demands(_ amount: Money, of group: ComponentGroup?) -> Bool {
    if let group, groups.contains(group) { return true }
    guard let requiredFrom else { return groups.isEmpty }
    return amount.currency != requiredFrom.currency || amount.minor >= requiredFrom.minor
  }

  /// The same of a job as the rules ask about it.
  package func demands(_ amount: Money, _ line: Entitlement.Line, _ components: [WarrantyComponent]) -> Bool {
    demands(amount, of: components.component(of: line)?.group)
  }
}

extension PreAuthorisation {
  /// The same with the lines that stand in a table of their own.
  package func with(_ lines: [PreAuthorisationLine]) -> PreAuthorisation {
    var document = self
    document.lines = lines
    return document
  }
}
