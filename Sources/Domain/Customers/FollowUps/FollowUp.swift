/// One call to a customer after his visit: how the vehicle runs, what he thinks of the service, what he wants (跟踪服务, SM-13).
package struct FollowUp: LifecycleDocument {
  package typealias ID = Identifier<FollowUp>

  package enum State: String, Hashable, Sendable, CaseIterable {
    case scheduled
    /// He was reached and something is open: a request, a question or a complaint.
    case openIssue
    case done
    /// Its window passed without a call. It may still be made; that it was missed stays.
    case missed
    /// As often tried as the policy says, in vain.
    case notReached
    /// The customer's file was erased before the call.
    case cancelled
  }

  package enum Action: String, Hashable, Sendable, CaseIterable {
    case recordCall, escalate, answer
  }

  /// What it follows (FUP-01, FUP-04).
  package enum Occasion: String, Hashable, Sendable, CaseIterable {
    case delivery, consultation, visit
    /// The "next service" that was planned with the file (CUS-09).
    case nextService
  }

  /// The two calls after a visit; the second one never repeats the first (FUP-01…03).
  package enum Round: Int, Hashable, Sendable, CaseIterable {
    case first = 1
    case second = 2
  }

  /// What a call may be about (FUP-08).
  package enum Topic: String, Hashable, Sendable, CaseIterable {
    /// Use of the vehicle, and opinion on the service.
    case vehicleUse
    case newNeeds
    /// How the vehicle is used and cared for, and what to beware of.
    case careKnowledge
    case newServices
    /// With content, date and address.
    case events
    case consultation
    case visit
  }

  package enum Result: String, Hashable, Sendable, CaseIterable {
    case satisfied, unsatisfied
  }

  package static let resource = Resource.followUp
  package static var lifecycle: Lifecycle<FollowUp> { FollowUpLifecycle.table }

  package let id: ID
  /// `FU-SY001-2026-000123`
  package let number: String
  package let stationID: Station.ID
  package let occasion: Occasion
  package let round: Round
  package let customerID: Customer.ID
  package let vehicleID: Vehicle.ID?
  package let workOrderID: WorkOrder.ID?
  /// The first call, of a second one.
  package let firstID: ID?
  package internal(set) var state: State
  package var revision: Revision

  package internal(set) var plan: FollowUpPlan
  package internal(set) var attempts: [FollowUpAttempt]
  package internal(set) var call: FollowUpCall?
  package internal(set) var issue: FollowUpIssue?
  /// When its window was found to have passed; stays when the call is made all the same.
  package internal(set) var missedAt: Timestamp?
  package internal(set) var complaint: FollowUpComplaint?

  package var designation: String? { number }
  package var audience: Audience { .station(stationID) }

  package init(
    id: ID, number: String, stationID: Station.ID, occasion: Occasion, round: Round, customerID: Customer.ID,
    vehicleID: Vehicle.ID?, workOrderID: WorkOrder.ID?, firstID: ID?, state: State, version: Int, stamp: RecordStamp,
    plan: FollowUpPlan, attempts: [FollowUpAttempt] = [], call: FollowUpCall? = nil, issue: FollowUpIssue? = nil,
    missedAt: Timestamp? = nil, complaint: FollowUpComplaint? = nil
  ) {
    self.id = id
    self.number = number
    self.stationID = stationID
    self.occasion = occasion
    self.round = round
    self.customerID = customerID
    self.vehicleID = vehicleID
    self.workOrderID = workOrderID
    self.firstID = firstID
    self.state = state
    self.revision = Revision(version: version, stamp: stamp)
    self.plan = plan
    self.attempts = attempts
    self.call = call
    self.issue = issue
    self.missedAt = missedAt
    self.complaint = complaint
  }

  /// The clock that holds its window.
  package var windowClock: ClockKind? {
    switch (occasion, round) {
    case (.nextService, _): nil
    case (_, .first): .firstFollowUp
    case (_, .second): .secondFollowUp
    }
  }

  package func changes(from before: FollowUp?) -> [FieldChange] {
    var comparison = FieldComparison()
    comparison.choice("state", before?.state, state)
    comparison.field("opensAt", before?.plan.opensAt, plan.opensAt)
    comparison.field("dueAt", before?.plan.dueAt, plan.dueAt)
    comparison.field("topics", before?.plan.topics.map(\.rawValue) ?? [], plan.topics.map(\.rawValue))
    comparison.field(
      "script", before?.plan.script.map { FreeText.cleaned($0) }, plan.script.map { FreeText.cleaned($0) })
    comparison.field("attempts", before?.attempts.count ?? 0, attempts.count)
    comparison.choice("call/result", before?.call?.result, call?.result)
    comparison.field("call/rating", before?.call?.rating, call?.rating)
    comparison.field("call/nps", before?.call?.nps, call?.nps)
    comparison.field(
      "call/findings", before?.call?.findings.map(\.kind.rawValue) ?? [], call?.findings.map(\.kind.rawValue) ?? [])
    comparison.choice("issue/kind", before?.issue?.kind, issue?.kind)
    comparison.field("issue/escalatedAt", before?.issue?.escalation?.at, issue?.escalation?.at)
    comparison.field("issue/solvedAt", before?.issue?.solution?.at, issue?.solution?.at)
    comparison.field("issue/answeredAt", before?.issue?.answer?.at, issue?.answer?.at)
    comparison.field("missedAt", before?.missedAt, missedAt)
    comparison.field("complaintNumber", before?.complaint?.number, complaint?.number)
    return comparison.changes
  }
}

