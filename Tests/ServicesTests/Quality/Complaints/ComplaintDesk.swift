import Domain
import FoundationEssentials
import Repositories
import Services
import TestSupport
import Testing

/// The service of complaints on a database of its own, with one method a step of the walk.
struct ComplaintDesk: Sendable {
  let test: TestDatabase
  let network: TestNetwork
  let clock: ManualClock
  let service: ComplaintService
  let orders: WorkOrderService
  /// One person of each department at headquarters.
  let people: [Role: User.ID]

  static let departments: [Role] = [.qa, .pr, .finance, .legal]

  /// - Parameter start: eight in the morning of UTC, four in the afternoon in Shanghai, unless said otherwise.
  static func with(
    from start: Timestamp? = nil, _ body: @Sendable (ComplaintDesk) async throws -> Void
  ) async throws {
    try await TestDatabase.with { test in
      let clock = start.map { ManualClock($0) } ?? ManualClock()
      let network = try await TestNetwork(in: test.database, at: clock.now)
      let work = UnitOfWork(test.database, clock: clock.wall)
      let book = ClockBook(PolicyBook())
      let people = departments.map { role in
        User(
          id: .new(at: clock.now), username: "hq-\(role.rawValue)", displayName: role.rawValue, assignment: .network,
          roles: [role], state: .active, mustChangePassword: false, notBefore: clock.now, externalIDs: [:],
          version: 1, stamp: RecordStamp(by: .system, at: clock.now))
      }
      try await test.database.write(.system) { tx in
        for person in people {
          _ = try await tx.run(UserRepository.insert(person, passwordHash: unusablePassword))
        }
      }
      try await body(
        ComplaintDesk(
          test: test, network: network, clock: clock, service: ComplaintService(work, clocks: book),
          orders: WorkOrderService(work, clocks: book),
          people: Dictionary(uniqueKeysWithValues: zip(departments, people.map(\.id)))))
    }
  }

  private static let unusablePassword =
    "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$" + String(repeating: "A", count: 43)

  /// After-Sales: may do everything, in the whole network.
  let afterSales = Caller(
    subject: .client(UUID()), name: "赵敏", roles: [.hqService], permissions: Set(Permission.allCases), scope: .network)

  func station(_ id: Station.ID? = nil) -> Caller {
    Caller(
      subject: .client(UUID()), name: "张伟", roles: [.stServiceManager], permissions: Set(Permission.allCases),
      scope: .station(id ?? network.station))
  }

  /// Somebody of headquarters as his token would say now: his own role, and the cases that he was called into.
  func member(_ role: Role, doing permission: Permission = .complaintsRead) async throws -> Caller {
    let user = try #require(people[role])
    let memberships = try await test.database.read(.system, CaseGrantRepository.live(of: user))
    let grants = memberships.map { CaseGrant(caseID: $0.caseID, role: $0.role) }
    return Caller(
      subject: .user(user.uuid), name: role.rawValue, roles: [role],
      permissions: grants.reduce(into: role.permissions) { $0.formUnion($1.permissions) }, scope: .network,
      grants: grants
    ).exercising(permission)
  }

  func header(_ change: (inout ComplaintHeader) -> Void = { _ in }) -> ComplaintHeader {
    var header = ComplaintHeader(
      channel: .hotline, contact: RequestContact(name: "王小明", phone: "13812345678"), vin: TestNetwork.vin,
      category: .repairQuality, customerWords: "刹车又响了", symptom: "制动异响", component: "制动系统")
    change(&header)
    return header
  }

  func draft(at station: Station.ID? = nil, _ change: (inout ComplaintHeader) -> Void = { _ in }) -> ComplaintDraft {
    ComplaintDraft(stationID: station, header: header(change))
  }

  /// Runs a write a minute later and hands out the complaint that it answered with.
  func run(
    as caller: Caller? = nil, expecting precondition: Precondition? = .any,
    _ write: (Command<Complaint>) async throws -> Answer
  ) async throws -> Complaint {
    let box = Box<Complaint>()
    clock.advance(seconds: 60)
    _ = try await write(
      (caller ?? afterSales).command(at: clock.now, expecting: precondition) { complaint in
        box.value = complaint
        return Answer(status: 200)
      })
    return try #require(box.value)
  }

  func create(_ draft: ComplaintDraft? = nil, as caller: Caller? = nil) async throws -> Complaint {
    try await run(as: caller) { try await service.create(draft ?? self.draft(at: network.station), $0) }
  }

  // MARK: The general path

  func assigned(_ draft: ComplaintDraft? = nil) async throws -> Complaint {
    let complaint = try await create(draft)
    return try await run {
      try await service.assign(.id(complaint.id), to: .workshop, handler: "张伟", station: nil, reason: nil, $0)
    }
  }

  func investigating(_ draft: ComplaintDraft? = nil) async throws -> Complaint {
    let complaint = try await assigned(draft)
    return try await run {
      try await service.investigate(.id(complaint.id), cause: .faultyWorkmanship, findings: nil, $0)
    }
  }

