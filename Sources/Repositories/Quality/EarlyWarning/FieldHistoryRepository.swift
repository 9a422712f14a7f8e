package import Domain
import FoundationEssentials
package import Postgres

/// Records a public history as complaints and campaigns of the product, each at the time of its filing (A11). For a database of
/// its own: one vehicle stands for all of its model and model year, since public records do not say which it was.
package enum FieldHistoryRepository {
  package static let isEmpty = Query.one(
    "select not exists (select from complaints) and not exists (select from vehicles)"
  ) { row in try row.next(Bool.self) }

  private static let batch = 500
  /// What is recorded of a day is recorded at noon in China.
  private static func noon(_ day: CalendarDate) -> Timestamp { ReportPeriod(day: day).start.adding(seconds: 43_200) }

  package static func insert(_ history: FieldHistory) -> [Query<Int>] {
    guard let first = history.complaints.first else { return [] }
    let start = noon(first.filedOn)
    var models: [[String]: UUID] = [:]
    for vehicle in history.vehicles where models[[vehicle.make, vehicle.model]] == nil {
      models[[vehicle.make, vehicle.model]] = VehicleModel.ID.new(at: start).uuid
    }
    var vehicles: [FieldHistory.Vehicle: UUID] = [:]
    for vehicle in history.vehicles { vehicles[vehicle] = Vehicle.ID.new(at: start).uuid }
    let named = models.sorted { $0.key.lexicographicallyPrecedes($1.key) }
    var queries: [Query<Int>] = [
      Query.execute(
        """
        insert into vehicle_models (id, code, brand, series, name, powertrain, created_at, created_by, updated_at,
          updated_by)
        select m.id, 'FH-' || m.place, m.brand, m.series, m.series, 'ice', \(start), 'history', \(start), 'history'
        from unnest(\(named.map(\.value)), \(named.map { $0.key[0] }), \(named.map { $0.key[1] }))
          with ordinality as m(id, brand, series, place)
        """),
      Query.execute(
        """
        insert into vehicles (id, vin, model_id, model_year, usage, created_at, created_by, updated_at, updated_by)
        select v.id, 'FH' || lpad(v.place::text, 15, '0'), v.model, v.year, 'private', \(start), 'history', \(start),
          'history'
        from unnest(\(history.vehicles.map { vehicles[$0] ?? UUID() }),
            \(history.vehicles.map { models[[$0.make, $0.model]] ?? UUID() }),
            \(history.vehicles.map { Int32($0.modelYear) }))
          with ordinality as v(id, model, year, place)
        """),
    ]
    for from in stride(from: 0, to: history.complaints.count, by: batch) {
      let part = history.complaints[from..<min(from + batch, history.complaints.count)]
      queries.append(insert(Array(part), behind: from, vehicles))
    }
    for (place, campaign) in history.campaigns.enumerated() {
      queries += insert(campaign, place, vehicles)
    }
    return queries
  }

  private static func insert(
    _ part: [FieldHistory.Complaint], behind count: Int, _ vehicles: [FieldHistory.Vehicle: UUID]
  ) -> Query<Int> {
    let at = part.map { noon($0.filedOn) }
    return Query.execute(
      """
      insert into complaints (id, number, state, kind, channel, contact_name, vehicle_id, category, customer_words,
        component, crash, fire, broke_down, injured, deaths, media_exposure, created_at, created_by, updated_at, updated_by)
      select c.id, 'CP-HQ-' || extract(year from c.at) || '-' || lpad((\(count)::bigint + c.place)::text, 6, '0'),
        'received', 'general', 'online', 'history', c.vehicle, 'vehicleQuality', c.words, c.component, c.severity & 1 = 1,
        c.severity & 2 = 2, false, c.injured, c.deaths, false, c.at, 'history', c.at, 'history'
      from unnest(\(at.map { Complaint.ID.new(at: $0).uuid }), \(at), \(part.map { vehicles[$0.vehicle] ?? UUID() }),
          \(part.map(\.words)), \(part.map(\.component)),
          \(part.map { Int32(($0.crash ? 1 : 0) + ($0.fire ? 2 : 0)) }), \(part.map { Int32($0.injured) }),
          \(part.map { Int32($0.deaths) }))
        with ordinality as c(id, at, vehicle, words, component, severity, injured, deaths, place)
      """)
  }

  private static func insert(
    _ campaign: FieldHistory.Campaign, _ place: Int, _ vehicles: [FieldHistory.Vehicle: UUID]
  ) -> [Query<Int>] {
    let at = ReportPeriod(day: campaign.knownOn).start
    let id = Campaign.ID.new(at: at)
    let affected = campaign.vehicles.compactMap { vehicles[$0] }
    return [
      Query.execute(
        """
        insert into campaigns (id, number, state, kind, title, description, remedy, component, population, vehicle_count,
          population_hash, frozen_at, published_at, created_at, created_by, updated_at, updated_by)
        values (\(id), 'CA-HQ-0000-' || lpad(\(place)::text, 6, '0'), 'published', 'recall', \(campaign.title), '-', '-',
          \(campaign.component), '{}', \(affected.count), repeat('0', 64), \(at), \(at), \(at), 'history', \(at), 'history')
        """),
      Query.execute(
        """
        insert into campaign_vehicles (id, campaign_id, vehicle_id, vin, state, created_at, created_by, updated_at,
          updated_by)
        select l.id, \(id), l.vehicle, v.vin, 'affected', \(at), 'history', \(at), 'history'
        from unnest(\(affected.map { _ in CampaignVehicle.ID.new(at: at).uuid }), \(affected)) as l(id, vehicle)
          join vehicles v on v.id = l.vehicle
        """),
    ]
  }
}
