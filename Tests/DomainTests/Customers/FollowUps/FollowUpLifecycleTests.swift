import Domain
import FoundationEssentials
import Testing

/// SM-13 against the table in the code, written down a second time from the requirements.
@Suite struct FollowUpLifecycleTests {
  private static let now = OrderSamples.now
  private static let clerk = Subject.user(UUID())

  private static func document(
    _ state: FollowUp.State = .scheduled, round: FollowUp.Round = .first, opensAt: Timestamp? = now,
    dueAt: Timestamp? = now.adding(seconds: 100), order: Bool = true, call: FollowUpCall? = nil,
    issue: FollowUpIssue? = nil
  ) -> FollowUp {
    FollowUp(
      id: .new(at: now), number: "FU-1", stationID: .new(at: now), occasion: order ? .delivery : .visit, round: round,
      customerID: .new(at: now), vehicleID: nil, workOrderID: order ? .new(at: now) : nil,
      firstID: round == .second ? .new(at: now) : nil, state: state, version: 1,
      stamp: RecordStamp(by: .init(subject: clerk, name: "王芳", roles: [], permissions: [], scope: .network), at: now),
      plan: FollowUpPlan(opensAt: opensAt, dueAt: dueAt, topics: FollowUp.topics(of: round)), call: call, issue: issue)
  }

  private static func call(
    _ topics: [FollowUp.Topic] = [.vehicleUse], rating: Int? = nil, nps: Int? = nil, findings: [FollowUpFinding] = [],
    at instant: Timestamp = now
  ) -> FollowUpCall {
    FollowUpCall(
      result: .satisfied, topics: topics, summary: "好", wishes: nil, rating: rating, nps: nps, findings: findings,
      calledBy: "王芳", calledAt: instant)
  }

  private static let issue = FollowUpIssue(kind: .question, description: "旧件在哪里")

