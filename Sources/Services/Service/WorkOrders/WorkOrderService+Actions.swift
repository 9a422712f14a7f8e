package import Domain
package import FoundationEssentials
import Repositories

/// The actions of the transition table, one method each, named as the action.
extension WorkOrderService {
  package struct InspectionRecord: Sendable {
    package let odometerKm: Int
    package let clusterReplacement: OdometerDraft.Replacement?
    package let record: ReceptionInspection
    /// What is answered about open campaigns of the vehicle (A8).
    package let campaigns: [CampaignAnswer]

    package init(
      odometerKm: Int, clusterReplacement: OdometerDraft.Replacement?, record: ReceptionInspection,
      campaigns: [CampaignAnswer] = []
    ) {
      self.odometerKm = odometerKm
      self.clusterReplacement = clusterReplacement
      self.record = record
      self.campaigns = campaigns
    }
  }

  /// Reception check: condition confirmed by the customer, odometer held against the whole network (WO-14…16), and in the
  /// same answer what reception should know about the vehicle.
  package func inspect(
    _ reference: Reference<WorkOrder>, _ inspection: InspectionRecord,
    _ command: Command<(order: WorkOrder, checkIn: CheckIn)>
  ) async throws -> Answer {
    try await work.perform(command, .workOrdersInspect) { tx in
      let before = try await load(reference, command, in: tx)
      var order = before
      let row = try order.inspect(
        inspection.record, odometerKm: inspection.odometerKm, by: command.caller.subject)
      guard let vehicle = order.header.vehicleID else { throw Refusal.notFound }
      let reading = OdometerDraft(
        km: inspection.odometerKm, source: .checkIn, workOrderID: order.id,
        replacement: inspection.clusterReplacement)
      let outcome = try await OdometerBook.record(
        tx, vehicle: .id(vehicle), reading, pointer: "#/odometerKm", by: command)
      let scope = command.caller.scope
      let (visits, documents, campaigns) = try await tx.run(
        WorkOrderRecordRepository.latest(of: vehicle, except: order.id, limit: 5, in: scope),
        OpenDocumentRepository.list(of: vehicle, besides: order.id, for: command.caller, limit: 20),
        CampaignVehicleRepository.open(of: vehicle))
      try answer(
        inspection.campaigns, to: campaigns, on: order, by: command.caller, at: command.at, in: tx)
      let policies = clocks.policies
      let entitlement = try await EntitlementService(work, policies: policies).overview(
        of: vehicle, at: command.at, besides: order.id, command.caller, in: tx)
      let guarantees = try await ThreeGuaranteeBook(policies).counters(
        of: outcome.vehicle, at: command.at, command.caller, in: tx)
      let saved = save(order, over: before, Effects(row), command, in: tx)
      return (
        saved,
        CheckIn(
          odometerWarnings: outcome.warning.map { [$0] } ?? [], lastOrders: visits, openDocuments: documents,
          openCampaigns: campaigns, entitlement: entitlement, threeGuarantees: guarantees)
      )
    }
  }

  package func diagnose(
    _ reference: Reference<WorkOrder>, finding: String, _ command: Command<WorkOrder>
  ) async throws -> Answer {
    try await act(reference, .diagnose, command) { order, _ throws(Refusal) in
      try order.diagnose(finding, by: command.caller.subject)
    }
  }

  package func quote(
    _ reference: Reference<WorkOrder>, promisedDeliveryAt: Timestamp, promisedQuality: String?,
    extent: RepairExtent? = nil, _ command: Command<WorkOrder>
  ) async throws -> Answer {
    try await act(reference, .quote, command) { order, tx in
      let (row, estimate) = try order.quote(
        promisedDeliveryAt: promisedDeliveryAt, promisedQuality: promisedQuality, issuedBy: command.caller.name,
        at: command.at, by: command.caller.subject)
      tx.enqueue(WorkOrderRecordRepository.insert(estimate, of: order))
      try await promise(order, extent: extent, reason: nil, command, in: tx)
      return row
    }
  }

  package func authorise(
    _ reference: Reference<WorkOrder>, _ decision: CustomerDecision, _ command: Command<WorkOrder>
  ) async throws -> Answer {
    try await act(reference, .authorise, command) { order, tx in
      let row = try order.authorise(decision, by: command.caller.subject)
      tx.enqueue(WorkOrderRecordRepository.insert(decision, .authorisation, of: order))
      try await watchDowntime(of: order, command, in: tx)
      // What ran out while the customer thought about it is held again, as far as it is still there (PRT-11).
      try await stock.holdArrived(for: order, command, in: tx)
      return row
    }
  }

