import Domain
import FoundationEssentials
import Repositories
import TestSupport
import Testing

/// The guards in the database itself, past every rule of the program.
@Suite("odometer: the last guard")
struct OdometerGuardTests {
  private let now = ManualClock().now

  @Test("direct SQL cannot wind the vehicle's odometer back (domain.md section 7)")
  func vehicleNeverFalls() async throws {
    try await TestDatabase.with { test in
      let network = try await TestNetwork(in: test.database, at: now)
      let set = "update vehicles set odometer_source = 'checkIn', odometer_at = now(), odometer_km ="
      let which = "where id = '\(network.vehicle)'"
      try test.asApplication(scope: "*", "\(set) 5000 \(which)")
      #expect(throws: (any Error).self) { try test.asApplication(scope: "*", "\(set) 4999 \(which)") }
      try test.asApplication(scope: "*", "\(set) 5000 \(which)")
    }
  }

  @Test("direct SQL cannot add a reading below an earlier one, nor delete a reading")
  func readingNeverFalls() async throws {
    try await TestDatabase.with { test in
      let network = try await TestNetwork(in: test.database, at: now)
      func insert(_ km: Int, _ day: Int, cluster: Int = 1) throws {
        try test.asApplication(
          scope: "*",
          """
          insert into odometer_readings (id, vehicle_id, km, read_at, cluster, source, recorded_at, recorded_by)
          values (gen_random_uuid(), '\(network.vehicle)', \(km), '2026-01-\(day)T00:00:00Z', \(cluster), 'checkIn',
            now(), 'test')
          """)
      }
      try insert(1000, 10)
      try insert(2000, 20)
      #expect(throws: (any Error).self) { try insert(1999, 21) }
      #expect(throws: (any Error).self) { try insert(2001, 15) }
      #expect(throws: (any Error).self) { try insert(1, 21, cluster: 2) }
      try insert(1500, 15)
      #expect(throws: (any Error).self) { try test.asApplication(scope: "*", "delete from odometer_readings") }
    }
  }

  @Test("a reading before a claim's day of repair is one before that day's midnight in China (CLM-08)")
  func readingsBeforeADay() async throws {
    try await TestDatabase.with { test in
      let network = try await TestNetwork(in: test.database, at: now)
      // The last second of 10 January in China, and the first of the 11th: both the 10th in UTC.
      for (km, instant) in [(1000, "2026-01-10T15:59:59Z"), (2000, "2026-01-10T16:00:00Z")] {
        try test.asApplication(
          scope: "*",
          """
          insert into odometer_readings (id, vehicle_id, km, read_at, cluster, source, recorded_at, recorded_by)
          values (gen_random_uuid(), '\(network.vehicle)', \(km), '\(instant)', 1, 'checkIn', now(), 'test')
          """)
      }
      func earlier(_ day: String) async throws -> ClaimFacts.Reading? {
        let day = try #require(CalendarDate(day))
        return try await test.database.read(
          .system, ClaimFactRepository.earlierReading(of: network.vehicle, before: day))
      }
      #expect(try await earlier("2026-01-10") == nil)
      #expect(try await earlier("2026-01-11") == ClaimFacts.Reading(km: 1000, on: CalendarDate("2026-01-10")!))
      #expect(try await earlier("2026-01-12") == ClaimFacts.Reading(km: 2000, on: CalendarDate("2026-01-11")!))
    }
  }
}
