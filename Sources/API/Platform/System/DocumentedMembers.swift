import Yams

/// What the contract says that the documents of each read have: the names for `fields` (C-13).
struct DocumentedMembers {
  private let paths: [String: Node]
  private let schemas: [String: Node]
  private let responses: [String: Node]

  init(_ root: Node) {
    let root = Self.members(root)
    let components = Self.members(root["components"])
    paths = Self.members(root["paths"])
    schemas = Self.members(components["schemas"])
    responses = Self.members(components["responses"])
  }

  /// Reads whose answer has no named members, and those of other media types, are left out.
  var byPath: [String: FieldSelection.Sightings] {
    paths.compactMapValues { item in
      let operation = Self.members(Self.members(item)["get"])
      let answer = Self.members(Self.members(operation["responses"])["200"])
      let whole = Self.reference(answer).flatMap { responses[$0] }.map { Self.members($0) } ?? answer
      guard let schema = Self.members(Self.members(whole["content"])["application/json"])["schema"] else { return nil }
      let page = shape(of: schema)
      let items = page.members["nextCursor"] == nil ? nil : page.members["items"].map { shape(of: $0).elements }
      let document = items.map { shape(of: $0) } ?? page
      return document.members.isEmpty || document.isOpen ? nil : sightings(of: document.members)
    }
  }

  private func sightings(of members: [String: [Node]]) -> FieldSelection.Sightings {
    var found = FieldSelection.Sightings()
    for (name, schemas) in members {
      found.note(name)
      var inner = shape(of: schemas)
      if !inner.elements.isEmpty { inner = shape(of: inner.elements) }
      for part in inner.members.keys { found.note(part, of: name, isFixed: !inner.isOpen) }
    }
    return found
  }

  /// A schema with all that it is made of: a member may be described more than once.
  private struct Shape {
    var members: [String: [Node]] = [:]
    var elements: [Node] = []
    /// Members are named by data.
    var isOpen = false
  }

  private func shape(of schema: Node) -> Shape { shape(of: [schema]) }

  private func shape(of schemas: [Node]) -> Shape {
    var found = Shape()
    // No schema is made of itself on one level; the bound is for a contract that is wrong.
    for schema in schemas { add(schema, to: &found, depth: 0) }
    return found
  }

  private func add(_ schema: Node, to found: inout Shape, depth: Int) {
    guard depth < 16 else { return }
    let parts = Self.members(schema)
    if let name = Self.reference(parts), let schema = schemas[name] { add(schema, to: &found, depth: depth + 1) }
    for word in ["allOf", "anyOf", "oneOf"] {
      for schema in parts[word]?.sequence.map(Array.init) ?? [] { add(schema, to: &found, depth: depth + 1) }
    }
    for (name, schema) in Self.members(parts["properties"]) { found.members[name, default: []].append(schema) }
    if let items = parts["items"] { found.elements.append(items) }
    if let further = parts["additionalProperties"], further.bool != false { found.isOpen = true }
  }

  private static func reference(_ members: [String: Node]) -> String? {
    members["$ref"]?.scalar?.string.split(separator: "/").last.map(String.init)
  }

  private static func members(_ node: Node?) -> [String: Node] {
    var found: [String: Node] = [:]
    for (name, value) in node?.mapping.map(Array.init) ?? [] { found[name.scalar?.string ?? ""] = value }
    return found
  }
}
