/// What the maker promised for one vehicle and what is left of it on a day: as a whole and for groups, parts that orders fitted, and the
/// first maintenance.
package struct VehicleEntitlement: Hashable, Sendable {
  package let vehicleID: Vehicle.ID
  package let vin: VIN
  package let on: CalendarDate
  package let terms: Entitlement.Terms
  package let facts: Entitlement.VehicleFacts

  package init(
    vehicleID: Vehicle.ID, vin: VIN, on: CalendarDate, terms: Entitlement.Terms, facts: Entitlement.VehicleFacts
  ) {
    self.vehicleID = vehicleID
    self.vin = vin
    self.on = on
    self.terms = terms
    self.facts = facts
  }

  package struct PartGuarantee: Hashable, Sendable {
    package let part: Entitlement.FittedPart
    /// `nil`: nothing was promised with the part.
    package let coverage: Entitlement.Coverage?
  }

  /// The vehicle as a whole first, then groups with a term of their own; empty where nobody knows when the warranty began.
  package var coverages: [Entitlement.Coverage] { Entitlement.overview(terms, vehicle: facts, on: on) }

  /// Why the maker bears nothing of the vehicle itself, whatever fails; guarantees of parts are untouched.
  package var exclusions: [WarrantyPolicy.Exclusion] {
    facts.usage == .commercial && terms.policy.exclusions.contains(.commercialUse) ? [.commercialUse] : []
  }

  package var firstMaintenance: Entitlement.Judgement {
    Entitlement.judge(
      terms, vehicle: facts, line: Entitlement.Line(number: 1, service: .firstMaintenance), on: on)
  }

  /// Newest first.
  package var parts: [PartGuarantee] {
    facts.fittedParts.map {
      PartGuarantee(part: $0, coverage: Entitlement.guarantee(of: $0, terms, facts, on))
    }
  }

  /// Those that still hold: who replaces such a part again does so at the expense of whoever gave the guarantee.
  package var partsUnderGuarantee: [PartGuarantee] { parts.filter { $0.coverage?.covers == true } }

  /// Paid work that its station still answers for, newest first (T-44).
  package var workUnderGuarantee: [Entitlement.WorkGuarantee] {
    facts.paidWork.compactMap { Entitlement.workGuarantee(on: $0, terms, facts, on) }.filter(\.holds)
  }
}
