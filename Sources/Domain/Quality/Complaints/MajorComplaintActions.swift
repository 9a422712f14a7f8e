// The major branch of SM-4: reported and confirmed, a team on site, an agreement that both sides signed, carried out.

extension Complaint {
  /// Files the report at once, with the phone call of the same moment (CMP-21).
  package mutating func reportMajor(_ report: MajorReport, by subject: Subject) throws(Refusal) -> Transition<Complaint>
  {
    let row = try take(.reportMajor, by: subject)
    if row.to == nil {
      throw .invalid("#/judgement", .inconsistent, "the report is filed already; name its recipients")
    }
    if report.call == nil {
      throw .invalid("#/phoneCall", .required, "is required: After-Sales is told by phone at the same time (CMP-21)")
    }
    major.report = report
    kind = .major
    return row
  }

  /// The report that comes with the registration: reported (CMP-21), or born confirmed when After-Sales files it (CMP-23).
  ///
  /// - Returns: the types of the events.
  package mutating func file(
    _ filing: ComplaintDraft.MajorFiling, confirming: Bool, _ policy: QualityLevelsPolicy, _ version: PolicyVersion,
    by caller: Caller, at instant: Timestamp
  ) throws(Refusal) -> [String] {
    if filing.call == nil, !confirming {
      throw .invalid(
        "#/majorReport/phoneCall", .required, "is required: After-Sales is told by phone at the same time (CMP-21)")
    }
    kind = .major
    state = confirming ? .majorConfirmed : .majorReported
    major.report = MajorReport(
      judgement: filing.judgement, call: filing.call, reportedBy: caller.name, reportedAt: instant)
    guard confirming else {
      if filing.level != nil { throw .invalid("#/majorReport/level", .inconsistent, "is After-Sales' to decide") }
      return ["complaint.majorReported"]
    }
    major.confirmation = MajorConfirmation(
      level: filing.level ?? proposedLevel(policy), note: nil, confirmedBy: caller.name, confirmedAt: instant,
      policyVersion: version.description)
    return ["complaint.majorReported", "complaint.majorConfirmed", "qualityIssue.proposed"]
  }

  /// Sends the confirmed report on to QA and the leaders (CMP-22).
  package mutating func sendMajorReport(
    _ sending: MajorReport.Sending, by subject: Subject
  ) throws(Refusal) -> Transition<Complaint> {
    let row = try take(.reportMajor, by: subject)
    if row.to != nil { throw .invalid("#/recipients", .inconsistent, "the report goes out after its confirmation") }
    if !sending.recipients.contains(.qa) {
      throw .invalid("#/recipients", .required, "must name qa (CMP-22)")
    }
    if Set(sending.recipients).isDisjoint(with: MajorReport.leaders) {
      throw .invalid("#/recipients", .required, "must name one of the leaders: hqServiceHead, hqExec (CMP-22)")
    }
    major.report?.sending = sending
    return row
  }

  package mutating func confirmMajor(
    _ confirmation: MajorConfirmation, by subject: Subject
  ) throws(Refusal) -> Transition<Complaint> {
    let row = try take(.confirmMajor, by: subject)
    major.confirmation = confirmation
    return row
  }

  /// Not a major case after all: it returns to the normal path, its team is dissolved, what was agreed is void (CMP-31).
  package mutating func downgrade(
    _ assignment: ComplaintAssignment, by subject: Subject
  ) throws(Refusal) -> Transition<Complaint> {
    let row = try take(.downgrade, by: subject)
    kind = .general
    progress.assignment = progress.assignment ?? assignment
    major.agreement?.signatures = []
    major.team = nil
    return row
  }

  /// The team as it is from now on: who is not named leaves (CMP-24, CMP-25).
  ///
  /// - Parameter departments: who sits in a team of this level, by the policy (CMP-34).
  /// - Throws: `Refusal.invalid` for a composition without one of them and without a reason, or somebody named twice.
  package mutating func formTeam(
    _ team: ComplaintTeam, departments: Set<Role>, by subject: Subject
  ) throws(Refusal) -> Transition<Complaint> {
    let row = try take(.formTeam, by: subject)
    let missing = departments.subtracting(team.members.map(\.role))
    if !missing.isEmpty, team.reason == nil {
      let names = missing.map(\.rawValue).sorted().joined(separator: ", ")
      throw .invalid("#/reason", .required, "is required for a team without \(names)")
    }
    for (place, member) in team.members.enumerated()
    where team.members.prefix(place).contains(where: { $0.userID == member.userID }) {
      throw .invalid("#/members/\(place)/userId", .notUnique, "is named already")
    }
    major.team = team
    return row
  }

