package import Domain
package import FoundationEssentials
package import Postgres

/// What was decided and issued on an order: rows that the application can add and read, never change (SEC-09).
package enum WorkOrderRecordRepository {
  package static func insert(_ estimate: Estimate, of order: WorkOrder) -> Query<Int> {
    let summary = estimate.summary
    return Query.execute(
      """
      insert into estimates (work_order_id, revision, station_id, hash, total, currency, additional,
        promised_delivery_at, issued_at, issued_by, content)
      values (\(order.id), \(Int32(summary.revision)), \(order.stationID), \(summary.hash),
        \(summary.total.minorUnits), \(order.currency.rawValue), \(estimate.isAdditional),
        \(estimate.promisedDeliveryAt), \(summary.quotedAt), \(estimate.issuedBy), \(estimate.content))
      """)
  }

  /// All estimates of an order, newest first.
  package static func estimates(of order: WorkOrder.ID, in scope: Scope) -> Query<[Estimate]> {
    Query.list(
      """
      select e.revision, e.hash, e.total, e.currency, e.additional, e.promised_delivery_at, e.issued_at, e.issued_by,
        e.content
      from estimates e
      where e.work_order_id = \(order) and
      """ + " " + scope.condition(on: "e.station_id") + " order by e.revision desc"
    ) { row in
      let revision = try row.next(Int32.self)
      let hash = try row.next(String.self)
      let total = try row.next(MinorUnits.self)
      let currency = try row.next(as: Currency.self)
      let additional = try row.next(Bool.self)
      let promised = try row.next(Timestamp?.self)
      let issuedAt = try row.next(Timestamp.self)
      let issuedBy = try row.next(String.self)
      return Estimate(
        summary: EstimateSummary(
          revision: Int(revision), hash: hash, total: Money(minor: total.value, currency: currency),
          quotedAt: issuedAt),
        isAdditional: additional, promisedDeliveryAt: promised, issuedBy: issuedBy,
        content: try row.next(String.self))
    }
  }

  /// - Parameter order: as it was when the customer decided; the decision makes the next version.
  package static func insert(
    _ decision: CustomerDecision, _ kind: CustomerDecision.Kind, of order: WorkOrder
  ) -> Query<Int> {
    Query.execute(
      """
      insert into customer_decisions (work_order_id, order_version, station_id, kind, estimate_hash, decided_by,
        channel, decided_at, recorded_by)
      values (\(order.id), \(Int32(order.version + 1)), \(order.stationID), \(kind.rawValue), \(decision.estimateHash),
        \(decision.decidedBy), \(decision.channel.rawValue), \(decision.decidedAt), \(decision.recordedBy))
      """)
  }

  /// Every decision of the customer on the order, in their order (SEC-09).
  package static func decisions(of order: WorkOrder.ID, in scope: Scope) -> Query<[RecordedDecision]> {
    Query.list(
      """
      select d.order_version, d.kind, d.decided_by, d.channel, d.decided_at, d.estimate_hash, d.recorded_by
      from customer_decisions d
      where d.work_order_id = \(order) and
      """ + " " + scope.condition(on: "d.station_id") + " order by d.order_version"
    ) { row in
      let version = try row.next(Int32.self)
      let kind = try row.next(as: CustomerDecision.Kind.self)
      let decidedBy = try row.next(String.self)
      let channel = try row.next(as: CustomerDecision.Channel.self)
      let decidedAt = try row.next(Timestamp.self)
      let hash = try row.next(String.self)
      return RecordedDecision(
        orderVersion: Int(version), kind: kind,
        decision: CustomerDecision(
          decidedBy: decidedBy, channel: channel, decidedAt: decidedAt, estimateHash: hash,
          recordedBy: try row.next(String.self)))
    }
  }

  /// The attempt counts itself: inspections of one order are serialised by the lock on the order.
  package static func insertInspection(
    of order: WorkOrder, passed: Bool, findings: String?, by caller: Caller, inspector: UUID, at: Timestamp
  ) -> Query<Int> {
    Query.execute(
      """
      insert into quality_inspections (work_order_id, attempt, station_id, passed, findings, inspected_by,
        inspected_by_id, inspected_at)
      select \(order.id), 1 + count(*)::int, \(order.stationID), \(passed), \(findings), \(caller.name),
        \(inspector), \(at)
      from quality_inspections
      where work_order_id = \(order.id)
      """)
  }

  package static func inspections(of order: WorkOrder.ID, in scope: Scope) -> Query<[QualityInspection]> {
    Query.list(
      """
      select q.attempt, q.passed, q.findings, q.inspected_by, q.inspected_at
      from quality_inspections q
      where q.work_order_id = \(order) and
      """ + " " + scope.condition(on: "q.station_id") + " order by q.attempt"
    ) { row in
      QualityInspection(
        attempt: Int(try row.next(Int32.self)), passed: try row.next(Bool.self), findings: try row.next(String?.self),
        inspectedBy: try row.next(String.self), inspectedAt: try row.next(Timestamp.self))
    }
  }

  package static func insert(_ invoice: Invoice, of order: WorkOrder) -> Query<Int> {
    Query.execute(
      """
      insert into invoices (number, work_order_id, station_id, currency, total, customer_amount, items, payments,
        issued_at, issued_by)
      values (\(invoice.number), \(order.id), \(order.stationID), \(order.currency.rawValue),
        \(invoice.total.minorUnits), \(MinorUnits(invoice.split[.customer])), \(WorkOrderJSON.encode(invoice.items)),
        \(WorkOrderJSON.encode(invoice.payments)), \(invoice.issuedAt), \(invoice.issuedBy))
      """)
  }

  package static func invoice(of order: WorkOrder.ID, in scope: Scope) -> Query<Invoice?> {
    Query.optional(
      """
      select i.number, i.currency, i.total, i.items, i.payments, i.issued_at, i.issued_by
      from invoices i
      where i.work_order_id = \(order) and
      """ + " " + scope.condition(on: "i.station_id")
    ) { row in
      let number = try row.next(String.self)
      let currency = try row.next(as: Currency.self)
      let total = try row.next(MinorUnits.self)
      let items = WorkOrderJSON.items(try row.next(JSONB.self).bytes, currency)
      let payments = WorkOrderJSON.payments(try row.next(JSONB.self).bytes, currency)
      return Invoice(
        number: number, issuedAt: try row.next(Timestamp.self), issuedBy: try row.next(String.self), items: items,
        split: items.reduce(PayerSplit([:])) { $0.adding($1.split) },
        total: Money(minor: total.value, currency: currency), payments: payments)
    }
  }

  /// The latest orders of a vehicle, for check-in: what was done here before (domain.md section 7).
  package static func latest(
    of vehicle: Vehicle.ID, except order: WorkOrder.ID, limit: Int, in scope: Scope
  ) -> Query<[PriorVisit]> {
    Query.list(
      """
      select w.id, w.number, w.state, w.summary, w.odometer_km, w.created_at
      from work_orders w
      where w.vehicle_id = \(vehicle) and w.id <> \(order) and
      """ + " " + scope.condition(workOrder: "w") + " order by w.created_at desc, w.id desc limit \(limit)"
    ) { row in
      PriorVisit(
        id: try row.next(WorkOrder.ID.self), number: try row.next(String.self),
        state: try row.next(as: WorkOrder.State.self), summary: try row.next(String.self),
        odometerKm: try row.next(Int32?.self).map(Int.init), createdAt: try row.next(Timestamp.self))
    }
  }
}
