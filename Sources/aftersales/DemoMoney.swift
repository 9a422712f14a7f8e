import Domain
import FoundationEssentials
import Services

/// Deposits, penalties, rewards and settlements of the demo: one closed, one waiting for its station with a disputed line, one drafted
/// (SM-7).
struct DemoMoney {
  private let services: Composition
  private let data: DemoData.Money
  private let ground: DemoGround
  private let today: Timestamp

  init(_ services: Composition, _ data: DemoData.Money, _ ground: DemoGround, today: Timestamp) {
    self.services = services
    self.data = data
    self.ground = ground
    self.today = today
  }

  func load() async throws {
    for deposit in data.deposits { try await load(deposit) }
    for award in data.awards { try await load(award) }
    for settlement in data.settlements { try await load(settlement) }
  }

  /// Ten in the morning, so many days ago, in China.
  private func instant(_ daysAgo: Int) -> Timestamp { today.adding(seconds: Int64(-daysAgo) * 86_400 + 2 * 3600) }

  private func station(_ code: String) throws -> Station.ID {
    try demoValue(ground.stations[code], "there is no station \(code)")
  }

  private func headquarters(_ role: Role) throws -> Caller {
    try demoValue(ground.headquarters[role], "nobody is \(role.rawValue)")
  }

  private func money(_ text: String) throws -> Money {
    try demoValue(Money(text, currency: .cny), "\(text) is no amount")
  }

  private func load(_ item: DemoData.Deposit) async throws {
    let at = instant(item.daysAgo)
    _ = try await services.ledger.post(
      ManualEntry(
        kind: .depositReceived, stationID: try station(item.station), description: item.description,
        amount: try money(item.amount), occurredOn: ReportPeriod.day(of: at), counter: nil),
      DemoWriter.command(try headquarters(.finance), "money-\(item.key)", at: at) { $0.id.description })
  }

  private func load(_ item: DemoData.Award) async throws {
    let (at, assessor) = (instant(item.daysAgo), try headquarters(.hqService))
    let day = ReportPeriod.day(of: at)
    let (station, amount) = (try station(item.station), try money(item.amount))
    let mark = DemoLoader.mark(item.key)
    if let code = item.code {
      _ = try await services.penalties.create(
        Penalty.Header(
          stationID: station, code: code, reason: item.reason, amount: amount, occurredOn: day, externalIDs: mark),
        DemoWriter.command(assessor, "money-\(item.key)", at: at) { $0.id.description })
    } else {
      _ = try await services.rewards.create(
        Reward.Header(
          stationID: station, code: nil, reason: item.reason, amount: amount, occurredOn: day, externalIDs: mark),
        DemoWriter.command(assessor, "money-\(item.key)", at: at) { $0.id.description })
    }
  }

  private func load(_ item: DemoData.Settlement) async throws {
    let service = services.settlements
    let station = try station(item.station)
    let state = try demoValue(Settlement.State(rawValue: item.state), "\(item.state) is no state")
    let claims = try headquarters(.hqClaims)
    let start = instant(item.toDaysAgo).adding(seconds: 12 * 3600)
    func command(_ caller: Caller, _ step: String, _ hours: Int64) -> Command<Settlement> {
      DemoWriter.command(caller, "money-\(item.key)-\(step)", at: start.adding(seconds: hours * 3600)) {
        $0.id.description
      }
    }
    let period = try SettlementPeriod(
      from: ReportPeriod.day(of: instant(item.fromDaysAgo)), to: ReportPeriod.day(of: instant(item.toDaysAgo)))
    let id: Settlement.ID = try DemoWriter.identity(
      await service.create(
        SettlementDraft(stationID: station, period: period, currency: nil), command(claims, "draft", 0)))
    if state == .draft { return }
    _ = try await service.compile(.id(id), command(claims, "compile", 1))
    let clerk = try ground.person(.stClaims, at: station)
    if let line = item.disputed {
      _ = try await service.disputeLine(
        .id(id), line, reason: "当天已电话登记 It was recorded by telephone that day", command(clerk, "dispute", 2))
    }
    if state == .compiled { return }
    _ = try await service.sign(.id(id), .confirm, note: "核对无误 Checked", command(clerk, "confirm", 3))
    _ = try await service.sign(.id(id), .audit, note: nil, command(try headquarters(.hqService), "audit", 26))
    _ = try await service.approve(.id(id), note: nil, command(try headquarters(.finance), "approve", 50))
    let payer = try demoValue(ground.colleagues[.finance]?.first, "finance has one person, and needs two")
    _ = try await service.pay(.id(id), transfer: "银行回单 Bank slip 0071", on: nil, command(payer, "pay", 74))
    _ = try await service.sign(.id(id), .close, note: nil, command(payer, "close", 75))
  }
}
