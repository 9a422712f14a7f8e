import CArgon2
import Dispatch
import Domain
import Synchronization

/// argon2id for passwords (S6): a hash costs 19 MiB and some 20 ms of a core, so they run on threads of their own, never on
/// the cooperative pool or the I/O executor, and no more than a few at once: else logging in would be a way to stop us.
package final class PasswordHasher: Sendable {
  package struct Limits: Sendable {
    /// Hashes that run at the same time.
    package var concurrent: Int
    /// Hashes that wait; whoever comes beyond is told to come back.
    package var waiting: Int

    package init(concurrent: Int = 2, waiting: Int = 64) {
      self.concurrent = concurrent
      self.waiting = waiting
    }
  }

  /// What comparing a password with a stored hash said.
  package struct Verdict: Hashable, Sendable {
    package let matches: Bool
    /// The stored hash was made under other parameters than today's.
    package let isOutdated: Bool
  }

  /// The parameters of every new hash, as they begin its PHC string.
  package static let prefix = "$argon2id$v=19$m=19456,t=2,p=1$"
  private static let memoryKibibytes: UInt32 = 19_456
  private static let passes: UInt32 = 2
  private static let lanes: UInt32 = 1
  private static let saltCount = 16
  private static let hashCount = 32

  /// Compared when there is no such user, so that the answer takes as long; no password is known that it fits.
  private static let nobody =
    prefix + "bm9ib2R5IGhhcyB0aGlzIQ$AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"

  private struct Gate {
    var running = 0
    var waiting: [@Sendable () -> Void] = []
    var finished = 0
  }

  private let limits: Limits
  private let gate = Mutex(Gate())
  private let queue = DispatchQueue(label: "password-hasher", attributes: .concurrent)

  package init(limits: Limits = Limits()) { self.limits = limits }

  /// Hashes finished so far.
  package var finished: Int { gate.withLock { $0.finished } }

  /// A new PHC string with a fresh salt.
  /// - Throws: `Failure.overloaded`, `Failure.internal`.
  package func hash(_ password: String) async throws -> String {
    let bytes = Array(password.utf8)
    guard let encoded = try await run({ Self.encode(bytes, salt: Self.freshSalt()) }) else {
      throw Failure.internal(reference: "argon2id could not hash")
    }
    return encoded
  }

  /// One hash, whether there is something to compare with or not.
  /// - Throws: `Failure.overloaded`.
  package func verify(_ password: String, against encoded: String?) async throws -> Verdict {
    let bytes = Array(password.utf8)
    let compared = encoded ?? Self.nobody
    let matches = try await run { argon2id_verify(compared, bytes, bytes.count) == ARGON2_OK.rawValue }
    return Verdict(
      matches: matches && encoded != nil, isOutdated: !compared.hasPrefix(Self.prefix))
  }

  /// PHC string of a password under today's parameters and a given salt.
  static func encode(_ password: [UInt8], salt: [UInt8]) -> String? {
    let capacity = argon2_encodedlen(
      passes, memoryKibibytes, lanes, UInt32(salt.count), UInt32(hashCount), Argon2_id)
    var encoded = [CChar](repeating: 0, count: capacity)
    let code = argon2id_hash_encoded(
      passes, memoryKibibytes, lanes, password, password.count, salt, salt.count, hashCount, &encoded, encoded.count)
    guard code == ARGON2_OK.rawValue else { return nil }
    return String(decoding: encoded.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  private static func freshSalt() -> [UInt8] {
    var generator = SystemRandomNumberGenerator()
    return (0..<saltCount).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
  }

  private enum Admission {
    case started, waits, refused
  }

  private func run<Output: Sendable>(_ work: @escaping @Sendable () -> Output) async throws -> Output {
    try await withCheckedThrowingContinuation { continuation in
      let job: @Sendable () -> Void = {
        let output = work()
        self.gate.withLock { $0.finished += 1 }
        continuation.resume(returning: output)
      }
      let admission = gate.withLock { gate -> Admission in
        if gate.running < limits.concurrent {
          gate.running += 1
          return .started
        }
        guard gate.waiting.count < limits.waiting else { return .refused }
        gate.waiting.append(job)
        return .waits
      }
      switch admission {
      case .started: start(job)
      case .waits: break
      case .refused: continuation.resume(throwing: Failure.overloaded(retryAfter: 1))
      }
    }
  }

  /// Each end starts the next, so that never more than the limit run.
  private func start(_ job: @escaping @Sendable () -> Void) {
    queue.async {
      job()
      let next = self.gate.withLock { gate -> (@Sendable () -> Void)? in
        guard !gate.waiting.isEmpty else {
          gate.running -= 1
          return nil
        }
        return gate.waiting.removeFirst()
      }
      if let next { self.start(next) }
    }
  }
}
