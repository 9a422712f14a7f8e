import Domain
import FoundationEssentials
import Postgres
import Repositories
import TestSupport
import Testing

/// Keyset paging of the list of orders: every order, every filter, both ways (C-10, C-12).
@Suite(.serialized) struct WorkOrderListTests {
  typealias Sort = PageRequest.Sort

  private static let fields = ["createdAt", "number", "promisedDeliveryAt", "updatedAt"]

  /// 22 orders with many equal keys and missing promises, over both stations.
  private static func seed(_ orders: StoredOrders) throws {
    let network = orders.network
    try orders.test.admin(
      """
      insert into work_orders (id, number, station_id, currency, state, customer_id, vehicle_id, mode, service_type,
        summary, promised_delivery_at, inspection, created_at, created_by, updated_at, updated_by)
      select gen_random_uuid(), 'WO-' || lpad((n * 7 % 23)::text, 4, '0'),
        (array['\(network.station)', '\(network.otherStation)'])[1 + (n % 3 = 0)::int]::uuid, 'CNY',
        (array['received', 'inspected', 'quoted', 'cancelled'])[1 + n % 4],
        (array['\(network.customer)', '\(network.otherCustomer)'])[1 + (n % 3 = 0)::int]::uuid,
        case when n % 4 in (0, 3) and n % 5 = 0 then null else '\(network.vehicle)'::uuid end, 'workshop',
        (array['repair', 'maintenance'])[1 + n % 2], 's',
        case when n % 3 = 1 then null
          else '2026-11-21T08:00:00Z'::timestamptz + (n % 4) * interval '1 millisecond' end,
        '{}', '2026-11-21T08:00:00Z'::timestamptz + (n / 4) * interval '1 millisecond', 'x',
        '2026-11-21T09:00:00Z'::timestamptz + (n % 2) * interval '1 day', 'x'
      from generate_series(1, 22) n
      """)
  }

  /// The same order, by hand.
  private static func sorted(_ orders: [WorkOrder], by sort: [Sort]) -> [WorkOrder] {
    func text(_ order: WorkOrder, _ field: String) -> String? {
      switch field {
      case "createdAt": order.stamp.createdAt.description
      case "updatedAt": order.stamp.updatedAt.description
      case "number": order.number
      default: order.progress.promisedDeliveryAt?.description
      }
    }
    return orders.sorted { left, right in
      for key in sort {
        switch (text(left, key.field), text(right, key.field)) {
        case (nil, nil): continue
        case (nil, _): return false
        case (_, nil): return true
        case (let one?, let other?) where one != other: return key.descending ? one > other : one < other
        default: continue
        }
      }
      let descending = sort.first?.descending ?? true
      return descending
        ? left.id.description > right.id.description : left.id.description < right.id.description
    }
  }

  /// Walks to the end and back, and compares each way with what it should be.
  private static func walk(
    _ database: Database, _ caller: Caller, _ filter: WorkOrderFilter, _ sort: [Sort], limit: Int,
    expected: [WorkOrder.ID]
  ) async throws {
    func page(_ cursor: Cursor?) async throws -> Page<WorkOrder> {
      try await database.read(
        caller,
        WorkOrderRepository.list(
          filter, PageRequest(limit: limit, sort: sort, cursor: cursor, wantsTotal: true), in: caller.scope))
    }
    var current = try await page(nil)
    #expect(current.previous == nil)
    #expect(current.total == expected.count)
    var forward = current.items.map(\.id)
    while let next = current.next {
      current = try await page(next)
      #expect(!current.items.isEmpty)
      #expect(current.previous != nil)
      forward += current.items.map(\.id)
      if forward.count > expected.count { break }
    }
    #expect(forward == expected, "\(sort) \(filter) \(limit)")
    var backward = current.items.map(\.id)
    while let previous = current.previous {
      current = try await page(previous)
      #expect(!current.items.isEmpty)
      #expect(current.next != nil)
      backward = current.items.map(\.id) + backward
      if backward.count > expected.count { break }
    }
    #expect(backward == expected, "backward \(sort) \(filter) \(limit)")
  }

