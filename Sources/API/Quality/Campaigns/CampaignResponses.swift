package import Domain

/// A campaign as one caller sees it, with his actions.
package struct CampaignView: JSONWritable {
  private let campaign: Campaign
  private let actions: [Campaign.Action]

  package init(_ campaign: Campaign, for caller: Caller) {
    self.campaign = campaign
    actions = CampaignLifecycle.table.available(on: campaign, to: caller)
  }

  package func write(to json: inout JSONWriter) {
    let header = campaign.header
    let progress = campaign.progress
    json.object { json in
      json.field("approvedBy", progress.approvedBy)
      json.array("availableActions", actions) { $0.string($1.rawValue) }
      json.field("completedAt", progress.completedAt)
      json.field("component", header.component)
      json.field("createdAt", campaign.stamp.createdAt)
      json.field("createdBy", campaign.stamp.createdBy.name)
      json.field("description", header.description)
      json.field("externalIds", header.externalIDs)
      json.field("frozenAt", progress.frozen?.at)
      json.field("id", campaign.id)
      json.field("kind", header.kind)
      json.field("number", campaign.number)
      json.field("population", header.population)
      json.field("populationHash", progress.frozen?.hash)
      json.field("publishedAt", progress.publishedAt)
      json.field("qualityIssueId", header.qualityIssueID)
      json.field("reason", progress.reason)
      json.field("remedy", header.remedy)
      json.field("state", campaign.state)
      json.field("title", header.title)
      json.field("updatedAt", campaign.stamp.updatedAt)
      json.field("updatedBy", campaign.stamp.updatedBy.name)
      json.field("vehicleCount", progress.frozen?.count)
      json.field("version", campaign.version)
    }
  }
}

extension CampaignPopulation: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object {
      $0.array("modelIds", modelIDs)
      $0.field("modelYearFrom", modelYearFrom)
      $0.field("modelYearTo", modelYearTo)
      $0.field("saleDateFrom", saleDateFrom)
      $0.field("saleDateTo", saleDateTo)
      $0.array("vinPrefixes", vinPrefixes)
      $0.array("vins", vins)
    }
  }
}

/// A vehicle in a campaign as one caller sees it, with his actions.
package struct CampaignVehicleView: JSONWritable {
  private let vehicle: CampaignVehicle
  private let actions: [CampaignVehicle.Action]

  package init(_ vehicle: CampaignVehicle, for caller: Caller) {
    self.vehicle = vehicle
    actions = CampaignVehicleLifecycle.table.available(on: vehicle, to: caller)
  }

  package func write(to json: inout JSONWriter) {
    let progress = vehicle.progress
    json.object { json in
      json.array("availableActions", actions) { $0.string($1.rawValue) }
      json.field("campaign", vehicle.campaign)
      json.field("channel", progress.channel)
      json.field("createdAt", vehicle.stamp.createdAt)
      json.field("createdBy", vehicle.stamp.createdBy.name)
      json.field("id", vehicle.id)
      json.field("notificationCount", progress.notifications)
      json.field("notifiedAt", progress.notifiedAt)
      json.field("plannedAt", progress.plannedAt)
      json.field("reason", progress.reason)
      json.field("remediedAt", progress.remediedAt)
      json.field("state", vehicle.state)
      json.field("updatedAt", vehicle.stamp.updatedAt)
      json.field("updatedBy", vehicle.stamp.updatedBy.name)
      json.field("vehicleId", vehicle.vehicleID)
      json.field("version", vehicle.version)
      json.field("vin", vehicle.vin)
      json.field("workOrderId", progress.workOrderID)
    }
  }
}

extension CampaignBrief: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object {
      $0.field("id", id)
      $0.field("kind", kind)
      $0.field("number", number)
      $0.field("remedy", remedy)
      $0.field("state", state)
      $0.field("title", title)
    }
  }
}

/// How far a campaign is, as of the instant that was asked for.
package struct CampaignCompletionView: JSONWritable {
  private let whole: CampaignCompletion
  private let stations: [CampaignStationCompletion]

  package init(_ whole: CampaignCompletion, _ stations: [CampaignStationCompletion]) {
    self.whole = whole
    self.stations = stations
  }

  package func write(to json: inout JSONWriter) {
    json.object { json in
      Self.write(whole.counts, to: &json)
      json.member("percent") { $0.hundredths(whole.percentHundredths) }
      json.field("reachable", whole.reachable)
      json.field("remedied", whole.remedied)
      json.array("stations", stations) { json, part in
        json.object { json in
          Self.write(part.completion.counts, to: &json)
          json.field("deferred", part.deferred)
          json.member("percent") { $0.hundredths(part.completion.percentHundredths) }
          json.field("reachable", part.completion.reachable)
          json.field("remedied", part.completion.remedied)
          json.field("stationCode", part.station?.code)
          json.field("stationId", part.station?.id)
          json.field("total", part.completion.total)
        }
      }
      json.field("total", whole.total)
    }
  }

  private static func write(_ counts: [CampaignVehicle.State: Int], to json: inout JSONWriter) {
    json.object("counts") { json in
      for state in CampaignVehicle.State.allCases.sorted(by: { $0.rawValue < $1.rawValue }) {
        json.member(named: state.rawValue) { $0.integer(Int64(counts[state] ?? 0)) }
      }
    }
  }
}

extension CampaignAnswerRecord: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object {
      $0.field("answer", answer.choice)
      $0.field("answeredAt", answeredAt)
      $0.field("answeredBy", answeredBy)
      $0.field("id", id)
      $0.field("reason", answer.reason)
      $0.field("stationId", stationID)
      $0.field("vehicleId", vehicleID)
      $0.field("vin", vin)
      $0.field("workOrderId", workOrderID)
    }
  }
}
