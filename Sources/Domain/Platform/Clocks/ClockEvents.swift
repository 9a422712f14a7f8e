extension Clock {
  /// An event for each line that is new against `before`, in order: `clock.breached` and so on, with what the line changed.
  ///
  /// - Parameter region: of the clock's station, for those who notify a regional centre.
  package func events(since before: Clock?, region: Region.ID? = nil) -> [Change] {
    let known = before?.entries.count ?? 0
    var former = known == 0 ? nil : before?.status
    return entries.dropFirst(known).map { entry in
      let status = ClockLedger(Array(entries.prefix(entry.number)), in: calendar).status
      defer { former = status }
      return Change(
        type: "clock.\(entry.kind.rawValue)", resource: .clock, id: id.uuid, number: subject.number,
        version: entry.number, station: stationID, reason: entry.reason, changes: status.changes(from: former),
        data: data(of: entry, status, region))
    }
  }

  private func data(of entry: ClockEntry, _ status: ClockStatus, _ region: Region.ID?) -> [String: EventValue] {
    var data: [String: EventValue] = [
      "kind": .text(kind.rawValue), "occurrence": .integer(Int64(occurrence)), "state": .text(status.state.rawValue),
      "subjectResource": .text(subject.resource.rawValue), "subjectId": .text(subject.id.canonical),
      "subjectNumber": .optional(subject.number), "dueAt": .optional(status.dueAt?.description),
      "policyVersion": .text(status.policyVersion),
    ]
    switch entry.effect {
    case .escalated(let level):
      data["level"] = .integer(Int64(level))
      if let ladder = ledger.terms?.rule.ladder, ladder.indices.contains(level - 1) {
        let step = ladder[level - 1]
        data["notifyRole"] = .text(step.role.rawValue)
        data["notifyReach"] = .text(step.reach.rawValue)
        data["stationId"] = .optional(stationID?.description)
        if step.reach == .region { data["regionId"] = .optional(region?.description) }
      }
    case .acknowledged(let level): data["level"] = .integer(Int64(level))
    case .promised(let promise):
      data["promisedAt"] = .text(promise.promisedAt.description)
      data["noticeInTime"] = .boolean(promise.noticeInTime)
    case .corrected: data["corrects"] = entry.corrects.map { .integer(Int64($0)) } ?? .null
    case .moved(let move):
      data["fromResource"] = .text(move.from.resource.rawValue)
      data["fromId"] = .text(move.from.id.canonical)
      data["fromStationId"] = .optional(move.fromStation?.description)
    case .met: data["late"] = .boolean(status.isLate)
    case .started, .paused, .resumed, .recomputed, .warned, .breached, .breachWithdrawn, .cancelled: break
    }
    return data
  }
}

extension ClockStatus {
  /// What one line changed, in the words of the API.
  fileprivate func changes(from former: ClockStatus?) -> [FieldChange] {
    var comparison = FieldComparison()
    comparison.choice("state", former?.state, state)
    comparison.field("opensAt", former?.opensAt, opensAt)
    comparison.field("dueAt", former?.dueAt, dueAt)
    comparison.field("promisedAt", former?.promisedAt, promisedAt)
    comparison.field("breachedAt", former?.breachedAt, breachedAt)
    comparison.field("metAt", former?.metAt, metAt)
    comparison.field("cancelledAt", former?.cancelledAt, cancelledAt)
    comparison.field("paused", former?.isPaused ?? false, isPaused)
    comparison.field("escalationLevel", former?.escalationLevel ?? 0, escalationLevel)
    comparison.field("acknowledgedAt", former?.acknowledgedAt, acknowledgedAt)
    comparison.field("policyVersion", former?.policyVersion, policyVersion)
    return comparison.changes
  }
}