  /// - Throws: `Refusal.invalid` for an arrival before there was a complaint.
  package mutating func arriveOnSite(
    _ arrival: TeamArrival, by subject: Subject
  ) throws(Refusal) -> Transition<Complaint> {
    let row = try take(.arriveOnSite, by: subject)
    try requireSinceRegistration(arrival.arrivedAt, "#/arrivedAt")
    major.arrival = arrival
    return row
  }

  /// - Throws: `Refusal.invalid` unless each party stands once and the shares add up to 100.
  package mutating func appraise(
    _ appraisal: LiabilityAppraisal, by subject: Subject
  ) throws(Refusal) -> Transition<Complaint> {
    let row = try take(.appraise, by: subject)
    if Set(appraisal.liability.map(\.party)).count != appraisal.liability.count {
      throw .invalid("#/liability", .notUnique, "must name each party once")
    }
    if appraisal.liability.reduce(0, { $0 + $1.percent }) != 100 {
      throw .invalid("#/liability", .inconsistent, "the shares must add up to 100")
    }
    major.appraisal = appraisal
    progress.cause = appraisal.cause
    return row
  }

  /// A round with the customer. After both have signed it voids their signatures: what is talked about again is not agreed.
  ///
  /// - Throws: `Refusal.invalid` for a round before there was a complaint.
  package mutating func negotiate(
    _ round: NegotiationRound, by subject: Subject
  ) throws(Refusal) -> Transition<Complaint> {
    let wasEffective = state == .agreementEffective
    let row = try take(.negotiate, by: subject)
    try requireSinceRegistration(round.heldAt, "#/heldAt")
    major.negotiations.append(round)
    if wasEffective { major.agreement?.signatures = [] }
    return row
  }

  /// Writes the agreement down, or another one over it, which voids every signature (CMP-28).
  ///
  /// - Throws: `Refusal.conflict` `agreement-not-editable` before the negotiation and after the execution began.
  package mutating func write(_ agreement: ComplaintAgreement) throws(Refusal) {
    switch state {
    case .negotiating: break
    case .agreementEffective: state = .negotiating
    case .received, .assigned, .investigating, .escalated, .solutionProposed, .inExecution, .resolved, .closed,
      .closedUnjustified, .merged, .majorReported, .majorConfirmed, .teamFormed, .onSite, .appraised:
      throw .conflict(
        code: "agreement-not-editable",
        detail: "An agreement is written while it is negotiated, not when the case is \(state.rawValue).",
        .state(state), .allowedStates([State.negotiating, .agreementEffective]))
    }
    major.agreement = agreement
  }

  /// - Parameter hash: of the content that was signed; another one than the present is refused.
  package mutating func signAgreement(
    _ signature: ComplaintAgreement.Signature, by subject: Subject
  ) throws(Refusal) -> Transition<Complaint> {
    let others = (major.agreement?.signatures ?? []).filter { $0.side != signature.side }
    let row = try take(.signAgreement, outcome: others.isEmpty ? "firstSignature" : nil, by: subject)
    if major.agreement?.hash != signature.hash {
      throw .conflict(
        code: "agreement-changed", detail: "The agreement was edited; what was signed is not what stands there now.",
        .currentHash(major.agreement?.hash))
    }
    if major.agreement?.signatures.contains(where: { $0.side == signature.side }) == true {
      throw .conflict(
        code: "agreement-signed", detail: "The \(signature.side.rawValue) has signed already.", .side(signature.side))
    }
    try requireSinceRegistration(signature.signedAt, "#/signedAt")
    major.agreement?.signatures.append(signature)
    return row
  }

  /// - Parameter order: the repair that was agreed on; required when one was.
  package mutating func execute(
    order: WorkOrder.ID?, at: Timestamp, by subject: Subject
  ) throws(Refusal) -> Transition<Complaint> {
    let row = try take(.execute, by: subject)
    if major.agreement?.content.repair != nil, order == nil {
      throw .invalid("#/workOrderId", .required, "is required: a repair was agreed on")
    }
    major.repairOrderID = order
    major.executionStartedAt = at
    return row
  }

  // MARK: What the agreement is carried out with

