package import Domain
package import Repositories

/// Suppliers (MST-02): written by headquarters, read by all; their contracts are the claims section's (SET-05).
package struct SupplierService: RecordService {
  package typealias Document = Supplier
  package typealias Filter = SupplierFilter
  package typealias Store = SupplierRepository

  package static let reading = Permission.suppliersRead
  package static let writing = Permission.suppliersWrite
  package let work: UnitOfWork

  package init(_ work: UnitOfWork) { self.work = work }

  package static func natural(_ draft: SupplierDraft) -> NaturalKey? { NaturalKey("code", draft.code) }

  package func make<Output>(
    _ draft: SupplierDraft, _ command: Command<Output>, in tx: Transaction
  ) async throws -> Supplier {
    try draft.validate()
    return Supplier(
      id: .new(at: command.at), code: draft.code, content: draft.content, externalIDs: draft.externalIDs, version: 1,
      stamp: RecordStamp(by: command.caller, at: command.at))
  }

  // MARK: Contracts

  /// What the supplier has agreed to pay, the newest first.
  package func contracts(_ reference: Reference<Supplier>, _ caller: Caller) async throws -> [SupplierContract] {
    try caller.require(.supplierRecoveriesRead)
    guard let supplier = try await work.database.read(caller, SupplierRepository.find(reference, in: caller.scope)),
      Self.isSeen(supplier.id, by: caller)
    else { throw Refusal.notFound }
    return try await work.database.read(caller, SupplierContractRepository.list(of: supplier.id))
  }

  /// A further agreement. It holds from its day on, for what was decided from then on.
  ///
  /// - Throws: `Refusal.alreadyExists` when there is one from that day.
  package func agree(
    _ reference: Reference<Supplier>, _ terms: SupplierContract.Terms, _ command: Command<SupplierContract>
  ) async throws -> Answer {
    try await work.perform(command, .supplierRecoveriesWrite) { tx in
      // Headquarters' own, which other scopes cannot write.
      if !command.caller.scope.covers(nil) { throw Refusal.forbidden(.supplierRecoveriesWrite) }
      guard let supplier = try await tx.run(SupplierRepository.find(reference, in: command.caller.scope)) else {
        throw Refusal.notFound
      }
      try terms.validate()
      let contract = SupplierContract(
        id: .new(at: command.at), supplierID: supplier.id, terms: terms, createdAt: command.at,
        createdBy: RecordStamp.Author(command.caller))
      // A second one from that day is refused before anything is answered.
      _ = try await tx.run(SupplierContractRepository.insert(contract))
      // The terms are no matter for everybody who sees the supplier.
      tx.record(
        supplier.event("supplier.contractAgreed", data: ["validFrom": .text(terms.validFrom.description)]), by: command)
      return contract
    }
  }

  /// Terms are headquarters' and the supplier's own.
  private static func isSeen(_ supplier: Supplier.ID, by caller: Caller) -> Bool {
    switch caller.scope.part {
    case .network: true
    case .supplier(let own): own == supplier.uuid
    case .region, .station: false
    }
  }
}
