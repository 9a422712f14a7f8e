package import Domain
package import FoundationEssentials
package import Repositories

/// Teams of cases (SEC-02), for the families whose documents have one. They call it within the transaction of their own action,
/// which decides who may form or dissolve a team; a grant and its end then hold on every instance within a second, because
/// the members' tokens are told with the commit (SEC-12).
package enum CaseGrants {
  /// Calls people into the team of a case. Who is in it already stays as he is.
  ///
  /// - Parameters:
  ///   - pointer: of the members in the body, `#/members`.
  /// - Throws: `Refusal.invalid` for everybody who is not there or disabled (`notFound`), or does not hold the role in which
  ///   he is called (`inconsistent`).
  /// - Returns: those who are new.
  @discardableResult
  package static func grant<Output>(
    _ subject: DocumentSubject, to members: [CaseMember], pointer: String, _ command: Command<Output>,
    in tx: Transaction
  ) async throws -> [CaseMembership] {
    let candidates = try await tx.run(CaseGrantRepository.candidates(members.map(\.userID)))
    let known = Dictionary(candidates.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    var violations: [Violation] = []
    var wanted: [CaseMembership] = []
    for (place, member) in members.enumerated() {
      guard let user = known[member.userID], user.isActive else {
        violations.append(
          Violation(pointer: "\(pointer)/\(place)/userId", code: .notFound, detail: "there is no such active user"))
        continue
      }
      guard user.roles.contains(member.role) else {
        violations.append(
          Violation(
            pointer: "\(pointer)/\(place)/role", code: .inconsistent,
            detail: "the user does not hold the role \(member.role.rawValue)",
            limits: ["allowed": user.roles.map(\.rawValue).sorted().joined(separator: ",")]))
        continue
      }
      wanted.append(
        CaseMembership(
          id: .new(at: command.at), resource: subject.resource, caseID: subject.id, number: subject.number,
          userID: user.id, name: user.name, role: member.role, grantedAt: command.at,
          grantedBy: .init(command.caller)))
    }
    if !violations.isEmpty { throw Refusal.invalid(violations) }
    var granted: [CaseMembership] = []
    for membership in wanted {
      if try await tx.run(CaseGrantRepository.insert(membership, station: subject.stationID)) == 1 {
        tx.enqueue(AccessChangeRepository.notify(.user(membership.userID.uuid)))
        granted.append(membership)
      }
    }
    if !granted.isEmpty {
      let team = granted.map {
        EventValue.object(["userId": .text($0.userID.description), "role": .text($0.role.rawValue)])
      }
      tx.record(change("accessGranted", subject, ["members": .list(team)]), by: command)
    }
    return granted
  }

  /// Takes people out of the team of a case, or dissolves it.
  ///
  /// - Parameter users: these only; `nil`: everybody.
  /// - Returns: whose membership ended.
  @discardableResult
  package static func revoke<Output>(
    _ subject: DocumentSubject, of users: [User.ID]? = nil, _ command: Command<Output>, in tx: Transaction
  ) async throws -> [User.ID] {
    let ended = try await tx.run(
      CaseGrantRepository.revoke(
        subject.resource, subject.id, of: users, by: .init(command.caller), at: command.at))
    for user in ended { tx.enqueue(AccessChangeRepository.notify(.user(user.uuid))) }
    if !ended.isEmpty {
      tx.record(
        change("accessWithdrawn", subject, ["userIds": .list(ended.map { .text($0.description) })]), by: command)
    }
    return ended
  }

  /// The team of a case that the caller may see, those included who have left it.
  package static func team(
    of resource: Resource, _ id: UUID, _ caller: Caller, in database: Database
  ) async throws -> [CaseMembership] {
    try await database.read(caller, CaseGrantRepository.list(resource, id, in: caller.scope))
  }

  private static func change(_ type: String, _ subject: DocumentSubject, _ data: [String: EventValue]) -> Change {
    Change(
      type: "\(subject.resource.rawValue).\(type)", resource: subject.resource, id: subject.id, number: subject.number,
      version: subject.version, station: subject.stationID, data: data)
  }
}
