import Domain
import FoundationEssentials
import Repositories
import Services
import TestSupport
import Testing

@Suite("Complaints", .timeLimit(.minutes(20)))
struct ComplaintServiceTests {
  @Test("a general complaint goes its way to the archive, and every step is an event (CMP-03, SM-4)")
  func walk() async throws {
    try await ComplaintDesk.with { desk in
      let closed = try await desk.close(try await desk.resolve(try await desk.inExecution()))
      #expect(closed.state == .closed && closed.number == "CP-SY001-2026-000001")
      #expect(
        try await desk.types(closed) == [
          "complaint.received", "complaint.assigned", "complaint.investigating", "complaint.solutionProposed",
          "complaint.solutionAccepted", "complaint.resolved", "complaint.closed",
        ])
      #expect(closed.header.vehicleID == desk.network.vehicle)
    }
  }

  @Test("headquarters numbers its own, a station sees its own only, and another station none (SEC-03)")
  func scope() async throws {
    try await ComplaintDesk.with { desk in
      let central = try await desk.create(desk.draft())
      #expect(central.number == "CP-HQ-2026-000001" && central.stationID == nil)
      let own = try await desk.create(desk.draft(), as: desk.station())
      #expect(own.stationID == desk.network.station)
      for (complaint, caller) in [(central, desk.station()), (own, desk.station(desk.network.otherStation))] {
        await #expect(throws: Refusal.notFound) { _ = try await desk.service.get(.id(complaint.id), caller) }
      }
      #expect(try await desk.service.get(.number(own.number), desk.station()).id == own.id)
      await #expect(throws: Refusal.self) {
        _ = try await desk.create(desk.draft(at: desk.network.otherStation), as: desk.station())
      }
    }
  }

  @Test("what looks like the same case is named when it is recorded, and said why when asked (M16)")
  func duplicates() async throws {
    try await ComplaintDesk.with { desk in
      let first = try await desk.create(desk.draft(at: desk.network.station) { $0.externalIDs = ["odi": "11402345"] })
      let other = try await desk.create(
        desk.draft(at: desk.network.station) {
          $0.symptom = "抖动"
          $0.component = "发动机"
        })
      #expect(other.progress.duplicateCandidates == [])
      let same = try await desk.create(desk.draft(at: desk.network.station) { $0.symptom = nil })
      #expect(same.progress.duplicateCandidates == [first.id])
      let number = try await desk.create(
        desk.draft(at: desk.network.station) {
          $0.vin = nil
          $0.externalIDs = ["odi": "11402345"]
        })
      #expect(number.progress.duplicateCandidates == [first.id])
      let found = try await desk.service.duplicates(.id(first.id), desk.afterSales)
      #expect(found.map(\.complaint.id) == [number.id, same.id])
      #expect(found.map(\.matches) == [[.externalId], [.vin, .component]])
      // Beyond the window only the external identity counts.
      desk.clock.advance(seconds: 31 * 86_400)
      let late = try await desk.create(desk.draft(at: desk.network.station) { $0.externalIDs = ["odi": "11402345"] })
      #expect(Set(late.progress.duplicateCandidates) == [first.id, number.id])
    }
  }

  @Test("whoever does not see the other station is not told of its complaints (SEC-03)")
  func duplicatesOfOthers() async throws {
    try await ComplaintDesk.with { desk in
      _ = try await desk.create(desk.draft(), as: desk.station())
      let other = try await desk.create(desk.draft(), as: desk.station(desk.network.otherStation))
      #expect(other.progress.duplicateCandidates == [])
    }
  }

  @Test("merged complaints name each other; the duplicate ends (M16)")
  func merging() async throws {
    try await ComplaintDesk.with { desk in
      let survivor = try await desk.assigned()
      let duplicate = try await desk.create()
      let merged = try await desk.run {
        try await desk.service.merge(.id(duplicate.id), into: survivor.id, reason: "重复", $0)
      }
      #expect(merged.state == .merged && merged.progress.mergedInto == survivor.id)
      let taken = try await desk.service.get(.id(survivor.id), desk.afterSales)
      #expect(taken.progress.merged == [duplicate.id] && taken.version == survivor.version + 1)
      #expect(try await desk.types(survivor).last == "complaint.tookOver")
      // Nothing can be merged into one that ended, or that is not there.
      let third = try await desk.create()
      for target in [duplicate.id, .new(at: desk.clock.now)] {
        await #expect(throws: Refusal.self) {
          _ = try await desk.run {
            try await desk.service.merge(.id(third.id), into: target, reason: "重复", $0)
          }
        }
      }
    }
  }

  @Test("the number of reopenings is the policy's; beyond it the leaders have the case (CMP-08)")
  func reopening() async throws {
    try await ComplaintDesk.with { desk in
      var complaint = try await desk.resolve(try await desk.inExecution())
      for round in 1...2 {
        complaint = try await desk.close(complaint, satisfied: false)
        #expect(complaint.state == .investigating && complaint.progress.reopenings == round)
        complaint = try await desk.propose(complaint)
        complaint = try await desk.run {
          try await desk.service.acceptSolution(.id(complaint.id), option: nil, words: nil, channel: .phone, $0)
        }
        complaint = try await desk.resolve(complaint)
      }
      await #expect(throws: Refusal.self) {
        _ = try await desk.run { try await desk.service.reopen(.id(complaint.id), reason: "再次", $0) }
      }
      complaint = try await desk.close(complaint, satisfied: false)
      #expect(complaint.state == .escalated && complaint.progress.escalation?.level == .leaders)
      let last = try #require(try await desk.events(complaint).last)
      #expect(last.change.data["notifyRole"] == .text("hqServiceHead"))
    }
  }

  @Test(
    "what became of the complaint stands in the customer's history and in the vehicle's timeline (CMP-09, CUS-12, ORG-07)"
  )
  func history() async throws {
    try await ComplaintDesk.with { desk in
      let draft = desk.draft(at: desk.network.station) { $0.customerID = desk.network.customer }
      let complaint = try await desk.create(draft)
      let closed = try await desk.run {
        try await desk.service.closeUnjustified(.id(complaint.id), explanation: "属正常磨损", channel: .phone, $0)
      }
      #expect(closed.progress.conclusion == "属正常磨损")
      let history = try await desk.test.database.read(
        .system,
        EventRepository.history(
          .customer, desk.network.customer.uuid, PageRequest(limit: 10, sort: [.init("position")]), in: .network))
      let event = try #require(history.items.last)
      #expect(event.change.type == "customer.complaintClosed")
      #expect(event.change.data["complaintNumber"] == .text(complaint.number))
      let timeline = try await desk.test.database.read(
        .system,
        VehicleTimelineRepository.page(
          of: desk.network.vehicle, for: desk.afterSales, PageRequest(limit: 50, sort: [.init("at")]), in: .network))
      let kinds = Set(timeline.items.map(\.kind))
      #expect(kinds.isSuperset(of: [TimelineItem.Kind.complaintReceived, .complaintClosed]))
    }
  }

  @Test("where the customer's file was merged since, it is the file he has by now that hears of it (CMP-09, CUS-12)")
  func historyOfMerged() async throws {
    try await ComplaintDesk.with { desk in
      let complaint = try await desk.create(
        desk.draft(at: desk.network.station) { $0.customerID = desk.network.customer })
      let customers = CustomerService(
        UnitOfWork(desk.test.database, clock: desk.clock.wall),
        telephones: TelephoneIndex(secret: Array(repeating: 1, count: 32)))
      let kept = Box<Customer>()
      _ = try await customers.create(
        CustomerDraft(
          stationID: desk.network.station,
          profile: CustomerProfile(
            kind: .person, name: "王小明", phone: "13812345678", phone2: nil, email: nil, address: nil, city: nil,
            contactPreference: nil, wishedService: nil, note: nil),
          externalIDs: [:]),
        desk.afterSales.command(at: desk.clock.now) { customer in
          kept.value = customer
          return Answer(status: 201)
        })
      let file = try #require(kept.value)
      _ = try await customers.merge(
        .id(file.id), duplicate: desk.network.customer,
        desk.afterSales.command(at: desk.clock.now, expecting: .any) { (_: Customer) in Answer(status: 200) })
      _ = try await desk.run {
        try await desk.service.closeUnjustified(.id(complaint.id), explanation: "属正常磨损", channel: .phone, $0)
      }
      let page = PageRequest(limit: 10, sort: [.init("position")])
      let (now, before) = try await desk.test.database.read(
        .system, EventRepository.history(.customer, file.id.uuid, page, in: .network),
        EventRepository.history(.customer, desk.network.customer.uuid, page, in: .network))
      #expect(now.items.last?.change.type == "customer.complaintClosed")
      #expect(before.items.last?.change.type == "customer.merged")
    }
  }

  @Test("a correction that changes nothing keeps the version; an ended complaint stays as it is (C-17)")
  func correction() async throws {
    try await ComplaintDesk.with { desk in
      let complaint = try await desk.create()
      var patch = ComplaintPatch()
      patch.injured = .set(1)
      let changed = try await desk.run { try await desk.service.update(.id(complaint.id), patch, $0) }
      #expect(changed.version == 2 && changed.header.facts.injured == 1)
      let same = try await desk.run { try await desk.service.update(.id(complaint.id), patch, $0) }
      #expect(same.version == 2)
      _ = try await desk.run {
        try await desk.service.closeUnjustified(.id(complaint.id), explanation: "无", channel: .phone, $0)
      }
      patch.injured = .set(2)
      await #expect(throws: Refusal.self) {
        _ = try await desk.run { try await desk.service.update(.id(complaint.id), patch, $0) }
      }
    }
  }

  @Test("without the permission nothing is read or written; a major report needs its own (SEC-01)")
  func permissions() async throws {
    try await ComplaintDesk.with { desk in
      let clerk = Caller(
        subject: .client(UUID()), name: "x", roles: [], permissions: [.complaintsWrite], scope: .network)
      let filing = ComplaintDraft(
        stationID: nil, header: desk.header(),
        majorReport: .init(judgement: "起火", call: nil, level: nil))
      await #expect(throws: Refusal.forbidden(.complaintsReportMajor)) {
        _ = try await desk.create(filing, as: clerk)
      }
      await #expect(throws: Refusal.forbidden(.complaintsRead)) {
        _ = try await desk.service.list(
          ComplaintFilter(), PageRequest(limit: 10, sort: [.init("createdAt")]), clerk)
      }
    }
  }

  @Test("a complaint is read as it stood at any instant (A5)")
  func past() async throws {
    try await ComplaintDesk.with { desk in
      let complaint = try await desk.create()
      let before = desk.clock.now
      _ = try await desk.run {
        try await desk.service.assign(
          .id(complaint.id), to: .workshop, handler: nil, station: nil, reason: nil, $0)
      }
      let past = try await desk.service.whole(.id(complaint.id), desk.afterSales.reading(asOf: before))
      #expect(past.state == .received && past.version == 1)
      #expect(try await desk.service.whole(.id(complaint.id), desk.afterSales).state == .assigned)
    }
  }
}

