/// The taxonomy of root causes (CMP-14, SM-4): what was found, which may lie elsewhere than where the customer complained.
package enum ComplaintCause: String, Hashable, Sendable, CaseIterable {
  // Vehicle quality
  case designDefect, materialDefect, manufacturingDefect, softwareDefect, wear
  // Repair quality
  case misdiagnosis, faultyWorkmanship, incompleteRepair, repeatedRepair, damageInService
  // Parts
  case partDefect, partUnavailable, wrongPart, counterfeitPart
  // Attitude
  case impoliteness, poorInformation, brokenPromise
  // Price
  case overcharging, unclearEstimate, guaranteeRefused
  // Timeliness
  case longWaiting, lateDelivery, lateArrival, slowResponse
  // Other
  case operatingError, outsideInfluence, accidentDamage, misunderstanding, unexplained

  package var category: Complaint.Category {
    switch self {
    case .designDefect, .materialDefect, .manufacturingDefect, .softwareDefect, .wear: .vehicleQuality
    case .misdiagnosis, .faultyWorkmanship, .incompleteRepair, .repeatedRepair, .damageInService: .repairQuality
    case .partDefect, .partUnavailable, .wrongPart, .counterfeitPart: .parts
    case .impoliteness, .poorInformation, .brokenPromise: .attitude
    case .overcharging, .unclearEstimate, .guaranteeRefused: .price
    case .longWaiting, .lateDelivery, .lateArrival, .slowResponse: .timeliness
    case .operatingError, .outsideInfluence, .accidentDamage, .misunderstanding, .unexplained: .other
    }
  }

  /// Whether it tells something about the product, so that the case also is quality information (CMP-16).
  package var concernsProduct: Bool {
    switch category {
    case .vehicleQuality, .parts: true
    case .repairQuality, .attitude, .price, .timeliness, .other: false
    }
  }
}
