import Crypto
import FoundationEssentials

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The key that signs what the server hands out (cursors, progress links); the same on every instance.
struct SecretKey: Sendable, CustomStringConvertible, CustomDebugStringConvertible {
  private let bytes: [UInt8]

  var description: String { "secret" }
  var debugDescription: String { description }

  /// A key of 32 bytes of its own for each purpose (HKDF, RFC 5869), so that a signature for one means nothing for another and
  /// none tells anything about the rest.
  func derived(for purpose: String) -> [UInt8] {
    HKDF<SHA256>.deriveKey(
      inputKeyMaterial: SymmetricKey(data: bytes), salt: Array("aftersales".utf8), info: Array(purpose.utf8),
      outputByteCount: 32
    ).withUnsafeBytes { Array($0) }
  }

  /// Signs nothing that anybody would get to see.
  static let none = SecretKey(bytes: [UInt8](repeating: 0, count: 32))

  /// At least 32 bytes, as hexadecimal digits. Without any a development server makes one and keeps it in the secret file.
  static func load(_ settings: Settings) throws -> SecretKey {
    if let text = settings.secretKey { return try parse(text, from: "AFTERSALES_SECRET_KEY") }
    let path = settings.secretFile ?? (settings.stage == .development ? ".run/secret" : nil)
    guard let path else {
      throw SettingsError(description: "AFTERSALES_SECRET_FILE is not set: a file with a key of 64 hexadecimal digits")
    }
    return try parse(SecretFile.read(path, settings.stage) { SecretFile.key() }, from: path)
  }

  private static func parse(_ text: String, from source: String) throws(SettingsError) -> SecretKey {
    guard let bytes = SecretFile.bytes(text.filter { !$0.isWhitespace }), bytes.count >= 32 else {
      throw SettingsError(description: "\(source): a key is at least 64 hexadecimal digits")
    }
    return SecretKey(bytes: bytes)
  }
}

/// Keys in files, as hexadecimal digits.
enum SecretFile {
  /// What stands in the file; a development server makes one that is missing.
  static func read(_ path: String, _ stage: Settings.Stage, making content: () -> String) throws -> String {
    if let data = try? Data(contentsOf: URL(filePath: path)) { return String(decoding: data, as: UTF8.self) }
    guard stage == .development else { throw SettingsError(description: "the secret file \(path) cannot be read") }
    try create(path, content())
    return String(decoding: try Data(contentsOf: URL(filePath: path)), as: UTF8.self)
  }

  /// `nil` for anything but pairs of hexadecimal digits.
  static func bytes(_ text: String) -> [UInt8]? {
    let digits = text.compactMap(\.hexDigitValue)
    guard digits.count == text.count, digits.count.isMultiple(of: 2) else { return nil }
    return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
  }

  /// 32 random bytes.
  static func key() -> String {
    var generator = SystemRandomNumberGenerator()
    return (0..<32).map { _ in
      let byte = UInt8.random(in: .min ... .max, using: &generator)
      return (byte < 16 ? "0" : "") + String(byte, radix: 16)
    }.joined()
  }

  /// Readable by its owner only from its first byte on; of two processes that start at once, one makes it.
  private static func create(_ path: String, _ content: String) throws {
    let folder = URL(filePath: path).deletingLastPathComponent()
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let temporary = "\(path).\(getpid())"
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL, 0o600)
    guard descriptor >= 0 else { throw SettingsError(description: "the secret file \(path) cannot be written") }
    defer { unlink(temporary) }
    let line = Array("\(content)\n".utf8)
    let written = line.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
    close(descriptor)
    guard written == line.count else { throw SettingsError(description: "the secret file \(path) cannot be written") }
    // Fails if the other process was first, whose key then counts.
    _ = link(temporary, path)
  }
}
