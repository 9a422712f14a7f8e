package import FoundationEssentials

// The actions of SM-1 as pure functions: each checks the table, then changes the request. The service saves what changed and
// appends the events that the row names.

extension ServiceRequest {
  /// Checks state and guards, and moves the state.
  package mutating func take(
    _ action: Action, outcome: String? = nil, by subject: Subject
  ) throws(Refusal) -> Transition<ServiceRequest> {
    let row = try ServiceRequestLifecycle.table.permit(action, outcome: outcome, on: self, by: subject)
    if let next = row.to { state = next }
    return row
  }

  /// To the after-sales supervisor (CALL-14).
  package mutating func forward(
    to supervisor: String?, by subject: Subject
  ) throws(Refusal) -> Transition<ServiceRequest> {
    let row = try take(.forward, by: subject)
    progress.forwardedTo = supervisor
    return row
  }

  /// The supervisor's answer to the customer; a later one stands beside it in history (CALL-15).
  package mutating func answer(
    _ answer: RequestAnswer, by subject: Subject
  ) throws(Refusal) -> Transition<ServiceRequest> {
    let row = try take(.answer, by: subject)
    progress.answer = answer
    respond(at: answer.answeredAt)
    return row
  }

  package mutating func resolveByPhone(
    _ resolution: RequestResolution, by subject: Subject
  ) throws(Refusal) -> Transition<ServiceRequest> {
    let row = try take(.resolveByPhone, by: subject)
    progress.resolution = resolution
    respond(at: resolution.resolvedAt)
    return row
  }

  /// Back into headquarters' hands, as a pending customer work order (CALL-06).
  package mutating func escalate(
    _ escalation: RequestEscalation, by subject: Subject
  ) throws(Refusal) -> Transition<ServiceRequest> {
    let row = try take(.escalate, by: subject)
    progress.escalation = escalation
    leaveStation()
    return row
  }

  /// Hands the request to one station of a ranking.
  ///
  /// - Parameters:
  ///   - station: the chosen one; `nil` takes the best.
  ///   - reason: why another than the best was chosen; required then.
  /// - Throws: `Refusal.invalid` without a reason, for a station that is not in the ranking or does not work;
  ///   `.conflict` when no station can be proposed.
  package mutating func dispatch(
    _ ranking: DispatchRanking, to station: Station.ID?, reason: String?, dispatchedBy: String, at: Timestamp,
    by subject: Subject
  ) throws(Refusal) -> Transition<ServiceRequest> {
    let row = try take(.dispatch, by: subject)
    let chosen: DispatchRanking.Entry
    if let station {
      guard let entry = ranking.entries.first(where: { $0.stationID == station }) else {
        throw .invalid("#/stationId", .notFound, "there is no such station")
      }
      if entry.exclusions.contains(.notActive) {
        throw .invalid("#/stationId", .inconsistent, DispatchRanking.Exclusion.notActive.sentence)
      }
      chosen = entry
    } else {
      guard let best = ranking.best else {
        throw .conflict(
          code: "no-station-available",
          detail: "No station can be proposed; name one and say why, or escalate the request.",
          .count(ranking.entries.count))
      }
      chosen = best
    }
    let isOverruled = chosen.stationID != ranking.best?.stationID
    if isOverruled, reason == nil {
      throw .invalid("#/reason", .required, "is required for another station than the first of the ranking")
    }
    progress.dispatches += 1
    // Those of the place before: they saw it until now, because whoever hands a request back sees what he did.
    progress.informedStaff = []
    progress.dispatch = RequestDispatch(
      attempt: progress.dispatches, stationID: chosen.stationID, isOverruled: isOverruled, reason: reason,
      dispatchedAt: at, dispatchedBy: dispatchedBy)
    progress.acceptedAt = nil
    progress.expectedArrivalAt = nil
    stationID = chosen.stationID
    return row
  }

  package mutating func accept(
    expectedArrivalAt: Timestamp?, at: Timestamp, by subject: Subject
  ) throws(Refusal) -> Transition<ServiceRequest> {
    let row = try take(.accept, by: subject)
    if let expectedArrivalAt, expectedArrivalAt <= at {
      throw .invalid("#/expectedArrivalAt", .outOfRange, "must lie in the future")
    }
    progress.acceptedAt = at
    progress.expectedArrivalAt = expectedArrivalAt
    respond(at: at)
    return row
  }

  /// The station hands it back; it is not proposed for this request again.
  package mutating func refuse(
    _ reason: String, at: Timestamp, by subject: Subject
  ) throws(Refusal) -> Transition<ServiceRequest> {
    let row = try take(.refuse, by: subject)
    if let station = progress.dispatch?.stationID {
      progress.refusals.append(RequestRefusal(stationID: station, reason: reason, refusedAt: at))
    }
    leaveStation()
    return row
  }

