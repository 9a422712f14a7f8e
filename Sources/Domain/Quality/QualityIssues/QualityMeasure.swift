/// A measure against a quality problem: typed, owned, due, and measured by its effect (QI-31, QI-32; D3, D5…D7 of the 8D).
package struct QualityMeasure: Hashable, Sendable {
  package enum Kind: String, Hashable, Sendable, CaseIterable {
    /// Keeps the problem from the customer until its cause is gone (D3).
    case containment
    /// Removes the cause (D5, D6).
    case corrective
    /// Keeps it from coming back, here and elsewhere (D7).
    case preventive
  }

  package enum State: String, Hashable, Sendable, CaseIterable {
    case open, inProgress, done, dropped
  }

  /// 1, 2, 3 … within the issue; never reused.
  package let number: Int
  package let kind: Kind
  package var description: String
  /// Who answers for it: a person or a department.
  package var owner: String
  package var dueDate: CalendarDate
  package var state: State
  package var completedDate: CalendarDate?
  /// How far it works, as verified.
  package var effectivenessPercent: Int?
  /// What shows that it works.
  package var proof: String?
  package let createdBy: RecordStamp.Author
  package let createdAt: Timestamp

  package init(
    number: Int, kind: Kind, description: String, owner: String, dueDate: CalendarDate, state: State = .open,
    completedDate: CalendarDate? = nil, effectivenessPercent: Int? = nil, proof: String? = nil,
    createdBy: RecordStamp.Author, createdAt: Timestamp
  ) {
    self.number = number
    self.kind = kind
    self.description = description
    self.owner = owner
    self.dueDate = dueDate
    self.state = state
    self.completedDate = completedDate
    self.effectivenessPercent = effectivenessPercent
    self.proof = proof
    self.createdBy = createdBy
    self.createdAt = createdAt
  }

  /// Done, and its effect shown.
  package var isProven: Bool { state == .done && effectivenessPercent != nil }

  /// Not done on its day.
  package func isOverdue(on day: CalendarDate) -> Bool {
    (state == .open || state == .inProgress) && dueDate < day
  }
}

package struct QualityMeasureDraft: Hashable, Sendable {
  package let kind: QualityMeasure.Kind
  package let description: String
  package let owner: String
  package let dueDate: CalendarDate

  package init(kind: QualityMeasure.Kind, description: String, owner: String, dueDate: CalendarDate) {
    self.kind = kind
    self.description = description
    self.owner = owner
    self.dueDate = dueDate
  }
}

package struct QualityMeasurePatch: Hashable, Sendable {
  package var description: Patch<String> = .keep
  package var owner: Patch<String> = .keep
  package var dueDate: Patch<CalendarDate> = .keep
  package var state: Patch<QualityMeasure.State> = .keep
  package var completedDate: Patch<CalendarDate?> = .keep
  package var effectivenessPercent: Patch<Int?> = .keep
  package var proof: Patch<String?> = .keep

  package init() {}
}

/// One discipline of the 8D record (D0…D8) as it is written down; the measures of D3 and D5…D7 stand beside it.
package struct EightDStep: Hashable, Sendable {
  package enum Discipline: String, Hashable, Sendable, CaseIterable {
    /// Emergency response, team, description, containment, root causes, chosen corrective action, its implementation, prevention, closure.
    case d0 = "D0"
    case d1 = "D1"
    case d2 = "D2"
    case d3 = "D3"
    case d4 = "D4"
    case d5 = "D5"
    case d6 = "D6"
    case d7 = "D7"
    case d8 = "D8"

    /// Kinds of measures that the discipline is about.
    package var measures: Set<QualityMeasure.Kind> {
      switch self {
      case .d3: [.containment]
      case .d5, .d6: [.corrective]
      case .d7: [.preventive]
      case .d0, .d1, .d2, .d4, .d8: []
      }
    }
  }

  package struct Member: Hashable, Sendable {
    package let name: String
    package let function: String
    package let isLeader: Bool

    package init(name: String, function: String, isLeader: Bool) {
      self.name = name
      self.function = function
      self.isLeader = isLeader
    }
  }

  /// Why it happened, and why it was not found before it left: technical or of the system (TUA, TUN, SUA, SUN).
  package struct Cause: Hashable, Sendable {
    package enum Kind: String, Hashable, Sendable, CaseIterable {
      case technicalOccurrence, technicalNonDetection, systemicOccurrence, systemicNonDetection

      package var isOccurrence: Bool { self == .technicalOccurrence || self == .systemicOccurrence }
    }

    package let kind: Kind
    package let description: String
    package let isVerified: Bool

    package init(kind: Kind, description: String, isVerified: Bool) {
      self.kind = kind
      self.description = description
      self.isVerified = isVerified
    }
  }

  package let discipline: Discipline
  package let summary: String
  /// Of D1.
  package let team: [Member]
  /// Of D4.
  package let causes: [Cause]
  package let completedAt: Timestamp?
  package let completedBy: String?

  package init(
    discipline: Discipline, summary: String, team: [Member] = [], causes: [Cause] = [], completedAt: Timestamp? = nil,
    completedBy: String? = nil
  ) {
    self.discipline = discipline
    self.summary = summary
    self.team = team
    self.causes = causes
    self.completedAt = completedAt
    self.completedBy = completedBy
  }
}

