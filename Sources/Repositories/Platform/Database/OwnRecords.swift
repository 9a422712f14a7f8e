import Domain
import Postgres

/// Whose a document is, in the first of the two walls: for callers who reach their own documents alone (`Scope.Extent.own`). The
/// tables are named with their schema, because rights are those of now when the past is read.
extension Scope {
  /// Orders of one's jobs, and those of the customer for whom one speaks.
  func condition(workOrder alias: StaticString) -> SQL {
    narrowed("\(unescaped: alias).station_id", holder.map { Self.assigned(alias, to: $0) })
  }

  /// Bookings that one made, and those of the customer for whom one speaks.
  func condition(appointment alias: StaticString) -> SQL {
    narrowed("\(unescaped: alias).station_id", holder.map { Self.filed(alias, by: $0) })
  }

  /// Returns that one verified, those that come from one's jobs, and what the maker's workshop was ordered to do.
  func condition(productReturn alias: StaticString) -> SQL {
    narrowed("\(unescaped: alias).station_id", holder.map { Self.own(productReturn: alias, of: $0) })
  }

  /// Requests that one registered, those of one's jobs, and those of the customer for whom one speaks; `nil`: all of the part.
  func own(serviceRequest alias: StaticString) -> SQL? {
    holder.map { Self.own(serviceRequest: alias, of: $0) }
  }

  /// For what hangs on documents of all families; `nil`: all of the part.
  func own(document column: StaticString) -> SQL? {
    holder.map { holder in
      """
      (exists (select from public.work_orders o where o.id = \(unescaped: column) and \(Self.assigned("o", to: holder)))
        or exists (select from public.appointments o where o.id = \(unescaped: column) and \(Self.filed("o", by: holder)))
        or exists (select from public.service_requests s
          where s.id = \(unescaped: column) and \(Self.own(serviceRequest: "s", of: holder)))
        or exists (select from public.product_returns p
          where p.id = \(unescaped: column) and \(Self.own(productReturn: "p", of: holder))))
      """
    }
  }

  private func narrowed(_ station: SQL, _ own: SQL?) -> SQL {
    let part = part(station)
    return own.map { part + " and " + $0 } ?? part
  }

  private static func own(serviceRequest alias: StaticString, of holder: Holder) -> SQL {
    """
    (\(filed(alias, by: holder)) or exists (select from public.work_orders o
      where o.id = \(unescaped: alias).work_order_id and \(assigned("o", to: holder))))
    """
  }

  private static func own(productReturn alias: StaticString, of holder: Holder) -> SQL {
    let ordered: SQL =
      holder.isFactoryWorkshop
      ? "\(unescaped: alias).appraisal is not null or \(unescaped: alias).scrapping is not null" : "false"
    return """
      (\(ordered) or \(unescaped: alias).created_by_id = \(holder.user)
        or exists (select from public.work_orders o
          where o.id = \(unescaped: alias).work_order_id and \(assigned("o", to: holder))))
      """
  }

  private static func assigned(_ order: StaticString, to holder: Holder) -> SQL {
    let jobs: SQL = holder.user.map { "\(unescaped: order).technician_ids @> \([$0])" } ?? "false"
    return "(" + jobs + " or \(unescaped: order).customer_id = any (\(Array(holder.customers))))"
  }

  private static func filed(_ alias: StaticString, by holder: Holder) -> SQL {
    """
    (\(unescaped: alias).created_by_id = \(holder.user)
      or \(unescaped: alias).customer_id = any (\(Array(holder.customers))))
    """
  }
}
