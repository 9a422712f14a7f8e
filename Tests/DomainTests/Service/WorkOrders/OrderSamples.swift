import Domain
import FoundationEssentials

/// Orders as the tests of this folder need them.
enum OrderSamples {
  static let now = Timestamp(milliseconds: 1_795_248_000_000)
  static let adviser = Subject.user(UUID())
  static let technician = UUID()
  static let inspector = Subject.user(UUID())

  static func order(
    _ state: WorkOrder.State = .received, vehicle: Vehicle.ID? = .new(at: now), lines: [JobLine] = []
  ) -> WorkOrder {
    let caller = Caller(subject: adviser, name: "李顾问", roles: [.stAdviser], permissions: [], scope: .network)
    return WorkOrder(
      id: .new(at: now), number: "WO-SY001-2026-000001", stationID: .new(at: now), currency: .cny, state: state,
      version: 1, stamp: RecordStamp(by: caller, at: now),
      header: WorkOrderHeader(
        customerID: .new(at: now), vehicleID: vehicle, mode: .workshop, serviceType: .repair, summary: "刹车异响",
        note: nil, contact: nil, externalIDs: [:]),
      progress: WorkOrderProgress(), lines: lines, lastLineNumber: lines.map(\.number).max() ?? 0
    ).hashed
  }

  /// One hour at 200.00 and a part of 3 × 50.00: 350.00, all the customer's.
  static func line(
    _ number: Int = 1, _ decision: JobLine.Decision = .approved, additional: Bool = false, correction: String? = "更换"
  ) -> JobLine {
    JobLine(
      id: .new(at: now), number: number, isAdditional: additional, decision: decision,
      work: JobWork(description: "更换刹车片", correction: correction),
      price: JobPrice(
        standardHours: Hours(hundredths: 100), labourRate: cny(20_000), sublet: nil, travel: nil,
        split: .all(.customer, 35_000)),
      technicianID: technician,
      parts: [
        JobPart(
          id: .new(at: now), partNumber: "BP-1", description: "刹车片", quantity: 3, unitPrice: cny(5_000), origin: .oem,
          guaranteeMonths: 12, guaranteeKm: 20_000)
      ])
  }

  /// An order whose customer agreed to the lines as they are, so that every guard of a plain walk holds.
  static func agreed(_ state: WorkOrder.State, lines: [JobLine] = [line()]) -> WorkOrder {
    var order = order(lines: lines)
    order = rebuilt(order, state) { progress in
      progress.estimate = EstimateSummary(revision: 1, hash: order.contentHash, total: order.total, quotedAt: now)
      progress.authorisation = decision(order.contentHash)
    }
    return order
  }

  static func rebuilt(
    _ order: WorkOrder, _ state: WorkOrder.State, _ change: (inout WorkOrderProgress) -> Void = { _ in }
  ) -> WorkOrder {
    var progress = order.progress
    change(&progress)
    return WorkOrder(
      id: order.id, number: order.number, stationID: order.stationID, currency: order.currency, state: state,
      version: order.version, stamp: order.stamp, header: order.header, progress: progress, lines: order.lines,
      lastLineNumber: order.lastLineNumber, contentHash: order.contentHash)
  }

  static func decision(_ hash: String) -> CustomerDecision {
    CustomerDecision(
      decidedBy: "王小明", channel: .phone, decidedAt: now, estimateHash: hash, recordedBy: "李顾问")
  }

  static func draft(
    hours: Int32 = 100, sublet: JobLine.Extra? = nil, split: [PayerSplit.Payer: Money]? = nil,
    parts: [JobPartDraft] = []
  ) -> JobLineDraft {
    JobLineDraft(
      work: JobWork(description: "检查"), standardHours: Hours(hundredths: hours), labourRate: nil, sublet: sublet,
      travel: nil, split: split, parts: parts)
  }

  static func part(
    _ number: String = "P-1", description: String = "滤芯", quantity: Int = 1, price: Int64 = 1_000,
    origin: JobPart.Origin = .oem, months: Int? = nil
  ) -> JobPartDraft {
    JobPartDraft(
      partNumber: number, description: description, quantity: quantity, unitPrice: cny(price), origin: origin,
      guaranteeMonths: months, guaranteeKm: nil)
  }

  static func cny(_ minor: Int64) -> Money { Money(minor: minor, currency: .cny) }
}

extension WorkOrder {
  /// With the content itself standing in for its hash, which only services compute.
  var hashed: WorkOrder {
    var order = self
    order.contentHash = estimateContent
    return order
  }

  @discardableResult
  mutating func add(_ draft: JobLineDraft, rate: Int64 = 20_000) throws(Refusal) -> Int {
    let index = try addLine(
      draft, hours: draft.standardHours ?? Hours(hundredths: 0), rate: OrderSamples.cny(rate), at: OrderSamples.now)
    contentHash = estimateContent
    return lines[index].number
  }
}

extension JobLinePatch {
  static func with(_ change: (inout JobLinePatch) -> Void) -> JobLinePatch {
    var patch = JobLinePatch()
    change(&patch)
    return patch
  }
}
