package import Domain
import FoundationEssentials
import Services

/// The actions of SM-4 over HTTP, each `POST /v1/complaints/{id}/{action}`.
extension ComplaintRoutes {
  package func handler(for action: Complaint.Action) -> RouteTable.Handler {
    switch action {
    case .assign: assign
    case .investigate: investigate
    case .proposeSolution: proposeSolution
    case .acceptSolution: acceptSolution
    case .refuseSolution: refuseSolution
    case .escalate: escalate
    case .resolve: resolve
    case .close: close
    case .reopen: { try await service.reopen(try $0.reference(), reason: try reason($0), presenting($0)) }
    case .closeUnjustified: closeUnjustified
    case .reportMajor: reportMajor
    case .confirmMajor: confirmMajor
    case .downgrade: { try await service.downgrade(try $0.reference(), reason: try reason($0), presenting($0)) }
    case .formTeam: formTeam
    case .arriveOnSite: arriveOnSite
    case .appraise: appraise
    case .negotiate: negotiate
    case .signAgreement: signAgreement
    case .execute: execute
    case .merge: merge
    }
  }

  private func reason(_ call: Call) throws -> String {
    var form = try call.body()
    let reason = form.required("reason", .text(1...1000))
    try form.finish()
    guard let reason else { throw form.failure }
    return reason
  }

  // MARK: The general path

  @Sendable private func assign(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let department = form.required("department", .choice(Complaint.Department.self))
    let handler = form.optional("handler", .text(1...100))
    let station = form.optional("stationId", .id(Station.self))
    let note = form.optional("note", .text(1...2000))
    try form.finish()
    guard let department else { throw form.failure }
    return try await service.assign(
      try call.reference(), to: department, handler: handler, station: station, reason: note, presenting(call))
  }

  @Sendable private func investigate(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let cause = form.optional("cause", .choice(ComplaintCause.self))
    let findings = form.optional("findings", .text(1...4000))
    try form.finish()
    return try await service.investigate(try call.reference(), cause: cause, findings: findings, presenting(call))
  }

  @Sendable private func proposeSolution(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let options = form.required("options", .array(of: .text(1...2000), 1...10))
    let promisedAt = form.required("promisedResolutionAt", .timestamp)
    let channel = form.optional("toldBy", .choice(CustomerDecision.Channel.self))
    var toldAt: Timestamp?
    if form.has("toldAt") { toldAt = form.pastInstant("toldAt", call) }
    if toldAt != nil, channel == nil { form.refuse("toldBy", .required, "is required when the customer was told") }
    if channel != nil, toldAt == nil { toldAt = call.at }
    let note = form.optional("note", .text(1...2000))
    try form.finish()
    guard let options, let promisedAt else { throw form.failure }
    return try await service.proposeSolution(
      try call.reference(),
      ComplaintSolution(
        options: options, promisedAt: promisedAt, proposedBy: call.caller.name, proposedAt: call.at, toldAt: toldAt,
        channel: channel), reason: note, presenting(call))
  }

  @Sendable private func acceptSolution(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let option = form.optional("option", .integer(1...10))
    let channel = form.required("channel", .choice(CustomerDecision.Channel.self))
    let note = form.optional("note", .text(1...2000))
    try form.finish()
    guard let channel else { throw form.failure }
    return try await service.acceptSolution(
      try call.reference(), option: option, words: note, channel: channel, presenting(call))
  }

  @Sendable private func refuseSolution(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let reason = form.required("reason", .text(1...2000))
    let channel = form.required("channel", .choice(CustomerDecision.Channel.self))
    try form.finish()
    guard let reason, let channel else { throw form.failure }
    return try await service.refuseSolution(try call.reference(), reason: reason, channel: channel, presenting(call))
  }

  @Sendable private func escalate(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let level = form.optional("level", .choice(ComplaintEscalation.Level.self))
    let reason = form.required("reason", .text(1...1000))
    try form.finish()
    guard let reason else { throw form.failure }
    return try await service.escalate(try call.reference(), to: level, reason: reason, presenting(call))
  }

  @Sendable private func resolve(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let summary = form.required("summary", .text(1...4000))
    let cause = form.optional("cause", .choice(ComplaintCause.self))
    try form.finish()
    guard let summary else { throw form.failure }
    return try await service.resolve(try call.reference(), summary: summary, cause: cause, presenting(call))
  }

  @Sendable private func close(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let satisfied = form.required("satisfied", .boolean)
    let rating = form.required("rating", .integer(1...5))
    let comment = form.optional("comment", .text(1...2000))
    let conclusion = form.optional("conclusion", .text(1...10_000))
    switch satisfied {
    case true?:
      if conclusion == nil {
        form.refuse("conclusion", .required, "is required: the case is archived with its write-up")
      }
    case false?:
      if comment == nil { form.refuse("comment", .required, "is required when the customer is not satisfied") }
      if conclusion != nil { form.refuse("conclusion", .inconsistent, "is for a case that closes") }
    case nil: break
    }
    try form.finish()
    guard let satisfied, let rating else { throw form.failure }
    return try await service.close(
      try call.reference(),
      SatisfactionCall(
        isSatisfied: satisfied, rating: rating, comment: comment, calledBy: call.caller.name, calledAt: call.at),
      conclusion: conclusion, presenting(call))
  }

