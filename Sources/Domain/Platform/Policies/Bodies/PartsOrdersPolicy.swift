/// Terms of orders to headquarters by type (PO-01…17, D-14). How long a shortage may be claimed is the clock
/// `partsClaimWindow`.
package struct PartsOrdersPolicy: PolicyBody {
  package static let key = PolicyKey.partsOrders

  package enum OrderType: String, Hashable, Sendable, CaseIterable {
    case stock, urgent, vor, startup, transfer
  }

  package var types: [OrderType: OrderTerms]
  /// Hours after which a reservation for a work order or an appointment ends by itself; of an order in the workshop, by which it
  /// is renewed.
  package var reservationHours: Int
  /// Share of the value that must be covered by deposit or advance before shipping (PO-10).
  package var depositPercent: Int
  /// What a station may owe on open account before its orders wait for Finance (SET-03); `nil`: nothing.
  package var creditLimit: Money?

  package static let pattern = PolicyDefaults.partsOrders
  package static let fields = [
    PolicyField("creditLimit", \Self.creditLimit, .optional(.amount)),
    PolicyField("depositPercent", \Self.depositPercent, .percent),
    PolicyField("reservationHours", \Self.reservationHours, .integer(1...2160)),
    PolicyField(
      "types", \Self.types, .table(OrderType.self, of: .record, standard: { PolicyDefaults.partsOrders.types })),
  ]

  package static func check(_ policy: PartsOrdersPolicy, _ faults: inout PolicyFaults) {
    guard let vor = policy.types[.vor], let urgent = policy.types[.urgent], let stock = policy.types[.stock] else {
      return
    }
    faults.within(.member("types")) { faults in
      if vor.supplyDays > urgent.supplyDays {
        faults.within(.member(OrderType.vor.rawValue)) { $0.refuse("supplyDays", "must not be later than urgent") }
      }
      if urgent.supplyDays > stock.supplyDays {
        faults.within(.member(OrderType.urgent.rawValue)) { $0.refuse("supplyDays", "must not be later than stock") }
      }
    }
  }
}

/// The terms of one type of order.
package struct OrderTerms: PolicyRecord {
  /// Days from confirmation to shipment that count as on time (PO-05).
  package var supplyDays: Int
  package var surchargePercent: Int
  /// Whether the station's position is asked before shipping (SET-03, PO-04).
  package var checksCredit: Bool

  package init(supplyDays: Int, surchargePercent: Int = 0, checksCredit: Bool = true) {
    self.supplyDays = supplyDays
    self.surchargePercent = surchargePercent
    self.checksCredit = checksCredit
  }

  package static let component: String? = "OrderTerms"
  package static let pattern = OrderTerms(supplyDays: 7)
  package static let fields = [
    PolicyField("checksCredit", \Self.checksCredit, .boolean),
    PolicyField("supplyDays", \Self.supplyDays, .integer(0...180)),
    PolicyField("surchargePercent", \Self.surchargePercent, .percent),
  ]
}
