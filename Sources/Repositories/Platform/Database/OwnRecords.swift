import Domain
import Postgres

/// Whose a document is, in the first of the two walls: for callers who reach their own documents alone (`Scope.Extent.own`). It
/// is asked of the present row, named with its schema, because rights are those of now when the past is read.
extension Scope {
  /// Orders of one's jobs, and those of the customer for whom one speaks.
  func condition(workOrder alias: StaticString) -> SQL {
    narrowed(alias, holder.map { Self.own(workOrder: "\(unescaped: alias).id", of: $0) })
  }

  /// Bookings that one made, and those of the customer for whom one speaks.
  func condition(appointment alias: StaticString) -> SQL {
    narrowed(alias, holder.map { Self.own(appointment: "\(unescaped: alias).id", of: $0) })
  }

  /// Returns that one verified, those that come from one's jobs, and what the maker's workshop was ordered to do.
  func condition(productReturn alias: StaticString) -> SQL {
    narrowed(alias, holder.map { Self.own(productReturn: "\(unescaped: alias).id", of: $0) })
  }

  /// Pre-authorisations that one wrote, and those of one's jobs.
  func condition(preAuthorisation alias: StaticString) -> SQL {
    narrowed(alias, holder.map { Self.own(preAuthorisation: "\(unescaped: alias).id", of: $0) })
  }

  /// Quality issues that one reported, and those of one's jobs.
  func condition(qualityIssue alias: StaticString) -> SQL {
    narrowed(alias, holder.map { Self.own(qualityIssue: "\(unescaped: alias).id", of: $0) })
  }

  /// Complaints that one recorded, and those of the customer for whom one speaks; and the cases of one's teams (SEC-02).
  func condition(complaint alias: StaticString) -> SQL {
    let own = narrowed(alias, holder.map { Self.own(complaint: "\(unescaped: alias).id", of: $0) })
    if cases.isEmpty { return own }
    return "(" + own + " or \(unescaped: alias).id = any (\(Array(cases))))"
  }

  /// All vehicles; for whoever reads them for a customer his own, and of the past what was in his time.
  func condition(vehicle alias: StaticString) -> SQL {
    guard let own = ownVehicles else { return "true" }
    // An array, so that few are looked up among all by their key.
    return """
      \(unescaped: alias).id = any (array(
        select v.id from \(own) v
        where v.since <= coalesce(nullif(current_setting('app.as_of', true), '')::timestamptz, v.since)))
      """
  }

  /// All events; for whoever reads vehicles for a customer none from before his time.
  func condition(eventOfVehicle alias: StaticString) -> SQL {
    guard let own = ownVehicles else { return "true" }
    return """
      (\(unescaped: alias).resource <> 'vehicle' or exists (
        select from \(own) v
        where v.id = \(unescaped: alias).subject_id and v.since <= \(unescaped: alias).occurred_at))
      """
  }

  /// The vehicles of the customer for whom he speaks, each with the instant from which on it is his; `nil`: he reads all.
  private var ownVehicles: SQL? {
    guard let holder, holder.isOwnVehiclesOnly else { return nil }
    return "public.vehicles_of_customers(\(Array(holder.customers)))"
  }

  /// Old parts of one's stations; a supplier's are those that were sent to it (OLD-05).
  func condition(oldPart alias: StaticString) -> SQL {
    if case .supplier(let supplier) = part { return "\(unescaped: alias).recipient_supplier_id = \(supplier)" }
    return part("\(unescaped: alias).station_id")
  }

  /// Recoveries are headquarters'; a supplier's are those that were sent to it (SM-7).
  func condition(supplierRecovery alias: StaticString) -> SQL {
    if case .supplier(let supplier) = part {
      return "\(unescaped: alias).supplier_id = \(supplier) and \(unescaped: alias).state <> 'compiled'"
    }
    return stations == nil ? "true" : "false"
  }

  /// Requests that one registered, those of one's jobs, those that field staff were told of (FLD-05), and those of the customer for whom one speaks; `nil`: all of the part.
  func own(serviceRequest alias: StaticString) -> SQL? {
    holder.map { Self.own(serviceRequest: "\(unescaped: alias).id", of: $0) }
  }

  /// For what hangs on documents of all families; `nil`: all of the part.
  func own(document column: StaticString) -> SQL? {
    holder.map { holder in
      let id: SQL = "\(unescaped: column)"
      return """
        (\(Self.own(workOrder: id, of: holder)) or \(Self.own(appointment: id, of: holder))
          or \(Self.own(serviceRequest: id, of: holder)) or \(Self.own(productReturn: id, of: holder))
          or \(Self.own(complaint: id, of: holder)) or \(Self.own(qualityIssue: id, of: holder))
          or \(Self.own(preAuthorisation: id, of: holder)))
        """
    }
  }

  private func narrowed(_ alias: StaticString, _ own: SQL?) -> SQL {
    let part = part("\(unescaped: alias).station_id")
    return own.map { part + " and " + $0 } ?? part
  }

  private static func own(workOrder id: SQL, of holder: Holder) -> SQL {
    let jobs: SQL = holder.user.map { "o.technician_ids @> \([$0])" } ?? "false"
    return """
      exists (select from public.work_orders o
        where o.id = \(id) and (\(jobs) or o.customer_id = any (\(Array(holder.customers)))))
      """
  }

  private static func own(appointment id: SQL, of holder: Holder) -> SQL {
    """
    exists (select from public.appointments v
      where v.id = \(id)
        and (v.created_by_id = \(holder.user) or v.customer_id = any (\(Array(holder.customers)))))
    """
  }

  private static func own(serviceRequest id: SQL, of holder: Holder) -> SQL {
    let told: SQL = holder.user.map { "s.informed_staff_ids @> \([$0])" } ?? "false"
    return """
      exists (select from public.service_requests s
        where s.id = \(id)
          and (s.created_by_id = \(holder.user) or s.customer_id = any (\(Array(holder.customers)))
            or \(told) or \(own(workOrder: "s.work_order_id", of: holder))))
      """
  }

  private static func own(complaint id: SQL, of holder: Holder) -> SQL {
    """
    exists (select from public.complaints l
      where l.id = \(id)
        and (l.created_by_id = \(holder.user) or l.customer_id = any (\(Array(holder.customers)))))
    """
  }

  private static func own(qualityIssue id: SQL, of holder: Holder) -> SQL {
    """
    exists (select from public.quality_issues u
      where u.id = \(id)
        and (u.created_by_id = \(holder.user) or \(own(workOrder: "u.work_order_id", of: holder))))
    """
  }

  private static func own(preAuthorisation id: SQL, of holder: Holder) -> SQL {
    """
    exists (select from public.pre_authorisations z
      where z.id = \(id)
        and (z.created_by_id = \(holder.user) or \(own(workOrder: "z.work_order_id", of: holder))))
    """
  }

  private static func own(productReturn id: SQL, of holder: Holder) -> SQL {
    let ordered: SQL = holder.isFactoryWorkshop ? "q.appraisal is not null or q.scrapping is not null" : "false"
    return """
      exists (select from public.product_returns q
        where q.id = \(id)
          and (\(ordered) or q.created_by_id = \(holder.user) or \(own(workOrder: "q.work_order_id", of: holder))))
      """
  }
}
