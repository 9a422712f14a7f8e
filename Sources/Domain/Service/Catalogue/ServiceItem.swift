/// A service that stations offer with standardised price, process and result (WO-21).
package struct ServiceItem: Record {
  package typealias ID = Identifier<ServiceItem>

  /// The service scope that classifies orders (WO-52).
  package enum Category: String, Hashable, Sendable, CaseIterable {
    case maintenance, repair, partReplacement, beauty, technicalUpgrade, technicalSupport
  }

  package enum Pricing: String, Hashable, Sendable, CaseIterable {
    /// One price for everybody.
    case fixed
    /// The hours of its operations at the labour rate of the station; parts come on top.
    case composed
  }

  package static let resource = Resource.serviceItem

  package let id: ID
  /// Unique and never changed.
  package let code: String
  package var content: Content
  package var externalIDs: [String: String]
  package var revision: Revision

  /// What headquarters keeps about a service item and may change.
  package struct Content: Hashable, Sendable {
    package var name: String
    package var nameEn: String?
    package var category: Category
    package var pricing: Pricing
    /// Present exactly when the price is fixed.
    package var price: Money?
    /// In the order of the work, each once; at least one when the price is composed.
    package var operations: [LabourOperation.ID]
    package var partsDescription: String?
    /// How the work is done.
    package var process: String?
    /// What the customer can expect afterwards.
    package var result: String?
    package var intervalKm: Int?
    package var intervalMonths: Int?
    package var discontinued: Bool

    package init(
      name: String, nameEn: String?, category: Category, pricing: Pricing, price: Money?,
      operations: [LabourOperation.ID], partsDescription: String?, process: String?, result: String?,
      intervalKm: Int?, intervalMonths: Int?, discontinued: Bool
    ) {
      self.name = name
      self.nameEn = nameEn
      self.category = category
      self.pricing = pricing
      self.price = price
      self.operations = operations
      self.partsDescription = partsDescription
      self.process = process
      self.result = result
      self.intervalKm = intervalKm
      self.intervalMonths = intervalMonths
      self.discontinued = discontinued
    }

    package func violations() -> [Violation] {
      var found: [Violation] = []
      switch (pricing, price) {
      case (.fixed, nil):
        found.append(Violation(pointer: "#/price", code: .required, detail: "a fixed-price item needs a price"))
      case (.composed, .some):
        found.append(
          Violation(
            pointer: "#/price", code: .inconsistent, detail: "a composed item has no price of its own; leave it out"))
      case (.fixed, .some(let price)) where price.minor < 0:
        found.append(
          Violation(pointer: "#/price/amount", code: .outOfRange, detail: "must not be negative", limits: ["min": "0"]))
      case (.fixed, .some), (.composed, nil):
        break
      }
      if pricing == .composed && operations.isEmpty {
        found.append(
          Violation(pointer: "#/operationIds", code: .required, detail: "a composed item needs a labour operation"))
      }
      if Set(operations).count != operations.count {
        found.append(Violation(pointer: "#/operationIds", code: .notUnique, detail: "must name each operation once"))
      }
      return found
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

  package func changes(from before: ServiceItem?) -> [FieldChange] {
    let old = before?.content
    var comparison = FieldComparison()
    comparison.field("code", before?.code, code)
    comparison.field("name", old?.name, content.name)
    comparison.field("nameEn", old?.nameEn, content.nameEn)
    comparison.choice("category", old?.category, content.category)
    comparison.choice("pricing", old?.pricing, content.pricing)
    comparison.field("price", old?.price as Money?, content.price)
    comparison.field(
      "operationIds", (old?.operations ?? []).map(\.description), content.operations.map(\.description))
    comparison.field("partsDescription", old?.partsDescription, content.partsDescription)
    comparison.field("process", old?.process, content.process)
    comparison.field("result", old?.result, content.result)
    comparison.field("intervalKm", old?.intervalKm, content.intervalKm)
    comparison.field("intervalMonths", old?.intervalMonths, content.intervalMonths)
    comparison.field("discontinued", old?.discontinued ?? false, content.discontinued)
    comparison.field("externalIds", before?.externalIDs ?? [:], externalIDs)
    return comparison.changes
  }
}

package struct ServiceItemDraft: Hashable, Sendable, ExternallyIdentified {
  package let code: String
  package let content: ServiceItem.Content
  package var externalIDs: [String: String]

  package init(code: String, content: ServiceItem.Content, externalIDs: [String: String]) {
    self.code = code
    self.content = content
    self.externalIDs = externalIDs
  }

  package func validate() throws(Refusal) {
    let found = CatalogueCode.violations(code) + content.violations()
    if !found.isEmpty { throw .invalid(found) }
  }
}

extension ServiceItem {
  package mutating func rewrite(as draft: ServiceItemDraft) throws(Refusal) {
    try draft.validate()
    content = draft.content
    externalIDs = draft.externalIDs
  }
}

package struct ServiceItemFilter: Hashable, Sendable {
  package let categories: [ServiceItem.Category]
  package let discontinued: Bool?
  /// Beginning of code or name, case-insensitive.
  package let text: String?

  package init(categories: [ServiceItem.Category] = [], discontinued: Bool? = nil, text: String? = nil) {
    self.categories = categories
    self.discontinued = discontinued
    self.text = text
  }
}
