package import Domain
import Repositories

/// What the services of documents do that have actions and no transition table: they say what can be done now.
package protocol ActingService: DocumentService {
  /// What can be done with the document as it is, with what stands in this caller's way.
  static func offers(on document: Document, to caller: Caller) -> [ActionOffer]
}

extension ActingService {
  package func offers(_ reference: Reference<Document>, _ caller: Caller) async throws -> [ActionOffer] {
    Self.offers(on: try await whole(reference, caller), to: caller)
  }
}
