package import Domain
import Repositories

/// Notes on documents of every family that `NoteFamily.all` lists.
package struct NoteService: Sendable {
  private let work: UnitOfWork

  package init(_ work: UnitOfWork) { self.work = work }

  package var families: [NoteFamily] { NoteFamily.all }

  /// - Throws: `Refusal.notFound`, also for a document outside the scope (SEC-03).
  package func list(
    _ family: NoteFamily, _ reference: Reference<DocumentSubject>, _ page: PageRequest, _ caller: Caller
  ) async throws -> Page<Note> {
    try caller.require(family.read)
    guard let subject = try await family.subjects.find(reference, caller, in: work.database) else {
      throw Refusal.notFound
    }
    if subject.resource == .customer { Disclosure(of: Customer.ID(subject.id), to: caller).note() }
    let sight = family.subjects.sight(of: caller)
    return try await work.database.read(
      sight, NoteRepository.list(subject.resource, subject.id, page, in: sight.scope))
  }

  /// Adds a note; the document keeps its version.
  package func add(
    _ text: String, to family: NoteFamily, _ reference: Reference<DocumentSubject>, _ command: Command<Note>
  ) async throws -> Answer {
    try await work.perform(command, family.write) { tx in
      guard let found = try await family.subjects.find(reference, command.caller, in: tx) else {
        throw Refusal.notFound
      }
      let subject = try family.subjects.holder(of: found, for: command.caller)
      return try NoteBook.add(text, to: subject, family.write, command, in: tx)
    }
  }
}

/// How a note comes onto a document of any kind.
enum NoteBook {
  /// Queues the note and its event.
  ///
  /// - Throws: `Refusal.forbidden` for what stands on no station's document: that is headquarters' own, which other scopes cannot
  ///   write.
  static func add(
    _ text: String, to subject: DocumentSubject, _ permission: Permission, _ command: Command<Note>, in tx: Transaction
  ) throws(Refusal) -> Note {
    if subject.stationID == nil, !command.caller.scope.covers(nil, case: subject.id) {
      throw .forbidden(permission)
    }
    let note = Note(id: .new(at: command.at), text: text, createdAt: command.at, createdBy: .init(command.caller))
    tx.enqueue(NoteRepository.insert(note, on: subject.resource, subject.id, station: subject.stationID))
    tx.record(subject.event("noted", data: ["noteId": .text(note.id.description)]), by: command)
    return note
  }
}
