/// A merge patch on a region (C-17).
package struct RegionPatch: Sendable {
  package var name: Patch<String> = .keep
  package var nameEn: Patch<String?> = .keep
  package var externalIDs: Patch<[String: String]> = .keep

  package init() {}
}

extension Region {
  /// The region with the patch merged in; equal to this one if the patch changes nothing.
  package func applying(_ patch: RegionPatch) -> Region {
    var region = self
    patch.name.merge(into: &region.name)
    patch.nameEn.merge(into: &region.nameEn)
    patch.externalIDs.merge(into: &region.externalIDs)
    return region
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
