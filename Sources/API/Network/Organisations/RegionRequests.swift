import Domain

/// Bodies of `/v1/regions`.
enum RegionRequests {
  static func draft(_ body: Form) throws -> RegionDraft {
    var form = body
    let code = form.required("code", .text(2...8))
    let name = form.required("name", .text(1...200))
    let nameEn = form.optional("nameEn", .text(1...200))
    let externalIDs = form.optional("externalIds", .externalIDs)
    try form.finish()
    guard let code, let name else { throw form.failure }
    return RegionDraft(code: code, name: name, nameEn: nameEn, externalIDs: externalIDs ?? [:])
  }

  static func patch(_ body: Form) throws -> RegionPatch {
    var form = body
    var patch = RegionPatch()
    patch.name = form.requiredPatch("name", .text(1...200))
    patch.nameEn = form.patch("nameEn", .text(1...200))
    patch.externalIDs = form.requiredPatch("externalIds", .externalIDs)
    form.readOnlyRecordMembers()
    form.readOnly("code")
    try form.finish()
    return patch
  }
}

extension Form {
  /// What every record shows and no client sets (C-15, C-17).
  mutating func readOnlyRecordMembers() {
    readOnly("id", "version", "createdAt", "createdBy", "updatedAt", "updatedBy")
  }
}

extension Call {
  /// Oldest first unless asked otherwise, as every `…/history` is read.
  /// What happened at one instant stands in the order in which it was recorded.
  func historyPage() throws -> PageRequest {
    try page(sorts: ["at", "position"], default: "position", tie: "position")
  }
}
