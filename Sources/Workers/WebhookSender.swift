package import Domain
import FoundationEssentials
package import Logging
import ServiceLifecycle
package import Services
import Synchronization

/// Sends what webhooks are due (C-30), beside the jobs, because a receiver may take its time: many at once, few to each. Any number of
/// instances may run; the rows in the database decide who sends what.
package struct WebhookSender: Service {
  package struct Limits: Sendable {
    /// Requests under way at a time.
    package let concurrent: Int
    /// Between two looks when there is nothing to do.
    package let rest: Duration

    package init(concurrent: Int = 64, rest: Duration = .seconds(1)) {
      self.concurrent = concurrent
      self.rest = rest
    }
  }

  private let dispatch: WebhookDispatch
  private let transport: WebhookTransport
  private let envelope: @Sendable (Event) -> [UInt8]
  private let limits: Limits
  private let logger: Logger

  /// - Parameter envelope: the body that an event is sent as, which is that of the feed (C-29).
  package init(
    _ dispatch: WebhookDispatch, _ transport: WebhookTransport, limits: Limits = Limits(), logger: Logger,
    envelope: @escaping @Sendable (Event) -> [UInt8]
  ) {
    self.dispatch = dispatch
    self.transport = transport
    self.limits = limits
    self.logger = logger
    self.envelope = envelope
  }

  /// Until graceful shutdown: what is under way then is given back, and sent again by whoever comes next. Errors, the
  /// database's too, are logged and tried again.
  package func run() async throws {
    await cancelWhenGracefulShutdown { await work() }
  }

  private func work() async {
    let underWay = Counter()
    await withDiscardingTaskGroup { group in
      while !Task.isCancelled {
        var isBusy = false
        do {
          isBusy = try await dispatch.advance()
          for claim in try await dispatch.claim(atMost: limits.concurrent - underWay.value) {
            isBusy = true
            underWay.add(1)
            group.addTask {
              await deliver(claim)
              underWay.add(-1)
            }
          }
        } catch is CancellationError {
          break
        } catch {
          isBusy = false
          logger.warning("webhooks cannot be looked for", metadata: ["error": "\(error)"])
        }
        if !isBusy { try? await Task.sleep(for: limits.rest) }
      }
    }
  }

  /// Everything that is due now, once: for tests and single steps.
  /// - Returns: attempts that were made.
  @discardableResult
  package func sendDue() async throws -> Int {
    while try await dispatch.advance() {}
    var count = 0
    while true {
      let claims = try await dispatch.claim(atMost: limits.concurrent)
      if claims.isEmpty { return count }
      count += claims.count
      await withDiscardingTaskGroup { group in
        for claim in claims { group.addTask { await deliver(claim) } }
      }
    }
  }

  private func deliver(_ claim: WebhookClaim) async {
    var logger = logger
    logger[metadataKey: "webhook"] = "\(claim.webhookID)"
    do {
      let body = envelope(claim.event)
      let started = dispatch.now()
      let clock = ContinuousClock()
      let begin = clock.now
      let result: WebhookTransport.Result
      do {
        result = try await transport.post(body, to: claim.url, headers: Self.headers(claim, body, at: started))
      } catch {
        // It may have arrived all the same: the identity says so to the receiver.
        await giveBack(claim, logger)
        return
      }
      let took = begin.duration(to: clock.now).components
      let milliseconds = Int(took.seconds * 1000 + took.attoseconds / 1_000_000_000_000_000)
      // What came of it is written down even when the process is about to end.
      let settling = Task.detached { [dispatch] in
        try await dispatch.settle(
          claim, result.outcome, startedAt: started, milliseconds: milliseconds, answer: result.answer)
      }
      let reason = try await settling.value
      if let reason {
        logger.error("a webhook was disabled", metadata: ["because": "\(reason.rawValue)"])
      } else if !result.outcome.isSuccess {
        logger.info("a webhook was not delivered", metadata: ["attempt": "\(claim.attempt)"])
      }
    } catch {
      // Its lease ends by itself.
      logger.warning("the outcome of a webhook could not be written down", metadata: ["error": "\(error)"])
    }
  }

  private func giveBack(_ claim: WebhookClaim, _ logger: Logger) async {
    // The task is cancelled; what it holds is given back all the same.
    let release = Task.detached { [dispatch] in try await dispatch.release(claim) }
    do { try await release.value } catch {
      logger.debug("an attempt was not given back", metadata: ["error": "\(error)"])
    }
  }

  private static func headers(
    _ claim: WebhookClaim, _ body: [UInt8], at instant: Timestamp
  ) -> [(name: String, value: String)] {
    let id = claim.event.id.description
    let seconds = instant.milliseconds / 1000
    var headers = [
      (name: "content-type", value: "application/cloudevents+json; charset=utf-8"),
      (name: "user-agent", value: "aftersales-webhooks"),
      (name: "webhook-id", value: id),
      (name: "webhook-timestamp", value: "\(seconds)"),
      (
        name: "webhook-signature",
        value: WebhookSignature.header(id: id, seconds: seconds, body: body, secrets: claim.secrets)
      ),
    ]
    if let traceparent = claim.event.traceparent { headers.append((name: "traceparent", value: traceparent)) }
    return headers
  }

  private final class Counter: Sendable {
    private let count = Mutex(0)
    var value: Int { count.withLock { $0 } }
    func add(_ number: Int) { count.withLock { $0 += number } }
  }
}

extension [Job] {
  /// What is left of webhooks' deliveries.
  package static func webhooks(_ service: WebhookHousekeeping) -> [Job] {
    [Job("purgeWebhookDeliveries", everySeconds: 3600, step: service.purge)]
  }
}
