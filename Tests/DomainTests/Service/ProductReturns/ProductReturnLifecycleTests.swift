import Domain
import FoundationEssentials
import Testing

/// SM-12 against the table in the code, written down a second time from the requirements.
@Suite struct ProductReturnLifecycleTests {
  private static let now = OrderSamples.now
  private static let verifier = Subject.user(UUID())
  private static let other = Subject.user(UUID())

  private struct Row {
    let action: ProductReturn.Action
    var outcome: String?
    let from: Set<ProductReturn.State>
    let to: ProductReturn.State
    let permission: String
  }

  // Beyond SM-12: a return that was not needed after all is cancelled before the product moves.
  private static let expected: [Row] = [
    Row(action: .returnToFactory, from: [.verified], to: .returned, permission: "productReturns:returnToFactory"),
    Row(action: .schedule, from: [.returned], to: .scheduled, permission: "productReturns:schedule"),
    Row(
      action: .schedule, outcome: "user", from: [.returned], to: .scheduledPaid,
      permission: "productReturns:schedule"),
    Row(
      action: .repair, from: [.scheduled, .scheduledPaid], to: .repaired, permission: "productReturns:repair"),
    Row(action: .sendBack, from: [.repaired], to: .sentBack, permission: "productReturns:sendBack"),
    Row(action: .scrap, from: [.returned], to: .scrapped, permission: "productReturns:scrap"),
    Row(action: .approveExchange, from: [.verified], to: .exchanging, permission: "productReturns:approveExchange"),
    Row(action: .exchange, from: [.exchanging], to: .exchanged, permission: "productReturns:exchange"),
    Row(action: .cancel, from: [.verified], to: .cancelled, permission: "productReturns:cancel"),
  ]

  private static func document(
    _ state: ProductReturn.State = .verified, channel: ProductReturn.Channel = .oemSupply,
    kind: ProductReturn.ProductKind = .assembly
  ) -> ProductReturn {
    let caller = Caller(subject: verifier, name: "马超", roles: [], permissions: [], scope: .network)
    return ProductReturn(
      id: .new(at: now), number: "PR-HQ-2026-000001", stationID: nil, state: state, version: 1,
      stamp: RecordStamp(by: caller, at: now),
      header: ProductReturnHeader(
        channel: channel,
        product: ReturnedProduct(
          kind: kind, description: "发动机", partNumber: nil, serialNumber: nil, quantity: 1),
        workOrderID: nil, vehicleID: nil, fault: "渗油", reason: "现场无法修复", externalIDs: [:]),
      progress: ProductReturnProgress(
        exchange: state == .exchanging
          ? ReturnExchange(ticket: "HH-1", approvedBy: "主管", approvedAt: now) : nil))
  }

  @Test(
    "every state takes every action exactly where SM-12 says so (SM-12, R10)",
    arguments: ProductReturn.State.allCases)
  func everyPair(state: ProductReturn.State) throws {
    for action in ProductReturn.Action.allCases {
      for outcome in [nil, "user", "somethingElse"] {
        let rows = Self.expected.filter { $0.action == action && $0.outcome == outcome && $0.from.contains(state) }
        var changed = Self.document(state)
        do {
          let taken = try changed.take(action, outcome: outcome, by: Self.other)
          let row = try #require(rows.first, "\(action) from \(state)")
          #expect(changed.state == row.to)
          #expect(taken.permission.rawValue == row.permission)
          #expect(taken.effects.count == 1 && taken.effects[0].hasPrefix("productReturn."))
        } catch let refusal as Refusal {
          #expect(rows.isEmpty, "\(action) from \(state): \(refusal)")
          guard case .transition = refusal else {
            Issue.record("\(refusal)")
            continue
          }
        }
      }
    }
    #expect(ProductReturnLifecycle.table.transitions.count == Self.expected.count)
  }

  @Test(
    "who acts (SM-12)",
    arguments: [
      (Role.fieldService, [Permission.productReturnsWrite, .productReturnsReturnToFactory]),
      (.salesRep, [.productReturnsReturnToFactory, .productReturnsApproveExchange, .productReturnsSendBack]),
      (.qa, [.productReturnsSchedule, .productReturnsScrap]), (.factoryWorkshop, [.productReturnsRepair]),
      (.warehouse, [.productReturnsExchange]), (.salesRep, [.productReturnsExchange]),
    ])
  func who(role: Role, may: [Permission]) {
    #expect(role.permissions.isSuperset(of: may))
  }

