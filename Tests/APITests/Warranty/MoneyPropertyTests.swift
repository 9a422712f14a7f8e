import API
import Domain
import Foundation
import Services
import Synchronization
import TestSupport
import Testing

/// Random money from many sides at once, recomputed from what the API answers (R9). `MONEY_ITEMS` says how many items: a long
/// run takes 100000.
@Suite("Money keeps its balance", .serialized, .timeLimit(.minutes(60))) struct MoneyPropertyTests {
  private static let items = ProcessInfo.processInfo.environment["MONEY_ITEMS"].flatMap(Int.init) ?? 400
  private static let workers = 5

  /// Whether the work is done, and how often the sum was taken meanwhile.
  private final class Watch: Sendable {
    let isDone = Mutex(false)
    let samples = Mutex(0)
  }

  /// A delivered order whose repairs are claimed, who claims and who decides; with what the deciders approved, as they said it.
  private final class Claims: Sendable {
    let order: String
    let clerk: String
    let deciders: [String]
    /// By claim, in hundredths.
    let approved = Mutex<[String: Int64]>([:])
    let partial = Mutex(0)

    /// A statement of one day has room for so many lines, and claims are decided on the day of the run.
    var isOpen: Bool { approved.withLock { $0.count < 2_000 } }

    init(_ bench: APIBench) async throws {
      order = try await bench.walk(bench.master(.station(bench.network.station))).order(in: .delivered)
      clerk = Self.person(bench, .stClaims, .station(bench.network.station))
      deciders = (0..<3).map { _ in Self.person(bench, .hqClaims, .network) }
    }

    private static func person(_ bench: APIBench, _ role: Role, _ scope: Scope) -> String {
      bench.token(role, scope: scope, subject: .user(UUID.version7(at: SystemClock.now())))
    }
  }

  /// SplitMix64, so that a failure can be run again.
  private struct Dice {
    var state: UInt64
    mutating func next(_ bound: Int) -> Int {
      state &+= 0x9E37_79B9_7F4A_7C15
      var z = state
      z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
      z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
      return Int((z ^ (z >> 31)) % UInt64(bound))
    }
  }

  /// `-12.30` in hundredths: the test's own arithmetic, not the product's.
  private static func minor(_ text: String?) throws -> Int64 {
    let text = try #require(text)
    let parts = text.split(separator: ".")
    let negative = text.hasPrefix("-")
    let whole = try #require(Int64(parts[0]))
    let cents = try #require(Int64(parts[1]))
    return whole * 100 + (negative ? -cents : cents)
  }

  private static func amount(_ minor: Int) -> String {
    let magnitude = abs(minor)
    let cents = magnitude % 100
    return "\(minor < 0 ? "-" : "")\(magnitude / 100).\(cents < 10 ? "0" : "")\(cents)"
  }

  private static func day(_ dice: inout Dice) -> String {
    let (month, day) = (1 + dice.next(3), 1 + dice.next(28))
    return "2026-0\(month)-\(day < 10 ? "0" : "")\(day)"
  }

  /// Who waits too long for his turn is asked to come again, with the same key.
  private static func persist(
    _ bench: APIBench, _ path: String, _ token: String, _ body: String
  ) async -> TestAnswer {
    let key = "k-" + UUID.version7(at: SystemClock.now()).canonical
    while true {
      let answer = await bench.send("POST", path, token, ["if-match": "*"], body: body, key: key, checked: false)
      if answer.status != 503 { return answer }
    }
  }

  /// A claim of two lines, above what is approved automatically, of which a person approves a part: each line as claimed, reduced
  /// to any amount, or not at all, together or one by one.
  private static func claim(_ bench: APIBench, _ claims: Claims, _ dice: inout Dice) async {
    let claimed = [60_000 + dice.next(240_001), 60_000 + dice.next(240_001)]
    let lines = claimed.map {
      #"{"kind": "sublet", "description": "外协", "amount": {"amount": "\#(amount($0))", "currency": "CNY"}}"#
    }
    let draft = await persist(
      bench, "/v1/warranty-claims", claims.clerk,
      #"{"kind": "campaign", "workOrderId": "\#(claims.order)", "items": [{"description": "召回", "causalPartNumber": "R-\#(dice.next(1_000_000_000_000_000))", "lines": [\#(lines.joined(separator: ", "))]}]}"#
    )
    guard draft.status == 201, let id = draft.member("id") else {
      Issue.record("\(draft.text)")
      return
    }
    let path = "/v1/warranty-claims/\(id)"
    let submitted = await persist(bench, "\(path)/submit", claims.clerk, "{}")
    #expect(submitted.member("state") == "underAudit", "\(submitted.text)")
    var decisions: [String] = []
    var approved: Int64 = 0
    var isPartial = false
    for amount in claimed {
      switch dice.next(5) {
      case 0:
        approved += Int64(amount)
        decisions.append(#""outcome": "approved", "reason": "asClaimed", "text": "属实""#)
      case 1:
        decisions.append(#""outcome": "rejected", "reason": "userCause", "text": "用户原因""#)
      default:
        let part = 1 + dice.next(amount - 1)
        approved += Int64(part)
        isPartial = true
        decisions.append(
          #""outcome": "reduced", "amount": {"amount": "\#(Self.amount(part))", "currency": "CNY"}, "reason": "sharedCost", "text": "分摊""#
        )
      }
    }
    let decider = claims.deciders[dice.next(claims.deciders.count)]
    if dice.next(2) == 0 {
      let all = decisions.enumerated().map { #"{"line": \#($0.offset + 1), \#($0.element)}"# }
      let answer = await persist(
        bench, "\(path)/decide", decider, #"{"decisions": [\#(all.joined(separator: ", "))]}"#)
      #expect(answer.status == 200, "\(answer.text)")
    } else {
      for (place, decision) in decisions.enumerated() {
        let answer = await persist(bench, "\(path)/lines/\(place + 1)/decision", decider, "{\(decision)}")
        #expect(answer.status == 200, "\(answer.text)")
      }
    }
    claims.approved.withLock { $0[id] = approved }
    if isPartial { claims.partial.withLock { $0 += 1 } }
  }

  /// One random document; a part of what was made before is taken back.
  private static func act(
    _ bench: APIBench, _ token: String, _ station: Station.ID, _ claims: Claims, _ dice: inout Dice,
    _ made: inout [String]
  ) async {
    let on = day(&dice)
    let kind = dice.next(claims.isOpen ? 100 : 85)
    let (path, body): (String, String)
    switch kind {
    case 0..<25:
      path = "/v1/rewards"
      body =
        #"{"stationId": "\#(station)", "reason": "奖", "occurredOn": "\#(on)", "amount": {"amount": "\#(amount(1 + dice.next(1_000_000)))", "currency": "CNY"}}"#
    case 25..<45:
      path = "/v1/penalties"
      body =
        #"{"stationId": "\#(station)", "code": "ASM-P1", "reason": "罚", "occurredOn": "\#(on)", "amount": {"amount": "\#(amount(2_000 + dice.next(3_001)))", "currency": "CNY"}}"#
    case 45..<75:
      let size = (1 + dice.next(500_000)) * (dice.next(2) == 0 ? 1 : -1)
      let manual = dice.next(4)
      path = "/v1/ledger/entries"
      let name = ["adjustment", "adjustment", "payment", "advanceReceived"][manual]
      body =
        #"{"stationId": "\#(station)", "kind": "\#(name)", "description": "调", "occurredOn": "\#(on)", "amount": {"amount": "\#(amount(manual < 2 ? size : abs(size)))", "currency": "CNY"}}"#
    case 85...:
      await claim(bench, claims, &dice)
      return
    default:
      guard !made.isEmpty else { return }
      let former = made.remove(at: dice.next(made.count))
      let action = former.hasPrefix("/v1/ledger") ? "reverse" : "revoke"
      let answer = await bench.act("\(former)/\(action)", token, #"{"reason": "更正"}"#)
      // An advance may have been used up by a settlement.
      #expect([200, 201, 409].contains(answer.status), "\(answer.text)")
      return
    }
    let answer = await bench.send("POST", path, token, body: body, checked: false)
    #expect(answer.status == 201, "\(answer.text)")
    if let id = answer.member("id") { made.append("\(path)/\(id)") }
  }

  /// Settles what there is, once; now and then the station disputes, or finance cancels.
  private static func settle(_ bench: APIBench, _ station: Station.ID, _ dice: inout Dice) async {
    let people = [Role.hqClaims, .hqService, .finance, .finance].map { bench.token($0, scope: .network) }
    let clerk = bench.token(.stClaims, scope: .station(station))
    // What was decided today, and with it what claims came to, is settled by the half of them.
    let end = dice.next(2) == 0 ? "2026-03-31" : "\(ReportPeriod.day(of: SystemClock.now()))"
    let draft = await bench.send(
      "POST", "/v1/settlements", people[0],
      body: #"{"stationId": "\#(station)", "periodFrom": "2026-01-01", "periodTo": "\#(end)"}"#, checked: false)
    guard draft.status == 201, let id = draft.member("id") else {
      Issue.record("\(draft.text)")
      return
    }
    let path = "/v1/settlements/\(id)"
    let compiled = await bench.act("\(path)/compile", people[0])
    if compiled.status == 200, dice.next(4) == 0 {
      let disputed = await bench.act(
        "\(path)/dispute-line", clerk, #"{"lineNumber": 1, "reason": "不符"}"#)
      if disputed.status == 200 {
        let items = await bench.get("/v1/payable-items?disputed=true&stationId=\(station)&limit=1", people[0])
        if let item = items.member("items/0/id") {
          let resolution = dice.next(2) == 0 ? "upheld" : "reversed"
          _ = await bench.act(
            "/v1/payable-items/\(item)/resolve-dispute", people[0],
            #"{"resolution": "\#(resolution)", "reason": "核实"}"#)
        }
      }
    }
    if compiled.status != 200 || dice.next(6) == 0 {
      let cancelled = await bench.act("\(path)/cancel", people[2], #"{"reason": "无"}"#)
      #expect(cancelled.status == 200, "\(cancelled.text)")
      return
    }
    for (action, token) in [("confirm", clerk), ("audit", people[1]), ("approve", people[2])] {
      let answer = await bench.act("\(path)/\(action)", token)
      #expect(answer.status == 200, "\(action): \(answer.text)")
    }
    let paid = await bench.act("\(path)/pay", people[3], #"{"paymentReference": "HD"}"#)
    // The advance that it reckons with may have been taken back.
    if paid.status == 409 {
      _ = await bench.act("\(path)/cancel", people[3], #"{"reason": "预收款已退"}"#)
      return
    }
    #expect(paid.status == 200, "\(paid.text)")
  }

  @Test(
    "random rewards, penalties, adjustments, partly approved claims, reversals and settlements at once: every sample sums to zero, and what the API shows explains every balance (R9, SET-13, CLM-11)"
  )
  func balances() async throws {
    try await APIBench.with { bench in
      let stations = [bench.network.station, bench.network.otherStation]
      let watch = Watch()
      let claims = try await Claims(bench)
      await withTaskGroup(of: Void.self) { group in
        group.addTask {
          while !watch.isDone.withLock({ $0 }) {
            let wrong = try? bench.database.admin(
              "select count(*) from (select 1 from ledger_postings group by entry_id, currency having sum(amount) <> 0) t"
            )
            #expect(wrong == "0")
            watch.samples.withLock { $0 += 1 }
          }
        }
        for (place, station) in stations.enumerated() {
          group.addTask {
            var dice = Dice(state: UInt64(1_000 + place))
            while !watch.isDone.withLock({ $0 }) { await Self.settle(bench, station, &dice) }
          }
        }
        group.addTask {
          await withTaskGroup(of: Void.self) { makers in
            for worker in 0..<Self.workers {
              makers.addTask {
                let token = bench.token(.finance, .hqService, scope: .network)
                var dice = Dice(state: UInt64(worker + 1))
                var made = [[String](), []]
                for _ in 0..<Self.items / Self.workers {
                  let place = dice.next(2)
                  await Self.act(bench, token, stations[place], claims, &dice, &made[place])
                }
              }
            }
          }
          watch.isDone.withLock { $0 = true }
        }
      }
      #expect(watch.samples.withLock { $0 } > 5)
      try await Self.recompute(bench, stations)
      try await Self.recompute(bench, claims)
    }
  }

  /// What is owed for a claim is what its deciders approved of it, and nothing of what they refused (CLM-11, SET-09).
  private static func recompute(_ bench: APIBench, _ claims: Claims) async throws {
    let auditor = bench.token(.hqExec, scope: .network)
    let decider = claims.deciders[0]
    let said = claims.approved.withLock { $0 }
    #expect(claims.partial.withLock { $0 } > 0)
    var owed: [String: Int64] = [:]
    var disputed: Set<String> = []
    for item in try await all(bench, "/v1/payable-items", auditor, "stationId=\(bench.network.station)") {
      guard let source = item["source"] as? [String: Any], let id = source["id"] as? String, said[id] != nil else {
        continue
      }
      owed[id, default: 0] += try money("amount", of: item)
      if item["reversesId"] is String { disputed.insert(id) }
    }
    for (id, approved) in said {
      let claim = try object(await bench.send("GET", "/v1/warranty-claims/\(id)", decider, checked: false))
      var sum: Int64 = 0
      for item in claim["items"] as? [[String: Any]] ?? [] {
        for line in item["lines"] as? [[String: Any]] ?? [] {
          let decision = try #require(line["decision"] as? [String: Any], "\(line)")
          let part = try money("amount", of: decision)
          let asked = try money("amount", of: line)
          #expect(part >= 0 && part <= asked)
          sum += part
        }
      }
      #expect(sum == owed[id] ?? 0, "\(id)")
      // A dispute that the station won takes an entry back, and the approval of its line with it.
      if disputed.contains(id) { #expect(sum <= approved) } else { #expect(sum == approved) }
    }
  }

  /// Everything from the JSON alone.
  private static func recompute(_ bench: APIBench, _ stations: [Station.ID]) async throws {
    let auditor = bench.token(.hqExec, scope: .network)
    var entries: [String: Int64] = [:]
    var balances: [String: Int64] = [:]
    for account in try await all(bench, "/v1/ledger/accounts", auditor) {
      let id = try #require(account["id"] as? String)
      let code = try #require(account["code"] as? String)
      let sign: Int64 = account["growsByDebit"] as? Bool == true ? 1 : -1
      var sum: Int64 = 0
      for (from, to) in spans {
        let answer = await bench.send(
          "GET", "/v1/ledger/accounts/\(id)/statement?from=\(from)&to=\(to)", auditor, checked: false)
        let statement = try object(answer)
        #expect(try money("opening", of: statement) == sum, "\(code) at \(from)")
        for line in statement["lines"] as? [[String: Any]] ?? [] {
          let amount = try money("amount", of: line)
          sum += amount
          entries[try #require(line["entryId"] as? String), default: 0] += sign * amount
        }
      }
      #expect(try Self.minor((account["balance"] as? [String: Any])?["amount"] as? String) == sum, "\(code)")
      balances[code] = sum
    }
    #expect(entries.count > items / 2)
    #expect(entries.values.allSatisfy { $0 == 0 })
    for (place, station) in stations.enumerated() {
      let settlements = try await all(bench, "/v1/settlements", auditor, "sort=createdAt&stationId=\(station)")
      var closing: Int64 = 0
      var settled: Set<String> = []
      for settlement in settlements where ["paid", "closed"].contains(settlement["state"] as? String) {
        let id = try #require(settlement["id"] as? String)
        let statement = try object(
          await bench.send("GET", "/v1/settlements/\(id)/statement", auditor, checked: false))
        #expect(try money("opening", of: statement) == closing, "begins where the one before it ended")
        var sum: Int64 = 0
        for line in statement["lines"] as? [[String: Any]] ?? [] where line["state"] as? String == "included" {
          sum += try Self.minor((line["amount"] as? [String: Any])?["amount"] as? String)
          #expect(settled.insert(try #require(line["itemId"] as? String)).inserted, "an item is settled once")
        }
        #expect(try money("items", of: statement) == sum)
        #expect(
          try money("closing", of: statement) == closing + sum + (try money("advance", of: statement))
            - (try money("payment", of: statement)))
        closing = try money("closing", of: statement)
      }
      var open: Int64 = 0
      for item in try await all(bench, "/v1/payable-items", auditor, "stationId=\(station)")
      where !settled.contains(item["id"] as? String ?? "") {
        open += try Self.minor((item["amount"] as? [String: Any])?["amount"] as? String)
      }
      let code = ["SY001", "SY002"][place]
      let owed = (balances["\(code)-PAYABLE-CNY"] ?? 0) - (balances["\(code)-RECEIVABLE-CNY"] ?? 0)
      #expect(owed == open + closing, "\(code)")
    }
  }

  private static func money(_ name: String, of object: [String: Any]) throws -> Int64 {
    try minor((object[name] as? [String: Any])?["amount"] as? String)
  }

  /// All days, in parts that a statement has room for; what is taken back counts for the day of the run.
  private static let spans: [(from: String, to: String)] =
    ["01", "02", "03"].flatMap { month in
      [
        ("2026-\(month)-01", "2026-\(month)-10"), ("2026-\(month)-11", "2026-\(month)-20"),
        ("2026-\(month)-21", month == "02" ? "2026-02-28" : "2026-\(month)-31"),
      ]
    } + [("2026-04-01", "2999-12-31")]

  private static func object(_ answer: TestAnswer) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(answer.body)) as? [String: Any], "\(answer.text)")
  }

  private static func all(
    _ bench: APIBench, _ path: String, _ token: String, _ query: String = ""
  ) async throws -> [[String: Any]] {
    var found: [[String: Any]] = []
    var cursor: String?
    repeat {
      let parts = ["limit=100", query, cursor.map { "cursor=\($0)" } ?? ""].filter { !$0.isEmpty }
      let page = try object(
        await bench.send("GET", "\(path)?\(parts.joined(separator: "&"))", token, checked: false))
      found += page["items"] as? [[String: Any]] ?? []
      cursor = page["nextCursor"] as? String
    } while cursor != nil
    return found
  }
}
