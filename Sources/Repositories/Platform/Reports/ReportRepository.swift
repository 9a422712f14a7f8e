package import Domain
import FoundationEssentials
package import Postgres

/// What a report's statement is given.
package struct ReportBasis: Sendable {
  /// Whose documents count: the caller's, or those of the station that was asked for.
  package let scope: Scope
  /// `nil` for what shows an instant.
  package let period: ReportPeriod?
  package let asOf: Timestamp
  /// What the policy `clocks` allows, in seconds; a kind without a length of time is not judged.
  package let limits: ReportLimits

  package init(scope: Scope, period: ReportPeriod?, asOf: Timestamp, limits: ReportLimits) {
    self.scope = scope
    self.period = period
    self.asOf = asOf
    self.limits = limits
  }

  var start: Timestamp { period?.start ?? asOf }
  var end: Timestamp { period?.end ?? asOf }
}

/// The times of the policy `clocks` that reports judge by, in seconds.
package struct ReportLimits: Hashable, Sendable {
  package let response: Int64?
  package let arrival: Int64?
  package let cityArrival: Int64?
  package let clearing: Int64?

  package init(_ policy: ClocksPolicy) {
    func seconds(_ kind: ClockKind, _ variant: ClockRule.Variant? = nil) -> Int64? {
      if case .elapsed(_, let closes) = DeadlineRule(policy[kind], variant).span { closes } else { nil }
    }
    response = seconds(.repairCallResponse)
    arrival = seconds(.onSiteArrival)
    cityArrival = seconds(.onSiteArrival, .cityMinorRepair)
    clearing = seconds(.faultCleared)
  }
}

/// The one statement of each report, whoever asks for it in whichever form (domain.md section 14). Columns in the order of the
/// definition; one row more than a report may have, so that the excess is noticed.
package enum ReportRepository {
  package static func rows(_ name: ReportName, _ basis: ReportBasis) -> Query<[[ReportValue]]> {
    let kinds = ReportDefinition.of(name).columns.map(\.kind)
    let statement =
      switch name {
      case .backlog: StationFigures.backlog(basis)
      case .clockBreaches: StationFigures.clockBreaches(basis)
      case .complaintsDaily: ComplaintFigures.daily(basis)
      case .hotlineDaily: ServiceRequestFigures.register(of: [.hotline, .phone, .counter], basis)
      case .mailRegister: ServiceRequestFigures.register(of: [.email, .fax, .letter, .online], basis)
      case .partsMonthly: PartsFigures.monthly(basis)
      case .partsSupply: PartsFigures.supply(basis)
      case .partsUsage: PartsFigures.usage(basis)
      case .majorQualityDaily: QualityFigures.majorDaily(basis)
      case .qualityMonthly: QualityFigures.monthly(basis)
      case .qualityWeekly: QualityFigures.weekly(basis)
      case .responseSpeed: ServiceRequestFigures.responseSpeed(basis)
      case .workOrderThroughput: StationFigures.throughput(basis)
      case .claimCost: ClaimFigures.cost(basis)
      case .oldPartReturns: OldPartFigures.returns(basis)
      case .supplierRecovery: OldPartFigures.recoveries(basis)
      }
    return Query.list(statement + " limit \(Report.rowLimit + 1)") { row in
      var values: [ReportValue] = []
      values.reserveCapacity(kinds.count)
      for kind in kinds { values.append(try value(kind, &row)) }
      return values
    }
  }

  private static func value(_ kind: ReportDefinition.ValueKind, _ row: inout Row) throws -> ReportValue {
    switch kind {
    case .text: try row.next(String?.self).map(ReportValue.text) ?? .null
    case .integer: try row.next(Int?.self).map(ReportValue.integer) ?? .null
    case .percent: try row.next(Int?.self).map { .percent(tenths: $0) } ?? .null
    case .instant: try row.next(Timestamp?.self).map(ReportValue.instant) ?? .null
    case .boolean: try row.next(Bool?.self).map(ReportValue.boolean) ?? .null
    }
  }

  /// Tenths of a percent of what is counted; null where there is nothing to compare.
  static func percent(_ part: SQL, of whole: SQL) -> SQL {
    "round(1000.0 * (" + part + ") / nullif(" + whole + ", 0))::bigint"
  }

  /// Whole minutes between two instants.
  static func minutes(from: SQL, to: SQL) -> SQL {
    "extract(epoch from (" + to + ") - (" + from + ")) / 60"
  }
}
