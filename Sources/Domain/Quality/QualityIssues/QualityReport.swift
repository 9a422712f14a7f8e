/// The report on major after-sales quality information (重大售后质量信息报告单, F-12): what was known when it was issued, to whom it
/// goes, and when each of them got it (QI-23, T-19). A graver or lighter level is another report.
package struct QualityReport: Hashable, Sendable {
  /// How a recipient got it; the call goes in parallel (T-15).
  package enum Channel: String, Hashable, Sendable, CaseIterable {
    case phone, message, email, fax, inPerson, system
  }

  package struct Delivery: Hashable, Sendable {
    package let recipient: Role
    package let channel: Channel
    package let deliveredAt: Timestamp
    package let recordedBy: String

    package init(recipient: Role, channel: Channel, deliveredAt: Timestamp, recordedBy: String) {
      self.recipient = recipient
      self.channel = channel
      self.deliveredAt = deliveredAt
      self.recordedBy = recordedBy
    }
  }

  /// 1, 2, 3 … of the issue.
  package let sequence: Int
  package let level: QualityLevel
  /// As issued; never changes.
  package let content: Content
  package let recipients: [Role]
  package let issuedAt: Timestamp
  package let issuedBy: String
  package var deliveries: [Delivery]

  package struct Content: Hashable, Sendable {
    package let symptom: String
    package let facts: QualityFacts
    package let matches: [QualityClassification.Match]
    package let policyVersion: PolicyVersion
    package let reason: String?

    package init(
      symptom: String, facts: QualityFacts, matches: [QualityClassification.Match], policyVersion: PolicyVersion,
      reason: String?
    ) {
      self.symptom = symptom
      self.facts = facts
      self.matches = matches
      self.policyVersion = policyVersion
      self.reason = reason
    }
  }

  package init(
    sequence: Int, level: QualityLevel, content: Content, recipients: [Role], issuedAt: Timestamp, issuedBy: String,
    deliveries: [Delivery] = []
  ) {
    self.sequence = sequence
    self.level = level
    self.content = content
    self.recipients = recipients
    self.issuedAt = issuedAt
    self.issuedBy = issuedBy
    self.deliveries = deliveries
  }

  /// Who has not got it yet.
  package var outstanding: [Role] { recipients.filter { role in !deliveries.contains { $0.recipient == role } } }

  /// The leaders and QA (QI-23): always among the recipients.
  package static let necessary: [Role] = [.hqServiceHead, .qa]
  package static let standard: [Role] = [.hqExec, .hqServiceHead, .qa]
}
