import Domain

/// The way of one demo order through its life cycle: which step is done how long after the vehicle came in.
struct DemoJourney {
  enum Step: Hashable {
    case receive, inspect, diagnose, quote, authorise, admit, assign
    case clockOn, clockOff, addItem, requestApproval, decideItems, awaitParts, partsArrived
    case recordWork, finish, failInspection, passInspection, notify, refuseWork, acceptWork, settle, deliver, close
    case leave(WorkOrder.Action)
    case startWork
  }

  struct Stop {
    let at: Timestamp
    let step: Step
  }

  let stops: [Stop]

  private struct Leg {
    let minutes: Int64
    let step: Step
    /// Where the order stands after it, if that is somewhere else.
    var state: WorkOrder.State?
  }

  /// - Parameter arrival: of the vehicle at the station.
  init(_ order: DemoData.Order, to target: WorkOrder.State, arrival: Timestamp, now: Timestamp) throws {
    let legs = Self.legs(order, to: target)
    guard let last = legs.lastIndex(where: { $0.state == target }) else {
      throw SettingsError(description: "demo data: order \(order.key) cannot get to \(target.rawValue)")
    }
    var stops = legs[...last].map { Stop(at: arrival.adding(seconds: $0.minutes * 60), step: $0.step) }
    if order.openClock == true { stops.append(Stop(at: now.adding(seconds: -40 * 60), step: .startWork)) }
    self.stops = stops
  }

  private static func legs(_ order: DemoData.Order, to target: WorkOrder.State) -> [Leg] {
    var legs = [
      Leg(minutes: 0, step: .receive, state: .received), Leg(minutes: 12, step: .inspect, state: .inspected),
      Leg(minutes: 45, step: .diagnose, state: .diagnosed), Leg(minutes: 58, step: .quote, state: .quoted),
    ]
    switch target {
    case .cancelled: return legs + [Leg(minutes: 75, step: .leave(.cancel), state: target)]
    case .closedNoRepair: return legs + [Leg(minutes: 75, step: .leave(.closeNoRepair), state: target)]
    case .convertedToAppointment: return legs + [Leg(minutes: 75, step: .leave(.convertToAppointment), state: target)]
    default: break
    }
    legs += [
      Leg(minutes: 70, step: .authorise, state: .authorised), Leg(minutes: 85, step: .admit, state: .inWorkshop),
      Leg(minutes: 95, step: .assign, state: .inRepair), Leg(minutes: 100, step: .clockOn, state: .inRepair),
      Leg(minutes: 150, step: .clockOff, state: .inRepair),
    ]
    if order.additional != nil {
      legs += [
        Leg(minutes: 155, step: .addItem), Leg(minutes: 160, step: .requestApproval, state: .awaitingCustomerApproval),
        Leg(minutes: 190, step: .decideItems, state: .inRepair),
      ]
    }
    // What waits for parts goes on at the next day.
    var day: Int64 = 0
    if order.awaitedParts == true {
      legs.append(Leg(minutes: 195, step: .awaitParts, state: .awaitingParts))
      day = 1440
      legs.append(Leg(minutes: day + 40, step: .partsArrived, state: .inRepair))
    }
    legs += [
      Leg(minutes: day + 200, step: .clockOn), Leg(minutes: day + 255, step: .clockOff),
      Leg(minutes: day + 258, step: .recordWork), Leg(minutes: day + 260, step: .finish, state: .qualityCheck),
    ]
    if order.failedInspection == true {
      legs += [
        Leg(minutes: day + 280, step: .failInspection, state: .inRepair),
        Leg(minutes: day + 285, step: .clockOn), Leg(minutes: day + 310, step: .clockOff),
        Leg(minutes: day + 312, step: .finish, state: .qualityCheck),
      ]
    }
    legs += [
      Leg(minutes: day + 330, step: .passInspection, state: .ready),
      Leg(minutes: day + 345, step: .notify, state: .notified),
    ]
    if order.refusedAcceptance == true {
      legs += [
        Leg(minutes: day + 380, step: .refuseWork, state: .qualityCheck),
        Leg(minutes: day + 400, step: .passInspection, state: .ready),
        Leg(minutes: day + 405, step: .notify, state: .notified),
      ]
    }
    return legs + [
      Leg(minutes: day + 430, step: .acceptWork, state: .accepted),
      Leg(minutes: day + 440, step: .settle, state: .settled),
      Leg(minutes: day + 450, step: .deliver, state: .delivered),
      Leg(minutes: day + 450 + 2880, step: .close, state: .closed),
    ]
  }
}