/// When the call is made and what about (FUP-03, FUP-04).
package struct FollowUpPlan: Hashable, Sendable {
  /// `nil` for a second call while the first is outstanding.
  package var opensAt: Timestamp?
  /// `nil` as well for what was planned without an end.
  package var dueAt: Timestamp?
  package var topics: [FollowUp.Topic]
  /// What to say, in the words of whoever planned it.
  package var script: String?
  /// The survey whose questions are asked, in the version that was in force when the call was planned.
  package var survey: SurveyVersion?

  package init(
    opensAt: Timestamp?, dueAt: Timestamp?, topics: [FollowUp.Topic], script: String? = nil,
    survey: SurveyVersion? = nil
  ) {
    self.opensAt = opensAt
    self.dueAt = dueAt
    self.topics = topics
    self.script = script
    self.survey = survey
  }
}

/// A call that nobody answered.
package struct FollowUpAttempt: Hashable, Sendable {
  package let at: Timestamp
  package let by: String
  package let remark: String?

  package init(at: Timestamp, by: String, remark: String?) {
    self.at = at
    self.by = by
    self.remark = remark
  }
}

/// What the customer said, written down during the call (F-50, FUP-05, FUP-11).
package struct FollowUpCall: Hashable, Sendable {
  package let result: FollowUp.Result
  package let topics: [FollowUp.Topic]
  /// The main points.
  package let summary: String
  /// What he asks for or wishes.
  package let wishes: String?
  /// 1 … 5
  package let rating: Int?
  /// 0 … 10
  package let nps: Int?
  /// Where what he says contradicts what the station submitted (FUP-13, FUP-14).
  package let findings: [FollowUpFinding]
  /// Where his answers to the survey are kept.
  package var surveyResponseID: SurveyResponse.ID?
  package let calledBy: String
  package let calledAt: Timestamp

  package init(
    result: FollowUp.Result, topics: [FollowUp.Topic], summary: String, wishes: String?, rating: Int?, nps: Int?,
    findings: [FollowUpFinding], surveyResponseID: SurveyResponse.ID? = nil, calledBy: String, calledAt: Timestamp
  ) {
    self.result = result
    self.topics = topics
    self.summary = summary
    self.wishes = wishes
    self.rating = rating
    self.nps = nps
    self.findings = findings
    self.surveyResponseID = surveyResponseID
    self.calledBy = calledBy
    self.calledAt = calledAt
  }

  /// Whether the marks alone ask for a complaint (domain.md section 12).
  package func isDetractor(under policy: FollowUpsPolicy) -> Bool {
    policy.asksForComplaint(rating: rating, nps: nps)
  }
}

