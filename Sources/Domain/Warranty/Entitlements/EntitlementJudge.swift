extension Entitlement {
  /// Judges one line: a pure function of terms and facts, so that any judgement can be repeated (A10).
  ///
  /// Months end on the day of the same number, or the last of the month; that day, the last kilometre and everything before them
  /// are inside (0.3-8). Whichever of the two comes first ends a promise. Of several promises the one that covers longest decides:
  /// a part fitted later has a term of its own beside the vehicle's (WO-29).
  ///
  /// - Parameter day: the day on which the vehicle came in with the fault.
  package static func judge(
    _ terms: Terms, vehicle: VehicleFacts, line: Line, on day: CalendarDate
  ) -> Judgement {
    switch line.service {
    case .repair: repair(terms, vehicle, line, day)
    case .firstMaintenance: firstMaintenance(terms, vehicle, line, day)
    }
  }

  /// The first day of the maker's promise; `nil`: not on record.
  package static func start(of vehicle: VehicleFacts, by policy: WarrantyPolicy) -> CalendarDate? {
    switch policy.startsAt {
    case .invoice: vehicle.saleDate ?? vehicle.deliveryDate
    case .delivery: vehicle.deliveryDate ?? vehicle.saleDate
    }
  }

  /// What is promised for the vehicle as a whole and for groups with a term of their own, with what is left of each on the day.
  package static func overview(_ terms: Terms, vehicle: VehicleFacts, on day: CalendarDate) -> [Coverage] {
    guard let start = start(of: vehicle, by: terms.policy) else { return [] }
    let distance = vehicle.distanceKm
    let whole = coverage(.vehicle, terms.policy.vehicle, from: start, atKm: 0, on: day, distance: distance)
    return [whole]
      + ComponentGroup.allCases.compactMap { group in
        terms.policy.groups[group].map {
          coverage(.componentGroup, group: group, $0, from: start, atKm: 0, on: day, distance: distance)
        }
      }
  }

  /// The maintenance at the maker's cost; `nil`: the model has none, or nobody knows when its time began.
  package static func firstMaintenance(
    _ terms: Terms, vehicle: VehicleFacts, on day: CalendarDate
  ) -> Coverage? {
    guard let term = terms.policy.firstMaintenance, let start = start(of: vehicle, by: terms.policy) else { return nil }
    return coverage(.firstMaintenance, term, from: start, atKm: 0, on: day, distance: vehicle.distanceKm)
  }

  // MARK: Inside

  private static func repair(
    _ terms: Terms, _ vehicle: VehicleFacts, _ line: Line, _ day: CalendarDate
  ) -> Judgement {
    let component = terms.components.component(of: line)
    var reasons: [Reason] = []
    // What was done to the vehicle frees the maker of every promise; what it is used for, of the one on the vehicle.
    for finding in WarrantyPolicy.Exclusion.allCases
    where line.findings.contains(finding) && terms.policy.exclusions.contains(finding) {
      reasons.append(Reason(.excluded, finding.sentence, exclusion: finding))
    }
    let isExcluded = !reasons.isEmpty
    var coverages: [Coverage] = []
    if vehicle.usage == .commercial, terms.policy.exclusions.contains(.commercialUse) {
      reasons.append(Reason(.excluded, WarrantyPolicy.Exclusion.commercialUse.sentence, exclusion: .commercialUse))
    } else if component?.group == .wearParts, terms.policy.groups[.wearParts] == nil,
      terms.policy.exclusions.contains(.wearPart)
    {
      reasons.append(Reason(.excluded, WarrantyPolicy.Exclusion.wearPart.sentence, exclusion: .wearPart))
    } else if let start = start(of: vehicle, by: terms.policy) {
      let group = component?.group
      let own = group.flatMap { terms.policy.groups[$0] }
      coverages.append(
        coverage(
          own == nil ? .vehicle : .componentGroup, group: group, own ?? terms.policy.vehicle, from: start, atKm: 0,
          on: day, distance: vehicle.distanceKm))
    } else {
      reasons.append(
        Reason(.startUnknown, "Neither the date of the invoice nor that of the delivery of the vehicle is on record."))
    }
    if let part = line.causalPartNumber {
      coverages += vehicle.fittedParts.filter { $0.partNumber == part }
        .compactMap { guarantee(of: $0, terms, vehicle, day) }
    }
    let ordered = coverages.sorted(by: outlasts)
    let decisive = ordered.first
    let covered = !isExcluded && decisive?.covers == true
    if covered, let decisive {
      reasons = [decisive.reason(on: day)]
    } else {
      reasons += ordered.flatMap { $0.refusals(on: day) }
    }
    let repeated = covered ? nil : workGuarantee(terms, vehicle, line, day)
    if let repeated { reasons.append(repeated.reason) }
    return Judgement(
      line: line, on: day, covered: covered, coverage: decisive, considered: ordered, component: component,
      reasons: reasons, policyVersion: terms.version, componentsVersion: terms.componentsVersion,
      distanceKm: vehicle.distanceKm, firstMaintenance: nil, workGuarantee: repeated, proof: "")
  }

  private static func firstMaintenance(
    _ terms: Terms, _ vehicle: VehicleFacts, _ line: Line, _ day: CalendarDate
  ) -> Judgement {
    let coverage = firstMaintenance(terms, vehicle: vehicle, on: day)
    var reasons: [Reason] = []
    if terms.policy.firstMaintenance == nil {
      reasons.append(Reason(.noFirstMaintenance, "The maker pays no first maintenance of this vehicle."))
    } else if coverage == nil {
      reasons.append(
        Reason(.startUnknown, "Neither the date of the invoice nor that of the delivery of the vehicle is on record."))
    }
    if let taken = vehicle.firstMaintenance {
      reasons.append(Reason(.firstMaintenanceTaken, "The first maintenance was taken on \(taken.on) already."))
    }
    if let coverage { reasons += coverage.refusals(on: day) }
    let covered = coverage?.covers == true && reasons.isEmpty
    if covered, let coverage { reasons = [coverage.reason(on: day)] }
    return Judgement(
      line: line, on: day, covered: covered, coverage: coverage, considered: coverage.map { [$0] } ?? [],
      component: nil, reasons: reasons, policyVersion: terms.version, componentsVersion: terms.componentsVersion,
      distanceKm: vehicle.distanceKm, firstMaintenance: vehicle.firstMaintenance, workGuarantee: nil, proof: "")
  }

  /// `nil`: nothing was promised with the part.
  static func guarantee(
    of part: FittedPart, _ terms: Terms, _ vehicle: VehicleFacts, _ day: CalendarDate
  ) -> Coverage? {
    guard part.origin != .customerSupplied else { return nil }
    let term: WarrantyTerm
    if let months = part.guaranteeMonths {
      term = WarrantyTerm(months: months, km: part.guaranteeKm)
    } else if let sold = terms.policy.soldParts {
      term = WarrantyTerm(months: sold.months, km: part.guaranteeKm ?? sold.km)
    } else {
      return nil
    }
    return coverage(
      .fittedPart, group: nil, part: part, term, from: part.fittedOn, atKm: part.fittedAtKm, on: day,
      distance: vehicle.distanceKm)
  }

  /// - Parameter atKm: `nil`: nobody read the odometer when the promise began; a limit in kilometres can then not be held against
  ///   anything.
  static func coverage(
    _ basis: Basis, group: ComponentGroup? = nil, part: FittedPart? = nil, _ term: WarrantyTerm,
    from start: CalendarDate, atKm: Int?, on day: CalendarDate, distance: Int?
  ) -> Coverage {
    let lastDay = start.adding(months: term.months)
    let lastKm = term.km.flatMap { km in atKm.map { $0 + km } }
    let daysLeft = Int(lastDay.daysSinceEpoch - day.daysSinceEpoch)
    let kmLeft = lastKm.flatMap { last in distance.map { last - $0 } }
    var ended: [Limit] = []
    if daysLeft < 0 { ended.append(.time) }
    if let kmLeft, kmLeft < 0 { ended.append(.distance) }
    return Coverage(
      basis: basis, group: group, part: part, months: term.months, km: term.km, startsOn: start,
      startsAtKm: atKm ?? 0, lastDay: lastDay, lastKm: lastKm, daysLeft: daysLeft, kmLeft: kmLeft, ended: ended,
      lacksDistance: term.km != nil && kmLeft == nil, begun: start <= day)
  }

  /// What covers comes first, and of two the one that lasts longer.
  private static func outlasts(_ one: Coverage, _ other: Coverage) -> Bool {
    if one.covers != other.covers { return one.covers }
    if one.lastDay != other.lastDay { return one.lastDay > other.lastDay }
    return (one.kmLeft ?? .max) > (other.kmLeft ?? .max)
  }
}

