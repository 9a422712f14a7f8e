import Domain
import Services

// An order of another station does not exist for the caller: neither its number nor its identity is written.

extension Entitlement.FittedPart: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object { write(members: &$0) }
  }

  func write(members json: inout JSONWriter) {
    json.field("fittedAtKm", fittedAtKm)
    json.field("fittedOn", fittedOn)
    json.field("guaranteeKm", guaranteeKm)
    json.field("guaranteeMonths", guaranteeMonths)
    json.field("line", source.workOrderNumber == nil ? nil : source.line)
    json.field("origin", origin)
    json.field("partNumber", partNumber)
    json.field("quantity", quantity)
    json.field("underWarranty", underWarranty)
    json.field("workOrderId", source.workOrderNumber == nil ? nil : source.workOrderID)
    json.field("workOrderNumber", source.workOrderNumber)
  }
}

extension Entitlement.Coverage: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object {
      $0.field("basis", basis)
      $0.field("covers", covers)
      $0.field("daysLeft", daysLeft)
      $0.array("endedBy", ended) { $0.string($1.rawValue) }
      $0.field("group", group)
      $0.field("km", km)
      $0.field("kmLeft", kmLeft)
      $0.field("lastDay", lastDay)
      $0.field("lastKm", lastKm)
      $0.field("months", months)
      $0.field("part", part)
      $0.field("startsAtKm", startsAtKm)
      $0.field("startsOn", startsOn)
    }
  }
}

extension WarrantyComponent: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object {
      $0.field("group", group)
      $0.field("handle", handle)
      $0.field("isSafetyFailure", isSafetyFailure)
      $0.field("name", name)
      $0.field("prefix", prefix)
      $0.field("role", role)
    }
  }
}

extension Entitlement.Reason: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object {
      $0.field("code", code)
      $0.field("detail", detail)
      $0.field("exclusion", exclusion)
    }
  }
}

extension Entitlement.TakenMaintenance: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object {
      $0.field("on", on)
      $0.field("workOrderId", source.workOrderNumber == nil ? nil : source.workOrderID)
      $0.field("workOrderNumber", source.workOrderNumber)
    }
  }
}

extension Entitlement.Judgement: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object { json in
      json.field("basis", basis)
      json.field("bearer", bearer)
      json.field("component", component)
      json.array("considered", considered)
      json.field("coverage", coverage)
      json.field("covered", covered)
      json.field("firstMaintenanceTaken", firstMaintenance)
      json.field("number", line.number)
      json.field("proof", proof)
      json.array("reasons", reasons)
      json.field("service", line.service)
      json.field("workGuarantee", workGuarantee)
    }
  }
}

extension Entitlement.WorkGuarantee: JSONWritable {
  package func write(to json: inout JSONWriter) {
    let source = work.source
    json.object {
      $0.field("daysLeft", daysLeft)
      $0.field("finishedOn", work.finishedOn)
      $0.field("kmLeft", kmLeft)
      $0.field("lastDay", lastDay)
      $0.field("lastKm", lastKm)
      $0.field("line", source.workOrderNumber == nil ? nil : source.line)
      $0.field("repairClass", repairClass)
      $0.field("workOrderId", source.workOrderNumber == nil ? nil : source.workOrderID)
      $0.field("workOrderNumber", source.workOrderNumber)
    }
  }
}

/// The answer of `POST /v1/entitlements/check`.
struct EntitlementAnswerView: JSONWritable {
  let answered: EntitlementService.Answered

  func write(to json: inout JSONWriter) {
    let ground = answered.ground
    json.object { json in
      json.field("componentsVersion", ground.terms.componentsVersion.description)
      json.field("distanceKm", ground.facts.distanceKm)
      json.array("lines", answered.judgements)
      json.field("on", ground.day)
      json.field("policyVersion", ground.terms.version.description)
      json.field("rulesVersion", Entitlement.rulesVersion)
      json.field("vehicleId", ground.vehicle.id)
      json.field("vin", ground.vehicle.vin.text)
    }
  }
}

extension VehicleEntitlement: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object { json in
      json.array("coverages", coverages)
      json.field("distanceKm", facts.distanceKm)
      json.array("exclusions", exclusions) { $0.string($1.rawValue) }
      json.member("firstMaintenance") { json in
        let judgement = firstMaintenance
        json.object { json in
          json.field("coverage", judgement.coverage)
          json.field("covered", judgement.covered)
          json.array("reasons", judgement.reasons)
          json.field("taken", judgement.firstMaintenance)
        }
      }
      json.field("on", on)
      json.array("partsUnderGuarantee", partsUnderGuarantee)
      json.field("policyVersion", terms.version.description)
      json.field("vehicleId", vehicleID)
      json.field("vin", vin.text)
      json.array("workUnderGuarantee", workUnderGuarantee)
    }
  }
}

extension VehicleEntitlement.PartGuarantee: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object { json in
      json.field("coverage", coverage.map(PartTerm.init))
      part.write(members: &json)
    }
  }
}

/// A coverage where the part is shown around it.
private struct PartTerm: JSONWritable {
  let coverage: Entitlement.Coverage

  func write(to json: inout JSONWriter) {
    json.object {
      $0.field("covers", coverage.covers)
      $0.field("daysLeft", coverage.daysLeft)
      $0.array("endedBy", coverage.ended) { $0.string($1.rawValue) }
      $0.field("km", coverage.km)
      $0.field("kmLeft", coverage.kmLeft)
      $0.field("lastDay", coverage.lastDay)
      $0.field("lastKm", coverage.lastKm)
      $0.field("months", coverage.months)
    }
  }
}
