import Crypto
import Foundation
import NIOCore
import NIOPosix
import Testing

@testable import Blobs

/// A folder of its own, gone afterwards.
func withFolder(_ body: (String) async throws -> Void) async throws {
  let folder = FileManager.default.temporaryDirectory.appending(path: "blobs-\(UUID().uuidString)").path()
  defer { try? FileManager.default.removeItem(atPath: folder) }
  try await body(folder)
}

extension BlobStore {
  /// Uploads bytes in pieces and keeps them.
  func keep(_ bytes: [UInt8], name: String = UUID().uuidString, pieces: Int = 1_000) async throws -> BlobDigest {
    let upload = try await begin(named: name, expecting: bytes.count)
    for start in stride(from: 0, to: bytes.count, by: pieces) {
      try await upload.append(Array(bytes[start..<min(bytes.count, start + pieces)]))
    }
    let staged = try await upload.finish()
    try await keep(staged)
    return staged.digest
  }

  func read(_ digest: BlobDigest, _ range: Range<Int>) async throws -> [UInt8] {
    var bytes: [UInt8] = []
    try await open(digest, range).read { bytes += $0 }
    return bytes
  }
}

@Suite("The store of blobs in a folder", .timeLimit(.minutes(20))) struct BlobStoreTests {
  private let bytes = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }

  private func files(_ folder: String) -> [String] {
    let all = FileManager.default.enumerator(atPath: folder)?.allObjects.compactMap { $0 as? String } ?? []
    return all.filter {
      var isFolder: ObjCBool = false
      return FileManager.default.fileExists(atPath: "\(folder)/\($0)", isDirectory: &isFolder) && !isFolder.boolValue
    }.sorted()
  }

  @Test("files come and go while all threads that the process shares are held up, by the resolver of names say (R17)")
  func threadsOfItsOwn() async throws {
    try await withFolder { folder in
      let store = BlobStore(root: folder, reserve: 0, place: .folder)
      let release = DispatchSemaphore(value: 0)
      let held = (0..<System.coreCount * 2).map { _ in
        Task { try await NIOThreadPool.singleton.runIfActive { release.wait() } }
      }
      // Held up until the file was read: were the threads the same, this would never end.
      let digest = try await store.keep(bytes)
      #expect(try await store.read(digest, 0..<4) == Array(bytes[0..<4]))
      for _ in held { release.signal() }
      for task in held { try await task.value }
    }
  }

  @Test("bytes lie under their SHA-256 in two levels of folders, once however often they come")
  func contentAddressed() async throws {
    try await withFolder { folder in
      let store = BlobStore(root: folder, reserve: 0, place: .folder)
      let digest = try await store.keep(bytes)
      let name = SHA256.hash(data: bytes).map { String(format: "%02x", $0) }.joined()
      #expect(digest.description == name)
      #expect(files(folder) == ["\(name.prefix(2))/\(name.dropFirst(2).prefix(2))/\(name)"])
      #expect(try await store.keep(bytes, pieces: 77_777) == digest)
      #expect(files(folder).count == 1)
      let mode = try FileManager.default.attributesOfItem(atPath: "\(folder)/\(files(folder)[0])")[.posixPermissions]
      #expect(mode as? Int == 0o600)
      #expect(try await store.read(digest, 0..<bytes.count) == bytes)
      #expect(try await store.read(digest, 130_000..<270_001) == Array(bytes[130_000..<270_001]))
    }
  }

  @Test("32 uploads of the same bytes at once leave one blob and nothing else")
  func parallel() async throws {
    try await withFolder { folder in
      let store = BlobStore(root: folder, reserve: 0, place: .folder)
      try await withThrowingTaskGroup(of: BlobDigest.self) { group in
        for _ in 0..<32 { group.addTask { try await store.keep(bytes, pieces: 9_999) } }
        for try await digest in group { #expect(try await store.holds(digest)) }
      }
      #expect(files(folder).count == 1)
    }
  }

  @Test("an upload that is given up, forgotten or cancelled leaves nothing")
  func givenUp() async throws {
    try await withFolder { folder in
      let store = BlobStore(root: folder, reserve: 0, place: .folder)
      let discarded = try await store.begin(named: "a", expecting: 0)
      try await discarded.append(bytes)
      #expect(files(folder) == ["incoming/a"])
      discarded.discard()
      #expect(files(folder).isEmpty)
      do {
        let forgotten = try await store.begin(named: "b", expecting: 0)
        try await forgotten.append([1])
      }
      #expect(files(folder).isEmpty)
      let cancelled = Task {
        let upload = try await store.begin(named: "c", expecting: 0)
        defer { upload.discard() }
        while true { try await upload.append([1]) }
      }
      while files(folder).isEmpty { await Task.yield() }
      cancelled.cancel()
      await #expect(throws: CancellationError.self) { try await cancelled.value }
      #expect(files(folder).isEmpty)
    }
  }

  @Test("uploads that a dead process left are swept when they are old, others stay")
  func sweep() async throws {
    try await withFolder { folder in
      let store = BlobStore(root: folder, reserve: 0, place: .folder)
      let digest = try await store.keep(bytes)
      for name in ["old", "new"] {
        try Data([1]).write(to: URL(filePath: "\(folder)/incoming/\(name)"))
      }
      try FileManager.default.setAttributes(
        [.modificationDate: Date(timeIntervalSince1970: 1_000)], ofItemAtPath: "\(folder)/incoming/old")
      #expect(try await store.sweep(unchangedSince: 2_000) == 1)
      #expect(files(folder).contains("incoming/new") && !files(folder).contains("incoming/old"))
      #expect(try await store.holds(digest))
    }
  }

  @Test("what is removed is missing, and removing it again is no error")
  func removed() async throws {
    try await withFolder { folder in
      let store = BlobStore(root: folder, reserve: 0, place: .folder)
      let digest = try await store.keep(bytes)
      try await store.remove(digest)
      try await store.remove(digest)
      #expect(try await !store.holds(digest))
      await #expect(throws: BlobError.missing(digest)) { try await store.open(digest, 0..<1) }
    }
  }

  @Test("no room is told from no access: the reserve, a full device, a folder that cannot be")
  func noRoom() async throws {
    try await withFolder { folder in
      let greedy = BlobStore(root: folder, reserve: 1 << 60, place: .folder)
      await #expect(throws: BlobError.full) { try await greedy.begin(named: "a", expecting: 1) }
      let announced = BlobStore(root: folder, reserve: 0, place: .folder)
      await #expect(throws: BlobError.full) { try await announced.begin(named: "a", expecting: .max) }
      #expect(files(folder).isEmpty)

      let device = open("/dev/full", O_WRONLY)
      defer { close(device) }
      #expect(throws: BlobError.full) { try Disk.write([1], to: device) }

      try Data().write(to: URL(filePath: "\(folder)/file"))
      let blocked = BlobStore(root: "\(folder)/file/below", reserve: 0, place: .folder)
      let error = await #expect(throws: BlobError.self) { try await blocked.begin(named: "a", expecting: 1) }
      #expect(error != nil && error != .full)
    }
  }
}
