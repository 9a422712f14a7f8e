import Crypto
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Bytes on their way into a store: written to a file with a name of its own and hashed while they come. Until `finish`
/// they are nobody's; `discard`, or forgetting the upload, leaves nothing behind.
package final class BlobUpload: Sendable {
  private struct State {
    var descriptor: Int32?
    var hash = SHA256()
    var count = 0
  }

  private let path: String
  private let state: Mutex<State>

  init(path: String) throws(BlobError) {
    self.path = path
    state = Mutex(State(descriptor: try Disk.create(path)))
  }

  deinit { discard() }

  /// - Throws: `BlobError`.
  package func append(_ bytes: [UInt8]) async throws {
    try await Disk.run { [self] in
      try state.withLock { state in
        guard let descriptor = state.descriptor else { throw BlobError.unavailable("append after the end") }
        try Disk.write(bytes, to: descriptor)
        state.hash.update(data: bytes)
        state.count += bytes.count
      }
    }
  }

  /// Makes the bytes durable under their temporary name.
  package func finish() async throws -> StagedBlob {
    try await Disk.run { [self] in
      try state.withLock { state in
        guard let descriptor = state.descriptor else { throw BlobError.unavailable("finished twice") }
        try Disk.synchronise(descriptor)
        close(descriptor)
        state.descriptor = nil
        return StagedBlob(digest: BlobDigest(hash: state.hash.finalize()), size: state.count, path: path)
      }
    }
  }

  /// Removes the temporary file; after the blob was placed there is none. Also in a cancelled task.
  package func discard() {
    state.withLock { state in
      if let descriptor = state.descriptor { close(descriptor) }
      state.descriptor = nil
    }
    try? Disk.remove(path)
  }
}

/// Bytes that are complete and durable, but not in the store yet.
package struct StagedBlob: Sendable {
  package let digest: BlobDigest
  package let size: Int
  let path: String
}
