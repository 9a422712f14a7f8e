/// Whether the maker bears a repair, computed from policy and facts and never asserted by whoever asks (WAR-01…10, A10).
package enum Entitlement {
  /// Counts up when the rules themselves change, so that an old judgement says by which it was made.
  package static let rulesVersion = 1

  /// What the maker promised for one vehicle: the version that held when its warranty began (WAR-08).
  package struct Terms: Hashable, Sendable {
    package let version: PolicyVersion
    package let policy: WarrantyPolicy
    /// What is what among parts, operations and faults, by the version in force on the day of the repair: later parts are
    /// known to it too.
    package let components: [WarrantyComponent]
    package let componentsVersion: PolicyVersion
    /// What stations answer for in paid work (T-44), by the version in force on the day of the repair.
    package let repairs: [RepairClass: RepairGuarantee]

    /// - Parameter repairs: `nil`: as the promise says.
    package init(
      version: PolicyVersion, policy: WarrantyPolicy, components: [WarrantyComponent], componentsVersion: PolicyVersion,
      repairs: [RepairClass: RepairGuarantee]? = nil
    ) {
      self.repairs = repairs ?? policy.repairs
      self.version = version
      self.policy = policy
      self.components = components
      self.componentsVersion = componentsVersion
    }

    /// Terms of one version, for vehicles that began under it.
    package init(version: PolicyVersion, policy: WarrantyPolicy) {
      self.init(
        version: version, policy: policy, components: policy.components ?? [], componentsVersion: version)
    }
  }

  /// What is on record about the vehicle, over the whole network.
  package struct VehicleFacts: Hashable, Sendable {
    package let saleDate: CalendarDate?
    package let deliveryDate: CalendarDate?
    package let usage: Vehicle.Usage
    /// Kilometres driven in its life, replaced clusters included, on the day in question.
    package let distanceKm: Int?
    package let fittedParts: [FittedPart]
    package let firstMaintenance: TakenMaintenance?
    /// Newest first.
    package let paidWork: [PaidWork]

    package init(
      saleDate: CalendarDate?, deliveryDate: CalendarDate?, usage: Vehicle.Usage, distanceKm: Int?,
      fittedParts: [FittedPart] = [], firstMaintenance: TakenMaintenance? = nil, paidWork: [PaidWork] = []
    ) {
      self.paidWork = paidWork
      self.saleDate = saleDate
      self.deliveryDate = deliveryDate
      self.usage = usage
      self.distanceKm = distanceKm
      self.fittedParts = fittedParts
      self.firstMaintenance = firstMaintenance
    }
  }

  /// A part that a delivered order put into the vehicle; its guarantee runs from that day (WO-29, WAR-07).
  package struct FittedPart: Hashable, Sendable {
    package let source: Source
    package let partNumber: String
    package let quantity: Int
    package let origin: JobPart.Origin
    package let fittedOn: CalendarDate
    /// Kilometres that the vehicle had driven then; `nil`: nobody read them.
    package let fittedAtKm: Int?
    /// What was promised with the part itself; `nil`: as the policy says of sold parts.
    package let guaranteeMonths: Int?
    package let guaranteeKm: Int?
    /// Whether the maker paid for it.
    package let underWarranty: Bool

    package init(
      source: Source, partNumber: String, quantity: Int, origin: JobPart.Origin,
      fittedOn: CalendarDate, fittedAtKm: Int?, guaranteeMonths: Int?, guaranteeKm: Int?, underWarranty: Bool
    ) {
      self.source = source
      self.partNumber = partNumber
      self.quantity = quantity
      self.origin = origin
      self.fittedOn = fittedOn
      self.fittedAtKm = fittedAtKm
      self.guaranteeMonths = guaranteeMonths
      self.guaranteeKm = guaranteeKm
      self.underWarranty = underWarranty
    }
  }

  /// The delivered order that a fact comes from.
  package struct Source: Hashable, Sendable {
    package let workOrderID: WorkOrder.ID
    /// `nil`: an order of another station, which does not exist for the caller.
    package let workOrderNumber: String?
    package let line: Int

    package init(workOrderID: WorkOrder.ID, workOrderNumber: String?, line: Int) {
      self.workOrderID = workOrderID
      self.workOrderNumber = workOrderNumber
      self.line = line
    }
  }

  /// The one maintenance at the maker's cost, once it was taken (WAR-03).
  package struct TakenMaintenance: Hashable, Sendable {
    package let source: Source
    package let on: CalendarDate

    package init(source: Source, on: CalendarDate) {
      self.source = source
      self.on = on
    }
  }

  /// What is asked of the maker.
  package enum Service: String, Hashable, Sendable, CaseIterable {
    case repair, firstMaintenance
  }

  /// One job, by what failed and what is done about it.
  package struct Line: Hashable, Sendable {
    package let number: Int
    package let service: Service
    package let causalPartNumber: String?
    package let labourOperationCode: String?
    package let faultCode: String?
    /// What reception or workshop found that speaks against the maker's duty (WAR-05, P-23).
    package let findings: Set<WarrantyPolicy.Exclusion>

    package init(
      number: Int, service: Service = .repair, causalPartNumber: String? = nil, labourOperationCode: String? = nil,
      faultCode: String? = nil, findings: Set<WarrantyPolicy.Exclusion> = []
    ) {
      self.number = number
      self.service = service
      self.causalPartNumber = causalPartNumber
      self.labourOperationCode = labourOperationCode
      self.faultCode = faultCode
      self.findings = findings
    }
  }

  /// What a term rests on.
  package enum Basis: String, Hashable, Sendable, CaseIterable {
    case vehicle, componentGroup, fittedPart, firstMaintenance
  }

  package enum Limit: String, Hashable, Sendable, CaseIterable {
    case time, distance
  }

  /// One promise, from where to where, and what is left of it on the day.
  package struct Coverage: Hashable, Sendable {
    package let basis: Basis
    package let group: ComponentGroup?
    package let part: FittedPart?
    package let months: Int
    package let km: Int?
    package let startsOn: CalendarDate
    package let startsAtKm: Int
    /// The last day that is covered.
    package let lastDay: CalendarDate
    /// The last kilometre that is covered; `nil`: without limit.
    package let lastKm: Int?
    /// Days after this one that are covered still; negative: so long ago it ended.
    package let daysLeft: Int
    /// `nil`: without limit, or nobody knows how far the vehicle went.
    package let kmLeft: Int?
    /// The limits that are passed, time first.
    package let ended: [Limit]
    /// Whether a limit in kilometres cannot be held against anything.
    package let lacksDistance: Bool
    package let begun: Bool

    package var covers: Bool { begun && ended.isEmpty && !lacksDistance }
  }

  /// Why a line is covered or not.
  package struct Reason: Hashable, Sendable {
    package enum Code: String, Hashable, Sendable, CaseIterable {
      case withinTerm, timeExceeded, distanceExceeded, notBegun, startUnknown, distanceUnknown, excluded
      case noFirstMaintenance, firstMaintenanceTaken, withinRepairGuarantee
    }

    package let code: Code
    package let detail: String
    /// Of `excluded`: what excludes it.
    package let exclusion: WarrantyPolicy.Exclusion?

    package init(_ code: Code, _ detail: String, exclusion: WarrantyPolicy.Exclusion? = nil) {
      self.code = code
      self.detail = detail
      self.exclusion = exclusion
    }
  }

  /// The answer to one line, with everything that it rests on.
  package struct Judgement: Hashable, Sendable {
    package let line: Line
    package let on: CalendarDate
    package let covered: Bool
    /// Of the coverage that decides; `nil` where there is none.
    package let coverage: Coverage?
    /// Every promise that was looked at, the deciding one first.
    package let considered: [Coverage]
    package let component: WarrantyComponent?
    package let reasons: [Reason]
    package let policyVersion: PolicyVersion
    package let componentsVersion: PolicyVersion
    package let distanceKm: Int?
    package let firstMaintenance: TakenMaintenance?
    /// On paid work that the line repeats, where the maker does not bear it.
    package let workGuarantee: WorkGuarantee?
    /// SHA-256 (hex) of `content`; services set it. What a claim carries along, so that a later judgement can be held against it.
    package var proof: String

    package var basis: Basis? { coverage?.basis }

    /// Whoever it is: where it is not the customer, the repair is free for him.
    package var bearer: Bearer {
      if covered { return .maker }
      return workGuarantee == nil ? .customer : .station
    }
  }
}

