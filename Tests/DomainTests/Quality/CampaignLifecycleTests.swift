import Domain
import FoundationEssentials
import Testing

/// Campaigns and their vehicles against the tables in the code, written down a second time (M11).
@Suite struct CampaignLifecycleTests {
  private static let now = OrderSamples.now
  private static let author = Caller(
    subject: .user(UUID()), name: "陈静", roles: [], permissions: [], scope: .network)

  private static func campaign(_ state: Campaign.State) -> Campaign {
    Campaign(
      id: .new(at: now), number: "CA-HQ-2026-000001", state: state, version: 1,
      stamp: RecordStamp(by: author, at: now),
      header: CampaignHeader(
        kind: .recall, title: "t", description: "d", remedy: "r", qualityIssueID: nil,
        population: CampaignPopulation(vins: ["LSVAA4182E2123456"]), externalIDs: [:]), progress: CampaignProgress())
  }

  private static func vehicle(
    _ state: CampaignVehicle.State, in campaign: Campaign.State = .published, kind: Campaign.Kind = .recall
  ) -> CampaignVehicle {
    CampaignVehicle(
      id: .new(at: now),
      campaign: CampaignBrief(
        id: .new(at: now), number: "CA-HQ-2026-000001", kind: kind, state: campaign, title: "t", remedy: "r"),
      vehicleID: .new(at: now), vin: "LSVAA4182E2123456", state: state, version: 1,
      stamp: RecordStamp(by: author, at: now), progress: CampaignVehicleProgress())
  }

  @Test("every state of a campaign takes every action exactly where M11 says so", arguments: Campaign.State.allCases)
  func campaigns(state: Campaign.State) {
    let expected: [Campaign.Action: ([Campaign.State], Campaign.State)] = [
      .approve: ([.draft], .approved), .publish: ([.approved, .suspended], .published),
      .suspend: ([.published], .suspended), .complete: ([.published, .suspended], .completed),
    ]
    for action in Campaign.Action.allCases {
      var campaign = Self.campaign(state)
      let taken = try? campaign.take(action, by: .user(UUID()))
      #expect((taken != nil) == (expected[action]?.0.contains(state) ?? false), "\(action) from \(state)")
      if taken != nil { #expect(campaign.state == expected[action]?.1) }
    }
  }

  @Test(
    "every state of a vehicle takes every action exactly where M11 says so", arguments: CampaignVehicle.State.allCases)
  func vehicles(state: CampaignVehicle.State) {
    let reachable: [CampaignVehicle.State] = [.affected, .notified, .scheduled, .refused]
    let expected: [CampaignVehicle.Action: ([CampaignVehicle.State], CampaignVehicle.State)] = [
      .notify: ([.affected, .notified, .refused], .notified), .schedule: (reachable, .scheduled),
      .remedy: (reachable, .remedied), .refuse: ([.affected, .notified, .scheduled], .refused),
      .export: (reachable, .exported), .scrap: (reachable, .scrapped),
    ]
    for action in CampaignVehicle.Action.allCases {
      var vehicle = Self.vehicle(state)
      let taken = try? vehicle.take(action, by: .system)
      #expect((taken != nil) == (expected[action]?.0.contains(state) ?? false), "\(action) from \(state)")
      if taken != nil { #expect(vehicle.state == expected[action]?.1) }
      var suspended = Self.vehicle(state, in: .suspended)
      #expect((try? suspended.take(action, by: .system)) == nil, "\(action) while suspended")
    }
  }

  @Test("a refused recall stays open, a refused service campaign does not; nothing is open while it is suspended (A8)")
  func open() {
    #expect(Self.vehicle(.refused).isOpen && !Self.vehicle(.refused, kind: .service).isOpen)
    #expect(!Self.vehicle(.affected, in: .suspended).isOpen && !Self.vehicle(.remedied).isOpen)
  }

  @Test("the author does not approve; an empty population approves nothing (SEC-10, M11)")
  func approval() throws {
    var own = Self.campaign(.draft)
    #expect((try? own.approve(.init(count: 1, hash: "h", at: Self.now), by: Self.author)) == nil)
    let head = Caller(subject: .user(UUID()), name: "王强", roles: [], permissions: [], scope: .network)
    var empty = Self.campaign(.draft)
    #expect((try? empty.approve(.init(count: 0, hash: "h", at: Self.now), by: head)) == nil)
    var campaign = Self.campaign(.draft)
    _ = try campaign.approve(.init(count: 3, hash: "h", at: Self.now), by: head)
    #expect(campaign.progress.frozen?.count == 3 && campaign.progress.approvedBy == "王强")
    #expect(campaign.audience == .headquarters)
    _ = try campaign.publish(at: Self.now, by: head.subject)
    #expect(campaign.audience == .network)
  }

  @Test("completion leaves out what is out of reach, and 100 means all (M11)")
  func completion() {
    let half = CampaignCompletion(counts: [.remedied: 1, .affected: 1, .exported: 5, .scrapped: 3])
    #expect(half.percentHundredths == 5_000 && half.total == 10 && half.reachable == 2)
    #expect(CampaignCompletion(counts: [.remedied: 2_999, .refused: 1]).percentHundredths == 9_996)
    #expect(CampaignCompletion(counts: [.remedied: 4]).percentHundredths == 10_000)
  }

  @Test("a population is stored whole, and one without conditions is none")
  func population() {
    let full = CampaignPopulation(
      modelIDs: [.new(at: Self.now)], modelYearFrom: 2024, modelYearTo: 2026, vinPrefixes: ["LSV"],
      vins: ["LSVAA4182E2123456"], saleDateFrom: CalendarDate("2025-01-01"),
      saleDateTo: CalendarDate("2025-12-31"))
    #expect(CampaignPopulation(full.value) == full && !full.isEmpty)
    #expect(CampaignPopulation(CampaignPopulation().value).isEmpty)
  }

  @Test("what no vehicle can meet is found in a population, every condition of it (M11)")
  func violations() {
    let day = CalendarDate(daysSinceEpoch: 20_000)
    var population = CampaignPopulation(
      modelYearFrom: 2024, modelYearTo: 2024, vinPrefixes: ["LSV", "LS1"], vins: ["LSVAA4182E2123456"],
      saleDateFrom: day, saleDateTo: day)
    #expect(population.violations.isEmpty)
    population.modelYearTo = 2023
    population.saleDateTo = CalendarDate(daysSinceEpoch: 19_999)
    population.vinPrefixes = ["LSV", "LSI"]
    population.vins = ["LSVAA4182E212345Q", "LSVAA4182E2123456", "LSVAA4182E212345O"]
    #expect(
      population.violations.map(\.pointer) == [
        "#/population/modelYearTo", "#/population/saleDateTo", "#/population/vinPrefixes/1", "#/population/vins/0",
        "#/population/vins/2",
      ])
  }
}
