/// Human-readable numbers per kind, station and year: `WO-SY001-2026-000123` (domain.md section 3).
package enum DocumentNumber {
  package enum Kind: String, Hashable, Sendable, CaseIterable {
    case workOrder = "WO"
    case customer = "CU"
    case invoice = "INV"
    case serviceRequest = "SR"
    case productReturn = "PR"
    case oldPart = "OP"
    case supplierRecovery = "RC"
    case qualityIssue = "QI"
    case campaign = "CA"
    case earlyWarning = "EW"
    case appointment = "AP"
    case priceList = "PL"
    case reservation = "RV"
    case stocktake = "SK"
    case minimumStock = "MS"
    case replenishmentProposal = "RE"
    case partsSale = "PS"
    case partsReturn = "RT"
    case partsOrder = "PO"
    case shipment = "SH"
    case partsClaim = "PC"
    case complaint = "CP"
    case issuedReport = "RP"
    case followUp = "FU"
    case letter = "LT"
    case warrantyClaim = "WC"
    case ledgerEntry = "LE"
    case settlement = "ST"
    case penalty = "PE"
    case reward = "RW"
    case preAuthorisation = "PA"
  }

  /// What stands in the place of a station's code in the numbers of headquarters; no station may have it.
  package static let headquarters = "HQ"

  /// Six digits at least; a busy station's seventh does not break sorting by creation.
  package static func text(_ kind: Kind, stationCode: String, year: Int, serial: Int) -> String {
    let digits = String(serial)
    let padding = String(repeating: "0", count: max(0, 6 - digits.count))
    return "\(kind.rawValue)-\(stationCode)-\(year)-\(padding)\(digits)"
  }
}
