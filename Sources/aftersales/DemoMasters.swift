import Domain
import FoundationEssentials
import Repositories
import Services

/// What the history of the demo happens on and by whom.
struct DemoGround {
  struct Customer {
    let id: Domain.Customer.ID
    let station: Station.ID
    let name: String
    let phone: String
    let vehicle: Vehicle.ID?
  }

  var stations: [String: Station.ID] = [:]
  /// By role, then in the order of the file.
  var staff: [Station.ID: [Role: [Caller]]] = [:]
  /// One of each role of the whole network, and the others of it.
  var headquarters: [Role: Caller] = [:]
  var colleagues: [Role: [Caller]] = [:]
  var customers: [String: Customer] = [:]
  /// By code.
  var suppliers: [String: Supplier.ID] = [:]
  var secrets: [String: String] = [:]

  /// - Parameter place: which of several; beyond the last it starts anew.
  func person(_ role: Role, at station: Station.ID, _ place: Int = 0) throws -> Caller {
    let people = try demoValue(staff[station]?[role], "station without \(role.rawValue)")
    return people[place % people.count]
  }
}

/// Regions, stations, people, catalogue, customers and vehicles.
struct DemoMasters {
  private let services: Composition
  private let data: DemoData
  private let opening: Timestamp

  /// - Parameter opening: when the network begins.
  init(_ services: Composition, _ data: DemoData, opening: Timestamp) {
    self.services = services
    self.data = data
    self.opening = opening
  }

  func load() async throws -> DemoGround {
    var ground = DemoGround()
    let regions = try await loadRegions()
    try await loadCalendar()
    try await loadStations(regions, &ground)
    ground.suppliers = try await DemoOldParts(services, data.oldParts).loadSuppliers(opening: opening)
    try await loadPeople(regions, &ground)
    try await loadClients(&ground)
    let models = try await loadCatalogue()
    if let model = data.catalogue.models.first.flatMap({ models[$0.code] }) {
      try await DemoPolicies(services, ground, opening: opening).load(for: model)
    }
    try await loadCustomers(models, &ground)
    try await linkCustomers(ground)
    return ground
  }

  private func loadRegions() async throws -> [String: Region.ID] {
    var ids: [String: Region.ID] = [:]
    for region in data.network.regions {
      let draft = RegionDraft(
        code: region.code, name: region.name, nameEn: region.nameEn, externalIDs: DemoLoader.mark(region.code))
      ids[region.code] = try DemoWriter.identity(
        await services.regions.create(
          draft, DemoWriter.command(DemoWriter.operator, "region-\(region.code)", at: opening) { $0.id.description }))
    }
    return ids
  }

  /// The network's own, so that its holidays can be changed; the same as the standard one at first.
  private func loadCalendar() async throws {
    var content = WorkingCalendar.Content.standard
    content.name = "全国工作日历"
    content.nameEn = "Working calendar of the network"
    _ = try await services.calendars.create(
      WorkingCalendarDraft(code: "CN", holder: .network, content: content, externalIDs: DemoLoader.mark("CN")),
      DemoWriter.command(DemoWriter.operator, "calendar-CN", at: opening) { $0.id.description })
  }

  private func loadStations(_ regions: [String: Region.ID], _ ground: inout DemoGround) async throws {
    for station in data.network.stations {
      let profile = StationProfile(
        name: station.name, nameEn: station.nameEn, kind: try choice(station.kind),
        regionID: try demoValue(regions[station.region], "no region \(station.region)"), timeZone: "Asia/Shanghai",
        currency: .cny, address: station.address, city: station.city, phone: station.phone,
        position: GeographicPosition(
          latitudeMicrodegrees: station.latitude, longitudeMicrodegrees: station.longitude),
        labourRate: try money(station.labourRate), authorisations: station.authorisations, bays: station.bays)
      ground.stations[station.code] = try DemoWriter.identity(
        await services.stations.create(
          StationDraft(code: station.code, profile: profile, externalIDs: DemoLoader.mark(station.code)),
          DemoWriter.command(DemoWriter.operator, "station-\(station.code)", at: opening) { $0.id.description }))
      _ = try await services.workshops.replace(
        .number(station.code), with: try workshop(of: station),
        DemoWriter.command(DemoWriter.operator, "workshop-\(station.code)", at: opening) { _ in "" })
    }
  }

