import Domain
import FoundationEssentials
import Services

/// The complaints of the demo, general and major, each as far as its state says.
struct DemoComplaints {
  private let services: Composition
  private let complaints: [DemoData.Complaint]
  private let ground: DemoGround
  private let today: Timestamp

  init(_ services: Composition, _ data: DemoData.Complaints, _ ground: DemoGround, today: Timestamp) {
    self.services = services
    complaints = data.complaints
    self.ground = ground
    self.today = today
  }

  func load() async throws {
    var known: [String: Complaint.ID] = [:]
    for complaint in complaints {
      known[complaint.key] = try await load(complaint, known)
    }
  }

  /// The steps that lead to each state of the general path.
  private static let ways: [Complaint.State: [Complaint.Action]] = [
    .received: [], .assigned: [.assign], .escalated: [.assign, .escalate],
    .solutionProposed: [.assign, .investigate, .proposeSolution],
    .inExecution: [.assign, .investigate, .proposeSolution, .acceptSolution],
    .closed: [.assign, .investigate, .proposeSolution, .acceptSolution, .resolve, .close],
    .closedUnjustified: [.closeUnjustified], .merged: [.merge], .majorReported: [.reportMajor],
  ]

  /// The same of the major one.
  private static let majorWays: [Complaint.State: [Complaint.Action]] = [
    .majorReported: [.reportMajor],
    .negotiating: [.reportMajor, .confirmMajor, .formTeam, .arriveOnSite, .appraise, .negotiate],
    .closed: [
      .reportMajor, .confirmMajor, .formTeam, .arriveOnSite, .appraise, .negotiate, .signAgreement, .execute, .resolve,
      .close,
    ],
  ]

  private struct Step {
    let id: Reference<Complaint>
    let complaint: DemoData.Complaint
    let customer: DemoGround.Customer
    let key: String
    let at: Timestamp

    func command(_ caller: Caller, _ suffix: String = "") -> Command<Complaint> {
      DemoWriter.command(caller, key + suffix, at: at) { _ in "" }
    }
  }

  private func load(
    _ complaint: DemoData.Complaint, _ known: [String: Complaint.ID]
  ) async throws -> Complaint.ID {
    let state = try demoValue(Complaint.State(rawValue: complaint.state), "\(complaint.state) is no state")
    let customer = try demoValue(ground.customers[complaint.customer], "no customer \(complaint.customer)")
    let centre = try person(.callCentre)
    let start = today.adding(seconds: Int64(-complaint.daysAgo) * 86_400 + 2 * 3600)
    let key = "complaint-\(complaint.key)"
    let id: Complaint.ID = try DemoWriter.identity(
      await services.complaints.create(
        ComplaintDraft(stationID: customer.station, header: try header(complaint, customer)),
        DemoWriter.command(centre, key, at: start) { $0.id.description }))
    let isMajor = complaint.key.hasPrefix("m")
    for (place, action) in ((isMajor ? Self.majorWays : Self.ways)[state] ?? []).enumerated() {
      let step = Step(
        id: .id(id), complaint: complaint, customer: customer, key: "\(key)-\(action.rawValue)",
        at: start.adding(seconds: Int64(place + 1) * 900))
      if isMajor { try await takeMajor(action, step) } else { try await take(action, step, known) }
    }
    return id
  }

  private func person(_ role: Role) throws -> Caller {
    try demoValue(ground.headquarters[role], "nobody is \(role.rawValue)")
  }

  private func header(_ complaint: DemoData.Complaint, _ customer: DemoGround.Customer) throws -> ComplaintHeader {
    ComplaintHeader(
      channel: try demoValue(Complaint.Channel(rawValue: complaint.channel), "\(complaint.channel) is no channel"),
      contact: RequestContact(name: customer.name, phone: customer.phone), customerID: customer.id,
      vehicleID: customer.vehicle,
      category: try demoValue(Complaint.Category(rawValue: complaint.category), "\(complaint.category) is no category"),
      customerWords: complaint.words, symptom: complaint.symptom, component: complaint.component,
      facts: ComplaintFacts(
        crash: complaint.crash ?? false, fire: complaint.fire ?? false, brokeDown: complaint.brokeDown ?? false,
        injured: complaint.injured ?? 0),
      compensationDemand: complaint.demand.map { Money(minor: $0 * 100, currency: .cny) },
      externalIDs: DemoLoader.mark(complaint.key))
  }

