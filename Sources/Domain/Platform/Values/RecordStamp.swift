package import FoundationEssentials

/// Who made a record and who changed it last, as the record itself shows it; the whole story is its history (REC-10).
package struct RecordStamp: Hashable, Sendable {
  /// A person or machine client: the name as it was then, and the identity unless the product itself acted.
  package struct Author: Hashable, Sendable {
    package let name: String
    package let id: UUID?
    package init(name: String, id: UUID?) {
      self.name = name
      self.id = id
    }

    package init(_ caller: Caller) { self.init(name: caller.name, id: caller.subject.id) }
  }

  package let createdAt: Timestamp
  package let createdBy: Author
  package let updatedAt: Timestamp
  package let updatedBy: Author

  package init(createdAt: Timestamp, createdBy: Author, updatedAt: Timestamp, updatedBy: Author) {
    self.createdAt = createdAt
    self.createdBy = createdBy
    self.updatedAt = updatedAt
    self.updatedBy = updatedBy
  }

  /// The stamp of a record made now.
  package init(by caller: Caller, at instant: Timestamp) {
    let author = Author(caller)
    self.init(createdAt: instant, createdBy: author, updatedAt: instant, updatedBy: author)
  }

  /// The same record, changed now.
  package func touched(by caller: Caller, at instant: Timestamp) -> RecordStamp {
    RecordStamp(createdAt: createdAt, createdBy: createdBy, updatedAt: instant, updatedBy: Author(caller))
  }
}
