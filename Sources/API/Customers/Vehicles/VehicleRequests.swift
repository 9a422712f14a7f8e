package import Domain

/// Bodies of `/v1/vehicles`.
extension VehicleRoutes {
  package func draft(_ form: inout Form, over current: Vehicle?) throws -> VehicleDraft {
    let profile = current?.profile
    let vin = form.fixed("vin", .vin, keeping: current?.vin)
    let plate = form.optional("plate", .text(1...20), keeping: profile?.plate)
    let modelID = form.optional("modelId", .id(VehicleModel.self), keeping: profile?.modelID)
    let modelYear = form.optional("modelYear", .integer(1900...2200), keeping: profile?.modelYear)
    let colour = form.optional("colour", .text(1...60), keeping: profile?.colour)
    let engineNumber = form.optional("engineNumber", .text(1...40), keeping: profile?.engineNumber)
    let usage = form.required("usage", .choice(Vehicle.Usage.self), keeping: profile?.usage)
    let powertrain = form.optional("powertrain", .choice(Powertrain.self), keeping: profile?.powertrain)
    let saleDate = form.optional("saleDate", .date, keeping: profile?.saleDate)
    let deliveryDate = form.optional("deliveryDate", .date, keeping: profile?.deliveryDate)
    let nextDate = form.optional("nextMaintenanceDate", .date, keeping: profile?.nextMaintenanceDate)
    let nextKm = form.optional("nextMaintenanceKm", .integer(1...9_999_999), keeping: profile?.nextMaintenanceKm)
    let externalIDs = form.externalIDs(keeping: current?.externalIDs)
    form.readOnly(of: current, "odometerKm", "odometerAt", "odometerSource", "totalKm", "warnings")
    try form.finish()
    guard let vin, let usage else { throw form.failure }
    return VehicleDraft(
      vin: vin,
      profile: VehicleProfile(
        plate: plate, modelID: modelID, modelYear: modelYear, colour: colour, engineNumber: engineNumber, usage: usage,
        powertrain: powertrain, saleDate: saleDate, deliveryDate: deliveryDate, nextMaintenanceDate: nextDate,
        nextMaintenanceKm: nextKm),
      externalIDs: externalIDs)
  }

  func reading(_ form: inout Form) throws -> OdometerDraft {
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
