package import Domain

extension Vehicle: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object {
      $0.field("colour", profile.colour)
      $0.field("createdAt", stamp.createdAt)
      $0.field("createdBy", stamp.createdBy.name)
      $0.field("deliveryDate", profile.deliveryDate)
      $0.field("engineNumber", profile.engineNumber)
      $0.field("externalIds", externalIDs)
      $0.field("id", id)
      $0.field("modelId", profile.modelID)
      $0.field("modelYear", profile.modelYear)
      $0.field("nextMaintenanceDate", profile.nextMaintenanceDate)
      $0.field("nextMaintenanceKm", profile.nextMaintenanceKm)
      $0.field("odometerAt", odometer.latest?.at)
      $0.field("odometerKm", odometer.latest?.kilometres)
      $0.field("odometerSource", odometer.source)
      $0.field("plate", profile.plate)
      $0.field("powertrain", profile.powertrain)
      $0.field("saleDate", profile.saleDate)
      $0.field("totalKm", odometer.totalKm)
      $0.field("updatedAt", stamp.updatedAt)
      $0.field("updatedBy", stamp.updatedBy.name)
      $0.field("usage", profile.usage)
      $0.field("version", version)
      $0.field("vin", vin.text)
      $0.field("warnings", vin.warnings.map(\.sentence))
    }
  }
}

extension OdometerEntry: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object { write(members: &$0, warnings: nil) }
  }

  /// - Parameter warnings: only known when the reading is taken.
  func write(members json: inout JSONWriter, warnings: [String]?) {
    json.field("cluster", cluster)
    json.member("clusterReplacement") { json in
      guard let replacement else { return json.null() }
      json.object {
        $0.field("newKm", reading.kilometres)
        $0.field("oldKm", replacement.oldKm)
        $0.field("reason", replacement.reason)
      }
    }
    json.field("id", id)
    json.field("km", reading.kilometres)
    json.field("note", note)
    json.field("readAt", reading.at)
    json.field("recordedAt", recordedAt)
    json.field("recordedBy", recordedBy.name)
    json.field("source", source)
    json.field("vehicleId", vehicleID)
    if let warnings { json.field("warnings", warnings) }
    json.field("workOrderId", workOrderID)
  }
}

extension OdometerOutcome: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object { entry.write(members: &$0, warnings: warning.map { [$0] } ?? []) }
  }
}

extension TimelineItem: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object {
      $0.field("at", at)
      $0.field("data", data)
      $0.field("id", id)
      $0.field("kind", kind)
      $0.field("number", number)
      $0.field("resource", resource)
      $0.field("stationId", stationID)
      $0.field("title", title)
    }
  }
}
