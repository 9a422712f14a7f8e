/// What drives a vehicle: maintenance plans and warranty terms differ by it.
package enum Powertrain: String, Hashable, Sendable, CaseIterable {
  /// Internal combustion engine.
  case ice
  case hybrid, plugInHybrid, electric
}

/// One model of the makes in scope (CUS-14).
package struct VehicleModel: Record {
  package typealias ID = Identifier<VehicleModel>

  package static let resource = Resource.vehicleModel

  package let id: ID
  /// Unique and never changed.
  package let code: String
  package var content: Content
  package var externalIDs: [String: String]
  package var revision: Revision

  /// What headquarters keeps about a model and may change.
  package struct Content: Hashable, Sendable {
    package var brand: String
    package var series: String
    package var name: String
    package var nameEn: String?
    /// One of the maker's product lines (轻型客车, 轿车).
    package var productLine: String?
    package var modelYearFrom: Int?
    package var modelYearTo: Int?
    package var powertrain: Powertrain
    /// Not built any more; its vehicles are served all the same.
    package var discontinued: Bool

    package init(
      brand: String, series: String, name: String, nameEn: String?, productLine: String?, modelYearFrom: Int?,
      modelYearTo: Int?, powertrain: Powertrain, discontinued: Bool
    ) {
      self.brand = brand
      self.series = series
      self.name = name
      self.nameEn = nameEn
      self.productLine = productLine
      self.modelYearFrom = modelYearFrom
      self.modelYearTo = modelYearTo
      self.powertrain = powertrain
      self.discontinued = discontinued
    }

    /// The rules between fields, run on a draft and on the merged result of a patch (C-17).
    package func violations() -> [Violation] {
      if let modelYearFrom, let modelYearTo, modelYearFrom > modelYearTo {
        return [
          Violation(
            pointer: "#/modelYearTo", code: .inconsistent, detail: "must not be before modelYearFrom",
            limits: ["min": String(modelYearFrom)])
        ]
      }
      return []
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

  package func changes(from before: VehicleModel?) -> [FieldChange] {
    let old = before?.content
    var comparison = FieldComparison()
    comparison.field("code", before?.code, code)
    comparison.field("brand", old?.brand, content.brand)
    comparison.field("series", old?.series, content.series)
    comparison.field("name", old?.name, content.name)
    comparison.field("nameEn", old?.nameEn, content.nameEn)
    comparison.field("productLine", old?.productLine, content.productLine)
    comparison.field("modelYearFrom", old?.modelYearFrom, content.modelYearFrom)
    comparison.field("modelYearTo", old?.modelYearTo, content.modelYearTo)
    comparison.choice("powertrain", old?.powertrain, content.powertrain)
    comparison.field("discontinued", old?.discontinued ?? false, content.discontinued)
    comparison.field("externalIds", before?.externalIDs ?? [:], externalIDs)
    return comparison.changes
  }
}

package struct VehicleModelDraft: Hashable, Sendable, ExternallyIdentified {
  package let code: String
  package let content: VehicleModel.Content
  package var externalIDs: [String: String]

  package init(code: String, content: VehicleModel.Content, externalIDs: [String: String]) {
    self.code = code
    self.content = content
    self.externalIDs = externalIDs
  }

  package func validate() throws(Refusal) {
    let found = CatalogueCode.violations(code) + content.violations()
    if !found.isEmpty { throw .invalid(found) }
  }
}

extension VehicleModel {
  package mutating func rewrite(as draft: VehicleModelDraft) throws(Refusal) {
    try draft.validate()
    content = draft.content
    externalIDs = draft.externalIDs
  }
}

package struct VehicleModelFilter: Hashable, Sendable {
  package let brand: String?
  package let series: String?
  package let powertrains: [Powertrain]
  package let discontinued: Bool?
  /// Beginning of code or name, case-insensitive.
  package let text: String?

  package init(
    brand: String? = nil, series: String? = nil, powertrains: [Powertrain] = [], discontinued: Bool? = nil,
    text: String? = nil
  ) {
    self.brand = brand
    self.series = series
    self.powertrains = powertrains
    self.discontinued = discontinued
    self.text = text
  }
}
