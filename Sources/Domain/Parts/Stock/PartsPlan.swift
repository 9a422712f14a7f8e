/// What the jobs of an order ask of the store of its station, and how far it can give it: what was issued, what is held back for
/// the order, what lies free, and what is missing (PRT-11, PO-09).
package struct PartsPlan: Hashable, Sendable {
  /// A part that the jobs name, over all jobs that name it.
  package struct Want: Hashable, Sendable {
    package let partNumber: String
    package let description: String
    package let quantity: Int
    /// The jobs, in their order.
    package let lines: [Int]

    package init(partNumber: String, description: String, quantity: Int, lines: [Int]) {
      self.partNumber = partNumber
      self.description = description
      self.quantity = quantity
      self.lines = lines
    }
  }

  /// How the store stands towards the order.
  package struct Supply: Hashable, Sendable {
    /// What may be fitted for a part number, the part itself first; a number that is not in the catalogue has nothing.
    package var fits: [String: [Part.ID]]
    /// Net of what came back.
    package var issued: [Part.ID: Int]
    /// Held back for the order, or for the appointment that it comes from.
    package var held: [Part.ID: Int]
    /// On hand and nobody's.
    package var free: [Part.ID: Int]

    package init(
      fits: [String: [Part.ID]], issued: [Part.ID: Int] = [:], held: [Part.ID: Int] = [:], free: [Part.ID: Int] = [:]
    ) {
      self.fits = fits
      self.issued = issued
      self.held = held
      self.free = free
    }
  }

  package struct Item: Hashable, Sendable {
    package let want: Want
    /// The part that the number names; `nil`: it is not in the catalogue, so the store cannot keep it.
    package let partID: Part.ID?
    package internal(set) var issued = 0
    package internal(set) var reserved = 0
    /// What lies free and could be held back now.
    package internal(set) var available = 0

    /// Neither issued nor held nor there.
    package var missing: Int { max(0, want.quantity - issued - reserved - available) }
  }

  package private(set) var items: [Item]
  /// What is to be held back, out of what is free.
  package private(set) var takes: [Part.ID: Int] = [:]
  /// What is held back and no job asks for.
  package private(set) var surplus: [Part.ID: Int]

  /// Of several parts that fit a number the part itself goes first, and what was issued before what is held, before what is free.
  package init(_ wants: [Want], _ supply: Supply) {
    items = wants.map { Item(want: $0, partID: supply.fits[$0.partNumber]?.first) }
    surplus = supply.held
    var (issued, free) = (supply.issued, supply.free)
    for isSubstitute in [false, true] {
      Self.spread(&issued, over: &items, supply.fits, \.issued, isSubstitute)
    }
    for isSubstitute in [false, true] {
      Self.spread(&surplus, over: &items, supply.fits, \.reserved, isSubstitute)
    }
    for isSubstitute in [false, true] {
      Self.spread(&free, over: &items, supply.fits, \.available, isSubstitute)
    }
    for (part, quantity) in supply.free {
      let taken = quantity - (free[part] ?? 0)
      if taken > 0 { takes[part] = taken }
    }
    surplus = surplus.filter { $0.value > 0 }
  }

  private static func spread(
    _ stock: inout [Part.ID: Int], over items: inout [Item], _ fits: [String: [Part.ID]],
    _ share: WritableKeyPath<Item, Int>, _ isSubstitute: Bool
  ) {
    for index in items.indices {
      let parts = fits[items[index].want.partNumber] ?? []
      for part in isSubstitute ? parts.dropFirst() : parts.prefix(1) {
        let given = min(items[index].missing, max(0, stock[part] ?? 0))
        guard given > 0 else { continue }
        stock[part, default: 0] -= given
        items[index][keyPath: share] += given
      }
    }
  }
}

extension WorkOrder {
  /// The parts that its jobs ask the store for: not what the customer refused or brought himself.
  package var wantedParts: [PartsPlan.Want] {
    var found: [String: (description: String, quantity: Int, lines: [Int])] = [:]
    for line in lines where line.counts {
      for part in line.storeParts {
        var entry = found[part.partNumber] ?? (part.description, 0, [])
        entry.quantity += part.quantity
        if entry.lines.last != line.number { entry.lines.append(line.number) }
        found[part.partNumber] = entry
      }
    }
    return found.sorted { $0.key < $1.key }.map {
      PartsPlan.Want(
        partNumber: $0.key, description: $0.value.description, quantity: $0.value.quantity, lines: $0.value.lines)
    }
  }

  /// Refuses an issue that the job does not plan (PRT-11).
  ///
  /// - Parameters:
  ///   - fits: what may be fitted for a part number.
  ///   - issued: to this job and not brought back.
  /// - Throws: `part-not-planned`, `more-than-planned`, `item-not-approved`.
  package func requirePlanned(
    _ part: Part.ID, _ quantity: Int, on number: Int, fits: [String: [Part.ID]], issued: [Part.ID: Int]
  ) throws(Refusal) {
    guard let line = lines.first(where: { $0.number == number }) else { throw .notFound }
    guard line.decision == .approved else {
      throw .conflict(code: "item-not-approved", detail: "The customer has not approved line \(number).", .line(number))
    }
    let planned = line.storeParts.filter { fits[$0.partNumber]?.contains(part) ?? false }
    guard !planned.isEmpty else {
      throw .conflict(
        code: "part-not-planned",
        detail: "Line \(number) plans neither the part nor one that it may be fitted for; add it to a line first.",
        .line(number), .partNumbers(line.storeParts.map(\.partNumber)), .partID(part))
    }
    let fitting = Set(planned.flatMap { fits[$0.partNumber] ?? [] })
    let taken = issued.reduce(0) { $0 + (fitting.contains($1.key) ? $1.value : 0) }
    let rest = planned.reduce(0) { $0 + $1.quantity } - taken
    guard quantity <= rest else {
      throw .conflict(
        code: "more-than-planned", detail: "Line \(number) plans \(max(0, rest)) more; add a line for what is beyond.",
        .line(number), .available(max(0, rest)), .requested(quantity))
    }
  }
}

extension JobLine {
  /// What comes out of a store, not from the customer.
  fileprivate var storeParts: [JobPart] {
    parts.filter { part in
      switch part.origin {
      case .oem, .certifiedSubstitute: true
      case .customerSupplied: false
      }
    }
  }
}

extension SupersessionChain {
  /// What may be fitted where the part is asked for: itself, what supersedes it, and what it supersedes as far as that is
  /// interchangeable.
  package func fitting(_ part: Part.ID) -> [Part.ID] {
    var fitting = [part] + successors.map(\.successorID)
    var older: Set<Part.ID> = [part]
    for step in predecessors where step.interchangeable && older.contains(step.successorID) {
      older.insert(step.partID)
      fitting.append(step.partID)
    }
    return fitting
  }
}
