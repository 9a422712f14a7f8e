import FoundationEssentials
import Yams

/// The contract for people: one page without scripts, its operations by topic, each to be opened.
struct DocumentationPage {
  static let style = """
    body{font:16px/1.5 system-ui,sans-serif;max-width:64rem;margin:2rem auto;padding:0 1rem}\
    code,pre{font-family:ui-monospace,monospace;font-size:.9em}pre{background:#f6f6f6;padding:.6rem;overflow:auto}\
    table{border-collapse:collapse;margin:.5rem 0}td,th{text-align:left;padding:.2rem .6rem;border-bottom:1px solid #ddd;vertical-align:top}\
    h2{margin:2.5rem 0 .5rem}nav{columns:14rem 4}nav a{display:block}summary{cursor:pointer;padding:.15rem 0}\
    details[open]{border-left:3px solid #ddd;padding-left:1rem;margin:.5rem 0}
    """

  private let root: [String: Node]
  private let parameters: [String: Node]
  private let responses: [String: Node]
  /// The shared examples as they are shown: most are shown more than once.
  private let examples: [String: String]

  init(_ root: Node) {
    self.root = Self.members(root)
    let components = Self.members(self.root["components"])
    parameters = Self.members(components["parameters"])
    responses = Self.members(components["responses"])
    examples = Self.members(components["examples"]).mapValues { Self.members($0)["value"].map(Self.sample) ?? "" }
  }

  /// The subscript of a node compares whole nodes one after the other, which is too slow for a contract of this size.
  private static func members(_ node: Node?) -> [String: Node] {
    var found: [String: Node] = [:]
    for (name, value) in node?.mapping.map(Array.init) ?? [] { found[name.scalar?.string ?? ""] = value }
    return found
  }

  var text: String {
    let title = Self.members(root["info"])["title"]?.string ?? "API"
    var topics: [(name: String, text: String)] = []
    var places: [String: Int] = [:]
    func place(_ topic: String) -> Int {
      if let place = places[topic] { return place }
      places[topic] = topics.count
      topics.append((topic, ""))
      return topics.count - 1
    }
    for tag in root["tags"]?.sequence.map(Array.init) ?? [] {
      guard let name = tag["name"]?.string else { continue }
      topics[place(name)].text = Self.prose(tag["description"]?.string ?? "")
    }
    for (path, item) in root["paths"]?.mapping.map(Array.init) ?? [] {
      for (method, operation) in item.mapping.map(Array.init) ?? [] {
        guard let path = path.string, let method = method.string,
          ["get", "put", "post", "patch", "delete"].contains(method)
        else { continue }
        let operation = Self.members(operation)
        topics[place(operation["tags"]?[0]?.string ?? "Operations")].text += entry(method.uppercased(), path, operation)
      }
    }
    let shown = topics.enumerated().filter { !$0.element.text.isEmpty }
    let links = shown.map { "<a href=\"#t\($0.offset)\">\(Self.escaped($0.element.name))</a>" }
    let chapters = shown.map { "<h2 id=\"t\($0.offset)\">\(Self.escaped($0.element.name))</h2>\n\($0.element.text)" }
    return """
      <!doctype html>
      <html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
      <title>\(Self.escaped(title))</title><style>\(Self.style)</style>
      <h1>\(Self.escaped(title))</h1>
      <p>The contract: <a href="/openapi.yaml">openapi.yaml</a>, <a href="/openapi.json">openapi.json</a>,
      <a href="/problems">problem types</a>.</p>
      <nav>\(links.joined(separator: "\n"))</nav>
      \(Self.prose(Self.members(root["info"])["description"]?.string ?? ""))
      \(chapters.joined(separator: "\n"))</html>

      """
  }

  // MARK: One operation

