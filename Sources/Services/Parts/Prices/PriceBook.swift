package import Domain
package import Repositories

/// Prices in force (PRT-02, PO-12).
package enum PriceBook {
  /// What the part costs on the day: the approved price of that day; `nil`: no approved list names it.
  package static func price(
    of part: Part.ID, on day: CalendarDate, in tx: Transaction
  ) async throws -> PartPrice? {
    try await tx.run(PriceRepository.prices(of: [part], on: day)).first
  }

  /// The same for several parts, in one trip; those without a price are left out.
  package static func prices(
    of parts: [Part.ID], on day: CalendarDate, in tx: Transaction
  ) async throws -> [Part.ID: PartPrice] {
    let found = try await tx.run(PriceRepository.prices(of: parts, on: day))
    return Dictionary(found.map { ($0.partID, $0) }, uniquingKeysWith: { first, _ in first })
  }
}

extension Supersession {
  /// The part that stands for the given one on the day: the end of the chain that is in effect then.
  package static func current(
    of part: Part.ID, number: String, on day: CalendarDate, in tx: Transaction
  ) async throws -> SupersessionChain {
    SupersessionChain(
      of: part, number: number, on: day, among: try await tx.run(SupersessionRepository.around(part)))
  }
}
