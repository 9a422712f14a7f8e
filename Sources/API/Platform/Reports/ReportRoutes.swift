import Domain
package import Services

/// `GET /v1/reports`, the catalogue, and one path for each report, with the permission of the documents that it counts. The
/// `Accept` of the request says in which form it comes.
package struct ReportRoutes: Sendable {
  private let service: ReportService

  package init(_ service: ReportService) { self.service = service }

  package func add(to api: inout RouteTable) {
    api.get("/v1/reports", .metaRead, catalogue)
    for name in ReportName.allCases {
      let definition = ReportDefinition.of(name)
      api.add(
        Operation(
          .get, "/v1/reports/\(name.segment)", .permission(definition.permission), criticality: .list,
          produces: definition.formats.map(\.rawValue))
      ) { try await live(definition, $0) }
    }
    api.problem(
      ProblemType(
        "report-too-long", 409, "Report too long", "Ask for fewer days or for one station.", members: ["limit"]))
  }

  @Sendable private func catalogue(_ call: Call) async throws -> Answer {
    Answer.ok(ItemsView(ReportName.allCases.map(ReportDefinition.of)))
  }

  private func live(_ definition: ReportDefinition, _ call: Call) async throws -> Answer {
    let station = try call.query.id("stationId", Station.self)
    let request = ReportRequest(stationID: station, period: try period(of: definition, call))
    try call.query.finish()
    let report = try await service.live(definition.name, request, at: call.at, call.caller)
    let format = ReportFormat.wanted(by: call, of: definition.formats)
    return Answer.report(
      ReportPress.standard.print(report, format), as: format,
      name: [definition.name.segment, request.period?.from.description].compactMap { $0 }.joined(separator: "-"))
  }

  /// A day is today in China unless one is named, a span of days the thirty that end with it.
  private func period(of definition: ReportDefinition, _ call: Call) throws -> ReportPeriod? {
    let today = ReportPeriod.day(of: call.at)
    switch definition.span {
    case .instant: return nil
    case .day:
      let day = try call.query.date("date") ?? today
      guard day <= today else { throw Problem.parameter("date", .outOfRange, "must not lie in the future") }
      return ReportPeriod(day: day)
    case .days(let most):
      let before = try call.query.date("dateBefore") ?? CalendarDate(daysSinceEpoch: today.daysSinceEpoch + 1)
      let from = try call.query.date("dateFrom") ?? CalendarDate(daysSinceEpoch: before.daysSinceEpoch - 30)
      guard let period = ReportPeriod(from: from, before: before) else {
        throw Problem.parameter("dateBefore", .outOfRange, "must be later than dateFrom")
      }
      guard period.days <= most else {
        throw Problem.parameter("dateFrom", .outOfRange, "must be at most \(most) days before dateBefore")
      }
      return period
    }
  }
}

extension ReportFormat {
  /// The dispatcher has made sure that there is one.
  static func wanted(by call: Call, of formats: [ReportFormat]) -> ReportFormat {
    MediaType.preferred(call.header("accept"), offered: formats.map(\.rawValue)).flatMap(ReportFormat.init(rawValue:))
      ?? .json
  }

  var contentType: String {
    switch self {
    case .json: MediaType.json
    case .csv: "text/csv; charset=utf-8; header=present"
    case .svg: rawValue
    }
  }
}

extension Answer {
  /// A report in one of its forms. All but JSON come as files, so that nothing of them is run in our origin.
  static func report(_ bytes: [UInt8], as format: ReportFormat, name: String) -> Answer {
    var headers = [Header("content-type", format.contentType), Header("vary", "Accept")]
    if format != .json {
      headers.append(
        Header("content-disposition", ContentDisposition.attachment("\(name).\(format.fileExtension)")))
      headers.append(
        Header("content-security-policy", "default-src 'none'; frame-ancestors 'none'; sandbox"))
    }
    return Answer(status: 200, headers: headers, body: bytes)
  }
}
