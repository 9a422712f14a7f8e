package import FoundationEssentials
import Synchronization

/// A value with members that tell who a customer is. What is personal about a family, and how it looks to those who may not
/// know the person, stands in its conformance and nowhere else (SEC-04).
package protocol HoldsPersonalData {
  /// The same with every personal member masked by `PersonalData`.
  var masked: Self { get }
}

/// Under what a look at somebody's personal data is written down.
package enum PersonalDataHolder: Hashable, Sendable {
  case customer(Customer.ID)
  /// Somebody without a file, under the document that names him.
  case document(Resource, UUID, Station.ID?)

  /// Gives lists a fixed order.
  var order: String {
    switch self {
    case .customer(let customer): customer.description
    case .document(_, let id, _): id.canonical
    }
  }
}

/// How much of one customer a caller is shown, and the way in which what he was shown is recorded: views mask through it
/// and write personal members through it, so that an unmasked value cannot leave unnoticed (SEC-04).
package struct Disclosure: Sendable {
  package let isMasked: Bool
  private let holder: PersonalDataHolder?
  private let log: DisclosureLog?

  private init(_ holder: PersonalDataHolder?, to caller: Caller) {
    isMasked = !caller.may(.customersReadPersonal)
    self.holder = holder
    log = caller.disclosures
  }

  /// - Parameter customer: whose file the record of the read stands under.
  package init(of customer: Customer.ID?, to caller: Caller) {
    self.init(customer.map(PersonalDataHolder.customer), to: caller)
  }

  /// - Parameters:
  ///   - customer: the file of whom the document names, if he has one.
  ///   - document: what the record stands under while he has none.
  package init<Document: VersionedDocument>(of customer: Customer.ID?, in document: Document, to caller: Caller) {
    self.init(
      customer.map(PersonalDataHolder.customer)
        ?? .document(Document.resource, document.id.uuid, document.audience.station),
      to: caller)
  }

  /// The value as the caller may see it.
  package func shown<Value: HoldsPersonalData>(_ value: Value) -> Value { isMasked ? value.masked : value }

  /// Says that a personal member is being written.
  package func note() {
    if !isMasked, let holder { log?.note(holder) }
  }
}

/// The persons whose data one request shows unmasked.
package final class DisclosureLog: Sendable {
  private let noted = Mutex<[PersonalDataHolder]>([])

  package init() {}

  func note(_ holder: PersonalDataHolder) {
    noted.withLock { noted in
      if !noted.contains(holder) { noted.append(holder) }
    }
  }

  /// How many are noted by now, for `forget`.
  package var count: Int { noted.withLock { $0.count } }

  /// Takes back what was noted beyond the first `count`, by an attempt to write that came to nothing and was shown to nobody.
  package func forget(beyond count: Int) {
    noted.withLock { $0.removeLast(max(0, $0.count - count)) }
  }

  /// In the order of their identities.
  package var holders: [PersonalDataHolder] {
    noted.withLock { $0.sorted { $0.order < $1.order } }
  }
}
