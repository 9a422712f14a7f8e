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

/// What one request shows unmasked: who asks for it, and of whom so far (SEC-04).
package final class DisclosureLog: Sendable {
  private struct State {
    /// In the order in which they are shown; a page has a hundred at most, so a linear look beats a set.
    var holders: [PersonalDataHolder] = []
    /// How many of them are committed.
    var recorded = 0
  }

  private let request: ShownPersonalData
  private let state = Mutex(State())

  /// - Parameters:
  ///   - operation: `GET /v1/customers/{id}`, not the path.
  ///   - purpose: what the caller said he needs it for (`Access-Purpose`).
  package init(of caller: Caller, requestID: String, operation: String, purpose: String?, at: Timestamp) {
    request = ShownPersonalData(
      at: at, actorKind: caller.subject.kind, actorID: caller.subject.id, actorName: caller.name,
      actorRoles: caller.roles.map(\.rawValue).sorted(), requestID: requestID, operation: operation, purpose: purpose)
  }

  func note(_ holder: PersonalDataHolder) {
    state.withLock { state in
      if !state.holders.contains(holder) { state.holders.append(holder) }
    }
  }

  /// How many are noted by now, for `forget`.
  package var count: Int { state.withLock { $0.holders.count } }

  /// Takes back what was noted beyond the first `count`, by an attempt to write that came to nothing and was shown to nobody.
  package func forget(beyond count: Int) {
    state.withLock { $0.holders.removeLast(max(0, $0.holders.count - count)) }
  }

  /// What has to be recorded before the answer may be sent; `nil`: nothing, or nothing more.
  package var unrecorded: ShownPersonalData? {
    state.withLock { state in
      guard state.recorded < state.holders.count else { return nil }
      var shown = request
      shown.holders = Array(state.holders[state.recorded...])
      return shown
    }
  }

  /// Says that what `unrecorded` was is committed.
  package func settle(_ shown: ShownPersonalData) {
    state.withLock { $0.recorded += shown.holders.count }
  }
}

/// Whose personal data one request shows, to be recorded before it does (SEC-04).
package struct ShownPersonalData: Sendable {
  package internal(set) var holders: [PersonalDataHolder] = []
  package let at: Timestamp
  package let actorKind: String
  package let actorID: UUID?
  package let actorName: String
  /// Codes of the roles that he has.
  package let actorRoles: [String]
  package let requestID: String
  package let operation: String
  package let purpose: String?

  init(
    at: Timestamp, actorKind: String, actorID: UUID?, actorName: String, actorRoles: [String], requestID: String,
    operation: String, purpose: String?
  ) {
    self.at = at
    self.actorKind = actorKind
    self.actorID = actorID
    self.actorName = actorName
    self.actorRoles = actorRoles
    self.requestID = requestID
    self.operation = operation
    self.purpose = purpose
  }
}
