package import Domain
package import Repositories
import Synchronization

/// Turns the text of an access token into its `Caller` (C-24, SEC-12).
///
/// A verified token is remembered for a few seconds, never past its own end or the next beginning or end of a delegation.
/// News of changed access (`access_changed`) drop what they concern at once; while the news cannot be heard nothing is
/// remembered, so a revocation takes effect on every instance in well under a second.
package final class TokenVerifier: Sendable {
  package struct Limits: Sendable {
    /// How long a verified token is remembered at most, in milliseconds: the backstop behind the news.
    package var rememberedMilliseconds: Int64
    /// Tokens remembered at most.
    package var tokens: Int

    package init(rememberedMilliseconds: Int64 = 5000, tokens: Int = 20_000) {
      self.rememberedMilliseconds = rememberedMilliseconds
      self.tokens = tokens
    }
  }

  /// What a request is answered with.
  package struct Verified: Sendable {
    package let caller: Caller
    package let expiresAt: Timestamp
  }

  private struct Entry {
    let verified: Verified
    let validUntil: Timestamp
  }

  /// Two generations: when the younger is full the older is forgotten, which bounds the memory without a list of ages.
  private struct Memory {
    var young: [[UInt8]: Entry] = [:]
    var old: [[UInt8]: Entry] = [:]
    var isListening = false
    /// Counts the news, so that what was read before one of them is not remembered after it.
    var news = 0

    subscript(key: [UInt8]) -> Entry? { young[key] ?? old[key] }

    mutating func remember(_ entry: Entry, as key: [UInt8], limit: Int) {
      if young.count >= max(1, limit / 2) {
        old = young
        young = [:]
      }
      young[key] = entry
    }

    mutating func forget(_ change: AccessChange) {
      news += 1
      if case .everything = change {
        young = [:]
        old = [:]
        return
      }
      young = young.filter { !change.concerns($0.value.verified.caller) }
      old = old.filter { !change.concerns($0.value.verified.caller) }
    }
  }

  private let database: Database
  private let clock: WallClock
  private let limits: Limits
  private let memory = Mutex(Memory())
  private let lookups = Mutex(0)

  package init(_ database: Database, clock: WallClock, limits: Limits = Limits()) {
    self.database = database
    self.clock = clock
    self.limits = limits
  }

  /// Hears the news until its task is cancelled; must run beside the server.
  package func listen(to changes: AccessChanges) async {
    for await signal in changes.signals() {
      switch signal {
      case .listening:
        // What changed while nobody listened is not known.
        memory.withLock { memory in
          memory.forget(.everything)
          memory.isListening = true
        }
      case .lost:
        memory.withLock { memory in
          memory.isListening = false
          memory.forget(.everything)
        }
      case .changed(let change):
        memory.withLock { $0.forget(change) }
      }
    }
    memory.withLock { $0.isListening = false }
  }

  /// Whether news are heard; part of readiness and metrics.
  package var isListening: Bool { memory.withLock { $0.isListening } }

  /// Look-ups in the database so far.
  package var databaseLookups: Int { lookups.withLock { $0 } }

  /// `nil` for whatever is not a live access token; a text that cannot be one is refused without a look at the database.
  /// - Throws: `Failure` when the database cannot tell.
  package func verify(_ presented: String) async throws -> Verified? {
    guard let token = TokenText(presented), token.kind == .access else { return nil }
    let hash = SecretDigest.of(token)
    let at = clock.now()
    let (remembered, news) = memory.withLock { memory -> (Entry?, Int) in
      (memory.isListening ? memory[hash] : nil, memory.news)
    }
    if let remembered, at < remembered.validUntil { return remembered.verified }
    lookups.withLock { $0 += 1 }
    let found = try await database.read(.system, TokenRepository.grounds(hash, at: at))
    guard let grounds = found else { return nil }
    let verified = Verified(caller: grounds.caller, expiresAt: grounds.token.expiresAt)
    let backstop = Timestamp(milliseconds: at.milliseconds + limits.rememberedMilliseconds)
    let entry = Entry(verified: verified, validUntil: min(backstop, grounds.validUntil))
    memory.withLock { memory in
      if memory.isListening, memory.news == news { memory.remember(entry, as: hash, limit: limits.tokens) }
    }
    return verified
  }
}