  private func entry(_ method: String, _ path: String, _ operation: [String: Node]) -> String {
    var text = "<details><summary><code>\(method)</code> <code>\(Self.escaped(path))</code>"
    text += " \(Self.escaped(operation["summary"]?.string ?? ""))</summary>\n"
    text += Self.prose(operation["description"]?.string ?? "")
    if let permission = operation["x-permission"]?.string {
      text += "<p>Permission <code>\(Self.escaped(permission))</code></p>\n"
    }
    let given = (operation["parameters"]?.sequence.map(Array.init) ?? []).map {
      Self.members(resolved($0, parameters))
    }
    if !given.isEmpty {
      let rows = given.map { parameter in
        let name = Self.escaped(parameter["name"]?.string ?? "")
        let place = Self.escaped(parameter["in"]?.string ?? "")
        let needed = parameter["required"]?.bool == true ? ", required" : ""
        let words = Self.phrase(parameter["description"]?.string ?? "")
        return "<tr><td><code>\(name)</code><td>\(place)\(needed)<td>\(words)"
      }
      text += "<table>\(rows.joined(separator: "\n"))</table>\n"
    }
    if let body = operation["requestBody"].map(Self.members) {
      text += "<p>Body\(body["required"]?.bool == true ? "" : ", may be left out")"
      text += body["description"]?.string.map { ": \(Self.phrase($0))" } ?? ""
      text += "</p>\n\(sample(of: body))"
    }
    for (status, response) in operation["responses"]?.mapping.map(Array.init) ?? [] {
      let response = Self.members(resolved(response, responses))
      let status = status.string ?? ""
      text += "<p><code>\(Self.escaped(status))</code> \(Self.phrase(response["description"]?.string ?? ""))</p>\n"
      if status.hasPrefix("2") { text += sample(of: response) }
    }
    return text + "</details>\n"
  }

  /// The first example of the JSON in a body.
  private func sample(of body: [String: Node]) -> String {
    for (type, content) in body["content"]?.mapping.map(Array.init) ?? [] where type.string?.contains("json") == true {
      let content = Self.members(content)
      if let example = content["example"] { return Self.sample(example) }
      guard let named = content["examples"]?.mapping?.first.map({ Self.members($0.value) }) else { continue }
      return Self.target(named).flatMap { examples[$0] } ?? named["value"].map(Self.sample) ?? ""
    }
    return ""
  }

  private static func sample(_ value: Node) -> String { "<pre>\(escaped(json(value, indent: "")))</pre>\n" }

  /// The last step of its `$ref`.
  private static func target(_ members: [String: Node]) -> String? {
    members["$ref"]?.scalar?.string.split(separator: "/").last.map(String.init)
  }

  /// What `$ref` points to among these components, or the node itself.
  private func resolved(_ node: Node, _ components: [String: Node]) -> Node {
    Self.target(Self.members(node)).flatMap { components[$0] } ?? node
  }

  private static func json(_ node: Node, indent: String) -> String {
    let deeper = indent + "  "
    switch node {
    case .mapping(let mapping) where !mapping.isEmpty:
      let members = mapping.map { name, value in
        "\(deeper)\(OpenAPIDocument.text(of: name)): \(json(value, indent: deeper))"
      }
      return "{\n\(members.joined(separator: ",\n"))\n\(indent)}"
    case .sequence(let sequence) where !sequence.isEmpty:
      return "[\n\(sequence.map { "\(deeper)\(json($0, indent: deeper))" }.joined(separator: ",\n"))\n\(indent)]"
    case .mapping, .sequence, .scalar, .alias:
      return OpenAPIDocument.text(of: node)
    }
  }

  // MARK: Words

  /// Paragraphs and tables of Markdown; the contract uses no more of it.
  private static func prose(_ markdown: String) -> String {
    markdown.split(separator: "\n\n").map { block in
      let lines = block.split(separator: "\n")
      guard lines.allSatisfy({ $0.hasPrefix("|") }) else { return "<p>\(phrase(String(block)))</p>" }
      let rows = lines.filter { !$0.hasPrefix("|--") }.map { line in
        line.dropFirst().split(separator: "|", omittingEmptySubsequences: false).dropLast()
          .map { "<td>\(phrase(String($0)))" }.joined()
      }
      return "<table><tr>\(rows.joined(separator: "\n<tr>"))</table>"
    }.joined(separator: "\n") + "\n"
  }

  /// Code and bold.
  private static func phrase(_ markdown: String) -> String {
    var text = ""
    for (index, part) in escaped(markdown).split(separator: "`", omittingEmptySubsequences: false).enumerated() {
      if index.isMultiple(of: 2) {
        for (index, part) in part.split(separator: "**", omittingEmptySubsequences: false).enumerated() {
          text += index.isMultiple(of: 2) ? String(part) : "<b>\(part)</b>"
        }
      } else {
        text += "<code>\(part)</code>"
      }
    }
    return text
  }

  private static func escaped(_ text: String) -> String {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.utf8.count + 16)
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "&"): bytes += Array("&amp;".utf8)
      case UInt8(ascii: "<"): bytes += Array("&lt;".utf8)
      case UInt8(ascii: ">"): bytes += Array("&gt;".utf8)
      case UInt8(ascii: "\""): bytes += Array("&quot;".utf8)
      default: bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
