import Domain
import FoundationEssentials
import Repositories
import Services
import TestSupport
import Testing

/// Major complaints with their teams (CMP-20…34, SEC-02).
@Suite("Major complaints", .timeLimit(.minutes(20)))
struct MajorComplaintTests {
  @Test(
    "a major complaint goes its way to the archive: report, team, agreement, execution, compensation paid by finance (CMP-21…33, SET-06)"
  )
  func walk() async throws {
    try await ComplaintDesk.with { desk in
      var complaint = try await desk.negotiating()
      #expect(complaint.major.confirmation?.level == .level1)
      complaint = try await desk.sign(complaint, .customer)
      #expect(complaint.state == .negotiating)
      complaint = try await desk.sign(complaint, .company)
      #expect(complaint.state == .agreementEffective)
      complaint = try await desk.run { try await desk.service.execute(.id(complaint.id), order: nil, $0) }
      complaint = try await desk.run {
        try await desk.service.grantCompensation(
          .id(complaint.id), purpose: "医疗费", amount: Money(minor: 30_000_00, currency: .cny), $0)
      }
      let compensation = try #require(complaint.major.compensations.first)
      await #expect(throws: Refusal.self) {
        _ = try await desk.run {
          try await desk.service.payCompensation(
            .id(complaint.id), compensation.id, voucher: "FK-1", paidAt: desk.clock.now, $0)
        }
      }
      let finance = try await desk.member(.finance, doing: .complaintsWriteCompensations)
      complaint = try await desk.run(as: finance) {
        try await desk.service.payCompensation(
          .id(complaint.id), compensation.id, voucher: "FK-1", paidAt: desk.clock.now, $0)
      }
      await #expect(throws: Refusal.self) { _ = try await desk.resolve(complaint) }
      complaint = try await desk.run {
        try await desk.service.collectVehicle(
          .id(complaint.id),
          VehicleReturn(
            id: .new(at: desk.clock.now), vehicleID: desk.network.vehicle, note: "YS-1", carrier: "长久物流",
            collectedFrom: "大东区", odometerKm: 18_262, collectedAt: desk.clock.now, recordedBy: "孙强"), $0)
      }
      let vehicle = try #require(complaint.major.vehicleReturns.first)
      complaint = try await desk.run {
        try await desk.service.storeVehicle(
          .id(complaint.id), vehicle.id,
          .init(place: "二号库", condition: "前部变形", storedAt: desk.clock.now, recordedBy: "孙强"), $0)
      }
      complaint = try await desk.close(try await desk.resolve(complaint))
      #expect(complaint.state == .closed && complaint.major.team == nil)
      let whole = try await desk.service.whole(.id(complaint.id), desk.afterSales)
      #expect(whole.major.compensations.first?.payment?.reference == "FK-1")
      #expect(whole.major.vehicleReturns.first?.storage?.place == "二号库")
      #expect(try await desk.types(complaint).last == "complaint.closed")
    }
  }

  @Test("confirming tells what a quality issue would begin with, without the customer (CMP-16)")
  func proposal() async throws {
    try await ComplaintDesk.with { desk in
      let draft = desk.draft(at: desk.network.station) {
        $0.facts = ComplaintFacts(crash: true, injured: 2)
        $0.compensationDemand = Money(minor: 80_000_00, currency: .cny)
      }
      let complaint = try await desk.confirmed(draft)
      #expect(complaint.major.confirmation?.level == .level1)
      let proposed = try #require(try await desk.events(complaint).last { $0.change.type == "qualityIssue.proposed" })
      #expect(proposed.change.data["injured"] == .integer(2) && proposed.change.data["level"] == .text("level1"))
      #expect(proposed.change.data["vin"] == .text(TestNetwork.vin))
      #expect(proposed.change.data["complaintId"] == .text(complaint.id.description))
      #expect(!"\(proposed.change)".contains("王小明") && !"\(proposed.change)".contains("13812345678"))
    }
  }

  @Test("the team sees its case and nothing beside it, and no longer when it is dissolved (CMP-25, SEC-02)")
  func grants() async throws {
    try await ComplaintDesk.with { desk in
      let other = try await desk.create()
      var complaint = try await desk.confirmed(level: .level1)
      func seen(_ role: Role) async throws -> [Complaint.ID] {
        try await desk.service.list(
          ComplaintFilter(), PageRequest(limit: 10, sort: [.init("createdAt")]), try await desk.member(role)
        ).items.map(\.id)
      }
      #expect(try await seen(.legal) == [])
      complaint = try await desk.form(complaint)
      #expect(try await seen(.legal) == [complaint.id])
      #expect(try await seen(.pr) == [complaint.id])
      let legal = try await desk.member(.legal)
      await #expect(throws: Refusal.notFound) { _ = try await desk.service.get(.id(other.id), legal) }
      #expect(try await desk.service.whole(.id(complaint.id), legal).id == complaint.id)
      // Who is not named any more leaves; who stays sees it still.
      complaint = try await desk.form(complaint, [.qa, .legal])
      #expect(try await seen(.pr) == [])
      #expect(try await seen(.legal) == [complaint.id])
      let team = try await desk.service.team(.id(complaint.id), desk.afterSales)
      #expect(team.count == 4 && team.count { $0.revokedAt == nil } == 2)
      _ = try await desk.run { try await desk.service.downgrade(.id(complaint.id), reason: "不属重大", $0) }
      #expect(try await seen(.legal) == [])
      let former = try await desk.member(.legal)
      await #expect(throws: Refusal.notFound) { _ = try await desk.service.get(.id(complaint.id), former) }
    }
  }

  @Test("a member does the team's work on the case, wherever it stands (SEC-02)")
  func memberActs() async throws {
    try await ComplaintDesk.with { desk in
      let complaint = try await desk.form(try await desk.confirmed(level: .level1))
      let legal = try await desk.member(.legal, doing: .complaintsArriveOnSite)
      let there = try await desk.run(as: legal) {
        try await desk.service.arriveOnSite(.id(complaint.id), at: desk.clock.now, place: "大东区", $0)
      }
      #expect(there.state == .onSite)
      #expect(try await desk.states(complaint)[.majorTeamOnSite] == .met)
      let nobody = try await desk.member(.legal, doing: .complaintsConfirmMajor)
      await #expect(throws: Refusal.forbidden(.complaintsConfirmMajor)) {
        _ = try await desk.run(as: nobody) {
          try await desk.service.confirmMajor(.id(complaint.id), level: nil, note: nil, $0)
        }
      }
    }
  }

  @Test("nobody is called into a team in a role that he does not hold; then no team is formed (SEC-02)")
  func wrongRole() async throws {
    try await ComplaintDesk.with { desk in
      let complaint = try await desk.confirmed(level: .level3)
      let members = [CaseMember(userID: try #require(desk.people[.qa]), role: .legal)]
      await #expect(throws: Refusal.self) {
        _ = try await desk.run {
          try await desk.service.formTeam(.id(complaint.id), of: members, reason: "x", $0)
        }
      }
      #expect(try await desk.service.get(.id(complaint.id), desk.afterSales).state == .majorConfirmed)
      #expect(try await desk.service.team(.id(complaint.id), desk.afterSales).isEmpty)
    }
  }

  @Test("the same words again keep the signatures, other words void them (CMP-28)")
  func edits() async throws {
    try await ComplaintDesk.with { desk in
      var complaint = try await desk.sign(try await desk.negotiating(), .customer)
      let content = try #require(complaint.major.agreement?.content)
      let again = try await desk.run { try await desk.service.writeAgreement(.id(complaint.id), content, $0) }
      #expect(again.version == complaint.version && again.major.agreement?.signatures.count == 1)
      let first = try #require(complaint.major.agreement?.hash)
      complaint = try await desk.run {
        try await desk.service.writeAgreement(
          .id(complaint.id),
          .init(terms: "补偿减半", repair: nil, compensation: nil, takesVehicleBack: false), $0)
      }
      #expect(complaint.major.agreement?.revision == 2 && complaint.major.agreement?.signatures == [])
      await #expect(throws: Refusal.self) { _ = try await desk.sign(complaint, .customer, hash: first) }
    }
  }

  @Test("the past of a case keeps its payments as they were (A5)")
  func past() async throws {
    try await ComplaintDesk.with { desk in
      var complaint = try await desk.negotiating()
      complaint = try await desk.sign(try await desk.sign(complaint, .company), .customer)
      _ = try await desk.run { try await desk.service.execute(.id(complaint.id), order: nil, $0) }
      let before = desk.clock.now
      complaint = try await desk.run {
        try await desk.service.grantCompensation(
          .id(complaint.id), purpose: "补偿", amount: Money(minor: 100, currency: .cny), $0)
      }
      let past = try await desk.service.whole(.id(complaint.id), desk.afterSales.reading(asOf: before))
      #expect(past.major.compensations.isEmpty && past.state == .inExecution)
    }
  }
}
