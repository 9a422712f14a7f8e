// What the actions of a request leave behind: who, when, and what was said (SEC-09).

/// What the supervisor told the customer (CALL-15).
package struct RequestAnswer: Hashable, Sendable {
  package let text: String
  package let channel: CustomerDecision.Channel
  package let answeredBy: String
  package let answeredAt: Timestamp

  package init(text: String, channel: CustomerDecision.Channel, answeredBy: String, answeredAt: Timestamp) {
    self.text = text
    self.channel = channel
    self.answeredBy = answeredBy
    self.answeredAt = answeredAt
  }
}

/// To whom the request went; the ranking behind it is kept under its number (CALL-03).
package struct RequestDispatch: Hashable, Sendable {
  /// 1 for the first dispatch of the request.
  package let attempt: Int
  package let stationID: Station.ID
  /// Whether somebody chose another station than the first of the ranking.
  package let isOverruled: Bool
  package let reason: String?
  package let dispatchedAt: Timestamp
  package let dispatchedBy: String

  package init(
    attempt: Int, stationID: Station.ID, isOverruled: Bool, reason: String?, dispatchedAt: Timestamp,
    dispatchedBy: String
  ) {
    self.attempt = attempt
    self.stationID = stationID
    self.isOverruled = isOverruled
    self.reason = reason
    self.dispatchedAt = dispatchedAt
    self.dispatchedBy = dispatchedBy
  }
}

/// A station that would not take it.
package struct RequestRefusal: Hashable, Sendable {
  package let stationID: Station.ID
  package let reason: String
  package let refusedAt: Timestamp

  package init(stationID: Station.ID, reason: String, refusedAt: Timestamp) {
    self.stationID = stationID
    self.reason = reason
    self.refusedAt = refusedAt
  }
}

/// What came of it: solved on the telephone, with the earlier case or article that helped (CALL-17), or done by a station
/// (CALL-23).
package struct RequestResolution: Hashable, Sendable {
  package let summary: String
  /// An earlier request or order, or a knowledge article.
  package let caseReference: String?
  package let faultCleared: Bool
  package let clearedAt: Timestamp?
  package let resolvedBy: String
  package let resolvedAt: Timestamp

  package init(
    summary: String, caseReference: String?, faultCleared: Bool, clearedAt: Timestamp?, resolvedBy: String,
    resolvedAt: Timestamp
  ) {
    self.summary = summary
    self.caseReference = caseReference
    self.faultCleared = faultCleared
    self.clearedAt = clearedAt
    self.resolvedBy = resolvedBy
    self.resolvedAt = resolvedAt
  }
}

/// A request that the hotline could not settle: a pending customer order of After-Sales, which assigns and supervises a station
/// (CALL-06, CALL-07).
package struct RequestEscalation: Hashable, Sendable {
  package let reason: String
  package let escalatedBy: String
  package let escalatedAt: Timestamp

  package init(reason: String, escalatedBy: String, escalatedAt: Timestamp) {
    self.reason = reason
    self.escalatedBy = escalatedBy
    self.escalatedAt = escalatedAt
  }
}

/// The result returned to one of the two who wait for it (CALL-09).
package struct RequestReceipt: Hashable, Sendable {
  package enum Party: String, Hashable, Sendable, CaseIterable {
    case customer, station
  }

  package let party: Party
  package let channel: CustomerDecision.Channel
  /// Who took it.
  package let toldTo: String?
  /// What was said.
  package let note: String?
  package let returnedBy: String
  package let returnedAt: Timestamp

  package init(
    party: Party, channel: CustomerDecision.Channel, toldTo: String? = nil, note: String?, returnedBy: String,
    returnedAt: Timestamp
  ) {
    self.party = party
    self.channel = channel
    self.toldTo = toldTo
    self.note = note
    self.returnedBy = returnedBy
    self.returnedAt = returnedAt
  }
}

/// What the customer said when he was called back (CALL-18).
package struct RequestCallBack: Hashable, Sendable {
  /// Where a request goes when the customer is not satisfied.
  package enum Next: String, Hashable, Sendable, CaseIterable {
    /// The same station once more.
    case station
    /// The desk, which dispatches anew or solves it.
    case desk
    case complaint
  }

  package let isSatisfied: Bool
  /// 1 to 5.
  package let rating: Int?
  package let comment: String?
  package let calledBy: String
  package let calledAt: Timestamp

  package init(isSatisfied: Bool, rating: Int?, comment: String?, calledBy: String, calledAt: Timestamp) {
    self.isSatisfied = isSatisfied
    self.rating = rating
    self.comment = comment
    self.calledBy = calledBy
    self.calledAt = calledAt
  }
}

/// A call-back that reached nobody; the request waits for the next (CALL-18).
package struct RequestCallAttempt: Hashable, Sendable {
  package let comment: String?
  package let calledBy: String
  package let calledAt: Timestamp

  package init(comment: String?, calledBy: String, calledAt: Timestamp) {
    self.comment = comment
    self.calledBy = calledBy
    self.calledAt = calledAt
  }
}

/// What the request became instead (CALL-02).
package struct RequestConversion: Hashable, Sendable {
  package enum Target: String, Hashable, Sendable, CaseIterable {
    case complaint, appointment
  }

  package let target: Target
  package let reason: String
  /// For an appointment, when the customer would like to come.
  package let preferredAt: Timestamp?
  /// The complaint, which names the request in return.
  package internal(set) var complaintID: Complaint.ID?

  package init(target: Target, reason: String, preferredAt: Timestamp?, complaintID: Complaint.ID? = nil) {
    self.target = target
    self.reason = reason
    self.preferredAt = preferredAt
    self.complaintID = complaintID
  }
}
