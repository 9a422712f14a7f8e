/// Bound values in PostgreSQL's binary format, one after another.
package struct PostgresBuffer: Sendable {
  private(set) var bytes: [UInt8] = []
  /// Length of each bind; -1 is null.
  private(set) var lengths: [Int32] = []
  private(set) var types: [UInt32] = []
  private(set) var problem: PostgresError?
  private var isNull = false

  init() {}

  var count: Int { lengths.count }

  mutating func bind<T: PostgresEncodable>(_ value: T) {
    let start = bytes.count
    isNull = false
    value.encode(into: &self)
    let length = bytes.count - start
    if length > Int(Int32.max) { refuse(.misuse("bind longer than 2 GiB")) }
    lengths.append(isNull ? -1 : Int32(truncatingIfNeeded: length))
    types.append(T.postgresType.rawValue)
  }

  mutating func append(_ other: PostgresBuffer) {
    bytes.append(contentsOf: other.bytes)
    lengths.append(contentsOf: other.lengths)
    types.append(contentsOf: other.types)
    problem = problem ?? other.problem
  }

  /// Marks the value being bound as null.
  package mutating func writeNull() {
    isNull = true
  }

  /// Appends an integer in network byte order.
  package mutating func write<I: FixedWidthInteger>(_ value: I) {
    withUnsafeBytes(of: value.bigEndian) { bytes.append(contentsOf: $0) }
  }

  package mutating func write(bytes more: some Sequence<UInt8>) {
    bytes.append(contentsOf: more)
  }

  /// Appends text; U+0000 in it makes the statement throw `PostgresError.invalidText` when it is run.
  package mutating func write(text: String) {
    var text = text
    text.withUTF8 { utf8 in
      if utf8.contains(0) { refuse(.invalidText) }
      bytes.append(contentsOf: utf8)
    }
  }

  /// Makes the statement throw when it is run; the first problem wins.
  package mutating func refuse(_ error: PostgresError) {
    problem = problem ?? error
  }

  /// An element of an array: length, then bytes. Returns whether it was null.
  mutating func writeElement<T: PostgresEncodable>(_ element: T) -> Bool {
    let outer = isNull
    isNull = false
    let start = bytes.count
    write(Int32(-1))
    element.encode(into: &self)
    let wasNull = isNull
    isNull = outer
    if !wasNull { patch(Int32(truncatingIfNeeded: bytes.count - start - 4), at: start) }
    return wasNull
  }

  /// Overwrites four bytes; `offset` counts from the start of the buffer.
  mutating func patch(_ value: Int32, at offset: Int) {
    withUnsafeBytes(of: value.bigEndian) { source in
      for index in 0..<4 { bytes[offset + index] = source[index] }
    }
  }

  var end: Int { bytes.count }
}
