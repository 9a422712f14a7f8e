import Crypto
import FoundationEssentials
import Yams

/// The contract as it is served: the very text of openapi.yaml, the same as JSON, and a page for people. Made once at
/// start.
package struct OpenAPIDocument: Sendable {
  package struct Unreadable: Error {
    package let reason: String
  }

  let yaml: [UInt8]
  let json: [UInt8]
  let html: [UInt8]
  /// What the documents of each read have, by path.
  let members: [String: FieldSelection.Sightings]
  /// Lets the page's one style sheet in and nothing else.
  let htmlPolicy: String

  /// - Throws: `Unreadable` if the text is not YAML.
  package init(yaml text: String) throws {
    let root: Node?
    do { root = try Yams.compose(yaml: text) } catch { throw Unreadable(reason: "\(error)") }
    guard let root, root.mapping != nil else { throw Unreadable(reason: "not a mapping") }
    var writer = JSONWriter(capacity: text.utf8.count * 2)
    Self.write(root, &writer)
    yaml = Array(text.utf8)
    json = writer.bytes
    html = Array(DocumentationPage(root).text.utf8)
    members = DocumentedMembers(root).byPath
    let hash = Data(SHA256.hash(data: Data(DocumentationPage.style.utf8))).base64EncodedString()
    htmlPolicy = "default-src 'none'; style-src 'sha256-\(hash)'; frame-ancestors 'none'; base-uri 'none'"
  }

  private static func write(_ node: Node, _ json: inout JSONWriter) {
    switch node {
    case .mapping(let mapping):
      var members: [(String, Node)] = []
      for (key, value) in mapping { if let name = key.string { members.append((name, value)) } }
      members.sort { $0.0.utf8.lexicographicallyPrecedes($1.0.utf8) }
      json.object { json in
        for (name, value) in members { json.member(named: name) { write(value, &$0) } }
      }
    case .sequence(let sequence):
      json.array(sequence) { write($1, &$0) }
    case .scalar(let scalar):
      write(scalar, node, &json)
    case .alias:
      // Resolved by the composer.
      json.null()
    }
  }

  /// Only plain scalars have a type of their own; what stands in quotes is text.
  private static func write(_ scalar: Node.Scalar, _ node: Node, _ json: inout JSONWriter) {
    guard scalar.style == .plain || scalar.style == .any else { return json.string(scalar.string) }
    switch Resolver.default.resolveTag(of: node) {
    case .null: json.null()
    case .bool: json.boolean(node.bool ?? false)
    case .int where node.int != nil: json.integer(Int64(node.int ?? 0))
    case .float where JSONNumber.isValid(scalar.string): json.splice(scalar.string.utf8)
    default: json.string(scalar.string)
    }
  }

  /// The JSON of a node.
  static func text(of node: Node) -> String {
    var json = JSONWriter(capacity: 64)
    write(node, &json)
    return String(decoding: json.bytes, as: UTF8.self)
  }
}

/// The grammar of numbers in JSON: YAML's floats are wider (`.inf`, `1_000.0`).
enum JSONNumber {
  static func isValid(_ text: String) -> Bool {
    (try? JSONParser.parse(Array("[\(text)]".utf8))).map { parsed in
      if case .array(let items) = parsed.value, items.count == 1, case .number = items[0] { true } else { false }
    } ?? false
  }
}
