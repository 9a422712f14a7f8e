import Domain
import FoundationEssentials
import Repositories
import TestSupport
import Testing

/// Requests in the database: what is written is read again, who sees what, and what the database refuses by itself.
@Suite(.serialized) struct ServiceRequestRepositoryTests {
  private static let now = ManualClock().now

  private struct Stored {
    let test: TestDatabase
    let network: TestNetwork

    static func with(_ body: @Sendable (Stored) async throws -> Void) async throws {
      try await TestDatabase.with { test in
        try await body(Stored(test: test, network: try await TestNetwork(in: test.database, at: now)))
      }
    }

    func caller(_ scope: Scope, session: Scope? = nil) -> Caller {
      Caller(
        subject: .client(UUID()), name: "测试", roles: [], permissions: Set(Permission.allCases), scope: scope,
        sessionScope: session)
    }

    func request(
      _ number: String, _ state: ServiceRequest.State = .received, registeredAt registered: Station.ID? = nil,
      at station: Station.ID? = nil, progress: ServiceRequestProgress = ServiceRequestProgress(),
      inspection: RequestInspection? = nil
    ) -> ServiceRequest {
      ServiceRequest(
        id: .new(at: now), number: number, registeredStationID: registered, stationID: station ?? registered,
        state: state, version: 1, stamp: RecordStamp(by: .system, at: now),
        header: ServiceRequestHeader(
          kind: inspection == nil ? .rescue : .inspection, source: .dealer, medium: .letter, urgency: .emergency,
          contact: RequestContact(name: "王小明", phone: "13812345678"), customerID: network.customer,
          vehicleID: network.vehicle, vin: TestNetwork.vin, plate: "辽A12345",
          place: RequestPlace(
            position: GeographicPosition(latitude: "41.8", longitude: "-123.4"), address: "大东区", city: "沈阳",
            regionID: network.region),
          mode: .rescue, cityMinorRepair: true, need: "救援", symptom: "异响",
          requirement: RequestRequirement(repairType: "battery", brand: "华晨", skill: "highVoltage"),
          inspection: inspection, externalIDs: ["crm": number]),
        progress: progress, sight: .network)
    }

    /// As a request becomes what it is: registered first, then changed.
    func save(_ request: ServiceRequest) async throws {
      let registered = ServiceRequest(
        id: request.id, number: request.number, registeredStationID: request.registeredStationID,
        stationID: request.stationID, state: .received, version: 1, stamp: request.stamp, header: request.header,
        progress: ServiceRequestProgress(), sight: .network)
      try await test.database.write(.system) { tx in
        for statement in ServiceRequestRepository.save(registered, over: nil) { _ = try await tx.run(statement) }
        if request != registered { _ = try await tx.run(ServiceRequestRepository.update(request, expecting: 1)) }
      }
    }

    func find(_ request: ServiceRequest, as caller: Caller) async throws -> ServiceRequest? {
      try await test.database.read(caller, ServiceRequestRepository.find(.id(request.id), in: caller.scope))
    }
  }

  private static func dispatch(to station: Station.ID) -> RequestDispatch {
    RequestDispatch(
      attempt: 1, stationID: station, isOverruled: true, reason: "客户指定", dispatchedAt: now, dispatchedBy: "话务员")
  }

