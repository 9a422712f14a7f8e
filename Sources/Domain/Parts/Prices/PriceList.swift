package import FoundationEssentials

/// A price list: compiled, submitted, approved by somebody else, then valid from a day on (PRT-02).
package struct PriceList: LifecycleDocument {
  package typealias ID = Identifier<PriceList>

  package enum State: String, Hashable, Sendable, CaseIterable {
    case draft, submitted, approved, rejected
  }

  package enum Action: String, Hashable, Sendable, CaseIterable {
    case submit, approve, reject
  }

  /// One price.
  package struct Line: Hashable, Sendable {
    package let partID: Part.ID
    /// What the database knows of the part; empty in a draft that was not read yet.
    package let partNumber: String
    /// What a station pays.
    package let price: Money
    /// What a customer is asked for.
    package let retailPrice: Money?

    package init(partID: Part.ID, partNumber: String, price: Money, retailPrice: Money?) {
      self.partID = partID
      self.partNumber = partNumber
      self.price = price
      self.retailPrice = retailPrice
    }
  }

  /// What a draft says.
  package struct Content: Hashable, Sendable {
    package var name: String
    package var currency: Currency
    /// In Asia/Shanghai; never before the day of the approval.
    package var validFrom: CalendarDate
    package var note: String?
    package var lines: [Line]
    package var externalIDs: [String: String]

    package init(
      name: String, currency: Currency, validFrom: CalendarDate, note: String?, lines: [Line],
      externalIDs: [String: String]
    ) {
      self.name = name
      self.currency = currency
      self.validFrom = validFrom
      self.note = note
      self.lines = lines
      self.externalIDs = externalIDs
    }
  }

  /// Who did a step, and when.
  package struct Signature: Hashable, Sendable {
    package let by: String
    package let byID: UUID?
    package let at: Timestamp
    package init(by: String, byID: UUID?, at: Timestamp) {
      self.by = by
      self.byID = byID
      self.at = at
    }

    package init(_ caller: Caller, at instant: Timestamp) {
      self.init(by: caller.name, byID: caller.subject.id, at: instant)
    }
  }

  package static let resource = Resource.priceList

  package static let authorDoesNotApprove = Guard<PriceList>(
    "author-approves-not", "Who compiled or submitted a price list does not approve it (SEC-10)."
  ) { list, subject in subject.id.map { !list.authorIDs.contains($0) } ?? true }

  private static let hasLines = Guard<PriceList>("price-list-empty", "The price list has no prices yet.") { list, _ in
    list.lineCount > 0
  }

  package static let lifecycle = Lifecycle<PriceList>([
    Transition(
      .submit, from: [.draft], to: .submitted, .priceListsSubmit, guards: [hasLines], effects: ["priceList.submitted"],
      basis: "PRT-02"),
    Transition(
      .approve, from: [.submitted], to: .approved, .priceListsApprove, guards: [authorDoesNotApprove],
      effects: ["priceList.approved"], basis: "PRT-02, PO-12, SEC-10"),
    Transition(
      .reject, from: [.submitted], to: .rejected, .priceListsReject, effects: ["priceList.rejected"], basis: "PRT-02"),
  ])

  package let id: ID
  /// `PL-HQ-2026-000012`
  package let number: String
  package internal(set) var state: State
  package internal(set) var content: Content
  package internal(set) var submission: Signature?
  package internal(set) var decision: Signature?
  package internal(set) var decisionReason: String?
  /// Everybody who wrote in it.
  package internal(set) var authorIDs: Set<UUID>
  /// How many prices it holds, also where they were not read.
  package internal(set) var lineCount: Int
  package var revision: Revision

  package init(
    id: ID, number: String, state: State, content: Content, submission: Signature?, decision: Signature?,
    decisionReason: String?, authorIDs: Set<UUID>, lineCount: Int, version: Int, stamp: RecordStamp
  ) {
    self.id = id
    self.number = number
    self.state = state
    self.content = content
    self.submission = submission
    self.decision = decision
    self.decisionReason = decisionReason
    self.authorIDs = authorIDs
    self.lineCount = lineCount
    self.revision = Revision(version: version, stamp: stamp)
  }

  package var designation: String? { number }
  /// Drafts are headquarters', what is approved is everybody's.
  package var audience: Audience { state == .approved ? .network : .headquarters }

  package func changes(from before: PriceList?) -> [FieldChange] {
    let old = before?.content
    var comparison = FieldComparison()
    comparison.choice("state", before?.state, state)
    comparison.field("name", old?.name, content.name)
    comparison.choice("currency", old?.currency, content.currency)
    comparison.field("validFrom", old?.validFrom, content.validFrom)
    comparison.field("note", old?.note, content.note)
    comparison.field("lines", (old?.lines ?? []).map(Self.text), content.lines.map(Self.text))
    comparison.field("decisionReason", before?.decisionReason, decisionReason)
    comparison.field("externalIds", old?.externalIDs ?? [:], content.externalIDs)
    return comparison.changes
  }

  private static func text(_ line: Line) -> String {
    "\(line.partNumber) \(line.price.amount)\(line.retailPrice.map { " / \($0.amount)" } ?? "")"
  }
}

