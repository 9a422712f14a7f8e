package import Domain

/// A station with what this caller may do with it.
package struct StationView: JSONWritable {
  private let station: Station
  private let actions: [Station.Action]

  package init(_ station: Station, for caller: Caller) {
    self.station = station
    actions = Station.lifecycle.available(on: station, to: caller)
  }

  package func write(to json: inout JSONWriter) {
    let (profile, stamp) = (station.profile, station.stamp)
    json.object {
      $0.field("address", profile.address)
      $0.field("authorisations", profile.authorisations)
      $0.array("availableActions", actions)
      $0.field("bays", profile.bays)
      $0.field("brands", profile.brands)
      $0.field("city", profile.city)
      $0.field("code", station.code)
      $0.field("createdAt", stamp.createdAt)
      $0.field("createdBy", stamp.createdBy.name)
      $0.field("currency", profile.currency)
      $0.field("externalIds", station.externalIDs)
      $0.field("id", station.id)
      $0.field("kind", profile.kind)
      $0.field("labourRate", profile.labourRate)
      $0.field("latitude", profile.position?.latitude)
      $0.field("longitude", profile.position?.longitude)
      $0.field("name", profile.name)
      $0.field("nameEn", profile.nameEn)
      $0.array("openingHours", profile.openingHours.spans) { json, span in
        json.object {
          $0.field("closes", TimeOfDay.text(span.closes))
          $0.field("opens", TimeOfDay.text(span.opens))
          $0.field("weekday", span.weekday)
        }
      }
      $0.field("phone", profile.phone)
      $0.field("regionId", profile.regionID)
      $0.field("skills", profile.skills)
      $0.field("state", station.state)
      $0.field("timeZone", profile.timeZone)
      $0.field("updatedAt", stamp.updatedAt)
      $0.field("updatedBy", stamp.updatedBy.name)
      $0.field("version", station.version)
    }
  }
}
