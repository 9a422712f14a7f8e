package import Domain
import Repositories

/// What the services of documents with a transition table do in the same way beside `DocumentService`: offers, notes, actions.
package protocol LifecycleService: DocumentService where Document: LifecycleDocument {
  /// The permission to add a note.
  static var noting: Permission { get }
  /// What stands in the way of actions beside the transition table: numbers of policies, which a pure guard does not know.
  func obstacles(on document: Document, _ caller: Caller) async throws -> [Document.Action: ActionOffer.Obstacle]
}

extension LifecycleService {
  // MARK: Reading

  /// What the caller may do now, and what stands in the way of the rest.
  package func offers(_ reference: Reference<Document>, _ caller: Caller) async throws -> [ActionOffer] {
    let document = try await whole(reference, caller)
    let offers = Document.lifecycle.offers(on: document, to: caller)
    let obstacles = try await obstacles(on: document, caller)
    if obstacles.isEmpty { return offers }
    return offers.map { offer in
      guard let obstacle = Document.Action(rawValue: offer.action).flatMap({ obstacles[$0] }) else { return offer }
      return ActionOffer(action: offer.action, to: offer.to, obstacles: offer.obstacles + [obstacle])
    }
  }

  package func obstacles(
    on document: Document, _ caller: Caller
  ) async throws -> [Document.Action: ActionOffer.Obstacle] { [:] }

  package func notes(
    _ reference: Reference<Document>, _ page: PageRequest, _ caller: Caller
  ) async throws -> Page<Note> {
    let document = try await get(reference, caller)
    return try await work.database.read(
      caller, NoteRepository.list(Document.resource, document.id.uuid, page, in: caller.scope))
  }

  // MARK: Writing

  /// Adds a note; the document keeps its version.
  package func addNote(
    _ reference: Reference<Document>, _ text: String, _ command: Command<Note>
  ) async throws -> Answer {
    try await work.perform(command, Self.noting) { tx in
      guard let document = try await tx.run(Store.find(reference, in: command.caller.scope)) else {
        throw Refusal.notFound
      }
      return try NoteBook.add(text, to: DocumentSubject(document), Self.noting, command, in: tx)
    }
  }

  /// An action that only moves the state, and says why.
  package func move(
    _ reference: Reference<Document>, _ action: Document.Action, reason: String? = nil,
    data: [String: EventValue] = [:], _ command: Command<Document>
  ) async throws -> Answer {
    try await act(reference, action, reason: reason, data: data, command) { document, _ throws(Refusal) in
      try document.take(action, outcome: nil, by: command.caller.subject)
    }
  }

  /// An action of the transition table: its permission, the locked document, what `body` does to it, and the events that
  /// the row names, the first with `reason` and `data`.
  func act(
    _ reference: Reference<Document>, _ action: Document.Action, reason: String? = nil,
    data: [String: EventValue] = [:], _ command: Command<Document>,
    _ body: (inout Document, Transaction) async throws -> Transition<Document>
  ) async throws -> Answer {
    try await perform(reference, action, command) { document, tx in
      Effects(try await body(&document, tx), reason: reason, data: data)
    }
  }

  /// The same where what the events tell is known only behind the lock.
  func perform(
    _ reference: Reference<Document>, _ action: Document.Action, _ command: Command<Document>,
    _ body: (inout Document, Transaction) async throws -> Effects
  ) async throws -> Answer {
    try await work.perform(command, try Document.lifecycle.permission(for: action)) { tx in
      let before = try await load(reference, command, in: tx)
      var document = before
      let effects = try await body(&document, tx)
      return save(document, over: before, effects, command, in: tx)
    }
  }
}
