/// Arrays of pointers, lengths and formats for libpq, reused for every statement. Belongs to the I/O thread.
final class SendScratch {
  typealias Values = UnsafePointer<UnsafePointer<CChar>?>
  typealias Numbers = UnsafePointer<Int32>

  private var capacity = 64
  private var values: UnsafeMutablePointer<UnsafePointer<CChar>?>
  private var lengths: UnsafeMutablePointer<Int32>
  private var formats: UnsafeMutablePointer<Int32>
  /// What an empty value points at, since a nil pointer means null.
  private let empty: UnsafeMutablePointer<CChar>

  init() {
    values = .allocate(capacity: capacity)
    lengths = .allocate(capacity: capacity)
    formats = .allocate(capacity: capacity)
    formats.initialize(repeating: 1, count: capacity)
    empty = .allocate(capacity: 1)
    empty.initialize(to: 0)
  }

  deinit {
    values.deallocate()
    lengths.deallocate()
    formats.deallocate()
    empty.deallocate()
  }

  private func reserve(_ count: Int) {
    guard count > capacity else { return }
    values.deallocate()
    lengths.deallocate()
    formats.deallocate()
    capacity = count
    values = .allocate(capacity: count)
    lengths = .allocate(capacity: count)
    formats = .allocate(capacity: count)
    formats.initialize(repeating: 1, count: count)
  }

  /// The binds as libpq wants them; the pointers are valid within the closure.
  func withBinds<T>(_ binds: PostgresBuffer, _ body: (Values, Numbers, Numbers) -> T) -> T {
    reserve(binds.count)
    return binds.bytes.withUnsafeBytes { bytes in
      var offset = 0
      for (index, length) in binds.lengths.enumerated() {
        lengths[index] = max(length, 0)
        if length < 0 {
          values[index] = nil
        } else if length == 0 {
          values[index] = UnsafePointer(empty)
        } else {
          values[index] = bytes.baseAddress.map { ($0 + offset).assumingMemoryBound(to: CChar.self) }
          offset += Int(length)
        }
      }
      return body(UnsafePointer(values), UnsafePointer(lengths), UnsafePointer(formats))
    }
  }
}