/// Many at once (R8): the database decides who wins.
@Suite("Complaints, many at once", .serialized, .timeLimit(.minutes(20)))
struct ComplaintConcurrencyTests {
  @Test("of parallel confirmations and downgrades of one report exactly one wins (CMP-22, CMP-31)")
  func confirmOrDowngrade() async throws {
    try await ComplaintDesk.with { desk in
      let complaint = try await desk.reported()
      let (service, caller, now) = (desk.service, desk.afterSales, desk.clock.now)
      let outcomes = await Outcomes.of(40) { place in
        if place.isMultiple(of: 2) {
          _ = try await service.confirmMajor(.id(complaint.id), level: nil, note: nil, caller.command(at: now))
        } else {
          // A downgrade is possible after a confirmation too, so it names the version that it judged.
          _ = try await service.downgrade(
            .id(complaint.id), reason: "不属重大", caller.command(at: now, expecting: .versions([complaint.version])))
        }
      }
      #expect(outcomes.succeeded == 1, "\(outcomes.refused.prefix(2))")
      #expect(outcomes.others.isEmpty, "\(outcomes.others.prefix(3))")
      let decided = try await desk.events(complaint).map(\.change.type).filter {
        ["complaint.majorConfirmed", "complaint.downgraded"].contains($0)
      }
      #expect(decided.count == 1)
      let proposals = try await desk.types(complaint).filter { $0 == "qualityIssue.proposed" }
      #expect(proposals.count == (decided == ["complaint.majorConfirmed"] ? 1 : 0))
    }
  }

