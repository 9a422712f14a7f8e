import Domain
package import Services

/// Notes on documents that have no transition table: the same two operations for every family of `NoteFamily.all`.
package struct NoteRoutes: Sendable {
  private let service: NoteService

  package init(_ service: NoteService) { self.service = service }

  package func add(to api: inout RouteTable) {
    for family in service.families {
      let path = "/v1/\(family.resource.collection)/{id}/notes"
      api.get(path, family.read) { try await list(family, $0) }
      api.post(path, family.write) { try await add(to: family, $0) }
    }
  }

  private func list(_ family: NoteFamily, _ call: Call) async throws -> Answer {
    let page = try call.notePage()
    let found = try await service.list(family, try call.reference(), page, call.caller)
    return try Answer.page(found.map { $0.shown(to: call.caller) }, call)
  }

  private func add(to family: NoteFamily, _ call: Call) async throws -> Answer {
    let text = try call.noteText()
    return try await service.add(text, to: family, try call.reference(), call.notePresenting())
  }
}

extension Call {
  /// The page of notes that is asked for, the newest first unless asked otherwise.
  func notePage() throws -> PageRequest { try page(sorts: ["createdAt"], default: "-createdAt") }

  /// The body of a new note.
  func noteText() throws -> String {
    var form = try body()
    let text = form.required("text", .text(1...4000))
    try form.finish()
    guard let text else { throw form.failure }
    return text
  }

  /// The write that answers 201 with a note.
  func notePresenting() -> Command<Note> {
    command { [caller, path] note in Answer.created(note.shown(to: caller), location: path) }
  }
}
