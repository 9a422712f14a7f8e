import Domain
import FoundationEssentials
import Testing

/// Field staff who are told of a job, and visits that are planned (FLD-05, FLD-17).
@Suite struct FieldServiceRequestTests {
  private static let now = RequestSamples.now
  private static let today = ReportPeriod.day(of: now)

  private static func plan(_ rhythm: RequestInspection.Rhythm, every days: Int?) -> RequestInspection {
    RequestInspection(rhythm: rhythm, plannedOn: today, intervalDays: days)
  }

  private static func day(_ days: Int64) -> CalendarDate {
    CalendarDate(daysSinceEpoch: today.daysSinceEpoch + days)
  }

  @Test("whoever was told stays told, each once, until the request is dispatched anew (FLD-05)")
  func informed() throws {
    let (one, other) = (UUID(), UUID())
    var request = RequestSamples.ready(.dispatched)
    _ = try request.informFieldStaff([one], by: RequestSamples.clerk)
    _ = try request.informFieldStaff([other, one], by: RequestSamples.clerk)
    #expect(Set(request.progress.informedStaff) == [one, other] && request.progress.informedStaff.count == 2)
    #expect(request.state == .dispatched)
    #expect(request.changes(from: RequestSamples.ready(.dispatched)).contains { $0.field == "informedStaffIds" })
    _ = try request.refuse("无人", at: Self.now, by: RequestSamples.clerk)
    #expect(request.progress.informedStaff.count == 2)
    let next = RequestSamples.station("B")
    _ = try request.dispatch(
      RequestSamples.ranking(RequestSamples.need(), among: [next]), to: nil, reason: nil, dispatchedBy: "话务员",
      at: Self.now, by: RequestSamples.clerk)
    #expect(request.progress.informedStaff == [])
  }

  @Test("nobody is told of a job to which nobody travels, nor more than twenty people of one (FLD-05)")
  func notOnSite() throws {
    var inShop = RequestSamples.request(
      .accepted, progress: ServiceRequestProgress(dispatch: RequestSamples.dispatch(to: .new(at: Self.now))))
    do {
      _ = try inShop.informFieldStaff([UUID()], by: RequestSamples.clerk)
      Issue.record("told of a job in the workshop")
    } catch .guardFailed(_, let code, _) {
      #expect(code == "not-on-site")
    } catch {
      Issue.record("\(error)")
    }
    var crowd = RequestSamples.ready(.accepted)
    #expect(throws: Refusal.self) {
      try crowd.informFieldStaff((0...20).map { _ in UUID() }, by: RequestSamples.clerk)
    }
  }

  @Test("an inspection has a plan and nothing else has one; a round has an interval, a single visit has none (FLD-17)")
  func plans() throws {
    func fault(_ kind: ServiceRequest.Kind, _ plan: RequestInspection?) -> Refusal? {
      do {
        try RequestSamples.header(kind, inspection: plan).checkInspection()
        return nil
      } catch { return error }
    }
    #expect(fault(.inspection, Self.plan(.regular, every: 180)) == nil)
    #expect(fault(.inspection, Self.plan(.irregular, every: nil)) == nil)
    #expect(fault(.repair, nil) == nil)
    #expect(fault(.inspection, nil) == .invalid("#/inspection", .required, "is required of an inspection"))
    #expect(
      fault(.repair, Self.plan(.irregular, every: nil)) == .invalid("#/inspection", .inconsistent, "is of inspections"))
    #expect(
      fault(.inspection, Self.plan(.regular, every: nil))
        == .invalid("#/inspection/intervalDays", .required, "is required of a regular visit"))
    #expect(
      fault(.inspection, Self.plan(.irregular, every: 30))
        == .invalid("#/inspection/intervalDays", .inconsistent, "is of regular visits"))
  }

  @Test("an inspection stays one, and its plan is moved while it is open (FLD-17)")
  func corrections() throws {
    var request = RequestSamples.request(
      .received, RequestSamples.header(.inspection, mode: .onSite, inspection: Self.plan(.regular, every: 180)))
    var later = ServiceRequestPatch()
    later.plannedOn = .set(Self.day(7))
    try request.apply(later)
    #expect(request.header.inspection?.plannedOn == Self.day(7) && request.header.inspection?.intervalDays == 180)
    var single = ServiceRequestPatch()
    single.rhythm = .set(.irregular)
    #expect(throws: Refusal.self) { try request.apply(single) }
    single.intervalDays = .set(nil)
    try request.apply(single)
    #expect(request.header.inspection?.rhythm == .irregular)
    var other = ServiceRequestPatch()
    other.kind = .set(.repair)
    #expect(throws: Refusal.self) { try request.apply(other) }
    var repair = RequestSamples.request()
    #expect(throws: Refusal.self) { try repair.apply(later) }
    #expect(repair.header.inspection == nil)
  }

  @Test("nobody waits for a planned visit: no deadline of calls runs (FLD-17, T-09…T-14)")
  func clocks() {
    let visit = RequestSamples.request(
      .received, RequestSamples.header(.inspection, mode: .onSite, inspection: Self.plan(.irregular, every: nil)))
    #expect(visit.clocksOnRegistration.started == [])
    for action in [ServiceRequest.Action.start, .arrive, .informFieldStaff] {
      #expect(visit.clocks(after: action, outcome: nil).started == [], "\(action)")
    }
    #expect(ServiceRequest.Kind.inspection.usualMode == .onSite)
    #expect(ServiceRequest.Kind.inspection.usualService == .maintenance)
  }

  @Test(
    "the next visit of a round is due its interval after the day of this one, in China; a single visit has none (FLD-17)"
  )
  func nextVisit() throws {
    let arrived = Timestamp(milliseconds: Self.now.milliseconds).adding(seconds: 3 * 86_400)
    func closed(_ plan: RequestInspection?, _ state: ServiceRequest.State = .closed) -> ServiceRequest {
      var header = RequestSamples.header(plan == nil ? .repair : .inspection, mode: .onSite, inspection: plan)
      header.externalIDs = ["crm": "1"]
      return RequestSamples.request(
        state, header,
        progress: ServiceRequestProgress(arrivedAt: arrived, resolution: RequestSamples.resolution()))
    }
    let next = try #require(closed(Self.plan(.regular, every: 180)).nextVisit)
    #expect(next.inspection?.plannedOn == Self.day(183) && next.inspection?.intervalDays == 180)
    #expect(next.externalIDs == [:] && next.need == "车辆无法启动" && next.kind == .inspection)
    #expect(closed(Self.plan(.irregular, every: nil)).nextVisit == nil)
    #expect(closed(nil).nextVisit == nil)
    for state in ServiceRequest.State.allCases where state != .closed {
      #expect(closed(Self.plan(.regular, every: 180), state).nextVisit == nil, "\(state)")
    }
  }
}
