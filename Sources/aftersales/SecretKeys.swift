import FoundationEssentials

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Keys that sign what the server hands out (cursors, progress links). The first signs, all of them verify, so a key is
/// rotated by putting the new one on top and removing the old one when its signatures have run out.
struct SecretKeys: Sendable, CustomStringConvertible, CustomDebugStringConvertible {
  let signing: [UInt8]
  let verifying: [[UInt8]]

  var description: String { "\(verifying.count) keys" }
  var debugDescription: String { description }

  /// At least 32 bytes each, as hexadecimal digits, one key a line (or separated by commas in the environment). Without any
  /// a development server makes one and keeps it in the secret file.
  static func load(_ settings: Settings) throws -> SecretKeys {
    if let text = settings.secretKey { return try parse(text, from: "AFTERSALES_SECRET_KEY") }
    let path = settings.secretFile ?? (settings.stage == .development ? ".run/secret" : nil)
    guard let path else {
      throw SettingsError(description: "AFTERSALES_SECRET_FILE is not set: a file with a key of 64 hexadecimal digits")
    }
    if let data = try? Data(contentsOf: URL(filePath: path)) {
      return try parse(String(decoding: data, as: UTF8.self), from: path)
    }
    guard settings.stage == .development else {
      throw SettingsError(description: "the secret file \(path) cannot be read")
    }
    try create(path)
    return try parse(String(decoding: try Data(contentsOf: URL(filePath: path)), as: UTF8.self), from: path)
  }

  private static func parse(_ text: String, from source: String) throws(SettingsError) -> SecretKeys {
    var keys: [[UInt8]] = []
    for line in text.split(whereSeparator: { $0.isWhitespace || $0 == "," }) {
      let digits = line.compactMap(\.hexDigitValue)
      guard digits.count == line.count, digits.count.isMultiple(of: 2), digits.count >= 64 else {
        throw SettingsError(description: "\(source): a key is at least 64 hexadecimal digits")
      }
      keys.append(stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) })
    }
    guard let first = keys.first else { throw SettingsError(description: "\(source) holds no key") }
    return SecretKeys(signing: first, verifying: keys)
  }

  /// Readable by its owner only from its first byte on; of two processes that start at once, one makes it.
  private static func create(_ path: String) throws {
    let folder = URL(filePath: path).deletingLastPathComponent()
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let temporary = "\(path).\(getpid())"
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL, 0o600)
    guard descriptor >= 0 else { throw SettingsError(description: "the secret file \(path) cannot be written") }
    defer { unlink(temporary) }
    var generator = SystemRandomNumberGenerator()
    var line: [UInt8] = []
    for _ in 0..<32 {
      let byte = UInt8.random(in: .min ... .max, using: &generator)
      line += Array((byte < 16 ? "0" : "").utf8) + Array(String(byte, radix: 16).utf8)
    }
    line.append(UInt8(ascii: "\n"))
    let written = line.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
    close(descriptor)
    guard written == line.count else { throw SettingsError(description: "the secret file \(path) cannot be written") }
    // Fails if the other process was first, whose key then counts.
    _ = link(temporary, path)
  }
}
