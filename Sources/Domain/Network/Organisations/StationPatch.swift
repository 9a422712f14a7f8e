/// A merge patch on a station (C-17). Code and state are not in it: the code never changes, the state only by actions.
package struct StationPatch: Sendable {
  package var name: Patch<String> = .keep
  package var nameEn: Patch<String?> = .keep
  package var kind: Patch<Station.Kind> = .keep
  package var regionID: Patch<Region.ID> = .keep
  package var timeZone: Patch<String> = .keep
  package var currency: Patch<Currency> = .keep
  package var address: Patch<String?> = .keep
  package var city: Patch<String?> = .keep
  package var phone: Patch<String?> = .keep
  package var position: Patch<GeographicPosition?> = .keep
  package var labourRate: Patch<Money> = .keep
  package var authorisations: Patch<[String]> = .keep
  package var brands: Patch<[String]> = .keep
  package var bays: Patch<Int> = .keep
  package var externalIDs: Patch<[String: String]> = .keep

  package init() {}
}

extension Station {
  /// The station with the patch merged in, checked as a whole; equal to this one if the patch changes nothing.
  package func applying(_ patch: StationPatch) throws(Refusal) -> Station {
    var station = self
    patch.name.merge(into: &station.profile.name)
    patch.nameEn.merge(into: &station.profile.nameEn)
    patch.kind.merge(into: &station.profile.kind)
    patch.regionID.merge(into: &station.profile.regionID)
    patch.timeZone.merge(into: &station.profile.timeZone)
    patch.currency.merge(into: &station.profile.currency)
    patch.address.merge(into: &station.profile.address)
    patch.city.merge(into: &station.profile.city)
    patch.phone.merge(into: &station.profile.phone)
    patch.position.merge(into: &station.profile.position)
    patch.labourRate.merge(into: &station.profile.labourRate)
    patch.authorisations.merge(into: &station.profile.authorisations)
    patch.brands.merge(into: &station.profile.brands)
    patch.bays.merge(into: &station.profile.bays)
    patch.externalIDs.merge(into: &station.externalIDs)
    let violations = station.profile.violations()
    if !violations.isEmpty { throw .invalid(violations) }
    return station
  }

  package func changes(from before: Station?) -> [FieldChange] {
    let old = before?.profile
    var comparison = FieldComparison()
    comparison.field("code", before?.code, code)
    comparison.choice("state", before?.state, state)
    comparison.field("name", old?.name, profile.name)
    comparison.field("nameEn", old?.nameEn, profile.nameEn)
    comparison.choice("kind", old?.kind, profile.kind)
    comparison.field("regionId", old?.regionID, profile.regionID)
    comparison.field("timeZone", old?.timeZone, profile.timeZone)
    comparison.choice("currency", old?.currency, profile.currency)
    comparison.field("address", old?.address, profile.address)
    comparison.field("city", old?.city, profile.city)
    comparison.field("phone", old?.phone, profile.phone)
    comparison.field("position", old?.position?.description, profile.position?.description)
    comparison.field("labourRate", old?.labourRate as Money?, profile.labourRate as Money?)
    comparison.field("authorisations", old?.authorisations ?? [], profile.authorisations)
    comparison.field("brands", old?.brands ?? [], profile.brands)
    comparison.field("skills", old?.skills ?? [], profile.skills)
    comparison.field(
      "openingHours", old?.openingHours.spans.map(\.description) ?? [], profile.openingHours.spans.map(\.description))
    comparison.field("bays", old?.bays, profile.bays)
    comparison.field("externalIds", before?.externalIDs ?? [:], externalIDs)
    return comparison.changes
  }
}

extension GeographicPosition: CustomStringConvertible {
  /// `31.230416,121.473701`
  package var description: String { "\(latitude),\(longitude)" }

  /// Decimal degrees with six places.
  package var latitude: String { Self.text(latitudeMicrodegrees) }
  package var longitude: String { Self.text(longitudeMicrodegrees) }

  /// Decimal degrees with at most six places; `nil` for anything else and outside ±90° and ±180°.
  package init?(latitude: some StringProtocol, longitude: some StringProtocol) {
    guard let north = Self.microdegrees(latitude), let east = Self.microdegrees(longitude) else { return nil }
    self.init(latitudeMicrodegrees: north, longitudeMicrodegrees: east)
  }

  private static func text(_ value: Int32) -> String {
    let magnitude = value.magnitude
    let fraction = String(magnitude % 1_000_000)
    let padding = String(repeating: "0", count: 6 - fraction.utf8.count)
    return "\(value < 0 ? "-" : "")\(magnitude / 1_000_000).\(padding)\(fraction)"
  }

  private static func microdegrees(_ text: some StringProtocol) -> Int? {
    var bytes = Array(text.utf8)[...]
    let negative = bytes.first == UInt8(ascii: "-")
    if negative { bytes = bytes.dropFirst() }
    let parts = bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    guard (1...2).contains(parts.count), (1...3).contains(parts[0].count),
      parts.allSatisfy({ $0.allSatisfy { (0x30...0x39).contains($0) } })
    else { return nil }
    var fraction = parts.count == 2 ? Array(parts[1]) : []
    guard fraction.count <= 6, parts.count == 1 || !fraction.isEmpty else { return nil }
    while fraction.count < 6 { fraction.append(0x30) }
    let value = (Array(parts[0]) + fraction).reduce(0) { $0 * 10 + Int($1 - 0x30) }
    return negative ? -value : value
  }
}
