package import Domain

extension Part: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object {
      $0.field("createdAt", stamp.createdAt)
      $0.field("createdBy", stamp.createdBy.name)
      $0.field("discontinued", content.discontinued)
      $0.field("externalIds", externalIDs)
      $0.field("id", id)
      $0.field("name", content.name)
      $0.field("nameEn", content.nameEn)
      $0.field("note", content.note)
      $0.field("number", number)
      $0.field("origin", content.origin)
      $0.field("unit", content.unit)
      $0.field("updatedAt", stamp.updatedAt)
      $0.field("updatedBy", stamp.updatedBy.name)
      $0.field("version", version)
      $0.field("wearPart", content.wearPart)
    }
  }
}

extension Supersession: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object {
      $0.field("createdAt", createdAt)
      $0.field("createdBy", createdBy.name)
      $0.field("effectiveOn", effectiveOn)
      $0.field("id", id)
      $0.field("interchangeable", interchangeable)
      $0.field("partId", partID)
      $0.field("partNumber", partNumber)
      $0.field("reason", reason)
      $0.field("successorId", successorID)
      $0.field("successorNumber", successorNumber)
    }
  }
}

extension SupersessionChain: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object {
      $0.field("currentId", currentID)
      $0.field("currentNumber", currentNumber)
      $0.field("on", on)
      $0.array("predecessors", predecessors)
      $0.array("successors", successors)
    }
  }
}

extension PartUse: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object {
      $0.field("assembly", assembly)
      $0.field("modelCode", modelCode)
      $0.field("modelId", modelID)
      $0.field("modelName", modelName)
      $0.field("partNumber", partNumber)
      $0.field("quantity", quantity)
      $0.field("sbomCode", sbomCode)
      $0.field("sbomId", sbomID)
    }
  }
}

/// A place where a part lies, as one caller may know it.
struct PartPlaceView: JSONWritable {
  private let place: PartAvailability
  private let quantity: Int?

  init(_ place: PartAvailability, for caller: Caller) {
    self.place = place
    quantity = place.quantity(for: caller)
  }

  func write(to json: inout JSONWriter) {
    json.object {
      $0.field("availability", place.availability)
      $0.field("distanceKm", place.distanceKm)
      $0.field("locationCode", place.locationCode)
      $0.field("locationId", place.locationID)
      $0.field("locationKind", place.locationKind)
      $0.field("partId", place.partID)
      $0.field("partNumber", place.partNumber)
      $0.field("proximity", place.proximity)
      $0.field("quantity", quantity)
      $0.field("regionId", place.regionID)
      $0.field("stationId", place.stationID)
      $0.field("stationName", place.stationName)
    }
  }
}

/// What a part costs on a day; without a price when no approved list names it by then.
struct PriceOfDayView: JSONWritable {
  let on: CalendarDate
  let price: PartPrice?

  func write(to json: inout JSONWriter) {
    json.object {
      $0.field("on", on)
      $0.field("price", price)
    }
  }
}

extension PartPrice: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object {
      $0.field("price", price)
      $0.field("priceListId", priceListID)
      $0.field("priceListNumber", priceListNumber)
      $0.field("retailPrice", retailPrice)
      $0.field("validFrom", validFrom)
    }
  }
}

extension Sbom: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object {
      $0.field("code", code)
      $0.field("createdAt", stamp.createdAt)
      $0.field("createdBy", stamp.createdBy.name)
      $0.field("externalIds", externalIDs)
      $0.field("id", id)
      $0.array("lines", lines) { json, line in
        json.object {
          $0.field("assembly", line.assembly)
          $0.field("partId", line.partID)
          $0.field("quantity", line.quantity)
        }
      }
      $0.field("modelId", modelID)
      $0.field("note", note)
      $0.field("updatedAt", stamp.updatedAt)
      $0.field("updatedBy", stamp.updatedBy.name)
      $0.field("validFrom", validFrom)
      $0.field("version", version)
    }
  }
}
