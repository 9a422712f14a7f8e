package import Domain
import FoundationEssentials
package import Repositories

/// The deadline of customer files, for the services that begin it and that fill files: two days from the entry formalities, a
/// consultation or the hand-over until the file is complete (CUS-01, T-01).
package struct CustomerFileBook: Sendable {
  private let clocks: ClockBook

  package init(_ clocks: ClockBook) { self.clocks = clocks }

  /// Starts the deadline on the document, unless it runs there; a file that is complete meets it at once.
  package func begin<Output>(
    on owner: ClockBook.Owner, for customer: Customer.ID, _ command: Command<Output>, in tx: Transaction
  ) async throws {
    let subject = owner.subject
    let former = try await tx.run(
      ClockRepository.headers(.live(subject.resource, subject.id), in: command.caller.scope))
    if !former.contains(where: { $0.kind == .customerFile }) {
      try await clocks.start([.init(.customerFile)], on: owner, command, in: tx)
    }
    try await review(customer, command, in: tx)
  }

  /// The same for a file that is being changed.
  package func review<Output>(
    _ customer: Customer, _ command: Command<Output>, in tx: Transaction
  ) async throws {
    try await review(customer.id, changedTo: customer.profile, command, in: tx)
  }

  /// Meets every deadline that runs for the customer's file, if that is complete by now.
  package func review<Output>(
    _ customer: Customer.ID, changedTo profile: CustomerProfile? = nil, _ command: Command<Output>, in tx: Transaction
  ) async throws {
    let (found, waiting) = try await tx.run(
      CustomerFileRepository.find(.id(customer), in: command.caller.scope),
      CustomerFileRepository.waiting(for: customer))
    guard let stored = found, !waiting.isEmpty else { return }
    let file = profile.map { stored.changed(to: $0) } ?? stored
    let policy = try await clocks.policies.current(FollowUpsPolicy.self, at: file.stationID, command.at, in: tx)
    guard file.missing(under: policy.body).isEmpty else { return }
    for subject in waiting { try await clocks.meet([.customerFile], of: subject, command, in: tx) }
  }
}

/// How complete the files of customers are (CUS-01…06, CUS-11).
package struct CustomerFileService: Sendable {
  private let work: UnitOfWork
  private let policies: PolicyBook
  private let book: CustomerFileBook

  package init(_ work: UnitOfWork, clocks: ClockBook) {
    self.work = work
    policies = clocks.policies
    book = CustomerFileBook(clocks)
  }

  /// - Throws: `Refusal.notFound`, also outside the scope.
  package func status(
    of reference: Reference<Customer>, _ caller: Caller, at instant: Timestamp
  ) async throws -> CustomerFileStatus {
    try caller.require(.customersRead)
    guard let file = try await work.database.read(caller, CustomerFileRepository.find(reference, in: caller.scope))
    else {
      throw Refusal.notFound
    }
    return try await judged([file], caller, at: instant)[0]
  }

  /// What the list is narrowed by as all lists are.
  package static var window: Set<ListWindow.Field> { CustomerFileRepository.window.fields }

  /// Active files with what they lack.
  package func list(
    at station: Station.ID?, overdue: Bool, _ page: PageRequest, _ caller: Caller, at instant: Timestamp
  ) async throws -> Page<CustomerFileStatus> {
    try caller.require(.customersRead)
    let found = try await work.database.read(
      caller,
      CustomerFileRepository.list(at: station, overdueAt: overdue ? instant : nil, page, in: caller.scope))
    return found.showing(try await judged(found.items, caller, at: instant))
  }

  /// One row a station (CUS-11).
  package func summaries(
    at station: Station.ID?, _ caller: Caller, at instant: Timestamp
  ) async throws -> [CustomerFileSummary] {
    try caller.require(.customersRead)
    let groups = try await work.database.read(
      caller, CustomerFileRepository.counted(at: station, overdueAt: instant, in: caller.scope))
    let policies = try await policiesInForce(at: Set(groups.map(\.stationID)), caller, instant)
    return Dictionary(grouping: groups, by: \.stationID).map { station, groups in
      let incomplete = groups.filter { group in
        policies[station].map { !group.isComplete(under: $0.body) } ?? true
      }
      let files = groups.reduce(0) { $0 + $1.files }
      return CustomerFileSummary(
        stationID: station, files: files, complete: files - incomplete.reduce(0) { $0 + $1.files },
        overdue: groups.reduce(0) { $0 + $1.overdue }, oldestIncompleteAt: incomplete.map(\.oldestAt).min())
    }.sorted { $0.stationID.description < $1.stationID.description }
  }

  private func judged(
    _ files: [CustomerFile], _ caller: Caller, at instant: Timestamp
  ) async throws -> [CustomerFileStatus] {
    let policies = try await policiesInForce(at: Set(files.map(\.stationID)), caller, instant)
    return files.compactMap { file in
      policies[file.stationID].map { policy in
        CustomerFileStatus(
          file: file, missing: file.missing(under: policy.body), policyVersion: policy.version.description)
      }
    }
  }

  /// What holds for the files of each station.
  private func policiesInForce(
    at stations: Set<Station.ID>, _ caller: Caller, _ instant: Timestamp
  ) async throws -> [Station.ID: PolicyBook.InForce<FollowUpsPolicy>] {
    let regions = try await work.database.read(caller, ClockRepository.regions(of: stations))
    var inForce: [Region.ID?: PolicyBook.InForce<FollowUpsPolicy>] = [:]
    var found: [Station.ID: PolicyBook.InForce<FollowUpsPolicy>] = [:]
    for station in stations {
      let region = regions[station]
      let policy: PolicyBook.InForce<FollowUpsPolicy>
      if let known = inForce[region] {
        policy = known
      } else {
        policy = try await policies.current(
          FollowUpsPolicy.self, for: region.map { [.region($0)] } ?? [], at: instant, work.database, caller)
        inForce[region] = policy
      }
      found[station] = policy
    }
    return found
  }

  /// Meets deadlines of files that became complete without a change of the file itself: a vehicle got its plate, the policy
  /// asks for less.
  ///
  /// - Returns: the last customer that was looked at; `nil` when there are no more.
  package func review(after customer: Customer.ID?, at now: Timestamp, in tx: Transaction) async throws -> Customer.ID?
  {
    let command = Command<Bool>(
      caller: .system, requestID: "reviewCustomerFiles", at: now, precondition: nil, idempotency: nil,
      present: { _ in Answer(status: 204) })
    tx.enqueue(RecordTime.write(at: now))
    let waiting = try await tx.run(CustomerFileRepository.customersWaiting(after: customer, limit: 50))
    for id in waiting { try await book.review(id, command, in: tx) }
    return waiting.count == 50 ? waiting.last : nil
  }
}

/// The job that looks whether files are complete by now.
package struct CustomerFileSweep: Sendable {
  private let leases: WorkerLeaseService
  private let files: CustomerFileService
  private let clock: WallClock

  package init(_ leases: WorkerLeaseService, files: CustomerFileService, clock: WallClock) {
    self.leases = leases
    self.files = files
    self.clock = clock
  }

  /// All of them in one run, step by step.
  package func review(under lease: WorkerLease) async throws -> Bool {
    var last: Customer.ID?
    repeat {
      let from = last
      let now = clock.now()
      last = try await leases.step(under: lease) { tx in try await files.review(after: from, at: now, in: tx) }
    } while last != nil
    return false
  }
}
