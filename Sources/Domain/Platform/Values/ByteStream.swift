/// Bytes that pass through piece by piece and are never held as a whole: a body that is uploaded or downloaded. Read once.
package final class ByteStream: Sendable {
  package typealias Source = @Sendable (_ take: ([UInt8]) async throws -> Void) async throws -> Void

  /// Bytes in all; `nil` when the sender has not said.
  package let length: Int?
  private let source: Source

  package init(length: Int?, _ source: @escaping Source) {
    self.length = length
    self.source = source
  }

  /// Hands every piece to `take`, in order; the next one is not fetched before it returns.
  /// - Throws: whatever the source or `take` throws; the rest is then never read.
  package func read(_ take: ([UInt8]) async throws -> Void) async throws {
    try await source(take)
  }
}

extension ByteStream: Hashable {
  package static func == (left: ByteStream, right: ByteStream) -> Bool { left === right }
  package func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}
