package import Domain
import Repositories

/// The actions of the general path, one method each, named as the action.
extension ComplaintService {
  /// To a department, and where `station` is named, to that station: what hangs on the case and its deadlines go with it.
  ///
  /// - Throws: `Refusal.invalid` for a station outside the caller's scope.
  package func assign(
    _ reference: Reference<Complaint>, to department: Complaint.Department, handler: String?, station: Station.ID?,
    reason: String?, _ command: Command<Complaint>
  ) async throws -> Answer {
    let data: [String: EventValue] = [
      "department": .text(department.rawValue), "handler": .optional(handler),
      "stationId": .optional(station?.description),
    ]
    return try await act(reference, .assign, reason: reason, data: data, command) { complaint, tx in
      if let station, !command.caller.scope.covers(station) {
        throw Refusal.invalid("#/stationId", .notFound, "there is no such station")
      }
      let before = complaint
      let row = try complaint.assign(
        ComplaintAssignment(
          department: department, handler: handler, assignedBy: command.caller.name, assignedAt: command.at),
        to: station, by: command.caller.subject)
      if complaint.stationID != before.stationID {
        try await clocks.move(before.clockSubject, to: complaint.clockOwner, reason: reason, command, in: tx)
      }
      if before.state == .received { try await passOn(complaint, command, in: tx) }
      return row
    }
  }

  package func investigate(
    _ reference: Reference<Complaint>, cause: ComplaintCause?, findings: String?, _ command: Command<Complaint>
  ) async throws -> Answer {
    let data: [String: EventValue] = [
      "cause": .optional(cause?.rawValue), "concernsProduct": .boolean(cause?.concernsProduct ?? false),
    ]
    return try await act(reference, .investigate, data: data, command) { complaint, _ in
      try complaint.investigate(cause: cause, findings: findings, by: command.caller.subject)
    }
  }

  package func proposeSolution(
    _ reference: Reference<Complaint>, _ solution: ComplaintSolution, reason: String?, _ command: Command<Complaint>
  ) async throws -> Answer {
    let data: [String: EventValue] = [
      "promisedResolutionAt": .text(solution.promisedAt.description),
      "options": .integer(Int64(solution.options.count)), "told": .boolean(solution.toldAt != nil),
    ]
    return try await act(reference, .proposeSolution, reason: reason, data: data, command) { complaint, tx in
      let row = try complaint.proposeSolution(solution, by: command.caller.subject)
      try await promise(complaint, reason: reason, command, in: tx)
      return row
    }
  }

  package func acceptSolution(
    _ reference: Reference<Complaint>, option: Int?, words: String?, channel: CustomerDecision.Channel,
    _ command: Command<Complaint>
  ) async throws -> Answer {
    try await act(reference, .acceptSolution, reason: words, data: ["channel": .text(channel.rawValue)], command) {
      complaint, tx in
      let row = try complaint.acceptSolution(
        option: option, words: words, channel: channel, recordedBy: command.caller.name, at: command.at,
        by: command.caller.subject)
      try await clocks.meet(Self.answers, of: complaint.clockSubject, command, in: tx)
      return row
    }
  }

  package func refuseSolution(
    _ reference: Reference<Complaint>, reason: String, channel: CustomerDecision.Channel,
    _ command: Command<Complaint>
  ) async throws -> Answer {
    try await act(reference, .refuseSolution, reason: reason, data: ["channel": .text(channel.rawValue)], command) {
      complaint, tx in
      let row = try complaint.refuseSolution(
        reason, channel: channel, recordedBy: command.caller.name, at: command.at, by: command.caller.subject)
      try await clocks.meet(Self.answers, of: complaint.clockSubject, command, in: tx)
      // What was promised was the solution that he refused.
      try await clocks.cancel([.promisedResolution], of: complaint.clockSubject, reason: reason, command, in: tx)
      try await awaitAnswer(complaint, command, in: tx)
      return row
    }
  }

  package func escalate(
    _ reference: Reference<Complaint>, to level: ComplaintEscalation.Level?, reason: String,
    _ command: Command<Complaint>
  ) async throws -> Answer {
    try await perform(reference, .escalate, command) { complaint, _ in
      let row = try complaint.escalate(
        reason, to: level, escalatedBy: command.caller.name, at: command.at, by: command.caller.subject)
      return Effects(row, reason: reason, data: complaint.escalationNotice)
    }
  }

  package func resolve(
    _ reference: Reference<Complaint>, summary: String, cause: ComplaintCause?, _ command: Command<Complaint>
  ) async throws -> Answer {
    try await act(reference, .resolve, data: ["cause": .optional(cause?.rawValue)], command) { complaint, tx in
      let row = try complaint.resolve(
        ComplaintResolution(summary: summary, resolvedBy: command.caller.name, resolvedAt: command.at), cause: cause,
        by: command.caller.subject)
      try await clocks.meet([.promisedResolution, .faultCleared], of: complaint.clockSubject, command, in: tx)
      return row
    }
  }

