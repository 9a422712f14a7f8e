import AsyncHTTPClient
import NIOCore
import NIOHTTP1

/// A bucket of an object store that speaks S3, addressed by path. Every request is signed with the hash of its body, so the
/// store refuses bytes that changed on their way.
package struct BlobBucket: Sendable {
  /// `https://s3.example.com`, without a slash at the end.
  private let endpoint: String
  private let host: String
  /// `/bucket/prefix`
  private let folder: String
  private let key: RequestSignature.Key
  private let clock: @Sendable () -> Int64
  private let timeout: TimeAmount

  /// - Parameters:
  ///   - url: `https://host[:port]/bucket[/prefix]`; letters, digits, `-`, `_`, `.` and `/` in the path.
  ///   - seconds: until a request that is not answered in full counts as failed.
  ///   - clock: Unix seconds.
  /// - Returns: `nil` for another form of address.
  package init?(
    url: String, key: RequestSignature.Key, seconds: Int64 = 120, clock: @escaping @Sendable () -> Int64
  ) {
    guard url.hasPrefix("https://") || url.hasPrefix("http://") else { return nil }
    let parts = url.split(separator: "/", omittingEmptySubsequences: false)
    let names = parts.dropFirst(3)
    guard parts.count >= 4, !parts[2].isEmpty, names.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy(Self.isPlain) })
    else { return nil }
    endpoint = "\(parts[0])//\(parts[2])"
    host = String(parts[2])
    folder = "/" + names.joined(separator: "/")
    self.key = key
    timeout = .seconds(seconds)
    self.clock = clock
  }

  private static func isPlain(_ unit: UInt8) -> Bool {
    switch unit {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
      true
    default: false
    }
  }

  /// Bytes of the blob, `nil` if the bucket does not hold it.
  func size(of digest: BlobDigest) async throws -> Int? {
    let response = try await send(.HEAD, digest)
    switch response.status.code {
    case 200: return response.headers.first(name: "content-length").flatMap { Int($0) }
    case 404: return nil
    default: throw Self.failure(response.status)
    }
  }

  func put(_ staged: StagedBlob) async throws {
    guard let file = try await Disk.run({ try Disk.openForReading(staged.path) }) else {
      throw BlobError.unavailable("the staged file is gone")
    }
    let reading = BlobReading(file: file.descriptor, 0..<staged.size)
    let response = try await send(
      .PUT, staged.digest, contentHash: staged.digest.description,
      body: .stream(FileBytes(reading: reading), length: .known(Int64(staged.size))))
    guard (200..<300).contains(response.status.code) else { throw Self.failure(response.status) }
  }

  func open(_ digest: BlobDigest, _ range: Range<Int>) async throws -> BlobReading {
    let header = range.isEmpty ? [] : [(name: "range", value: "bytes=\(range.lowerBound)-\(range.upperBound - 1)")]
    let response = try await send(.GET, digest, header)
    switch response.status.code {
    case 200, 206: return BlobReading(response: response.body, range)
    case 404: throw BlobError.missing(digest)
    default: throw Self.failure(response.status)
    }
  }

  func remove(_ digest: BlobDigest) async throws {
    let response = try await send(.DELETE, digest)
    guard (200..<300).contains(response.status.code) || response.status == .notFound else {
      throw Self.failure(response.status)
    }
  }

  private func send(
    _ method: HTTPMethod, _ digest: BlobDigest, _ headers: [(name: String, value: String)] = [],
    contentHash: String = RequestSignature.emptyHash, body: HTTPClientRequest.Body? = nil
  ) async throws -> HTTPClientResponse {
    let path = "\(folder)/\(digest.path)"
    let signature = RequestSignature(
      method.rawValue, path, headers: headers + [("host", host)], contentHash: contentHash, key: key, at: clock())
    var request = HTTPClientRequest(url: endpoint + path)
    request.method = method
    request.headers = HTTPHeaders(signature.headers.map { ($0.name, $0.value) })
    request.body = body
    do {
      // The limit holds until the last byte of the answer, which goes on to a client that may be slow.
      return try await HTTPClient.shared.execute(request, timeout: method == .GET ? .hours(1) : timeout)
    } catch is CancellationError {
      throw CancellationError()
    } catch let error as BlobError {
      throw error
    } catch {
      throw BlobError.unavailable("\(method.rawValue): \(error)")
    }
  }

  private static func failure(_ status: HTTPResponseStatus) -> BlobError {
    status.code == 507 ? .full : .unavailable("the bucket answered \(status.code)")
  }
}

/// A staged file as the body of a request.
private struct FileBytes: AsyncSequence, Sendable {
  typealias Element = ByteBuffer
  let reading: BlobReading

  struct AsyncIterator: AsyncIteratorProtocol {
    let reading: BlobReading
    var position = 0

    mutating func next() async throws -> ByteBuffer? {
      guard let bytes = try await reading.bytes(from: position) else { return nil }
      position += bytes.count
      return ByteBuffer(bytes: bytes)
    }
  }

  func makeAsyncIterator() -> AsyncIterator { AsyncIterator(reading: reading) }
}
