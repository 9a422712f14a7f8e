import Domain
import FoundationEssentials
import Testing

/// SM-3 against the table in the code, written down a second time from the requirements.
@Suite struct WorkOrderLifecycleTests {
  private struct Row {
    let action: WorkOrder.Action
    var outcome: String?
    let from: Set<WorkOrder.State>
    /// `nil`: the state stays.
    let to: WorkOrder.State?
    let permission: String
  }

  /// While somebody may be with the customer (FLD-03, T-10, T-11).
  private static let visited: Set<WorkOrder.State> = [
    .received, .inspected, .diagnosed, .quoted, .authorised, .inWorkshop, .inRepair, .awaitingCustomerApproval,
    .awaitingParts, .qualityCheck,
  ]

  // Beyond SM-3: visits on site (FLD-03, FLD-16); quoting again, because an edit voids what was agreed (domain.md section 7), assigning anew while the
  // repair goes on (WO-24), and saying whose job it is before it begins.
  private static let expected: [Row] = [
    Row(action: .inspect, from: [.received], to: .inspected, permission: "workOrders:inspect"),
    Row(action: .diagnose, from: [.inspected], to: .diagnosed, permission: "workOrders:diagnose"),
    Row(action: .quote, from: [.diagnosed, .quoted, .authorised], to: .quoted, permission: "workOrders:quote"),
    Row(action: .authorise, from: [.quoted], to: .authorised, permission: "workOrders:authorise"),
    Row(
      action: .convertToAppointment, from: [.quoted], to: .convertedToAppointment,
      permission: "workOrders:convertToAppointment"),
    Row(action: .closeNoRepair, from: [.quoted], to: .closedNoRepair, permission: "workOrders:closeNoRepair"),
    Row(action: .admit, from: [.authorised], to: .inWorkshop, permission: "workOrders:admit"),
    Row(action: .assign, from: [.inWorkshop, .inRepair], to: .inRepair, permission: "workOrders:assign"),
    Row(
      action: .assign, from: [.received, .inspected, .diagnosed, .quoted, .authorised], to: nil,
      permission: "workOrders:assign"),
    Row(
      action: .requestApproval, from: [.inRepair], to: .awaitingCustomerApproval,
      permission: "workOrders:requestApproval"),
    Row(
      action: .decideItems, from: [.awaitingCustomerApproval], to: .inRepair, permission: "workOrders:decideItems"),
    Row(action: .awaitParts, from: [.inRepair], to: .awaitingParts, permission: "workOrders:awaitParts"),
    Row(action: .partsArrived, from: [.awaitingParts], to: .inRepair, permission: "workOrders:partsArrived"),
    Row(action: .finish, from: [.inRepair], to: .qualityCheck, permission: "workOrders:finish"),
    Row(action: .failInspection, from: [.qualityCheck], to: .inRepair, permission: "workOrders:failInspection"),
    Row(action: .passInspection, from: [.qualityCheck], to: .ready, permission: "workOrders:passInspection"),
    Row(action: .notify, from: [.ready], to: .notified, permission: "workOrders:notify"),
    Row(action: .accept, from: [.notified], to: .accepted, permission: "workOrders:accept"),
    Row(
      action: .accept, outcome: "refused", from: [.notified], to: .qualityCheck, permission: "workOrders:accept"),
    Row(action: .settle, from: [.accepted], to: .settled, permission: "workOrders:settle"),
    Row(action: .deliver, from: [.settled], to: .delivered, permission: "workOrders:deliver"),
    Row(action: .close, from: [.delivered], to: .closed, permission: "workOrders:close"),
    Row(action: .rework, from: [.delivered, .closed], to: nil, permission: "workOrders:rework"),
    Row(
      action: .cancel, from: [.received, .inspected, .diagnosed, .quoted], to: .cancelled,
      permission: "workOrders:cancel"),
    Row(action: .depart, from: visited, to: nil, permission: "workOrders:depart"),
    Row(action: .arrive, from: visited, to: nil, permission: "workOrders:arrive"),
    Row(action: .clear, from: visited, to: nil, permission: "workOrders:clear"),
  ]

  /// An order in which every guard of the action holds.
  private static func order(_ state: WorkOrder.State, for action: WorkOrder.Action) -> WorkOrder {
    let open = OrderSamples.line(2, .open, additional: true)
    var visits: [FieldVisit] = []
    if action == .arrive || action == .clear {
      visits = [
        FieldVisit(
          number: 1, traveller: "张师傅", serviceVehicle: nil, departedAt: OrderSamples.now,
          arrivedAt: action == .clear ? OrderSamples.now : nil)
      ]
    }
    var order = OrderSamples.agreed(
      state, lines: action == .requestApproval ? [OrderSamples.line(), open] : [OrderSamples.line()])
    order.header.mode = .onSite
    return OrderSamples.rebuilt(order, state) { $0.visits = visits }
  }

