package import Domain
import Repositories

/// Deletes what has had its time, in bounded steps, so that no step holds locks for long. What a step returns: whether it
/// may have left something over.
package struct HousekeepingService: Sendable {
  /// A repeated request finds its first answer for this long (C-19).
  package static let idempotencyKeySeconds: Int64 = 24 * 3600
  package static let stepSize = 1000

  private let leases: WorkerLeaseService
  private let clock: WallClock

  package init(_ leases: WorkerLeaseService, clock: WallClock) {
    self.leases = leases
    self.clock = clock
  }

  package func purgeIdempotencyKeys(under lease: WorkerLease) async throws -> Bool {
    let limit = clock.now().adding(seconds: -Self.idempotencyKeySeconds)
    return try await leases.step(under: lease) { tx in
      try await tx.run(IdempotencyRepository.purge(before: limit, limit: Self.stepSize)) == Self.stepSize
    }
  }

  /// Revoked tokens stay until they would have expired: a second use of one is the sign of a stolen one (C-24).
  package func purgeTokens(under lease: WorkerLease) async throws -> Bool {
    let limit = clock.now()
    return try await leases.step(under: lease) { tx in
      try await tx.run(TokenRepository.purge(before: limit, limit: Self.stepSize)) == Self.stepSize
    }
  }

  package func purgeLoginFailures(under lease: WorkerLease) async throws -> Bool {
    let limit = clock.now().adding(seconds: -LoginTarget.memorySeconds)
    _ = try await leases.step(under: lease) { tx in
      try await tx.run(LoginFailureRepository.purge(before: limit))
    }
    return false
  }
}
