import Domain
import FoundationEssentials
import Testing

/// The machinery of transition tables, on a document that has nothing else.
@Suite struct LifecycleTests {
  private struct Lamp: Living {
    enum State: String, CaseIterable, Sendable { case off, dim, bright }
    enum Action: String, CaseIterable, Sendable { case turnOn, brighten, turnOff, tap }
    var state: State
    var plugged = true
    var bulb = true
  }

  private static let table = Lifecycle<Lamp>([
    Transition(
      .turnOn, from: [.off], to: .dim, .workOrdersRead,
      guards: [
        Guard("unplugged", "The lamp is not plugged in.") { lamp, _ in lamp.plugged },
        Guard("no-bulb", "The lamp has no bulb.") { lamp, _ in lamp.bulb },
      ], effects: ["lamp.turnedOn"], basis: "test"),
    Transition(.brighten, from: [.dim], to: .bright, .workOrdersUpdate, effects: ["lamp.brightened"], basis: "test"),
    Transition(.turnOff, from: [.dim, .bright], to: .off, .workOrdersRead, effects: ["lamp.turnedOff"], basis: "test"),
    Transition(
      .turnOff, from: [.bright], to: .dim, .workOrdersRead, outcome: "slowly", effects: ["lamp.dimmed"],
      basis: "test"),
    Transition(.tap, from: [.dim], to: nil, .workOrdersRead, effects: ["lamp.tapped"], basis: "test"),
  ])

  private func caller(_ permissions: Permission...) -> Caller {
    Caller(subject: .system, name: "t", roles: [], permissions: Set(permissions), scope: .network)
  }

  @Test("the state is asked before the guards, and the refusal names what is allowed (domain.md 3)")
  func order() {
    #expect(
      throws: Refusal.transition(
        action: "turnOn", from: "dim", to: "dim", allowed: ["brighten", "turnOff", "tap"])
    ) {
      try Self.table.permit(.turnOn, on: Lamp(state: .dim, plugged: false), by: .system)
    }
  }

  @Test("the first guard that does not hold refuses (domain.md 3)")
  func guards() throws {
    #expect(
      throws: Refusal.guardFailed(action: "turnOn", guardCode: "unplugged", detail: "The lamp is not plugged in.")
    ) { try Self.table.permit(.turnOn, on: Lamp(state: .off, plugged: false, bulb: false), by: .system) }
    #expect(throws: Refusal.guardFailed(action: "turnOn", guardCode: "no-bulb", detail: "The lamp has no bulb.")) {
      try Self.table.permit(.turnOn, on: Lamp(state: .off, bulb: false), by: .system)
    }
    #expect(try Self.table.permit(.turnOn, on: Lamp(state: .off), by: .system).to == .dim)
  }

  @Test("one action has its ways on by outcome, each with its own origin (domain.md 3)")
  func outcomes() throws {
    #expect(try Self.table.permit(.turnOff, on: Lamp(state: .bright), by: .system).to == .off)
    #expect(try Self.table.permit(.turnOff, outcome: "slowly", on: Lamp(state: .bright), by: .system).to == .dim)
    #expect(throws: Refusal.self) {
      try Self.table.permit(.turnOff, outcome: "slowly", on: Lamp(state: .dim), by: .system)
    }
    #expect(Self.table.allowed(from: .bright) == [.turnOff])
  }

  @Test("offers name every obstacle at once, permission first (domain.md 3)")
  func offers() throws {
    let offers = Self.table.offers(on: Lamp(state: .off, plugged: false, bulb: false), to: caller())
    let offer = try #require(offers.first)
    #expect(offers.count == 1)
    #expect(offer.obstacles.map(\.code) == ["permission", "unplugged", "no-bulb"])
    #expect(!offer.isAllowed)
    let dim = Self.table.offers(on: Lamp(state: .dim), to: caller(.workOrdersRead))
    #expect(dim.map(\.action) == ["brighten", "turnOff", "tap"])
    #expect(dim.map(\.isAllowed) == [false, true, true])
    #expect(dim.map(\.to) == ["bright", "off", "dim"])
  }

  @Test("what is available follows state and permission and names an action once (domain.md 3)")
  func available() {
    #expect(Self.table.available(on: Lamp(state: .dim), to: caller(.workOrdersRead)) == [.turnOff, .tap])
    #expect(
      Self.table.available(on: Lamp(state: .bright), to: caller(.workOrdersRead, .workOrdersUpdate)) == [.turnOff])
    #expect(Self.table.available(on: Lamp(state: .off), to: caller()).isEmpty)
  }

  @Test("an action that is for other documents is not available, and its offer says why (domain.md 3)")
  func kinds() {
    let table = Lifecycle<Lamp>([
      Transition(
        .tap, from: [.dim], to: nil, .workOrdersRead,
        guards: [.ofKind("unplugged", "Only a plugged lamp is tapped.") { $0.plugged }], effects: ["lamp.tapped"],
        basis: "none")
    ])
    let caller = caller(.workOrdersRead)
    #expect(table.available(on: Lamp(state: .dim), to: caller) == [.tap])
    #expect(table.available(on: Lamp(state: .dim, plugged: false), to: caller).isEmpty)
    #expect(
      table.offers(on: Lamp(state: .dim, plugged: false), to: caller).flatMap(\.obstacles).map(\.code) == ["unplugged"])
  }
}
