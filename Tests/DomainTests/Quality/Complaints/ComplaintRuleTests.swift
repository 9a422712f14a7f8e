import Domain
import FoundationEssentials
import Testing

/// What the actions of complaints ask for and leave behind.
@Suite struct ComplaintRuleTests {
  private static let now = ComplaintSamples.now
  private static let subject = ComplaintSamples.handler

  private func pointer(_ body: () throws -> Void) -> String? {
    do {
      try body()
      return nil
    } catch Refusal.invalid(let violations) {
      return violations.first?.pointer
    } catch Refusal.guardFailed(_, let code, _) {
      return code
    } catch Refusal.conflict(let code, _) {
      return code
    } catch {
      return "\(error)"
    }
  }

  @Test("a proposed solution carries the promised time, which lies ahead (CMP-06)")
  func promised() throws {
    var complaint = ComplaintSamples.complaint(.investigating)
    let past = ComplaintSamples.solution(promisedIn: 0)
    #expect(
      pointer { _ = try complaint.proposeSolution(past, by: Self.subject) } == "#/promisedResolutionAt")
    var other = ComplaintSamples.complaint(.investigating)
    _ = try other.proposeSolution(ComplaintSamples.solution(), by: Self.subject)
    #expect(other.state == .solutionProposed && other.progress.solution?.promisedAt != nil)
  }

  @Test("the customer chooses among several options, and only among them (CMP-05)")
  func choice() throws {
    var complaint = ComplaintSamples.complaint(.investigating)
    _ = try complaint.proposeSolution(ComplaintSamples.solution(["返修", "退款"]), by: Self.subject)
    func accept(_ option: Int?) throws -> Complaint {
      var copy = complaint
      _ = try copy.acceptSolution(
        option: option, words: nil, channel: .phone, recordedBy: "李娜", at: Self.now, by: Self.subject)
      return copy
    }
    #expect(pointer { _ = try accept(nil) } == "#/option")
    #expect(pointer { _ = try accept(3) } == "#/option")
    let accepted = try accept(2)
    #expect(accepted.state == .inExecution && accepted.progress.solution?.decision?.option == 2)
    // Who answers has been told (T-05).
    #expect(accepted.progress.solution?.toldAt == Self.now)
  }

  @Test("a refused solution stays on record, is counted, and another one follows (SM-4)")
  func refused() throws {
    var complaint = ComplaintSamples.complaint(.investigating)
    _ = try complaint.proposeSolution(ComplaintSamples.solution(["返修"]), by: Self.subject)
    // Nobody answered yet: the second replaces the first.
    _ = try complaint.proposeSolution(ComplaintSamples.solution(["换件"]), by: Self.subject)
    #expect(complaint.progress.solutions.map(\.options) == [["换件"]])
    _ = try complaint.refuseSolution("要求退款", channel: .phone, recordedBy: "李娜", at: Self.now, by: Self.subject)
    #expect(complaint.state == .investigating && complaint.progress.refusals == 1)
    _ = try complaint.proposeSolution(ComplaintSamples.solution(["退款"]), by: Self.subject)
    #expect(complaint.progress.solutions.map(\.options) == [["换件"], ["退款"]])
    #expect(complaint.progress.solutions[0].decision?.option == nil)
  }

  @Test("a complaint is carried up rung by rung on an axis of its own, and taken in hand by assigning it (M16, CMP-18)")
  func ladder() throws {
    var complaint = ComplaintSamples.complaint(.assigned)
    func escalate(_ level: ComplaintEscalation.Level? = nil) throws {
      _ = try complaint.escalate("未解决", to: level, escalatedBy: "李娜", at: Self.now, by: Self.subject)
    }
    var seen: [ComplaintEscalation.Level] = []
    for _ in ComplaintEscalation.Level.allCases {
      try escalate()
      seen.append(try #require(complaint.progress.escalation?.level))
    }
    #expect(seen == [.station, .region, .afterSales, .leaders] && complaint.state == .escalated)
    #expect(pointer { try escalate() } == "top-of-the-ladder")
    #expect(complaint.progress.escalation?.acknowledgedAt == nil)
    _ = try complaint.assign(
      ComplaintAssignment(department: .afterSales, handler: nil, assignedBy: "赵敏", assignedAt: Self.now), to: nil,
      by: Self.subject)
    #expect(complaint.progress.escalation?.acknowledgedBy == "赵敏" && complaint.state == .escalated)

    complaint = ComplaintSamples.complaint(.inExecution)
    try escalate(.afterSales)
    #expect(complaint.state == .inExecution && complaint.progress.escalation?.level == .afterSales)
    #expect(pointer { try escalate(.region) } == "#/level")
  }

  @Test("nothing is resolved before its root cause is known (SM-4)")
  func cause() throws {
    var complaint = ComplaintSamples.complaint(.inExecution, progress: ComplaintProgress())
    let resolution = ComplaintResolution(summary: "已返修", resolvedBy: "张伟", resolvedAt: Self.now)
    #expect(pointer { _ = try complaint.resolve(resolution, cause: nil, by: Self.subject) } == "cause-unknown")
    #expect(complaint.progress.resolution == nil)
    _ = try complaint.resolve(resolution, cause: .wrongPart, by: Self.subject)
    #expect(complaint.state == .resolved && complaint.progress.cause == .wrongPart)
    #expect(Set(ComplaintCause.allCases.map(\.category)) == Set(Complaint.Category.allCases))
  }

  private func call(_ satisfied: Bool) -> SatisfactionCall {
    SatisfactionCall(
      isSatisfied: satisfied, rating: satisfied ? 5 : 1, comment: "仍有异响", calledBy: "李娜", calledAt: Self.now)
  }

  @Test("only a satisfied customer closes a complaint, with the write-up it is archived with (CMP-08, CMP-09, FUP-20)")
  func closing() throws {
    var complaint = ComplaintSamples.complaint(.resolved)
    var copy = complaint
    #expect(
      pointer { _ = try copy.close(call(true), conclusion: nil, limit: 2, by: Self.subject) } == "#/conclusion")
    _ = try complaint.close(call(true), conclusion: "已解决", limit: 2, by: Self.subject)
    #expect(complaint.state == .closed && complaint.progress.closedAt == Self.now)
  }

  @Test("reopening is counted, and at the policy's number the case goes to the leaders instead (CMP-08)")
  func reopening() throws {
    var complaint = ComplaintSamples.complaint(.resolved)
    for round in 1...2 {
      _ = try complaint.close(call(false), conclusion: nil, limit: 2, by: Self.subject)
      #expect(complaint.state == .investigating && complaint.progress.reopenings == round)
      complaint = ComplaintSamples.complaint(.resolved, progress: complaint.progress)
    }
    #expect(pointer { _ = try complaint.reopen(limit: 2, by: Self.subject) } == "reopenings-exhausted")
    complaint = ComplaintSamples.complaint(.resolved, progress: complaint.progress)
    _ = try complaint.close(call(false), conclusion: nil, limit: 2, by: Self.subject)
    #expect(complaint.state == .escalated && complaint.progress.escalation?.level == .leaders)
    #expect(complaint.progress.reopenings == 2)
  }

  @Test("a general case goes on being investigated, a major one is negotiated again without its signatures (CMP-28)")
  func majorAgain() throws {
    let signature = ComplaintAgreement.Signature(
      side: .customer, name: "王小明", hash: "a", recordedBy: "赵敏", recordedByID: nil, signedAt: Self.now)
    var complaint = ComplaintSamples.complaint(
      .closed, kind: .major, major: MajorProgress(agreement: ComplaintSamples.agreement(signatures: [signature])))
    _ = try complaint.reopen(limit: 2, by: Self.subject)
    #expect(complaint.state == .negotiating && complaint.major.agreement?.signatures == [])
  }

  @Test("two complaints merge into one that names the other; nothing goes on in an ended one (M16)")
  func merging() throws {
    var duplicate = ComplaintSamples.complaint(.investigating)
    var survivor = ComplaintSamples.complaint(.assigned)
    #expect(pointer { _ = try duplicate.merge(into: duplicate.id, by: Self.subject) } == "#/complaintId")
    duplicate = ComplaintSamples.complaint(.investigating)
    _ = try duplicate.merge(into: survivor.id, by: Self.subject)
    try survivor.take(over: duplicate.id)
    #expect(duplicate.state == .merged && duplicate.progress.mergedInto == survivor.id)
    #expect(survivor.state == .assigned && survivor.progress.merged == [duplicate.id])
    for state in ComplaintLifecycle.ended {
      var ended = ComplaintSamples.complaint(state)
      #expect(pointer { try ended.take(over: duplicate.id) } == "complaint-ended")
    }
  }

  @Test("the same vehicle and fault, or the same external number, make a candidate; one of both alone does not (M16)")
  func alike() {
    func complaint(_ change: (inout ComplaintHeader) -> Void = { _ in }) -> Complaint {
      var header = ComplaintSamples.header
      change(&header)
      return ComplaintSamples.complaint(header: header)
    }
    let own = complaint { $0.externalIDs = ["odi": "11402345"] }
    #expect(own.matches(complaint()) == [.vin, .symptom, .component])
    #expect(
      own.matches(
        complaint {
          $0.symptom = nil
          $0.component = "制动系统"
        }) == [.vin, .component])
    #expect(
      own.matches(
        complaint {
          $0.symptom = "抖动"
          $0.component = "发动机"
        }) == [])
    #expect(own.matches(complaint { $0.vin = "LSVAA4182E2999999" }) == [])
    #expect(
      own.matches(
        complaint {
          $0.vin = nil
          $0.externalIDs = ["odi": "11402345", "crm": "1"]
        }) == [.externalId])
    #expect(
      own.matches(
        complaint {
          $0.vin = nil
          $0.externalIDs = ["crm": "11402345"]
        }) == [])
  }

  @Test("who may not know the customer reads his words without his name and number (SEC-04)")
  func masked() {
    let shown = ComplaintSamples.complaint().masked
    #expect(!shown.header.contact.name.contains("小明") && shown.header.contact.phone != "13812345678")
    #expect(!shown.header.customerWords.contains("13812345678") && !shown.header.customerWords.contains("王小明"))
    #expect(shown.header.customerWords.contains("刹车又响了"))
  }
}

