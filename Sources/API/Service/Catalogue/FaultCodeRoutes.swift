package import Domain
package import Services

/// `/v1/fault-codes`
package struct FaultCodeRoutes: RecordRoutes {
  package typealias View = FaultCode
  package static let order = "code"
  package let service: FaultCodeService

  package init(_ service: FaultCodeService) { self.service = service }

  package func add(to api: inout RouteTable) {
    addReading(to: &api)
    addWriting(to: &api)
  }

  package func filter(_ query: QueryReader) throws -> FaultCodeFilter {
    FaultCodeFilter(
      systems: try query.anyOf("system", FaultCode.System.self),
      severities: try query.anyOf("severity", FaultCode.Severity.self), codes: try Self.codes(query),
      brand: try query.text("brand", max: 60), componentFamily: try query.text("componentFamily", max: 100),
      discontinued: try query.boolean("discontinued"), text: try query.text("q"))
  }

  /// What a job names, in one question: its codes, parted by commas.
  private static func codes(_ query: QueryReader) throws -> [String] {
    guard let text = try query.text("code", max: 700) else { return [] }
    let codes = text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    guard codes.count <= 20 else {
      throw Problem.parameter("code", .tooLong, "must have at most 20 entries", limits: ["max": "20"])
    }
    guard codes.allSatisfy(CatalogueCode.isWellFormed) else {
      throw Problem.parameter("code", .invalidFormat, "must be codes of capital letters, digits, dots and hyphens")
    }
    return codes
  }
}
