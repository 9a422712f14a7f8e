import Domain
import FoundationEssentials
import Repositories
import Services
import TestSupport
import Testing

/// Requests through their services: the walk, what each step leaves behind, and who may do it where (SM-1).
@Suite(.serialized) struct ServiceRequestServiceTests {
  @Test("the whole walk of a request, one version and one event a step (SM-1)")
  func walk() async throws {
    try await RequestDesk.with { desk in
      let request = try await desk.receipted()
      let call = RequestCallBack(
        isSatisfied: true, rating: 5, comment: nil, calledBy: "话务员", calledAt: desk.clock.now)
      let closed = try await desk.run { try await desk.service.close(.id(request.id), call, next: nil, $0) }
      #expect(closed.state == .closed && closed.version == 8)
      #expect(closed.number == "SR-HQ-2026-000001")
      let events = try await desk.events(closed)
      #expect(
        events.map(\.change.type)
          == [
            "received", "dispatched", "accepted", "started", "resolved", "receiptReturned", "receipted", "closed",
          ].map { "serviceRequest.\($0)" })
      #expect(events.map(\.change.version) == [1, 2, 3, 4, 5, 6, 7, 8])
      #expect(try await desk.service.get(.number(closed.number), desk.hotline) == closed)
    }
  }

  @Test("events name the clocks that start, stop and become pointless (T-09…T-14)")
  func clocks() async throws {
    try await RequestDesk.with { desk in
      let request = try await desk.started(desk.draft(.rescue, mode: .rescue))
      let arrived = try await desk.run(as: desk.station()) {
        try await desk.service.arrive(.id(request.id), at: desk.clock.now, $0)
      }
      #expect(arrived.progress.arrivedAt != nil && arrived.state == .inProgress)
      let data = Dictionary(
        try await desk.events(arrived).map { ($0.change.type, $0.change.data) }, uniquingKeysWith: { first, _ in first }
      )
      func names(_ type: String, _ member: String) -> [EventValue] {
        if case .list(let names)? = data["serviceRequest.\(type)"]?[member] { names } else { [] }
      }
      #expect(
        names("received", "clocksStarted")
          == ["forwardToSupervisor", "repairCallResponse", "onSiteArrival"].map(EventValue.text))
      #expect(names("accepted", "clocksStopped") == [.text("repairCallResponse")])
      #expect(names("started", "clocksStarted") == [])
      #expect(names("arrived", "clocksStopped") == [.text("onSiteArrival")])
      #expect(names("arrived", "clocksStarted") == [.text("faultCleared")])
      #expect(data["serviceRequest.received"]?["cityMinorRepair"] == .boolean(false))
      for event in try await desk.events(arrived) {
        #expect(!"\(event.change)".contains("13812345678") && !"\(event.change)".contains("王小明"))
      }
    }
  }

  @Test("starting opens an order of the station with what the request says, in one transaction (CALL-23)")
  func start() async throws {
    try await RequestDesk.with { desk in
      let request = try await desk.started(desk.draft(mode: .onSite, vin: TestNetwork.vin))
      let id = try #require(request.progress.workOrderID)
      let order = try await desk.orders.get(.id(id), desk.station())
      #expect(order.stationID == desk.network.station && order.header.mode == .onSite)
      #expect(order.header.summary == "无法启动" && order.header.vehicleID == desk.network.vehicle)
      #expect(order.header.contact?.phone == "13812345678")

      // Nothing of an order that cannot be opened is left behind, the counter included.
      let second = try await desk.accepted()
      await #expect(throws: Refusal.self) {
        _ = try await desk.run(as: desk.station()) {
          try await desk.service.start(
            .id(second.id),
            .new(customerID: desk.network.otherCustomer, vehicleID: nil, mode: nil, serviceType: .repair), $0)
        }
      }
      await #expect(
        throws: Refusal.invalid(
          "#/customerId", .required, "is required, because the request names no customer")
      ) {
        _ = try await desk.run(as: desk.station()) {
          try await desk.service.start(
            .id(second.id), .new(customerID: nil, vehicleID: nil, mode: nil, serviceType: .repair), $0)
        }
      }
      #expect(try desk.test.admin("select count(*) from work_orders") == "1")
      #expect(try desk.test.admin("select last from document_counters where kind = 'WO'") == "1")
      #expect(try await desk.service.get(.id(second.id), desk.hotline).state == .accepted)

      let linked = try await desk.run(as: desk.station()) {
        try await desk.service.start(.id(second.id), .order(id), $0)
      }
      #expect(linked.progress.workOrderID == id)
    }
  }

  @Test("a request is started under an open order of its own station only (SM-1)")
  func link() async throws {
    try await RequestDesk.with { desk in
      let header = WorkOrderHeader(
        customerID: desk.network.otherCustomer, vehicleID: nil, mode: .workshop, serviceType: .repair, summary: "x",
        note: nil, contact: nil, externalIDs: [:])
      let box = Box<WorkOrder>()
      _ = try await desk.orders.create(
        WorkOrderDraft(stationID: desk.network.otherStation, header: header, lines: []),
        desk.hotline.command(at: desk.clock.now) { order in
          box.value = order
          return Answer(status: 201)
        })
      let foreign = try #require(box.value)
      let request = try await desk.accepted()
      for caller in [desk.station(), desk.hotline] {
        await #expect(
          throws: Refusal.invalid("#/workOrderId", .notFound, "there is no such order at this station")
        ) {
          _ = try await desk.run(as: caller) { try await desk.service.start(.id(request.id), .order(foreign.id), $0) }
        }
      }
    }
  }

  @Test("a vehicle on record is found by its VIN, an unknown one is kept as it was told (CALL-20)")
  func vehicle() async throws {
    try await RequestDesk.with { desk in
      let known = try await desk.create(desk.draft(vin: TestNetwork.vin))
      #expect(known.header.vehicleID == desk.network.vehicle)
      let unknown = try await desk.create(desk.draft(vin: "LSYHDAAA0PK012345"))
      #expect(unknown.header.vehicleID == nil && unknown.header.vin == "LSYHDAAA0PK012345")
      var patch = ServiceRequestPatch()
      patch.vehicleID = .set(desk.network.vehicle)
      await #expect(throws: Refusal.invalid("#/vin", .inconsistent, "is not the VIN of the vehicle")) {
        _ = try await desk.run { try await desk.service.update(.id(unknown.id), patch, $0) }
      }
      patch.vin = .set(nil)
      let corrected = try await desk.run { try await desk.service.update(.id(unknown.id), patch, $0) }
      #expect(corrected.header.vin == TestNetwork.vin && corrected.version == 2)
    }
  }

  @Test("who registers: headquarters, the own station, or a named one of the region (CALL-05)")
  func registering() async throws {
    try await RequestDesk.with { desk in
      #expect(try await desk.create().registeredStationID == nil)
      let own = try await desk.create(as: desk.station())
      #expect(own.registeredStationID == desk.network.station && own.number == "SR-SY001-2026-000001")
      let region = Caller(
        subject: .client(UUID()), name: "大区", roles: [.regionManager], permissions: Set(Permission.allCases),
        scope: .region(desk.network.region, stations: [desk.network.station]))
      await #expect(throws: Refusal.self) { _ = try await desk.create(as: region) }
      await #expect(throws: Refusal.self) {
        _ = try await desk.create(desk.draft(at: desk.network.otherStation), as: region)
      }
      let named = try await desk.create(desk.draft(at: desk.network.station), as: region)
      #expect(named.registeredStationID == desk.network.station)
    }
  }

  @Test("the station that registered a request reads on, but does not act for the one that has it (CALL-23)")
  func hands() async throws {
    try await RequestDesk.with { desk in
      let registered = try await desk.create(as: desk.station())
      let elsewhere = desk.network.otherStation
      let request = try await desk.run {
        try await desk.service.dispatch(.id(registered.id), to: elsewhere, reason: "更近", $0)
      }
      let (origin, holder) = (desk.station(), desk.station(elsewhere))
      #expect(try await desk.service.get(.id(request.id), origin).state == .dispatched)
      await #expect(throws: Refusal.self) {
        _ = try await desk.run(as: origin) {
          try await desk.service.accept(.id(request.id), expectedArrivalAt: nil, $0)
        }
      }
      let offers = try await desk.service.offers(.id(request.id), origin)
      #expect(offers.first { $0.action == "accept" }?.obstacles.map(\.code) == ["in-other-hands"])
      _ = try await desk.service.addNote(.id(request.id), "客户催促", origin.command(at: desk.clock.now))
      let accepted = try await desk.run(as: holder) {
        try await desk.service.accept(.id(request.id), expectedArrivalAt: nil, $0)
      }
      #expect(accepted.state == .accepted)
      #expect(
        try await desk.events(request, as: holder).map(\.change.type)
          == ["serviceRequest.dispatched", "serviceRequest.accepted"])
      #expect(
        try await desk.events(request, as: origin).map(\.change.type)
          == ["serviceRequest.received", "serviceRequest.noted"])
      // It may still say that the customer no longer wants it.
      let converted = try await desk.run(as: origin) {
        try await desk.service.convert(
          .id(request.id), RequestConversion(target: .complaint, reason: "等待过久", preferredAt: nil), $0)
      }
      #expect(converted.state == .converted)
    }
  }

  @Test("what a station refuses leaves its sight, and is not proposed to it again (SM-1)")
  func refusal() async throws {
    try await RequestDesk.with { desk in
      let request = try await desk.dispatched()
      let refused = try await desk.run(as: desk.station()) {
        try await desk.service.refuse(.id(request.id), reason: "无人", $0)
      }
      #expect(refused.state == .received)
      await #expect(throws: Refusal.notFound) { _ = try await desk.service.get(.id(request.id), desk.station()) }
      let ranking = try await desk.service.proposal(.id(request.id), at: desk.clock.now, desk.hotline)
      #expect(ranking.best?.stationID == desk.network.otherStation)
      #expect(
        ranking.entries.first { $0.stationID == desk.network.station }?.exclusions == [.refusedBefore])
      let again = try await desk.run { try await desk.service.dispatch(.id(request.id), to: nil, reason: nil, $0) }
      #expect(again.stationID == desk.network.otherStation && again.progress.dispatch?.attempt == 2)
      let records = try await desk.service.dispatches(.id(request.id), desk.hotline)
      #expect(records.map(\.dispatch.attempt) == [1, 2])
      #expect(records.map(\.dispatch.isOverruled) == [false, false])
      #expect(records[1].ranking.entries.count == 2)
    }
  }

  @Test("an unsatisfied customer brings the request back to the station with a new round (CALL-18, P-20)")
  func reopening() async throws {
    try await RequestDesk.with { desk in
      let request = try await desk.receipted()
      let call = RequestCallBack(
        isSatisfied: false, rating: 1, comment: "故障再现", calledBy: "话务员", calledAt: desk.clock.now)
      let back = try await desk.run { try await desk.service.close(.id(request.id), call, next: .station, $0) }
      #expect(back.state == .dispatched && back.progress.reopenings == 1)
      let accepted = try await desk.run(as: desk.station()) {
        try await desk.service.accept(.id(request.id), expectedArrivalAt: nil, $0)
      }
      #expect(accepted.state == .accepted)
      let last = try await desk.events(back).first { $0.change.type == "serviceRequest.reopened" }
      #expect(last?.change.reason == "故障再现")
      #expect(last?.change.data["clocksStarted"] == .list([.text("repairCallResponse")]))
    }
  }

  @Test("a request becomes a complaint at once; a wish for an appointment is told to its family (CALL-02, CALL-21)")
  func conversion() async throws {
    try await RequestDesk.with { desk in
      for (target, type) in [
        (RequestConversion.Target.complaint, "serviceRequest.converted"), (.appointment, "appointment.requested"),
      ] {
        let request = try await desk.create()
        let converted = try await desk.run {
          try await desk.service.convert(
            .id(request.id), RequestConversion(target: target, reason: "客户要求", preferredAt: nil), $0)
        }
        #expect(converted.state == .converted && converted.progress.conversion?.target == target)
        #expect(try await desk.events(converted).map(\.change.type).contains(type))
        #expect((converted.progress.conversion?.complaintID != nil) == (target == .complaint))
      }
    }
  }

  @Test("without the permission nothing is read or written (SEC-01)")
  func permissions() async throws {
    try await RequestDesk.with { desk in
      let request = try await desk.dispatched()
      let nobody = Caller(
        subject: .client(UUID()), name: "x", roles: [], permissions: [.serviceRequestsRead], scope: .network)
      await #expect(throws: Refusal.forbidden(.serviceRequestsDispatch)) {
        _ = try await desk.service.proposal(.id(request.id), at: desk.clock.now, nobody)
      }
      await #expect(throws: Refusal.forbidden(.serviceRequestsDispatch)) {
        _ = try await desk.service.dispatches(.id(request.id), nobody)
      }
      await #expect(throws: Refusal.forbidden(.serviceRequestsCancel)) {
        _ = try await desk.run(as: nobody) { try await desk.service.cancel(.id(request.id), reason: "x", $0) }
      }
      await #expect(throws: Refusal.forbidden(.serviceRequestsWrite)) { _ = try await desk.create(as: nobody) }
    }
  }
}
