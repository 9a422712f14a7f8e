#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// An IPv4 or IPv6 address as 16 bytes (IPv4 mapped), comparable without its spelling.
package struct IPAddress: Hashable, Sendable {
  let high: UInt64
  let low: UInt64

  /// Literal address without port and brackets; `nil` for anything else, names included.
  package init?(_ text: String) {
    var version4 = in_addr()
    if inet_pton(AF_INET, text, &version4) == 1 {
      high = 0
      low = 0xFFFF_0000_0000 | UInt64(UInt32(bigEndian: version4.s_addr))
      return
    }
    var version6 = in6_addr()
    guard inet_pton(AF_INET6, text, &version6) == 1 else { return nil }
    (high, low) = withUnsafeBytes(of: &version6) {
      (
        UInt64(bigEndian: $0.loadUnaligned(as: UInt64.self)),
        UInt64(bigEndian: $0.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
      )
    }
  }

  private init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  var isVersion4: Bool { high == 0 && low >> 32 == 0xFFFF }

  /// What one customer line owns: the address itself, or the /64 of an IPv6 address.
  var network: IPAddress { isVersion4 ? self : IPAddress(high: high, low: 0) }
}

/// An address range in CIDR notation (`10.0.0.0/8`, `::1`).
package struct IPRange: Hashable, Sendable {
  private let base: IPAddress
  /// Length of the prefix in the 128-bit form.
  private let length: Int

  package init?(_ text: some StringProtocol) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard (1...2).contains(parts.count), let base = IPAddress(String(parts[0])) else { return nil }
    let width = base.isVersion4 ? 32 : 128
    var length = width
    if parts.count == 2 {
      guard let given = Int(parts[1]), (0...width).contains(given) else { return nil }
      length = given
    }
    self.base = base
    self.length = length + 128 - width
  }

  package func contains(_ address: IPAddress) -> Bool {
    func mask(_ bits: Int) -> UInt64 { bits <= 0 ? 0 : bits >= 64 ? .max : .max << UInt64(64 - bits) }
    return (address.high ^ base.high) & mask(length) == 0 && (address.low ^ base.low) & mask(length - 64) == 0
  }
}
