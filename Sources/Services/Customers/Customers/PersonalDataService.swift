package import Domain
package import FoundationEssentials
import Repositories

/// What a person may ask about himself: what is held, who was shown it, and that it goes (SEC-04; quality S12).
package struct PersonalDataService: Sendable {
  private let work: UnitOfWork

  package init(_ work: UnitOfWork) { self.work = work }

  // MARK: Who was shown it

  /// Newest first unless asked otherwise, with those of the files that were merged into this one.
  package func reads(
    of reference: Reference<Customer>, _ page: PageRequest, _ caller: Caller
  ) async throws -> Page<PersonalDataRead> {
    try caller.require(.customersReadDisclosures)
    let database = work.database
    guard let customer = try await database.read(caller, CustomerRepository.find(reference, in: caller.scope)) else {
      throw Refusal.notFound
    }
    let files = try await database.read(caller, CustomerErasureRepository.files(of: customer.id, in: caller.scope))
    return try await database.read(
      caller, PersonalDataReadRepository.list(of: files, page, in: caller.scope))
  }

  /// The same of whom a document names without a file. The document's own service shows first that the caller may see it.
  package func reads(
    of resource: Resource, _ id: UUID, _ page: PageRequest, _ caller: Caller
  ) async throws -> Page<PersonalDataRead> {
    try caller.require(.customersReadDisclosures)
    return try await work.database.read(
      caller.beyondScope(), PersonalDataReadRepository.list(of: resource, id, page))
  }

  // MARK: What is held

  /// Everything that is held about one customer, on one snapshot. Unmasked, so the caller must be one who may see that.
  package func export(_ reference: Reference<Customer>, _ caller: Caller, at: Timestamp) async throws -> CustomerExport
  {
    try caller.require(.customersExportPersonal)
    try caller.require(.customersReadPersonal)
    let scope = caller.scope
    return try await work.database.snapshot(caller) { tx in
      guard let customer = try await tx.run(CustomerRepository.find(reference, in: scope)) else {
        throw Refusal.notFound
      }
      let files = try await tx.run(CustomerErasureRepository.files(of: customer.id, in: scope))
      var export = CustomerExport(customer: CustomerView(customer, for: caller), at: at)
      for file in files {
        if file != customer.id, let merged = try await tx.run(CustomerRepository.find(.id(file), in: scope)) {
          export.mergedFiles.append(CustomerView(merged, for: caller))
        }
        export.vehicles += try await Self.all("sinceDate") {
          try await tx.run(CustomerVehicleRepository.list(of: file, current: nil, $0, in: scope))
        }
        export.history += try await Self.all("position") {
          try await tx.run(EventRepository.history(.customer, file.uuid, $0, in: scope))
        }
        var filter = WorkOrderFilter()
        filter.customerID = file
        let orders = try await Self.all("createdAt") {
          try await tx.run(WorkOrderRepository.list(filter, $0, in: scope))
        }
        for order in orders { export.orders.append(try await Self.order(order, scope, tx)) }
        var asked = ServiceRequestFilter()
        asked.customerID = file
        export.requests += try await Self.all("createdAt") {
          try await tx.run(ServiceRequestRepository.list(asked, $0, in: scope))
        }
        var booked = AppointmentFilter()
        booked.customerID = file
        var called = FollowUpFilter()
        called.customerID = file
        export.followUps += try await Self.all("createdAt") {
          try await tx.run(FollowUpRepository.list(called, $0, in: scope))
        }
        var written = LetterFilter()
        written.customerID = file
        export.letters += try await Self.all("createdAt") {
          try await tx.run(LetterRepository.list(written, $0, in: scope))
        }
        var answered = SurveyResponseFilter()
        answered.customerID = file
        export.surveyResponses += try await Self.all("createdAt") {
          try await tx.run(SurveyResponseRepository.list(answered, $0, in: scope))
        }
        export.appointments += try await Self.all("createdAt") {
          try await tx.run(AppointmentRepository.list(booked, $0, in: scope))
        }
        var complained = ComplaintFilter()
        complained.customerID = file
        let complaints = try await Self.all("createdAt") {
          try await tx.run(ComplaintRepository.list(complained, $0, in: scope))
        }
        for listed in complaints {
          let reference = Reference<Complaint>.id(listed.id)
          let whole = try await ComplaintRepository.whole(
            ComplaintRepository.find(reference, in: scope), reference, in: scope, through: tx)
          export.complaints.append(whole ?? listed)
        }
      }
      export.reads = try await Self.all("at") {
        try await tx.run(PersonalDataReadRepository.list(of: files, $0, in: scope))
      }
      return export
    }
  }

  private static func order(
    _ listed: WorkOrder, _ scope: Scope, _ tx: Transaction
  ) async throws -> CustomerExport.Order {
    let reference = Reference<WorkOrder>.id(listed.id)
    let (found, lines, parts, clockings, decisions, invoice) = try await tx.run(
      WorkOrderRepository.find(reference, in: scope), JobLineRepository.lines(of: reference, in: scope),
      JobLineRepository.parts(of: reference, in: scope), JobLineRepository.clockings(of: reference, in: scope),
      WorkOrderRecordRepository.decisions(of: listed.id, in: scope),
      WorkOrderRecordRepository.invoice(of: listed.id, in: scope))
    var order = found ?? listed
    order.lines = JobLineRepository.assemble(lines, parts, clockings)
    let notes = try await all("createdAt") {
      try await tx.run(NoteRepository.list(.workOrder, listed.id.uuid, $0, in: scope))
    }
    let history = try await all("position") {
      try await tx.run(EventRepository.history(.workOrder, listed.id.uuid, $0, in: scope))
    }
    return CustomerExport.Order(
      order: order, decisions: decisions, invoice: invoice, notes: notes, history: history)
  }

  /// Every page of a list, oldest first.
  private static func all<Item>(
    _ sort: String, _ page: (PageRequest) async throws -> Page<Item>
  ) async throws -> [Item] {
    var items: [Item] = []
    var cursor: Cursor?
    repeat {
      let found = try await page(PageRequest(limit: 100, sort: [.init(sort)], cursor: cursor))
      items += found.items
      cursor = found.next
    } while cursor != nil
    return items
  }

  // MARK: That it goes

  /// Erases the person from the file, from the files merged into it and from every document that names them. Documents
  /// about money, safety and vehicles stay, with the number of the file in place of the name; copies of the database that
  /// were made before are not reached.
  ///
  /// - Throws: `Refusal.legalHold` while documents of the customer are open; `.transition` for a file that is merged or
  ///   erased.
  package func erase(
    _ reference: Reference<Customer>, reason: String, _ command: Command<CustomerView>
  ) async throws -> Answer {
    try await work.perform(command, .customersErase) { tx in
      guard let before = try await tx.run(CustomerRepository.lock(reference, in: command.caller.scope)) else {
        throw Refusal.notFound
      }
      try command.precondition?.require(before.version)
      let after = try before.erased(by: command.caller, at: command.at)
      let holds = try await tx.run(CustomerErasureRepository.holds(on: before.id))
      if !holds.isEmpty { throw Refusal.legalHold(holds) }
      // Before the erasure, which goes over the reason and the masked values of this event too.
      tx.record(
        Change(
          type: "customer.erased", resource: .customer, id: after.id.uuid, number: after.number,
          version: after.version, station: after.stationID, reason: reason, changes: after.changes(from: before)),
        by: command)
      let files = try await tx.run(CustomerErasureRepository.files(of: before.id, in: command.caller.scope))
      // Nobody calls him any more, and his file cannot be completed.
      let clocks = ClockBook(PolicyBook())
      try await FollowUpService(work, clocks: clocks).cancelWaiting(of: files, command, in: tx)
      for file in files {
        for subject in try await tx.run(CustomerFileRepository.waiting(for: file)) {
          try await clocks.cancel([.customerFile], of: subject, reason: nil, command, in: tx)
        }
      }
      let known = try await tx.run(CustomerErasureRepository.known(of: before.id))
      let orders = try await tx.run(
        CustomerErasureRepository.erase(before.id, knownAs: known, by: command.caller, at: command.at))
      try await Self.eraseKeptAnswers(naming: known, in: tx)
      tx.enqueue(CustomerRepository.update(after, expecting: before.version))
      tx.record(
        orders.map { order in
          Change(
            type: "workOrder.pseudonymised", resource: .workOrder, id: order.id.uuid, number: order.number,
            version: order.version, station: after.stationID, data: ["customerId": .text(after.id.description)])
        }, by: command)
      return CustomerView(after, for: command.caller)
    }
  }
}

