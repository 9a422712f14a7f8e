/// How long each clock runs, when it warns and who hears of a breach (domain.md section 4, D-03), and by what a request finds the
/// station that can keep them (CALL-03).
package struct ClocksPolicy: PolicyBody {
  package static let key = PolicyKey.clocks

  package var rules: [ClockKind: ClockRule]
  package var dispatch: DispatchWeights

  /// The rule of a kind; the table has every kind, because a body without one is refused.
  package subscript(kind: ClockKind) -> ClockRule { rules[kind] ?? .pattern }

  package static let pattern = PolicyDefaults.clocks
  package static let fields = [
    PolicyField("dispatch", \Self.dispatch, .record),
    PolicyField(
      "rules", \Self.rules, .table(ClockKind.self, of: .record, standard: { PolicyDefaults.clocks.rules })),
  ]
}

/// By which numbers a request finds its station (CALL-03). They stand beside the deadlines because they say how these are kept:
/// how far a station drives out is what it reaches in time (T-10), and a region that has deadlines of its own has distances
/// of its own. No key of domain.md section 5 is nearer.
package struct DispatchWeights: PolicyRecord {
  /// Points for the way, the load and the opening hours; together 100.
  package var distancePoints: Int
  package var loadPoints: Int
  package var openingPoints: Int
  /// How far a station drives out.
  package var reachKm: Int
  /// Jobs that a station holds for each working place before its load counts as full.
  package var jobsPerBay: Int

  package init(distancePoints: Int, loadPoints: Int, openingPoints: Int, reachKm: Int, jobsPerBay: Int) {
    self.distancePoints = distancePoints
    self.loadPoints = loadPoints
    self.openingPoints = openingPoints
    self.reachKm = reachKm
    self.jobsPerBay = jobsPerBay
  }

  package static let pattern = PolicyDefaults.dispatch
  package static let fields = [
    PolicyField("distancePoints", \Self.distancePoints, .percent),
    PolicyField("jobsPerBay", \Self.jobsPerBay, .integer(1...100)),
    PolicyField("loadPoints", \Self.loadPoints, .percent),
    PolicyField("openingPoints", \Self.openingPoints, .percent),
    PolicyField("reachKm", \Self.reachKm, .integer(1...2000)),
  ]

  package static func check(_ weights: DispatchWeights, _ faults: inout PolicyFaults) {
    let sum = weights.distancePoints + weights.loadPoints + weights.openingPoints
    if sum != 100 {
      faults.refuse("openingPoints", "must sum to 100 with distancePoints and loadPoints, not to \(sum)")
    }
  }
}

/// A length of time as a rule names it.
package struct ClockSpan: PolicyRecord {
  package enum Unit: String, Hashable, Sendable, CaseIterable {
    /// Elapsed time, day and night.
    case minutes, hours
    /// Days of the calendar: 0 ends with the day of the start, 1 with the next.
    case calendarDays
    /// As `calendarDays`, but only days on which the calendar of the station works are counted.
    case workingDays
  }

  package var amount: Int
  package var unit: Unit

  package init(_ amount: Int, _ unit: Unit) {
    self.amount = amount
    self.unit = unit
  }

  /// Whether the span ends with a day, not a time after the start.
  package var isInDays: Bool { unit == .calendarDays || unit == .workingDays }

  package static let component: String? = "ClockSpan"
  package static let pattern = ClockSpan(30, .minutes)
  package static let fields = [
    PolicyField("amount", \Self.amount, .integer(0...100_000)),
    PolicyField("unit", \Self.unit, .choice(Unit.self)),
  ]

  package static func check(_ span: ClockSpan, _ faults: inout PolicyFaults) {
    if span.amount == 0, !span.isInDays { faults.refuse("amount", "must be at least 1 in \(span.unit.rawValue)") }
  }
}