  /// Open every day; the first bay is the fast lane, the last one for high voltage.
  private func workshop(of station: DemoData.Station) throws -> Workshop {
    let count = station.bays
    let opens = try demoValue(TimeOfDay.minutes(station.opens), "opening hours of \(station.code)")
    let closes = try demoValue(TimeOfDay.minutes(station.closes), "opening hours of \(station.code)")
    let bays = (1...max(count, 1)).map { number in
      let skills: Set<Workshop.Skill> =
        number == count
        ? [.general, .electrical, .highVoltage] : number % 4 == 0 ? [.bodywork, .paint] : [.general, .tyres]
      return Workshop.Bay(
        code: "B\(number < 10 ? "0" : "")\(number)", name: number == 1 ? "快修 Fast lane" : nil, skills: skills,
        isFastLane: number == 1, isActive: true)
    }
    return Workshop(
      slotMinutes: 30, graceMinutes: 30, skills: station.skills,
      hours: (1...7).map { .init(weekday: $0, hours: .init(opens: opens, closes: closes)) }, specialDays: [],
      bays: bays)
  }

  private func loadPeople(_ regions: [String: Region.ID], _ ground: inout DemoGround) async throws {
    for user in data.people.users {
      let role: Role = try choice(user.role)
      let assignment: ScopeAssignment
      if let code = user.station {
        assignment = .station(try demoValue(ground.stations[code], "no station \(code)"))
      } else if let code = user.region {
        assignment = .region(try demoValue(regions[code], "no region \(code)"))
      } else if role == .carrier {
        assignment = .supplier(try await carrier(of: user.username))
      } else if let supplier = user.supplier {
        assignment = .supplier(
          try demoValue(
            ground.suppliers[supplier]?.uuid ?? UUID(uuidString: supplier), "no supplier \(supplier)"))
      } else {
        assignment = .network
      }
      let draft = UserDraft(
        username: user.username, displayName: user.name, assignment: assignment, roles: [role],
        mustChangePassword: false, externalIDs: DemoLoader.mark(user.username))
      let id: User.ID = try DemoWriter.identity(
        await services.users.create(
          draft, password: data.people.password,
          DemoWriter.command(DemoWriter.operator, "user-\(user.username)", at: opening) { $0.id.description }))
      func caller(_ scope: Scope) -> Caller {
        Caller(
          subject: .user(id.uuid), name: user.name, roles: [role], permissions: role.permissions, scope: scope)
      }
      switch assignment {
      case .station(let station):
        ground.staff[station, default: [:]][role, default: []].append(caller(.station(station)))
      case .network:
        if ground.headquarters[role] == nil {
          ground.headquarters[role] = caller(.network)
        } else {
          ground.colleagues[role, default: []].append(caller(.network))
        }
      case .region, .supplier: break
      }
    }
  }

  /// The party that the people of the role speak for (PRT-16).
  private func carrier(of username: String) async throws -> UUID {
    let id: Carrier.ID = try DemoWriter.identity(
      await services.carriers.create(
        CarrierDraft(
          code: "SHUNYUN", profile: .init(name: "顺运物流 Shunyun Logistics", phone: "024-31001234", isActive: true),
          externalIDs: DemoLoader.mark("SHUNYUN")),
        DemoWriter.command(DemoWriter.operator, "carrier-\(username)", at: opening) { $0.id.description }))
    return id.uuid
  }

