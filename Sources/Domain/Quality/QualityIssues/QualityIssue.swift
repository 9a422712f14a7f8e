/// After-sales quality information (质量信息): general, or major with a level (SM-5, QI-01…QI-30).
package struct QualityIssue: LifecycleDocument {
  package typealias ID = Identifier<QualityIssue>

  package enum State: String, Hashable, Sendable, CaseIterable {
    case reported, general, pendingConfirmation, confirmed, qaConfirmed, inHandling, resolved, closed
  }

  package enum Action: String, Hashable, Sendable, CaseIterable {
    case suspectMajor, confirm, refuse, qaConfirm, qaReturn, assignSupport, proposeMeasures, informQa, progress
    case resolve, receipt, close, regrade, reopen
  }

  /// Where it came from (QI-02), or which watch of the product found it.
  package enum Source: String, Hashable, Sendable, CaseIterable {
    case callCentre, station, customer, dealer, complaint, workOrder, earlyWarning
  }

  /// The two classes of QI-03; 重要 and 重大 are one (D-01).
  package enum Class: String, Hashable, Sendable, CaseIterable {
    case general, major
  }

  package static let resource = Resource.qualityIssue
  package static var lifecycle: Lifecycle<QualityIssue> { QualityIssueLifecycle.table }

  package let id: ID
  /// `QI-SY001-2026-000123`, or `QI-HQ-2026-000123`.
  package let number: String
  /// The station that reported it or has the vehicle; `nil`: headquarters' own.
  package let stationID: Station.ID?
  package internal(set) var state: State
  package var revision: Revision
  package var header: QualityIssueHeader
  /// What its level follows from.
  package var facts: QualityFacts
  package var progress: QualityIssueProgress
  package internal(set) var measures: [QualityMeasure]
  package internal(set) var disciplines: [EightDStep]
  /// From where it is looked at: the station's own hands end where headquarters' begin.
  package let sight: Scope

  package var designation: String? { number }
  package var audience: Audience { stationID.map(Audience.station) ?? .headquarters }

  package init(
    id: ID, number: String, stationID: Station.ID?, state: State, version: Int, stamp: RecordStamp,
    header: QualityIssueHeader, facts: QualityFacts, progress: QualityIssueProgress,
    measures: [QualityMeasure] = [], disciplines: [EightDStep] = [], sight: Scope
  ) {
    self.id = id
    self.number = number
    self.stationID = stationID
    self.state = state
    self.revision = Revision(version: version, stamp: stamp)
    self.header = header
    self.facts = facts
    self.progress = progress
    self.measures = measures
    self.disciplines = disciplines
    self.sight = sight
  }
}

/// What was reported.
package struct QualityIssueHeader: Hashable, Sendable {
  package var source: QualityIssue.Source
  /// What is wrong, in the words of whoever reports it.
  package var symptom: String
  package var defects: [QualityDefect]
  package var vehicleID: Vehicle.ID?
  /// The model that the defects are counted under; that of the vehicle where there is one.
  package var modelID: VehicleModel.ID?
  package var customerID: Customer.ID?
  package var workOrderID: WorkOrder.ID?
  /// The complaint that was confirmed as major (CMP-16, D-09).
  package var complaintID: Complaint.ID?
  package var odometerKm: Int?
  package var occurredAt: Timestamp?
  package var externalIDs: [String: String]

  package init(
    source: QualityIssue.Source, symptom: String, defects: [QualityDefect], vehicleID: Vehicle.ID?,
    modelID: VehicleModel.ID?, customerID: Customer.ID?, workOrderID: WorkOrder.ID?, complaintID: Complaint.ID? = nil,
    odometerKm: Int?, occurredAt: Timestamp?, externalIDs: [String: String]
  ) {
    self.source = source
    self.symptom = symptom
    self.defects = defects
    self.vehicleID = vehicleID
    self.modelID = modelID
    self.customerID = customerID
    self.workOrderID = workOrderID
    self.complaintID = complaintID
    self.odometerKm = odometerKm
    self.occurredAt = occurredAt
    self.externalIDs = externalIDs
  }
}

/// One fault of one part, as defects are counted (QI-30): either may be unknown, not both.
package struct QualityDefect: Hashable, Sendable {
  package let partNumber: String?
  package let faultCode: String?
  package let description: String?

  package init(partNumber: String?, faultCode: String?, description: String?) {
    self.partNumber = partNumber
    self.faultCode = faultCode
    self.description = description
  }

  /// Whether it can be told from other defects.
  package var isNamed: Bool { partNumber != nil || faultCode != nil }

  /// Those that can be told apart, each once.
  package static func distinct(_ defects: [QualityDefect]) -> [QualityDefect] {
    var found: [QualityDefect] = []
    for defect in defects where defect.isNamed {
      let bare = QualityDefect(partNumber: defect.partNumber, faultCode: defect.faultCode, description: nil)
      if !found.contains(bare) { found.append(bare) }
    }
    return found
  }
}

