import Domain
import FoundationEssentials
import Repositories

/// Gathers what the audit of a claim looks at, over the whole network, and has the pure rules judge it. A dry run and a submission
/// run this one function (M6).
struct ClaimExaminer: Sendable {
  let work: UnitOfWork
  let policies: PolicyBook

  struct Examination: Sendable {
    let facts: ClaimFacts
    let result: ClaimAudit.Result
    let policy: PolicyBook.InForce<ClaimRulesPolicy>
    let repairs: [ClaimedRepairRepository.Repair]
  }

  func examine(
    _ claim: WarrantyClaim, _ caller: Caller, at instant: Timestamp, in tx: Transaction
  ) async throws -> Examination {
    let policy = try await policies.current(ClaimRulesPolicy.self, at: claim.stationID, instant, in: tx)
    let repairs = claim.items.map { ClaimedRepairRepository.Repair(claim, $0) }
    let facts = try await tx.within(.network, of: caller) {
      try await gather(claim, repairs, caller.beyondScope(), at: instant, in: tx)
    }
    return Examination(
      facts: facts, result: ClaimAudit.result(facts, under: policy.body), policy: policy, repairs: repairs)
  }

  private func gather(
    _ claim: WarrantyClaim, _ repairs: [ClaimedRepairRepository.Repair], _ caller: Caller, at instant: Timestamp,
    in tx: Transaction
  ) async throws -> ClaimFacts {
    let order = try await order(of: claim, in: tx)
    let (station, today, sameLine, sameRepair) = try await tx.run(
      StationRepository.find(.id(claim.stationID), in: .network),
      ClaimFactRepository.day(at: claim.stationID, instant), ClaimedRepairRepository.sameLine(repairs),
      ClaimedRepairRepository.sameRepair(repairs))
    guard let station, let today else { throw Refusal.notFound }
    let deliveredOn = try await day(of: order?.progress.deliveredAt, at: claim.stationID, in: tx)
    var reading: ClaimFacts.Reading?
    var vehicle: Vehicle?
    if let id = claim.vehicleID {
      vehicle = try await tx.run(VehicleRepository.find(.id(id), in: .network))
      if let repairedOn = claim.header.repairedOn {
        reading = try await tx.run(ClaimFactRepository.earlierReading(of: id, before: repairedOn))
      }
    }
    let operations = try await operations(of: claim, in: tx)
    let covers = try await covers(of: claim, caller, in: tx)
    let orderFacts = try await facts(of: order, in: tx)
    let documents = [claim.id.uuid] + [claim.workOrderID?.uuid].compactMap(\.self)
    let photos = try await tx.run(ClaimFactRepository.photosElsewhere(of: documents))
    let words = try await words(of: claim, order, caller, in: tx)
    let abilities = Set(station.profile.skills + station.profile.authorisations)
    let items = claim.items.map { item in
      let source = item.workOrderLine.flatMap { number in order?.lines.first { $0.number == number } }
      let skill = item.work.labourOperationCode.flatMap { operations[$0]?.content.requiredSkill }
      return ClaimFacts.Item(
        number: item.number, workOrderLine: item.workOrderLine, cover: covers[item.number],
        sameLine: sameLine.filter { $0.item == item.number }.map(\.reference),
        sameRepair: sameRepair.filter { $0.item == item.number }.map(\.reference)
          + Self.sameRepair(as: item, in: claim, repairs),
        overlaps: orderFacts.overlaps.filter { $0.line == item.workOrderLine }.map(\.overlap),
        contradictions: orderFacts.contradictions.filter { $0.line == nil || $0.line == item.workOrderLine }
          .map(\.contradiction),
        missingSkill: skill.flatMap { abilities.contains($0) ? nil : $0 },
        isRefused: source.map { !$0.counts } ?? false,
        oldPart: oldPart(of: item, among: orderFacts.oldParts), preAuthorisation: words[item.number])
    }
    return ClaimFacts(
      kind: claim.kind, currency: claim.currency, submittedOn: today, repairedOn: claim.header.repairedOn,
      odometerKm: claim.header.odometerKm,
      order: order.map {
        ClaimFacts.Order(
          number: $0.number, isDelivered: $0.progress.deliveredAt != nil, deliveredOn: deliveredOn,
          lines: Set($0.lines.map(\.number)))
      },
      earlierReading: reading, photos: photos, items: items,
      lines: try await lines(of: claim, operations, vehicle, station, at: instant, in: tx),
      besides: try await besides(claim, in: tx), beyondOrder: Self.beyond(order, claim))
  }

  /// Items that ask for more than their line of the order gives the payer to bear.
  private static func beyond(_ order: WorkOrder?, _ claim: WarrantyClaim) -> Set<Int> {
    guard let order, let payer = claim.kind.payer else { return [] }
    let exceeding = claim.items.filter { item in
      order.lines.first { $0.number == item.workOrderLine }.map { item.claimed > $0.price.split[payer] } ?? false
    }
    return Set(exceeding.map(\.number))
  }