  @Test("every member comes back as it was written")
  func roundTrip() async throws {
    try await Stored.with { stored in
      let plain = stored.request("SR-HQ-2026-000001")
      try await stored.save(plain)
      #expect(try await stored.find(plain, as: .system) == plain)

      let order = WorkOrder.ID.new(at: Self.now)
      try stored.test.admin(
        """
        insert into work_orders (id, number, station_id, currency, state, customer_id, mode, service_type, summary,
          created_at, created_by, updated_at, updated_by)
        values ('\(order)', 'WO-SY001-2026-000001', '\(stored.network.station)', 'CNY', 'received',
          '\(stored.network.customer)', 'rescue', 'repair', 'x', now(), 'x', now(), 'x')
        """)
      try stored.test.admin("alter table service_requests disable trigger service_requests_transition")
      let full = stored.request(
        "SR-HQ-2026-000002", .receipted, at: stored.network.station,
        progress: ServiceRequestProgress(
          forwardedTo: "王主管",
          answer: RequestAnswer(text: "在路上 \"引号\"", channel: .phone, answeredBy: "主管", answeredAt: Self.now),
          firstResponseAt: Self.now, dispatch: Self.dispatch(to: stored.network.station), dispatches: 2,
          informedStaff: [UUID()],
          refusals: [
            RequestRefusal(stationID: stored.network.otherStation, reason: "无人", refusedAt: Self.now)
          ], acceptedAt: Self.now, expectedArrivalAt: Self.now.adding(seconds: 60), workOrderID: order,
          startedAt: Self.now, arrivedAt: Self.now,
          resolution: RequestResolution(
            summary: "更换", caseReference: "SR-1", faultCleared: true, clearedAt: Self.now, resolvedBy: "技师",
            resolvedAt: Self.now),
          receipts: [
            RequestReceipt(party: .customer, channel: .message, note: nil, returnedBy: "话务员", returnedAt: Self.now),
            RequestReceipt(party: .station, channel: .email, note: "已读", returnedBy: "话务员", returnedAt: Self.now),
          ],
          callBack: RequestCallBack(
            isSatisfied: false, rating: 2, comment: "慢", calledBy: "话务员", calledAt: Self.now),
          reopenings: 1,
          conversion: RequestConversion(target: .appointment, reason: "改约", preferredAt: Self.now),
          exitReason: "x", closedAt: Self.now))
      try await stored.save(full)
      #expect(try await stored.find(full, as: .system) == full)

      for plan in [
        RequestInspection(rhythm: .regular, plannedOn: ReportPeriod.day(of: Self.now), intervalDays: 180),
        RequestInspection(rhythm: .irregular, plannedOn: ReportPeriod.day(of: Self.now), intervalDays: nil),
      ] {
        let visit = stored.request("SR-HQ-2026-\(plan.rhythm)", inspection: plan)
        try await stored.save(visit)
        #expect(try await stored.find(visit, as: .system) == visit)
      }
    }
  }

