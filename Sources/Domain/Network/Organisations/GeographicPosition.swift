/// A place in millionths of a degree (WGS 84): exact, and one decimetre fine.
package struct GeographicPosition: Hashable, Sendable {
  package let latitudeMicrodegrees: Int32
  package let longitudeMicrodegrees: Int32

  /// `nil` outside ±90° and ±180°.
  package init?(latitudeMicrodegrees: Int, longitudeMicrodegrees: Int) {
    guard (-90_000_000...90_000_000).contains(latitudeMicrodegrees),
      (-180_000_000...180_000_000).contains(longitudeMicrodegrees)
    else { return nil }
    self.latitudeMicrodegrees = Int32(latitudeMicrodegrees)
    self.longitudeMicrodegrees = Int32(longitudeMicrodegrees)
  }
}

extension GeographicPosition: CustomStringConvertible {
  /// `31.230416,121.473701`
  package var description: String { "\(latitude),\(longitude)" }

  /// Decimal degrees with six places.
  package var latitude: String { Self.text(latitudeMicrodegrees) }
  package var longitude: String { Self.text(longitudeMicrodegrees) }

  /// Decimal degrees with at most six places; `nil` for anything else and outside ±90° and ±180°.
  package init?(latitude: some StringProtocol, longitude: some StringProtocol) {
    guard let north = Self.microdegrees(latitude), let east = Self.microdegrees(longitude) else { return nil }
    self.init(latitudeMicrodegrees: north, longitudeMicrodegrees: east)
  }

  private static func text(_ value: Int32) -> String {
    let magnitude = value.magnitude
    let fraction = String(magnitude % 1_000_000)
    let padding = String(repeating: "0", count: 6 - fraction.utf8.count)
    return "\(value < 0 ? "-" : "")\(magnitude / 1_000_000).\(padding)\(fraction)"
  }

  private static func microdegrees(_ text: some StringProtocol) -> Int? {
    var bytes = Array(text.utf8)[...]
    let negative = bytes.first == UInt8(ascii: "-")
    if negative { bytes = bytes.dropFirst() }
    let parts = bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    guard (1...2).contains(parts.count), (1...3).contains(parts[0].count),
      parts.allSatisfy({ $0.allSatisfy { (0x30...0x39).contains($0) } })
    else { return nil }
    var fraction = parts.count == 2 ? Array(parts[1]) : []
    guard fraction.count <= 6, parts.count == 1 || !fraction.isEmpty else { return nil }
    while fraction.count < 6 { fraction.append(0x30) }
    let value = (Array(parts[0]) + fraction).reduce(0) { $0 * 10 + Int($1 - 0x30) }
    return negative ? -value : value
  }
}
