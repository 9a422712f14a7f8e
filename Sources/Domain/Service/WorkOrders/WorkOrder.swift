package import FoundationEssentials

/// The repair order (工单) of one visit, from reception to hand-over (SM-3).
package struct WorkOrder: LifecycleDocument, ExternallyIdentified {
  package typealias ID = Identifier<WorkOrder>

  package enum State: String, Hashable, Sendable, CaseIterable {
    case received, inspected, diagnosed, quoted, authorised, inWorkshop, inRepair, awaitingCustomerApproval
    case awaitingParts, qualityCheck, ready, notified, accepted, settled, delivered, closed
    case cancelled, convertedToAppointment, closedNoRepair

    /// Whether the repair is agreed on and the vehicle not handed over yet.
    package var isUnderRepair: Bool {
      switch self {
      case .authorised, .inWorkshop, .inRepair, .awaitingCustomerApproval, .awaitingParts, .qualityCheck, .ready,
        .notified, .accepted, .settled:
        true
      case .received, .inspected, .diagnosed, .quoted, .delivered, .closed, .cancelled, .convertedToAppointment,
        .closedNoRepair:
        false
      }
    }

    /// Whether no way leads any more to an end with nothing done: from the workshop on. What is only authorised may still be
    /// quoted anew, and then cancelled (SM-3).
    package var isBeyondCancelling: Bool {
      switch self {
      case .received, .inspected, .diagnosed, .quoted, .authorised, .cancelled, .convertedToAppointment,
        .closedNoRepair:
        false
      case .inWorkshop, .inRepair, .awaitingCustomerApproval, .awaitingParts, .qualityCheck, .ready, .notified,
        .accepted, .settled, .delivered, .closed:
        true
      }
    }
  }

  package enum Action: String, Hashable, Sendable, CaseIterable {
    case inspect, diagnose, quote, authorise, convertToAppointment, closeNoRepair, admit, assign, requestApproval
    case decideItems, awaitParts, partsArrived, finish, passInspection, failInspection, notify, accept, settle
    case deliver, close, cancel, rework, depart, arrive, clear
  }

  /// Where the work is done (domain.md section 6).
  package enum Mode: String, Hashable, Sendable, CaseIterable {
    case workshop, onSite, rescue
  }

  /// What the customer says to the finished work (WO-07).
  package enum Acceptance: String, Hashable, Sendable, CaseIterable {
    case accepted, refused
  }

  /// The service scope that classifies orders (WO-52).
  package enum ServiceType: String, Hashable, Sendable, CaseIterable {
    case repair, partReplacement, maintenance, beauty, technicalUpgrade, consultation
  }

  package static let resource = Resource.workOrder
  package static var lifecycle: Lifecycle<WorkOrder> { WorkOrderLifecycle.table }

  package let id: ID
  /// `WO-SY001-2026-000123`
  package let number: String
  package let stationID: Station.ID
  package let currency: Currency
  package internal(set) var state: State
  package var revision: Revision

  package var header: WorkOrderHeader
  package internal(set) var progress: WorkOrderProgress
  package var lines: [JobLine]
  /// The highest number that a line of this order ever had; a removed line's number is not given to another.
  package internal(set) var lastLineNumber: Int
  /// The order whose work this one does again (WO-33).
  package let reworkOf: ID?
  /// The hash of the lines as they are now; services set it when they load the aggregate (`EstimateHash`).
  package var contentHash: String

  package var designation: String? { number }
  package var audience: Audience { .station(stationID) }
  package var externalIDs: [String: String] {
    get { header.externalIDs }
    set { header.externalIDs = newValue }
  }

  package init(
    id: ID, number: String, stationID: Station.ID, currency: Currency, state: State, version: Int, stamp: RecordStamp,
    header: WorkOrderHeader, progress: WorkOrderProgress, lines: [JobLine] = [], lastLineNumber: Int = 0,
    reworkOf: ID? = nil, contentHash: String = ""
  ) {
    self.id = id
    self.number = number
    self.stationID = stationID
    self.currency = currency
    self.state = state
    self.revision = Revision(version: version, stamp: stamp)
    self.header = header
    self.progress = progress
    self.lines = lines
    self.lastLineNumber = lastLineNumber
    self.reworkOf = reworkOf
    self.contentHash = contentHash
  }
}

/// What the front office writes and may change while the order is open.
package struct WorkOrderHeader: Hashable, Sendable {
  package var customerID: Customer.ID
  /// `nil` only until reception has identified the vehicle.
  package var vehicleID: Vehicle.ID?
  package var mode: WorkOrder.Mode
  package var serviceType: WorkOrder.ServiceType
  /// The customer's words on what he wants done (WO-02).
  package var summary: String
  package var note: String?
  /// Who brought the vehicle, when not the customer himself.
  package var contact: WorkOrderContact?
  package var externalIDs: [String: String]

  package init(
    customerID: Customer.ID, vehicleID: Vehicle.ID?, mode: WorkOrder.Mode, serviceType: WorkOrder.ServiceType,
    summary: String, note: String?, contact: WorkOrderContact?, externalIDs: [String: String]
  ) {
    self.customerID = customerID
    self.vehicleID = vehicleID
    self.mode = mode
    self.serviceType = serviceType
    self.summary = summary
    self.note = note
    self.contact = contact
    self.externalIDs = externalIDs
  }
}

