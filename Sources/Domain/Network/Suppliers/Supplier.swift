/// A maker of components (零部件供应商, MST-02): what it supplied and failed is recovered from it (CLM-13).
package struct Supplier: Record {
  package typealias ID = Identifier<Supplier>

  package static let resource = Resource.supplier

  package let id: ID
  /// `^[A-Z0-9]{2,12}$`, unique, never changed.
  package let code: String
  package var content: Content
  package var externalIDs: [String: String]
  package var revision: Revision

  package struct Content: Hashable, Sendable {
    package var name: String
    package var nameEn: String?
    /// Of the company, not of a person.
    package var phone: String?
    package var email: String?
    /// What it supplies, sorted, each once; a part number is one supplier's.
    package var partNumbers: [String]
    package var discontinued: Bool

    package init(
      name: String, nameEn: String?, phone: String?, email: String?, partNumbers: [String], discontinued: Bool
    ) {
      self.name = name
      self.nameEn = nameEn
      self.phone = phone
      self.email = email
      self.partNumbers = partNumbers
      self.discontinued = discontinued
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

  package mutating func rewrite(as draft: SupplierDraft) throws(Refusal) {
    try draft.validate()
    content = draft.content
    externalIDs = draft.externalIDs
  }

  package func changes(from before: Supplier?) -> [FieldChange] {
    let old = before?.content
    var comparison = FieldComparison()
    comparison.field("code", before?.code, code)
    comparison.field("name", old?.name, content.name)
    comparison.field("nameEn", old?.nameEn, content.nameEn)
    comparison.field("phone", old?.phone, content.phone)
    comparison.field("email", old?.email, content.email)
    comparison.field("partNumbers", old?.partNumbers ?? [], content.partNumbers)
    comparison.field("discontinued", old?.discontinued ?? false, content.discontinued)
    comparison.field("externalIds", before?.externalIDs ?? [:], externalIDs)
    return comparison.changes
  }
}

package struct SupplierDraft: Hashable, Sendable, ExternallyIdentified {
  package let code: String
  package let content: Supplier.Content
  package var externalIDs: [String: String]

  package init(code: String, content: Supplier.Content, externalIDs: [String: String]) {
    self.code = code
    self.content = content
    self.externalIDs = externalIDs
  }

  /// All violations at once (C-09).
  package func validate() throws(Refusal) {
    var found: [Violation] = []
    if !OrganisationCode.isSupplier(code) {
      found.append(
        Violation(pointer: "#/code", code: .invalidFormat, detail: "must be 2 to 12 capital letters or digits"))
    }
    if Set(content.partNumbers).count != content.partNumbers.count {
      found.append(Violation(pointer: "#/partNumbers", code: .notUnique, detail: "must name each part once"))
    }
    if !found.isEmpty { throw .invalid(found) }
  }
}

package struct SupplierFilter: Hashable, Sendable {
  package let discontinued: Bool?
  /// Who supplies this part.
  package let partNumber: String?
  /// Beginning of code or name, case-insensitive.
  package let text: String?

  package init(discontinued: Bool? = nil, partNumber: String? = nil, text: String? = nil) {
    self.discontinued = discontinued
    self.partNumber = partNumber
    self.text = text
  }
}
