/// An amount in hundredths: columns of `numeric(p,2)`.
package struct MinorUnits: Hashable, Sendable {
  package var value: Int64

  package init(_ value: Int64) { self.value = value }
  package init(value: Int64) { self.value = value }
}

extension MinorUnits: PostgresCodable {
  package static var postgresType: PostgresType { .numeric }

  package func encode(into buffer: inout PostgresBuffer) {
    // Groups of four decimal digits: the fraction is one group, hundredths times 100.
    let magnitude = value.magnitude
    var whole = magnitude / 100
    let fraction = UInt16(magnitude % 100) * 100
    var groups: [UInt16] = []
    while whole > 0 {
      groups.append(UInt16(whole % 10_000))
      whole /= 10_000
    }
    var digits = Array(groups.reversed())
    let weight = digits.count - 1
    if fraction > 0 { digits.append(fraction) }
    NumericParts(digits: digits, weight: weight, isNegative: value < 0, scale: 2).write(into: &buffer)
  }

  /// Exact in two places or an error: money is never rounded on the way in.
  package static func decode(
    _ bytes: UnsafeRawBufferPointer, as type: PostgresType
  ) throws(PostgresDecodingFailure) -> MinorUnits {
    guard type == .numeric else { throw .typeMismatch }
    let parts = try NumericParts(bytes)
    guard parts.scale == 2 else { throw .invalid("numeric that has not exactly two places") }
    var value: Int64 = 0
    // Groups down to weight -1, whose last two digits lie beyond the hundredths.
    var position = parts.weight
    for digit in parts.digits {
      guard position >= -1 else { throw .invalid("numeric that is not exact in two places") }
      let factor: Int64 = position == -1 ? 100 : 10_000
      let digit = position == -1 ? Int64(digit) / 100 : Int64(digit)
      if position == -1, parts.digits.last.map({ $0 % 100 != 0 }) ?? false {
        throw .invalid("numeric that is not exact in two places")
      }
      value = try accumulate(value, factor, digit, isNegative: parts.isNegative)
      position -= 1
    }
    // Groups that PostgreSQL leaves out because they are zero.
    if !parts.digits.isEmpty {
      while position >= -1 {
        value = try accumulate(value, position == -1 ? 100 : 10_000, 0, isNegative: parts.isNegative)
        position -= 1
      }
    }
    return MinorUnits(value)
  }

  /// Builds the negative downwards, so that the smallest Int64 is reached.
  private static func accumulate(
    _ value: Int64, _ factor: Int64, _ digit: Int64, isNegative: Bool
  ) throws(PostgresDecodingFailure) -> Int64 {
    let (shifted, overflow) = value.multipliedReportingOverflow(by: factor)
    let (sum, carry) =
      isNegative ? shifted.subtractingReportingOverflow(digit) : shifted.addingReportingOverflow(digit)
    guard !overflow, !carry else { throw .invalid("numeric out of range") }
    return sum
  }
}

/// A numeric of any size, exactly.
package struct ExactDecimal: Hashable, Sendable {
  package let isNegative: Bool
  /// Decimal digits of the value without its point, the most significant first, no leading zeros; empty is zero.
  package let digits: [UInt8]
  /// Number of places after the point, 0 to 16,383.
  package let scale: Int

  /// Nil unless the text is `[-]digits[.digits]` within PostgreSQL's limits.
  package init?(_ text: String) {
    var digits: [UInt8] = []
    var scale = 0
    var hasPoint = false
    var hasDigit = false
    var negative = false
    for (index, byte) in text.utf8.enumerated() {
      switch byte {
      case UInt8(ascii: "-") where index == 0: negative = true
      case UInt8(ascii: ".") where !hasPoint && hasDigit: hasPoint = true
      case UInt8(ascii: "0")...UInt8(ascii: "9"):
        hasDigit = true
        if hasPoint { scale += 1 }
        let digit = byte - UInt8(ascii: "0")
        if !digits.isEmpty || digit != 0 { digits.append(digit) }
      default: return nil
      }
    }
    guard hasDigit, !(hasPoint && scale == 0), scale <= 16_383, digits.count - scale <= 131_072 else { return nil }
    self.init(digits: digits, scale: scale, isNegative: negative)
  }

  private init(digits: [UInt8], scale: Int, isNegative: Bool) {
    self.digits = digits
    self.scale = scale
    self.isNegative = isNegative && !digits.isEmpty
  }
}

