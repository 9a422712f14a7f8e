package import Domain
package import Postgres

/// What lies free of parts, wherever that is: read beyond the caller's scope, so it says nothing of costs.
package enum PartAvailabilityRepository {
  /// The nearest places first; behind that in an order that does not tell how much is there.
  ///
  /// - Parameter station: near which; `nil`: all are equally far.
  package static func places(of parts: [Part.ID], near station: Station.ID?) -> Query<[PartAvailability]> {
    Query.list(
      """
      select l.part_id, p.number, o.id, o.code, o.kind, l.station_id, s.name, coalesce(s.region_id, o.region_id),
        case
          when l.station_id = \(station) then 'own'
          when coalesce(s.region_id, o.region_id) = (select n.region_id from stations n where n.id = \(station)) then 'region'
          else 'network' end,
        l.on_hand - l.reserved
      from stock_levels l
        join stock_locations o on o.id = l.location_id
        join parts p on p.id = l.part_id
        left join stations s on s.id = l.station_id
      where l.part_id = any (\(parts)) and l.on_hand > l.reserved and not o.closed and s.state is distinct from 'terminated'
      order by array_position(array['own', 'region', 'network'], case
          when l.station_id = \(station) then 'own'
          when coalesce(s.region_id, o.region_id) = (select n.region_id from stations n where n.id = \(station)) then 'region'
          else 'network' end), o.code, p.number
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
      return PartAvailability(
        partID: part, partNumber: number, locationID: location, locationCode: code, locationKind: kind,
        stationID: owner, stationName: name, regionID: region, proximity: proximity,
        quantity: Int(try row.next(Int32.self)))
    }
  }
}
