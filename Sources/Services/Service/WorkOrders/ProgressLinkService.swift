package import Domain
import FoundationEssentials
import Repositories

/// Signed progress links (WO-26): order (16 bytes), series (4 bytes), expiry (8 bytes, seconds). A link ends by its time, by the end
/// of its series and by the end of its order.
package struct ProgressLinkService: Sendable {
  private let work: UnitOfWork
  private let links: SignedLink

  /// - Parameter secret: at least 32 random bytes, the same on every instance.
  package init(_ work: UnitOfWork, secret: [UInt8]) {
    self.work = work
    links = SignedLink(prefix: "asp_", length: 28, secret: secret)
  }

  /// Makes a link; handing one out is an event of the order.
  ///
  /// - Throws: `Refusal.conflict` `order-not-editable` for an order that has ended: its links are dead.
  package func share(
    _ reference: Reference<WorkOrder>, validDays: Int, _ command: Command<ProgressLink>
  ) async throws -> Answer {
    try await work.perform(command, .workOrdersShareProgress) { tx in
      guard let order = try await tx.run(WorkOrderRepository.find(reference, in: command.caller.scope)) else {
        throw Refusal.notFound
      }
      if WorkOrderProgressReport.silent.contains(order.state) {
        throw Refusal.conflict(
          code: "order-not-editable", detail: "The order has ended; there is no progress to follow.",
          .state(order.state))
      }
      let series = try await tx.run(ProgressLinkRepository.share(order))
      let expiresAt = command.at.adding(seconds: Int64(validDays) * 86_400)
      tx.record(
        order.event("workOrder.progressShared", data: ["expiresAt": .text(expiresAt.description)]), by: command)
      return ProgressLink(token: token(for: order.id, series, until: expiresAt), expiresAt: expiresAt)
    }
  }

  /// Ends every link of the order that was handed out so far; new ones can be made.
  ///
  /// - Throws: `Refusal.notFound` when there is none.
  package func revoke(_ reference: Reference<WorkOrder>, _ command: Command<Void>) async throws -> Answer {
    try await work.perform(command, .workOrdersShareProgress) { tx in
      guard let order = try await tx.run(WorkOrderRepository.lock(reference, in: command.caller.scope)) else {
        throw Refusal.notFound
      }
      try command.precondition?.require(order.version)
      if try await tx.run(ProgressLinkRepository.revoke(order)) == 0 { throw Refusal.notFound }
      tx.record(order.event("workOrder.progressLinksRevoked"), by: command)
    }
  }

  /// - Throws: `notFound` for a link that is not ours, was changed, is past its time or was ended, or whose order has ended; they
  ///   all look the same.
  package func open(_ token: String, at now: Timestamp) async throws -> WorkOrderProgressReport {
    guard let (id, series) = verify(token, at: now) else { throw Refusal.notFound }
    let (found, lines, present) = try await work.database.read(
      Caller.system, WorkOrderRepository.find(.id(id), in: Caller.system.scope),
      JobLineRepository.lines(of: .id(id), in: Caller.system.scope), ProgressLinkRepository.series(of: id))
    guard let order = found, series == present, !WorkOrderProgressReport.silent.contains(order.state) else {
      throw Refusal.notFound
    }
    return WorkOrderProgressReport(order, lines: lines)
  }

  private func token(for order: WorkOrder.ID, _ series: Int32, until: Timestamp) -> String {
    var claim: [UInt8] = []
    claim.append(order)
    claim.append(series)
    claim.append(until)
    return links.token(claim)
  }

  private func verify(_ token: String, at now: Timestamp) -> (order: WorkOrder.ID, series: Int32)? {
    guard let claim = links.claim(of: token), let expiry = claim.instant(at: 20), expiry > now else { return nil }
    return claim.identifier(at: 0, WorkOrder.self).map { ($0, claim.number(at: 16)) }
  }
}
