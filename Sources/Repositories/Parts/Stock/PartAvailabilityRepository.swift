package import Domain
package import Postgres

/// What lies free of parts, wherever that is: read beyond the caller's scope, so it says nothing of costs.
package enum PartAvailabilityRepository {
  /// The nearest places first: the station's own, those whose distance is known by it, the others of its region, the rest; behind
  /// that in an order that does not tell how much is there. The distance is the great circle of `GeographicPosition.kilometres`,
  /// here for the order alone.
  ///
  /// - Parameter station: near which; `nil`: all are equally far.
  package static func places(of parts: [Part.ID], near station: Station.ID?) -> Query<[PartAvailability]> {
    Query.list(
      """
      with free as (
        select l.part_id, p.number, o.id, o.code, o.kind, l.station_id, s.name, coalesce(s.region_id, o.region_id) as region_id,
          case
            when l.station_id = n.id then 'own'
            when coalesce(s.region_id, o.region_id) = n.region_id then 'region'
            else 'network' end as proximity,
          n.latitude_microdegrees as near_latitude, n.longitude_microdegrees as near_longitude,
          s.latitude_microdegrees as latitude, s.longitude_microdegrees as longitude,
          l.on_hand - l.reserved as quantity
        from stock_levels l
          join stock_locations o on o.id = l.location_id
          join parts p on p.id = l.part_id
          left join stations s on s.id = l.station_id
          left join stations n on n.id = \(station)
        where l.part_id = any (\(parts)) and l.on_hand > l.reserved and not o.closed
          and s.state is distinct from 'terminated')
      select f.part_id, f.number, f.id, f.code, f.kind, f.station_id, f.name, f.region_id, f.proximity, f.near_latitude,
        f.near_longitude, f.latitude, f.longitude, f.quantity
      from free f
      order by f.proximity <> 'own',
        power(sind((f.latitude - f.near_latitude) / 2e6), 2)
          + cosd(f.near_latitude / 1e6) * cosd(f.latitude / 1e6) * power(sind((f.longitude - f.near_longitude) / 2e6), 2),
        f.proximity <> 'region', f.code, f.number
      limit \(PartAvailability.limit)
      """
    ) { row in
      let part = try row.next(Part.ID.self)
      let number = try row.next(String.self)
      let location = try row.next(StockLocation.ID.self)
      let code = try row.next(String.self)
      let kind = try row.next(as: StockLocation.Kind.self)
      let owner = try row.next(Station.ID?.self)
      let name = try row.next(String?.self)
      let region = try row.next(Region.ID?.self)
      let proximity = try row.next(as: PartAvailability.Proximity.self)
      let near = try position(&row)
      let there = try position(&row)
      return PartAvailability(
        partID: part, partNumber: number, locationID: location, locationCode: code, locationKind: kind,
        stationID: owner, stationName: name, regionID: region, proximity: proximity,
        distanceKm: near.flatMap { near in there.map { near.kilometres(to: $0) } },
        quantity: Int(try row.next(Int32.self)))
    }
  }

  @Sendable private static func position(_ row: inout Row) throws -> GeographicPosition? {
    let (latitude, longitude) = (try row.next(Int32?.self), try row.next(Int32?.self))
    guard let latitude, let longitude else { return nil }
    return GeographicPosition(latitudeMicrodegrees: Int(latitude), longitudeMicrodegrees: Int(longitude))
  }
}