  @Test("the table is that of the requirements, and a missed call may still be made (SM-13)")
  func table() {
    let rows = FollowUpLifecycle.table.transitions.map { row in
      "\(row.action.rawValue) \(row.outcome ?? "-") \(row.from.map(\.rawValue).sorted().joined(separator: ",")) "
        + "\(row.to?.rawValue ?? "stays") \(row.permission.rawValue)"
    }
    #expect(
      rows == [
        "recordCall - missed,scheduled done followUps:recordCall",
        "recordCall issue missed,scheduled openIssue followUps:recordCall",
        "recordCall unreachable missed,scheduled stays followUps:recordCall",
        "recordCall notReached missed,scheduled notReached followUps:recordCall",
        "escalate - openIssue stays followUps:escalate",
        "answer - openIssue done followUps:answer",
      ])
  }

  @Test("a satisfied customer ends the follow-up, whatever is open keeps it (FUP-05)")
  func outcomes() throws {
    var done = Self.document()
    _ = try done.record(Self.call(), issue: nil, after: nil, by: Self.clerk)
    #expect(done.state == .done && done.missedAt == nil)
    var open = Self.document()
    _ = try open.record(Self.call(), issue: Self.issue, after: nil, by: Self.clerk)
    #expect(open.state == .openIssue && open.issue == Self.issue)
    #expect(throws: Refusal.self) { try done.record(Self.call(), issue: nil, after: nil, by: Self.clerk) }
  }

  @Test("the second call waits for the first and repeats none of its topics (FUP-02, FUP-03)")
  func rounds() throws {
    var waiting = Self.document(round: .second, opensAt: nil, dueAt: nil)
    #expect {
      try waiting.record(Self.call([.newNeeds]), issue: nil, after: nil, by: Self.clerk)
    } throws: { error in
      error as? Refusal
        == .guardFailed(
          action: "recordCall", guardCode: "first-call-outstanding",
          detail: "The second call follows the first, which is outstanding.")
    }
    let first = Self.document(.done, call: Self.call([.vehicleUse, .newNeeds]))
    waiting.open(from: Self.now, until: nil, after: first)
    #expect(waiting.plan.topics == [.careKnowledge, .newServices])
    #expect {
      try waiting.record(Self.call([.careKnowledge, .newNeeds]), issue: nil, after: first, by: Self.clerk)
    } throws: { error in
      guard case .invalid(let violations)? = error as? Refusal else { return false }
      return violations.map(\.pointer) == ["#/topics/1"]
    }
    var edit = FollowUp.Edit()
    edit.topics = .set([.vehicleUse])
    #expect(throws: Refusal.self) { try waiting.apply(edit, after: first) }
    // Everything was said: what the first did not touch is left.
    var bare = Self.document(round: .second, opensAt: nil, dueAt: nil)
    bare.open(
      from: Self.now, until: nil,
      after: Self.document(.done, call: Self.call([.newNeeds, .careKnowledge, .newServices])))
    #expect(bare.plan.topics == [.vehicleUse, .events, .consultation, .visit])
  }

  @Test("the last try that the policy allows ends the follow-up as not reached (SM-13)", arguments: 1...3)
  func attempts(limit: Int) throws {
    var document = Self.document()
    for number in 1...limit {
      let row = try document.attempt(
        FollowUpAttempt(at: Self.now, by: "王芳", remark: nil), atMost: limit, by: Self.clerk)
      #expect(document.attempts.count == number)
      #expect(document.state == (number == limit ? .notReached : .scheduled))
      #expect(row.effects == [number == limit ? "followUp.notReached" : "followUp.attempted"])
    }
    #expect(throws: Refusal.self) {
      try document.attempt(FollowUpAttempt(at: Self.now, by: "王芳", remark: nil), atMost: limit, by: Self.clerk)
    }
  }

  @Test(
    "the last instant of the window is in time, the next is late, whether or not the worker came by (SM-13)",
    arguments: [(0, false), (1, true)])
  func lateness(milliseconds: Int64, isLate: Bool) throws {
    let due = Self.now.adding(seconds: 100)
    let instant = Timestamp(milliseconds: due.milliseconds + milliseconds)
    var document = Self.document(dueAt: due)
    _ = try document.record(Self.call(at: instant), issue: nil, after: nil, by: Self.clerk)
    #expect(document.state == .done && (document.missedAt == instant) == isLate)
  }

  @Test("a missed window stays missed when the call is made after all")
  func missed() throws {
    var document = Self.document()
    document.miss(at: Self.now.adding(seconds: 200))
    #expect(document.state == .missed)
    _ = try document.record(Self.call(at: Self.now.adding(seconds: 300)), issue: nil, after: nil, by: Self.clerk)
    #expect(document.state == .done && document.missedAt == Self.now.adding(seconds: 200))
  }

  @Test("a finding contradicts an order: without one there is nothing to contradict (FUP-14)")
  func findings() throws {
    let call = Self.call(findings: [FollowUpFinding(kind: .workNotDone, lineNumber: 1, statement: "没换")])
    var visit = Self.document(order: false)
    #expect(throws: Refusal.self) { try visit.record(call, issue: nil, after: nil, by: Self.clerk) }
    var delivery = Self.document()
    _ = try delivery.record(call, issue: nil, after: nil, by: Self.clerk)
    #expect(delivery.call?.findings.count == 1)
  }

  @Test("what is open goes to the supervisor once, and the customer is told what solves it (FUP-06, FUP-07)")
  func issues() throws {
    var document = Self.document(.openIssue, call: Self.call(), issue: Self.issue)
    #expect(throws: Refusal.self) {
      try document.answer(nil, by: "王芳", at: Self.now, subject: Self.clerk)
    }
    #expect(document.state == .openIssue || document.issue?.answer == nil)
    document = Self.document(.openIssue, call: Self.call(), issue: Self.issue)
    _ = try document.escalate("核实", by: "王芳", at: Self.now, subject: Self.clerk)
    #expect(throws: Refusal.self) { try document.escalate("再报", by: "王芳", at: Self.now, subject: Self.clerk) }
    try document.solve("可到店查看", by: "李主管", at: Self.now.adding(seconds: 10))
    _ = try document.answer(nil, by: "王芳", at: Self.now.adding(seconds: 20), subject: Self.clerk)
    #expect(document.state == .done)
    #expect(document.issue?.answer?.text == "可到店查看" && document.issue?.solution?.by == "李主管")
    #expect(throws: Refusal.self) { try document.solve("x", by: "y", at: Self.now) }
  }

  @Test(
    "marks up to the limits of the policy are a complaint (domain.md 12)",
    arguments: [
      (Int?.none, Int?.none, false), (2, nil, true), (3, nil, false), (nil, 6, true), (nil, 7, false), (5, 0, true),
    ])
  func detractors(rating: Int?, nps: Int?, isDetractor: Bool) {
    #expect(Self.call(rating: rating, nps: nps).isDetractor(under: .standard) == isDetractor)
    var lenient = FollowUpsPolicy.standard
    lenient.complaintUpToNps = nil
    #expect(Self.call(rating: nil, nps: nps).isDetractor(under: lenient) == false)
  }

  @Test("whoever may not know the customer reads his words cleaned (SEC-04)")
  func masked() {
    var document = Self.document(
      .openIssue,
      call: FollowUpCall(
        result: .unsatisfied, topics: [.vehicleUse], summary: "请致电13812345678", wishes: "发到 a.li@example.cn",
        rating: nil,
        nps: nil, findings: [FollowUpFinding(kind: .noVisit, lineNumber: nil, statement: "13812345678 没来过")],
        calledBy: "王芳", calledAt: Self.now),
      issue: FollowUpIssue(
        kind: .question, description: "回电13812345678", solution: .init(text: "致电13812345678", by: "王芳", at: Self.now)))
    document.miss(at: Self.now)
    let shown = "\(document.masked)"
    #expect(!shown.contains("13812345678") && !shown.contains("a.li@example.cn"))
    #expect(shown.contains("138****5678"))
  }
}
