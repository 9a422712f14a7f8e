package import Domain
import Repositories

/// To which station a request goes, and why (CALL-03, CALL-07).
extension ServiceRequestService {
  /// The stations in the order in which the request would be offered to them at an instant. Nothing is changed.
  package func proposal(
    _ reference: Reference<ServiceRequest>, at instant: Timestamp, _ caller: Caller
  ) async throws -> DispatchRanking {
    try caller.require(.serviceRequestsDispatch)
    let request = try await get(reference, caller)
    return try await ranking(for: request, at: instant, in: caller.scope, through: ReadDoor(work.database, caller))
  }

  /// Hands the request to the best station of this moment, or to another one with a reason. Dispatches take turns, so that
  /// each sees what the one before has done; the ranking is kept with the decision.
  package func dispatch(
    _ reference: Reference<ServiceRequest>, to station: Station.ID?, reason: String?,
    _ command: Command<ServiceRequest>
  ) async throws -> Answer {
    try await perform(reference, .dispatch, command) { request, tx in
      let before = request
      // Asked before the turn is taken, so that a refusal holds nobody up.
      _ = try ServiceRequestLifecycle.table.permit(.dispatch, on: request, by: command.caller.subject)
      tx.enqueue(DispatchRepository.takeTurn())
      let ranking = try await ranking(for: request, at: command.at, in: command.caller.scope, through: tx)
      let row = try request.dispatch(
        ranking, to: station, reason: reason, dispatchedBy: command.caller.name, at: command.at,
        by: command.caller.subject)
      guard let dispatch = request.progress.dispatch else { throw Refusal.notFound }
      tx.enqueue(DispatchRepository.insert(DispatchRecord(dispatch: dispatch, ranking: ranking), of: request.id))
      let data: [String: EventValue] = [
        "stationId": .text(dispatch.stationID.description), "attempt": .integer(Int64(dispatch.attempt)),
        "overruled": .boolean(dispatch.isOverruled),
      ]
      return Effects(
        row, reason: reason,
        data: try await self.data(data, of: row, from: before, to: request, reason: reason, command, in: tx))
    }
  }

  /// Every dispatch with the ranking it was based on; its reason cleaned for who may not read personal data.
  package func dispatches(
    _ reference: Reference<ServiceRequest>, _ caller: Caller
  ) async throws -> [DispatchRecord] {
    try caller.require(.serviceRequestsDispatch)
    let request = try await get(reference, caller)
    let records = try await work.database.read(caller, DispatchRepository.records(of: request.id, in: caller.scope))
    guard Disclosure(of: request.header.customerID, to: caller).isMasked else { return records }
    return records.map {
      DispatchRecord(dispatch: $0.dispatch.cleaned(request.header.clean), ranking: $0.ranking)
    }
  }

  private func ranking(
    for request: ServiceRequest, at instant: Timestamp, in scope: Scope, through door: some QueryDoor
  ) async throws -> DispatchRanking {
    var need = request.need
    if need.brand == nil, let vehicle = request.header.vehicleID {
      need.brand = try await door.run(DispatchRepository.brand(of: vehicle))
    }
    let policy = try await orders.clocks.numbers(for: need.regionID, at: instant, through: door)
    return DispatchRanking(
      need, among: try await door.run(DispatchRepository.candidates(at: instant, in: scope)), by: policy.body.dispatch,
      of: policy.version.description)
  }
}
