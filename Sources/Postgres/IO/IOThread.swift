internal import CLibPQ
internal import Logging
internal import Synchronization

/// The one thread that owns every connection. It sleeps in epoll, carries out what other tasks post, and runs the jobs
/// of tasks that prefer it as their executor.
///
/// Proof for `@unchecked Sendable`: `inbox`, `threadID` and `statistics` are synchronised; `epoll`, `wakeup`,
/// `configuration` and `logger` are constants; `localJobs` and `engine` are touched by the thread itself only, which
/// every access checks by `isCurrent` or by standing in `main`.
final class IOThread: TaskExecutor, @unchecked Sendable {
  enum Message: Sendable {
    case submit(Trip)
    case abandon(Trip)
    case end(Lease)
    case connected(tag: Int, generation: Int, FreshHandle)
    case connectFailed(tag: Int, generation: Int, reason: String)
    case cancelFinished(tag: Int, generation: Int)
    case subscribe(Subscriber)
    case unsubscribe(Subscriber)
    case stop
  }

  private struct Inbox {
    var messages: [Message] = []
    var jobs: [UnownedJob] = []
    /// The thread is awake or has been woken: no need to wake it again.
    var isAwake = false
    var phase = Phase.new
  }

  private enum Phase { case new, running, stopped }

  static let wakeupTag = UInt64.max

  let configuration: PostgresConfiguration
  let logger: Logger
  let statistics = StatisticsCollector()
  let epoll: Int32
  private let wakeup: Int32
  private let inbox = Mutex(Inbox())
  private let threadID = Atomic<UInt>(0)
  private var localJobs: [UnownedJob] = []
  private var engine: Engine?

  init(configuration: PostgresConfiguration, logger: Logger) {
    self.configuration = configuration
    self.logger = logger
    epoll = pgio_epoll_create()
    wakeup = pgio_eventfd()
    _ = pgio_watch(epoll, wakeup, IOThread.wakeupTag, 0)
  }

  deinit {
    close(epoll)
    close(wakeup)
  }

  /// Whether the caller runs on this thread.
  var isCurrent: Bool { threadID.load(ordering: .relaxed) == UInt(pgio_thread()) }

