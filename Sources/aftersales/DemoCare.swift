import Domain
import FoundationEssentials
import Repositories
import Services

/// What follows the visits of the demo: surveys, calls in every state, answers, letters, the next services.
struct DemoCare {
  private let services: Composition
  private let ground: DemoGround
  private let now: Timestamp

  init(_ services: Composition, _ ground: DemoGround, now: Timestamp) {
    self.services = services
    self.ground = ground
    self.now = now
  }

  // MARK: Before the first visit

  /// Asked on the two calls, and by link.
  func prepare(opening: Timestamp) async throws {
    for (use, code, title) in [
      (Survey.Use.firstFollowUp, "CALL-1", "首次回访 First call"), (.secondFollowUp, "CALL-2", "二次回访 Second call"),
      (.afterService, "AFTER-SERVICE", "服务评价 Rate the service"), (.csi, "CSI", "客户满意度 Customer satisfaction"),
    ] {
      _ = try await services.surveys.create(
        SurveyDraft(
          code: code, use: use,
          content: .init(
            title: title, isActive: true, questions: Self.questions, externalIDs: DemoLoader.mark(code))),
        DemoWriter.command(DemoWriter.operator, "survey-\(code)", at: opening) { $0.code })
    }
  }

  private static let questions = [
    SurveyQuestion(
      code: "service", kind: .rating, text: "您对本次服务是否满意？", textEn: "How satisfied are you with the service?",
      isRequired: true),
    SurveyQuestion(
      code: "recommend", kind: .nps, text: "您是否会推荐本服务站？", textEn: "Would you recommend us?", isRequired: false),
    SurveyQuestion(code: "remark", kind: .text, text: "您还有什么建议？", textEn: "What could be better?", isRequired: false),
  ]

  // MARK: After the visits

  func load() async throws {
    for (code, station) in ground.stations.sorted(by: { $0.key < $1.key }) {
      try await call(at: station)
      try await write(at: station, code)
    }
    let now = now
    while try await services.database.write(.system, { try await services.followUps.findMissed(at: now, in: $0) }) > 0 {
    }
    while try await services.database.write(.system, { try await services.letters.fallDue(at: now, in: $0) }) > 0 {}
    while try await services.database.write(.system, { try await services.nextServices.plan(at: now, in: $0) }) > 0 {}
  }

  private func clerk(at station: Station.ID) -> Caller {
    ground.staff[station]?[.stCrm]?.first ?? DemoWriter.operator
  }

  /// Of five calls two are done, one leaves a question, one is a complaint, and one is never made.
  private func call(at station: Station.ID) async throws {
    var filter = FollowUpFilter()
    filter.stationID = station
    filter.round = .first
    let calls = try await services.followUps.list(
      filter, PageRequest(limit: 100, sort: [.init("number")]), DemoWriter.operator
    ).items
    for (place, first) in calls.enumerated() where place % 5 != 4 {
      guard let at = first.plan.opensAt?.adding(seconds: 10 * 3600), at < now else { continue }
      let record = record(place % 5, of: first)
      _ = try await services.followUps.recordCall(
        .id(first.id), record,
        DemoWriter.command(clerk(at: station), "call-\(first.number)", at: at) { $0.number })
      if place % 5 == 2 {
        _ = try await services.followUps.escalate(
          .id(first.id), reason: "请主管核实旧件 The supervisor should look for the old part",
          DemoWriter.command(clerk(at: station), "escalate-\(first.number)", at: at.adding(seconds: 3600)) { $0.number }
        )
      }
      if place % 5 == 0 { try await callAgain(after: first) }
    }
  }

  private func record(_ kind: Int, of first: FollowUp) -> FollowUpService.CallRecord {
    func answers(_ rating: Int, _ nps: Int) -> [SurveyAnswerDraft] {
      first.plan.survey == nil
        ? []
        : [
          SurveyAnswerDraft(code: "service", number: rating, flag: nil, text: nil),
          SurveyAnswerDraft(code: "recommend", number: nps, flag: nil, text: nil),
        ]
    }
    switch kind {
    case 2:
      return .reached(
        .init(
          result: .unsatisfied, topics: [.vehicleUse], summary: "称旧件未交还 Says that the old part was not returned",
          wishes: nil,
          rating: nil, nps: nil,
          findings: first.workOrderID == nil
            ? [] : [FollowUpFinding(kind: .workNotDone, lineNumber: 1, statement: "未见到旧件 Saw no old part")],
          issue: FollowUpIssue(kind: .question, description: "旧件在哪里 Where is the old part"), answers: answers(3, 7),
          comment: nil))
    case 3:
      return .reached(
        .init(
          result: .unsatisfied, topics: [.vehicleUse], summary: "异响仍在，要求再修 The noise is still there", wishes: nil,
          rating: nil,
          nps: nil, findings: [], issue: nil, answers: answers(1, 2), comment: nil))
    default:
      return .reached(
        .init(
          result: .satisfied, topics: [.vehicleUse], summary: "用车正常，服务满意 All is well",
          wishes: "希望周末保养 Service on a weekend",
          rating: nil, nps: nil, findings: [], issue: nil, answers: answers(kind == 0 ? 5 : 4, kind == 0 ? 10 : 8),
          comment: nil))
    }
  }

  private func callAgain(after first: FollowUp) async throws {
    guard first.workOrderID != nil else { return }
    var filter = FollowUpFilter()
    filter.workOrderID = first.workOrderID
    filter.round = .second
    let found = try await services.followUps.list(
      filter, PageRequest(limit: 1, sort: [.init("number")]), DemoWriter.operator)
    guard let second = found.items.first, let at = second.plan.opensAt?.adding(seconds: 10 * 3600), at < now else {
      return
    }
    _ = try await services.followUps.recordCall(
      .id(second.id),
      .reached(
        .init(
          result: .satisfied, topics: [.careKnowledge], summary: "介绍冬季用车知识 Told how to drive in winter", wishes: nil,
          rating: 5,
          nps: nil, findings: [], issue: nil, answers: [], comment: nil)),
      DemoWriter.command(clerk(at: second.stationID), "call-\(second.number)", at: at) { $0.number })
  }

  /// An event in a month, and a greeting that is due.
  private func write(at station: Station.ID, _ code: String) async throws {
    let event = LetterEvent(
      title: "车主关怀日 Owners' day", address: "服务站 At the station", startsAt: now.adding(seconds: 30 * 86_400))
    for (kind, event) in [(Letter.Kind.invitation, LetterEvent?.some(event)), (.greeting, nil)] {
      _ = try await services.letters.create(
        LetterDraft(
          stationID: station,
          content: LetterContent(
            kind: kind, subject: event == nil ? "感谢惠顾 Thank you" : "车主关怀日邀请 An invitation",
            text: "感谢您的信任 Thank you for your trust", event: event, rule: LetterRule(servedWithinDays: 365),
            externalIDs: DemoLoader.mark("letter-\(kind.rawValue)")), dueAt: nil),
        DemoWriter.command(clerk(at: station), "letter-\(kind.rawValue)-\(code)", at: now) { $0.number })
    }
  }
}
