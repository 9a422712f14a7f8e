package import FoundationEssentials

/// A document as what hangs on it knows it: files, the team of a case.
package struct DocumentSubject: Hashable, Sendable {
  package let resource: Resource
  package let id: UUID
  package let number: String?
  package let version: Int
  /// `nil`: headquarters.
  package let stationID: Station.ID?

  package init(resource: Resource, id: UUID, number: String?, version: Int, stationID: Station.ID?) {
    self.resource = resource
    self.id = id
    self.number = number
    self.version = version
    self.stationID = stationID
  }

  package init<Document: VersionedDocument>(_ document: Document) {
    self.init(
      resource: Document.resource, id: document.id.uuid, number: document.designation, version: document.version,
      stationID: document.audience.station)
  }

  /// The same for a file that somebody else's station brings.
  package func filed(at station: Station.ID?) -> DocumentSubject {
    DocumentSubject(resource: resource, id: id, number: number, version: version, stationID: station)
  }
}
