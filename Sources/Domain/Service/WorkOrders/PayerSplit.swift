/// Who pays a job line (WO-44, domain.md section 7). The parts sum to the line to the cent; the database checks it again
/// (`work_order_payer_split_sums`).
package struct PayerSplit: Hashable, Sendable {
  package enum Payer: String, Hashable, Sendable, CaseIterable {
    case customer, warranty, goodwill, campaign, `internal`, insurance
  }

  /// Payers with an amount other than zero.
  package let amounts: [Payer: Int64]

  package init(_ amounts: [Payer: Int64]) { self.amounts = amounts.filter { $0.value != 0 } }

  package static func all(_ payer: Payer, _ minor: Int64) -> PayerSplit { PayerSplit([payer: minor]) }

  package subscript(_ payer: Payer) -> Int64 { amounts[payer] ?? 0 }

  package var sum: Int64 { amounts.values.reduce(0) { $0.addingSaturating($1) } }

  /// The same payers for another total. One payer takes it all; with several nobody can guess, so it is `nil` and the
  /// writer must say the new split.
  package func following(_ total: Int64) -> PayerSplit? {
    if sum == total { return self }
    if amounts.isEmpty { return .all(.customer, total) }
    guard amounts.count == 1, let only = amounts.keys.first else { return nil }
    return .all(only, total)
  }

  package func adding(_ other: PayerSplit) -> PayerSplit {
    PayerSplit(amounts.merging(other.amounts) { $0.addingSaturating($1) })
  }

  /// What is wrong with this split for a line of `total`, as violations under `pointer`.
  package func violations(for total: Int64, at pointer: String) -> [Violation] {
    var found: [Violation] = []
    for payer in Payer.allCases where self[payer] < 0 {
      found.append(
        Violation(pointer: "\(pointer)/\(payer.rawValue)", code: .outOfRange, detail: "must not be negative"))
    }
    if sum != total {
      found.append(
        Violation(
          pointer: pointer, code: .inconsistent,
          detail:
            "sums to \(DecimalString.text(hundredths: sum)), the line to \(DecimalString.text(hundredths: total))"))
    }
    return found
  }
}