extension PriceList {
  package static let lineLimit = 2000

  /// What is wrong with the prices of a draft, all at once (C-09).
  package static func violations(_ lines: [Line], in currency: Currency) -> [Violation] {
    var found: [Violation] = []
    var seen: Set<Part.ID> = []
    for (place, line) in lines.enumerated() {
      if !seen.insert(line.partID).inserted {
        found.append(
          Violation(pointer: "#/lines/\(place)/partId", code: .notUnique, detail: "each part has one price in a list"))
      }
      for (name, amount) in [("price", Optional(line.price)), ("retailPrice", line.retailPrice)] {
        guard let amount else { continue }
        if amount.currency != currency {
          found.append(
            Violation(
              pointer: "#/lines/\(place)/\(name)/currency", code: .inconsistent,
              detail: "must be the currency of the list"))
        }
      }
    }
    return found
  }

  /// Rewrites a draft, or takes a rejected list up again.
  package mutating func rewrite(_ new: Content, by subject: Subject) throws(Refusal) {
    guard state == .draft || state == .rejected else {
      throw .conflict(
        code: "price-list-not-editable", detail: "The price list is \(state.rawValue); its prices stand.",
        .state(state), .allowedStates([State.draft, .rejected]))
    }
    let found = Self.violations(new.lines, in: new.currency)
    if !found.isEmpty { throw .invalid(found) }
    if new == content { return }
    content = new
    lineCount = new.lines.count
    if let id = subject.id { authorIDs.insert(id) }
    if state == .rejected {
      state = .draft
      decision = nil
      decisionReason = nil
    }
  }

  package mutating func take(
    _ action: Action, outcome: String? = nil, by subject: Subject
  ) throws(Refusal) -> Transition<PriceList> {
    let row = try Self.lifecycle.permit(action, outcome: outcome, on: self, by: subject)
    if let to = row.to { state = to }
    return row
  }

  package mutating func submit(_ signature: Signature, by subject: Subject) throws(Refusal) -> Transition<PriceList> {
    let row = try take(.submit, by: subject)
    submission = signature
    if let id = subject.id { authorIDs.insert(id) }
    return row
  }

  /// - Throws: `Refusal.conflict` with `price-list-backdated` when it would change prices of a day that is over.
  package mutating func approve(
    _ signature: Signature, reason: String?, by subject: Subject
  ) throws(Refusal) -> Transition<PriceList> {
    let row = try take(.approve, by: subject)
    let today = CalendarDate(inChina: signature.at)
    if content.validFrom < today {
      throw .conflict(
        code: "price-list-backdated",
        detail: "The list would be valid from \(content.validFrom), before today, \(today): prices of past days stand.",
        .date(content.validFrom), .earliest(today))
    }
    decision = signature
    decisionReason = reason
    return row
  }

  package mutating func reject(
    _ signature: Signature, reason: String, by subject: Subject
  ) throws(Refusal) -> Transition<PriceList> {
    let row = try take(.reject, by: subject)
    decision = signature
    decisionReason = reason
    return row
  }
}

package struct PriceListFilter: Hashable, Sendable {
  package var states: [PriceList.State] = []
  /// Lists that hold a price of this part.
  package var partID: Part.ID?
  package var validFromOnOrBefore: CalendarDate?

  package init() {}
}
