import Domain
import Repositories
import Services
import TestSupport
import Testing

@Suite("vehicles and odometer")
struct VehicleServiceTests {
  private let clock = ManualClock()

  @Test("an odometer does not fall unless a replaced cluster explains it (domain.md section 7)")
  func odometer() async throws {
    try await TestDatabase.with { test in
      let network = try await TestNetwork(in: test.database, at: clock.now)
      let vehicles = VehicleService(UnitOfWork(test.database, clock: clock.wall))
      func record(_ km: Int, _ replacement: OdometerDraft.Replacement? = nil) async throws {
        clock.advance(seconds: 86_400)
        let draft = OdometerDraft(km: km, source: .checkIn, replacement: replacement)
        _ = try await vehicles.recordOdometer(
          .number(TestNetwork.vin), draft, network.everything.command(at: clock.now))
      }
      try await record(1000)
      await #expect(throws: Refusal.self) { try await record(999) }
      try await record(20, .init(oldKm: 1200, newKm: 20, reason: "defective"))
      try await record(100)
      let vehicle = try await vehicles.get(.id(network.vehicle), network.everything)
      #expect(vehicle.odometer.latest?.kilometres == 100)
      #expect(vehicle.odometer.totalKm == 1280)
      #expect(vehicle.odometer.cluster == 2)
    }
  }

  @Test("a known VIN is refused and names the vehicle")
  func knownVIN() async throws {
    try await TestDatabase.with { test in
      let network = try await TestNetwork(in: test.database, at: clock.now)
      let vehicles = VehicleService(UnitOfWork(test.database, clock: clock.wall))
      let known = try await vehicles.get(.id(network.vehicle), .system)
      await #expect(throws: Refusal.alreadyExists(field: "vin", existingID: network.vehicle.description)) {
        try await vehicles.create(
          VehicleDraft(vin: known.vin, profile: known.profile, externalIDs: [:]),
          network.everything.command(at: clock.now))
      }
    }
  }

  @Test("the timeline is one stream, newest first, walked page by page without loss, within the scope (CUS-07)")
  func timeline() async throws {
    try await TestDatabase.with { test in
      let network = try await TestNetwork(in: test.database, at: clock.now)
      let work = UnitOfWork(test.database, clock: clock.wall)
      let vehicles = VehicleService(work)
      let caller = network.everything
      for km in [100, 200, 300] {
        clock.advance(seconds: 86_400)
        _ = try await vehicles.recordOdometer(
          .id(network.vehicle), OdometerDraft(km: km, source: .checkIn), caller.command(at: clock.now))
      }
      clock.advance(seconds: 60)
      let since = try #require(CalendarDate(year: 2026, month: 1, day: 2))
      _ = try await CustomerService(work, telephones: TelephoneIndex(secret: [1])).link(
        .id(network.customer), CustomerVehicleDraft(vehicle: .id(network.vehicle), role: .owner, since: since),
        caller.command(at: clock.now))
      var kinds: [TimelineItem.Kind] = []
      var cursor: Cursor?
      repeat {
        let page = PageRequest(limit: 2, sort: [.init("at", descending: true)], cursor: cursor)
        let found = try await vehicles.timeline(.id(network.vehicle), page, caller)
        kinds += found.items.map(\.kind)
        cursor = found.next
      } while cursor != nil
      #expect(kinds == [.customerLinked, .odometerReading, .odometerReading, .odometerReading])
      let other = Caller(
        subject: .system, name: "other", roles: [], permissions: caller.permissions,
        scope: .station(network.otherStation))
      let page = PageRequest(sort: [.init("at", descending: true)])
      let seen = try await vehicles.timeline(.id(network.vehicle), page, other)
      #expect(seen.items.allSatisfy { $0.kind == .odometerReading })
    }
  }
}
