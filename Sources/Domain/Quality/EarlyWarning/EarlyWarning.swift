/// A signal of the early warning (A11): reports of one component of a model have become conspicuous against its own past, with
/// the numbers, the rule that they met and the quality issue that it opened. Headquarters' alone.
package struct EarlyWarning: LifecycleDocument {
  package typealias ID = Identifier<EarlyWarning>

  package enum State: String, Hashable, Sendable, CaseIterable {
    case open, acknowledged
  }

  package enum Action: String, Hashable, Sendable, CaseIterable {
    case acknowledge
  }

  /// Somebody has taken notice.
  package struct Acknowledgement: Hashable, Sendable {
    package let by: String
    package let at: Timestamp
    /// The level that it was about.
    package let level: Int
    package let note: String?

    package init(by: String, at: Timestamp, level: Int, note: String?) {
      self.by = by
      self.at = at
      self.level = level
      self.note = note
    }
  }

  package static let resource = Resource.earlyWarning
  package static var lifecycle: Lifecycle<EarlyWarning> { EarlyWarningLifecycle.table }

  package let id: ID
  /// `EW-HQ-2026-000012`
  package let number: String
  package private(set) var state: State
  package var revision: Revision
  package let cell: EarlyWarningCell
  /// Adjacent model years that were conspicuous together.
  package let modelYears: ClosedRange<Int>
  /// The first day on which it could be known: the one behind the last that was evaluated.
  package let signalledOn: CalendarDate
  /// 1 at the threshold of the rule, one more for each multiple of its factor.
  package private(set) var level: Int
  /// When it came to this level.
  package private(set) var raisedOn: CalendarDate
  package private(set) var figures: EarlyWarningFigures
  package private(set) var rule: AppliedRule
  /// What happened, in a plain sentence.
  package private(set) var sentence: String
  /// The complaints and quality records that weigh most in it, first the heaviest.
  package private(set) var sources: [EarlyWarningSource]
  package let qualityIssueID: QualityIssue.ID
  package private(set) var acknowledgement: Acknowledgement?

  /// The rule as it was, with the version of the policy that it stood in.
  package struct AppliedRule: Hashable, Sendable {
    package let policyVersion: String
    package let rule: EarlyWarningRule

    package init(policyVersion: String, rule: EarlyWarningRule) {
      self.policyVersion = policyVersion
      self.rule = rule
    }
  }

  package var designation: String? { number }
  package var audience: Audience { .headquarters }

  package init(
    id: ID, number: String, state: State, version: Int, stamp: RecordStamp, cell: EarlyWarningCell,
    modelYears: ClosedRange<Int>, signalledOn: CalendarDate, level: Int, raisedOn: CalendarDate,
    figures: EarlyWarningFigures, rule: AppliedRule, sentence: String, sources: [EarlyWarningSource],
    qualityIssueID: QualityIssue.ID, acknowledgement: Acknowledgement?
  ) {
    self.id = id
    self.number = number
    self.state = state
    self.revision = Revision(version: version, stamp: stamp)
    self.cell = cell
    self.modelYears = modelYears
    self.signalledOn = signalledOn
    self.level = level
    self.raisedOn = raisedOn
    self.figures = figures
    self.rule = rule
    self.sentence = sentence
    self.sources = sources
    self.qualityIssueID = qualityIssueID
    self.acknowledgement = acknowledgement
  }

  package func changes(from before: EarlyWarning?) -> [FieldChange] {
    var comparison = FieldComparison()
    comparison.choice("state", before?.state, state)
    comparison.field("make", before?.cell.make, cell.make)
    comparison.field("model", before?.cell.model, cell.model)
    comparison.field("component", before?.cell.component, cell.component)
    comparison.field("modelYearFrom", before?.modelYears.lowerBound, modelYears.lowerBound)
    comparison.field("modelYearTo", before?.modelYears.upperBound, modelYears.upperBound)
    comparison.field("level", before?.level, level)
    comparison.field("raisedOn", before?.raisedOn, raisedOn)
    comparison.field("figures", before?.figures.value ?? .null, figures.value)
    comparison.field("sentence", before?.sentence, sentence)
    comparison.field("acknowledgement/level", before?.acknowledgement?.level, acknowledgement?.level)
    return comparison.changes
  }

  package mutating func take(
    _ action: Action, outcome: String? = nil, by subject: Subject
  ) throws(Refusal) -> Transition<EarlyWarning> {
    let row = try EarlyWarningLifecycle.table.permit(action, outcome: outcome, on: self, by: subject)
    if let next = row.to { state = next }
    return row
  }

  /// Taken notice of: it says nothing more until its level rises.
  package mutating func acknowledge(
    _ note: String?, by caller: Caller, at instant: Timestamp
  ) throws(Refusal) -> Transition<EarlyWarning> {
    let row = try take(.acknowledge, by: caller.subject)
    acknowledgement = Acknowledgement(by: caller.name, at: instant, level: level, note: note)
    return row
  }

  /// A higher level on a later day: open again, whoever had taken notice of the lower one.
  package mutating func rise(to finding: EarlyWarningFinding, _ applied: AppliedRule, on day: CalendarDate) {
    state = .open
    level = finding.level
    raisedOn = day
    figures = finding.figures
    rule = applied
    sources = finding.sources
    sentence = finding.sentence(modelYears: modelYears, rule: applied.rule)
  }
}

