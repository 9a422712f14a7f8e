import Domain
package import FoundationEssentials

extension TestNetwork {
  /// A warranty claim of the station that other documents can name, with nothing in it; one that is there already stays.
  package func claim(_ id: UUID, in test: TestDatabase) throws {
    let order = UUID()
    try test.admin(
      """
      insert into work_orders (id, number, station_id, currency, state, customer_id, vehicle_id, mode, service_type,
        summary, inspection, created_at, created_by, updated_at, updated_by)
      select '\(order)', 'WO-\(order)', '\(station)', 'CNY', 'received', '\(customer)', '\(vehicle)', 'workshop',
        'repair', 's', '{}', now(), 'x', now(), 'x'
      where not exists (select from warranty_claims where id = '\(id)');
      insert into warranty_claims (id, number, station_id, kind, state, currency, work_order_id, vehicle_id, created_at,
        created_by, updated_at, updated_by)
      select '\(id)', 'WC-\(id)', '\(station)', 'warrantyRepair', 'draft', 'CNY', o.id, '\(vehicle)', now(), 'x', now(),
        'x'
      from work_orders o
      where o.id = '\(order)';
      """)
  }
}
