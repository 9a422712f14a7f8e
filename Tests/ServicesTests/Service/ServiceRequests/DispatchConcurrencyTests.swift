import Domain
import FoundationEssentials
import Repositories
import Services
import TestSupport
import Testing

/// Many dispatchers at once (CALL-03, R8).
@Suite(.serialized) struct DispatchConcurrencyTests {
  @Test("of 40 parallel dispatches of one request exactly one wins, whomever they choose (CALL-03)")
  func oneWins() async throws {
    try await RequestDesk.with { desk in
      let request = try await desk.create()
      let stations = [desk.network.station, desk.network.otherStation]
      let outcomes = await Outcomes.of(40) { place in
        _ = try await desk.service.dispatch(
          .id(request.id), to: stations[place % 2], reason: "指定", desk.hotline.command(at: desk.clock.now))
      }
      #expect(outcomes.succeeded == 1)
      #expect(outcomes.others.isEmpty, "\(outcomes.others.prefix(3))")
      for refusal in outcomes.refused {
        guard case .transition = refusal else {
          Issue.record("\(refusal)")
          continue
        }
      }
      #expect(try desk.test.admin("select count(*) from service_request_dispatches") == "1")
      #expect(try await desk.events(request).count { $0.change.type == "serviceRequest.dispatched" } == 1)
      #expect(try await desk.service.get(.id(request.id), desk.hotline).version == 2)
    }
  }

  @Test("300 requests over 6 equal stations by 12 dispatchers at once spread to within one (CALL-03)")
  func even() async throws {
    try await RequestDesk.with { desk in
      _ = try await desk.addStations(["SY003", "SY004", "SY005", "SY006"])
      let service = desk.service
      let outcomes = await Outcomes.of(12) { dispatcher in
        for number in 0..<25 {
          let box = Box<ServiceRequest>()
          // Each at its own moment, as on a real clock, and not in the order of the dispatchers.
          let at = desk.clock.now.adding(seconds: Int64(number * 60 + (dispatcher * 7) % 12))
          _ = try await service.create(
            desk.draft(),
            desk.hotline.command(at: at, expecting: nil) { request in
              box.value = request
              return Answer(status: 201)
            })
          guard let request = box.value else { throw Failure.internal(reference: "no request was presented") }
          _ = try await service.dispatch(.id(request.id), to: nil, reason: nil, desk.hotline.command(at: at))
        }
      }
      #expect(outcomes.succeeded == 12, "\(outcomes.refused.prefix(2)) \(outcomes.others.prefix(2))")
      let shares = try desk.test.admin(
        "select count(*) from service_request_dispatches group by station_id order by 1")
      let counts = shares.split(separator: "\n").compactMap { Int($0) }
      #expect(counts.count == 6 && counts.reduce(0, +) == 300)
      #expect((counts.last ?? 0) - (counts.first ?? 0) <= 1, "\(counts)")
      // Numbers of headquarters have no gaps, however many register at once.
      #expect(try desk.test.admin("select last from headquarters_counters where kind = 'SR'") == "300")
      #expect(try desk.test.admin("select count(distinct number) from service_requests") == "300")
    }
  }

  @Test("a busy, a closed and an unfit station are passed over, and the kept ranking says why (CALL-03)")
  func reasons() async throws {
    try await RequestDesk.with { desk in
      try desk.test.admin(
        """
        update stations set authorisations = '{battery}' where code = 'SY001';
        insert into station_workshops (station_id, version, slot_minutes, grace_minutes, skills, updated_at, updated_by)
        select id, 1, 30, 30, '{highVoltage}', now(), 'x' from stations where code = 'SY001';
        update stations set authorisations = '{battery}', brands = '{其他}' where code = 'SY002';
        insert into vehicle_models (id, code, brand, series, name, powertrain, discontinued, external_ids, version,
          created_at, created_by, updated_at, updated_by)
        values ('0199b003-7c30-7e53-9f42-5da06b8c3e03', 'X5', '华晨', 'X5', 'X5', 'ice', false, '{}', 1, now(), 'x',
          now(), 'x');
        update vehicles set model_id = '0199b003-7c30-7e53-9f42-5da06b8c3e03';
        """)
      let request = try await desk.create(
        desk.draft(vin: TestNetwork.vin, requirement: RequestRequirement(repairType: "battery", skill: "highVoltage")))
      let ranking = try await desk.service.proposal(.id(request.id), at: desk.clock.now, desk.hotline)
      #expect(ranking.entries.map(\.code) == ["SY001", "SY002"])
      // The make follows from the model of the vehicle.
      #expect(ranking.entries[1].exclusions == [.brandNotAuthorised, .skillMissing])
      let dispatched = try await desk.run { try await desk.service.dispatch(.id(request.id), to: nil, reason: nil, $0) }
      #expect(dispatched.stationID == desk.network.station)
      let kept = try await desk.service.dispatches(.id(request.id), desk.hotline)
      #expect(kept.map(\.ranking.policyVersion) == ["clocks@0"])
      #expect(kept.first?.ranking.entries[1].exclusions == [.brandNotAuthorised, .skillMissing])

      // The station's load now counts.
      let next = try await desk.create(desk.draft(requirement: RequestRequirement(repairType: "battery")))
      let after = try await desk.service.proposal(.id(next.id), at: desk.clock.now, desk.hotline)
      #expect(after.entries.map(\.openRequests) == [0, 1])
      #expect(after.best?.code == "SY002")
    }
  }

