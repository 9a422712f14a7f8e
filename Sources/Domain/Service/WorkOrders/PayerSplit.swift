/// Who pays a job line (WO-44, domain.md section 7). The parts sum to the line to the cent; the database checks it again
/// (`work_order_payer_split_sums`).
package struct PayerSplit: Hashable, Sendable {
  package enum Payer: String, Hashable, Sendable, CaseIterable {
    case customer, warranty, goodwill, campaign, `internal`, insurance
  }

  /// Payers with an amount other than zero.
  package let amounts: [Payer: Int64]
  /// Who pays: those with an amount, and where nothing is to be paid those who would.
  package let payers: Set<Payer>

  /// - Parameter payers: who would pay, for a line that costs nothing; left out, everybody that `amounts` names.
  package init(_ amounts: [Payer: Int64], payers: Set<Payer>? = nil) {
    self.amounts = amounts.filter { $0.value != 0 }
    self.payers = self.amounts.isEmpty ? payers ?? Set(amounts.keys) : Set(self.amounts.keys)
  }

  package static func all(_ payer: Payer, _ minor: Int64) -> PayerSplit { PayerSplit([payer: minor]) }

  package subscript(_ payer: Payer) -> Int64 { amounts[payer] ?? 0 }

  package var sum: Int64 { amounts.values.reduce(0) { $0.addingSaturating($1) } }

  /// The same payers for another total. One payer takes it all, and of nothing nobody has a share; else, with several, nobody
  /// can guess, so it is `nil` and the writer must say the new split. Who paid is remembered while the line costs nothing.
  package func following(_ total: Int64) -> PayerSplit? {
    if sum == total { return self }
    if total == 0 { return PayerSplit([:], payers: payers) }
    guard let first = payers.first else { return .all(.customer, total) }
    return payers.count == 1 ? .all(first, total) : nil
  }

  package func adding(_ other: PayerSplit) -> PayerSplit {
    PayerSplit(amounts.merging(other.amounts) { $0.addingSaturating($1) }, payers: payers.union(other.payers))
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
