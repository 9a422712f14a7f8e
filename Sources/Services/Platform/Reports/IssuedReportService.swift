import Blobs
import Crypto
package import Domain
package import Repositories

/// The forms of a report as bytes: made at the edge, stored as they are sent.
package struct ReportPress: Sendable {
  package let print: @Sendable (Report, ReportFormat) -> [UInt8]

  package init(print: @escaping @Sendable (Report, ReportFormat) -> [UInt8]) { self.print = print }
}

/// Issued reports: frozen once a period, read ever after, receipts of who has read them.
package struct IssuedReportService: DocumentService {
  package typealias Document = IssuedReport
  package typealias Filter = IssuedReportFilter
  package typealias Store = IssuedReportRepository

  package static let reading = Permission.reportsRead
  /// A product that stood for longer does not issue what nobody waits for any more.
  static func periodsToCatchUp(_ rhythm: ReportDefinition.Rhythm) -> Int {
    switch rhythm {
    case .daily: 31
    case .weekly: 5
    case .monthly: 2
    }
  }
  package let work: UnitOfWork
  private let reports: ReportService
  private let press: ReportPress

  package init(_ work: UnitOfWork, reports: ReportService, press: ReportPress) {
    self.work = work
    self.reports = reports
    self.press = press
  }

  /// Freezes a report as it is now (CALL-08). Once a period, whoever asks.
  package func issue(_ draft: IssuedReportDraft, _ command: Command<IssuedReport>) async throws -> Answer {
    try await work.perform(command, .reportsFreeze) { tx in
      let scope = command.caller.scope
      let station = try scope.owner(naming: draft.stationID)
      let owned = IssuedReportDraft(
        name: draft.name, stationID: station, period: draft.period, recipients: draft.recipients)
      let recipients = try owned.validated(at: command.at)
      try await Self.check(recipients, of: owned, in: scope, tx)
      tx.enqueue(IssuedReportRepository.takeTurn("issue \(draft.name.rawValue)"))
      if let issued = try await tx.run(IssuedReportRepository.issued(draft.name, station, draft.period)) {
        throw Refusal.conflict(
          code: "report-issued",
          detail: "The report of this period was issued already; what came later stands in the next.",
          .conflict(.issuedReport, issued.id, issued.number))
      }
      let (report, change) = try await freeze(
        owned, for: recipients, .request, by: command.caller, at: command.at, in: tx)
      tx.record(change, by: command)
      return report
    }
  }

  /// What the product issues by itself when a day, week or month is over in China: one report a step, the oldest that is missing first.
  /// - Returns: whether there may be another.
  func issueDue(at now: Timestamp, in tx: Transaction) async throws -> Bool {
    let today = ReportPeriod.day(of: now)
    for name in ReportName.allCases {
      guard let rhythm = ReportDefinition.of(name).rhythm else { continue }
      tx.enqueue(IssuedReportRepository.takeTurn("issue \(name.rawValue)"))
      let due = try await tx.run(
        IssuedReportRepository.due(
          name, every: rhythm, through: rhythm.lastPeriod(before: today).from, atMost: Self.periodsToCatchUp(rhythm)))
      guard let due else { continue }
      let period = rhythm.period(from: due)
      let draft = IssuedReportDraft(name: name, stationID: nil, period: period, recipients: [])
      let (_, change) = try await freeze(
        draft, for: try draft.validated(at: now), .schedule, by: .system, at: now, in: tx)
      tx.enqueue(EventRepository.append([change], by: .system, requestID: "issueReports", at: now))
      return true
    }
    return false
  }

  private func freeze(
    _ draft: IssuedReportDraft, for recipients: [ReportRecipient], _ origin: IssuedReport.Origin, by caller: Caller,
    at instant: Timestamp, in tx: Transaction
  ) async throws -> (IssuedReport, Change) {
    let report = try await reports.compute(
      draft.name, ReportRequest(stationID: draft.stationID, period: draft.period), at: instant, in: caller.scope, tx)
    guard let number = try await tx.nextNumber(.issuedReport, at: draft.stationID, on: instant) else {
      throw Refusal.notFound
    }
    let printed = report.definition.formats.map { format in
      let bytes = press.print(report, format)
      return (format: format, bytes: bytes, sha256: Array(SHA256.hash(data: bytes)))
    }
    let issued = IssuedReport(
      id: .new(at: instant), number: number, name: draft.name, stationID: draft.stationID, period: draft.period,
      asOf: report.asOf, origin: origin, policyVersions: report.policyVersions.map(\.description),
      rowCount: report.rows.count, recipients: recipients,
      contents: printed.sorted { $0.format.rawValue < $1.format.rawValue }.map {
        IssuedReport.Content(format: $0.format, size: $0.bytes.count, sha256: BlobDigest($0.sha256)?.description ?? "")
      }, issuedAt: instant, issuedBy: RecordStamp.Author(caller), receipts: [])
    tx.enqueue(IssuedReportRepository.insert(issued))
    for content in printed {
      tx.enqueue(
        IssuedReportRepository.insert(
          content.bytes, sha256: content.sha256, as: content.format, of: issued.id, at: instant))
    }
    return (
      issued,
      issued.event(
        "issuedReport.issued",
        data: [
          "report": .text(draft.name.rawValue), "dateFrom": .text(draft.period.from.description),
          "dateBefore": .text(draft.period.before.description), "origin": .text(origin.rawValue),
          "recipients": .list(recipients.map(Self.value)),
        ])
    )
  }

  /// The caller has read it: once a person, and only of those to whom it went.
  package func read(
    _ reference: Reference<IssuedReport>, _ command: Command<IssuedReport>
  ) async throws -> Answer {
    try await work.perform(command, Self.reading) { tx in
      let found = try await load(reference, command, in: tx)
      let places = found.places(of: command.caller)
      guard let reader = command.caller.subject.id, !places.isEmpty else {
        throw Refusal.conflict(code: "not-a-recipient", detail: "The report went to others.")
      }
      tx.enqueue(IssuedReportRepository.takeTurn(found.id.description))
      let before = try await load(reference, command, in: tx)
      if before.receipts.contains(where: { $0.readerID == reader }) { return before }
      let receipt = IssuedReport.Receipt(
        readerID: reader, reader: command.caller.name, recipients: places, readAt: command.at)
      let after = before.read(receipt)
      tx.enqueue(IssuedReportRepository.insert(receipt, of: before.id))
      tx.record(
        after.event(
          "issuedReport.read", data: ["recipients": .list(places.map { .text(Self.name(before.recipients[$0])) })]),
        by: command)
      return after
    }
  }

  /// The bytes as they were stored.
  package func content(
    _ format: ReportFormat, of reference: Reference<IssuedReport>, _ caller: Caller
  ) async throws -> (report: IssuedReport, content: IssuedReport.Content, bytes: [UInt8]) {
    let report = try await get(reference, caller)
    guard let content = report.contents.first(where: { $0.format == format }),
      let bytes = try await work.database.read(
        caller, IssuedReportRepository.content(format, of: report.id, in: caller.scope))
    else { throw Refusal.notFound }
    return (report, content, bytes)
  }

  /// Named people must be there and see what they are sent.
  private static func check(
    _ recipients: [ReportRecipient], of draft: IssuedReportDraft, in scope: Scope, _ tx: Transaction
  ) async throws {
    for (place, recipient) in recipients.enumerated() {
      guard case .user(let id) = recipient else { continue }
      let station = draft.stationID
      guard let user = try await tx.run(UserRepository.find(.id(id), in: scope)), user.state == .active else {
        throw Refusal.invalid("#/recipients/\(place)/userId", .notFound, "there is no such user")
      }
      let sees =
        switch user.assignment {
        case .network: true
        case .region(let region):
          if let station {
            try await tx.run(StationRepository.find(.id(station), in: scope))?.profile.regionID == region
          } else {
            false
          }
        case .station(let own): own == station
        case .supplier: false
        }
      if !sees {
        throw Refusal.invalid(
          "#/recipients/\(place)/userId", .inconsistent, "does not see the figures that the report holds")
      }
    }
  }

  private static func value(_ recipient: ReportRecipient) -> EventValue { .text(name(recipient)) }

  /// `role:hqService`
  private static func name(_ recipient: ReportRecipient) -> String {
    switch recipient {
    case .role(let role): "role:\(role.rawValue)"
    case .station(let station): "station:\(station)"
    case .user(let user): "user:\(user)"
    }
  }
}

/// Issues what is due every day, whichever instance finds it due (T-21).
package struct ReportSchedule: Sendable {
  private let leases: WorkerLeaseService
  private let reports: IssuedReportService
  private let clock: WallClock

  package init(_ leases: WorkerLeaseService, reports: IssuedReportService, clock: WallClock) {
    self.leases = leases
    self.reports = reports
    self.clock = clock
  }

  /// - Returns: whether there may be more.
  package func issue(under lease: WorkerLease) async throws -> Bool {
    let now = clock.now()
    return try await leases.step(under: lease) { tx in try await reports.issueDue(at: now, in: tx) }
  }
}
