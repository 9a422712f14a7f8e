package import Domain

extension Answer {
  /// 200 with a document. Inside `call.command { … }`; for reads see `ok(_:_:etag:)`.
  ///
  /// - Parameter etag: the row version, for a single document shown in full.
  package static func ok(_ document: some JSONWritable, etag: Int? = nil) -> Answer {
    json(200, document, etag: etag)
  }

  /// 200 to a read, with the members that `fields` selects. Neither a selection nor an expansion has an ETag (C-14).
  package static func ok(_ document: some JSONWritable, _ call: Call, etag: Int? = nil) throws -> Answer {
    let fields = try call.fields()
    let isPlain = fields == nil && !call.query.parameters.contains { $0.name == "expand" }
    guard let fields else { return json(200, document, etag: isPlain ? etag : nil) }
    var json = JSONWriter()
    json.selecting(fields) { document.write(to: &$0) }
    try json.requireKnown(fields)
    return Answer(status: 200, headers: [Header("content-type", MediaType.json)], body: json.bytes)
  }

  /// 201 with the document as a read would show it (C-15).
  ///
  /// - Parameter location: path; the dispatcher makes the URL absolute.
  package static func created(_ document: some JSONWritable, location: String, etag: Int? = nil) -> Answer {
    var answer = json(201, document, etag: etag)
    answer.headers.append(Header("location", location))
    return answer
  }

  /// 204.
  package static var noContent: Answer { Answer(status: 204) }

  package static func json(
    _ status: Int, _ document: some JSONWritable, etag: Int? = nil, fields: FieldSelection? = nil
  ) -> Answer {
    var headers = [Header("content-type", MediaType.json)]
    if let etag { headers.append(Header("etag", EntityTag.text(etag))) }
    return Answer(status: status, headers: headers, body: JSONWriter.bytes(of: document, fields: fields))
  }

  /// One page of a list with cursors in the body and in `Link` (C-10).
  package static func page<Item: JSONWritable>(_ page: Page<Item>, _ call: Call) throws -> Answer {
    try Answer.page(page, call) { json, item in item.write(to: &json) }
  }

  package static func page<Item>(
    _ page: Page<Item>, _ call: Call, _ write: (inout JSONWriter, Item) throws -> Void
  ) throws -> Answer {
    let fields = try call.fields()
    // Hashing costs; a list that fits on one page has no cursors.
    let context = page.next == nil && page.previous == nil ? [] : call.listContext
    let next = page.next.map { call.facts.cursors.encode($0, context: context) }
    let previous = page.previous.map { call.facts.cursors.encode($0, context: context) }
    var json = JSONWriter(capacity: 256 + page.items.count * 600)
    try json.object { json in
      try json.member("items") { json in
        try json.selecting(fields) { try $0.array(page.items, write) }
      }
      if let fields { try json.requireKnown(fields) }
      json.field("nextCursor", next)
      json.field("prevCursor", previous)
      if let total = page.total {
        json.field("totalCount", total)
        json.field("totalIsLowerBound", page.totalIsLowerBound)
      }
    }
    var links: [String] = []
    if let next { links.append("<\(call.listURL(cursor: next))>; rel=\"next\"") }
    if let previous { links.append("<\(call.listURL(cursor: previous))>; rel=\"prev\"") }
    links.append("<\(call.listURL(cursor: nil))>; rel=\"first\"")
    return Answer(
      status: 200, headers: [Header("content-type", MediaType.json), Header("link", links.joined(separator: ", "))],
      body: json.bytes)
  }
}

extension JSONWriter {
  /// - Throws: 400 for names of `fields` that no document of the answer has (C-13): a typo would silently leave out what it
  ///   was meant to show.
  fileprivate func requireKnown(_ fields: FieldSelection) throws(Problem) {
    if let unknown = unknown(in: fields) { throw unknown.problem }
  }
}

extension FieldSelection.Unknown {
  var problem: Problem {
    let (names, known) = (names.joined(separator: ", "), known.joined(separator: ", "))
    return .parameter(
      "fields", .notInSet, "names what is not there: \(names); there are: \(known)",
      limits: ["allowed": known, "unknown": names])
  }
}

extension Call {
  /// This list at another position, absolute, with all other parameters kept.
  fileprivate func listURL(cursor: String?) -> String {
    var parts = query.parameters.filter { $0.name != "cursor" }
      .map { "\(PercentEncoding.encode($0.name))=\(PercentEncoding.encode($0.value))" }
    if let cursor { parts.append("cursor=\(cursor)") }
    return facts.origin + facts.path + (parts.isEmpty ? "" : "?" + parts.joined(separator: "&"))
  }
}
