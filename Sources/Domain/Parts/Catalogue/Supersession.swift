/// From a day on a part is delivered as its successor. Said once and never changed: another successor begins on another day.
package struct Supersession: Hashable, Sendable {
  package typealias ID = Identifier<Supersession>

  package let id: ID
  package let partID: Part.ID
  package let partNumber: String
  package let successorID: Part.ID
  package let successorNumber: String
  package let effectiveOn: CalendarDate
  /// Both ways: what is left of the old part may still be fitted instead of the new one.
  package let interchangeable: Bool
  package let reason: String?
  package let createdAt: Timestamp
  package let createdBy: RecordStamp.Author

  package init(
    id: ID, partID: Part.ID, partNumber: String, successorID: Part.ID, successorNumber: String,
    effectiveOn: CalendarDate, interchangeable: Bool, reason: String?, createdAt: Timestamp,
    createdBy: RecordStamp.Author
  ) {
    self.id = id
    self.partID = partID
    self.partNumber = partNumber
    self.successorID = successorID
    self.successorNumber = successorNumber
    self.effectiveOn = effectiveOn
    self.interchangeable = interchangeable
    self.reason = reason
    self.createdAt = createdAt
    self.createdBy = createdBy
  }
}

/// A supersession as it is asked for.
package struct SupersessionDraft: Hashable, Sendable {
  package let successor: Reference<Part>
  package let effectiveOn: CalendarDate
  package let interchangeable: Bool
  package let reason: String?

  package init(successor: Reference<Part>, effectiveOn: CalendarDate, interchangeable: Bool, reason: String?) {
    self.successor = successor
    self.effectiveOn = effectiveOn
    self.interchangeable = interchangeable
    self.reason = reason
  }
}

/// What stands for a part on a day, with the steps that lead there; and what the part itself stands for.
package struct SupersessionChain: Hashable, Sendable {
  package let on: CalendarDate
  /// The end of the chain: the part itself when nothing supersedes it.
  package let currentID: Part.ID
  package let currentNumber: String
  /// From the part to the current one, in order.
  package let successors: [Supersession]
  /// What it supersedes, nearest first.
  package let predecessors: [Supersession]

  package init(
    on day: CalendarDate, currentID: Part.ID, currentNumber: String, successors: [Supersession],
    predecessors: [Supersession]
  ) {
    on = day
    self.currentID = currentID
    self.currentNumber = currentNumber
    self.successors = successors
    self.predecessors = predecessors
  }

  /// Resolves the chain of a part among all supersessions that touch it. Of several successors of one part that of the latest
  /// day counts. The walk ends after as many steps as there are supersessions, so a circle that was written past every guard
  /// does not hold it up.
  package init(of id: Part.ID, number: String, on day: CalendarDate, among all: [Supersession]) {
    var successor: [Part.ID: Supersession] = [:]
    for step in all where step.effectiveOn <= day {
      if let known = successor[step.partID], known.effectiveOn >= step.effectiveOn { continue }
      successor[step.partID] = step
    }
    var forward: [Supersession] = []
    var current = (id: id, number: number)
    while let step = successor[current.id], forward.count < all.count {
      forward.append(step)
      current = (step.successorID, step.successorNumber)
    }
    var backward: [Supersession] = []
    var reached: Set<Part.ID> = [id]
    var edge: Set<Part.ID> = [id]
    while !edge.isEmpty {
      let steps = successor.values.filter { edge.contains($0.successorID) && !reached.contains($0.partID) }
        .sorted { $0.partNumber < $1.partNumber }
      backward += steps
      edge = Set(steps.map(\.partID))
      reached.formUnion(edge)
    }
    self.init(
      on: day, currentID: current.id, currentNumber: current.number, successors: forward, predecessors: backward)
  }
}
