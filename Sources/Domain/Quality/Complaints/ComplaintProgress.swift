package import FoundationEssentials

// What the actions of a complaint leave behind: who, when, and what was said (SEC-09).

/// What the actions have established so far.
package struct ComplaintProgress: Hashable, Sendable {
  package var assignment: ComplaintAssignment?
  package var cause: ComplaintCause?
  package var findings: String?
  /// Every one that was proposed, in order; the last is the one that counts.
  package var solutions: [ComplaintSolution]
  /// How often the customer refused one.
  package var refusals: Int
  /// How far up the case was carried, whatever its state (M16): the last one stands.
  package var escalation: ComplaintEscalation?
  package var resolution: ComplaintResolution?
  package var satisfactionCall: SatisfactionCall?
  package var reopenings: Int
  /// The write-up with which the case was archived (CMP-09), or why it was not justified (CMP-19).
  package var conclusion: String?
  package var closedAt: Timestamp?
  /// Complaints that looked like the same when it was registered.
  package var duplicateCandidates: [Complaint.ID]
  package var mergedInto: Complaint.ID?
  package var merged: [Complaint.ID]

  package init(
    assignment: ComplaintAssignment? = nil, cause: ComplaintCause? = nil, findings: String? = nil,
    solutions: [ComplaintSolution] = [], refusals: Int = 0, escalation: ComplaintEscalation? = nil,
    resolution: ComplaintResolution? = nil, satisfactionCall: SatisfactionCall? = nil, reopenings: Int = 0,
    conclusion: String? = nil, closedAt: Timestamp? = nil, duplicateCandidates: [Complaint.ID] = [],
    mergedInto: Complaint.ID? = nil, merged: [Complaint.ID] = []
  ) {
    self.assignment = assignment
    self.cause = cause
    self.findings = findings
    self.solutions = solutions
    self.refusals = refusals
    self.escalation = escalation
    self.resolution = resolution
    self.satisfactionCall = satisfactionCall
    self.reopenings = reopenings
    self.conclusion = conclusion
    self.closedAt = closedAt
    self.duplicateCandidates = duplicateCandidates
    self.mergedInto = mergedInto
    self.merged = merged
  }

  package var solution: ComplaintSolution? { solutions.last }
}

/// Who has the case (CMP-03).
package struct ComplaintAssignment: Hashable, Sendable {
  package let department: Complaint.Department
  package let handler: String?
  package let assignedBy: String
  package let assignedAt: Timestamp

  package init(department: Complaint.Department, handler: String?, assignedBy: String, assignedAt: Timestamp) {
    self.department = department
    self.handler = handler
    self.assignedBy = assignedBy
    self.assignedAt = assignedAt
  }
}

/// What is offered to the customer, by when (CMP-05, CMP-06), and what he said to it.
package struct ComplaintSolution: Hashable, Sendable {
  /// The ways among which he may choose; their numbers begin with 1.
  package let options: [String]
  package let promisedAt: Timestamp
  package let proposedBy: String
  package let proposedAt: Timestamp
  /// When and how he was told (T-05).
  package internal(set) var toldAt: Timestamp?
  package internal(set) var channel: CustomerDecision.Channel?
  package internal(set) var decision: Decision?

  package struct Decision: Hashable, Sendable {
    /// The number of the option that he chose; `nil`: he refused.
    package let option: Int?
    /// Why he refused, or what he added.
    package let words: String?
    package let channel: CustomerDecision.Channel
    package let recordedBy: String
    package let decidedAt: Timestamp

    package init(
      option: Int?, words: String?, channel: CustomerDecision.Channel, recordedBy: String, decidedAt: Timestamp
    ) {
      self.option = option
      self.words = words
      self.channel = channel
      self.recordedBy = recordedBy
      self.decidedAt = decidedAt
    }
  }

  package init(
    options: [String], promisedAt: Timestamp, proposedBy: String, proposedAt: Timestamp, toldAt: Timestamp? = nil,
    channel: CustomerDecision.Channel? = nil, decision: Decision? = nil
  ) {
    self.options = options
    self.promisedAt = promisedAt
    self.proposedBy = proposedBy
    self.proposedAt = proposedAt
    self.toldAt = toldAt
    self.channel = channel
    self.decision = decision
  }
}

