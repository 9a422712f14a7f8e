/// An IPv4 address in 4 bytes or an IPv6 address in 16, to be judged before anything is sent to it (quality S9).
package struct InternetAddress: Hashable, Sendable, CustomStringConvertible {
  package let bytes: [UInt8]

  /// - Parameter bytes: 4 or 16.
  package init?(bytes: [UInt8]) {
    guard bytes.count == 4 || bytes.count == 16 else { return nil }
    self.bytes = bytes
  }

  /// A literal: four decimal numbers, or the text form of RFC 4291 without zone and brackets.
  package init?(_ text: some StringProtocol) {
    guard let bytes = text.contains(":") ? Self.version6(text) : Self.version4(text) else { return nil }
    self.bytes = bytes
  }

  private static func version4(_ text: some StringProtocol) -> [UInt8]? {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 4 else { return nil }
    let bytes = parts.compactMap { part -> UInt8? in
      // A leading zero is octal to some.
      guard !part.isEmpty, part.utf8.allSatisfy({ (48...57).contains($0) }), part == "0" || !part.hasPrefix("0")
      else { return nil }
      return UInt8(part)
    }
    return bytes.count == 4 ? bytes : nil
  }

  private static func version6(_ text: some StringProtocol) -> [UInt8]? {
    guard text.utf8.count <= 45 else { return nil }
    let halves = String(text).split(separator: "::", omittingEmptySubsequences: false)
    // Three colons, or two gaps.
    guard halves.count <= 2, !text.contains(":::") else { return nil }
    guard let head = groups(halves[0], isLast: halves.count == 1) else { return nil }
    if halves.count == 1 { return head.count == 16 ? head : nil }
    guard let tail = groups(halves[1], isLast: true), head.count + tail.count <= 14 else { return nil }
    return head + [UInt8](repeating: 0, count: 16 - head.count - tail.count) + tail
  }

  private static func groups(_ text: Substring, isLast: Bool) -> [UInt8]? {
    if text.isEmpty { return [] }
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    var bytes: [UInt8] = []
    for (index, part) in parts.enumerated() {
      if isLast, index == parts.count - 1, part.contains(".") {
        guard let four = version4(part) else { return nil }
        bytes += four
      } else {
        guard (1...4).contains(part.utf8.count), !part.hasPrefix("+"), !part.hasPrefix("-"),
          let group = UInt16(part, radix: 16)
        else { return nil }
        bytes += [UInt8(group >> 8), UInt8(group & 0xFF)]
      }
    }
    return bytes
  }

  package var description: String {
    if bytes.count == 4 { return bytes.map { "\($0)" }.joined(separator: ".") }
    return stride(from: 0, to: 16, by: 2).map {
      String(UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1]), radix: 16)
    }.joined(separator: ":")
  }

  /// The IPv4 address that an IPv6 address means: mapped, compatible, translated (NAT64) or 6to4.
  private var embedded: InternetAddress? {
    guard bytes.count == 16 else { return nil }
    let mapped = [UInt8](repeating: 0, count: 10)
    if bytes.starts(with: mapped), bytes[10] == 0xFF && bytes[11] == 0xFF || bytes[10] == 0 && bytes[11] == 0 {
      return InternetAddress(bytes: Array(bytes[12...]))
    }
    if bytes.starts(with: [0x00, 0x64, 0xFF, 0x9B] + [UInt8](repeating: 0, count: 8)) {
      return InternetAddress(bytes: Array(bytes[12...]))
    }
    if bytes.starts(with: [0x20, 0x02]) { return InternetAddress(bytes: Array(bytes[2..<6])) }
    return nil
  }

  package var isLoopback: Bool {
    if bytes.count == 4 { return bytes[0] == 127 }
    if bytes.dropLast().allSatisfy({ $0 == 0 }), bytes[15] == 1 { return true }
    return bytes.starts(with: [UInt8](repeating: 0, count: 10) + [0xFF, 0xFF]) && bytes[12] == 127
  }

  /// Whether it is an address of the public Internet: no loopback, private, link-local (clouds' metadata), shared, multicast,
  /// documentation, benchmark or reserved one, in no disguise.
  package var isPublic: Bool {
    if bytes.count == 4 { return !Self.reserved4.contains { $0.contains(bytes) } }
    // ::/96 holds unspecified and loopback; what else embeds an address is as public as that.
    if let embedded { return embedded.isPublic && !(bytes.starts(with: [0, 0]) && bytes[10] == 0) }
    // Only 2000::/3 is given out.
    guard bytes[0] & 0xE0 == 0x20 else { return false }
    return !Self.reserved6.contains { $0.contains(bytes) }
  }

  private struct Block {
    let base: [UInt8]
    let length: Int

    init(_ base: [UInt8], _ length: Int) {
      self.base = base
      self.length = length
    }

    func contains(_ bytes: [UInt8]) -> Bool {
      for bit in 0..<length {
        let mask = UInt8(0x80) >> UInt8(bit % 8)
        let index = bit / 8
        let own = index < base.count ? base[index] : 0
        if (bytes[index] ^ own) & mask != 0 { return false }
      }
      return true
    }
  }

  /// IANA's special-purpose registry.
  private static let reserved4 = [
    Block([0], 8), Block([10], 8), Block([100, 64], 10), Block([127], 8), Block([169, 254], 16), Block([172, 16], 12),
    Block([192, 0, 0], 24), Block([192, 0, 2], 24), Block([192, 88, 99], 24), Block([192, 168], 16),
    Block([198, 18], 15), Block([198, 51, 100], 24), Block([203, 0, 113], 24), Block([224], 4), Block([240], 4),
  ]
  private static let reserved6 = [
    // Teredo, ORCHID and the rest of IETF's own; documentation.
    Block([0x20, 0x01, 0x00], 23), Block([0x20, 0x01, 0x0D, 0xB8], 32), Block([0x3F, 0xFF], 20),
  ]
}
