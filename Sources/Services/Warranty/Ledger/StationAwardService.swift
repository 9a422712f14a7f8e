package import Domain
package import Repositories

/// Penalties and rewards of stations: each is posted to the station's account and settled with the rest (SET-11).
package struct StationAwardService<Kind: AwardKind>: LifecycleService {
  package typealias Document = StationAward<Kind>
  package typealias Filter = StationAwardFilter
  package typealias Store = StationAwardRepository<Kind>

  package static var reading: Permission { Kind.reading }
  package static var noting: Permission { Kind.writing }
  package let work: UnitOfWork
  private let payables: PayableBook
  private let policies: PolicyBook

  package init(_ work: UnitOfWork, payables: PayableBook, policies: PolicyBook) {
    self.work = work
    self.payables = payables
    self.policies = policies
  }

  /// - Throws: `Refusal.invalid` for a code that the tariff does not know and an amount outside its range (D-20).
  package func create(_ header: Document.Header, _ command: Command<Document>) async throws -> Answer {
    try await work.perform(command, Kind.writing) { tx in
      guard let station = try await tx.run(StationRepository.find(.id(header.stationID), in: command.caller.scope))
      else {
        throw Refusal.invalid("#/stationId", .notFound, "there is no such station")
      }
      if header.occurredOn > ReportPeriod.day(of: command.at) {
        throw Refusal.invalid("#/occurredOn", .outOfRange, "must not lie in the future")
      }
      var version: Int?
      if let code = header.code {
        let tariff = try await policies.current(PenaltiesPolicy.self, at: station.id, command.at, in: tx)
        guard let range = tariff.body[code] else {
          throw Refusal.invalid("#/code", .notInSet, "is not in the tariff")
        }
        if !range.allows(header.amount) {
          throw Refusal.invalid("#/amount", .outOfRange, "must be between \(range.least) and \(range.most)")
        }
        version = tariff.version.number
      }
      let award = Document(
        id: .new(at: command.at), number: try await tx.number(Kind.series, at: station.id, on: command.at),
        state: .granted, version: 1, stamp: RecordStamp(by: command.caller, at: command.at), header: header,
        policyVersion: version, revokedReason: nil)
      let document = insert(award, Effects(["\(Kind.resource.rawValue).granted"]), command, in: tx)
      try await payables.record([document.item], command, in: tx)
      return document
    }
  }

  /// Takes it back, and its money with it.
  package func revoke(
    _ reference: Reference<Document>, reason: String, _ command: Command<Document>
  ) async throws -> Answer {
    try await act(reference, .revoke, reason: reason, command) { award, tx in
      let row = try award.revoke(reason, by: command.caller.subject)
      try await payables.reverse(LedgerEntry.Source(award), reason: reason, command, in: tx)
      return row
    }
  }
}
