import Domain
import FoundationEssentials
import Testing

@Suite("Delegation of roles")
struct DelegationTests {
  private let now = Timestamp(milliseconds: 1_790_000_000_000)
  private let station = Identifier<Station>(UUID.version7(at: Timestamp(milliseconds: 1)))
  private let other = Identifier<Station>(UUID.version7(at: Timestamp(milliseconds: 2)))

  private func party(_ roles: Set<Role>, _ assignment: ScopeAssignment, isActive: Bool = true) -> Delegation.Party {
    Delegation.Party(id: .new(at: now), assignment: assignment, roles: roles, isActive: isActive)
  }

  private func draft(
    _ roles: Set<Role> = [.stCrm], from: Int64 = 0, days: Int64 = 7, reason: String = "holiday"
  ) -> DelegationDraft {
    let start = now.adding(seconds: from)
    return DelegationDraft(
      roles: roles, startsAt: start, endsAt: start.adding(seconds: days * 86_400), reason: reason)
  }

  private func violations(
    _ draft: DelegationDraft, _ from: Delegation.Party, _ to: Delegation.Party, received: [Delegation] = []
  ) -> [String] {
    do throws(Refusal) {
      _ = try Delegation(draft, from: from, to: to, received: received, at: now)
      return []
    } catch {
      guard case .invalid(let found) = error else { return ["\(error)"] }
      return found.map { "\($0.pointer) \($0.code.rawValue)" }
    }
  }

  @Test("a clerk lends his role to a colleague for a week (ORG-13)")
  func lends() throws {
    let clerk = party([.stCrm, .stInfo], .station(station))
    let colleague = party([.stAdviser], .station(station))
    let delegation = try Delegation(draft(), from: clerk, to: colleague, received: [], at: now)
    let roles = { (instant: Timestamp) in
      Delegation.effectiveRoles(own: colleague.roles, delegations: [delegation], at: instant)
    }
    #expect(roles(now.adding(seconds: -1)) == [.stAdviser])
    #expect(roles(now) == [.stAdviser, .stCrm])
    #expect(roles(delegation.endsAt.adding(seconds: -1)) == [.stAdviser, .stCrm])
    #expect(roles(delegation.endsAt) == [.stAdviser])
  }

  @Test("a revoked delegation counts no more from that instant; revoking twice changes nothing (SEC-12)")
  func revokes() throws {
    let delegation = try Delegation(
      draft(), from: party([.stCrm], .station(station)), to: party([], .station(station)), received: [], at: now)
    let noon = now.adding(seconds: 3_600)
    let revoked = try delegation.revoked(at: noon)
    #expect(revoked.isActive(at: noon.adding(seconds: -1)))
    #expect(!revoked.isActive(at: noon))
    #expect(try revoked.revoked(at: noon.adding(seconds: 60)) == revoked)
    #expect(throws: Refusal.self) { try delegation.revoked(at: delegation.endsAt) }
  }

  @Test("nobody is his own deputy")
  func oneself() {
    let clerk = party([.stCrm], .station(station))
    #expect(violations(draft(), clerk, clerk) == ["#/toUserId inconsistent"])
  }

  @Test("both belong to the same station or region, or both to headquarters; the deputy is active")
  func parties() {
    let region = Identifier<Region>(UUID.version7(at: Timestamp(milliseconds: 3)))
    let clerk = party([.stCrm], .station(station))
    #expect(violations(draft(), clerk, party([], .station(other))) == ["#/toUserId inconsistent"])
    #expect(violations(draft(), clerk, party([], .network)) == ["#/toUserId inconsistent"])
    #expect(violations(draft(), clerk, party([], .station(station), isActive: false)) == ["#/toUserId inconsistent"])
    let expert = party([.qa], .network)
    #expect(violations(draft([.qa]), expert, party([.finance], .network)) == [])
    #expect(violations(draft([.qa]), expert, party([], .region(region))) == ["#/toUserId inconsistent"])
    let supplier = ScopeAssignment.supplier(UUID.version7(at: now))
    #expect(violations(draft([.supplier]), party([.supplier], supplier), party([], supplier)).count == 1)
  }

  @Test("only own roles can be lent, not those that are lent to oneself")
  func ownRolesOnly() throws {
    let head = party([.stHead], .station(station))
    let clerk = party([.stCrm], .station(station))
    let third = party([.stInfo], .station(station))
    let received = try Delegation(draft([.stHead]), from: head, to: clerk, received: [], at: now)
    #expect(violations(draft([.stCrm, .stHead]), clerk, third, received: [received]) == ["#/roles inconsistent"])
    #expect(violations(draft([.stHead, .stClaims]), clerk, third).count == 2)
    #expect(violations(draft([]), clerk, third) == ["#/roles tooShort"])
  }

  @Test("the end is after the start, at most 90 days later and still to come; a reason is given")
  func period() {
    let clerk = party([.stCrm], .station(station))
    let colleague = party([], .station(station))
    #expect(violations(draft(days: 90), clerk, colleague) == [])
    #expect(violations(draft(days: 91), clerk, colleague) == ["#/endsAt outOfRange"])
    #expect(violations(draft(days: 0), clerk, colleague) == ["#/endsAt inconsistent"])
    #expect(violations(draft(days: -1), clerk, colleague) == ["#/endsAt inconsistent"])
    #expect(violations(draft(from: -86_400 * 8), clerk, colleague) == ["#/endsAt outOfRange"])
    #expect(violations(draft(reason: " \n"), clerk, colleague) == ["#/reason required"])
  }

  @Test("all violations come at once (C-09)")
  func allAtOnce() {
    let clerk = party([.stCrm], .station(station))
    let found = violations(draft([.stHead], days: 0, reason: ""), clerk, clerk)
    #expect(
      found == [
        "#/toUserId inconsistent", "#/roles inconsistent", "#/endsAt inconsistent", "#/reason required",
      ])
  }
}
