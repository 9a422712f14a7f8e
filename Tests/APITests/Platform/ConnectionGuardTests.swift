import NIOCore
import NIOEmbedded
import NIOHTTP1
import Testing

@testable import API

/// The guard in front of NIO's own parser, with time in the test's hand. Everything runs on the test's thread.
private struct Wire {
  let channel = EmbeddedChannel()
  var loop: EmbeddedEventLoop { channel.embeddedEventLoop }

  init(_ limits: ConnectionLimits = ConnectionLimits()) throws {
    let guardian = ConnectionGuard(limits, now: channel.eventLoop.now)
    let pipeline = channel.pipeline.syncOperations
    try pipeline.addHandler(HalfOpen())
    try pipeline.addHandler(WireTap(guardian))
    try pipeline.addHandler(HTTPResponseEncoder())
    try pipeline.addHandler(ByteToMessageHandler(HTTPRequestDecoder()))
    try pipeline.addHandler(guardian)
    try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
  }

  func send(_ text: String) throws {
    // Parse errors come back here too; what counts is what the guard wrote.
    _ = try? channel.writeInbound(ByteBuffer(string: text))
  }

  func answer(_ status: HTTPResponseStatus = .ok) {
    let head = HTTPResponseHead(version: .http1_1, status: status, headers: ["content-length": "0"])
    channel.write(HTTPServerResponsePart.head(head), promise: nil)
    channel.writeAndFlush(HTTPServerResponsePart.end(nil), promise: nil)
    loop.run()
  }

  /// Everything written so far.
  func written() throws -> String {
    var text = ""
    while let buffer = try channel.readOutbound(as: ByteBuffer.self) { text += String(buffer: buffer) }
    return text
  }

  func parts() throws -> Int {
    var count = 0
    while try channel.readInbound(as: HTTPServerRequestPart.self) != nil { count += 1 }
    return count
  }
}

/// A socket that can be closed for writing alone; the embedded channel would close as a whole.
private final class HalfOpen: ChannelOutboundHandler {
  typealias OutboundIn = ByteBuffer

  func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
    if mode == .output { promise?.succeed() } else { context.close(mode: mode, promise: promise) }
  }
}

@Suite struct ConnectionGuardTests {
  private let get = "GET / HTTP/1.1\r\nhost: a\r\n\r\n"

