package import Domain
import FoundationEssentials
package import Postgres

/// Reports as they were issued: rows that nobody changes. A station sees its own, headquarters all.
package enum IssuedReportRepository: DocumentStore {
  package static func find(_ reference: Reference<IssuedReport>, in scope: Scope) -> Query<IssuedReport?> {
    let named: SQL =
      switch reference {
      case .id(let id): "i.id = \(id)"
      case .number(let number): "i.number = \(number)"
      }
    return Query.optional(
      "select \(columns) from issued_reports i where \(scope.condition(on: "i.station_id")) and \(named)", decode)
  }

  /// Nothing in it can change, so nothing is locked but who may add to its receipts: `takeTurn`.
  package static func lock(_ reference: Reference<IssuedReport>, in scope: Scope) -> Query<IssuedReport?> {
    find(reference, in: scope)
  }

  package static func list(
    _ filter: IssuedReportFilter, _ page: PageRequest, in scope: Scope
  ) -> Query<Page<IssuedReport>> {
    var plan = ListPlan(
      columns: columns, from: "issued_reports i", id: "i.id", sorts: sorts,
      conditions: [scope.condition(on: "i.station_id")])
    if !filter.names.isEmpty { plan.filter("i.report = any (\(filter.names.map(\.rawValue)))") }
    if let station = filter.stationID { plan.filter("i.station_id = \(station)") }
    if !filter.origins.isEmpty { plan.filter("i.origin = any (\(filter.origins.map(\.rawValue)))") }
    if let from = filter.dateFrom { plan.filter("i.period_from >= \(from)") }
    if let before = filter.dateBefore { plan.filter("i.period_from < \(before)") }
    if let number = filter.number { plan.filter("i.number = \(number)") }
    return plan.query(page, decode: decode)
  }

  package static let sorts: [String: ListPlan.SortColumn] = ["issuedAt": .init("i.issued_at", type: "timestamptz")]

  /// A stored report has no other state than that in which it was issued.
  package static func save(_ after: IssuedReport, over before: IssuedReport?) -> [Query<Int>] {
    before == nil ? [insert(after)] : []
  }

  package static func insert(_ report: IssuedReport) -> Query<Int> {
    Query.execute(
      """
      insert into issued_reports (id, number, report, station_id, period_from, period_before, as_of, origin,
        policy_versions, row_count, recipients, issued_at, issued_by, issued_by_id)
      values (\(report.id), \(report.number), \(report.name.rawValue), \(report.stationID), \(report.period.from),
        \(report.period.before), \(report.asOf), \(report.origin.rawValue), \(report.policyVersions),
        \(Int32(report.rowCount)), \(encode(report.recipients)), \(report.issuedAt), \(report.issuedBy.name),
        \(report.issuedBy.id))
      """
    ).refusing(
      "issued_reports_once", conflict: "report-issued",
      "The report of this period was issued already; what came later stands in the next.",
      naming: ConflictLookup.documents(.issuedReport) { scope in
        """
        select i.id, i.number, null::text, null::integer
        from issued_reports i
        where i.report = \(report.name.rawValue) and i.station_id is not distinct from \(report.stationID)
          and i.period_from = \(report.period.from) and i.period_before = \(report.period.before)
          and (i.station_id is null or \(scope.condition(on: "i.station_id")))
        """
      }
    ).refusing("issued_reports_station_id_fkey") {
      Refusal.invalid("#/stationId", .notFound, "there is no such station")
    }
  }

  package static func insert(
    _ bytes: [UInt8], sha256: [UInt8], as format: ReportFormat, of report: IssuedReport.ID, at instant: Timestamp
  ) -> Query<Int> {
    Query.execute(
      """
      insert into issued_report_contents (issued_report_id, media_type, content, sha256, issued_at)
      values (\(report), \(format.rawValue), \(bytes), \(sha256), \(instant))
      """)
  }

  package static func insert(_ receipt: IssuedReport.Receipt, of report: IssuedReport.ID) -> Query<Int> {
    Query.execute(
      """
      insert into issued_report_receipts (issued_report_id, reader_id, reader, recipients, read_at)
      values (\(report), \(receipt.readerID), \(receipt.reader), \(receipt.recipients.map { Int16($0) }),
        \(receipt.readAt))
      """)
  }

  /// The stored bytes of one form.
  package static func content(
    _ format: ReportFormat, of report: IssuedReport.ID, in scope: Scope
  ) -> Query<[UInt8]?> {
    Query.optional(
      """
      select c.content
      from issued_report_contents c
        join issued_reports i on i.id = c.issued_report_id
      where \(scope.condition(on: "i.station_id")) and c.issued_report_id = \(report)
        and c.media_type = \(format.rawValue)
      """
    ) { row in try row.next([UInt8].self) }
  }

  /// Lets one after another issue reports, or read one for the first time, until the transaction ends; what the one before did
  /// is seen by the statements behind it.
  package static func takeTurn(_ what: String) -> Query<Int> {
    Query.execute("select pg_advisory_xact_lock(hashtextextended(\(what), 0))")
  }

  /// The first day of the oldest period for which the product still has to issue a report of the network: behind the last that
  /// it issued itself, at most so many periods before `last`; what somebody issued by hand is there. The first of all is `last`.
  package static func due(
    _ name: ReportName, every rhythm: ReportDefinition.Rhythm, through last: CalendarDate, atMost periods: Int
  ) -> Query<CalendarDate?> {
    let step: SQL =
      switch rhythm {
      case .daily: "interval '1 day'"
      case .weekly: "interval '7 days'"
      case .monthly: "interval '1 month'"
      }
    return Query.one(
      """
      select min(due.day)::date
      from generate_series(
        greatest(\(last)::timestamp - (\(Int32(periods)) - 1) * \(step), least(\(last)::timestamp, coalesce((
          select max(i.period_from)::timestamp + \(step)
          from issued_reports i
          where i.report = \(name.rawValue) and i.origin = 'schedule' and i.station_id is null
        ), \(last)::timestamp))), \(last)::timestamp, \(step)) as due(day)
      where not exists (
        select from issued_reports i
        where i.report = \(name.rawValue) and i.station_id is null and i.period_from = due.day::date
          and i.period_before = (due.day + \(step))::date)
      """
    ) { row in try row.next(CalendarDate?.self) }
  }

  /// Whether the report of a period is there already.
  package static func exists(_ name: ReportName, _ station: Station.ID?, _ period: ReportPeriod) -> Query<Bool> {
    Query.one(
      """
      select exists (
        select from issued_reports i
        where i.report = \(name.rawValue) and i.station_id is not distinct from \(station)
          and i.period_from = \(period.from) and i.period_before = \(period.before))
      """
    ) { row in try row.next(Bool.self) }
  }

  /// The report of a period that is there already.
  package static func issued(
    _ name: ReportName, _ station: Station.ID?, _ period: ReportPeriod
  ) -> Query<(id: IssuedReport.ID, number: String)?> {
    Query.optional(
      """
      select i.id, i.number
      from issued_reports i
      where i.report = \(name.rawValue) and i.station_id is not distinct from \(station)
        and i.period_from = \(period.from) and i.period_before = \(period.before)
      """
    ) { row in
      let id = try row.next(IssuedReport.ID.self)
      return (id: id, number: try row.next(String.self))
    }
  }

  private static let columns: SQL = """
    i.id, i.number, i.report, i.station_id, i.period_from, i.period_before, i.as_of, i.origin, i.policy_versions,
    i.row_count, i.recipients, i.issued_at, i.issued_by, i.issued_by_id,
    (select coalesce(jsonb_agg(jsonb_build_object('mediaType', c.media_type, 'size', length(c.content),
        'sha256', encode(c.sha256, 'hex')) order by c.media_type), '[]')
      from issued_report_contents c where c.issued_report_id = i.id),
    (select coalesce(jsonb_agg(jsonb_build_object('readerId', t.reader_id, 'reader', t.reader,
        'recipients', to_jsonb(t.recipients), 'at', (extract(epoch from t.read_at) * 1000)::bigint)
        order by t.read_at, t.reader_id), '[]')
      from issued_report_receipts t where t.issued_report_id = i.id)
    """

  @Sendable private static func decode(_ row: inout Row) throws -> IssuedReport {
    let id = try row.next(IssuedReport.ID.self)
    let number = try row.next(String.self)
    let name = try row.next(as: ReportName.self)
    let station = try row.next(Station.ID?.self)
    let from = try row.next(CalendarDate.self)
    let before = try row.next(CalendarDate.self)
    let asOf = try row.next(Timestamp.self)
    let origin = try row.next(as: IssuedReport.Origin.self)
    let policies = try row.next([String].self)
    let rowCount = Int(try row.next(Int32.self))
    let recipients = Self.records(try row.next(JSONB.self).bytes).compactMap(recipient)
    let issuedAt = try row.next(Timestamp.self)
    let issuedBy = RecordStamp.Author(name: try row.next(String.self), id: try row.next(UUID?.self))
    let contents = Self.records(try row.next(JSONB.self).bytes).compactMap(content)
    let receipts = Self.records(try row.next(JSONB.self).bytes).compactMap(receipt)
    guard let period = ReportPeriod(from: from, before: before) else {
      throw Failure.internal(reference: "a report without a day")
    }
    return IssuedReport(
      id: id, number: number, name: name, stationID: station, period: period, asOf: asOf, origin: origin,
      policyVersions: policies, rowCount: rowCount, recipients: recipients, contents: contents, issuedAt: issuedAt,
      issuedBy: issuedBy, receipts: receipts)
  }

  // MARK: Records

  private static func encode(_ recipients: [ReportRecipient]) -> JSONB {
    EventJSON.encode(
      .list(
        recipients.map { recipient in
          switch recipient {
          case .role(let role): .object(["kind": .text("role"), "role": .text(role.rawValue)])
          case .station(let station): .object(["kind": .text("station"), "stationId": .text(station.description)])
          case .user(let user): .object(["kind": .text("user"), "userId": .text(user.description)])
          }
        }))
  }

  private static func recipient(_ record: [String: EventValue]) -> ReportRecipient? {
    guard let kind = record.text("kind").flatMap(ReportRecipient.Kind.init(rawValue:)) else { return nil }
    return switch kind {
    case .role: record.text("role").flatMap(Role.init(rawValue:)).map(ReportRecipient.role)
    case .station: record.text("stationId").flatMap { Station.ID($0) }.map(ReportRecipient.station)
    case .user: record.text("userId").flatMap { User.ID($0) }.map(ReportRecipient.user)
    }
  }

  private static func content(_ record: [String: EventValue]) -> IssuedReport.Content? {
    guard let format = record.text("mediaType").flatMap(ReportFormat.init(rawValue:)),
      let size = record.integer("size"), let sha256 = record.text("sha256")
    else { return nil }
    return IssuedReport.Content(format: format, size: Int(size), sha256: sha256)
  }

  private static func receipt(_ record: [String: EventValue]) -> IssuedReport.Receipt? {
    guard let reader = record.text("readerId").flatMap({ Identifier<User>($0) }), let name = record.text("reader"),
      let at = record.integer("at")
    else { return nil }
    let places = record.list("recipients").compactMap { place in
      if case .integer(let number) = place { Int(number) } else { nil }
    }
    return IssuedReport.Receipt(
      readerID: reader.uuid, reader: name, recipients: places, readAt: Timestamp(milliseconds: at))
  }

  private static func records(_ bytes: [UInt8]) -> [[String: EventValue]] {
    guard case .list(let items) = EventJSON.value(bytes) else { return [] }
    return items.compactMap { item in
      if case .object(let record) = item { record } else { nil }
    }
  }
}
