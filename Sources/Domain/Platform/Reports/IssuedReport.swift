package import FoundationEssentials

/// A report as it was issued: frozen bytes, to whom it went and when, who has read it (CALL-08, SEC-11). It never changes; what
/// became known later stands in the next one.
package struct IssuedReport: VersionedDocument {
  package typealias ID = Identifier<IssuedReport>

  package enum Origin: String, Hashable, Sendable, CaseIterable {
    /// By the product, when the day was over.
    case schedule
    case request
  }

  /// One of its forms, as it is stored.
  package struct Content: Hashable, Sendable {
    package let format: ReportFormat
    package let size: Int
    /// 64 lower-case hexadecimal digits.
    package let sha256: String

    package init(format: ReportFormat, size: Int, sha256: String) {
      self.format = format
      self.size = size
      self.sha256 = sha256
    }
  }

  /// Somebody who has read it.
  package struct Receipt: Hashable, Sendable {
    package let readerID: UUID
    package let reader: String
    /// As which of the recipients: their places.
    package let recipients: [Int]
    package let readAt: Timestamp

    package init(readerID: UUID, reader: String, recipients: [Int], readAt: Timestamp) {
      self.readerID = readerID
      self.reader = reader
      self.recipients = recipients
      self.readAt = readAt
    }
  }

  package static let resource = Resource.issuedReport

  package let id: ID
  /// `RP-HQ-2026-000123`
  package let number: String
  package let name: ReportName
  /// Whose figures it holds; `nil`: those of the network.
  package let stationID: Station.ID?
  package let period: ReportPeriod
  package let asOf: Timestamp
  package let origin: Origin
  package let policyVersions: [String]
  package let rowCount: Int
  package let recipients: [ReportRecipient]
  package let contents: [Content]
  package let issuedAt: Timestamp
  package let issuedBy: RecordStamp.Author
  package private(set) var receipts: [Receipt]

  package init(
    id: ID, number: String, name: ReportName, stationID: Station.ID?, period: ReportPeriod, asOf: Timestamp,
    origin: Origin, policyVersions: [String], rowCount: Int, recipients: [ReportRecipient], contents: [Content],
    issuedAt: Timestamp, issuedBy: RecordStamp.Author, receipts: [Receipt]
  ) {
    self.id = id
    self.number = number
    self.name = name
    self.stationID = stationID
    self.period = period
    self.asOf = asOf
    self.origin = origin
    self.policyVersions = policyVersions
    self.rowCount = rowCount
    self.recipients = recipients
    self.contents = contents
    self.issuedAt = issuedAt
    self.issuedBy = issuedBy
    self.receipts = receipts
  }

  package var designation: String? { number }

  /// What was issued never changes; receipts are added to it, one a person.
  package var version: Int { 1 + receipts.count }

  package var audience: Audience { stationID.map(Audience.station) ?? .headquarters }

  package func revised(by caller: Caller, at instant: Timestamp) -> IssuedReport { self }

  package func changes(from before: IssuedReport?) -> [FieldChange] { [] }

  /// The places of the recipients that a caller stands for.
  package func places(of caller: Caller) -> [Int] {
    recipients.indices.filter { recipients[$0].includes(caller) }
  }

  /// The same report with one more who has read it.
  package func read(_ receipt: Receipt) -> IssuedReport {
    var report = self
    report.receipts.append(receipt)
    return report
  }
}

/// To whom a report goes: it is delivered by its event, which the feed and webhooks of everybody carry who may see it.
package enum ReportRecipient: Hashable, Sendable {
  /// Everybody who holds the role and sees the report.
  case role(Role)
  /// Everybody of the station.
  case station(Station.ID)
  case user(User.ID)

  package enum Kind: String, Hashable, Sendable, CaseIterable {
    case role, station, user
  }

  package var kind: Kind {
    switch self {
    case .role: .role
    case .station: .station
    case .user: .user
    }
  }

  package func includes(_ caller: Caller) -> Bool {
    switch self {
    case .role(let role): caller.roles.contains(role)
    case .station(let station): caller.scope.part == .station(station)
    case .user(let user): caller.subject == .user(user.uuid)
    }
  }
}

/// A report that is to be issued.
package struct IssuedReportDraft: Sendable {
  package let name: ReportName
  package let stationID: Station.ID?
  package let period: ReportPeriod
  /// Empty: as the definition says.
  package let recipients: [ReportRecipient]

  package init(name: ReportName, stationID: Station.ID?, period: ReportPeriod, recipients: [ReportRecipient]) {
    self.name = name
    self.stationID = stationID
    self.period = period
    self.recipients = recipients
  }

  /// - Throws: `Refusal.invalid` for a report that is not issued, a period that is not over or too long, and recipients who
  ///   would not see it.
  package func validated(at instant: Timestamp) throws(Refusal) -> [ReportRecipient] {
    let definition = ReportDefinition.of(name)
    switch definition.span {
    case .instant:
      throw .invalid("#/report", .inconsistent, "shows an instant; read it with asOf")
    case .day where period.days != 1:
      throw .invalid("#/dateBefore", .outOfRange, "must be the day after dateFrom for this report")
    case .days(let most) where period.days > most:
      throw .invalid("#/dateBefore", .outOfRange, "must be at most \(most) days after dateFrom")
    case .day, .days: break
    }
    if period.end > instant { throw .invalid("#/dateFrom", .outOfRange, "the period is not over yet") }
    guard !recipients.isEmpty else {
      return (stationID == nil ? definition.recipients : definition.recipientsAtStation).map { .role($0) }
    }
    for (place, recipient) in recipients.enumerated() {
      if recipients[..<place].contains(recipient) {
        throw .invalid("#/recipients/\(place)", .notUnique, "is there already")
      }
      switch recipient {
      case .role(let role):
        guard role.permissions.contains(.reportsRead) else {
          throw .invalid("#/recipients/\(place)/role", .inconsistent, "does not read reports")
        }
        if stationID == nil, role.tier == .station {
          throw .invalid("#/recipients/\(place)/role", .inconsistent, "does not see the figures of the network")
        }
      case .station(let station):
        guard station == stationID else {
          throw .invalid(
            "#/recipients/\(place)/stationId", .inconsistent, "gets reports about itself only: name it as stationId")
        }
      case .user: break
      }
    }
    return recipients
  }
}

package struct IssuedReportFilter: Sendable {
  package var names: [ReportName] = []
  package var stationID: Station.ID?
  package var origins: [IssuedReport.Origin] = []
  /// Whose period begins on this day or later.
  package var dateFrom: CalendarDate?
  /// Whose period begins before this day.
  package var dateBefore: CalendarDate?
  package var number: String?

  package init() {}
}
