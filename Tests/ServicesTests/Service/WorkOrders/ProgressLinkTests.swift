import Domain
import FoundationEssentials
import Repositories
import Services
import TestSupport
import Testing

/// The customer's signed link to the progress of his order (WO-26).
@Suite(.serialized) struct ProgressLinkTests {
  private static let secret = [UInt8](0..<32)

  private func links(_ desk: OrderDesk, _ secret: [UInt8] = secret) -> ProgressLinkService {
    ProgressLinkService(UnitOfWork(desk.test.database, clock: desk.clock.wall), secret: secret)
  }

  private func share(_ desk: OrderDesk, _ order: WorkOrder, days: Int = 30) async throws -> ProgressLink {
    let box = Box<ProgressLink>()
    _ = try await links(desk).share(
      .id(order.id), validDays: days,
      desk.desk.command(at: desk.clock.now) { link in
        box.value = link
        return Answer(status: 201)
      })
    return try #require(box.value)
  }

  @Test("a link opens the progress of its order until its time is over, and handing it out is an event (WO-26)")
  func valid() async throws {
    try await OrderDesk.with { desk in
      let order = try await desk.order(in: .quoted)
      let link = try await share(desk, order, days: 2)
      #expect(link.token.hasPrefix("asp_"))
      #expect(link.expiresAt == desk.clock.now.adding(seconds: 2 * 86_400))
      let report = try await links(desk).open(link.token, at: desk.clock.now)
      #expect(report == WorkOrderProgressReport(order, lines: order.lines))
      #expect(report.awaitsDecision)
      let last = try #require(try await desk.events(order).last)
      #expect(last.change.type == "workOrder.progressShared")
      #expect(last.change.version == order.version)
      #expect(!"\(last.change)".contains(link.token))
      _ = try await links(desk).open(link.token, at: link.expiresAt.adding(seconds: -1))
      for late in [0, 1, 1_000_000] as [Int64] {
        await #expect(throws: Refusal.notFound) {
          try await links(desk).open(link.token, at: link.expiresAt.adding(seconds: late))
        }
      }
    }
  }

  @Test("the link lists the steps, what was refused and what is done, with no number and no money (WO-49, SEC-04)")
  func steps() async throws {
    try await OrderDesk.with { desk in
      let planned = try await desk.order(in: .quoted)
      let link = try await share(desk, planned)
      let report = try await links(desk).open(link.token, at: desk.clock.now)
      #expect(report.steps.count == planned.lines.count && !report.steps.isEmpty)
      #expect(report.steps.map(\.number) == planned.lines.map(\.number) && !report.steps.contains(where: \.isDone))
      let done = try await desk.order(in: .ready)
      let finished = try await links(desk).open(try await share(desk, done).token, at: desk.clock.now)
      #expect(!finished.steps.isEmpty && finished.steps.allSatisfy(\.isDone))

      var line = try #require(planned.lines.first)
      line.decision = .refused
      line.work.description = "更换雨刮，完工致电 13912345678"
      line.work.correction = "没有做"
      let refused = try #require(WorkOrderProgressReport(planned, lines: [line]).steps.first)
      #expect(!refused.isDone && refused.decision == .refused && !refused.description.contains("13912345678"))
    }
  }

  @Test("a link that was changed in any place, cut or lengthened opens nothing (WO-26, C-24)")
  func tampered() async throws {
    try await OrderDesk.with { desk in
      let order = try await desk.create()
      let link = try await share(desk, order)
      let service = links(desk)
      let bytes = Array(link.token.utf8)
      let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=".utf8)
      for place in bytes.indices {
        // Every other letter at the end, where bits may be spare; a sample elsewhere.
        for letter in place == bytes.count - 1 ? alphabet : alphabet.filter({ $0 % 7 == UInt8(place % 7) }) {
          guard letter != bytes[place] else { continue }
          var changed = bytes
          changed[place] = letter
          await #expect(throws: Refusal.notFound) {
            try await service.open(String(decoding: changed, as: UTF8.self), at: desk.clock.now)
          }
        }
        await #expect(throws: Refusal.notFound) {
          try await service.open(String(decoding: bytes[..<place], as: UTF8.self), at: desk.clock.now)
        }
      }
      for text in ["", "asp_", link.token + "A", link.token + "=", link.token + " ", " " + link.token, "ASP_é"] {
        await #expect(throws: Refusal.notFound) { try await service.open(text, at: desk.clock.now) }
      }
      _ = try await service.open(link.token, at: desk.clock.now)
    }
  }

  @Test("links that were ended open nothing, links made afterwards do, and the end is an event (WO-26)")
  func revoked() async throws {
    try await OrderDesk.with { desk in
      let order = try await desk.create()
      let service = links(desk)
      func revoke() async throws {
        _ = try await service.revoke(
          .id(order.id),
          desk.desk.command(at: desk.clock.now, expecting: .versions([order.version])) { Answer(status: 204) })
      }
      await #expect(throws: Refusal.notFound) { try await revoke() }
      let old = [try await share(desk, order), try await share(desk, order, days: 1)]
      for link in old { _ = try await service.open(link.token, at: desk.clock.now) }
      try await revoke()
      for link in old {
        await #expect(throws: Refusal.notFound) { try await service.open(link.token, at: desk.clock.now) }
      }
      // Nothing is left to end.
      await #expect(throws: Refusal.notFound) { try await revoke() }
      let fresh = try await share(desk, order)
      _ = try await service.open(fresh.token, at: desk.clock.now)
      await #expect(throws: Refusal.notFound) { try await service.open(old[0].token, at: desk.clock.now) }
      #expect(
        try await desk.events(order).map(\.change.type).filter { $0.hasPrefix("workOrder.progress") }
          == ["progressShared", "progressShared", "progressLinksRevoked", "progressShared"].map { "workOrder.\($0)" })
      await #expect(throws: Refusal.versionMismatch(current: order.version)) {
        _ = try await service.revoke(
          .id(order.id),
          desk.desk.command(at: desk.clock.now, expecting: .versions([order.version + 1])) { Answer(status: 204) })
      }
      let other = Caller(
        subject: .client(UUID()), name: "别站", roles: [], permissions: Set(Permission.allCases),
        scope: .station(desk.network.otherStation))
      await #expect(throws: Refusal.notFound) {
        _ = try await service.revoke(.id(order.id), other.command(at: desk.clock.now) { Answer(status: 204) })
      }
    }
  }

  @Test("the order's end is the link's: it opens nothing when the order is closed or cancelled (WO-26)")
  func ended() async throws {
    try await OrderDesk.with { desk in
      let delivered = try await desk.order(in: .delivered)
      let link = try await share(desk, delivered)
      #expect(try await links(desk).open(link.token, at: desk.clock.now).state == .delivered)
      _ = try await desk.advance(delivered, to: .closed)
      await #expect(throws: Refusal.notFound) { try await links(desk).open(link.token, at: desk.clock.now) }
      await #expect(throws: Refusal.self) { _ = try await share(desk, delivered) }
      let received = try await desk.create()
      let second = try await share(desk, received)
      _ = try await desk.run { try await desk.service.leave(.id(received.id), .cancel, reason: "改约", $0) }
      await #expect(throws: Refusal.notFound) { try await links(desk).open(second.token, at: desk.clock.now) }
    }
  }

  @Test("a link of another secret opens nothing, nor one for an order that is not there (WO-26)")
  func foreign() async throws {
    try await OrderDesk.with { desk in
      let order = try await desk.create()
      let link = try await share(desk, order)
      await #expect(throws: Refusal.notFound) {
        try await links(desk, [UInt8](repeating: 7, count: 32)).open(link.token, at: desk.clock.now)
      }
      try await OrderDesk.with { elsewhere in
        await #expect(throws: Refusal.notFound) {
          try await links(elsewhere).open(link.token, at: elsewhere.clock.now)
        }
      }
      let other = Caller(
        subject: .client(UUID()), name: "别站", roles: [], permissions: Set(Permission.allCases),
        scope: .station(desk.network.otherStation))
      await #expect(throws: Refusal.notFound) {
        _ = try await links(desk).share(.id(order.id), validDays: 1, other.command(at: desk.clock.now))
      }
    }
  }
}
