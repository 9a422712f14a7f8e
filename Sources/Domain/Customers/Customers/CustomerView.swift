/// A customer as one caller may see it: with the personal fields masked unless he holds `customersReadPersonal`
/// (SEC-04). Services answer with it, so that the unmasked file never reaches the edge by accident.
package struct CustomerView: Sendable {
  package let customer: Customer
  package let disclosure: Disclosure
  /// What this caller may do with it now.
  package let actions: [String]

  package var isMasked: Bool { disclosure.isMasked }

  package init(_ customer: Customer, for caller: Caller) {
    disclosure = Disclosure(of: customer.id, to: caller)
    self.customer = disclosure.shown(customer)
    actions = customer.offers(to: caller).filter(\.isAllowed).map(\.action)
  }
}

extension Customer {
  /// What can be done with the file beside changing it; nothing when it was merged into another one or its person erased.
  package func offers(to caller: Caller) -> [ActionOffer] {
    switch state {
    case .active:
      [
        ActionOffer(action: "erase", to: State.erased.rawValue, .customersErase, for: caller),
        ActionOffer(action: "merge", to: state.rawValue, .customersMerge, for: caller),
      ]
    case .merged, .erased: []
    }
  }
}

extension Customer: HoldsPersonalData {
  package var masked: Customer {
    var shown = self
    shown.profile = profile.masked
    return shown
  }
}

extension CustomerProfile: HoldsPersonalData {
  package var masked: CustomerProfile {
    var shown = self
    shown.name = PersonalData.name(name)
    shown.phone = PersonalData.phone(phone)
    shown.phone2 = phone2.map(PersonalData.phone)
    shown.email = email.map(PersonalData.email)
    shown.address = address.map { PersonalData.address($0, city: city) }
    // Free text may say anything about anybody.
    shown.note = note.map { _ in PersonalData.hidden }
    return shown
  }
}
