/// Where requests of our own may go (quality S9).
package struct WebhookEgress: Hashable, Sendable {
  /// `http` and `https` to this machine: for development and tests.
  package let allowsLoopback: Bool

  package init(allowsLoopback: Bool) { self.allowsLoopback = allowsLoopback }

  /// Judged when the connection is made, whatever the name meant when it was written down.
  package func allows(_ address: InternetAddress, _ scheme: WebhookURL.Scheme) -> Bool {
    switch scheme {
    case .https: address.isPublic || allowsLoopback && address.isLoopback
    case .http: allowsLoopback && address.isLoopback
    }
  }
}

/// The address of a receiver, read strictly, so that what was judged is what is connected to.
package struct WebhookURL: Hashable, Sendable {
  package enum Scheme: String, Hashable, Sendable {
    case https, http
  }

  /// Why a text is none.
  package struct Fault: Error, Hashable, Sendable {
    package let detail: String
  }

  package let text: String
  package let scheme: Scheme
  /// A name in lower case, or a literal without brackets.
  package let host: String
  package let port: Int
  /// Path and query, beginning with a slash or a question mark; may be empty.
  private let rest: String

  /// The address as requests name it: the host as it was judged, and the port where it is not the usual one.
  package var request: String {
    let literal = host.contains(":") ? "[\(host)]" : host
    let usual = port == (scheme == .https ? 443 : 80)
    return "\(scheme.rawValue)://\(literal)\(usual ? "" : ":\(port)")\(rest)"
  }

  /// The literal that the host is.
  package var address: InternetAddress? { InternetAddress(host) }

  package init(_ text: String, _ egress: WebhookEgress) throws(Fault) {
    guard text.utf8.count <= 2000, text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }),
      !text.contains(where: { "\\\"<>^`{|}".contains($0) })
    else { throw Fault(detail: "must be an address of at most 2000 printable ASCII characters") }
    let schemes: [Scheme] = [.https, .http]
    guard let scheme = schemes.first(where: { text.hasPrefix("\($0.rawValue)://") }) else {
      throw Fault(detail: "must begin with https://")
    }
    if scheme == .http, !egress.allowsLoopback { throw Fault(detail: "must begin with https://") }
    let rest = text.dropFirst(scheme.rawValue.count + 3)
    let authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
    if text.contains("#") { throw Fault(detail: "must have no fragment") }
    if authority.contains("@") { throw Fault(detail: "must name no user") }
    let (host, port) = try Self.split(authority)
    self.text = text
    self.rest = String(rest.dropFirst(authority.count))
    self.scheme = scheme
    self.host = host
    self.port = port ?? (scheme == .https ? 443 : 80)
    try check(egress)
  }

  private static func split(_ authority: Substring) throws(Fault) -> (String, Int?) {
    var host = authority
    var port: Substring?
    if authority.hasPrefix("[") {
      guard let end = authority.firstIndex(of: "]") else { throw Fault(detail: "has a broken host") }
      host = authority[authority.index(after: authority.startIndex)..<end]
      let behind = authority[authority.index(after: end)...]
      guard behind.isEmpty || behind.hasPrefix(":"), host.contains(":"), InternetAddress(host) != nil else {
        throw Fault(detail: "has a broken host")
      }
      port = behind.isEmpty ? nil : behind.dropFirst()
    } else if let colon = authority.firstIndex(of: ":") {
      host = authority[..<colon]
      port = authority[authority.index(after: colon)...]
    }
    guard let port else { return (host.lowercased(), nil) }
    guard (1...5).contains(port.utf8.count), port.utf8.allSatisfy({ (48...57).contains($0) }), let number = Int(port),
      (1...65_535).contains(number)
    else { throw Fault(detail: "has a broken port") }
    return (host.lowercased(), number)
  }

  private func check(_ egress: WebhookEgress) throws(Fault) {
    if let address {
      if !egress.allows(address, scheme) { throw Fault(detail: "must not lead to an address of a private network") }
      return
    }
    let labels = host.split(separator: ".", omittingEmptySubsequences: false)
    let isName =
      host.utf8.count <= 253
      && labels.allSatisfy { label in
        (1...63).contains(label.utf8.count) && !label.hasPrefix("-") && !label.hasSuffix("-")
          && label.utf8.allSatisfy {
            (97...122).contains($0) || (48...57).contains($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_")
          }
      }
    // What ends in a number is an address to some, whatever its form.
    guard isName, let last = labels.last, !last.allSatisfy(\.isNumber), !last.hasPrefix("0x") else {
      throw Fault(detail: "has a broken host")
    }
    let isLocal = host == "localhost" || host.hasSuffix(".localhost")
    if isLocal, egress.allowsLoopback { return }
    if scheme == .http { throw Fault(detail: "must begin with https://") }
    if isLocal || labels.count < 2 || ["local", "internal", "home", "lan", "arpa", "onion"].contains(last) {
      throw Fault(detail: "must lead to a public host")
    }
  }
}