  private func loadClients(_ ground: inout DemoGround) async throws {
    for client in data.people.clients {
      let roles = Set(try client.roles.map { try choice($0) as Role })
      let draft = MachineClientDraft(
        clientID: client.clientId, name: client.name, roles: roles, permissions: nil,
        assignment: .station(try demoValue(ground.stations[client.station], "no station \(client.station)")),
        externalIDs: DemoLoader.mark(client.clientId))
      ground.secrets[client.clientId] = DemoWriter.text(
        try await services.clients.create(
          draft, DemoWriter.command(DemoWriter.operator, "client-\(client.clientId)", at: opening) { $0.secret.text }))
    }
  }

  private func loadCatalogue() async throws -> [String: VehicleModel.ID] {
    var models: [String: VehicleModel.ID] = [:]
    for model in data.catalogue.models {
      let content = VehicleModel.Content(
        brand: model.brand, series: model.series, name: model.name, nameEn: model.nameEn,
        productLine: model.productLine, modelYearFrom: model.modelYearFrom, modelYearTo: model.modelYearTo,
        powertrain: try choice(model.powertrain), discontinued: model.discontinued ?? false)
      models[model.code] = try DemoWriter.identity(
        await services.vehicleModels.create(
          VehicleModelDraft(code: model.code, content: content, externalIDs: DemoLoader.mark(model.code)),
          DemoWriter.command(DemoWriter.operator, "model-\(model.code)", at: opening) { $0.id.description }))
    }
    var operations: [String: LabourOperation.ID] = [:]
    for operation in data.catalogue.operations {
      let content = LabourOperation.Content(
        name: operation.name, nameEn: operation.nameEn, category: try choice(operation.category),
        standardHours: try demoValue(Hours(operation.hours), "\(operation.hours) are no hours"), modelHours: [],
        requiredSkill: operation.skill, discontinued: false)
      operations[operation.code] = try DemoWriter.identity(
        await services.labourOperations.create(
          LabourOperationDraft(code: operation.code, content: content, externalIDs: DemoLoader.mark(operation.code)),
          DemoWriter.command(DemoWriter.operator, "operation-\(operation.code)", at: opening) { $0.id.description }))
    }
    for item in data.catalogue.items {
      let content = ServiceItem.Content(
        name: item.name, nameEn: item.nameEn, category: try choice(item.category), pricing: try choice(item.pricing),
        price: try item.price.map(money),
        operations: try item.operations.map { try demoValue(operations[$0], "no labour operation \($0)") },
        partsDescription: item.parts, process: nil, result: nil, intervalKm: item.intervalKm,
        intervalMonths: item.intervalMonths, discontinued: false)
      _ = try await services.serviceItems.create(
        ServiceItemDraft(code: item.code, content: content, externalIDs: DemoLoader.mark(item.code)),
        DemoWriter.command(DemoWriter.operator, "item-\(item.code)", at: opening) { $0.id.description })
    }
    try await loadFaultCodes(operations)
    return models
  }

  private func loadFaultCodes(_ operations: [String: LabourOperation.ID]) async throws {
    for fault in data.catalogue.faults {
      let content = FaultCode.Content(
        system: try choice(fault.system), description: fault.description, descriptionEn: fault.descriptionEn,
        componentFamily: fault.family, severity: try choice(fault.severity) as FaultCode.Severity,
        operations: try fault.operations.map { try demoValue(operations[$0], "no labour operation \($0)") })
      let reference = FaultCode.reference(fault.code, fault.brand)
      _ = try await services.faultCodes.create(
        FaultCodeDraft(
          code: fault.code, brand: fault.brand, content: content, externalIDs: DemoLoader.mark(reference)),
        DemoWriter.command(DemoWriter.operator, "fault-\(reference)", at: opening) { $0.id.description })
    }
  }

