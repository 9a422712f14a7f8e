/// A merge patch on a customer (C-17). The serving station is not in it: the number names it.
package struct CustomerPatch: Sendable {
  package var kind: Patch<Customer.Kind> = .keep
  package var name: Patch<String> = .keep
  package var phone: Patch<String> = .keep
  package var phone2: Patch<String?> = .keep
  package var email: Patch<String?> = .keep
  package var address: Patch<String?> = .keep
  package var city: Patch<String?> = .keep
  package var contactPreference: Patch<Customer.ContactPreference?> = .keep
  package var wishedService: Patch<String?> = .keep
  package var note: Patch<String?> = .keep
  package var externalIDs: Patch<[String: String]> = .keep

  package init() {}
}

extension Customer {
  /// The customer with the patch merged in, checked as a whole; equal to this one if the patch changes nothing.
  package func applying(_ patch: CustomerPatch) throws(Refusal) -> Customer {
    var customer = self
    patch.kind.merge(into: &customer.profile.kind)
    patch.name.merge(into: &customer.profile.name)
    patch.phone.merge(into: &customer.profile.phone)
    patch.phone2.merge(into: &customer.profile.phone2)
    patch.email.merge(into: &customer.profile.email)
    patch.address.merge(into: &customer.profile.address)
    patch.city.merge(into: &customer.profile.city)
    patch.contactPreference.merge(into: &customer.profile.contactPreference)
    patch.wishedService.merge(into: &customer.profile.wishedService)
    patch.note.merge(into: &customer.profile.note)
    patch.externalIDs.merge(into: &customer.externalIDs)
    let violations = customer.profile.violations()
    if !violations.isEmpty { throw .invalid(violations) }
    if customer != self { try requireActive(for: "update") }
    return customer
  }

  /// What changed, for the event log: that a personal field changed, with its masked values. The log is kept for ever
  /// and read widely, so the values themselves stay in the file alone (SEC-04).
  package func changes(from before: Customer?) -> [FieldChange] {
    let old = before?.profile
    let shown = profile.masked
    let oldShown = old?.masked
    var comparison = FieldComparison()
    comparison.field("number", before?.number, number)
    comparison.choice("state", before?.state, state)
    comparison.field("mergedIntoId", before?.mergedIntoID, mergedIntoID)
    comparison.field("stationId", before?.stationID, stationID)
    comparison.choice("kind", old?.kind, profile.kind)
    var personal: [FieldChange] = []
    func compare(_ name: String, _ field: (CustomerProfile) -> String?) {
      guard old.flatMap(field) != field(profile) else { return }
      personal.append(
        FieldChange(name, .optional(oldShown.flatMap(field)), .optional(field(shown))))
    }
    compare("name") { $0.name }
    compare("phone") { $0.phone }
    compare("phone2") { $0.phone2 }
    compare("email") { $0.email }
    compare("address") { $0.address }
    compare("city") { $0.city }
    compare("note") { $0.note }
    comparison.choice("contactPreference", old?.contactPreference, profile.contactPreference)
    comparison.field("wishedService", old?.wishedService, profile.wishedService)
    comparison.field("externalIds", before?.externalIDs ?? [:], externalIDs)
    return comparison.changes + personal
  }
}
