import Domain
import FoundationEssentials
import Testing

/// SM-1 against the table in the code, written down a second time from the requirements.
@Suite struct ServiceRequestLifecycleTests {
  private struct Row {
    let action: ServiceRequest.Action
    var outcome: String?
    let from: Set<ServiceRequest.State>
    /// `nil`: the state stays.
    let to: ServiceRequest.State?
    let permission: String
  }

  private static let open: Set<ServiceRequest.State> = [
    .received, .forwarded, .escalated, .dispatched, .accepted, .inProgress, .resolved, .resolvedByPhone, .receipted,
  ]

  // Beyond SM-1: recording the arrival on site (T-10), telling field staff (FLD-05), receipts one by one (CALL-09), and what a call-back with a customer
  // who is not satisfied can lead to (P-20).
  private static let expected: [Row] = [
    Row(action: .forward, from: [.received], to: .forwarded, permission: "serviceRequests:forward"),
    Row(action: .answer, from: [.forwarded], to: nil, permission: "serviceRequests:answer"),
    Row(
      action: .resolveByPhone, from: [.received, .forwarded], to: .resolvedByPhone,
      permission: "serviceRequests:resolveByPhone"),
    Row(
      action: .escalate, from: [.received, .forwarded, .dispatched], to: .escalated,
      permission: "serviceRequests:escalate"),
    Row(
      action: .dispatch, from: [.received, .forwarded, .escalated], to: .dispatched,
      permission: "serviceRequests:dispatch"),
    Row(action: .accept, from: [.dispatched], to: .accepted, permission: "serviceRequests:accept"),
    Row(action: .refuse, from: [.dispatched], to: .received, permission: "serviceRequests:refuse"),
    Row(
      action: .informFieldStaff, from: [.dispatched, .accepted, .inProgress], to: nil,
      permission: "serviceRequests:informFieldStaff"),
    Row(action: .start, from: [.accepted], to: .inProgress, permission: "serviceRequests:start"),
    Row(action: .arrive, from: [.inProgress], to: nil, permission: "serviceRequests:arrive"),
    Row(action: .resolve, from: [.inProgress], to: .resolved, permission: "serviceRequests:resolve"),
    Row(
      action: .receipt, from: [.resolved, .resolvedByPhone], to: .receipted, permission: "serviceRequests:receipt"),
    Row(
      action: .receipt, outcome: "partial", from: [.resolved, .resolvedByPhone], to: nil,
      permission: "serviceRequests:receipt"),
    Row(action: .close, from: [.receipted], to: .closed, permission: "serviceRequests:close"),
    Row(
      action: .close, outcome: "station", from: [.receipted], to: .dispatched, permission: "serviceRequests:close"),
    Row(action: .close, outcome: "desk", from: [.receipted], to: .received, permission: "serviceRequests:close"),
    Row(
      action: .close, outcome: "complaint", from: [.receipted], to: .converted, permission: "serviceRequests:close"),
    Row(action: .close, outcome: "notReached", from: [.receipted], to: nil, permission: "serviceRequests:close"),
    Row(action: .convert, from: open, to: .converted, permission: "serviceRequests:convert"),
    Row(action: .convert, outcome: "appointment", from: open, to: .converted, permission: "serviceRequests:convert"),
    Row(
      action: .cancel, from: [.received, .forwarded, .escalated, .dispatched], to: .cancelled,
      permission: "serviceRequests:cancel"),
  ]

  @Test(
    "every state takes every action exactly where SM-1 says so, and else names what it does take (SM-1, R10)",
    arguments: ServiceRequest.State.allCases)
  func everyPair(state: ServiceRequest.State) throws {
    let allowed = Set(Self.expected.filter { $0.from.contains(state) }.map(\.action))
    for action in ServiceRequest.Action.allCases {
      for outcome in [nil, "partial", "station", "desk", "complaint", "notReached", "appointment", "somethingElse"] {
        let request = RequestSamples.ready(state)
        let rows = Self.expected.filter { $0.action == action && $0.outcome == outcome && $0.from.contains(state) }
        var changed = request
        do {
          let taken = try changed.take(action, outcome: outcome, by: RequestSamples.clerk)
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
          #expect(changed == request)
        }
      }
    }
  }