  @Test(
    "every state takes every action exactly where SM-3 says so, and else names what it does take (SM-3, R10)",
    arguments: WorkOrder.State.allCases)
  func everyPair(state: WorkOrder.State) throws {
    let allowed = Set(Self.expected.filter { $0.from.contains(state) }.map(\.action))
    for action in WorkOrder.Action.allCases {
      for outcome in [nil, "refused", "somethingElse"] {
        let order = Self.order(state, for: action)
        let rows = Self.expected.filter {
          $0.action == action && $0.outcome == outcome && $0.from.contains(state)
        }
        var changed = order
        do {
          let taken = try changed.take(action, outcome: outcome, by: OrderSamples.inspector)
          let row = try #require(rows.first, "\(action) from \(state)")
          #expect(changed.state == row.to ?? state)
          #expect(taken.permission.rawValue == row.permission)
        } catch let refusal as Refusal {
          #expect(rows.isEmpty, "\(action) from \(state): \(refusal)")
          guard case .transition(let named, let from, _, let offered) = refusal else {
            Issue.record("\(refusal)")
            continue
          }
          #expect(named == action.rawValue)
          #expect(from == state.rawValue)
          #expect(Set(offered) == Set(allowed.map(\.rawValue)))
          #expect(changed == order)
        }
      }
    }
  }

  @Test("the table has no row that SM-3 has not, and every effect is an event type (SM-3)")
  func rows() {
    #expect(WorkOrderLifecycle.table.transitions.count == Self.expected.count)
    #expect(Set(Self.expected.map(\.action)) == Set(WorkOrder.Action.allCases))
    for row in WorkOrderLifecycle.table.transitions {
      #expect(row.effects.first?.hasPrefix("workOrder.") == true)
      #expect(row.effects.dropFirst().allSatisfy { !$0.hasPrefix("workOrder.") })
      #expect(!row.basis.isEmpty)
    }
    // One event for each way of each action, whatever the state it is taken in.
    let ways = Set(WorkOrderLifecycle.table.transitions.map { "\($0.action) \($0.outcome ?? "")" })
    #expect(Set(WorkOrderLifecycle.table.transitions.compactMap(\.effects.first)).count == ways.count)
  }

  @Test("states that end an order offer nothing but closing and reworking it (SM-3)")
  func ends() {
    let table = WorkOrderLifecycle.table
    #expect(table.allowed(from: .cancelled).isEmpty)
    #expect(table.allowed(from: .convertedToAppointment).isEmpty)
    #expect(table.allowed(from: .closedNoRepair).isEmpty)
    #expect(table.allowed(from: .closed) == [.rework])
    #expect(table.allowed(from: .delivered) == [.close, .rework])
  }

  @Test("an order is beyond cancelling where no way leads to an end with nothing done (SM-3)")
  func beyondCancelling() {
    // Every state from which one of the three ends can be reached, by the rows of the table.
    var cancellable: Set<WorkOrder.State> = [.cancelled, .convertedToAppointment, .closedNoRepair]
    var known = 0
    while known != cancellable.count {
      known = cancellable.count
      for row in WorkOrderLifecycle.table.transitions {
        if let to = row.to, cancellable.contains(to) { cancellable.formUnion(row.from) }
      }
    }
    #expect(cancellable.contains(.authorised) && !cancellable.contains(.inWorkshop))
    for state in WorkOrder.State.allCases {
      #expect(state.isBeyondCancelling == !cancellable.contains(state), "\(state)")
    }
  }

  @Test(
    "what a role is offered is what its permissions and the guards let it do (SM-3, SEC-01)", arguments: Role.allCases)
  func offers(role: Role) {
    let caller = Caller(
      subject: OrderSamples.inspector, name: role.rawValue, roles: [role], permissions: role.permissions,
      scope: .network)
    for state in WorkOrder.State.allCases {
      for blocked in [false, true] {
        // Blocked: no vehicle, no current estimate, an undecided item without a correction.
        let order =
          blocked
          ? OrderSamples.order(state, vehicle: nil, lines: [OrderSamples.line(1, .open, correction: nil)])
          : OrderSamples.agreed(state)
        let offers = WorkOrderLifecycle.table.offers(on: order, to: caller)
        let rows = Self.expected.filter { $0.from.contains(state) && $0.outcome == nil }
        #expect(Set(offers.map(\.action)) == Set(rows.map(\.action.rawValue)))
        for offer in offers {
          guard let row = rows.first(where: { $0.action.rawValue == offer.action }) else { continue }
          let may = role.permissions.contains { $0.rawValue == row.permission }
          #expect(offer.obstacles.contains { $0.code == "permission" } == !may)
          #expect(offer.to == (row.to ?? state).rawValue)
          var copy = order
          let works = (try? copy.take(row.action, by: caller.subject)) != nil
          #expect(offer.isAllowed == (may && works), "\(role) \(state) \(offer.action)")
          #expect(offer.obstacles.allSatisfy { !$0.sentence.isEmpty })
        }
        let available = WorkOrderLifecycle.table.available(on: order, to: caller)
        let elsewhere = offers.filter { $0.obstacles.contains { $0.code == "not-on-site" } }.map(\.action)
        let permitted = rows.filter { row in
          role.permissions.contains { $0.rawValue == row.permission } && !elsewhere.contains(row.action.rawValue)
        }
        #expect(Set(available) == Set(permitted.map(\.action)))
        #expect(Set(available).count == available.count)
      }
    }
  }