  /// The visit ends in a booking instead of a repair: the appointment is there in the same transaction, with what is known
  /// of customer, vehicle, work and parts (WO-02, APT-06).
  package func convertToAppointment(
    _ reference: Reference<WorkOrder>, reason: String, preferredAt: Timestamp?, _ command: Command<WorkOrder>
  ) async throws -> Answer {
    try await perform(reference, .convertToAppointment, command) { order, tx in
      let row = try order.leave(.convertToAppointment, reason: reason, by: command.caller.subject)
      try await stock.releaseAll(for: order, reason: reason, command, in: tx)
      if let preferredAt, preferredAt <= command.at {
        throw Refusal.invalid("#/preferredAt", .outOfRange, "must lie in the future")
      }
      guard let vehicleID = order.header.vehicleID else { throw Refusal.notFound }
      let scope = command.caller.scope
      let (customer, vehicle) = try await tx.run(
        CustomerRepository.find(.id(order.header.customerID), in: scope),
        VehicleRepository.find(.id(vehicleID), in: scope))
      guard let customer, let vehicle else { throw Refusal.notFound }
      let appointment = try await AppointmentService(work, orders: self).open(
        AppointmentRequest(order, customer, vehicle, wishedAt: preferredAt), at: order.stationID, through: .reception,
        from: order.id, command, in: tx)
      var effects = Effects(
        row, reason: reason,
        data: [
          "appointmentId": .text(appointment.id.description), "appointmentNumber": .text(appointment.number),
          "preferredAt": .optional(preferredAt?.description),
        ])
      // The appointment has its own.
      effects.omit("appointment.requested")
      return effects
    }
  }

  /// `cancel` and `closeNoRepair`: the ways out, each with its reason.
  package func leave(
    _ reference: Reference<WorkOrder>, _ action: WorkOrder.Action, reason: String, data: [String: EventValue] = [:],
    _ command: Command<WorkOrder>
  ) async throws -> Answer {
    try await act(reference, action, reason: reason, data: data, command) { order, tx in
      let row = try order.leave(action, reason: reason, by: command.caller.subject)
      try await stock.releaseAll(for: order, reason: reason, command, in: tx)
      try await clocks.cancel(of: order.clockSubject, reason: reason, command, in: tx)
      return row
    }
  }

  /// Workshop-entry formalities: from now on the customer's file has two days (WO-03, T-01).
  package func admit(
    _ reference: Reference<WorkOrder>, reason: String?, data: [String: EventValue], _ command: Command<WorkOrder>
  ) async throws -> Answer {
    try await act(reference, .admit, reason: reason, data: data, command) { order, tx in
      let row = try order.take(.admit, outcome: nil, by: command.caller.subject)
      try await CustomerFileBook(clocks).begin(
        on: order.clockOwner, for: order.header.customerID, command, in: tx)
      return row
    }
  }

  package func assign(
    _ reference: Reference<WorkOrder>, _ assignments: [(line: Int?, technician: UUID)], _ command: Command<WorkOrder>
  ) async throws -> Answer {
    try await act(reference, .assign, command) { order, tx in
      let row = try order.assign(assignments, by: command.caller.subject)
      // Before the vehicle is in the workshop it is only said whose job it will be.
      if row.to != nil {
        let lines = assignments.map(\.line)
        try await preAuthorisations.requirePermits(
          for: order, lines: lines.contains(nil) ? nil : Set(lines.compactMap(\.self)), command, in: tx)
      }
      let people = try await tx.run(
        TechnicianRepository.present(Set(assignments.map(\.technician)), at: order.stationID))
      for (place, assignment) in assignments.enumerated() where !people.contains(assignment.technician) {
        throw Refusal.invalid(
          "#/assignments/\(place)/technicianId", .notFound, "there is no such technician at this station")
      }
      return row
    }
  }

  package func requestApproval(
    _ reference: Reference<WorkOrder>, promisedDeliveryAt: Timestamp?, reason: String?, _ command: Command<WorkOrder>
  ) async throws -> Answer {
    try await act(reference, .requestApproval, reason: reason, command) { order, tx in
      let (row, estimate) = try order.requestApproval(
        promisedDeliveryAt: promisedDeliveryAt, issuedBy: command.caller.name, at: command.at,
        by: command.caller.subject)
      tx.enqueue(WorkOrderRecordRepository.insert(estimate, of: order))
      if promisedDeliveryAt != nil { try await promise(order, reason: reason, command, in: tx) }
      return row
    }
  }

