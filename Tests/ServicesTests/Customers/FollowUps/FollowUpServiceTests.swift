import Domain
import FoundationEssentials
import Repositories
import Services
import TestSupport
import Testing

/// The calls after a visit, with time handed in (SM-13).
@Suite("Follow-ups", .timeLimit(.minutes(20))) struct FollowUpServiceTests {
  private func refusal(_ body: () async throws -> Void) async -> Refusal? {
    do {
      try await body()
      return nil
    } catch { return error as? Refusal }
  }

  private func isConflict(_ refusal: Refusal?, _ expected: String) -> Bool {
    if case .conflict(let code, _)? = refusal { code == expected } else { false }
  }

  @Test("nobody is called in quiet hours of the station's day, but who asked for the time (followUps policy)")
  func quietHours() async throws {
    try await CareDesk.with { desk in
      let (_, first, _) = try await desk.delivered()
      let day = try #require(first.plan.opensAt)
      for (hour, isQuiet) in [(0, true), (8, true), (9, false), (20, false), (21, true), (23, true)] {
        try desk.move(to: day.adding(seconds: Int64(hour) * 3600))
        do {
          let tried = try await desk.call(first, .unreachable(remark: nil), at: .clerk)
          #expect(!isQuiet && tried.attempts.count == (hour == 9 ? 1 : 2), "\(hour)")
        } catch let refused as Refusal {
          #expect(isQuiet, "\(hour)")
          #expect(
            refused
              == .conflict(
                code: "quiet-hours", detail: "Nobody is called from 21 to 9 o'clock, unless he asked for it.",
                ConflictMember.quiet(from: 21, until: 9)))
        }
      }
      let wished = try await desk.call(first, at: .customer)
      #expect(wished.state == .done)
    }
  }

  @Test("quiet hours may span the night, lie within the day, or be none")
  func quietSpans() {
    var policy = PolicyDefaults.followUps
    #expect((0..<24).filter(policy.isQuiet) == Array(0..<9) + [21, 22, 23])
    (policy.quietFromHour, policy.quietUntilHour) = (12, 14)
    #expect((0..<24).filter(policy.isQuiet) == [12, 13])
    (policy.quietFromHour, policy.quietUntilHour) = (9, 9)
    #expect((0..<24).filter(policy.isQuiet).isEmpty)
  }

  @Test("a delivery schedules two calls in its transaction, the first in its window (FUP-01, T-02)")
  func scheduled() async throws {
    try await CareDesk.with { desk in
      let (order, first, second) = try await desk.delivered()
      #expect(first.state == .scheduled && first.round == .first && first.customerID == order.header.customerID)
      // Handed over on 21 November: open from the beginning of the 24th, due at the end of the 28th, in China.
      #expect(first.plan.opensAt == Timestamp("2026-11-24T00:00:00+08:00"))
      #expect(first.plan.dueAt.map { $0.adding(seconds: 1) > Timestamp("2026-11-28T23:59:59+08:00") ?? $0 } == true)
      #expect(first.plan.dueAt.map { $0 <= Timestamp("2026-11-29T00:00:00+08:00") ?? $0 } == true)
      #expect(second.firstID == first.id && second.plan.opensAt == nil && second.plan.dueAt == nil)
      #expect(Set(first.plan.topics).isDisjoint(with: second.plan.topics))
      let clocks = try await desk.clocks(of: first)
      #expect(clocks.map(\.kind) == [.firstFollowUp] && clocks[0].status.dueAt == first.plan.dueAt)
      #expect(try await desk.clocks(of: second).isEmpty)
      let events = try desk.test.admin("select count(*) from events where type = 'followUp.scheduled'")
      #expect(events == "2")
    }
  }

  @Test("an order whose delivery fails leaves no calls")
  func atomic() async throws {
    try await CareDesk.with { desk in
      let order = try await desk.orders.order(in: .settled)
      await #expect(throws: CancellationError.self) {
        _ = try await desk.orders.service.deliver(
          .id(order.id), data: [:], desk.desk.command(at: desk.clock.now) { _ in throw CancellationError() })
      }
      #expect(try desk.test.admin("select count(*) from follow_ups") == "0")
    }
  }

  @Test("no call before its window, not by a second; in its last second it is in time (T-02)")
  func boundaries() async throws {
    try await CareDesk.with { desk in
      let (_, first, _) = try await desk.delivered()
      try desk.move(to: first.plan.opensAt)
      desk.clock.advance(seconds: -1)
      for record in [CareDesk.said(), .unreachable(remark: nil)] {
        let early = await refusal { _ = try await desk.call(first, record) }
        #expect(isConflict(early, "clock-window-not-open"))
      }
      try desk.move(to: first.plan.dueAt)
      #expect(try await desk.miss() == 0)
      let done = try await desk.call(first)
      #expect(done.state == .done && done.missedAt == nil)
      #expect(try await desk.clocks(of: first).map(\.state) == [.met])
    }
  }

  @Test("the second call opens a week after the first and is due two weeks after it (FUP-02, T-03)")
  func secondRound() async throws {
    try await CareDesk.with { desk in
      let (_, first, second) = try await desk.delivered()
      let waiting = await refusal { _ = try await desk.call(second) }
      if case .guardFailed(_, let code, _)? = waiting {
        #expect(code == "first-call-outstanding")
      } else {
        Issue.record("\(String(describing: waiting))")
      }
      try desk.move(to: Timestamp("2026-11-25T10:00:00+08:00"))
      _ = try await desk.call(first)
      let opened = try await desk.reload(second)
      #expect(opened.plan.opensAt == Timestamp("2026-12-02T00:00:00+08:00"))
      #expect(opened.plan.dueAt.map { $0 > Timestamp("2026-12-09T23:59:58+08:00") ?? $0 } == true)
      #expect(opened.plan.dueAt.map { $0 <= Timestamp("2026-12-10T00:00:00+08:00") ?? $0 } == true)
      try desk.move(to: opened.plan.opensAt)
      let repeated = await refusal { _ = try await desk.call(opened, CareDesk.said(.satisfied, [.vehicleUse])) }
      if case .invalid(let violations)? = repeated {
        #expect(violations.map(\.pointer) == ["#/topics/0"])
      } else {
        Issue.record("\(String(describing: repeated))")
      }
      let done = try await desk.call(opened, CareDesk.said(.satisfied, [.newNeeds]))
      #expect(done.state == .done)
      #expect(try await desk.clocks(of: second).map(\.state) == [.met])
    }
  }

  @Test("tries without an answer are counted, the last one opens the second call (SM-13)")
  func unreachable() async throws {
    try await CareDesk.with { desk in
      let (_, first, second) = try await desk.delivered()
      try desk.move(to: first.plan.opensAt)
      for number in 1...3 {
        let tried = try await desk.call(first, .unreachable(remark: "无人接听"))
        #expect(tried.attempts.count == number)
        #expect(tried.state == (number < 3 ? .scheduled : .notReached))
        desk.clock.advance(seconds: 3600)
      }
      #expect(try await desk.clocks(of: first).map(\.state) == [.cancelled])
      #expect(try await desk.reload(second).plan.opensAt != nil)
    }
  }

  @Test("a missed window is found once by several instances, stays counted and opens the second call")
  func missed() async throws {
    try await CareDesk.with { desk in
      var waiting: [FollowUp] = []
      for place in 0..<6 {
        let order = try await desk.orders.order(in: .delivered, km: 10_000 + place)
        waiting.append(try await desk.calls(after: order).first)
      }
      try desk.move(to: waiting.last?.plan.dueAt, plus: 1)
      let now = desk.clock.now
      let shares = try await withThrowingTaskGroup(of: Int.self) { group in
        for _ in 0..<4 {
          group.addTask {
            try await desk.test.database.write(.system) { try await desk.followUps.findMissed(at: now, in: $0) }
          }
        }
        return try await group.reduce(0, +)
      }
      #expect(shares + (try await desk.miss()) == 6)
      #expect(try desk.test.admin("select count(*) from events where type = 'followUp.missed'") == "6")
      #expect(try await desk.miss() == 0)
      let opened = try desk.test.admin("select count(*) from follow_ups where round = 2 and opens_at is not null")
      #expect(opened == "6")
      let late = try await desk.call(try await desk.reload(waiting[0]))
      #expect(late.state == .done && late.missedAt == now)
      var counted = FollowUpFilter()
      counted.missed = true
      let list = try await desk.followUps.list(counted, PageRequest(limit: 50, sort: [.init("number")]), desk.desk)
      #expect(list.items.count == 6)
    }
  }

  @Test("a window whose clock stands is not missed (A14)")
  func paused() async throws {
    try await CareDesk.with { desk in
      let (_, first, _) = try await desk.delivered()
      let clock = try await desk.clocks(of: first)[0]
      let _: Clock = try await desk.run { try await desk.clocks.pause(.id(clock.id), reason: "客户出国", $0) }
      try desk.move(to: first.plan.dueAt, plus: 1)
      #expect(try await desk.miss() == 0)
      desk.clock.advance(seconds: 86_400)
      let _: Clock = try await desk.run { try await desk.clocks.resume(.id(clock.id), reason: "已回国", $0) }
      #expect(try await desk.miss() == 0)
      desk.clock.advance(seconds: 30 * 86_400)
      #expect(try await desk.miss() == 1)
    }
  }

  @Test("of many clients that record the same call one does (SM-13)")
  func race() async throws {
    try await CareDesk.with { desk in
      let (_, first, _) = try await desk.delivered()
      try desk.move(to: first.plan.opensAt)
      let outcomes = await Outcomes.of(8) { _ in _ = try await desk.call(first) }
      #expect(outcomes.succeeded == 1 && outcomes.refused.count == 7, "\(outcomes)")
      #expect(try desk.test.admin("select count(*) from events where type = 'followUp.called'") == "1")
      #expect(try desk.test.admin("select count(*) from events where type = 'followUp.windowOpened'") == "1")
    }
  }

  @Test("what is open is escalated within two days, and told on the day that it is solved (T-04, T-05)")
  func issue() async throws {
    try await CareDesk.with { desk in
      let (_, first, _) = try await desk.delivered()
      try desk.move(to: first.plan.opensAt)
      let missing = await refusal { _ = try await desk.call(first, CareDesk.said(.unsatisfied)) }
      if case .invalid(let violations)? = missing {
        #expect(violations.map(\.pointer) == ["#/issue"])
      } else {
        Issue.record("\(String(describing: missing))")
      }
      let open = try await desk.call(
        first, CareDesk.said(.unsatisfied, issue: FollowUpIssue(kind: .question, description: "旧件在哪里")))
      #expect(open.state == .openIssue && open.complaint == nil)
      func clock(_ kind: ClockKind) async throws -> Clock? {
        try await desk.clocks(of: first).first { $0.kind == kind }
      }
      let escalation = try #require(try await clock(.followUpEscalation))
      // Called on 24 November: the supervisor must have it by the end of the 26th.
      #expect(escalation.status.dueAt.map { $0 <= Timestamp("2026-11-27T00:00:00+08:00") ?? $0 } == true)
      #expect(escalation.status.dueAt.map { $0 > Timestamp("2026-11-26T23:59:58+08:00") ?? $0 } == true)
      try desk.move(to: escalation.status.dueAt)
      let escalated: FollowUp = try await desk.run {
        try await desk.followUps.escalate(.id(first.id), reason: "核实", $0)
      }
      #expect(escalated.issue?.escalation?.text == "核实")
      #expect(try await clock(.followUpEscalation)?.state == .met)
      desk.clock.advance(seconds: 86_400)
      let _: FollowUp = try await desk.run {
        try await desk.followUps.update(.id(first.id), FollowUp.Edit(), solution: "可到店查看", $0)
      }
      let telling = try #require(try await clock(.solutionToCustomer))
      #expect(telling.state == .running)
      try desk.move(to: telling.status.dueAt, plus: 1)
      let done: FollowUp = try await desk.run { try await desk.followUps.answer(.id(first.id), solution: nil, $0) }
      // The day after is late, and stays visible as such.
      #expect(done.state == .done && done.issue?.answer?.text == "可到店查看")
      let late = try #require(try await clock(.solutionToCustomer))
      #expect(late.state == .breached && late.status.isLate)
    }
  }

  @Test("what is answered at once needs no escalation (FUP-06, FUP-07)")
  func answered() async throws {
    try await CareDesk.with { desk in
      let (_, first, _) = try await desk.delivered()
      try desk.move(to: first.plan.opensAt)
      _ = try await desk.call(
        first, CareDesk.said(.satisfied, issue: FollowUpIssue(kind: .request, description: "要求周末保养")))
      let done: FollowUp = try await desk.run {
        try await desk.followUps.answer(.id(first.id), solution: "已预约周六", $0)
      }
      #expect(done.state == .done && done.issue?.solution?.text == "已预约周六")
      let states = try await desk.clocks(of: first).reduce(into: [:]) { $0[$1.kind] = $1.state }
      #expect(states == [.firstFollowUp: .met, .followUpEscalation: .cancelled, .solutionToCustomer: .met])
    }
  }

  @Test(
    "a detractor or a complaint opens the complaint in the transaction of the call (CMP-12, domain.md 12)",
    arguments: [0, 1, 2])
  func complaint(kind: Int) async throws {
    try await CareDesk.with { desk in
      let (order, first, _) = try await desk.delivered()
      try desk.move(to: first.plan.opensAt)
      let record =
        switch kind {
        case 0: CareDesk.said(.satisfied, nps: 6)
        case 1: CareDesk.said(.satisfied, rating: 2)
        default: CareDesk.said(.unsatisfied, issue: FollowUpIssue(kind: .complaint, description: "态度差"))
        }
      // Nothing is left of a call that fails after the complaint was opened.
      await #expect(throws: CancellationError.self) {
        _ = try await desk.followUps.recordCall(
          .id(first.id), record, at: .customer, desk.desk.command(at: desk.clock.now) { _ in throw CancellationError() }
        )
      }
      #expect(try desk.test.admin("select count(*) from complaints") == "0")
      let called = try await desk.call(first, record)
      #expect(called.state == .openIssue && called.issue?.kind == .complaint)
      let opened = try #require(called.complaint)
      let row = try desk.test.admin(
        "select number, channel, work_order_id, customer_words from complaints where id = '\(opened.id)'")
      #expect(row == "\(opened.number)|followUpCall|\(order.id)|\(kind == 2 ? "态度差" : "用车正常")")
    }
  }

  @Test("a call that contradicts the order is told to claims, line by line (FUP-13, FUP-14)")
  func contradiction() async throws {
    try await CareDesk.with { desk in
      let (order, first, _) = try await desk.delivered()
      try desk.move(to: first.plan.opensAt)
      let wrong = await refusal {
        _ = try await desk.call(
          first,
          CareDesk.said(findings: [
            FollowUpFinding(kind: .noVisit, lineNumber: nil, statement: "没来过"),
            FollowUpFinding(kind: .partNotReplaced, lineNumber: 9, statement: "没换"),
          ]))
      }
      if case .invalid(let violations)? = wrong {
        #expect(violations.map(\.pointer) == ["#/findings/1/lineNumber"])
      } else {
        Issue.record("\(String(describing: wrong))")
      }
      _ = try await desk.call(
        first, CareDesk.said(findings: [FollowUpFinding(kind: .partNotReplaced, lineNumber: 1, statement: "旧件还在")]))
      let told = try desk.test.admin(
        "select data ->> 'workOrderId', data -> 'findings' from events where type = 'followUp.contradicted'")
      #expect(told.hasPrefix("\(order.id)|") && told.contains("partNotReplaced") && !told.contains("旧件"))
      var filter = FollowUpFilter()
      filter.contradicting = true
      #expect(
        try await desk.followUps.list(filter, PageRequest(limit: 5, sort: [.init("number")]), desk.desk).items.count
          == 1)
    }
  }

  @Test("the call asks the questions that were in force when it was planned, whatever is asked since (FUP-16)")
  func questions() async throws {
    try await CareDesk.with { desk in
      let survey = try await desk.survey(.firstFollowUp)
      let (_, first, second) = try await desk.delivered()
      #expect(first.plan.survey == SurveyVersion(surveyID: survey.id, number: 1) && second.plan.survey == nil)
      var edit = Survey.Edit()
      edit.questions = .set([SurveyQuestion(code: "other", kind: .yesNo, text: "？", textEn: nil, isRequired: true)])
      let changed: Survey = try await desk.run(by: desk.headquarters) {
        try await desk.surveys.update(.id(survey.id), edit, $0)
      }
      #expect(changed.questionVersion == 2)
      try desk.move(to: first.plan.opensAt)
      let called = try await desk.call(first, CareDesk.said(answers: CareDesk.marks(4, nps: 9)))
      #expect(called.call?.rating == 4 && called.call?.nps == 9)
      let response = try await desk.responses.get(.id(try #require(called.call?.surveyResponseID)), desk.desk)
      #expect(response.survey.number == 1 && response.channel == .call && response.followUpID == first.id)
    }
  }

  @Test("who is not at home in his vehicle yet is called again, each call naming the next, until none does (FUP-15)")
  func productUse() async throws {
    try await CareDesk.with { desk in
      func said(again: Timestamp?) -> FollowUpService.CallRecord {
        .reached(
          .init(
            result: .satisfied, topics: [.careKnowledge], summary: "讲解了自动驻车", wishes: nil, rating: nil, nps: nil,
            findings: [], issue: nil, answers: [], comment: nil, callAgainAt: again))
      }
      func waiting() async throws -> [FollowUp] {
        var filter = FollowUpFilter()
        filter.occasions = [.productUse]
        filter.states = [.scheduled]
        return try await desk.followUps.list(filter, PageRequest(limit: 10, sort: [.init("number")]), desk.desk).items
      }
      let (_, first, _) = try await desk.delivered()
      try desk.move(to: first.plan.opensAt)
      let late = await refusal { _ = try await desk.call(first, said(again: desk.clock.now)) }
      if case .invalid(let violations)? = late {
        #expect(violations.map(\.pointer) == ["#/callAgainAt"])
      } else {
        Issue.record("\(String(describing: late))")
      }
      #expect(try await waiting().isEmpty)
      var call = first
      for round in 1...2 {
        let next = desk.clock.now.adding(seconds: 14 * 86_400)
        _ = try await desk.call(call, said(again: next))
        let planned = try await waiting()
        #expect(planned.count == 1, "\(round)")
        call = try #require(planned.first)
        #expect(
          call.plan.opensAt == next && call.plan.dueAt == nil && call.plan.topics == [.vehicleUse, .careKnowledge])
        #expect(call.customerID == first.customerID && call.workOrderID == nil)
        try desk.move(to: call.plan.opensAt)
      }
      _ = try await desk.call(call, said(again: nil))
      #expect(try await waiting().isEmpty)
    }
  }

  @Test("a consultation or a visit is followed up as well, a next service at its time (FUP-01, FUP-04)")
  func planned() async throws {
    try await CareDesk.with { desk in
      func draft(_ occasion: FollowUp.Occasion, at plannedAt: Timestamp? = nil) -> FollowUpDraft {
        FollowUpDraft(
          stationID: nil, occasion: occasion, customerID: desk.network.customer, vehicleID: desk.network.vehicle,
          topics: [], script: "提醒保养", plannedAt: plannedAt)
      }
      let visit: FollowUp = try await desk.run { try await desk.followUps.create(draft(.visit), $0) }
      #expect(visit.plan.opensAt == Timestamp("2026-11-24T00:00:00+08:00") && visit.plan.dueAt != nil)
      let plannedAt = desk.clock.now.adding(seconds: 90 * 86_400)
      let next: FollowUp = try await desk.run {
        try await desk.followUps.create(draft(.nextService, at: plannedAt), $0)
      }
      #expect(next.plan.opensAt == plannedAt && next.plan.dueAt == nil)
      for wrong in [draft(.delivery), draft(.nextService), draft(.visit, at: plannedAt)] {
        let refused = await refusal {
          let _: FollowUp = try await desk.run { try await desk.followUps.create(wrong, $0) }
        }
        if case .invalid? = refused {} else { Issue.record("\(String(describing: refused))") }
      }
    }
  }
}