  @Test("a request becomes one complaint, however many convert it at once (CALL-02)")
  func conversion() async throws {
    try await RequestDesk.with { desk in
      let request = try await desk.create()
      let (service, caller, now) = (desk.service, desk.hotline, desk.clock.now)
      let outcomes = await Outcomes.of(20) { _ in
        _ = try await service.convert(
          .id(request.id), RequestConversion(target: .complaint, reason: "投诉", preferredAt: nil),
          caller.command(at: now))
      }
      #expect(outcomes.succeeded == 1 && outcomes.others.isEmpty, "\(outcomes.others.prefix(2))")
      #expect(try desk.test.admin("select count(*) from complaints") == "1")
    }
  }

  @Test("two signatures at once make one effective agreement (CMP-28)")
  func signatures() async throws {
    try await ComplaintDesk.with { desk in
      let complaint = try await desk.negotiating()
      let hash = try #require(complaint.major.agreement?.hash)
      let (service, caller, now) = (desk.service, desk.afterSales, desk.clock.now)
      let outcomes = await Outcomes.of(20) { place in
        let side: ComplaintAgreement.Side = place.isMultiple(of: 2) ? .company : .customer
        _ = try await service.signAgreement(
          .id(complaint.id), for: side, name: "x", hash: hash, signedAt: now, caller.command(at: now))
      }
      #expect(outcomes.succeeded == 2 && outcomes.others.isEmpty, "\(outcomes.others.prefix(2))")
      let signed = try await desk.service.get(.id(complaint.id), desk.afterSales)
      #expect(signed.state == .agreementEffective && signed.major.agreement?.signatures.count == 2)
    }
  }

  @Test("the compensations of one case never exceed the agreement, however many grant at once (CMP-33)")
  func compensations() async throws {
    try await ComplaintDesk.with { desk in
      var complaint = try await desk.negotiating()
      complaint = try await desk.sign(try await desk.sign(complaint, .company), .customer)
      _ = try await desk.run { try await desk.service.execute(.id(complaint.id), order: nil, $0) }
      let (service, caller, now, id) = (desk.service, desk.afterSales, desk.clock.now, complaint.id)
      let outcomes = await Outcomes.of(20) { _ in
        _ = try await service.grantCompensation(
          .id(id), purpose: "补偿", amount: Money(minor: 10_000_00, currency: .cny), caller.command(at: now))
      }
      #expect(outcomes.succeeded == 3 && outcomes.others.isEmpty, "\(outcomes.others.prefix(2))")
      #expect(try desk.test.admin("select sum(amount) from complaint_compensations") == "30000.00")
    }
  }
}
