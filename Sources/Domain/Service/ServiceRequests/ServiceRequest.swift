package import FoundationEssentials

/// What reaches the hotline or a station: a repair call, a rescue, a consultation, a complaint (SM-1, CALL-02); and the visits of
/// an engineer that are planned to prevent one (FLD-17). Itineraries and travel expenses of field staff (FLD-19) are not kept here:
/// an employer's matter, which no document of the customer waits for.
package struct ServiceRequest: LifecycleDocument, ExternallyIdentified {
  package typealias ID = Identifier<ServiceRequest>

  package enum State: String, Hashable, Sendable, CaseIterable {
    case received, forwarded, escalated, dispatched, accepted, inProgress, resolved, resolvedByPhone, receipted, closed
    case converted, cancelled
  }

  package enum Action: String, Hashable, Sendable, CaseIterable {
    case forward, answer, resolveByPhone, escalate, dispatch, accept, refuse, start, arrive, resolve, receipt, close
    case convert, cancel, informFieldStaff
  }

  package enum Kind: String, Hashable, Sendable, CaseIterable {
    case repair, installation, rescue, consultation, complaint
    /// Nobody called: an engineer looks at the vehicle before something breaks (FLD-17).
    case inspection

    /// Whether somebody has to come or be received: what the response times of T-09 and T-10 are for.
    package var isRepairCall: Bool {
      switch self {
      case .repair, .installation, .rescue: true
      case .consultation, .complaint, .inspection: false
      }
    }

    /// Where the work is wanted when nobody says so.
    package var usualMode: WorkOrder.Mode {
      switch self {
      case .rescue: .rescue
      case .inspection: .onSite
      case .repair, .installation, .consultation, .complaint: .workshop
      }
    }

    /// What an order that it becomes is about when nobody says so.
    package var usualService: WorkOrder.ServiceType {
      switch self {
      case .inspection: .maintenance
      case .repair, .installation, .rescue, .consultation, .complaint: .repair
      }
    }
  }

  /// Who brought it (CALL-05).
  package enum Source: String, Hashable, Sendable, CaseIterable {
    case callCentre, station, customer, dealer
  }

  /// How it came (CALL-05, CALL-08): calls and written matter are registered apart.
  package enum Medium: String, Hashable, Sendable, CaseIterable {
    case hotline, phone, fax, letter, email, counter, online
  }

  package enum Urgency: String, Hashable, Sendable, CaseIterable {
    case low, normal, high, emergency
  }

  package static let resource = Resource.serviceRequest
  package static var lifecycle: Lifecycle<ServiceRequest> { ServiceRequestLifecycle.table }

  package let id: ID
  /// `SR-SY001-2026-000123`, or `SR-HQ-2026-000123` when headquarters registered it.
  package let number: String
  /// The station that registered it; `nil` for headquarters. It keeps sight of the request wherever it goes.
  package let registeredStationID: Station.ID?
  /// The station that has, or had last, the request in its hands; before any dispatch the one that registered it.
  package internal(set) var stationID: Station.ID?
  package internal(set) var state: State
  package var revision: Revision
  package var header: ServiceRequestHeader
  package var externalIDs: [String: String] {
    get { header.externalIDs }
    set { header.externalIDs = newValue }
  }
  package internal(set) var progress: ServiceRequestProgress
  /// From where it is looked at. Two stations may see one request, the one that registered it and the one that has it, and
  /// not everything is the business of both.
  package let sight: Scope

  package var designation: String? { number }

  /// What happens to it is told to the station that has it; where that one is out of the reader's sight, to the one that
  /// registered it.
  package var audience: Audience {
    if let stationID, sight.covers(stationID) { return .station(stationID) }
    if let registeredStationID, sight.covers(registeredStationID) { return .station(registeredStationID) }
    return .headquarters
  }

  package init(
    id: ID, number: String, registeredStationID: Station.ID?, stationID: Station.ID?, state: State, version: Int,
    stamp: RecordStamp, header: ServiceRequestHeader, progress: ServiceRequestProgress, sight: Scope
  ) {
    self.id = id
    self.number = number
    self.registeredStationID = registeredStationID
    self.stationID = stationID
    self.state = state
    self.revision = Revision(version: version, stamp: stamp)
    self.header = header
    self.progress = progress
    self.sight = sight
  }

  /// What the station that takes it must be able to do, and where.
  package var need: DispatchNeed {
    DispatchNeed(
      position: header.place.position, regionID: header.place.regionID, mode: header.mode, urgency: header.urgency,
      repairType: header.requirement.repairType, brand: header.requirement.brand, skill: header.requirement.skill,
      refusedBy: Set(progress.refusals.map(\.stationID)))
  }
}

