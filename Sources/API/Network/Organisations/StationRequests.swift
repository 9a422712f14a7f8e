package import Domain

/// Bodies of `/v1/stations`.
extension StationRoutes {
  package func draft(_ form: inout Form, over current: Station?) throws -> StationDraft {
    let profile = current?.profile
    let code = form.fixed("code", .text(2...12), keeping: current?.code)
    let name = form.required("name", .text(1...200), keeping: profile?.name)
    let nameEn = form.optional("nameEn", .text(1...200), keeping: profile?.nameEn)
    let kind = form.required("kind", .choice(Station.Kind.self), keeping: profile?.kind)
    let regionID = form.required("regionId", .id(Region.self), keeping: profile?.regionID)
    let timeZone = form.optional("timeZone", .text(1...64), keeping: profile?.timeZone, else: "Asia/Shanghai")
    let labourRate = form.required("labourRate", .price, keeping: profile?.labourRate)
    let currency = form.optional(
      "currency", .choice(Currency.self), keeping: profile?.currency, else: labourRate?.currency ?? .cny)
    let address = form.optional("address", .text(1...400), keeping: profile?.address)
    let city = form.optional("city", .text(1...100), keeping: profile?.city)
    let phone = form.optional("phone", .text(1...40), keeping: profile?.phone)
    let authorisations = form.optional(
      "authorisations", .textArray(50, 1...60), keeping: profile?.authorisations, else: [])
    let brands = form.optional("brands", .textArray(50, 1...60), keeping: profile?.brands, else: [])
    let places = FieldReader<Int>.integer(0...10_000)
    let bays =
      current == nil
      ? form.optional("bays", places) : form.optional("bays", places, keeping: profile?.bays, else: 0)
    let externalIDs = form.externalIDs(keeping: current?.externalIDs)
    let position = form.position(keeping: profile?.position)
    form.readOnly(of: current, "state", "availableActions", "skills", "openingHours")
    try form.finish()
    guard let code, let name, let kind, let regionID, let labourRate else { throw form.failure }
    return StationDraft(
      code: code,
      profile: StationProfile(
        name: name, nameEn: nameEn, kind: kind, regionID: regionID, timeZone: timeZone, currency: currency,
        address: address, city: city, phone: phone, position: position, labourRate: labourRate,
        authorisations: authorisations, brands: brands, bays: bays ?? 0),
      bays: bays, externalIDs: externalIDs)
  }
}

extension Form {
  /// Both or none, also in a patch.
  fileprivate mutating func position(keeping current: GeographicPosition?) -> GeographicPosition? {
    let latitude = patch("latitude", .text(1...12))
    let longitude = patch("longitude", .text(1...12))
    switch (latitude, longitude) {
    case (.keep, .keep): return current
    case (.set(let north), .set(let east)): return position(north, east)
    case (.keep, .set(let east)) where current == nil: return position(nil, east)
    case (.set(let north), .keep) where current == nil: return position(north, nil)
    case (.keep, .set): refuse("longitude", .inconsistent, "must be sent together with latitude")
    case (.set, .keep): refuse("latitude", .inconsistent, "must be sent together with longitude")
    }
    return nil
  }

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
