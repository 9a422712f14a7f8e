/// Claims out of the lines of a work order, with pointers back (A12).
package enum ClaimDrafting {
  /// The kinds of claim that a delivered order gives rise to: one a payer with a share.
  package static func kinds(of order: WorkOrder) -> [WarrantyClaim.Kind] {
    var kinds: [WarrantyClaim.Kind] = []
    let shares: (PayerSplit.Payer) -> Bool = { payer in
      order.lines.contains { $0.counts && $0.price.split[payer] > 0 }
    }
    if shares(.warranty) {
      switch (order.header.mode, order.header.serviceType) {
      case (.onSite, _), (.rescue, _): kinds.append(.fieldService)
      case (.workshop, .maintenance): kinds.append(.firstMaintenance)
      case (.workshop, .repair), (.workshop, .partReplacement), (.workshop, .beauty), (.workshop, .technicalUpgrade),
        (.workshop, .consultation):
        kinds.append(.warrantyRepair)
      }
    }
    if shares(.goodwill) { kinds.append(.goodwill) }
    if shares(.campaign) { kinds.append(.campaign) }
    return kinds
  }

  /// One item a line of the order that the payer has a share in.
  ///
  /// - Parameter numbers: these lines only; `nil`: all of them.
  /// - Throws: `Refusal.invalid` for a line that is not there, or that the payer has no share in.
  package static func items(
    of order: WorkOrder, for kind: WarrantyClaim.Kind, lines numbers: [Int]?
  ) throws(Refusal) -> [ClaimItem] {
    guard let payer = kind.payer else { return [] }
    var violations: [Violation] = []
    for (place, number) in (numbers ?? []).enumerated() {
      let line = order.lines.first { $0.number == number }
      if line == nil || line?.counts == false || line?.price.split[payer] == 0 {
        violations.append(
          Violation(
            pointer: "#/workOrderLines/\(place)", code: .notFound,
            detail: "the order has no line \(number) that \(payer.rawValue) pays for"))
      }
    }
    if !violations.isEmpty { throw .invalid(violations) }
    var last = 0
    return order.lines
      .filter { $0.counts && $0.price.split[payer] > 0 && (numbers?.contains($0.number) ?? true) }
      .enumerated().map { place, line in
        let charges = charges(of: line, share: line.price.split[payer])
        let lines = charges.map { charge in
          last += 1
          return ClaimLine(number: last, kind: charge.kind, sourcePartID: charge.part, charge: charge.charge)
        }
        return ClaimItem(
          number: place + 1, workOrderLine: line.number,
          work: ClaimWork(
            description: line.work.description, causalPartNumber: line.work.causalPartNumber,
            labourOperationCode: line.work.labourOperationCode, faultCode: line.work.faultCode,
            concern: line.work.concern, cause: line.work.cause, correction: line.work.correction),
          lines: lines)
      }
  }

  struct SourceCharge {
    let kind: ClaimLine.Kind
    let part: JobPart.ID?
    let charge: ClaimCharge
  }

  /// The charges of a job with the payer's share of each: to the cent, the rounding on the last.
  static func charges(of line: JobLine, share: Int64) -> [SourceCharge] {
    var charges: [SourceCharge] = []
    let labour = line.labourAmount
    if labour.minor > 0 {
      charges.append(
        SourceCharge(
          kind: .labour, part: nil,
          charge: ClaimCharge(
            description: line.work.description, hours: line.price.standardHours, unitPrice: line.price.labourRate,
            amount: labour)))
    }
    for part in line.parts where part.amount.minor > 0 {
      charges.append(
        SourceCharge(
          kind: .parts, part: part.id,
          charge: ClaimCharge(
            description: part.description, partNumber: part.partNumber, quantity: part.quantity,
            unitPrice: part.unitPrice, amount: part.amount)))
    }
    for (kind, extra) in [(ClaimLine.Kind.sublet, line.price.sublet), (.travel, line.price.travel)] {
      if let extra, extra.amount.minor > 0 {
        charges.append(
          SourceCharge(
            kind: kind, part: nil, charge: ClaimCharge(description: extra.description, amount: extra.amount)))
      }
    }
    let total = line.amount.minor
    guard share != total, total > 0 else { return charges }
    var left = share
    return charges.enumerated().map { place, charge in
      // Exact in 128 bits: no job costs so much, but a product of two of them is more than 64 hold.
      let part =
        place == charges.count - 1
        ? left
        : min(
          left, total.dividingFullWidth(charge.charge.amount.minor.multipliedFullWidth(by: share)).quotient)
      left -= part
      var own = charge.charge
      own.amount = Money(minor: part, currency: own.amount.currency)
      return SourceCharge(kind: charge.kind, part: charge.part, charge: own)
    }
  }
}

/// Where a claim differs from the work order that it was drafted from (A12).
package struct ClaimDrift: Hashable, Sendable {
  package let pointer: String
  package let workOrderLine: Int
  /// As the claim and the order say it; `nil`: not there.
  package let claimed: String?
  package let source: String?

  package init(pointer: String, workOrderLine: Int, claimed: String?, source: String?) {
    self.pointer = pointer
    self.workOrderLine = workOrderLine
    self.claimed = claimed
    self.source = source
  }
}

extension WarrantyClaim {
  /// Line by line, in the order of the claim. Of what the customer pays a share of only the charge itself is compared: quantities,
  /// hours and prices.
  package func drift(from order: WorkOrder) -> [ClaimDrift] {
    guard let payer = kind.payer else { return [] }
    var found: [ClaimDrift] = []
    for (place, item) in items.enumerated() {
      guard let number = item.workOrderLine else { continue }
      let pointer = "#/items/\(place)"
      func compare(_ name: String, _ claimed: String?, _ source: String?) {
        if claimed != source {
          found.append(
            ClaimDrift(pointer: "\(pointer)\(name)", workOrderLine: number, claimed: claimed, source: source))
        }
      }
      guard let line = order.lines.first(where: { $0.number == number }) else {
        compare("/workOrderLine", String(number), nil)
        continue
      }
      compare("/causalPartNumber", item.work.causalPartNumber, line.work.causalPartNumber)
      compare("/labourOperationCode", item.work.labourOperationCode, line.work.labourOperationCode)
      compare("/faultCode", item.work.faultCode, line.work.faultCode)
      var sources = ClaimDrafting.charges(of: line, share: line.price.split[payer])
      for (index, claimed) in item.lines.enumerated() {
        let match = sources.firstIndex { $0.kind == claimed.kind && $0.part == claimed.sourcePartID }
        let source = match.map { sources.remove(at: $0).charge }
        let at = "/lines/\(index)"
        compare("\(at)/amount", claimed.charge.amount.amount, source?.amount.amount)
        guard let source else { continue }
        compare("\(at)/hours", claimed.charge.hours?.description, source.hours?.description)
        compare("\(at)/partNumber", claimed.charge.partNumber, source.partNumber)
        compare("\(at)/quantity", claimed.charge.quantity?.description, source.quantity?.description)
        compare("\(at)/unitPrice", claimed.charge.unitPrice?.amount, source.unitPrice?.amount)
      }
      for left in sources { compare("/lines", nil, left.charge.amount.amount) }
    }
    return found
  }
}
