package import FoundationEssentials

/// A stocktake (PRT-12): frozen, counted, approved by somebody who did not count, posted.
package struct Stocktake: LifecycleDocument {
  package typealias ID = Identifier<Stocktake>

  package enum State: String, Hashable, Sendable, CaseIterable {
    case draft, frozen, counted, approved, posted, cancelled
  }

  package enum Action: String, Hashable, Sendable, CaseIterable {
    case freeze, count, approve, post, cancel
  }

  /// One part: what the books said when it was frozen, and what was found.
  package struct Line: Hashable, Sendable {
    package let partID: Part.ID
    package let partNumber: String
    package let bookQuantity: Int
    package internal(set) var count: Count?

    package struct Count: Hashable, Sendable {
      package let quantity: Int
      package let note: String?
      package let by: PriceList.Signature

      package init(quantity: Int, note: String?, by signature: PriceList.Signature) {
        self.quantity = quantity
        self.note = note
        by = signature
      }
    }

    package init(partID: Part.ID, partNumber: String, bookQuantity: Int, count: Count?) {
      self.partID = partID
      self.partNumber = partNumber
      self.bookQuantity = bookQuantity
      self.count = count
    }

    /// Positive: more was found than the books say; `nil` until counted.
    package var difference: Int? { count.map { $0.quantity - bookQuantity } }
  }

  package static let resource = Resource.stocktake

  private static let counterDoesNotApprove = Guard<Stocktake>(
    "counter-approves-not", "Who counted does not approve the difference (SEC-10)."
  ) { take, subject in subject.id.map { !take.counterIDs.contains($0) } ?? true }

  /// Every part was counted.
  package static let complete = "complete"

  package static let lifecycle = Lifecycle<Stocktake>([
    Transition(
      .freeze, from: [.draft], to: .frozen, .stocktakesFreeze, effects: ["stocktake.frozen"], basis: "PRT-12"),
    Transition(
      .count, from: [.frozen, .counted], to: nil, .stocktakesCount, effects: ["stocktake.counting"], basis: "PRT-12"),
    Transition(
      .count, from: [.frozen, .counted], to: .counted, .stocktakesCount, outcome: complete,
      effects: ["stocktake.counted"], basis: "PRT-12"),
    Transition(
      .approve, from: [.counted], to: .approved, .stocktakesApprove, guards: [counterDoesNotApprove],
      effects: ["stocktake.approved"], basis: "PRT-12, SEC-10"),
    Transition(
      .post, from: [.approved], to: .posted, .stocktakesPost, effects: ["stocktake.posted"], basis: "PRT-12"),
    Transition(
      .cancel, from: [.draft, .frozen, .counted], to: .cancelled, .stocktakesWrite, effects: ["stocktake.cancelled"],
      basis: "PRT-12"),
  ])

  package let id: ID
  /// `ST-SY001-2026-000004`
  package let number: String
  package let locationID: StockLocation.ID
  package let stationID: Station.ID?
  package internal(set) var state: State
  /// The parts to be counted; empty: whatever lies there.
  package internal(set) var partIDs: [Part.ID]
  package internal(set) var note: String?
  package internal(set) var externalIDs: [String: String]
  package internal(set) var frozenAt: Timestamp?
  package internal(set) var counterIDs: Set<UUID>
  package internal(set) var approval: PriceList.Signature?
  package internal(set) var approvalReason: String?
  package internal(set) var postedAt: Timestamp?
  package internal(set) var exitReason: String?
  /// From the freezing on; in the order of the part numbers.
  package var lines: [Line]
  package var revision: Revision

  package init(
    id: ID, number: String, locationID: StockLocation.ID, stationID: Station.ID?, state: State, partIDs: [Part.ID],
    note: String?, externalIDs: [String: String], frozenAt: Timestamp?, counterIDs: Set<UUID>,
    approval: PriceList.Signature?, approvalReason: String?, postedAt: Timestamp?, exitReason: String?, lines: [Line],
    version: Int, stamp: RecordStamp
  ) {
    self.id = id
    self.number = number
    self.locationID = locationID
    self.stationID = stationID
    self.state = state
    self.partIDs = partIDs
    self.note = note
    self.externalIDs = externalIDs
    self.frozenAt = frozenAt
    self.counterIDs = counterIDs
    self.approval = approval
    self.approvalReason = approvalReason
    self.postedAt = postedAt
    self.exitReason = exitReason
    self.lines = lines
    self.revision = Revision(version: version, stamp: stamp)
  }

  package var designation: String? { number }
  package var audience: Audience { stationID.map(Audience.station) ?? .headquarters }

  package func changes(from before: Stocktake?) -> [FieldChange] {
    var comparison = FieldComparison()
    comparison.choice("state", before?.state, state)
    comparison.field("locationId", before?.locationID, locationID)
    comparison.field("partIds", (before?.partIDs ?? []).map(\.description), partIDs.map(\.description))
    comparison.field("note", before?.note, note)
    comparison.field("externalIds", before?.externalIDs ?? [:], externalIDs)
    comparison.field("counts", (before?.lines ?? []).compactMap(Self.text), lines.compactMap(Self.text))
    comparison.field("approvalReason", before?.approvalReason, approvalReason)
    comparison.field("exitReason", before?.exitReason, exitReason)
    return comparison.changes
  }

  private static func text(_ line: Line) -> String? {
    line.count.map { "\(line.partNumber): \($0.quantity) of \(line.bookQuantity)" }
  }
}

