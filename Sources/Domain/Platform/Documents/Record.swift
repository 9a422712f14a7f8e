/// A document that other systems know under identities of their own.
package protocol ExternallyIdentified {
  /// `{system: id}`; the dealer management system finds the document by them (domain.md section 13).
  var externalIDs: [String: String] { get set }
}

/// The identity that one other system gave a document.
package struct ExternalKey: Hashable, Sendable {
  /// 1–64 characters: the name in `externalIds`.
  package let system: String
  /// 1–200 characters.
  package let id: String

  package init(system: String, id: String) {
    self.system = system
    self.id = id
  }
}

extension ExternallyIdentified {
  /// This document or draft under the key, with what `known` says of other systems: an upsert adds identities and takes
  /// none away.
  ///
  /// - Throws: `Refusal.invalid` when the body names another identity in the same system, or the document would have more than
  ///   `ExternalIDsPatch.maximum`.
  package func identified(by key: ExternalKey, beside known: [String: String]) throws(Refusal) -> Self {
    if let named = externalIDs[key.system], named != key.id {
      throw .invalid(
        "#/externalIds/\(key.system.replacing("~", with: "~0").replacing("/", with: "~1"))", .inconsistent,
        "must be the identity in the path")
    }
    var identified = self
    identified.externalIDs[key.system] = key.id
    identified.externalIDs = try ExternalIDsPatch(identified.externalIDs.mapValues { $0 }).applied(to: known)
    return identified
  }
}

/// A document as an upsert left it.
package struct Upserted<Document: Sendable>: Sendable {
  package enum Outcome: String, Hashable, Sendable, CaseIterable {
    case created, updated
    /// The body says what is known already: no version, no event.
    case unchanged
  }

  package let document: Document
  package let outcome: Outcome

  package init(_ document: Document, _ outcome: Outcome) {
    self.document = document
    self.outcome = outcome
  }
}

/// A document that is written as a whole and changed member by member, without a life cycle: its draft is what a body says.
package protocol Record: RevisedDocument, ExternallyIdentified {
  associatedtype Draft: Sendable, ExternallyIdentified

  /// Puts what a draft says in place of what was said before, checked as a whole; what is never changed (code, VIN) stays.
  ///
  /// - Throws: `Refusal.invalid` with all violations (C-09).
  mutating func rewrite(as draft: Draft) throws(Refusal)
}
