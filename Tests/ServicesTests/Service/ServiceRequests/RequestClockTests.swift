import Domain
import FoundationEssentials
import Repositories
import Services
import TestSupport
import Testing

/// Time is handed in: each step of the desk comes a minute after the one before.
@Suite("Deadlines of service requests", .timeLimit(.minutes(20)))
struct RequestClockTests {
  private func clocks(
    _ desk: RequestDesk, _ request: ServiceRequest, as caller: Caller? = nil
  ) async throws -> [Clock] {
    let work = UnitOfWork(desk.test.database, clock: desk.clock.wall)
    return try await ClockService(work, book: ClockBook(PolicyBook())).clocks(
      of: .serviceRequest, request.id.uuid, caller ?? desk.hotline)
  }

  private func clock(_ desk: RequestDesk, _ request: ServiceRequest, _ kind: ClockKind) async throws -> Clock {
    try #require(try await clocks(desk, request).last { $0.kind == kind })
  }

  private func states(_ desk: RequestDesk, _ request: ServiceRequest) async throws -> [ClockKind: Clock.State] {
    Dictionary(try await clocks(desk, request).map { ($0.kind, $0.state) }, uniquingKeysWith: { $1 })
  }

  @Test(
    "a repair call must be answered in 30 minutes; the station's acceptance in time meets the clock (T-09, CALL-11)")
  func response() async throws {
    try await RequestDesk.with { desk in
      let request = try await desk.create()
      let started = try await clock(desk, request, .repairCallResponse)
      #expect(started.status.dueAt == request.stamp.createdAt.adding(seconds: 30 * 60))
      #expect(started.subject.number == request.number && started.stationID == nil)
      let dispatched = try await desk.run {
        try await desk.service.dispatch(.id(request.id), to: desk.network.station, reason: "指定", $0)
      }
      let accepted = try await desk.run(as: desk.station()) {
        try await desk.service.accept(.id(dispatched.id), expectedArrivalAt: nil, $0)
      }
      let met = try await clock(desk, accepted, .repairCallResponse)
      #expect(met.state == .met && met.status.metAt == accepted.stamp.updatedAt)
    }
  }

  @Test("an answer after 30 minutes leaves the deadline missed (T-09, T-13)")
  func late() async throws {
    try await RequestDesk.with { desk in
      let request = try await desk.create()
      let forwarded = try await desk.run {
        try await desk.service.forward(.id(request.id), to: "值班主管", reason: nil, $0)
      }
      desk.clock.advance(seconds: 31 * 60)
      let answer = RequestAnswer(text: "今日派工", channel: .phone, answeredBy: "主管", answeredAt: desk.clock.now)
      let answered = try await desk.run { try await desk.service.answer(.id(forwarded.id), answer, $0) }
      for kind in [ClockKind.repairCallResponse, .supervisorAnswer] {
        let clock = try await clock(desk, answered, kind)
        #expect(clock.state == .breached && clock.status.isLate, "\(kind)")
      }
    }
  }

