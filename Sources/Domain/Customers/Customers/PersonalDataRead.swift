package import FoundationEssentials

/// That somebody was shown who a customer is: one row a request and customer, kept for ever (SEC-04).
package struct PersonalDataRead: Hashable, Sendable {
  package typealias ID = Identifier<PersonalDataRead>

  package let id: ID
  package let at: Timestamp
  package let customerID: Customer.ID
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
    id: ID, at: Timestamp, customerID: Customer.ID, actorKind: String, actorID: UUID?, actorName: String,
    actorRoles: [String], requestID: String, operation: String, purpose: String?
  ) {
    self.id = id
    self.at = at
    self.customerID = customerID
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
    of customer: Customer.ID, by caller: Caller, requestID: String, operation: String, purpose: String?, at: Timestamp
  ) {
    self.init(
      id: .new(at: at), at: at, customerID: customer, actorKind: caller.subject.kind, actorID: caller.subject.id,
      actorName: caller.name, actorRoles: caller.roles.map(\.rawValue).sorted(), requestID: requestID,
      operation: operation, purpose: purpose)
  }
}
