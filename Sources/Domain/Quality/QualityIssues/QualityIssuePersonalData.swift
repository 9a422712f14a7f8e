// What may tell who somebody is in quality information: people's own words (SEC-04).

extension QualityIssue: HoldsPersonalData {
  package var masked: QualityIssue {
    var shown = self
    shown.header.symptom = FreeText.cleaned(header.symptom)
    shown.header.defects = header.defects.map {
      QualityDefect(
        partNumber: $0.partNumber, faultCode: $0.faultCode, description: $0.description.map { FreeText.cleaned($0) })
    }
    shown.facts = facts.withoutWords
    shown.progress.result = progress.result.map { FreeText.cleaned($0) }
    shown.progress.handling = progress.handling.map {
      HandlingStep(
        $0.action, text: $0.text.map { FreeText.cleaned($0) }, people: $0.people, by: $0.by, at: $0.at)
    }
    shown.progress.gradings = progress.gradings.map {
      Grading(
        level: $0.level, formerLevel: $0.formerLevel, proposedLevel: $0.proposedLevel,
        classification: $0.classification, reason: $0.reason.map { FreeText.cleaned($0) }, by: $0.by, at: $0.at)
    }
    shown.progress.receipts = progress.receipts.map {
      ResultReceipt(
        party: $0.party, channel: $0.channel, note: $0.note.map { FreeText.cleaned($0) }, receivedAt: $0.receivedAt,
        by: $0.by)
    }
    return shown
  }
}
