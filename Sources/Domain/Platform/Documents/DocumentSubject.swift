package import FoundationEssentials

/// A document as what hangs on it knows it: files, the team of a case.
package struct DocumentSubject: Hashable, Sendable {
  package let resource: Resource
  package let id: UUID
  package let number: String?
  package let version: Int
  /// `nil`: headquarters.
  package let stationID: Station.ID?
  /// Everybody sees the document, and hears of what happens to it.
  package let isNetworkWide: Bool

  package init(
    resource: Resource, id: UUID, number: String?, version: Int, stationID: Station.ID?, isNetworkWide: Bool = false
  ) {
    self.resource = resource
    self.id = id
    self.number = number
    self.version = version
    self.stationID = stationID
    self.isNetworkWide = isNetworkWide
  }

  package init<Document: VersionedDocument>(_ document: Document) {
    self.init(
      resource: Document.resource, id: document.id.uuid, number: document.designation, version: document.version,
      stationID: document.audience.station, isNetworkWide: document.audience == .network)
  }

  package init(_ user: User) {
    self.init(
      resource: .user, id: user.id.uuid, number: user.username, version: user.version,
      stationID: user.assignment.stationID)
  }

  /// The station whose stock is asked for has files and notes of its own on the order: what it writes there the other does not
  /// read, nor the reverse.
  package init(_ request: TransferRequest) {
    self.init(
      resource: .transferRequest, id: request.order.id.uuid, number: request.order.number,
      version: request.order.version, stationID: request.order.header.sourceStationID)
  }

  /// The same for what somebody brings who is not the document's owner: it is his, and nobody else hears of it.
  package func filed(at station: Station.ID?) -> DocumentSubject {
    DocumentSubject(resource: resource, id: id, number: number, version: version, stationID: station)
  }
  /// An event about the document, for whoever has what hangs on it.
  package func event(_ type: String, reason: String? = nil, data: [String: EventValue]) -> Change {
    Change(
      type: "\(resource.rawValue).\(type)", resource: resource, id: id, number: number, version: version,
      station: stationID, networkWide: isNetworkWide, reason: reason, data: data)
  }
}
