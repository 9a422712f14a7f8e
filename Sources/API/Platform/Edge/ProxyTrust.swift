/// What proxies in front say about the client, believed only if the peer is one of ours (C-28).
package struct ProxyTrust: Sendable {
  struct Client: Equatable {
    var address: String
    var scheme: String?
    var host: String?
  }

  private let ranges: [IPRange]

  package init(_ ranges: [IPRange] = []) { self.ranges = ranges }

  /// - Parameter peer: address of the connection.
  func client(peer: String, forwarded: String?, forwardedFor: String?, scheme: String?, host: String?) -> Client {
    guard trusts(peer) else { return Client(address: peer) }
    var client = Client(address: peer)
    if let forwarded {
      // RFC 7239: the last element was added by the proxy nearest to us. Walk back while proxies vouch for their peers.
      for element in forwarded.split(separator: ",").reversed() {
        for pair in element.split(separator: ";") {
          let parts = MediaType.trimmed(pair).split(separator: "=", maxSplits: 1)
          guard parts.count == 2 else { continue }
          let value = MediaType.unquoted(parts[1])
          switch parts[0].lowercased() {
          case "for": client.address = Self.withoutPort(value) ?? client.address
          case "proto": client.scheme = String(value)
          case "host": client.host = String(value)
          default: continue
          }
        }
        if !trusts(client.address) { break }
      }
    } else if let forwardedFor {
      for part in forwardedFor.split(separator: ",").reversed() {
        client.address = Self.withoutPort(MediaType.trimmed(part)) ?? client.address
        if !trusts(client.address) { break }
      }
      client.scheme = scheme
      client.host = host
    } else {
      client.scheme = scheme
      client.host = host
    }
    if let scheme = client.scheme, scheme != "http", scheme != "https" { client.scheme = nil }
    return client
  }

  private func trusts(_ address: String) -> Bool {
    guard !ranges.isEmpty, let address = IPAddress(address) else { return false }
    return ranges.contains { $0.contains(address) }
  }

  /// `192.0.2.1:80` and `[2001:db8::1]:80` without port and brackets; `nil` for names and obfuscated identifiers.
  private static func withoutPort(_ text: Substring) -> String? {
    var text = text
    if text.hasPrefix("[") {
      guard let end = text.firstIndex(of: "]") else { return nil }
      text = text[text.index(after: text.startIndex)..<end]
    } else if text.filter({ $0 == ":" }).count == 1, let colon = text.firstIndex(of: ":") {
      text = text[..<colon]
    }
    return IPAddress(String(text)) == nil ? nil : String(text)
  }
}
