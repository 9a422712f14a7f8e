import Domain
import FoundationEssentials
import Postgres

/// Items and charge lines of a claim; loaded and saved with it, never alone.
enum ClaimItemRepository {
  static func items(of claim: Reference<WarrantyClaim>, in scope: Scope) -> Query<[ClaimItem]> {
    items(where: WarrantyClaimRepository.names(claim) + " and " + scope.condition(on: "c.station_id"))
      .map { $0.map(\.item) }
  }

  /// - Parameter condition: on the claims `c`.
  static func items(where condition: SQL) -> Query<[(claim: WarrantyClaim.ID, item: ClaimItem)]> {
    Query.list(
      """
      select i.claim_id, i.number, i.work_order_line, i.description, i.causal_part_number, i.labour_operation_code,
        i.component_group, i.fault_code, i.concern, i.cause, i.correction, i.pre_authorisation_id
      from warranty_claims c
      join warranty_claim_items i on i.claim_id = c.id
      where
      """ + " " + condition + " order by i.claim_id, i.place"
    ) { row in
      let claim = try row.next(WarrantyClaim.ID.self)
      let number = Int(try row.next(Int32.self))
      let source = try row.next(Int32?.self).map(Int.init)
      var work = ClaimWork(description: try row.next(String.self))
      work.causalPartNumber = try row.next(String?.self)
      work.labourOperationCode = try row.next(String?.self)
      work.componentGroup = try row.nextOptional(as: ComponentGroup.self)
      work.faultCode = try row.next(String?.self)
      work.concern = try row.next(String?.self)
      work.cause = try row.next(String?.self)
      work.correction = try row.next(String?.self)
      return (
        claim,
        ClaimItem(
          number: number, workOrderLine: source, preAuthorisationID: try row.next(PreAuthorisation.ID?.self),
          work: work, lines: [])
      )
    }
  }

  static func lines(
    of claim: Reference<WarrantyClaim>, in scope: Scope
  ) -> Query<[(item: Int, line: ClaimLine)]> {
    lines(where: WarrantyClaimRepository.names(claim) + " and " + scope.condition(on: "c.station_id"))
      .map { $0.map { ($0.item, $0.line) } }
  }

  /// - Parameter condition: on the claims `c`.
  static func lines(where condition: SQL) -> Query<[(claim: WarrantyClaim.ID, item: Int, line: ClaimLine)]> {
    Query.list(
      """
      select l.claim_id, l.item, l.number, l.kind, l.source_part_id, l.description, l.part_number, l.quantity, l.hours, l.unit_price,
        l.amount, l.decision, l.approved_amount, l.reason, l.reason_text, l.decided_by, l.decided_by_id, l.decided_at,
        l.decider_ids, l.old_part, l.recorded_amount, l.entries, l.standing, l.paid_at, c.currency
      from warranty_claims c
      join warranty_claim_lines l on l.claim_id = c.id
      where
      """ + " " + condition + " order by l.claim_id, l.item, l.place"
    ) { row in
      let claim = try row.next(WarrantyClaim.ID.self)
      let item = Int(try row.next(Int32.self))
      let number = Int(try row.next(Int32.self))
      let kind = try row.next(as: ClaimLine.Kind.self)
      let source = try row.next(JobPart.ID?.self)
      let description = try row.next(String.self)
      let part = try row.next(String?.self)
      let quantity = try row.next(Int32?.self).map(Int.init)
      let hours = try row.next(MinorUnits?.self).map { Hours(hundredths: Int32(clamping: $0.value)) }
      let price = try row.next(MinorUnits?.self)
      let amount = try row.next(MinorUnits.self)
      let decision = try row.nextOptional(as: ClaimVerdict.Outcome.self)
      let approved = try row.next(MinorUnits?.self)
      let reason = try row.nextOptional(as: ClaimVerdict.Reason.self)
      let text = try row.next(String?.self)
      let decidedBy = try row.next(String?.self)
      let deciderID = try row.next(UUID?.self)
      let decidedAt = try row.next(Timestamp?.self)
      let deciders = Set(try row.next([UUID].self))
      let oldPart = try row.next(as: ClaimLine.OldPart.self)
      let recorded = try row.next(MinorUnits.self)
      let entries = Int(try row.next(Int32.self))
      let standing = try row.next(as: ClaimLine.Standing.self)
      let paidAt = try row.next(Timestamp?.self)
      let currency = try row.next(as: Currency.self)
      func money(_ units: MinorUnits) -> Money { Money(minor: units.value, currency: currency) }
      var verdict: ClaimVerdict?
      if let decision, let approved, let reason, let text, let decidedBy, let decidedAt {
        verdict = ClaimVerdict(
          outcome: decision, amount: money(approved), reason: reason, text: text,
          by: .init(name: decidedBy, id: deciderID), at: decidedAt)
      }
      return (
        claim, item,
        ClaimLine(
          number: number, kind: kind, sourcePartID: source,
          charge: ClaimCharge(
            description: description, partNumber: part, quantity: quantity, hours: hours,
            unitPrice: price.map(money), amount: money(amount)),
          verdict: verdict, deciders: deciders, oldPart: oldPart, recorded: recorded.value, entries: entries,
          standing: standing, paidAt: paidAt)
      )
    }
  }

  static func assemble(_ items: [ClaimItem], _ lines: [(item: Int, line: ClaimLine)]) -> [ClaimItem] {
    let byItem = Dictionary(grouping: lines, by: \.item)
    return items.map { item in
      var whole = item
      whole.lines = byItem[item.number]?.map(\.line) ?? []
      return whole
    }
  }

