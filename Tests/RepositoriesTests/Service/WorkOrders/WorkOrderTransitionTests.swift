import Domain
import TestSupport
import Testing

/// The database's copy of the transition table, for whoever writes past the application (R10).
@Suite(.serialized) struct WorkOrderTransitionTests {
  @Test("the database knows exactly the transitions of the life cycle (R10, SM-3)")
  func samePairs() async throws {
    let lifecycle = Set(
      WorkOrderLifecycle.table.transitions.flatMap { row in
        row.from.compactMap { from in
          row.to.flatMap { $0 == from ? nil : "\(from.rawValue)|\($0.rawValue)" }
        }
      })
    let stored = try await TestDatabase.with { database in
      try database.admin("select from_state, to_state from state_transitions where document = 'work_orders'")
    }
    #expect(Set(stored.split(separator: "\n").map(String.init)) == lifecycle)
  }

  @Test("no statement takes an order where the life cycle does not lead (R10)")
  func everyPair() async throws {
    try await StoredOrders.with { orders in
      _ = try await orders.full("WO-SY001-2026-000001")
      try orders.test.admin("alter table work_orders enable trigger work_orders_transition")
      // Every fact that any state needs, so that only the transition decides. The states are set with triggers off.
      let outcome = try orders.test.admin(
        """
        create temp table outcomes (from_state text, to_state text, allowed boolean);
        do $$
        declare
          states text[] := array['\(WorkOrder.State.allCases.map(\.rawValue).joined(separator: "', '"))'];
          origin text;
          target text;
          went boolean;
        begin
          update work_orders set invoice_number = coalesce(invoice_number, 'X'), inspection = coalesce(inspection, '{}'),
            delivered_at = coalesce(delivered_at, now());
          foreach origin in array states loop
            foreach target in array states loop
              set local session_replication_role = replica;
              update work_orders set state = origin;
              set local session_replication_role = origin;
              begin
                update work_orders set state = target;
                went := true;
              exception when check_violation then
                went := false;
              end;
              insert into outcomes values (origin, target, went);
            end loop;
          end loop;
        end $$;
        select count(*) || ' pairs, ' || count(*) filter (where o.allowed <> (
          o.from_state = o.to_state or exists (
            select from state_transitions t
            where t.document = 'work_orders' and t.from_state = o.from_state and t.to_state = o.to_state))) || ' wrong'
        from outcomes o
        """)
      let states = WorkOrder.State.allCases.count
      #expect(outcome == "\(states * states) pairs, 0 wrong")
    }
  }
}
