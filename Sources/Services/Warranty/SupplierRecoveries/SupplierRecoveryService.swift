package import Domain
package import Repositories

/// Recoveries from suppliers (SM-7, CLM-13, SET-05): compiled and sent by the claims section, answered by the supplier, settled by
/// finance.
package struct SupplierRecoveryService: LifecycleService {
  package typealias Document = SupplierRecovery
  package typealias Filter = SupplierRecoveryFilter
  package typealias Store = SupplierRecoveryRepository

  package static let reading = Permission.supplierRecoveriesRead
  package static let noting = Permission.supplierRecoveriesNote

  /// What a supplier got is headquarters' or a station's; its history goes with it.
  package static func sight(of caller: Caller) -> Caller {
    if case .supplier = caller.scope.part { caller.beyondScope() } else { caller }
  }

  package let work: UnitOfWork
  private let ledger: LedgerBook

  package init(_ work: UnitOfWork, ledger: LedgerBook) {
    self.work = work
    self.ledger = ledger
  }

  /// What is recovered of a period, computed by the supplier's contracts. Two at once cannot take the same item of a claim: the
  /// database refuses one of them (S14).
  package func create(
    _ draft: SupplierRecoveryDraft, _ command: Command<SupplierRecovery>
  ) async throws -> Answer {
    try await work.perform(command, .supplierRecoveriesCompile) { tx in
      // Headquarters' own, which other scopes cannot write.
      if !command.caller.scope.covers(nil) { throw Refusal.forbidden(.supplierRecoveriesCompile) }
      guard
        let supplier = try await tx.run(SupplierRepository.lock(.id(draft.supplierID), in: command.caller.scope))
      else {
        throw Refusal.invalid("#/supplierId", .notFound, "there is no such supplier")
      }
      let contracts = try await tx.run(SupplierContractRepository.list(of: supplier.id))
      guard let last = contracts.first(where: { $0.terms.validFrom < draft.period.before }) else {
        throw Refusal.conflict(
          code: "recovery-without-contract",
          detail: "The supplier has no contract that began before the end of the period.",
          .conflict(.supplier, supplier.id, supplier.code))
      }
      let lines = try await lines(of: supplier.id, draft.period, contracts, last.terms.currency, nil, in: tx)
      var document = SupplierRecovery(
        id: .new(at: command.at), number: try await tx.number(.supplierRecovery, at: nil, on: command.at),
        supplierID: supplier.id, period: draft.period, state: .compiled, version: 1,
        stamp: RecordStamp(by: command.caller, at: command.at), currency: last.terms.currency,
        amount: .zero(last.terms.currency), agreedAmount: nil, lines: [],
        progress: SupplierRecovery.Progress(compiledByID: command.caller.subject.id))
      document.fill(lines)
      return insert(document, Effects(["supplierRecovery.compiled"]), command, in: tx)
    }
  }

  // MARK: The actions of the transition table

  /// Computed anew, with what was decided since and by the contracts as they are now.
  package func compile(
    _ reference: Reference<SupplierRecovery>, _ command: Command<SupplierRecovery>
  ) async throws -> Answer {
    try await act(reference, .compile, command) { document, tx in
      // The state first: what was sent is not computed again.
      _ = try SupplierRecovery.lifecycle.permit(.compile, on: document, by: command.caller.subject)
      _ = try await tx.run(SupplierRepository.lock(.id(document.supplierID), in: command.caller.scope))
      let contracts = try await tx.run(SupplierContractRepository.list(of: document.supplierID))
      let lines = try await lines(
        of: document.supplierID, document.period, contracts, document.currency, document.id, in: tx)
      return try document.compile(lines, by: command.caller.subject)
    }
  }

  /// Sent to the supplier, who sees it from now on. The accepted old parts of its lines go along as evidence (OLD-05).
  package func send(
    _ reference: Reference<SupplierRecovery>, _ parcel: SupplierRecoveryParcel, _ command: Command<SupplierRecovery>
  ) async throws -> Answer {
    try await act(reference, .send, reason: parcel.note, command) { document, tx in
      let row = try document.send(
        SupplierRecovery.Step(command.caller, at: command.at, note: parcel.note), by: command.caller.subject)
      let parts = try await tx.run(OldPartRepository.lock(document.lines.compactMap(\.source.oldPartID)))
      for before in parts {
        var part = before
        part.prove(document.id)
        var effects = Effects(["oldPart.updated"])
        if part.state == .accepted {
          guard let deliveryNote = parcel.deliveryNote else {
            throw Refusal.invalid("#/deliveryNote", .required, "is required: old parts go along as evidence")
          }
          effects = Effects(
            try part.sendToSupplier(
              OldPartForwarding(
                supplierID: document.supplierID, deliveryNote: deliveryNote, carrier: parcel.carrier,
                trackingNumber: parcel.trackingNumber, signature: OldPartSignature(command.caller, at: command.at)),
              by: command.caller.subject))
        }
        save(part, over: before, effects, command, in: tx)
      }
      return row
    }
  }

  package func accept(
    _ reference: Reference<SupplierRecovery>, note: String?, _ command: Command<SupplierRecovery>
  ) async throws -> Answer {
    try await answer(reference, .supplierRecoveriesAccept, reason: note, command) { document throws(Refusal) in
      try document.accept(
        SupplierRecovery.Step(command.caller, at: command.at, note: note), by: command.caller.subject)
    }
  }

  /// - Parameter reasons: by line.
  package func dispute(
    _ reference: Reference<SupplierRecovery>, _ reasons: [Int: String], note: String?,
    _ command: Command<SupplierRecovery>
  ) async throws -> Answer {
    try await answer(reference, .supplierRecoveriesDispute, reason: note, command) { document throws(Refusal) in
      try document.dispute(
        reasons, SupplierRecovery.Step(command.caller, at: command.at, note: note), by: command.caller.subject)
    }
  }

  /// - Parameter amounts: of the disputed lines.
  package func agree(
    _ reference: Reference<SupplierRecovery>, _ amounts: [Int: Money], note: String,
    _ command: Command<SupplierRecovery>
  ) async throws -> Answer {
    try await act(reference, .agree, reason: note, command) { document, _ in
      try document.agree(
        amounts, SupplierRecovery.Step(command.caller, at: command.at, note: note), by: command.caller.subject)
    }
  }

  /// The supplier owes it from now on: one entry of the ledger (R9, S14). The evidence has served its purpose.
  package func settle(
    _ reference: Reference<SupplierRecovery>, note: String?, _ command: Command<SupplierRecovery>
  ) async throws -> Answer {
    try await act(reference, .settle, reason: note, command) { document, tx in
      let row = try SupplierRecovery.lifecycle.permit(.settle, on: document, by: command.caller.subject)
      guard let agreed = document.agreedAmount else { throw Refusal.notFound }
      let entry = try await post(agreed, of: document, command, in: tx)
      _ = try document.settle(
        SupplierRecovery.Step(command.caller, at: command.at, note: note, entry: entry?.number),
        by: command.caller.subject)
      for before in try await tx.run(OldPartRepository.lock(document.lines.compactMap(\.source.oldPartID))) {
        var part = before
        if part.close() { save(part, over: before, Effects(["oldPart.closed"]), command, in: tx) }
      }
      return row
    }
  }

  /// What was posted is taken back by the linked opposite entry, and what is right posted anew (SET-13): by somebody who neither
  /// compiled nor posted it (SEC-10).
  ///
  /// - Parameter amounts: of the lines that were wrong.
  package func correct(
    _ reference: Reference<SupplierRecovery>, _ amounts: [Int: Money], note: String,
    _ command: Command<SupplierRecovery>
  ) async throws -> Answer {
    try await perform(reference, .correct, command) { document, tx in
      // Recoveries of one supplier are computed and corrected one after the other.
      _ = try await tx.run(SupplierRepository.lock(.id(document.supplierID), in: command.caller.scope))
      if let later = try await tx.run(SupplierRecoveryRepository.follower(of: document.id, lines: Array(amounts.keys)))
      {
        throw Refusal.conflict(
          code: "claim-item-recovered",
          detail: "What line \(later.line) is about stands in the later recovery \(later.number); correct it there.",
          .conflict(.supplierRecovery, later.id, later.number, line: later.line))
      }
      let former = document.progress.posting?.entry
      let row = try document.correct(
        amounts, SupplierRecovery.Step(command.caller, at: command.at, note: note), by: command.caller.subject)
      var reversal: LedgerEntry?
      if let former { reversal = try await ledger.reverse(.number(former), reason: note, command, in: tx) }
      let agreed = document.agreedAmount ?? .zero(document.currency)
      let entry = try await post(agreed, of: document, command, in: tx)
      document.note(entry: entry?.number)
      return Effects(
        row, reason: note,
        data: ["reversal": .optional(reversal?.number), "entry": .optional(entry?.number)])
    }
  }

  // MARK: Inside

  /// What the supplier owes, or is given back; what both sides agreed to be nothing moves no money.
  private func post(
    _ agreed: Money, of document: SupplierRecovery, _ command: Command<SupplierRecovery>, in tx: Transaction
  ) async throws -> LedgerEntry? {
    if agreed.minor == 0 { return nil }
    guard
      let supplier = try await tx.run(SupplierRepository.find(.id(document.supplierID), in: command.caller.scope))
    else { throw Refusal.notFound }
    return try await ledger.post(
      LedgerEntry.Draft(
        .supplierRecovery, at: nil, on: ReportPeriod.day(of: command.at), "Recovery \(document.number)",
        source: LedgerEntry.Source(document),
        postings: [
          .debit(.supplier(supplier.id.uuid, code: supplier.code), agreed), .credit(.maker(.recoveryIncome), agreed),
        ]), command, in: tx)
  }

  /// The supplier's own word. He may see the recovery, and that is enough: its history is headquarters' (SEC-03).
  private func answer(
    _ reference: Reference<SupplierRecovery>, _ permission: Permission, reason: String?,
    _ command: Command<SupplierRecovery>,
    _ body: (inout SupplierRecovery) throws(Refusal) -> Transition<SupplierRecovery>
  ) async throws -> Answer {
    try await work.perform(command, permission) { tx in
      let before = try await load(reference, command, in: tx)
      var document = before
      let effects = Effects(try body(&document), reason: reason)
      return try await tx.within(.network, of: command.caller) {
        save(document, over: before, effects, command, in: tx)
      }
    }
  }

  private func lines(
    of supplier: Supplier.ID, _ period: ReportPeriod, _ contracts: [SupplierContract], _ currency: Currency,
    _ recovery: SupplierRecovery.ID?, in tx: Transaction
  ) async throws -> [SupplierRecovery.Line] {
    let items = try await tx.run(SupplierRecoveryRepository.recoverable(from: supplier, in: period, but: recovery))
    let lines = try SupplierRecovery.lines(items, by: contracts, in: currency)
    guard lines.count <= SupplierRecovery.mostLines else {
      throw Refusal.conflict(
        code: "recovery-too-long",
        detail: "The period has \(lines.count) items; a recovery has at most \(SupplierRecovery.mostLines).",
        .count(lines.count), .limit(SupplierRecovery.mostLines))
    }
    return lines
  }

  private func save(
    _ part: OldPart, over before: OldPart, _ effects: Effects, _ command: Command<SupplierRecovery>, in tx: Transaction
  ) {
    if part == before { return }
    let after = part.revised(by: command.caller, at: command.at)
    for statement in OldPartRepository.save(after, over: before) { tx.enqueue(statement) }
    tx.record(effects.events(of: after, from: before), by: command)
  }
}

/// How a recovery reaches the supplier, with its old parts.
package struct SupplierRecoveryParcel: Hashable, Sendable {
  /// Needed when old parts go along.
  package let deliveryNote: String?
  package let carrier: String?
  package let trackingNumber: String?
  package let note: String?

  package init(deliveryNote: String?, carrier: String?, trackingNumber: String?, note: String?) {
    self.deliveryNote = deliveryNote
    self.carrier = carrier
    self.trackingNumber = trackingNumber
    self.note = note
  }
}
