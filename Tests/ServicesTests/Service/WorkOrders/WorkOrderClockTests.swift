import Domain
import FoundationEssentials
import Services
import TestSupport
import Testing

@Suite("Deadlines of work orders", .timeLimit(.minutes(20)))
struct WorkOrderClockTests {
  private func clocks(_ desk: OrderDesk, _ order: WorkOrder) async throws -> [Clock] {
    let work = UnitOfWork(desk.test.database, clock: desk.clock.wall)
    return try await ClockService(work, book: ClockBook(PolicyBook())).clocks(of: .workOrder, order.id.uuid, desk.desk)
  }

  /// Without the customer's file, which the entry formalities start.
  private func promises(_ desk: OrderDesk, _ order: WorkOrder) async throws -> [Clock] {
    try await clocks(desk, order).filter { $0.kind == .promisedDelivery }
  }

  @Test("the estimate starts the promised delivery; telling the customer that it is ready keeps the promise (T-46)")
  func kept() async throws {
    try await OrderDesk.with { desk in
      let quoted = try await desk.order(in: .quoted)
      let promised = try #require(try await clocks(desk, quoted).first)
      #expect(promised.kind == .promisedDelivery && promised.state == .running)
      #expect(promised.status.dueAt == quoted.progress.promisedDeliveryAt)
      #expect(promised.subject.number == quoted.number && promised.stationID == desk.network.station)
      var order = quoted
      for state in [.authorised, .inWorkshop, .inRepair, .qualityCheck, .ready, .notified] as [WorkOrder.State] {
        order = try await desk.advance(order, to: state)
      }
      #expect(try await promises(desk, order).map(\.state) == [.met])
    }
  }

  @Test("a delay moves the deadline and says whether the customer heard of it in time (T-46, WO-53)")
  func moved() async throws {
    try await OrderDesk.with { desk in
      let order = try await desk.order(in: .inRepair)
      func move(_ seconds: Int64) async throws -> WorkOrder {
        var patch = WorkOrderPatch()
        patch.promisedDeliveryAt = .set(desk.clock.now.adding(seconds: seconds))
        return try await desk.run { try await desk.service.update(.id(order.id), patch, $0) }
      }
      func notices() async throws -> [Bool] {
        try await clocks(desk, order).flatMap(\.entries).compactMap { entry in
          if case .promised(let promise) = entry.effect { promise.noticeInTime } else { nil }
        }
      }
      // An hour was promised when it was quoted, and some minutes have gone since.
      let first = try await move(7_200)
      #expect(try await promises(desk, order).map(\.status.dueAt) == [first.progress.promisedDeliveryAt])
      _ = try await move(10_800)
      #expect(try await notices() == [false, true])
    }
  }

  @Test("a promise that has passed is broken, and quoting again does not mend it")
  func broken() async throws {
    try await OrderDesk.with { desk in
      let quoted = try await desk.order(in: .quoted)
      desk.clock.advance(seconds: 7_200)
      _ = try await desk.advance(quoted, to: .quoted)
      #expect(try await clocks(desk, quoted).map(\.state) == [.breached, .running])
    }
  }

  @Test("an overhaul is said with the estimate, and warned of a day before (T-46)")
  func overhaul() async throws {
    try await OrderDesk.with { desk in
      let diagnosed = try await desk.order(in: .diagnosed)
      _ = try await desk.run { command in
        try await desk.service.quote(
          .id(diagnosed.id), promisedDeliveryAt: command.at.adding(seconds: 5 * 86_400), promisedQuality: nil,
          extent: .overhaul, command)
      }
      let clock = try #require(try await clocks(desk, diagnosed).first)
      #expect(clock.ledger.terms?.rule.warnBeforeSeconds == 86_400)
      #expect(clock.ledger.terms?.variant == .overhaul)
    }
  }

  @Test("the ways out end the promise")
  func cancelled() async throws {
    try await OrderDesk.with { desk in
      for action in [WorkOrder.Action.cancel, .closeNoRepair, .convertToAppointment] {
        let order = try await desk.order(in: .quoted)
        _ = try await desk.run { try await desk.service.leave(.id(order.id), action, reason: "不修", $0) }
        #expect(try await clocks(desk, order).map(\.state) == [.cancelled], "\(action)")
      }
    }
  }

  @Test("work that the customer sends back runs under its promise again (WO-07)")
  func sentBack() async throws {
    try await OrderDesk.with { desk in
      let order = try await desk.order(in: .notified)
      _ = try await desk.run {
        try await desk.service.accept(
          .id(order.id), .refused, by: "王小明", reason: "仍有异响", data: [:], $0)
      }
      let both = try await promises(desk, order)
      #expect(both.map(\.state) == [.met, .running])
      #expect(both.last?.status.dueAt == order.progress.promisedDeliveryAt)
    }
  }

  @Test("entry formalities start the customer's file, and closing does not end it (T-01)")
  func delivered() async throws {
    try await OrderDesk.with { desk in
      let delivered = try await desk.order(in: .delivered)
      let started = try await clocks(desk, delivered)
      #expect(started.map(\.kind) == [.promisedDelivery, .customerFile])
      #expect(started.map(\.state) == [.met, .running])
      let closed = try await desk.advance(delivered, to: .closed)
      #expect(try await clocks(desk, closed).map(\.state) == [.met, .running])
    }
  }
}