  /// What the same payer has approved of the work order already.
  private func besides(_ claim: WarrantyClaim, in tx: Transaction) async throws -> Int64 {
    guard let order = claim.workOrderID, let payer = claim.kind.payer else { return 0 }
    let kinds = WarrantyClaim.Kind.allCases.filter { $0.payer == payer }
    return try await tx.run(ClaimFactRepository.approved(of: order, besides: claim.id, kinds, claim.currency))
  }

  /// The same repair twice in one claim is the same repair twice (CLM-09).
  private static func sameRepair(
    as item: ClaimItem, in claim: WarrantyClaim, _ repairs: [ClaimedRepairRepository.Repair]
  ) -> [ClaimFacts.Reference] {
    guard let own = repairs.first(where: { $0.item == item.number }) else { return [] }
    let isRepeated = repairs.prefix { $0.item != item.number }.contains { $0.isSame(as: own) }
    return isRepeated
      ? [ClaimFacts.Reference(claim: claim.number, station: claim.stationID, repairedOn: claim.header.repairedOn)] : []
  }

  private func order(of claim: WarrantyClaim, in tx: Transaction) async throws -> WorkOrder? {
    guard let id = claim.workOrderID else { return nil }
    let header = WorkOrderRepository.find(.id(id), in: .network)
    return try await WorkOrderRepository.whole(header, .id(id), in: .network, through: tx)
  }

  private func day(
    of instant: Timestamp?, at station: Station.ID, in tx: Transaction
  ) async throws -> CalendarDate? {
    guard let instant else { return nil }
    return try await tx.run(ClaimFactRepository.day(at: station, instant))
  }

  private func operations(
    of claim: WarrantyClaim, in tx: Transaction
  ) async throws -> [String: LabourOperation] {
    var known: [String: LabourOperation] = [:]
    for code in Set(claim.items.compactMap(\.work.labourOperationCode)) {
      known[code] = try await tx.run(LabourOperationRepository.find(.number(code), in: .network))
    }
    return known
  }

  /// What the terms of the warranty say to each item (CLM-10), on the day of the repair.
  private func covers(
    of claim: WarrantyClaim, _ caller: Caller, in tx: Transaction
  ) async throws -> [Int: ClaimFacts.Cover] {
    guard claim.kind.isUnderWarranty, let vehicle = claim.vehicleID, let day = claim.header.repairedOn else {
      return [:]
    }
    let lines = claim.items.map {
      Entitlement.Line(
        number: $0.number, service: claim.kind == .firstMaintenance ? .firstMaintenance : .repair,
        causalPartNumber: $0.work.causalPartNumber, labourOperationCode: $0.work.labourOperationCode,
        faultCode: $0.work.faultCode)
    }
    let judgements = try await EntitlementService(work, policies: policies).judge(
      lines, of: vehicle, on: day, distanceKm: claim.header.odometerKm, besides: claim.workOrderID, caller, in: tx)
    var covers: [Int: ClaimFacts.Cover] = [:]
    for judgement in judgements {
      let codes = Set(judgement.reasons.map(\.code))
      covers[judgement.line.number] = ClaimFacts.Cover(
        policyVersion: judgement.policyVersion.description, isCovered: judgement.covered,
        reasons: judgement.reasons.map(\.code.rawValue),
        isOverMonths: !judgement.covered && codes.contains(.timeExceeded),
        isOverKm: !judgement.covered && codes.contains(.distanceExceeded), endsOn: judgement.coverage?.lastDay,
        limitKm: judgement.coverage?.lastKm)
    }
    return covers
  }

  /// Whether the maker wanted to be asked before the repair, by the policy of the day on which the vehicle came in, and on which of
  /// his words each item rests (M5).
  private func words(
    of claim: WarrantyClaim, _ order: WorkOrder?, _ caller: Caller, in tx: Transaction
  ) async throws -> [Int: ClaimFacts.PreAuthorisation] {
    guard let kind = claim.kind.preAuthorisation, let order, let vehicle = claim.vehicleID else { return [:] }
    let demands: (ClaimItem) -> Bool
    switch kind {
    case .warranty:
      let rule = try await EntitlementService(work, policies: policies).preAuthorisation(
        of: vehicle, at: order.stamp.createdAt, caller, in: tx)
      demands = { item in
        guard let rule else { return false }
        let line = Entitlement.Line(
          number: item.number, causalPartNumber: item.work.causalPartNumber,
          labourOperationCode: item.work.labourOperationCode, faultCode: item.work.faultCode)
        return rule.terms.demands(Money(minor: item.claimed, currency: claim.currency), line, rule.components)
      }
    case .goodwill:
      let policy = try await policies.current(
        GoodwillPolicy.self, at: claim.stationID, order.stamp.createdAt, in: tx
      ).body
      demands = { policy.demandsPreAuthorisation(of: Money(minor: $0.claimed, currency: claim.currency)) }
    }
    let (permits, drawn) = try await tx.run(
      PreAuthorisationRepository.permits(for: order.id, in: .network),
      PreAuthorisationRepository.draws(by: claim.id.uuid))
    var words: [Int: ClaimFacts.PreAuthorisation] = [:]
    for item in claim.items {
      let source = order.lines.first { $0.number == item.workOrderLine }
      let permit = permits.first { $0.id == item.preAuthorisationID && $0.line == item.workOrderLine }
      let own = drawn.first { $0.document == permit?.id && $0.line == permit?.line }?.amount ?? 0
      let word = ClaimFacts.PreAuthorisation(
        isRequired: demands(item), begunOn: source?.begunOn ?? claim.header.repairedOn,
        permit: permit.map {
          .init(
            number: $0.number, heldFrom: $0.heldFrom, heldUntil: $0.heldUntil,
            left: $0.left(beside: own), drift: $0.drift(of: item))
        })
      if word.isRequired || word.permit != nil { words[item.number] = word }
    }
    return words
  }

