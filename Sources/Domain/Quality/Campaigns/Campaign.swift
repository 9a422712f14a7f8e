/// A recall or a service campaign: a population of vehicles, frozen to a list, each of which is remedied or leaves with a reason
/// (QI-38, M11).
package struct Campaign: LifecycleDocument {
  package typealias ID = Identifier<Campaign>

  package enum State: String, Hashable, Sendable, CaseIterable {
    case draft, approved, published, suspended, completed
  }

  package enum Action: String, Hashable, Sendable, CaseIterable {
    case approve, publish, suspend, complete
  }

  package enum Kind: String, Hashable, Sendable, CaseIterable {
    /// Safety: it stays open on a vehicle until it is remedied, also when its customer refused.
    case recall
    case service
  }

  package static let resource = Resource.campaign
  package static var lifecycle: Lifecycle<Campaign> { CampaignLifecycle.table }

  package let id: ID
  /// `CA-HQ-2026-000012`.
  package let number: String
  package internal(set) var state: State
  package var revision: Revision
  package var header: CampaignHeader
  package internal(set) var progress: CampaignProgress

  package var designation: String? { number }
  /// Drafts are headquarters'; what is published is everybody's.
  package var audience: Audience { Self.isPublic(state) ? .network : .headquarters }

  /// Whether stations see a campaign in this state.
  package static func isPublic(_ state: State) -> Bool {
    switch state {
    case .draft, .approved: false
    case .published, .suspended, .completed: true
    }
  }

  package init(
    id: ID, number: String, state: State, version: Int, stamp: RecordStamp, header: CampaignHeader,
    progress: CampaignProgress
  ) {
    self.id = id
    self.number = number
    self.state = state
    self.revision = Revision(version: version, stamp: stamp)
    self.header = header
    self.progress = progress
  }

  package func changes(from before: Campaign?) -> [FieldChange] {
    let (old, done) = (before?.header, before?.progress)
    var comparison = FieldComparison()
    comparison.choice("state", before?.state, state)
    comparison.choice("kind", old?.kind, header.kind)
    comparison.field("title", old?.title, header.title)
    comparison.field("description", old?.description, header.description)
    comparison.field("remedy", old?.remedy, header.remedy)
    comparison.field("component", old?.component, header.component)
    comparison.field("qualityIssueId", old?.qualityIssueID, header.qualityIssueID)
    comparison.field("population", old?.population.value ?? .null, header.population.value)
    comparison.field("externalIds", old?.externalIDs ?? [:], header.externalIDs)
    comparison.field("vehicleCount", done?.frozen?.count, progress.frozen?.count)
    comparison.field("populationHash", done?.frozen?.hash, progress.frozen?.hash)
    comparison.field("reason", done?.reason, progress.reason)
    return comparison.changes
  }
}

package struct CampaignHeader: Hashable, Sendable {
  package var kind: Campaign.Kind
  package var title: String
  /// What is wrong, and what may come of it.
  package var description: String
  /// What is done on each vehicle.
  package var remedy: String
  /// The component that it is about: the early warning of it is silent for a time (A11).
  package var component: String?
  /// The problem that it answers.
  package var qualityIssueID: QualityIssue.ID?
  package var population: CampaignPopulation
  package var externalIDs: [String: String]

  package init(
    kind: Campaign.Kind, title: String, description: String, remedy: String, component: String? = nil,
    qualityIssueID: QualityIssue.ID?, population: CampaignPopulation, externalIDs: [String: String]
  ) {
    self.kind = kind
    self.title = title
    self.description = description
    self.remedy = remedy
    self.component = component
    self.qualityIssueID = qualityIssueID
    self.population = population
    self.externalIDs = externalIDs
  }
}

