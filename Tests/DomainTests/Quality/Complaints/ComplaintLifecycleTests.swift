import Domain
import FoundationEssentials
import Testing

/// SM-4 against the table in the code, written down a second time from the requirements.
@Suite struct ComplaintLifecycleTests {
  private struct Row {
    let action: Complaint.Action
    var outcome: String?
    let from: Set<Complaint.State>
    /// `nil`: the state stays.
    let to: Complaint.State?
    let permission: String
    var needsMajor = false
    var needsGeneral = false
  }

  // Beyond SM-4: hand-over, further findings, a solution told later, another round, a merge; reopening of what was closed; a case
  // that turns out not to be major after its confirmation; the report that goes on to QA and the leaders (CMP-22).
  private static let expected: [Row] = [
    Row(action: .assign, from: [.received], to: .assigned, permission: "complaints:assign"),
    Row(
      action: .assign, from: [.assigned, .investigating, .escalated, .solutionProposed, .inExecution], to: nil,
      permission: "complaints:assign"),
    Row(action: .investigate, from: [.assigned], to: .investigating, permission: "complaints:investigate"),
    Row(action: .investigate, from: [.investigating, .escalated], to: nil, permission: "complaints:investigate"),
    Row(
      action: .proposeSolution, from: [.investigating, .escalated], to: .solutionProposed,
      permission: "complaints:proposeSolution"),
    Row(action: .proposeSolution, from: [.solutionProposed], to: nil, permission: "complaints:proposeSolution"),
    Row(action: .acceptSolution, from: [.solutionProposed], to: .inExecution, permission: "complaints:acceptSolution"),
    Row(
      action: .refuseSolution, from: [.solutionProposed], to: .investigating, permission: "complaints:refuseSolution"),
    Row(action: .escalate, from: [.assigned, .investigating], to: .escalated, permission: "complaints:escalate"),
    Row(
      action: .escalate, from: [.escalated, .solutionProposed, .inExecution], to: nil,
      permission: "complaints:escalate"),
    Row(action: .resolve, from: [.inExecution], to: .resolved, permission: "complaints:resolve"),
    Row(action: .close, from: [.resolved], to: .closed, permission: "complaints:close"),
    Row(
      action: .close, outcome: "general", from: [.resolved], to: .investigating, permission: "complaints:close"),
    Row(action: .close, outcome: "major", from: [.resolved], to: .negotiating, permission: "complaints:close"),
    Row(action: .close, outcome: "exhausted", from: [.resolved], to: .escalated, permission: "complaints:close"),
    Row(
      action: .reopen, from: [.resolved, .closed, .closedUnjustified], to: .investigating,
      permission: "complaints:reopen", needsGeneral: true),
    Row(
      action: .reopen, outcome: "major", from: [.resolved, .closed], to: .negotiating,
      permission: "complaints:reopen", needsMajor: true),
    Row(
      action: .closeUnjustified, from: [.received, .assigned, .investigating, .escalated, .solutionProposed],
      to: .closedUnjustified, permission: "complaints:closeUnjustified", needsGeneral: true),
    Row(
      action: .reportMajor, from: [.received, .assigned, .investigating, .escalated], to: .majorReported,
      permission: "complaints:reportMajor"),
    Row(
      action: .reportMajor,
      from: [.majorConfirmed, .teamFormed, .onSite, .appraised, .negotiating, .agreementEffective], to: nil,
      permission: "complaints:reportMajor"),
    Row(action: .confirmMajor, from: [.majorReported], to: .majorConfirmed, permission: "complaints:confirmMajor"),
    Row(
      action: .downgrade, from: [.majorReported, .majorConfirmed, .teamFormed, .onSite, .appraised, .negotiating],
      to: .assigned, permission: "complaints:downgrade"),
    Row(action: .formTeam, from: [.majorConfirmed], to: .teamFormed, permission: "complaints:formTeam"),
    Row(
      action: .formTeam, from: [.teamFormed, .onSite, .appraised, .negotiating, .agreementEffective, .inExecution],
      to: nil, permission: "complaints:formTeam", needsMajor: true),
    Row(action: .arriveOnSite, from: [.teamFormed], to: .onSite, permission: "complaints:arriveOnSite"),
    Row(action: .appraise, from: [.onSite], to: .appraised, permission: "complaints:appraise"),
    Row(
      action: .negotiate, from: [.appraised, .agreementEffective], to: .negotiating,
      permission: "complaints:negotiate"),
    Row(action: .negotiate, from: [.negotiating], to: nil, permission: "complaints:negotiate"),
    Row(
      action: .signAgreement, from: [.negotiating], to: .agreementEffective, permission: "complaints:signAgreement"),
    Row(
      action: .signAgreement, outcome: "firstSignature", from: [.negotiating], to: nil,
      permission: "complaints:signAgreement"),
    Row(action: .execute, from: [.agreementEffective], to: .inExecution, permission: "complaints:execute"),
    Row(
      action: .merge, from: [.received, .assigned, .investigating, .escalated, .solutionProposed], to: .merged,
      permission: "complaints:merge", needsGeneral: true),
  ]

