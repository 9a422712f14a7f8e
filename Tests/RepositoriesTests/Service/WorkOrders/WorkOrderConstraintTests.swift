import Domain
import FoundationEssentials
import Repositories
import TestSupport
import Testing

@testable import Postgres

/// What the database refuses by itself, whoever asks: the last wall (R9, R10, SEC-09).
@Suite(.serialized) struct WorkOrderConstraintTests {
  /// Every table of the family with a station.
  static let scoped = [
    "work_orders", "job_lines", "job_line_parts", "technician_clockings", "estimates", "quality_inspections",
    "invoices",
    "customer_decisions", "notes", "events",
  ]

  @Test("what was decided and issued cannot be changed or deleted by the application (SEC-09)")
  func immutable() async throws {
    try await StoredOrders.with { orders in
      _ = try await orders.full("WO-SY001-2026-000001")
      for table in ["events", "estimates", "invoices", "customer_decisions", "quality_inspections", "notes"] {
        for statement in [
          "delete from \(table)", "truncate \(table)", "update \(table) set station_id = null",
          "alter table \(table) disable row level security",
        ] {
          expectRefusal(statement.hasPrefix("alter") ? "must be owner" : "permission denied") {
            try orders.test.asApplication(scope: "*", statement)
          }
        }
      }
      for table in ["work_orders", "technician_clockings"] {
        expectRefusal("permission denied") { try orders.test.asApplication(scope: "*", "delete from \(table)") }
      }
      for column in ["technician_id", "started_at", "job_line_id"] {
        expectRefusal("permission denied") {
          try orders.test.asApplication(scope: "*", "update technician_clockings set \(column) = \(column)")
        }
      }
      expectRefusal("permission denied") {
        try orders.test.asApplication(scope: "*", "update job_line_parts set quantity = 1")
      }
    }
  }

  @Test(
    "money that does not add up is refused by the database (R9, WO-44)",
    arguments: [
      ("update job_lines set customer_amount = customer_amount + 0.01", "work_order_payer_split_sums"),
      (
        "update job_lines set customer_amount = customer_amount + 1000, warranty_amount = warranty_amount - 1000",
        "work_order_payer_split_sums"
      ),
      (
        "update job_lines set amount = amount + 1, customer_amount = customer_amount + 1",
        "job_lines_amount_check"
      ),
      (
        """
        update job_lines set labour_amount = labour_amount + 1, amount = amount + 1,
          customer_amount = customer_amount + 1
        """,
        "job_lines_labour_amount_check"
      ),
      (
        """
        update job_lines set parts_amount = parts_amount + 1, amount = amount + 1,
          customer_amount = customer_amount + 1
        """,
        "do not sum to its parts amount"
      ),
      ("delete from job_line_parts where part_number = 'P-1'", "do not sum to its parts amount"),
      (
        """
        insert into job_line_parts
        select gen_random_uuid(), job_line_id, work_order_id, station_id, 'x', 'x', 1, 0.01, 'oem' from job_line_parts
        """,
        "do not sum to its parts amount"
      ),
      (
        """
        update job_lines set labour_rate = -1, standard_hours = 0, labour_amount = 0, amount = amount - labour_amount,
          customer_amount = amount - labour_amount, warranty_amount = 0, goodwill_amount = 0, campaign_amount = 0,
          internal_amount = 0, insurance_amount = 0
        """, "job_lines_labour_rate_check"
      ),
      (
        """
        update job_lines set labour_rate = 0, standard_hours = -1, labour_amount = 0, amount = amount - labour_amount,
          customer_amount = amount - labour_amount, warranty_amount = 0, goodwill_amount = 0, campaign_amount = 0,
          internal_amount = 0, insurance_amount = 0
        """, "job_lines_standard_hours_check"
      ),
      (
        """
        update job_lines set sublet_amount = -1, amount = amount - sublet_amount - 1,
          customer_amount = customer_amount - sublet_amount - 1
        """, "job_lines_sublet_amount_check"
      ),
    ] as [(String, String)])
  func money(statement: String, constraint: String) async throws {
    try await StoredOrders.with { orders in
      _ = try await orders.full("WO-SY001-2026-000001")
      expectRefusal(constraint) { try orders.test.asApplication(scope: "*", statement) }
    }
  }

