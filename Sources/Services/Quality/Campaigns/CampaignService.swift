package import Domain
package import Repositories

/// Recalls and service campaigns (M11): drafted, approved with a frozen population, published, suspended, completed.
package struct CampaignService: LifecycleService {
  package typealias Document = Campaign
  package typealias Filter = CampaignFilter
  package typealias Store = CampaignRepository

  package static let reading = Permission.campaignsRead
  package static let noting = Permission.campaignsWrite
  package let work: UnitOfWork

  package init(_ work: UnitOfWork) { self.work = work }

  /// A draft; headquarters' alone.
  package func create(_ header: CampaignHeader, _ command: Command<Campaign>) async throws -> Answer {
    try await work.perform(command, .campaignsWrite) { tx in
      if command.caller.scope != .network { throw Refusal.forbidden(.campaignsWrite) }
      try await requireReferences(header, command, in: tx)
      let number = try await tx.run(DocumentNumberRepository.nextOfHeadquarters(.campaign, at: command.at))
      let campaign = Campaign(
        id: .new(at: command.at), number: number, state: .draft, version: 1,
        stamp: RecordStamp(by: command.caller, at: command.at), header: header, progress: CampaignProgress())
      return insert(campaign, Effects(["campaign.drafted"]), command, in: tx)
    }
  }

  /// Rewrites a draft. A patch that changes nothing keeps the version and writes no event (C-17).
  ///
  /// - Parameter header: what the draft says now → what it will say.
  package func update(
    _ reference: Reference<Campaign>, _ command: Command<Campaign>,
    _ header: @Sendable (CampaignHeader) throws -> CampaignHeader
  ) async throws -> Answer {
    try await change(reference, .campaignsWrite, "campaign.updated", command) { campaign, tx in
      let rewritten = try header(campaign.header)
      if rewritten == campaign.header { return }
      try campaign.rewrite(rewritten)
      try await requireReferences(rewritten, command, in: tx)
    }
  }

  /// Another person approves, and the population is frozen to a list with count and hash: vehicles that come on record later
  /// are another campaign's.
  package func approve(
    _ reference: Reference<Campaign>, note: String?, _ command: Command<Campaign>
  ) async throws -> Answer {
    try await perform(reference, .approve, command) { campaign, tx in
      _ = try CampaignLifecycle.table.permit(.approve, on: campaign, by: command.caller.subject)
      let frozen = try await tx.run(CampaignRepository.freeze(campaign, by: command.caller, at: command.at))
      let row = try campaign.approve(frozen, by: command.caller)
      return Effects(
        row, reason: note, data: ["vehicleCount": .integer(Int64(frozen.count)), "populationHash": .text(frozen.hash)])
    }
  }

  package func publish(
    _ reference: Reference<Campaign>, note: String?, _ command: Command<Campaign>
  ) async throws -> Answer {
    try await act(reference, .publish, reason: note, command) { campaign, _ in
      try campaign.publish(at: command.at, by: command.caller.subject)
    }
  }

  package func suspend(
    _ reference: Reference<Campaign>, reason: String, _ command: Command<Campaign>
  ) async throws -> Answer {
    try await act(reference, .suspend, reason: reason, command) { campaign, _ in
      try campaign.suspend(reason, by: command.caller.subject)
    }
  }

  package func complete(
    _ reference: Reference<Campaign>, reason: String, _ command: Command<Campaign>
  ) async throws -> Answer {
    try await act(reference, .complete, reason: reason, command) { campaign, _ in
      try campaign.complete(reason, at: command.at, by: command.caller.subject)
    }
  }

  /// How far it is, now or as of the instant that the caller reads.
  /// - Returns: the whole, as everybody who sees the campaign sees it, and the caller's stations.
  package func completion(
    _ reference: Reference<Campaign>, _ caller: Caller
  ) async throws -> (whole: CampaignCompletion, stations: [CampaignStationCompletion]) {
    let campaign = try await get(reference, caller)
    return try await work.database.snapshot(caller) { tx in
      try await tx.run(
        CampaignVehicleRepository.completion(of: campaign.id),
        CampaignVehicleRepository.completionByStation(of: campaign.id, in: caller.scope))
    }
  }

  private func requireReferences<Output>(
    _ header: CampaignHeader, _ command: Command<Output>, in tx: Transaction
  ) async throws {
    if header.population.isEmpty {
      throw Refusal.invalid("#/population", .required, "must name at least one condition")
    }
    let violations = header.population.violations
    if !violations.isEmpty { throw Refusal.invalid(violations) }
    if let issue = header.qualityIssueID,
      try await tx.run(QualityIssueRepository.find(.id(issue), in: command.caller.scope)) == nil
    {
      throw Refusal.invalid("#/qualityIssueId", .notFound, "there is no such quality issue")
    }
    for (place, model) in header.population.modelIDs.enumerated()
    where try await tx.run(VehicleModelRepository.find(.id(model), in: command.caller.scope)) == nil {
      throw Refusal.invalid("#/population/modelIds/\(place)", .notFound, "there is no such model")
    }
  }
}

