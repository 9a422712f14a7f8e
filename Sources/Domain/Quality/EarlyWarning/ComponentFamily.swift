/// A family of components that the early warning counts by, with the words that mean it (A11). What another maker or another
/// catalogue calls a component is data: a change holds from the next day that is evaluated on, what was observed before keeps the
/// component that it was counted with.
package struct ComponentFamily: Record {
  package typealias ID = Identifier<ComponentFamily>

  package static let resource = Resource.componentFamily

  package let id: ID
  /// As in signals and statistics; unique and never changed.
  package let code: String
  package private(set) var content: Content
  package var externalIDs: [String: String]
  package var revision: Revision

  package struct Content: Hashable, Sendable {
    package var name: String
    package var nameEn: String?
    /// Beginnings of what complaints and claims call the component, in capitals. The longest one decides, over all families; each
    /// means one family. What no family knows is a component of its own, up to the first colon.
    package var componentPrefixes: [String]
    /// Beginnings of fault codes (ISO 15031-6), in capitals.
    package var faultCodePrefixes: [String]
    /// Whether its reports may warn: "other" is no component.
    package var isWatched: Bool

    package init(
      name: String, nameEn: String?, componentPrefixes: [String], faultCodePrefixes: [String], isWatched: Bool
    ) {
      self.name = name
      self.nameEn = nameEn
      self.componentPrefixes = componentPrefixes
      self.faultCodePrefixes = faultCodePrefixes
      self.isWatched = isWatched
    }

    /// Each word once.
    func violations() -> [Violation] {
      Self.repeated(componentPrefixes, "componentPrefixes") + Self.repeated(faultCodePrefixes, "faultCodePrefixes")
    }

    private static func repeated(_ words: [String], _ member: String) -> [Violation] {
      var known: Set<String> = []
      return words.enumerated().compactMap { place, word in
        known.insert(word).inserted
          ? nil : Violation(pointer: "#/\(member)/\(place)", code: .notUnique, detail: "is named already")
      }
    }
  }

  package init(
    id: ID, code: String, content: Content, externalIDs: [String: String], version: Int, stamp: RecordStamp
  ) {
    self.id = id
    self.code = code
    self.content = content
    self.externalIDs = externalIDs
    self.revision = Revision(version: version, stamp: stamp)
  }

  package var designation: String? { code }
  package var audience: Audience { .network }

  package mutating func rewrite(as draft: ComponentFamilyDraft) throws(Refusal) {
    try draft.validate()
    content = draft.content
    externalIDs = draft.externalIDs
  }

  package func changes(from before: ComponentFamily?) -> [FieldChange] {
    let old = before?.content
    var comparison = FieldComparison()
    comparison.field("code", before?.code, code)
    comparison.field("name", old?.name, content.name)
    comparison.field("nameEn", old?.nameEn, content.nameEn)
    comparison.field("componentPrefixes", old?.componentPrefixes ?? [], content.componentPrefixes)
    comparison.field("faultCodePrefixes", old?.faultCodePrefixes ?? [], content.faultCodePrefixes)
    comparison.field("isWatched", old?.isWatched ?? false, content.isWatched)
    comparison.field("externalIds", before?.externalIDs ?? [:], externalIDs)
    return comparison.changes
  }
}

package struct ComponentFamilyDraft: Hashable, Sendable, ExternallyIdentified {
  package let code: String
  package let content: ComponentFamily.Content
  package var externalIDs: [String: String]

  package init(code: String, content: ComponentFamily.Content, externalIDs: [String: String]) {
    self.code = code
    self.content = content
    self.externalIDs = externalIDs
  }

  package func validate() throws(Refusal) {
    let found = content.violations()
    if !found.isEmpty { throw .invalid(found) }
  }
}

package struct ComponentFamilyFilter: Hashable, Sendable {
  package var isWatched: Bool?
  /// What a complaint or claim calls a component, or a fault code: the families that know a beginning of it.
  package var word: String?

  package init() {}
}