  private static func filters(_ orders: StoredOrders) -> [(WorkOrderFilter, (WorkOrder) -> Bool)] {
    func filter(_ change: (inout WorkOrderFilter) -> Void) -> WorkOrderFilter {
      var filter = WorkOrderFilter()
      change(&filter)
      return filter
    }
    let network = orders.network
    let instant = Timestamp("2026-11-21T08:00:00.002Z")
    return [
      (WorkOrderFilter(), { _ in true }),
      (filter { $0.states = [.received] }, { $0.state == .received }),
      (filter { $0.states = [.inspected, .quoted] }, { [.inspected, .quoted].contains($0.state) }),
      (filter { $0.stationID = network.otherStation }, { $0.stationID == network.otherStation }),
      (filter { $0.customerID = network.customer }, { $0.header.customerID == network.customer }),
      (filter { $0.vehicleID = network.vehicle }, { $0.header.vehicleID == network.vehicle }),
      (filter { $0.serviceTypes = [.maintenance] }, { $0.header.serviceType == .maintenance }),
      (filter { $0.createdFrom = instant }, { order in instant.map { order.stamp.createdAt >= $0 } ?? false }),
      (filter { $0.createdBefore = instant }, { order in instant.map { order.stamp.createdAt < $0 } ?? false }),
      (filter { $0.number = "WO-0007" }, { $0.number == "WO-0007" }),
      (
        filter {
          $0.states = [.received, .inspected]
          $0.stationID = network.station
          $0.createdFrom = instant
        },
        { order in
          [.received, .inspected].contains(order.state) && order.stationID == network.station
            && instant.map { order.stamp.createdAt >= $0 } ?? false
        }
      ),
    ]
  }

  @Test(
    "every sort and direction with every filter pages forward and backward without gap or repetition (C-10)",
    arguments: fields, [false, true])
  func single(field: String, descending: Bool) async throws {
    try await StoredOrders.with { orders in
      try Self.seed(orders)
      let all = try await orders.database.read(
        .system, WorkOrderRepository.list(WorkOrderFilter(), PageRequest(limit: 100, sort: []), in: .network)
      ).items
      #expect(all.count == 22)
      let sort = [Sort(field, descending: descending)]
      for (filter, holds) in Self.filters(orders) {
        let expected = Self.sorted(all.filter(holds), by: sort).map(\.id)
        for limit in 1...7 {
          try await Self.walk(orders.database, .system, filter, sort, limit: limit, expected: expected)
        }
      }
      let own = orders.caller(.station(orders.network.station))
      let mine = Self.sorted(all.filter { $0.stationID == orders.network.station }, by: sort).map(\.id)
      try await Self.walk(orders.database, own, WorkOrderFilter(), sort, limit: 4, expected: mine)
    }
  }

  @Test("orders by two and three fields in mixed directions page as well (C-12)", arguments: fields)
  func several(first: String) async throws {
    try await StoredOrders.with { orders in
      try Self.seed(orders)
      let all = try await orders.database.read(
        .system, WorkOrderRepository.list(WorkOrderFilter(), PageRequest(limit: 100, sort: []), in: .network)
      ).items
      for second in Self.fields where second != first {
        for directions in [(false, false), (false, true), (true, false), (true, true)] {
          var sort = [Sort(first, descending: directions.0), Sort(second, descending: directions.1)]
          for limit in [1, 3, 5] {
            let expected = Self.sorted(all, by: sort).map(\.id)
            try await Self.walk(orders.database, .system, WorkOrderFilter(), sort, limit: limit, expected: expected)
          }
          if let third = Self.fields.first(where: { $0 != first && $0 != second }) {
            sort.append(Sort(third, descending: !directions.0))
            let expected = Self.sorted(all, by: sort).map(\.id)
            try await Self.walk(orders.database, .system, WorkOrderFilter(), sort, limit: 2, expected: expected)
          }
        }
      }
    }
  }