/// The rule of one kind of clock.
package struct ClockRule: PolicyRecord {
  /// Cases of one kind that run otherwise.
  package enum Variant: String, Hashable, Sendable, CaseIterable {
    /// A small repair on site inside the city (T-14).
    case cityMinorRepair
    /// A whole-vehicle or assembly repair (T-46).
    case overhaul
  }

  /// Whether clocks of this kind are started at all.
  package var isActive: Bool
  /// Since the start; before it nothing may be met. `nil`: at once.
  package var opensAfter: ClockSpan?
  /// Since the start. `nil`: the due time is promised in the document.
  package var dueAfter: ClockSpan?
  /// Minutes before the due time at which the holder is warned; 0: no warning.
  package var warnBeforeMinutes: Int
  /// The ladder, first step first.
  package var escalation: [EscalationStep]
  package var variants: [Variant: ClockVariant]

  package init(
    isActive: Bool = true, opensAfter: ClockSpan? = nil, dueAfter: ClockSpan?, warnBeforeMinutes: Int = 0,
    escalation: [EscalationStep] = [], variants: [Variant: ClockVariant] = [:]
  ) {
    self.isActive = isActive
    self.opensAfter = opensAfter
    self.dueAfter = dueAfter
    self.warnBeforeMinutes = warnBeforeMinutes
    self.escalation = escalation
    self.variants = variants
  }

  /// The rule with what a variant changes.
  package func applied(_ variant: Variant?) -> ClockRule {
    guard let variant, let other = variants[variant] else { return self }
    var rule = self
    if let due = other.dueAfter { rule.dueAfter = due }
    if let warning = other.warnBeforeMinutes { rule.warnBeforeMinutes = warning }
    return rule
  }

  package static let component: String? = "ClockRule"
  package static let pattern = ClockRule(dueAfter: nil)
  package static let fields = [
    PolicyField("dueAfter", \Self.dueAfter, .optional(.record)),
    PolicyField("escalation", \Self.escalation, .list(of: .record, 0...8)),
    PolicyField("isActive", \Self.isActive, .boolean),
    PolicyField("opensAfter", \Self.opensAfter, .optional(.record)),
    PolicyField("variants", \Self.variants, .dictionary(Variant.self, of: .record)),
    PolicyField("warnBeforeMinutes", \Self.warnBeforeMinutes, .integer(0...525_600)),
  ]

  package static func check(_ rule: ClockRule, _ faults: inout PolicyFaults) {
    if let opens = rule.opensAfter {
      if let due = rule.dueAfter {
        if opens.unit != due.unit {
          faults.refuse("opensAfter", "must be in the unit of dueAfter")
        } else if opens.amount > due.amount {
          faults.refuse("opensAfter", "must not be later than dueAfter")
        }
      } else {
        faults.refuse("opensAfter", "needs dueAfter")
      }
    }
    var former = -1
    var roles: Set<Role> = []
    for (index, step) in rule.escalation.enumerated() {
      if step.afterMinutes <= former {
        faults.refuse("escalation", index, "afterMinutes", .inconsistent, "must be later than the step before")
      }
      if !roles.insert(step.role).inserted {
        faults.refuse("escalation", index, "role", .notUnique, "must be notified by one step only")
      }
      former = max(former, step.afterMinutes)
    }
  }
}

/// What a variant changes in its rule; `nil` keeps.
package struct ClockVariant: PolicyRecord {
  package var dueAfter: ClockSpan?
  package var warnBeforeMinutes: Int?

  package init(dueAfter: ClockSpan? = nil, warnBeforeMinutes: Int? = nil) {
    self.dueAfter = dueAfter
    self.warnBeforeMinutes = warnBeforeMinutes
  }

  package static let pattern = ClockVariant()
  package static let fields = [
    PolicyField("dueAfter", \Self.dueAfter, .optional(.record)),
    PolicyField("warnBeforeMinutes", \Self.warnBeforeMinutes, .optional(.integer(0...525_600))),
  ]
}

/// One step of the ladder: who is notified how long after the due time while nobody has acknowledged.
package struct EscalationStep: PolicyRecord {
  package var role: Role
  /// Elapsed minutes since the due time.
  package var afterMinutes: Int

  package init(_ role: Role, afterMinutes: Int) {
    self.role = role
    self.afterMinutes = afterMinutes
  }

  package static let pattern = EscalationStep(.stServiceManager, afterMinutes: 0)
  package static let fields = [
    PolicyField("afterMinutes", \Self.afterMinutes, .integer(0...525_600)),
    PolicyField("role", \Self.role, .choice(Role.self, name: "RoleCode")),
  ]
}