/// A fact of the work order that the customer denies: evidence of a fake claim (假单, FUP-14).
package struct FollowUpFinding: Hashable, Sendable {
  package enum Kind: String, Hashable, Sendable, CaseIterable {
    /// The vehicle was not at the station at all.
    case noVisit
    case workNotDone, partNotReplaced
    /// He paid for what the order has the maker pay, or another amount.
    case chargedDifferently
    case odometerDiffers
    /// He is not whom the order names, or has no such vehicle.
    case notTheCustomer
  }

  package let kind: Kind
  /// The line of the order that it is about.
  package let lineNumber: Int?
  /// In the customer's words.
  package let statement: String

  package init(kind: Kind, lineNumber: Int?, statement: String) {
    self.kind = kind
    self.lineNumber = lineNumber
    self.statement = statement
  }
}

/// What could not be settled on the call (FUP-05…07).
package struct FollowUpIssue: Hashable, Sendable {
  package enum Kind: String, Hashable, Sendable, CaseIterable {
    case request, question, complaint
  }

  /// Who did what, when.
  package struct Step: Hashable, Sendable {
    package let text: String
    package let by: String
    package let at: Timestamp

    package init(text: String, by: String, at: Timestamp) {
      self.text = text
      self.by = by
      self.at = at
    }
  }

  package let kind: Kind
  package let description: String
  /// Reported to the business supervisor (FUP-06).
  package internal(set) var escalation: Step?
  /// What solves it; the customer hears of it the same day (FUP-07).
  package internal(set) var solution: Step?
  package internal(set) var answer: Step?

  package init(
    kind: Kind, description: String, escalation: Step? = nil, solution: Step? = nil, answer: Step? = nil
  ) {
    self.kind = kind
    self.description = description
    self.escalation = escalation
    self.solution = solution
    self.answer = answer
  }
}

/// The complaint that the call opened.
package struct FollowUpComplaint: Hashable, Sendable {
  package let id: String
  package let number: String

  package init(id: String, number: String) {
    self.id = id
    self.number = number
  }
}

/// A follow-up that somebody plans himself: after a consultation or a visit, or the "next service" (FUP-01, FUP-04).
package struct FollowUpDraft: Hashable, Sendable {
  package let stationID: Station.ID?
  package let occasion: FollowUp.Occasion
  package let customerID: Customer.ID
  package let vehicleID: Vehicle.ID?
  package let topics: [FollowUp.Topic]
  package let script: String?
  /// When the next service is talked about; the others have their windows from the policy.
  package let plannedAt: Timestamp?

  package init(
    stationID: Station.ID?, occasion: FollowUp.Occasion, customerID: Customer.ID, vehicleID: Vehicle.ID?,
    topics: [FollowUp.Topic], script: String?, plannedAt: Timestamp?
  ) {
    self.stationID = stationID
    self.occasion = occasion
    self.customerID = customerID
    self.vehicleID = vehicleID
    self.topics = topics
    self.script = script
    self.plannedAt = plannedAt
  }
}

/// What a list of follow-ups can be narrowed by; conditions combine with and.
package struct FollowUpFilter: Hashable, Sendable {
  package var states: [FollowUp.State] = []
  package var occasions: [FollowUp.Occasion] = []
  package var round: FollowUp.Round?
  package var stationID: Station.ID?
  package var customerID: Customer.ID?
  package var vehicleID: Vehicle.ID?
  package var workOrderID: WorkOrder.ID?
  /// Whether its window passed without a call.
  package var missed: Bool?
  /// Whether what was said contradicts the order.
  package var contradicting: Bool?
  /// May be called at this instant.
  package var opensBefore: Timestamp?
  package var dueFrom: Timestamp?
  package var dueBefore: Timestamp?
  package var createdFrom: Timestamp?
  package var createdBefore: Timestamp?
  package var number: String?

  package init() {}
}
