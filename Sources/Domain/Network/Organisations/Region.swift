/// A regional centre of the network (地区中心): the tier between headquarters and the stations (ORG-01).
package struct Region: Record {
  package typealias ID = Identifier<Region>

  package static let resource = Resource.region

  package let id: ID
  /// `^[A-Z0-9]{2,8}$`, unique, never changed: people and reports name a region by it.
  package let code: String
  package var name: String
  package var nameEn: String?
  package var externalIDs: [String: String]
  package var revision: Revision

  package init(
    id: ID, code: String, name: String, nameEn: String?, externalIDs: [String: String], version: Int, stamp: RecordStamp
  ) {
    self.id = id
    self.code = code
    self.name = name
    self.nameEn = nameEn
    self.externalIDs = externalIDs
    self.revision = Revision(version: version, stamp: stamp)
  }

  package var designation: String? { code }
  package var audience: Audience { .network }

  package mutating func rewrite(as draft: RegionDraft) throws(Refusal) {
    try draft.validate()
    name = draft.name
    nameEn = draft.nameEn
    externalIDs = draft.externalIDs
  }

  package func changes(from before: Region?) -> [FieldChange] {
    var comparison = FieldComparison()
    comparison.field("code", before?.code, code)
    comparison.field("name", before?.name, name)
    comparison.field("nameEn", before?.nameEn, nameEn)
    comparison.field("externalIds", before?.externalIDs ?? [:], externalIDs)
    return comparison.changes
  }
}

/// A region as asked for; the service gives it identity, version and stamp.
package struct RegionDraft: Hashable, Sendable, ExternallyIdentified {
  package let code: String
  package let name: String
  package let nameEn: String?
  package var externalIDs: [String: String]

  package init(code: String, name: String, nameEn: String?, externalIDs: [String: String]) {
    self.code = code
    self.name = name
    self.nameEn = nameEn
    self.externalIDs = externalIDs
  }

  /// The code pattern, all violations at once (C-09).
  package func validate() throws(Refusal) {
    if !OrganisationCode.isRegion(code) {
      throw .invalid("#/code", .invalidFormat, "must be 2 to 8 capital letters or digits")
    }
  }
}

/// What a list of regions can be narrowed by.
package struct RegionFilter: Hashable, Sendable {
  /// Beginning of code or name, case-insensitive.
  package let text: String?
  package init(text: String? = nil) { self.text = text }
}

/// The patterns of the codes that people write; the tables repeat them as checks.
package enum OrganisationCode {
  /// `^[A-Z0-9]{2,8}$`
  package static func isRegion(_ text: String) -> Bool { isCapitals(text, 2...8) }

  /// `^[A-Z0-9]{2,12}$`: part of every document number of the station, so neither spaces nor hyphens, nor headquarters' `HQ`.
  package static func isStation(_ text: String) -> Bool {
    isCapitals(text, 2...12) && text != DocumentNumber.headquarters
  }

  /// `^[A-Z0-9]{2,12}$`
  package static func isSupplier(_ text: String) -> Bool { isCapitals(text, 2...12) }

  private static func isCapitals(_ text: String, _ length: ClosedRange<Int>) -> Bool {
    length.contains(text.utf8.count)
      && text.utf8.allSatisfy { (0x41...0x5a).contains($0) || (0x30...0x39).contains($0) }
  }
}
