import Domain
import FoundationEssentials
import Testing

@Suite("Members of conflicts") struct ConflictMemberTests {
  @Test("a conflict carries what a client needs to act, beside the sentence (C-08)")
  func members() throws {
    let refusal = Refusal.conflict(
      code: "more-than-planned", detail: "Line 2 plans 1 more.", .line(2), .available(1), .requested(3))
    guard case .conflict(let code, let detail) = refusal else {
      Issue.record("\(refusal)")
      return
    }
    #expect(code == "more-than-planned" && detail.text == "Line 2 plans 1 more.")
    #expect(detail.members.map(\.name) == [.line, .availableQuantity, .requestedQuantity])
    #expect(detail.members.map(\.value) == [.integer(2), .integer(1), .integer(3)])
  }

  @Test("a document that the caller does not see is told by its kind alone (C-08, SEC-03)")
  func unseen() {
    let member = ConflictMember.conflicts([.unseen(.warrantyClaim)])
    #expect(
      member.value
        == .list([
          .object([
            "id": .null, "line": .null, "number": .null, "resource": .text("warrantyClaim"), "state": .null,
          ])
        ]))
  }

  @Test("what is told later is added, what is known stays; other refusals stay as they are (C-08)")
  func telling() {
    let refusal = Refusal.conflict(code: "x", detail: "y", .limit(3))
    #expect(refusal.telling([.limit(4), .count(5)]) == .conflict(code: "x", detail: "y", .limit(3), .count(5)))
    #expect(Refusal.notFound.telling([.limit(4)]) == .notFound)
  }

  @Test("money, instants and hours are written as everywhere (C-04, C-05)")
  func values() throws {
    let money = ConflictMember.required(Money(minor: 123_450, currency: .cny))
    #expect(money.value == .object(["amount": .text("1234.50"), "currency": .text("CNY")]))
    let instant = try #require(Timestamp("2026-11-22T10:00:00+08:00"))
    #expect(ConflictMember.deadline(instant).value == .text("2026-11-22T02:00:00.000Z"))
    #expect(ConflictMember.limit(nil as Money?).value == .null)
    #expect(ConflictMember.quiet(from: 21, until: 9).map(\.value) == [.integer(21), .integer(9)])
  }

  @Test("kilometres that fall are told with those that were read (C-08)")
  func odometer() throws {
    let members = ConflictMember.odometer(900, recorded: 1_000)
    #expect(members.map(\.name) == [.odometerKm, .recordedKm])
  }
}