  /// A customer a day, by the adviser of the station, with the vehicles that he brought.
  private func loadCustomers(_ models: [String: VehicleModel.ID], _ ground: inout DemoGround) async throws {
    let vehicles = Dictionary(data.customers.vehicles.map { ($0.vin, $0) }, uniquingKeysWith: { first, _ in first })
    for (day, customer) in data.customers.customers.enumerated() {
      let at = opening.adding(seconds: Int64(20 + day) * 86_400 + 5400)
      let station = try demoValue(ground.stations[customer.station], "no station \(customer.station)")
      let adviser = try ground.person(.stAdviser, at: station)
      let profile = CustomerProfile(
        kind: try choice(customer.kind), name: customer.name, phone: customer.phone, phone2: nil,
        email: customer.email, address: customer.address, city: customer.city,
        contactPreference: try choice(customer.contactPreference) as Customer.ContactPreference, wishedService: nil,
        note: nil)
      let id: Customer.ID = try DemoWriter.identity(
        await services.customers.create(
          CustomerDraft(stationID: station, profile: profile, externalIDs: DemoLoader.mark(customer.key)),
          DemoWriter.command(adviser, "customer-\(customer.key)", at: at) { $0.id.description }))
      var first: Vehicle.ID?
      for vin in customer.vehicles {
        let vehicle = try demoValue(vehicles[vin], "no vehicle \(vin)")
        let since = try demoValue(CalendarDate(vehicle.saleDate), "\(vehicle.saleDate) is no date")
        let vehicleID = try await load(vehicle, sold: since, models, adviser, at: at.adding(seconds: 120))
        _ = try await services.customers.link(
          .id(id), CustomerVehicleDraft(vehicle: .id(vehicleID), role: .owner, since: since),
          DemoWriter.command(adviser, "link-\(customer.key)-\(vin)", at: at.adding(seconds: 180)) { _ in "" })
        first = first ?? vehicleID
      }
      ground.customers[customer.key] = DemoGround.Customer(
        id: id, station: station, name: customer.name, phone: customer.phone, vehicle: first)
    }
  }

  /// Customers with a login of their own.
  private func linkCustomers(_ ground: DemoGround) async throws {
    for user in data.people.users {
      guard let key = user.customer else { continue }
      let customer = try demoValue(ground.customers[key], "no customer \(key)")
      _ = try await services.users.update(
        .number(user.username), UserPatch(customerID: .set(customer.id)),
        DemoWriter.command(DemoWriter.operator, "link-user-\(user.username)", at: opening) { _ in "" })
    }
  }

  private func load(
    _ vehicle: DemoData.Vehicle, sold: CalendarDate, _ models: [String: VehicleModel.ID], _ adviser: Caller,
    at: Timestamp
  ) async throws -> Vehicle.ID {
    let vin = try VIN(vehicle.vin)
    if !vin.hasMatchingCheckDigit { throw SettingsError(description: "demo data: check digit of \(vin)") }
    let profile = VehicleProfile(
      plate: vehicle.plate, modelID: try demoValue(models[vehicle.model], "no model \(vehicle.model)"),
      modelYear: vehicle.modelYear, colour: vehicle.colour, engineNumber: nil, usage: try choice(vehicle.usage),
      powertrain: try choice(vehicle.powertrain) as Powertrain, saleDate: sold, deliveryDate: sold,
      nextMaintenanceDate: nil, nextMaintenanceKm: nil)
    return try DemoWriter.identity(
      await services.vehicles.create(
        VehicleDraft(vin: vin, profile: profile, externalIDs: DemoLoader.mark(vehicle.vin)),
        DemoWriter.command(adviser, "vehicle-\(vehicle.vin)", at: at) { $0.id.description }))
  }

  private func choice<Choice: RawRepresentable<String>>(_ text: String) throws -> Choice {
    try demoValue(Choice(rawValue: text), "\(text) is no \(Choice.self)")
  }

  private func money(_ text: String) throws -> Money {
    try demoValue(Money(text, currency: .cny), "\(text) is no amount")
  }
}