  func solution(
    _ options: [String] = ["免费返修"], promisedIn seconds: Int64 = 86_400, told: Bool = true
  ) -> ComplaintSolution {
    let now = clock.now.adding(seconds: 60)
    return ComplaintSolution(
      options: options, promisedAt: now.adding(seconds: seconds), proposedBy: "张伟", proposedAt: now,
      toldAt: told ? now : nil, channel: told ? .phone : nil)
  }

  func propose(_ complaint: Complaint, _ solution: ComplaintSolution? = nil) async throws -> Complaint {
    try await run {
      try await service.proposeSolution(.id(complaint.id), solution ?? self.solution(), reason: nil, $0)
    }
  }

  func inExecution(_ draft: ComplaintDraft? = nil) async throws -> Complaint {
    let complaint = try await propose(try await investigating(draft))
    return try await run {
      try await service.acceptSolution(.id(complaint.id), option: 1, words: nil, channel: .phone, $0)
    }
  }

  func resolve(_ complaint: Complaint) async throws -> Complaint {
    try await run { try await service.resolve(.id(complaint.id), summary: "已返修", cause: nil, $0) }
  }

  func close(_ complaint: Complaint, satisfied: Bool = true) async throws -> Complaint {
    let call = SatisfactionCall(
      isSatisfied: satisfied, rating: satisfied ? 5 : 1, comment: satisfied ? nil : "仍有异响", calledBy: "李娜",
      calledAt: clock.now)
    return try await run {
      try await service.close(.id(complaint.id), call, conclusion: satisfied ? "已解决" : nil, $0)
    }
  }

  // MARK: The major path

  func reported(_ draft: ComplaintDraft? = nil) async throws -> Complaint {
    let complaint = try await create(draft)
    return try await run {
      try await service.reportMajor(
        .id(complaint.id),
        MajorReport(
          judgement: "制动失灵", call: .init(spokenWith: "赵敏", calledAt: clock.now), reportedBy: "李娜",
          reportedAt: clock.now), $0)
    }
  }

  func confirmed(_ draft: ComplaintDraft? = nil, level: QualityLevel? = nil) async throws -> Complaint {
    let complaint = try await reported(draft)
    return try await run { try await service.confirmMajor(.id(complaint.id), level: level, note: nil, $0) }
  }

  func form(_ complaint: Complaint, _ roles: [Role] = departments) async throws -> Complaint {
    let members = try roles.map { CaseMember(userID: try #require(people[$0]), role: $0) }
    return try await run {
      try await service.formTeam(.id(complaint.id), of: members, reason: "按需", $0)
    }
  }

  func onSite(_ draft: ComplaintDraft? = nil) async throws -> Complaint {
    let complaint = try await form(try await confirmed(draft, level: .level1))
    return try await run {
      try await service.arriveOnSite(.id(complaint.id), at: clock.now, place: nil, $0)
    }
  }

  func negotiating(_ content: ComplaintAgreement.Content? = nil) async throws -> Complaint {
    let complaint = try await onSite()
    _ = try await run {
      try await service.appraise(
        .id(complaint.id),
        LiabilityAppraisal(
          findings: "密封圈缺陷", cause: .materialDefect, liability: [.init(party: .maker, percent: 100)],
          appraisedBy: "陈静", appraisedByID: nil, appraisedAt: clock.now), $0)
    }
    _ = try await run {
      try await service.negotiate(
        .id(complaint.id),
        NegotiationRound(summary: "首轮", demand: nil, offer: nil, heldAt: clock.now, recordedBy: "陈静"), $0)
    }
    return try await run {
      try await service.writeAgreement(
        .id(complaint.id),
        content
          ?? .init(
            terms: "补偿", repair: nil, compensation: Money(minor: 30_000_00, currency: .cny), takesVehicleBack: true),
        $0)
    }
  }

  func sign(
    _ complaint: Complaint, _ side: ComplaintAgreement.Side, hash: String? = nil
  ) async throws -> Complaint {
    let signed = try hash ?? #require(complaint.major.agreement?.hash)
    return try await run {
      try await service.signAgreement(
        .id(complaint.id), for: side, name: side == .customer ? "王小明" : nil, hash: signed, signedAt: clock.now, $0)
    }
  }

  // MARK: What happened

  func events(_ complaint: Complaint) async throws -> [Event] {
    try await service.history(
      .id(complaint.id), PageRequest(limit: 100, sort: [.init("position")]), afterSales
    ).items
  }

  func types(_ complaint: Complaint) async throws -> [String] { try await events(complaint).map(\.change.type) }

  func clocks(_ complaint: Complaint) async throws -> [Clock] {
    try await ClockService(
      UnitOfWork(test.database, clock: clock.wall), book: ClockBook(PolicyBook())
    ).clocks(of: .complaint, complaint.id.uuid, afterSales)
  }

  func states(_ complaint: Complaint) async throws -> [ClockKind: Clock.State] {
    Dictionary(try await clocks(complaint).map { ($0.kind, $0.state) }, uniquingKeysWith: { $1 })
  }

  func deadline(_ complaint: Complaint, _ kind: ClockKind) async throws -> Clock {
    try #require(try await clocks(complaint).last { $0.kind == kind })
  }

  /// What time alone brings about by now.
  func sweep() async throws {
    while try await test.database.write(.system, { try await ClockSweepService.advance(at: clock.now, in: $0) }) > 0 {}
  }
}
