import Domain
import FoundationEssentials
import Testing

/// SM-5 against the table in the code, written down a second time from the requirements.
@Suite struct QualityIssueLifecycleTests {
  private static let now = OrderSamples.now
  private static let caller = Caller(
    subject: .user(UUID()), name: "赵敏", roles: [.hqService], permissions: [], scope: .network)

  private static func issue(
    _ state: QualityIssue.State, level: QualityLevel? = nil, station: Station.ID? = nil, sight: Scope = .network
  ) -> QualityIssue {
    var progress = QualityIssueProgress(qualityClass: level.map { _ in .major }, level: level)
    progress.proposedLevel = level
    if state == .resolved || state == .closed {
      progress.result = "已排除"
      progress.resolvedAt = now
    }
    return QualityIssue(
      id: .new(at: now), number: "QI-HQ-2026-000001", stationID: station, state: state, version: 1,
      stamp: RecordStamp(by: caller, at: now),
      header: QualityIssueHeader(
        source: .station, symptom: "熄火", defects: [], vehicleID: nil, modelID: nil, customerID: nil, workOrderID: nil,
        odometerKm: nil, occurredAt: nil, externalIDs: [:]),
      facts: QualityFacts(), progress: progress, sight: sight)
  }

  private struct Row {
    let action: QualityIssue.Action
    let from: Set<QualityIssue.State>
    let to: QualityIssue.State?
    let permission: String
  }

  // Beyond SM-5: general information may turn out to be major (QI-29), and After-Sales may judge a report as general at once.
  private static let expected: [Row] = [
    Row(
      action: .suspectMajor, from: [.reported, .general], to: .pendingConfirmation,
      permission: "qualityIssues:suspectMajor"),
    Row(action: .confirm, from: [.pendingConfirmation], to: .confirmed, permission: "qualityIssues:confirm"),
    Row(action: .refuse, from: [.reported, .pendingConfirmation], to: .general, permission: "qualityIssues:refuse"),
    Row(action: .qaConfirm, from: [.confirmed], to: .qaConfirmed, permission: "qualityIssues:qaConfirm"),
    Row(action: .qaReturn, from: [.confirmed], to: .pendingConfirmation, permission: "qualityIssues:qaReturn"),
    Row(action: .assignSupport, from: [.qaConfirmed], to: .inHandling, permission: "qualityIssues:assignSupport"),
    Row(action: .proposeMeasures, from: [.confirmed], to: .inHandling, permission: "qualityIssues:proposeMeasures"),
    Row(action: .informQa, from: [.confirmed], to: .inHandling, permission: "qualityIssues:informQa"),
    Row(action: .progress, from: [.inHandling], to: nil, permission: "qualityIssues:progress"),
    Row(action: .resolve, from: [.general, .inHandling], to: .resolved, permission: "qualityIssues:resolve"),
    Row(action: .receipt, from: [.resolved], to: nil, permission: "qualityIssues:receipt"),
    Row(action: .close, from: [.resolved], to: .closed, permission: "qualityIssues:close"),
    Row(
      action: .regrade, from: [.confirmed, .qaConfirmed, .inHandling], to: .confirmed,
      permission: "qualityIssues:regrade"),
    Row(action: .reopen, from: [.resolved, .closed], to: .pendingConfirmation, permission: "qualityIssues:reopen"),
  ]

  @Test("every state takes every action exactly where SM-5 says so (SM-5, R10)", arguments: QualityIssue.State.allCases)
  func everyPair(state: QualityIssue.State) throws {
    for action in QualityIssue.Action.allCases {
      let row = Self.expected.first { $0.action == action && $0.from.contains(state) }
      // The level for which the guards of the three paths hold.
      let level: QualityLevel? =
        switch action {
        case .qaConfirm, .qaReturn: .level1
        case .proposeMeasures: .level2
        default: .level3
        }
      var changed = Self.issue(state, level: state == .general || state == .reported ? nil : level)
      do {
        let taken = try changed.take(action, by: Self.caller.subject)
        let row = try #require(row, "\(action) from \(state)")
        #expect(changed.state == row.to ?? state)
        #expect(taken.permission.rawValue == row.permission)
        #expect(taken.effects.allSatisfy { $0.hasPrefix("qualityIssue.") } && !taken.effects.isEmpty)
      } catch let refusal as Refusal {
        #expect(row == nil, "\(action) from \(state): \(refusal)")
        guard case .transition = refusal else {
          Issue.record("\(refusal)")
          continue
        }
      }
    }
    #expect(QualityIssueLifecycle.table.transitions.count == Self.expected.count)
  }