  /// The satisfaction call (CMP-08): satisfied closes and archives, else the case goes on.
  package func close(
    _ reference: Reference<Complaint>, _ call: SatisfactionCall, conclusion: String?, _ command: Command<Complaint>
  ) async throws -> Answer {
    try await perform(reference, .close, command) { complaint, tx in
      let limit = try await policies.current(ComplaintsPolicy.self, at: command.at, in: tx).body.reopenings
      let row = try complaint.close(call, conclusion: conclusion, limit: limit, by: command.caller.subject)
      if complaint.state == .closed {
        try await end(complaint, reason: nil, command, in: tx)
        try await writeCustomerHistory(of: complaint, "customer.complaintClosed", command, in: tx)
      } else {
        try await awaitAnswer(complaint, command, in: tx)
      }
      var data: [String: EventValue] = [
        "satisfied": .boolean(call.isSatisfied), "rating": .integer(Int64(call.rating)),
        "reopenings": .integer(Int64(complaint.progress.reopenings)),
      ]
      if complaint.state == .escalated { data.merge(complaint.escalationNotice) { own, _ in own } }
      return Effects(row, reason: call.comment, data: data)
    }
  }

  package func reopen(
    _ reference: Reference<Complaint>, reason: String, _ command: Command<Complaint>
  ) async throws -> Answer {
    try await perform(reference, .reopen, command) { complaint, tx in
      let limit = try await policies.current(ComplaintsPolicy.self, at: command.at, in: tx).body.reopenings
      let row = try complaint.reopen(limit: limit, by: command.caller.subject)
      try await awaitAnswer(complaint, command, in: tx)
      return Effects(row, reason: reason, data: ["reopenings": .integer(Int64(complaint.progress.reopenings))])
    }
  }

  package func closeUnjustified(
    _ reference: Reference<Complaint>, explanation: String, channel: CustomerDecision.Channel,
    _ command: Command<Complaint>
  ) async throws -> Answer {
    try await act(
      reference, .closeUnjustified, reason: explanation, data: ["channel": .text(channel.rawValue)], command
    ) { complaint, tx in
      let row = try complaint.closeUnjustified(explanation, at: command.at, by: command.caller.subject)
      // He was told why.
      try await clocks.meet(Self.answers, of: complaint.clockSubject, command, in: tx)
      try await end(complaint, reason: nil, command, in: tx)
      try await writeCustomerHistory(of: complaint, "customer.complaintClosed", command, in: tx)
      return row
    }
  }

  /// Two complaints about the same become one: this one ends, the other one knows of it and takes over its deadlines (M16).
  package func merge(
    _ reference: Reference<Complaint>, into other: Complaint.ID, reason: String, _ command: Command<Complaint>
  ) async throws -> Answer {
    let data: [String: EventValue] = ["complaintId": .text(other.description)]
    return try await act(reference, .merge, reason: reason, data: data, command) { complaint, tx in
      let row = try complaint.merge(into: other, by: command.caller.subject)
      let scope = command.caller.scope
      let target = Reference<Complaint>.id(other)
      guard
        let before = try await Store.whole(Store.lock(target, in: scope), target, in: scope, through: tx)
      else { throw Refusal.invalid("#/complaintId", .notFound, "there is no such complaint") }
      var survivor = before
      try survivor.take(over: complaint.id)
      _ = save(
        survivor, over: before,
        Effects(
          ["complaint.tookOver"], reason: reason,
          data: ["complaintId": .text(complaint.id.description), "complaintNumber": .text(complaint.number)]),
        command, in: tx)
      try await clocks.move(complaint.clockSubject, to: survivor.clockOwner, reason: reason, command, in: tx)
      try await catchUp(survivor, command, in: tx)
      return row
    }
  }

  /// Nothing is waited for any more, and nobody is called into the case any more.
  func end<Output>(
    _ complaint: Complaint, reason: String?, _ command: Command<Output>, in tx: Transaction
  ) async throws {
    try await clocks.cancel(of: complaint.clockSubject, reason: reason, command, in: tx)
    if complaint.kind == .major { try await CaseGrants.revoke(DocumentSubject(complaint), command, in: tx) }
  }
}

extension Complaint {
  /// Whom an escalation is told to.
  var escalationNotice: [String: EventValue] {
    guard let escalation = progress.escalation else { return [:] }
    return [
      "level": .text(escalation.level.rawValue), "notifyRole": .text(escalation.level.role.rawValue),
      "stationId": .optional(stationID?.description),
    ]
  }
}
