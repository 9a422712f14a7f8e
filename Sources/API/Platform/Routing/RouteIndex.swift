/// Finds the route of a path. A literal segment is preferred to a parameter; a path with a trailing slash, an empty
/// segment or a bad escape leads nowhere (C-01).
struct RouteIndex: Sendable {
  struct Match: Sendable {
    /// Position in the route table, and what stood for each `{…}` in order, percent-decoded once.
    let route: Int
    let parameters: [String]
  }

  enum Outcome: Sendable {
    case found(Match)
    /// The path is known, the method is not: the value of `Allow`, and whether everything there is open to anybody.
    case methodNotAllowed(allow: String, isOpen: Bool)
    case notFound
  }

  private struct Node: Sendable {
    var literals: [String: Int] = [:]
    var parameter: Int?
    var routes: [(method: Operation.Method, route: Int)] = []
    var allow = ""
    var isOpen = true
  }

  private var nodes = [Node()]

  init(_ operations: [Operation]) {
    for (route, operation) in operations.enumerated() {
      precondition(operation.template.hasPrefix("/"), "\(operation.name) must start with a slash")
      var node = 0
      for segment in operation.template.dropFirst().split(separator: "/", omittingEmptySubsequences: false) {
        node = child(of: node, for: String(segment))
      }
      precondition(
        !nodes[node].routes.contains { $0.method == operation.method }, "\(operation.name) is registered twice")
      nodes[node].routes.append((operation.method, route))
      if case .open = operation.access {} else { nodes[node].isOpen = false }
    }
    for index in nodes.indices where !nodes[index].routes.isEmpty {
      var allowed = Operation.Method.allCases.filter { method in nodes[index].routes.contains { $0.method == method } }
        .map(\.rawValue)
      if allowed.first == Operation.Method.get.rawValue { allowed.insert("HEAD", at: 1) }
      nodes[index].allow = (allowed + ["OPTIONS"]).joined(separator: ", ")
    }
  }

  private mutating func child(of node: Int, for segment: String) -> Int {
    if segment.hasPrefix("{") {
      precondition(segment.hasSuffix("}"), "a parameter is a whole segment")
      if let known = nodes[node].parameter { return known }
      nodes.append(Node())
      nodes[node].parameter = nodes.count - 1
    } else {
      if let known = nodes[node].literals[segment] { return known }
      nodes.append(Node())
      nodes[node].literals[segment] = nodes.count - 1
    }
    return nodes.count - 1
  }

  /// - Parameter method: as sent; `HEAD` is `GET` to the table.
  func find(method: String, path: Substring) -> Outcome {
    guard path.utf8.first == UInt8(ascii: "/") else { return .notFound }
    var segments: [String] = []
    let parts = path.utf8.dropFirst().split(
      separator: UInt8(ascii: "/"), maxSplits: 16, omittingEmptySubsequences: false)
    for segment in parts {
      guard let decoded = PercentEncoding.decode(Substring(segment)), !decoded.isEmpty else { return .notFound }
      segments.append(decoded)
    }
    var parameters: [String] = []
    guard let node = walk(0, segments[...], &parameters) else { return .notFound }
    let wanted = method == "HEAD" ? "GET" : method
    guard let found = nodes[node].routes.first(where: { $0.method.rawValue == wanted }) else {
      return .methodNotAllowed(allow: nodes[node].allow, isOpen: nodes[node].isOpen)
    }
    return .found(Match(route: found.route, parameters: parameters))
  }

  private func walk(_ node: Int, _ segments: ArraySlice<String>, _ parameters: inout [String]) -> Int? {
    guard let segment = segments.first else { return nodes[node].routes.isEmpty ? nil : node }
    if let literal = nodes[node].literals[segment], let found = walk(literal, segments.dropFirst(), &parameters) {
      return found
    }
    guard let parameter = nodes[node].parameter else { return nil }
    let count = parameters.count
    parameters.append(segment)
    if let found = walk(parameter, segments.dropFirst(), &parameters) { return found }
    parameters.removeLast(parameters.count - count)
    return nil
  }
}

/// Percent-encoding of paths and queries (RFC 3986 §2.1).
enum PercentEncoding {
  /// `nil` for a broken escape, for bytes that are not UTF-8 and for U+0000.
  static func decode(_ text: Substring, plusIsSpace: Bool = false) -> String? {
    let units = text.utf8
    guard units.contains(where: { $0 == UInt8(ascii: "%") || $0 == UInt8(ascii: "+") || $0 == 0 }) else {
      return String(text)
    }
    var decoded: [UInt8] = []
    decoded.reserveCapacity(units.count)
    var index = units.startIndex
    while index < units.endIndex {
      let unit = units[index]
      index = units.index(after: index)
      switch unit {
      case UInt8(ascii: "%"):
        guard index < units.endIndex, let high = Hexadecimal.value(units[index]) else { return nil }
        index = units.index(after: index)
        guard index < units.endIndex, let low = Hexadecimal.value(units[index]) else { return nil }
        index = units.index(after: index)
        decoded.append(high << 4 | low)
      case UInt8(ascii: "+") where plusIsSpace: decoded.append(0x20)
      default: decoded.append(unit)
      }
    }
    return decoded.contains(0) ? nil : String(validating: decoded, as: UTF8.self)
  }

  /// Everything but unreserved characters is escaped.
  static func encode(_ text: String) -> String {
    var encoded: [UInt8] = []
    for unit in text.utf8 {
      if ASCII.isAlphanumeric(unit) || "-._~".utf8.contains(unit) {
        encoded.append(unit)
      } else {
        encoded.append(UInt8(ascii: "%"))
        encoded.append(Hexadecimal.digit(unit >> 4) & 0xDF | (unit >> 4 < 10 ? 0x20 : 0))
        encoded.append(Hexadecimal.digit(unit & 0x0F) & 0xDF | (unit & 0x0F < 10 ? 0x20 : 0))
      }
    }
    return String(decoding: encoded, as: UTF8.self)
  }
}