  @Test("a ranking is kept with its decision, number by number (CALL-03)")
  func records() async throws {
    try await Stored.with { stored in
      let request = stored.request("SR-HQ-2026-000001")
      try await stored.save(request)
      let ranking = DispatchRanking(
        request.need,
        among: try await stored.test.database.read(
          .system, DispatchRepository.candidates(at: Self.now, in: .network)), by: PolicyDefaults.dispatch,
        of: "clocks@0")
      #expect(ranking.entries.count == 2)
      #expect(ranking.entries.allSatisfy { $0.exclusions == [.notAuthorised, .skillMissing] })
      let record = DispatchRecord(dispatch: Self.dispatch(to: stored.network.station), ranking: ranking)
      try await stored.test.database.write(.system) { tx in
        _ = try await tx.run(DispatchRepository.insert(record, of: request.id))
      }
      let read = try await stored.test.database.read(
        .system, DispatchRepository.records(of: request.id, in: .network))
      #expect(read == [record])
      // A second dispatch under the same number is another one's.
      await #expect(throws: Refusal.self) {
        try await stored.test.database.write(.system) { tx in
          _ = try await tx.run(DispatchRepository.insert(record, of: request.id))
        }
      }
      for statement in ["delete from", "truncate"] {
        #expect(throws: TestCluster.Missing.self) {
          try stored.test.asApplication(scope: "*", "\(statement) service_request_dispatches")
        }
      }
      #expect(throws: TestCluster.Missing.self) {
        try stored.test.asApplication(scope: "*", "update service_request_dispatches set reason = 'x'")
      }
      #expect(throws: TestCluster.Missing.self) {
        try stored.test.asApplication(scope: "*", "delete from service_requests")
      }
    }
  }

  @Test("opening hours are asked by the clock of the station, whatever its zone")
  func localTime() async throws {
    try await Stored.with { stored in
      try stored.test.admin(
        """
        set app.scope = '*';
        update stations set time_zone = 'America/New_York' where code = 'SY002';
        insert into station_workshops (station_id, version, slot_minutes, grace_minutes, updated_at, updated_by)
        select id, 1, 30, 30, now(), 'x' from stations;
        insert into station_hours (station_id, weekday, opens, closes) select id, 6, 900, 961 from stations;
        """)
      // 2026-11-21T08:00:00Z, a Saturday.
      let candidates = try await stored.test.database.read(
        .system, DispatchRepository.candidates(at: Self.now, in: .network))
      #expect(candidates.map(\.code) == ["SY001", "SY002"])
      // Four in the afternoon here, three at night there.
      #expect(candidates.map(\.isOpenNow) == [true, false])
      let later = try await stored.test.database.read(
        .system, DispatchRepository.candidates(at: Self.now.adding(seconds: 60), in: .network))
      #expect(later.map(\.isOpenNow) == [false, false])
      try stored.test.admin("set app.scope = '*'; delete from station_hours")
      let unknown = try await stored.test.database.read(
        .system, DispatchRepository.candidates(at: Self.now, in: .network))
      #expect(unknown.map(\.isOpenNow) == [nil, nil])
    }
  }

  @Test(
    "a request is seen by who registered it and by who has it, through either wall alone (SEC-03, S1)",
    arguments: [true, false])
  func scope(behindPolicies: Bool) async throws {
    try await Stored.with { stored in
      let (own, other) = (stored.network.station, stored.network.otherStation)
      let ofHeadquarters = stored.request("SR-HQ-2026-000001")
      let registered = stored.request("SR-SY001-2026-000001", registeredAt: own)
      let dispatched = stored.request(
        "SR-HQ-2026-000002", .dispatched, at: own,
        progress: ServiceRequestProgress(dispatch: Self.dispatch(to: own), dispatches: 1))
      let passedOn = stored.request(
        "SR-SY001-2026-000002", .dispatched, registeredAt: own, at: other,
        progress: ServiceRequestProgress(dispatch: Self.dispatch(to: other), dispatches: 1))
      for request in [ofHeadquarters, registered, dispatched, passedOn] { try await stored.save(request) }
      func seen(_ scope: Scope) async throws -> [String] {
        let caller = behindPolicies ? stored.caller(.network, session: scope) : stored.caller(scope, session: .network)
        let page = try await stored.test.database.read(
          caller,
          ServiceRequestRepository.list(
            ServiceRequestFilter(), PageRequest(limit: 50, sort: [.init("number")]), in: caller.scope))
        for request in [ofHeadquarters, registered, dispatched, passedOn] {
          let isListed = page.items.contains { $0.id == request.id }
          #expect((try await stored.find(request, as: caller) != nil) == isListed)
        }
        return page.items.map(\.number)
      }
      #expect(try await seen(.station(own)) == [dispatched.number, registered.number, passedOn.number])
      #expect(try await seen(.station(other)) == [passedOn.number])
      #expect(try await seen(.region(stored.network.region, stations: [other])) == [passedOn.number])
      #expect(try await seen(.supplier(UUID())) == [])
      #expect(
        try await seen(.network) == [ofHeadquarters, dispatched, registered, passedOn].map(\.number))
    }
  }

  @Test("what a station handed back is out of its sight, and stays in its region's (SM-1)")
  func handedBack() async throws {
    try await Stored.with { stored in
      let request = stored.request("SR-HQ-2026-000001", at: stored.network.station)
      try await stored.save(request)
      #expect(try await stored.find(request, as: stored.caller(.station(stored.network.station))) == nil)
      let region = Scope.region(stored.network.region, stations: [stored.network.station])
      #expect(try await stored.find(request, as: stored.caller(region)) != nil)
    }
  }

  @Test("the database knows exactly the transitions of the life cycle (R10, SM-1)")
  func transitions() async throws {
    let lifecycle = Set(
      ServiceRequestLifecycle.table.transitions.flatMap { row in
        row.from.compactMap { from in
          row.to.flatMap { $0 == from ? nil : "\(from.rawValue)|\($0.rawValue)" }
        }
      })
    let stored = try await TestDatabase.with { database in
      try database.admin("select from_state, to_state from state_transitions where document = 'service_requests'")
    }
    #expect(Set(stored.split(separator: "\n").map(String.init)) == lifecycle)
  }

  @Test(
    "what does not belong together is refused by the database, whoever writes (R9, R10)",
    arguments: [
      ("state = 'closed'", "service_requests_transition"),
      ("state = 'dispatched'", "service_requests_dispatched_check"),
      ("need = ''", "service_requests_need_check"),
      ("dispatched_at = now()", "service_requests_dispatch_whole"),
      ("latitude_microdegrees = 1, longitude_microdegrees = null", "service_requests_position_whole"),
      ("state = 'resolvedByPhone'", "service_requests_resolved_check"),
      ("version = 0", "service_requests_version_check"),
      ("kind = 'inspection'", "service_requests_inspection_check"),
    ])
  func constraints(change: String, constraint: String) async throws {
    try await Stored.with { stored in
      try await stored.save(stored.request("SR-HQ-2026-000001"))
      do {
        try stored.test.asApplication(
          scope: "*", "update service_requests set \(change)")
        Issue.record("\(change) was accepted")
      } catch let refused as TestCluster.Missing {
        let said = constraint == "service_requests_transition" ? "does not go from" : constraint
        #expect(refused.description.contains(said), "\(refused)")
      }
    }
  }
}
