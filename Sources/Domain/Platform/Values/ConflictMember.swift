package import FoundationEssentials

/// One member that the problem of a conflict has beside the fixed ones, so that a client can act without reading prose (C-08).
/// The names are the closed list that openapi.yaml documents in `Problem`; a name means the same, and has the same type, in
/// every problem.
package struct ConflictMember: Hashable, Sendable {
  package enum Name: String, Hashable, Sendable, CaseIterable {
    case allowedStates, amount, availableAmount, availableQuantity, conflicts, count, currency, currentAmount,
      currentHash
    case date, deadline, declared, earliestDate, expectedCurrency, field, fields, findings, found, kind, limit,
      limitAmount,
      line
    case lines, locationId, odometerKm, opensAt, partId, partNumbers, quietFromHour, quietUntilHour, recordedKm
    case requestedQuantity, requiredAmount, side, signedAmount, since, startsAt, state, stationId, technicianId, unit
    case validFrom, validTo
  }

  package let name: Name
  package let value: EventValue

  init(_ name: Name, _ value: EventValue) {
    self.name = name
    self.value = value
  }

  // MARK: Documents

  /// What is in the way. A document that the caller does not see has neither identity nor number.
  package static func conflicts(_ documents: [ConflictingDocument]) -> ConflictMember {
    ConflictMember(.conflicts, .list(documents.map(\.value)))
  }

  /// The one document that is in the way.
  package static func conflict<Of>(
    _ resource: Resource, _ id: Identifier<Of>, _ number: String?, state: String? = nil, line: Int? = nil
  ) -> ConflictMember {
    conflicts([ConflictingDocument(resource, id.uuid, number, state: state, line: line)])
  }

  package static func line(_ number: Int) -> ConflictMember { ConflictMember(.line, .integer(Int64(number))) }

  package static func lines(_ numbers: [Int]) -> ConflictMember {
    ConflictMember(.lines, .list(numbers.map { .integer(Int64($0)) }))
  }

  package static func locationID<Of>(_ id: Identifier<Of>) -> ConflictMember { identity(.locationId, id) }
  package static func partID<Of>(_ id: Identifier<Of>) -> ConflictMember { identity(.partId, id) }
  package static func stationID<Of>(_ id: Identifier<Of>) -> ConflictMember { identity(.stationId, id) }

  package static func technicianID(_ id: UUID) -> ConflictMember {
    ConflictMember(.technicianId, .text(id.canonical))
  }

  private static func identity<Of>(_ name: Name, _ id: Identifier<Of>) -> ConflictMember {
    ConflictMember(name, .text(id.description))
  }

  // MARK: States

  /// The state that does not allow what was asked.
  package static func state(_ state: some RawRepresentable<String>) -> ConflictMember {
    ConflictMember(.state, .text(state.rawValue))
  }

  /// The states that would allow it.
  package static func allowedStates(_ states: some Sequence<some RawRepresentable<String>>) -> ConflictMember {
    ConflictMember(.allowedStates, .list(states.map(\.rawValue).sorted().map(EventValue.text)))
  }

  // MARK: Quantities and limits

  package static func available(_ quantity: Int) -> ConflictMember {
    ConflictMember(.availableQuantity, .integer(Int64(quantity)))
  }

  package static func requested(_ quantity: Int) -> ConflictMember {
    ConflictMember(.requestedQuantity, .integer(Int64(quantity)))
  }

  /// How a part is counted.
  package static func unit(_ unit: some RawRepresentable<String>) -> ConflictMember {
    ConflictMember(.unit, .text(unit.rawValue))
  }

  /// The most that there may be.
  package static func limit(_ limit: Int) -> ConflictMember { ConflictMember(.limit, .integer(Int64(limit))) }
  /// How many there are.
  package static func count(_ count: Int) -> ConflictMember { ConflictMember(.count, .integer(Int64(count))) }
  package static func odometer(_ km: Int, recorded: Int) -> [ConflictMember] {
    [ConflictMember(.odometerKm, .integer(Int64(km))), ConflictMember(.recordedKm, .integer(Int64(recorded)))]
  }

  // MARK: Money

  package static func amount(_ money: Money) -> ConflictMember { ConflictMember(.amount, value(money)) }
  package static func available(_ money: Money) -> ConflictMember { ConflictMember(.availableAmount, value(money)) }
  package static func required(_ money: Money) -> ConflictMember { ConflictMember(.requiredAmount, value(money)) }
  package static func signed(_ money: Money) -> ConflictMember { ConflictMember(.signedAmount, value(money)) }
  package static func current(_ money: Money) -> ConflictMember { ConflictMember(.currentAmount, value(money)) }
  /// - Parameter money: `nil`: nothing at all.
  package static func limit(_ money: Money?) -> ConflictMember {
    ConflictMember(.limitAmount, money.map(value) ?? .null)
  }
  package static func expected(_ currency: Currency) -> ConflictMember {
    ConflictMember(.expectedCurrency, .text(currency.rawValue))
  }
  package static func currency(_ found: Currency, expected: Currency) -> [ConflictMember] {
    [ConflictMember(.currency, .text(found.rawValue)), ConflictMember(.expectedCurrency, .text(expected.rawValue))]
  }

  private static func value(_ money: Money) -> EventValue {
    .object(["amount": .text(money.amount), "currency": .text(money.currency.rawValue)])
  }

  // MARK: Time

  /// The last instant at which it was possible.
  package static func deadline(_ instant: Timestamp) -> ConflictMember { instantly(.deadline, instant) }
  /// The first instant at which it is possible.
  package static func opensAt(_ instant: Timestamp) -> ConflictMember { instantly(.opensAt, instant) }
  /// Since when it is as it is.
  package static func since(_ instant: Timestamp?) -> ConflictMember { instantly(.since, instant) }
  package static func startsAt(_ instant: Timestamp) -> ConflictMember { instantly(.startsAt, instant) }
  package static func validFrom(_ instant: Timestamp?) -> ConflictMember { instantly(.validFrom, instant) }
  package static func validTo(_ instant: Timestamp?) -> ConflictMember { instantly(.validTo, instant) }
  package static func date(_ date: CalendarDate) -> ConflictMember {
    ConflictMember(.date, .text(date.description))
  }
  package static func earliest(_ date: CalendarDate) -> ConflictMember {
    ConflictMember(.earliestDate, .text(date.description))
  }
  package static func quiet(from: Int, until: Int) -> [ConflictMember] {
    [
      ConflictMember(.quietFromHour, .integer(Int64(from))), ConflictMember(.quietUntilHour, .integer(Int64(until))),
    ]
  }

  private static func instantly(_ name: Name, _ instant: Timestamp?) -> ConflictMember {
    ConflictMember(name, .optional(instant?.description))
  }

  // MARK: Words

  package static func currentHash(_ hash: String?) -> ConflictMember { ConflictMember(.currentHash, .optional(hash)) }
  package static func declared(_ type: String) -> ConflictMember { ConflictMember(.declared, .text(type)) }
  /// - Parameter type: `nil`: nothing that has a name here.
  package static func found(_ type: String?) -> ConflictMember { ConflictMember(.found, .optional(type)) }
  package static func field(_ name: String) -> ConflictMember { ConflictMember(.field, .text(name)) }
  /// JSON pointers to the members of the body that say something else than what stands.
  package static func fields(_ pointers: [String]) -> ConflictMember {
    ConflictMember(.fields, .list(pointers.map(EventValue.text)))
  }
  package static func findings(_ codes: [String]) -> ConflictMember {
    ConflictMember(.findings, .list(codes.map(EventValue.text)))
  }
  package static func kind(_ kind: some RawRepresentable<String>) -> ConflictMember {
    ConflictMember(.kind, .text(kind.rawValue))
  }
  package static func partNumbers(_ numbers: [String]) -> ConflictMember {
    ConflictMember(.partNumbers, .list(numbers.map(EventValue.text)))
  }
  package static func side(_ side: some RawRepresentable<String>) -> ConflictMember {
    ConflictMember(.side, .text(side.rawValue))
  }
}

