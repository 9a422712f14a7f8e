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
      // A hop that names nobody (`unknown`, `_hidden`, or no `for` at all) ends the walk: what stands before it was said by
      // somebody for whom no proxy of ours vouches.
      for element in forwarded.split(separator: ",", omittingEmptySubsequences: false).reversed() {
        var named: String?
        for pair in element.split(separator: ";") {
          let parts = MediaType.trimmed(pair).split(separator: "=", maxSplits: 1)
          guard parts.count == 2 else { continue }
          let value = MediaType.unquoted(parts[1])
          switch parts[0].lowercased() {
          case "for": named = Self.withoutPort(value)
          case "proto": client.scheme = String(value)
          case "host": client.host = String(value)
          default: continue
          }
        }
        guard let named else { break }
        client.address = named
        if !trusts(named) { break }
      }
    } else if let forwardedFor {
      for part in forwardedFor.split(separator: ",", omittingEmptySubsequences: false).reversed() {
        guard let named = Self.withoutPort(MediaType.trimmed(part)) else { break }
        client.address = named
        if !trusts(named) { break }
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
