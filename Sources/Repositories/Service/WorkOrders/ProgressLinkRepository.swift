package import Domain
package import Postgres

/// Which progress links of an order are alive: those of its present series (WO-26).
package enum ProgressLinkRepository {
  /// The series that a new link belongs to.
  package static func share(_ order: WorkOrder) -> Query<Int32> {
    Query.one(
      """
      insert into progress_links as l (work_order_id, station_id, series, shared)
      values (\(order.id), \(order.stationID), 0, true)
      on conflict on constraint progress_links_pkey do update set shared = true
      returning l.series
      """
    ) { try $0.next(Int32.self) }
  }

  /// Ends the series; 0 rows when none of its links was handed out.
  package static func revoke(_ order: WorkOrder) -> Query<Int> {
    Query.execute(
      "update progress_links set series = series + 1, shared = false where work_order_id = \(order.id) and shared")
  }

  /// The present series of an order; `nil` when no link was ever handed out.
  package static func series(of order: WorkOrder.ID) -> Query<Int32?> {
    Query.optional("select series from progress_links where work_order_id = \(order)") { try $0.next(Int32.self) }
  }
}
