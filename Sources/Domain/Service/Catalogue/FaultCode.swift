/// What a fault code means that work orders, complaints and quality issues name (domain.md section 7, M1).
///
/// Codes that no catalogue knows are let through where they are named: stations read them from the control units of any maker,
/// and what was read must be recorded. The catalogue says what a code means, on vehicles of which brand, and what is done about it.
package struct FaultCode: Record {
  package typealias ID = Identifier<FaultCode>

  /// Who gives a code its meaning.
  package enum System: String, Hashable, Sendable, CaseIterable {
    /// SAE J2012 and ISO 15031-6: one meaning on every vehicle.
    case obd2
    /// A trouble code that each brand gives its own meaning.
    case manufacturer
    /// What people find without a tester, coded by headquarters.
    case service
  }

  package enum Severity: String, Hashable, Sendable, CaseIterable {
    case safety, breakdown, functionalDefect, minor
  }

  package static let resource = Resource.faultCode

  package let id: ID
  /// Unique within its brand and never changed.
  package let code: String
  /// Whose meaning it is, exactly for a manufacturer's code; never changed.
  package let brand: String?
  package var content: Content
  package var externalIDs: [String: String]
  package var revision: Revision

  /// What headquarters keeps about a fault code and may change.
  package struct Content: Hashable, Sendable {
    package var system: System
    /// In Chinese; one of both descriptions is there.
    package var description: String?
    package var descriptionEn: String?
    /// What of the vehicle it concerns.
    package var componentFamily: String?
    package var severity: Severity?
    /// What is usually done, in the order of the work, each once.
    package var operations: [LabourOperation.ID]
    package var discontinued: Bool

    package init(
      system: System, description: String?, descriptionEn: String?, componentFamily: String? = nil,
      severity: Severity? = nil, operations: [LabourOperation.ID] = [], discontinued: Bool = false
    ) {
      self.system = system
      self.description = description
      self.descriptionEn = descriptionEn
      self.componentFamily = componentFamily
      self.severity = severity
      self.operations = operations
      self.discontinued = discontinued
    }

    package func violations(of code: String, _ brand: String?) -> [Violation] {
      var found: [Violation] = []
      if description == nil && descriptionEn == nil {
        found.append(
          Violation(pointer: "#/description", code: .required, detail: "a code needs a description in one language"))
      }
      switch system {
      case .obd2:
        if !FaultCode.isTroubleCode(code) {
          found.append(
            Violation(
              pointer: "#/code", code: .invalidFormat,
              detail: "a code of OBD-II is P, C, B or U and four hexadecimal digits"
            ))
        }
      case .manufacturer, .service: break
      }
      if (system == .manufacturer) != (brand != nil) {
        found.append(
          Violation(
            pointer: "#/brand", code: brand == nil ? .required : .inconsistent,
            detail: "exactly a manufacturer's code has a brand"))
      }
      if Set(operations).count != operations.count {
        found.append(Violation(pointer: "#/operationIds", code: .notUnique, detail: "must name each operation once"))
      }
      return found
    }
  }

  package init(
    id: ID, code: String, brand: String?, content: Content, externalIDs: [String: String], version: Int,
    stamp: RecordStamp
  ) {
    self.id = id
    self.code = code
    self.brand = brand
    self.content = content
    self.externalIDs = externalIDs
    self.revision = Revision(version: version, stamp: stamp)
  }

  /// What names it in the whole network.
  package var reference: String { Self.reference(code, brand) }

  package static func reference(_ code: String, _ brand: String?) -> String {
    brand.map { "\($0):\(code)" } ?? code
  }

  /// `^[PCBU][0-9A-F]{4}$`
  package static func isTroubleCode(_ text: String) -> Bool {
    let bytes = Array(text.utf8)
    guard bytes.count == 5, let first = bytes.first, "PCBU".utf8.contains(first) else { return false }
    return bytes.dropFirst().allSatisfy { (0x30...0x39).contains($0) || (0x41...0x46).contains($0) }
  }

  package var designation: String? { reference }
  package var audience: Audience { .network }

  package func changes(from before: FaultCode?) -> [FieldChange] {
    let old = before?.content
    var comparison = FieldComparison()
    comparison.field("code", before?.code, code)
    comparison.field("brand", before?.brand, brand)
    comparison.choice("system", old?.system, content.system)
    comparison.field("description", old?.description, content.description)
    comparison.field("descriptionEn", old?.descriptionEn, content.descriptionEn)
    comparison.field("componentFamily", old?.componentFamily, content.componentFamily)
    comparison.choice("severity", old?.severity, content.severity)
    comparison.field(
      "operationIds", (old?.operations ?? []).map(\.description), content.operations.map(\.description))
    comparison.field("discontinued", old?.discontinued ?? false, content.discontinued)
    comparison.field("externalIds", before?.externalIDs ?? [:], externalIDs)
    return comparison.changes
  }
}

package struct FaultCodeDraft: Hashable, Sendable, ExternallyIdentified {
  package let code: String
  package let brand: String?
  package let content: FaultCode.Content
  package var externalIDs: [String: String]

  package init(code: String, brand: String?, content: FaultCode.Content, externalIDs: [String: String]) {
    self.code = code
    self.brand = brand
    self.content = content
    self.externalIDs = externalIDs
  }

  package func validate() throws(Refusal) {
    let found = CatalogueCode.violations(code) + content.violations(of: code, brand)
    if !found.isEmpty { throw .invalid(found) }
  }
}

extension FaultCode {
  package mutating func rewrite(as draft: FaultCodeDraft) throws(Refusal) {
    try draft.validate()
    content = draft.content
    externalIDs = draft.externalIDs
  }
}

package struct FaultCodeFilter: Hashable, Sendable {
  package let systems: [FaultCode.System]
  package let severities: [FaultCode.Severity]
  /// Any of these, of every brand.
  package let codes: [String]
  /// What holds on vehicles of this brand: its own codes and those of all brands.
  package let brand: String?
  package let componentFamily: String?
  package let discontinued: Bool?
  /// Beginning of the code, or of a description, case-insensitive.
  package let text: String?

  package init(
    systems: [FaultCode.System] = [], severities: [FaultCode.Severity] = [], codes: [String] = [], brand: String? = nil,
    componentFamily: String? = nil, discontinued: Bool? = nil, text: String? = nil
  ) {
    self.systems = systems
    self.severities = severities
    self.codes = codes
    self.brand = brand
    self.componentFamily = componentFamily
    self.discontinued = discontinued
    self.text = text
  }
}
