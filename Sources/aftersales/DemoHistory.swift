import Domain
import FoundationEssentials
import Services

/// The work orders: every step of every order, by the person whose work it is, in the order of time over all stations.
struct DemoHistory {
  /// An order on its way.
  struct Course {
    let order: DemoData.Order
    let stops: [DemoJourney.Stop]
    let station: Station.ID
    let labourRate: Money
    let customer: DemoGround.Customer
    let jobs: [DemoData.Job]
    let additional: DemoData.Job?
    let adviser: Caller
    let technician: Caller
    var id: WorkOrder.ID?
  }

  let services: Composition
  private let data: DemoData
  private let ground: DemoGround
  private let today: Timestamp
  private let now: Timestamp
  private let hours: [String: Hours]

  init(_ services: Composition, _ data: DemoData, _ ground: DemoGround, today: Timestamp, now: Timestamp) {
    self.services = services
    self.data = data
    self.ground = ground
    self.today = today
    self.now = now
    hours = Dictionary(
      data.catalogue.operations.compactMap { operation in Hours(operation.hours).map { (operation.code, $0) } },
      uniquingKeysWith: { first, _ in first })
  }

  func load() async throws {
    var courses = try data.orders.orders.enumerated().map { try course($1, place: $0) }
    let steps = courses.enumerated().flatMap { course, value in
      value.stops.enumerated().map { (at: $1.at, course: course, stop: $0) }
    }.sorted { ($0.at, $0.course, $0.stop) < ($1.at, $1.course, $1.stop) }
    for step in steps {
      if let original = courses[step.course].order.reworkOf, courses[step.course].id == nil {
        let id = courses.first { $0.order.key == original }?.id
        try await rework(
          try demoValue(id, "order \(original) is not there yet"), &courses[step.course], at: step.at)
      } else {
        try await take(step.stop, of: &courses[step.course])
      }
    }
  }

  private func course(_ order: DemoData.Order, place: Int) throws -> Course {
    let state = try demoValue(WorkOrder.State(rawValue: order.state), "\(order.state) is no state")
    let station = try demoValue(ground.stations[order.station], "no station \(order.station)")
    let profile = try demoValue(
      data.network.stations.first { $0.code == order.station }, "no station \(order.station)")
    // Nine o'clock in the morning there, one vehicle after the other.
    let arrival = today.adding(seconds: Int64(-order.daysAgo) * 86_400 + 3600 + Int64(place % 7) * 420)
    func job(_ key: String) throws -> DemoData.Job {
      try demoValue(data.orders.jobs.first { $0.key == key }, "no job \(key)")
    }
    return Course(
      order: order, stops: try DemoJourney(order, to: state, arrival: arrival, now: now).stops, station: station,
      labourRate: try demoValue(Money(profile.labourRate, currency: .cny), "labour rate of \(order.station)"),
      customer: try demoValue(ground.customers[order.customer], "no customer \(order.customer)"),
      jobs: try order.jobs.map(job), additional: try order.additional.map(job),
      adviser: try ground.person(.stAdviser, at: station),
      technician: try ground.person(.stTechnician, at: station, place / 6))
  }

  func person(_ role: Role, of course: Course) throws -> Caller { try ground.person(role, at: course.station) }

  func claimsClerk(of course: Course) -> Caller {
    ground.staff[course.station]?[.stClaims]?.first ?? DemoWriter.operator
  }

  func auditor() throws -> Caller { try demoValue(ground.headquarters[.hqClaims], "nobody who audits claims") }

  // MARK: Lines

  /// A line as it is first written: the finding comes with the repair.
  func line(_ job: DemoData.Job, of course: Course, travel: String? = nil) throws -> JobLineDraft {
    let hours = try demoValue(hours[job.operation], "no labour operation \(job.operation)")
    let parts = try job.parts.map { part in
      JobPartDraft(
        partNumber: part.number, description: part.description, quantity: part.quantity,
        unitPrice: try demoValue(Money(part.price, currency: .cny), "\(part.price) is no amount"),
        origin: try demoValue(JobPart.Origin(rawValue: part.origin ?? "oem"), "origin of \(part.number)"),
        guaranteeMonths: part.guaranteeMonths, guaranteeKm: nil)
    }
    let extra = try travel.map {
      JobLine.Extra(
        description: "救援出车 Rescue trip", amount: try demoValue(Money($0, currency: .cny), "\($0) is no amount"))
    }
    let total =
      Money.labour(hours, at: course.labourRate).minor
      + parts.reduce(0) { $0 + $1.unitPrice.times($1.quantity).minor } + (extra?.amount.minor ?? 0)
    var split: [PayerSplit.Payer: Money]?
    if let name = job.payer {
      let payer = try demoValue(PayerSplit.Payer(rawValue: name), "\(name) is no payer")
      let share = total * Int64(job.payerPercent ?? 100) / 100
      split = [payer: Money(minor: share, currency: .cny)]
      if share < total { split?[.customer] = Money(minor: total - share, currency: .cny) }
    }
    return JobLineDraft(
      work: JobWork(description: job.description, concern: job.concern, labourOperationCode: job.operation),
      standardHours: hours, labourRate: nil, sublet: nil, travel: extra, split: split, parts: parts)
  }

  /// What the technician writes down when it is done.
  func findings(_ job: DemoData.Job) -> JobLinePatch {
    var patch = JobLinePatch()
    patch.cause = .set(job.cause)
    patch.correction = .set(job.correction)
    if let code = job.faultCode { patch.faultCode = .set(code) }
    if let codes = job.dtc { patch.diagnosticTroubleCodes = .set(codes) }
    if let part = job.causalPart { patch.causalPartNumber = .set(part) }
    return patch
  }

  // MARK: Beginnings

  func receive(_ course: inout Course, at: Timestamp) async throws {
    let order = course.order
    let mode = try demoValue(WorkOrder.Mode(rawValue: order.mode ?? "workshop"), "mode of \(order.key)")
    let type = try demoValue(WorkOrder.ServiceType(rawValue: order.serviceType), "service type of \(order.key)")
    let bare = course
    let header = WorkOrderHeader(
      customerID: course.customer.id, vehicleID: order.withoutVehicle == true ? nil : course.customer.vehicle,
      mode: mode, serviceType: type, summary: order.summary, note: nil, contact: nil,
      externalIDs: DemoLoader.mark(order.key))
    let draft = WorkOrderDraft(
      stationID: course.station, header: header,
      lines: try course.jobs.enumerated().map { try line($1, of: bare, travel: $0 == 0 ? order.travel : nil) })
    course.id = try DemoWriter.identity(
      await services.workOrders.create(
        draft, DemoWriter.command(course.adviser, "\(order.key)-receive", at: at) { $0.id.description }))
  }

  private func rework(_ original: WorkOrder.ID, _ course: inout Course, at: Timestamp) async throws {
    let key = course.order.key
    let id: WorkOrder.ID = try DemoWriter.identity(
      await services.workOrders.rework(
        .id(original), summary: course.order.summary,
        DemoWriter.command(course.adviser, "\(key)-rework", at: at) { $0.id.description }))
    course.id = id
    for (place, job) in course.jobs.enumerated() {
      _ = try await services.workOrders.addLine(
        .id(id), try line(job, of: course),
        DemoWriter.command(course.adviser, "\(key)-rework-line-\(place)", at: at) { _ in "" })
    }
  }
}