  private func refusal(_ body: () throws -> Void) -> String? {
    do {
      try body()
      return nil
    } catch Refusal.guardFailed(_, let code, _) {
      return code
    } catch Refusal.conflict(let code, _) {
      return code
    } catch Refusal.invalid(let violations) {
      return violations.map { "\($0.pointer) \($0.code.rawValue)" }.joined(separator: ",")
    } catch {
      return "\(error)"
    }
  }

  @Test("who acts: level 1 QA confirms, level 2 QA proposes, level 3 After-Sales tells QA (QI-20, QI-21, QI-22)")
  func whoActs() {
    for level in QualityLevel.allCases {
      func code(_ action: QualityIssue.Action) -> String? {
        refusal {
          var issue = Self.issue(.confirmed, level: level)
          _ = try issue.take(action, by: Self.caller.subject)
        }
      }
      #expect(code(.qaConfirm) == (level == .level1 ? nil : "not-level-1"))
      #expect(code(.proposeMeasures) == (level == .level2 ? nil : "not-level-2"))
      #expect(code(.informQa) == (level == .level3 ? nil : "not-level-3"))
      #expect(code(.qaReturn) == (level == .level3 ? "handled-by-after-sales" : nil))
    }
    #expect(Role.qa.permissions.isSuperset(of: [.qualityIssuesQaConfirm, .qualityIssuesProposeMeasures]))
    #expect(
      !Role.qa.permissions.contains(.qualityIssuesConfirm)
        && !Role.hqService.permissions.contains(.qualityIssuesQaConfirm))
    #expect(Role.hqService.permissions.isSuperset(of: [.qualityIssuesInformQa, .qualityIssuesRegrade]))
  }

  @Test("another level than the proposed one needs a reason; the decision keeps both (QI-19, A1)")
  func override() throws {
    var issue = Self.issue(.pendingConfirmation)
    issue.judged(Self.record(QualityFacts(breakdown: true)))
    #expect(
      refusal {
        var copy = issue
        _ = try copy.confirm(.level1, reason: nil, by: Self.caller, at: Self.now)
      } == "#/reason required")
    var agreed = issue
    _ = try agreed.confirm(.level3, reason: nil, by: Self.caller, at: Self.now)
    #expect(agreed.progress.gradings.last?.isOverride == false && agreed.progress.qualityClass == .major)
    _ = try issue.confirm(.level1, reason: "客户威胁曝光", by: Self.caller, at: Self.now)
    let grading = try #require(issue.progress.gradings.last)
    #expect(grading.isOverride && grading.level == .level1 && grading.proposedLevel == .level3)
    #expect(grading.reason == "客户威胁曝光" && grading.by.name == "赵敏" && grading.classification == 1)
  }

  @Test("re-grading keeps the former level and begins the new path; the same level is no re-grading (QI-29)")
  func regrade() throws {
    var issue = Self.issue(.inHandling, level: .level3)
    #expect(
      refusal {
        var copy = issue
        _ = try copy.regrade(.level3, reason: "x", by: Self.caller, at: Self.now)
      } == "#/level inconsistent")
    _ = try issue.regrade(.level1, reason: "一名乘客送医", by: Self.caller, at: Self.now)
    #expect(issue.state == .confirmed && issue.progress.level == .level1)
    #expect(issue.progress.gradings.last?.formerLevel == .level3)
  }

  @Test("a major issue of level 1 or 2 is not resolved without a corrective or preventive measure (T-23, QI-32)")
  func measures() throws {
    var issue = Self.issue(.inHandling, level: .level2)
    let author = RecordStamp.Author(Self.caller)
    func resolved(_ issue: QualityIssue) -> String? {
      refusal {
        var copy = issue
        _ = try copy.resolve("已排除", by: Self.caller, at: Self.now)
      }
    }
    #expect(resolved(issue) == "measure-missing")
    let due = try #require(CalendarDate("2026-04-30"))
    _ = try issue.add(
      .init(kind: .containment, description: "排查", owner: "质量部", dueDate: due), by: author, at: Self.now)
    #expect(resolved(issue) == "measure-missing")
    _ = try issue.add(
      .init(kind: .corrective, description: "改锁扣", owner: "供应商", dueDate: due), by: author, at: Self.now)
    #expect(resolved(issue) == nil)
    var dropped = QualityMeasurePatch()
    dropped.state = .set(.dropped)
    try issue.patch(2, dropped)
    #expect(resolved(issue) == "measure-missing")
    #expect(resolved(Self.issue(.inHandling, level: .level3)) == nil)
    // Nor is the one that resolved it taken away after.
    var done = Self.issue(.resolved, level: .level1)
    for _ in 0..<2 {
      _ = try done.add(
        .init(kind: .preventive, description: "改检验", owner: "质量部", dueDate: due), by: author, at: Self.now)
    }
    var first = QualityMeasurePatch()
    first.state = .set(.dropped)
    try done.patch(1, first)
    #expect(refusal { try done.patch(2, first) } == "measure-missing")
  }

  @Test("effectiveness is proven, and a measure that is done has its day")
  func effectiveness() throws {
    var issue = Self.issue(.inHandling, level: .level2)
    let due = try #require(CalendarDate("2026-04-30"))
    let measure = try issue.add(
      .init(kind: .corrective, description: "改锁扣", owner: "供应商", dueDate: due), by: RecordStamp.Author(Self.caller),
      at: Self.now)
    #expect(!measure.isOverdue(on: due) && measure.isOverdue(on: CalendarDate(daysSinceEpoch: due.daysSinceEpoch + 1)))
    func code(_ body: (inout QualityMeasurePatch) -> Void) -> String? {
      refusal {
        var (copy, patch) = (issue, QualityMeasurePatch())
        body(&patch)
        try copy.patch(1, patch)
      }
    }
    #expect(code { $0.state = .set(.done) } == "#/completedDate required")
    #expect(code { $0.completedDate = .set(due) } == "#/completedDate inconsistent")
    #expect(code { $0.effectivenessPercent = .set(80) } == "#/proof required")
    #expect(
      code {
        $0.state = .set(.done)
        $0.completedDate = .set(due)
        $0.effectivenessPercent = .set(80)
        $0.proof = .set("路试")
      } == nil)
    #expect(refusal { try issue.patch(9, QualityMeasurePatch()) }?.contains("notFound") == true)
  }

  @Test("8D: a discipline is complete when what it is about is there, D8 when all are (D0…D8)")
  func eightD() throws {
    var issue = Self.issue(.inHandling, level: .level2)
    func code(_ step: EightDStep) -> String? {
      refusal {
        var copy = issue
        try copy.write(step)
      }
    }
    func step(
      _ discipline: EightDStep.Discipline, team: [EightDStep.Member] = [], causes: [EightDStep.Cause] = []
    ) -> EightDStep {
      EightDStep(
        discipline: discipline, summary: "说明", team: team, causes: causes, completedAt: Self.now, completedBy: "陈静")
    }
    let leader = EightDStep.Member(name: "陈静", function: "质量", isLeader: true)
    #expect(code(step(.d1)) == "discipline-incomplete")
    #expect(code(step(.d1, team: [leader, leader])) == "discipline-incomplete")
    #expect(code(step(.d2, team: [leader])) == "#/team inconsistent")
    func cause(_ kind: EightDStep.Cause.Kind, verified: Bool = true) -> EightDStep.Cause {
      .init(kind: kind, description: "模具磨损", isVerified: verified)
    }
    #expect(code(step(.d4, causes: [cause(.technicalOccurrence)])) == "discipline-incomplete")
    #expect(
      code(step(.d4, causes: [cause(.technicalOccurrence), cause(.systemicNonDetection, verified: false)]))
        == "discipline-incomplete")
    let causes = [cause(.systemicOccurrence), cause(.technicalNonDetection)]
    #expect(code(step(.d3)) == "discipline-incomplete" && code(step(.d6)) == "discipline-incomplete")
    let due = try #require(CalendarDate("2026-04-30"))
    for kind in QualityMeasure.Kind.allCases {
      let measure = try issue.add(
        .init(kind: kind, description: "措施", owner: "质量部", dueDate: due), by: RecordStamp.Author(Self.caller),
        at: Self.now)
      // Corrective measures are what D6 is about: theirs is done when a preventive one comes.
      #expect(code(step(.d6)) == (kind == .preventive ? nil : "discipline-incomplete"))
      var done = QualityMeasurePatch()
      done.state = .set(.done)
      done.completedDate = .set(due)
      done.effectivenessPercent = .set(100)
      done.proof = .set("路试")
      try issue.patch(measure.number, done)
    }
    for discipline in [EightDStep.Discipline.d7, .d6, .d5, .d3, .d2] { try issue.write(step(discipline)) }
    #expect(code(step(.d8)) == "discipline-incomplete")
    try issue.write(step(.d1, team: [leader]))
    try issue.write(step(.d4, causes: causes))
    try issue.write(step(.d8))
    #expect(issue.disciplines.map(\.discipline.rawValue) == ["D1", "D2", "D3", "D4", "D5", "D6", "D7", "D8"])
    var general = Self.issue(.general)
    #expect(refusal { try general.write(step(.d2)) } == "quality-issue-not-open")
    // What a complete record rests on is not taken from under it.
    let unfinished = EightDStep(discipline: .d4, summary: "再查")
    var dropped = QualityMeasurePatch()
    dropped.state = .set(.dropped)
    dropped.completedDate = .set(nil)
    #expect(code(unfinished) == "discipline-incomplete")
    #expect(refusal { try issue.patch(2, dropped) } == "discipline-incomplete")
    #expect(issue.measures[1].state == .done)
    // Nor does it stay complete beside a measure that is still to be done.
    func add(_ kind: QualityMeasure.Kind) throws {
      _ = try issue.add(
        .init(kind: kind, description: "另一措施", owner: "质量部", dueDate: due), by: RecordStamp.Author(Self.caller),
        at: Self.now)
    }
    for kind in [QualityMeasure.Kind.corrective, .preventive] {
      #expect(refusal { try add(kind) } == "discipline-incomplete")
    }
    #expect(issue.measures.count == 3)
    try add(.containment)
    // A record that came to have such a gap gives up no further measure for it.
    let whole = issue
    let former = QualityMeasure(
      number: 5, kind: .corrective, description: "早先的", owner: "质量部", dueDate: due,
      createdBy: RecordStamp.Author(Self.caller), createdAt: Self.now)
    issue = whole.with(whole.measures + [former], whole.disciplines)
    #expect(refusal { try issue.patch(2, dropped) } == "discipline-incomplete")
    #expect(refusal { try add(.corrective) } == "discipline-incomplete")
    try issue.patch(5, dropped)
    issue = whole
    for discipline in [EightDStep.Discipline.d8, .d6, .d5] {
      try issue.write(EightDStep(discipline: discipline, summary: "再查"))
    }
    try issue.write(unfinished)
    try issue.patch(2, dropped)
  }

  @Test("a station resolves what is general, headquarters what is major (SM-5)")
  func whoResolves() {
    let station = Station.ID.new(at: Self.now)
    func code(_ issue: QualityIssue) -> String? {
      refusal {
        var copy = issue
        _ = try copy.resolve("已排除", by: Self.caller, at: Self.now)
      }
    }
    #expect(code(Self.issue(.general, station: station, sight: .station(station))) == nil)
    #expect(
      code(Self.issue(.inHandling, level: .level3, station: station, sight: .station(station)))
        == "handled-by-headquarters")
  }

  private static func record(_ facts: QualityFacts) -> ClassificationRecord {
    ClassificationRecord(
      sequence: 1, occasion: .created, facts: facts,
      classification: QualityClassifier.classify(facts, by: PolicyDefaults.qualityLevels),
      policyVersion: PolicyVersion(.qualityLevels, 0), rulesVersion: 1, by: RecordStamp.Author(caller), at: now)
  }
}
