import Domain
import FoundationEssentials
import Repositories
import Services
import TestSupport

/// Orders that were handed over, with everything that follows a visit, and time that a test moves. It begins on Saturday,
/// 2026-11-21 at 16:00 Chinese time.
struct CareDesk: Sendable {
  let orders: OrderDesk
  let followUps: FollowUpService
  let surveys: SurveyService
  let responses: SurveyResponseService
  let letters: LetterService
  let files: CustomerFileService
  let services: NextServiceService
  let clocks: ClockService
  let work: UnitOfWork

  var complaints: ComplaintService { ComplaintService(work, clocks: ClockBook(PolicyBook())) }
  var test: TestDatabase { orders.test }
  var network: TestNetwork { orders.network }
  var clock: ManualClock { orders.clock }
  var desk: Caller { orders.desk }
  /// Of another station.
  var stranger: Caller {
    Caller(
      subject: .client(UUID()), name: "外站", roles: [], permissions: Set(Permission.allCases),
      scope: .station(network.otherStation))
  }
  /// Of headquarters, who may do everything.
  var headquarters: Caller {
    Caller(
      subject: .client(UUID()), name: "总部", roles: [], permissions: Set(Permission.allCases), scope: .network)
  }

  static func with(_ body: @Sendable (CareDesk) async throws -> Void) async throws {
    try await OrderDesk.with { orders in
      let work = UnitOfWork(orders.test.database, clock: orders.clock.wall)
      let book = ClockBook(PolicyBook())
      try await body(
        CareDesk(
          orders: orders, followUps: FollowUpService(work, clocks: book), surveys: SurveyService(work),
          responses: SurveyResponseService(work, complaints: ComplaintService(work, clocks: book)),
          letters: LetterService(work, clocks: book),
          files: CustomerFileService(work, clocks: book), services: NextServiceService(work, policies: PolicyBook()),
          clocks: ClockService(work, book: book), work: work))
    }
  }

  func command<Output: Sendable>(_ box: Box<Output>, by caller: Caller? = nil) -> Command<Output> {
    (caller ?? desk).command(at: clock.now) { output in
      box.value = output
      return Answer(status: 200)
    }
  }

  /// Runs a write and hands out what it answered with.
  func run<Output: Sendable>(
    by caller: Caller? = nil, _ write: (Command<Output>) async throws -> Answer
  ) async throws -> Output {
    let box = Box<Output>()
    _ = try await write(command(box, by: caller))
    guard let value = box.value else { throw Failure.internal(reference: "nothing was presented") }
    return value
  }

  /// Both calls after an order that was handed over now.
  func delivered() async throws -> (order: WorkOrder, first: FollowUp, second: FollowUp) {
    let order = try await orders.order(in: .delivered)
    let (first, second) = try await calls(after: order)
    return (order, first, second)
  }

  func calls(after order: WorkOrder) async throws -> (first: FollowUp, second: FollowUp) {
    var filter = FollowUpFilter()
    filter.workOrderID = order.id
    let found = try await followUps.list(filter, PageRequest(limit: 10, sort: [.init("number")]), desk).items
    guard found.count == 2 else { throw Failure.internal(reference: "\(found.count) calls") }
    return (found[0], found[1])
  }

  func reload(_ document: FollowUp) async throws -> FollowUp { try await followUps.get(.id(document.id), desk) }

  func clocks(of document: FollowUp) async throws -> [Clock] {
    try await clocks.clocks(of: .followUp, document.id.uuid, desk)
  }

  static func said(
    _ result: FollowUp.Result = .satisfied, _ topics: [FollowUp.Topic] = [.vehicleUse], rating: Int? = nil,
    nps: Int? = nil, findings: [FollowUpFinding] = [], issue: FollowUpIssue? = nil, answers: [SurveyAnswerDraft] = [],
    comment: String? = nil
  ) -> FollowUpService.CallRecord {
    .reached(
      .init(
        result: result, topics: topics, summary: "用车正常", wishes: nil, rating: rating, nps: nps, findings: findings,
        issue: issue, answers: answers, comment: comment))
  }

  /// At any hour: windows open at midnight.
  func call(
    _ document: FollowUp, _ record: FollowUpService.CallRecord = said(), at hour: FollowUpService.Hour = .customer
  ) async throws -> FollowUp {
    try await run { try await followUps.recordCall(.id(document.id), record, at: hour, $0) }
  }

  /// Moves time to an instant.
  func move(to instant: Timestamp?, plus milliseconds: Int64 = 0) throws {
    guard let instant else { throw Failure.internal(reference: "no instant") }
    let seconds = instant.seconds(since: clock.now)
    clock.advance(seconds: seconds + (milliseconds > 0 ? 1 : 0))
  }

  func miss() async throws -> Int {
    let now = clock.now
    return try await test.database.write(.system) { try await followUps.findMissed(at: now, in: $0) }
  }

  func survey(_ use: Survey.Use, _ code: String = "S-1") async throws -> Survey {
    try await run(by: headquarters) {
      try await surveys.create(
        SurveyDraft(
          code: code, use: use,
          content: .init(
            title: "回访", isActive: true,
            questions: [
              SurveyQuestion(code: "service", kind: .rating, text: "满意吗", textEn: nil, isRequired: true),
              SurveyQuestion(code: "recommend", kind: .nps, text: "推荐吗", textEn: nil, isRequired: false),
              SurveyQuestion(code: "remark", kind: .text, text: "建议", textEn: nil, isRequired: false),
            ], externalIDs: [:])), $0)
    }
  }

  /// Has a policy of the region in force from now on.
  func adopt(_ change: (inout FollowUpsPolicy) -> Void) async throws {
    var body = FollowUpsPolicy.standard
    change(&body)
    let content = PolicyContent(body: body.written, reason: "试行 Trial", validFrom: nil, validTo: nil)
    let policies = PolicyService(work)
    // Who writes does not approve.
    let people = ["起草人", "审批人"].map {
      Caller(subject: .user(UUID()), name: $0, roles: [], permissions: Set(Permission.allCases), scope: .network)
    }
    let draft: Policy = try await run(by: people[0]) {
      try await policies.create(
        PolicyDraft(key: .followUps, subject: .region(network.region), content: content), $0)
    }
    let _: Policy = try await run(by: people[0]) { try await policies.submit(.id(draft.id), $0) }
    let _: Policy = try await run(by: people[1]) { try await policies.approve(.id(draft.id), comment: nil, $0) }
  }

  static func marks(_ rating: Int, nps: Int? = nil) -> [SurveyAnswerDraft] {
    [SurveyAnswerDraft(code: "service", number: rating, flag: nil, text: nil)]
      + (nps.map { [SurveyAnswerDraft(code: "recommend", number: $0, flag: nil, text: nil)] } ?? [])
  }
}
