/// A remark on a document, added and never changed; every family's documents have them (domain.md section 3).
package struct Note: Hashable, Sendable {
  package typealias ID = Identifier<Note>
  package let id: ID
  package let text: String
  package let createdAt: Timestamp
  package let createdBy: RecordStamp.Author

  package init(id: ID, text: String, createdAt: Timestamp, createdBy: RecordStamp.Author) {
    self.id = id
    self.text = text
    self.createdAt = createdAt
    self.createdBy = createdBy
  }

  /// The note as this caller may read it (SEC-04).
  package func shown(to caller: Caller) -> Note {
    if caller.may(.customersReadPersonal) { return self }
    return Note(id: id, text: FreeText.cleaned(text), createdAt: createdAt, createdBy: createdBy)
  }
}
