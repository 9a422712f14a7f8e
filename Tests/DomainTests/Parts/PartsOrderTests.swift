import Domain
import FoundationEssentials
import Testing

/// Parts orders against the table in the code, written down a second time (SM-8), and what happens to their lines.
@Suite struct PartsOrderTests {
  private static let now = OrderSamples.now
  private static let day = CalendarDate(inChina: now)
  private static let clerk = person("孙丽")
  private static let supervisor = person("何军")
  private static let part = Part.ID.new(at: now)
  private static let location = StockLocation.ID.new(at: now)

  private static func person(_ name: String) -> Caller {
    Caller(subject: .user(UUID()), name: name, roles: [], permissions: [], scope: .network)
  }

  private static func yuan(_ amount: Int64) -> Money { Money(minor: amount * 100, currency: .cny) }

  private static func order(
    _ state: PartsOrder.State = .draft, _ kind: PartsOrder.Kind = .stock, quantities: [Int] = [10]
  ) -> PartsOrder {
    var order = PartsOrder(
      id: .new(at: now), number: "PO-SY001-2026-000001", stationID: .new(at: now), currency: .cny, state: state,
      version: 1, stamp: RecordStamp(by: clerk, at: now), header: PartsOrderHeader(kind: kind),
      lines: quantities.enumerated().map { place, quantity in
        PartsOrderLine(
          number: place + 1, partID: part, partNumber: "P-\(place)", description: "配件", quantity: quantity,
          unitPrice: yuan(100))
      }, progress: PartsOrderProgress())
    order.progress.authors = [clerk.subject.id].compactMap { $0 }
    return order
  }

  /// Confirmed, with so much of each line set aside.
  private static func confirmed(quantities: [Int], found: [Int: Int]) throws -> PartsOrder {
    var order = order(.submitted, quantities: quantities)
    _ = try order.confirm(
      found: found, expected: [:], from: location, dueAt: now, at: now, by: supervisor.subject)
    return order
  }

  private static func receipt(
    _ line: Int, _ received: Int, short: Int = 0, damaged: Int = 0
  ) -> PartsReceiptLine {
    PartsReceiptLine(
      line: line, received: received, short: short,
      rejections: damaged == 0 ? [] : [.init(kind: .damaged, quantity: damaged)])
  }

  // MARK: The table

  @Test("every state takes every action exactly where SM-8 says so", arguments: PartsOrder.State.allCases)
  func table(state: PartsOrder.State) {
    let onTheWay: [PartsOrder.State] = [.shipped, .partiallyShipped, .partiallyReceived]
    let expected: [PartsOrder.Action: [PartsOrder.State]] = [
      .sign: [.draft], .return: [.draft, .dealerApproved], .submit: [.dealerApproved], .hold: [.submitted],
      .release: [.onHold, .confirmed, .partiallyShipped, .partiallyReceived],
      .confirm: [.submitted, .confirmed, .partiallyShipped, .partiallyReceived],
      .ship: [.confirmed, .partiallyShipped, .partiallyReceived], .receive: onTheWay,
      .reportDiscrepancy: [.received, .partiallyReceived],
      .close: [.received, .discrepancy],
      .cancel: [
        .draft, .dealerApproved, .submitted, .onHold, .confirmed, .partiallyShipped, .partiallyReceived,
      ], .reject: [.submitted],
    ]
    for action in PartsOrder.Action.allCases {
      let order = Self.order(state)
      let isKnown: Bool
      do {
        _ = try PartsOrderLifecycle.table.permit(action, on: order, by: Self.supervisor.subject)
        isKnown = true
      } catch Refusal.guardFailed {
        isKnown = true
      } catch {
        isKnown = false
      }
      #expect(isKnown == (expected[action]?.contains(state) ?? false), "\(action) from \(state)")
    }
  }

  @Test("what is claimed for while the rest is on its way leaves the order open (PCL-01, PCL-03)")
  func partialDiscrepancy() throws {
    var order = try Self.confirmed(quantities: [4], found: [1: 4])
    _ = try order.ship([PartsOrderPortion(line: 1, quantity: 2)], at: Self.now, by: Self.supervisor.subject)
    _ = try order.receive([Self.receipt(1, 2, damaged: 1)], at: Self.now, by: Self.clerk.subject)
    #expect(order.state == .partiallyReceived)
    _ = try order.take(.reportDiscrepancy, by: Self.clerk.subject)
    #expect(order.state == .partiallyReceived)
    try order.claim(.damaged, 1, of: 1)
    #expect(throws: Refusal.self) { try order.take(.reportDiscrepancy, by: Self.clerk.subject) }
  }

