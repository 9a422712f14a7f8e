/// A document that other systems know under identities of their own.
package protocol ExternallyIdentified {
  /// `{system: id}`; the dealer management system finds the document by them (domain.md section 13).
  var externalIDs: [String: String] { get set }
}

/// A document that is written as a whole and changed member by member, without a life cycle: its draft is what a body says.
package protocol Record: VersionedDocument, ExternallyIdentified {
  associatedtype Draft: Sendable

  var stamp: RecordStamp { get }

  /// Puts what a draft says in place of what was said before, checked as a whole; what is never changed (code, VIN) stays.
  ///
  /// - Throws: `Refusal.invalid` with all violations (C-09).
  mutating func rewrite(as draft: Draft) throws(Refusal)
}
