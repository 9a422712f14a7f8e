/// What a customer complains about, general or major, from its reception to the archive (SM-4, CMP-01…34).
package struct Complaint: LifecycleDocument {
  package typealias ID = Identifier<Complaint>

  package enum State: String, Hashable, Sendable, CaseIterable {
    case received, assigned, investigating, escalated, solutionProposed, inExecution, resolved
    /// Closed after the satisfaction call, and archived with that (REC-02, REC-10).
    case closed
    case closedUnjustified
    /// Goes on in the complaint that it was merged into.
    case merged
    case majorReported, majorConfirmed, teamFormed, onSite, appraised, negotiating, agreementEffective
  }

  package enum Action: String, Hashable, Sendable, CaseIterable {
    case assign, investigate, proposeSolution, acceptSolution, refuseSolution, escalate, resolve, close, reopen
    case closeUnjustified, reportMajor, confirmMajor, downgrade, formTeam, arriveOnSite, appraise, negotiate
    case signAgreement, execute, merge
  }

  package enum Kind: String, Hashable, Sendable, CaseIterable {
    case general, major
  }

  /// How it came (CMP-02).
  package enum Channel: String, Hashable, Sendable, CaseIterable {
    case hotline, station, counter, letter, email, fax, online
    /// Straight to the After-Sales Department.
    case headquarters
    /// Said on a follow-up call, or answered in a survey (CMP-12).
    case followUpCall, survey
  }

  /// What the customer complains about (CMP-14).
  package enum Category: String, Hashable, Sendable, CaseIterable {
    case vehicleQuality, repairQuality, parts, attitude, price, timeliness, other
  }

  /// Who has it in his hands: a department of the station or of headquarters (CMP-03, step 1).
  package enum Department: String, Hashable, Sendable, CaseIterable {
    case serviceReception, workshop, stationParts, stationClaims, customerRelations, sales
    case callCentre, afterSales, qualityAssurance, partsSupply, claimsAudit, fieldService
  }

  package static let resource = Resource.complaint
  package static var lifecycle: Lifecycle<Complaint> { ComplaintLifecycle.table }

  package let id: ID
  /// `CP-SY001-2026-000123`, or `CP-HQ-2026-000123` for one of headquarters.
  package let number: String
  /// The station whose customer complains, or which was given the case; `nil` while only headquarters has it.
  package internal(set) var stationID: Station.ID?
  package internal(set) var state: State
  package internal(set) var kind: Kind
  package var revision: Revision
  package var header: ComplaintHeader
  package internal(set) var progress: ComplaintProgress
  /// The major branch; empty for a general complaint.
  package internal(set) var major: MajorProgress

  package var designation: String? { number }
  package var audience: Audience { stationID.map(Audience.station) ?? .headquarters }

  package init(
    id: ID, number: String, stationID: Station.ID?, state: State, kind: Kind, version: Int, stamp: RecordStamp,
    header: ComplaintHeader, progress: ComplaintProgress, major: MajorProgress
  ) {
    self.id = id
    self.number = number
    self.stationID = stationID
    self.state = state
    self.kind = kind
    self.revision = Revision(version: version, stamp: stamp)
    self.header = header
    self.progress = progress
    self.major = major
  }

  /// The same with what hangs on it in tables of its own.
  package func with(compensations: [Compensation], vehicleReturns: [VehicleReturn]) -> Complaint {
    var complaint = self
    complaint.major.compensations = compensations
    complaint.major.vehicleReturns = vehicleReturns
    return complaint
  }
}

/// What was recorded and may be corrected while the complaint is open (CMP-04).
package struct ComplaintHeader: Hashable, Sendable {
  package var channel: Complaint.Channel
  package var contact: RequestContact
  /// The customer's file at a station, where it is known.
  package var customerID: Customer.ID?
  package var vehicleID: Vehicle.ID?
  /// As the customer gave it, also where no such vehicle is on record yet.
  package var vin: String?
  package var origin: ComplaintOrigin
  package var category: Complaint.Category
  /// What he said, in his own words.
  package var customerWords: String
  package var symptom: String?
  package var component: String?
  package var faultCode: String?
  package var facts: ComplaintFacts
  package var incidentDate: CalendarDate?
  package var odometerKm: Int?
  /// What the customer demands. Not a warranty claim, which is a station's.
  package var compensationDemand: Money?
  package var externalIDs: [String: String]

  package init(
    channel: Complaint.Channel, contact: RequestContact, customerID: Customer.ID? = nil, vehicleID: Vehicle.ID? = nil,
    vin: String? = nil, origin: ComplaintOrigin = ComplaintOrigin(), category: Complaint.Category,
    customerWords: String, symptom: String? = nil, component: String? = nil, faultCode: String? = nil,
    facts: ComplaintFacts = ComplaintFacts(), incidentDate: CalendarDate? = nil, odometerKm: Int? = nil,
    compensationDemand: Money? = nil, externalIDs: [String: String] = [:]
  ) {
    self.channel = channel
    self.contact = contact
    self.customerID = customerID
    self.vehicleID = vehicleID
    self.vin = vin
    self.origin = origin
    self.category = category
    self.customerWords = customerWords
    self.symptom = symptom
    self.component = component
    self.faultCode = faultCode
    self.facts = facts
    self.incidentDate = incidentDate
    self.odometerKm = odometerKm
    self.compensationDemand = compensationDemand
    self.externalIDs = externalIDs
  }
}

/// What the complaint came out of. Never changes.
package struct ComplaintOrigin: Hashable, Sendable {
  /// The request that was converted into it.
  package let serviceRequestID: ServiceRequest.ID?
  /// The order that it is about.
  package let workOrderID: WorkOrder.ID?

  package init(serviceRequestID: ServiceRequest.ID? = nil, workOrderID: WorkOrder.ID? = nil) {
    self.serviceRequestID = serviceRequestID
    self.workOrderID = workOrderID
  }
}

/// What decides how severe a case is: it feeds the level of a quality issue and early warning (QI-10, QI-14, QI-18c).
package struct ComplaintFacts: Hashable, Sendable {
  package var crash: Bool
  package var fire: Bool
  /// The vehicle broke down on the road.
  package var brokeDown: Bool
  /// Persons.
  package var injured: Int
  package var deaths: Int
  /// The media is about to report it, or has.
  package var mediaExposure: Bool

  package init(
    crash: Bool = false, fire: Bool = false, brokeDown: Bool = false, injured: Int = 0, deaths: Int = 0,
    mediaExposure: Bool = false
  ) {
    self.crash = crash
    self.fire = fire
    self.brokeDown = brokeDown
    self.injured = injured
    self.deaths = deaths
    self.mediaExposure = mediaExposure
  }

  package var casualties: Int { injured + deaths }
}
