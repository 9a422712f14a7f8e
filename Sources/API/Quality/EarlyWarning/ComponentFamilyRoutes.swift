package import Domain
package import Services

/// `/v1/component-families` (A11).
package struct ComponentFamilyRoutes: RecordRoutes {
  package static let order = "code"
  package let service: ComponentFamilyService

  package init(_ service: ComponentFamilyService) { self.service = service }

  package func add(to api: inout RouteTable) {
    addReading(to: &api)
    addWriting(to: &api)
  }

  package func filter(_ query: QueryReader) throws -> ComponentFamilyFilter {
    var filter = ComponentFamilyFilter()
    filter.isWatched = try query.boolean("isWatched")
    filter.word = try query.text("word", max: 200)
    return filter
  }

  package func draft(_ form: inout Form, over current: ComponentFamily?) throws -> ComponentFamilyDraft {
    let content = current?.content
    let code = form.fixed("code", Self.code, keeping: current?.code)
    let name = form.required("name", .text(1...200), keeping: content?.name)
    let nameEn = form.optional("nameEn", .text(1...200), keeping: content?.nameEn)
    let components = form.optional(
      "componentPrefixes", .array(of: Self.word, 0...200), keeping: content?.componentPrefixes, else: [])
    let faultCodes = form.optional(
      "faultCodePrefixes", .array(of: Self.faultCode, 0...200), keeping: content?.faultCodePrefixes, else: [])
    let isWatched = form.optional("isWatched", .boolean, keeping: content?.isWatched, else: true)
    let externalIDs = form.externalIDs(keeping: current?.externalIDs)
    form.readOnly(of: current)
    try form.finish()
    guard let code, let name else { throw form.failure }
    return ComponentFamilyDraft(
      code: code,
      content: ComponentFamily.Content(
        name: name, nameEn: nameEn, componentPrefixes: components, faultCodePrefixes: faultCodes, isWatched: isWatched),
      externalIDs: externalIDs)
  }

  /// `^[A-Z0-9]+( [A-Z0-9]+)*$`
  private static let code = FieldReader<String>.text(2...60, "must be capitals and digits, words parted by one blank") {
    $0.split(separator: " ", omittingEmptySubsequences: false).allSatisfy { word in
      !word.isEmpty && word.utf8.allSatisfy(isCapitalOrDigit)
    }
  }

  /// `^[A-Z0-9一-龥]([A-Z0-9一-龥 :/&.-]*[A-Z0-9一-龥])?$`: labels are parted by commas and bars, so a word has none.
  private static let word = FieldReader<String>.text(
    1...100, "must be capitals, digits or Chinese characters, inside also blanks and any of : / & . -"
  ) { text in
    guard let first = text.unicodeScalars.first, let last = text.unicodeScalars.last else { return false }
    return isLetter(first) && isLetter(last)
      && text.unicodeScalars.allSatisfy { isLetter($0) || " :/&.-".unicodeScalars.contains($0) }
  }

  /// `^[A-Z0-9]+$`
  private static let faultCode = FieldReader<String>.text(1...10, "must be capitals and digits") {
    $0.utf8.allSatisfy(isCapitalOrDigit)
  }

  private static func isLetter(_ scalar: Unicode.Scalar) -> Bool {
    ("\u{4e00}"..."\u{9fa5}").contains(scalar) || scalar.isASCII && isCapitalOrDigit(UInt8(scalar.value))
  }

  private static func isCapitalOrDigit(_ byte: UInt8) -> Bool {
    (0x41...0x5a).contains(byte) || (0x30...0x39).contains(byte)
  }
}

extension ComponentFamily: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object { json in
      json.field("code", code)
      json.field("componentPrefixes", content.componentPrefixes)
      json.field("createdAt", stamp.createdAt)
      json.field("createdBy", stamp.createdBy.name)
      json.field("externalIds", externalIDs)
      json.field("faultCodePrefixes", content.faultCodePrefixes)
      json.field("id", id)
      json.field("isWatched", content.isWatched)
      json.field("name", content.name)
      json.field("nameEn", content.nameEn)
      json.field("updatedAt", stamp.updatedAt)
      json.field("updatedBy", stamp.updatedBy.name)
      json.field("version", version)
    }
  }
}
