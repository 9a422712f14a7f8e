// The deadlines of requests (domain.md section 4, T-09…T-14). They count from when something is recorded: a time that somebody
// names afterwards moves no deadline.

extension ServiceRequest {
  /// Every kind that a request may have.
  package static let clockKinds: [ClockKind] = [
    .repairCallResponse, .forwardToSupervisor, .supervisorAnswer, .onSiteArrival, .faultCleared,
  ]

  /// Who must act now: the station that has it, before and after that the desk that registered it. Its clocks are there.
  package var holder: Station.ID? { progress.dispatch == nil ? registeredStationID : stationID }

  /// What registering it starts (T-09, T-10, T-12, T-14).
  package var clocksOnRegistration: ClockSignal {
    // Nobody waits at the telephone for a visit that was planned.
    var started: [ClockKind] = header.kind == .inspection ? [] : [.forwardToSupervisor]
    if header.kind.isRepairCall { started.append(.repairCallResponse) }
    if isTravelledTo { started.append(.onSiteArrival) }
    return ClockSignal(started: started, variants: variants)
  }

  /// What a step means for the clocks, asked on the request as it is after it.
  package func clocks(after action: Action, outcome: String?) -> ClockSignal {
    switch action {
    case .forward: return ClockSignal(started: [.supervisorAnswer], stopped: [.forwardToSupervisor])
    case .answer: return ClockSignal(stopped: [.repairCallResponse, .supervisorAnswer])
    case .resolveByPhone:
      return ClockSignal(
        stopped: [.repairCallResponse], cancelled: [.forwardToSupervisor, .onSiteArrival, .supervisorAnswer])
    case .escalate: return ClockSignal(stopped: [.forwardToSupervisor])
    case .dispatch: return ClockSignal(cancelled: [.forwardToSupervisor, .supervisorAnswer])
    case .accept: return ClockSignal(stopped: [.repairCallResponse])
    // The customer goes on waiting while the request looks for another station.
    case .refuse, .informFieldStaff: return ClockSignal()
    // On site the service begins when somebody is there (T-11).
    case .start: return ClockSignal(started: isTravelledTo ? [] : clearing)
    case .arrive: return ClockSignal(started: clearing, stopped: [.onSiteArrival])
    case .resolve:
      // Work that ends without clearing the fault has not met the aim, and does not wait for it any more.
      return progress.resolution?.faultCleared == false
        ? ClockSignal(cancelled: [.onSiteArrival, .faultCleared])
        : ClockSignal(stopped: [.faultCleared], cancelled: [.onSiteArrival])
    case .receipt: return ClockSignal()
    case .close:
      switch outcome.flatMap(RequestCallBack.Next.init(rawValue:)) {
      // What the customer calls about again is a call like the first.
      case .station, .desk:
        return ClockSignal(
          started: (header.kind.isRepairCall ? [.repairCallResponse] : []) + (isTravelledTo ? [.onSiteArrival] : []),
          variants: variants)
      case .complaint, nil: return ClockSignal()
      }
    // The deadlines of a request that became a complaint go on there.
    case .convert where outcome == nil: return ClockSignal()
    case .convert, .cancel: return ClockSignal(cancelled: Self.clockKinds)
    }
  }

  /// What a correction of the header means for them: what turns out to be a repair call is answered in time like one, a place
  /// that must be travelled to is reached in time, and a small repair inside the city sooner (T-14).
  package func clocks(correctedFrom before: ServiceRequest) -> ClockSignal {
    var started: [ClockKind] = []
    var cancelled: [ClockKind] = []
    func turned(_ kind: ClockKind, _ was: Bool, _ is: Bool, awaited: Bool) {
      if was, !`is` { cancelled.append(kind) }
      if !was, `is`, awaited { started.append(kind) }
    }
    turned(
      .repairCallResponse, before.header.kind.isRepairCall, header.kind.isRepairCall,
      awaited: progress.firstResponseAt == nil)
    turned(
      .onSiteArrival, before.isTravelledTo, isTravelledTo,
      awaited: progress.arrivedAt == nil && progress.resolution == nil)
    let isRecounted =
      before.isTravelledTo && isTravelledTo && before.header.cityMinorRepair != header.cityMinorRepair
    return ClockSignal(
      started: started, cancelled: cancelled, recounted: isRecounted ? [.onSiteArrival] : [], variants: variants)
  }

  /// What an inspection looks at has no fault yet.
  private var clearing: [ClockKind] { header.kind == .inspection ? [] : [.faultCleared] }

  private var isTravelledTo: Bool { header.mode != .workshop && header.kind.isRepairCall }

  private var variants: [ClockKind: ClockRule.Variant] {
    header.cityMinorRepair ? [.onSiteArrival: .cityMinorRepair] : [:]
  }
}
