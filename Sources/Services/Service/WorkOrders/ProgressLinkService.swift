import Crypto
package import Domain
import FoundationEssentials
import Repositories

/// Signed progress links (WO-26): base64url of order (16 bytes), expiry (8 bytes, seconds) and the first 16 bytes of an
/// HMAC-SHA256 over both. The link's own prefix keeps it from standing in for an access token (C-24).
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
  package func share(
    _ reference: Reference<WorkOrder>, validDays: Int, _ command: Command<ProgressLink>
  ) async throws -> Answer {
    try await work.perform(command, .workOrdersShareProgress) { tx in
      guard let order = try await tx.run(WorkOrderRepository.find(reference, in: command.caller.scope)) else {
        throw Refusal.notFound
      }
      let expiresAt = command.at.adding(seconds: Int64(validDays) * 86_400)
      tx.record(
        order.event("workOrder.progressShared", data: ["expiresAt": .text(expiresAt.description)]), by: command)
      return ProgressLink(token: token(for: order.id, until: expiresAt), expiresAt: expiresAt)
    }
  }

  /// - Throws: `notFound` for a link that is not ours, was changed or is past its time; the three look the same.
  package func open(_ token: String, at now: Timestamp) async throws -> WorkOrderProgressReport {
    guard let order = verify(token, at: now),
      let found = try await work.database.read(
        Caller.system, WorkOrderRepository.find(.id(order), in: Caller.system.scope))
    else { throw Refusal.notFound }
    return WorkOrderProgressReport(found)
  }

  private func token(for order: WorkOrder.ID, until: Timestamp) -> String {
    var bytes = withUnsafeBytes(of: order.uuid.uuid) { Array($0) }
    let seconds = UInt64(bitPattern: until.milliseconds / 1000)
    for shift in stride(from: 56, through: 0, by: -8) { bytes.append(UInt8(truncatingIfNeeded: seconds >> shift)) }
    bytes += HMAC<SHA256>.authenticationCode(for: bytes, using: key).prefix(16)
    return Self.prefix + Base64URL.encode(bytes)
  }

  private func verify(_ token: String, at now: Timestamp) -> WorkOrder.ID? {
    guard token.hasPrefix(Self.prefix), token.utf8.count <= 80,
      let bytes = Base64URL.decode(token.dropFirst(Self.prefix.count)), bytes.count == 40
    else { return nil }
    let claim = Array(bytes[..<24])
    // Both sides are hashed again, so that the comparison's time says nothing about the code.
    let expected = Array(HMAC<SHA256>.authenticationCode(for: claim, using: key).prefix(16))
    guard SHA256.hash(data: expected) == SHA256.hash(data: Array(bytes[24...])) else { return nil }
    let seconds = claim[16...].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard let expiry = Int64(exactly: seconds), expiry * 1000 > now.milliseconds else { return nil }
    let id = claim[..<16].reduce(into: "") { text, byte in
      text += String(byte >> 4, radix: 16) + String(byte & 15, radix: 16)
    }
    var canonical = id
    for offset in [20, 16, 12, 8] {
      canonical.insert("-", at: canonical.index(canonical.startIndex, offsetBy: offset))
    }
    return WorkOrder.ID(canonical)
  }
}
