import Domain
import FoundationEssentials
import Repositories
import Services
import TestSupport
import Testing

/// Old parts with their clocks and what they mean for claims (SM-10, OLD-06).
@Suite(.serialized) struct OldPartServiceTests {
  @Test(
    "an approved line asks its part back: due within 30 days, tagged, shipped, accepted, the claim goes on (OLD-01, CLM-12)"
  )
  func straight() async throws {
    try await OldPartDesk.with { desk in
      let part = try await desk.required()
      #expect(part.state == .due && part.number == "OP-SY001-2026-000001" && part.progress.tag == nil)
      let due = try #require(part.shown.dueAt)
      #expect(due.milliseconds - desk.clock.now.milliseconds > 29 * 86_400_000)
      let read = try await desk.parts.get(.id(part.id), desk.station)
      #expect(read.shown.dueAt == due && read.shown.vin == TestNetwork.vin)
      let shipped = try await desk.shipped(part)
      #expect(shipped.state == .shipped)
      #expect(try desk.test.admin("select state from clocks where subject_resource = 'oldPart'") == "met")
      _ = try await desk.received(part)
      let done = try await desk.inspected(part, .asClaimed)
      #expect(done.state == .accepted)
      // The claim reads the part as it is now, in the same transaction.
      #expect(desk.claims.heard == [.accepted(.accepted)])
      #expect(
        try await desk.events(part) == [
          "oldPart.requested", "oldPart.tagged", "oldPart.shipped", "oldPart.received", "oldPart.accepted",
        ])
    }
  }

  @Test("a line asks once however often it is approved, and finds the part that was tagged on its order (OLD-04)")
  func once() async throws {
    try await OldPartDesk.with { desk in
      let claim = UUID()
      let order = UUID()
      try desk.test.admin(
        """
        insert into work_orders (id, number, station_id, currency, state, customer_id, vehicle_id, mode, service_type,
          summary, inspection, created_at, created_by, updated_at, updated_by)
        values ('\(order)', 'WO-1', '\(desk.network.station)', 'CNY', 'received', '\(desk.network.customer)',
          '\(desk.network.vehicle)', 'workshop', 'repair', 's', '{}', now(), 'x', now(), 'x')
        """)
      var header = desk.header("BP-7")
      header.workOrderID = WorkOrder.ID(order)
      let tagged: OldPart = try await desk.run(desk.station) { [header] in
        try await desk.parts.create(OldPart.Draft(stationID: nil, header: header, storagePlace: "A-3"), $0)
      }
      #expect(tagged.state == .tagged)
      header.claim = OldPartDesk.line(1, of: claim)
      let drafts = [
        OldPart.Draft(stationID: desk.network.station, header: header),
        OldPart.Draft(
          stationID: desk.network.station, header: desk.header("BP-8", claim: OldPartDesk.line(2, of: claim))),
      ]
      let first = try await desk.require(drafts)
      let again = try await desk.require(drafts)
      #expect(first.map(\.id) == again.map(\.id) && first[0].id == tagged.id)
      #expect(first.map(\.state) == [.due, .due])
      #expect(try desk.test.admin("select count(*) from old_parts") == "2")
      #expect(try desk.test.admin("select count(*) from clocks where subject_resource = 'oldPart'") == "2")
    }
  }

  @Test("missing, wrong and tampered reverse the claim, by the policy (OLD-06)")
  func refused() async throws {
    try await OldPartDesk.with { desk in
      for (verdict, quantity) in [(OldPart.Verdict.wrong, 2), (.tampered, 2), (.missing, 0)] {
        let part = try await desk.required()
        _ = try await desk.shipped(part)
        _ = try await desk.received(part, quantity: quantity)
        #expect(try await desk.inspected(part, verdict).state == .mismatch)
      }
      #expect(
        desk.claims.heard == [.refused(.wrong, .reversed), .refused(.wrong, .reversed), .refused(.missing, .reversed)])
    }
  }

  @Test("a part that was not shipped in time is overdue, once, and blocks its claim until it is excused (OLD-06, P-16)")
  func overdue() async throws {
    try await OldPartDesk.with { desk in
      let part = try await desk.required()
      try await desk.sweep()
      #expect(try await desk.parts.get(.id(part.id), desk.station).state == .due)
      desk.clock.advance(seconds: 40 * 86_400)
      try await desk.sweep()
      try await desk.sweep()
      let late = try await desk.parts.get(.id(part.id), desk.station)
      #expect(late.state == .overdue && late.progress.overdueAt == desk.clock.now)
      #expect(desk.claims.heard == [.refused(.late, .blocked)])
      _ = try await desk.shipped(part, statement: "洪水 Flood")
      _ = try await desk.received(part)
      #expect(try await desk.inspected(part, .asClaimed, excused: true).state == .accepted)
      #expect(desk.claims.heard.last == .accepted(.accepted))
      #expect(try await desk.events(part).filter { $0 == "oldPart.overdue" }.count == 1)
    }
  }

  private static func states(of parts: [OldPart], _ desk: OldPartDesk) async throws -> [OldPart.State] {
    var states: [OldPart.State] = []
    for part in parts { states.append(try await desk.parts.get(.id(part.id), desk.station).state) }
    return states
  }

  @Test("a part whose claim cannot follow holds up no other, is reported, and comes again (OLD-06)")
  func alone() async throws {
    try await OldPartDesk.with { desk in
      var parts: [OldPart] = []
      for line in 1...3 { parts.append(try await desk.required(OldPartDesk.line(line))) }
      desk.claims.fail(for: [parts[0].id])
      desk.clock.advance(seconds: 40 * 86_400)
      try await desk.sweep()
      // Nothing of the one that failed is kept but that it failed.
      #expect(try await Self.states(of: parts, desk) == [.due, .overdue, .overdue])
      #expect(desk.claims.heard == [.refused(.late, .blocked), .refused(.late, .blocked)])
      #expect(
        try desk.test.admin("select subject_id, failures, error like '%broken%' from deferred_work")
          == "\(parts[0].id)|1|t")
      let leases = WorkerLeaseService(desk.test.database, clock: desk.clock.wall)
      #expect(try await leases.statuses().map(\.deferred) == [1])

      // Not before its time, then it fails once more and waits longer.
      desk.clock.advance(seconds: 30)
      try await desk.sweep()
      #expect(try desk.test.admin("select failures from deferred_work") == "1")
      desk.clock.advance(seconds: 60)
      try await desk.sweep()
      #expect(try desk.test.admin("select failures, retry_at - failed_at from deferred_work") == "2|00:02:00")

      desk.claims.fail(for: [])
      desk.clock.advance(seconds: 121)
      try await desk.sweep()
      #expect(try await Self.states(of: parts, desk) == [.overdue, .overdue, .overdue])
      #expect(desk.claims.heard.count == 3)
      #expect(try desk.test.admin("select count(*) from deferred_work") == "0")
    }
  }

  @Test("a line that was blocked long enough is refused once, and one that came in the meantime is not (OLD-06)")
  func endOfBlock() async throws {
    try await OldPartDesk.with { desk in
      let late = try await desk.required()
      let saved = try await desk.required()
      desk.clock.advance(seconds: 40 * 86_400)
      try await desk.sweep()
      let until = try #require(try await desk.parts.get(.id(late.id), desk.station).progress.blockedUntil)
      #expect(until == desk.clock.now.adding(seconds: 90 * 86_400))
      _ = try await desk.shipped(saved, statement: "洪水 Flood")
      #expect(try await desk.parts.get(.id(saved.id), desk.station).progress.blockedUntil == nil)

      desk.clock.advance(seconds: 90 * 86_400 - 1)
      try await desk.sweep()
      #expect(desk.claims.heard == [.refused(.late, .blocked), .refused(.late, .blocked)])
      desk.clock.advance(seconds: 1)
      try await desk.sweep()
      try await desk.sweep()
      #expect(desk.claims.heard.dropFirst(2) == [.refused(.late, .reversed)])
      #expect(try await desk.events(late).filter { $0 == "oldPart.blockEnded" }.count == 1)
      let ended = try await desk.parts.get(.id(late.id), desk.station)
      #expect(ended.state == .overdue && ended.progress.blockedUntil == nil)
    }
  }

  @Test("a part that is shipped after its time is late before any worker has seen it (OLD-06, P-16)")
  func lateUnseen() async throws {
    try await OldPartDesk.with { desk in
      let part = try await desk.required()
      desk.clock.advance(seconds: 40 * 86_400)
      let shipped = try await desk.shipped(part)
      #expect(shipped.state == .shipped && shipped.progress.overdueAt == desk.clock.now)
      _ = try await desk.received(part)
      #expect(try await desk.inspected(part, .asClaimed, excused: false).state == .mismatch)
      #expect(desk.claims.heard == [.refused(.late, .blocked)])
    }
  }

  @Test("of 40 parallel inspections of one part exactly one succeeds, and the claim is told once (S14)")
  func parallel() async throws {
    try await OldPartDesk.with { desk in
      let part = try await desk.required()
      _ = try await desk.shipped(part)
      _ = try await desk.received(part)
      let finding = OldPart.Finding(verdict: .asClaimed, finding: "一致", lateExcused: nil)
      let outcomes = await Outcomes.of(40) { _ in
        _ = try await desk.parts.inspect(.id(part.id), finding, desk.headquarters.command(at: desk.clock.now))
      }
      #expect(outcomes.succeeded == 1 && outcomes.refused.count == 39 && outcomes.others.isEmpty)
      #expect(desk.claims.heard.count == 1)
      #expect(try await desk.events(part).filter { $0 == "oldPart.accepted" }.count == 1)
    }
  }

  @Test("what was scrapped, or used again by its reuse note, is closed by the product (SM-10, OLD-07, OLD-08)")
  func closed() async throws {
    try await OldPartDesk.with { desk in
      let part = try await desk.required()
      _ = try await desk.shipped(part)
      _ = try await desk.received(part)
      _ = try await desk.inspected(part, .asClaimed)
      let scrapped = try await desk.run(desk.headquarters) {
        try await desk.parts.scrap(
          .id(part.id),
          OldPartDisposal(
            method: .recycling, note: "HB-1", opinion: "报废", reused: [],
            signature: OldPartSignature(desk.headquarters, at: desk.clock.now)), $0)
      }
      #expect(scrapped.state == .scrapped)
      let other = try await desk.required()
      _ = try await desk.shipped(other)
      _ = try await desk.received(other)
      _ = try await desk.inspected(other, .asClaimed)
      let reused = try await desk.run(desk.headquarters) {
        try await desk.parts.reuse(
          .id(other.id),
          OldPartDisposal(
            method: .reuse, note: "HY-1", opinion: "支架可用 The bracket is good", reused: ["支架"],
            signature: OldPartSignature(desk.headquarters, at: desk.clock.now)), $0)
      }
      #expect(reused.state == .reused && reused.progress.disposal?.note == "HY-1")
      #expect(reused.progress.disposal?.reused == ["支架"])
      try await desk.sweep()
      for id in [part.id, other.id] {
        #expect(try await desk.parts.get(.id(id), desk.station).state == .closed)
      }
    }
  }
}
