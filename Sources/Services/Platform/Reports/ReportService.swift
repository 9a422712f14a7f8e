package import Domain
import Repositories

/// What a caller asks a live report for.
package struct ReportRequest: Sendable {
  package let stationID: Station.ID?
  /// `nil` for what shows an instant.
  package let period: ReportPeriod?

  package init(stationID: Station.ID?, period: ReportPeriod?) {
    self.stationID = stationID
    self.period = period
  }
}

/// Computes reports (domain.md section 14), for whoever reads one now and for what is issued.
package struct ReportService: Sendable {
  private let work: UnitOfWork
  private let policies: PolicyBook

  package init(_ work: UnitOfWork, policies: PolicyBook) {
    self.work = work
    self.policies = policies
  }

  /// The report as it is at an instant, of what the caller sees.
  ///
  /// - Throws: `Refusal.notFound` for a station outside the scope; `.conflict` for more rows than a report has.
  package func live(
    _ name: ReportName, _ request: ReportRequest, at instant: Timestamp, _ caller: Caller
  ) async throws -> Report {
    try caller.require(ReportDefinition.of(name).permission)
    return try await work.database.snapshot(caller) { tx in
      try await compute(name, request, at: instant, in: caller.scope, tx)
    }
  }

  /// The same inside of a transaction. A station that is named narrows what the scope sees to what the station itself does.
  func compute(
    _ name: ReportName, _ request: ReportRequest, at instant: Timestamp, in scope: Scope, _ tx: Transaction
  ) async throws -> Report {
    var seen = scope
    if let station = request.stationID {
      guard scope.covers(station), try await tx.run(StationRepository.find(.id(station), in: scope)) != nil else {
        throw Refusal.notFound
      }
      seen = Scope(.station(station), extent: scope.extent)
    }
    let clocks = try await policies.current(ClocksPolicy.self, at: min(instant, request.period?.end ?? instant), in: tx)
    let basis = ReportBasis(
      scope: seen, period: request.period, asOf: instant, limits: ReportLimits(clocks.body))
    let rows = try await tx.run(ReportRepository.rows(name, basis))
    guard rows.count <= Report.rowLimit else {
      throw Refusal.conflict(
        code: "report-too-long", detail: "The report has more than \(Report.rowLimit) rows; ask for fewer days.",
        .limit(Report.rowLimit))
    }
    return Report(
      name: name, coverage: Report.Coverage(stationID: request.stationID, stations: seen.stations),
      period: request.period, asOf: instant, policyVersions: [clocks.version], rows: rows)
  }
}
