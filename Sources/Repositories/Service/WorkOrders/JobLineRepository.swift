package import Domain
import FoundationEssentials
package import Postgres

/// The jobs of an order with their parts and clockings; loaded and saved with the order, never alone.
package enum JobLineRepository {
  /// A line without parts and clockings; `assemble` puts them together.
  package static func lines(of order: Reference<WorkOrder>, in scope: Scope) -> Query<[JobLine]> {
    Query.list(
      "select \(columns) from work_orders w join job_lines l on l.work_order_id = w.id where "
        + WorkOrderRepository.names(order) + " and " + scope.condition(workOrder: "w") + " order by l.number",
      decode)
  }

  /// The lines of several orders, each with the order that it belongs to.
  package static func lines(
    of orders: [WorkOrder.ID], in scope: Scope
  ) -> Query<[(order: WorkOrder.ID, line: JobLine)]> {
    Query.list(
      "select w.id, \(columns) from work_orders w join job_lines l on l.work_order_id = w.id where "
        + WorkOrderRepository.names(orders) + " and " + scope.condition(workOrder: "w")
        + " order by w.id, l.number"
    ) { (try $0.next(WorkOrder.ID.self), try decode(&$0)) }
  }

  package static func parts(
    of order: Reference<WorkOrder>, in scope: Scope
  ) -> Query<[(line: JobLine.ID, part: JobPart)]> {
    parts(where: WorkOrderRepository.names(order), scope)
  }

  package static func parts(
    of orders: [WorkOrder.ID], in scope: Scope
  ) -> Query<[(line: JobLine.ID, part: JobPart)]> {
    parts(where: WorkOrderRepository.names(orders), scope)
  }

  private static func parts(where orders: SQL, _ scope: Scope) -> Query<[(line: JobLine.ID, part: JobPart)]> {
    Query.list(
      """
      select p.job_line_id, p.id, p.part_number, p.description, p.quantity, p.unit_price, p.origin, p.guarantee_months,
        p.guarantee_km, w.currency
      from work_orders w
      join job_line_parts p on p.work_order_id = w.id
      where
      """ + " " + orders + " and " + scope.condition(workOrder: "w") + " order by p.id"
    ) { row in
      let line = try row.next(JobLine.ID.self)
      let id = try row.next(JobPart.ID.self)
      let number = try row.next(String.self)
      let description = try row.next(String.self)
      let quantity = try row.next(Int32.self)
      let price = try row.next(MinorUnits.self)
      let origin = try row.next(as: JobPart.Origin.self)
      let months = try row.next(Int32?.self).map(Int.init)
      let km = try row.next(Int32?.self).map(Int.init)
      let currency = try row.next(as: Currency.self)
      return (
        line,
        JobPart(
          id: id, partNumber: number, description: description, quantity: Int(quantity),
          unitPrice: Money(minor: price.value, currency: currency), origin: origin, guaranteeMonths: months,
          guaranteeKm: km)
      )
    }
  }

  package static func clockings(
    of order: Reference<WorkOrder>, in scope: Scope
  ) -> Query<[(line: JobLine.ID, clocking: TechnicianClocking)]> {
    clockings(where: WorkOrderRepository.names(order), scope)
  }

  package static func clockings(
    of orders: [WorkOrder.ID], in scope: Scope
  ) -> Query<[(line: JobLine.ID, clocking: TechnicianClocking)]> {
    clockings(where: WorkOrderRepository.names(orders), scope)
  }

  private static func clockings(
    where orders: SQL, _ scope: Scope
  ) -> Query<[(line: JobLine.ID, clocking: TechnicianClocking)]> {
    Query.list(
      """
      select c.job_line_id, c.id, c.technician_id, c.started_at, c.stopped_at
      from work_orders w
      join technician_clockings c on c.work_order_id = w.id
      where
      """ + " " + orders + " and " + scope.condition(workOrder: "w") + " order by c.started_at, c.id"
    ) { row in
      (
        try row.next(JobLine.ID.self),
        TechnicianClocking(
          id: try row.next(TechnicianClocking.ID.self), technicianID: try row.next(UUID.self),
          startedAt: try row.next(Timestamp.self), stoppedAt: try row.next(Timestamp?.self))
      )
    }
  }

  package static func assemble(
    _ lines: [JobLine], _ parts: [(line: JobLine.ID, part: JobPart)],
    _ clockings: [(line: JobLine.ID, clocking: TechnicianClocking)]
  ) -> [JobLine] {
    let partsByLine = Dictionary(grouping: parts, by: \.line)
    let clockingsByLine = Dictionary(grouping: clockings, by: \.line)
    return lines.map { line in
      var whole = line
      whole.parts = partsByLine[line.id]?.map(\.part) ?? []
      whole.clockings = clockingsByLine[line.id]?.map(\.clocking) ?? []
      return whole
    }
  }

  /// The statements that turn the lines of `before` into those of `after`.
  package static func save(_ after: WorkOrder, over before: [JobLine]) -> [Query<Int>] {
    var statements: [Query<Int>] = []
    let known = Dictionary(uniqueKeysWithValues: before.map { ($0.id, $0) })
    let kept = Set(after.lines.map(\.id))
    for line in before where !kept.contains(line.id) {
      statements.append(Query.execute("delete from job_lines where id = \(line.id)"))
    }
    for line in after.lines {
      guard let old = known[line.id] else {
        statements.append(insert(line, of: after))
        statements += line.parts.map { insert($0, on: line, of: after) }
        continue
      }
      let remaining = Set(line.parts.map(\.id))
      for part in old.parts where !remaining.contains(part.id) {
        statements.append(Query.execute("delete from job_line_parts where id = \(part.id)"))
      }
      let former = Set(old.parts.map(\.id))
      statements += line.parts.filter { !former.contains($0.id) }.map { insert($0, on: line, of: after) }
      let clocked = Dictionary(uniqueKeysWithValues: old.clockings.map { ($0.id, $0) })
      for clocking in line.clockings where clocked[clocking.id] != clocking {
        statements.append(save(clocking, on: line, of: after))
      }
      var bare = line
      bare.clockings = old.clockings
      if bare != old { statements.append(update(line)) }
    }
    return statements
  }

  private static func insert(_ line: JobLine, of order: WorkOrder) -> Query<Int> {
    let (work, price) = (line.work, line.price)
    return Query.execute(
      """
      insert into job_lines (id, work_order_id, station_id, number, additional, decision, description, concern, cause,
        correction, fault_code, diagnostic_trouble_codes, causal_part_number, labour_operation_code, technician_id,
        standard_hours, labour_rate, labour_amount, parts_amount, sublet_description, sublet_amount, travel_description,
        travel_amount, amount, customer_amount, warranty_amount, goodwill_amount, campaign_amount, internal_amount,
        insurance_amount, payers)
      values (\(line.id), \(order.id), \(order.stationID), \(Int32(line.number)), \(line.isAdditional),
        \(line.decision.rawValue), \(work.description), \(work.concern), \(work.cause), \(work.correction),
        \(work.faultCode), \(work.diagnosticTroubleCodes), \(work.causalPartNumber), \(work.labourOperationCode),
        \(line.technicianID), \(price.standardHours.minorUnits), \(price.labourRate.minorUnits),
        \(line.labourAmount.minorUnits), \(line.partsAmount.minorUnits), \(price.sublet?.description),
        \(MinorUnits(price.sublet?.amount.minor ?? 0)), \(price.travel?.description),
        \(MinorUnits(price.travel?.amount.minor ?? 0)), \(line.amount.minorUnits),
        \(MinorUnits(price.split[.customer])), \(MinorUnits(price.split[.warranty])),
        \(MinorUnits(price.split[.goodwill])), \(MinorUnits(price.split[.campaign])),
        \(MinorUnits(price.split[.internal])), \(MinorUnits(price.split[.insurance])),
        \(payers(of: price)))
      """
    ).refusing("job_lines_technician_id_fkey") { unknownTechnician }
  }

  private static func update(_ line: JobLine) -> Query<Int> {
    let (work, price) = (line.work, line.price)
    return Query.execute(
      """
      update job_lines
      set decision = \(line.decision.rawValue), description = \(work.description), concern = \(work.concern),
        cause = \(work.cause), correction = \(work.correction), fault_code = \(work.faultCode),
        diagnostic_trouble_codes = \(work.diagnosticTroubleCodes), causal_part_number = \(work.causalPartNumber),
        labour_operation_code = \(work.labourOperationCode), technician_id = \(line.technicianID),
        standard_hours = \(price.standardHours.minorUnits), labour_rate = \(price.labourRate.minorUnits),
        labour_amount = \(line.labourAmount.minorUnits), parts_amount = \(line.partsAmount.minorUnits),
        sublet_description = \(price.sublet?.description),
        sublet_amount = \(MinorUnits(price.sublet?.amount.minor ?? 0)),
        travel_description = \(price.travel?.description),
        travel_amount = \(MinorUnits(price.travel?.amount.minor ?? 0)), amount = \(line.amount.minorUnits),
        customer_amount = \(MinorUnits(price.split[.customer])), warranty_amount = \(MinorUnits(price.split[.warranty])),
        goodwill_amount = \(MinorUnits(price.split[.goodwill])), campaign_amount = \(MinorUnits(price.split[.campaign])),
        internal_amount = \(MinorUnits(price.split[.internal])),
        insurance_amount = \(MinorUnits(price.split[.insurance])), payers = \(payers(of: price))
      where id = \(line.id)
      """
    ).refusing("job_lines_technician_id_fkey") { unknownTechnician }
  }

  private static func insert(_ part: JobPart, on line: JobLine, of order: WorkOrder) -> Query<Int> {
    Query.execute(
      """
      insert into job_line_parts (id, job_line_id, work_order_id, station_id, part_number, description, quantity,
        unit_price, origin, guarantee_months, guarantee_km)
      values (\(part.id), \(line.id), \(order.id), \(order.stationID), \(part.partNumber), \(part.description),
        \(Int32(part.quantity)), \(part.unitPrice.minorUnits), \(part.origin.rawValue),
        \(part.guaranteeMonths.map { Int32($0) }), \(part.guaranteeKm.map { Int32($0) }))
      """)
  }

  private static func save(
    _ clocking: TechnicianClocking, on line: JobLine, of order: WorkOrder
  ) -> Query<Int> {
    Query.execute(
      """
      insert into technician_clockings (id, job_line_id, work_order_id, station_id, technician_id, started_at,
        stopped_at)
      values (\(clocking.id), \(line.id), \(order.id), \(order.stationID), \(clocking.technicianID),
        \(clocking.startedAt), \(clocking.stoppedAt))
      on conflict on constraint technician_clockings_pkey do update set stopped_at = excluded.stopped_at
      """
    ).refusing(
      "technician_clockings_one_job_at_a_time", conflict: "technician-busy",
      "The technician is clocked on another job at that time.", [.technicianID(clocking.technicianID)],
      naming: ConflictLookup.documents(.workOrder) { scope in
        """
        select w.id, w.number, w.state, l.number
        from technician_clockings t join work_orders w on w.id = t.work_order_id join job_lines l on l.id = t.job_line_id
        where t.technician_id = \(clocking.technicianID) and t.id <> \(clocking.id)
          and tstzrange(t.started_at, t.stopped_at) && tstzrange(\(clocking.startedAt), \(clocking.stoppedAt))
          and \(scope.condition(on: "w.station_id"))
        order by t.started_at
        """
      }
    ).refusing("technician_clockings_technician_id_fkey") { unknownTechnician }
  }

  private static var unknownTechnician: Refusal {
    .invalid("#/technicianId", .notFound, "there is no such user")
  }

  private static let columns: SQL = """
    l.id, l.number, l.additional, l.decision, l.description, l.concern, l.cause, l.correction, l.fault_code,
    l.diagnostic_trouble_codes, l.causal_part_number, l.labour_operation_code, l.technician_id, l.standard_hours,
    l.labour_rate, l.sublet_description, l.sublet_amount, l.travel_description, l.travel_amount, l.customer_amount,
    l.warranty_amount, l.goodwill_amount, l.campaign_amount, l.internal_amount, l.insurance_amount, l.payers,
    w.currency
    """

  private static func payers(of price: JobPrice) -> [String] { price.split.payers.map(\.rawValue).sorted() }

  @Sendable private static func decode(_ row: inout Row) throws -> JobLine {
    let id = try row.next(JobLine.ID.self)
    let number = try row.next(Int32.self)
    let additional = try row.next(Bool.self)
    let decision = try row.next(as: JobLine.Decision.self)
    var work = JobWork(description: try row.next(String.self))
    work.concern = try row.next(String?.self)
    work.cause = try row.next(String?.self)
    work.correction = try row.next(String?.self)
    work.faultCode = try row.next(String?.self)
    work.diagnosticTroubleCodes = try row.next([String].self)
    work.causalPartNumber = try row.next(String?.self)
    work.labourOperationCode = try row.next(String?.self)
    let technician = try row.next(UUID?.self)
    let hours = try row.next(MinorUnits.self)
    let rate = try row.next(MinorUnits.self)
    let subletText = try row.next(String?.self)
    let subletAmount = try row.next(MinorUnits.self)
    let travelText = try row.next(String?.self)
    let travelAmount = try row.next(MinorUnits.self)
    var amounts: [PayerSplit.Payer: Int64] = [:]
    for payer in PayerSplit.Payer.allCases { amounts[payer] = try row.next(MinorUnits.self).value }
    let payers = Set(try row.next([String].self).compactMap(PayerSplit.Payer.init(rawValue:)))
    let currency = try row.next(as: Currency.self)
    func extra(_ text: String?, _ amount: MinorUnits) -> JobLine.Extra? {
      text.map { JobLine.Extra(description: $0, amount: Money(minor: amount.value, currency: currency)) }
    }
    return JobLine(
      id: id, number: Int(number), isAdditional: additional, decision: decision, work: work,
      price: JobPrice(
        standardHours: Hours(hundredths: Int32(clamping: hours.value)),
        labourRate: Money(minor: rate.value, currency: currency), sublet: extra(subletText, subletAmount),
        travel: extra(travelText, travelAmount), split: PayerSplit(amounts, payers: payers)),
      technicianID: technician)
  }
}
