/// The twelve criteria of major quality information, exactly as the seed has them (QI-10…QI-18d).
package enum QualityCriterion: String, Hashable, Sendable, CaseIterable {
  /// A major quality accident led to injury or death (QI-10).
  case casualties = "L1-a"
  /// The media is about to expose or has exposed it, to major damage of the company's reputation (QI-11).
  case mediaExposure = "L1-b"
  /// A manufacturing error caused loss to the user and a complaint: asserted by a person, never computed (QI-12, D-06).
  case manufacturingError = "L1-c"
  /// The loss to the company exceeds the value of the vehicle (QI-13).
  case companyLoss = "L1-d"
  /// A major quality accident without casualties (QI-14).
  case majorAccident = "L2-a"
  /// A functional defect with very frequent complaints (QI-15).
  case functionalDefectFrequency = "L2-b"
  /// Directly affects sales (QI-16).
  case salesAffected = "L2-c"
  /// A compensation demand of 50,000 yuan or more (QI-17).
  case level2Demand = "L2-d"
  /// A quality defect with rather frequent complaints (QI-18a).
  case qualityDefectFrequency = "L3-a"
  /// May affect sales (QI-18b).
  case salesEndangered = "L3-b"
  /// The vehicle broke down on the road because of a quality problem (QI-18c).
  case breakdown = "L3-c"
  /// A compensation demand of 10,000 yuan or more and less than that of level 2 (QI-18d).
  case level3Demand = "L3-d"

  package var level: QualityLevel {
    switch self {
    case .casualties, .mediaExposure, .manufacturingError, .companyLoss: .level1
    case .majorAccident, .functionalDefectFrequency, .salesAffected, .level2Demand: .level2
    case .qualityDefectFrequency, .salesEndangered, .breakdown, .level3Demand: .level3
    }
  }

  /// The row of the requirements that it comes from.
  package var requirement: String {
    switch self {
    case .casualties: "QI-10"
    case .mediaExposure: "QI-11"
    case .manufacturingError: "QI-12"
    case .companyLoss: "QI-13"
    case .majorAccident: "QI-14"
    case .functionalDefectFrequency: "QI-15"
    case .salesAffected: "QI-16"
    case .level2Demand: "QI-17"
    case .qualityDefectFrequency: "QI-18a"
    case .salesEndangered: "QI-18b"
    case .breakdown: "QI-18c"
    case .level3Demand: "QI-18d"
    }
  }
}

extension QualityLevel {
  /// 1 is the most severe.
  package var rank: Int {
    switch self {
    case .level1: 1
    case .level2: 2
    case .level3: 3
    }
  }

  /// Whether it is graver than another level; any level is graver than none.
  package func isGraver(than other: QualityLevel?) -> Bool { rank < (other?.rank ?? 4) }
}
