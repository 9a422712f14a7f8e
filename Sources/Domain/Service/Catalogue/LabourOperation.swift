/// A job with its standard labour-hour quota, the base of labour price (WO-22).
package struct LabourOperation: Record {
  package typealias ID = Identifier<LabourOperation>

  package enum Category: String, Hashable, Sendable, CaseIterable {
    case maintenance, repair, partReplacement, beauty, technicalUpgrade, diagnosis
  }

  /// The hours of one vehicle model where they differ from the standard.
  package struct ModelHours: Hashable, Sendable {
    package let modelID: VehicleModel.ID
    package let hours: Hours
    package init(modelID: VehicleModel.ID, hours: Hours) {
      self.modelID = modelID
      self.hours = hours
    }
  }

  package static let resource = Resource.labourOperation

  package let id: ID
  /// Unique and never changed.
  package let code: String
  package var content: Content
  package var externalIDs: [String: String]
  package var revision: Revision

  /// What headquarters keeps about an operation and may change.
  package struct Content: Hashable, Sendable {
    package var name: String
    package var nameEn: String?
    package var category: Category
    package var standardHours: Hours
    /// One entry per vehicle model, in the order of the model's identity.
    package var modelHours: [ModelHours]
    /// What the technician must be certified for.
    package var requiredSkill: String?
    package var discontinued: Bool

    package init(
      name: String, nameEn: String?, category: Category, standardHours: Hours, modelHours: [ModelHours],
      requiredSkill: String?, discontinued: Bool
    ) {
      self.name = name
      self.nameEn = nameEn
      self.category = category
      self.standardHours = standardHours
      self.modelHours = modelHours.sorted { $0.modelID.description < $1.modelID.description }
      self.requiredSkill = requiredSkill
      self.discontinued = discontinued
    }

    package func violations() -> [Violation] {
      var found: [Violation] = []
      if !Self.isPlausible(standardHours) { found.append(Self.outOfRange("#/standardHours")) }
      for (index, entry) in modelHours.enumerated() where !Self.isPlausible(entry.hours) {
        found.append(Self.outOfRange("#/modelHours/\(index)/standardHours"))
      }
      if Set(modelHours.map(\.modelID)).count != modelHours.count {
        found.append(Violation(pointer: "#/modelHours", code: .notUnique, detail: "must name each model once"))
      }
      return found
    }

    /// One order of the hours, in whichever they were sent, so that the same hours are no change.
    var ordered: Content {
      var content = self
      content.modelHours.sort { $0.modelID.description < $1.modelID.description }
      return content
    }

    private static func isPlausible(_ hours: Hours) -> Bool { (1...99_999).contains(hours.hundredths) }

    private static func outOfRange(_ pointer: String) -> Violation {
      Violation(
        pointer: pointer, code: .outOfRange, detail: "must be from 0.01 to 999.99 hours",
        limits: ["min": "0.01", "max": "999.99"])
    }
  }

  package init(
    id: ID, code: String, content: Content, externalIDs: [String: String], version: Int, stamp: RecordStamp
  ) {
    self.id = id
    self.code = code
    self.content = content.ordered
    self.externalIDs = externalIDs
    self.revision = Revision(version: version, stamp: stamp)
  }

  /// The hours that count for a vehicle: those of its model if there are any, else the standard.
  package func hours(for model: VehicleModel.ID?) -> Hours {
    content.modelHours.first { $0.modelID == model }?.hours ?? content.standardHours
  }

  package var designation: String? { code }
  package var audience: Audience { .network }

  package func changes(from before: LabourOperation?) -> [FieldChange] {
    let old = before?.content
    var comparison = FieldComparison()
    comparison.field("code", before?.code, code)
    comparison.field("name", old?.name, content.name)
    comparison.field("nameEn", old?.nameEn, content.nameEn)
    comparison.choice("category", old?.category, content.category)
    comparison.field("standardHours", old?.standardHours, content.standardHours)
    comparison.field("modelHours", Self.texts(old), Self.texts(content))
    comparison.field("requiredSkill", old?.requiredSkill, content.requiredSkill)
    comparison.field("discontinued", old?.discontinued ?? false, content.discontinued)
    comparison.field("externalIds", before?.externalIDs ?? [:], externalIDs)
    return comparison.changes
  }

  private static func texts(_ content: Content?) -> [String: String] {
    // Violations() keeps the models distinct before anything is stored.
    Dictionary(
      (content?.modelHours ?? []).map { ($0.modelID.description, $0.hours.description) }, uniquingKeysWith: { $1 })
  }
}

package struct LabourOperationDraft: Hashable, Sendable, ExternallyIdentified {
  package let code: String
  package let content: LabourOperation.Content
  package var externalIDs: [String: String]

  package init(code: String, content: LabourOperation.Content, externalIDs: [String: String]) {
    self.code = code
    self.content = content
    self.externalIDs = externalIDs
  }

  package func validate() throws(Refusal) {
    let found = CatalogueCode.violations(code) + content.violations()
    if !found.isEmpty { throw .invalid(found) }
  }
}

extension LabourOperation {
  package mutating func rewrite(as draft: LabourOperationDraft) throws(Refusal) {
    try draft.validate()
    content = draft.content.ordered
    externalIDs = draft.externalIDs
  }
}

package struct LabourOperationFilter: Hashable, Sendable {
  package let categories: [LabourOperation.Category]
  package let discontinued: Bool?
  /// Beginning of code or name, case-insensitive.
  package let text: String?

  package init(categories: [LabourOperation.Category] = [], discontinued: Bool? = nil, text: String? = nil) {
    self.categories = categories
    self.discontinued = discontinued
    self.text = text
  }
}
