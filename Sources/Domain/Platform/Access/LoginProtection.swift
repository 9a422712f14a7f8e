/// Who is slowed down after failures: the account, known or not, and the address it came from (C-25).
package enum LoginTarget: String, Hashable, Sendable, CaseIterable {
  case account, address

  /// So many failures are forgiven: people mistype, and a whole station may share one address.
  package var forgiven: Int {
    switch self {
    case .account: 5
    case .address: 50
    }
  }

  /// The longest pause; short enough that nobody can lock a colleague out for long by failing in his name.
  package var longestPauseSeconds: Int64 { 300 }

  /// After so long without a failure the count starts anew.
  package static let memorySeconds: Int64 = 3600

  /// Exponential: 1 s after the first failure that is not forgiven, then 2, 4, 8 …
  package func pauseSeconds(afterFailures failures: Int) -> Int64 {
    guard failures > forgiven else { return 0 }
    let exponent = failures - forgiven - 1
    return exponent >= 9 ? longestPauseSeconds : min(longestPauseSeconds, 1 << Int64(exponent))
  }
}

/// What a password must be. Length is what counts; composition rules make people write passwords down.
package enum PasswordPolicy {
  package static let length = 10...128

  /// - Throws: `Refusal.invalid` with the pointer of the field.
  package static func check(_ password: String, username: String, pointer: String) throws(Refusal) {
    let count = password.unicodeScalars.count
    if count < length.lowerBound {
      throw .invalid([
        Violation(
          pointer: pointer, code: .tooShort, detail: "must have at least \(length.lowerBound) characters",
          limits: ["min": String(length.lowerBound)])
      ])
    }
    if count > length.upperBound || password.utf8.count > 4 * length.upperBound {
      throw .invalid([
        Violation(
          pointer: pointer, code: .tooLong, detail: "must have at most \(length.upperBound) characters",
          limits: ["max": String(length.upperBound)])
      ])
    }
    if password.lowercased() == username || Set(password).count < 4 {
      throw .invalid(pointer, .inconsistent, "is too easy to guess")
    }
  }
}
