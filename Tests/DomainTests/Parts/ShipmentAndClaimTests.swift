import Domain
import FoundationEssentials
import Testing

/// Shipments and parts claims against the tables in the code, written down a second time (PRT-16, SM-9).
@Suite struct ShipmentAndClaimTests {
  private static let now = OrderSamples.now
  private static let submitter = Subject.user(UUID())

  private static func shipment(_ state: Shipment.State, quantity: Int = 5) -> Shipment {
    Shipment(
      id: .new(at: now), number: "SH-SY001-2026-000001", stationID: .new(at: now), orderID: .new(at: now),
      orderNumber: "PO-SY001-2026-000001", state: state, version: 1,
      stamp: RecordStamp(by: Caller(subject: .system, name: "t", roles: [], permissions: [], scope: .network), at: now),
      header: ShipmentHeader(
        locationID: .new(at: now), carrierID: nil, trackingNumber: nil, packages: [], expectedAt: nil, note: nil),
      lines: [ShipmentLine(line: 1, partNumber: "P", description: "d", quantity: quantity)],
      progress: ShipmentProgress())
  }

  private static func claim(_ state: PartsClaim.State, before: Timestamp? = nil) -> PartsClaim {
    PartsClaim(
      id: .new(at: now), number: "PC-SY001-2026-000001", stationID: .new(at: now),
      subject: PartsClaimSubject(
        kind: .damaged, orderID: .new(at: now), orderNumber: "PO-SY001-2026-000001", shipmentID: .new(at: now), line: 1,
        partNumber: "P", unitPrice: Money(minor: 10_000, currency: .cny), receivedAt: now, claimBefore: before),
      state: state, version: 1,
      stamp: RecordStamp(
        by: Caller(subject: submitter, name: "孙丽", roles: [], permissions: [], scope: .network), at: now),
      header: PartsClaimHeader(quantity: 2, description: "破损", externalIDs: [:]), progress: PartsClaimProgress())
  }

  private static func decision(_ quantity: Int, amount: Money? = nil) -> PartsClaimProgress.Decision {
    PartsClaimProgress.Decision(
      quantity: quantity, amount: amount, replacementLine: nil, returnsParts: false, reason: nil, by: "吴磊", byID: nil,
      at: now)
  }

  @Test("every state of a shipment takes every action exactly where it may", arguments: Shipment.State.allCases)
  func shipments(state: Shipment.State) {
    let expected: [Shipment.Action: ([Shipment.State], Shipment.State)] = [
      .dispatch: ([.prepared], .inTransit), .track: ([.inTransit], .inTransit), .deliver: ([.inTransit], .delivered),
    ]
    for action in Shipment.Action.allCases {
      var shipment = Self.shipment(state)
      let taken = try? shipment.take(action, by: .system)
      #expect((taken != nil) == (expected[action]?.0.contains(state) ?? false), "\(action) from \(state)")
      if taken != nil { #expect(shipment.state == expected[action]?.1) }
    }
  }

  @Test("every state of a claim takes every action exactly where SM-9 says so", arguments: PartsClaim.State.allCases)
  func claims(state: PartsClaim.State) {
    let expected: [PartsClaim.Action: ([PartsClaim.State], PartsClaim.State)] = [
      .submit: ([.draft], .submitted), .withdraw: ([.draft, .submitted], .withdrawn),
      .review: ([.submitted], .underReview),
      .approveReplenishment: ([.underReview], .approvedReplenish),
      .approveCompensation: ([.underReview], .approvedCompensate), .reject: ([.underReview], .rejected),
      .settle: ([.approvedReplenish, .approvedCompensate], .settled), .recover: ([.settled], .recovering),
      .close: ([.settled, .recovering], .closed),
    ]
    for action in PartsClaim.Action.allCases {
      var claim = Self.claim(state)
      let taken = try? claim.take(action, by: .user(UUID()))
      #expect((taken != nil) == (expected[action]?.0.contains(state) ?? false), "\(action) from \(state)")
      if taken != nil { #expect(claim.state == expected[action]?.1) }
    }
  }

  @Test("a shipment is received piece by piece, never more than it holds (PO-06)")
  func receipt() throws {
    var shipment = Self.shipment(.inTransit)
    func entry(_ received: Int, short: Int = 0, damaged: Int = 0) -> PartsReceiptLine {
      PartsReceiptLine(
        line: 1, received: received, short: short,
        rejections: damaged == 0 ? [] : [.init(kind: .damaged, quantity: damaged)])
    }
    #expect(throws: Refusal.self) { try shipment.receive([entry(6)], at: Self.now) }
    try shipment.receive([entry(3, damaged: 1)], at: Self.now)
    #expect(shipment.state == .delivered && shipment.lines[0].inTransit == 2 && shipment.hasDifference)
    #expect(throws: Refusal.self) { try shipment.receive([entry(2, short: 1)], at: Self.now) }
    try shipment.receive([entry(1, short: 1)], at: Self.now)
    #expect(
      shipment.state == .received && shipment.lines[0].count(.short) == 1 && shipment.lines[0].count(.damaged) == 1)
    #expect(throws: Refusal.self) { try shipment.receive([entry(1)], at: Self.now) }
  }

  @Test("where a shipment is is told only of after it left")
  func tracking() throws {
    var shipment = Self.shipment(.prepared)
    _ = try shipment.dispatch(trackingNumber: "SF1", expectedAt: nil, at: Self.now, by: .system)
    func event(_ at: Timestamp) -> ShipmentProgress.Event {
      ShipmentProgress.Event(status: .inTransit, place: "沈阳", note: nil, at: at, by: "承运")
    }
    #expect(throws: Refusal.self) {
      try shipment.track(event(Self.now.adding(seconds: -1)), expectedAt: nil, by: .system)
    }
    _ = try shipment.track(event(Self.now), expectedAt: nil, by: .system)
    #expect(shipment.progress.tracking.count == 1 && shipment.state == .inTransit)
  }

  @Test("a claim is submitted inside the window after the receipt, to the last instant (PCL-03, D-18)")
  func window() throws {
    var late = Self.claim(.draft, before: Self.now.adding(seconds: -1))
    #expect(throws: Refusal.self) { try late.submit(at: Self.now, by: Self.submitter) }
    var punctual = Self.claim(.draft, before: Self.now)
    _ = try punctual.submit(at: Self.now, by: Self.submitter)
    #expect(punctual.state == .submitted)
  }

  @Test("who submitted a claim does not decide on it (PCL-04, SEC-10)")
  func duties() throws {
    var claim = Self.claim(.draft)
    _ = try claim.submit(at: Self.now, by: Self.submitter)
    _ = try claim.take(.review, by: .user(UUID()))
    let submitter = Self.submitter
    #expect(throws: Refusal.self) { try claim.decide(.reject, Self.decision(0), by: submitter) }
    #expect(throws: Refusal.self) { try claim.decide(.approveCompensation, Self.decision(3), by: .user(UUID())) }
    #expect(throws: Refusal.self) {
      try claim.decide(
        .approveCompensation, Self.decision(1, amount: Money(minor: 1, currency: .eur)), by: .user(UUID()))
    }
  }

  @Test("a replacement is settled when it has arrived (SM-9)")
  func settlement() throws {
    var claim = Self.claim(.approvedReplenish)
    #expect(throws: Refusal.self) { try claim.settle(hasArrived: false, at: Self.now, by: .system) }
    _ = try claim.settle(hasArrived: true, at: Self.now, by: .system)
    #expect(claim.state == .settled)
  }
}
