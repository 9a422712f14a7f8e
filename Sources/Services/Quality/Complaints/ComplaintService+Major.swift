import Crypto
package import Domain
import Repositories

/// The actions of the major path, one method each, named as the action, and what its agreement is carried out with.
extension ComplaintService {
  package func reportMajor(
    _ reference: Reference<Complaint>, _ report: MajorReport, _ command: Command<Complaint>
  ) async throws -> Answer {
    try await perform(reference, .reportMajor, command) { complaint, tx in
      let row = try complaint.reportMajor(report, by: command.caller.subject)
      try await passOn(complaint, command, in: tx)
      return Effects(row, reason: report.judgement, data: complaint.facts)
    }
  }

  /// Sends the confirmed report on to QA and the leaders (CMP-22, T-16).
  package func sendMajorReport(
    _ reference: Reference<Complaint>, to recipients: [Role], _ command: Command<Complaint>
  ) async throws -> Answer {
    let data: [String: EventValue] = ["recipients": .list(recipients.map { .text($0.rawValue) })]
    return try await act(reference, .reportMajor, data: data, command) { complaint, tx in
      let row = try complaint.sendMajorReport(
        MajorReport.Sending(recipients: recipients, sentBy: command.caller.name, sentAt: command.at),
        by: command.caller.subject)
      try await clocks.meet([.majorReport], of: complaint.clockSubject, command, in: tx)
      return row
    }
  }

  /// - Parameter level: `nil`: as the facts speak for it.
  package func confirmMajor(
    _ reference: Reference<Complaint>, level: QualityLevel?, note: String?, _ command: Command<Complaint>
  ) async throws -> Answer {
    try await perform(reference, .confirmMajor, command) { complaint, tx in
      let policy = try await policies.current(QualityLevelsPolicy.self, at: command.at, in: tx)
      let row = try complaint.confirmMajor(
        MajorConfirmation(
          level: level ?? complaint.proposedLevel(policy.body), note: note, confirmedBy: command.caller.name,
          confirmedAt: command.at, policyVersion: policy.version.description), by: command.caller.subject)
      try await startMajorClocks(complaint, command, in: tx)
      try await writeCustomerHistory(of: complaint, "customer.majorComplaint", command, in: tx)
      var effects = Effects(row, reason: note, data: complaint.proposal)
      effects["qualityIssue.proposed"] = try await proposeIssue(of: complaint, command, in: tx)
      return effects
    }
  }

  package func downgrade(
    _ reference: Reference<Complaint>, reason: String, _ command: Command<Complaint>
  ) async throws -> Answer {
    try await act(reference, .downgrade, reason: reason, command) { complaint, tx in
      let row = try complaint.downgrade(
        ComplaintAssignment(
          department: .afterSales, handler: nil, assignedBy: command.caller.name, assignedAt: command.at),
        by: command.caller.subject)
      try await clocks.cancel(
        [.majorReport, .majorTeamOnSite], of: complaint.clockSubject, reason: reason, command, in: tx)
      try await awaitAnswer(complaint, command, in: tx)
      try await CaseGrants.revoke(DocumentSubject(complaint), command, in: tx)
      return row
    }
  }

  /// The team as it is from now on. Its members see this case and nothing beside it; who is not named any more sees it no
  /// longer (CMP-25, SEC-02).
  package func formTeam(
    _ reference: Reference<Complaint>, of members: [CaseMember], reason: String?, _ command: Command<Complaint>
  ) async throws -> Answer {
    let team = ComplaintTeam(
      members: members, reason: reason, formedBy: command.caller.name, formedAt: command.at)
    let data: [String: EventValue] = ["roles": .list(members.map { .text($0.role.rawValue) })]
    return try await act(reference, .formTeam, reason: reason, data: data, command) { complaint, tx in
      let former = complaint.major.team?.members ?? []
      let policy = try await policies.current(QualityLevelsPolicy.self, at: command.at, in: tx)
      let departments = complaint.major.confirmation.flatMap { policy.body.teams[$0.level] } ?? []
      let row = try complaint.formTeam(team, departments: departments, by: command.caller.subject)
      let leaving = former.filter { !members.contains($0) }.map(\.userID)
      if !leaving.isEmpty {
        try await CaseGrants.revoke(DocumentSubject(complaint), of: leaving, command, in: tx)
      }
      try await CaseGrants.grant(DocumentSubject(complaint), to: members, pointer: "#/members", command, in: tx)
      return row
    }
  }

  package func arriveOnSite(
    _ reference: Reference<Complaint>, at arrivedAt: Timestamp, place: String?, _ command: Command<Complaint>
  ) async throws -> Answer {
    try await act(reference, .arriveOnSite, command) { complaint, tx in
      let row = try complaint.arriveOnSite(
        TeamArrival(arrivedAt: arrivedAt, place: place, recordedBy: command.caller.name), by: command.caller.subject)
      // The customer has somebody who answers him.
      try await clocks.meet(
        Self.answers.union([.majorTeamOnSite, .onSiteArrival]), of: complaint.clockSubject, command, in: tx)
      return row
    }
  }

