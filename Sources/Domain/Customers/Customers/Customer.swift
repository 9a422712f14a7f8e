/// A customer file of one station (CUS-01 … CUS-08).
package struct Customer: Record {
  package typealias ID = Identifier<Customer>

  package enum Kind: String, Hashable, Sendable, CaseIterable {
    case person, company
  }

  package enum State: String, Hashable, Sendable, CaseIterable {
    case active
    /// A duplicate whose file another one took over; older documents keep pointing here.
    case merged
    /// The person is gone; the file stays for the documents that point to it.
    case erased
  }

  package enum ContactPreference: String, Hashable, Sendable, CaseIterable {
    case phone, sms, email, post
  }

  package static let resource = Resource.customer

  package let id: ID
  /// `CU-SY001-2026-000123`
  package let number: String
  /// The station that serves the customer and whose scope sees the file (SEC-04).
  package let stationID: Station.ID
  package private(set) var state: State
  /// Present exactly in state `merged`.
  package private(set) var mergedIntoID: ID?
  package var profile: CustomerProfile
  package var externalIDs: [String: String]
  package var revision: Revision

  package init(
    id: ID, number: String, stationID: Station.ID, state: State = .active, mergedIntoID: ID? = nil,
    profile: CustomerProfile, externalIDs: [String: String], version: Int, stamp: RecordStamp
  ) {
    self.id = id
    self.number = number
    self.stationID = stationID
    self.state = state
    self.mergedIntoID = mergedIntoID
    self.profile = profile
    self.externalIDs = externalIDs
    self.revision = Revision(version: version, stamp: stamp)
  }

  package var designation: String? { number }
  package var audience: Audience { .station(stationID) }

  /// A merged file is history: what is to change belongs into the file that took over.
  package func requireActive(for action: String) throws(Refusal) {
    switch state {
    case .active: break
    case .merged, .erased: throw .transition(action: action, from: state.rawValue, to: nil, allowed: [])
    }
  }

  mutating func close() { state = .erased }

  /// This duplicate as the other file takes it over. Both are active files of one station.
  ///
  /// - Throws: `invalid` at `#/duplicateId` for the same file or another station's, `transition` when one is merged.
  package func merged(into survivor: Customer, by caller: Caller, at instant: Timestamp) throws(Refusal) -> Customer {
    if survivor.id == id {
      throw .invalid("#/duplicateId", .inconsistent, "a customer cannot be merged into itself")
    }
    if survivor.stationID != stationID {
      throw .invalid("#/duplicateId", .inconsistent, "must be a customer of the same station")
    }
    try survivor.requireActive(for: "merge")
    try requireActive(for: "merge")
    var customer = revised(by: caller, at: instant)
    customer.state = .merged
    customer.mergedIntoID = survivor.id
    return customer
  }
}

