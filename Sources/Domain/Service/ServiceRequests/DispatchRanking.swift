/// What a request asks of the station that takes it (CALL-03).
package struct DispatchNeed: Hashable, Sendable {
  package let position: GeographicPosition?
  package let regionID: Region.ID?
  package let mode: WorkOrder.Mode
  package let urgency: ServiceRequest.Urgency
  package let repairType: String?
  /// The make; services look it up where the request does not name it.
  package var brand: String?
  package let skill: String?
  package let refusedBy: Set<Station.ID>

  package init(
    position: GeographicPosition?, regionID: Region.ID?, mode: WorkOrder.Mode, urgency: ServiceRequest.Urgency,
    repairType: String?, brand: String?, skill: String?, refusedBy: Set<Station.ID>
  ) {
    self.position = position
    self.regionID = regionID
    self.mode = mode
    self.urgency = urgency
    self.repairType = repairType
    self.brand = brand
    self.skill = skill
    self.refusedBy = refusedBy
  }

  /// Somebody has to drive out.
  var isTravelledTo: Bool { mode != .workshop }

  /// Nobody can wait for the shop to open.
  var isUrgent: Bool { mode == .rescue || urgency == .emergency }
}

/// A station as dispatch looks at it, with its load of this moment.
package struct DispatchCandidate: Hashable, Sendable {
  package let stationID: Station.ID
  package let code: String
  package let name: String
  package let state: Station.State
  package let regionID: Region.ID
  package let position: GeographicPosition?
  package let authorisations: Set<String>
  package let brands: Set<String>
  package let skills: Set<String>
  /// By its hours of this day, holidays included; `nil`: they are not kept.
  package let isOpenNow: Bool?
  package let bays: Int
  /// Work orders that are not ended.
  package let openOrders: Int
  /// Requests that it was given and has not finished.
  package let openRequests: Int
  package let lastDispatchedAt: Timestamp?

  package init(
    stationID: Station.ID, code: String, name: String, state: Station.State, regionID: Region.ID,
    position: GeographicPosition?, authorisations: Set<String>, brands: Set<String>, skills: Set<String>,
    isOpenNow: Bool?, bays: Int, openOrders: Int, openRequests: Int, lastDispatchedAt: Timestamp?
  ) {
    self.stationID = stationID
    self.code = code
    self.name = name
    self.state = state
    self.regionID = regionID
    self.position = position
    self.authorisations = authorisations
    self.brands = brands
    self.skills = skills
    self.isOpenNow = isOpenNow
    self.bays = bays
    self.openOrders = openOrders
    self.openRequests = openRequests
    self.lastDispatchedAt = lastDispatchedAt
  }
}

