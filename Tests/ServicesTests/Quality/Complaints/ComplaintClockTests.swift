import Domain
import FoundationEssentials
import Repositories
import Services
import TestSupport
import Testing

/// Time is handed in: each step of the desk comes a minute after the one before.
@Suite("Deadlines of complaints", .timeLimit(.minutes(20)))
struct ComplaintClockTests {
  @Test("the promised time is a deadline, and what is resolved in time meets it (T-37, CMP-06)")
  func promise() async throws {
    try await ComplaintDesk.with { desk in
      let complaint = try await desk.inExecution()
      let clock = try await desk.deadline(complaint, .promisedResolution)
      #expect(clock.status.dueAt == complaint.progress.solution?.promisedAt && clock.state == .running)
      _ = try await desk.resolve(complaint)
      #expect(try await desk.states(complaint)[.promisedResolution] == .met)
    }
  }

  @Test(
    "a complaint that nobody touches is late after half an hour; passed on, the customer waits for an answer (T-12, T-13)"
  )
  func firstAnswer() async throws {
    try await ComplaintDesk.with { desk in
      let left = try await desk.create(ComplaintDraft(stationID: desk.network.station, header: desk.header()))
      let received = try await desk.deadline(left, .forwardToSupervisor)
      #expect(received.state == .running)
      #expect(received.status.dueAt == left.stamp.createdAt.adding(seconds: 1800))
      let taken = try await desk.create(ComplaintDraft(stationID: desk.network.station, header: desk.header()))
      let assigned = try await desk.run {
        try await desk.service.assign(
          .id(taken.id), to: .workshop, handler: nil, station: nil, reason: nil, $0)
      }
      #expect(
        try await desk.states(taken) == [.forwardToSupervisor: .met, .supervisorAnswer: .running])
      #expect(
        try await desk.deadline(taken, .supervisorAnswer).status.dueAt
          == assigned.stamp.updatedAt.adding(seconds: 1800))
      // Assigned again, nobody begins to wait anew.
      _ = try await desk.run {
        try await desk.service.assign(.id(taken.id), to: .stationParts, handler: nil, station: nil, reason: "配件", $0)
      }
      #expect(try await desk.clocks(taken).filter { $0.kind == .supervisorAnswer }.count == 1)
      desk.clock.advance(seconds: 3600)
      try await desk.sweep()
      #expect(try await desk.states(left)[.forwardToSupervisor] == .breached)
      #expect(try await desk.states(taken)[.supervisorAnswer] == .breached)
    }
  }

  @Test("a solution that is told answers the customer, one that is only decided does not (T-13)")
  func answered() async throws {
    try await ComplaintDesk.with { desk in
      let decided = try await desk.propose(try await desk.investigating(), desk.solution(told: false))
      #expect(try await desk.states(decided)[.supervisorAnswer] == .running)
      let told = try await desk.propose(decided)
      #expect(try await desk.states(told)[.supervisorAnswer] == .met)
    }
  }

  @Test("a solution that was decided is told the same day, else the deadline is missed (T-05)")
  func sameDay() async throws {
    try await ComplaintDesk.with { desk in
      // 16:05 in Shanghai.
      let complaint = try await desk.propose(try await desk.investigating(), desk.solution(told: false))
      let clock = try await desk.deadline(complaint, .solutionToCustomer)
      #expect(clock.status.dueAt.map { $0.description.hasPrefix("2026-11-21T15:59:59") } == true, "\(clock.status)")
      let told = try await desk.propose(complaint)
      #expect(try await desk.states(told)[.solutionToCustomer] == .met)
      let late = try await desk.propose(
        try await desk.investigating(), desk.solution(promisedIn: 5 * 86_400, told: false))
      desk.clock.advance(seconds: 9 * 3600)
      _ = try await desk.run {
        try await desk.service.acceptSolution(.id(late.id), option: nil, words: nil, channel: .phone, $0)
      }
      #expect(try await desk.deadline(late, .solutionToCustomer).status.isLate)
    }
  }

  @Test("a refused solution takes its promise along; the next one is a deadline of its own (T-37)")
  func refusal() async throws {
    try await ComplaintDesk.with { desk in
      let complaint = try await desk.propose(try await desk.investigating())
      _ = try await desk.run {
        try await desk.service.refuseSolution(.id(complaint.id), reason: "要求退款", channel: .phone, $0)
      }
      #expect(try await desk.states(complaint)[.promisedResolution] == .cancelled)
      _ = try await desk.propose(complaint)
      let clock = try await desk.deadline(complaint, .promisedResolution)
      #expect(clock.state == .running && clock.occurrence == 2)
    }
  }

  @Test(
    "a later promise moves the deadline; after a broken one it is a deadline of its own, and late stays late (T-37)")
  func changedPromise() async throws {
    try await ComplaintDesk.with { desk in
      let complaint = try await desk.propose(try await desk.investigating())
      let second = desk.solution(promisedIn: 3 * 86_400)
      _ = try await desk.propose(complaint, second)
      #expect(try await desk.clocks(complaint).filter { $0.kind == .promisedResolution }.count == 1)
      #expect(try await desk.deadline(complaint, .promisedResolution).status.dueAt == second.promisedAt)
      desk.clock.advance(seconds: 4 * 86_400)
      try await desk.sweep()
      _ = try await desk.propose(complaint, desk.solution(promisedIn: 86_400))
      let both = try await desk.clocks(complaint).filter { $0.kind == .promisedResolution }
      #expect(both.map(\.state) == [.breached, .running])
    }
  }

  @Test("a broken promise climbs station, region, After-Sales and leaders, until somebody takes it in hand (M16)")
  func ladder() async throws {
    try await ComplaintDesk.with { desk in
      let complaint = try await desk.inExecution()
      desk.clock.advance(seconds: 86_400)
      try await desk.sweep()
      desk.clock.advance(seconds: 86_400)
      try await desk.sweep()
      let climbing = try await desk.deadline(complaint, .promisedResolution)
      #expect(climbing.state == .breached && climbing.status.escalationLevel == 2)
      #expect(
        climbing.ledger.terms?.rule.ladder.map(\.role)
          == [.stServiceManager, .regionManager, .hqService, .hqServiceHead])
      let work = UnitOfWork(desk.test.database, clock: desk.clock.wall)
      _ = try await ClockService(work, book: ClockBook(PolicyBook())).acknowledge(
        .id(climbing.id), reason: nil, desk.afterSales.command(at: desk.clock.now, expecting: .any))
      desk.clock.advance(seconds: 10 * 86_400)
      try await desk.sweep()
      #expect(try await desk.deadline(complaint, .promisedResolution).status.escalationLevel == 2)
      // The case itself goes on, and its own level is another axis.
      let current = try await desk.service.get(.id(complaint.id), desk.afterSales)
      #expect(current.state == .inExecution && current.progress.escalation == nil)
    }
  }

  @Test("the deadline follows the case to another group and station, never the old one (A14)")
  func handOver() async throws {
    try await ComplaintDesk.with { desk in
      let complaint = try await desk.inExecution()
      let due = try await desk.deadline(complaint, .promisedResolution).status.dueAt
      _ = try await desk.run {
        try await desk.service.assign(
          .id(complaint.id), to: .afterSales, handler: "赵敏", station: nil, reason: "站内无法解决", $0)
      }
      #expect(try await desk.deadline(complaint, .promisedResolution).stationID == desk.network.station)
      let moved = try await desk.run {
        try await desk.service.assign(
          .id(complaint.id), to: .workshop, handler: nil, station: desk.network.otherStation, reason: "客户搬迁", $0)
      }
      #expect(moved.state == .inExecution && moved.stationID == desk.network.otherStation)
      let clock = try await desk.deadline(complaint, .promisedResolution)
      #expect(clock.stationID == desk.network.otherStation && clock.status.dueAt == due)
      await #expect(throws: Refusal.notFound) {
        _ = try await desk.service.get(.id(complaint.id), desk.station())
      }
      #expect(
        try await desk.service.get(.id(complaint.id), desk.station(desk.network.otherStation)).id == complaint.id)
      // A station hands nothing to one that it does not see.
      await #expect(throws: Refusal.self) {
        _ = try await desk.run(as: desk.station(desk.network.otherStation)) {
          try await desk.service.assign(
            .id(complaint.id), to: .workshop, handler: nil, station: desk.network.station, reason: nil, $0)
        }
      }
    }
  }

  @Test("a merge keeps both clocks, and the solution of the survivor meets both (M16, A14)")
  func merge() async throws {
    try await ComplaintDesk.with { desk in
      let survivor = try await desk.inExecution()
      let duplicate = try await desk.propose(try await desk.investigating())
      let own = try await desk.deadline(survivor, .promisedResolution).status.dueAt
      let other = try await desk.deadline(duplicate, .promisedResolution).status.dueAt
      _ = try await desk.run {
        try await desk.service.merge(.id(duplicate.id), into: survivor.id, reason: "重复", $0)
      }
      let left = try await desk.clocks(duplicate)
      #expect(left.filter(\.status.isLive).isEmpty)
      let both = try await desk.clocks(survivor).filter { $0.kind == .promisedResolution }
      #expect(both.map(\.occurrence).sorted() == [1, 2])
      #expect(both.map(\.state) == [.running, .running])
      let due: Set<Timestamp?> = [own, other]
      #expect(Set(both.map { $0.status.dueAt }) == due)
      _ = try await desk.resolve(survivor)
      let met = try await desk.clocks(survivor).filter { $0.kind == .promisedResolution }
      #expect(met.map(\.state) == [.met, .met])
    }
  }

  @Test("reopening starts anew: the old deadline stays as it was, the next promise is another one (A14)")
  func reopening() async throws {
    try await ComplaintDesk.with { desk in
      var complaint = try await desk.resolve(try await desk.inExecution())
      complaint = try await desk.close(complaint, satisfied: false)
      #expect(try await desk.states(complaint)[.promisedResolution] == .met)
      _ = try await desk.propose(complaint)
      let both = try await desk.clocks(complaint).filter { $0.kind == .promisedResolution }
      #expect(both.map(\.state) == [.met, .running])
      #expect(both.map(\.occurrence) == [1, 2])
    }
  }

  /// The deadlines for an answer, the oldest first.
  private static func answers(_ complaint: Complaint, _ desk: ComplaintDesk) async throws -> [Clock] {
    try await desk.clocks(complaint).filter { $0.kind == .supervisorAnswer }.sorted { $0.occurrence < $1.occurrence }
  }

  @Test("a customer who refuses, or is not satisfied, waits for an answer with a deadline of its own (CMP-08, T-13)")
  func answerAnew() async throws {
    try await ComplaintDesk.with { desk in
      var complaint = try await desk.propose(try await desk.investigating())
      #expect(try await Self.answers(complaint, desk).map(\.state) == [.met])
      complaint = try await desk.run {
        try await desk.service.refuseSolution(.id(complaint.id), reason: "要求退款", channel: .phone, $0)
      }
      var waits = try await Self.answers(complaint, desk)
      #expect(waits.map(\.state) == [.met, .running])
      #expect(waits.last?.status.dueAt == complaint.stamp.updatedAt.adding(seconds: 1800))
      complaint = try await desk.propose(complaint)
      #expect(try await Self.answers(complaint, desk).map(\.state) == [.met, .met])
      complaint = try await desk.run {
        try await desk.service.acceptSolution(.id(complaint.id), option: 1, words: nil, channel: .phone, $0)
      }
      complaint = try await desk.close(try await desk.resolve(complaint), satisfied: false)
      #expect(try await Self.answers(complaint, desk).map(\.state) == [.met, .met, .running])
      // Nobody touches it: it is late, and does not lie forgotten.
      desk.clock.advance(seconds: 3600)
      try await desk.sweep()
      waits = try await Self.answers(complaint, desk)
      #expect(waits.map(\.state) == [.met, .met, .breached])
    }
  }

  @Test(
    "a complaint that is reopened from the archive has a deadline again, a major one until they talk (CMP-08, T-13)")
  func answerAfterReopening() async throws {
    try await ComplaintDesk.with { desk in
      var general = try await desk.close(try await desk.resolve(try await desk.inExecution()))
      #expect(try await desk.clocks(general).filter(\.status.isLive).isEmpty)
      general = try await desk.run { try await desk.service.reopen(.id(general.id), reason: "异响再现", $0) }
      #expect(try await Self.answers(general, desk).map(\.state) == [.met, .running])

      let terms = ComplaintAgreement.Content(terms: "道歉", repair: nil, compensation: nil, takesVehicleBack: false)
      var major = try await desk.negotiating(terms)
      for side in [ComplaintAgreement.Side.company, .customer] { major = try await desk.sign(major, side) }
      major = try await desk.run { try await desk.service.execute(.id(major.id), order: nil, $0) }
      major = try await desk.close(try await desk.resolve(major))
      #expect(try await desk.clocks(major).filter(\.status.isLive).isEmpty)
      major = try await desk.run { try await desk.service.reopen(.id(major.id), reason: "未履行", $0) }
      #expect(major.state == .negotiating)
      #expect(try await Self.answers(major, desk).map(\.state) == [.met, .running])
      major = try await desk.run {
        try await desk.service.negotiate(
          .id(major.id),
          NegotiationRound(summary: "再谈", demand: nil, offer: nil, heldAt: desk.clock.now, recordedBy: "陈静"), $0)
      }
      #expect(try await Self.answers(major, desk).map(\.state) == [.met, .met])
    }
  }

  @Test("a downgraded case whose customer had his answer already waits for the next one (CMP-31, T-13)")
  func answerAfterDowngrade() async throws {
    try await ComplaintDesk.with { desk in
      let complaint = try await desk.onSite()
      #expect(try await Self.answers(complaint, desk).map(\.state) == [.met])
      _ = try await desk.run { try await desk.service.downgrade(.id(complaint.id), reason: "不属重大", $0) }
      #expect(try await Self.answers(complaint, desk).map(\.state) == [.met, .running])
    }
  }

  @Test(
    "what a duplicate still waited for is met where its survivor has that behind it, and runs on elsewhere (M16, T-12)")
  func mergeBehind() async throws {
    try await ComplaintDesk.with { desk in
      let survivor = try await desk.inExecution()
      let received = try await desk.create()
      let assigned = try await desk.assigned()
      for duplicate in [received, assigned] {
        _ = try await desk.run {
          try await desk.service.merge(.id(duplicate.id), into: survivor.id, reason: "重复", $0)
        }
      }
      let all = try await desk.clocks(survivor)
      #expect(all.filter { $0.kind == .forwardToSupervisor }.map(\.state) == [.met, .met])
      #expect(all.filter { $0.kind == .supervisorAnswer }.map(\.state) == [.met, .met])
      // Where nobody was told anything yet, the answer is still waited for.
      let open = try await desk.investigating()
      let another = try await desk.create()
      _ = try await desk.run { try await desk.service.merge(.id(another.id), into: open.id, reason: "重复", $0) }
      let states = try await desk.states(open)
      #expect(states == [.forwardToSupervisor: .met, .supervisorAnswer: .running])
    }
  }

  private static func obstacles(
    to action: String, _ complaint: Complaint, _ desk: ComplaintDesk
  ) async throws -> [String]? {
    try await desk.service.offers(.id(complaint.id), desk.afterSales).first { $0.action == action }?.obstacles
      .map(\.code)
  }

  @Test("a complaint that was reopened as often as the policy allows says so among its actions (CMP-08)")
  func exhausted() async throws {
    try await ComplaintDesk.with { desk in
      var complaint = try await desk.close(try await desk.resolve(try await desk.inExecution()))
      for round in 1...2 {
        #expect(try await Self.obstacles(to: "reopen", complaint, desk) == [])
        complaint = try await desk.run { try await desk.service.reopen(.id(complaint.id), reason: "异响再现", $0) }
        #expect(complaint.progress.reopenings == round)
        complaint = try await desk.propose(complaint)
        complaint = try await desk.run {
          try await desk.service.acceptSolution(.id(complaint.id), option: 1, words: nil, channel: .phone, $0)
        }
        complaint = try await desk.close(try await desk.resolve(complaint))
      }
      #expect(try await Self.obstacles(to: "reopen", complaint, desk) == ["reopenings-exhausted"])
      await #expect(throws: Refusal.self) {
        _ = try await desk.run { try await desk.service.reopen(.id(complaint.id), reason: "异响再现", $0) }
      }
    }
  }

  @Test("what is closed as unjustified has no deadline any more")
  func unjustified() async throws {
    try await ComplaintDesk.with { desk in
      let complaint = try await desk.propose(try await desk.investigating())
      _ = try await desk.run {
        try await desk.service.closeUnjustified(.id(complaint.id), explanation: "无", channel: .phone, $0)
      }
      #expect(try await desk.clocks(complaint).filter(\.status.isLive).isEmpty)
    }
  }

  @Test(
    "from the confirmation the team is on site the same day in Shanghai, the report out in an hour (T-16, T-17, D-05)")
  func major() async throws {
    // 22:50 in Shanghai: the day is nearly over.
    try await ComplaintDesk.with(from: Timestamp("2026-11-21T14:50:00Z")) { desk in
      let complaint = try await desk.confirmed()
      let report = try await desk.deadline(complaint, .majorReport)
      #expect(report.status.dueAt == complaint.stamp.updatedAt.adding(seconds: 3600))
      let team = try await desk.deadline(complaint, .majorTeamOnSite)
      #expect(team.status.dueAt.map { $0.description.hasPrefix("2026-11-21T15:59:59") } == true)
      _ = try await desk.run {
        try await desk.service.sendMajorReport(.id(complaint.id), to: [.qa, .hqServiceHead], $0)
      }
      #expect(try await desk.states(complaint)[.majorReport] == .met)
      _ = try await desk.form(complaint)
      desk.clock.advance(seconds: 2 * 3600)
      _ = try await desk.run {
        try await desk.service.arriveOnSite(.id(complaint.id), at: desk.clock.now, place: nil, $0)
      }
      let missed = try await desk.deadline(complaint, .majorTeamOnSite)
      #expect(missed.state == .breached && missed.status.isLate)
    }
  }

  @Test("a downgraded case has no team to wait for; filed by After-Sales the day counts from the filing (CMP-32, D-05)")
  func downgradeAndFiling() async throws {
    try await ComplaintDesk.with { desk in
      let complaint = try await desk.confirmed()
      _ = try await desk.run { try await desk.service.downgrade(.id(complaint.id), reason: "不属重大", $0) }
      #expect(
        try await desk.states(complaint) == [
          .forwardToSupervisor: .met, .supervisorAnswer: .running, .majorReport: .cancelled,
          .majorTeamOnSite: .cancelled,
        ])
      let filed = try await desk.create(
        ComplaintDraft(
          stationID: nil, header: desk.header(), majorReport: .init(judgement: "起火", call: nil, level: .level2)))
      #expect(filed.state == .majorConfirmed)
      #expect(try await desk.states(filed) == [.majorReport: .running, .majorTeamOnSite: .running])
      #expect(
        try await desk.types(filed)
          == ["complaint.received", "complaint.majorReported", "complaint.majorConfirmed", "qualityIssue.proposed"])
    }
  }

  @Test("the deadlines of a request go on in the complaint that it became; both name each other (CALL-02, A14)")
  func conversion() async throws {
    try await RequestDesk.with { desk in
      let request = try await desk.dispatched()
      let work = UnitOfWork(desk.test.database, clock: desk.clock.wall)
      let book = ClockBook(PolicyBook())
      let clocks = ClockService(work, book: book)
      let before = try await clocks.clocks(of: .serviceRequest, request.id.uuid, desk.hotline)
        .filter(\.status.isLive)
      #expect(!before.isEmpty)
      let converted = try await desk.run {
        try await desk.service.convert(
          .id(request.id), RequestConversion(target: .complaint, reason: "等待过久", preferredAt: nil), $0)
      }
      let id = try #require(converted.progress.conversion?.complaintID)
      let complaints = ComplaintService(work, clocks: book)
      let complaint = try await complaints.get(.id(id), desk.hotline)
      #expect(complaint.header.origin.serviceRequestID == request.id && complaint.state == .received)
      #expect(complaint.header.contact == request.header.contact)
      #expect(complaint.stationID == desk.network.station)
      let after = try await clocks.clocks(of: .complaint, id.uuid, desk.hotline)
      let taken = after.filter { $0.kind != .forwardToSupervisor }
      #expect(taken.map(\.kind) == before.map(\.kind))
      #expect(taken.map(\.status.dueAt) == before.map(\.status.dueAt))
      // The dispatch had ended that of the request; the complaint is to be passed on like any other.
      #expect(after.count == before.count + 1)
      #expect(
        try await clocks.clocks(of: .serviceRequest, request.id.uuid, desk.hotline).filter(\.status.isLive).isEmpty)
    }
  }

  @Test("the deadline of a consultation's file goes on in the complaint and is known there (T-01, CALL-02)")
  func fileOfConversion() async throws {
    try await RequestDesk.with { desk in
      let request = try await desk.dispatched()
      let (customer, now) = (desk.network.customer, desk.clock.now)
      _ = try desk.test.admin(
        "set app.scope = '*'; update service_requests set customer_id = '\(customer)' where id = '\(request.id)'")
      let begun: Command<Void> = Caller.system.command(at: now)
      try await desk.test.database.write(.system) { tx in
        try await CustomerFileBook(ClockBook(PolicyBook())).begin(
          on: ClockBook.Owner(
            ClockSubject(.serviceRequest, request.id.uuid, number: request.number), at: desk.network.station),
          for: customer, begun, in: tx)
      }
      let before = try await desk.test.database.read(.system, CustomerFileRepository.waiting(for: customer))
      #expect(before.map(\.resource) == [.serviceRequest])
      let converted = try await desk.run {
        try await desk.service.convert(
          .id(request.id), RequestConversion(target: .complaint, reason: "等待过久", preferredAt: nil), $0)
      }
      let after = try await desk.test.database.read(.system, CustomerFileRepository.waiting(for: customer))
      #expect(
        after.map(\.resource) == [.complaint] && after.map(\.id) == [converted.progress.conversion?.complaintID?.uuid])
      let file = try await desk.test.database.read(.system, CustomerFileRepository.find(.id(customer), in: .network))
      #expect(file?.dueAt != nil)
      let overdue = try await desk.test.database.read(
        .system, CustomerFileRepository.customersWaiting(after: nil, limit: 10))
      #expect(overdue == [customer])
    }
  }
}
