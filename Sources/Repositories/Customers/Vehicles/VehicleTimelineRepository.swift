package import Domain
import FoundationEssentials
package import Postgres

/// One ordered stream over everything that happened to a vehicle (domain.md section 7). Rows of stations outside the
/// scope are not in it, nor kinds that the caller may not read.
package enum VehicleTimelineRepository {
  /// - Parameter page: sorted by `at`.
  package static func page(
    of vehicle: Vehicle.ID, for caller: Caller, _ page: PageRequest, in scope: Scope
  ) -> Query<Page<TimelineItem>> {
    var sources = [fileChanges(vehicle), readings(vehicle)]
    if caller.may(.customersRead) { sources += [links(vehicle, scope), endedLinks(vehicle, scope)] }
    let orders = caller.exercising(.workOrdersRead).scope
    let calls = caller.exercising(.serviceRequestsRead).scope
    let cases = caller.exercising(.complaintsRead).scope
    if caller.may(.workOrdersRead) { sources += [openedOrders(vehicle, orders), deliveredOrders(vehicle, orders)] }
    if caller.may(.serviceRequestsRead) { sources.append(requests(vehicle, calls)) }
    if caller.may(.complaintsRead) { sources += complaints(vehicle, cases) }
    if caller.may(.clocksRead) {
      let kept = caller.exercising(.clocksRead).scope
      if caller.may(.workOrdersRead) {
        sources += clocks(
          """
          join work_orders w on w.id = c.subject_id
          where w.vehicle_id = \(vehicle) and \(orders.condition(workOrder: "w"))
          """, kept)
      }
      if caller.may(.serviceRequestsRead) {
        sources += clocks(
          """
          join service_requests r on r.id = c.subject_id
          where r.vehicle_id = \(vehicle) and \(ServiceRequestRepository.visible(to: calls))
          """, kept)
      }
      if caller.may(.complaintsRead) {
        sources += clocks(
          """
          join complaints d on d.id = c.subject_id
          where d.vehicle_id = \(vehicle) and \(cases.condition(complaint: "d"))
          """, kept)
      }
    }
    let union = sources.dropFirst().reduce(sources[0]) { $0 + " union all " + $1 }
    return ListPlan(
      columns: "t.at, t.kind, t.resource, t.subject_id, t.number, t.station_id, t.data",
      from: "(" + union + ") t", id: "t.id", sorts: ["at": .init("t.at", type: "timestamptz")], conditions: []
    ).query(page, decode: decode)
  }

  private static func fileChanges(_ vehicle: Vehicle.ID) -> SQL {
    """
    select e.id, e.occurred_at as at, 'vehicleChanged' as kind, 'vehicle' as resource, e.subject_id,
      e.subject_number as number, e.station_id,
      jsonb_build_object('type', e.type, 'version', e.subject_version) as data
    from events e
    where e.subject_id = \(vehicle) and e.type in ('vehicle.created', 'vehicle.updated')
    """
  }

  private static func readings(_ vehicle: Vehicle.ID) -> SQL {
    """
    select r.id, r.read_at, 'odometerReading', 'vehicle', r.vehicle_id, null, null,
      jsonb_build_object('km', r.km, 'source', r.source, 'cluster', r.cluster, 'replacedKm', r.replaced_km)
    from odometer_readings r
    where r.vehicle_id = \(vehicle)
    """
  }

  private static func links(_ vehicle: Vehicle.ID, _ scope: Scope) -> SQL {
    """
    select l.id, l.created_at, 'customerLinked', 'customer', l.customer_id, c.number, l.station_id,
      jsonb_build_object('role', l.role, 'sinceDate', l.since_date)
    from customer_vehicles l join customers c on c.id = l.customer_id
    where l.vehicle_id = \(vehicle) and \(scope.condition(on: "l.station_id"))
    """
  }

  private static func endedLinks(_ vehicle: Vehicle.ID, _ scope: Scope) -> SQL {
    """
    select l.id, l.ended_at, 'customerUnlinked', 'customer', l.customer_id, c.number, l.station_id,
      jsonb_build_object('role', l.role, 'untilDate', l.until_date)
    from customer_vehicles l join customers c on c.id = l.customer_id
    where l.vehicle_id = \(vehicle) and l.ended_at is not null and \(scope.condition(on: "l.station_id"))
    """
  }

  private static func openedOrders(_ vehicle: Vehicle.ID, _ scope: Scope) -> SQL {
    """
    select w.id, w.created_at, 'workOrderOpened', 'workOrder', w.id, w.number, w.station_id,
      jsonb_build_object('state', w.state, 'summary', w.summary)
    from work_orders w
    where w.vehicle_id = \(vehicle) and \(scope.condition(workOrder: "w"))
    """
  }

  private static func deliveredOrders(_ vehicle: Vehicle.ID, _ scope: Scope) -> SQL {
    """
    select w.id, w.delivered_at, 'workOrderDelivered', 'workOrder', w.id, w.number, w.station_id,
      jsonb_build_object('state', w.state, 'summary', w.summary)
    from work_orders w
    where w.vehicle_id = \(vehicle) and w.delivered_at is not null and \(scope.condition(workOrder: "w"))
    """
  }

  private static func requests(_ vehicle: Vehicle.ID, _ scope: Scope) -> SQL {
    """
    select r.id, r.created_at, 'serviceRequestReceived', 'serviceRequest', r.id, r.number, r.station_id,
      jsonb_build_object('kind', r.kind, 'state', r.state)
    from service_requests r
    where r.vehicle_id = \(vehicle) and \(ServiceRequestRepository.visible(to: scope))
    """
  }

  private static func complaints(_ vehicle: Vehicle.ID, _ scope: Scope) -> [SQL] {
    let moments: [(kind: StaticString, column: StaticString)] = [
      ("complaintReceived", "c.created_at"), ("complaintClosed", "c.closed_at"),
    ]
    return moments.map { kind, column in
      """
      select c.id, \(unescaped: column), '\(unescaped: kind)', 'complaint', c.id, c.number, c.station_id,
        jsonb_build_object('kind', c.kind, 'state', c.state, 'category', c.category, 'component', c.component)
      from complaints c
      where c.vehicle_id = \(vehicle) and \(unescaped: column) is not null and \(ComplaintRepository.visible(to: scope))
      """
    }
  }

  /// When the clocks of some documents began, were met and missed their time.
  /// - Parameter documents: the join with the documents and which of them.
  private static func clocks(_ documents: SQL, _ scope: Scope) -> [SQL] {
    let moments: [(kind: StaticString, column: StaticString)] = [
      ("clockStarted", "c.started_at"), ("clockMet", "c.met_at"), ("clockBreached", "c.breached_at"),
    ]
    return moments.map { kind, column in
      """
      select c.id, \(unescaped: column), '\(unescaped: kind)', 'clock', c.id, c.subject_number, c.station_id,
        jsonb_build_object('kind', c.kind, 'subjectResource', c.subject_resource, 'dueAt', c.due_at, 'state', c.state)
      from clocks c \(documents) and \(scope.condition(on: "c.station_id")) and \(unescaped: column) is not null
      """
    }
  }

  @Sendable private static func decode(_ row: inout Row) throws -> TimelineItem {
    let at = try row.next(Timestamp.self)
    let kind = try row.next(as: TimelineItem.Kind.self)
    let resource = try row.next(as: Resource.self)
    let id = try row.next(UUID.self)
    let number = try row.next(String?.self)
    let stationID = try row.next(Station.ID?.self)
    var data = EventJSON.object(try row.next(JSONB.self).bytes)
    // People's own words: the timeline is read by more people than the order (SEC-04).
    if case .text(let summary)? = data["summary"] { data["summary"] = .text(FreeText.cleaned(summary)) }
    return TimelineItem(
      at: at, kind: kind, title: title(kind, number, data), resource: resource, id: id, number: number,
      stationID: stationID, data: data)
  }

  private static func title(_ kind: TimelineItem.Kind, _ number: String?, _ data: [String: EventValue]) -> String {
    func text(_ name: String) -> String {
      switch data[name] {
      case .text(let text): text
      case .integer(let number): String(number)
      default: ""
      }
    }
    return switch kind {
    case .vehicleChanged: text("type") == "vehicle.created" ? "Vehicle file created" : "Vehicle file changed"
    case .odometerReading:
      data["replacedKm"] == .null || data["replacedKm"] == nil
        ? "Odometer \(text("km")) km" : "Instrument cluster replaced at \(text("replacedKm")) km"
    case .customerLinked: "Customer \(number ?? "") became \(text("role"))"
    case .customerUnlinked: "Customer \(number ?? "") is no longer \(text("role"))"
    case .workOrderOpened: "Work order \(number ?? "") opened: \(text("summary"))"
    case .serviceRequestReceived: "Service request \(number ?? "") received: \(text("kind"))"
    case .complaintReceived: "Complaint \(number ?? "") received: \(text("category"))"
    case .complaintClosed: "Complaint \(number ?? "") closed: \(text("state"))"
    case .clockStarted: "Deadline \(text("kind")) of \(number ?? "") began"
    case .clockMet: "Deadline \(text("kind")) of \(number ?? "") met"
    case .clockBreached: "Deadline \(text("kind")) of \(number ?? "") missed"
    case .workOrderDelivered: "Work order \(number ?? "") delivered"
    }
  }
}
