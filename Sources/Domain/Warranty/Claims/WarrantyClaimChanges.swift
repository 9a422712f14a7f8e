extension WarrantyClaim {
  /// What changed since `before`, field by field. What people wrote in their own words stays out of the log but cleaned.
  package func changes(from before: WarrantyClaim?) -> [FieldChange] {
    let (old, done) = (before?.header, before?.progress)
    var comparison = FieldComparison()
    comparison.choice("state", before?.state, state)
    comparison.choice("kind", before?.kind, kind)
    comparison.field("workOrderId", before?.workOrderID, workOrderID)
    comparison.field("complaintId", before?.complaintID, complaintID)
    comparison.field("odometerKm", old?.odometerKm, header.odometerKm)
    comparison.field("repairedOn", old?.repairedOn, header.repairedOn)
    comparison.field("note", old?.note.map { FreeText.cleaned($0) }, header.note.map { FreeText.cleaned($0) })
    comparison.field("externalIds", old?.externalIDs ?? [:], header.externalIDs)
    comparison.field(
      "appraisal", done?.appraisal.map { FreeText.cleaned($0.text) },
      progress.appraisal.map { FreeText.cleaned($0.text) })
    comparison.field("claimed", before?.claimed, claimed)
    comparison.field("approved", before?.approved, approved)
    comparison.field("submissions", done?.submissions ?? 0, progress.submissions)
    comparison.field("appeals", done?.appeals ?? 0, progress.appeals)
    comparison.field("versions", done?.versions ?? 0, progress.versions)
    let formerItems = Dictionary(
      (before?.items ?? []).map { ($0.number, $0) }, uniquingKeysWith: { $1 })
    for item in items {
      let former = formerItems[item.number]
      let name = "items/\(item.number)"
      comparison.field("\(name)/causalPartNumber", former?.work.causalPartNumber, item.work.causalPartNumber)
      comparison.field("\(name)/labourOperationCode", former?.work.labourOperationCode, item.work.labourOperationCode)
      comparison.choice("\(name)/componentGroup", former?.work.componentGroup, item.work.componentGroup)
      comparison.field("\(name)/faultCode", former?.work.faultCode, item.work.faultCode)
      comparison.field("\(name)/preAuthorisationId", former?.preAuthorisationID, item.preAuthorisationID)
    }
    let formerLines = Dictionary((before?.lines ?? []).map { ($0.number, $0) }, uniquingKeysWith: { $1 })
    for line in lines {
      let former = formerLines[line.number]
      let name = "lines/\(line.number)"
      comparison.field("\(name)/amount", former?.charge.amount, line.charge.amount)
      comparison.choice("\(name)/decision", former?.verdict?.outcome, line.verdict?.outcome)
      comparison.choice("\(name)/reason", former?.verdict?.reason, line.verdict?.reason)
      comparison.field("\(name)/approved", former?.verdict?.amount, line.verdict?.amount)
      comparison.choice("\(name)/oldPart", former?.oldPart ?? .notRequired, line.oldPart)
    }
    let remaining = Set(lines.map(\.number))
    for line in before?.lines ?? [] where !remaining.contains(line.number) {
      comparison.field("lines/\(line.number)/amount", line.charge.amount as Money?, nil as Money?)
    }
    return comparison.changes
  }
}

// What is personal about a claim: concern, cause and reasons are written by people and may name the customer (SEC-04).

extension WarrantyClaim: HoldsPersonalData {
  package var masked: WarrantyClaim {
    var shown = self
    shown.header.note = header.note.map { FreeText.cleaned($0) }
    shown.progress.reason = progress.reason.map { FreeText.cleaned($0) }
    shown.progress.appraisal = progress.appraisal.map {
      .init(text: FreeText.cleaned($0.text), by: $0.by, at: $0.at)
    }
    shown.items = items.map { item in
      var item = item
      item.work.description = FreeText.cleaned(item.work.description)
      item.work.concern = item.work.concern.map { FreeText.cleaned($0) }
      item.work.cause = item.work.cause.map { FreeText.cleaned($0) }
      item.work.correction = item.work.correction.map { FreeText.cleaned($0) }
      for index in item.lines.indices {
        item.lines[index].charge.description = FreeText.cleaned(item.lines[index].charge.description)
        item.lines[index].verdict = item.lines[index].verdict?.masked
      }
      return item
    }
    return shown
  }
}

extension ClaimVerdict {
  package var masked: ClaimVerdict {
    ClaimVerdict(outcome: outcome, amount: amount, reason: reason, text: FreeText.cleaned(text), by: by, at: at)
  }
}

extension ClaimVersion: HoldsPersonalData {
  package var masked: ClaimVersion {
    ClaimVersion(
      sequence: sequence, occasion: occasion, state: state,
      lines: lines.map { line in
        var charge = line.charge
        charge.description = FreeText.cleaned(charge.description)
        return Line(
          number: line.number, item: line.item, kind: line.kind, charge: charge, verdict: line.verdict?.masked)
      }, facts: facts, result: result, policyVersion: policyVersion, rulesVersion: rulesVersion, by: by, at: at)
  }
}
