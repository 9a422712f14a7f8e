/// A service centre (特约服务中心): the tier that meets the customer, belonging to one region (ORG-01, ORG-03, ORG-04).
package struct Station: Record {
  package typealias ID = Identifier<Station>

  package enum Kind: String, Hashable, Sendable, CaseIterable {
    /// Sales, service, parts and information feedback under one roof (四位一体, ORG-03).
    case fourInOne
    /// Service, parts and information feedback (特约服务站, ORG-04).
    case serviceOnly
  }

  package enum State: String, Hashable, Sendable, CaseIterable {
    case active, suspended, terminated
  }

  package static let resource = Resource.station

  package let id: ID
  /// Unique and never changed: part of every document number of the station (`WO-SY001-2026-000123`).
  package let code: String
  /// Moved by actions only, never by a patch (C-18).
  package private(set) var state: State
  package var profile: StationProfile
  package var externalIDs: [String: String]
  package var revision: Revision

  package init(
    id: ID, code: String, state: State, profile: StationProfile, externalIDs: [String: String], version: Int,
    stamp: RecordStamp
  ) {
    self.id = id
    self.code = code
    self.state = state
    self.profile = profile
    self.externalIDs = externalIDs
    self.revision = Revision(version: version, stamp: stamp)
  }

  package var designation: String? { code }
  package var audience: Audience { .station(id) }

  /// Checks the transition table and moves the state; the version is the caller's business (`revised`).
  ///
  /// - Throws: `Refusal.transition`.
  package mutating func take(_ action: Action, by subject: Subject) throws(Refusal) -> Transition<Station> {
    let row = try Self.lifecycle.permit(action, on: self, by: subject)
    if let target = row.to { state = target }
    return row
  }

  /// Code and state stay: the code never changes, the state only by actions. So does what is shown of the workshop.
  package mutating func rewrite(as draft: StationDraft) throws(Refusal) {
    try draft.validate()
    let shown = profile
    profile = draft.profile
    profile.skills = shown.skills
    profile.openingHours = shown.openingHours
    profile.bays = draft.bays ?? shown.bays
    externalIDs = draft.externalIDs
  }

  package func changes(from before: Station?) -> [FieldChange] {
    let old = before?.profile
    var comparison = FieldComparison()
    comparison.field("code", before?.code, code)
    comparison.choice("state", before?.state, state)
    comparison.field("name", old?.name, profile.name)
    comparison.field("nameEn", old?.nameEn, profile.nameEn)
    comparison.choice("kind", old?.kind, profile.kind)
    comparison.field("regionId", old?.regionID, profile.regionID)
    comparison.field("timeZone", old?.timeZone, profile.timeZone)
    comparison.choice("currency", old?.currency, profile.currency)
    comparison.field("address", old?.address, profile.address)
    comparison.field("city", old?.city, profile.city)
    comparison.field("phone", old?.phone, profile.phone)
    comparison.field("position", old?.position?.description, profile.position?.description)
    comparison.field("labourRate", old?.labourRate as Money?, profile.labourRate as Money?)
    comparison.field("authorisations", old?.authorisations ?? [], profile.authorisations)
    comparison.field("brands", old?.brands ?? [], profile.brands)
    comparison.field("skills", old?.skills ?? [], profile.skills)
    comparison.field(
      "openingHours", old?.openingHours.spans.map(\.description) ?? [], profile.openingHours.spans.map(\.description))
    comparison.field("bays", old?.bays, profile.bays)
    comparison.field("externalIds", before?.externalIDs ?? [:], externalIDs)
    return comparison.changes
  }
}

