package import Domain
import Services

/// One member that `expand` adds to the documents of a family: which document it is, read as its own read shows it to this caller
/// (C-13). A family lists its own; reading, permissions, masks and paging are the engine's.
package struct Expansion<Document>: Sendable {
  /// What is read, with the identities that the documents name.
  fileprivate enum Kind: Sendable {
    case customer(@Sendable (Document) -> Customer.ID?)
    case part(@Sendable (Document) -> Part.ID?)
    case station(@Sendable (Document) -> Station.ID?)
    case vehicle(@Sendable (Document) -> Vehicle.ID?)
    case workOrder(@Sendable (Document) -> WorkOrder.ID?)
  }

  /// The member's name: beside `customerId` stands `customer`.
  package let name: String
  fileprivate let kind: Kind

  package static func customer(_ id: @escaping @Sendable (Document) -> Customer.ID?) -> Expansion {
    Expansion(name: "customer", kind: .customer(id))
  }

  package static func part(_ id: @escaping @Sendable (Document) -> Part.ID?) -> Expansion {
    Expansion(name: "part", kind: .part(id))
  }

  package static func station(_ id: @escaping @Sendable (Document) -> Station.ID?) -> Expansion {
    Expansion(name: "station", kind: .station(id))
  }

  package static func vehicle(_ id: @escaping @Sendable (Document) -> Vehicle.ID?) -> Expansion {
    Expansion(name: "vehicle", kind: .vehicle(id))
  }

  package static func workOrder(_ id: @escaping @Sendable (Document) -> WorkOrder.ID?) -> Expansion {
    Expansion(name: "workOrder", kind: .workOrder(id))
  }

  fileprivate func want(_ document: Document, _ wanted: inout RelatedDocuments.Wanted) {
    switch kind {
    case .customer(let id): if let id = id(document) { wanted.customers.insert(id) }
    case .part(let id): if let id = id(document) { wanted.parts.insert(id) }
    case .station(let id): if let id = id(document) { wanted.stations.insert(id) }
    case .vehicle(let id): if let id = id(document) { wanted.vehicles.insert(id) }
    case .workOrder(let id): if let id = id(document) { wanted.workOrders.insert(id) }
    }
  }

  /// `null` where the document names none, and where the caller does not see it.
  fileprivate func value(
    of document: Document, _ related: RelatedDocuments, for caller: Caller
  ) -> any JSONWritable & Sendable {
    switch kind {
    case .customer(let id): id(document).flatMap { related.customers[$0] }
    case .part(let id): id(document).flatMap { related.parts[$0] }
    case .station(let id):
      id(document).flatMap { related.stations[$0] }.map { StationView($0, for: caller.exercising(.stationsRead)) }
    case .vehicle(let id): id(document).flatMap { related.vehicles[$0] }
    case .workOrder(let id):
      id(document).flatMap { related.workOrders[$0] }.map {
        WorkOrderView($0, for: caller.exercising(.workOrdersRead), isSummary: true)
      }
    }
  }
}

/// A document with what `expand` adds to it.
package struct ExpandedView<View: JSONWritable & Sendable>: JSONWritable, Sendable {
  fileprivate let view: View
  fileprivate let members: [(name: String, value: any JSONWritable & Sendable)]

  package func write(to json: inout JSONWriter) {
    json.adding(members.map { ($0.name, $0.value) }) { view.write(to: &$0) }
  }
}

extension DocumentRoutes {
  /// The members that the request asks for.
  ///
  /// - Throws: 400 for one that the family does not offer, one given twice and more than five.
  func expansions(_ call: Call) throws -> [Expansion<Service.Document>] {
    let offered = Self.expansions
    if offered.isEmpty { return [] }
    let names = try call.expand(offered.map(\.name))
    return offered.filter { names.contains($0.name) }
  }

  /// The views with what `expand` asks for beside the identities: one statement for each kind, however many documents.
  func expanded(
    _ views: [View], of documents: [Service.Document], _ members: [Expansion<Service.Document>], _ call: Call
  ) async throws -> [ExpandedView<View>] {
    var wanted = RelatedDocuments.Wanted()
    for document in documents { for member in members { member.want(document, &wanted) } }
    let related = try await service.related(wanted, call.caller)
    return zip(views, documents).map { view, document in
      ExpandedView(
        view: view,
        members: members.map { ($0.name, $0.value(of: document, related, for: call.caller)) })
    }
  }
}