extension ExactDecimal: CustomStringConvertible {
  package var description: String {
    var bytes = digits.map { $0 + UInt8(ascii: "0") }
    let missing = scale + 1 - bytes.count
    if missing > 0 { bytes.insert(contentsOf: repeatElement(UInt8(ascii: "0"), count: missing), at: 0) }
    if scale > 0 { bytes.insert(UInt8(ascii: "."), at: bytes.count - scale) }
    if isNegative { bytes.insert(UInt8(ascii: "-"), at: 0) }
    return String(decoding: bytes, as: UTF8.self)
  }
}

extension ExactDecimal: PostgresCodable {
  package static var postgresType: PostgresType { .numeric }

  package func encode(into buffer: inout PostgresBuffer) {
    // Pad to whole groups of four on both sides of the point.
    let right = (4 - scale % 4) % 4
    let whole = max(digits.count - scale, 0)
    let left = (4 - whole % 4) % 4
    var padded = [UInt8](repeating: 0, count: left + max(scale - digits.count, 0))
    padded.append(contentsOf: digits)
    padded.append(contentsOf: repeatElement(0, count: right))
    var groups: [UInt16] = []
    groups.reserveCapacity(padded.count / 4)
    for start in stride(from: 0, to: padded.count, by: 4) {
      groups.append(padded[start..<start + 4].reduce(0) { $0 * 10 + UInt16($1) })
    }
    var weight = (whole + left) / 4 - 1
    while let first = groups.first, first == 0 {
      groups.removeFirst()
      weight -= 1
    }
    while let last = groups.last, last == 0 { groups.removeLast() }
    NumericParts(digits: groups, weight: groups.isEmpty ? 0 : weight, isNegative: isNegative, scale: scale)
      .write(into: &buffer)
  }

  package static func decode(
    _ bytes: UnsafeRawBufferPointer, as type: PostgresType
  ) throws(PostgresDecodingFailure) -> ExactDecimal {
    guard type == .numeric else { throw .typeMismatch }
    let parts = try NumericParts(bytes)
    var digits: [UInt8] = []
    // From the most significant group to the last place of the scale.
    let lowest = -((parts.scale + 3) / 4)
    var position = max(parts.weight, -1)
    while position >= lowest {
      let index = parts.weight - position
      let group = index >= 0 && index < parts.digits.count ? parts.digits[index] : 0
      for divisor: UInt16 in [1_000, 100, 10, 1] { digits.append(UInt8(group / divisor % 10)) }
      position -= 1
    }
    digits.removeLast((4 - parts.scale % 4) % 4)
    let leading = digits.prefix { $0 == 0 }.count
    digits.removeFirst(leading)
    return ExactDecimal(digits: digits, scale: parts.scale, isNegative: parts.isNegative)
  }
}

/// PostgreSQL's binary numeric: groups of four decimal digits, the first of weight 10,000^weight.
private struct NumericParts {
  var digits: [UInt16]
  var weight: Int
  var isNegative: Bool
  var scale: Int

  init(digits: [UInt16], weight: Int, isNegative: Bool, scale: Int) {
    self.digits = digits
    self.weight = weight
    self.isNegative = isNegative
    self.scale = scale
  }

  init(_ bytes: UnsafeRawBufferPointer) throws(PostgresDecodingFailure) {
    var reader = BinaryReader(bytes)
    let count = Int(try reader.read(UInt16.self))
    weight = Int(try reader.read(Int16.self))
    let sign = try reader.read(UInt16.self)
    guard sign == 0 || sign == 0x4000 else { throw .invalid("numeric that is not a number") }
    isNegative = sign == 0x4000
    scale = Int(try reader.read(UInt16.self))
    guard reader.remaining == count * 2 else { throw .invalid("value of unexpected length") }
    digits = []
    digits.reserveCapacity(count)
    for _ in 0..<count {
      let digit = try reader.read(UInt16.self)
      guard digit < 10_000 else { throw .invalid("malformed numeric") }
      digits.append(digit)
    }
  }

  func write(into buffer: inout PostgresBuffer) {
    guard let count = UInt16(exactly: digits.count), let weight = Int16(exactly: weight) else {
      buffer.refuse(.misuse("numeric out of range"))
      return
    }
    buffer.write(count)
    buffer.write(weight)
    buffer.write(UInt16(isNegative ? 0x4000 : 0))
    buffer.write(UInt16(truncatingIfNeeded: scale))
    for digit in digits { buffer.write(digit) }
  }
}