/// Which vehicles are affected: every condition that is given must hold, any value of a list is enough.
package struct CampaignPopulation: Hashable, Sendable {
  package var modelIDs: [VehicleModel.ID]
  package var modelYearFrom: Int?
  package var modelYearTo: Int?
  package var vinPrefixes: [String]
  package var vins: [String]
  /// First day included.
  package var saleDateFrom: CalendarDate?
  /// Last day included.
  package var saleDateTo: CalendarDate?

  package init(
    modelIDs: [VehicleModel.ID] = [], modelYearFrom: Int? = nil, modelYearTo: Int? = nil, vinPrefixes: [String] = [],
    vins: [String] = [], saleDateFrom: CalendarDate? = nil, saleDateTo: CalendarDate? = nil
  ) {
    self.modelIDs = modelIDs
    self.modelYearFrom = modelYearFrom
    self.modelYearTo = modelYearTo
    self.vinPrefixes = vinPrefixes
    self.vins = vins
    self.saleDateFrom = saleDateFrom
    self.saleDateTo = saleDateTo
  }

  /// Conditions that no vehicle can meet, by their members: a typing error would leave vehicles out of a recall.
  package var violations: [Violation] {
    var found: [Violation] = []
    if let modelYearFrom, let modelYearTo, modelYearFrom > modelYearTo {
      found.append(
        Violation(pointer: "#/population/modelYearTo", code: .outOfRange, detail: "must not lie before modelYearFrom"))
    }
    if let saleDateFrom, let saleDateTo, saleDateFrom > saleDateTo {
      found.append(
        Violation(pointer: "#/population/saleDateTo", code: .outOfRange, detail: "must not lie before saleDateFrom"))
    }
    for (member, texts) in [("vinPrefixes", vinPrefixes), ("vins", vins)] {
      for (place, text) in texts.enumerated() where !VIN.hasCharactersOfVIN(text) {
        found.append(
          Violation(
            pointer: "#/population/\(member)/\(place)", code: .invalidFormat,
            detail: "must consist of digits and of letters other than I, O and Q"))
      }
    }
    return found
  }

  /// A campaign on every vehicle there is was not meant.
  package var isEmpty: Bool { self == CampaignPopulation() }

  package var value: EventValue {
    .object([
      "modelIds": .list(modelIDs.map { .text($0.description) }),
      "modelYearFrom": modelYearFrom.map { .integer(Int64($0)) } ?? .null,
      "modelYearTo": modelYearTo.map { .integer(Int64($0)) } ?? .null,
      "vinPrefixes": .list(vinPrefixes.map(EventValue.text)), "vins": .list(vins.map(EventValue.text)),
      "saleDateFrom": .optional(saleDateFrom?.description), "saleDateTo": .optional(saleDateTo?.description),
    ])
  }

  /// What `value` wrote.
  package init(_ value: EventValue) {
    self.init()
    guard case .object(let members) = value else { return }
    func texts(_ name: String) -> [String] {
      guard case .list(let items)? = members[name] else { return [] }
      return items.compactMap { if case .text(let text) = $0 { text } else { nil } }
    }
    func number(_ name: String) -> Int? { if case .integer(let number)? = members[name] { Int(number) } else { nil } }
    func date(_ name: String) -> CalendarDate? {
      if case .text(let text)? = members[name] { CalendarDate(text) } else { nil }
    }
    modelIDs = texts("modelIds").compactMap { VehicleModel.ID($0) }
    modelYearFrom = number("modelYearFrom")
    modelYearTo = number("modelYearTo")
    vinPrefixes = texts("vinPrefixes")
    vins = texts("vins")
    saleDateFrom = date("saleDateFrom")
    saleDateTo = date("saleDateTo")
  }
}