  /// Technical Quality tells the field staff of the place that a job waits for them (FLD-05). Whoever was told before stays told.
  package mutating func informFieldStaff(
    _ staff: [UUID], by subject: Subject
  ) throws(Refusal) -> Transition<ServiceRequest> {
    let row = try take(.informFieldStaff, by: subject)
    let informed = Set(progress.informedStaff).union(staff)
    if informed.count > 20 { throw .invalid("#/staffIds", .outOfRange, "at most 20 people are told of one request") }
    progress.informedStaff = informed.sorted { $0.canonical < $1.canonical }
    return row
  }

  /// Work begins under an order of the station (WO-02).
  package mutating func start(
    _ order: WorkOrder.ID, at: Timestamp, by subject: Subject
  ) throws(Refusal) -> Transition<ServiceRequest> {
    let row = try take(.start, by: subject)
    progress.workOrderID = order
    progress.startedAt = at
    return row
  }

  package mutating func arrive(at: Timestamp, by subject: Subject) throws(Refusal) -> Transition<ServiceRequest> {
    let row = try take(.arrive, by: subject)
    progress.arrivedAt = at
    return row
  }

  package mutating func resolve(
    _ resolution: RequestResolution, by subject: Subject
  ) throws(Refusal) -> Transition<ServiceRequest> {
    let row = try take(.resolve, by: subject)
    progress.resolution = resolution
    return row
  }

  /// The result returned to one party; with the last one that is due the request moves on (CALL-09). Where no station had
  /// the request, only the customer waits for it.
  package mutating func receipt(
    _ receipt: RequestReceipt, by subject: Subject
  ) throws(Refusal) -> Transition<ServiceRequest> {
    let due = receiptsDue
    let missing = due.subtracting(progress.receipts.map(\.party)).subtracting([receipt.party])
    let row = try take(.receipt, outcome: missing.isEmpty ? nil : "partial", by: subject)
    if !due.contains(receipt.party) {
      throw .invalid("#/party", .inconsistent, "no station had the request")
    }
    if progress.receipts.contains(where: { $0.party == receipt.party }) {
      throw .conflict(
        code: "receipt-returned", detail: "The \(receipt.party.rawValue) got the result already.", .side(receipt.party))
    }
    progress.receipts.append(receipt)
    return row
  }

  /// Who waits for the result: the customer, and the station that sent the request in or worked on it.
  package var receiptsDue: Set<RequestReceipt.Party> {
    registeredStationID == nil && progress.dispatch == nil ? [.customer] : [.customer, .station]
  }

  /// The call-back (CALL-18): satisfied closes, else the request goes where `next` says (P-20).
  package mutating func close(
    _ call: RequestCallBack, next: RequestCallBack.Next?, by subject: Subject
  ) throws(Refusal) -> Transition<ServiceRequest> {
    let row = try take(.close, outcome: call.isSatisfied ? nil : (next ?? .desk).rawValue, by: subject)
    progress.callBack = call
    guard !call.isSatisfied else {
      progress.closedAt = call.calledAt
      return row
    }
    switch next ?? .desk {
    case .station:
      reopen()
    case .desk:
      reopen()
      leaveStation()
    case .complaint:
      progress.conversion = RequestConversion(
        target: .complaint, reason: call.comment ?? "", preferredAt: nil)
    }
    return row
  }

  /// A call-back that reached nobody.
  package mutating func miss(
    _ attempt: RequestCallAttempt, by subject: Subject
  ) throws(Refusal) -> Transition<ServiceRequest> {
    let row = try take(.close, outcome: ServiceRequestLifecycle.notReached, by: subject)
    progress.callAttempts.append(attempt)
    return row
  }

  package mutating func convert(
    _ conversion: RequestConversion, by subject: Subject
  ) throws(Refusal) -> Transition<ServiceRequest> {
    let outcome = conversion.target == .complaint ? nil : conversion.target.rawValue
    let row = try take(.convert, outcome: outcome, by: subject)
    progress.conversion = conversion
    return row
  }

  /// The complaint that a converted request became.
  package mutating func became(_ complaint: Complaint.ID) { progress.conversion?.complaintID = complaint }

  package mutating func cancel(_ reason: String, by subject: Subject) throws(Refusal) -> Transition<ServiceRequest> {
    let row = try take(.cancel, by: subject)
    progress.exitReason = reason
    return row
  }

  private mutating func respond(at instant: Timestamp) {
    if progress.firstResponseAt == nil { progress.firstResponseAt = instant }
  }

  private mutating func leaveStation() {
    progress.dispatch = nil
    progress.acceptedAt = nil
    progress.expectedArrivalAt = nil
  }

  /// What the first round established stays in history; the second starts without it.
  private mutating func reopen() {
    progress.reopenings += 1
    progress.acceptedAt = nil
    progress.expectedArrivalAt = nil
    progress.startedAt = nil
    progress.arrivedAt = nil
    progress.workOrderID = nil
    progress.resolution = nil
    progress.receipts = []
  }
}