/// The person at the counter (送修人).
package struct WorkOrderContact: Hashable, Sendable {
  package var name: String?
  package var phone: String?
  package init(name: String?, phone: String?) {
    self.name = name
    self.phone = phone
  }
}

/// What the actions have established so far.
package struct WorkOrderProgress: Hashable, Sendable {
  package var odometerKm: Int?
  package var inspection: ReceptionInspection?
  package var diagnosis: String?
  package var estimate: EstimateSummary?
  package var authorisation: CustomerDecision?
  package var promisedDeliveryAt: Timestamp?
  package var promisedQuality: String?
  /// How often quality inspection or the customer sent the vehicle back (WO-32).
  package var failedInspections: Int
  /// Whose job it is (WO-24): who was assigned to the order or to one of its lines, and who worked on it; sorted.
  package var technicians: [UUID]
  /// Drives to the customer, in their order (FLD-03, FLD-16).
  package var visits: [FieldVisit]
  package var invoiceNumber: String?
  package var deliveredAt: Timestamp?
  package var closedAt: Timestamp?
  /// Why the order left the main road (cancelled, no repair, converted).
  package var exitReason: String?

  package init(
    odometerKm: Int? = nil, inspection: ReceptionInspection? = nil, diagnosis: String? = nil,
    estimate: EstimateSummary? = nil, authorisation: CustomerDecision? = nil, promisedDeliveryAt: Timestamp? = nil,
    promisedQuality: String? = nil, failedInspections: Int = 0, technicians: [UUID] = [], visits: [FieldVisit] = [],
    invoiceNumber: String? = nil, deliveredAt: Timestamp? = nil, closedAt: Timestamp? = nil, exitReason: String? = nil
  ) {
    self.odometerKm = odometerKm
    self.inspection = inspection
    self.diagnosis = diagnosis
    self.estimate = estimate
    self.authorisation = authorisation
    self.promisedDeliveryAt = promisedDeliveryAt
    self.promisedQuality = promisedQuality
    self.failedInspections = failedInspections
    self.technicians = technicians
    self.visits = visits
    self.invoiceNumber = invoiceNumber
    self.deliveredAt = deliveredAt
    self.closedAt = closedAt
    self.exitReason = exitReason
  }
}

/// Reception check of the vehicle, confirmed by the customer (WO-14…16).
package struct ReceptionInspection: Hashable, Sendable {
  /// One thing seen: where, and what.
  package struct Finding: Hashable, Sendable {
    package let position: String
    package let condition: String
    package init(position: String, condition: String) {
      self.position = position
      self.condition = condition
    }
  }

  package let exterior: [Finding]
  package let interior: [Finding]
  package let functions: [Finding]
  package let belongings: [String]
  package let fuelPercent: Int?
  package let confirmedBy: String
  package let inspectedAt: Timestamp
  package let inspectedBy: String

  package init(
    exterior: [Finding], interior: [Finding], functions: [Finding], belongings: [String], fuelPercent: Int?,
    confirmedBy: String, inspectedAt: Timestamp, inspectedBy: String
  ) {
    self.exterior = exterior
    self.interior = interior
    self.functions = functions
    self.belongings = belongings
    self.fuelPercent = fuelPercent
    self.confirmedBy = confirmedBy
    self.inspectedAt = inspectedAt
    self.inspectedBy = inspectedBy
  }
}

/// A decision of the customer as it was recorded: who, when, by which channel, on which estimate (SEC-09, WO-04).
package struct CustomerDecision: Hashable, Sendable {
  package enum Channel: String, Hashable, Sendable, CaseIterable {
    case inPerson, phone, message, email, signature
  }

  /// What he decided about.
  package enum Kind: String, Hashable, Sendable, CaseIterable {
    case authorisation, additionalItems, acceptance, acceptanceRefused
  }

  package let decidedBy: String
  package let channel: Channel
  package let decidedAt: Timestamp
  package let estimateHash: String
  package let recordedBy: String

  package init(
    decidedBy: String, channel: Channel, decidedAt: Timestamp, estimateHash: String, recordedBy: String
  ) {
    self.decidedBy = decidedBy
    self.channel = channel
    self.decidedAt = decidedAt
    self.estimateHash = estimateHash
    self.recordedBy = recordedBy
  }
}

/// A decision as it stands in the file of the order.
package struct RecordedDecision: Hashable, Sendable {
  /// The version of the order that the decision made.
  package let orderVersion: Int
  package let kind: CustomerDecision.Kind
  package let decision: CustomerDecision

  package init(orderVersion: Int, kind: CustomerDecision.Kind, decision: CustomerDecision) {
    self.orderVersion = orderVersion
    self.kind = kind
    self.decision = decision
  }
}

/// What a list of orders can be narrowed by; conditions combine with and.
package struct WorkOrderFilter: Hashable, Sendable {
  /// Any of these; none asks for all.
  package var states: [WorkOrder.State] = []
  package var stationID: Station.ID?
  package var customerID: Customer.ID?
  package var vehicleID: Vehicle.ID?
  /// Any of these; none asks for all.
  package var serviceTypes: [WorkOrder.ServiceType] = []
  package var createdFrom: Timestamp?
  package var createdBefore: Timestamp?
  package var number: String?

  package init() {}
}