  @Test("the table has no row that SM-1 has not, and its first effect is the request's own event (SM-1)")
  func rows() {
    #expect(ServiceRequestLifecycle.table.transitions.count == Self.expected.count)
    #expect(Set(Self.expected.map(\.action)) == Set(ServiceRequest.Action.allCases))
    for row in ServiceRequestLifecycle.table.transitions {
      #expect(row.effects.first?.hasPrefix("serviceRequest.") == true)
      #expect(row.effects.dropFirst().allSatisfy { !$0.hasPrefix("serviceRequest.") })
      #expect(!row.basis.isEmpty)
    }
    for state in ServiceRequestLifecycle.ended {
      #expect(ServiceRequestLifecycle.table.allowed(from: state).isEmpty, "\(state)")
    }
  }

  @Test(
    "who acts (SM-1)",
    arguments: [
      (Role.callCentre, [Permission.serviceRequestsWrite, .serviceRequestsResolveByPhone, .serviceRequestsDispatch]),
      (.callCentre, [.serviceRequestsEscalate, .serviceRequestsConvert, .serviceRequestsReceipt]),
      (.callCentre, [.serviceRequestsClose, .serviceRequestsCancel, .serviceRequestsForward]),
      (.hqService, [.serviceRequestsWrite, .serviceRequestsDispatch, .serviceRequestsReceipt, .serviceRequestsAnswer]),
      (.stCrm, [.serviceRequestsWrite, .serviceRequestsForward, .serviceRequestsConvert]),
      (.stBusinessSupervisor, [.serviceRequestsAnswer]),
      (.stAdviser, [.serviceRequestsAccept, .serviceRequestsRefuse, .serviceRequestsStart, .serviceRequestsArrive]),
      (.stAdviser, [.serviceRequestsResolve]), (.qa, [.serviceRequestsRead, .serviceRequestsInformFieldStaff]),
    ])
  func who(role: Role, may: [Permission]) {
    #expect(role.permissions.isSuperset(of: may))
  }

  @Test("no station role dispatches: who is measured does not choose (CALL-03)")
  func stationsDoNotDispatch() {
    for role in Role.allCases where role.tier == .station || role.tier == .machine {
      #expect(!role.permissions.contains(.serviceRequestsDispatch), "\(role)")
    }
  }

  @Test("an arrival is recorded once, and only where somebody travels (T-10, T-14)")
  func arrival() throws {
    var request = RequestSamples.ready(.inProgress)
    _ = try request.arrive(at: RequestSamples.now, by: RequestSamples.clerk)
    #expect(request.progress.arrivedAt == RequestSamples.now)
    #expect(throws: Refusal.self) { try request.arrive(at: RequestSamples.now, by: RequestSamples.clerk) }
    var inShop = RequestSamples.request(.inProgress)
    do {
      _ = try inShop.arrive(at: RequestSamples.now, by: RequestSamples.clerk)
      Issue.record("an arrival in the workshop")
    } catch .guardFailed(_, let code, _) {
      #expect(code == "not-on-site")
    } catch {
      Issue.record("\(error)")
    }
  }

