import Domain
import Repositories

/// A kind of document as what hangs on it knows it (files, notes): how one is found, and whose its papers are.
package struct SubjectFamily: Sendable {
  /// Whose the papers of a document are.
  package enum Ownership: Hashable, Sendable {
    /// The document's, wherever it goes.
    case document
    /// Of whoever brought them: the document belongs to no station.
    case sender
  }

  package let ownership: Ownership
  /// Stands under another station's scope, which the finder looks beyond.
  private let isElsewhere: Bool
  private let finder: SubjectFinder

  private init(_ finder: @escaping SubjectFinder, ownership: Ownership = .document, isElsewhere: Bool = false) {
    self.finder = finder
    self.ownership = ownership
    self.isElsewhere = isElsewhere
  }

  static func of<Store: DocumentStore>(_ store: Store.Type) -> SubjectFamily { SubjectFamily(Subjects.of(store)) }

  static let customers = SubjectFamily(Subjects.customers)
  static let users = SubjectFamily(Subjects.users)
  static let vehicles = SubjectFamily(Subjects.of(VehicleRepository.self), ownership: .sender)
  static let suppliers = SubjectFamily(Subjects.of(SupplierRepository.self), ownership: .sender)
  static let transferRequests = SubjectFamily(Subjects.transferRequests, isElsewhere: true)

  // MARK: The document of a path

  /// `nil` outside the caller's scope (SEC-03).
  func find(
    _ reference: Reference<DocumentSubject>, _ caller: Caller, in database: Database
  ) async throws -> DocumentSubject? {
    try await database.read(isElsewhere ? caller.beyondScope() : caller, finder(reference, caller.scope))
  }

  /// The same within the transaction of a write.
  func find(
    _ reference: Reference<DocumentSubject>, _ caller: Caller, in tx: Transaction
  ) async throws -> DocumentSubject? {
    if !isElsewhere { return try await tx.run(finder(reference, caller.scope)) }
    return try await tx.within(.network, of: caller) { try await tx.run(finder(reference, caller.scope)) }
  }

  // MARK: What hangs on it

  /// How far a caller who sees the document sees what hangs on it.
  func sight(of caller: Caller) -> Caller {
    switch ownership {
    case .document: caller.beyondScope()
    case .sender: caller
    }
  }

  /// What stations file about a vehicle shows who had it before: whoever reads vehicles for a customer sees none of it (D-27).
  func hidesPapers(from caller: Caller) -> Bool {
    switch ownership {
    case .document: false
    case .sender: caller.scope.holder?.isOwnVehiclesOnly ?? false
    }
  }

  /// The document as it stands on what the caller adds.
  func holder(of subject: DocumentSubject, for caller: Caller) throws(Refusal) -> DocumentSubject {
    switch ownership {
    case .document: subject
    case .sender: subject.filed(at: try caller.scope.owner(naming: nil))
    }
  }
}
