/// Where a vehicle's odometer stands (domain.md section 7).
package struct VehicleOdometer: Hashable, Sendable {
  /// Who or what brought a reading.
  package enum Source: String, Hashable, Sendable, CaseIterable {
    case checkIn, delivery, inspection, customer, telematics, `import`, correction
  }

  /// The latest reading of the present cluster; `nil` before the first.
  package let latest: OdometerLedger.Reading?
  package let source: Source?
  /// 1 is the instrument cluster that was built in; every replacement adds one.
  package let cluster: Int
  /// Kilometres on replaced clusters less what the present one showed when it was built in.
  package let offset: Int

  package init(latest: OdometerLedger.Reading?, source: Source?, cluster: Int, offset: Int) {
    self.latest = latest
    self.source = source
    self.cluster = cluster
    self.offset = offset
  }

  package static let none = VehicleOdometer(latest: nil, source: nil, cluster: 1, offset: 0)

  /// Kilometres driven in the vehicle's life.
  package var totalKm: Int? { latest.map { $0.kilometres + offset } }
}

/// One reading as it is kept: never changed, never deleted.
package struct OdometerEntry: Hashable, Sendable {
  package typealias ID = Identifier<OdometerEntry>

  package struct Replacement: Hashable, Sendable {
    /// Where the old cluster stood.
    package let oldKm: Int
    package let reason: String
    package init(oldKm: Int, reason: String) {
      self.oldKm = oldKm
      self.reason = reason
    }
  }

  package let id: ID
  package let vehicleID: Vehicle.ID
  package let reading: OdometerLedger.Reading
  package let cluster: Int
  package let source: VehicleOdometer.Source
  package let workOrderID: Identifier<WorkOrder>?
  package let note: String?
  /// Present on the first reading of a new cluster.
  package let replacement: Replacement?
  package let recordedAt: Timestamp
  package let recordedBy: RecordStamp.Author

  package init(
    id: ID, vehicleID: Vehicle.ID, reading: OdometerLedger.Reading, cluster: Int, source: VehicleOdometer.Source,
    workOrderID: Identifier<WorkOrder>?, note: String?, replacement: Replacement?, recordedAt: Timestamp,
    recordedBy: RecordStamp.Author
  ) {
    self.id = id
    self.vehicleID = vehicleID
    self.reading = reading
    self.cluster = cluster
    self.source = source
    self.workOrderID = workOrderID
    self.note = note
    self.replacement = replacement
    self.recordedAt = recordedAt
    self.recordedBy = recordedBy
  }
}

extension OdometerEntry {
  /// The reading without the work order, the words and the name behind it: what other stations see.
  package var withoutOrigin: OdometerEntry {
    OdometerEntry(
      id: id, vehicleID: vehicleID, reading: reading, cluster: cluster, source: source, workOrderID: nil, note: nil,
      replacement: replacement, recordedAt: recordedAt, recordedBy: RecordStamp.Author(name: "***", id: nil))
  }
}

/// A reading as asked for.
package struct OdometerDraft: Hashable, Sendable {
  package struct Replacement: Hashable, Sendable {
    package let oldKm: Int
    package let newKm: Int
    package let reason: String
    package init(oldKm: Int, newKm: Int, reason: String) {
      self.oldKm = oldKm
      self.newKm = newKm
      self.reason = reason
    }
  }

  package let km: Int
  /// `nil`: now.
  package let readAt: Timestamp?
  package let source: VehicleOdometer.Source
  package let workOrderID: Identifier<WorkOrder>?
  package let note: String?
  package let replacement: Replacement?

  package init(
    km: Int, readAt: Timestamp? = nil, source: VehicleOdometer.Source, workOrderID: Identifier<WorkOrder>? = nil,
    note: String? = nil, replacement: Replacement? = nil
  ) {
    self.km = km
    self.readAt = readAt
    self.source = source
    self.workOrderID = workOrderID
    self.note = note
    self.replacement = replacement
  }
}