  // MARK: guards

  private func refuses(_ action: WorkOrder.Action, _ code: String, _ order: WorkOrder, by subject: Subject? = nil) {
    do {
      _ = try WorkOrderLifecycle.table.permit(action, on: order, by: subject ?? OrderSamples.inspector)
      Issue.record("\(action) was permitted; expected \(code)")
    } catch {
      guard case .guardFailed(let named, let found, let detail) = error else {
        Issue.record("\(error)")
        return
      }
      #expect(named == action.rawValue)
      #expect(found == code)
      #expect(detail.hasSuffix("."))
    }
  }

  private func permits(_ action: WorkOrder.Action, _ order: WorkOrder, by subject: Subject? = nil) {
    #expect(throws: Never.self) {
      try WorkOrderLifecycle.table.permit(action, on: order, by: subject ?? OrderSamples.inspector)
    }
  }

  @Test("reception checks only an identified vehicle (WO-14)")
  func vehicle() {
    refuses(.inspect, "vehicle-not-identified", OrderSamples.order(.received, vehicle: nil))
    permits(.inspect, OrderSamples.order(.received))
  }

  @Test("a quotation needs a line that is not refused (WO-11)")
  func lines() {
    refuses(.quote, "no-lines", OrderSamples.order(.diagnosed))
    refuses(.quote, "no-lines", OrderSamples.order(.diagnosed, lines: [OrderSamples.line(1, .refused)]))
    permits(.quote, OrderSamples.order(.diagnosed, lines: [OrderSamples.line(1, .open)]))
  }

  @Test("authorising and admitting need the estimate that covers the lines as they are (WO-18)")
  func estimate() {
    refuses(.authorise, "estimate-changed", OrderSamples.order(.quoted, lines: [OrderSamples.line()]))
    permits(.authorise, OrderSamples.agreed(.quoted))
    refuses(.admit, "authorisation-void", OrderSamples.order(.authorised, lines: [OrderSamples.line()]))
    permits(.admit, OrderSamples.agreed(.authorised))
    refuses(
      .decideItems, "estimate-changed", OrderSamples.order(.awaitingCustomerApproval, lines: [OrderSamples.line()]))
    permits(.decideItems, OrderSamples.agreed(.awaitingCustomerApproval))
  }

  @Test("approval is asked for open items only, and work ends only without any (WO-04)")
  func openItems() {
    let open = OrderSamples.agreed(.inRepair, lines: [OrderSamples.line(), OrderSamples.line(2, .open)])
    refuses(.requestApproval, "no-open-items", OrderSamples.agreed(.inRepair))
    permits(.requestApproval, open)
    refuses(.finish, "undecided-items", open)
    permits(.finish, OrderSamples.agreed(.inRepair))
  }

  @Test(
    "work ends only with every clock stopped and every correction written; refused lines need none (WO-30, WO-34, WO-38)"
  )
  func finish() throws {
    var clocked = OrderSamples.agreed(.inRepair)
    try clocked.clockOn(1, technician: OrderSamples.technician, at: OrderSamples.now)
    refuses(.finish, "technician-clocked-on", clocked)
    try clocked.clockOff(1, technician: OrderSamples.technician, at: OrderSamples.now.adding(seconds: 1_800))
    permits(.finish, clocked)
    #expect(clocked.lines[0].workedHours(at: OrderSamples.now) == Hours(hundredths: 50))
    refuses(
      .finish, "correction-missing", OrderSamples.agreed(.inRepair, lines: [OrderSamples.line(correction: nil)]))
    permits(
      .finish,
      OrderSamples.agreed(
        .inRepair, lines: [OrderSamples.line(), OrderSamples.line(2, .refused, correction: nil)]))
  }

  @Test("who worked on the order, by job card or by clock, does not inspect it (WO-31, SEC-10)")
  func inspector() throws {
    let other = UUID()
    var order = OrderSamples.agreed(.inRepair)
    try order.clockOn(1, technician: other, at: OrderSamples.now)
    try order.clockOff(1, technician: other, at: OrderSamples.now)
    order = OrderSamples.rebuilt(order, .qualityCheck)
    for action in [WorkOrder.Action.passInspection, .failInspection] {
      refuses(action, "inspector-is-technician", order, by: .user(OrderSamples.technician))
      refuses(action, "inspector-is-technician", order, by: .user(other))
      permits(action, order, by: OrderSamples.inspector)
    }
  }
}
