import Domain
import Repositories
import Services
import TestSupport
import Testing

@Suite("regions and stations")
struct OrganisationServiceTests {
  private let clock = ManualClock()

  @Test("a taken region code is refused and names its holder (C-15)")
  func regionCodeIsUnique() async throws {
    try await TestDatabase.with { test in
      let network = try await TestNetwork(in: test.database, at: clock.now)
      let regions = RegionService(UnitOfWork(test.database, clock: clock.wall))
      await #expect(throws: Refusal.alreadyExists(field: "code", existingID: network.region.description)) {
        try await regions.create(
          RegionDraft(code: "EAST", name: "x", nameEn: nil, externalIDs: [:]), Caller.system.command(at: clock.now))
      }
    }
  }

  @Test("a patch that changes nothing keeps the version and writes no event (C-17)")
  func emptyPatch() async throws {
    try await TestDatabase.with { test in
      let network = try await TestNetwork(in: test.database, at: clock.now)
      let regions = RegionService(UnitOfWork(test.database, clock: clock.wall))
      func draft(nameEn: String?) -> RegionDraft {
        RegionDraft(code: "EAST", name: "华东", nameEn: nameEn, externalIDs: [:])
      }
      _ = try await regions.update(.id(network.region), Caller.system.command(at: clock.now)) { _ in
        draft(nameEn: "East")
      }
      #expect(try await regions.get(.number("EAST"), .system).version == 1)
      _ = try await regions.update(
        .id(network.region), Caller.system.command(at: clock.now, expecting: .versions([1]))
      ) { _ in draft(nameEn: nil) }
      let page = PageRequest(sort: [.init("position")])
      let history = try await regions.history(.id(network.region), page, .system)
      #expect(history.items.map(\.change.type) == ["region.updated"])
      #expect(history.items.first?.change.changes == [FieldChange("nameEn", .text("East"), .null)])
      await #expect(throws: Refusal.versionMismatch(current: 2)) {
        try await regions.update(
          .id(network.region), Caller.system.command(at: clock.now, expecting: .versions([1]))
        ) { _ in draft(nameEn: "East") }
      }
    }
  }

  @Test("a station sees itself only, and a time zone must be one that the database knows")
  func stationScope() async throws {
    try await TestDatabase.with { test in
      let network = try await TestNetwork(in: test.database, at: clock.now)
      let stations = StationService(UnitOfWork(test.database, clock: clock.wall))
      let page = PageRequest(sort: [.init("code")])
      let seen = try await stations.list(StationFilter(text: "sy"), page, network.everything)
      #expect(seen.items.map(\.code) == ["SY001"])
      await #expect(throws: Refusal.notFound) {
        try await stations.get(.id(network.otherStation), network.everything)
      }
      await #expect(
        throws: Refusal.invalid("#/timeZone", .notInSet, "must be an IANA time zone, as Asia/Shanghai")
      ) {
        try await stations.update(.id(network.station), Caller.system.command(at: clock.now)) { station in
          var profile = station.profile
          profile.timeZone = "Asia/Nowhere"
          return StationDraft(code: station.code, profile: profile, externalIDs: station.externalIDs)
        }
      }
    }
  }
}
