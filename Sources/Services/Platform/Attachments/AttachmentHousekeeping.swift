package import Blobs
package import Domain
import Repositories

/// Collects what uploads left behind: temporary files of processes that died, and bytes that nothing hangs on.
package struct AttachmentHousekeeping: Sendable {
  /// An upload that has not become an attachment by now never will.
  package static let patience: Int64 = 24 * 3600
  static let stepSize = 50

  private let leases: WorkerLeaseService
  private let store: BlobStore
  private let clock: WallClock

  package init(_ leases: WorkerLeaseService, store: BlobStore, clock: WallClock) {
    self.leases = leases
    self.store = store
    self.clock = clock
  }

  /// - Returns: whether there may be more.
  package func collect(under lease: WorkerLease) async throws -> Bool {
    let limit = clock.now().adding(seconds: -Self.patience)
    let removed = try await leases.step(under: lease) { tx in
      let condemned = try await tx.run(BlobRepository.condemn(claimedBefore: limit, limit: Self.stepSize))
      // Within the transaction, whose locks keep uploads of the same bytes waiting: afterwards they would find bytes that
      // are about to go. Removing twice is no error, so the transaction may run again.
      for hash in condemned {
        if let digest = BlobDigest(hash) { try await storing { try await store.remove(digest) } }
      }
      return condemned.count
    }
    if removed < Self.stepSize {
      _ = try await storing { try await store.sweep(unchangedSince: limit.milliseconds / 1000) }
    }
    return removed == Self.stepSize
  }
}
