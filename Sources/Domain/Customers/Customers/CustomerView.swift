/// A customer as one caller may see it: with the personal fields masked unless he holds `customersReadPersonal`
/// (SEC-04). Services answer with it, so that the unmasked file never reaches the edge by accident.
package struct CustomerView: Hashable, Sendable {
  package let customer: Customer
  package let isMasked: Bool
  /// What this caller may do with it now.
  package let actions: [String]

  package init(_ customer: Customer, for caller: Caller) {
    let mayMerge = customer.state == .active && caller.may(.customersMerge)
    self.init(
      customer, masked: !caller.may(.customersReadPersonal), actions: mayMerge ? ["merge"] : [])
  }

  package init(_ customer: Customer, masked: Bool, actions: [String] = []) {
    isMasked = masked
    self.actions = actions
    guard masked else {
      self.customer = customer
      return
    }
    var shown = customer
    let profile = customer.profile
    shown.profile.name = PersonalData.name(profile.name)
    shown.profile.phone = PersonalData.phone(profile.phone)
    shown.profile.phone2 = profile.phone2.map(PersonalData.phone)
    shown.profile.email = profile.email.map(PersonalData.email)
    shown.profile.address = profile.address.map { PersonalData.address($0, city: profile.city) }
    // Free text may say anything about anybody.
    shown.profile.note = profile.note.map { _ in "***" }
    self.customer = shown
  }
}
