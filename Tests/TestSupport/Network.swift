package import Domain
import FoundationEssentials
package import Repositories

/// A small network written straight through the repositories: two regions' worth of stations with what orders need.
package struct TestNetwork: Sendable {
  package let region: Region.ID
  package let station: Station.ID
  package let otherStation: Station.ID
  package let customer: Customer.ID
  package let otherCustomer: Customer.ID
  package let vehicle: Vehicle.ID
  package let technician: User.ID
  package let inspector: User.ID

  /// A hash that no password has.
  private static let unusablePassword =
    "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$" + String(repeating: "A", count: 43)

  package static let vin = "LSVAA4182E2123456"

  package init(in database: Database, at now: Timestamp) async throws {
    let caller = Caller.system
    let stamp = RecordStamp(by: caller, at: now)
    let region = Region(
      id: .new(at: now), code: "EAST", name: "华东", nameEn: "East", externalIDs: [:], version: 1, stamp: stamp)
    let stations = ["SY001", "SY002"].map { code in
      Station(
        id: .new(at: now), code: code, state: .active,
        profile: StationProfile(
          name: "沈阳\(code)", nameEn: nil, kind: .fourInOne, regionID: region.id, timeZone: "Asia/Shanghai",
          currency: .cny,
          address: nil, city: "沈阳", phone: nil, position: nil, labourRate: Money(minor: 20_000, currency: .cny),
          authorisations: [], bays: 4),
        externalIDs: [:], version: 1, stamp: stamp)
    }
    let customers = stations.enumerated().map { place, station in
      Customer(
        id: .new(at: now), number: "CU-\(station.code)-2026-900001", stationID: station.id,
        profile: CustomerProfile(
          kind: .person, name: "王小明", phone: "1381234567\(place)", phone2: nil, email: nil, address: nil, city: nil,
          contactPreference: nil, wishedService: nil, note: nil),
        externalIDs: [:], version: 1, stamp: stamp)
    }
    let vehicle = Vehicle(
      id: .new(at: now), vin: try VIN(Self.vin),
      profile: VehicleProfile(
        plate: "辽A12345", modelID: nil, modelYear: 2024, colour: nil, engineNumber: nil, usage: .private,
        powertrain: nil, saleDate: nil, deliveryDate: nil, nextMaintenanceDate: nil, nextMaintenanceKm: nil),
      odometer: .none, externalIDs: [:], version: 1, stamp: stamp)
    let people = [Role.stTechnician, .stInspector].map { role in
      User(
        id: .new(at: now), username: role.rawValue.lowercased(), displayName: role.rawValue,
        assignment: .station(stations[0].id), roles: [role], state: .active, mustChangePassword: false, notBefore: now,
        externalIDs: [:], version: 1, stamp: stamp)
    }
    try await database.write(caller) { tx in
      _ = try await tx.run(RegionRepository.insert(region))
      for station in stations { _ = try await tx.run(StationRepository.insert(station)) }
      for customer in customers { _ = try await tx.run(CustomerRepository.insert(customer)) }
      _ = try await tx.run(VehicleRepository.insert(vehicle))
      for person in people { _ = try await tx.run(UserRepository.insert(person, passwordHash: Self.unusablePassword)) }
    }
    self.region = region.id
    station = stations[0].id
    otherStation = stations[1].id
    customer = customers[0].id
    otherCustomer = customers[1].id
    self.vehicle = vehicle.id
    technician = people[0].id
    inspector = people[1].id
  }

  /// A caller of one station with all that roles give.
  package func caller(_ roles: Role..., at station: Station.ID? = nil, subject: Subject? = nil) -> Caller {
    Caller(
      subject: subject ?? .client(UUID()), name: "测试", roles: Set(roles), permissions: Set(roles).permissions,
      scope: .station(station ?? self.station))
  }

  /// May do everything at the first station.
  package var everything: Caller {
    Caller(
      subject: .client(UUID()), name: "测试", roles: [], permissions: Set(Permission.allCases), scope: .station(station))
  }
}

extension Caller {
  /// A write by this caller that answers with the version in its `ETag`-less body.
  package func command<Output: Sendable>(
    at now: Timestamp, expecting precondition: Precondition? = .any, key: String? = nil, fingerprint: [UInt8] = [1],
    _ present: @escaping @Sendable (Output) throws -> Answer = { _ in Answer(status: 200) }
  ) -> Command<Output> {
    Command(
      caller: self, requestID: "test-request", at: now, precondition: precondition,
      idempotency: key.map { IdempotencyRequest(key: $0, operation: "POST /test", fingerprint: fingerprint) },
      present: present)
  }
}
