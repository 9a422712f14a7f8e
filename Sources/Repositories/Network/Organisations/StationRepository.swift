package import Domain
import FoundationEssentials
package import Postgres

/// Stations: each scope sees its own.
package enum StationRepository: RecordStore {
  package typealias Document = Station
  package typealias Filter = StationFilter

  package static let sorts: [String: ListPlan.SortColumn] = [
    "code": .init("stations.code", type: "text"),
    "createdAt": .init("stations.created_at", type: "timestamptz"),
    "name": .init("stations.name", type: "text"),
  ]

  package static let table = RecordTable<Station>(
    "stations", station: "id", key: { "code = \($0)" },
    columns: [
      .fixed("id") { "\($0.id)" },
      .fixed("code") { "\($0.code)" },
      .init("region_id") { "\($0.profile.regionID)" },
      .init("name") { "\($0.profile.name)" },
      .init("name_en") { "\($0.profile.nameEn)" },
      .init("kind") { "\($0.profile.kind.rawValue)" },
      .init("state") { "\($0.state.rawValue)" },
      .init("time_zone") { "\($0.profile.timeZone)" },
      .init("currency") { "\($0.profile.currency.rawValue)" },
      .init("labour_rate") { "\($0.profile.labourRate.minorUnits)" },
      .init("address") { "\($0.profile.address)" },
      .init("city") { "\($0.profile.city)" },
      .init("phone") { "\($0.profile.phone)" },
      .init("latitude_microdegrees") { "\($0.profile.position?.latitudeMicrodegrees)" },
      .init("longitude_microdegrees") { "\($0.profile.position?.longitudeMicrodegrees)" },
      .init("authorisations") { "\($0.profile.authorisations)" },
      .init("brands") { "\($0.profile.brands)" },
      .init("skills") { "\($0.profile.skills)" },
      .init("opening_hours") { "\(OpeningHoursJSON.encode($0.profile.openingHours))" },
      .init("bays") { "\($0.profile.bays)" },
    ],
    refusals: [
      ("stations_code_key", { Refusal.alreadyExists(field: "code", existingID: nil) }),
      ("stations_region_id_fkey", { Refusal.invalid("#/regionId", .notFound, "there is no such region") }),
    ], decode: decode)

  /// The hour of the day there; 0 … 23.
  package static func hour(of station: Station.ID, at instant: Timestamp) -> Query<Int> {
    Query.one(
      """
      select extract(hour from \(instant)::timestamptz at time zone s.time_zone)::integer
      from stations s
      where s.id = \(station)
      """
    ) { Int(try $0.next(Int32.self)) }
  }

  package static func conditions(_ filter: StationFilter) -> [SQL] {
    var conditions: [SQL] = []
    if let region = filter.regionID { conditions.append("region_id = \(region)") }
    if !filter.kinds.isEmpty { conditions.append("kind = any (\(filter.kinds.map(\.rawValue)))") }
    if !filter.states.isEmpty { conditions.append("state = any (\(filter.states.map(\.rawValue)))") }
    if let text = filter.text {
      let pattern = LikePattern.prefix(text)
      conditions.append("(lower(code) like lower(\(pattern)) or lower(name) like lower(\(pattern)))")
    }
    return conditions
  }

  /// Whether the database can compute with this IANA name; other families rely on it for "today" (C-04).
  package static func knowsTimeZone(_ name: String) -> Query<Bool> {
    Query.one("select exists (select from pg_timezone_names where name = \(name))") { try $0.next(Bool.self) }
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