extension QualityIssue {
  /// Adds a measure; headquarters works on an issue until it is closed.
  ///
  /// - Throws: `quality-issue-not-open` before it is graded and after it is closed; `guardFailed` where a discipline that is
  ///   complete would not be any more.
  package mutating func add(
    _ draft: QualityMeasureDraft, by author: RecordStamp.Author, at instant: Timestamp
  ) throws(Refusal) -> QualityMeasure {
    try requireHandled()
    if measures.count >= 200 {
      throw .conflict(code: "too-many-measures", detail: "An issue has at most 200 measures.", .limit(200))
    }
    let measure = QualityMeasure(
      number: (measures.last?.number ?? 0) + 1, kind: draft.kind, description: draft.description, owner: draft.owner,
      dueDate: draft.dueDate, createdBy: author, createdAt: instant)
    var after = self
    after.measures.append(measure)
    try requireStillCarried(after)
    self = after
    return measure
  }

  /// - Throws: `notFound` for a number that no measure has; 422 where the parts do not fit; `guardFailed` where a discipline that
  ///   is complete would not be any more, or an issue that is resolved would have no measure.
  package mutating func patch(_ number: Int, _ patch: QualityMeasurePatch) throws(Refusal) {
    try requireHandled()
    guard let place = measures.firstIndex(where: { $0.number == number }) else { throw .notFound }
    var measure = measures[place]
    patch.description.merge(into: &measure.description)
    patch.owner.merge(into: &measure.owner)
    patch.dueDate.merge(into: &measure.dueDate)
    patch.state.merge(into: &measure.state)
    patch.completedDate.merge(into: &measure.completedDate)
    patch.effectivenessPercent.merge(into: &measure.effectivenessPercent)
    patch.proof.merge(into: &measure.proof)
    if measure.state == .done, measure.completedDate == nil {
      throw .invalid("#/completedDate", .required, "is required of a measure that is done")
    }
    if measure.state != .done, measure.completedDate != nil {
      throw .invalid("#/completedDate", .inconsistent, "only a measure that is done has one")
    }
    if measure.effectivenessPercent != nil, measure.proof == nil {
      throw .invalid("#/proof", .required, "is required: effectiveness is proven, not claimed")
    }
    var after = self
    after.measures[place] = measure
    try requireStillCarried(after)
    if state == .resolved, hasItsMeasure, !after.hasItsMeasure {
      throw .guardFailed(
        action: "resolve", guardCode: "measure-missing",
        detail: "The issue was resolved by this measure; add the one that takes its place first (T-23).")
    }
    self = after
  }

  /// Whether a corrective or preventive measure stands, where one is needed: of level 1 and 2 (T-23).
  package var hasItsMeasure: Bool {
    guard let level = progress.level, level != .level3 else { return true }
    return measures.contains { $0.kind != .containment && $0.state != .dropped }
  }

