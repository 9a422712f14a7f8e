package import FoundationEssentials

/// One version of the numbers of one key, from draft to decision (domain.md section 5, M23). Approved, its body never
/// changes; only its end may move while it lies ahead.
package struct Policy: LifecycleDocument {
  package typealias ID = Identifier<Policy>

  package static let resource = Resource.policy
  package static var lifecycle: Lifecycle<Policy> { PolicyLifecycle.table }

  package enum State: String, Hashable, Sendable, CaseIterable {
    case draft, submitted, approved, rejected, withdrawn
  }

  package enum Action: String, Hashable, Sendable, CaseIterable {
    case submit, approve, `return`, reject, withdraw, revoke
  }

  package let id: ID
  /// `clocks@3`: what decisions store.
  package let policyVersion: PolicyVersion
  /// `nil`: for everybody who has no policy of his own.
  package let subject: PolicySubject?
  package internal(set) var state: State
  package var revision: Revision
  package internal(set) var content: PolicyContent
  /// The first instant at which it no longer holds, once approved: as planned, or where the next version begins.
  package internal(set) var endsAt: Timestamp?
  /// Everybody who wrote this version; none of them decides about it (SEC-10).
  package internal(set) var authors: Set<UUID>
  package internal(set) var submittedAt: Timestamp?
  /// The last decision about it.
  package internal(set) var decision: PolicyDecision?

  package init(
    id: ID, policyVersion: PolicyVersion, subject: PolicySubject?, state: State, version: Int, stamp: RecordStamp,
    content: PolicyContent, endsAt: Timestamp?, authors: Set<UUID>, submittedAt: Timestamp?, decision: PolicyDecision?
  ) {
    self.id = id
    self.policyVersion = policyVersion
    self.subject = subject
    self.state = state
    self.revision = Revision(version: version, stamp: stamp)
    self.content = content
    self.endsAt = endsAt
    self.authors = authors
    self.submittedAt = submittedAt
    self.decision = decision
  }

  /// A new draft.
  package init(_ draft: PolicyDraft, number: Int, by caller: Caller, at instant: Timestamp) {
    self.init(
      id: .new(at: instant), policyVersion: PolicyVersion(draft.key, number), subject: draft.subject, state: .draft,
      version: 1, stamp: RecordStamp(by: caller, at: instant), content: draft.content, endsAt: nil,
      authors: Set([caller.subject.id].compactMap(\.self)), submittedAt: nil, decision: nil)
  }

  package var key: PolicyKey { policyVersion.key }
  package var number: String { policyVersion.description }
  package var designation: String? { number }

  /// Drafts are the business of headquarters; what holds, or was to hold, is everybody's.
  package var audience: Audience { state == .approved || decision?.outcome == .revoked ? .network : .headquarters }

  /// What comes with the product, in the form of every other version.
  package static func standard(_ key: PolicyKey) -> Policy {
    let place = UInt8(PolicyKey.allCases.firstIndex(of: key) ?? 0)
    let author = RecordStamp.Author(name: "aftersales", id: nil)
    let epoch = Timestamp(milliseconds: 0)
    return Policy(
      id: ID(UUID(uuid: (0, 0, 0, 0, 0, 0, 0x70, 0, 0x80, 0, 0, 0, 0, 0, 0, place))),
      policyVersion: PolicyVersion(key, 0), subject: nil, state: .approved, version: 1,
      stamp: RecordStamp(createdAt: epoch, createdBy: author, updatedAt: epoch, updatedBy: author),
      content: PolicyContent(
        body: key.standardBody, reason: "Comes with the product.", validFrom: epoch, validTo: nil),
      endsAt: nil, authors: [], submittedAt: nil, decision: nil)
  }

  /// Whether it is the one that holds at the instant.
  package func holds(at instant: Timestamp) -> Bool {
    guard state == .approved, let from = content.validFrom, from <= instant else { return false }
    return endsAt.map { instant < $0 } ?? true
  }
}

