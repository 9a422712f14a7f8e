/// A complaint as the first receiver records it.
package struct ComplaintDraft: Hashable, Sendable {
  /// The station whose customer complains; `nil` is the caller's own, or headquarters.
  package let stationID: Station.ID?
  package let header: ComplaintHeader
  /// Filed as a major one from the start.
  package let majorReport: MajorFiling?

  /// A major complaint that is reported with its registration (CMP-21), or filed by After-Sales itself (CMP-23).
  package struct MajorFiling: Hashable, Sendable {
    package let judgement: String
    package let call: MajorReport.PhoneCall?
    /// `nil`: as the facts speak for it.
    package let level: QualityLevel?

    package init(judgement: String, call: MajorReport.PhoneCall?, level: QualityLevel?) {
      self.judgement = judgement
      self.call = call
      self.level = level
    }
  }

  package init(stationID: Station.ID?, header: ComplaintHeader, majorReport: MajorFiling? = nil) {
    self.stationID = stationID
    self.header = header
    self.majorReport = majorReport
  }
}

/// A merge patch of the header (C-17). Members of `contact` and `facts` merge.
package struct ComplaintPatch: Hashable, Sendable {
  package var contactName: Patch<String> = .keep
  package var contactPhone: Patch<String?> = .keep
  package var customerID: Patch<Customer.ID?> = .keep
  package var vehicleID: Patch<Vehicle.ID?> = .keep
  package var vin: Patch<String?> = .keep
  package var category: Patch<Complaint.Category> = .keep
  package var customerWords: Patch<String> = .keep
  package var symptom: Patch<String?> = .keep
  package var component: Patch<String?> = .keep
  package var faultCode: Patch<String?> = .keep
  package var crash: Patch<Bool> = .keep
  package var fire: Patch<Bool> = .keep
  package var brokeDown: Patch<Bool> = .keep
  package var injured: Patch<Int> = .keep
  package var deaths: Patch<Int> = .keep
  package var mediaExposure: Patch<Bool> = .keep
  package var incidentDate: Patch<CalendarDate?> = .keep
  package var odometerKm: Patch<Int?> = .keep
  package var compensationDemand: Patch<Money?> = .keep
  package var externalIDs: ExternalIDsPatch = .keep

  package init() {}
}

/// What a list of complaints can be narrowed by; conditions combine with and.
package struct ComplaintFilter: Hashable, Sendable {
  /// Any of these; none asks for all.
  package var states: [Complaint.State] = []
  package var kinds: [Complaint.Kind] = []
  package var categories: [Complaint.Category] = []
  package var channels: [Complaint.Channel] = []
  package var stationID: Station.ID?
  package var customerID: Customer.ID?
  package var vehicleID: Vehicle.ID?
  package var vin: String?
  package var component: String?
  package var workOrderID: WorkOrder.ID?
  /// An identity that another system gave, with the system's name.
  package var externalID: ExternalID?
  package var createdFrom: Timestamp?
  package var createdBefore: Timestamp?
  package var number: String?

  package struct ExternalID: Hashable, Sendable {
    package let system: String
    package let id: String

    package init(system: String, id: String) {
      self.system = system
      self.id = id
    }
  }

  package init() {}
}

/// Another complaint that looks like the same (M16).
package struct DuplicateCandidate: Hashable, Sendable {
  /// What speaks for it.
  package enum Match: String, Hashable, Sendable, CaseIterable {
    case vin, symptom, component, faultCode, externalId
  }

  package let complaint: Complaint
  package let matches: Set<Match>

  package init(complaint: Complaint, matches: Set<Match>) {
    self.complaint = complaint
    self.matches = matches
  }
}

extension Complaint {
  /// What makes `other` look like the same case: an external identity, or the vehicle together with what is wrong with it.
  package func matches(_ other: Complaint) -> Set<DuplicateCandidate.Match> {
    var found: Set<DuplicateCandidate.Match> = []
    if header.externalIDs.contains(where: { other.header.externalIDs[$0] == $1 }) { found.insert(.externalId) }
    guard let vin = header.vin, vin == other.header.vin else { return found }
    func alike(_ own: String?, _ others: String?) -> Bool {
      own != nil && own?.lowercased() == others?.lowercased()
    }
    var wrong: Set<DuplicateCandidate.Match> = []
    if alike(header.symptom, other.header.symptom) { wrong.insert(.symptom) }
    if alike(header.component, other.header.component) { wrong.insert(.component) }
    if alike(header.faultCode, other.header.faultCode) { wrong.insert(.faultCode) }
    if !wrong.isEmpty { found.formUnion(wrong.union([.vin])) }
    return found
  }

  /// Applies a patch.
  ///
  /// - Throws: `Refusal.conflict` `complaint-ended` when nothing in it changes any more.
  package mutating func apply(_ patch: ComplaintPatch) throws(Refusal) {
    if ComplaintLifecycle.ended.contains(state) {
      throw .conflict(
        code: "complaint-ended", detail: "The complaint is \(state.rawValue); nothing in it changes.", .state(state))
    }
    patch.contactName.merge(into: &header.contact.name)
    patch.contactPhone.merge(into: &header.contact.phone)
    patch.customerID.merge(into: &header.customerID)
    patch.vehicleID.merge(into: &header.vehicleID)
    patch.vin.merge(into: &header.vin)
    patch.category.merge(into: &header.category)
    patch.customerWords.merge(into: &header.customerWords)
    patch.symptom.merge(into: &header.symptom)
    patch.component.merge(into: &header.component)
    patch.faultCode.merge(into: &header.faultCode)
    patch.crash.merge(into: &header.facts.crash)
    patch.fire.merge(into: &header.facts.fire)
    patch.brokeDown.merge(into: &header.facts.brokeDown)
    patch.injured.merge(into: &header.facts.injured)
    patch.deaths.merge(into: &header.facts.deaths)
    patch.mediaExposure.merge(into: &header.facts.mediaExposure)
    patch.incidentDate.merge(into: &header.incidentDate)
    patch.odometerKm.merge(into: &header.odometerKm)
    patch.compensationDemand.merge(into: &header.compensationDemand)
    try patch.externalIDs.merge(into: &header.externalIDs)
  }
}