  /// Writes one discipline of the 8D record, whole.
  ///
  /// - Throws: `guardFailed` where a discipline is called complete and is not.
  package mutating func write(_ step: EightDStep) throws(Refusal) {
    try requireHandled()
    if step.discipline != .d1, !step.team.isEmpty {
      throw .invalid("#/team", .inconsistent, "belongs to D1")
    }
    if step.discipline != .d4, !step.causes.isEmpty {
      throw .invalid("#/causes", .inconsistent, "belongs to D4")
    }
    if step.completedAt != nil {
      try requireComplete(step)
    } else if step.discipline != .d8, step.discipline != .d0,
      disciplines.contains(where: { $0.discipline == .d8 && $0.completedAt != nil })
    {
      throw .guardFailed(
        action: "complete", guardCode: "discipline-incomplete",
        detail: "D8 is complete, and rests on this one; write it as not complete first.")
    }
    disciplines.removeAll { $0.discipline == step.discipline }
    disciplines.append(step)
    disciplines.sort { $0.discipline.rawValue < $1.discipline.rawValue }
  }

  private func requireComplete(_ step: EightDStep) throws(Refusal) {
    func incomplete(_ detail: String) -> Refusal {
      .guardFailed(action: "complete", guardCode: "discipline-incomplete", detail: detail)
    }
    let own = measures.filter { step.discipline.measures.contains($0.kind) && $0.state != .dropped }
    switch step.discipline {
    case .d0, .d2: break
    case .d1:
      if step.team.filter(\.isLeader).count != 1 { throw incomplete("A team has one leader.") }
    case .d4:
      let occurrence = step.causes.contains { $0.kind.isOccurrence && $0.isVerified }
      let nonDetection = step.causes.contains { !$0.kind.isOccurrence && $0.isVerified }
      if !occurrence || !nonDetection {
        throw incomplete("Verified causes are needed of the occurrence and of the non-detection.")
      }
    case .d3, .d5:
      if own.isEmpty { throw incomplete("The discipline has no measure.") }
    case .d6, .d7:
      if own.isEmpty { throw incomplete("The discipline has no measure.") }
      if !own.allSatisfy(\.isProven) {
        throw incomplete("Every measure must be done and its effectiveness proven.")
      }
    case .d8:
      let done = Set(disciplines.filter { $0.completedAt != nil }.map(\.discipline))
      let missing = EightDStep.Discipline.allCases.filter { $0 != .d8 && $0 != .d0 && !done.contains($0) }
      if !missing.isEmpty {
        throw incomplete("Not complete yet: \(missing.map(\.rawValue).joined(separator: ", ")).")
      }
    }
  }

  /// No discipline that is complete loses what it rests on. Gaps are compared, not whether there is one: of a record that has one
  /// already no further measure is undone.
  private func requireStillCarried(_ after: QualityIssue) throws(Refusal) {
    for step in disciplines
    where step.completedAt != nil && !after.gaps(of: step.discipline).isSubset(of: gaps(of: step.discipline)) {
      throw .guardFailed(
        action: "complete", guardCode: "discipline-incomplete",
        detail: "\(step.discipline.rawValue) is complete by the measures as they are; write it as not complete first.")
    }
  }

  /// Numbers of the measures by which a discipline is not complete; 0 where none carries it.
  private func gaps(of discipline: EightDStep.Discipline) -> Set<Int> {
    let own = measures.filter { discipline.measures.contains($0.kind) && $0.state != .dropped }
    switch discipline {
    case .d0, .d1, .d2, .d4, .d8: return []
    case .d3, .d5: return own.isEmpty ? [0] : []
    case .d6, .d7:
      let unproven = Set(own.filter { !$0.isProven }.map(\.number))
      return unproven.count == own.count ? unproven.union([0]) : unproven
    }
  }

  private func requireHandled() throws(Refusal) {
    switch state {
    case .confirmed, .qaConfirmed, .inHandling, .resolved: return
    case .reported, .general, .pendingConfirmation, .closed:
      throw .conflict(
        code: "quality-issue-not-open",
        detail: "The issue is \(state.rawValue); measures and 8D belong to a major one that is being handled.",
        .state(state), .allowedStates([State.confirmed, .qaConfirmed, .inHandling, .resolved]))
    }
  }
}