/// A case that was carried up, and whether somebody there took it in hand.
package struct ComplaintEscalation: Hashable, Sendable {
  /// The rungs of the ladder, from the lowest.
  package enum Level: String, Hashable, Sendable, CaseIterable {
    case station, region, afterSales, leaders

    package var next: Level? {
      switch self {
      case .station: .region
      case .region: .afterSales
      case .afterSales: .leaders
      case .leaders: nil
      }
    }

    /// Who is told.
    package var role: Role {
      switch self {
      case .station: .stBusinessSupervisor
      case .region: .regionManager
      case .afterSales: .hqService
      case .leaders: .hqServiceHead
      }
    }
  }

  package let level: Level
  package let reason: String
  package let escalatedBy: String
  package let escalatedAt: Timestamp
  /// By assigning the case after it was carried up.
  package internal(set) var acknowledgedBy: String?
  package internal(set) var acknowledgedAt: Timestamp?

  package init(
    level: Level, reason: String, escalatedBy: String, escalatedAt: Timestamp, acknowledgedBy: String? = nil,
    acknowledgedAt: Timestamp? = nil
  ) {
    self.level = level
    self.reason = reason
    self.escalatedBy = escalatedBy
    self.escalatedAt = escalatedAt
    self.acknowledgedBy = acknowledgedBy
    self.acknowledgedAt = acknowledgedAt
  }
}

package struct ComplaintResolution: Hashable, Sendable {
  package let summary: String
  package let resolvedBy: String
  package let resolvedAt: Timestamp

  package init(summary: String, resolvedBy: String, resolvedAt: Timestamp) {
    self.summary = summary
    self.resolvedBy = resolvedBy
    self.resolvedAt = resolvedAt
  }
}

/// What the customer said when he was contacted again (CMP-08, CMP-03 step 5).
package struct SatisfactionCall: Hashable, Sendable {
  package let isSatisfied: Bool
  /// 1 to 5.
  package let rating: Int
  package let comment: String?
  package let calledBy: String
  package let calledAt: Timestamp

  package init(isSatisfied: Bool, rating: Int, comment: String?, calledBy: String, calledAt: Timestamp) {
    self.isSatisfied = isSatisfied
    self.rating = rating
    self.comment = comment
    self.calledBy = calledBy
    self.calledAt = calledAt
  }
}

// MARK: The major branch

/// What a major case has established so far.
package struct MajorProgress: Hashable, Sendable {
  package var report: MajorReport?
  package var confirmation: MajorConfirmation?
  /// None before it is formed and after it is dissolved.
  package var team: ComplaintTeam?
  package var arrival: TeamArrival?
  package var appraisal: LiabilityAppraisal?
  /// In their order.
  package var negotiations: [NegotiationRound]
  package var agreement: ComplaintAgreement?
  package var repairOrderID: WorkOrder.ID?
  package var executionStartedAt: Timestamp?
  package var compensations: [Compensation]
  package var vehicleReturns: [VehicleReturn]

  package init(
    report: MajorReport? = nil, confirmation: MajorConfirmation? = nil, team: ComplaintTeam? = nil,
    arrival: TeamArrival? = nil, appraisal: LiabilityAppraisal? = nil, negotiations: [NegotiationRound] = [],
    agreement: ComplaintAgreement? = nil, repairOrderID: WorkOrder.ID? = nil, executionStartedAt: Timestamp? = nil,
    compensations: [Compensation] = [], vehicleReturns: [VehicleReturn] = []
  ) {
    self.report = report
    self.confirmation = confirmation
    self.team = team
    self.arrival = arrival
    self.appraisal = appraisal
    self.negotiations = negotiations
    self.agreement = agreement
    self.repairOrderID = repairOrderID
    self.executionStartedAt = executionStartedAt
    self.compensations = compensations
    self.vehicleReturns = vehicleReturns
  }
}

