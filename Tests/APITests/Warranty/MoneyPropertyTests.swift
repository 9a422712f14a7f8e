import Domain
import Foundation
import Services
import Synchronization
import TestSupport
import Testing

/// Random money from many sides at once, recomputed from what the API answers (R9). `MONEY_ITEMS` says how many items: a long
/// run takes 100000.
@Suite("Money keeps its balance", .serialized, .timeLimit(.minutes(60))) struct MoneyPropertyTests {
  private static let items = ProcessInfo.processInfo.environment["MONEY_ITEMS"].flatMap(Int.init) ?? 500
  private static let workers = 5

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

  /// One random document; a part of what was made before is taken back.
  private static func act(
    _ bench: APIBench, _ token: String, _ station: Station.ID, _ dice: inout Dice, _ made: inout [String]
  ) async {
    let on = day(&dice)
    let kind = dice.next(100)
    let (path, body): (String, String)
    switch kind {
    case 0..<35:
      path = "/v1/rewards"
      body =
        #"{"stationId": "\#(station)", "reason": "奖", "occurredOn": "\#(on)", "amount": {"amount": "\#(amount(1 + dice.next(1_000_000)))", "currency": "CNY"}}"#
    case 35..<60:
      path = "/v1/penalties"
      body =
        #"{"stationId": "\#(station)", "code": "ASM-P1", "reason": "罚", "occurredOn": "\#(on)", "amount": {"amount": "\#(amount(2_000 + dice.next(3_001)))", "currency": "CNY"}}"#
    case 60..<90:
      let size = (1 + dice.next(500_000)) * (dice.next(2) == 0 ? 1 : -1)
      let manual = dice.next(4)
      path = "/v1/ledger/entries"
      let name = ["adjustment", "adjustment", "payment", "advanceReceived"][manual]
      body =
        #"{"stationId": "\#(station)", "kind": "\#(name)", "description": "调", "occurredOn": "\#(on)", "amount": {"amount": "\#(amount(manual < 2 ? size : abs(size)))", "currency": "CNY"}}"#
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
    let draft = await bench.send(
      "POST", "/v1/settlements", people[0],
      body: #"{"stationId": "\#(station)", "periodFrom": "2026-01-01", "periodTo": "2026-03-31"}"#, checked: false)
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
    "random rewards, penalties, adjustments, reversals and settlements at once: every sample sums to zero, and what the API shows explains every balance (R9, SET-13)"
  )
  func balances() async throws {
    try await APIBench.with { bench in
      let stations = [bench.network.station, bench.network.otherStation]
      let isDone = Mutex(false)
      let samples = Mutex(0)
      await withTaskGroup(of: Void.self) { group in
        group.addTask {
          while !isDone.withLock({ $0 }) {
            let wrong = try? bench.database.admin(
              "select count(*) from (select 1 from ledger_postings group by entry_id, currency having sum(amount) <> 0) t"
            )
            #expect(wrong == "0")
            samples.withLock { $0 += 1 }
          }
        }
        for (place, station) in stations.enumerated() {
          group.addTask {
            var dice = Dice(state: UInt64(1_000 + place))
            while !isDone.withLock({ $0 }) { await Self.settle(bench, station, &dice) }
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
                  await Self.act(bench, token, stations[place], &dice, &made[place])
                }
              }
            }
          }
          isDone.withLock { $0 = true }
        }
      }
      #expect(samples.withLock { $0 } > 5)
      try await Self.recompute(bench, stations)
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
      for month in ["01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "11", "12"] {
        for (from, to) in [("01", "10"), ("11", "20"), ("21", last(month))] {
          let answer = await bench.send(
            "GET", "/v1/ledger/accounts/\(id)/statement?from=2026-\(month)-\(from)&to=2026-\(month)-\(to)", auditor,
            checked: false)
          let statement = try object(answer)
          let opening = try Self.minor((statement["opening"] as? [String: Any])?["amount"] as? String)
          #expect(opening == sum, "\(code) at 2026-\(month)-\(from)")
          for line in statement["lines"] as? [[String: Any]] ?? [] {
            let amount = try Self.minor((line["amount"] as? [String: Any])?["amount"] as? String)
            sum += amount
            entries[try #require(line["entryId"] as? String), default: 0] += sign * amount
          }
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
        func money(_ name: String) throws -> Int64 {
          try Self.minor((statement[name] as? [String: Any])?["amount"] as? String)
        }
        #expect(try money("opening") == closing, "begins where the one before it ended")
        var sum: Int64 = 0
        for line in statement["lines"] as? [[String: Any]] ?? [] where line["state"] as? String == "included" {
          sum += try Self.minor((line["amount"] as? [String: Any])?["amount"] as? String)
          #expect(settled.insert(try #require(line["itemId"] as? String)).inserted, "an item is settled once")
        }
        #expect(try money("items") == sum)
        #expect(try money("closing") == closing + sum + (try money("advance")) - (try money("payment")))
        closing = try money("closing")
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

  private static func last(_ month: String) -> String {
    switch month {
    case "02": "28"
    case "04", "06", "09", "11": "30"
    default: "31"
    }
  }

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
