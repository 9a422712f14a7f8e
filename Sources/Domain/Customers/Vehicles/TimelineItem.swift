package import FoundationEssentials

/// One moment in the life of a vehicle (domain.md section 7): what happened, when, in which document.
package struct TimelineItem: Hashable, Sendable {
  package enum Kind: String, Hashable, Sendable, CaseIterable {
    /// The file was made or changed.
    case vehicleChanged
    case odometerReading
    /// A customer became or ceased to be owner, user or driver.
    case customerLinked, customerUnlinked
    case workOrderOpened, workOrderDelivered
    case serviceRequestReceived
    case complaintReceived, complaintClosed
    /// A deadline of one of the documents began, was kept, or passed unmet.
    case clockStarted, clockMet, clockBreached
  }

  package let at: Timestamp
  package let kind: Kind
  /// A short sentence for a person, without personal data.
  package let title: String
  package let resource: Resource
  /// The document to open for more.
  package let id: UUID
  package let number: String?
  package let stationID: Station.ID?
  package let data: [String: EventValue]

  package init(
    at: Timestamp, kind: Kind, title: String, resource: Resource, id: UUID, number: String?, stationID: Station.ID?,
    data: [String: EventValue]
  ) {
    self.at = at
    self.kind = kind
    self.title = title
    self.resource = resource
    self.id = id
    self.number = number
    self.stationID = stationID
    self.data = data
  }
}