/// The major complaint report (重大投诉报告单, F-14): filled at once, with a phone call at the same time (CMP-21).
package struct MajorReport: Hashable, Sendable {
  /// The preliminary analysis.
  package let judgement: String
  /// With whom After-Sales was spoken, and when; none where After-Sales files it itself (CMP-23).
  package let call: PhoneCall?
  package let reportedBy: String
  package let reportedAt: Timestamp
  /// To whom the report went after the confirmation: QA and the leaders (CMP-22).
  package internal(set) var sending: Sending?

  package struct PhoneCall: Hashable, Sendable {
    package let spokenWith: String
    package let calledAt: Timestamp

    package init(spokenWith: String, calledAt: Timestamp) {
      self.spokenWith = spokenWith
      self.calledAt = calledAt
    }
  }

  package struct Sending: Hashable, Sendable {
    package let recipients: [Role]
    package let sentBy: String
    package let sentAt: Timestamp

    package init(recipients: [Role], sentBy: String, sentAt: Timestamp) {
      self.recipients = recipients
      self.sentBy = sentBy
      self.sentAt = sentAt
    }
  }

  package init(
    judgement: String, call: PhoneCall?, reportedBy: String, reportedAt: Timestamp, sending: Sending? = nil
  ) {
    self.judgement = judgement
    self.call = call
    self.reportedBy = reportedBy
    self.reportedAt = reportedAt
    self.sending = sending
  }
}

/// After-Sales' decision that the case is major, with the level that its team follows (CMP-22, CMP-34).
package struct MajorConfirmation: Hashable, Sendable {
  package let level: QualityLevel
  package let note: String?
  package let confirmedBy: String
  package let confirmedAt: Timestamp
  /// The policy by whose numbers the level was proposed: `qualityLevels@3`.
  package let policyVersion: String

  package init(
    level: QualityLevel, note: String?, confirmedBy: String, confirmedAt: Timestamp, policyVersion: String
  ) {
    self.level = level
    self.note = note
    self.confirmedBy = confirmedBy
    self.confirmedAt = confirmedAt
    self.policyVersion = policyVersion
  }
}

/// The team as it was formed last: a delegate of each department with legal counsel (CMP-24). Its members are authorised for
/// this case by grants (CMP-25, SEC-02), which keep who was in it when.
package struct ComplaintTeam: Hashable, Sendable {
  package let members: [CaseMember]
  /// Why another composition than the policy's.
  package let reason: String?
  package let formedBy: String
  package let formedAt: Timestamp

  package init(members: [CaseMember], reason: String?, formedBy: String, formedAt: Timestamp) {
    self.members = members
    self.reason = reason
    self.formedBy = formedBy
    self.formedAt = formedAt
  }
}

package struct TeamArrival: Hashable, Sendable {
  package let arrivedAt: Timestamp
  package let place: String?
  package let recordedBy: String

  package init(arrivedAt: Timestamp, place: String?, recordedBy: String) {
    self.arrivedAt = arrivedAt
    self.place = place
    self.recordedBy = recordedBy
  }
}

/// QA's technical appraisal on site, and who is liable for how much (CMP-27, CMP-29).
package struct LiabilityAppraisal: Hashable, Sendable {
  package enum Party: String, Hashable, Sendable, CaseIterable {
    case maker, supplier, station, customer, thirdParty
  }

  package struct Share: Hashable, Sendable {
    package let party: Party
    /// Of the whole damage.
    package let percent: Int

    package init(party: Party, percent: Int) {
      self.party = party
      self.percent = percent
    }
  }

  package let findings: String
  package let cause: ComplaintCause
  /// Each party once; they add up to 100.
  package let liability: [Share]
  package let appraisedBy: String
  package let appraisedByID: UUID?
  package let appraisedAt: Timestamp

  package init(
    findings: String, cause: ComplaintCause, liability: [Share], appraisedBy: String, appraisedByID: UUID?,
    appraisedAt: Timestamp
  ) {
    self.findings = findings
    self.cause = cause
    self.liability = liability
    self.appraisedBy = appraisedBy
    self.appraisedByID = appraisedByID
    self.appraisedAt = appraisedAt
  }
}

/// One talk with the customer about the plan (CMP-28).
package struct NegotiationRound: Hashable, Sendable {
  package let summary: String
  package let demand: Money?
  package let offer: Money?
  package let heldAt: Timestamp
  package let recordedBy: String

  package init(summary: String, demand: Money?, offer: Money?, heldAt: Timestamp, recordedBy: String) {
    self.summary = summary
    self.demand = demand
    self.offer = offer
    self.heldAt = heldAt
    self.recordedBy = recordedBy
  }
}

