/// A spare part of the catalogue (PRT-01, PRT-15).
package struct Part: Record {
  package typealias ID = Identifier<Part>

  /// Made for the brand, or one that fits (PRT-15).
  package enum Origin: String, Hashable, Sendable, CaseIterable {
    case original, compatible
  }

  /// What quantities of the part count.
  package enum Unit: String, Hashable, Sendable, CaseIterable {
    case piece, set, litre, metre, kilogram
  }

  package static let resource = Resource.part

  package let id: ID
  /// `^[A-Z0-9][A-Z0-9.-]{0,31}$`, unique, never changed.
  package let number: String
  package var content: Content
  package var externalIDs: [String: String]
  package var revision: Revision

  /// What headquarters keeps about a part and may change.
  package struct Content: Hashable, Sendable {
    package var name: String
    package var nameEn: String?
    package var origin: Origin
    package var unit: Unit
    /// Wears out, so stations keep enough of it (PRT-14).
    package var wearPart: Bool
    package var discontinued: Bool
    package var note: String?

    package init(
      name: String, nameEn: String?, origin: Origin, unit: Unit, wearPart: Bool, discontinued: Bool, note: String?
    ) {
      self.name = name
      self.nameEn = nameEn
      self.origin = origin
      self.unit = unit
      self.wearPart = wearPart
      self.discontinued = discontinued
      self.note = note
    }
  }

  package init(
    id: ID, number: String, content: Content, externalIDs: [String: String], version: Int, stamp: RecordStamp
  ) {
    self.id = id
    self.number = number
    self.content = content
    self.externalIDs = externalIDs
    self.revision = Revision(version: version, stamp: stamp)
  }

  package var designation: String? { number }
  package var audience: Audience { .network }

  package mutating func rewrite(as draft: PartDraft) throws(Refusal) {
    try draft.validate()
    content = draft.content
    externalIDs = draft.externalIDs
  }

  package func changes(from before: Part?) -> [FieldChange] {
    let old = before?.content
    var comparison = FieldComparison()
    comparison.field("number", before?.number, number)
    comparison.field("name", old?.name, content.name)
    comparison.field("nameEn", old?.nameEn, content.nameEn)
    comparison.choice("origin", old?.origin, content.origin)
    comparison.choice("unit", old?.unit, content.unit)
    comparison.field("wearPart", old?.wearPart ?? false, content.wearPart)
    comparison.field("discontinued", old?.discontinued ?? false, content.discontinued)
    comparison.field("note", old?.note, content.note)
    comparison.field("externalIds", before?.externalIDs ?? [:], externalIDs)
    return comparison.changes
  }
}

package struct PartDraft: Hashable, Sendable, ExternallyIdentified {
  package let number: String
  package let content: Part.Content
  package var externalIDs: [String: String]

  package init(number: String, content: Part.Content, externalIDs: [String: String]) {
    self.number = number
    self.content = content
    self.externalIDs = externalIDs
  }

  package func validate() throws(Refusal) {
    if !CatalogueCode.isWellFormed(number) {
      throw .invalid(
        "#/number", .invalidFormat,
        "must be 1 to 32 capital letters, digits, dots or hyphens, beginning with a letter or digit")
    }
  }
}

package struct PartFilter: Hashable, Sendable {
  package let origins: [Part.Origin]
  package let wearPart: Bool?
  package let discontinued: Bool?
  /// Beginning of number or name, case-insensitive.
  package let text: String?

  package init(
    origins: [Part.Origin] = [], wearPart: Bool? = nil, discontinued: Bool? = nil, text: String? = nil
  ) {
    self.origins = origins
    self.wearPart = wearPart
    self.discontinued = discontinued
    self.text = text
  }
}

/// How much of a part is a quantity: pieces, never a fraction (domain.md section 1).
package enum PartQuantity {
  package static let range = 1...1_000_000
}