extension Entitlement.Judgement {
  /// What was known and what followed, in one unambiguous text.
  package var content: String {
    var text = "rules \(Entitlement.rulesVersion) \(policyVersion) \(componentsVersion) on \(on)"
    text += " at \(distanceKm.map(String.init) ?? "-") km\n"
    text += "line \(line.number) \(line.service.rawValue) part \(quoted(line.causalPartNumber))"
    text += " operation \(quoted(line.labourOperationCode)) fault \(quoted(line.faultCode))"
    text += " findings \(line.findings.map(\.rawValue).sorted().joined(separator: ","))\n"
    for coverage in considered {
      text += "\(coverage.basis.rawValue) \(coverage.group?.rawValue ?? "-")"
      text += " \(coverage.part.map { "\($0.source.workOrderID)/\($0.source.line)" } ?? "-")"
      text += " from \(coverage.startsOn) at \(coverage.startsAtKm) km to \(coverage.lastDay)"
      text += " \(coverage.lastKm.map(String.init) ?? "-") km\n"
    }
    if let guarantee = workGuarantee {
      text += "repeats \(guarantee.work.source.workOrderID)/\(guarantee.work.source.line) until \(guarantee.lastDay)"
      text += " \(guarantee.lastKm.map(String.init) ?? "-") km\n"
    }
    if let taken = firstMaintenance { text += "taken \(taken.source.workOrderID) \(taken.on)\n" }
    text += covered ? "covered" : "refused"
    for reason in reasons { text += " \(reason.code.rawValue)" }
    return text + "\n"
  }

  private func quoted(_ text: String?) -> String {
    guard let text else { return "-" }
    return "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n") + "\""
  }
}