/// What was registered and may be corrected while the request is open.
package struct ServiceRequestHeader: Hashable, Sendable {
  package var kind: ServiceRequest.Kind
  package var source: ServiceRequest.Source
  package var medium: ServiceRequest.Medium
  package var urgency: ServiceRequest.Urgency
  package var contact: RequestContact
  /// The customer's file at a station, where it is known.
  package var customerID: Customer.ID?
  package var vehicleID: Vehicle.ID?
  /// As the caller gave them, also where no such vehicle is on record yet.
  package var vin: String?
  package var plate: String?
  package var place: RequestPlace
  /// Where the work is wanted: at a station, on site, or as a rescue (domain.md section 6).
  package var mode: WorkOrder.Mode
  /// A small repair inside the city, for which the arrival on site is due in half a day (T-14).
  package var cityMinorRepair: Bool
  /// What the customer needs, clear enough to be passed on (CALL-16).
  package var need: String
  /// The symptom in the customer's words.
  package var symptom: String?
  package var requirement: RequestRequirement
  /// Of inspections, and of nothing else.
  package var inspection: RequestInspection?
  package var externalIDs: [String: String]

  package init(
    kind: ServiceRequest.Kind, source: ServiceRequest.Source, medium: ServiceRequest.Medium,
    urgency: ServiceRequest.Urgency, contact: RequestContact, customerID: Customer.ID?, vehicleID: Vehicle.ID?,
    vin: String?, plate: String?, place: RequestPlace, mode: WorkOrder.Mode, cityMinorRepair: Bool, need: String,
    symptom: String?, requirement: RequestRequirement, inspection: RequestInspection? = nil,
    externalIDs: [String: String]
  ) {
    self.kind = kind
    self.source = source
    self.medium = medium
    self.urgency = urgency
    self.contact = contact
    self.customerID = customerID
    self.vehicleID = vehicleID
    self.vin = vin
    self.plate = plate
    self.place = place
    self.mode = mode
    self.cityMinorRepair = cityMinorRepair
    self.need = need
    self.symptom = symptom
    self.requirement = requirement
    self.inspection = inspection
    self.externalIDs = externalIDs
  }
}

/// Who called or wrote.
package struct RequestContact: Hashable, Sendable {
  package var name: String
  package var phone: String?

  package init(name: String, phone: String?) {
    self.name = name
    self.phone = phone
  }
}

/// Where the vehicle stands, as well as it is known.
package struct RequestPlace: Hashable, Sendable {
  package var position: GeographicPosition?
  package var address: String?
  package var city: String?
  package var regionID: Region.ID?

  package init(
    position: GeographicPosition? = nil, address: String? = nil, city: String? = nil, regionID: Region.ID? = nil
  ) {
    self.position = position
    self.address = address
    self.city = city
    self.regionID = regionID
  }
}

/// What a station must bring along to take the request; what is not named is not asked.
package struct RequestRequirement: Hashable, Sendable {
  package var repairType: String?
  package var brand: String?
  package var skill: String?

  package init(repairType: String? = nil, brand: String? = nil, skill: String? = nil) {
    self.repairType = repairType
    self.brand = brand
    self.skill = skill
  }
}

/// What the actions have established so far.
package struct ServiceRequestProgress: Hashable, Sendable {
  package var forwardedTo: String?
  package var answer: RequestAnswer?
  /// When somebody first did something for the caller: the supervisor's answer, the advice by phone, the station's acceptance
  /// (T-09).
  package var firstResponseAt: Timestamp?
  /// The last time that it became a pending customer order (CALL-06).
  package var escalation: RequestEscalation?
  /// Where it is dispatched to now; none while it waits at the desk.
  package var dispatch: RequestDispatch?
  /// How often it was dispatched.
  package var dispatches: Int
  /// Field staff whom Technical Quality told of it since it was dispatched, sorted (FLD-05).
  package var informedStaff: [UUID]
  /// In their order.
  package var refusals: [RequestRefusal]
  package var acceptedAt: Timestamp?
  /// When the station said it would be there.
  package var expectedArrivalAt: Timestamp?
  package var workOrderID: WorkOrder.ID?
  package var startedAt: Timestamp?
  package var arrivedAt: Timestamp?
  package var resolution: RequestResolution?
  /// To whom the result was returned; both parties get one (CALL-09).
  package var receipts: [RequestReceipt]
  package var callBack: RequestCallBack?
  /// Calls that reached nobody, in their order.
  package var callAttempts: [RequestCallAttempt]
  /// How often a call-back brought it back.
  package var reopenings: Int
  package var conversion: RequestConversion?
  package var exitReason: String?
  package var closedAt: Timestamp?

  package init(
    forwardedTo: String? = nil, answer: RequestAnswer? = nil, firstResponseAt: Timestamp? = nil,
    escalation: RequestEscalation? = nil, dispatch: RequestDispatch? = nil, dispatches: Int = 0,
    informedStaff: [UUID] = [], refusals: [RequestRefusal] = [],
    acceptedAt: Timestamp? = nil, expectedArrivalAt: Timestamp? = nil, workOrderID: WorkOrder.ID? = nil,
    startedAt: Timestamp? = nil, arrivedAt: Timestamp? = nil, resolution: RequestResolution? = nil,
    receipts: [RequestReceipt] = [], callBack: RequestCallBack? = nil,
    callAttempts: [RequestCallAttempt] = [], reopenings: Int = 0,
    conversion: RequestConversion? = nil, exitReason: String? = nil, closedAt: Timestamp? = nil
  ) {
    self.forwardedTo = forwardedTo
    self.answer = answer
    self.firstResponseAt = firstResponseAt
    self.escalation = escalation
    self.dispatch = dispatch
    self.dispatches = dispatches
    self.informedStaff = informedStaff
    self.refusals = refusals
    self.acceptedAt = acceptedAt
    self.expectedArrivalAt = expectedArrivalAt
    self.workOrderID = workOrderID
    self.startedAt = startedAt
    self.arrivedAt = arrivedAt
    self.resolution = resolution
    self.receipts = receipts
    self.callBack = callBack
    self.callAttempts = callAttempts
    self.reopenings = reopenings
    self.conversion = conversion
    self.exitReason = exitReason
    self.closedAt = closedAt
  }
}