/// The major branch (CMP-20…34).
@Suite struct MajorComplaintRuleTests {
  private static let now = ComplaintSamples.now
  private static let subject = ComplaintSamples.handler

  private func refusal(_ body: () throws -> Void) -> String? {
    do {
      try body()
      return nil
    } catch Refusal.invalid(let violations) {
      return violations.first?.pointer
    } catch Refusal.conflict(let code, _) {
      return code
    } catch Refusal.guardFailed(_, let code, _) {
      return code
    } catch Refusal.separationOfDuties(let rule, _) {
      return rule
    } catch {
      return "\(error)"
    }
  }

  private func report(_ call: MajorReport.PhoneCall? = .init(spokenWith: "赵敏", calledAt: now)) -> MajorReport {
    MajorReport(judgement: "制动失灵", call: call, reportedBy: "李娜", reportedAt: Self.now)
  }

  @Test("a major complaint is reported with the phone call of the same moment (CMP-21, T-15)")
  func reported() throws {
    var complaint = ComplaintSamples.complaint(.assigned)
    #expect(refusal { _ = try complaint.reportMajor(report(nil), by: Self.subject) } == "#/phoneCall")
    complaint = ComplaintSamples.complaint(.assigned)
    _ = try complaint.reportMajor(report(), by: Self.subject)
    #expect(complaint.state == .majorReported && complaint.kind == .major)
  }

