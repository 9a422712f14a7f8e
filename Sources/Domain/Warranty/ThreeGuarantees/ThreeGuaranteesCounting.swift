extension ThreeGuarantees {
  /// The groups that the law calls assemblies (P-05, P-06).
  static let assemblies: Set<ComponentGroup> = [.engine, .transmission, .powerBattery, .driveMotor]

  /// Counts the repairs of one vehicle: a pure function of policy and facts. Only repairs count that the vehicle came in for within
  /// the period, its last day and last kilometre included; where nobody read the odometer, time alone decides.
  package static func count(
    _ policy: ThreeGuaranteesPolicy, version: PolicyVersion, components: [WarrantyComponent],
    componentsVersion: PolicyVersion, vehicle: Entitlement.VehicleFacts, repairs: [VehicleRepair], on day: CalendarDate
  ) -> Standing {
    let start = vehicle.saleDate ?? vehicle.deliveryDate
    var exemption: Exemption?
    if policy.householdUseOnly, vehicle.usage != .private { exemption = .notHousehold }
    if exemption == nil, start == nil { exemption = .startUnknown }
    let period = start.map {
      Entitlement.coverage(
        .vehicle, policy.period, from: $0, atKm: 0, on: day, distance: vehicle.distanceKm)
    }
    guard exemption == nil, let start else {
      return Standing(
        on: day, policyVersion: version, componentsVersion: componentsVersion, exemption: exemption, period: period,
        counts: [])
    }
    let counted = repairs.filter { $0.receivedOn <= day && !$0.qualityLines.isEmpty }
      .filter { isWithin(policy.period, from: start, $0) }
      .sorted { ($0.receivedAt, $0.workOrderID.description) < ($1.receivedAt, $1.workOrderID.description) }
      .map { Repair($0, components) }
    return Standing(
      on: day, policyVersion: version, componentsVersion: componentsVersion, exemption: nil, period: period,
      counts: [repairDays(policy, counted)] + problems(policy, counted) + safety(policy, counted)
        + replacements(policy, counted) + early(policy, counted, from: start)
        + longRepairs(policy, repairs.filter { $0.receivedOn <= day }, components, from: start))
  }

  /// What must be said about a standing that was not said before, and what was said that it does not bear out any more.
  ///
  /// - Parameter live: the signals that were not withdrawn.
  package static func correction(
    of standing: Standing, over live: [Signal], by order: WorkOrder.ID?, at instant: Timestamp
  ) -> Correction {
    struct Key: Hashable {
      let counter: Counter
      let counted: String
      let level: Level
    }
    var due: [(key: Key, count: Count)] = []
    for count in standing.counts {
      due += count.levels.map { (Key(counter: count.counter, counted: count.counted, level: $0), count) }
    }
    let said = Set(live.map { Key(counter: $0.counter, counted: $0.counted, level: $0.level) })
    let holds = Set(due.map(\.key))
    return Correction(
      reached: due.filter { !said.contains($0.key) }.map { key, count in
        Signal(
          id: .new(at: instant), counter: key.counter, counted: key.counted, level: key.level, value: count.value,
          limitAt: count.limitAt, policyVersion: standing.policyVersion, workOrderID: order, reachedAt: instant,
          withdrawnAt: nil)
      },
      withdrawn: live.filter { !holds.contains(Key(counter: $0.counter, counted: $0.counted, level: $0.level)) })
  }

  // MARK: Inside

  /// A repair with what its quality lines and the parts that these fitted are.
  private struct Repair {
    let facts: VehicleRepair
    /// Fault codes and failed parts, each once.
    let problems: [String]
    let safetyFailures: [WarrantyComponent]
    let replaced: [WarrantyComponent]

    init(_ repair: VehicleRepair, _ components: [WarrantyComponent]) {
      facts = repair
      let lines = repair.qualityLines
      let numbers = Set(lines.map(\.number))
      problems = Set(lines.flatMap { [$0.faultCode, $0.causalPartNumber].compactMap(\.self) }).sorted()
      safetyFailures = lines.compactMap { line in
        [
          components.component(.partNumber, line.causalPartNumber),
          components.component(.labourOperation, line.labourOperationCode),
          components.component(.faultCode, line.faultCode),
        ].compactMap(\.self).first(where: \.isSafetyFailure)
      }
      var seen: Set<String> = []
      replaced = repair.parts.filter { numbers.contains($0.line) }
        .compactMap { components.component(.partNumber, $0.partNumber) }
        .filter { $0.role != .other && seen.insert($0.name).inserted }
    }

    func evidence(_ detail: String) -> Evidence {
      Evidence(
        source: Entitlement.Source(
          workOrderID: facts.workOrderID, workOrderNumber: facts.workOrderNumber,
          line: facts.qualityLines.first?.number ?? 0),
        receivedOn: facts.receivedOn, distanceKm: facts.distanceKm, days: facts.days, isRunning: facts.isRunning,
        detail: detail)
    }
  }

  private static func isWithin(_ term: WarrantyTerm, from start: CalendarDate, _ repair: VehicleRepair) -> Bool {
    let coverage = Entitlement.coverage(
      .vehicle, term, from: start, atKm: 0, on: repair.receivedOn, distance: repair.distanceKm)
    return coverage.begun && coverage.ended.isEmpty
  }

  private static func repairDays(_ policy: ThreeGuaranteesPolicy, _ repairs: [Repair]) -> Count {
    Count(
      counter: .repairDays, counted: "", value: repairs.reduce(0) { $0 + $1.facts.days },
      warnsAt: policy.warnAtRepairDays, limitAt: policy.repairDaysLimit + 1,
      evidence: repairs.map { $0.evidence("\($0.facts.days) days in repair") })
  }

  private static func problems(_ policy: ThreeGuaranteesPolicy, _ repairs: [Repair]) -> [Count] {
    Set(repairs.flatMap(\.problems)).sorted().map { problem in
      let same = repairs.filter { $0.problems.contains(problem) }
      return Count(
        counter: .sameProblem, counted: problem, value: same.count, warnsAt: policy.warnAtSameFault,
        limitAt: policy.sameFaultLimit + 1, evidence: same.map { $0.evidence("Repair of \(problem)") })
    }
  }

  private static func safety(_ policy: ThreeGuaranteesPolicy, _ repairs: [Repair]) -> [Count] {
    let failed = repairs.filter { !$0.safetyFailures.isEmpty }
    if failed.isEmpty { return [] }
    return [
      Count(
        counter: .safetyRepairs, counted: "", value: failed.count, warnsAt: before(policy.safetyRepairs),
        limitAt: policy.safetyRepairs, evidence: failed.map { $0.evidence(names($0.safetyFailures)) })
    ]
  }

  /// What the law does not call an assembly counts as a main part, also when it is replaced as a whole.
  private static func replacements(_ policy: ThreeGuaranteesPolicy, _ repairs: [Repair]) -> [Count] {
    func isAssembly(_ component: WarrantyComponent) -> Bool {
      component.role == .assembly && assemblies.contains(component.group)
    }
    return [(Counter.assemblyReplacements, true), (.mainPartReplacements, false)].flatMap { counter, whole in
      let names = Set(repairs.flatMap { $0.replaced.filter { isAssembly($0) == whole }.map(\.name) }).sorted()
      return names.map { name in
        let replaced = repairs.filter { $0.replaced.contains { isAssembly($0) == whole && $0.name == name } }
        return Count(
          counter: counter, counted: name, value: replaced.count, warnsAt: before(policy.assemblyReplacements),
          limitAt: policy.assemblyReplacements, evidence: replaced.map { $0.evidence("Replacement: \(name)") })
      }
    }
  }

  /// The first days and weeks (T-42, P-05): one is enough.
  private static func early(
    _ policy: ThreeGuaranteesPolicy, _ repairs: [Repair], from start: CalendarDate
  ) -> [Count] {
    let day = start.daysSinceEpoch
    let immediate = repairs.filter { repair in
      repair.facts.receivedOn.daysSinceEpoch - day <= Int64(policy.immediateDays)
        && repair.replaced.contains { assemblies.contains($0.group) }
    }
    let failed = repairs.filter { repair in
      repair.facts.receivedOn.daysSinceEpoch - day <= Int64(policy.earlyDays)
        && repair.facts.distanceKm.map { $0 <= policy.earlyKm } ?? true && !repair.safetyFailures.isEmpty
    }
    var counts: [Count] = []
    if !immediate.isEmpty {
      counts.append(
        Count(
          counter: .immediateReplacement, counted: "", value: immediate.count, warnsAt: nil, limitAt: 1,
          evidence: immediate.map { $0.evidence(names($0.replaced)) }))
    }
    if !failed.isEmpty {
      counts.append(
        Count(
          counter: .earlySafetyFailure, counted: "", value: failed.count, warnsAt: nil, limitAt: 1,
          evidence: failed.map { $0.evidence(names($0.safetyFailures)) }))
    }
    return counts
  }

  /// Single warranty repairs that took or take long (T-40, P-07), by the day on which the vehicle came in. The law grants them in the
  /// whole time of the warranty, which the maker may not make shorter.
  private static func longRepairs(
    _ policy: ThreeGuaranteesPolicy, _ repairs: [VehicleRepair], _ components: [WarrantyComponent],
    from start: CalendarDate
  ) -> [Count] {
    let long = repairs.filter { repair in
      repair.isWarrantyRepair && repair.days >= policy.warnAtDayOfRepair
        && isWithin(policy.leastWarranty, from: start, repair)
    }
    return Dictionary(grouping: long, by: \.receivedOn).sorted { $0.key < $1.key }.map { day, repairs in
      Count(
        counter: .dayOfRepair, counted: "\(day)", value: repairs.map(\.days).max() ?? 0,
        warnsAt: policy.warnAtDayOfRepair, limitAt: policy.loanCarFromDay,
        evidence: repairs.sorted {
          ($0.receivedAt, $0.workOrderID.description) < ($1.receivedAt, $1.workOrderID.description)
        }
        .map {
          Repair($0, components).evidence(
            $0.days < policy.loanCarFromDay
              ? "Day \($0.days) of one repair"
              : "A loan car, or compensation for transport, from day \(policy.loanCarFromDay) on")
        })
    }
  }

  private static func before(_ limit: Int) -> Int? { limit > 1 ? limit - 1 : nil }

  private static func names(_ components: [WarrantyComponent]) -> String {
    Set(components.map(\.name)).sorted().joined(separator: ", ")
  }
}
