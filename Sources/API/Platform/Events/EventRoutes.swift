package import Domain
import FoundationEssentials
package import Services

/// The change feed over HTTP, with the envelopes that webhooks send (C-29).
package struct EventRoutes: Sendable {
  /// Seconds that a request may wait; below what proxies commonly allow an answer.
  static let longestWait = 30

  private let feed: EventFeedService

  package init(_ feed: EventFeedService) { self.feed = feed }

  package func add(to api: inout RouteTable) {
    api.add(
      Operation(
        .get, "/v1/events", .permission(EventFeedService.reading), criticality: .list, readsPast: false, isPatient: true
      ),
      list)
  }

  @Sendable private func list(_ call: Call) async throws -> Answer {
    let query = call.query
    var filter = EventFilter()
    filter.resources = Set(try query.anyOf("resource", Resource.self))
    filter.types = try query.text("type", max: 1000)?.split(separator: ",").map(Self.type) ?? []
    let place = try place(query.text("after", max: 300), call)
    let limit = try query.integer("limit", 1...500) ?? 100
    let wait = try query.integer("wait", 0...Self.longestWait) ?? 0
    try query.finish()
    let slice = try await feed.events(
      after: place, of: filter, limit: limit, waiting: .seconds(wait), call.caller)
    return Answer.ok(
      EventSliceView(slice, next: call.facts.cursors.encode(Self.cursor(slice.end), context: Self.context)))
  }

  /// With or without the version that the envelope adds.
  private static func type(_ word: Substring) -> String {
    word.hasSuffix(EventEnvelope.version) ? String(word.dropLast(EventEnvelope.version.count)) : String(word)
  }

  private static let context = Array("events".utf8)

  /// - Returns: `nil` for `now`.
  private func place(_ after: String?, _ call: Call) throws -> EventPosition? {
    guard let after else { return .start }
    if after == "now" { return nil }
    guard let cursor = call.facts.cursors.decode(after, context: Self.context), cursor.keys.count == 2,
      let transaction = cursor.keys[0].flatMap({ UInt64($0) }), let position = cursor.keys[1].flatMap({ Int64($0) })
    else { throw Problem.parameter("after", .invalidFormat, "must be a nextCursor of the feed, or now") }
    return EventPosition(transaction, position)
  }

  private static func cursor(_ place: EventPosition) -> Cursor {
    Cursor(
      keys: ["\(place.transaction)", "\(place.position)"],
      id: UUID(uuid: (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)), backward: false)
  }
}

private struct EventSliceView: JSONWritable {
  private let slice: EventSlice
  private let next: String

  init(_ slice: EventSlice, next: String) {
    self.slice = slice
    self.next = next
  }

  func write(to json: inout JSONWriter) {
    json.object { json in
      json.field("hasMore", slice.hasMore)
      json.array("items", slice.events) { json, event in EventEnvelope(event).write(to: &json) }
      json.field("nextCursor", next)
    }
  }
}

/// One event as CloudEvents 1.0.2 in structured mode (C-29): who needs more than identity, state and the names of what changed
/// reads the document with his own rights.
package struct EventEnvelope: JSONWritable {
  static let version = ".v1"

  private let event: Event

  package init(_ event: Event) { self.event = event }

  package func write(to json: inout JSONWriter) {
    let change = event.change
    json.object { json in
      json.object("data") { json in
        json.array("changedFields", change.changes) { $0.string($1.field) }
        json.field("id", change.id)
        json.field("number", change.number)
        json.field("resource", change.resource)
        json.field("state", event.state)
        json.field("stationId", change.station)
        json.field("version", change.version)
      }
      json.field("datacontenttype", "application/json")
      json.field("id", event.id)
      // Grows with every event of a subject, because its row is locked while it changes; text, ordered as text.
      json.field(
        "sequence", String(repeating: "0", count: max(0, 19 - "\(event.position)".count)) + "\(event.position)")
      json.field("source", "/after-sales")
      json.field("specversion", "1.0")
      json.field("subject", "\(change.resource.collection)/\(change.id.canonical)")
      json.field("time", event.at)
      json.field("traceparent", event.traceparent)
      json.field("type", change.type + Self.version)
    }
  }
}