  @Test("states and facts that cannot be together are refused by the database (R10)")
  func states() async throws {
    try await StoredOrders.with { orders in
      let order = orders.draft("WO-SY001-2026-000001")
      try await orders.database.write(.system) { _ = try await $0.run(WorkOrderRepository.insert(order)) }
      for (change, constraint) in [
        ("state = 'lost', inspection = '{}'", "work_orders_state_check"),
        ("state = 'inspected'", "work_orders_inspected_check"),
        ("state = 'inspected', inspection = '{}', vehicle_id = null", "work_orders_vehicle_check"),
        ("state = 'settled', inspection = '{}'", "work_orders_invoice_check"),
        ("state = 'delivered', inspection = '{}', invoice_number = 'x'", "work_orders_delivered_check"),
        ("version = 0", "work_orders_version_check"), ("mode = 'air'", "work_orders_mode_check"),
        ("service_type = 'x'", "work_orders_service_type_check"), ("odometer_km = -1", "work_orders_odometer_km_check"),
        ("station_id = gen_random_uuid()", "work_orders_station_id_fkey"),
      ] {
        expectRefusal(constraint) { try orders.test.asApplication(scope: "*", "update work_orders set \(change)") }
      }
      // The states of the code are the states of the database.
      for state in WorkOrder.State.allCases {
        try orders.test.admin(
          """
          update work_orders set state = '\(state.rawValue)', inspection = '{}', invoice_number = 'x',
            delivered_at = now()
          """)
      }
    }
  }

