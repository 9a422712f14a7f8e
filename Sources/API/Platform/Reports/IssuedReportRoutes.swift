package import Domain
package import Services

/// Reports as they were issued. A collection of its own and not a part of `/v1/reports/{report}`: an issued report is a document
/// with a number, a history and one station or none, and who looks for it looks over all reports (C-01).
package struct IssuedReportRoutes: DocumentRoutes {
  package static let order = "-issuedAt"
  package let service: IssuedReportService

  package init(_ service: IssuedReportService) { self.service = service }

  package func add(to api: inout RouteTable) {
    addReading(to: &api)
    api.post(Self.path, .reportsFreeze, issue)
    api.add(
      Operation(
        .get, "\(Self.template)/content", .permission(.reportsRead), criticality: .read,
        produces: ReportFormat.allCases.map(\.rawValue)), content)
    api.action("\(Self.template)/read", .reportsRead, precondition: .none, read)
    api.problem(
      ProblemType(
        "report-issued", 409, "Report issued already", "A report is issued once a period.", members: ["conflicts"]))
    api.problem(
      ProblemType("not-a-recipient", 409, "Not a recipient", "Only who was sent the report confirms to have read it."))
  }

  package func filter(_ query: QueryReader) throws -> IssuedReportFilter {
    var filter = IssuedReportFilter()
    filter.names = try query.anyOf("report", ReportName.self)
    filter.stationID = try query.id("stationId", Station.self)
    filter.origins = try query.anyOf("origin", IssuedReport.Origin.self)
    filter.dateFrom = try query.date("dateFrom")
    filter.dateBefore = try query.date("dateBefore")
    filter.number = try query.text("number")
    return filter
  }

  package func view(_ document: IssuedReport, for caller: Caller) -> IssuedReport { document }

  @Sendable private func issue(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let name = form.required("report", .choice(ReportName.self))
    let station = form.optional("stationId", .id(Station.self))
    let from = form.required("dateFrom", .date)
    let before = form.optional("dateBefore", .date)
    let recipients = form.array("recipients", 0...50) { $0.recipient() }
    var period = from.map { ReportPeriod(day: $0) }
    if let from, let before {
      period = ReportPeriod(from: from, before: before)
      if period == nil { form.refuse("dateBefore", .outOfRange, "must be later than dateFrom") }
    }
    try form.finish()
    guard let name, let period, let recipients else { throw form.failure }
    let draft = IssuedReportDraft(name: name, stationID: station, period: period, recipients: recipients)
    return try await service.issue(draft, creating(call))
  }

  /// The bytes never change, but who may see them does: kept, and asked for every time.
  @Sendable private func content(_ call: Call) async throws -> Answer {
    try call.query.finish()
    let reference: Reference<IssuedReport> = try call.reference()
    let document = try await service.get(reference, call.caller)
    let offered = ReportFormat.allCases.filter { format in document.contents.contains { $0.format == format } }
    guard
      let format = MediaType.preferred(call.header("accept"), offered: offered.map(\.rawValue))
        .flatMap(ReportFormat.init(rawValue:))
    else {
      throw Problem(
        .notAcceptable, "Available: \(offered.map(\.rawValue).joined(separator: ", ")).",
        ["available": .texts(offered.map(\.rawValue))])
    }
    let (report, content, bytes) = try await service.content(format, of: reference, call.caller)
    var answer = Answer.report(bytes, as: format, name: report.number)
    answer.headers.append(Answer.Header("cache-control", "private, no-cache"))
    answer.headers.append(Answer.Header("etag", "\"\(content.sha256)\""))
    return answer
  }

  @Sendable private func read(_ call: Call) async throws -> Answer {
    let form = try call.body()
    var body = form
    try body.finish()
    return try await service.read(try call.reference(), presenting(call))
  }
}

extension Form {
  /// One of `role`, `stationId` and `userId`.
  fileprivate mutating func recipient() -> ReportRecipient? {
    let role = optional("role", .choice(Role.self))
    let station = optional("stationId", .id(Station.self))
    let user = optional("userId", .id(User.self))
    let named = [has("role"), has("stationId"), has("userId")].count { $0 }
    if named != 1 {
      refuse("role", named == 0 ? .required : .inconsistent, "name one of role, stationId and userId")
      return nil
    }
    return role.map(ReportRecipient.role) ?? station.map(ReportRecipient.station) ?? user.map(ReportRecipient.user)
  }
}
