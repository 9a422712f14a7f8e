package import Domain
import FoundationEssentials

/// Two parts with approved prices, a central warehouse that has some of them, and stores of stations, written straight into the
/// database: what parts orders need.
package enum TestParts {
  /// 520.00 and 35.50 CNY a piece.
  package static let pad = "TP-PAD-01"
  package static let filter = "TP-FIL-02"
  package static let partIDs = [
    pad: "0199f2a0-2222-7a02-8a02-0a0b0c0d0e02", filter: "0199f2a0-2222-7a02-8a02-0a0b0c0d0e03",
  ]
  package static let warehouse = "0199f2a0-1111-7a01-8a01-0a0b0c0d0e01"

  /// - Parameters:
  ///   - stations: which get a store, where they have none.
  ///   - quantity: of each part in the warehouse.
  package static func seed(_ database: TestDatabase, stations: [Station.ID], quantity: Int = 100) throws {
    let stamp = "1, '2026-01-01Z', '测试', null, '2026-01-01Z', '测试', null"
    let record = "version, created_at, created_by, created_by_id, updated_at, updated_by, updated_by_id"
    // The triggers of stock run with the owner's rights, which row-level security binds.
    var sql = """
      set app.scope = '*';
      insert into parts (id, number, name, origin, unit, \(record)) values
        ('\(partIDs[pad] ?? "")', '\(pad)', '前制动片套件', 'original', 'set', \(stamp)),
        ('\(partIDs[filter] ?? "")', '\(filter)', '机油滤清器', 'original', 'piece', \(stamp))
        on conflict do nothing;
      insert into price_lists (id, number, state, name, currency, valid_from, submitted_by, submitted_at, decided_by,
        decided_at, author_ids, \(record))
      values ('0199f2a0-7777-7a07-8a07-0a0b0c0d0e07', 'PL-HQ-2026-900001', 'draft', '测试价目', 'CNY', '2026-01-02',
        '测试', '2026-01-01Z', null, null, '{}', \(stamp)) on conflict do nothing;
      insert into price_list_lines (price_list_id, position, part_id, price) select l.id, v.position, v.part_id, v.price
        from price_lists l, (values (1, '\(partIDs[pad] ?? "")'::uuid, 520.00), (2, '\(partIDs[filter] ?? "")'::uuid, 35.50))
          as v(position, part_id, price)
        where l.number = 'PL-HQ-2026-900001' and l.state = 'draft';
      update price_lists set state = 'submitted' where number = 'PL-HQ-2026-900001' and state = 'draft';
      update price_lists set state = 'approved', decided_by = '他人', decided_at = '2026-01-01Z'
        where number = 'PL-HQ-2026-900001' and state = 'submitted';
      insert into stock_locations (id, code, name, kind, \(record))
      values ('\(warehouse)', 'TP-CENTRAL', '中心库', 'central', \(stamp)) on conflict do nothing;
      """
    for station in stations {
      sql += """
        insert into stock_locations (id, code, name, kind, station_id, \(record))
        select overlay(overlay(gen_random_uuid()::text placing '7' from 15) placing '8' from 20)::uuid, 'TP-' || s.code, '配件库', 'station', s.id, \(stamp)
        from stations s where s.id = '\(station)' on conflict do nothing;
        """
    }
    for part in [pad, filter] {
      sql += """
        insert into stock_movements (id, location_id, part_id, kind, quantity, cost, currency, on_hand_after, ordinal,
          recorded_at, recorded_by)
        select gen_random_uuid(), '\(warehouse)', '\(partIDs[part] ?? "")', 'receipt', \(quantity), \(quantity) * 10.00,
          'CNY', 0, 0, '2026-01-01Z', '测试'
        where not exists (select from stock_movements m where m.location_id = '\(warehouse)'
          and m.part_id = '\(partIDs[part] ?? "")');
        """
    }
    _ = try database.admin(sql)
  }
}
