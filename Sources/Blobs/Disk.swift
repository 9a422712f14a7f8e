import NIOPosix

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The few calls of the system that a store needs. They block, so all but `unlink` run on threads that are there for it.
enum Disk {
  /// Bytes that are read at once.
  static let chunk = 128 * 1024

  /// The process's common pool has a thread per core: whatever else blocks there, the resolver of names above all, would keep every
  /// file waiting, and a few slow `fsync` every read.
  private static let threads: NIOThreadPool = {
    let pool = NIOThreadPool(numberOfThreads: 16)
    pool.start()
    return pool
  }()

  static func run<Output: Sendable>(_ work: @escaping @Sendable () throws -> Output) async throws -> Output {
    try await threads.runIfActive(work)
  }

  /// A new file that nobody else may read.
  static func create(_ path: String) throws(BlobError) -> Int32 {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    if descriptor < 0 { throw .system(errno, "create") }
    return descriptor
  }

  static func openForReading(_ path: String) throws(BlobError) -> (descriptor: Int32, size: Int)? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    if descriptor < 0 {
      if errno == ENOENT { return nil }
      throw .system(errno, "open")
    }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      let code = errno
      close(descriptor)
      throw .system(code, "stat")
    }
    return (descriptor, Int(status.st_size))
  }

  static func write(_ bytes: [UInt8], to descriptor: Int32) throws(BlobError) {
    var written = 0
    while written < bytes.count {
      let count = bytes.withUnsafeBytes { buffer in
        systemWrite(descriptor, buffer.baseAddress.map { $0 + written }, buffer.count - written)
      }
      if count < 0 {
        if errno == EINTR { continue }
        throw .system(errno, "write")
      }
      written += count
    }
  }

  /// - Returns: fewer bytes than asked for only at the end of the file.
  static func read(_ descriptor: Int32, at offset: Int, count: Int) throws(BlobError) -> [UInt8] {
    var failure: Int32?
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      while filled < count {
        let got = pread(descriptor, buffer.baseAddress.map { $0 + filled }, count - filled, off_t(offset + filled))
        if got < 0, errno == EINTR { continue }
        if got < 0 { failure = errno }
        if got <= 0 { break }
        filled += got
      }
    }
    if let failure { throw .system(failure, "read") }
    return bytes
  }

  static func synchronise(_ descriptor: Int32) throws(BlobError) {
    if fsync(descriptor) != 0 { throw .system(errno, "fsync") }
  }

  /// Makes the names in a folder durable.
  static func synchroniseFolder(_ path: String) throws(BlobError) {
    let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    if descriptor < 0 { throw .system(errno, "open folder") }
    defer { close(descriptor) }
    try synchronise(descriptor)
  }

  /// The folder and the ones above it, each new name durable in the one above.
  static func makeFolder(_ path: String) throws(BlobError) {
    if mkdir(path, 0o700) == 0 {
      return try synchroniseFolder(parent(of: path))
    }
    switch errno {
    case EEXIST: return
    case ENOENT:
      try makeFolder(parent(of: path))
      if mkdir(path, 0o700) != 0, errno != EEXIST { throw .system(errno, "mkdir") }
      try synchroniseFolder(parent(of: path))
    default: throw .system(errno, "mkdir")
    }
  }

  static func size(of path: String) throws(BlobError) -> Int? {
    var status = stat()
    if stat(path, &status) == 0 { return Int(status.st_size) }
    if errno == ENOENT { return nil }
    throw .system(errno, "stat")
  }

  static func move(_ path: String, to target: String) throws(BlobError) {
    if rename(path, target) != 0 { throw .system(errno, "rename") }
  }

  /// Nothing to remove is no error.
  static func remove(_ path: String) throws(BlobError) {
    if unlink(path) != 0, errno != ENOENT { throw .system(errno, "unlink") }
  }

  /// Bytes that an ordinary user may still write there.
  static func free(at path: String) throws(BlobError) -> UInt64 {
    var status = statvfs()
    if statvfs(path, &status) != 0 { throw .system(errno, "statvfs") }
    return UInt64(status.f_bavail) * UInt64(status.f_frsize)
  }

  /// Names in a folder with the second of their last change.
  static func list(_ path: String) throws(BlobError) -> [(name: String, changedAt: Int64)] {
    guard let folder = opendir(path) else {
      if errno == ENOENT { return [] }
      throw .system(errno, "opendir")
    }
    defer { closedir(folder) }
    var found: [(String, Int64)] = []
    while let entry = readdir(folder) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      var status = stat()
      guard !name.hasPrefix("."), stat("\(path)/\(name)", &status) == 0 else { continue }
      #if canImport(Darwin)
        found.append((name, Int64(status.st_mtimespec.tv_sec)))
      #else
        found.append((name, Int64(status.st_mtim.tv_sec)))
      #endif
    }
    return found
  }

  private static func parent(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  private static func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
    #if canImport(Glibc)
      Glibc.write(descriptor, bytes, count)
    #else
      Darwin.write(descriptor, bytes, count)
    #endif
  }
}
