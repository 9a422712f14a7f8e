import Domain
import Services
import TestSupport
import Testing

@Suite struct PasswordHasherTests {
  /// Vector of the reference implementation (test.c: argon2id, v=19, t=2, m=2^16, p=1).
  private static let vector =
    "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"

  @Test("a PHC string of the reference implementation is verified, and known to be of other parameters (S6)")
  func phcVector() async throws {
    let hasher = PasswordHasher()
    let right = try await hasher.verify("password", against: Self.vector)
    #expect(right.matches)
    #expect(right.isOutdated)
    #expect(try await hasher.verify("passwore", against: Self.vector).matches == false)
  }

  @Test("a new hash has today's parameters and its own salt (S6)")
  func newHash() async throws {
    let hasher = PasswordHasher()
    let one = try await hasher.hash("correct horse")
    let two = try await hasher.hash("correct horse")
    #expect(one.hasPrefix(PasswordHasher.prefix) && one != two)
    let verdict = try await hasher.verify("correct horse", against: one)
    #expect(verdict.matches && !verdict.isOutdated)
    #expect(hasher.finished == 3)
  }

  @Test("nobody's hash costs one hash and never matches (C-25)")
  func nobody() async throws {
    let hasher = PasswordHasher()
    #expect(try await hasher.verify("anything", against: nil).matches == false)
    #expect(hasher.finished == 1)
  }

  @Test("what neither runs nor waits is refused at once (C-25)")
  func overload() async throws {
    let hasher = PasswordHasher(limits: .init(concurrent: 1, waiting: 1))
    let refused = await withTaskGroup(of: Bool.self) { group in
      for _ in 0..<20 {
        group.addTask {
          do {
            _ = try await hasher.hash("correct horse")
            return false
          } catch { return true }
        }
      }
      return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
    }
    #expect(refused > 0)
    #expect(refused + hasher.finished == 20)
  }
}
