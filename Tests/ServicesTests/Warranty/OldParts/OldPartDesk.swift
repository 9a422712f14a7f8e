import Domain
import FoundationEssentials
import Repositories
import Services
import Synchronization
import TestSupport

/// Old parts and recoveries over a small network, with time that a test moves and claims that only note what they are told. It
/// begins on 2026-11-21 at 16:00 Chinese time.
struct OldPartDesk: Sendable {
  let test: TestDatabase
  let network: TestNetwork
  let clock: ManualClock
  let book: OldPartBook
  let parts: OldPartService
  let suppliers: SupplierService
  let recoveries: SupplierRecoveryService
  let claims: RecordingClaims

  var work: UnitOfWork { UnitOfWork(test.database, clock: clock.wall) }
  var station: Caller { network.everything }
  /// Of headquarters, who may do everything.
  let headquarters = Caller(
    subject: .user(UUID()), name: "总部", roles: [], permissions: Set(Permission.allCases), scope: .network)
  let finance = Caller(
    subject: .user(UUID()), name: "财务", roles: [], permissions: Set(Permission.allCases), scope: .network)

  static func with(_ body: @Sendable (OldPartDesk) async throws -> Void) async throws {
    try await TestDatabase.with { test in
      let clock = ManualClock()
      let network = try await TestNetwork(in: test.database, at: clock.now)
      let work = UnitOfWork(test.database, clock: clock.wall)
      let book = OldPartBook(ClockBook(PolicyBook()))
      let claims = RecordingClaims()
      try await body(
        OldPartDesk(
          test: test, network: network, clock: clock, book: book,
          parts: OldPartService(work, book: book, outcomes: [claims]), suppliers: SupplierService(work),
          recoveries: SupplierRecoveryService(work, ledger: LedgerBook()), claims: claims))
    }
  }

  func supplier(_ supplier: Supplier.ID) -> Caller {
    Caller(
      subject: .user(UUID()), name: "供应商", roles: [.supplier], permissions: Role.supplier.permissions,
      scope: .supplier(supplier.uuid))
  }

  /// Runs a write and hands out what it answered with.
  func run<Output: Sendable>(
    _ caller: Caller, _ write: (Command<Output>) async throws -> Answer
  ) async throws -> Output {
    let box = Box<Output>()
    _ = try await write(
      caller.command(at: clock.now) { output in
        box.value = output
        return Answer(status: 200)
      })
    guard let value = box.value else { throw Failure.internal(reference: "nothing was presented") }
    return value
  }

  // MARK: Old parts

  func header(_ part: String = "BP-1", claim: OldPart.ClaimLine? = nil) -> OldPartHeader {
    OldPartHeader(
      workOrderID: nil, vehicleID: network.vehicle, claim: claim, partNumber: part, partDescription: "制动片",
      serialNumber: nil, quantity: 2, faultCode: nil, fault: "脱落", removedOn: nil, supplierID: nil, externalIDs: [:])
  }

  static func line(_ number: Int = 1, of claim: UUID = UUID()) -> OldPart.ClaimLine {
    OldPart.ClaimLine(claimID: claim, number: "WC-SY001-2026-000001", line: number)
  }

  /// As the approval of claim lines does it.
  func require(_ drafts: [OldPart.Draft]) async throws -> [OldPart] {
    for draft in drafts {
      if let claim = draft.header.claim { try network.claim(claim.claimID, in: test) }
    }
    let box = Box<[OldPart]>()
    _ = try await work.perform(headquarters.command(at: clock.now) { _ in Answer(status: 200) }, nil) { tx in
      let command: Command<Bool> = headquarters.command(at: clock.now)
      box.value = try await book.require(drafts, command, in: tx)
      return true
    }
    return box.value ?? []
  }

  func required(_ line: OldPart.ClaimLine = line()) async throws -> OldPart {
    let found = try await require([OldPart.Draft(stationID: network.station, header: header(claim: line))])
    guard let part = found.first else { throw Failure.internal(reference: "nothing was required") }
    return part
  }

  func shipped(_ part: OldPart, statement: String? = nil) async throws -> OldPart {
    _ = try await run(station) { try await parts.tag(.id(part.id), storagePlace: "A-3", $0) }
    return try await run(station) {
      try await parts.ship(
        .id(part.id),
        OldPartShipment(
          destination: .headquarters, supplierID: nil, packingList: "PL-1", carrier: "德邦", trackingNumber: nil,
          lateStatement: statement, signature: OldPartSignature(station, at: clock.now)), $0)
    }
  }

  func received(_ part: OldPart, quantity: Int = 2) async throws -> OldPart {
    try await run(headquarters) {
      try await parts.receive(
        .id(part.id),
        OldPartReceipt(
          quantity: quantity, condition: nil, storagePlace: nil,
          signature: OldPartSignature(headquarters, at: clock.now)),
        $0)
    }
  }

  func inspected(_ part: OldPart, _ verdict: OldPart.Verdict, excused: Bool? = nil) async throws -> OldPart {
    try await run(headquarters) {
      try await parts.inspect(
        .id(part.id), OldPart.Finding(verdict: verdict, finding: "检查 Looked at", lateExcused: excused), $0)
    }
  }

  /// Clocks first, then what follows from them.
  func sweep() async throws {
    let now = clock.now
    while try await test.database.write(.system, { try await ClockSweepService.advance(at: now, in: $0) }) > 0 {}
    try await advance()
  }

  /// The job as a worker runs it, once.
  func advance() async throws {
    let leases = WorkerLeaseService(test.database, clock: clock.wall)
    let job = "advanceOldParts"
    try await leases.register([job])
    guard let lease = try await leases.acquire([job], holder: UUID()) else {
      throw Failure.internal(reference: "the job is not due")
    }
    _ = try await OldPartSweep(leases, parts: parts, clock: clock.wall).advance(under: lease)
    try await leases.release(lease)
  }

  func events(_ part: OldPart) async throws -> [String] {
    try await parts.history(.id(part.id), PageRequest(limit: 100, sort: [.init("position")]), headquarters).items.map(
      \.change.type)
  }
}

/// What claims were told, in order.
final class RecordingClaims: OldPartOutcome {
  enum Word: Hashable, Sendable {
    case accepted(OldPart.State)
    case refused(OldPartsPolicy.Fault, OldPartsPolicy.Consequence)
  }

  private let words = Mutex<[Word]>([])
  private let unable = Mutex<Set<OldPart.ID>>([])
  var heard: [Word] { words.withLock { $0 } }

  /// From now on nothing can be done with the claim of these parts.
  func fail(for parts: Set<OldPart.ID>) { unable.withLock { $0 = parts } }

  /// What the database says of the part at this moment is what the claim would read.
  func accepted(
    _ line: OldPart.ClaimLine, part: OldPart, _ command: Command<Void>, in tx: Transaction
  ) async throws {
    let stored = try await tx.run(OldPartRepository.find(.id(part.id), in: .network))
    words.withLock { $0.append(.accepted(stored?.state ?? .closed)) }
  }

  func refused(_ refusal: OldPartRefusal, _ command: Command<Void>, in tx: Transaction) async throws {
    if unable.withLock({ $0.contains(refusal.part.id) }) { throw Failure.internal(reference: "the claim is broken") }
    words.withLock { $0.append(.refused(refusal.fault, refusal.consequence)) }
  }
}
