package import FoundationEssentials

/// What a policy is about (domain.md section 5, M23): one typed body per key.
package enum PolicyKey: String, Hashable, Sendable, CaseIterable {
  case clocks, qualityLevels, warranty, threeGuarantees, claimRules, goodwill, oldParts, settlement, labourRates
  case partsOrders, partsStandards, followUps, assessment, penalties, approvalLimits, complaints

  /// Whose own numbers the key may have beside those of everybody.
  package var subjectKinds: Set<PolicySubject.Kind> {
    switch self {
    case .warranty, .goodwill: [.vehicleModel]
    case .clocks, .labourRates, .partsOrders, .partsStandards, .followUps: [.region]
    case .qualityLevels, .threeGuarantees, .claimRules, .oldParts, .settlement, .assessment, .penalties,
      .approvalLimits, .complaints:
      []
    }
  }
}

/// What a policy is limited to: one vehicle model, one region. A policy without a subject holds for everybody who has
/// none of his own.
package enum PolicySubject: Hashable, Sendable {
  package enum Kind: String, Hashable, Sendable, CaseIterable {
    case vehicleModel, region
  }

  case vehicleModel(VehicleModel.ID)
  case region(Region.ID)

  package init(_ kind: Kind, _ id: UUID) {
    switch kind {
    case .vehicleModel: self = .vehicleModel(VehicleModel.ID(id))
    case .region: self = .region(Region.ID(id))
    }
  }

  package var kind: Kind {
    switch self {
    case .vehicleModel: .vehicleModel
    case .region: .region
    }
  }

  package var id: UUID {
    switch self {
    case .vehicleModel(let model): model.uuid
    case .region(let region): region.uuid
    }
  }

  package var vehicleModelID: VehicleModel.ID? {
    if case .vehicleModel(let model) = self { model } else { nil }
  }

  package var regionID: Region.ID? {
    if case .region(let region) = self { region } else { nil }
  }
}

/// One version of one key, as decisions store it: `clocks@3`. Version 0 is what comes with the product.
package struct PolicyVersion: Hashable, Sendable, CustomStringConvertible {
  package let key: PolicyKey
  package let number: Int

  package init(_ key: PolicyKey, _ number: Int) {
    self.key = key
    self.number = number
  }

  /// `nil` for anything but a key, `@` and a number without leading zeros.
  package init?(_ text: some StringProtocol) {
    let parts = text.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, let key = PolicyKey(rawValue: String(parts[0])), let number = Self.number(parts[1]) else {
      return nil
    }
    self.init(key, number)
  }

  /// The number of a version as paths write it; `nil` for anything else.
  package static func number(_ text: some StringProtocol) -> Int? {
    guard (1...9).contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
      text == "0" || text.utf8.first != 0x30
    else { return nil }
    return Int(text)
  }

  package var isDefault: Bool { number == 0 }
  package var description: String { "\(key.rawValue)@\(number)" }
}