/// What both sides agreed on. It is effective when both have signed the same words (CMP-28).
package struct ComplaintAgreement: Hashable, Sendable {
  package enum Side: String, Hashable, Sendable, CaseIterable {
    case company, customer
  }

  package struct Content: Hashable, Sendable {
    package let terms: String
    /// What is repaired, if anything is.
    package let repair: String?
    package let compensation: Money?
    /// Whether the vehicle is taken back.
    package let takesVehicleBack: Bool

    package init(terms: String, repair: String?, compensation: Money?, takesVehicleBack: Bool) {
      self.terms = terms
      self.repair = repair
      self.compensation = compensation
      self.takesVehicleBack = takesVehicleBack
    }
  }

  package struct Signature: Hashable, Sendable {
    package let side: Side
    /// Who signed for the side.
    package let name: String
    /// Of the content that he signed.
    package let hash: String
    package let recordedBy: String
    package let recordedByID: UUID?
    package let signedAt: Timestamp

    package init(
      side: Side, name: String, hash: String, recordedBy: String, recordedByID: UUID?, signedAt: Timestamp
    ) {
      self.side = side
      self.name = name
      self.hash = hash
      self.recordedBy = recordedBy
      self.recordedByID = recordedByID
      self.signedAt = signedAt
    }
  }

  package let content: Content
  /// 1 for the first; every edit makes one.
  package let revision: Int
  /// SHA-256 (hex) of the canonical form: a signature names it, any later edit voids it.
  package let hash: String
  package let writtenBy: String
  package let writtenAt: Timestamp
  package internal(set) var signatures: [Signature]

  package init(
    content: Content, revision: Int, hash: String, writtenBy: String, writtenAt: Timestamp,
    signatures: [Signature] = []
  ) {
    self.content = content
    self.revision = revision
    self.hash = hash
    self.writtenBy = writtenBy
    self.writtenAt = writtenAt
    self.signatures = signatures
  }
}

/// Money that the agreement grants: recorded by After-Sales or Finance, and its payment (CMP-33).
package struct Compensation: Hashable, Identifiable, Sendable {
  package typealias ID = Identifier<Compensation>

  package struct Payment: Hashable, Sendable {
    /// The voucher or transfer.
    package let reference: String
    package let paidAt: Timestamp
    package let recordedBy: String

    package init(reference: String, paidAt: Timestamp, recordedBy: String) {
      self.reference = reference
      self.paidAt = paidAt
      self.recordedBy = recordedBy
    }
  }

  package let id: ID
  package let purpose: String
  package let amount: Money
  package let recordedBy: String
  package let recordedByID: UUID?
  package let recordedAt: Timestamp
  package internal(set) var payment: Payment?

  package init(
    id: ID, purpose: String, amount: Money, recordedBy: String, recordedByID: UUID?, recordedAt: Timestamp,
    payment: Payment? = nil
  ) {
    self.id = id
    self.purpose = purpose
    self.amount = amount
    self.recordedBy = recordedBy
    self.recordedByID = recordedByID
    self.recordedAt = recordedAt
    self.payment = payment
  }
}

/// A vehicle that is taken back: moved and stored by Logistics (CMP-29, CMP-33).
package struct VehicleReturn: Hashable, Identifiable, Sendable {
  package typealias ID = Identifier<VehicleReturn>

  package struct Storage: Hashable, Sendable {
    package let place: String
    /// What the vehicle is like on its arrival.
    package let condition: String
    package let storedAt: Timestamp
    package let recordedBy: String

    package init(place: String, condition: String, storedAt: Timestamp, recordedBy: String) {
      self.place = place
      self.condition = condition
      self.storedAt = storedAt
      self.recordedBy = recordedBy
    }
  }

  package let id: ID
  package let vehicleID: Vehicle.ID
  /// The transport note.
  package let note: String
  package let carrier: String?
  package let collectedFrom: String?
  package let odometerKm: Int?
  package let collectedAt: Timestamp
  package let recordedBy: String
  package internal(set) var storage: Storage?

  package init(
    id: ID, vehicleID: Vehicle.ID, note: String, carrier: String?, collectedFrom: String?, odometerKm: Int?,
    collectedAt: Timestamp, recordedBy: String, storage: Storage? = nil
  ) {
    self.id = id
    self.vehicleID = vehicleID
    self.note = note
    self.carrier = carrier
    self.collectedFrom = collectedFrom
    self.odometerKm = odometerKm
    self.collectedAt = collectedAt
    self.recordedBy = recordedBy
    self.storage = storage
  }
}