/// The vehicles of campaigns, one by one (M11, A8).
package struct CampaignVehicleService: LifecycleService {
  package typealias Document = CampaignVehicle
  package typealias Filter = CampaignVehicleFilter
  package typealias Store = CampaignVehicleRepository

  package static let reading = Permission.campaignVehiclesRead
  package static let noting = Permission.campaignVehiclesWrite
  package let work: UnitOfWork

  package init(_ work: UnitOfWork) { self.work = work }

  /// The lines of a campaign.
  ///
  /// - Throws: `notFound` for a campaign that the caller does not see.
  package func list(
    of campaign: Reference<Campaign>, _ filter: CampaignVehicleFilter, _ page: PageRequest, _ caller: Caller
  ) async throws -> Page<CampaignVehicle> {
    try caller.require(Self.reading)
    guard let found = try await work.database.read(caller, CampaignRepository.find(campaign, in: caller.scope)) else {
      throw Refusal.notFound
    }
    var filter = filter
    filter.campaign = .id(found.id)
    return try await list(filter, page, caller)
  }

  /// What whoever has the vehicle must be asked about (A8).
  package func open(of vehicle: Reference<Vehicle>, _ caller: Caller) async throws -> [CampaignVehicle] {
    try caller.require(Self.reading)
    guard let found = try await work.database.read(caller, VehicleRepository.find(vehicle, in: caller.scope)) else {
      throw Refusal.notFound
    }
    return try await work.database.read(caller, CampaignVehicleRepository.open(of: found.id))
  }

  /// What answers may be ordered by.
  package static let answerSorts = CampaignVehicleRepository.answerSorts.keys.sorted()

  /// What was answered about the vehicles of a campaign on their visits, with the reasons of what was put off (A8).
  ///
  /// - Throws: `notFound` for a campaign that the caller does not see.
  package func answers(
    of campaign: Reference<Campaign>, _ filter: CampaignAnswerFilter, _ page: PageRequest, _ caller: Caller
  ) async throws -> Page<CampaignAnswerRecord> {
    try caller.require(Self.reading)
    guard let found = try await work.database.read(caller, CampaignRepository.find(campaign, in: caller.scope)) else {
      throw Refusal.notFound
    }
    return try await work.database.read(
      caller, CampaignVehicleRepository.answers(of: found.id, filter, page, in: caller.scope))
  }

  package func notify(
    _ reference: Reference<CampaignVehicle>, by channel: CampaignVehicle.Channel, _ command: Command<CampaignVehicle>
  ) async throws -> Answer {
    try await act(reference, .notify, data: ["channel": .text(channel.rawValue)], command) { vehicle, _ in
      try vehicle.notify(channel, at: command.at, by: command.caller.subject)
    }
  }

  package func schedule(
    _ reference: Reference<CampaignVehicle>, at plannedAt: Timestamp, _ command: Command<CampaignVehicle>
  ) async throws -> Answer {
    try await act(reference, .schedule, command) { vehicle, _ in
      if plannedAt <= command.at {
        throw Refusal.invalid("#/plannedAt", .outOfRange, "must lie in the future")
      }
      return try vehicle.schedule(at: plannedAt, by: command.caller.subject)
    }
  }

  /// The remedy was done, under an order of this very vehicle that the caller sees, and that is in the workshop or further: one
  /// that can still be cancelled would leave a recall remedied by nobody.
  package func remedy(
    _ reference: Reference<CampaignVehicle>, under order: WorkOrder.ID, _ command: Command<CampaignVehicle>
  ) async throws -> Answer {
    try await act(reference, .remedy, data: ["workOrderId": .text(order.description)], command) { vehicle, tx in
      let found = try await tx.run(WorkOrderRepository.find(.id(order), in: command.caller.scope))
      guard let found, found.header.vehicleID == vehicle.vehicleID else {
        throw Refusal.invalid("#/workOrderId", .notFound, "there is no such order of this vehicle")
      }
      if !found.state.isBeyondCancelling {
        throw Refusal.invalid("#/workOrderId", .inconsistent, "is an order that has not come into the workshop")
      }
      return try vehicle.remedy(under: order, at: command.at, by: command.caller.subject)
    }
  }

  /// `refuse`, `export` and `scrap`.
  package func leave(
    _ reference: Reference<CampaignVehicle>, _ action: CampaignVehicle.Action, reason: String,
    _ command: Command<CampaignVehicle>
  ) async throws -> Answer {
    try await act(reference, action, reason: reason, command) { vehicle, _ in
      try vehicle.leave(action, reason: reason, by: command.caller.subject)
    }
  }
}
