import Domain
import NIOCore
import NIOHTTP1

/// Holds clients to their deadlines, in front of Hummingbird (quality.md §0 findings 4 and 5, R16, R17): slow headers,
/// slow bodies, clients that do not read, bodies that go on after their answer. One timer a connection, which looks at
/// least every ten seconds.
final class ConnectionGuard: ChannelDuplexHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias InboundOut = HTTPServerRequestPart
  typealias OutboundIn = HTTPServerResponsePart
  typealias OutboundOut = HTTPServerResponsePart

  private static let lookInterval = TimeAmount.seconds(10)

  private let limits: ConnectionLimits
  private var timeline: ConnectionTimeline
  private var timer: Scheduled<Void>?
  private var timerDue = NIODeadline.distantFuture
  private var context: ChannelHandlerContext?
  /// Head of the oldest request without an answer, for the answers that are written here.
  private var pending: HTTPRequestHead?
  /// The newest request waits for 100 Continue.
  private var awaitsInvitation = false
  /// The newest request asked for it, or is HTTP/1.0.
  private var closesAfterNewest = false
  /// The answer that is being written is the last one.
  private var closesAfterAnswer = false
  /// An answer was written here: what the product still says goes nowhere.
  private var isFinished = false

  init(_ limits: ConnectionLimits, now: NIODeadline) {
    self.limits = limits
    timeline = ConnectionTimeline(limits, now: now)
  }

  func handlerAdded(context: ChannelHandlerContext) {
    self.context = context
    look()
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    timer?.cancel()
    timer = nil
    self.context = nil
  }

  func channelInactive(context: ChannelHandlerContext) {
    timer?.cancel()
    timer = nil
    context.fireChannelInactive()
  }

  // MARK: In

  /// Bytes from the wire, before they are parsed.
  ///
  /// - Returns: whether anybody wants them.
  func received(bytes: Int) -> Bool {
    guard let context else { return false }
    let isWanted = timeline.received(bytes: bytes, now: context.eventLoop.now) && !isFinished
    if !isWanted { look() }
    return isWanted
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head(let head):
      timeline.headerRead(now: context.eventLoop.now)
      if pending == nil { pending = head }
      guard Self.namesOneHost(head) else { return refuse(with: .malformedRequest, context) }
      closesAfterNewest = !head.isKeepAlive
      invite(head, context)
    case .body:
      break
    case .end:
      timeline.requestRead(now: context.eventLoop.now)
    }
    if !isFinished { context.fireChannelRead(data) }
  }

  func channelReadComplete(context: ChannelHandlerContext) {
    // Most requests are complete by now and need no timer.
    if timeline.isReading { look() }
    context.fireChannelReadComplete()
  }

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    timeline.writability(context.channel.isWritable, now: context.eventLoop.now)
    if !context.channel.isWritable { look() }
    context.fireChannelWritabilityChanged()
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if event is ChannelShouldQuiesceEvent {
      timeline.shutDown(now: context.eventLoop.now)
      look()
    }
    if case .some(.inputClosed) = event as? ChannelEvent, timeline.isLingering {
      context.close(promise: nil)
      return
    }
    context.fireUserInboundEventTriggered(event)
  }

  /// What the parser did not understand is answered here, because no request came of it.
  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    if let parserError = error as? HTTPParserError {
      refuse(with: parserError == .headerOverflow ? .headersTooLarge : .malformedRequest, context)
    }
    context.fireErrorCaught(error)
  }

  /// RFC 9112 §3.2: two servers that each believe another of two hosts, or their own where none is named, would disagree on whose
  /// request it is.
  private static func namesOneHost(_ head: HTTPRequestHead) -> Bool {
    head.version != .http1_1 || head.headers["host"].count == 1
  }

  /// RFC 9110 §10.1.1. A body that is announced as too large is not invited: the answer follows at once.
  private func invite(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
    awaitsInvitation = false
    guard head.version == .http1_1, let expectation = head.headers.first(name: "expect"),
      expectation.lowercased() == "100-continue"
    else { return }
    let length = head.headers.first(name: "content-length").flatMap { Int($0) } ?? 0
    guard length <= limits.continueBytes else {
      awaitsInvitation = true
      return
    }
    sayContinue(context)
  }

  private func sayContinue(_ context: ChannelHandlerContext) {
    context.writeAndFlush(wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: .continue))), promise: nil)
  }

  /// A handler is about to read a body that streams: it gets another allowance, and a large one is invited only now.
  private func allow(_ allowance: BodyAllowance, _ context: ChannelHandlerContext) {
    timeline.allow(allowance, now: context.eventLoop.now)
    if awaitsInvitation, timeline.isReadingAnsweredRequest, !isFinished {
      awaitsInvitation = false
      sayContinue(context)
    }
    look()
  }

  // MARK: Out

  func triggerUserOutboundEvent(context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?) {
    guard let allowance = event as? BodyAllowance else {
      return context.triggerUserOutboundEvent(event, promise: promise)
    }
    allow(allowance, context)
    promise?.succeed()
  }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    guard !isFinished else {
      promise?.fail(ChannelError.ioOnClosedChannel)
      return
    }
    switch unwrapOutboundIn(data) {
    case .head(var head):
      guard head.status.code >= 200 else { return context.write(data, promise: promise) }
      timeline.answerBegun()
      pending = nil
      // An answer before the end of the request: the rest of the body must not be read as long as the client likes to
      // send.
      closesAfterAnswer = timeline.isReadingAnsweredRequest || closesAfterNewest && timeline.open <= 1
      if closesAfterAnswer { head.headers.replaceOrAdd(name: "connection", value: "close") }
      context.write(wrapOutboundOut(.head(head)), promise: promise)
    case .body:
      context.write(data, promise: promise)
    case .end:
      timeline.answerWritten(now: context.eventLoop.now)
      context.write(data, promise: promise)
      if closesAfterAnswer {
        isFinished = true
        linger(context)
      }
    }
  }

  func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
    if mode == .output {
      timeline.linger(now: context.eventLoop.now)
      look()
    }
    context.close(mode: mode, promise: promise)
  }

  /// Answers in the product's place and closes. Without an open request of its own the answer belongs to nobody else's.
  private func refuse(with type: ProblemType, _ context: ChannelHandlerContext) {
    guard !isFinished else { return }
    guard !timeline.isAnswering, timeline.open <= 1 else {
      isFinished = true
      return context.close(promise: nil)
    }
    isFinished = true
    let requestID = RequestIdentity.requestID(pending?.headers.first(name: "x-request-id"))
    let trace = TraceContext(traceparent: pending?.headers.first(name: "traceparent"))
    let path = pending.map { $0.uri.prefix { $0 != "?" } } ?? ""
    let headers = type.status == 503 ? [Answer.Header.retryAfter(1)] : []
    let answer = Problem(type, headers: headers)
      .answer(instance: String(path), requestID: requestID, traceID: trace.traceID)
    var fields = HTTPHeaders(answer.headers.map { ($0.name, $0.value) })
    fields.add(name: "cache-control", value: "no-store")
    fields.add(name: "connection", value: "close")
    fields.add(name: "content-length", value: "\(answer.body.count)")
    fields.add(name: "content-security-policy", value: "frame-ancestors 'none'; default-src 'none'")
    fields.add(name: "referrer-policy", value: "no-referrer")
    fields.add(name: "x-content-type-options", value: "nosniff")
    fields.add(name: "x-frame-options", value: "DENY")
    fields.add(name: "x-request-id", value: requestID)
    let head = HTTPResponseHead(
      version: .http1_1, status: HTTPResponseStatus(statusCode: answer.status), headers: fields)
    context.write(wrapOutboundOut(.head(head)), promise: nil)
    context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: answer.body)))), promise: nil)
    context.write(wrapOutboundOut(.end(nil)), promise: nil)
    linger(context)
  }

  /// Says that nothing more will come, and gives the client a moment to notice.
  private func linger(_ context: ChannelHandlerContext) {
    context.flush()
    timeline.linger(now: context.eventLoop.now)
    context.close(mode: .output, promise: nil)
    look()
  }

  // MARK: Time

  private func look() {
    guard let context else { return }
    let now = context.eventLoop.now
    switch timeline.verdict(now: now) {
    case .wait(let due): schedule(at: min(due, now + Self.lookInterval), context)
    case .close: context.close(promise: nil)
    case .refuse(.slowHeader), .refuse(.slowBody): refuse(with: .requestTimeout, context)
    case .refuse(.noAnswer):
      // What goes on behind the late answer may still take effect (quality R5).
      let isRead = pending.map { [.GET, .HEAD, .OPTIONS].contains($0.method) } ?? true
      refuse(with: isRead ? .unavailable : .outcomeUnknown, context)
    }
  }

  private func schedule(at due: NIODeadline, _ context: ChannelHandlerContext) {
    if timer != nil, timerDue <= due { return }
    timer?.cancel()
    timerDue = due
    timer = context.eventLoop.assumeIsolated().scheduleTask(deadline: due) { [weak self] in
      guard let self else { return }
      timer = nil
      look()
    }
  }
}

/// Tells the guard of bytes before the parser sees them.
final class WireTap: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = ByteBuffer

  private let guardian: ConnectionGuard

  init(_ guardian: ConnectionGuard) { self.guardian = guardian }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    if guardian.received(bytes: unwrapInboundIn(data).readableBytes) { context.fireChannelRead(data) }
  }
}