  @Sendable private func closeUnjustified(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let explanation = form.required("explanation", .text(1...4000))
    let channel = form.required("channel", .choice(CustomerDecision.Channel.self))
    try form.finish()
    guard let explanation, let channel else { throw form.failure }
    return try await service.closeUnjustified(
      try call.reference(), explanation: explanation, channel: channel, presenting(call))
  }

  @Sendable private func merge(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let other = form.required("complaintId", .id(Complaint.self))
    let reason = form.required("reason", .text(1...1000))
    try form.finish()
    guard let other, let reason else { throw form.failure }
    return try await service.merge(try call.reference(), into: other, reason: reason, presenting(call))
  }

  // MARK: The major path

  /// The report when a case turns out major; after its confirmation, to whom it goes.
  @Sendable private func reportMajor(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let judgement = form.optional("judgement", .text(1...4000))
    let phoneCall = form.phoneCall(call)
    let recipients = form.optional("recipients", .array(of: .choice(Role.self), 1...20))
    if recipients == nil {
      if judgement == nil { form.refuse("judgement", .required, "is required for the report") }
    } else {
      for (name, isNamed) in [("judgement", judgement != nil), ("phoneCall", phoneCall != nil)] where isNamed {
        form.refuse(name, .inconsistent, "must be left out where a report is sent on")
      }
    }
    try form.finish()
    if let recipients {
      return try await service.sendMajorReport(try call.reference(), to: recipients, presenting(call))
    }
    guard let judgement else { throw form.failure }
    return try await service.reportMajor(
      try call.reference(),
      MajorReport(judgement: judgement, call: phoneCall, reportedBy: call.caller.name, reportedAt: call.at),
      presenting(call))
  }

  @Sendable private func confirmMajor(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let level = form.optional("level", .choice(QualityLevel.self))
    let note = form.optional("note", .text(1...2000))
    try form.finish()
    return try await service.confirmMajor(try call.reference(), level: level, note: note, presenting(call))
  }

  @Sendable private func formTeam(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let members = form.array("members", 1...20) { form -> CaseMember? in
      let user = form.required("userId", .id(User.self))
      let role = form.required("role", .choice(Role.self))
      guard let user, let role else { return nil }
      return CaseMember(userID: user, role: role)
    }
    let reason = form.optional("reason", .text(1...1000))
    try form.finish()
    guard let members else { throw form.failure }
    return try await service.formTeam(try call.reference(), of: members, reason: reason, presenting(call))
  }

  @Sendable private func arriveOnSite(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let arrivedAt = form.pastInstant("arrivedAt", call)
    let place = form.optional("place", .text(1...400))
    try form.finish()
    return try await service.arriveOnSite(try call.reference(), at: arrivedAt, place: place, presenting(call))
  }

  @Sendable private func appraise(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let findings = form.required("findings", .text(1...10_000))
    let cause = form.required("cause", .choice(ComplaintCause.self))
    let liability = form.array("liability", 1...5) { form -> LiabilityAppraisal.Share? in
      let party = form.required("party", .choice(LiabilityAppraisal.Party.self))
      let percent = form.required("percent", .integer(1...100))
      guard let party, let percent else { return nil }
      return LiabilityAppraisal.Share(party: party, percent: percent)
    }
    try form.finish()
    guard let findings, let cause, let liability else { throw form.failure }
    return try await service.appraise(
      try call.reference(),
      LiabilityAppraisal(
        findings: findings, cause: cause, liability: liability, appraisedBy: call.caller.name,
        appraisedByID: call.caller.subject.id, appraisedAt: call.at), presenting(call))
  }

  @Sendable private func negotiate(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let summary = form.required("summary", .text(1...4000))
    let demand = form.optional("demand", .price)
    let offer = form.optional("offer", .price)
    let heldAt = form.pastInstant("heldAt", call)
    try form.finish()
    guard let summary else { throw form.failure }
    return try await service.negotiate(
      try call.reference(),
      NegotiationRound(
        summary: summary, demand: demand, offer: offer, heldAt: heldAt, recordedBy: call.caller.name),
      presenting(call))
  }

  @Sendable private func signAgreement(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let side = form.required("side", .choice(ComplaintAgreement.Side.self))
    let name = form.optional("name", .text(1...100))
    let hash = form.required(
      "hash",
      .text(64...64, "must be 64 lower-case hexadecimal digits") { text in
        text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
      })
    let signedAt = form.pastInstant("signedAt", call)
    switch side {
    case .customer?:
      if name == nil { form.refuse("name", .required, "is required: who signed for the customer") }
    case .company?:
      if name != nil { form.refuse("name", .inconsistent, "must be left out: whoever is logged in signs") }
    case nil: break
    }
    try form.finish()
    guard let side, let hash else { throw form.failure }
    return try await service.signAgreement(
      try call.reference(), for: side, name: name, hash: hash, signedAt: signedAt, presenting(call))
  }

  @Sendable private func execute(_ call: Call) async throws -> Answer {
    var form = try call.body()
    let order = form.optional("workOrderId", .id(WorkOrder.self))
    try form.finish()
    return try await service.execute(try call.reference(), order: order, presenting(call))
  }
}
