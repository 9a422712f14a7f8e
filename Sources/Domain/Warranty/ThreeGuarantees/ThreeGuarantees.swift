/// The legal duties on household cars (三包) counted per vehicle over the whole network (T-40…T-43, P-05…P-07, A9): repairs that are
/// done and those that are still in the workshop.
package enum ThreeGuarantees {
  /// What is counted. Each has its own limit; one reached is enough for replacement or return.
  package enum Counter: String, Hashable, Sendable, CaseIterable {
    /// Days in repair in all.
    case repairDays
    /// Repairs of the same quality problem: the same fault, or the same part that failed.
    case sameProblem
    /// Repairs of serious safety failures.
    case safetyRepairs
    /// Replacements of the engine, the transmission, the power battery or the drive motor as a whole.
    case assemblyReplacements
    /// Replacements of the same main part.
    case mainPartReplacements
    /// Replacements of such an assembly or its main parts in the first days.
    case immediateReplacement
    /// Serious safety failures in the first weeks and kilometres.
    case earlySafetyFailure
    /// The day that one warranty repair has reached: at its limit the owner gets a loan car or is compensated for transport (T-40).
    case dayOfRepair

    /// Whether the buyer may ask for replacement or return at the limit.
    package var endsInReplacement: Bool {
      switch self {
      case .repairDays, .sameProblem, .safetyRepairs, .assemblyReplacements, .mainPartReplacements,
        .immediateReplacement, .earlySafetyFailure:
        true
      case .dayOfRepair: false
      }
    }
  }

  package enum Level: String, Hashable, Sendable, CaseIterable {
    case warning, limit
  }

  /// One repair that counts.
  package struct Evidence: Hashable, Sendable {
    package let source: Entitlement.Source
    package let receivedOn: CalendarDate
    package let distanceKm: Int?
    /// Days in repair; parts of a day count as a whole one (P-03).
    package let days: Int
    /// Whether the vehicle is not finished yet, so that its days go on.
    package let isRunning: Bool
    /// What of it counts, for people.
    package let detail: String

    package init(
      source: Entitlement.Source, receivedOn: CalendarDate, distanceKm: Int?, days: Int, isRunning: Bool = false,
      detail: String
    ) {
      self.source = source
      self.receivedOn = receivedOn
      self.distanceKm = distanceKm
      self.days = days
      self.isRunning = isRunning
      self.detail = detail
    }
  }

  /// One counter as it stands.
  package struct Count: Hashable, Sendable {
    package let counter: Counter
    /// A fault code, a part, an assembly; empty where there is one counter of the kind alone.
    package let counted: String
    package let value: Int
    /// From this value on it warns; `nil`: the limit comes without a warning.
    package let warnsAt: Int?
    /// From this value on the buyer may ask for replacement or return.
    package let limitAt: Int
    package let evidence: [Evidence]

    package var level: Level? {
      if value >= limitAt { return .limit }
      if let warnsAt, value >= warnsAt { return .warning }
      return nil
    }

    /// Every level that the value has passed, the warning first.
    package var levels: [Level] {
      var passed: [Level] = []
      if let warnsAt, value >= warnsAt { passed.append(.warning) }
      if value >= limitAt { passed.append(.limit) }
      return passed
    }
  }

  /// Why nothing is counted for a vehicle.
  package enum Exemption: String, Hashable, Sendable, CaseIterable {
    case notHousehold, startUnknown
  }

  /// The counters of one vehicle on one day.
  package struct Standing: Hashable, Sendable {
    package let on: CalendarDate
    package let policyVersion: PolicyVersion
    package let componentsVersion: PolicyVersion
    package let exemption: Exemption?
    /// The time in which repairs count (T-43); `nil` where nobody knows when it began.
    package let period: Entitlement.Coverage?
    /// Those that are not zero, repair days always among them.
    package let counts: [Count]

    /// Of what may end in replacement or return; a loan car is another matter.
    package var level: Level? {
      let levels = counts.filter(\.counter.endsInReplacement).compactMap(\.level)
      return levels.contains(.limit) ? .limit : levels.first
    }
  }

  /// What was said about a counter, once.
  package struct Signal: Hashable, Sendable {
    package typealias ID = Identifier<Signal>

    package let id: ID
    package let counter: Counter
    package let counted: String
    package let level: Level
    package let value: Int
    package let limitAt: Int
    package let policyVersion: PolicyVersion
    /// The order that reached it; `nil`: time, or something that became known of the vehicle.
    package let workOrderID: WorkOrder.ID?
    package let reachedAt: Timestamp
    package let withdrawnAt: Timestamp?

    package init(
      id: ID, counter: Counter, counted: String, level: Level, value: Int, limitAt: Int, policyVersion: PolicyVersion,
      workOrderID: WorkOrder.ID?, reachedAt: Timestamp, withdrawnAt: Timestamp?
    ) {
      self.id = id
      self.counter = counter
      self.counted = counted
      self.level = level
      self.value = value
      self.limitAt = limitAt
      self.policyVersion = policyVersion
      self.workOrderID = workOrderID
      self.reachedAt = reachedAt
      self.withdrawnAt = withdrawnAt
    }
  }

  /// What is to be said now, and what does not hold any more.
  package struct Correction: Hashable, Sendable {
    package let reached: [Signal]
    package let withdrawn: [Signal]
  }
}

