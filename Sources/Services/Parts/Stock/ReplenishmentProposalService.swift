package import Domain
package import Repositories

/// What a station should order now, with the reason of each line (domain.md section 11).
package struct ReplenishmentProposalService: ActingService {
  package typealias Document = ReplenishmentProposal
  package typealias Filter = ReplenishmentProposalFilter
  package typealias Store = ReplenishmentProposalRepository

  package static let reading = Permission.replenishmentProposalsRead
  package let work: UnitOfWork
  private let stock: StockBook

  package init(_ work: UnitOfWork, stock: StockBook) {
    self.work = work
    self.stock = stock
  }

  /// What it proposes is ordered as a parts order; the proposal itself stays as it was made.
  package static func offers(on document: ReplenishmentProposal, to caller: Caller) -> [ActionOffer] { [] }

  /// A part that is superseded today is ordered as what supersedes it; what the store has of that one and does not keep for
  /// itself counts.
  package func create(
    at stationID: Station.ID?, _ command: Command<ReplenishmentProposal>
  ) async throws -> Answer {
    try await work.perform(command, .replenishmentProposalsWrite) { tx in
      let station = try command.caller.scope.station(naming: stationID)
      let store = try await stock.requireStore(of: station, command, in: tx)
      let today = CalendarDate(inChina: command.at)
      var lines: [ReplenishmentProposal.Line] = []
      let situations = try await tx.within(.network, of: command.caller) {
        try await tx.run(ReplenishmentProposalRepository.situations(at: store.id, of: station, at: command.at))
      }
      var spare: [Part.ID: Int] = [:]
      for situation in situations {
        let own = (id: situation.partID, number: situation.partNumber)
        guard ReplenishmentProposal.Line(situation, delivered: own) != nil else { continue }
        let chain = try await Supersession.current(of: own.id, number: own.number, on: today, in: tx)
        let (id, number) = (chain.currentID, chain.currentNumber)
        var taken = 0
        if id != own.id {
          if spare[id] == nil {
            let level = try await stock.level(store.id, id, command, in: tx)
            let kept = situations.first { $0.partID == id }?.kept ?? 0
            spare[id] = max(0, (level.map { $0.available + $0.onOrder } ?? 0) - kept)
          }
          let missing = situation.kept + situation.reserved - situation.onHand - situation.onOrder
          taken = min(spare[id] ?? 0, max(0, missing))
          spare[id]? -= taken
        }
        if let line = ReplenishmentProposal.Line(situation, delivered: (id, number), successorQuantity: taken) {
          lines.append(line)
        }
      }
      let proposal = ReplenishmentProposal(
        id: .new(at: command.at), number: try await tx.number(.replenishmentProposal, at: station, on: command.at),
        stationID: station, locationID: store.id, lines: lines, createdAt: command.at,
        createdBy: RecordStamp.Author(command.caller))
      return insert(proposal, Effects(["replenishmentProposal.created"]), command, in: tx)
    }
  }
}
