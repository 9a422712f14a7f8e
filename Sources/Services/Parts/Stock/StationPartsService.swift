package import Domain
package import Repositories

/// What the store of a station has and sells, held against the policy `partsStandards` (PRT-19, PRT-20).
package struct StationPartsService: Sendable {
  package static let reading = Permission.stockRead
  private let database: Database
  private let policies: PolicyBook

  package init(_ database: Database, policies: PolicyBook) {
    self.database = database
    self.policies = policies
  }

  /// What the station lacks of the assemblies and parts of its standard.
  package func standard(
    of reference: Reference<Station>, at instant: Timestamp, _ caller: Caller
  ) async throws -> PartsStandard {
    let station = try await station(reference, caller)
    let now = caller.asOf ?? instant
    let (version, body) = try await policy(for: station, at: now, caller)
    let required = body.required(of: station.profile.kind)
    let door = ReadDoor(database, caller)
    let fits = try await StockBook.fits(required.map(\.partNumber), at: now, through: door)
    let parts = Array(Set(fits.values.joined())).sorted { $0.description < $1.description }
    let levels = try await door.run(StockLevelRepository.kept(parts, at: station.id, in: caller.scope))
    return PartsStandard(
      required, policy: version, of: station.id, kind: station.profile.kind, fits: fits,
      onHand: Dictionary(levels.map { ($0.partID, $0.onHand) }, uniquingKeysWith: +),
      onOrder: Dictionary(levels.map { ($0.partID, $0.onOrder) }, uniquingKeysWith: +))
  }

  /// What left the station's store in a month, beside what was planned for it.
  ///
  /// - Parameter month: `nil`: the present one.
  package func sales(
    of reference: Reference<Station>, in month: ReportPeriod?, at instant: Timestamp, _ caller: Caller
  ) async throws -> PartsSalesProgress {
    let station = try await station(reference, caller)
    let now = caller.asOf ?? instant
    let period = month ?? ReportPeriod(monthOf: CalendarDate(inChina: now))
    // The plan of a month that is over is the one with which it ended.
    let last = Timestamp(milliseconds: period.end.milliseconds - 1)
    let (version, body) = try await policy(for: station, at: min(now, last), caller)
    let volumes = try await database.read(
      caller, StockMovementRepository.sales(of: station.id, from: period.start, before: period.end, in: caller.scope))
    return PartsSalesProgress(body.salesPerMonth, policy: version, of: station.id, in: period, volumes: volumes)
  }

  private func station(_ reference: Reference<Station>, _ caller: Caller) async throws -> Station {
    try caller.require(Self.reading)
    guard let station = try await database.read(caller, StationRepository.find(reference, in: caller.scope)) else {
      throw Refusal.notFound
    }
    return station
  }

  private func policy(
    for station: Station, at instant: Timestamp, _ caller: Caller
  ) async throws -> (PolicyVersion, PartsStandardsPolicy) {
    let policy = try await policies.current(
      PartsStandardsPolicy.self, for: [.region(station.profile.regionID)], at: instant, database, caller)
    return (policy.version, policy.body)
  }
}