/// What a station keeps about a customer and may change: fields of CUS-02 and CUS-04.
package struct CustomerProfile: Hashable, Sendable {
  package var kind: Customer.Kind
  package var name: String
  package var phone: String
  package var phone2: String?
  package var email: String?
  package var address: String?
  package var city: String?
  package var contactPreference: Customer.ContactPreference?
  /// The service the customer would like to get (希望得到的服务).
  package var wishedService: String?
  package var note: String?

  package init(
    kind: Customer.Kind, name: String, phone: String, phone2: String?, email: String?, address: String?, city: String?,
    contactPreference: Customer.ContactPreference?, wishedService: String?, note: String?
  ) {
    self.kind = kind
    self.name = name
    self.phone = phone
    self.phone2 = phone2
    self.email = email
    self.address = address
    self.city = city
    self.contactPreference = contactPreference
    self.wishedService = wishedService
    self.note = note
  }

  /// The rules of single fields that the edge's readers do not know, and those between fields.
  package func violations() -> [Violation] {
    var found: [Violation] = []
    if !Self.isPhone(phone) { found.append(Self.badPhone("#/phone")) }
    if let phone2, !Self.isPhone(phone2) { found.append(Self.badPhone("#/phone2")) }
    if let email, !Self.isEmail(email) {
      found.append(Violation(pointer: "#/email", code: .invalidFormat, detail: "must be an e-mail address"))
    }
    if contactPreference == .email, email == nil {
      found.append(
        Violation(pointer: "#/contactPreference", code: .inconsistent, detail: "there is no e-mail address"))
    }
    if contactPreference == .post, address == nil {
      found.append(Violation(pointer: "#/contactPreference", code: .inconsistent, detail: "there is no address"))
    }
    return found
  }

  /// Digits with an optional leading plus, grouped by single spaces or hyphens; 5 to 20 digits.
  private static func isPhone(_ text: String) -> Bool {
    var bytes = Array(text.utf8)[...]
    if bytes.first == UInt8(ascii: "+") { bytes = bytes.dropFirst() }
    let groups = bytes.split(omittingEmptySubsequences: false) { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "-") }
    return groups.allSatisfy { !$0.isEmpty && $0.allSatisfy { (0x30...0x39).contains($0) } }
      && (5...20).contains(groups.reduce(0) { $0 + $1.count })
  }

  private static func badPhone(_ pointer: String) -> Violation {
    Violation(
      pointer: pointer, code: .invalidFormat,
      detail: "must be 5 to 20 digits, grouped by single spaces or hyphens, with an optional leading plus")
  }

  /// One `@` between something and a dotted name; what is deliverable only the mail server knows.
  private static func isEmail(_ text: String) -> Bool {
    let parts = text.split(separator: "@", omittingEmptySubsequences: false)
    guard parts.count == 2, !parts[0].isEmpty, text.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7f }) else { return false }
    let labels = parts[1].split(separator: ".", omittingEmptySubsequences: false)
    return labels.count >= 2 && labels.allSatisfy { !$0.isEmpty }
  }
}

/// A customer as asked for.
package struct CustomerDraft: Hashable, Sendable, ExternallyIdentified {
  /// May be left out by a caller of one station; callers of several stations name it.
  package let stationID: Station.ID?
  package let profile: CustomerProfile
  package var externalIDs: [String: String]

  package init(stationID: Station.ID?, profile: CustomerProfile, externalIDs: [String: String]) {
    self.stationID = stationID
    self.profile = profile
    self.externalIDs = externalIDs
  }

  package func validate() throws(Refusal) {
    let found = profile.violations()
    if !found.isEmpty { throw .invalid(found) }
  }

  /// The serving station: the named one if the caller's scope covers it, else the caller's own only one.
  ///
  /// - Throws: `invalid` at `#/stationId`: `required` when it cannot be told, `notFound` outside the scope.
  package func servingStation(for caller: Caller) throws(Refusal) -> Station.ID {
    if let stationID {
      if !caller.scope.covers(stationID) { throw .invalid("#/stationId", .notFound, "there is no such station") }
      return stationID
    }
    if let stations = caller.scope.stations, stations.count == 1 { return stations[0] }
    throw .invalid("#/stationId", .required, "must name the serving station")
  }
}

package struct CustomerFilter: Hashable, Sendable {
  package let stationID: Station.ID?
  package let states: [Customer.State]
  package let kinds: [Customer.Kind]
  /// Beginning of the name, case-insensitive: personal data, so only with `customersReadPersonal`.
  package let namePrefix: String?
  /// The first or second telephone number, in any spelling: only with `customersReadPersonal`.
  package let phone: String?
  /// What `phone` is found by; made by the service, which knows the key.
  package var phoneDigest: [UInt8]?
  package let createdFrom: Timestamp?
  package let createdBefore: Timestamp?

  package init(
    stationID: Station.ID? = nil, states: [Customer.State] = [], kinds: [Customer.Kind] = [],
    namePrefix: String? = nil, phone: String? = nil, createdFrom: Timestamp? = nil, createdBefore: Timestamp? = nil
  ) {
    self.stationID = stationID
    self.states = states
    self.kinds = kinds
    self.namePrefix = namePrefix
    self.phone = phone
    self.createdFrom = createdFrom
    self.createdBefore = createdBefore
  }

  /// Whether it asks for something that is masked for some.
  package var isPersonal: Bool { namePrefix != nil || phone != nil }

  /// A filter by a masked field would tell what the mask hides.
  package func require(_ caller: Caller) throws(Refusal) {
    if isPersonal { try caller.require(.customersReadPersonal) }
  }
}
