import ArgumentParser
import Domain
import FoundationEssentials
import Repositories

/// Roles and the part of the network, as the commands for users, clients and tokens take them.
struct AssignmentOptions: ParsableArguments {
  @Option(name: .customLong("role"), help: "A role code such as hqService or stAdviser; may be repeated.")
  var roleCodes: [String] = []

  @Option(help: "Code or id of the station; without it and --region the whole network.")
  var station: String?

  @Option(help: "Code or id of the region.")
  var region: String?

  func validate() throws {
    if roleCodes.isEmpty { throw ValidationError("--role is missing") }
    if station != nil, region != nil { throw ValidationError("--station or --region, not both") }
    if let unknown = roleCodes.first(where: { Role(rawValue: $0) == nil }) {
      throw ValidationError("\(unknown) is no role; there are \(Role.allCases.map(\.rawValue).joined(separator: ", "))")
    }
  }

  var roles: Set<Role> { Set(roleCodes.compactMap(Role.init(rawValue:))) }

  func assignment(_ database: Database) async throws -> ScopeAssignment {
    if let station {
      guard let found = try await database.read(.system, StationRepository.find(Reference(station), in: .network))
      else { throw Refusal.invalid("--station", .notFound, "there is no station \(station)") }
      return .station(found.id)
    }
    if let region {
      guard let found = try await database.read(.system, RegionRepository.find(Reference(region), in: .network))
      else { throw Refusal.invalid("--region", .notFound, "there is no region \(region)") }
      return .region(found.id)
    }
    return .network
  }
}

/// `90s`, `15m`, `12h`, `30d`.
struct Lifetime: ExpressibleByArgument {
  let seconds: Int64

  init?(argument: String) {
    let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3600, "d": 86_400]
    guard let last = argument.last, let unit = units[last], let count = Int64(argument.dropLast()), count > 0,
      count < 100_000_000
    else { return nil }
    seconds = count * unit
  }
}