  @Test("the problem is passed on in half an hour and answered half an hour after that (T-12, T-13, CALL-14, CALL-15)")
  func supervisor() async throws {
    try await RequestDesk.with { desk in
      let request = try await desk.create(desk.draft(.consultation))
      #expect(try await clocks(desk, request).map(\.kind) == [.forwardToSupervisor])
      #expect(
        try await clock(desk, request, .forwardToSupervisor).status.dueAt
          == request.stamp.createdAt.adding(seconds: 30 * 60))
      desk.clock.advance(seconds: 600)
      let forwarded = try await desk.run {
        try await desk.service.forward(.id(request.id), to: nil, reason: nil, $0)
      }
      let waiting = try await clock(desk, forwarded, .supervisorAnswer)
      #expect(waiting.status.dueAt == forwarded.stamp.updatedAt.adding(seconds: 30 * 60))
      let answer = RequestAnswer(text: "好", channel: .phone, answeredBy: "主管", answeredAt: desk.clock.now)
      let answered = try await desk.run { try await desk.service.answer(.id(request.id), answer, $0) }
      #expect(try await states(desk, answered) == [.forwardToSupervisor: .met, .supervisorAnswer: .met])
    }
  }

  @Test("somebody is there within 24 hours, for a small repair inside the city within 12 (T-10, T-14, CALL-12, FLD-04)")
  func arrival() async throws {
    try await RequestDesk.with { desk in
      let far = try await desk.create(desk.draft(.rescue, mode: .rescue))
      #expect(
        try await clock(desk, far, .onSiteArrival).status.dueAt == far.stamp.createdAt.adding(seconds: 24 * 3600))
      // What turns out to be a small repair counts from the same start.
      var patch = ServiceRequestPatch()
      patch.cityMinorRepair = .set(true)
      let near = try await desk.run { try await desk.service.update(.id(far.id), patch, $0) }
      let clock = try await clock(desk, near, .onSiteArrival)
      #expect(clock.status.dueAt == far.stamp.createdAt.adding(seconds: 12 * 3600))
      #expect(clock.ledger.terms?.variant == .cityMinorRepair)
    }
  }

  @Test("a correction of kind and mode starts and ends the clocks that the right ones have")
  func corrected() async throws {
    try await RequestDesk.with { desk in
      let request = try await desk.create(desk.draft(.consultation))
      var patch = ServiceRequestPatch()
      patch.kind = .set(.repair)
      patch.mode = .set(.onSite)
      _ = try await desk.run { try await desk.service.update(.id(request.id), patch, $0) }
      #expect(
        try await states(desk, request)
          == [.forwardToSupervisor: .running, .repairCallResponse: .running, .onSiteArrival: .running])
      var back = ServiceRequestPatch()
      back.mode = .set(.workshop)
      _ = try await desk.run { try await desk.service.update(.id(request.id), back, $0) }
      #expect(try await states(desk, request)[.onSiteArrival] == .cancelled)
    }
  }

  @Test("on site the fault is cleared within 24 hours of the arrival; the result meets the clock (T-10, T-11, CALL-13)")
  func faultOnSite() async throws {
    try await RequestDesk.with { desk in
      let request = try await desk.started(desk.draft(mode: .onSite))
      #expect(try await states(desk, request)[.faultCleared] == nil)
      let arrived = try await desk.run(as: desk.station()) {
        try await desk.service.arrive(.id(request.id), at: desk.clock.now, $0)
      }
      #expect(try await states(desk, arrived)[.onSiteArrival] == .met)
      let aim = try await clock(desk, arrived, .faultCleared)
      #expect(aim.status.dueAt == arrived.stamp.updatedAt.adding(seconds: 24 * 3600))
      let resolved = try await desk.run(as: desk.station()) {
        try await desk.service.resolve(.id(request.id), desk.resolution(), $0)
      }
      #expect(try await states(desk, resolved)[.faultCleared] == .met)
    }
  }

  @Test(
    "in the workshop the time for the fault begins with the order; work that clears nothing does not meet it (T-11)")
  func faultInWorkshop() async throws {
    try await RequestDesk.with { desk in
      let request = try await desk.started()
      #expect(try await states(desk, request)[.faultCleared] == .running)
      let unsolved = RequestResolution(
        summary: "等待配件", caseReference: nil, faultCleared: false, clearedAt: nil, resolvedBy: "技师",
        resolvedAt: desk.clock.now)
      _ = try await desk.run(as: desk.station()) { try await desk.service.resolve(.id(request.id), unsolved, $0) }
      #expect(try await states(desk, request)[.faultCleared] == .cancelled)
    }
  }

  @Test("the arrival and the end of a drive under the order are those of the request (T-10, T-11, T-14)")
  func visit() async throws {
    try await RequestDesk.with { desk in
      let request = try await desk.started(desk.draft(mode: .onSite))
      let order = try #require(request.progress.workOrderID)
      func step(_ write: (Command<WorkOrder>) async throws -> Answer) async throws {
        desk.clock.advance(seconds: 60)
        _ = try await write(desk.station().command(at: desk.clock.now) { _ in Answer(status: 200) })
      }
      try await step {
        try await desk.orders.depart(.id(order), traveller: "张强", serviceVehicle: nil, at: desk.clock.now, $0)
      }
      try await step {
        try await desk.orders.arrive(.id(order), at: desk.clock.now, position: nil, distanceKm: nil, $0)
      }
      let there = try await states(desk, request)
      #expect(there[.onSiteArrival] == .met && there[.faultCleared] == .running)
      try await step {
        try await desk.orders.clear(.id(order), faultCleared: true, finding: "更换蓄电池", at: desk.clock.now, $0)
      }
      #expect(try await states(desk, request)[.faultCleared] == .met)
      let work = UnitOfWork(desk.test.database, clock: desk.clock.wall)
      let own = try await ClockService(work, book: ClockBook(PolicyBook())).clocks(
        of: .workOrder, order.uuid, desk.hotline)
      #expect(own.isEmpty)
    }
  }

  @Test("a clock goes where its request goes, keeps its time, and whoever sees the request sees it")
  func handOver() async throws {
    try await RequestDesk.with { desk in
      let (first, second) = (desk.network.station, desk.network.otherStation)
      let request = try await desk.create(desk.draft(at: first), as: desk.station(first))
      let due = try await clock(desk, request, .repairCallResponse).status.dueAt
      func dispatch(_ station: Station.ID) async throws {
        _ = try await desk.run {
          try await desk.service.dispatch(.id(request.id), to: station, reason: "客户指定", $0)
        }
      }
      func held() async throws -> Station.ID? { try await clock(desk, request, .repairCallResponse).stationID }
      #expect(try await held() == first)
      try await dispatch(second)
      #expect(try await held() == second)
      // The station that registered the request sees it wherever it is, and so its deadlines.
      #expect(try await clocks(desk, request, as: desk.station(first)).count == 2)
      // Handed back by a station that may not see where it goes.
      _ = try await desk.run(as: desk.station(second)) {
        try await desk.service.refuse(.id(request.id), reason: "无技师", $0)
      }
      #expect(try await held() == first)
      let list = PageRequest(limit: 50, sort: [.init("dueAt")])
      let work = UnitOfWork(desk.test.database, clock: desk.clock.wall)
      let service = ClockService(work, book: ClockBook(PolicyBook()))
      #expect(try await service.list(Clock.Filter(), list, desk.station(second)).items.isEmpty)
      #expect(try await service.list(Clock.Filter(), list, desk.station(first)).items.count == 2)
      try await dispatch(second)
      // Cancelled by the one that registered it, while another has it.
      _ = try await desk.run(as: desk.station(first)) {
        try await desk.service.cancel(.id(request.id), reason: "客户取消", $0)
      }
      let last = try await clock(desk, request, .repairCallResponse)
      #expect(last.state == .cancelled && last.stationID == second)
      #expect(last.entries.map(\.kind) == [.started, .moved, .moved, .moved, .cancelled])
      #expect(due != nil)
      #expect(try desk.test.admin("select count(*) from clocks where met_at is null and cancelled_at is null") == "0")
    }
  }

  @Test("behind a step beyond the caller's stations row-level security binds the transaction again (SEC-03)")
  func bound() async throws {
    try await RequestDesk.with { desk in
      let first = desk.network.station
      let request = try await desk.create(desk.draft(at: first), as: desk.station(first))
      _ = try await desk.run {
        try await desk.service.dispatch(
          .id(request.id), to: desk.network.otherStation, reason: "客户指定", $0)
      }
      let caller = desk.station(first)
      let command: Command<Bool> = caller.command(at: desk.clock.now)
      _ = try await UnitOfWork(desk.test.database, clock: desk.clock.wall).perform(command, nil) { tx in
        try await ClockBook(PolicyBook()).follow(
          ClockSignal(cancelled: [.repairCallResponse]),
          of: ClockSubject(.serviceRequest, request.id.uuid, number: request.number), from: desk.network.otherStation,
          to: desk.network.otherStation, reason: nil, command, in: tx)
        // The repository's own wall is taken away; the database's stands.
        let foreign = try await tx.run(CustomerRepository.find(.id(desk.network.otherCustomer), in: .network))
        #expect(foreign == nil)
        return true
      }
    }
  }

  @Test("a call-back that brings it back is a call like the first: its clocks run anew (T-09, T-10, P-20)")
  func reopened() async throws {
    try await RequestDesk.with { desk in
      let request = try await desk.receipted(desk.draft(mode: .onSite))
      let call = RequestCallBack(
        isSatisfied: false, rating: 1, comment: "故障再现", calledBy: "话务员", calledAt: desk.clock.now)
      let back = try await desk.run { try await desk.service.close(.id(request.id), call, next: .desk, $0) }
      for kind in [ClockKind.repairCallResponse, .onSiteArrival] {
        let clock = try await clock(desk, back, kind)
        #expect(clock.state == .running && clock.occurrence == 2, "\(kind)")
      }
    }
  }

  @Test("advice by phone answers the call and leaves nothing to wait for (CALL-17, CALL-24)")
  func byPhone() async throws {
    try await RequestDesk.with { desk in
      let request = try await desk.create(desk.draft(mode: .onSite))
      _ = try await desk.run { try await desk.service.resolveByPhone(.id(request.id), desk.resolution(), $0) }
      #expect(
        try await states(desk, request)
          == [.repairCallResponse: .met, .forwardToSupervisor: .cancelled, .onSiteArrival: .cancelled])
    }
  }

  @Test("a vehicle's timeline shows the deadlines of its requests and orders (domain.md section 7)")
  func timeline() async throws {
    try await RequestDesk.with { desk in
      let request = try await desk.accepted(desk.draft(vin: TestNetwork.vin))
      let work = UnitOfWork(desk.test.database, clock: desk.clock.wall)
      let page = PageRequest(limit: 100, sort: [.init("at", descending: true)])
      let items = try await VehicleService(work).timeline(.id(desk.network.vehicle), page, desk.hotline).items
      let deadlines = items.filter { $0.resource == .clock }
      #expect(deadlines.filter { $0.kind == .clockStarted }.count == 2)
      #expect(
        deadlines.filter { $0.kind == .clockMet }.map(\.title) == [
          "Deadline repairCallResponse of \(request.number) met"
        ])
      let other = desk.station(desk.network.otherStation)
      let foreign = try await VehicleService(work).timeline(.id(desk.network.vehicle), page, other).items
      #expect(foreign.allSatisfy { $0.resource != .clock })
    }
  }
}