  // MARK: any thread

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    if isCurrent {
      localJobs.append(job)
      return
    }
    let (isOver, mustWake) = inbox.withLock { inbox in
      if inbox.phase == .stopped { return (true, false) }
      inbox.jobs.append(job)
      defer { inbox.isAwake = true }
      return (false, !inbox.isAwake)
    }
    if isOver { forward(job) }
    if mustWake { pgio_signal(wakeup) }
  }

  func submit(_ trip: Trip) {
    if isCurrent, let engine {
      engine.submit(trip)
    } else {
      post(.submit(trip))
    }
  }

  func end(_ lease: Lease) {
    if isCurrent, let engine {
      engine.end(lease)
    } else {
      post(.end(lease))
    }
  }

  func post(_ message: Message) {
    let (isOver, mustWake) = inbox.withLock { inbox in
      if inbox.phase == .stopped { return (true, false) }
      inbox.messages.append(message)
      defer { inbox.isAwake = true }
      return (false, !inbox.isAwake)
    }
    if isOver { refuse(message) }
    if mustWake { pgio_signal(wakeup) }
  }

  /// Starts the thread and waits until it has ended. Throws if it was started before.
  func run() async throws {
    let isFirst = inbox.withLock { inbox in
      defer { if inbox.phase == .new { inbox.phase = .running } }
      return inbox.phase == .new
    }
    guard isFirst else { throw PostgresError.misuse("run() may be called once") }
    await withTaskCancellationHandler {
      await withUnsafeContinuation { (ended: UnsafeContinuation<Void, Never>) in
        startThread(name: "postgres-io") {
          self.main()
          ended.resume()
        }
      }
    } onCancel: {
      post(.stop)
    }
  }

  /// What nobody will carry out any more.
  private func refuse(_ message: Message) {
    switch message {
    case .submit(let trip):
      trip.failure = Trip.Failure(index: 0, error: PostgresError.connectionLost)
      trip.continuation?.resume()
    case .connected(_, _, let fresh): PQfinish(fresh.handle)
    case .subscribe(let subscriber): subscriber.continuation.finish()
    case .abandon, .end, .connectFailed, .cancelFinished, .unsubscribe, .stop: break
    }
  }

  /// Jobs that come after the end of the thread run on the global pool.
  private func forward(_ job: UnownedJob) {
    globalConcurrentExecutor.enqueue(ExecutorJob(job))
  }

  // MARK: the thread

  private func main() {
    threadID.store(UInt(pgio_thread()), ordering: .relaxed)
    let engine = Engine(io: self)
    self.engine = engine
    loop(engine)
    engine.close()
    let rest = inbox.withLock { inbox in
      inbox.phase = .stopped
      defer {
        inbox.messages = []
        inbox.jobs = []
      }
      return (messages: inbox.messages, jobs: inbox.jobs + localJobs)
    }
    localJobs = []
    self.engine = nil
    threadID.store(0, ordering: .relaxed)
    for message in rest.messages { refuse(message) }
    for job in rest.jobs { forward(job) }
  }

  private func loop(_ engine: Engine) {
    var tags = [UInt64](repeating: 0, count: 64)
    var messages: [Message] = []
    var jobs: [UnownedJob] = []
    var isBusy = true
    inbox.withLock { $0.isAwake = true }
    while !engine.isFinished {
      let count = pgio_wait(epoll, &tags, Int32(tags.count), isBusy ? 0 : engine.timeout())
      engine.tick()
      if !isBusy { inbox.withLock { $0.isAwake = true } }
      for index in 0..<Int(max(count, 0)) {
        if tags[index] == IOThread.wakeupTag { pgio_drain(wakeup) } else { engine.receive(tag: Int(tags[index])) }
      }
      isBusy = true
      // A few rounds before the sockets get their turn again: what resumes now often asks again at once.
      for _ in 0..<4 {
        let isIdle = inbox.withLock { inbox in
          swap(&inbox.messages, &messages)
          swap(&inbox.jobs, &jobs)
          if messages.isEmpty && jobs.isEmpty && localJobs.isEmpty { inbox.isAwake = false }
          return !inbox.isAwake
        }
        if isIdle {
          isBusy = false
          break
        }
        for message in messages { carryOut(message, engine) }
        messages.removeAll(keepingCapacity: true)
        run(&jobs)
        if !localJobs.isEmpty {
          swap(&localJobs, &jobs)
          run(&jobs)
        }
      }
      engine.flush()
    }
  }

  private func run(_ jobs: inout [UnownedJob]) {
    for job in jobs { job.runSynchronously(on: asUnownedTaskExecutor()) }
    jobs.removeAll(keepingCapacity: true)
  }

  private func carryOut(_ message: Message, _ engine: Engine) {
    switch message {
    case .submit(let trip): engine.submit(trip)
    case .abandon(let trip): engine.abandon(trip, CancellationError())
    case .end(let lease): engine.end(lease)
    case .connected(let tag, let generation, let fresh): engine.connected(tag, generation, fresh.handle)
    case .connectFailed(let tag, let generation, let reason): engine.connectFailed(tag, generation, reason)
    case .cancelFinished(let tag, let generation): engine.cancelFinished(tag, generation)
    case .subscribe(let subscriber): engine.listener.subscribe(subscriber)
    case .unsubscribe(let subscriber): engine.listener.unsubscribe(subscriber)
    case .stop: engine.stop()
    }
  }
}

/// A connection's handle on its way from the thread that opened it to the I/O thread.
///
/// Proof for `@unchecked Sendable`: the opening thread gives the pointer away with this value and keeps no copy.
struct FreshHandle: @unchecked Sendable {
  let handle: OpaquePointer
}

/// Runs the body on a detached thread of its own.
func startThread(name: String, _ body: @escaping @Sendable () -> Void) {
  final class Start: Sendable {
    let name: String
    let body: @Sendable () -> Void
    init(_ name: String, _ body: @escaping @Sendable () -> Void) {
      self.name = name
      self.body = body
    }
  }
  let start = Unmanaged.passRetained(Start(name, body))
  let result = pgio_start_thread(
    { argument in
      guard let argument else { return nil }
      let start = Unmanaged<Start>.fromOpaque(argument).takeRetainedValue()
      pgio_name_thread(start.name)
      start.body()
      return nil
    }, start.toOpaque())
  precondition(result == 0, "no thread can be started")
}
