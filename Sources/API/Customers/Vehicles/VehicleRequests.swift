import Domain

/// Bodies of `/v1/vehicles`.
enum VehicleRequests {
  static func draft(_ body: Form) throws -> VehicleDraft {
    var form = body
    let vin = form.required("vin", .vin)
    let plate = form.optional("plate", .text(1...20))
    let modelID = form.optional("modelId", .id(VehicleModel.self))
    let modelYear = form.optional("modelYear", .integer(1900...2200))
    let colour = form.optional("colour", .text(1...60))
    let engineNumber = form.optional("engineNumber", .text(1...40))
    let usage = form.required("usage", .choice(Vehicle.Usage.self))
    let powertrain = form.optional("powertrain", .choice(Powertrain.self))
    let saleDate = form.optional("saleDate", .date)
    let deliveryDate = form.optional("deliveryDate", .date)
    let nextDate = form.optional("nextMaintenanceDate", .date)
    let nextKm = form.optional("nextMaintenanceKm", .integer(1...9_999_999))
    let externalIDs = form.optional("externalIds", .externalIDs)
    try form.finish()
    guard let vin, let usage else { throw form.failure }
    return VehicleDraft(
      vin: vin,
      profile: VehicleProfile(
        plate: plate, modelID: modelID, modelYear: modelYear, colour: colour, engineNumber: engineNumber, usage: usage,
        powertrain: powertrain, saleDate: saleDate, deliveryDate: deliveryDate, nextMaintenanceDate: nextDate,
        nextMaintenanceKm: nextKm),
      externalIDs: externalIDs ?? [:])
  }

  static func patch(_ body: Form) throws -> VehiclePatch {
    var form = body
    var patch = VehiclePatch()
    patch.plate = form.patch("plate", .text(1...20))
    patch.modelID = form.patch("modelId", .id(VehicleModel.self))
    patch.modelYear = form.patch("modelYear", .integer(1900...2200))
    patch.colour = form.patch("colour", .text(1...60))
    patch.engineNumber = form.patch("engineNumber", .text(1...40))
    patch.usage = form.requiredPatch("usage", .choice(Vehicle.Usage.self))
    patch.powertrain = form.patch("powertrain", .choice(Powertrain.self))
    patch.saleDate = form.patch("saleDate", .date)
    patch.deliveryDate = form.patch("deliveryDate", .date)
    patch.nextMaintenanceDate = form.patch("nextMaintenanceDate", .date)
    patch.nextMaintenanceKm = form.patch("nextMaintenanceKm", .integer(1...9_999_999))
    patch.externalIDs = form.requiredPatch("externalIds", .externalIDs)
    form.readOnlyRecordMembers()
    form.readOnly("vin", "odometerKm", "odometerAt", "odometerSource", "totalKm", "warnings")
    try form.finish()
    return patch
  }

  static func reading(_ body: Form) throws -> OdometerDraft {
    var form = body
    let km = form.required("km", .odometer)
    let readAt = form.optional("readAt", .timestamp)
    let source = form.required("source", .choice(VehicleOdometer.Source.self))
    let note = form.optional("note", .text(1...1000))
    let replacement = form.object("clusterReplacement") { form -> OdometerDraft.Replacement? in
      let oldKm = form.required("oldKm", .odometer)
      let newKm = form.required("newKm", .odometer)
      let reason = form.required("reason", .text(1...1000))
      guard let oldKm, let newKm, let reason else { return nil }
      return OdometerDraft.Replacement(oldKm: oldKm, newKm: newKm, reason: reason)
    }
    try form.finish()
    guard let km, let source else { throw form.failure }
    return OdometerDraft(km: km, readAt: readAt, source: source, note: note, replacement: replacement)
  }
}

extension FieldReader where Value == VIN {
  /// 17 characters of ISO 3779; what is wrong with it is said by position.
  static var vin: FieldReader<VIN> {
    FieldReader { value, faults in
      guard let text = FieldReader<String>.text(1...40).read(value, &faults) else { return nil }
      do throws(Refusal) {
        return try VIN(text)
      } catch {
        guard case .invalid(let violations) = error else { return faults.add(.invalidFormat, "is not a VIN") }
        for violation in violations {
          let _: VIN? = faults.add(violation.code, violation.detail, limits: violation.limits)
        }
        return nil
      }
    }
  }
}