/// What the actions have established so far.
package struct QualityIssueProgress: Hashable, Sendable {
  /// `nil` until somebody has judged it.
  package var qualityClass: QualityIssue.Class?
  /// Of a major one, as it is graded now.
  package var level: QualityLevel?
  /// What the rules say of the facts as they are; a proposal, no decision.
  package var proposedLevel: QualityLevel?
  package var proposedCriteria: [QualityCriterion]
  /// The judgements that stand behind it so far.
  package var classifications: Int
  /// The latest sequence of reports to leaders and QA (QI-23).
  package var reports: Int
  /// Every decision on the level, first to last (QI-29, SEC-09).
  package var gradings: [Grading]
  /// Who did what on the way, first to last.
  package var handling: [HandlingStep]
  package var receipts: [ResultReceipt]
  package var result: String?
  package var reopenings: Int
  package var resolvedAt: Timestamp?
  package var closedAt: Timestamp?

  package init(
    qualityClass: QualityIssue.Class? = nil, level: QualityLevel? = nil, proposedLevel: QualityLevel? = nil,
    proposedCriteria: [QualityCriterion] = [], classifications: Int = 0, reports: Int = 0, gradings: [Grading] = [],
    handling: [HandlingStep] = [], receipts: [ResultReceipt] = [], result: String? = nil, reopenings: Int = 0,
    resolvedAt: Timestamp? = nil, closedAt: Timestamp? = nil
  ) {
    self.qualityClass = qualityClass
    self.level = level
    self.proposedLevel = proposedLevel
    self.proposedCriteria = proposedCriteria
    self.classifications = classifications
    self.reports = reports
    self.gradings = gradings
    self.handling = handling
    self.receipts = receipts
    self.result = result
    self.reopenings = reopenings
    self.resolvedAt = resolvedAt
    self.closedAt = closedAt
  }
}

/// A person's decision on the level: the first one, or another one later (QI-19, QI-29, SEC-09).
package struct Grading: Hashable, Sendable {
  package let level: QualityLevel
  /// The level before; `nil` on the first confirmation.
  package let formerLevel: QualityLevel?
  /// What the rules proposed, by the judgement of this sequence.
  package let proposedLevel: QualityLevel?
  package let classification: Int
  /// Why it is another level than proposed, or than before.
  package let reason: String?
  package let by: RecordStamp.Author
  package let at: Timestamp

  package init(
    level: QualityLevel, formerLevel: QualityLevel?, proposedLevel: QualityLevel?, classification: Int,
    reason: String?, by: RecordStamp.Author, at: Timestamp
  ) {
    self.level = level
    self.formerLevel = formerLevel
    self.proposedLevel = proposedLevel
    self.classification = classification
    self.reason = reason
    self.by = by
    self.at = at
  }

  /// The person overruled the proposal.
  package var isOverride: Bool { level != proposedLevel }
}

/// One step on the way to the result, with who took it (SEC-09, TEC-05).
package struct HandlingStep: Hashable, Sendable {
  package let action: QualityIssue.Action
  package let text: String?
  /// Of `assignSupport`: the staff sent; of `informQa`: who was told.
  package let people: [String]
  package let by: RecordStamp.Author
  package let at: Timestamp

  package init(
    _ action: QualityIssue.Action, text: String?, people: [String] = [], by: RecordStamp.Author, at: Timestamp
  ) {
    self.action = action
    self.text = text
    self.people = people
    self.by = by
    self.at = at
  }
}

/// The result was returned, and received (QI-28).
package struct ResultReceipt: Hashable, Sendable {
  package enum Party: String, Hashable, Sendable, CaseIterable {
    case station, customer
  }

  package enum Channel: String, Hashable, Sendable, CaseIterable {
    case phone, message, email, letter, inPerson, system
  }

  package let party: Party
  package let channel: Channel
  package let note: String?
  package let receivedAt: Timestamp
  package let by: RecordStamp.Author

  package init(party: Party, channel: Channel, note: String?, receivedAt: Timestamp, by: RecordStamp.Author) {
    self.party = party
    self.channel = channel
    self.note = note
    self.receivedAt = receivedAt
    self.by = by
  }
}

extension QualityIssue {
  /// To whom the result of a major one must be returned before it is closed: whoever takes part in it (QI-28).
  package var parties: [ResultReceipt.Party] {
    guard progress.qualityClass == .major else { return [] }
    var parties: [ResultReceipt.Party] = []
    if stationID != nil { parties.append(.station) }
    if header.vehicleID != nil || header.customerID != nil { parties.append(.customer) }
    return parties
  }

  package var missingReceipts: [ResultReceipt.Party] {
    parties.filter { party in !progress.receipts.contains { $0.party == party } }
  }
}

extension QualityIssue {
  /// The same with what stands in tables of its own.
  package func with(_ measures: [QualityMeasure], _ disciplines: [EightDStep]) -> QualityIssue {
    var issue = self
    issue.measures = measures
    issue.disciplines = disciplines
    return issue
  }
}
