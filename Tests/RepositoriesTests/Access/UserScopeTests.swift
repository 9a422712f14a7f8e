import Domain
import FoundationEssentials
import Postgres
import Repositories
import TestSupport
import Testing

/// Each of the two walls alone keeps users of other stations, and those without a station, from a station (S1, SEC-03).
@Suite struct UserScopeTests {
  private static let at = Timestamp(milliseconds: 1_780_000_000_000)

  @Test(
    "a station sees its own users only, with either wall taken away (S1)",
    arguments: [true, false])
  func walls(rowSecurity: Bool) async throws {
    try await withTestDatabases(1) { instances in
      let database = instances[0].database
      let (own, foreign) = try await Self.stations(database)
      let users = [
        Self.user(.station(own)), Self.user(.station(foreign)), Self.user(.network),
      ]
      try await database.write(.system) { tx in
        for user in users {
          let hash = "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$aGFzaA"
          _ = try await tx.run(UserRepository.insert(user, passwordHash: hash))
        }
      }
      let statement: Scope = rowSecurity ? .network : .station(own)
      let caller = Caller(
        subject: .system, name: "test", roles: [], permissions: [], scope: statement,
        sessionScope: rowSecurity ? .station(own) : .network)
      var seen: [Bool] = []
      for user in users {
        let found = try await database.read(caller, UserRepository.find(.id(user.id), in: statement))
        seen.append(found != nil)
      }
      #expect(seen == [true, false, false])
      if rowSecurity {
        await #expect(throws: (any Error).self) {
          try await database.write(caller) { tx in
            _ = try await tx.run(UserRepository.insert(Self.user(.station(foreign)), passwordHash: "$argon2id$x"))
          }
        }
      }
    }
  }

  @Test("user names are unique, and an unknown station is told by its field (C-35)")
  func refusals() async throws {
    try await withTestDatabases(1) { instances in
      let database = instances[0].database
      let user = Self.user(.network)
      let insert = UserRepository.insert(user, passwordHash: "$argon2id$x")
      try await database.write(.system) { tx in _ = try await tx.run(insert) }
      let twin = User(
        id: .new(at: Self.at), username: user.username, displayName: "x", assignment: .network, roles: [.qa],
        state: .active, mustChangePassword: false, notBefore: Self.at, externalIDs: [:], version: 1, stamp: user.stamp)
      await #expect(throws: Refusal.alreadyExists(field: "username", existingID: nil)) {
        try await database.write(.system) { tx in
          _ = try await tx.run(UserRepository.insert(twin, passwordHash: "$argon2id$x"))
        }
      }
      await #expect(throws: Refusal.invalid("#/stationId", .notFound, "no such station")) {
        try await database.write(.system) { tx in
          let lost = Self.user(.station(.new(at: Self.at)))
          _ = try await tx.run(UserRepository.insert(lost, passwordHash: "$argon2id$x"))
        }
      }
    }
  }

  private static func user(_ assignment: ScopeAssignment) -> User {
    let id = User.ID.new(at: at)
    return User(
      id: id, username: "u\(id)", displayName: "U", assignment: assignment, roles: [.stAdviser], state: .active,
      mustChangePassword: false, notBefore: at, externalIDs: ["sap": "1"], version: 1,
      stamp: RecordStamp(by: .system, at: at))
  }

  private static func stations(_ database: Database) async throws -> (Station.ID, Station.ID) {
    let region = Region.ID.new(at: at)
    let stations = [Station.ID.new(at: at), Station.ID.new(at: at)]
    func code(_ id: UUID) -> String { String(id.canonical.suffix(8)).uppercased() }
    try await database.write(.system) { tx in
      _ = try await tx.run(
        Query.execute(
          """
          insert into regions (id, code, name, created_at, created_by, updated_at, updated_by)
          values (\(region), \(code(region.uuid)), 'R', \(at), 'test', \(at), 'test')
          """))
      for station in stations {
        _ = try await tx.run(
          Query.execute(
            """
            insert into stations (id, code, region_id, name, kind, time_zone, currency, labour_rate, created_at,
              created_by, updated_at, updated_by)
            values (\(station), \(code(station.uuid)), \(region), 'S', 'fourInOne', 'Asia/Shanghai', 'CNY', 100,
              \(at), 'test', \(at), 'test')
            """))
      }
    }
    return (stations[0], stations[1])
  }
}
