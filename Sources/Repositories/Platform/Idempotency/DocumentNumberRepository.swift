package import Domain
package import Postgres

/// Serial numbers of documents: one counter row per kind, station and year, locked until the transaction ends, so that
/// numbers have no gaps. "The year" is the station's (C-04).
package enum DocumentNumberRepository {
  /// The next number, or `nil` when the station does not exist.
  package static func next(_ kind: DocumentNumber.Kind, station: Station.ID, at: Timestamp) -> Query<String?> {
    Query.optional(
      """
      insert into document_counters as c (kind, station_id, year, last)
      select \(kind.rawValue), s.id, extract(year from \(at)::timestamptz at time zone s.time_zone)::smallint, 1
      from stations s
      where s.id = \(station)
      on conflict on constraint document_counters_pkey do update set last = c.last + 1
      returning year, last, (select code from stations where id = c.station_id)
      """
    ) { row in
      let year = try row.next(Int16.self)
      let serial = try row.next(Int32.self)
      let code = try row.next(String.self)
      return DocumentNumber.text(kind, stationCode: code, year: Int(year), serial: Int(serial))
    }
  }

  /// Holds the counter until the transaction ends, for whoever will draw from it behind other locks: everybody takes the counter
  /// first, so two never wait for each other. There is none to hold before the first number was ever drawn.
  package static func hold(_ kind: DocumentNumber.Kind, station: Station.ID) -> Query<Int> {
    Query.execute(
      """
      select from document_counters c where c.kind = \(kind.rawValue) and c.station_id = \(station)
      order by c.year for update
      """)
  }

  /// The next number of a document that belongs to no station; its year is that of China.
  package static func nextOfHeadquarters(_ kind: DocumentNumber.Kind, at: Timestamp) -> Query<String> {
    Query.one(
      """
      insert into headquarters_counters as c (kind, year, last)
      values (\(kind.rawValue), extract(year from \(at)::timestamptz at time zone 'Asia/Shanghai')::smallint, 1)
      on conflict on constraint headquarters_counters_pkey do update set last = c.last + 1
      returning year, last
      """
    ) { row in
      let year = try row.next(Int16.self)
      return DocumentNumber.text(
        kind, stationCode: DocumentNumber.headquarters, year: Int(year), serial: Int(try row.next(Int32.self)))
    }
  }

  /// Holds the counter of headquarters in the same way.
  package static func holdOfHeadquarters(_ kind: DocumentNumber.Kind) -> Query<Int> {
    Query.execute(
      """
      select from headquarters_counters c where c.kind = \(kind.rawValue)
      order by c.year for update
      """)
  }
}