/// All stations in the order in which a request is offered to them, each with its reasons (CALL-03). The same need and the
/// same stations always give the same ranking.
///
/// Points are whole numbers on purpose: stations that are about as good are equal, and equal ones take turns by who waited
/// longest.
package struct DispatchRanking: Hashable, Sendable {
  /// Why a station is not proposed.
  package enum Exclusion: String, Hashable, Sendable, CaseIterable {
    case notActive, refusedBefore, notAuthorised, brandNotAuthorised, skillMissing, outOfReach, otherRegion, closedNow

    package var sentence: String {
      switch self {
      case .notActive: "The station is suspended or terminated."
      case .refusedBefore: "The station refused this request before."
      case .notAuthorised: "The station is not authorised for this kind of repair."
      case .brandNotAuthorised: "The station is not authorised for this make."
      case .skillMissing: "Nobody at the station has the skill that is needed."
      case .outOfReach: "The station is too far away to drive out."
      case .otherRegion: "The station is of another region, and no distance is known."
      case .closedNow: "The station is closed now, and this cannot wait."
      }
    }
  }

  package struct Points: Hashable, Sendable {
    package let distance: Int
    /// Below zero where more work waits than makes a full load: also of two that are full the one with less is first.
    package let load: Int
    package let opening: Int
    package var total: Int { distance + load + opening }

    package init(distance: Int, load: Int, opening: Int) {
      self.distance = distance
      self.load = load
      self.opening = opening
    }
  }

  package struct Entry: Hashable, Sendable {
    package let stationID: Station.ID
    package let code: String
    package let name: String
    package let points: Points
    package let distanceKm: Int?
    /// `nil` when the request names no region.
    package let isSameRegion: Bool?
    package let openOrders: Int
    package let openRequests: Int
    /// Jobs at which the load counts as full.
    package let capacity: Int
    package let isOpenNow: Bool?
    package let lastDispatchedAt: Timestamp?
    /// None: the station is proposed.
    package let exclusions: [Exclusion]

    package var isProposed: Bool { exclusions.isEmpty }

    /// The factors in words, for the person who decides.
    package var reasons: [String] {
      var reasons: [String] = []
      if let distanceKm { reasons.append("\(distanceKm) km away.") }
      if let isSameRegion { reasons.append(isSameRegion ? "Of the same region." : "Of another region.") }
      reasons.append(
        "\(openOrders) open orders and \(openRequests) requests in hand; \(capacity) make a full load.")
      switch isOpenNow {
      case true?: reasons.append("Open now.")
      case false?: reasons.append("Closed now.")
      case nil: reasons.append("Opening hours are not kept.")
      }
      reasons.append(lastDispatchedAt.map { "Got its last request at \($0)." } ?? "Never got a request.")
      return reasons + exclusions.map(\.sentence)
    }

    package init(
      stationID: Station.ID, code: String, name: String, points: Points, distanceKm: Int?, isSameRegion: Bool?,
      openOrders: Int, openRequests: Int, capacity: Int, isOpenNow: Bool?, lastDispatchedAt: Timestamp?,
      exclusions: [Exclusion]
    ) {
      self.stationID = stationID
      self.code = code
      self.name = name
      self.points = points
      self.distanceKm = distanceKm
      self.isSameRegion = isSameRegion
      self.openOrders = openOrders
      self.openRequests = openRequests
      self.capacity = capacity
      self.isOpenNow = isOpenNow
      self.lastDispatchedAt = lastDispatchedAt
      self.exclusions = exclusions
    }
  }

  /// The version of the policy that the weights were taken from (`clocks@0`).
  package let policyVersion: String
  /// The proposed ones from the best to the last, behind them the excluded ones by code.
  package let entries: [Entry]

  package var best: Entry? { entries.first.flatMap { $0.isProposed ? $0 : nil } }

  /// As it was kept with a decision.
  package init(policyVersion: String, entries: [Entry]) {
    self.policyVersion = policyVersion
    self.entries = entries
  }

  package init(
    _ need: DispatchNeed, among candidates: [DispatchCandidate], by weights: DispatchWeights, of policyVersion: String
  ) {
    self.policyVersion = policyVersion
    entries = candidates.map { weights.judge($0, for: need) }.sorted(by: Self.precedes)
  }

  private static func precedes(_ left: Entry, _ right: Entry) -> Bool {
    if left.isProposed != right.isProposed { return left.isProposed }
    if left.isProposed {
      if left.points.total != right.points.total { return left.points.total > right.points.total }
      if left.lastDispatchedAt != right.lastDispatchedAt {
        guard let leftAt = left.lastDispatchedAt else { return true }
        guard let rightAt = right.lastDispatchedAt else { return false }
        return leftAt < rightAt
      }
    }
    return left.code < right.code
  }
}

extension DispatchWeights {
  fileprivate func judge(_ station: DispatchCandidate, for need: DispatchNeed) -> DispatchRanking.Entry {
    let distance = need.position.flatMap { there in station.position.map { $0.kilometres(to: there) } }
    let isSameRegion = need.regionID.map { $0 == station.regionID }
    let isOpen = station.isOpenNow
    let capacity = max(1, station.bays) * jobsPerBay
    let taken = station.openOrders + station.openRequests

    var exclusions: [DispatchRanking.Exclusion] = []
    if station.state != .active { exclusions.append(.notActive) }
    if need.refusedBy.contains(station.stationID) { exclusions.append(.refusedBefore) }
    if let repairType = need.repairType, !station.authorisations.contains(repairType) {
      exclusions.append(.notAuthorised)
    }
    if let brand = need.brand, !station.brands.isEmpty, !station.brands.contains(brand) {
      exclusions.append(.brandNotAuthorised)
    }
    if let skill = need.skill, !station.skills.contains(skill) { exclusions.append(.skillMissing) }
    if need.isTravelledTo {
      if let distance {
        if distance > reachKm { exclusions.append(.outOfReach) }
      } else if isSameRegion == false {
        exclusions.append(.otherRegion)
      }
    }
    if need.isUrgent, isOpen == false { exclusions.append(.closedNow) }

    let near: Int
    if let distance {
      near = distancePoints * max(0, reachKm - distance) / reachKm
    } else {
      near = isSameRegion == false ? 0 : distancePoints / 2
    }
    let opening =
      switch isOpen {
      case true?: openingPoints
      case nil: openingPoints / 2
      case false?: 0
      }
    return DispatchRanking.Entry(
      stationID: station.stationID, code: station.code, name: station.name,
      points: DispatchRanking.Points(
        distance: near, load: loadPoints * (capacity - taken) / capacity, opening: opening),
      distanceKm: distance, isSameRegion: isSameRegion, openOrders: station.openOrders,
      openRequests: station.openRequests, capacity: capacity, isOpenNow: isOpen,
      lastDispatchedAt: station.lastDispatchedAt, exclusions: exclusions)
  }
}

/// A dispatch as it is kept for ever: the decision with the ranking it was based on.
package struct DispatchRecord: Hashable, Sendable {
  package let dispatch: RequestDispatch
  package let ranking: DispatchRanking

  package init(dispatch: RequestDispatch, ranking: DispatchRanking) {
    self.dispatch = dispatch
    self.ranking = ranking
  }
}
