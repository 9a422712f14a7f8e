package import Domain
package import Postgres

/// Quotas of regions: reference data, the same for every scope (PRT-04).
package enum ReserveQuotaRepository: RecordStore {
  package typealias Document = ReserveQuota
  package typealias Filter = ReserveQuotaFilter

  package static let sorts: [String: ListPlan.SortColumn] = [
    "code": .init("reserve_quotas.code", type: "text"),
    "createdAt": .init("reserve_quotas.created_at", type: "timestamptz"),
  ]

  package static let table = RecordTable<ReserveQuota>(
    "reserve_quotas", key: { "code = \($0)" },
    columns: [
      .fixed("id") { "\($0.id)" },
      .fixed("code") { "\($0.code)" },
      .fixed("region_id") { "\($0.regionID)" },
      .fixed("part_id") { "\($0.partID)" },
      .init("per_thousand_vehicles") { "\(Int32(clamping: $0.perThousandVehicles))" },
      .init("note") { "\($0.note)" },
      .init("population") { "\(Int32(clamping: $0.population.vehicles))" },
      .init("stations") { "\(Int32(clamping: $0.population.stations))" },
      .init("quantity") { "\(Int32(clamping: $0.quantity))" },
    ],
    refusals: [
      ("reserve_quotas_code_key", { Refusal.alreadyExists(field: "code", existingID: nil) }),
      ("reserve_quotas_part_key", { Refusal.alreadyExists(field: "partId", existingID: nil) }),
      ("reserve_quotas_region_id_fkey", { Refusal.invalid("#/regionId", .notFound, "there is no such region") }),
      ("reserve_quotas_part_id_fkey", { Refusal.invalid("#/partId", .notFound, "there is no such part") }),
    ], decode: decode)

  package static func conditions(_ filter: ReserveQuotaFilter) -> [SQL] {
    var conditions: [SQL] = []
    if let region = filter.regionID { conditions.append("region_id = \(region)") }
    if let part = filter.partID { conditions.append("part_id = \(part)") }
    return conditions
  }

  /// Vehicles that belong to customers of the region's stations now, each once, and the stations that serve them.
  package static func population(of region: Region.ID) -> Query<ReserveQuota.Population> {
    Query.one(
      """
      select (
          select count(distinct v.vehicle_id)
          from customer_vehicles v join stations s on s.id = v.station_id
          where s.region_id = \(region) and v.until_date is null and v.role in ('owner', 'user')),
        (select count(*) from stations s where s.region_id = \(region) and s.state = 'active')
      """
    ) { row in
      ReserveQuota.Population(vehicles: Int(try row.next(Int64.self)), stations: Int(try row.next(Int64.self)))
    }
  }

  @Sendable private static func decode(_ row: inout Row) throws -> ReserveQuota {
    let id = try row.next(ReserveQuota.ID.self)
    let code = try row.next(String.self)
    let region = try row.next(Region.ID.self)
    let part = try row.next(Part.ID.self)
    let rate = Int(try row.next(Int32.self))
    let note = try row.next(String?.self)
    let population = ReserveQuota.Population(
      vehicles: Int(try row.next(Int32.self)), stations: Int(try row.next(Int32.self)))
    row.skip()
    let tail = try row.nextRecordTail()
    return ReserveQuota(
      id: id, code: code, regionID: region, partID: part, perThousandVehicles: rate, note: note,
      population: population, externalIDs: tail.externalIDs, version: tail.version, stamp: tail.stamp)
  }
}
