import Domain

/// Bodies of `/v1/stations`.
enum StationRequests {
  static func draft(_ body: Form) throws -> StationDraft {
    var form = body
    let code = form.required("code", .text(2...12))
    let name = form.required("name", .text(1...200))
    let nameEn = form.optional("nameEn", .text(1...200))
    let kind = form.required("kind", .choice(Station.Kind.self))
    let regionID = form.required("regionId", .id(Region.self))
    let timeZone = form.optional("timeZone", .text(1...64))
    let currency = form.optional("currency", .choice(Currency.self))
    let labourRate = form.required("labourRate", .price)
    let address = form.optional("address", .text(1...400))
    let city = form.optional("city", .text(1...100))
    let phone = form.optional("phone", .text(1...40))
    let latitude = form.optional("latitude", .text(1...12))
    let longitude = form.optional("longitude", .text(1...12))
    let authorisations = form.optional("authorisations", .textArray(50, 1...60))
    let brands = form.optional("brands", .textArray(50, 1...60))
    let bays = form.optional("bays", .integer(0...10_000))
    let externalIDs = form.optional("externalIds", .externalIDs)
    let position = form.position(latitude, longitude)
    try form.finish()
    guard let code, let name, let kind, let regionID, let labourRate else { throw form.failure }
    return StationDraft(
      code: code,
      profile: StationProfile(
        name: name, nameEn: nameEn, kind: kind, regionID: regionID, timeZone: timeZone ?? "Asia/Shanghai",
        currency: currency ?? labourRate.currency, address: address, city: city, phone: phone, position: position,
        labourRate: labourRate, authorisations: authorisations ?? [], brands: brands ?? [], bays: bays ?? 0),
      externalIDs: externalIDs ?? [:])
  }

  static func patch(_ body: Form) throws -> StationPatch {
    var form = body
    var patch = StationPatch()
    patch.name = form.requiredPatch("name", .text(1...200))
    patch.nameEn = form.patch("nameEn", .text(1...200))
    patch.kind = form.requiredPatch("kind", .choice(Station.Kind.self))
    patch.regionID = form.requiredPatch("regionId", .id(Region.self))
    patch.timeZone = form.requiredPatch("timeZone", .text(1...64))
    patch.currency = form.requiredPatch("currency", .choice(Currency.self))
    patch.labourRate = form.requiredPatch("labourRate", .price)
    patch.address = form.patch("address", .text(1...400))
    patch.city = form.patch("city", .text(1...100))
    patch.phone = form.patch("phone", .text(1...40))
    patch.authorisations = form.requiredPatch("authorisations", .textArray(50, 1...60))
    patch.brands = form.requiredPatch("brands", .textArray(50, 1...60))
    patch.bays = form.requiredPatch("bays", .integer(0...10_000))
    patch.externalIDs = form.requiredPatch("externalIds", .externalIDs)
    patch.position = form.positionPatch()
    form.readOnlyRecordMembers()
    form.readOnly("code", "state", "availableActions", "skills", "openingHours")
    try form.finish()
    return patch
  }
}

extension Form {
  /// Both or none; decimal degrees as strings, so that nothing passes through a double.
  mutating func position(_ latitude: String?, _ longitude: String?) -> GeographicPosition? {
    switch (latitude, longitude) {
    case (nil, nil): return nil
    case (nil, .some): refuse("latitude", .required, "is required together with longitude")
    case (.some, nil): refuse("longitude", .required, "is required together with latitude")
    case (.some(let north), .some(let east)):
      if let position = GeographicPosition(latitude: north, longitude: east) { return position }
      refuse(
        "latitude", .invalidFormat,
        "latitude and longitude must be decimal degrees with at most six places, within 90 and 180")
    }
    return nil
  }

  /// Both or none, as `position`; null clears.
  mutating func positionPatch() -> Patch<GeographicPosition?> {
    switch (patch("latitude", .text(1...12)), patch("longitude", .text(1...12))) {
    case (.keep, .keep): break
    case (.set(let north), .set(let east)): return .set(position(north, east))
    case (.keep, .set): refuse("longitude", .inconsistent, "must be sent together with latitude")
    case (.set, .keep): refuse("latitude", .inconsistent, "must be sent together with longitude")
    }
    return .keep
  }
}
