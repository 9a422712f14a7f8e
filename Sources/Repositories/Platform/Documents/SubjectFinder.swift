package import Domain
package import Postgres

/// The document that a path names, as what hangs on it knows it: files, notes. `nil` outside the scope.
package typealias SubjectFinder = @Sendable (Reference<DocumentSubject>, Scope) -> Query<DocumentSubject?>

/// The finders of kinds of document.
package enum Subjects {
  package static func of<Store: DocumentStore>(_ store: Store.Type) -> SubjectFinder {
    { reference, scope in
      Store.find(reference.named(Store.Document.self), in: scope).map { $0.map(DocumentSubject.init) }
    }
  }

  /// Of a person who was erased there is nothing.
  package static let customers: SubjectFinder = { reference, scope in
    CustomerRepository.find(reference.named(Customer.self), in: scope).map { found in
      guard let customer = found, customer.state != .erased else { return nil }
      return DocumentSubject(customer)
    }
  }

  package static let users: SubjectFinder = { reference, scope in
    UserRepository.find(reference.named(User.self), in: scope).map { $0.map { DocumentSubject($0) } }
  }

  /// Orders of other stations for the stock of one's own: read with the sight of the network, shown to whom they ask.
  package static let transferRequests: SubjectFinder = { reference, scope in
    PartsOrderRepository.find(reference.named(PartsOrder.self), in: .network).map { found in
      found.flatMap { TransferRequest($0, within: scope) }.map { DocumentSubject($0) }
    }
  }
}
