import Domain
import FoundationEssentials
import Testing

/// The contract formula, and the recovery's half of SM-7 written down a second time from the requirements.
@Suite struct SupplierRecoveryTests {
  private static let now = OrderSamples.now
  private static let clerk = Subject.user(UUID())
  private static let finance = Subject.user(UUID())
  private static let supplier = Supplier.ID.new(at: now)

  private static func date(_ text: String) throws -> CalendarDate { try #require(CalendarDate(text)) }
  private static func cny(_ minor: Int64) -> Money { Money(minor: minor, currency: .cny) }

  private static func contract(
    from day: String = "2026-01-01", factor: Int64 = 115, rate: Money = cny(19_700), cap: Money? = nil
  ) throws -> SupplierContract {
    SupplierContract(
      id: .new(at: now), supplierID: supplier,
      terms: SupplierContract.Terms(
        reference: "HT-1", validFrom: try date(day), partsFactorHundredths: factor, labourRate: rate, lineCap: cap),
      createdAt: now, createdBy: RecordStamp.Author(name: "x", id: nil))
  }

  private static func item(
    _ number: Int, on day: String = "2026-03-12", parts: Money = cny(86_000), hours: Int32 = 150
  ) throws -> RecoverableItem {
    RecoverableItem(
      claimID: UUID(), claimNumber: "WC-SY001-2026-00000\(number)", item: 1, stationID: .new(at: now),
      vin: "LSVAA4182E2123456", partNumber: "BP-1", faultCode: nil, decidedOn: try date(day), partsCost: parts,
      labourHours: Hours(hundredths: hours), oldPartID: nil)
  }

  private static func recovery(_ state: SupplierRecovery.State, lines: Int = 2) throws -> SupplierRecovery {
    let computed = try SupplierRecovery.lines(
      try (0..<lines).map { try item($0 + 1) }, by: [try contract()], in: .cny)
    let caller = Caller(subject: clerk, name: "陈静", roles: [], permissions: [], scope: .network)
    var document = SupplierRecovery(
      id: .new(at: now), number: "RC-HQ-2026-000001", supplierID: supplier,
      period: try #require(ReportPeriod(from: try date("2026-03-01"), before: try date("2026-04-01"))), state: state,
      version: 1, stamp: RecordStamp(by: caller, at: now), currency: .cny, amount: .zero(.cny), agreedAmount: nil,
      lines: [], progress: SupplierRecovery.Progress(compiledByID: clerk.id))
    document.fill(computed)
    return document
  }

  private static var step: SupplierRecovery.Step { SupplierRecovery.Step(by: "x", byID: nil, at: now, note: nil) }

  // MARK: The formula

  /// Worked out by hand: parts × factor and hours × rate, each rounded half up, added, cut at the cap.
  @Test(
    "parts price times factor plus standard hours times rate, each rounded half up, at most the cap (SET-05, C-05)",
    arguments: [
      (86_000, 150, 115, 19_700, Int64?.none, 98_900, 29_550, 128_450),
      (86_000, 150, 115, 19_700, 100_000, 98_900, 29_550, 100_000),
      // 0.33 × 1.15 = 0.3795 → 0.38; 0.05 h × 1.10 = 0.055 → 0.06
      (33, 5, 115, 110, nil, 38, 6, 44),
      // 0.50 × 1.01 = 0.505 → 0.51: half goes up.
      (50, 0, 101, 19_700, nil, 51, 0, 51),
      (86_000, 0, 0, 19_700, nil, 0, 0, 0),
      (0, 25, 115, 19_700, 4_925, 0, 4_925, 4_925),
    ] as [(Int64, Int32, Int64, Int64, Int64?, Int64, Int64, Int64)])
  func formula(
    cost: Int64, hours: Int32, factor: Int64, rate: Int64, cap: Int64?, parts: Int64, labour: Int64, total: Int64
  ) throws {
    let terms = try Self.contract(factor: factor, rate: Self.cny(rate), cap: cap.map(Self.cny)).terms
    let amount = try terms.amount(partsCost: Self.cny(cost), labour: Hours(hundredths: hours))
    #expect(amount.parts.minor == parts && amount.labour.minor == labour && amount.total.minor == total)
    #expect(amount.isCapped == (total < parts + labour))
  }

  @Test("another currency is an error, not a conversion (C-05)")
  func currencies() throws {
    let terms = try Self.contract().terms
    #expect(throws: CurrencyMismatch.self) {
      try terms.amount(partsCost: Money(minor: 1, currency: .eur), labour: Hours(hundredths: 0))
    }
    let foreign = try Self.item(1, parts: Money(minor: 1, currency: .eur))
    #expect {
      try SupplierRecovery.lines([foreign], by: [try Self.contract()], in: .cny)
    } throws: { error in
      guard case .conflict("recovery-currency", _) = error as? Refusal else { return false }
      return true
    }
  }

  @Test("each line is computed by the contract in force on the day of its decision; without one it is refused (SET-05)")
  func dated() throws {
    let contracts = [try Self.contract(from: "2026-03-10", factor: 200), try Self.contract(from: "2026-01-01")]
    let lines = try SupplierRecovery.lines(
      [try Self.item(2, on: "2026-03-10", hours: 0), try Self.item(1, on: "2026-03-09", hours: 0)], by: contracts,
      in: .cny)
    #expect(lines.map(\.number) == [1, 2])
    #expect(lines.map(\.amount.minor) == [98_900, 172_000])
    #expect(lines.map(\.contractID) == [contracts[1].id, contracts[0].id])
    #expect {
      try SupplierRecovery.lines([try Self.item(1, on: "2025-12-31")], by: contracts, in: .cny)
    } throws: { error in
      guard case .conflict("recovery-without-contract", _) = error as? Refusal else { return false }
      return true
    }
  }

  // MARK: The life cycle

  private struct Row {
    let action: SupplierRecovery.Action
    let from: Set<SupplierRecovery.State>
    let to: SupplierRecovery.State?
    let role: Role
  }

  private static let expected: [Row] = [
    Row(action: .compile, from: [.compiled], to: nil, role: .hqClaims),
    Row(action: .send, from: [.compiled], to: .sent, role: .hqClaims),
    Row(action: .accept, from: [.sent], to: .accepted, role: .supplier),
    Row(action: .dispute, from: [.sent], to: .disputed, role: .supplier),
    Row(action: .agree, from: [.disputed], to: .agreed, role: .hqClaims),
    Row(action: .settle, from: [.accepted, .agreed], to: .settled, role: .finance),
    Row(action: .correct, from: [.settled], to: nil, role: .finance),
  ]

  @Test(
    "every state takes every action exactly where SM-7 says so, by whom it says (SM-7, R10)",
    arguments: SupplierRecovery.State.allCases)
  func everyPair(state: SupplierRecovery.State) throws {
    for action in SupplierRecovery.Action.allCases {
      let row = try #require(Self.expected.first { $0.action == action })
      var changed = try Self.recovery(state)
      do {
        let taken = try changed.take(action, by: Self.finance)
        #expect(row.from.contains(state) && changed.state == row.to ?? state)
        for role in [Role.hqClaims, .supplier, .finance] {
          #expect(role.permissions.contains(taken.permission) == (role == row.role), "\(action) by \(role)")
        }
      } catch {
        guard case .transition = error else {
          Issue.record("\(error)")
          continue
        }
        #expect(!row.from.contains(state), "\(action) from \(state)")
      }
    }
    #expect(SupplierRecoveryLifecycle.table.transitions.count == Self.expected.count)
  }

  @Test("an empty recovery is not sent, and who compiled it does not settle it (SEC-10)")
  func guards() throws {
    var empty = try Self.recovery(.compiled, lines: 0)
    #expect {
      try empty.take(.send, by: Self.clerk)
    } throws: { error in
      guard case .guardFailed(_, "nothing-to-recover", _) = error as? Refusal else { return false }
      return true
    }
    var own = try Self.recovery(.accepted)
    #expect {
      try own.take(.settle, by: Self.clerk)
    } throws: { error in
      guard case .guardFailed(_, "settler-compiled", _) = error as? Refusal else { return false }
      return true
    }
    _ = try own.take(.settle, by: Self.finance)
  }

  @Test("who ever computed a recovery does not settle it, whoever computed it last (SEC-10)")
  func formerCompiler() throws {
    var document = try Self.recovery(.compiled)
    let colleague = Subject.user(UUID())
    _ = try document.compile(document.lines, by: colleague)
    #expect(document.progress.compiledByID == colleague.id)
    _ = try document.send(Self.step, by: Self.clerk)
    _ = try document.accept(Self.step, by: Self.finance)
    for person in [Self.clerk, colleague] {
      #expect {
        var copy = document
        _ = try copy.take(.settle, by: person)
      } throws: { error in
        guard case .guardFailed(_, "settler-compiled", _) = error as? Refusal else { return false }
        return true
      }
    }
    _ = try document.take(.settle, by: Self.finance)
  }

  @Test(
    "an item that is recovered again brings the difference by its own contract, above or below zero, or no line (SET-05, CLM-13)",
    arguments: [
      // 860.00 × 1.15 + 1.50 h × 197.00 = 1,284.50
      (128_450, nil, []), (100_000, nil, [28_450]), (150_000, nil, [-21_550]), (90_000, 100_000, [10_000]),
      (100_000, 100_000, []),
    ] as [(Int64, Int64?, [Int64])])
  func difference(before: Int64, cap: Int64?, expected: [Int64]) throws {
    let first = try Self.contract(cap: cap.map(Self.cny))
    let later = try Self.contract(from: "2026-03-01", factor: 900)
    let once = try Self.item(1)
    let again = RecoverableItem(
      claimID: once.claimID, claimNumber: once.claimNumber, item: 1, stationID: once.stationID, vin: once.vin,
      partNumber: once.partNumber, faultCode: nil, decidedOn: once.decidedOn, partsCost: once.partsCost,
      labourHours: once.labourHours, oldPartID: nil,
      former: .init(amount: Self.cny(before), contractID: first.id, ordinal: 1))
    let lines = try SupplierRecovery.lines([again], by: [first, later], in: .cny)
    #expect(lines.map(\.amount.minor) == expected)
    #expect(lines.allSatisfy { $0.contractID == first.id && $0.source.ordinal == 2 && $0.isCapped == (cap != nil) })
  }

  @Test(
    "what was posted is corrected within what was computed, by somebody who neither compiled nor posted it (SET-13, SEC-10)"
  )
  func corrected() throws {
    var document = try Self.recovery(.sent)
    _ = try document.accept(Self.step, by: Self.finance)
    let posted = SupplierRecovery.Step(by: "孙宁", byID: Self.finance.id, at: Self.now, note: nil, entry: "LE-1")
    _ = try document.settle(posted, by: Self.finance)
    let other = Subject.user(UUID())
    func refusal(_ amounts: [Int: Money], by person: Subject) -> Refusal? {
      var copy = document
      do {
        _ = try copy.correct(amounts, Self.step, by: person)
        return nil
      } catch {
        return error
      }
    }
    for (person, code) in [(Self.finance, "corrector-posted"), (Self.clerk, "settler-compiled")] {
      guard case .guardFailed(_, code, _)? = refusal([1: Self.cny(1)], by: person) else {
        Issue.record("corrected against \(code)")
        return
      }
    }
    func code(_ amounts: [Int: Money]) -> Violation.Code? {
      guard case .invalid(let found)? = refusal(amounts, by: other) else { return nil }
      return found.first?.code
    }
    #expect(code([1: Self.cny(128_451)]) == .outOfRange && code([1: Self.cny(-1)]) == .outOfRange)
    #expect(code([3: Self.cny(1)]) == .notFound && code([1: Self.cny(128_450)]) == .inconsistent)
    #expect(code([1: Money(minor: 1, currency: .eur)]) == .inconsistent)
    _ = try document.correct([1: Self.cny(28_450)], Self.step, by: other)
    document.note(entry: "LE-3")
    #expect(document.state == .settled && document.agreedAmount == Self.cny(156_900))
    #expect(document.progress.posting?.entry == "LE-3")
    #expect(document.progress.corrections.map(\.from) == [Self.cny(256_900)])
    #expect(document.progress.corrections.map(\.to) == [Self.cny(156_900)])
  }

  @Test("accepted is what was computed (SM-7)")
  func accepted() throws {
    var document = try Self.recovery(.sent)
    _ = try document.accept(Self.step, by: Self.finance)
    #expect(document.agreedAmount == Self.cny(256_900) && document.amount == Self.cny(256_900))
    #expect(document.lines.allSatisfy { $0.agreedAmount == $0.amount })
  }

  @Test("a dispute names lines that are there; the agreement gives each of them an amount, the others stand (SM-7)")
  func disputed() throws {
    var document = try Self.recovery(.sent)
    #expect {
      var copy = document
      _ = try copy.dispute([3: "x"], Self.step, by: Self.finance)
    } throws: { error in
      guard case .invalid(let found) = error as? Refusal else { return false }
      return found.first?.code == .notFound
    }
    _ = try document.dispute([2: "安装不当"], Self.step, by: Self.finance)
    #expect(document.lines.map(\.disputeReason) == [nil, "安装不当"] && document.agreedAmount == nil)
    func code(_ amounts: [Int: Money]) -> Violation.Code? {
      var copy = document
      do {
        _ = try copy.agree(amounts, Self.step, by: Self.finance)
        return nil
      } catch Refusal.invalid(let found) {
        return found.first?.code
      } catch {
        return nil
      }
    }
    #expect(code([:]) == .required)
    #expect(code([1: Self.cny(1), 2: Self.cny(1)]) == .inconsistent)
    #expect(code([2: Self.cny(128_451)]) == .outOfRange)
    #expect(code([2: Money(minor: 1, currency: .eur)]) == .inconsistent)
    _ = try document.agree([2: Self.cny(64_225)], Self.step, by: Self.finance)
    #expect(document.state == .agreed && document.agreedAmount == Self.cny(128_450 + 64_225))
    #expect(document.lines.map(\.agreedAmount) == [Self.cny(128_450), Self.cny(64_225)])
  }

  @Test("a supplier's code is capitals and digits, and it names each part once (MST-02)")
  func suppliers() {
    func violations(_ code: String, _ parts: [String]) -> [String] {
      let draft = SupplierDraft(
        code: code,
        content: Supplier.Content(
          name: "x", nameEn: nil, phone: nil, email: nil, partNumbers: parts, discontinued: false), externalIDs: [:])
      do {
        try draft.validate()
        return []
      } catch Refusal.invalid(let found) {
        return found.map(\.pointer)
      } catch {
        return ["\(error)"]
      }
    }
    #expect(violations("BRK01", ["A", "B"]) == [])
    #expect(violations("brk", ["A", "A"]) == ["#/code", "#/partNumbers"])
  }
}
