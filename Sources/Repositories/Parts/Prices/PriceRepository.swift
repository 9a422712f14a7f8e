package import Domain
package import Postgres

/// What parts cost on a day: of the approved lists that name a part and are valid by then, the one that became valid last; of
/// two of one day the one approved last (PO-12). Approved lists are everybody's.
package enum PriceRepository {
  package static func prices(of parts: [Part.ID], on day: CalendarDate) -> Query<[PartPrice]> {
    Query.list(
      """
      select distinct on (n.part_id) n.part_id, n.price, n.retail_price, l.currency, l.id, l.number, l.valid_from
      from price_list_lines n
        join price_lists l on l.id = n.price_list_id
      where n.part_id = any (\(parts)) and l.state = 'approved' and l.valid_from <= \(day)
      order by n.part_id, l.valid_from desc, l.decided_at desc, l.id desc
      """
    ) { row in
      let part = try row.next(Part.ID.self)
      let price = try row.next(MinorUnits.self)
      let retail = try row.next(MinorUnits?.self)
      let currency = try row.next(as: Currency.self)
      return PartPrice(
        partID: part, price: Money(minor: price.value, currency: currency),
        retailPrice: retail.map { Money(minor: $0.value, currency: currency) },
        priceListID: try row.next(PriceList.ID.self), priceListNumber: try row.next(String.self),
        validFrom: try row.next(CalendarDate.self))
    }
  }
}