  @Test("who wrote on the draft does not sign it, another person does (PO-02, SEC-10)")
  func signature() throws {
    var order = Self.order()
    #expect(throws: Refusal.self) { try order.sign(by: Self.clerk, at: Self.now) }
    let editor = Self.person("改单人")
    var edited = order
    try edited.rewrite(PartsOrderHeader(kind: .urgent), lines: nil, by: editor.subject)
    #expect(throws: Refusal.self) { try edited.sign(by: editor, at: Self.now) }
    _ = try order.sign(by: Self.supervisor, at: Self.now)
    #expect(order.state == .dealerApproved && order.progress.signature?.amount == Self.yuan(1000))
    _ = try order.return(by: Self.supervisor.subject)
    #expect(order.state == .draft && order.progress.signature == nil)
  }

  @Test("the price is the approved one of the order date; a signature at other prices is void (PO-12)")
  func prices() throws {
    var order = Self.order()
    _ = try order.sign(by: Self.supervisor, at: Self.now)
    func submit(_ price: Money?) throws -> PartsOrder {
      var copy = order
      _ = try copy.submit(
        prices: price.map { [Self.part: $0] } ?? [:], surchargePercent: 0, policyVersion: "partsOrders@0",
        credit: { _ in nil }, on: Self.day, at: Self.now, by: Self.supervisor.subject)
      return copy
    }
    #expect(throws: Refusal.self) { try submit(Self.yuan(120)) }
    #expect(throws: Refusal.self) { try submit(nil) }
    let submitted = try submit(Self.yuan(100))
    #expect(submitted.state == .submitted && submitted.progress.orderDate == Self.day)
  }

  @Test(
    "a position that does not cover the order holds it at once; a type that is not checked goes through (SET-03, PO-10)"
  )
  func credit() throws {
    for (position, state) in [(Int64(-1), PartsOrder.State.onHold), (0, .submitted)] {
      var order = Self.order()
      _ = try order.sign(by: Self.supervisor, at: Self.now)
      _ = try order.submit(
        prices: [Self.part: Self.yuan(100)], surchargePercent: 0, policyVersion: "partsOrders@0",
        credit: { value in
          #expect(value == Self.yuan(1000))
          return PartsOrderProgress.CreditCheck(position: Self.yuan(position), required: Self.yuan(0), at: Self.now)
        }, on: Self.day, at: Self.now, by: Self.supervisor.subject)
      #expect(order.state == state && (order.progress.hold != nil) == (state == .onHold))
    }
  }

  @Test("the surcharge of a type is rounded half-up to the cent")
  func surcharge() {
    var order = Self.order(quantities: [1])
    order.price([Self.part: Money(minor: 1_050, currency: .cny)])
    order.progress.surchargePercent = 5
    #expect(order.surcharge.minor == 53 && order.totalAmount.minor == 1_103)
  }

