import Domain
import FoundationEssentials
import Postgres

// Columns that users, machine clients and tokens share, in the order in which their statements name them.

extension ScopeAssignment {
  /// `station_id, region_id, supplier_id`.
  static func read(_ row: inout Row) throws -> ScopeAssignment {
    let station = try row.next(Station.ID?.self)
    let region = try row.next(Region.ID?.self)
    let supplier = try row.next(UUID?.self)
    guard let assignment = ScopeAssignment(station: station, region: region, supplier: supplier) else {
      // The tables' checks exclude it; whoever reads it all the same must not be given the network.
      throw Failure.internal(reference: "ambiguous scope assignment")
    }
    return assignment
  }
}

/// Roles as `text[]`.
enum RoleCodes {
  static func write(_ roles: Set<Role>) -> [String] { roles.map(\.rawValue).sorted() }

  /// A code that a later or earlier release knows grants nothing in this one.
  static func read(_ codes: [String]) -> Set<Role> { Set(codes.compactMap(Role.init(rawValue:))) }
}

/// Permissions as `text[]`; null is no restriction.
enum PermissionCodes {
  static func write(_ permissions: Set<Permission>?) -> [String]? { permissions?.map(\.rawValue).sorted() }

  static func read(_ codes: [String]?) -> Set<Permission>? {
    codes.map { Set($0.compactMap(Permission.init(rawValue:))) }
  }
}