  @Test("the result goes to customer and station before the request moves on (CALL-09)")
  func receipts() throws {
    var request = RequestSamples.ready(.resolved)
    let first = try request.receipt(RequestSamples.receipt(.station), by: RequestSamples.clerk)
    #expect(request.state == .resolved)
    #expect(first.effects == ["serviceRequest.receiptReturned"])
    #expect(
      throws: Refusal.conflict(
        code: "receipt-returned", detail: "The station got the result already.", .side(RequestReceipt.Party.station))
    ) {
      var again = request
      _ = try again.receipt(RequestSamples.receipt(.station), by: RequestSamples.clerk)
    }
    let last = try request.receipt(RequestSamples.receipt(.customer), by: RequestSamples.clerk)
    #expect(request.state == .receipted)
    #expect(last.effects == ["serviceRequest.receipted"])
    #expect(request.progress.receipts.map(\.party) == [.station, .customer])
  }

  @Test("what headquarters solved by phone is returned to the customer alone (CALL-09, CALL-17)")
  func receiptOfCustomerOnly() throws {
    var request = RequestSamples.request(.resolvedByPhone)
    #expect(throws: Refusal.invalid("#/party", .inconsistent, "no station had the request")) {
      var other = request
      _ = try other.receipt(RequestSamples.receipt(.station), by: RequestSamples.clerk)
    }
    _ = try request.receipt(RequestSamples.receipt(.customer), by: RequestSamples.clerk)
    #expect(request.state == .receipted)
  }

  @Test("a customer who is not satisfied brings the request back, and the round is counted (CALL-18, P-20)")
  func callBack() throws {
    let call = RequestCallBack(
      isSatisfied: false, rating: 2, comment: "故障再现", calledBy: "话务员", calledAt: RequestSamples.now)
    var again = RequestSamples.ready(.receipted)
    _ = try again.close(call, next: .station, by: RequestSamples.clerk)
    #expect(again.state == .dispatched)
    #expect(again.progress.reopenings == 1)
    #expect(again.progress.dispatch != nil)
    #expect(again.progress.workOrderID == nil && again.progress.resolution == nil && again.progress.receipts.isEmpty)

    var desk = RequestSamples.ready(.receipted)
    _ = try desk.close(call, next: nil, by: RequestSamples.clerk)
    #expect(desk.state == .received)
    #expect(desk.progress.dispatch == nil)

    var complaint = RequestSamples.ready(.receipted)
    let row = try complaint.close(call, next: .complaint, by: RequestSamples.clerk)
    #expect(complaint.state == .converted)
    #expect(complaint.progress.conversion?.target == .complaint)
    #expect(row.effects == ["serviceRequest.converted"])

    var solvedByPhone = RequestSamples.request(.receipted)
    do {
      _ = try solvedByPhone.close(call, next: .station, by: RequestSamples.clerk)
      Issue.record("dispatched to nobody")
    } catch .guardFailed(_, let code, _) {
      #expect(code == "no-station")
    } catch {
      Issue.record("\(error)")
    }
  }

  @Test("a refusal names its reason, frees the request and is remembered (SM-1)")
  func refusal() throws {
    let station = Station.ID.new(at: RequestSamples.now)
    var request = RequestSamples.ready(.dispatched, to: station)
    _ = try request.refuse("无举升机位", at: RequestSamples.now, by: RequestSamples.clerk)
    #expect(request.state == .received)
    #expect(request.progress.dispatch == nil)
    #expect(request.need.refusedBy == [station])
  }

  @Test("the first response is the first of answer, advice by phone and acceptance (T-09)")
  func firstResponse() throws {
    let later = RequestSamples.now.adding(seconds: 600)
    var request = RequestSamples.request(.forwarded)
    _ = try request.answer(
      RequestAnswer(text: "请稍候", channel: .phone, answeredBy: "主管", answeredAt: RequestSamples.now),
      by: RequestSamples.clerk)
    _ = try request.answer(
      RequestAnswer(text: "已安排", channel: .phone, answeredBy: "主管", answeredAt: later), by: RequestSamples.clerk)
    #expect(request.progress.firstResponseAt == RequestSamples.now)
    #expect(request.progress.answer?.text == "已安排")
    var accepted = RequestSamples.ready(.dispatched)
    _ = try accepted.accept(expectedArrivalAt: later, at: RequestSamples.now, by: RequestSamples.clerk)
    #expect(accepted.progress.firstResponseAt == RequestSamples.now)
    #expect(throws: Refusal.invalid("#/expectedArrivalAt", .outOfRange, "must lie in the future")) {
      var late = RequestSamples.ready(.dispatched)
      _ = try late.accept(
        expectedArrivalAt: RequestSamples.now, at: RequestSamples.now, by: RequestSamples.clerk)
    }
  }

  @Test(
    "each step says which clocks it starts and stops (T-09…T-14)",
    arguments: [
      (ServiceRequest.Action.forward, [ClockKind.supervisorAnswer], [ClockKind.forwardToSupervisor]),
      (.answer, [], [.repairCallResponse, .supervisorAnswer]),
      (.accept, [], [.repairCallResponse]),
      (.arrive, [.faultCleared], [.onSiteArrival]),
      (.resolve, [], [.faultCleared]),
    ])
  func clocks(action: ServiceRequest.Action, started: [ClockKind], stopped: [ClockKind]) {
    let signal = RequestSamples.ready(.received).clocks(after: action, outcome: nil)
    #expect(signal.started == started)
    #expect(signal.stopped == stopped)
  }

  @Test("registering starts the clocks that the kind of request has (T-09, T-10, T-12)")
  func clocksOfRegistration() {
    #expect(
      RequestSamples.request(.received, RequestSamples.header(mode: .rescue)).clocksOnRegistration.started
        == [.forwardToSupervisor, .repairCallResponse, .onSiteArrival])
    #expect(
      RequestSamples.request().clocksOnRegistration.started == [.forwardToSupervisor, .repairCallResponse])
    #expect(
      RequestSamples.request(.received, RequestSamples.header(.consultation)).clocksOnRegistration.started
        == [.forwardToSupervisor])
    // In the workshop the service begins with the order, on site with the arrival (T-11).
    #expect(RequestSamples.request(.accepted).clocks(after: .start, outcome: nil).started == [.faultCleared])
    #expect(RequestSamples.ready(.accepted).clocks(after: .start, outcome: nil).started == [])
  }

  @Test(
    "the station that registered a request keeps sight of it and does not act for the one that has it (CALL-23)",
    arguments: [ServiceRequest.Action.accept, .refuse])
  func hands(action: ServiceRequest.Action) throws {
    let (own, other) = (Station.ID.new(at: RequestSamples.now), Station.ID.new(at: RequestSamples.now))
    let elsewhere = RequestSamples.request(
      .dispatched, registeredAt: own,
      progress: ServiceRequestProgress(dispatch: RequestSamples.dispatch(to: other), dispatches: 1),
      sight: .station(own))
    do {
      var request = elsewhere
      _ = try request.take(action, by: RequestSamples.clerk)
      Issue.record("acted for another station")
    } catch .guardFailed(_, let code, _) {
      #expect(code == "in-other-hands")
    } catch {
      Issue.record("\(error)")
    }
    #expect(elsewhere.audience == .station(own))
    let atHome = RequestSamples.request(
      .dispatched, registeredAt: own,
      progress: ServiceRequestProgress(dispatch: RequestSamples.dispatch(to: other), dispatches: 1),
      sight: .station(other))
    var request = atHome
    _ = try request.take(action, by: RequestSamples.clerk)
    #expect(atHome.audience == .station(other))
    #expect(RequestSamples.request().audience == .headquarters)
  }

  @Test("an ended request stays as it was (REC-10)", arguments: ServiceRequestLifecycle.ended)
  func ended(state: ServiceRequest.State) {
    var patch = ServiceRequestPatch()
    patch.need = .set("别的")
    #expect(throws: Refusal.self) {
      var request = RequestSamples.request(state)
      try request.apply(patch)
    }
  }

  @Test("of personal data history says only that it changed (SEC-04)")
  func changes() {
    let before = RequestSamples.request()
    var after = before
    after.header.contact = RequestContact(name: "李雷", phone: "13900001111")
    after.header.place.address = "沈阳市大东区东塔街3号"
    let text = "\(after.changes(from: before))"
    #expect(text.contains("contact") && text.contains("place/address"))
    for secret in ["李雷", "13900001111", "东塔街", "王小明"] { #expect(!text.contains(secret)) }
  }
}
