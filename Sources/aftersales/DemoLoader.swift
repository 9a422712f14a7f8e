import Domain
import FoundationEssentials
import Repositories
import Services

/// The database holds data of its own.
struct DemoRefused: Error {
  let sentence: String
}

/// Loads `db/demo` through the services, as if people had worked: numbers, events and rules are the product's own. Every
/// write carries an idempotency key, so loading that was interrupted goes on where it stopped; when all is there, the
/// first region says so, and loading again changes nothing.
struct DemoLoader {
  let services: Composition
  private static let marker = "demo"
  private static let complete = "complete"

  init(_ services: Composition) { self.services = services }

  /// - Returns: what to tell the operator.
  /// - Throws: `DemoRefused`; `SettingsError` for demo data that cannot be used.
  func load() async throws -> [String] {
    let data = try DemoData.read(services.settings.demo)
    guard let first = data.network.regions.first else {
      throw SettingsError(description: "demo data: there is no region")
    }
    let known = try await services.database.read(.system, RegionRepository.find(.number(first.code), in: .network))
    if let known, known.externalIDs[Self.marker] == Self.complete {
      return ["The demo is here already; nothing was added."] + DemoReport.accounts(data.people, secrets: nil)
    }
    try await requireEmpty()

    do {
      return try await load(data, marking: first.code)
    } catch Refusal.idempotencyInProgress {
      throw SettingsError(description: "the demo is being loaded already, by another process")
    }
  }

  private func load(_ data: DemoData, marking region: String) async throws -> [String] {
    let now = services.clock.now()
    // Midnight in UTC, the morning of the demo's stations: a repeated load of the same day computes the same times.
    let today = Timestamp(milliseconds: now.milliseconds.flooredDivision(by: 86_400_000) * 86_400_000)
    let masters = DemoMasters(services, data, opening: today.adding(seconds: -120 * 86_400))
    let ground = try await masters.load()
    let care = DemoCare(services, ground, now: now)
    try await care.prepare(opening: today.adding(seconds: -119 * 86_400))
    let history = DemoHistory(services, data, ground, today: today, now: now)
    try await history.load()
    try await DemoWarranty(services, data.orders, ground, today: today).load()
    try await DemoRequests(services, data.requests, ground, today: today).load()
    try await DemoComplaints(services, data.complaints, ground, today: today).load()
    try await DemoQuality(services, data.quality, ground, today: today).load()
    try await DemoClaims(services, ground, today: today).load()
    try await DemoMoney(services, data.money, ground, today: today).load()
    try await DemoOldParts(services, data.oldParts).load(ground, today: today)
    try await DemoParts(services, data, ground, opening: today.adding(seconds: -118 * 86_400), now: now).load()
    try await DemoAppointments(services, data, ground, today: today, now: now).load()
    try await DemoPartsOrders(services, ground, today: today).load()
    try await care.load()
    // Behind all orders: whoever brings one of these vehicles is asked about the recall from now on.
    try await DemoCampaigns(services, data, ground, today: today).load()
    try await DemoReports(services, ground, now: now).load()
    try await markComplete(region, at: now)
    return DemoReport.counts(data) + DemoReport.accounts(data.people, secrets: ground.secrets)
  }

  /// Everything that the demo writes bears its mark, so that whatever does not is somebody's own.
  private func requireEmpty() async throws {
    let caller = Caller.system
    func page(_ field: String) -> PageRequest { PageRequest(limit: 100, sort: [.init(field)]) }
    let (regions, stations, users) = try await services.database.read(
      caller, RegionRepository.list(RegionFilter(), page("code"), in: .network),
      StationRepository.list(StationFilter(), page("code"), in: .network),
      UserRepository.list(UserFilter(), page("username"), in: .network))
    let (models, operations, items) = try await services.database.read(
      caller, VehicleModelRepository.list(VehicleModelFilter(), page("code"), in: .network),
      LabourOperationRepository.list(LabourOperationFilter(), page("code"), in: .network),
      ServiceItemRepository.list(ServiceItemFilter(), page("code"), in: .network))
    let own: [(String, String?)] = [
      ("region", regions.items.first { $0.externalIDs[Self.marker] == nil }?.code),
      ("station", stations.items.first { $0.externalIDs[Self.marker] == nil }?.code),
      ("user", users.items.first { $0.externalIDs[Self.marker] == nil }?.username),
      ("vehicle model", models.items.first { $0.externalIDs[Self.marker] == nil }?.code),
      ("labour operation", operations.items.first { $0.externalIDs[Self.marker] == nil }?.code),
      ("service item", items.items.first { $0.externalIDs[Self.marker] == nil }?.code),
    ]
    for case (let kind, let name?) in own {
      throw DemoRefused(
        sentence: "the database holds data of its own (\(kind) \(name)); the demo is loaded into an empty one only")
    }
  }

  private func markComplete(_ region: String, at now: Timestamp) async throws {
    _ = try await services.regions.update(
      .number(region), DemoWriter.command(DemoWriter.operator, "complete", at: now) { _ in "" }
    ) { region in
      RegionDraft(
        code: region.code, name: region.name, nameEn: region.nameEn, externalIDs: [Self.marker: Self.complete])
    }
  }

  /// The mark of everything that the demo makes: its name in `db/demo`.
  static func mark(_ name: String) -> [String: String] { [marker: name] }
}

/// Commands of the demo: at their own time, each with a key of its own, answered with what the next steps need.
enum DemoWriter {
  static let `operator` = Caller(
    subject: .system, name: "演示 Demo", roles: [.sysAdmin], permissions: Set(Permission.allCases), scope: .network)

  /// - Parameter text: what of the outcome is kept with the key: the first time and when it is repeated.
  static func command<Output>(
    _ caller: Caller, _ key: String, at: Timestamp, _ text: @escaping @Sendable (Output) throws -> String
  ) -> Command<Output> {
    Command(
      caller: caller, requestID: "demo-\(key)", at: at, precondition: nil,
      idempotency: IdempotencyRequest(
        key: "aftersales-demo-\(key)", operation: "aftersales demo", fingerprint: Array(key.utf8)),
      present: { Answer(status: 200, body: Array(try text($0).utf8)) })
  }

  /// The identity that `command` kept.
  static func identity<Of>(_ answer: Answer, _ type: Of.Type = Of.self) throws -> Identifier<Of> {
    try demoValue(Identifier<Of>(text(answer)), "an earlier load left no identity")
  }

  static func text(_ answer: Answer) -> String { String(decoding: answer.body, as: UTF8.self) }
}
