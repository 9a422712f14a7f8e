import Synchronization

/// A value with members that tell who a customer is. What is personal about a family, and how it looks to those who may not
/// know the person, stands in its conformance and nowhere else (SEC-04).
package protocol HoldsPersonalData {
  /// The same with every personal member masked by `PersonalData`.
  var masked: Self { get }
}

/// How much of one customer a caller is shown, and the way in which what he was shown is recorded: views mask through it
/// and write personal members through it, so that an unmasked value cannot leave unnoticed (SEC-04).
package struct Disclosure: Sendable {
  package let isMasked: Bool
  private let customer: Customer.ID?
  private let log: DisclosureLog?

  /// - Parameter customer: whose file the record of the read stands under; a person without a file has none.
  package init(of customer: Customer.ID?, to caller: Caller) {
    isMasked = !caller.may(.customersReadPersonal)
    self.customer = customer
    log = caller.disclosures
  }

  /// The value as the caller may see it.
  package func shown<Value: HoldsPersonalData>(_ value: Value) -> Value { isMasked ? value.masked : value }

  /// Says that a personal member is being written.
  package func note() {
    if !isMasked, let customer { log?.note(customer) }
  }
}

/// The customers whose personal data one request shows unmasked.
package final class DisclosureLog: Sendable {
  private let noted = Mutex<[Customer.ID]>([])

  package init() {}

  func note(_ customer: Customer.ID) {
    noted.withLock { noted in
      if !noted.contains(customer) { noted.append(customer) }
    }
  }

  /// How many are noted by now, for `forget`.
  package var count: Int { noted.withLock { $0.count } }

  /// Takes back what was noted beyond the first `count`, by an attempt to write that came to nothing and was shown to nobody.
  package func forget(beyond count: Int) {
    noted.withLock { $0.removeLast(max(0, $0.count - count)) }
  }

  /// In the order of their identities.
  package var customers: [Customer.ID] {
    noted.withLock { $0.sorted { $0.description < $1.description } }
  }
}
