/// Parts that a station sends back to headquarters (PRT-07): out of its store when they are sent, into a warehouse when they are
/// received with a check.
package struct PartsReturn: LifecycleDocument {
  package typealias ID = Identifier<PartsReturn>

  package enum State: String, Hashable, Sendable, CaseIterable {
    case sent, received
  }

  package enum Action: String, Hashable, Sendable, CaseIterable {
    case receive
  }

  package struct Line: Hashable, Sendable {
    package let partID: Part.ID
    package let partNumber: String
    package let quantity: Int
    /// What headquarters took in; less than was sent is short or refused, and says why. `nil` until received.
    package internal(set) var received: Int?
    package internal(set) var remark: String?

    package init(partID: Part.ID, partNumber: String, quantity: Int, received: Int?, remark: String?) {
      self.partID = partID
      self.partNumber = partNumber
      self.quantity = quantity
      self.received = received
      self.remark = remark
    }
  }

  package static let resource = Resource.partsReturn
  package static let lineLimit = 200

  private static let receiverDidNotSend = Guard<PartsReturn>(
    "sender-receives-not", "Who sent the parts does not receive them (SEC-10)."
  ) { document, subject in
    guard let person = subject.id else { return true }
    return document.stamp.createdBy.id != person
  }

  package static let lifecycle = Lifecycle<PartsReturn>([
    Transition(
      .receive, from: [.sent], to: .received, .partsReturnsWrite, guards: [receiverDidNotSend],
      effects: ["partsReturn.received"], basis: "PRT-07, SEC-10")
  ])

  package let id: ID
  /// `RT-SY001-2026-000003`
  package let number: String
  package let stationID: Station.ID
  package let locationID: StockLocation.ID
  package internal(set) var state: State
  package internal(set) var reason: String
  package internal(set) var externalIDs: [String: String]
  package internal(set) var lines: [Line]
  package internal(set) var toLocationID: StockLocation.ID?
  package internal(set) var receipt: PriceList.Signature?
  package var revision: Revision

  package init(
    id: ID, number: String, stationID: Station.ID, locationID: StockLocation.ID, state: State, reason: String,
    externalIDs: [String: String], lines: [Line], toLocationID: StockLocation.ID?, receipt: PriceList.Signature?,
    version: Int, stamp: RecordStamp
  ) {
    self.id = id
    self.number = number
    self.stationID = stationID
    self.locationID = locationID
    self.state = state
    self.reason = reason
    self.externalIDs = externalIDs
    self.lines = lines
    self.toLocationID = toLocationID
    self.receipt = receipt
    self.revision = Revision(version: version, stamp: stamp)
  }

  package var designation: String? { number }
  package var audience: Audience { .station(stationID) }

  package func changes(from before: PartsReturn?) -> [FieldChange] {
    var comparison = FieldComparison()
    comparison.choice("state", before?.state, state)
    comparison.field("reason", before?.reason, reason)
    comparison.field("lines", (before?.lines ?? []).map(Self.text), lines.map(Self.text))
    comparison.field("toLocationId", before?.toLocationID, toLocationID)
    comparison.field("externalIds", before?.externalIDs ?? [:], externalIDs)
    return comparison.changes
  }

  private static func text(_ line: Line) -> String {
    "\(line.quantity) × \(line.partNumber)\(line.received.map { ", received \($0)" } ?? "")"
  }

  package mutating func take(
    _ action: Action, outcome: String? = nil, by subject: Subject
  ) throws(Refusal) -> Transition<PartsReturn> {
    let row = try Self.lifecycle.permit(action, outcome: outcome, on: self, by: subject)
    if let to = row.to { state = to }
    return row
  }

  /// What was taken in of one part.
  package struct Arrival: Hashable, Sendable {
    package let partID: Part.ID
    package let received: Int
    package let remark: String?

    package init(partID: Part.ID, received: Int, remark: String?) {
      self.partID = partID
      self.received = received
      self.remark = remark
    }
  }

  /// Parts that no arrival names came whole.
  package mutating func receive(
    _ arrivals: [Arrival], into location: StockLocation.ID, _ signature: PriceList.Signature, by subject: Subject
  ) throws(Refusal) -> Transition<PartsReturn> {
    let row = try take(.receive, by: subject)
    var violations: [Violation] = []
    var seen: Set<Part.ID> = []
    for (place, arrival) in arrivals.enumerated() {
      let pointer = "#/lines/\(place)"
      if !seen.insert(arrival.partID).inserted {
        violations.append(Violation(pointer: "\(pointer)/partId", code: .notUnique, detail: "names each part once"))
      }
      guard let index = lines.firstIndex(where: { $0.partID == arrival.partID }) else {
        violations.append(Violation(pointer: "\(pointer)/partId", code: .notFound, detail: "was not sent"))
        continue
      }
      if arrival.received > lines[index].quantity {
        violations.append(
          Violation(
            pointer: "\(pointer)/received", code: .outOfRange, detail: "cannot be more than was sent",
            limits: ["max": "\(lines[index].quantity)"]))
      }
      if arrival.received < lines[index].quantity, arrival.remark == nil {
        violations.append(
          Violation(pointer: "\(pointer)/remark", code: .required, detail: "what is missing or refused needs a reason"))
      }
      lines[index].received = arrival.received
      lines[index].remark = arrival.remark
    }
    if !violations.isEmpty { throw .invalid(violations) }
    for index in lines.indices where lines[index].received == nil { lines[index].received = lines[index].quantity }
    toLocationID = location
    receipt = signature
    return row
  }
}

/// A return as it is asked for.
package struct PartsReturnDraft: Hashable, Sendable {
  package struct Line: Hashable, Sendable {
    package let partID: Part.ID
    package let quantity: Int

    package init(partID: Part.ID, quantity: Int) {
      self.partID = partID
      self.quantity = quantity
    }
  }

  /// `nil`: the caller's own station.
  package let stationID: Station.ID?
  package let reason: String
  package let externalIDs: [String: String]
  package let lines: [Line]

  package init(stationID: Station.ID?, reason: String, externalIDs: [String: String], lines: [Line]) {
    self.stationID = stationID
    self.reason = reason
    self.externalIDs = externalIDs
    self.lines = lines
  }
}

package struct PartsReturnFilter: Hashable, Sendable {
  package var states: [PartsReturn.State] = []
  package var stationID: Station.ID?

  package init() {}
}
