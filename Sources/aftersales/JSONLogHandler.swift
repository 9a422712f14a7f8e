import Domain
import FoundationEssentials
import Logging

/// One JSON object a line on standard error: `at`, `level`, `logger`, `message`, then the metadata by name. Values that are
/// metadata of the message win over those of the logger; a name of the first four gets a trailing underscore.
struct JSONLogHandler: LogHandler {
  var metadata: Logger.Metadata = [:]
  var metadataProvider: Logger.MetadataProvider?
  var logLevel: Logger.Level

  private let label: String
  private let clock: WallClock
  private let sink: @Sendable ([UInt8]) -> Void

  init(
    label: String, level: Logger.Level, clock: WallClock,
    sink: @escaping @Sendable ([UInt8]) -> Void = StandardError.write
  ) {
    self.label = label
    self.logLevel = level
    self.clock = clock
    self.sink = sink
  }

  subscript(metadataKey key: String) -> Logger.MetadataValue? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    var line = Array("{\"at\":\"".utf8)
    line += clock.now().description.utf8
    line += Array("\",\"level\":\"\(event.level.rawValue)\",\"logger\":".utf8)
    Self.append(label, to: &line)
    line += Array(",\"message\":".utf8)
    Self.append(event.message.description, to: &line)

    var all = metadataProvider?.get() ?? [:]
    all.merge(metadata) { $1 }
    if let own = event.metadata { all.merge(own) { $1 } }
    if let error = event.error { all["error"] = "\(error)" }
    for (key, value) in all.sorted(by: { $0.key < $1.key }) {
      line.append(UInt8(ascii: ","))
      Self.append(Self.reserved.contains(key) ? key + "_" : key, to: &line)
      line.append(UInt8(ascii: ":"))
      Self.append(value, to: &line)
    }
    line += [UInt8(ascii: "}"), UInt8(ascii: "\n")]
    sink(line)
  }

  private static let reserved: Set<String> = ["at", "level", "logger", "message"]

  private static func append(_ value: Logger.MetadataValue, to line: inout [UInt8]) {
    switch value {
    case .string(let text): append(text, to: &line)
    case .stringConvertible(let value): append(value.description, to: &line)
    case .array(let values):
      line.append(UInt8(ascii: "["))
      for (index, value) in values.enumerated() {
        if index > 0 { line.append(UInt8(ascii: ",")) }
        append(value, to: &line)
      }
      line.append(UInt8(ascii: "]"))
    case .dictionary(let values):
      line.append(UInt8(ascii: "{"))
      for (index, member) in values.sorted(by: { $0.key < $1.key }).enumerated() {
        if index > 0 { line.append(UInt8(ascii: ",")) }
        append(member.key, to: &line)
        line.append(UInt8(ascii: ":"))
        append(member.value, to: &line)
      }
      line.append(UInt8(ascii: "}"))
    }
  }

  /// RFC 8259 §7; control characters escaped, so that no value can begin a line of its own.
  private static func append(_ text: String, to line: inout [UInt8]) {
    let digits = Array("0123456789abcdef".utf8)
    line.append(UInt8(ascii: "\""))
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"): line += [UInt8(ascii: "\\"), byte]
      case UInt8(ascii: "\n"): line += [UInt8(ascii: "\\"), UInt8(ascii: "n")]
      case 0..<0x20, 0x7f: line += Array("\\u00".utf8) + [digits[Int(byte >> 4)], digits[Int(byte & 0x0f)]]
      default: line.append(byte)
      }
    }
    line.append(UInt8(ascii: "\""))
  }
}
