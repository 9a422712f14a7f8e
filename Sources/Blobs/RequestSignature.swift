import Crypto

/// AWS Signature Version 4 for requests without a query, as S3 and what is compatible with it demand.
package struct RequestSignature: Sendable {
  package struct Key: Sendable {
    package let id: String
    package let secret: String
    package let region: String
    package let service: String

    package init(id: String, secret: String, region: String, service: String = "s3") {
      self.id = id
      self.secret = secret
      self.region = region
      self.service = service
    }
  }

  /// SHA-256 of no bytes.
  static let emptyHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

  /// All headers to send, with `x-amz-date`, `x-amz-content-sha256` and `authorization`.
  package let headers: [(name: String, value: String)]

  /// - Parameters:
  ///   - path: percent-encoded, from the slash.
  ///   - headers: with `host`; names in lower case.
  ///   - contentHash: SHA-256 of the body, hexadecimal.
  ///   - second: Unix time.
  package init(
    _ method: String, _ path: String, headers given: [(name: String, value: String)], contentHash: String, key: Key,
    at second: Int64
  ) {
    let time = Self.time(second)
    var headers = given + [("x-amz-content-sha256", contentHash), ("x-amz-date", time)]
    headers.sort { $0.name < $1.name }
    let signed = headers.map(\.name).joined(separator: ";")
    let lines = headers.map { "\($0.name):\($0.value)\n" }.joined()
    let request = "\(method)\n\(path)\n\n\(lines)\n\(signed)\n\(contentHash)"
    let scope = "\(time.prefix(8))/\(key.region)/\(key.service)/aws4_request"
    let text = "AWS4-HMAC-SHA256\n\(time)\n\(scope)\n\(Hexadecimal.text(SHA256.hash(data: Array(request.utf8))))"
    let signingKey = [String(time.prefix(8)), key.region, key.service, "aws4_request"]
      .reduce(Array("AWS4\(key.secret)".utf8)) { Self.code($1, key: $0) }
    let signature = Hexadecimal.text(Self.code(text, key: signingKey))
    headers.append(
      (
        "authorization",
        "AWS4-HMAC-SHA256 Credential=\(key.id)/\(scope), SignedHeaders=\(signed), Signature=\(signature)"
      ))
    self.headers = headers
  }

  private static func code(_ text: String, key: [UInt8]) -> [UInt8] {
    Array(HMAC<SHA256>.authenticationCode(for: Array(text.utf8), using: SymmetricKey(data: key)))
  }

  /// `20130524T000000Z`
  static func time(_ second: Int64) -> String {
    let days = second >= 0 ? second / 86_400 : (second - 86_399) / 86_400
    let rest = second - days * 86_400
    // Days to a civil date: years begin in March, so that the leap day is the last.
    let shifted = days + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let month = (5 * dayOfYear + 2) / 153
    let day = dayOfYear - (153 * month + 2) / 5 + 1
    let civilMonth = month < 10 ? month + 3 : month - 9
    let year = yearOfEra + era * 400 + (civilMonth <= 2 ? 1 : 0)
    func padded(_ number: Int64, _ width: Int) -> String {
      let digits = String(number)
      return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
    return padded(year, 4) + padded(civilMonth, 2) + padded(day, 2) + "T" + padded(rest / 3600, 2)
      + padded(rest / 60 % 60, 2) + padded(rest % 60, 2) + "Z"
  }
}
