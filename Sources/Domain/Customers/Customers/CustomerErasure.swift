/// What stays of a person whose file was erased: documents about money, safety and vehicles keep pointing to the file, whose
/// number stands wherever his name stood (SEC-04).
extension Customer {
  /// A telephone number that nobody has.
  private static let noPhone = "00000"

  /// The pseudonym in place of the name.
  package var pseudonym: String { number }

  /// This file without the person.
  ///
  /// - Throws: `transition` for a file that is erased already, or that another one took over: that one is erased, and
  ///   this with it.
  package func erased(by caller: Caller, at instant: Timestamp) throws(Refusal) -> Customer {
    try requireActive(for: "erase")
    var customer = revised(by: caller, at: instant)
    customer.close()
    customer.profile = CustomerProfile(
      kind: profile.kind, name: pseudonym, phone: Self.noPhone, phone2: nil, email: nil, address: nil, city: nil,
      contactPreference: nil, wishedService: nil, note: nil)
    customer.externalIDs = [:]
    return customer
  }
}

/// A document that still needs to know who the customer is: while it is open, his file cannot be erased.
package struct LegalHold: Hashable, Sendable {
  package let resource: Resource
  package let number: String
  package let state: String

  package init(resource: Resource, number: String, state: String) {
    self.resource = resource
    self.number = number
    self.state = state
  }
}

/// An order that lost its person with the customer's file, in the version that this made.
package struct PseudonymisedOrder: Hashable, Sendable {
  package let id: WorkOrder.ID
  package let number: String
  package let version: Int

  package init(id: WorkOrder.ID, number: String, version: Int) {
    self.id = id
    self.number = number
    self.version = version
  }
}
