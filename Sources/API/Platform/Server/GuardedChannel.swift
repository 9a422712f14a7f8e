import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1

/// Hummingbird's HTTP/1.1 channel with our guard around its parser.
struct GuardedChannel: ServerChildChannel {
  typealias Value = HTTP1Channel.Value

  private let inner: HTTP1Channel
  private let limits: ConnectionLimits
  private let census: ConnectionCensus
  private let executor: (any TaskExecutor)?

  /// - Parameter executor: where requests are worked on; `nil`: the global pool.
  init(
    responder: @escaping HTTPChannelHandler.Responder, limits: ConnectionLimits, census: ConnectionCensus,
    executor: (any TaskExecutor)?
  ) {
    self.executor = executor
    // Idle time and deadlines are the guard's.
    inner = HTTP1Channel(
      responder: responder,
      configuration: .init(
        httpDecoderConfiguration: .init(
          maxHeaderFieldSize: limits.headerBytes, maxHeaderListSize: limits.headerBytes,
          maxHeaderFieldCount: limits.headerCount)))
    self.limits = limits
    self.census = census
  }

  func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
    let address = channel.remoteAddress?.ipAddress ?? ""
    let isWelcome = census.enter(address, limits)
    if isWelcome { channel.closeFuture.whenComplete { [census] _ in census.leave(address) } }
    return inner.setup(channel: channel, logger: logger).flatMapThrowing { value in
      let pipeline = channel.pipeline.syncOperations
      let guardian = ConnectionGuard(limits, now: channel.eventLoop.now)
      let decoder = try pipeline.handler(type: ByteToMessageHandler<HTTPRequestDecoder>.self)
      try pipeline.addHandler(guardian, position: .after(decoder))
      try pipeline.addHandler(WireTap(guardian), position: .first)
      // A failed set-up would end the listener; a channel that is closed at once ends only itself.
      if !isWelcome { channel.close(promise: nil) }
      return value
    }
  }

  func handle(value: Value, logger: Logger) async {
    await withTaskExecutorPreference(executor) { await inner.handle(value: value, logger: logger) }
  }
}
