package import Domain
import Repositories

/// Machine clients and their secrets (C-22, SEC-12).
package struct MachineClientService: Sendable {
  private let work: UnitOfWork
  private let history: HistoryService

  package init(_ work: UnitOfWork) {
    self.work = work
    history = HistoryService(work.database)
  }

  /// A client with the secret that was just made for it; it is stored nowhere but in the answer kept under the idempotency
  /// key, so that a client that never saw the answer can still get it for as long as the key lives (C-19).
  package struct WithSecret: Sendable {
    package let client: MachineClient
    package let secret: TokenText
  }

  /// - Throws: `Refusal.notFound`, also for a client outside the scope.
  package func get(_ reference: Reference<MachineClient>, _ caller: Caller) async throws -> MachineClient {
    try caller.require(.clientsRead)
    let found = try await work.database.read(caller, MachineClientRepository.find(reference, in: caller.scope))
    guard let client = found else { throw Refusal.notFound }
    return client
  }

  /// What the list is narrowed by as all lists are.
  package static var window: Set<ListWindow.Field> { MachineClientRepository.window.fields }

  package func list(
    _ filter: MachineClientFilter, _ page: PageRequest, _ caller: Caller
  ) async throws -> Page<MachineClient> {
    try caller.require(.clientsRead)
    return try await work.database.read(caller, MachineClientRepository.list(filter, page, in: caller.scope))
  }

  package func history(
    _ reference: Reference<MachineClient>, _ page: PageRequest, _ caller: Caller
  ) async throws -> Page<Event> {
    let client = try await get(reference, caller)
    return try await history.history(.client, client.id.uuid, page, caller)
  }

  /// - Throws: `Refusal.invalid`, `.alreadyExists` (`clientId`).
  package func create(_ draft: MachineClientDraft, _ command: Command<WithSecret>) async throws -> Answer {
    try await work.perform(command, .clientsWrite) { tx in
      try draft.validate()
      try UserManagement.requireMayGrant(draft.roles, command.caller, pointer: "#/roles")
      try UserManagement.requireWithin(draft.assignment, command.caller)
      let client = MachineClient(draft, by: command.caller, at: command.at)
      let secret = try Self.newSecret()
      _ = try await tx.run(MachineClientRepository.insert(client, secretHash: SecretDigest.of(secret)))
      tx.record(Self.change("client.created", client, from: nil), by: command)
      return WithSecret(client: client, secret: secret)
    }
  }

  /// A second secret beside the current one, so that the other side can change over without a failed request; the one before
  /// the current stops working. Tokens live on.
  package func rotateSecret(
    _ reference: Reference<MachineClient>, _ command: Command<WithSecret>
  ) async throws -> Answer {
    try await work.perform(command, .clientsWrite) { tx in
      let client = try await Self.load(reference, command, in: tx)
      var rotated = client
      try rotated.move(.rotateSecret, by: command.caller, at: command.at)
      let secret = try Self.newSecret()
      tx.enqueue(MachineClientRepository.rotateSecret(to: SecretDigest.of(secret), of: client.id))
      try await Self.store(rotated, over: client, "client.secretRotated", reason: nil, command, in: tx)
      return WithSecret(client: rotated, secret: secret)
    }
  }

  /// For good: its tokens die with it.
  package func revoke(
    _ reference: Reference<MachineClient>, reason: String, _ command: Command<MachineClient>
  ) async throws -> Answer {
    try await work.perform(command, .clientsWrite) { tx in
      let client = try await Self.load(reference, command, in: tx)
      var revoked = client
      try revoked.move(.revoke, by: command.caller, at: command.at)
      tx.enqueue(TokenRepository.revokeAll(of: client.id, at: command.at))
      tx.enqueue(AccessChangeRepository.notify(.client(client.id.uuid)))
      try await Self.store(revoked, over: client, "client.revoked", reason: reason, command, in: tx)
      return revoked
    }
  }

  private static func newSecret() throws -> TokenText {
    guard let secret = TokenText.make(.clientSecret) else { throw Failure.internal(reference: "no random bytes") }
    return secret
  }

  private static func load<Output>(
    _ reference: Reference<MachineClient>, _ command: Command<Output>, in tx: Transaction
  ) async throws -> MachineClient {
    let found = try await tx.run(MachineClientRepository.lock(reference, in: command.caller.scope))
    guard let client = found else { throw Refusal.notFound }
    try command.precondition?.require(client.version)
    return client
  }

  private static func store<Output>(
    _ client: MachineClient, over before: MachineClient, _ type: String, reason: String?,
    _ command: Command<Output>, in tx: Transaction
  ) async throws {
    let rows = try await tx.run(MachineClientRepository.update(client, expecting: before.version))
    if rows == 0 { throw Refusal.versionMismatch(current: before.version) }
    tx.record(change(type, client, from: before, reason: reason), by: command)
  }

  private static func change(
    _ type: String, _ client: MachineClient, from before: MachineClient?, reason: String? = nil
  ) -> Change {
    Change(
      type: type, resource: .client, id: client.id.uuid, number: client.clientID, version: client.version,
      station: client.assignment.stationID, reason: reason, changes: client.changes(from: before))
  }
}
