import AsyncHTTPClient
import NIOCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Bytes of a blob, read piece by piece by one reader.
package final class BlobReading: Sendable {
  private enum Source: Sendable {
    case file(Int32)
    case response(HTTPClientResponse.Body)
  }

  package let range: Range<Int>
  private let source: Source

  init(file: Int32, _ range: Range<Int>) {
    source = .file(file)
    self.range = range
  }

  init(response: HTTPClientResponse.Body, _ range: Range<Int>) {
    source = .response(response)
    self.range = range
  }

  deinit {
    switch source {
    case .file(let descriptor): close(descriptor)
    case .response: break
    }
  }

  /// Hands all bytes of the range to `take`, in order.
  /// - Throws: `BlobError.unavailable` when there are fewer, and whatever `take` throws.
  package func read(_ take: ([UInt8]) async throws -> Void) async throws {
    switch source {
    case .file(let descriptor):
      var position = range.lowerBound
      while let bytes = try await piece(of: descriptor, at: position) {
        position += bytes.count
        try await take(bytes)
      }
    case .response(let body):
      var count = 0
      for try await buffer in body {
        count += buffer.readableBytes
        try await take(Array(buffer: buffer))
      }
      if count != range.count { throw BlobError.unavailable("the bucket sent \(count) bytes of \(range.count)") }
    }
  }

  /// For bodies that are pulled: the next bytes of a file from a position on; `nil` at the end.
  func bytes(from position: Int) async throws -> [UInt8]? {
    switch source {
    case .file(let descriptor): try await piece(of: descriptor, at: position)
    case .response: nil
    }
  }

  private func piece(of descriptor: Int32, at position: Int) async throws -> [UInt8]? {
    guard position < range.upperBound else { return nil }
    let count = min(Disk.chunk, range.upperBound - position)
    // The file stays open as long as this does.
    let bytes = try await Disk.run { [self] in
      try withExtendedLifetime(self) { try Disk.read(descriptor, at: position, count: count) }
    }
    if bytes.isEmpty { throw BlobError.unavailable("the file is shorter than its blob") }
    return bytes
  }
}
