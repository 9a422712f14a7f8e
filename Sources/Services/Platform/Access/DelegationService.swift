package import Domain
import Repositories

/// Deputies (ORG-13): roles lent for a time. A loan belongs to the lender, whose version grows with it.
package struct DelegationService: Sendable {
  private let work: UnitOfWork
  private let users: UserService

  package init(_ work: UnitOfWork, users: UserService) {
    self.work = work
    self.users = users
  }

  /// A loan with the version that its lender has now.
  package struct Lent: Sendable {
    package let delegation: Delegation
    package let lenderVersion: Int
  }

  package func list(
    _ reference: Reference<User>, _ page: PageRequest, _ caller: Caller
  ) async throws -> Page<Delegation> {
    let user = try await users.get(reference, caller)
    return try await work.database.read(caller, DelegationRepository.list(of: user.id, page, in: caller.scope))
  }

  /// - Parameter deputy: must be visible to the caller, and nobody makes himself a deputy of somebody else.
  package func create(
    _ draft: DelegationDraft, from lender: Reference<User>, to deputy: User.ID, _ command: Command<Lent>
  ) async throws -> Answer {
    try await work.perform(command, .usersDelegate) { tx in
      let from = try await UserService.load(lender, command, in: tx)
      let (to, received) = try await tx.run(
        UserRepository.find(.id(deputy), in: command.caller.scope),
        DelegationRepository.open(to: from.id, at: command.at))
      guard let to else { throw Refusal.invalid("#/toUserId", .notFound, "no such user") }
      try UserManagement.requireSomebodyElse(to, command.caller)
      let delegation = try Delegation(draft, from: from, to: to, received: received, at: command.at)
      try UserManagement.requireMayLend(draft.roles, command.caller, pointer: "#/roles")
      let revised = from.revised(by: command.caller, at: command.at)
      _ = try await tx.run(
        DelegationRepository.insert(delegation, lender: from, by: command.caller, at: command.at),
        UserRepository.update(revised, expecting: from.version))
      tx.enqueue(AccessChangeRepository.notify(.user(deputy.uuid)))
      tx.record(Self.change("user.rolesDelegated", revised, delegation, reason: draft.reason), by: command)
      return Lent(delegation: delegation, lenderVersion: revised.version)
    }
  }

  /// Ends the loan before its time.
  package func revoke(
    _ id: Delegation.ID, from lender: Reference<User>, reason: String?, _ command: Command<Lent>
  ) async throws -> Answer {
    try await work.perform(command, .usersDelegate) { tx in
      let from = try await UserService.load(lender, command, in: tx)
      let found = try await tx.run(DelegationRepository.lock(id, from: from.id, in: command.caller.scope))
      guard let delegation = found else { throw Refusal.notFound }
      let revoked = try delegation.revoked(at: command.at)
      if revoked == delegation { return Lent(delegation: delegation, lenderVersion: from.version) }
      try UserManagement.requireMayLend(delegation.roles, command.caller, pointer: "#/roles")
      let revised = from.revised(by: command.caller, at: command.at)
      _ = try await tx.run(
        DelegationRepository.revoke(id, at: command.at), UserRepository.update(revised, expecting: from.version))
      tx.enqueue(AccessChangeRepository.notify(.user(delegation.toID.uuid)))
      tx.record(Self.change("user.delegationRevoked", revised, revoked, reason: reason), by: command)
      return Lent(delegation: revoked, lenderVersion: revised.version)
    }
  }

  private static func change(_ type: String, _ lender: User, _ delegation: Delegation, reason: String?) -> Change {
    Change(
      type: type, resource: .user, id: lender.id.uuid, number: lender.username, version: lender.version,
      station: lender.assignment.stationID, reason: reason,
      data: [
        "delegationId": .text(delegation.id.description), "toUserId": .text(delegation.toID.description),
        "roles": .list(delegation.roles.map(\.rawValue).sorted().map(EventValue.text)),
        "startsAt": .text(delegation.startsAt.description), "endsAt": .text(delegation.endsAt.description),
      ])
  }
}
