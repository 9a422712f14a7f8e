package import Domain

extension Station: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object {
      $0.field("address", profile.address)
      $0.field("authorisations", profile.authorisations)
      // Suspension and termination come with the network's own actions.
      $0.field("availableActions", [String]())
      $0.field("bays", profile.bays)
      $0.field("brands", profile.brands)
      $0.field("city", profile.city)
      $0.field("code", code)
      $0.field("createdAt", stamp.createdAt)
      $0.field("createdBy", stamp.createdBy.name)
      $0.field("currency", profile.currency)
      $0.field("externalIds", externalIDs)
      $0.field("id", id)
      $0.field("kind", profile.kind)
      $0.field("labourRate", profile.labourRate)
      $0.field("latitude", profile.position?.latitude)
      $0.field("longitude", profile.position?.longitude)
      $0.field("name", profile.name)
      $0.field("nameEn", profile.nameEn)
      $0.array("openingHours", profile.openingHours.spans) { json, span in
        json.object {
          $0.field("closes", OpeningHours.text(minute: span.closes))
          $0.field("opens", OpeningHours.text(minute: span.opens))
          $0.field("weekday", span.weekday)
        }
      }
      $0.field("phone", profile.phone)
      $0.field("regionId", profile.regionID)
      $0.field("skills", profile.skills)
      $0.field("state", state)
      $0.field("timeZone", profile.timeZone)
      $0.field("updatedAt", stamp.updatedAt)
      $0.field("updatedBy", stamp.updatedBy.name)
      $0.field("version", version)
    }
  }
}
