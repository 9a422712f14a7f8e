package import Domain
package import Postgres

/// Repairs that were claimed, over the whole network: what tells a duplicate (CLM-09, A3). The database lets one of two be the
/// first, however many come at once.
package enum ClaimedRepairRepository {
  /// One item of a claim as it was submitted.
  package struct Repair: Hashable, Sendable {
    package let claim: WarrantyClaim.ID
    package let item: Int
    package let vehicle: Vehicle.ID?
    package let operation: String
    package let causalPart: String
    package let repairedOn: CalendarDate?
    package let order: WorkOrder.ID?
    package let orderLine: Int?
    package let payer: PayerSplit.Payer?

    package init(_ claim: WarrantyClaim, _ item: ClaimItem) {
      self.claim = claim.id
      self.item = item.number
      vehicle = claim.vehicleID
      operation = item.work.labourOperationCode ?? ""
      causalPart = item.work.causalPartNumber ?? ""
      repairedOn = claim.header.repairedOn
      order = claim.workOrderID
      orderLine = item.workOrderLine
      payer = claim.kind.payer
    }

    /// Whether both are the same operation and part of one vehicle.
    package func isSame(as other: Repair) -> Bool {
      vehicle == other.vehicle && operation == other.operation && causalPart == other.causalPart
        && !(operation + causalPart).isEmpty
    }

    /// What two submissions of the same repair have in common.
    var keys: [String] {
      var keys: [String] = []
      if let vehicle, !(operation + causalPart).isEmpty {
        keys.append("repair \(vehicle) \(operation)\u{1f}\(causalPart)")
      }
      if let order, let orderLine { keys.append("line \(order) \(orderLine)") }
      return keys
    }
  }

  /// Makes others who submit the same repairs wait until this transaction ends, so that the second one sees the first. In one
  /// order whoever asks, so that two cannot wait for each other.
  ///
  /// - Parameter order: whose claims are audited one after the other, because they have one limit.
  package static func lock(_ repairs: [Repair], of order: WorkOrder.ID?) -> Query<Int> {
    let keys = Set(repairs.flatMap(\.keys) + [order.map { "order \($0)" }].compactMap(\.self)).sorted()
    return Query.execute(
      """
      select pg_advisory_xact_lock(hashtextextended('claimed repair ' || k.key, 0))
      from (select key from unnest(\(keys)) as keys(key) order by key) k
      """)
  }

  /// Other claims for the same line of an order and the same payer, by item; first to last. None for an item that stands as the
  /// first: what comes in again after a correction is no duplicate of those who came later.
  package static func sameLine(_ repairs: [Repair]) -> Query<[(item: Int, reference: ClaimFacts.Reference)]> {
    let claimed = repairs.filter { $0.order != nil && $0.orderLine != nil && $0.payer != nil }
    return found(
      """
      select o.item, c.number, c.station_id, r.repaired_on
      from unnest(\(claimed.map { Int32($0.item) }), \(claimed.compactMap(\.order)),
          \(claimed.compactMap { $0.orderLine.map { Int32($0) } }), \(claimed.compactMap(\.payer?.rawValue)))
          as o(item, work_order_id, work_order_line, payer)
        join claimed_repairs r on r.work_order_id = o.work_order_id and r.work_order_line = o.work_order_line
          and r.payer = o.payer
        join warranty_claims c on c.id = r.claim_id
        left join claimed_repairs m on m.claim_id = \(repairs.first?.claim) and m.item = o.item and m.first_line
          and m.released_at is null
      where r.released_at is null and r.claim_id <> \(repairs.first?.claim) and m.claim_id is null
      order by o.item, r.claimed_at, c.number
      """)
  }

  /// Other claims for the same operation and causal part on the vehicle, whenever, by item; first to last.
  package static func sameRepair(_ repairs: [Repair]) -> Query<[(item: Int, reference: ClaimFacts.Reference)]> {
    let claimed = repairs.filter { $0.vehicle != nil && !($0.operation + $0.causalPart).isEmpty }
    return found(
      """
      select o.item, c.number, c.station_id, r.repaired_on
      from unnest(\(claimed.map { Int32($0.item) }), \(claimed.compactMap(\.vehicle)), \(claimed.map(\.operation)),
          \(claimed.map(\.causalPart)))
          as o(item, vehicle_id, operation, causal_part)
        join claimed_repairs r on r.vehicle_id = o.vehicle_id and r.operation = o.operation
          and r.causal_part = o.causal_part
        join warranty_claims c on c.id = r.claim_id
        left join claimed_repairs m on m.claim_id = \(repairs.first?.claim) and m.item = o.item and m.first_repair
          and m.released_at is null and m.operation = o.operation and m.causal_part = o.causal_part
          and m.repaired_on is not distinct from \(repairs.first?.repairedOn)
      where r.released_at is null and r.claim_id <> \(repairs.first?.claim) and m.claim_id is null
      order by o.item, r.claimed_at, c.number
      """)
  }

  private static func found(_ sql: SQL) -> Query<[(item: Int, reference: ClaimFacts.Reference)]> {
    Query.list(sql) { row in
      let item = Int(try row.next(Int32.self))
      let number = try row.next(String.self)
      let station = try row.next(Station.ID.self)
      return (
        item, ClaimFacts.Reference(claim: number, station: station, repairedOn: try row.next(CalendarDate?.self))
      )
    }
  }

  /// Writes down that an item was claimed, or claimed again after a correction.
  ///
  /// - Parameters:
  ///   - isFirstRepair: `false`: the audit found the same repair within the window. One that stands as the first within the window of
  ///     its own day, which another policy set, leaves room for no further first one.
  ///   - isFirstLine: `false`: the audit found the same line of the order.
  package static func save(
    _ repair: Repair, windowDays: Int, isFirstRepair: Bool, isFirstLine: Bool, at instant: Timestamp
  ) -> Query<Int> {
    Query.execute(
      """
      insert into claimed_repairs (claim_id, item, vehicle_id, operation, causal_part, repaired_on, window_days,
        work_order_id, work_order_line, payer, first_repair, first_line, released_at, claimed_at)
      values (\(repair.claim), \(Int32(repair.item)), \(repair.vehicle), \(repair.operation), \(repair.causalPart),
        \(repair.repairedOn), \(Int32(windowDays)), \(repair.order), \(repair.orderLine.map { Int32($0) }),
        \(repair.payer?.rawValue),
        \(isFirstRepair) and not exists (
          select from claimed_repairs o
          where o.vehicle_id = \(repair.vehicle) and o.operation = \(repair.operation)
            and o.causal_part = \(repair.causalPart) and o.first_repair and o.released_at is null
            and o.claim_id <> \(repair.claim) and o.repaired_on <= \(repair.repairedOn)::date + \(Int32(windowDays))
            and \(repair.repairedOn)::date <= o.repaired_on + o.window_days),
        \(isFirstLine), null, \(instant))
      on conflict on constraint claimed_repairs_pkey do update
      set operation = excluded.operation, causal_part = excluded.causal_part, repaired_on = excluded.repaired_on,
        window_days = excluded.window_days, first_repair = excluded.first_repair, first_line = excluded.first_line,
        released_at = null
      """
    )
    .refusing("claimed_repairs_one_in_window", conflict: "claim-duplicate", duplicate, naming: twins(of: repair))
    .refusing("claimed_repairs_line_key", conflict: "claim-duplicate", duplicate, naming: twins(of: repair))
  }

  private static let duplicate = "The same repair was claimed at this moment; submit once more."

  /// The claims of the same repair that the caller sees.
  private static func twins(of repair: Repair) -> Obstructed.Lookup {
    ConflictLookup.documents(.warrantyClaim) { scope in
      """
      select c.id, c.number, c.state, r.item
      from claimed_repairs r join warranty_claims c on c.id = r.claim_id
      where r.claim_id <> \(repair.claim) and r.released_at is null and \(scope.condition(on: "c.station_id"))
        and ((r.vehicle_id = \(repair.vehicle) and r.operation = \(repair.operation)
            and r.causal_part = \(repair.causalPart))
          or (r.work_order_id = \(repair.order) and r.work_order_line = \(repair.orderLine.map { Int32($0) })
            and r.payer = \(repair.payer?.rawValue)))
      order by r.claimed_at desc
      """
    }
  }

  /// Lets others claim what a correction has taken out of a claim.
  package static func release(_ claim: WarrantyClaim.ID, but items: [Int], at instant: Timestamp) -> Query<Int> {
    Query.execute(
      """
      update claimed_repairs set released_at = \(instant)
      where claim_id = \(claim) and item <> all (\(items.map { Int32($0) })) and released_at is null
      """)
  }

  /// Lets others claim the repairs of these items; `nil`: of all.
  package static func release(_ claim: WarrantyClaim.ID, items: [Int]?, at instant: Timestamp) -> Query<Int> {
    if let items {
      return Query.execute(
        """
        update claimed_repairs set released_at = \(instant)
        where claim_id = \(claim) and item = any (\(items.map { Int32($0) })) and released_at is null
        """)
    }
    return Query.execute(
      "update claimed_repairs set released_at = \(instant) where claim_id = \(claim) and released_at is null")
  }
}