/// Which vehicles' component: what the early warning counts by, with a model year.
package struct EarlyWarningCell: Hashable, Sendable {
  /// The brand and the series of the vehicle model, in capitals.
  package let make: String
  package let model: String
  /// The family of the component (`component_families`).
  package let component: String

  package init(make: String, model: String, component: String) {
    self.make = make
    self.model = model
    self.component = component
  }
}

/// What told of a fault.
package struct EarlyWarningSource: Hashable, Sendable {
  package enum Kind: String, Hashable, Sendable, CaseIterable {
    case complaint
    /// The general quality record of a delivered order (WO-45).
    case workOrder
    case claim
  }

  package let kind: Kind
  package let id: String

  package init(kind: Kind, id: String) {
    self.kind = kind
    self.id = id
  }
}

/// The numbers behind a signal, of its own model year where nothing else is said. Sums are in hundredths of a report.
package struct EarlyWarningFigures: Hashable, Sendable {
  /// Within the window.
  package var reports: Int
  /// Of them those that tell of the same fault.
  package var likeReports: Int
  package var crashes: Int
  package var fires: Int
  package var injured: Int
  package var deaths: Int
  /// Like reports, each weighed by its likeness, severity and age.
  package var score: Int64
  /// The same of the model years before and after.
  package var scoreBefore: Int64
  package var scoreAfter: Int64
  /// Like reports of the recent days and of the months before them, adjacent model years among them.
  package var recent: Int64
  package var former: Int64

  package init(
    reports: Int, likeReports: Int, crashes: Int, fires: Int, injured: Int, deaths: Int, score: Int64,
    scoreBefore: Int64, scoreAfter: Int64, recent: Int64, former: Int64
  ) {
    self.reports = reports
    self.likeReports = likeReports
    self.crashes = crashes
    self.fires = fires
    self.injured = injured
    self.deaths = deaths
    self.score = score
    self.scoreBefore = scoreBefore
    self.scoreAfter = scoreAfter
    self.recent = recent
    self.former = former
  }

  /// As stored and told in events.
  package var value: EventValue {
    .object([
      "reports": .integer(Int64(reports)), "likeReports": .integer(Int64(likeReports)),
      "crashes": .integer(Int64(crashes)), "fires": .integer(Int64(fires)), "injured": .integer(Int64(injured)),
      "deaths": .integer(Int64(deaths)), "score": .integer(score), "scoreBefore": .integer(scoreBefore),
      "scoreAfter": .integer(scoreAfter), "recent": .integer(recent), "former": .integer(former),
    ])
  }

  package init(_ value: EventValue) {
    var members: [String: EventValue] = [:]
    if case .object(let found) = value { members = found }
    func number(_ name: String) -> Int64 { if case .integer(let number)? = members[name] { number } else { 0 } }
    self.init(
      reports: Int(number("reports")), likeReports: Int(number("likeReports")), crashes: Int(number("crashes")),
      fires: Int(number("fires")), injured: Int(number("injured")), deaths: Int(number("deaths")),
      score: number("score"), scoreBefore: number("scoreBefore"), scoreAfter: number("scoreAfter"),
      recent: number("recent"), former: number("former"))
  }
}

package struct EarlyWarningFilter: Hashable, Sendable {
  /// Any of these; none asks for all.
  package var states: [EarlyWarning.State] = []
  package var make: String?
  package var model: String?
  package var modelYear: Int?
  package var component: String?
  package var qualityIssueID: QualityIssue.ID?
  package var signalledFrom: CalendarDate?
  /// Not part of it.
  package var signalledBefore: CalendarDate?
  package var number: String?

  package init() {}
}

/// The transition table of signals (A11). Services execute it, `GET …/actions` publishes it, tests enumerate it.
package enum EarlyWarningLifecycle {
  package static let table = Lifecycle<EarlyWarning>([
    Transition(
      .acknowledge, from: [.open], to: .acknowledged, .earlyWarningsWrite, effects: ["earlyWarning.acknowledged"],
      basis: "A11")
  ])

  /// What a higher level does, beside the actions of people.
  package static let byItself: [(from: EarlyWarning.State, to: EarlyWarning.State)] = [(.acknowledged, .open)]
}

extension EarlyWarningRule {
  /// As it is kept with a signal.
  package var value: EventValue { PolicyCodec<Self>.record.write(self) }

  /// What `value` wrote, also by an older release; `nil`: it was not written by this product.
  package init?(stored value: EventValue) {
    var faults = PolicyFaults(fillsGaps: true)
    guard let rule = PolicyCodec<Self>.record.read(value, &faults) else { return nil }
    self = rule
  }
}