  private func take(_ action: Complaint.Action, _ step: Step, _ known: [String: Complaint.ID]) async throws {
    let service = services.complaints
    let centre = try person(.callCentre)
    let manager = try ground.person(.stServiceManager, at: step.customer.station)
    switch action {
    case .assign:
      _ = try await service.assign(
        step.id, to: .workshop, handler: manager.name, station: nil, reason: nil, step.command(centre))
    case .investigate:
      _ = try await service.investigate(
        step.id, cause: step.complaint.cause.flatMap(ComplaintCause.init(rawValue:)),
        findings: "已核实 Established", step.command(manager))
    case .proposeSolution:
      let solution = ComplaintSolution(
        options: ["免费返工 Done again free of charge", "退还工时费 Labour refunded"],
        promisedAt: step.at.adding(seconds: 2 * 86_400), proposedBy: manager.name, proposedAt: step.at,
        toldAt: step.at, channel: .phone)
      _ = try await service.proposeSolution(step.id, solution, reason: nil, step.command(manager))
    case .acceptSolution:
      _ = try await service.acceptSolution(
        step.id, option: 1, words: nil, channel: .phone, step.command(manager))
    case .escalate:
      _ = try await service.escalate(
        step.id, to: nil, reason: "两日内未解决 Not solved within two days", step.command(manager))
    case .resolve:
      _ = try await service.resolve(step.id, summary: "已返工 Done again", cause: nil, step.command(manager))
    case .close: try await close(step, centre)
    case .closeUnjustified:
      _ = try await service.closeUnjustified(
        step.id, explanation: "按价目表收费，已说明 Charged by the price list, explained", channel: .phone,
        step.command(manager))
    case .merge:
      let target = try demoValue(step.complaint.into.flatMap { known[$0] }, "\(step.complaint.key) goes on nowhere")
      _ = try await service.merge(step.id, into: target, reason: "同一事项 The same matter", step.command(centre))
    case .refuseSolution, .reopen, .reportMajor, .confirmMajor, .downgrade, .formTeam, .arriveOnSite, .appraise,
      .negotiate, .signAgreement, .execute:
      break
    }
  }

  private func close(_ step: Step, _ centre: Caller) async throws {
    let call = SatisfactionCall(isSatisfied: true, rating: 5, comment: nil, calledBy: centre.name, calledAt: step.at)
    _ = try await services.complaints.close(
      step.id, call, conclusion: "客户满意，归档 The customer is satisfied; archived", step.command(centre))
  }

  private func takeMajor(_ action: Complaint.Action, _ step: Step) async throws {
    let service = services.complaints
    let afterSales = try person(.hqService)
    let quality = try person(.qa)
    let agreed = Money(minor: 30_000_00, currency: .cny)
    switch action {
    case .reportMajor:
      let centre = try person(.callCentre)
      let report = MajorReport(
        judgement: "疑似重大质量问题 Looks like a major quality problem",
        call: .init(spokenWith: afterSales.name, calledAt: step.at), reportedBy: centre.name, reportedAt: step.at)
      _ = try await service.reportMajor(step.id, report, step.command(centre))
    case .confirmMajor:
      _ = try await service.confirmMajor(step.id, level: nil, note: nil, step.command(afterSales))
      _ = try await service.sendMajorReport(
        step.id, to: [.qa, .hqServiceHead], step.command(afterSales, "-send"))
    case .formTeam:
      let members = try [Role.qa, .pr, .finance, .legal].map { role in
        let user = try demoValue(try person(role).subject.id, "nobody is \(role.rawValue)")
        return CaseMember(userID: User.ID(user), role: role)
      }
      _ = try await service.formTeam(step.id, of: members, reason: nil, step.command(afterSales))
    case .arriveOnSite:
      _ = try await service.arriveOnSite(step.id, at: step.at, place: nil, step.command(quality))
    case .appraise:
      let cause = step.complaint.cause.flatMap(ComplaintCause.init(rawValue:)) ?? .unexplained
      let appraisal = LiabilityAppraisal(
        findings: "现场鉴定 Appraised on site", cause: cause,
        liability: [.init(party: .maker, percent: 80), .init(party: .supplier, percent: 20)],
        appraisedBy: quality.name, appraisedByID: quality.subject.id, appraisedAt: step.at)
      _ = try await service.appraise(step.id, appraisal, step.command(quality))
    case .negotiate:
      let round = NegotiationRound(
        summary: "客户要求退车，提出补偿 The customer wants to give the vehicle back; compensation offered",
        demand: step.complaint.demand.map { Money(minor: $0 * 100, currency: .cny) }, offer: agreed, heldAt: step.at,
        recordedBy: afterSales.name)
      _ = try await service.negotiate(step.id, round, step.command(afterSales))
      _ = try await service.writeAgreement(
        step.id,
        .init(
          terms: "一次性补偿，双方无其他争议 One payment, nothing else in dispute", repair: nil, compensation: agreed,
          takesVehicleBack: false), step.command(afterSales, "-write"))
    case .signAgreement:
      let hash = try demoValue(
        try await service.get(step.id, afterSales).major.agreement?.hash, "\(step.complaint.key) has no agreement")
      for side in ComplaintAgreement.Side.allCases {
        _ = try await service.signAgreement(
          step.id, for: side, name: side == .customer ? step.customer.name : nil, hash: hash, signedAt: step.at,
          step.command(afterSales, "-\(side.rawValue)"))
      }
    case .execute:
      _ = try await service.execute(step.id, order: nil, step.command(afterSales))
      _ = try await service.grantCompensation(
        step.id, purpose: "补偿 Compensation", amount: agreed, step.command(afterSales, "-grant"))
      let granted = try await service.whole(step.id, afterSales).major.compensations
      let compensation = try demoValue(granted.first, "\(step.complaint.key) grants nothing")
      _ = try await service.payCompensation(
        step.id, compensation.id, voucher: "FK-\(step.complaint.key)", paidAt: step.at,
        step.command(try person(.finance), "-pay"))
    case .resolve:
      _ = try await service.resolve(step.id, summary: "协议已执行 Carried out", cause: nil, step.command(afterSales))
    case .close: try await close(step, try person(.callCentre))
    case .assign, .investigate, .proposeSolution, .acceptSolution, .refuseSolution, .escalate, .reopen,
      .closeUnjustified, .downgrade, .merge:
      break
    }
  }
}
