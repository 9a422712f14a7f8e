package import Domain
import FoundationEssentials
package import Postgres

/// What is open about a vehicle in any family, for whoever receives it (domain.md section 7). A family joins with one source.
package enum OpenDocumentRepository {
  /// The newest first. Documents of stations outside the scope are not among them, nor kinds that the caller may not read.
  ///
  /// - Parameter order: the order under which it is received; what that order is for is not news.
  package static func list(
    of vehicle: Vehicle.ID, besides order: WorkOrder.ID, for caller: Caller, limit: Int
  ) -> Query<[OpenDocument]> {
    var sources: [SQL] = [
      "select null::text, null::uuid, null::text, null::text, null::text, null::timestamptz where false"
    ]
    if caller.may(.serviceRequestsRead) {
      let requests = caller.exercising(.serviceRequestsRead).scope
      sources.append(
        """
        select 'serviceRequest', r.id, r.number, r.state, r.need, r.created_at
        from service_requests r
        where r.vehicle_id = \(vehicle) and r.state = any (\(ServiceRequestLifecycle.open.map(\.rawValue).sorted()))
          and r.work_order_id is distinct from \(order) and \(ServiceRequestRepository.visible(to: requests))
        """)
    }
    if caller.may(.appointmentsRead) {
      sources.append(
        """
        select 'appointment', a.id, a.number, a.state, coalesce(a.fault_description, a.service_type), a.created_at
        from appointments a
        where a.vehicle_id = \(vehicle) and a.state in ('requested', 'negotiating', 'confirmed')
          and \(caller.exercising(.appointmentsRead).scope.condition(appointment: "a"))
        """)
    }
    if caller.may(.productReturnsRead) {
      sources.append(
        """
        select 'productReturn', p.id, p.number, p.state, p.fault, p.created_at
        from product_returns p
        where p.vehicle_id = \(vehicle) and p.state not in ('sentBack', 'scrapped', 'exchanged', 'cancelled')
          and \(caller.exercising(.productReturnsRead).scope.condition(productReturn: "p"))
        """)
    }
    if caller.may(.complaintsRead) {
      sources.append(
        """
        select 'complaint', d.id, d.number, d.state, coalesce(d.symptom, d.category), d.created_at
        from complaints d
        where d.vehicle_id = \(vehicle) and d.state = any (\(ComplaintLifecycle.open.map(\.rawValue).sorted()))
          and \(caller.exercising(.complaintsRead).scope.condition(complaint: "d"))
        """)
    }
    let union = sources.dropFirst().reduce(sources[0]) { $0 + " union all " + $1 }
    return Query.list(
      "select resource, id, number, state, summary, created_at from (" + union
        + ") as o(resource, id, number, state, summary, created_at)"
        + " order by created_at desc, id desc limit \(limit)"
    ) { row in
      OpenDocument(
        resource: try row.next(as: Resource.self), id: try row.next(UUID.self), number: try row.next(String.self),
        state: try row.next(String.self), summary: try row.next(String.self),
        createdAt: try row.next(Timestamp.self))
    }
  }
}
