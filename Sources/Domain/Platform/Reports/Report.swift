/// The reports of the product (domain.md section 14). A new one is a case here, its definition in `ReportDefinition`, its
/// statement with the family whose documents it counts, and its path in openapi.yaml; everything else follows.
package enum ReportName: String, Hashable, Sendable, CaseIterable {
  case backlog, clockBreaches, complaintsDaily, hotlineDaily, mailRegister, responseSpeed, workOrderThroughput
  case majorQualityDaily, qualityMonthly, qualityWeekly
  case partsMonthly, partsSupply, partsUsage
  case claimCost, oldPartReturns, supplierRecovery

  /// `hotline-daily`, in paths and names of files (C-01).
  package var segment: String {
    rawValue.reduce(into: "") { segment, letter in
      segment += letter.isUppercase ? "-" + letter.lowercased() : String(letter)
    }
  }
}

/// The forms in which a report is answered and stored.
package enum ReportFormat: String, Hashable, Sendable, CaseIterable {
  case json = "application/json"
  case csv = "text/csv"
  case svg = "image/svg+xml"

  package var fileExtension: String {
    switch self {
    case .json: "json"
    case .csv: "csv"
    case .svg: "svg"
    }
  }
}

/// Whole days in China, by which the business counts its days (D-03): every station of the network lies there.
package struct ReportPeriod: Hashable, Sendable {
  package static let utcOffsetSeconds: Int64 = 8 * 3600
  private static let day: Int64 = 86_400

  package let from: CalendarDate
  /// Not part of it.
  package let before: CalendarDate

  /// `nil` unless it has a day at least.
  package init?(from: CalendarDate, before: CalendarDate) {
    guard from < before else { return nil }
    self.from = from
    self.before = before
  }

  package init(day: CalendarDate) {
    from = day
    before = CalendarDate(daysSinceEpoch: day.daysSinceEpoch + 1)
  }

  /// The calendar month in which a day lies.
  package init(monthOf day: CalendarDate) {
    let first = CalendarDate(daysSinceEpoch: day.daysSinceEpoch - Int64(day.day) + 1)
    self = ReportDefinition.Rhythm.monthly.period(from: first)
  }

  package var days: Int { Int(before.daysSinceEpoch - from.daysSinceEpoch) }

  package var start: Timestamp { Self.midnight(of: from) }
  /// Not part of it.
  package var end: Timestamp { Self.midnight(of: before) }

  /// The calendar day in China.
  package static func day(of instant: Timestamp) -> CalendarDate {
    let seconds = instant.milliseconds.flooredDivision(by: 1000) + utcOffsetSeconds
    return CalendarDate(daysSinceEpoch: seconds.flooredDivision(by: day))
  }

  private static func midnight(of date: CalendarDate) -> Timestamp {
    Timestamp(milliseconds: (date.daysSinceEpoch * day - utcOffsetSeconds) * 1000)
  }
}

/// One cell of a report.
package enum ReportValue: Hashable, Sendable {
  case null
  case text(String)
  case integer(Int)
  /// A share of a hundred, in tenths.
  case percent(tenths: Int)
  case instant(Timestamp)
  case boolean(Bool)
}

/// A report as it was computed, whoever asks and in whichever form it is shown: the same rows and figures for the API, for
/// exports and for what is stored.
package struct Report: Hashable, Sendable {
  /// Whom the figures are about.
  package struct Coverage: Hashable, Sendable {
    /// The station that was asked for.
    package let stationID: Station.ID?
    /// `nil`: the whole network.
    package let stations: [Station.ID]?

    package init(stationID: Station.ID?, stations: [Station.ID]?) {
      self.stationID = stationID
      self.stations = stations
    }
  }

  package let name: ReportName
  package let coverage: Coverage
  /// `nil` for what shows an instant.
  package let period: ReportPeriod?
  /// What was known then stands in it.
  package let asOf: Timestamp
  /// Of the numbers that it judges by.
  package let policyVersions: [PolicyVersion]
  /// In the order of the definition's columns.
  package let rows: [[ReportValue]]

  package init(
    name: ReportName, coverage: Coverage, period: ReportPeriod?, asOf: Timestamp, policyVersions: [PolicyVersion],
    rows: [[ReportValue]]
  ) {
    self.name = name
    self.coverage = coverage
    self.period = period
    self.asOf = asOf
    self.policyVersions = policyVersions
    self.rows = rows
  }

  /// More rows than this are no report any more: asked for a shorter period or one station, it is one again.
  package static let rowLimit = 20_000

  package var definition: ReportDefinition { .of(name) }

  /// What the rows come to, in the order of the definition.
  package var figures: [(name: String, value: Int)] {
    definition.figures.map { ($0.name, $0.value(of: rows, definition)) }
  }
}