  @Test("the first stock of a station is ordered only after its letter of intent (PO-03, NET-11)")
  func letterOfIntent() throws {
    var order = Self.order(.dealerApproved, .startup)
    #expect(throws: Refusal.self) {
      try PartsOrderLifecycle.table.permit(.submit, on: order, by: Self.supervisor.subject)
    }
    order.header.letterOfIntent = LetterOfIntent(number: "YX-1", signedDate: Self.day)
    _ = try PartsOrderLifecycle.table.permit(.submit, on: order, by: Self.supervisor.subject)
  }

  @Test("an order for a vehicle off the road names its work order, a transfer its source, and only they (PO-08, PO-09)")
  func kinds() throws {
    let (work, station) = (WorkOrder.ID.new(at: Self.now), Station.ID.new(at: Self.now))
    for kind in PartsOrder.Kind.allCases {
      func isFine(_ work: WorkOrder.ID?, _ source: Station.ID?) -> Bool {
        (try? PartsOrderHeader(kind: kind, workOrderID: work, sourceStationID: source).validate()) != nil
      }
      #expect(isFine(nil, nil) == [.stock, .urgent, .startup].contains(kind), "\(kind)")
      #expect(isFine(work, nil) == [.urgent, .vor].contains(kind), "\(kind)")
      #expect(isFine(nil, station) == (kind == .transfer), "\(kind)")
    }
  }

  // MARK: Lines

  @Test("what is there is set aside, the rest back-ordered, and what comes in later is set aside then (PO-06, PO-11)")
  func availability() throws {
    var order = try Self.confirmed(quantities: [10, 4], found: [1: 6, 2: 4])
    #expect(order.state == .confirmed && order.lines.map(\.allocated) == [6, 4])
    #expect(order.lines.map(\.backordered) == [4, 0] && order.lines.map(\.filled) == [6, 4])
    _ = try order.confirm(
      found: [1: 3], expected: [1: Self.day], from: Self.location, dueAt: Self.now, at: Self.now,
      by: Self.supervisor.subject)
    #expect(order.lines[0].allocated == 9 && order.lines[0].backordered == 1 && order.lines[0].filled == 6)
    #expect(order.lines[0].expectedDate == Self.day && order.lines.allSatisfy(\.isBalanced))
  }

  @Test("a vehicle off the road takes no more than a shelf has set aside (PO-09)")
  func yielding() throws {
    var order = try Self.confirmed(quantities: [10], found: [1: 6])
    order.yield(9, of: 1)
    #expect(order.lines[0].allocated == 0 && order.lines[0].backordered == 10 && order.lines[0].isBalanced)
  }

  @Test("the state of an order follows from its lines, through part shipments and part receipts (PO-11)")
  func derivation() throws {
    var order = try Self.confirmed(quantities: [10, 4], found: [1: 10, 2: 4])
    let by = Self.supervisor.subject
    _ = try order.ship([.init(line: 1, quantity: 6)], at: Self.now, by: by)
    #expect(order.state == .partiallyShipped && order.progress.shippedAt == nil)
    #expect(throws: Refusal.self) { try order.ship([.init(line: 1, quantity: 5)], at: Self.now, by: by) }
    _ = try order.receive([Self.receipt(1, 5, short: 1)], at: Self.now, by: by)
    #expect(order.state == .partiallyReceived && order.lines[0].short == 1 && order.lines[0].inTransit == 0)
    _ = try order.ship([.init(line: 1, quantity: 4), .init(line: 2, quantity: 4)], at: Self.now, by: by)
    #expect(order.state == .partiallyReceived && order.progress.shippedAt != nil)
    #expect(throws: Refusal.self) { try order.receive([Self.receipt(2, 5)], at: Self.now, by: by) }
    _ = try order.receive([Self.receipt(1, 4, damaged: 1), Self.receipt(2, 4)], at: Self.now, by: by)
    #expect(order.state == .received && order.progress.receivedAt == Self.now)
    #expect(order.lines.allSatisfy(\.isBalanced) && order.lines[0].rejected == 1)
    #expect(throws: Refusal.self) { try order.close(at: Self.now, by: by) }
    try order.claim(.short, 1, of: 1)
    try order.claim(.damaged, 1, of: 1)
    #expect(throws: Refusal.self) { try order.claim(.short, 1, of: 1) }
    _ = try order.close(at: Self.now, by: by)
    #expect(order.state == .closed)
  }

  @Test("of what is on its way the open rest is cancelled, and the state follows from what is left (PO-11)")
  func cancellation() throws {
    let by = Self.supervisor.subject
    var whole = try Self.confirmed(quantities: [10], found: [1: 6])
    let (_, setAside) = try whole.cancel("不需要", at: Self.now, by: by)
    #expect(whole.state == .cancelled && setAside == [1: 6] && whole.lines[0].cancelled == 10)
    var rest = try Self.confirmed(quantities: [10], found: [1: 10])
    _ = try rest.ship([.init(line: 1, quantity: 4)], at: Self.now, by: by)
    _ = try rest.cancel("不需要", at: Self.now, by: by)
    #expect(rest.state == .shipped && rest.lines[0].cancelled == 6 && rest.lines[0].isBalanced)
    _ = try rest.receive([Self.receipt(1, 4)], at: Self.now, by: by)
    #expect(rest.state == .received)
  }

  @Test("a replacement is a further line free of charge, and opens the order again (PO-07)")
  func replenishment() throws {
    let by = Self.supervisor.subject
    var order = try Self.confirmed(quantities: [2], found: [1: 2])
    _ = try order.ship([.init(line: 1, quantity: 2)], at: Self.now, by: by)
    _ = try order.receive([Self.receipt(1, 1, short: 1)], at: Self.now, by: by)
    try order.claim(.short, 1, of: 1)
    let line = try order.replenish(1, of: 1)
    #expect(line == 2 && order.state == .partiallyReceived && order.totalAmount == Self.yuan(200))
    #expect(order.line(2)?.replaces == 1 && order.line(2)?.unitPrice == Self.yuan(0))
    _ = try order.ship([.init(line: 2, quantity: 1)], at: Self.now, by: by)
    _ = try order.receive([Self.receipt(2, 1)], at: Self.now, by: by)
    #expect(order.state == .received)
    var closed = Self.order(.closed)
    #expect(throws: Refusal.self) { try closed.replenish(1, of: 1) }
  }

  @Test("what a claim was promised as replacement is owed, whoever cancels the rest of the order (PO-07, PCL-04)")
  func replacementStands() throws {
    let by = Self.supervisor.subject
    var order = try Self.confirmed(quantities: [2, 5], found: [1: 2])
    _ = try order.ship([.init(line: 1, quantity: 2)], at: Self.now, by: by)
    _ = try order.receive([Self.receipt(1, 1, short: 1)], at: Self.now, by: by)
    try order.claim(.short, 1, of: 1)
    let line = try order.replenish(1, of: 1)
    _ = try order.cancel("不需要", at: Self.now, by: by)
    #expect(order.line(2)?.cancelled == 5 && order.line(line)?.outstanding == 1)
    #expect(order.state == .partiallyReceived && order.progress.receivedAt == nil)
    #expect(throws: Refusal.self) { try order.cancel("再次", at: Self.now, by: by) }
    _ = try order.ship([.init(line: line, quantity: 1)], at: Self.now, by: by)
    _ = try order.receive([Self.receipt(line, 1)], at: Self.now, by: by)
    #expect(order.state == .received)
  }

  @Test("in whatever portions an order leaves, its invoices together come to what was signed (SET-03, C-05)")
  func portions() throws {
    for cents in [Int64(10), 17, 33, 149] {
      var order = try Self.confirmed(quantities: [10], found: [1: 10])
      order.price([Self.part: Money(minor: cents, currency: .cny)])
      order.progress.surchargePercent = 3
      var owed = Money.zero(.cny)
      for quantity in [1, 1, 1, 3, 4] {
        _ = try order.ship([.init(line: 1, quantity: quantity)], at: Self.now, by: Self.supervisor.subject)
        owed = owed.plus(order.invoiced(Money(minor: cents * Int64(quantity), currency: .cny)))
      }
      #expect(owed == order.totalAmount)
    }
  }

  @Test("a line that costs more than any job is signed by nobody, and no sum of such ends the process (C-05, SET-03)")
  func beyondAnyAmount() throws {
    var order = Self.order(quantities: [99_999])
    order.price([Self.part: Money(minor: .max / 100, currency: .cny)])
    #expect {
      try order.sign(by: Self.supervisor, at: Self.now)
    } throws: { error in
      guard case .invalid(let violations)? = error as? Refusal else { return false }
      return violations.map(\.pointer) == ["#/lines/0/quantity"] && violations.map(\.code) == [.outOfRange]
    }
    let most = Money(minor: .max, currency: .cny)
    #expect(most.plus(most).percent(100).minor > 0)
  }

  @Test("a vehicle off the road is counted in begun days, until its parts are there (PO-09)")
  func downtime() {
    var order = Self.order(.confirmed, .vor)
    #expect(order.downtimeDays(at: Self.now) == nil)
    order.progress.downtimeSince = Self.now
    #expect(order.downtimeDays(at: Self.now.adding(seconds: 1)) == 1)
    #expect(order.downtimeDays(at: Self.now.adding(seconds: 86_401)) == 2)
    order.progress.receivedAt = Self.now.adding(seconds: 86_400)
    #expect(order.downtimeDays(at: Self.now.adding(seconds: 10 * 86_400)) == 1)
  }

  @Test("random shipments and receipts never break the equations of a line (PO-11)")
  func equations() throws {
    var generator = SeededGenerator(seed: 11)
    for _ in 0..<200 {
      let quantity = Int.random(in: 1...20, using: &generator)
      var order = try Self.confirmed(
        quantities: [quantity], found: [1: Int.random(in: 0...quantity, using: &generator)])
      for _ in 0..<20 {
        let amount = Int.random(in: 1...6, using: &generator)
        let short = Int.random(in: 0...1, using: &generator)
        if Bool.random(using: &generator) {
          _ = try? order.ship([.init(line: 1, quantity: amount)], at: Self.now, by: .system)
        } else {
          _ = try? order.receive([Self.receipt(1, amount, short: short)], at: Self.now, by: .system)
        }
        #expect(order.lines[0].isBalanced)
        let line = order.lines[0]
        let isComplete = line.outstanding + line.inTransit == 0
        #expect((order.state == .received) == isComplete)
      }
    }
  }
}
