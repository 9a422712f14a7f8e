package import FoundationEssentials

/// That somebody was shown who a customer is: one row a request and person, kept for ever (SEC-04).
package struct PersonalDataRead: Hashable, Sendable {
  package typealias ID = Identifier<PersonalDataRead>

  package let id: ID
  package let at: Timestamp
  package let holder: PersonalDataHolder
  package let actorKind: String
  package let actorID: UUID?
  package let actorName: String
  /// Codes of the roles that he had.
  package let actorRoles: [String]
  package let requestID: String
  /// `GET /v1/customers/{id}`: the operation, not the path.
  package let operation: String
  /// What the caller said he needed it for (`Access-Purpose`).
  package let purpose: String?

  package init(
    id: ID, at: Timestamp, holder: PersonalDataHolder, actorKind: String, actorID: UUID?, actorName: String,
    actorRoles: [String], requestID: String, operation: String, purpose: String?
  ) {
    self.id = id
    self.at = at
    self.holder = holder
    self.actorKind = actorKind
    self.actorID = actorID
    self.actorName = actorName
    self.actorRoles = actorRoles
    self.requestID = requestID
    self.operation = operation
    self.purpose = purpose
  }

  /// A row that is being written.
  package init(
    of holder: PersonalDataHolder, by caller: Caller, requestID: String, operation: String, purpose: String?,
    at: Timestamp
  ) {
    self.init(
      id: .new(at: at), at: at, holder: holder, actorKind: caller.subject.kind, actorID: caller.subject.id,
      actorName: caller.name, actorRoles: caller.roles.map(\.rawValue).sorted(), requestID: requestID,
      operation: operation, purpose: purpose)
  }
}

extension PersonalDataHolder {
  package var customerID: Customer.ID? {
    if case .customer(let id) = self { id } else { nil }
  }

  /// The document that names somebody without a file.
  package var document: (resource: Resource, id: UUID, station: Station.ID?)? {
    if case .document(let resource, let id, let station) = self { (resource, id, station) } else { nil }
  }
}
