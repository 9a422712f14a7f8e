import Domain
import FoundationEssentials
import Postgres
import Repositories
import TestSupport
import Testing

/// The database's copy of the transition table of stations, and the end of their tokens (R10, SM-11, SEC-12).
@Suite struct StationTransitionTests {
  @Test("the database knows exactly the transitions of the life cycle, and no statement goes another way (R10, SM-11)")
  func everyPair() async throws {
    let lifecycle = Set(
      Station.lifecycle.transitions.flatMap { row in
        row.from.compactMap { from in row.to.map { "\(from.rawValue)|\($0.rawValue)" } }
      })
    try await TestDatabase.with { test in
      let network = try await TestNetwork(in: test.database, at: StoredOrders.now)
      let stored = try test.admin("select from_state, to_state from state_transitions where document = 'stations'")
      #expect(Set(stored.split(separator: "\n").map(String.init)) == lifecycle)
      for from in Station.State.allCases {
        for to in Station.State.allCases where from != to {
          try test.admin(
            """
            set session_replication_role = replica;
            update stations set state = '\(from.rawValue)' where id = '\(network.station)'
            """)
          let move = "update stations set state = '\(to.rawValue)' where id = '\(network.station)'"
          if lifecycle.contains("\(from.rawValue)|\(to.rawValue)") {
            try test.asApplication(scope: "*", move)
          } else {
            #expect(throws: (any Error).self) { try test.asApplication(scope: "*", move) }
          }
        }
      }
    }
  }

  @Test("whoever sees a station ends the tokens of all its people and machines, whoever does not ends none (SEC-12)")
  func tokens() async throws {
    try await TestDatabase.with { test in
      let network = try await TestNetwork(in: test.database, at: StoredOrders.now)
      let at = StoredOrders.now
      func token(_ holder: AccessToken.Holder, _ seed: UInt8, _ kind: AccessToken.Kind = .access) -> Query<Int> {
        TokenRepository.insert(
          AccessToken(
            id: .new(at: at), kind: kind, family: .version7(at: at), holder: holder, permissions: nil, issuedAt: at,
            expiresAt: at.adding(seconds: 600)),
          hash: [UInt8](repeating: seed, count: 32))
      }
      try await test.database.write(.system) { tx in
        _ = try await tx.run(
          token(.user(network.technician), 1), token(.user(network.inspector), 2, .refresh),
          token(.operatorIssued(name: "own", roles: [.stHead], .station(network.station)), 3),
          token(.operatorIssued(name: "other", roles: [.stHead], .station(network.otherStation)), 4),
          token(.operatorIssued(name: "network", roles: [.hqService], .network), 5))
      }
      func end(by scope: Scope) async throws -> String {
        let caller = Caller(subject: .system, name: "t", roles: [], permissions: [], scope: scope)
        try await test.database.write(caller) { tx in
          _ = try await tx.run(TokenRepository.revokeAll(at: network.station, at: at))
          // The session's own part of the network is what it was.
          let seen = try await tx.run(StationRepository.list(StationFilter(), Self.page, in: .network))
          #expect(seen.items.count == (scope.stations?.count ?? 2))
        }
        return try test.admin(
          "select string_agg(get_byte(hash, 0)::text, ',' order by hash) from tokens where revoked_at is not null")
      }
      #expect(try await end(by: .station(network.otherStation)) == "")
      #expect(try await end(by: .region(network.region, stations: [network.station])) == "1,2,3")
    }
  }

  private static let page = PageRequest(sort: [PageRequest.Sort("code")])
}
