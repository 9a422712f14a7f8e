import Domain
import FoundationEssentials
import Postgres
import Repositories
import Services
import TestSupport

/// The parts services on a database of their own: a central warehouse, the stores of two stations, and parts.
struct StockDesk: Sendable {
  let test: TestDatabase
  let network: TestNetwork
  let clock: ManualClock
  let work: UnitOfWork
  let book: StockBook
  let central: StockLocation.ID
  let store: StockLocation.ID
  let otherStore: StockLocation.ID
  let parts: [Part.ID]

  static func with(
    parts count: Int = 3, connections: Int = 4, _ body: @Sendable (StockDesk) async throws -> Void
  ) async throws {
    let configure: @Sendable (inout PostgresConfiguration) -> Void = { $0.leasedConnections = connections }
    try await TestDatabase.with(configure) { test in
      let clock = ManualClock()
      let network = try await TestNetwork(in: test.database, at: clock.now)
      let now = clock.now
      let parts = (0..<count).map { _ in Part.ID.new(at: now) }
      let places = (0..<3).map { _ in StockLocation.ID.new(at: now) }
      let owners: [StockLocation.Place] = [.central, .station(network.station), .station(network.otherStation)]
      let stamp = RecordStamp(by: .system, at: now)
      try await test.database.write(.system) { tx in
        for (number, id) in parts.enumerated() {
          _ = try await tx.run(
            PartRepository.insert(
              Part(
                id: id, number: "P-\(100 + number)",
                content: Part.Content(
                  name: "件\(number)", nameEn: nil, origin: .original, unit: .piece, wearPart: false,
                  discontinued: false, note: nil), externalIDs: [:], version: 1, stamp: stamp)))
        }
        for (place, id) in places.enumerated() {
          _ = try await tx.run(
            StockLocationRepository.insert(
              StockLocation(
                id: id, code: "W-\(place)", place: owners[place], name: "库\(place)", closed: false, externalIDs: [:],
                version: 1, stamp: stamp)))
        }
      }
      try await body(
        StockDesk(
          test: test, network: network, clock: clock, work: UnitOfWork(test.database, clock: clock.wall),
          book: StockBook(PolicyBook()), central: places[0], store: places[1], otherStore: places[2], parts: parts))
    }
  }

  var movements: StockMovementService { StockMovementService(work, stock: book) }
  var reservations: ReservationService { ReservationService(work, stock: book) }
  var stocktakes: StocktakeService { StocktakeService(work, stock: book) }
  var sales: PartsSaleService { PartsSaleService(work, stock: book) }
  var returns: PartsReturnService { PartsReturnService(work, stock: book) }
  var prices: PriceListService { PriceListService(work) }
  var catalogue: PartService { PartService(work) }
  var minimums: MinimumStockService { MinimumStockService(work) }
  var quotas: ReserveQuotaService { ReserveQuotaService(work) }
  var proposals: ReplenishmentProposalService { ReplenishmentProposalService(work, stock: book) }

  /// A person of the whole network who may do everything; each call is somebody else.
  var somebody: Caller {
    Caller(
      subject: .user(UUID.version7(at: clock.now)), name: "备件", roles: [], permissions: Set(Permission.allCases),
      scope: .network)
  }

  func cny(_ minor: Int64) -> Money { Money(minor: minor, currency: .cny) }

  /// Runs a write and hands out what it answered with.
  func run<Output: Sendable>(
    as caller: Caller? = nil, _ write: (Command<Output>) async throws -> Answer
  ) async throws -> Output {
    let box = Box<Output>()
    clock.advance(seconds: 1)
    _ = try await write(
      (caller ?? somebody).command(at: clock.now) { output in
        box.value = output
        return Answer(status: 200)
      })
    guard let output = box.value else { throw Failure.internal(reference: "nothing was presented") }
    return output
  }

  @discardableResult
  func receive(
    _ quantity: Int, of part: Int = 0, into location: StockLocation.ID? = nil, unitCost: Int64 = 10_000
  ) async throws -> StockMovement {
    let location = location ?? store
    return try await run {
      try await movements.book(
        .receipt(into: location, unitCost: cny(unitCost)), of: parts[part], quantity: quantity, reason: nil, $0)
    }
  }

  /// The level of a part at a place: on hand, reserved, on order, value in cents.
  func level(_ part: Int = 0, at location: StockLocation.ID? = nil) async throws -> [Int64] {
    let found = try await test.database.read(
      .system, StockLevelRepository.level(location ?? store, parts[part], in: .network))
    return found.map { [Int64($0.onHand), Int64($0.reserved), Int64($0.onOrder), $0.value.minor] } ?? []
  }

  func reserve(
    _ quantity: Int, of part: Int = 0, from location: StockLocation.ID? = nil, to destination: StockLocation.ID? = nil,
    until expiresAt: Timestamp? = nil
  ) async throws -> Reservation {
    let draft = ReservationDraft(
      locationID: location ?? store, partID: parts[part], quantity: quantity,
      purpose: .transfer(to: destination ?? central), expiresAt: expiresAt)
    return try await run { try await reservations.create(draft, $0) }
  }

  /// An approved list with one price a part, valid from today plus `days`.
  @discardableResult
  func approve(_ price: Int64, retail: Int64? = nil, of part: Int = 0, from days: Int64 = 0) async throws -> PriceList {
    let day = CalendarDate(daysSinceEpoch: CalendarDate(inChina: clock.now).daysSinceEpoch + days)
    let content = PriceList.Content(
      name: "价格", currency: .cny, validFrom: day, note: nil,
      lines: [
        PriceList.Line(partID: parts[part], partNumber: "", price: cny(price), retailPrice: retail.map(cny))
      ], externalIDs: [:])
    let author = somebody
    let list: PriceList = try await run(as: author) { try await prices.create(content, $0) }
    let _: PriceList = try await run(as: author) { try await prices.submit(.id(list.id), note: nil, $0) }
    return try await run { try await prices.approve(.id(list.id), note: nil, $0) }
  }

  /// How many levels are not the sum of what they are made of, or are negative: none, in every snapshot.
  static let broken = Query<Int>.one(
    """
    select count(*)
    from stock_levels l
      left join (
        select m.location_id, m.part_id, sum(m.quantity) as quantity, sum(m.cost) as cost, count(*) as movements
        from stock_movements m group by 1, 2) m on m.location_id = l.location_id and m.part_id = l.part_id
      left join (
        select r.location_id, r.part_id, sum(r.outstanding) as held
        from reservations r group by 1, 2) r on r.location_id = l.location_id and r.part_id = l.part_id
      left join (
        select e.location_id, e.part_id, sum(e.quantity) as coming
        from stock_expectations e group by 1, 2) e on e.location_id = l.location_id and e.part_id = l.part_id
    where l.on_hand <> coalesce(m.quantity, 0) or l.value <> coalesce(m.cost, 0)
      or l.movements <> coalesce(m.movements, 0) or l.reserved <> coalesce(r.held, 0)
      or l.on_order <> coalesce(e.coming, 0) or l.on_hand < 0 or l.reserved < 0 or l.reserved > l.on_hand or l.value < 0
    """
  ) { Int(try $0.next(Int64.self)) }.slow()

  /// Movements after which the books did not say what the movements before them add up to.
  static let misnumbered = """
    select count(*) from (
      select m.on_hand_after - sum(m.quantity) over w as gap, m.ordinal - row_number() over w as jump
      from stock_movements m window w as (partition by m.location_id, m.part_id order by m.ordinal)) s
    where s.gap <> 0 or s.jump <> 0
    """
}