  @Test("the confirmed report goes to QA and to a leader, once (CMP-22, T-16)")
  func sent() throws {
    func send(_ recipients: [Role], from state: Complaint.State = .majorConfirmed) throws -> Complaint {
      var complaint = ComplaintSamples.complaint(state, kind: .major, major: MajorProgress(report: report()))
      _ = try complaint.sendMajorReport(
        MajorReport.Sending(recipients: recipients, sentBy: "赵敏", sentAt: Self.now), by: Self.subject)
      return complaint
    }
    #expect(refusal { _ = try send([.hqServiceHead]) } == "#/recipients")
    #expect(refusal { _ = try send([.qa, .finance]) } == "#/recipients")
    var complaint = try send([.qa, .hqExec])
    #expect(complaint.state == .majorConfirmed && complaint.major.report?.sending?.recipients == [.qa, .hqExec])
    #expect(
      refusal {
        _ = try complaint.sendMajorReport(
          MajorReport.Sending(recipients: [.qa, .hqExec], sentBy: "x", sentAt: Self.now), by: Self.subject)
      } == "report-sent")
  }

  @Test("After-Sales files a major complaint as confirmed, everybody else as reported (CMP-23)")
  func direct() throws {
    let policy = PolicyDefaults.qualityLevels
    let caller = Caller(subject: Self.subject, name: "赵敏", roles: [], permissions: [], scope: .network)
    func file(_ confirming: Bool, _ call: MajorReport.PhoneCall?) throws -> Complaint {
      var complaint = ComplaintSamples.complaint(major: MajorProgress())
      _ = try complaint.file(
        .init(judgement: "起火", call: call, level: nil), confirming: confirming, policy,
        PolicyVersion(.qualityLevels, 0), by: caller, at: Self.now)
      return complaint
    }
    #expect(refusal { _ = try file(false, nil) } == "#/majorReport/phoneCall")
    #expect(try file(false, .init(spokenWith: "赵敏", calledAt: Self.now)).state == .majorReported)
    let confirmed = try file(true, nil)
    #expect(confirmed.state == .majorConfirmed && confirmed.major.confirmation?.policyVersion == "qualityLevels@0")
  }

  @Test(
    "the level follows casualties, exposure, the accident and the demand (QI-10…18d, CMP-34)",
    arguments: [
      (ComplaintFacts(injured: 1), Int64(0), QualityLevel.level1), (ComplaintFacts(deaths: 1), 0, .level1),
      (ComplaintFacts(mediaExposure: true), 0, .level1), (ComplaintFacts(crash: true), 0, .level2),
      (ComplaintFacts(fire: true), 0, .level2), (ComplaintFacts(), 50_000, .level2),
      (ComplaintFacts(), 49_999, .level3), (ComplaintFacts(brokeDown: true), 0, .level3),
    ])
  func level(_ facts: ComplaintFacts, _ demand: Int64, _ level: QualityLevel) {
    var header = ComplaintSamples.header
    header.facts = facts
    if demand > 0 { header.compensationDemand = Money(minor: demand * 100, currency: .cny) }
    #expect(ComplaintSamples.complaint(header: header).proposedLevel(PolicyDefaults.qualityLevels) == level)
  }

  private func team(_ roles: [Role], reason: String? = nil) -> ComplaintTeam {
    ComplaintTeam(
      members: roles.map { CaseMember(userID: .new(at: Self.now), role: $0) }, reason: reason, formedBy: "赵敏",
      formedAt: Self.now)
  }

  @Test("the team has the departments of its level, or a reason (CMP-24, CMP-34)", arguments: QualityLevel.allCases)
  func composition(_ level: QualityLevel) throws {
    let departments = try #require(PolicyDefaults.qualityLevels.teams[level])
    #expect(
      departments == [.level1: [.qa, .pr, .finance, .legal], .level2: [.qa, .finance, .legal]][level] ?? [.qa, .legal])
    var complaint = ComplaintSamples.complaint(.majorConfirmed, kind: .major)
    #expect(
      refusal { _ = try complaint.formTeam(team([.qa]), departments: departments, by: Self.subject) } == "#/reason")
    complaint = ComplaintSamples.complaint(.majorConfirmed, kind: .major)
    _ = try complaint.formTeam(team([.qa], reason: "仅技术问题"), departments: departments, by: Self.subject)
    _ = try complaint.formTeam(team(Array(departments)), departments: departments, by: Self.subject)
    #expect(complaint.state == .teamFormed && complaint.major.team?.members.count == departments.count)
    let twice = ComplaintTeam(
      members: Array(repeating: CaseMember(userID: .new(at: Self.now), role: .qa), count: 2), reason: "x",
      formedBy: "x", formedAt: Self.now)
    #expect(
      refusal { _ = try complaint.formTeam(twice, departments: [], by: Self.subject) } == "#/members/1/userId")
  }

  @Test("liability is shared out completely, each party once (CMP-27)")
  func liability() throws {
    func appraise(_ shares: [LiabilityAppraisal.Share]) throws {
      var complaint = ComplaintSamples.complaint(.onSite, kind: .major)
      _ = try complaint.appraise(
        LiabilityAppraisal(
          findings: "密封圈缺陷", cause: .materialDefect, liability: shares, appraisedBy: "陈静", appraisedByID: nil,
          appraisedAt: Self.now), by: Self.subject)
      #expect(complaint.state == .appraised && complaint.progress.cause == .materialDefect)
    }
    #expect(refusal { try appraise([.init(party: .maker, percent: 90)]) } == "#/liability")
    #expect(
      refusal { try appraise([.init(party: .maker, percent: 50), .init(party: .maker, percent: 50)]) }
        == "#/liability")
    try appraise([.init(party: .maker, percent: 80), .init(party: .supplier, percent: 20)])
  }

  private func sign(
    _ complaint: inout Complaint, _ side: ComplaintAgreement.Side, hash: String = "a"
  ) throws {
    _ = try complaint.signAgreement(
      .init(side: side, name: "x", hash: hash, recordedBy: "x", recordedByID: nil, signedAt: Self.now),
      by: Self.subject)
  }

  @Test("the agreement takes effect with the second signature, whoever signs first (CMP-28)")
  func signatures() throws {
    for order in [[ComplaintAgreement.Side.company, .customer], [.customer, .company]] {
      var complaint = ComplaintSamples.complaint(.negotiating, kind: .major)
      try sign(&complaint, order[0])
      #expect(complaint.state == .negotiating)
      var again = complaint
      #expect(refusal { try sign(&again, order[0]) } == "agreement-signed")
      try sign(&complaint, order[1])
      #expect(complaint.state == .agreementEffective && complaint.major.agreement?.signatures.count == 2)
    }
    var none = ComplaintSamples.complaint(.negotiating, kind: .major, major: MajorProgress())
    #expect(refusal { try sign(&none, .company) } == "no-agreement")
  }

  @Test("an edit voids signatures, and what was signed before it cannot be signed any more (CMP-28)")
  func edit() throws {
    var complaint = ComplaintSamples.complaint(.negotiating, kind: .major)
    try sign(&complaint, .customer)
    let other = ComplaintAgreement(
      content: .init(terms: "另一方案", repair: nil, compensation: nil, takesVehicleBack: false), revision: 2, hash: "b",
      writtenBy: "赵敏", writtenAt: Self.now)
    try complaint.write(other)
    #expect(complaint.major.agreement?.signatures == [])
    #expect(refusal { try sign(&complaint, .customer) } == "agreement-changed")
    var effective = ComplaintSamples.complaint(.agreementEffective, kind: .major)
    try effective.write(other)
    #expect(effective.state == .negotiating)
    for state in [Complaint.State.appraised, .inExecution, .closed] {
      var complaint = ComplaintSamples.complaint(state, kind: .major)
      #expect(refusal { try complaint.write(other) } == "agreement-not-editable")
    }
  }

  @Test("two agreements that differ in a word differ in what is signed (CMP-28)")
  func canonical() {
    let id = Complaint.ID.new(at: Self.now)
    func text(_ terms: String, _ repair: String?, _ minor: Int64?, _ back: Bool) -> String {
      ComplaintAgreement.Content(
        terms: terms, repair: repair, compensation: minor.map { Money(minor: $0, currency: .cny) },
        takesVehicleBack: back
      ).canonical(of: id)
    }
    let texts = [
      text("a", nil, nil, false), text("b", nil, nil, false), text("a", "c", nil, false), text("a", nil, 1, false),
      text("a", nil, 100, false), text("a", nil, nil, true), text("a\"\nrepair \"c", nil, nil, false),
      text("a", "-", nil, false),
    ]
    #expect(Set(texts).count == texts.count)
  }

  @Test("what was agreed is done before the case is resolved: repair, payment, vehicle (CMP-33)")
  func execution() throws {
    let content = ComplaintAgreement.Content(
      terms: "x", repair: "更换主缸", compensation: Money(minor: 30_000_00, currency: .cny), takesVehicleBack: true)
    var complaint = ComplaintSamples.complaint(
      .agreementEffective, kind: .major,
      progress: ComplaintProgress(cause: .materialDefect),
      major: MajorProgress(agreement: ComplaintSamples.agreement(content)))
    var early = complaint
    #expect(
      refusal { _ = try early.execute(order: nil, at: Self.now, by: Self.subject) } == "#/workOrderId")
    _ = try complaint.execute(order: .new(at: Self.now), at: Self.now, by: Self.subject)
    #expect(complaint.outstanding == [.compensation, .vehicleReturn])
    let resolution = ComplaintResolution(summary: "x", resolvedBy: "x", resolvedAt: Self.now)
    #expect(
      refusal { _ = try complaint.resolve(resolution, cause: nil, by: Self.subject) } == "agreement-not-executed")

    let granter = UUID()
    func grant(_ minor: Int64, _ currency: Currency = .cny) throws -> Compensation.ID {
      let id = Compensation.ID.new(at: Self.now)
      try complaint.grant(
        Compensation(
          id: id, purpose: "医疗费", amount: Money(minor: minor, currency: currency), recordedBy: "赵敏",
          recordedByID: granter, recordedAt: Self.now))
      return id
    }
    #expect(refusal { _ = try grant(30_000_01) } == "#/amount")
    #expect(refusal { _ = try grant(1, .eur) } == "#/amount/currency")
    let first = try grant(10_000_00)
    let second = try grant(20_000_00)
    #expect(refusal { _ = try grant(1) } == "#/amount")
    let payment = Compensation.Payment(reference: "FK-1", paidAt: Self.now, recordedBy: "财务")
    #expect(refusal { try complaint.pay(first, payment, by: .user(granter)) } == "compensation-payer")
    try complaint.pay(first, payment, by: .user(UUID()))
    #expect(refusal { try complaint.pay(first, payment, by: .user(UUID())) } == "compensation-paid")
    try complaint.pay(second, payment, by: .user(UUID()))
    #expect(complaint.outstanding == [.vehicleReturn])

    let vehicle = VehicleReturn(
      id: .new(at: Self.now), vehicleID: .new(at: Self.now), note: "YS-1", carrier: nil, collectedFrom: nil,
      odometerKm: nil, collectedAt: Self.now, recordedBy: "孙强")
    try complaint.takeBack(vehicle)
    #expect(complaint.outstanding == [.vehicleReturn])
    try complaint.store(
      vehicle.id, .init(place: "二号库", condition: "前部变形", storedAt: Self.now, recordedBy: "孙强"))
    #expect(complaint.outstanding == [])
    _ = try complaint.resolve(resolution, cause: nil, by: Self.subject)
    #expect(complaint.state == .resolved)
  }

  @Test(
    "nobody arrived, talked or signed before there was a complaint, nor was paid before it was agreed (CMP-26, CMP-28)")
  func before() throws {
    let early = Self.now.adding(seconds: -1)
    var formed = ComplaintSamples.complaint(.teamFormed, kind: .major)
    #expect(
      refusal {
        _ = try formed.arriveOnSite(.init(arrivedAt: early, place: nil, recordedBy: "陈静"), by: Self.subject)
      } == "#/arrivedAt")
    var appraised = ComplaintSamples.complaint(.appraised, kind: .major)
    #expect(
      refusal {
        _ = try appraised.negotiate(
          .init(summary: "首轮", demand: nil, offer: nil, heldAt: early, recordedBy: "陈静"), by: Self.subject)
      } == "#/heldAt")
    var negotiating = ComplaintSamples.complaint(.negotiating, kind: .major)
    #expect(
      refusal {
        _ = try negotiating.signAgreement(
          .init(
            side: .company, name: "x", hash: "a", recordedBy: "x", recordedByID: nil, signedAt: early),
          by: Self.subject)
      } == "#/signedAt")
    let signature = ComplaintAgreement.Signature(
      side: .customer, name: "王小明", hash: "a", recordedBy: "赵敏", recordedByID: nil, signedAt: Self.now)
    let compensation = Compensation(
      id: .new(at: Self.now), purpose: "医疗费", amount: Money(minor: 1, currency: .cny), recordedBy: "赵敏",
      recordedByID: nil, recordedAt: Self.now)
    var executed = ComplaintSamples.complaint(
      .inExecution, kind: .major,
      major: MajorProgress(
        agreement: ComplaintSamples.agreement(
          .init(terms: "补偿", repair: nil, compensation: compensation.amount, takesVehicleBack: true),
          signatures: [signature])))
    try executed.grant(compensation)
    // What is known by its day alone is said as its beginning, in China.
    let morning = Timestamp(
      milliseconds: CalendarDate(inChina: Self.now).daysSinceEpoch * 86_400_000 - 8 * 3_600_000)
    func paid(at instant: Timestamp) -> Compensation.Payment {
      Compensation.Payment(reference: "FK-1", paidAt: instant, recordedBy: "财务")
    }
    func collected(at instant: Timestamp) -> VehicleReturn {
      VehicleReturn(
        id: .new(at: Self.now), vehicleID: .new(at: Self.now), note: "YS-1", carrier: nil, collectedFrom: nil,
        odometerKm: nil, collectedAt: instant, recordedBy: "孙强")
    }
    let dayBefore = morning.adding(seconds: -1)
    #expect(refusal { try executed.pay(compensation.id, paid(at: dayBefore), by: .user(UUID())) } == "#/paidAt")
    #expect(executed.major.compensations.first?.payment == nil)
    #expect(refusal { try executed.takeBack(collected(at: dayBefore)) } == "#/collectedAt")
    try executed.pay(compensation.id, paid(at: morning), by: .user(UUID()))
    try executed.takeBack(collected(at: morning))
    #expect(executed.major.compensations.first?.payment?.paidAt == morning)
  }

  @Test("a vehicle stays with its customer unless it was agreed otherwise (CMP-33)")
  func kept() {
    var complaint = ComplaintSamples.complaint(.inExecution, kind: .major)
    let vehicle = VehicleReturn(
      id: .new(at: Self.now), vehicleID: .new(at: Self.now), note: "YS-1", carrier: nil, collectedFrom: nil,
      odometerKm: nil, collectedAt: Self.now, recordedBy: "孙强")
    #expect(refusal { try complaint.takeBack(vehicle) } == "no-vehicle-return")
    var early = ComplaintSamples.complaint(.agreementEffective, kind: .major)
    #expect(refusal { try early.takeBack(vehicle) } == "not-in-execution")
  }

  @Test("a downgraded case is general again, without team and signatures (CMP-31)")
  func downgraded() throws {
    var complaint = ComplaintSamples.complaint(.majorConfirmed, kind: .major)
    _ = try complaint.formTeam(team([.qa, .legal]), departments: [.qa, .legal], by: Self.subject)
    _ = try complaint.downgrade(
      ComplaintAssignment(department: .afterSales, handler: nil, assignedBy: "赵敏", assignedAt: Self.now),
      by: Self.subject)
    #expect(complaint.state == .assigned && complaint.kind == .general && complaint.major.team == nil)
    #expect(complaint.progress.assignment?.department == .afterSales)
  }
}
