/// What a supplier has agreed to pay for claims about its parts, from a day on (SET-05): a factor on the price of the part, a rate for
/// each hour of the standard time, up to a cap a claim line. Never changed; the next agreement is another contract.
package struct SupplierContract: Hashable, Sendable {
  package typealias ID = Identifier<SupplierContract>

  package let id: ID
  package let supplierID: Supplier.ID
  package let terms: Terms
  package let createdAt: Timestamp
  package let createdBy: RecordStamp.Author

  package struct Terms: Hashable, Sendable {
    /// The number of the paper.
    package let reference: String
    package let validFrom: CalendarDate
    /// Hundredths: 115 is 1.15 times the price.
    package let partsFactorHundredths: Int64
    /// For one hour of the standard time; its currency is the contract's.
    package let labourRate: Money
    /// At most so much for one claim line; `nil`: no cap.
    package let lineCap: Money?

    package init(
      reference: String, validFrom: CalendarDate, partsFactorHundredths: Int64, labourRate: Money, lineCap: Money?
    ) {
      self.reference = reference
      self.validFrom = validFrom
      self.partsFactorHundredths = partsFactorHundredths
      self.labourRate = labourRate
      self.lineCap = lineCap
    }

    package var currency: Currency { labourRate.currency }
  }

  package init(
    id: ID, supplierID: Supplier.ID, terms: Terms, createdAt: Timestamp, createdBy: RecordStamp.Author
  ) {
    self.id = id
    self.supplierID = supplierID
    self.terms = terms
    self.createdAt = createdAt
    self.createdBy = createdBy
  }
}

extension SupplierContract.Terms {
  /// All violations at once (C-09).
  package func validate() throws(Refusal) {
    guard let lineCap else { return }
    if lineCap.currency != currency {
      throw .invalid("#/lineCap/currency", .inconsistent, "must be the currency of the labour rate")
    }
    if lineCap.minor <= 0 { throw .invalid("#/lineCap/amount", .outOfRange, "must be more than zero") }
  }

  /// What is recovered for one claim line.
  package struct Amount: Hashable, Sendable {
    package let parts: Money
    package let labour: Money
    /// The sum of both, cut at the cap.
    package let total: Money
    package var isCapped: Bool { total.minor < parts.minor.addingSaturating(labour.minor) }

    package init(parts: Money, labour: Money, total: Money) {
      self.parts = parts
      self.labour = labour
      self.total = total
    }
  }

  /// Parts price × factor and standard hours × rate, each rounded half up to the minor unit (C-05), added, then capped.
  ///
  /// - Throws: `CurrencyMismatch` for a cost in another currency than the contract's.
  package func amount(partsCost: Money, labour hours: Hours) throws(CurrencyMismatch) -> Amount {
    guard partsCost.currency == currency else { throw CurrencyMismatch(left: partsCost.currency, right: currency) }
    let parts = Money(
      minor: partsCost.minor.multipliedSaturating(by: partsFactorHundredths).addingSaturating(50).flooredDivision(
        by: 100),
      currency: currency)
    let labour = Money.labour(hours, at: labourRate)
    let sum = try parts.adding(labour)
    return Amount(parts: parts, labour: labour, total: lineCap.map { $0.minor < sum.minor ? $0 : sum } ?? sum)
  }
}
