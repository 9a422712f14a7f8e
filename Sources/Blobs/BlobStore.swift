/// Keeps bytes under their SHA-256, in a folder or in a bucket that speaks S3. The same bytes are kept once. Uploads go
/// through a folder on disk either way, so memory stays flat and the name is known before the store sees anything.
package struct BlobStore: Sendable {
  package enum Place: Sendable {
    case folder
    case bucket(BlobBucket)
  }

  private let root: String
  private let reserve: UInt64
  private let place: Place

  /// - Parameters:
  ///   - root: the folder of the blobs, or only of uploads on their way to a bucket; made when it is first needed.
  ///   - reserve: bytes that stay free on its disk; an upload that would need them is refused as `full`.
  package init(root: String, reserve: UInt64, place: Place) {
    self.root = root
    self.reserve = reserve
    self.place = place
  }

  private var incoming: String { "\(root)/incoming" }

  /// - Parameters:
  ///   - name: unique among all uploads at the same time.
  ///   - expected: bytes that are announced.
  /// - Throws: `BlobError.full`, `.unavailable`.
  package func begin(named name: String, expecting expected: Int) async throws -> BlobUpload {
    try await Disk.run {
      try Disk.makeFolder(incoming)
      let needed = reserve.addingReportingOverflow(UInt64(max(0, expected)))
      if try needed.overflow || Disk.free(at: incoming) < needed.partialValue { throw BlobError.full }
      return try BlobUpload(path: "\(incoming)/\(name)")
    }
  }

  /// Puts a blob under its digest, durably. What is there already stays.
  package func keep(_ staged: StagedBlob) async throws {
    switch place {
    case .folder:
      let target = "\(root)/\(staged.digest.path)"
      try await Disk.run {
        if try Disk.size(of: target) == staged.size { return try Disk.remove(staged.path) }
        let folder = String(target.dropLast(65))
        try Disk.makeFolder(folder)
        try Disk.move(staged.path, to: target)
        try Disk.synchroniseFolder(folder)
      }
    case .bucket(let bucket):
      if try await bucket.size(of: staged.digest) != staged.size { try await bucket.put(staged) }
      try await Disk.run { try Disk.remove(staged.path) }
    }
  }

  /// A part of a blob, or all of it, ready to be read.
  /// - Throws: `BlobError.missing`, `.unavailable`.
  package func open(_ digest: BlobDigest, _ range: Range<Int>) async throws -> BlobReading {
    switch place {
    case .folder:
      try await Disk.run {
        guard let file = try Disk.openForReading("\(root)/\(digest.path)") else { throw BlobError.missing(digest) }
        return BlobReading(file: file.descriptor, range)
      }
    case .bucket(let bucket): try await bucket.open(digest, range)
    }
  }

  package func holds(_ digest: BlobDigest) async throws -> Bool {
    switch place {
    case .folder: try await Disk.run { try Disk.size(of: "\(root)/\(digest.path)") != nil }
    case .bucket(let bucket): try await bucket.size(of: digest) != nil
    }
  }

  /// Nothing to remove is no error.
  package func remove(_ digest: BlobDigest) async throws {
    switch place {
    case .folder: try await Disk.run { try Disk.remove("\(root)/\(digest.path)") }
    case .bucket(let bucket): try await bucket.remove(digest)
    }
  }

  /// Removes uploads that were left lying when their process died.
  /// - Parameter second: Unix time; what changed since then may still be on its way.
  /// - Returns: how many were removed.
  package func sweep(unchangedSince second: Int64) async throws -> Int {
    try await Disk.run {
      let left = try Disk.list(incoming).filter { $0.changedAt < second }
      for file in left { try Disk.remove("\(incoming)/\(file.name)") }
      return left.count
    }
  }
}
