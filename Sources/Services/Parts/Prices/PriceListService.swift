package import Domain
package import Repositories

/// Price lists (PRT-02): compiled by Parts Supply, approved by somebody else.
package struct PriceListService: LifecycleService {
  package typealias Document = PriceList
  package typealias Filter = PriceListFilter
  package typealias Store = PriceListRepository

  package static let reading = Permission.priceListsRead
  package static let noting = Permission.priceListsWrite
  package let work: UnitOfWork

  package init(_ work: UnitOfWork) { self.work = work }

  package func create(_ draft: PriceList.Content, _ command: Command<PriceList>) async throws -> Answer {
    try await work.perform(command, .priceListsWrite) { tx in
      try Self.requireNetwork(command.caller)
      let found = PriceList.violations(draft.lines, in: draft.currency)
      if !found.isEmpty { throw Refusal.invalid(found) }
      let content = try await named(draft, in: tx)
      let list = PriceList(
        id: .new(at: command.at), number: try await tx.number(.priceList, at: nil, on: command.at), state: .draft,
        content: content, submission: nil, decision: nil, decisionReason: nil,
        authorIDs: Set([command.caller.subject.id].compactMap { $0 }), lineCount: content.lines.count, version: 1,
        stamp: RecordStamp(by: command.caller, at: command.at))
      return insert(list, Effects(["priceList.created"]), command, in: tx)
    }
  }

  /// Rewrites a draft, or takes a rejected list up again.
  package func update(
    _ reference: Reference<PriceList>, _ command: Command<PriceList>,
    _ edit: (PriceList.Content) throws -> PriceList.Content
  ) async throws -> Answer {
    try await change(reference, .priceListsWrite, "priceList.updated", command) { list, tx in
      let content = try edit(list.content)
      try list.rewrite(
        content.lines == list.content.lines ? content : try await named(content, in: tx), by: command.caller.subject)
    }
  }

  package func submit(
    _ reference: Reference<PriceList>, note: String?, _ command: Command<PriceList>
  ) async throws -> Answer {
    try await act(reference, .submit, reason: note, command) { list, _ in
      try list.submit(PriceList.Signature(command.caller, at: command.at), by: command.caller.subject)
    }
  }

  package func approve(
    _ reference: Reference<PriceList>, note: String?, _ command: Command<PriceList>
  ) async throws -> Answer {
    try await act(reference, .approve, reason: note, command) { list, _ in
      try list.approve(
        PriceList.Signature(command.caller, at: command.at), reason: note, by: command.caller.subject)
    }
  }

  package func reject(
    _ reference: Reference<PriceList>, reason: String, _ command: Command<PriceList>
  ) async throws -> Answer {
    try await act(reference, .reject, reason: reason, command) { list, _ in
      try list.reject(
        PriceList.Signature(command.caller, at: command.at), reason: reason, by: command.caller.subject)
    }
  }

  /// What a part costs on a day (PO-12); `nil`: no approved list names it by then.
  package func price(of reference: Reference<Part>, on day: CalendarDate, _ caller: Caller) async throws -> PartPrice? {
    try caller.require(Self.reading)
    guard let part = try await work.database.read(caller, PartRepository.find(reference, in: caller.scope)) else {
      throw Refusal.notFound
    }
    return try await work.database.read(caller, PriceRepository.prices(of: [part.id], on: day)).first
  }

  /// The content with the numbers of its parts, so that it compares with what is stored.
  private func named(_ content: PriceList.Content, in tx: Transaction) async throws -> PriceList.Content {
    let numbers = try await tx.partNumbers(content.lines.map(\.partID)) { "#/lines/\($0)/partId" }
    var named = content
    named.lines = content.lines.map { line in
      PriceList.Line(
        partID: line.partID, partNumber: numbers[line.partID] ?? "", price: line.price, retailPrice: line.retailPrice)
    }
    return named
  }

  /// A price list holds for the whole network.
  private static func requireNetwork(_ caller: Caller) throws(Refusal) {
    if caller.scope != .network { throw .forbidden(.priceListsWrite) }
  }
}
