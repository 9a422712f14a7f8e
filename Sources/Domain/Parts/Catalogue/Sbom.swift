/// The service bill of material of a vehicle model, split to what is replaced in service (PRT-01). The newest that is valid on a
/// day counts.
package struct Sbom: Record {
  package typealias ID = Identifier<Sbom>

  package struct Line: Hashable, Sendable {
    /// The assembly under which a catalogue shows the part.
    package let assembly: String
    package let partID: Part.ID
    package let quantity: Int

    package init(assembly: String, partID: Part.ID, quantity: Int) {
      self.assembly = assembly
      self.partID = partID
      self.quantity = quantity
    }
  }

  package static let resource = Resource.sbom
  package static let lineLimit = 1000

  package let id: ID
  /// Unique and never changed.
  package let code: String
  /// Never changed.
  package let modelID: VehicleModel.ID
  package var validFrom: CalendarDate
  package var note: String?
  package var lines: [Line]
  package var externalIDs: [String: String]
  package var revision: Revision

  package init(
    id: ID, code: String, modelID: VehicleModel.ID, validFrom: CalendarDate, note: String?, lines: [Line],
    externalIDs: [String: String], version: Int, stamp: RecordStamp
  ) {
    self.id = id
    self.code = code
    self.modelID = modelID
    self.validFrom = validFrom
    self.note = note
    self.lines = lines
    self.externalIDs = externalIDs
    self.revision = Revision(version: version, stamp: stamp)
  }

  package var designation: String? { code }
  package var audience: Audience { .network }

  package mutating func rewrite(as draft: SbomDraft) throws(Refusal) {
    try draft.validate()
    validFrom = draft.validFrom
    note = draft.note
    lines = draft.lines
    externalIDs = draft.externalIDs
  }

  package func changes(from before: Sbom?) -> [FieldChange] {
    var comparison = FieldComparison()
    comparison.field("code", before?.code, code)
    comparison.field("modelId", before?.modelID, modelID)
    comparison.field("validFrom", before?.validFrom, validFrom)
    comparison.field("note", before?.note, note)
    comparison.field("lines", (before?.lines ?? []).map(Self.text), lines.map(Self.text))
    comparison.field("externalIds", before?.externalIDs ?? [:], externalIDs)
    return comparison.changes
  }

  private static func text(_ line: Line) -> String { "\(line.assembly): \(line.quantity) × \(line.partID)" }
}

package struct SbomDraft: Hashable, Sendable, ExternallyIdentified {
  package let code: String
  package let modelID: VehicleModel.ID
  package let validFrom: CalendarDate
  package let note: String?
  package let lines: [Sbom.Line]
  package var externalIDs: [String: String]

  package init(
    code: String, modelID: VehicleModel.ID, validFrom: CalendarDate, note: String?, lines: [Sbom.Line],
    externalIDs: [String: String]
  ) {
    self.code = code
    self.modelID = modelID
    self.validFrom = validFrom
    self.note = note
    self.lines = lines
    self.externalIDs = externalIDs
  }

  package func validate() throws(Refusal) {
    var found = CatalogueCode.violations(code)
    var seen: Set<[String]> = []
    for (place, line) in lines.enumerated() where !seen.insert([line.assembly, line.partID.description]).inserted {
      found.append(
        Violation(pointer: "#/lines/\(place)/partId", code: .notUnique, detail: "an assembly names a part once"))
    }
    if !found.isEmpty { throw .invalid(found) }
  }
}

package struct SbomFilter: Hashable, Sendable {
  package let modelID: VehicleModel.ID?
  /// Beginning of the code, case-insensitive.
  package let text: String?

  package init(modelID: VehicleModel.ID? = nil, text: String? = nil) {
    self.modelID = modelID
    self.text = text
  }
}

/// Where a part is fitted: a line of the bill of material that is valid for a model on a day.
package struct PartUse: Hashable, Sendable {
  package let sbomID: Sbom.ID
  package let sbomCode: String
  package let modelID: VehicleModel.ID
  package let modelCode: String
  package let modelName: String
  package let assembly: String
  package let quantity: Int
  /// The part that the bill names: the part itself, or one that it stands for on that day.
  package let partNumber: String

  package init(
    sbomID: Sbom.ID, sbomCode: String, modelID: VehicleModel.ID, modelCode: String, modelName: String,
    assembly: String, quantity: Int, partNumber: String
  ) {
    self.sbomID = sbomID
    self.sbomCode = sbomCode
    self.modelID = modelID
    self.modelCode = modelCode
    self.modelName = modelName
    self.assembly = assembly
    self.quantity = quantity
    self.partNumber = partNumber
  }
}