extension Entitlement.Coverage {
  fileprivate func reason(on day: CalendarDate) -> Entitlement.Reason {
    let distance = kmLeft.map { " and \($0) km" } ?? ""
    return Entitlement.Reason(.withinTerm, "\(subject) runs until \(lastDay): \(daysLeft) days\(distance) are left.")
  }

  fileprivate func refusals(on day: CalendarDate) -> [Entitlement.Reason] {
    var reasons: [Entitlement.Reason] = []
    if !begun { reasons.append(Entitlement.Reason(.notBegun, "\(subject) begins on \(startsOn) only.")) }
    for limit in ended {
      switch limit {
      case .time:
        reasons.append(
          Entitlement.Reason(.timeExceeded, "\(subject) ended on \(lastDay), \(-daysLeft) days before."))
      case .distance:
        reasons.append(
          Entitlement.Reason(
            .distanceExceeded, "\(subject) ended at \(lastKm ?? 0) km, \(-(kmLeft ?? 0)) km before."))
      }
    }
    if lacksDistance {
      reasons.append(
        Entitlement.Reason(.distanceUnknown, "\(subject) has a limit in kilometres, and no reading to hold against it.")
      )
    }
    return reasons
  }

  private var subject: String {
    switch basis {
    case .vehicle: "The warranty of the vehicle"
    case .componentGroup: "The warranty of the group \(group?.rawValue ?? "")"
    case .fittedPart: "The guarantee of the part \(part?.partNumber ?? "") that was fitted on \(startsOn)"
    case .firstMaintenance: "The first maintenance at the maker's cost"
    }
  }
}

extension Entitlement.WorkGuarantee {
  fileprivate var reason: Entitlement.Reason {
    let order = work.source.workOrderNumber.map { "the order \($0)" } ?? "an order of another station"
    let distance = kmLeft.map { " and \($0) km" } ?? ""
    return Entitlement.Reason(
      .withinRepairGuarantee,
      "It repeats paid work of \(order), finished on \(work.finishedOn): the station that did it repairs free of charge until \(lastDay); \(daysLeft) days\(distance) are left."
    )
  }
}

extension WarrantyPolicy.Exclusion {
  /// For people.
  package var sentence: String {
    switch self {
    case .forceMajeure: "The damage comes from force majeure."
    case .noProofOfPurchase: "There is neither invoice nor certificate."
    case .commercialUse: "The vehicle is in commercial use."
    case .defectKnownInWriting: "The defect was known to the buyer in writing."
    case .wrongHandling: "The vehicle was handled wrongly after the fault."
    case .wrongUse: "The damage comes from use or maintenance against the manual."
    case .wearPart: "It is a wear part without a term of its own."
    case .ownModification: "The vehicle was modified or dismantled by others."
    case .companyPurchase: "The vehicle was bought by a company or an authority."
    }
  }
}
