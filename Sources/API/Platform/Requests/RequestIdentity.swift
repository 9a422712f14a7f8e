/// Names of one request: in every log line, in every answer and every problem (C-31).
enum RequestIdentity {
  /// The client's `X-Request-Id` if it is one to be trusted in a log, else a new one.
  static func requestID(_ field: String?) -> String {
    if let field, (1...64).contains(field.utf8.count), field.utf8.allSatisfy(isAllowed) { return field }
    var random = SystemRandomNumberGenerator()
    return hexadecimal(random.next())
  }

  private static func isAllowed(_ unit: UInt8) -> Bool {
    ASCII.isAlphanumeric(unit) || unit == UInt8(ascii: ".") || unit == UInt8(ascii: "_") || unit == UInt8(ascii: "-")
  }

  /// Sixteen lower-case digits.
  static func hexadecimal(_ word: UInt64) -> String {
    String(unsafeUninitializedCapacity: 16) { buffer in
      for index in 0..<16 {
        buffer[index] = Hexadecimal.digit(UInt8(truncatingIfNeeded: word >> UInt64(60 - 4 * index)) & 0x0F)
      }
      return 16
    }
  }
}

/// W3C Trace Context: `00-<trace id>-<parent id>-<flags>`. Anything malformed starts a new trace (C-31).
package struct TraceContext: Hashable, Sendable {
  /// 32 lower-case hexadecimal digits, not all zero.
  package let traceID: String
  /// The span of this request, 16 digits: what outgoing calls and events name as their parent.
  package let spanID: String
  package let parentID: String?
  package let flags: String
  /// Passed through unread, at most 512 bytes.
  package let state: String?

  package init(traceparent: String?, tracestate: String? = nil) {
    var random = SystemRandomNumberGenerator()
    spanID = RequestIdentity.hexadecimal(random.next(upperBound: UInt64.max) + 1)
    if let traceparent, let (trace, parent, flags) = Self.parse(traceparent) {
      traceID = trace
      parentID = parent
      self.flags = flags
      state = tracestate.flatMap { $0.utf8.count <= 512 ? $0 : nil }
    } else {
      traceID =
        RequestIdentity.hexadecimal(random.next())
        + RequestIdentity.hexadecimal(random.next(upperBound: UInt64.max) + 1)
      parentID = nil
      flags = "00"
      state = nil
    }
  }

  /// For outgoing calls and events.
  package var traceparent: String { "00-\(traceID)-\(spanID)-\(flags)" }

  private static func parse(_ field: String) -> (trace: String, parent: String, flags: String)? {
    let units = Array(field.utf8)
    guard units.count == 55, units.starts(with: Array("00-".utf8)),
      units[35] == UInt8(ascii: "-"), units[52] == UInt8(ascii: "-")
    else { return nil }
    func digits(_ range: Range<Int>) -> String? {
      let part = units[range]
      let isLowerHexadecimal = part.allSatisfy {
        ASCII.isDigit($0) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains($0)
      }
      return isLowerHexadecimal ? String(decoding: part, as: UTF8.self) : nil
    }
    guard let trace = digits(3..<35), let parent = digits(36..<52), let flags = digits(53..<55),
      trace.utf8.contains(where: { $0 != UInt8(ascii: "0") }), parent.utf8.contains(where: { $0 != UInt8(ascii: "0") })
    else { return nil }
    return (trace, parent, flags)
  }
}