  private struct OrderFacts {
    var overlaps: [(line: Int, overlap: ClaimFacts.Overlap)] = []
    var contradictions: [(line: Int?, contradiction: ClaimFacts.Contradiction)] = []
    var oldParts: [(part: String, state: ClaimFacts.OldPart)] = []
  }

  private func facts(of order: WorkOrder?, in tx: Transaction) async throws -> OrderFacts {
    guard let order else { return OrderFacts() }
    let (overlaps, contradictions, oldParts) = try await tx.run(
      ClaimFactRepository.overlaps(of: order.id), ClaimFactRepository.contradictions(of: order.id),
      ClaimFactRepository.oldParts(of: order.id))
    return OrderFacts(overlaps: overlaps, contradictions: contradictions, oldParts: oldParts)
  }

  /// An order without a tag says nothing yet; one whose tags name other parts does (CLM-08).
  private func oldPart(
    of item: ClaimItem, among tagged: [(part: String, state: ClaimFacts.OldPart)]
  ) -> ClaimFacts.OldPart? {
    guard let part = item.work.causalPartNumber, !tagged.isEmpty else { return nil }
    let own = tagged.filter { $0.part == part }.map(\.state)
    if own.isEmpty { return .mismatched }
    return own.contains(.present) ? .present : own.first
  }

  private func lines(
    of claim: WarrantyClaim, _ operations: [String: LabourOperation], _ vehicle: Vehicle?, _ station: Station,
    at instant: Timestamp, in tx: Transaction
  ) async throws -> [ClaimFacts.Line] {
    let rates = try await policies.current(LabourRatesPolicy.self, at: claim.stationID, instant, in: tx).body
    let payer: LabourRatesPolicy.Payer =
      switch claim.kind {
      case .warrantyRepair, .firstMaintenance, .partsWarranty, .fieldService, .complaintCompensation: .warranty
      case .goodwill: .goodwill
      case .campaign: .campaign
      }
    let rate = rates.perHour[payer] ?? station.profile.labourRate
    let numbers = Set(claim.lines.compactMap(\.charge.partNumber))
    let parts = Dictionary(
      try await tx.run(ClaimFactRepository.parts(numbers.sorted())).map { ($0.number, $0.id) },
      uniquingKeysWith: { first, _ in first })
    let day = claim.header.repairedOn ?? ReportPeriod.day(of: instant)
    let prices = try await PriceBook.prices(of: Array(parts.values), on: day, in: tx)
    let keepsStock = try await tx.run(StockLocationRepository.store(of: claim.stationID, in: .network)) != nil
    var facts: [ClaimFacts.Line] = []
    for item in claim.items {
      let operation = item.work.labourOperationCode.flatMap { operations[$0] }
      var hours: Int32 = 0
      for line in item.lines {
        var fact = ClaimFacts.Line(
          number: line.number, item: item.number, kind: line.kind, amount: line.charge.amount.minor,
          unitPrice: line.charge.unitPrice?.minor)
        switch line.kind {
        case .labour:
          // Hours that are split over several lines are held against the standard together.
          hours = Int32(clamping: Int64(hours) + Int64(line.charge.hours?.hundredths ?? 0))
          fact.hours = hours
          fact.standardHours = operation?.hours(for: vehicle?.profile.modelID).hundredths
          if rate.currency == claim.currency { fact.listPrice = rate.minor }
        case .parts:
          guard let part = line.charge.partNumber.flatMap({ parts[$0] }) else { break }
          if let price = prices[part], let list = price.retailPrice ?? price.price as Money?,
            list.currency == claim.currency
          {
            fact.listPrice = list.minor
          }
          if keepsStock {
            fact.wasShipped = try await tx.run(StockMovementRepository.everReceived(part, at: claim.stationID))
          }
        case .sublet, .travel: break
        }
        facts.append(fact)
      }
    }
    return facts
  }
}