  @Test(
    "dispatch reads the workshop: bays count as places and skills, a holiday closes, whatever the week says (CALL-03)")
  func workshop() async throws {
    try await RequestDesk.with { desk in
      let service = WorkshopService(UnitOfWork(desk.test.database, clock: desk.clock.wall))
      // Saturday, 2026-11-21, four in the afternoon where the stations are.
      let holiday = try #require(CalendarDate(year: 2026, month: 11, day: 21))
      func set(_ station: Station.ID, _ days: [Workshop.SpecialDay]) async throws {
        let workshop = Workshop(
          slotMinutes: 30, graceMinutes: 30, hours: [.init(weekday: 6, hours: .init(opens: 480, closes: 1_080))],
          specialDays: days,
          bays: [.init(code: "A", name: nil, skills: [.highVoltage], isFastLane: false, isActive: true)])
        _ = try await service.replace(
          .id(station), with: workshop, desk.hotline.command(at: desk.clock.now) { _ in Answer(status: 200) })
      }
      try await set(desk.network.station, [])
      try await set(desk.network.otherStation, [.init(day: holiday, hours: nil, note: "盘点")])
      let request = try await desk.create(
        desk.draft(.rescue, mode: .rescue, requirement: RequestRequirement(skill: "highVoltage")))
      let ranking = try await desk.service.proposal(.id(request.id), at: desk.clock.now, desk.hotline)
      #expect(ranking.entries.map(\.code) == ["SY001", "SY002"])
      #expect(ranking.entries.map(\.isOpenNow) == [true, false])
      #expect(ranking.entries.map(\.exclusions) == [[], [.closedNow]])
      #expect(ranking.entries.map(\.capacity) == [2, 2])
    }
  }

  @Test("the weights are those of the policy in force for the region of the place, and the decision keeps its version")
  func policy() async throws {
    try await RequestDesk.with { desk in
      var body = ClocksPolicy.standard
      body.dispatch = DispatchWeights(
        distancePoints: 0, loadPoints: 100, openingPoints: 0, reachKm: 10, jobsPerBay: 5)
      let content = PolicyContent(body: body.written, reason: "试行 Trial", validFrom: nil, validTo: nil)
      let policies = PolicyService(UnitOfWork(desk.test.database, clock: desk.clock.wall))
      let box = Box<Policy>()
      let people = ["起草人", "审批人"].map {
        Caller(
          subject: .user(UUID()), name: $0, roles: [], permissions: Set(Permission.allCases), scope: .network)
      }
      func command(_ caller: Caller) -> Command<Policy> {
        caller.command(at: desk.clock.now) { policy in
          box.value = policy
          return Answer(status: 200)
        }
      }
      _ = try await policies.create(
        PolicyDraft(key: .clocks, subject: .region(desk.network.region), content: content), command(people[0]))
      let id = try #require(box.value?.id)
      _ = try await policies.submit(.id(id), command(people[0]))
      _ = try await policies.approve(.id(id), comment: nil, command(people[1]))
      let request = try await desk.dispatched()
      let kept = try #require(try await desk.service.dispatches(.id(request.id), desk.hotline).first)
      #expect(kept.ranking.policyVersion == "clocks@1")
      #expect(kept.ranking.entries.map(\.capacity) == [20, 20])
      #expect(kept.ranking.entries.map(\.points.distance) == [0, 0])
    }
  }

  @Test("suspended and terminated stations are left out, and the ranking says so (CALL-03)")
  func inactive() async throws {
    try await RequestDesk.with { desk in
      try desk.test.admin("update stations set state = 'suspended' where code = 'SY001'")
      let request = try await desk.create()
      let ranking = try await desk.service.proposal(.id(request.id), at: desk.clock.now, desk.hotline)
      #expect(ranking.entries.map(\.code) == ["SY002", "SY001"])
      #expect(ranking.entries[1].exclusions == [.notActive])
      #expect(ranking.entries[1].reasons.contains("The station is suspended or terminated."))
      try desk.test.admin("update stations set state = 'terminated' where code = 'SY002'")
      await #expect(throws: Refusal.self) {
        _ = try await desk.run { try await desk.service.dispatch(.id(request.id), to: nil, reason: nil, $0) }
      }
    }
  }

  @Test("a region dispatches among its own stations (ORG-01)")
  func region() async throws {
    try await RequestDesk.with { desk in
      let region = Caller(
        subject: .client(UUID()), name: "大区", roles: [.regionManager], permissions: Role.regionManager.permissions,
        scope: .region(desk.network.region, stations: [desk.network.otherStation]))
      let request = try await desk.create(desk.draft(at: desk.network.otherStation), as: region)
      await #expect(throws: Refusal.self) {
        _ = try await desk.run(as: region) {
          try await desk.service.dispatch(.id(request.id), to: desk.network.station, reason: "x", $0)
        }
      }
      let dispatched = try await desk.run(as: region) {
        try await desk.service.dispatch(.id(request.id), to: nil, reason: nil, $0)
      }
      #expect(dispatched.stationID == desk.network.otherStation)
    }
  }
}