  @Test(
    "rows that are inserted during a walk neither repeat nor hide the others (C-10)", arguments: fields, [false, true])
  func inserting(field: String, descending: Bool) async throws {
    try await StoredOrders.with { orders in
      try Self.seed(orders)
      let sort = [Sort(field, descending: descending)]
      func page(_ limit: Int, _ cursor: Cursor?) async throws -> Page<WorkOrder> {
        try await orders.database.read(
          .system,
          WorkOrderRepository.list(
            WorkOrderFilter(), PageRequest(limit: limit, sort: sort, cursor: cursor), in: .network))
      }
      let before = try await page(100, nil).items.map(\.id)
      for backward in [false, true] {
        var walked: [WorkOrder.ID] = []
        var current = try await page(3, nil)
        if backward {
          while let next = current.next { current = try await page(3, next) }
        }
        var count = 0
        while true {
          walked += backward ? current.items.map(\.id).reversed() : current.items.map(\.id)
          // One at each end of every order, and one in the middle.
          count += 1
          if count <= 15 {
            try orders.test.admin(
              """
              insert into work_orders (id, number, station_id, currency, state, customer_id, vehicle_id, mode,
                service_type, summary, promised_delivery_at, created_at, created_by, updated_at, updated_by)
              select gen_random_uuid(), prefix || '-\(backward)-\(count)', station_id, 'CNY', 'received', customer_id,
                '\(orders.network.vehicle)', mode, service_type, 's', '2026-11-21T08:00:00Z'::timestamptz
                + shift * interval '1 ms', '2026-11-21T08:00:00Z'::timestamptz + shift * interval '1 ms', 'x',
                '2026-11-21T09:00:00Z'::timestamptz + shift * interval '1 hour', 'x'
              from work_orders, (values ('A', -1), ('WO-0011', 2), ('Z', 9)) as added (prefix, shift)
              where number = 'WO-0007'
              """)
          }
          guard let cursor = backward ? current.previous : current.next, count < 100 else { break }
          current = try await page(3, cursor)
        }
        #expect(Set(walked).count == walked.count)
        let known = Set(before)
        let expected = backward ? before.reversed() : before
        #expect(walked.filter(known.contains) == expected)
      }
    }
  }

  @Test("every order by time reads an index at any depth, network-wide and for a station (C-10, C-11, R14)")
  func plans() async throws {
    try await StoredOrders.with { orders in
      let network = orders.network
      try orders.test.admin(
        """
        insert into stations (id, code, region_id, name, kind, time_zone, currency, labour_rate, created_at, created_by,
          updated_at, updated_by)
        select gen_random_uuid(), 'ST' || lpad(n::text, 4, '0'), '\(network.region)', 'x', 'fourInOne', 'Asia/Shanghai',
          'CNY', 1, now(), 'x', now(), 'x'
        from generate_series(1, 8) n;
        insert into customers (id, number, station_id, kind, name, phone, state, created_at, created_by, updated_at, updated_by)
        select gen_random_uuid(), 'CU-' || code, id, 'person', 'x', '13812345678', 'active', now(), 'x', now(), 'x'
        from stations where code like 'ST%';
        insert into work_orders (id, number, station_id, currency, state, customer_id, vehicle_id, mode, service_type,
          summary, inspection, promised_delivery_at, created_at, created_by, updated_at, updated_by)
        select gen_random_uuid(), 'WO-' || n, s.id, 'CNY',
          (array['received', 'inspected', 'quoted', 'inRepair'])[1 + n / 8 % 4],
          (select c.id from customers c where c.station_id = s.id), '\(network.vehicle)', 'workshop', 'repair', 's', '{}',
          case when n % 5 > 0 then '2026-02-01T00:00:00Z'::timestamptz + (n * 7919 % 20000) * interval '5 minutes' end,
          '2026-01-01T00:00:00Z'::timestamptz + n * interval '7 minutes', 'x',
          '2026-03-01T00:00:00Z'::timestamptz + (n * 4999 % 20000) * interval '3 minutes', 'x'
        from generate_series(1, 20000) n
        join (select id, row_number() over (order by code) as place from stations where code like 'ST%') s
          on s.place = 1 + n % 8;
        analyze work_orders;
        """)
      let station = try #require(
        Station.ID(try orders.test.admin("select id from stations where code = 'ST0004'")))
      for scope in [Scope.network, .station(station)] {
        let caller = orders.caller(scope)
        for (field, states) in [
          ("createdAt", []), ("createdAt", [WorkOrder.State.inRepair]), ("updatedAt", []), ("promisedDeliveryAt", []),
        ] {
          var filter = WorkOrderFilter()
          filter.states = states
          for descending in [true, false] {
            var cursor: Cursor?
            for depth in 0..<3 {
              let page = PageRequest(limit: 25, sort: [Sort(field, descending: descending)], cursor: cursor)
              let query = WorkOrderRepository.list(filter, page, in: scope)
              let plan = try await orders.database.read(
                caller, Query<[String]>.list("explain " + query.sql) { try $0.next(String.self) }
              ).joined(separator: "\n")
              #expect(!plan.contains("Seq Scan on work_orders"), "\(plan)")
              #expect(!plan.contains("Sort"), "\(scope) \(field) \(descending) \(states) \(depth)\n\(plan)")
              #expect(plan.contains("Index"), "\(plan)")
              cursor = try await orders.database.read(caller, query).next
              #expect(cursor != nil)
            }
          }
        }
      }
    }
  }
}