  /// - Throws: `Refusal.conflict` `not-in-execution`; `.invalid` for more than was agreed.
  package mutating func grant(_ compensation: Compensation) throws(Refusal) {
    try requireExecution()
    guard let agreed = major.agreement?.content.compensation else {
      throw .invalid("#/amount", .inconsistent, "no compensation was agreed on")
    }
    if compensation.amount.currency != agreed.currency {
      throw .invalid(
        "#/amount/currency", .inconsistent, "must be the currency of the agreement, \(agreed.currency.rawValue)")
    }
    let granted = major.compensations.reduce(0) { $0 + $1.amount.minor }
    if granted + compensation.amount.minor > agreed.minor {
      throw .invalid(
        "#/amount", .outOfRange, "with the others it must not exceed the agreed \(agreed.description)")
    }
    major.compensations.append(compensation)
  }

  /// - Throws: `Refusal.separationOfDuties` for whoever granted it (SEC-10); `.invalid` for a payment before the day of the
  ///   agreement.
  package mutating func pay(
    _ id: Compensation.ID, _ payment: Compensation.Payment, by subject: Subject
  ) throws(Refusal) {
    try requireExecution()
    guard let place = major.compensations.firstIndex(where: { $0.id == id }) else { throw .notFound }
    if major.compensations[place].payment != nil {
      throw .conflict(
        code: "compensation-paid", detail: "The compensation is paid already.",
        .since(major.compensations[place].payment?.paidAt))
    }
    if let person = subject.id, person == major.compensations[place].recordedByID {
      throw .separationOfDuties(
        rule: "compensation-payer",
        detail: "Who granted a compensation does not record its payment; another person must.")
    }
    try requireSinceAgreement(payment.paidAt, "#/paidAt")
    major.compensations[place].payment = payment
  }

  package mutating func takeBack(_ vehicle: VehicleReturn) throws(Refusal) {
    try requireExecution()
    if major.agreement?.content.takesVehicleBack != true {
      throw .conflict(
        code: "no-vehicle-return", detail: "It was not agreed that the vehicle is taken back.", .state(state))
    }
    try requireSinceAgreement(vehicle.collectedAt, "#/collectedAt")
    major.vehicleReturns.append(vehicle)
  }

  package mutating func store(_ id: VehicleReturn.ID, _ storage: VehicleReturn.Storage) throws(Refusal) {
    try requireExecution()
    guard let place = major.vehicleReturns.firstIndex(where: { $0.id == id }) else { throw .notFound }
    if storage.storedAt < major.vehicleReturns[place].collectedAt {
      throw .invalid("#/storage/storedAt", .outOfRange, "must not be before the vehicle was collected")
    }
    major.vehicleReturns[place].storage = storage
  }

  private func requireSinceRegistration(_ instant: Timestamp, _ pointer: String) throws(Refusal) {
    if instant < stamp.createdAt {
      throw .invalid(pointer, .outOfRange, "must not be before the complaint was registered")
    }
  }

  /// By the day, in China's time: who knows only the day says its beginning, and a signature may be dated a moment ahead.
  private func requireSinceAgreement(_ instant: Timestamp, _ pointer: String) throws(Refusal) {
    guard let signedAt = major.agreement?.signatures.map(\.signedAt).max() else { return }
    if CalendarDate(inChina: instant) < CalendarDate(inChina: signedAt) {
      throw .invalid(pointer, .outOfRange, "must not be before the day on which the agreement was signed")
    }
  }

  private func requireExecution() throws(Refusal) {
    guard kind == .major, state == .inExecution else {
      throw .conflict(
        code: "not-in-execution",
        detail: "The agreement is carried out after it was signed by both and execution began.", .state(state),
        .allowedStates([State.inExecution]))
    }
  }
}

extension MajorReport {
  /// The relevant leaders, one of whom gets every report (CMP-22).
  package static let leaders: Set<Role> = [.hqServiceHead, .hqExec]
}

extension ComplaintAgreement.Content {
  /// What both sides sign, in one unambiguous text.
  package func canonical(of complaint: Complaint.ID) -> String {
    func quoted(_ text: String) -> String {
      "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n") + "\""
    }
    return """
      complaint \(complaint)
      terms \(quoted(terms))
      repair \(repair.map(quoted) ?? "-")
      compensation \(compensation?.description ?? "-")
      vehicle \(takesVehicleBack ? "taken back" : "kept")

      """
  }
}

extension Complaint {
  /// The level that the facts speak for (QI-10…18d, CMP-34); After-Sales decides. A major case of which they say nothing is of
  /// the lightest.
  package func proposedLevel(_ policy: QualityLevelsPolicy) -> QualityLevel {
    QualityClassifier.classify(QualityFacts(of: self), by: policy).level ?? .level3
  }
}
