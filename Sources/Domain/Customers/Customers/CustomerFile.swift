/// What must be filled in a customer's file beside name and telephone, which no file is without (CUS-02…04); which of it, for
/// persons and for companies, says the policy.
package enum CustomerFileMember: String, Hashable, Sendable, CaseIterable {
  case address, city, email, contactPreference, wishedService
  /// A vehicle at all.
  case vehicle
  /// Of every vehicle.
  case plate, model, nextMaintenance
}

/// A file with what it is held against.
package struct CustomerFile: Hashable, Sendable {
  package struct VehicleFacts: Hashable, Sendable {
    package let vin: String
    package let hasPlate: Bool
    package let hasModel: Bool
    package let hasNextMaintenance: Bool

    package init(vin: String, hasPlate: Bool, hasModel: Bool, hasNextMaintenance: Bool) {
      self.vin = vin
      self.hasPlate = hasPlate
      self.hasModel = hasModel
      self.hasNextMaintenance = hasNextMaintenance
    }
  }

  package let customerID: Customer.ID
  package let number: String
  package let stationID: Station.ID
  package let kind: Customer.Kind
  /// Members of the profile that are filled.
  package let filled: Set<CustomerFileMember>
  package let vehicles: [VehicleFacts]
  /// The deadline that runs for it, the nearest.
  package let dueAt: Timestamp?
  package let createdAt: Timestamp

  package init(
    customerID: Customer.ID, number: String, stationID: Station.ID, kind: Customer.Kind,
    filled: Set<CustomerFileMember>, vehicles: [VehicleFacts], dueAt: Timestamp?, createdAt: Timestamp
  ) {
    self.customerID = customerID
    self.number = number
    self.stationID = stationID
    self.kind = kind
    self.filled = filled
    self.vehicles = vehicles
    self.dueAt = dueAt
    self.createdAt = createdAt
  }

  /// The same with another profile.
  package func changed(to profile: CustomerProfile) -> CustomerFile {
    let members: [(CustomerFileMember, Bool)] = [
      (.address, profile.address != nil), (.city, profile.city != nil), (.email, profile.email != nil),
      (.contactPreference, profile.contactPreference != nil), (.wishedService, profile.wishedService != nil),
    ]
    return CustomerFile(
      customerID: customerID, number: number, stationID: stationID, kind: profile.kind,
      filled: Set(members.filter(\.1).map(\.0)), vehicles: vehicles, dueAt: dueAt, createdAt: createdAt)
  }

  /// What is missing, as JSON pointers into the customer, its vehicles by VIN; empty for a complete file.
  package func missing(under policy: FollowUpsPolicy) -> [String] {
    Self.missing(kind, filled, vehicles, under: policy)
  }

  fileprivate static func missing(
    _ kind: Customer.Kind, _ filled: Set<CustomerFileMember>, _ vehicles: [VehicleFacts],
    under policy: FollowUpsPolicy
  ) -> [String] {
    let rule: [CustomerFileMember]? =
      switch kind {
      case .person: policy.fileOfPerson
      case .company: policy.fileOfCompany
      }
    return (rule ?? []).flatMap { member -> [String] in
      switch member {
      case .address, .city, .email, .contactPreference, .wishedService:
        filled.contains(member) ? [] : ["#/\(member.rawValue)"]
      case .vehicle: vehicles.isEmpty ? ["#/vehicles"] : []
      case .plate: vehicles.filter { !$0.hasPlate }.map { "#/vehicles/\($0.vin)/plate" }
      case .model: vehicles.filter { !$0.hasModel }.map { "#/vehicles/\($0.vin)/modelId" }
      case .nextMaintenance:
        vehicles.filter { !$0.hasNextMaintenance }.map { "#/vehicles/\($0.vin)/nextMaintenanceDate" }
      }
    }
  }
}

/// Files of a station that are filled in the same way, counted.
package struct CustomerFileGroup: Hashable, Sendable {
  package let stationID: Station.ID
  package let kind: Customer.Kind
  package let filled: Set<CustomerFileMember>
  /// What every vehicle of each file has; `nil`: the files have none.
  package let vehicles: CustomerFile.VehicleFacts?
  package let files: Int
  /// Of them, those whose deadline passed.
  package let overdue: Int
  /// When the oldest was opened.
  package let oldestAt: Timestamp

  package init(
    stationID: Station.ID, kind: Customer.Kind, filled: Set<CustomerFileMember>, vehicles: CustomerFile.VehicleFacts?,
    files: Int, overdue: Int, oldestAt: Timestamp
  ) {
    self.stationID = stationID
    self.kind = kind
    self.filled = filled
    self.vehicles = vehicles
    self.files = files
    self.overdue = overdue
    self.oldestAt = oldestAt
  }

  /// Whether the files lack nothing, by the same rule as a single one.
  package func isComplete(under policy: FollowUpsPolicy) -> Bool {
    CustomerFile.missing(kind, filled, vehicles.map { [$0] } ?? [], under: policy).isEmpty
  }
}

/// A file as the policy in force judges it.
package struct CustomerFileStatus: Hashable, Sendable {
  package let file: CustomerFile
  package let missing: [String]
  package let policyVersion: String

  package var isComplete: Bool { missing.isEmpty }

  package init(file: CustomerFile, missing: [String], policyVersion: String) {
    self.file = file
    self.missing = missing
    self.policyVersion = policyVersion
  }
}

/// How the files of one station stand (CUS-11).
package struct CustomerFileSummary: Hashable, Sendable {
  package let stationID: Station.ID
  package let files: Int
  package let complete: Int
  /// Files whose deadline passed.
  package let overdue: Int
  /// When the oldest file that is not complete was opened.
  package let oldestIncompleteAt: Timestamp?

  package init(stationID: Station.ID, files: Int, complete: Int, overdue: Int, oldestIncompleteAt: Timestamp?) {
    self.stationID = stationID
    self.files = files
    self.complete = complete
    self.overdue = overdue
    self.oldestIncompleteAt = oldestIncompleteAt
  }
}
