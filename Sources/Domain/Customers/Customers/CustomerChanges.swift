extension Customer {
  /// The serving station stays: the number names it.
  package mutating func rewrite(as draft: CustomerDraft) throws(Refusal) {
    try draft.validate()
    let before = self
    profile = draft.profile
    externalIDs = draft.externalIDs
    if self != before { try requireActive(for: "update") }
  }

  /// What changed, for the event log: that a personal field changed, with its masked values. The log is kept for ever
  /// and read widely, so the values themselves stay in the file alone (SEC-04).
  package func changes(from before: Customer?) -> [FieldChange] {
    let old = before?.profile
    let shown = profile.masked
    let oldShown = old?.masked
    var comparison = FieldComparison()
    comparison.field("number", before?.number, number)
    comparison.choice("state", before?.state, state)
    comparison.field("mergedIntoId", before?.mergedIntoID, mergedIntoID)
    comparison.field("stationId", before?.stationID, stationID)
    comparison.choice("kind", old?.kind, profile.kind)
    var personal: [FieldChange] = []
    func compare(_ name: String, _ field: (CustomerProfile) -> String?) {
      guard old.flatMap(field) != field(profile) else { return }
      personal.append(
        FieldChange(name, .optional(oldShown.flatMap(field)), .optional(field(shown))))
    }
    compare("name") { $0.name }
    compare("phone") { $0.phone }
    compare("phone2") { $0.phone2 }
    compare("email") { $0.email }
    compare("address") { $0.address }
    compare("city") { $0.city }
    compare("note") { $0.note }
    comparison.choice("contactPreference", old?.contactPreference, profile.contactPreference)
    comparison.field("wishedService", old?.wishedService, profile.wishedService)
    comparison.field("externalIds", before?.externalIDs ?? [:], externalIDs)
    return comparison.changes + personal
  }
}