/// What came of a reading: the vehicle after it, the entry, and a sentence when the reading is odd but stands.
package struct OdometerOutcome: Hashable, Sendable {
  package let vehicle: Vehicle
  package let entry: OdometerEntry
  package let warning: String?

  package init(vehicle: Vehicle, entry: OdometerEntry, warning: String?) {
    self.vehicle = vehicle
    self.entry = entry
    self.warning = warning
  }
}

/// The readings around one instant, on the cluster that was built in then.
package struct OdometerNeighbours: Hashable, Sendable {
  package let cluster: Int
  package let previous: OdometerLedger.Reading?
  /// The next reading on that cluster, or where it stood when it was replaced.
  package let next: OdometerLedger.Reading?

  package init(cluster: Int, previous: OdometerLedger.Reading?, next: OdometerLedger.Reading?) {
    self.cluster = cluster
    self.previous = previous
    self.next = next
  }
}

extension Vehicle {
  /// Clocks of stations may be a little fast, but nobody reads an odometer tomorrow.
  private static let clockTolerance: Int64 = 300

  /// Holds a reading against the vehicle's history; the vehicle is locked by the caller's transaction.
  ///
  /// - Parameter pointer: where the kilometres stand in the request.
  /// - Throws: `conflict` with code `odometer-fell` when kilometres would fall and no replacement explains it.
  package func recording(
    _ draft: OdometerDraft, among neighbours: OdometerNeighbours, by caller: Caller, now: Timestamp,
    pointer: String = "#/km"
  ) throws(Refusal) -> OdometerOutcome {
    let at = draft.readAt ?? now
    if at > now.adding(seconds: Self.clockTolerance) {
      throw .invalid("#/readAt", .outOfRange, "must not be in the future")
    }
    let ledger = OdometerLedger(previous: neighbours.previous, next: neighbours.next, offset: odometer.offset)
    let reading = OdometerLedger.Reading(kilometres: draft.km, at: at)
    var after = odometer
    var warning: String?
    var cluster = neighbours.cluster
    if let replacement = draft.replacement {
      if replacement.newKm != draft.km {
        throw .invalid(pointer, .inconsistent, "must be what the new cluster shows (clusterReplacement.newKm)")
      }
      let replaced = try Self.replace(replacement, at: at, in: ledger)
      cluster = odometer.cluster + 1
      after = VehicleOdometer(latest: reading, source: draft.source, cluster: cluster, offset: replaced.offset)
    } else {
      warning = try ledger.admit(draft.km, at: at, pointer: pointer)
      if cluster == odometer.cluster, neighbours.next == nil {
        after = VehicleOdometer(latest: reading, source: draft.source, cluster: cluster, offset: odometer.offset)
      }
    }
    let entry = OdometerEntry(
      id: .new(at: now), vehicleID: id, reading: reading, cluster: cluster, source: draft.source,
      workOrderID: draft.workOrderID, note: draft.note,
      replacement: draft.replacement.map { OdometerEntry.Replacement(oldKm: $0.oldKm, reason: $0.reason) },
      recordedAt: now, recordedBy: RecordStamp.Author(caller))
    return OdometerOutcome(vehicle: revised(by: caller, at: now).reading(after), entry: entry, warning: warning)
  }

  /// The ledger's own pointers are those of a replacement by itself; here it stands inside a reading.
  private static func replace(
    _ replacement: OdometerDraft.Replacement, at instant: Timestamp, in ledger: OdometerLedger
  ) throws(Refusal) -> OdometerLedger {
    do {
      return try ledger.replacingCluster(
        ClusterReplacement(
          oldKilometres: replacement.oldKm, newKilometres: replacement.newKm, at: instant, reason: replacement.reason))
    } catch .invalid(let violations) {
      let places = [
        "#/oldClusterKm": "#/clusterReplacement/oldKm", "#/newClusterKm": "#/clusterReplacement/newKm",
        "#/reason": "#/clusterReplacement/reason", "#/at": "#/readAt",
      ]
      throw .invalid(
        violations.map {
          Violation(pointer: places[$0.pointer] ?? $0.pointer, code: $0.code, detail: $0.detail, limits: $0.limits)
        })
    }
  }
}