  @Test("what was sold on the market does not go back for repair, and may be exchanged (FLD-02)")
  func market() throws {
    var document = Self.document(channel: .market)
    do {
      _ = try document.returnToFactory(Self.shipment(), by: Self.other)
      Issue.record("went back")
    } catch .guardFailed(_, let code, _) {
      #expect(code == "sold-on-the-market")
    } catch {
      Issue.record("\(error)")
    }
    _ = try document.approveExchange(ticket: "HH-1", approvedBy: "主管", at: Self.now, by: Self.other)
    #expect(document.state == .exchanging)
  }

  @Test("the cause decides who pays: the user is charged, the factory's fault is free (FLD-11, FLD-12)")
  func cause() throws {
    let charge = Money(minor: 120_000, currency: .cny)
    for (cause, money, state) in [
      (ProductReturn.Cause.user, charge, ProductReturn.State.scheduledPaid), (.manufacturing, nil, .scheduled),
    ] as [(ProductReturn.Cause, Money?, ProductReturn.State)] {
      var document = Self.document(.returned)
      _ = try document.schedule(Self.appraisal(cause, money), by: Self.other)
      #expect(document.state == state)
    }
    for (cause, money) in [
      (ProductReturn.Cause.user, nil), (.user, Money(minor: 0, currency: .cny)), (.manufacturing, charge),
    ] as [(ProductReturn.Cause, Money?)] {
      do {
        var document = Self.document(.returned)
        _ = try document.schedule(Self.appraisal(cause, money), by: Self.other)
        Issue.record("\(cause) \(String(describing: money))")
      } catch .invalid(let violations) {
        #expect(violations.map(\.pointer) == ["#/charge"])
      } catch {
        Issue.record("\(error)")
      }
    }
  }

  @Test("who repaired does not inspect, who verified does not approve the exchange (FLD-07, FLD-08, SEC-10)")
  func separation() throws {
    var document = Self.document(.scheduled)
    #expect(throws: Refusal.self) {
      _ = try document.repair(
        ReturnRepair(work: "x", repairedBy: "甲", inspectedBy: "甲", stockInNote: "RK", repairedAt: Self.now),
        by: Self.other)
    }
    var exchange = Self.document()
    do {
      _ = try exchange.approveExchange(ticket: "HH-1", approvedBy: "马超", at: Self.now, by: Self.verifier)
      Issue.record("approved by who verified")
    } catch .guardFailed(_, let code, _) {
      #expect(code == "approver-verified")
    } catch {
      Issue.record("\(error)")
    }
  }

  @Test("nothing is exchanged without taking the old product back (FLD-09, FLD-10)")
  func door() throws {
    var document = Self.document(.exchanging)
    #expect(throws: Refusal.self) {
      var without = document
      _ = try without.exchange(
        replacement: "S-2", returnTicket: nil, place: .customersDoor, at: Self.now, by: Self.other)
    }
    _ = try document.exchange(
      replacement: "S-2", returnTicket: "TH-1", place: .customersDoor, at: Self.now, by: Self.other)
    #expect(document.state == .exchanged && document.progress.exchange?.returnTicket == "TH-1")
  }

  @Test("somebody keeps a vehicle that is taken back (FLD-18)")
  func vehicle() throws {
    var document = Self.document(kind: .vehicle)
    let missing = Refusal.invalid("#/storagePlace", .required, "is required for a vehicle, which somebody must keep")
    #expect(throws: missing) {
      var without = document
      _ = try without.returnToFactory(Self.shipment(), by: Self.other)
    }
    _ = try document.returnToFactory(Self.shipment(storage: "3号库"), by: Self.other)
    #expect(document.state == .returned)
  }

  @Test("what was verified stands once the product moves (REC-10)")
  func stands() {
    var patch = ProductReturnPatch()
    patch.fault = .set("别的")
    #expect(throws: Refusal.self) {
      var document = Self.document(.returned)
      try document.apply(patch)
    }
  }

  private static func shipment(storage: String? = nil) -> ReturnShipment {
    ReturnShipment(
      note: "TK-1", carrier: nil, trackingNumber: nil, storagePlace: storage, sentBy: "马超", sentAt: now)
  }

  private static func appraisal(_ cause: ProductReturn.Cause, _ charge: Money?) -> ReturnAppraisal {
    ReturnAppraisal(
      cause: cause, opinion: "铸造缺陷", repairOrder: "PX-1", charge: charge, signedBy: "陈静", signedByID: nil,
      signedAt: now)
  }
}
