/// What a part costs on a day, and which approved list says so (PRT-02, PO-12).
package struct PartPrice: Hashable, Sendable {
  package let partID: Part.ID
  /// What a station pays.
  package let price: Money
  /// What a customer is asked for; `nil`: the list does not say.
  package let retailPrice: Money?
  package let priceListID: Identifier<PriceList>
  package let priceListNumber: String
  package let validFrom: CalendarDate

  package init(
    partID: Part.ID, price: Money, retailPrice: Money?, priceListID: Identifier<PriceList>, priceListNumber: String,
    validFrom: CalendarDate
  ) {
    self.partID = partID
    self.price = price
    self.retailPrice = retailPrice
    self.priceListID = priceListID
    self.priceListNumber = priceListNumber
    self.validFrom = validFrom
  }
}

extension CalendarDate {
  /// The day in Asia/Shanghai, by which prices are valid (domain.md section 1).
  package init(inChina instant: Timestamp) {
    self.init(daysSinceEpoch: instant.adding(seconds: 8 * 3600).milliseconds.flooredDivision(by: 86_400_000))
  }
}