extension PersonalDataService {
  /// Kept answers that name him without naming a document of his.
  private static func eraseKeptAnswers(naming known: [String], in tx: Transaction) async throws {
    let size = 200
    var last: IdempotencyRepository.Kept?
    repeat {
      let answers = try await tx.run(IdempotencyRepository.sealedAnswers(after: last, limit: size))
      if answers.isEmpty { return }
      _ = try await tx.run(IdempotencyRepository.erase(answers, naming: known))
      last = answers.count == size ? answers.last : nil
    } while last != nil
  }
}

/// Everything that is held about one customer.
package struct CustomerExport: Sendable {
  package struct Order: Sendable {
    package let order: WorkOrder
    package let decisions: [RecordedDecision]
    package let invoice: Invoice?
    package let notes: [Note]
    package let history: [Event]
  }

  package let customer: CustomerView
  package let at: Timestamp
  package internal(set) var mergedFiles: [CustomerView] = []
  package internal(set) var vehicles: [CustomerVehicleEntry] = []
  package internal(set) var orders: [Order] = []
  package internal(set) var requests: [ServiceRequest] = []
  package internal(set) var appointments: [Appointment] = []
  package internal(set) var followUps: [FollowUp] = []
  package internal(set) var surveyResponses: [SurveyResponse] = []
  /// To him, or to him among others.
  package internal(set) var letters: [Letter] = []
  package internal(set) var complaints: [Complaint] = []
  package internal(set) var history: [Event] = []
  package internal(set) var reads: [PersonalDataRead] = []

  init(customer: CustomerView, at: Timestamp) {
    self.customer = customer
    self.at = at
  }
}
