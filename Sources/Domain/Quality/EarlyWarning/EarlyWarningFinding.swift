/// What the database found about one report of the day and those like it (A11): to be held against the rule.
package struct EarlyWarningFinding: Hashable, Sendable {
  package let cell: EarlyWarningCell
  /// Of the report.
  package let modelYear: Int
  package let figures: EarlyWarningFigures
  package let sources: [EarlyWarningSource]
  /// By the rule that it was found by.
  package let level: Int

  package init(
    cell: EarlyWarningCell, modelYear: Int, figures: EarlyWarningFigures, sources: [EarlyWarningSource],
    rule: EarlyWarningRule
  ) {
    self.cell = cell
    self.modelYear = modelYear
    self.figures = figures
    self.sources = sources
    let own = Self.level(of: figures.score, by: rule)
    level = own == 0 && Self.isDisproportionate(figures, by: rule) ? 1 : own
  }

  /// 0 below the threshold, 1 at it, one more for each multiple of the factor.
  package static func level(of score: Int64, by rule: EarlyWarningRule) -> Int {
    var level = 0
    var bound = rule.threshold
    while score >= bound, level < 100 {
      level += 1
      bound = max(bound + 1, bound * rule.levelFactor / 100)
    }
    return level
  }

  /// Of a new vehicle far more reports of the component than the fleet leads to expect, and like ones.
  private static func isDisproportionate(_ figures: EarlyWarningFigures, by rule: EarlyWarningRule) -> Bool {
    guard let expected = figures.expected else { return false }
    return figures.reports >= rule.newVehicleReports && figures.score >= rule.newVehicleThreshold
      && Int64(figures.reports) * 10_000 >= rule.newVehicleRatio * expected
  }

  /// Enough like reports, and faster than the cell's own past.
  package func meets(_ rule: EarlyWarningRule) -> Bool {
    guard level > 0, figures.reports >= rule.leastReports else { return false }
    return figures.recent * 100 * Int64(rule.baselineDays) >= rule.pace * figures.former * Int64(rule.recentDays)
  }

  /// Its own model year with the adjacent ones that are conspicuous together with it, without those that are silent; `nil`: its
  /// own is silent.
  package func modelYears(_ rule: EarlyWarningRule, silent: Set<Int>) -> ClosedRange<Int>? {
    if silent.contains(modelYear) { return nil }
    func joins(_ score: Int64, _ year: Int) -> Bool {
      score * 100 >= figures.score * Int64(rule.neighbourPercent) && !silent.contains(year)
    }
    let first = joins(figures.scoreBefore, modelYear - 1) ? modelYear - 1 : modelYear
    let last = joins(figures.scoreAfter, modelYear + 1) ? modelYear + 1 : modelYear
    return first...last
  }

  /// `Hyundai … : 12 reports of ENGINE in 365 days, 9 of the same fault; …`
  package func sentence(modelYears: ClosedRange<Int>, rule: EarlyWarningRule) -> String {
    let years =
      modelYears.count == 1 ? "\(modelYears.lowerBound)" : "\(modelYears.lowerBound)–\(modelYears.upperBound)"
    var text =
      "\(cell.make) \(cell.model) \(years), \(cell.component): \(figures.reports) reports of model year \(modelYear) in "
      + "\(rule.windowDays) days, \(figures.likeReports) of them of one fault"
    var harm: [String] = []
    if figures.crashes > 0 { harm.append("\(figures.crashes) with a crash") }
    if figures.fires > 0 { harm.append("\(figures.fires) with fire") }
    if figures.injured > 0 { harm.append("\(figures.injured) people injured") }
    if figures.deaths > 0 { harm.append("\(figures.deaths) killed") }
    if !harm.isEmpty { text += " (\(harm.joined(separator: ", ")))" }
    func number(_ hundredths: Int64) -> String { DecimalString.text(hundredths: hundredths) }
    if figures.score < rule.threshold, let expected = figures.expected {
      text +=
        "; weighed \(number(figures.score)) of a new vehicle, where \(number(expected)) reports were to be expected "
      text += "(level \(level)); "
    } else {
      text += "; weighed \(number(figures.score)) where \(number(rule.threshold)) warns (level \(level)); "
    }
    text += "\(number(figures.recent)) in the last \(rule.recentDays) days, "
    text += "\(number(figures.former)) in the \(rule.baselineMonths) months before."
    return text
  }
}

/// Why a cell says nothing for a time: a signal or a campaign.
package struct EarlyWarningSilence: Hashable, Sendable {
  package let cell: EarlyWarningCell
  package let modelYears: ClosedRange<Int>
  /// `nil`: a campaign.
  package let signal: EarlyWarning?

  package init(cell: EarlyWarningCell, modelYears: ClosedRange<Int>, signal: EarlyWarning?) {
    self.cell = cell
    self.modelYears = modelYears
    self.signal = signal
  }
}

/// So many reports of a cell in a span of time.
package struct EarlyWarningStatistic: Hashable, Sendable {
  package enum Interval: String, Hashable, Sendable, CaseIterable {
    case day, month
  }

  package let cell: EarlyWarningCell
  package let modelYear: Int
  /// The day, or the first of the month.
  package let from: CalendarDate
  package let complaints: Int
  package let workOrders: Int
  package let claims: Int
  package let crashes: Int
  package let fires: Int
  package let injured: Int
  package let deaths: Int

  package init(
    cell: EarlyWarningCell, modelYear: Int, from: CalendarDate, complaints: Int, workOrders: Int, claims: Int,
    crashes: Int, fires: Int, injured: Int, deaths: Int
  ) {
    self.cell = cell
    self.modelYear = modelYear
    self.from = from
    self.complaints = complaints
    self.workOrders = workOrders
    self.claims = claims
    self.crashes = crashes
    self.fires = fires
    self.injured = injured
    self.deaths = deaths
  }
}

/// Which statistics are asked for; conditions combine with and.
package struct EarlyWarningStatisticsFilter: Hashable, Sendable {
  package let interval: EarlyWarningStatistic.Interval
  package let from: CalendarDate
  /// Not part of it.
  package let before: CalendarDate
  package let make: String?
  package let model: String?
  package let modelYear: Int?
  package let component: String?

  package init(
    interval: EarlyWarningStatistic.Interval, from: CalendarDate, before: CalendarDate, make: String?, model: String?,
    modelYear: Int?, component: String?
  ) {
    self.interval = interval
    self.from = from
    self.before = before
    self.make = make
    self.model = model
    self.modelYear = modelYear
    self.component = component
  }
}
