import Crypto
package import Domain
package import Repositories

/// Whether the maker bears a repair (WAR-01…10, A10): gathers terms and facts and has the pure rule judge them. Other families ask in
/// the transaction in which they decide.
package struct EntitlementService: Sendable {
  private let work: UnitOfWork
  private let policies: PolicyBook

  package init(_ work: UnitOfWork, policies: PolicyBook) {
    self.work = work
    self.policies = policies
  }

  // MARK: Reading

  /// What is asked: the jobs of an order as they are, or lines of a vehicle as somebody describes them.
  package enum Question: Sendable {
    case order(WorkOrder.ID)
    /// - `on`: `nil`: today. `odometerKm`: what the instrument shows now; a reading that is on record and higher counts instead.
    case vehicle(Reference<Vehicle>, on: CalendarDate?, odometerKm: Int?, lines: [Entitlement.Line])
  }

  /// The judgements with what they rest on.
  package struct Answered: Sendable {
    package let ground: Ground
    package let judgements: [Entitlement.Judgement]
  }

  /// Judges without keeping anything: the same rules that claims are judged by (A10).
  ///
  /// - Throws: `Refusal.notFound` for a vehicle that is not there; `.invalid` for an order that the caller does not see or that names no
  ///   vehicle yet.
  package func check(_ question: Question, at instant: Timestamp, _ caller: Caller) async throws -> Answered {
    try caller.require(.entitlementsCheck)
    return try await work.database.snapshot(caller) { tx in
      switch question {
      case .order(let id):
        let scope = caller.exercising(.workOrdersRead).scope
        guard caller.may(.workOrdersRead),
          let order = try await WorkOrderRepository.whole(
            WorkOrderRepository.find(.id(id), in: scope), .id(id), in: scope, through: tx)
        else { throw Refusal.invalid("#/workOrderId", .notFound, "there is no such order") }
        guard order.header.vehicleID != nil else {
          throw Refusal.invalid("#/workOrderId", .inconsistent, "the order names no vehicle yet")
        }
        let (ground, lines) = try await ground(of: order, caller, in: tx)
        return Answered(ground: ground, judgements: lines.map { ground.judge($0) })
      case .vehicle(let reference, let on, let odometerKm, let lines):
        guard let vehicle = try await tx.run(VehicleRepository.find(reference, in: caller.scope)) else {
          throw Refusal.notFound
        }
        let ground = try await ground(
          of: vehicle.id, on: on ?? ReportPeriod.day(of: instant),
          distanceKm: odometerKm.map { $0 + vehicle.odometer.offset }, caller, in: tx)
        return Answered(ground: ground, judgements: lines.map { ground.judge($0) })
      }
    }
  }

  /// What is promised for a vehicle on the day of an instant, as a whole and for its groups, parts and the first maintenance.
  ///
  /// - Throws: `Refusal.notFound` for a vehicle that is not there.
  package func overview(
    of reference: Reference<Vehicle>, _ permission: Permission, at instant: Timestamp, _ caller: Caller
  ) async throws -> VehicleEntitlement {
    try caller.require(permission)
    return try await work.database.snapshot(caller) { tx in
      guard let vehicle = try await tx.run(VehicleRepository.find(reference, in: caller.scope)) else {
        throw Refusal.notFound
      }
      return try await overview(of: vehicle.id, at: instant, caller, in: tx)
    }
  }

  // MARK: For other families

  /// As `overview(of:)`, in the transaction of whoever shows it with something else.
  package func overview(
    of vehicle: Vehicle.ID, at instant: Timestamp, besides order: WorkOrder.ID? = nil, _ caller: Caller,
    in tx: Transaction
  ) async throws -> VehicleEntitlement {
    let day = ReportPeriod.day(of: instant)
    let ground = try await ground(of: vehicle, on: day, besides: order, caller, in: tx)
    return VehicleEntitlement(
      vehicleID: vehicle, vin: ground.vehicle.vin, on: day, terms: ground.terms, facts: ground.facts)
  }

  /// Judges the jobs of an order as they are now: on the day on which the vehicle came in, at the kilometres read then.
  ///
  /// - Parameter numbers: the job lines that are asked about; `nil`: every one that is worked on.
  /// - Throws: `Refusal.notFound` while the order names no vehicle.
  package func judge(
    _ order: WorkOrder, lines numbers: [Int]? = nil, _ caller: Caller, in tx: Transaction
  ) async throws -> [Entitlement.Judgement] {
    let (ground, lines) = try await ground(of: order, lines: numbers, caller, in: tx)
    return lines.map { ground.judge($0) }
  }

  private func ground(
    of order: WorkOrder, lines numbers: [Int]? = nil, _ caller: Caller, in tx: Transaction
  ) async throws -> (ground: Ground, lines: [Entitlement.Line]) {
    guard let vehicle = order.header.vehicleID else { throw Refusal.notFound }
    let distance = try await tx.run(VehicleRepairRepository.distance(of: vehicle, checkedIn: order.id))
    let ground = try await ground(
      of: vehicle, on: ReportPeriod.day(of: order.stamp.createdAt),
      distanceKm: distance ?? order.progress.odometerKm, isExact: true, besides: order.id, caller, in: tx)
    let lines = order.lines.filter { $0.counts && numbers?.contains($0.number) ?? true }
    return (ground, lines.map { Entitlement.Line($0, of: order) })
  }

  /// Judges lines of a vehicle on a day.
  ///
  /// - Parameters:
  ///   - distanceKm: kilometres driven by then as somebody reads them; a higher reading that is on record counts instead.
  ///   - order: whose own parts and maintenance are no fact yet.
  package func judge(
    _ lines: [Entitlement.Line], of vehicle: Vehicle.ID, on day: CalendarDate, distanceKm: Int? = nil,
    besides order: WorkOrder.ID? = nil, _ caller: Caller, in tx: Transaction
  ) async throws -> [Entitlement.Judgement] {
    let ground = try await ground(of: vehicle, on: day, distanceKm: distanceKm, besides: order, caller, in: tx)
    return lines.map { ground.judge($0) }
  }

  /// Everything that judgements of one vehicle on one day rest on.
  package struct Ground: Sendable {
    package let vehicle: Vehicle
    package let day: CalendarDate
    package let terms: Entitlement.Terms
    package let facts: Entitlement.VehicleFacts

    /// With its proof.
    package func judge(_ line: Entitlement.Line) -> Entitlement.Judgement {
      var judgement = Entitlement.judge(terms, vehicle: facts, line: line, on: day)
      judgement.proof = ContentHash.of(judgement.content)
      return judgement
    }
  }

  /// - Parameters:
  ///   - isExact: whether the kilometres are those of the visit that is judged, so that later readings of the day say nothing.
  /// - Throws: `Refusal.notFound` for a vehicle that is not there.
  package func ground(
    of id: Vehicle.ID, on day: CalendarDate, distanceKm: Int? = nil, isExact: Bool = false,
    besides order: WorkOrder.ID? = nil, _ caller: Caller, in tx: Transaction
  ) async throws -> Ground {
    let scope = caller.scope
    let (found, read, parts, maintenance, work) = try await tx.run(
      VehicleRepository.find(.id(id), in: scope),
      VehicleRepairRepository.distance(of: id, before: ReportPeriod(day: day).end),
      VehicleRepairRepository.fittedParts(of: id, until: day, besides: order, in: scope),
      VehicleRepairRepository.firstMaintenance(of: id, until: day, besides: order, in: scope),
      VehicleRepairRepository.paidWork(on: id, until: day, besides: order, in: scope))
    guard let vehicle = found else { throw Refusal.notFound }
    let facts = Entitlement.VehicleFacts(
      saleDate: vehicle.profile.saleDate, deliveryDate: vehicle.profile.deliveryDate, usage: vehicle.profile.usage,
      distanceKm: isExact && distanceKm != nil ? distanceKm : [distanceKm, read].compactMap(\.self).max(),
      fittedParts: parts, firstMaintenance: maintenance, paidWork: work)
    return Ground(
      vehicle: vehicle, day: day, terms: try await terms(of: vehicle, facts, on: day, in: tx), facts: facts)
  }

  /// What must be authorised before it is repaired, as it held for the model of a vehicle at an instant (M5), and what is what among
  /// parts, operations and faults by then; `nil`: nothing.
  package func preAuthorisation(
    of vehicle: Vehicle.ID, at instant: Timestamp, _ caller: Caller, in tx: Transaction
  ) async throws -> (terms: PreAuthorisationTerms, components: [WarrantyComponent])? {
    let found = try await tx.run(VehicleRepository.find(.id(vehicle), in: caller.scope))
    let policy = try await policies.current(
      WarrantyPolicy.self, for: Self.subjects(found?.profile.modelID), at: instant, in: tx
    ).body
    return policy.preAuthorisation.map { ($0, policy.components ?? []) }
  }

  // MARK: Inside

  /// The promise is that of the day on which it began; what is what among the parts is known as of the day in question.
  private func terms(
    of vehicle: Vehicle, _ facts: Entitlement.VehicleFacts, on day: CalendarDate, in tx: Transaction
  ) async throws -> Entitlement.Terms {
    let subjects = Self.subjects(vehicle.profile.modelID)
    let now = try await policies.current(
      WarrantyPolicy.self, for: subjects, at: Self.lastInstant(of: day), through: tx)
    guard let start = vehicle.profile.saleDate ?? vehicle.profile.deliveryDate else {
      return Entitlement.Terms(version: now.version, policy: now.body)
    }
    let promise = try await policies.promised(
      WarrantyPolicy.self, for: subjects, at: Self.lastInstant(of: start), through: tx)
    let known = now.body.components == nil ? promise : now
    return Entitlement.Terms(
      version: promise.version, policy: promise.body, components: known.body.components ?? [],
      componentsVersion: known.version, repairs: now.body.repairs)
  }

  private static func subjects(_ model: VehicleModel.ID?) -> [PolicySubject] {
    model.map { [.vehicleModel($0)] } ?? []
  }

  private static func lastInstant(of day: CalendarDate) -> Timestamp {
    Timestamp(milliseconds: ReportPeriod(day: day).end.milliseconds - 1)
  }
}

extension Entitlement.Line {
  /// A job as the rules ask about it: of maintenance the maker pays the first alone (WAR-03).
  package init(_ job: JobLine, of order: WorkOrder) {
    self.init(
      number: job.number, service: order.header.serviceType == .maintenance ? .firstMaintenance : .repair,
      causalPartNumber: job.work.causalPartNumber, labourOperationCode: job.work.labourOperationCode,
      faultCode: job.work.faultCode)
  }
}

/// SHA-256 (hex) of a text.
package enum ContentHash {
  package static func of(_ text: String) -> String {
    let digits = Array("0123456789abcdef".utf8)
    var hex: [UInt8] = []
    for byte in SHA256.hash(data: Array(text.utf8)) {
      hex.append(digits[Int(byte >> 4)])
      hex.append(digits[Int(byte & 15)])
    }
    return String(decoding: hex, as: UTF8.self)
  }
}
