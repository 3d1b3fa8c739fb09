import Determinism
import Runs
import System

/// The workers of a campaign. Whoever owns it gives them tasks and takes in what becomes of these; a worker that ends is
/// replaced, and what it had not begun is given to others.
final class WorkerPool {
  /// What became of a task.
  enum Event {
    case answered(WorkerTask, WorkerAnswer)
    /// Its worker did not come to its end.
    case stopped(WorkerTask, StoppedSeed)
    /// No worker can work here.
    case failed(FileProblem)
  }

  /// When it last looked at them. Where that is long ago, everything stood still, and none of them is to blame.
  private var lookedAt = SystemClock.monotonic
  private static let longestPause = Duration.seconds(2)
  /// How long workers that do nothing may take to end.
  private static let farewell = Duration.seconds(1)

  /// How often a task is given to another worker after somebody has killed its own.
  private static let maxAttempts = 2

  private let program: String
  private let setup: WorkerSetup
  /// How many workers there may be: fewer than were wanted where the system has no room for more.
  private var count: Int
  private var workers: [WorkerProcess] = []
  /// What is to be given to a worker before anything new.
  private var again: [WorkerTask] = []

  /// - Parameters:
  ///   - count: how many workers there are; they are started when they are needed.
  ///   - program: the program that knows the command of a worker.
  init(count: Int, program: String, _ setup: WorkerSetup) {
    (self.count, self.program, self.setup) = (count, program, setup)
  }

  /// How many tasks are not answered.
  var openTasks: Int { again.count + workers.reduce(0) { $0 + $1.open.count } }
  /// How many workers have something to do.
  var busyWorkers: Int { workers.count { !$0.open.isEmpty } }

  /// Gives a task to a worker, but first those that have to be done again.
  ///
  /// - Returns: whether one takes it.
  func give(_ task: WorkerTask) throws(FileProblem) -> Bool {
    guard try giveAgain(), let worker = try worker(for: task) else { return false }
    worker.ask(task)
    return true
  }

  /// Gives to workers what has to be done again.
  ///
  /// - Returns: whether nothing of that is left.
  @discardableResult func giveAgain() throws(FileProblem) -> Bool {
    while let task = again.first {
      guard let worker = try worker(for: task) else { return false }
      again.removeFirst()
      worker.ask(task)
    }
    return true
  }

  /// The worker with the least to do, if it takes a task.
  private func worker(for task: WorkerTask) throws(FileProblem) -> WorkerProcess? {
    if let idle = workers.first(where: \.open.isEmpty) { return idle }
    if workers.count < count {
      do throws(FileProblem) {
        let worker = try WorkerProcess(program: program, setup)
        workers.append(worker)
        return worker
      } catch {
        guard !workers.isEmpty else { throw error }
        count = workers.count
      }
    }
    return workers.first { $0.takes(task) }
  }

  /// Waits until something happens, at most so long, and says what.
  func wait(atMost patience: Duration) -> [Event] {
    var waits = Waits()
    for worker in workers {
      waits.add(worker.output, reads: true, writes: false)
      waits.add(worker.errors, reads: true, writes: false)
    }
    waits.wait(patience)
    let pause = SystemClock.monotonic - lookedAt
    lookedAt = SystemClock.monotonic
    if pause > patience + Self.longestPause { for worker in workers { worker.pardon(pause) } }
    var events: [Event] = []
    var left: [WorkerProcess] = []
    for worker in workers {
      worker.readErrors()
      events += worker.answers().map { .answered($0.0, $0.1) }
      if let stop = stop(of: worker) {
        events += retire(worker, stop)
      } else {
        left.append(worker)
      }
    }
    workers = left
    return events
  }

  /// Ends all workers, whatever they do. Those that do nothing end by themselves, as tools need it that measure processes.
  func end() {
    for worker in workers { worker.dismiss() }
    let lastMoment = SystemClock.monotonic + Self.farewell
    while SystemClock.monotonic < lastMoment,
      workers.contains(where: { $0.open.isEmpty && $0.endingIfEnded == nil })
    {
      Pause.sleep(.milliseconds(1))
    }
    for worker in workers { worker.end() }
    (workers, again) = ([], [])
  }

  private enum Stop {
    case ended
    case tooLong
    case garbled
  }

  /// Why a worker goes, if it does.
  private func stop(of worker: WorkerProcess) -> Stop? {
    if worker.endingIfEnded != nil { return .ended }
    if worker.isGarbled { return .garbled }
    guard let task = worker.open.first else { return nil }
    var limit = setup.limits.time * setup.limits.wallFactor
    if task.kind == .shrink { limit = limit * WorkerSetup.Limits.shrinkFactor }
    return SystemClock.monotonic - worker.startedAt > limit ? .tooLong : nil
  }

  /// Lets go of a worker.
  ///
  /// - Returns: what became of what it did; nothing if another worker tries it.
  private func retire(_ worker: WorkerProcess, _ stop: Stop) -> [Event] {
    // What it wrote before it ended counts.
    let last = worker.answers().map { Event.answered($0.0, $0.1) }
    let ending = worker.end()
    var open = worker.open
    guard !open.isEmpty else { return last }
    if ending == .code(Worker.noThread) {
      return last + [.failed(FileProblem(.system, "a worker cannot start a thread to watch its limits"))]
    }
    var task = open.removeFirst()
    again += open
    let (kind, sentence) = Self.reading(of: stop, ending, task, setup.limits)
    if kind == .killed {
      task.attempt += 1
      if task.attempt < Self.maxAttempts {
        again.insert(task, at: 0)
        return last
      }
    }
    return last + [
      .stopped(task, StoppedSeed(seed: task.seed, stop: kind, sentence: sentence, errorLines: worker.errorLines))
    ]
  }

  private static func reading(
    of stop: Stop, _ ending: ChildProcess.Ending, _ task: WorkerTask, _ limits: WorkerSetup.Limits
  ) -> (WorkerStop, String) {
    let factor = task.kind == .shrink ? WorkerSetup.Limits.shrinkFactor : 1
    switch stop {
    case .tooLong:
      return (.seedTimeout, "stood still: not done after \(limits.time * factor * limits.wallFactor)")
    case .garbled: return (.trap, "its worker answered what is no answer")
    case .ended: break
    }
    return switch ending {
    case .code(Worker.timeIsUp): (.seedTimeout, "took more than \(limits.time * factor) of processor time")
    case .code(Worker.memoryIsUp): (.seedMemory, "took more than \(limits.bytes >> 20) MiB of memory")
    case let ending where ending.isByOthers: (.killed, "its worker \(ending), twice")
    default: (.trap, "its worker \(ending)")
    }
  }
}
