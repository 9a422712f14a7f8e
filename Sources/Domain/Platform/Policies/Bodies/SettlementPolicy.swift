/// How approved claims are paid (SET-01…14, D-15, D-16).
package struct SettlementPolicy: PolicyBody {
  package static let key = PolicyKey.settlement

  package enum Period: String, Hashable, Sendable, CaseIterable {
    case halfMonthly, monthly, quarterly
  }

  package enum Rounding: String, Hashable, Sendable, CaseIterable {
    case halfUp, halfEven
  }

  package var period: Period
  /// Days from compilation in which the station confirms or disputes; then it counts as confirmed. 0: never by itself.
  package var confirmationDays: Int
  /// Days from approval to payment.
  package var paymentDays: Int
  /// Smaller balances are carried over.
  package var leastPayment: Money
  /// Whether what the station owes is taken off (SET-03).
  package var offsetsReceivables: Bool
  package var rounding: Rounding
  /// What a station leaves with the maker (D-16).
  package var deposit: Money
  /// Share of the expected claims that is paid in advance (D-16).
  package var advancePercent: Int

  package static let pattern = PolicyDefaults.settlement
  package static let fields = [
    PolicyField("advancePercent", \Self.advancePercent, .percent),
    PolicyField("confirmationDays", \Self.confirmationDays, .integer(0...90)),
    PolicyField("deposit", \Self.deposit, .amount),
    PolicyField("leastPayment", \Self.leastPayment, .amount),
    PolicyField("offsetsReceivables", \Self.offsetsReceivables, .boolean),
    PolicyField("paymentDays", \Self.paymentDays, .integer(0...180)),
    PolicyField("period", \Self.period, .choice(Period.self)),
    PolicyField("rounding", \Self.rounding, .choice(Rounding.self)),
  ]

  package static func check(_ policy: SettlementPolicy, _ faults: inout PolicyFaults) {
    if policy.deposit.currency != policy.leastPayment.currency {
      faults.refuse("deposit", "must be in the currency of leastPayment")
    }
  }
}