/// What headquarters keeps about a station and may change.
package struct StationProfile: Hashable, Sendable {
  package var name: String
  package var nameEn: String?
  package var kind: Station.Kind
  package var regionID: Region.ID
  /// IANA name; "today" at this station follows it (C-04). The repository checks it against the database's zones.
  package var timeZone: String
  package var currency: Currency
  package var address: String?
  package var city: String?
  package var phone: String?
  package var position: GeographicPosition?
  /// Price of one labour hour, in the station's currency; the base of labour prices (WO-22).
  package var labourRate: Money
  /// Repair types that the station is authorised for; empty until headquarters grants some.
  package var authorisations: [String]
  /// Makes that the station is authorised for; empty means every make of the network (ORG-07).
  package var brands: [String]
  /// Shown of the workshop: what its people are trained in and its bays are equipped for.
  package internal(set) var skills: [String]
  /// Shown of the workshop.
  package internal(set) var openingHours: OpeningHours
  /// Working places: those that the workshop names, before that as headquarters counted them.
  package var bays: Int

  package init(
    name: String, nameEn: String?, kind: Station.Kind, regionID: Region.ID, timeZone: String, currency: Currency,
    address: String?, city: String?, phone: String?, position: GeographicPosition?, labourRate: Money,
    authorisations: [String], brands: [String] = [], skills: [String] = [], openingHours: OpeningHours = .unknown,
    bays: Int
  ) {
    self.name = name
    self.nameEn = nameEn
    self.kind = kind
    self.regionID = regionID
    self.timeZone = timeZone
    self.currency = currency
    self.address = address
    self.city = city
    self.phone = phone
    self.position = position
    self.labourRate = labourRate
    self.authorisations = authorisations
    self.brands = brands
    self.skills = skills
    self.openingHours = openingHours
    self.bays = bays
  }

  /// Takes over what the workshop says and the station shows of it.
  package mutating func show(_ workshop: Workshop) {
    skills = workshop.allSkills
    openingHours = workshop.openingHours
    if !workshop.activeBays.isEmpty { bays = workshop.activeBays.count }
  }

  /// The rules that hold between fields, all violations at once (C-09); run on the merged result of a patch (C-17).
  package func violations() -> [Violation] {
    var found: [Violation] = []
    if labourRate.currency != currency {
      found.append(
        Violation(
          pointer: "#/labourRate/currency", code: .inconsistent, detail: "must be the currency of the station",
          limits: ["allowed": currency.rawValue]))
    }
    if labourRate.minor < 0 {
      found.append(
        Violation(
          pointer: "#/labourRate/amount", code: .outOfRange, detail: "must not be negative", limits: ["min": "0"]))
    }
    for (member, words, what) in [
      ("authorisations", authorisations, "repair type"), ("brands", brands, "make"),
    ] where Set(words).count != words.count {
      found.append(Violation(pointer: "#/\(member)", code: .notUnique, detail: "must name each \(what) once"))
    }
    return found
  }
}

/// A station as asked for; a new one is active.
package struct StationDraft: Hashable, Sendable, ExternallyIdentified {
  package let code: String
  package let profile: StationProfile
  /// `nil`: nothing is said about them, and those that are known stay.
  package let bays: Int?
  package var externalIDs: [String: String]

  package init(code: String, profile: StationProfile, bays: Int?, externalIDs: [String: String]) {
    self.code = code
    self.profile = profile
    self.bays = bays
    self.externalIDs = externalIDs
  }

  package init(code: String, profile: StationProfile, externalIDs: [String: String]) {
    self.init(code: code, profile: profile, bays: profile.bays, externalIDs: externalIDs)
  }

  package func validate() throws(Refusal) {
    var found: [Violation] = []
    if !OrganisationCode.isStation(code) {
      found.append(
        Violation(
          pointer: "#/code", code: .invalidFormat, detail: "must be 2 to 12 capital letters or digits, and not HQ"))
    }
    found += profile.violations()
    if !found.isEmpty { throw .invalid(found) }
  }
}

/// What a list of stations can be narrowed by; conditions combine with and.
package struct StationFilter: Hashable, Sendable {
  package let regionID: Region.ID?
  package let kinds: [Station.Kind]
  package let states: [Station.State]
  /// Beginning of code or name, case-insensitive.
  package let text: String?

  package init(
    regionID: Region.ID? = nil, kinds: [Station.Kind] = [], states: [Station.State] = [], text: String? = nil
  ) {
    self.regionID = regionID
    self.kinds = kinds
    self.states = states
    self.text = text
  }
}