  package func appraise(
    _ reference: Reference<Complaint>, _ appraisal: LiabilityAppraisal, _ command: Command<Complaint>
  ) async throws -> Answer {
    let data: [String: EventValue] = [
      "cause": .text(appraisal.cause.rawValue),
      "liability": .list(
        appraisal.liability.map {
          .object(["party": .text($0.party.rawValue), "percent": .integer(Int64($0.percent))])
        }),
    ]
    return try await act(reference, .appraise, data: data, command) { complaint, _ in
      try complaint.appraise(appraisal, by: command.caller.subject)
    }
  }

  package func negotiate(
    _ reference: Reference<Complaint>, _ round: NegotiationRound, _ command: Command<Complaint>
  ) async throws -> Answer {
    try await act(reference, .negotiate, command) { complaint, tx in
      let row = try complaint.negotiate(round, by: command.caller.subject)
      // Whom somebody talks with has his answer, also after the case was opened again.
      try await clocks.meet(Self.answers, of: complaint.clockSubject, command, in: tx)
      return row
    }
  }

  /// Writes the agreement; another one over it voids the signatures (CMP-28).
  package func writeAgreement(
    _ reference: Reference<Complaint>, _ content: ComplaintAgreement.Content, _ command: Command<Complaint>
  ) async throws -> Answer {
    try await change(reference, .complaintsWriteAgreement, "complaint.agreementWritten", command) { complaint, _ in
      // The same words again are no edit, and leave the signatures alone.
      if let present = complaint.major.agreement, present.content == content { return }
      try complaint.write(
        ComplaintAgreement(
          content: content, revision: (complaint.major.agreement?.revision ?? 0) + 1,
          hash: Self.hash(of: content, complaint.id), writtenBy: command.caller.name, writtenAt: command.at))
    }
  }

  /// - Parameters:
  ///   - name: who signed; for the company it is the caller.
  ///   - hash: of the content that was signed.
  package func signAgreement(
    _ reference: Reference<Complaint>, for side: ComplaintAgreement.Side, name: String?, hash: String,
    signedAt: Timestamp, _ command: Command<Complaint>
  ) async throws -> Answer {
    let caller = command.caller
    let data: [String: EventValue] = ["side": .text(side.rawValue), "hash": .text(hash)]
    return try await act(reference, .signAgreement, data: data, command) { complaint, tx in
      let row = try complaint.signAgreement(
        ComplaintAgreement.Signature(
          side: side, name: name ?? caller.name, hash: hash, recordedBy: caller.name, recordedByID: caller.subject.id,
          signedAt: signedAt), by: caller.subject)
      try await clocks.meet(Self.answers, of: complaint.clockSubject, command, in: tx)
      return row
    }
  }

  package func execute(
    _ reference: Reference<Complaint>, order: WorkOrder.ID?, _ command: Command<Complaint>
  ) async throws -> Answer {
    try await act(reference, .execute, data: ["workOrderId": .optional(order?.description)], command) {
      complaint, tx in
      // Of whom the team works for: a member need not see the station's orders, the case names its repair.
      if let order {
        let found = try await tx.run(WorkOrderRepository.find(.id(order), in: command.caller.scope))
        guard let found, complaint.stationID == nil || found.stationID == complaint.stationID else {
          throw Refusal.invalid("#/workOrderId", .notFound, "there is no such order at the station of the case")
        }
      }
      return try complaint.execute(order: order, at: command.at, by: command.caller.subject)
    }
  }

  // MARK: What the agreement is carried out with

  package func grantCompensation(
    _ reference: Reference<Complaint>, purpose: String, amount: Money, _ command: Command<Complaint>
  ) async throws -> Answer {
    let caller = command.caller
    return try await change(
      reference, .complaintsWriteCompensations, "complaint.compensationGranted", command
    ) { complaint, _ in
      try complaint.grant(
        Compensation(
          id: .new(at: command.at), purpose: purpose, amount: amount, recordedBy: caller.name,
          recordedByID: caller.subject.id, recordedAt: command.at))
    }
  }

  package func payCompensation(
    _ reference: Reference<Complaint>, _ id: Compensation.ID, voucher: String, paidAt: Timestamp,
    _ command: Command<Complaint>
  ) async throws -> Answer {
    let caller = command.caller
    return try await change(reference, .complaintsWriteCompensations, "complaint.compensationPaid", command) {
      complaint, _ in
      try complaint.pay(
        id, Compensation.Payment(reference: voucher, paidAt: paidAt, recordedBy: caller.name), by: caller.subject)
    }
  }

  package func collectVehicle(
    _ reference: Reference<Complaint>, _ vehicle: VehicleReturn, _ command: Command<Complaint>
  ) async throws -> Answer {
    try await change(reference, .complaintsWriteVehicleReturns, "complaint.vehicleCollected", command) {
      complaint, _ in try complaint.takeBack(vehicle)
    }
  }

  package func storeVehicle(
    _ reference: Reference<Complaint>, _ id: VehicleReturn.ID, _ storage: VehicleReturn.Storage,
    _ command: Command<Complaint>
  ) async throws -> Answer {
    try await change(reference, .complaintsWriteVehicleReturns, "complaint.vehicleStored", command) { complaint, _ in
      try complaint.store(id, storage)
    }
  }

  private static func hash(of content: ComplaintAgreement.Content, _ id: Complaint.ID) -> String {
    SHA256.hash(data: Array(content.canonical(of: id).utf8)).map { byte in
      String(byte >> 4, radix: 16) + String(byte & 15, radix: 16)
    }.joined()
  }
}