/// The counters of one vehicle with everything that was said about them.
package struct VehicleThreeGuarantees: Hashable, Sendable {
  package let vehicleID: Vehicle.ID
  package let vin: VIN
  package let standing: ThreeGuarantees.Standing
  /// First to last, withdrawn ones included.
  package let signals: [ThreeGuarantees.Signal]

  package init(
    vehicleID: Vehicle.ID, vin: VIN, standing: ThreeGuarantees.Standing, signals: [ThreeGuarantees.Signal]
  ) {
    self.vehicleID = vehicleID
    self.vin = vin
    self.standing = standing
    self.signals = signals
  }
}

/// An order as far as it concerns the vehicle: delivered, or agreed on and still at the station.
package struct VehicleRepair: Hashable, Sendable {
  package struct Line: Hashable, Sendable {
    package let number: Int
    package let causalPartNumber: String?
    package let labourOperationCode: String?
    package let faultCode: String?
    package let payers: Set<PayerSplit.Payer>

    package init(
      number: Int, causalPartNumber: String?, labourOperationCode: String?, faultCode: String?,
      payers: Set<PayerSplit.Payer>
    ) {
      self.number = number
      self.causalPartNumber = causalPartNumber
      self.labourOperationCode = labourOperationCode
      self.faultCode = faultCode
      self.payers = payers
    }
  }

  package struct Part: Hashable, Sendable {
    package let line: Int
    package let partNumber: String

    package init(line: Int, partNumber: String) {
      self.line = line
      self.partNumber = partNumber
    }
  }

  package let workOrderID: WorkOrder.ID
  /// `nil`: an order of another station, which does not exist for the caller.
  package let workOrderNumber: String?
  package let receivedAt: Timestamp
  /// Agreed on with the customer (P-03).
  package let beganAt: Timestamp
  /// Of one that is not finished: the instant at which it is looked at.
  package let finishedAt: Timestamp
  /// Whether it is still worked on.
  package let isRunning: Bool
  package let distanceKm: Int?
  package let isMaintenance: Bool
  package let isRework: Bool
  package var lines: [Line]
  /// What was fitted, by the line that did it.
  package var parts: [Part]

  package init(
    workOrderID: WorkOrder.ID, workOrderNumber: String?, receivedAt: Timestamp, beganAt: Timestamp,
    finishedAt: Timestamp, isRunning: Bool = false, distanceKm: Int?, isMaintenance: Bool, isRework: Bool,
    lines: [Line], parts: [Part]
  ) {
    self.workOrderID = workOrderID
    self.workOrderNumber = workOrderNumber
    self.receivedAt = receivedAt
    self.beganAt = beganAt
    self.finishedAt = finishedAt
    self.isRunning = isRunning
    self.distanceKm = distanceKm
    self.isMaintenance = isMaintenance
    self.isRework = isRework
    self.lines = lines
    self.parts = parts
  }

  /// Days in repair, waiting for parts included; less than a day counts as one (P-03, P-07).
  package var days: Int {
    let milliseconds = max(finishedAt.milliseconds - beganAt.milliseconds, 1)
    return Int((milliseconds + 86_399_999) / 86_400_000)
  }

  /// When its days are one more; `nil`: they do not change any more.
  package var nextDayAt: Timestamp? {
    isRunning ? Timestamp(milliseconds: beganAt.milliseconds + Int64(days) * 86_400_000 + 1) : nil
  }

  package var receivedOn: CalendarDate { ReportPeriod.day(of: receivedAt) }

  /// The jobs that mend a quality problem: the maker pays, or the station mends its own repair again. What maintenance, a campaign,
  /// wear or the user cause is no repair in the sense of the law.
  package var qualityLines: [Line] {
    if isMaintenance { return [] }
    return lines.filter { ThreeGuarantees.mendsQuality($0.payers, isRework: isRework) }
  }

  /// Whether the maker pays for a repair of it under warranty (T-40).
  package var isWarrantyRepair: Bool { !isMaintenance && lines.contains { $0.payers.contains(.warranty) } }
}

extension ThreeGuarantees {
  static func mendsQuality(_ payers: Set<PayerSplit.Payer>, isRework: Bool) -> Bool {
    !payers.isDisjoint(with: [.warranty, .goodwill]) || isRework && payers.contains(.internal)
  }
}

extension WorkOrder {
  /// Whether a repair counts under the three guarantees 三包: its time is watched from the agreement on (P-03).
  package var mendsQuality: Bool {
    header.serviceType != .maintenance
      && lines.contains {
        $0.counts && ThreeGuarantees.mendsQuality(Set($0.price.split.payers), isRework: reworkOf != nil)
      }
  }
}
