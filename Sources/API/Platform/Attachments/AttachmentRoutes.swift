import Domain
package import Services

/// Files on documents: the same five operations for every family of `AttachmentFamily.all`. The body of an upload is the
/// file itself; what is said about it stands in the query.
package struct AttachmentRoutes: Sendable {
  /// Below that a connection is taken for dead; a station on a poor line has more.
  private static let bytesPerSecond = 8 * 1024

  private let service: AttachmentService

  package init(_ service: AttachmentService) { self.service = service }

  package func add(to api: inout RouteTable) {
    for family in service.families { add(family, to: &api) }
    api.problem(
      ProblemType(
        "attachment-removed", 410, "File taken off", "The file was taken off the document; what is known of it stays.",
        members: ["since"]))
    api.problem(
      ProblemType(
        "media-type-mismatch", 415, "File is of another type", "The bytes are not of the announced media type.",
        members: ["declared", "found"]))
  }

  private func add(_ family: AttachmentFamily, to api: inout RouteTable) {
    let types = Attachment.MediaType.allCases.map(\.rawValue)
    let path = "/v1/\(family.resource.collection)/{id}/attachments"
    api.get(path, family.read) { try await list(family, $0) }
    api.add(
      Operation(
        .post, path, .permission(family.attach),
        body: .stream(types + [Attachment.MediaType.bytes], bytesPerSecond: Self.bytesPerSecond),
        idempotency: .required, status: 201, maximumBody: service.maximumBytes)
    ) { try await upload(family, $0) }
    api.get("\(path)/{attachment}", family.read) { try await get(family, $0) }
    api.add(
      Operation(
        .get, "\(path)/{attachment}/content", .permission(family.read), alternatives: [206], criticality: .read,
        produces: types)
    ) { try await download(family, $0) }
    api.post("\(path)/{attachment}/remove", family.detach, status: 200) { try await remove(family, $0) }
  }

  // MARK: Reading

  private func list(_ family: AttachmentFamily, _ call: Call) async throws -> Answer {
    let removed = try call.query.boolean("removed")
    let page = try call.page(sorts: ["uploadedAt"], default: "-uploadedAt")
    _ = try call.fields()
    try call.query.finish()
    return try Answer.page(
      try await service.list(family, try call.reference(), removed: removed, page, call.caller), call)
  }

  private func get(_ family: AttachmentFamily, _ call: Call) async throws -> Answer {
    let id = try call.identifier("attachment", Attachment.self)
    return Answer.ok(try await service.get(family, try call.reference(), id, call.caller))
  }

  private func download(_ family: AttachmentFamily, _ call: Call) async throws -> Answer {
    let id = try call.identifier("attachment", Attachment.self)
    try call.query.finish()
    let attachment = try await service.readable(family, try call.reference(), id, call.caller)
    let content = attachment.content
    let tag = "\"\(content.hexadecimal)\""
    var headers = [
      Answer.Header("accept-ranges", "bytes"),
      // The bytes never change, but who may see them does: kept, and asked for every time.
      Answer.Header("cache-control", "private, no-cache"),
      Answer.Header("content-disposition", ContentDisposition.attachment(attachment.downloadName)),
      Answer.Header("content-security-policy", "default-src 'none'; frame-ancestors 'none'; sandbox"),
      Answer.Header("content-type", Self.field(content.mediaType)),
      Answer.Header("etag", tag),
    ]
    let range = ByteRange.of(
      call.header("range"), condition: call.header("if-range"), tag: tag, length: content.size)
    switch range {
    case .whole:
      return Answer(
        status: 200, headers: headers, stream: try await service.bytes(of: attachment, 0..<content.size))
    case .part(let part):
      headers.append(
        Answer.Header("content-range", "bytes \(part.lowerBound)-\(part.upperBound - 1)/\(content.size)"))
      return Answer(status: 206, headers: headers, stream: try await service.bytes(of: attachment, part))
    case .unsatisfiable:
      throw Problem(
        .rangeNotSatisfiable, "The file has \(content.size) bytes.", ["size": .number(content.size)],
        headers: [Answer.Header("content-range", "bytes */\(content.size)")])
    }
  }

  private static func field(_ type: Attachment.MediaType) -> String {
    switch type {
    case .text, .csv: "\(type.rawValue); charset=utf-8"
    case .jpeg, .png, .webp, .heic, .pdf, .mp4: type.rawValue
    }
  }

  // MARK: Writing

  private func upload(_ family: AttachmentFamily, _ call: Call) async throws -> Answer {
    let name = try call.query.text("fileName")
    let description = try call.query.text("description", max: 1000)
    try call.query.finish()
    guard let name else { throw Problem.parameter("fileName", .required, "is required") }
    guard Self.isFileName(name) else {
      throw Problem.parameter("fileName", .invalidFormat, "must be a name without folders and control characters")
    }
    let type = Attachment.MediaType(rawValue: call.mediaType)
    if type == nil, call.mediaType != Attachment.MediaType.bytes { throw Problem(.unsupportedMediaType) }
    let path = call.path
    return try await service.upload(
      AttachmentDraft(fileName: name, description: description, mediaType: type), to: family, try call.reference(),
      from: call.stream, by: call.caller
    ) { hash in
      call.command(of: [hash, Array(name.utf8), Array((description ?? "").utf8)]) { filed in
        Answer.created(filed, location: "\(path)/\(filed.attachment.id)")
      }
    }
  }

  private static func isFileName(_ name: String) -> Bool {
    name != "." && name != ".."
      && name.unicodeScalars.allSatisfy { scalar in
        switch scalar.properties.generalCategory {
        // Among the formats are those that turn the reading direction: `gpj.exe` would read `exe.jpg`.
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .unassigned, .privateUse: false
        default: scalar != "/" && scalar != "\\"
        }
      }
  }

  private func remove(_ family: AttachmentFamily, _ call: Call) async throws -> Answer {
    var form = try call.body()
    let reason = form.required("reason", .text(1...500))
    try form.finish()
    guard let reason else { throw form.failure }
    let id = try call.identifier("attachment", Attachment.self)
    return try await service.remove(
      family, try call.reference(), id, reason: reason, call.command { Answer.ok($0) })
  }
}