  package func decideItems(
    _ reference: Reference<WorkOrder>, _ decisions: [(line: Int, approved: Bool)], _ decision: CustomerDecision,
    _ command: Command<WorkOrder>
  ) async throws -> Answer {
    let data: [String: EventValue] = [
      "channel": .text(decision.channel.rawValue),
      "decidedAt": .text(decision.decidedAt.description), "estimateHash": .text(decision.estimateHash),
    ]
    return try await act(reference, .decideItems, data: data, command) { order, tx in
      let before = order
      let row = try order.decideItems(decisions, decision, by: command.caller.subject)
      // What was held for a refused item is free again.
      try await stock.plan(order, over: before, command, in: tx)
      tx.enqueue(WorkOrderRecordRepository.insert(decision, .additionalItems, of: order))
      // Without the refused items the total is another one: a revised estimate says which (SM-3).
      order.contentHash = EstimateHash.of(order)
      if order.contentHash != decision.estimateHash {
        let estimate = order.reviseEstimate(issuedBy: command.caller.name, at: command.at)
        tx.enqueue(WorkOrderRecordRepository.insert(estimate, of: order))
      }
      try await watchDowntime(of: order, command, in: tx)
      return row
    }
  }

  /// The work is done: none of it that the maker wanted to be asked about and was not (M5).
  package func finish(
    _ reference: Reference<WorkOrder>, note: String?, _ command: Command<WorkOrder>
  ) async throws -> Answer {
    try await act(reference, .finish, reason: note, command) { order, tx in
      let row = try order.take(.finish, outcome: nil, by: command.caller.subject)
      try await preAuthorisations.requirePermits(for: order, lines: nil, command, in: tx)
      return row
    }
  }

  package enum Verdict: Sendable {
    case passed, failed
  }

  /// `passInspection` and `failInspection`. A person inspects himself; a machine client says who did, so that technician and
  /// inspector can be told apart (WO-31, SEC-10).
  package func judge(
    _ reference: Reference<WorkOrder>, _ verdict: Verdict, findings: String?, inspector named: UUID?,
    _ command: Command<WorkOrder>
  ) async throws -> Answer {
    let action: WorkOrder.Action =
      switch verdict {
      case .passed: .passInspection
      case .failed: .failInspection
      }
    return try await perform(reference, action, command) { order, tx in
      let person: UUID
      if case .user(let own) = command.caller.subject {
        if let named, named != own {
          throw Refusal.invalid("#/inspectorId", .inconsistent, "a person inspects in his own name")
        }
        person = own
      } else {
        guard let named else {
          throw Refusal.invalid("#/inspectorId", .required, "is required for a caller that is not a person")
        }
        if try await tx.run(TechnicianRepository.present([named], at: order.stationID)).isEmpty {
          throw Refusal.invalid("#/inspectorId", .notFound, "there is no such person at this station")
        }
        person = named
      }
      let row =
        switch verdict {
        case .passed: try order.take(.passInspection, by: .user(person))
        case .failed: try order.failInspection(by: .user(person))
        }
      if verdict == .passed { try await clocks.meet([.repairDowntime], of: order.clockSubject, command, in: tx) }
      tx.enqueue(
        WorkOrderRecordRepository.insertInspection(
          of: order, passed: verdict == .passed, findings: findings, by: command.caller, inspector: person,
          at: command.at))
      return Effects(row, reason: findings, data: ["inspectorId": .text(person.canonical)])
    }
  }

  /// Who took the finished work, or sent it back, is kept as the customer's decision (WO-07, SEC-09).
  package func accept(
    _ reference: Reference<WorkOrder>, _ acceptance: WorkOrder.Acceptance, by acceptedBy: String, reason: String?,
    data: [String: EventValue], _ command: Command<WorkOrder>
  ) async throws -> Answer {
    try await act(reference, .accept, reason: reason, data: data, command) { order, tx in
      let row = try order.accept(acceptance, by: command.caller.subject)
      let decision = CustomerDecision(
        decidedBy: acceptedBy, channel: .inPerson, decidedAt: command.at,
        estimateHash: order.progress.estimate?.hash ?? order.contentHash, recordedBy: command.caller.name)
      tx.enqueue(
        WorkOrderRecordRepository.insert(
          decision, acceptance == .accepted ? .acceptance : .acceptanceRefused, of: order))
      // What was ready is not: the promise runs again, and is broken at once if its time has passed.
      if acceptance == .refused {
        try await promise(order, reason: reason, command, in: tx)
        try await watchDowntime(of: order, command, in: tx)
      }
      return row
    }
  }