  @Test("a header that is dripped ends after ten seconds, however it drips (R16)")
  func slowHeader() throws {
    let wire = try Wire()
    for unit in "GET / HTTP" {
      try wire.send(String(unit))
      wire.loop.advanceTime(by: .milliseconds(990))
    }
    #expect(try wire.written() == "")
    wire.loop.advanceTime(by: .milliseconds(200))
    let text = try wire.written()
    #expect(
      text.hasPrefix("HTTP/1.1 408 ") && text.contains("connection: close")
        && text.contains("/problems/request-timeout"))
    wire.loop.advanceTime(by: .seconds(2))
    #expect(!wire.channel.isActive)
  }

  @Test("a body ends after thirty seconds, and sooner below 1 KiB a second (R16)")
  func slowBody() throws {
    let head = "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1000000\r\n\r\n"
    let dripping = try Wire()
    try dripping.send(head)
    for _ in 0..<4 {
      try dripping.send("x")
      dripping.loop.advanceTime(by: .seconds(1))
    }
    #expect(try dripping.written() == "")
    dripping.loop.advanceTime(by: .seconds(2))
    #expect(try dripping.written().hasPrefix("HTTP/1.1 408 "))

    let steady = try Wire()
    try steady.send(head)
    for _ in 0..<29 {
      try steady.send(String(repeating: "x", count: 1200))
      steady.loop.advanceTime(by: .seconds(1))
    }
    #expect(try steady.written() == "")
    try steady.send(String(repeating: "x", count: 1200))
    steady.loop.advanceTime(by: .seconds(1))
    #expect(try steady.written().hasPrefix("HTTP/1.1 408 "))
  }

  @Test("after an early answer at most 256 KiB are read, and the connection closes (R17)")
  func earlyAnswer() throws {
    let wire = try Wire()
    try wire.send("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 10000000\r\n\r\n0123456789")
    #expect(try wire.parts() == 2)
    wire.answer(.payloadTooLarge)
    #expect(try wire.written().contains("connection: close"))
    for _ in 0..<4 { try wire.send(String(repeating: "x", count: 64 * 1024)) }
    #expect(wire.channel.isActive)
    #expect(try wire.parts() == 0)
    try wire.send("x")
    #expect(!wire.channel.isActive)
  }

  @Test("after an early answer a silent client is closed too")
  func earlyAnswerSilence() throws {
    let wire = try Wire()
    try wire.send("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 10000000\r\n\r\n")
    wire.answer(.payloadTooLarge)
    wire.loop.advanceTime(by: .seconds(2))
    #expect(!wire.channel.isActive)
  }

  @Test("an idle connection lives for sixty seconds after its last answer")
  func idle() throws {
    let wire = try Wire()
    wire.loop.advanceTime(by: .seconds(40))
    try wire.send(get)
    #expect(try wire.parts() == 2)
    wire.answer()
    #expect(try !wire.written().contains("connection: close"))
    wire.loop.advanceTime(by: .seconds(55))
    #expect(wire.channel.isActive)
    wire.loop.advanceTime(by: .seconds(15))
    #expect(!wire.channel.isActive)
  }

  @Test("a request without an answer is told so, and the late answer goes nowhere")
  func noAnswer() throws {
    let wire = try Wire()
    try wire.send(get)
    wire.loop.advanceTime(by: .seconds(29))
    #expect(try wire.written() == "")
    wire.loop.advanceTime(by: .seconds(11))
    let text = try wire.written()
    #expect(
      text.hasPrefix("HTTP/1.1 503 ") && text.contains("retry-after: 1") && text.contains("/problems/unavailable"))
    wire.answer()
    #expect(try wire.written() == "")
  }

  @Test("a write without an answer in time may still take effect, and its caller is told so (R5)")
  func unansweredWrite() throws {
    let wire = try Wire()
    try wire.send("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\n\r\n{}")
    wire.loop.advanceTime(by: .seconds(40))
    let text = try wire.written()
    #expect(text.hasPrefix("HTTP/1.1 503 ") && text.contains("/problems/outcome-unknown"))
  }

  @Test("what is not HTTP is 400, headers beyond the limit 431")
  func unreadable() throws {
    let garbage = try Wire()
    try garbage.send("\u{1}\u{2} nonsense\r\n\r\n")
    #expect(try garbage.written().hasPrefix("HTTP/1.1 400 "))
    let both = try Wire()
    try both.send("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n")
    #expect(try both.written().hasPrefix("HTTP/1.1 400 "))
    let large = try Wire()
    try large.send("GET / HTTP/1.1\r\nx: \(String(repeating: "a", count: 90_000))\r\n\r\n")
    let text = try large.written()
    #expect(text.hasPrefix("HTTP/1.1 431 ") && text.contains("/problems/headers-too-large"))
    large.loop.advanceTime(by: .seconds(2))
    #expect(!large.channel.isActive)
  }

  @Test("a request of HTTP/1.1 names one host, and no other (RFC 9112)")
  func hosts() throws {
    for hosts in ["", "host: a\r\nHost: b\r\n", "host: a\r\nhost: a\r\n"] {
      let wire = try Wire()
      try wire.send("GET / HTTP/1.1\r\n\(hosts)\r\n")
      let text = try wire.written()
      #expect(text.hasPrefix("HTTP/1.1 400 ") && text.contains("/problems/malformed-request"))
      #expect(try wire.parts() == 0)
      wire.loop.advanceTime(by: .seconds(2))
      #expect(!wire.channel.isActive)
    }
  }

  @Test("100 Continue invites bodies that fit; HTTP/1.0 is answered and closed")
  func protocols() throws {
    let invited = try Wire()
    try invited.send("POST / HTTP/1.1\r\nhost: a\r\nexpect: 100-continue\r\ncontent-length: 10\r\n\r\n")
    #expect(try invited.written().hasPrefix("HTTP/1.1 100 Continue\r\n"))
    let refused = try Wire()
    try refused.send("POST / HTTP/1.1\r\nhost: a\r\nexpect: 100-continue\r\ncontent-length: 10000000\r\n\r\n")
    #expect(try refused.written() == "")
    let old = try Wire()
    try old.send("GET / HTTP/1.0\r\n\r\n")
    old.answer()
    #expect(try old.written().contains("connection: close"))
    old.loop.advanceTime(by: .seconds(2))
    #expect(!old.channel.isActive)
  }

  /// What a handler says when it begins to read a body that streams.
  private func allow(_ wire: Wire, bytesPerSecond: Int = 1024) {
    wire.channel.pipeline.triggerUserOutboundEvent(BodyAllowance(bytesPerSecond: bytesPerSecond), promise: nil)
    wire.loop.run()
  }

  @Test(
    "a body that streams may take as long as it keeps its rate, and one that has died ends after fifteen seconds (R16)")
  func stream() throws {
    let wire = try Wire()
    try wire.send("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1000000000\r\n\r\n")
    allow(wire)
    for _ in 0..<100 {
      try wire.send(String(repeating: "x", count: 1200))
      wire.loop.advanceTime(by: .seconds(1))
    }
    #expect(try wire.written() == "")
    // However much came before, silence is silence.
    try wire.send(String(repeating: "x", count: 1_000_000))
    wire.loop.advanceTime(by: .seconds(14))
    #expect(try wire.written() == "")
    wire.loop.advanceTime(by: .milliseconds(1_500))
    #expect(try wire.written().hasPrefix("HTTP/1.1 408 "))

    let dripping = try Wire()
    try dripping.send("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1000000000\r\n\r\n")
    allow(dripping)
    for _ in 0..<15 {
      try dripping.send(String(repeating: "x", count: 1000))
      dripping.loop.advanceTime(by: .seconds(1))
    }
    #expect(try dripping.written().hasPrefix("HTTP/1.1 408 "))
  }

  @Test("an allowance holds for its own request: the next one has the usual deadlines, the answer more time")
  func allowanceEnds() throws {
    let wire = try Wire()
    let head = "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 10\r\n\r\n"
    try wire.send(head)
    allow(wire)
    try wire.send("0123456789")
    wire.loop.advanceTime(by: .seconds(200))
    #expect(try wire.written() == "")
    wire.answer()
    #expect(try wire.written().hasPrefix("HTTP/1.1 200 "))
    try wire.send(head)
    wire.loop.advanceTime(by: .seconds(6))
    #expect(try wire.written().hasPrefix("HTTP/1.1 408 "))

    let pipelined = try Wire()
    try pipelined.send(head + "0123456789" + head)
    allow(pipelined)
    // Nobody can be told in whose answer's place, so it is closed.
    pipelined.loop.advanceTime(by: .seconds(6))
    #expect(!pipelined.channel.isActive)
  }

  @Test("a large body that waits to be invited is invited when a handler wants it, once")
  func lateInvitation() throws {
    let wire = try Wire()
    try wire.send("POST / HTTP/1.1\r\nhost: a\r\nexpect: 100-continue\r\ncontent-length: 10000000\r\n\r\n")
    #expect(try wire.written() == "")
    allow(wire)
    #expect(try wire.written() == "HTTP/1.1 100 Continue\r\n\r\n")
    allow(wire)
    #expect(try wire.written() == "")
  }

  @Test("shutting down leaves half a body three seconds (R13)")
  func shutdown() throws {
    let wire = try Wire()
    try wire.send("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 100\r\n\r\nx")
    wire.channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
    wire.loop.advanceTime(by: .milliseconds(2900))
    #expect(try wire.written() == "")
    wire.loop.advanceTime(by: .milliseconds(200))
    #expect(try wire.written().hasPrefix("HTTP/1.1 408 "))
  }

  @Test("a client that does not read is closed after thirty seconds; the census counts and caps")
  func stallAndCensus() {
    let start = NIODeadline.uptimeNanoseconds(1_000_000_000)
    var timeline = ConnectionTimeline(ConnectionLimits(), now: start)
    timeline.headerRead(now: start)
    timeline.requestRead(now: start)
    timeline.answerBegun()
    timeline.writability(false, now: start)
    timeline.writability(false, now: start + .seconds(20))
    #expect(timeline.verdict(now: start + .seconds(29)) == .wait(until: start + .seconds(30)))
    #expect(timeline.verdict(now: start + .seconds(30)) == .close)

    var limits = ConnectionLimits()
    limits.connections = 3
    limits.connectionsPerAddress = 2
    let census = ConnectionCensus()
    #expect(census.enter("a", limits) && census.enter("a", limits) && !census.enter("a", limits))
    #expect(census.enter("b", limits) && !census.enter("c", limits))
    census.leave("a")
    #expect(census.enter("c", limits) && census.total == 3 && census.refused == 2)
  }
}
