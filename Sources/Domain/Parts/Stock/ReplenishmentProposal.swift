/// What a station should order on a day, with the reason of each line; never changed (domain.md section 11).
package struct ReplenishmentProposal: ImmutableDocument {
  package typealias ID = Identifier<ReplenishmentProposal>

  package enum Reason: String, Hashable, Sendable, CaseIterable {
    /// On hand and on order together are less than the approved minimum (PRT-05).
    case belowMinimum
    /// They are less than the quota of the region (PRT-04).
    case belowQuota
    /// Vehicles of the station's customers wait for the remedy of a campaign (anchor 69).
    case campaigns
    /// They are less than a month's pieces of its warranty claims (anchor 69, PRT-14).
    case claims
  }

  /// Claims of so many days say how much a month takes.
  package static let claimDays: Int64 = 90

  /// What is known of a part at the station's store.
  package struct Situation: Hashable, Sendable {
    package let partID: Part.ID
    package let partNumber: String
    package let onHand: Int
    package let reserved: Int
    package let onOrder: Int
    package let minimum: Int?
    package let quota: Int?
    /// A month's pieces of the station's warranty claims, rounded up.
    package let claimed: Int
    /// Vehicles of its customers whose campaign is open and replaces the part.
    package let recalled: Int

    package init(
      partID: Part.ID, partNumber: String, onHand: Int, reserved: Int, onOrder: Int, minimum: Int?, quota: Int?,
      claimed: Int = 0, recalled: Int = 0
    ) {
      self.partID = partID
      self.partNumber = partNumber
      self.onHand = onHand
      self.reserved = reserved
      self.onOrder = onOrder
      self.minimum = minimum
      self.quota = quota
      self.claimed = claimed
      self.recalled = recalled
    }

    /// The highest of what must be kept, and what campaigns take on top.
    package var kept: Int { max(minimum ?? 0, quota ?? 0, claimed) + recalled }
  }

  package struct Line: Hashable, Sendable {
    package let situation: Situation
    /// What is delivered today: the part itself, or what supersedes it.
    package let orderPartID: Part.ID
    package let orderPartNumber: String
    /// What is missing to the highest of what must be kept, and to what campaigns take on top. What is held for somebody is used
    /// up, so it does not count.
    package let quantity: Int
    /// Of the part that supersedes it, there or on its way beyond what must be kept of that one itself: it stands for the part, so
    /// that what was ordered on a former proposal is not proposed again.
    package let successorQuantity: Int
    package let reasons: [Reason]

    package init(
      situation: Situation, orderPartID: Part.ID, orderPartNumber: String, quantity: Int, successorQuantity: Int = 0,
      reasons: [Reason]
    ) {
      self.situation = situation
      self.orderPartID = orderPartID
      self.orderPartNumber = orderPartNumber
      self.quantity = quantity
      self.successorQuantity = successorQuantity
      self.reasons = reasons
    }

    /// The line that a situation asks for; `nil`: enough is there or on its way.
    ///
    /// - Parameter successorQuantity: of the part that is delivered today, where that is another one.
    package init?(
      _ situation: Situation, delivered: (id: Part.ID, number: String), successorQuantity: Int = 0
    ) {
      let coming = situation.onHand + situation.onOrder + successorQuantity
      var reasons: [Reason] = []
      if let minimum = situation.minimum, coming < minimum { reasons.append(.belowMinimum) }
      if let quota = situation.quota, coming < quota { reasons.append(.belowQuota) }
      let kept = situation.kept
      if situation.recalled > 0, coming < kept { reasons.append(.campaigns) }
      if coming < situation.claimed { reasons.append(.claims) }
      guard !reasons.isEmpty else { return nil }
      self.init(
        situation: situation, orderPartID: delivered.id, orderPartNumber: delivered.number,
        quantity: kept - coming + situation.reserved, successorQuantity: successorQuantity, reasons: reasons)
    }
  }

  package static let resource = Resource.replenishmentProposal

  package let id: ID
  /// `RE-SY001-2026-000031`
  package let number: String
  package let stationID: Station.ID
  package let locationID: StockLocation.ID
  package let lines: [Line]
  package let createdAt: Timestamp
  package let createdBy: RecordStamp.Author

  package init(
    id: ID, number: String, stationID: Station.ID, locationID: StockLocation.ID, lines: [Line], createdAt: Timestamp,
    createdBy: RecordStamp.Author
  ) {
    self.id = id
    self.number = number
    self.stationID = stationID
    self.locationID = locationID
    self.lines = lines
    self.createdAt = createdAt
    self.createdBy = createdBy
  }

  package var designation: String? { number }
  package var audience: Audience { .station(stationID) }

  package func changes(from before: ReplenishmentProposal?) -> [FieldChange] {
    var comparison = FieldComparison()
    comparison.field(
      "lines", (before?.lines ?? []).map(Self.text), lines.map(Self.text))
    return comparison.changes
  }

  private static func text(_ line: Line) -> String {
    "\(line.quantity) × \(line.orderPartNumber): \(line.reasons.map(\.rawValue).joined(separator: ", "))"
  }
}

package struct ReplenishmentProposalFilter: Hashable, Sendable {
  package var stationID: Station.ID?
  package init() {}
}
