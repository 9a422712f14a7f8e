import Crypto
package import Domain
import FoundationEssentials
import Repositories

/// Signed progress links (WO-26): base64url of order (16 bytes), series (4 bytes), expiry (8 bytes, seconds) and the first 16 bytes
/// of an HMAC-SHA256 over them. A link ends by its time, by the end of its series and by the end of its order. Its own prefix
/// keeps it from standing in for an access token (C-24).
package struct ProgressLinkService: Sendable {
  private let work: UnitOfWork
  private let key: SymmetricKey
  private static let prefix = "asp_"

  /// - Parameter secret: at least 32 random bytes, the same on every instance.
  package init(_ work: UnitOfWork, secret: [UInt8]) {
    self.work = work
    key = SymmetricKey(data: secret)
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
          code: "order-not-editable", detail: "The order has ended; there is no progress to follow.")
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
    let (found, present) = try await work.database.read(
      Caller.system, WorkOrderRepository.find(.id(id), in: Caller.system.scope), ProgressLinkRepository.series(of: id))
    guard let order = found, series == present, !WorkOrderProgressReport.silent.contains(order.state) else {
      throw Refusal.notFound
    }
    return WorkOrderProgressReport(order)
  }

  private func token(for order: WorkOrder.ID, _ series: Int32, until: Timestamp) -> String {
    var bytes = withUnsafeBytes(of: order.uuid.uuid) { Array($0) }
    for shift in stride(from: 24, through: 0, by: -8) { bytes.append(UInt8(truncatingIfNeeded: series >> shift)) }
    let seconds = UInt64(bitPattern: until.milliseconds / 1000)
    for shift in stride(from: 56, through: 0, by: -8) { bytes.append(UInt8(truncatingIfNeeded: seconds >> shift)) }
    bytes += HMAC<SHA256>.authenticationCode(for: bytes, using: key).prefix(16)
    return Self.prefix + Base64URL.encode(bytes)
  }

  private func verify(_ token: String, at now: Timestamp) -> (order: WorkOrder.ID, series: Int32)? {
    guard token.hasPrefix(Self.prefix), token.utf8.count <= 80,
      let bytes = Base64URL.decode(token.dropFirst(Self.prefix.count)), bytes.count == 44
    else { return nil }
    let claim = Array(bytes[..<28])
    // Both sides are hashed again, so that the comparison's time says nothing about the code.
    let expected = Array(HMAC<SHA256>.authenticationCode(for: claim, using: key).prefix(16))
    guard SHA256.hash(data: expected) == SHA256.hash(data: Array(bytes[28...])) else { return nil }
    let series = claim[16..<20].reduce(Int32(0)) { $0 << 8 | Int32($1) }
    let seconds = claim[20...].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard let expiry = Int64(exactly: seconds), expiry * 1000 > now.milliseconds else { return nil }
    let id = claim[..<16].reduce(into: "") { text, byte in
      text += String(byte >> 4, radix: 16) + String(byte & 15, radix: 16)
    }
    var canonical = id
    for offset in [20, 16, 12, 8] {
      canonical.insert("-", at: canonical.index(canonical.startIndex, offsetBy: offset))
    }
    return WorkOrder.ID(canonical).map { ($0, series) }
  }
}