  @Test("every state takes every action exactly where SM-4 says so (SM-4, M2)", arguments: Complaint.State.allCases)
  func everyPair(state: Complaint.State) throws {
    for action in Complaint.Action.allCases {
      for outcome in [nil, "general", "major", "exhausted", "firstSignature", "somethingElse"] {
        let rows = Self.expected.filter { $0.action == action && $0.outcome == outcome && $0.from.contains(state) }
        let kind: Complaint.Kind = rows.first?.needsMajor == true ? .major : .general
        var changed = ComplaintSamples.complaint(state, kind: kind)
        do {
          let taken = try changed.take(action, outcome: outcome, by: ComplaintSamples.handler)
          let row = try #require(rows.first, "\(action) from \(state)")
          #expect(changed.state == row.to ?? state, "\(action) from \(state)")
          #expect(taken.permission.rawValue == row.permission)
          #expect(taken.effects[0].hasPrefix("complaint."))
        } catch let refusal as Refusal {
          #expect(rows.isEmpty, "\(action) from \(state): \(refusal)")
          guard case .transition = refusal else {
            Issue.record("\(refusal)")
            continue
          }
        }
      }
    }
    #expect(ComplaintLifecycle.table.transitions.count == Self.expected.count)
  }

  @Test("a major case is not closed as unjustified and not merged away: it is downgraded first (CMP-31)")
  func majorIsDowngradedFirst() {
    for action in [Complaint.Action.closeUnjustified, .merge, .reopen] {
      var complaint = ComplaintSamples.complaint(action == .reopen ? .closed : .escalated, kind: .major)
      #expect(throws: Refusal.self) { try complaint.take(action, by: ComplaintSamples.handler) }
      #expect(complaint.state == (action == .reopen ? .closed : .escalated))
    }
  }

  @Test("confirming a major complaint proposes a quality issue (CMP-16)")
  func proposal() throws {
    let row = try #require(ComplaintLifecycle.table.transitions(for: .confirmMajor).first)
    #expect(row.effects == ["complaint.majorConfirmed", "qualityIssue.proposed"])
  }
}

enum ComplaintSamples {
  static let now = OrderSamples.now
  static let handler = Subject.user(UUID())

  static let header = ComplaintHeader(
    channel: .hotline, contact: RequestContact(name: "王小明", phone: "13812345678"), vin: "LSVAA4182E2123456",
    category: .repairQuality, customerWords: "王小明说刹车又响了，电话 13812345678", symptom: "制动异响", component: "制动系统")

  /// With everything that the guards of most actions ask for.
  static func complaint(
    _ state: Complaint.State = .received, kind: Complaint.Kind = .general,
    progress: ComplaintProgress = ComplaintProgress(cause: .faultyWorkmanship), major: MajorProgress? = nil,
    header: ComplaintHeader = header
  ) -> Complaint {
    let caller = Caller(subject: handler, name: "李娜", roles: [], permissions: [], scope: .network)
    return Complaint(
      id: .new(at: now), number: "CP-HQ-2026-000001", stationID: nil, state: state, kind: kind, version: 1,
      stamp: RecordStamp(by: caller, at: now), header: header, progress: progress,
      major: major ?? MajorProgress(agreement: agreement()))
  }

  static func agreement(
    _ content: ComplaintAgreement.Content = .init(
      terms: "补偿", repair: nil, compensation: nil, takesVehicleBack: false),
    signatures: [ComplaintAgreement.Signature] = []
  ) -> ComplaintAgreement {
    ComplaintAgreement(
      content: content, revision: 1, hash: "a", writtenBy: "赵敏", writtenAt: now, signatures: signatures)
  }

  static func solution(_ options: [String] = ["免费返修"], promisedIn seconds: Int64 = 86_400) -> ComplaintSolution {
    ComplaintSolution(options: options, promisedAt: now.adding(seconds: seconds), proposedBy: "张伟", proposedAt: now)
  }
}