/// A document that is in the way of a request. Where the caller does not see it, only its kind is told.
package struct ConflictingDocument: Hashable, Sendable {
  private let resource: Resource
  private let id: UUID?
  private let number: String?
  private let state: String?
  private let line: Int?

  package init(_ resource: Resource, _ id: UUID?, _ number: String?, state: String? = nil, line: Int? = nil) {
    self.resource = resource
    self.id = id
    self.number = number
    self.state = state
    self.line = line
  }

  /// One that the caller does not see.
  package static func unseen(_ resource: Resource) -> ConflictingDocument { ConflictingDocument(resource, nil, nil) }

  var value: EventValue {
    .object([
      "id": .optional(id?.canonical), "line": line.map { .integer(Int64($0)) } ?? .null, "number": .optional(number),
      "resource": .text(resource.rawValue), "state": .optional(state),
    ])
  }
}

/// The sentence of a conflict, and as members every variable in it (C-08).
package struct ConflictDetail: Hashable, Sendable, ExpressibleByStringLiteral, ExpressibleByStringInterpolation {
  package let text: String
  package let members: [ConflictMember]

  package init(_ text: String, _ members: [ConflictMember]) {
    self.text = text
    self.members = members
  }

  package init(stringLiteral value: String) { self.init(value, []) }
}

extension Refusal {
  /// A conflict with what a client needs to act on it.
  package static func conflict(code: String, detail: String, _ members: ConflictMember...) -> Refusal {
    .conflict(code: code, detail: ConflictDetail(detail, members))
  }

  package static func conflict(code: String, detail: String, _ members: [ConflictMember]) -> Refusal {
    .conflict(code: code, detail: ConflictDetail(detail, members))
  }

  /// The same conflict with further members; one that it has already stays.
  package func telling(_ further: [ConflictMember]) -> Refusal {
    guard case .conflict(let code, let detail) = self else { return self }
    let known = Set(detail.members.map(\.name))
    return .conflict(
      code: code, detail: ConflictDetail(detail.text, detail.members + further.filter { !known.contains($0.name) }))
  }
}