extension Stocktake {
  package static let lineLimit = 1000

  package mutating func take(
    _ action: Action, outcome: String? = nil, by subject: Subject
  ) throws(Refusal) -> Transition<Stocktake> {
    let row = try Self.lifecycle.permit(action, outcome: outcome, on: self, by: subject)
    if let to = row.to { state = to }
    return row
  }

  /// A correction of what is to be counted; once frozen it stands.
  package mutating func edit(partIDs: Patch<[Part.ID]>, note: Patch<String?>) throws(Refusal) {
    guard state == .draft else {
      throw .conflict(
        code: "stocktake-not-editable", detail: "The stocktake is \(state.rawValue).", .state(state),
        .allowedStates([State.draft]))
    }
    partIDs.merge(into: &self.partIDs)
    note.merge(into: &self.note)
  }

  package mutating func freeze(at instant: Timestamp, by subject: Subject) throws(Refusal) -> Transition<Stocktake> {
    let row = try take(.freeze, by: subject)
    frozenAt = instant
    return row
  }

  /// What was found; a part that is counted again is counted anew.
  package mutating func count(
    _ found: [(part: Part.ID, quantity: Int, note: String?)], signature: PriceList.Signature, by subject: Subject
  ) throws(Refusal) -> Transition<Stocktake> {
    // State and permission first; which of the two rows it is follows from what is counted then.
    _ = try Self.lifecycle.permit(.count, on: self, by: subject)
    var violations: [Violation] = []
    var seen: Set<Part.ID> = []
    for (place, item) in found.enumerated() {
      if !seen.insert(item.part).inserted {
        violations.append(
          Violation(pointer: "#/lines/\(place)/partId", code: .notUnique, detail: "each part is counted once"))
      }
      guard let index = lines.firstIndex(where: { $0.partID == item.part }) else {
        violations.append(
          Violation(pointer: "#/lines/\(place)/partId", code: .notFound, detail: "is not part of this stocktake"))
        continue
      }
      lines[index].count = Line.Count(quantity: item.quantity, note: item.note, by: signature)
    }
    if !violations.isEmpty { throw .invalid(violations) }
    if let id = subject.id { counterIDs.insert(id) }
    let isComplete = lines.allSatisfy { $0.count != nil }
    return try take(.count, outcome: isComplete ? Self.complete : nil, by: subject)
  }

  package mutating func approve(
    _ signature: PriceList.Signature, reason: String?, by subject: Subject
  ) throws(Refusal) -> Transition<Stocktake> {
    let row = try take(.approve, by: subject)
    approval = signature
    approvalReason = reason
    return row
  }

  package mutating func post(at instant: Timestamp, by subject: Subject) throws(Refusal) -> Transition<Stocktake> {
    let row = try take(.post, by: subject)
    postedAt = instant
    return row
  }

  package mutating func cancel(_ reason: String, by subject: Subject) throws(Refusal) -> Transition<Stocktake> {
    let row = try take(.cancel, by: subject)
    exitReason = reason
    return row
  }

  /// What posting books: one movement a part whose count differs.
  package var differences: [(part: Part.ID, kind: StockMovement.Kind, quantity: Int)] {
    lines.compactMap { line in
      guard let difference = line.difference, difference != 0 else { return nil }
      return (line.partID, difference > 0 ? .surplus : .shortage, abs(difference))
    }
  }
}

package struct StocktakeFilter: Hashable, Sendable {
  package var states: [Stocktake.State] = []
  package var stationID: Station.ID?
  package var locationID: StockLocation.ID?

  package init() {}
}
