/// How a station leaves the network, for a while or for good (SM-11, SEC-12). A suspended station keeps its access, so that it can
/// finish what it has and answer for itself. A terminated one is out: its people and machines lose their tokens at once, it
/// receives no vehicle, and it comes back only as a new applicant.
extension Station: Living {
  package enum Action: String, Hashable, Sendable, CaseIterable {
    case suspend, reinstate, terminate
  }

  package static let lifecycle = Lifecycle<Station>([
    Transition(
      .suspend, from: [.active], to: .suspended, .stationsSuspend, effects: ["station.suspended"], basis: "ORG-01"),
    Transition(
      .reinstate, from: [.suspended], to: .active, .stationsReinstate, effects: ["station.reinstated"],
      basis: "ORG-01"),
    Transition(
      .terminate, from: [.active, .suspended], to: .terminated, .stationsTerminate, effects: ["station.terminated"],
      basis: "SM-11, NET-18, SEC-12"),
  ])
}
