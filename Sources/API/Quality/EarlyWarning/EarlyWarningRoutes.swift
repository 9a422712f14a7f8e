package import Domain
package import Services

/// Signals of the early warning over HTTP, and the statistics behind them (A11).
package struct EarlyWarningRoutes: LifecycleRoutes {
  package static let order = "-signalledOn"
  package let service: EarlyWarningService

  package init(_ service: EarlyWarningService) { self.service = service }

  package func add(to api: inout RouteTable) {
    addReading(to: &api)
    addLifecycle(to: &api)
    api.get("/v1/early-warning-statistics", EarlyWarningService.reading, statistics)
  }

  package func filter(_ query: QueryReader) throws -> EarlyWarningFilter {
    var filter = EarlyWarningFilter()
    filter.states = try query.anyOf("state", EarlyWarning.State.self)
    filter.make = try query.text("make", max: 100)
    filter.model = try query.text("model", max: 100)
    filter.modelYear = try query.integer("modelYear", 1900...2200)
    filter.component = try query.text("component", max: 200)
    filter.qualityIssueID = try query.id("qualityIssueId", QualityIssue.self)
    filter.signalledFrom = try query.date("signalledOnFrom")
    filter.signalledBefore = try query.date("signalledOnBefore")
    filter.number = try query.text("number")
    return filter
  }

  package func view(_ warning: EarlyWarning, for caller: Caller) -> EarlyWarningView {
    EarlyWarningView(warning, for: caller)
  }

  package func handler(for action: EarlyWarning.Action) -> RouteTable.Handler {
    switch action {
    case .acknowledge: acknowledge
    }
  }

  @Sendable private func acknowledge(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let note = form.optional("note", .text(1...2000))
    try form.finish()
    return try await service.acknowledge(try call.reference(), note: note, presenting(call))
  }

  @Sendable private func statistics(_ call: Call) async throws -> Answer {
    let query = call.query
    let interval = try query.choice("interval", EarlyWarningStatistic.Interval.self) ?? .month
    let today = ReportPeriod.day(of: call.at)
    let before = try query.date("dateBefore") ?? CalendarDate(daysSinceEpoch: today.daysSinceEpoch + 1)
    let from = try query.date("dateFrom") ?? CalendarDate(daysSinceEpoch: before.daysSinceEpoch - 365)
    let filter = EarlyWarningStatisticsFilter(
      interval: interval, from: from, before: before, make: try query.text("make", max: 100),
      model: try query.text("model", max: 100), modelYear: try query.integer("modelYear", 1900...2200),
      component: try query.text("component", max: 200))
    let limit = try query.integer("limit", 1...1000) ?? 200
    let asked = try call.page(sorts: EarlyWarningService.statisticSorts, default: "-from,cell")
    _ = try call.fields()
    try query.finish()
    guard from < before else { throw Problem.parameter("dateFrom", .outOfRange, "must lie before dateBefore") }
    // Larger pages than of documents: a row is a dozen counts.
    let page = PageRequest(limit: limit, sort: asked.sort, cursor: asked.cursor, wantsTotal: asked.wantsTotal)
    return try Answer.page(try await service.statistics(filter, page, call.caller), call)
  }
}

/// A signal as one caller sees it, with his actions.
package struct EarlyWarningView: JSONWritable {
  private let warning: EarlyWarning
  private let actions: [EarlyWarning.Action]

  package init(_ warning: EarlyWarning, for caller: Caller) {
    self.warning = warning
    actions = EarlyWarningLifecycle.table.available(on: warning, to: caller)
  }

  package func write(to json: inout JSONWriter) {
    json.object { json in
      if let acknowledgement = warning.acknowledgement {
        json.object("acknowledgement") {
          $0.field("at", acknowledgement.at)
          $0.field("by", acknowledgement.by)
          $0.field("level", acknowledgement.level)
          $0.field("note", acknowledgement.note)
        }
      } else {
        json.member("acknowledgement") { $0.null() }
      }
      json.array("availableActions", actions) { $0.string($1.rawValue) }
      json.field("component", warning.cell.component)
      json.field("createdAt", warning.stamp.createdAt)
      json.field("createdBy", warning.stamp.createdBy.name)
      json.field("figures", warning.figures)
      json.field("id", warning.id)
      json.field("level", warning.level)
      json.field("make", warning.cell.make)
      json.field("model", warning.cell.model)
      json.field("modelYearFrom", warning.modelYears.lowerBound)
      json.field("modelYearTo", warning.modelYears.upperBound)
      json.field("number", warning.number)
      json.field("policyVersion", warning.rule.policyVersion)
      json.field("qualityIssueId", warning.qualityIssueID)
      json.field("raisedOn", warning.raisedOn)
      json.field("rule", warning.rule.rule)
      json.field("sentence", warning.sentence)
      json.field("signalledOn", warning.signalledOn)
      json.array("sources", warning.sources) { json, source in
        json.object {
          $0.field("id", source.id)
          $0.field("kind", source.kind)
        }
      }
      json.field("state", warning.state)
      json.field("updatedAt", warning.stamp.updatedAt)
      json.field("updatedBy", warning.stamp.updatedBy.name)
      json.field("version", warning.version)
    }
  }
}

extension EarlyWarningFigures: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object {
      $0.field("crashes", crashes)
      $0.field("deaths", deaths)
      $0.field("expected", expected.map { DecimalString.text(hundredths: $0) })
      $0.field("fires", fires)
      $0.field("former", DecimalString.text(hundredths: former))
      $0.field("injured", injured)
      $0.field("likeReports", likeReports)
      $0.field("recent", DecimalString.text(hundredths: recent))
      $0.field("reports", reports)
      $0.field("score", DecimalString.text(hundredths: score))
      $0.field("scoreAfter", DecimalString.text(hundredths: scoreAfter))
      $0.field("scoreBefore", DecimalString.text(hundredths: scoreBefore))
    }
  }
}

extension EarlyWarningRule: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object {
      $0.field("baselineMonths", baselineMonths)
      $0.field("crashWeight", DecimalString.text(hundredths: crashWeight))
      $0.field("halfLifeDays", halfLifeDays)
      $0.field("harmWeight", DecimalString.text(hundredths: harmWeight))
      $0.field("leastReports", leastReports)
      $0.field("levelFactor", DecimalString.text(hundredths: levelFactor))
      $0.field("neighbourPercent", neighbourPercent)
      $0.field("newVehicleDays", newVehicleDays)
      $0.field("newVehicleRatio", DecimalString.text(hundredths: newVehicleRatio))
      $0.field("newVehicleReports", newVehicleReports)
      $0.field("newVehicleThreshold", DecimalString.text(hundredths: newVehicleThreshold))
      $0.field("pace", DecimalString.text(hundredths: pace))
      $0.field("quietDays", quietDays)
      $0.field("recentDays", recentDays)
      $0.field("sameFaultLikeness", DecimalString.text(hundredths: sameFaultLikeness))
      $0.field("threshold", DecimalString.text(hundredths: threshold))
      $0.field("windowDays", windowDays)
    }
  }
}

extension EarlyWarningStatistic: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object {
      $0.field("claims", claims)
      $0.field("complaints", complaints)
      $0.field("component", cell.component)
      $0.field("crashes", crashes)
      $0.field("deaths", deaths)
      $0.field("fires", fires)
      $0.field("from", from)
      $0.field("injured", injured)
      $0.field("make", cell.make)
      $0.field("model", cell.model)
      $0.field("modelYear", modelYear)
      $0.field("workOrders", workOrders)
    }
  }
}
