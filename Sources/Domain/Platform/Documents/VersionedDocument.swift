/// Who sees a document and what happens to it (domain.md section 2).
package enum Audience: Hashable, Sendable {
  /// Everybody whose scope covers the station.
  case station(Station.ID)
  /// Callers of the whole network only.
  case headquarters
  /// Every scope: reference data, vehicles.
  case network

  package var station: Station.ID? {
    switch self {
    case .station(let id): id
    case .headquarters, .network: nil
    }
  }
}

/// A document with a version, a history and an address: what every family has in common, record or life cycle.
package protocol VersionedDocument: Hashable, Sendable {
  static var resource: Resource { get }

  var id: Identifier<Self> { get }
  /// What people call it and what a path may name it by: number, code, VIN (C-03).
  var designation: String? { get }
  /// 1 for a new document, one more with every change (C-16).
  var version: Int { get }
  var audience: Audience { get }

  /// The next version, changed by this caller.
  func revised(by caller: Caller, at instant: Timestamp) -> Self
  /// What changed since `before` (`nil`: everything is new), field by field; of personal data only that it changed.
  func changes(from before: Self?) -> [FieldChange]
}

/// A document that changes, and counts its changes.
package protocol RevisedDocument: VersionedDocument {
  /// Set by ``VersionedDocument/revised(by:at:)`` alone: every stored change is one revision.
  var revision: Revision { get set }
}

extension RevisedDocument {
  package var version: Int { revision.version }
  package var stamp: RecordStamp { revision.stamp }

  package func revised(by caller: Caller, at instant: Timestamp) -> Self {
    var document = self
    document.revision = revision.next(by: caller, at: instant)
    return document
  }
}

/// A document that is written once: what comes later stands in documents of its own.
package protocol ImmutableDocument: VersionedDocument {}

extension ImmutableDocument {
  package var version: Int { 1 }
  package func revised(by caller: Caller, at instant: Timestamp) -> Self { self }
}

/// A document whose life follows a transition table.
package protocol LifecycleDocument: RevisedDocument, Living {
  static var lifecycle: Lifecycle<Self> { get }

  /// Checks state and guards and moves the state: an action that does nothing else.
  ///
  /// - Throws: `Refusal.transition`, `.guardFailed`.
  mutating func take(_ action: Action, outcome: String?, by subject: Subject) throws(Refusal) -> Transition<Self>
}

extension VersionedDocument {
  /// An event about this document as it is now.
  package func event(
    _ type: String, reason: String? = nil, changes: [FieldChange] = [], data: [String: EventValue] = [:]
  ) -> Change {
    Change(
      type: type, resource: Self.resource, id: id.uuid, number: designation, version: version,
      station: audience.station, networkWide: audience == .network, reason: reason, changes: changes, data: data)
  }
}

/// The events of one change of one document, in order. The first is the change itself and carries the fields that changed;
/// the others tell other families to begin something.
package struct Effects: Hashable, Sendable {
  private var types: [String]
  private var data: [String: [String: EventValue]]
  /// In the caller's words.
  package var reason: String?

  /// - Parameter data: of the first event.
  package init(_ types: [String], reason: String? = nil, data: [String: EventValue] = [:]) {
    self.types = types
    self.reason = reason
    self.data = types.first.map { [$0: data] } ?? [:]
  }

  /// The events that the row of a transition table names.
  package init(_ row: Transition<some Living>, reason: String? = nil, data: [String: EventValue] = [:]) {
    self.init(row.effects, reason: reason, data: data)
  }

  /// What one of the events tells its consumers beside the identity.
  package subscript(type: String) -> [String: EventValue] {
    get { data[type] ?? [:] }
    set { data[type] = newValue }
  }

  /// Leaves out an event for which there is no occasion this time.
  package mutating func omit(_ type: String) { types.removeAll { $0 == type } }

  package func events<Document: VersionedDocument>(of document: Document, from before: Document?) -> [Change] {
    types.enumerated().map { place, type in
      document.event(
        type, reason: reason, changes: place == 0 ? document.changes(from: before) : [], data: self[type])
    }
  }
}