  /// Invoice and payments in one transaction; hand-over comes after (D-26).
  package func settle(
    _ reference: Reference<WorkOrder>, _ payments: [Payment], _ command: Command<WorkOrder>
  ) async throws -> Answer {
    try await act(reference, .settle, command) { order, tx in
      // Asked before a number is drawn, so that a refusal holds up nobody's counter.
      _ = try WorkOrderLifecycle.table.permit(.settle, on: order, by: command.caller.subject)
      guard
        let number = try await tx.run(
          DocumentNumberRepository.next(.invoice, station: order.stationID, at: command.at))
      else { throw Refusal.notFound }
      let row = try order.settle(payments, invoiceNumber: number, by: command.caller.subject)
      let invoice = Invoice(
        of: order, number: number, payments: payments, issuedBy: command.caller.name, at: command.at)
      tx.enqueue(WorkOrderRecordRepository.insert(invoice, of: order))
      return row
    }
  }

  /// The customer is told that his vehicle is ready: the promise is kept, or was late (T-46).
  package func notify(
    _ reference: Reference<WorkOrder>, reason: String?, data: [String: EventValue], _ command: Command<WorkOrder>
  ) async throws -> Answer {
    try await act(reference, .notify, reason: reason, data: data, command) { order, tx in
      let row = try order.take(.notify, outcome: nil, by: command.caller.subject)
      try await clocks.meet([.promisedDelivery], of: order.clockSubject, command, in: tx)
      return row
    }
  }

  /// Hand-over. Follow-ups and drafts of warranty claims are there when this transaction ends, and so is the general quality record
  /// (WO-45, CLM-07).
  package func deliver(
    _ reference: Reference<WorkOrder>, data: [String: EventValue], _ command: Command<WorkOrder>
  ) async throws -> Answer {
    try await perform(reference, .deliver, command) { order, tx in
      var effects = Effects(try order.deliver(at: command.at, by: command.caller.subject), data: data)
      // What is handed over is repaired, also when nobody said so at the site.
      try await clocks.meet(
        [.promisedDelivery, .faultCleared, .repairDowntime], of: order.clockSubject, command, in: tx)
      // T-01: the customer's file has its own time from now on, unless it has already.
      try await CustomerFileBook(clocks).begin(
        on: order.clockOwner, for: order.header.customerID, command, in: tx)
      try await FollowUpService(work, clocks: clocks).schedule(after: order, command, in: tx)
      // What was done is a fact of the vehicle from now on: guarantees of parts, counters of the law (WO-29, A9).
      try await ThreeGuaranteeBook(clocks.policies).record(order, command, in: tx)
      let record = try await QualityIssueService(work, clocks: clocks).record(order, command, in: tx)
      effects["qualityRecord.requested"] = [
        "qualityIssueId": .text(record.id.description), "qualityIssueNumber": .text(record.number),
      ]
      let claims = try await WarrantyClaimService(work, clocks: clocks).draft(after: order, command, in: tx)
      if claims.isEmpty {
        effects.omit("warrantyClaim.requested")
      } else {
        let lines = Set(claims.flatMap(\.items).compactMap(\.workOrderLine)).sorted()
        effects["warrantyClaim.requested"] = [
          "lines": .list(lines.map { .integer(Int64($0)) }), "claimNumbers": .list(claims.map { .text($0.number) }),
        ]
      }
      return effects
    }
  }

  /// - Parameter campaigns: what is put off until the next visit (A8).
  package func close(
    _ reference: Reference<WorkOrder>, reason: String?, campaigns: [CampaignAnswer] = [],
    _ command: Command<WorkOrder>
  ) async throws -> Answer {
    try await act(reference, .close, reason: reason, command) { order, tx in
      let row = try order.close(at: command.at, by: command.caller.subject)
      try await stock.requireNothingHeld(for: order, command, in: tx)
      try await requireAnswers(campaigns, on: order, by: command.caller, at: command.at, in: tx)
      // The closed order is part of the file (WO-43); what else it lacks still runs.
      try await CustomerFileBook(clocks).review(order.header.customerID, command, in: tx)
      return row
    }
  }

  /// Opens a linked order for the same fault; the delivered one keeps its completion facts (WO-33).
  package func rework(
    _ reference: Reference<WorkOrder>, summary: String, _ command: Command<WorkOrder>
  ) async throws -> Answer {
    try await work.perform(command, .workOrdersRework) { tx in
      let original = try await load(reference, command, in: tx)
      _ = try WorkOrderLifecycle.table.permit(.rework, on: original, by: command.caller.subject)
      var header = original.header
      header.summary = summary
      header.note = nil
      header.externalIDs = [:]
      let draft = WorkOrderDraft(stationID: original.stationID, header: header, lines: [])
      let order = try await open(draft, reworkOf: original.id, type: "workOrder.received", command, in: tx)
      tx.record(
        original.event(
          "workOrder.reworkOpened", reason: summary,
          data: ["reworkOrderId": .text(order.id.description), "reworkNumber": .text(order.number)]),
        by: command)
      return order
    }
  }
}