  @Test(
    "what is in the way at another station is told by its kind alone, who sees it is told its number (C-08, SEC-03)")
  func unseenConflict() async throws {
    try await StoredOrders.with { orders in
      let own = try await orders.full("WO-SY001-2026-000001")
      let other = try await orders.full("WO-SY002-2026-000001", at: orders.network.otherStation)
      let technician = orders.network.technician.uuid
      var changed = other
      changed.lines[1].clockings.append(
        TechnicianClocking(
          id: .new(at: StoredOrders.now), technicianID: technician, startedAt: StoredOrders.now.adding(seconds: 10),
          stoppedAt: nil))
      let statements = JobLineRepository.save(changed, over: other.lines)
      let seen = ConflictMember.conflict(.workOrder, own.id, own.number, state: own.state.rawValue, line: 1)
      for (scope, found) in [
        (Scope.network, seen), (Scope.station(orders.network.otherStation), .conflicts([.unseen(.workOrder)])),
      ] {
        let refusal = await #expect(throws: Refusal.self) {
          try await orders.database.write(orders.caller(scope)) { tx in
            for statement in statements { _ = try await tx.run(statement) }
          }
        }
        guard case .conflict("technician-busy", let detail)? = refusal else {
          Issue.record("\(String(describing: refusal))")
          continue
        }
        #expect(detail.members == [.technicianID(technician), found])
      }
    }
  }

  @Test("what is in the way is told by its kind alone to who may not read the kind, however far he sees (C-08, SEC-02)")
  func unreadableConflict() async throws {
    try await StoredOrders.with { orders in
      _ = try await orders.full("WO-SY001-2026-000001")
      let other = try await orders.full("WO-SY002-2026-000001", at: orders.network.otherStation)
      let technician = orders.network.technician.uuid
      var changed = other
      changed.lines[1].clockings.append(
        TechnicianClocking(
          id: .new(at: StoredOrders.now), technicianID: technician, startedAt: StoredOrders.now.adding(seconds: 10),
          stoppedAt: nil))
      let statements = JobLineRepository.save(changed, over: other.lines)
      let blind = Caller(
        subject: .client(UUID()), name: "测试", roles: [],
        permissions: Set(Permission.allCases).subtracting([.workOrdersRead]), scope: .network)
      let refusal = await #expect(throws: Refusal.self) {
        try await orders.database.write(blind) { tx in
          for statement in statements { _ = try await tx.run(statement) }
        }
      }
      guard case .conflict("technician-busy", let detail)? = refusal else {
        Issue.record("\(String(describing: refusal))")
        return
      }
      #expect(detail.members == [.technicianID(technician), .conflicts([.unseen(.workOrder)])])
    }
  }

  private static func isBusy(_ error: any Error, _ technician: UUID) -> Bool {
    guard case .conflict("technician-busy", let detail)? = error as? Refusal else { return false }
    return detail.members.first == .technicianID(technician) && detail.members.map(\.name).contains(.conflicts)
  }

  @Test("one technician is not on two jobs at once, in the whole network (WO-34)")
  func clockings() async throws {
    try await StoredOrders.with { orders in
      let order = try await orders.full("WO-SY001-2026-000001")
      let (start, technician) = (StoredOrders.now, orders.network.technician.uuid)
      func clock(from: Int64, to: Int64?) async throws {
        var line = order.lines[1]
        line.clockings.append(
          TechnicianClocking(
            id: .new(at: start), technicianID: technician, startedAt: start.adding(seconds: from),
            stoppedAt: to.map { start.adding(seconds: $0) }))
        var changed = order
        changed.lines[1] = line
        let statements = JobLineRepository.save(changed, over: order.lines)
        try await orders.database.write(.system) { tx in
          for statement in statements { _ = try await tx.run(statement) }
        }
      }
      await #expect { try await clock(from: 59, to: 70) } throws: { Self.isBusy($0, technician) }
      await #expect { try await clock(from: -10, to: nil) } throws: { Self.isBusy($0, technician) }
      try await clock(from: 60, to: 70)
      try await clock(from: 70, to: nil)
      await #expect { try await clock(from: 1_000, to: nil) } throws: { Self.isBusy($0, technician) }
      expectRefusal("technician_clockings_order_check") {
        try orders.test.asApplication(
          scope: "*", "update technician_clockings set stopped_at = started_at - interval '1 second'")
      }
    }
  }

  @Test("every unique and foreign key is mapped by a repository, or cannot be reached by input (C-35)")
  func mapped() async throws {
    try await StoredOrders.with { orders in
      var order = orders.draft("x")
      var line = StoredOrders.line(1, technician: nil)
      line.clockings = [
        TechnicianClocking(
          id: .new(at: StoredOrders.now), technicianID: UUID(), startedAt: StoredOrders.now, stoppedAt: nil)
      ]
      order.lines = [line]
      var (added, changed) = (order, order)
      added.lines[0].clockings = []
      changed.lines[0].work.cause = "x"
      let request = IdempotencyRequest(key: "0123456789abcdef", operation: "POST /x", fingerprint: [])
      let statements: [Query<Int>] =
        [
          WorkOrderRepository.insert(order), WorkOrderRepository.update(order, expecting: 1),
          IdempotencyRepository.store(Answer(status: 200), for: request, of: UUID(), at: StoredOrders.now),
        ] + JobLineRepository.save(added, over: []) + JobLineRepository.save(changed, over: added.lines)
      let named = Set(statements.flatMap { $0.refusals.map(\.constraint) })
      // Why no input can violate them.
      let unreachable = [
        // Identities are made by the server.
        "work_orders_pkey", "job_lines_pkey", "job_line_parts_pkey", "technician_clockings_pkey", "notes_pkey",
        "events_pkey",
        // Its trigger writes each system of a document once.
        "external_identities_pkey",
        // Numbers are drawn from a counter under its lock.
        "work_orders_number_key", "invoices_pkey", "document_counters_pkey",
        // Lines, revisions, attempts, decisions and invoices of an order are written under the order's lock.
        "job_lines_number_key", "estimates_pkey", "quality_inspections_pkey", "customer_decisions_pkey",
        "invoices_work_order_id_key",
        // Rows under an order are written in the transaction that read or wrote the order, which is never deleted.
        "job_lines_work_order_id_fkey", "job_line_parts_job_line_id_fkey", "job_line_parts_work_order_id_fkey",
        "technician_clockings_job_line_id_fkey", "technician_clockings_work_order_id_fkey",
        "estimates_work_order_id_fkey", "quality_inspections_work_order_id_fkey", "invoices_work_order_id_fkey",
        "customer_decisions_work_order_id_fkey",
        // Holds whenever the primary key does.
        "work_orders_id_station_key",
      ]
      let tables = (Self.scoped + ["document_counters", "external_identities", "idempotency_keys"]).map { "'\($0)'" }
      let found = try orders.test.admin(
        """
        select conname from pg_constraint
        where contype in ('u', 'p', 'f', 'x') and conrelid::regclass::text in (\(tables.joined(separator: ", ")))
        """
      ).split(separator: "\n").map(String.init)
      #expect(found.count > 20)
      #expect(named.isDisjoint(with: unreachable))
      for name in found { #expect(named.contains(name) || unreachable.contains(name), "\(name) is not mapped") }
      // Raised by a trigger under the name of a constraint.
      let raised: Set = ["work_orders_customer_erased"]
      for name in named.union(unreachable).subtracting(raised) {
        #expect(found.contains(name), "\(name) does not exist")
      }
    }
  }
}
