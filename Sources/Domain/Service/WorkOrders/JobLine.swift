package import FoundationEssentials

/// One job of an order: concern, cause, correction (M1), what it costs and who pays.
package struct JobLine: Hashable, Sendable {
  package typealias ID = Identifier<JobLine>

  /// What the customer said to it (WO-04).
  package enum Decision: String, Hashable, Sendable, CaseIterable {
    /// Not yet asked.
    case open
    case approved
    /// Stays recorded; nothing is done on it.
    case refused
  }

  /// Work bought in or travelled for, beyond labour and parts.
  package struct Extra: Hashable, Sendable {
    package var description: String
    package var amount: Money
    package init(description: String, amount: Money) {
      self.description = description
      self.amount = amount
    }
  }

  package let id: ID
  /// 1, 2, 3 … within the order; never reused.
  package let number: Int
  /// Found during the repair, after the authorisation.
  package let isAdditional: Bool
  package var decision: Decision
  package var work: JobWork
  package var price: JobPrice
  package var technicianID: UUID?
  package var parts: [JobPart]
  package var clockings: [TechnicianClocking]

  package init(
    id: ID, number: Int, isAdditional: Bool, decision: Decision, work: JobWork, price: JobPrice, technicianID: UUID?,
    parts: [JobPart] = [], clockings: [TechnicianClocking] = []
  ) {
    self.id = id
    self.number = number
    self.isAdditional = isAdditional
    self.decision = decision
    self.work = work
    self.price = price
    self.technicianID = technicianID
    self.parts = parts
    self.clockings = clockings
  }
}

/// The technical side of a job line.
package struct JobWork: Hashable, Sendable {
  package var description: String
  package var concern: String?
  package var cause: String?
  /// What was done; needed before the job counts as finished (WO-30).
  package var correction: String?
  package var faultCode: String?
  package var diagnosticTroubleCodes: [String]
  package var causalPartNumber: String?
  package var labourOperationCode: String?

  package init(
    description: String, concern: String? = nil, cause: String? = nil, correction: String? = nil,
    faultCode: String? = nil, diagnosticTroubleCodes: [String] = [], causalPartNumber: String? = nil,
    labourOperationCode: String? = nil
  ) {
    self.description = description
    self.concern = concern
    self.cause = cause
    self.correction = correction
    self.faultCode = faultCode
    self.diagnosticTroubleCodes = diagnosticTroubleCodes
    self.causalPartNumber = causalPartNumber
    self.labourOperationCode = labourOperationCode
  }
}

/// The money side: hours × rate, parts, sublet, travel; and the split over payers that sums to the line to the cent.
package struct JobPrice: Hashable, Sendable {
  package var standardHours: Hours
  package var labourRate: Money
  package var sublet: JobLine.Extra?
  package var travel: JobLine.Extra?
  package var split: PayerSplit

  package init(
    standardHours: Hours, labourRate: Money, sublet: JobLine.Extra?, travel: JobLine.Extra?, split: PayerSplit
  ) {
    self.standardHours = standardHours
    self.labourRate = labourRate
    self.sublet = sublet
    self.travel = travel
    self.split = split
  }
}

/// A part of a job line, with its own guarantee (WO-27, WO-29).
package struct JobPart: Hashable, Sendable {
  package typealias ID = Identifier<JobPart>

  package enum Origin: String, Hashable, Sendable, CaseIterable {
    case oem, certifiedSubstitute, customerSupplied
  }

  package let id: ID
  package let partNumber: String
  package let description: String
  /// In the part's unit.
  package let quantity: Int
  package let unitPrice: Money
  package let origin: Origin
  package let guaranteeMonths: Int?
  package let guaranteeKm: Int?

  package var amount: Money { unitPrice.times(quantity) }

  package init(
    id: ID, partNumber: String, description: String, quantity: Int, unitPrice: Money, origin: Origin,
    guaranteeMonths: Int?, guaranteeKm: Int?
  ) {
    self.id = id
    self.partNumber = partNumber
    self.description = description
    self.quantity = quantity
    self.unitPrice = unitPrice
    self.origin = origin
    self.guaranteeMonths = guaranteeMonths
    self.guaranteeKm = guaranteeKm
  }
}

/// Attendance of one technician on one job (WO-34); open while `stoppedAt` is `nil`.
package struct TechnicianClocking: Hashable, Sendable {
  package typealias ID = Identifier<TechnicianClocking>
  package let id: ID
  package let technicianID: UUID
  package let startedAt: Timestamp
  package let stoppedAt: Timestamp?

  package init(id: ID, technicianID: UUID, startedAt: Timestamp, stoppedAt: Timestamp?) {
    self.id = id
    self.technicianID = technicianID
    self.startedAt = startedAt
    self.stoppedAt = stoppedAt
  }
}

extension JobLine {
  package var labourAmount: Money { .labour(price.standardHours, at: price.labourRate) }

  package var partsAmount: Money {
    Money(minor: parts.reduce(0) { $0.addingSaturating($1.amount.minor) }, currency: price.labourRate.currency)
  }

  /// Labour + parts + sublet + travel, all in the order's currency (checked when the line is written).
  package var amount: Money {
    let extras = [price.sublet, price.travel].map { $0?.amount.minor ?? 0 }
    let minor = (extras + [partsAmount.minor]).reduce(labourAmount.minor) { $0.addingSaturating($1) }
    return Money(minor: minor, currency: price.labourRate.currency)
  }

  /// No job costs more; beyond it the totals of an order would leave what their columns hold.
  package static let amountLimit: Int64 = 999_999_999_999

  /// A line that will be or was worked on.
  package var counts: Bool { decision != .refused }

  /// Worked hours so far, in hundredths, rounded half-up.
  package func workedHours(at now: Timestamp) -> Hours {
    let milliseconds = clockings.reduce(Int64(0)) {
      $0 + ($1.stoppedAt ?? now).milliseconds - $1.startedAt.milliseconds
    }
    return Hours(hundredths: Int32(clamping: (milliseconds + 18_000) / 36_000))
  }
}
