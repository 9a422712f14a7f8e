package import Domain
import FoundationEssentials
package import Postgres

/// Stations: each scope sees its own.
package enum StationRepository {
  package static func find(_ reference: Reference<Station>, in scope: Scope) -> Query<Station?> {
    Query.optional(selection(reference, scope), decode)
  }

  /// Those of the given stations that the scope sees.
  package static func all(_ ids: Set<Station.ID>, in scope: Scope) -> Query<[Station]> {
    Query.list(
      "select \(columns) from stations s where \(scope.condition(on: "s.id")) and s.id = any (\(Array(ids)))", decode)
  }

  /// As `find`, and nobody else changes the station until the transaction ends.
  package static func lock(_ reference: Reference<Station>, in scope: Scope) -> Query<Station?> {
    Query.optional(selection(reference, scope) + " for update", decode)
  }

  package static func list(_ filter: StationFilter, _ page: PageRequest, in scope: Scope) -> Query<Page<Station>> {
    var plan = ListPlan(
      columns: columns, from: "stations s", id: "s.id",
      sorts: [
        "code": .init("s.code", type: "text"),
        "name": .init("s.name", type: "text"),
        "createdAt": .init("s.created_at", type: "timestamptz"),
      ], conditions: [scope.condition(on: "s.id")])
    if let region = filter.regionID { plan.filter("s.region_id = \(region)") }
    if !filter.kinds.isEmpty { plan.filter("s.kind = any (\(filter.kinds.map(\.rawValue)))") }
    if !filter.states.isEmpty { plan.filter("s.state = any (\(filter.states.map(\.rawValue)))") }
    if let text = filter.text {
      let pattern = LikePattern.prefix(text)
      plan.filter("(lower(s.code) like lower(\(pattern)) or lower(s.name) like lower(\(pattern)))")
    }
    return plan.query(page, decode: decode)
  }

  /// Whether the database can compute with this IANA name; other families rely on it for "today" (C-04).
  package static func knowsTimeZone(_ name: String) -> Query<Bool> {
    Query.one("select exists (select from pg_timezone_names where name = \(name))") { try $0.next(Bool.self) }
  }

  package static func insert(_ station: Station) -> Query<Int> {
    let profile = station.profile
    return refusing(
      Query.execute(
        """
        insert into stations (id, code, region_id, name, name_en, kind, state, time_zone, currency, labour_rate,
          address, city, phone, latitude_microdegrees, longitude_microdegrees, authorisations, brands, skills,
          opening_hours, bays, \(RecordColumns.names))
        values (\(station.id), \(station.code), \(profile.regionID), \(profile.name), \(profile.nameEn),
          \(profile.kind.rawValue), \(station.state.rawValue), \(profile.timeZone), \(profile.currency.rawValue),
          \(profile.labourRate.minorUnits), \(profile.address), \(profile.city), \(profile.phone),
          \(profile.position?.latitudeMicrodegrees), \(profile.position?.longitudeMicrodegrees),
          \(profile.authorisations), \(profile.brands), \(profile.skills),
          \(OpeningHoursJSON.encode(profile.openingHours)), \(profile.bays),
          \(RecordColumns.values(station.externalIDs, station.version, station.stamp)))
        """))
  }

  /// - Parameter version: the version that was loaded; no row means that somebody was faster.
  package static func update(_ station: Station, expecting version: Int) -> Query<Int> {
    let profile = station.profile
    return refusing(
      Query.execute(
        """
        update stations
        set region_id = \(profile.regionID), name = \(profile.name), name_en = \(profile.nameEn),
          kind = \(profile.kind.rawValue), state = \(station.state.rawValue), time_zone = \(profile.timeZone),
          currency = \(profile.currency.rawValue), labour_rate = \(profile.labourRate.minorUnits),
          address = \(profile.address), city = \(profile.city), phone = \(profile.phone),
          latitude_microdegrees = \(profile.position?.latitudeMicrodegrees),
          longitude_microdegrees = \(profile.position?.longitudeMicrodegrees),
          authorisations = \(profile.authorisations), brands = \(profile.brands), skills = \(profile.skills),
          opening_hours = \(OpeningHoursJSON.encode(profile.openingHours)), bays = \(profile.bays),
          \(RecordColumns.assignments(station.externalIDs, station.version, station.stamp))
        where id = \(station.id) and version = \(version)
        """))
  }

  private static func refusing(_ query: Query<Int>) -> Query<Int> {
    query
      .refusing("stations_code_key") { Refusal.alreadyExists(field: "code", existingID: nil) }
      .refusing("stations_region_id_fkey") {
        Refusal.invalid("#/regionId", .notFound, "there is no such region")
      }
  }

  private static let columns: SQL = """
    s.id, s.code, s.region_id, s.name, s.name_en, s.kind, s.state, s.time_zone, s.currency, s.labour_rate, s.address,
    s.city, s.phone, s.latitude_microdegrees, s.longitude_microdegrees, s.authorisations, s.brands,
    s.skills, s.opening_hours, s.bays,
    \(RecordColumns.selected(from: "s"))
    """

  private static func selection(_ reference: Reference<Station>, _ scope: Scope) -> SQL {
    let base: SQL = "select \(columns) from stations s where \(scope.condition(on: "s.id")) and "
    return switch reference {
    case .id(let id): base + "s.id = \(id)"
    case .number(let code): base + "s.code = \(code)"
    }
  }

  @Sendable private static func decode(_ row: inout Row) throws -> Station {
    let id = try row.next(Station.ID.self)
    let code = try row.next(String.self)
    let regionID = try row.next(Region.ID.self)
    let name = try row.next(String.self)
    let nameEn = try row.next(String?.self)
    let kind = try row.next(as: Station.Kind.self)
    let state = try row.next(as: Station.State.self)
    let timeZone = try row.next(String.self)
    let currency = try row.next(as: Currency.self)
    let labourRate = Money(minor: try row.next(MinorUnits.self).value, currency: currency)
    let address = try row.next(String?.self)
    let city = try row.next(String?.self)
    let phone = try row.next(String?.self)
    let latitude = try row.next(Int32?.self)
    let longitude = try row.next(Int32?.self)
    let authorisations = try row.next([String].self)
    let brands = try row.next([String].self)
    let skills = try row.next([String].self)
    let openingHours = OpeningHoursJSON.decode(try row.next(JSONB.self).bytes)
    let bays = try row.next(Int.self)
    let tail = try row.nextRecordTail()
    var position: GeographicPosition?
    if let latitude, let longitude {
      position = GeographicPosition(latitudeMicrodegrees: Int(latitude), longitudeMicrodegrees: Int(longitude))
    }
    return Station(
      id: id, code: code, state: state,
      profile: StationProfile(
        name: name, nameEn: nameEn, kind: kind, regionID: regionID, timeZone: timeZone, currency: currency,
        address: address, city: city, phone: phone, position: position, labourRate: labourRate,
        authorisations: authorisations, brands: brands, skills: skills, openingHours: openingHours, bays: bays),
      externalIDs: tail.externalIDs, version: tail.version, stamp: tail.stamp)
  }
}

/// `opening_hours` of a station.
enum OpeningHoursJSON {
  static func encode(_ hours: OpeningHours) -> JSONB {
    EventJSON.encode(
      .list(
        hours.spans.map { span in
          .object([
            "weekday": .text(span.weekday.rawValue), "opens": .integer(Int64(span.opens)),
            "closes": .integer(Int64(span.closes)),
          ])
        }))
  }

  static func decode(_ bytes: [UInt8]) -> OpeningHours {
    guard case .list(let items) = EventJSON.value(bytes) else { return .unknown }
    return OpeningHours(
      items.compactMap { item in
        guard case .object(let span) = item,
          let weekday = span.text("weekday").flatMap(OpeningHours.Weekday.init(rawValue:)),
          let opens = span.integer("opens"), let closes = span.integer("closes")
        else { return nil }
        return OpeningHours.Span(weekday: weekday, opens: Int(opens), closes: Int(closes))
      })
  }
}
