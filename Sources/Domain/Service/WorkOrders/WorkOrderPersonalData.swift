// What is personal about an order: who brought the vehicle, who agreed, who confirmed (SEC-04).

extension WorkOrder: HoldsPersonalData {
  package var masked: WorkOrder {
    var shown = self
    shown.header.contact = header.contact?.masked
    shown.progress.inspection = progress.inspection?.masked
    shown.progress.authorisation = progress.authorisation?.masked
    shown.header.summary = clean(header.summary)
    shown.header.note = header.note.map(clean)
    shown.progress.diagnosis = progress.diagnosis.map(clean)
    shown.progress.exitReason = progress.exitReason.map(clean)
    return shown
  }
}

extension WorkOrderContact: HoldsPersonalData {
  package var masked: WorkOrderContact {
    WorkOrderContact(name: name.map(PersonalData.name), phone: phone.map(PersonalData.phone))
  }
}

extension ReceptionInspection: HoldsPersonalData {
  package var masked: ReceptionInspection {
    ReceptionInspection(
      exterior: exterior, interior: interior, functions: functions, belongings: belongings, fuelPercent: fuelPercent,
      confirmedBy: PersonalData.name(confirmedBy), inspectedAt: inspectedAt, inspectedBy: inspectedBy)
  }
}

extension CustomerDecision: HoldsPersonalData {
  package var masked: CustomerDecision {
    CustomerDecision(
      decidedBy: PersonalData.name(decidedBy), channel: channel, decidedAt: decidedAt, estimateHash: estimateHash,
      recordedBy: recordedBy)
  }
}

extension RecordedDecision: HoldsPersonalData {
  package var masked: RecordedDecision {
    RecordedDecision(orderVersion: orderVersion, kind: kind, decision: decision.masked)
  }
}
