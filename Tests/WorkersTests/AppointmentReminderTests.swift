import Domain
import FoundationEssentials
import Repositories
import Services
import TestSupport
import Testing

@testable import Workers

@Suite("Reminders of appointments") struct AppointmentReminderTests {
  @Test("a confirmed appointment of the next day is reminded of once, by whichever instance (SM-2)")
  func once() async throws {
    try await withTestDatabases(2) { instances in
      let time = ManualClock()
      let network = try await TestNetwork(in: instances[0].database, at: time.now)
      let work = UnitOfWork(instances[0].database, clock: time.wall)
      let service = AppointmentService(
        work, orders: WorkOrderService(work, clocks: ClockBook(PolicyBook())))
      let caller = network.everything
      let workshop = Workshop(
        slotMinutes: 60, graceMinutes: 0,
        hours: (1...7).map { .init(weekday: $0, hours: .init(opens: 0, closes: 1440)) }, specialDays: [],
        bays: [.init(code: "A", name: nil, skills: [.general], isFastLane: false, isActive: true)])
      _ = try await WorkshopService(work).replace(
        .id(network.station), with: workshop, caller.command(at: time.now))
      // Tomorrow, the day after, and one that nobody confirmed.
      for (hours, isConfirmed) in [(20, true), (40, true), (21, false)] {
        let start = time.now.adding(seconds: Int64(hours) * 3600)
        let draft = AppointmentDraft(
          stationID: network.station, channel: .phone,
          request: AppointmentRequest(
            contactName: "王小明", contactPhone: "13812345678", plate: "辽A1", customerID: nil, vehicleID: nil,
            vehicleDescription: nil, serviceType: .repair, serviceItemID: nil, faultDescription: nil,
            wishedAt: start, durationMinutes: 60, skill: .general, priority: .normal, parts: [], note: nil,
            externalIDs: [:]))
        let answer = try await service.create(
          draft, caller.command(at: time.now) { Answer(status: 201, body: Array($0.number.utf8)) })
        if isConfirmed {
          _ = try await service.confirm(
            .number(String(decoding: answer.body, as: UTF8.self)), startsAt: nil, caller.command(at: time.now))
        }
      }
      let leases = instances.map { WorkerLeaseService($0.database, clock: time.wall) }
      try await leases[0].register(["remindAppointments"])
      for round in [0, 1] {
        let lease = try #require(try await leases[round].acquire(["remindAppointments"], holder: UUID()))
        #expect(try await !AppointmentReminders(leases[round], clock: time.wall).remind(under: lease))
        try await leases[round].succeed(lease, nextRunAfter: 1)
        time.advance(seconds: 2)
      }
      #expect(try instances[0].admin("select count(*) from events where type = 'appointment.reminded'") == "1")
      #expect(
        try instances[0].admin(
          "select count(*), max(version) from appointments where reminded_at is not null") == "1|3")
      time.advance(seconds: 20 * 3600)
      let lease = try #require(try await leases[0].acquire(["remindAppointments"], holder: UUID()))
      _ = try await AppointmentReminders(leases[0], clock: time.wall).remind(under: lease)
      #expect(try instances[0].admin("select count(*) from events where type = 'appointment.reminded'") == "2")
    }
  }
}