/// What the author writes.
package struct PolicyContent: Hashable, Sendable {
  /// In the one written form of its key (`PolicyKey.normalised`).
  package var body: EventValue
  /// Why: the law, the decision, the experience behind it.
  package var reason: String
  /// `nil`: from the moment of approval.
  package var validFrom: Timestamp?
  /// The planned end, exclusive. `nil`: until the next version.
  package var validTo: Timestamp?

  package init(body: EventValue, reason: String, validFrom: Timestamp?, validTo: Timestamp?) {
    self.body = body
    self.reason = reason
    self.validFrom = validFrom
    self.validTo = validTo
  }

  package func violations() -> [Violation] {
    guard let validFrom, let validTo, validTo <= validFrom else { return [] }
    return [Violation(pointer: "#/validTo", code: .inconsistent, detail: "must be later than validFrom")]
  }
}

/// Who decided, and what he said (SEC-09).
package struct PolicyDecision: Hashable, Sendable {
  package enum Outcome: String, Hashable, Sendable, CaseIterable {
    case approved, returned, rejected, revoked
  }

  package let outcome: Outcome
  package let by: RecordStamp.Author
  package let at: Timestamp
  package let comment: String?

  package init(_ outcome: Outcome, by: RecordStamp.Author, at: Timestamp, comment: String?) {
    self.outcome = outcome
    self.by = by
    self.at = at
    self.comment = comment
  }
}

package struct PolicyDraft: Hashable, Sendable {
  package let key: PolicyKey
  package let subject: PolicySubject?
  package let content: PolicyContent

  package init(key: PolicyKey, subject: PolicySubject?, content: PolicyContent) {
    self.key = key
    self.subject = subject
    self.content = content
  }

  package func validate() throws(Refusal) {
    var found = content.violations()
    if let subject, !key.subjectKinds.contains(subject.kind) {
      let allowed = key.subjectKinds.map(\.rawValue).sorted().joined(separator: ", ")
      found.append(
        Violation(
          pointer: "#/subject/kind", code: .notInSet,
          detail: allowed.isEmpty
            ? "policies of \(key.rawValue) hold for everybody" : "must be one of: \(allowed)",
          limits: ["allowed": allowed]))
    }
    if !found.isEmpty { throw .invalid(found) }
  }
}

/// A merge patch on a draft (C-17).
package struct PolicyPatch: Sendable {
  /// A merge patch on the body.
  package var body: Patch<EventValue> = .keep
  package var reason: Patch<String> = .keep
  package var validFrom: Patch<Timestamp?> = .keep
  package var validTo: Patch<Timestamp?> = .keep

  package init() {}
}

/// What a list of policies can be narrowed by; conditions combine with and.
package struct PolicyFilter: Hashable, Sendable {
  /// Any of these; none asks for all.
  package var keys: [PolicyKey] = []
  /// Any of these; none asks for all.
  package var states: [Policy.State] = []
  package var vehicleModelID: VehicleModel.ID?
  package var regionID: Region.ID?
  /// Approved ones that hold at this instant.
  package var validAt: Timestamp?

  package init() {}
}

extension Policy {
  /// What changed since `before`, field by field; of the body the members that differ.
  package func changes(from before: Policy?) -> [FieldChange] {
    let old = before?.content
    var comparison = FieldComparison()
    comparison.choice("state", before?.state, state)
    comparison.field("reason", old?.reason, content.reason)
    comparison.field("validFrom", old?.validFrom, content.validFrom)
    comparison.field("validTo", before?.shownEnd, shownEnd)
    comparison.choice("decision/outcome", before?.decision?.outcome, decision?.outcome)
    comparison.field("decision/comment", before?.decision?.comment, decision?.comment)
    if before == nil {
      comparison.field(
        "subject", EventValue.null, subject.map { .text("\($0.kind.rawValue) \($0.id.canonical)") } ?? .null)
    }
    return comparison.changes + Self.differences("body", old?.body ?? .null, content.body)
  }

  /// The end as documents show it: what holds once approved, what is planned until then.
  package var shownEnd: Timestamp? { state == .approved ? endsAt : content.validTo }

  /// Members that differ, however deep they stand; lists as a whole.
  private static func differences(_ name: String, _ before: EventValue, _ after: EventValue) -> [FieldChange] {
    if before == after { return [] }
    guard case .object(let old) = before, case .object(let new) = after else {
      return [FieldChange(name, before, after)]
    }
    return Set(old.keys).union(new.keys).sorted().flatMap {
      differences("\(name)/\($0)", old[$0] ?? .null, new[$0] ?? .null)
    }
  }
}