  /// The statements that turn the items of `before` into those of `after`.
  static func save(_ after: WarrantyClaim, over before: [ClaimItem]) -> [Query<Int>] {
    var statements: [Query<Int>] = []
    let keptLines = Set(after.lines.map(\.number))
    for line in before.flatMap(\.lines) where !keptLines.contains(line.number) {
      statements.append(
        Query.execute(
          "delete from warranty_claim_lines where claim_id = \(after.id) and number = \(Int32(line.number))"))
    }
    let kept = Set(after.items.map(\.number))
    for item in before where !kept.contains(item.number) {
      statements.append(
        Query.execute(
          "delete from warranty_claim_items where claim_id = \(after.id) and number = \(Int32(item.number))"))
    }
    var former: [Int: Placed<ClaimItem>] = [:]
    var formerLines: [Int: Placed<ClaimLine>] = [:]
    for (place, item) in before.enumerated() {
      former[item.number] = Placed(value: item.withoutLines, item: 0, place: place)
      for (index, line) in item.lines.enumerated() {
        formerLines[line.number] = Placed(value: line, item: item.number, place: index)
      }
    }
    for (place, item) in after.items.enumerated() {
      if former[item.number] != Placed(value: item.withoutLines, item: 0, place: place) {
        statements.append(save(item, at: place, of: after))
      }
      for (index, line) in item.lines.enumerated()
      where formerLines[line.number] != Placed(value: line, item: item.number, place: index) {
        statements.append(save(line, at: index, in: item.number, of: after))
      }
    }
    return statements
  }

  private struct Placed<Value: Hashable>: Hashable {
    let value: Value
    let item: Int
    let place: Int
  }

  private static func save(_ item: ClaimItem, at place: Int, of claim: WarrantyClaim) -> Query<Int> {
    let work = item.work
    return Query.execute(
      """
      insert into warranty_claim_items (claim_id, number, station_id, place, work_order_line, description,
        causal_part_number, labour_operation_code, component_group, fault_code, concern, cause, correction,
        pre_authorisation_id)
      values (\(claim.id), \(Int32(item.number)), \(claim.stationID), \(Int32(place)),
        \(item.workOrderLine.map { Int32($0) }), \(work.description), \(work.causalPartNumber),
        \(work.labourOperationCode), \(work.componentGroup?.rawValue), \(work.faultCode), \(work.concern),
        \(work.cause), \(work.correction), \(item.preAuthorisationID))
      on conflict on constraint warranty_claim_items_pkey do update
      set place = excluded.place, description = excluded.description, causal_part_number = excluded.causal_part_number,
        labour_operation_code = excluded.labour_operation_code, component_group = excluded.component_group,
        fault_code = excluded.fault_code, concern = excluded.concern, cause = excluded.cause,
        correction = excluded.correction, pre_authorisation_id = excluded.pre_authorisation_id
      """)
  }

  private static func save(
    _ line: ClaimLine, at place: Int, in item: Int, of claim: WarrantyClaim
  ) -> Query<Int> {
    let (charge, verdict) = (line.charge, line.verdict)
    return Query.execute(
      """
      insert into warranty_claim_lines (claim_id, number, station_id, item, place, kind, source_part_id, description,
        part_number, quantity, hours, unit_price, amount, decision, approved_amount, reason, reason_text, decided_by,
        decided_by_id, decided_at, decider_ids, old_part, recorded_amount, entries, standing, paid_at)
      values (\(claim.id), \(Int32(line.number)), \(claim.stationID), \(Int32(item)), \(Int32(place)),
        \(line.kind.rawValue), \(line.sourcePartID), \(charge.description), \(charge.partNumber),
        \(charge.quantity.map { Int32($0) }), \(charge.hours?.minorUnits), \(charge.unitPrice?.minorUnits),
        \(charge.amount.minorUnits), \(verdict?.outcome.rawValue), \(verdict?.amount.minorUnits),
        \(verdict?.reason.rawValue), \(verdict?.text), \(verdict?.by.name), \(verdict?.by.id), \(verdict?.at),
        \(WarrantyClaimRepository.people(line.deciders)), \(line.oldPart.rawValue), \(MinorUnits(line.recorded)),
        \(Int32(line.entries)), \(line.standing.rawValue), \(line.paidAt))
      on conflict on constraint warranty_claim_lines_pkey do update
      set item = excluded.item, place = excluded.place, description = excluded.description,
        part_number = excluded.part_number, quantity = excluded.quantity, hours = excluded.hours,
        unit_price = excluded.unit_price, amount = excluded.amount, decision = excluded.decision,
        approved_amount = excluded.approved_amount, reason = excluded.reason, reason_text = excluded.reason_text,
        decided_by = excluded.decided_by, decided_by_id = excluded.decided_by_id, decided_at = excluded.decided_at,
        decider_ids = excluded.decider_ids, old_part = excluded.old_part, recorded_amount = excluded.recorded_amount,
        entries = excluded.entries, standing = excluded.standing, paid_at = excluded.paid_at
      """
    )
    .refusing("warranty_claim_lines_decided_by_another") {
      Refusal.separationOfDuties(
        rule: "submitter-decides", detail: "Who submitted the claim does not decide about it.")
    }
    .refusing("warranty_claim_lines_second_decider") {
      Refusal.separationOfDuties(
        rule: "appeal-second-decider", detail: "Another person than the first decider decides an appeal.")
    }
  }
}

extension ClaimItem {
  fileprivate var withoutLines: ClaimItem {
    var item = self
    item.lines = []
    return item
  }
}
