/// An active webhook with its place in the log, and what it may hear of now.
package struct WebhookStanding: Sendable {
  package let webhook: Webhook
  package let place: EventPosition
  /// Of the webhook's station; `nil`: it has none.
  private let station: Station.State?
  /// `nil`: there is nobody any more by whose rights it could live.
  private let subscriber: Caller?

  package init(webhook: Webhook, place: EventPosition, station: Station.State?, subscriber: Caller?) {
    self.webhook = webhook
    self.place = place
    self.station = station
    self.subscriber = subscriber
  }

  /// What a webhook sees: its station, or the network.
  package static func scope(of webhook: Webhook) -> Scope { webhook.stationID.map { .station($0) } ?? .network }

  /// Why it is to end.
  package var end: Webhook.DisabledReason? {
    if station == .terminated { return .stationTerminated }
    guard let subscriber, subscriber.may(.eventsRead), subscriber.scope.covers(webhook.stationID) else {
      return .subscriberEnded
    }
    return nil
  }

  /// A suspended station's waits where it is.
  package var isHeld: Bool { station == .suspended }

  /// What it was granted, as far as the subscriber still hears of it himself.
  package var resources: Set<Resource> {
    subscriber.map { webhook.grantedResources.intersection($0.audibleResources) } ?? []
  }
}