/// What the actions have established so far.
package struct CampaignProgress: Hashable, Sendable {
  /// The population as it was frozen: how many vehicles, and the SHA-256 of their VINs in order, one a line.
  package struct Frozen: Hashable, Sendable {
    package let count: Int
    package let hash: String
    package let at: Timestamp

    package init(count: Int, hash: String, at: Timestamp) {
      self.count = count
      self.hash = hash
      self.at = at
    }
  }

  package var frozen: Frozen?
  package var approvedBy: String?
  package var publishedAt: Timestamp?
  package var completedAt: Timestamp?
  /// Why it is suspended, or was completed before every vehicle is.
  package var reason: String?

  package init(
    frozen: Frozen? = nil, approvedBy: String? = nil, publishedAt: Timestamp? = nil, completedAt: Timestamp? = nil,
    reason: String? = nil
  ) {
    self.frozen = frozen
    self.approvedBy = approvedBy
    self.publishedAt = publishedAt
    self.completedAt = completedAt
    self.reason = reason
  }
}

package struct CampaignFilter: Hashable, Sendable {
  /// Any of these; none asks for all.
  package var states: [Campaign.State] = []
  package var kinds: [Campaign.Kind] = []
  package var qualityIssueID: QualityIssue.ID?
  package var number: String?

  package init() {}
}

/// The transition table of campaigns (M11). Services execute it, `GET …/actions` publishes it, tests enumerate it.
package enum CampaignLifecycle {
  package static let table = Lifecycle<Campaign>([
    Transition(
      .approve, from: [.draft], to: .approved, .campaignsApprove, guards: [approverIsNotAuthor],
      effects: ["campaign.approved"], basis: "M11, SEC-10"),
    Transition(
      .publish, from: [.approved, .suspended], to: .published, .campaignsPublish, effects: ["campaign.published"],
      basis: "M11"),
    Transition(
      .suspend, from: [.published], to: .suspended, .campaignsSuspend, effects: ["campaign.suspended"], basis: "M11"),
    Transition(
      .complete, from: [.published, .suspended], to: .completed, .campaignsComplete, effects: ["campaign.completed"],
      basis: "M11"),
  ])

  private static let approverIsNotAuthor = Guard<Campaign>(
    "author-approves", "Who drafted the campaign does not approve it; another person must."
  ) { campaign, subject in
    guard let person = subject.id else { return true }
    return campaign.stamp.createdBy.id != person
  }
}

extension Campaign {
  /// Checks state and guards, and moves the state.
  package mutating func take(
    _ action: Action, outcome: String? = nil, by subject: Subject
  ) throws(Refusal) -> Transition<Campaign> {
    let row = try CampaignLifecycle.table.permit(action, outcome: outcome, on: self, by: subject)
    if let next = row.to { state = next }
    return row
  }

  /// Rewrites a draft; what was approved stands.
  package mutating func rewrite(_ header: CampaignHeader) throws(Refusal) {
    if state != .draft {
      throw .conflict(
        code: "campaign-not-editable", detail: "The campaign is \(state.rawValue); what was approved stands.",
        .state(state), .allowedStates([State.draft]))
    }
    self.header = header
  }

  /// - Parameter frozen: the population as it is at this moment.
  package mutating func approve(
    _ frozen: CampaignProgress.Frozen, by caller: Caller
  ) throws(Refusal) -> Transition<Campaign> {
    let row = try take(.approve, by: caller.subject)
    if frozen.count == 0 {
      throw .conflict(
        code: "campaign-without-vehicles", detail: "No vehicle on record belongs to the population.",
        .count(frozen.count))
    }
    progress.frozen = frozen
    progress.approvedBy = caller.name
    return row
  }

  package mutating func publish(at instant: Timestamp, by subject: Subject) throws(Refusal) -> Transition<Campaign> {
    let row = try take(.publish, by: subject)
    progress.publishedAt = progress.publishedAt ?? instant
    progress.reason = nil
    return row
  }

  package mutating func suspend(_ reason: String, by subject: Subject) throws(Refusal) -> Transition<Campaign> {
    let row = try take(.suspend, by: subject)
    progress.reason = reason
    return row
  }

  package mutating func complete(
    _ reason: String, at instant: Timestamp, by subject: Subject
  ) throws(Refusal) -> Transition<Campaign> {
    let row = try take(.complete, by: subject)
    progress.completedAt = instant
    progress.reason = reason
    return row
  }
}
