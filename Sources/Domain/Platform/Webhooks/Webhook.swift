package import FoundationEssentials

/// A subscription that is sent the events of the log (ANN-08, C-30; domain.md section 13).
package struct Webhook: LifecycleDocument, ExternallyIdentified {
  package typealias ID = Identifier<Webhook>

  package enum State: String, Hashable, Sendable, CaseIterable {
    case active, paused, disabled
  }

  package enum Action: String, Hashable, Sendable, CaseIterable {
    case pause, resume, disable, ping, replay, rotateSecret
  }

  /// Why nothing is sent any more.
  package enum DisabledReason: String, Hashable, Sendable, CaseIterable {
    case byHand
    /// The receiver answered 410.
    case gone
    /// Nothing got through for three days.
    case failing
    /// The user, machine client or token by whose rights it lives has none any more.
    case subscriberEnded
    case stationTerminated
  }

  package static let resource = Resource.webhook
  package static var lifecycle: Lifecycle<Webhook> { WebhookLifecycle.table }

  package let id: ID
  /// Whose events it is sent; `nil`: the whole network's.
  package let stationID: Station.ID?
  /// By whose rights it lives.
  package let subscriberID: UUID
  /// The kinds of document whose events it was granted: never more than those who created and changed it heard of themselves.
  package private(set) var grantedResources: Set<Resource>
  package private(set) var content: WebhookContent
  package internal(set) var state: State
  package internal(set) var disabledAt: Timestamp?
  package internal(set) var disabledBecause: DisabledReason?
  package internal(set) var secretRotatedAt: Timestamp
  package internal(set) var pingedAt: Timestamp?
  /// How often a range was asked for again; the number of the latest one.
  package internal(set) var replays: Int
  package var revision: Revision

  package var designation: String? { nil }
  package var audience: Audience { stationID.map { .station($0) } ?? .headquarters }
  package var externalIDs: [String: String] {
    get { content.externalIDs }
    set { content.externalIDs = newValue }
  }

  package init(
    id: ID, stationID: Station.ID?, subscriberID: UUID, grantedResources: Set<Resource>, content: WebhookContent,
    state: State, disabledAt: Timestamp?, disabledBecause: DisabledReason?, secretRotatedAt: Timestamp,
    pingedAt: Timestamp?, replays: Int, version: Int, stamp: RecordStamp
  ) {
    self.id = id
    self.stationID = stationID
    self.subscriberID = subscriberID
    self.grantedResources = grantedResources
    self.content = content
    self.state = state
    self.disabledAt = disabledAt
    self.disabledBecause = disabledBecause
    self.secretRotatedAt = secretRotatedAt
    self.pingedAt = pingedAt
    self.replays = replays
    self.revision = Revision(version: version, stamp: stamp)
  }

  /// A new one, with the grants of its creator.
  package init(
    _ content: WebhookContent, at station: Station.ID?, by caller: Caller, _ subscriber: UUID, at instant: Timestamp
  ) {
    self.init(
      id: .new(at: instant), stationID: station, subscriberID: subscriber, grantedResources: caller.audibleResources,
      content: content, state: .active, disabledAt: nil, disabledBecause: nil, secretRotatedAt: instant, pingedAt: nil,
      replays: 0, version: 1, stamp: RecordStamp(by: caller, at: instant))
  }

  /// Says something else from now on. Whoever changes where events go, or which, hears them himself: what he may not hear the
  /// subscription is not sent any more either.
  package mutating func rewrite(as content: WebhookContent, by caller: Caller) {
    if content.url != self.content.url || content.eventTypes != self.content.eventTypes {
      grantedResources.formIntersection(caller.audibleResources)
    }
    self.content = content
  }

  package func changes(from before: Webhook?) -> [FieldChange] {
    var comparison = FieldComparison()
    comparison.field("url", before?.content.url, content.url)
    comparison.field("description", before?.content.description, content.description)
    comparison.field(
      "eventTypes", before?.content.eventTypes.map(\.text) ?? [], content.eventTypes.map(\.text))
    comparison.field(
      "grantedResources", before?.grantedResources.map(\.rawValue).sorted() ?? [],
      grantedResources.map(\.rawValue).sorted())
    comparison.field("stationId", before?.stationID, stationID)
    comparison.choice("state", before?.state, state)
    comparison.choice("disabledBecause", before?.disabledBecause, disabledBecause)
    comparison.field("secretRotatedAt", before?.secretRotatedAt, secretRotatedAt)
    comparison.field("pingedAt", before?.pingedAt, pingedAt)
    comparison.field("replays", before?.replays, replays)
    comparison.field("externalIds", before?.externalIDs ?? [:], externalIDs)
    return comparison.changes
  }
}

/// What a body says of a webhook.
package struct WebhookContent: Hashable, Sendable {
  package var url: String
  /// 1 to 50.
  package var eventTypes: [WebhookEventType]
  package var description: String?
  package var externalIDs: [String: String]

  package init(url: String, eventTypes: [WebhookEventType], description: String?, externalIDs: [String: String]) {
    self.url = url
    self.eventTypes = eventTypes
    self.description = description
    self.externalIDs = externalIDs
  }
}

/// Which events are wanted: `*`, `workOrder.*`, `*.cancelled` or `workOrder.delivered`, with or without the version that the envelope adds.
package struct WebhookEventType: Hashable, Sendable {
  /// Without version.
  package let text: String
  private let noun: Substring?
  private let verb: Substring?

  /// `nil`: `*`.
  package init?(_ written: String) {
    let text = written.hasSuffix(".v1") ? String(written.dropLast(3)) : written
    self.text = text
    if text == "*" {
      (noun, verb) = (nil, nil)
      return
    }
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 2, text.utf8.count <= 100, parts.allSatisfy(Self.isWord) else { return nil }
    noun = parts[0] == "*" ? nil : parts[0]
    verb = parts[1] == "*" ? nil : parts[1]
  }

  private static func isWord(_ part: Substring) -> Bool {
    part == "*"
      || !part.isEmpty
        && part.utf8.allSatisfy {
          (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0)
        }
  }

  /// - Parameter type: of an event, without version.
  package func matches(_ type: String) -> Bool {
    let parts = type.split(separator: ".", maxSplits: 1)
    guard parts.count == 2 else { return false }
    return (noun == nil || noun == parts[0]) && (verb == nil || verb == parts[1])
  }
}

/// What a list of webhooks can be narrowed by.
package struct WebhookFilter: Hashable, Sendable {
  package var stationID: Station.ID?
  /// Any of these; empty is no condition.
  package var states: [Webhook.State] = []

  package init() {}
}
