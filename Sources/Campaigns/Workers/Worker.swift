import Determinism
import Judging
import Runs
import Shrinking
import Synchronization
import System
import Traces

/// A worker: another process of this program that runs seeds for a campaign. A seed that traps, hangs or takes all memory
/// ends its worker, and nothing else.
package final class Worker: Sendable {
  /// The command by which this program starts itself as a worker.
  package static let word = "campaign-worker"

  /// How a worker ends that has reached a limit of a seed.
  static let (timeIsUp, memoryIsUp): (Int32, Int32) = (81, 82)
  /// How it ends where it can start no thread.
  static let noThread: Int32 = 71

  /// How often it looks at the limits.
  private static let interval = Duration.milliseconds(5)

  /// The limits of what is under way.
  private struct Watch: Sendable {
    var endsAt: Duration?
    var bytes: Int
  }

  private let input: Descriptor
  private let output: Descriptor
  private let watch = Mutex(Watch(endsAt: nil, bytes: .max))

  private init(input: Descriptor, output: Descriptor) {
    (self.input, self.output) = (input, output)
  }

  /// Does what comes in on standard input until nothing more does.
  ///
  /// - Returns: an exit code.
  package static func run() -> Int32 {
    Signals.ignoreBrokenPipes()
    return Worker(input: Descriptor(0), output: Descriptor(1)).serve()
  }

  private func serve() -> Int32 {
    var buffer = WorkerFrameBuffer()
    guard let setup: WorkerSetup = next(in: &buffer) else { return 65 }
    guard WorkerThread({ [self] in guardLimits() }) != nil else { return Self.noThread }
    while let task: WorkerTask = next(in: &buffer) {
      let limits = setup.limits
      let time = task.kind == .shrink ? limits.time * WorkerSetup.Limits.shrinkFactor : limits.time
      let (processor, wall) = (Stopwatch.processorTime, Stopwatch())
      watch.withLock { $0 = Watch(endsAt: processor + time, bytes: limits.bytes) }
      if task.kind != .replay, let mishap = setup.mishaps.first(where: { $0.seed == task.seed })?.mishap {
        mishap.happen(to: task)
      }
      var answer = Self.answer(to: task, setup)
      watch.withLock { $0 = Watch(endsAt: nil, bytes: limits.bytes) }
      (answer.processorTime, answer.wallTime) = (Stopwatch.processorTime - processor, wall.elapsed)
      guard output.write(WorkerFrame.encode(answer)) else { return 0 }
    }
    return buffer.isGarbled ? 65 : 0
  }

  /// The next value; `nil` once there are no more.
  private func next<Value: Decodable>(in buffer: inout WorkerFrameBuffer) -> Value? {
    while true {
      if let value = buffer.next(Value.self) { return value }
      guard !buffer.isGarbled else { return nil }
      let part: [UInt8]? = withUnsafeTemporaryAllocation(byteCount: 4_096, alignment: 1) { bytes in
        guard case .moved(let count) = input.read(into: bytes) else { return nil }
        return Array(bytes[..<count])
      }
      guard let part else { return nil }
      buffer.append(part)
    }
  }

  /// Ends the process when a limit is reached, or when nobody is there any more who would hear of the result.
  private func guardLimits() {
    while true {
      var waits = Waits()
      let place = waits.add(output, reads: false, writes: false)
      waits.wait(Self.interval)
      if waits.isBroken(place) { ThisProgram.end(with: 0) }
      let limits = watch.withLock { $0 }
      if let end = limits.endsAt, Stopwatch.processorTime > end { ThisProgram.end(with: Self.timeIsUp) }
      if ResidentMemory.bytes > limits.bytes { ThisProgram.end(with: Self.memoryIsUp) }
    }
  }

  /// Does one task. It depends on nothing that was done before.
  static func answer(to task: WorkerTask, _ setup: WorkerSetup) -> WorkerAnswer {
    var setup = setup
    if let bug = task.canary {
      setup = WorkerSetup()
      setup.bugs = [bug]
    }
    return switch task.kind {
    case .run: result(of: task.seed, setup)
    case .shrink: minimal(of: task, setup)
    case .replay: WorkerAnswer(savedCase: SavedCaseResult(replaying: task.path ?? ""))
    }
  }

  private static func result(of seed: UInt64, _ setup: WorkerSetup) -> WorkerAnswer {
    let run = setup.run(of: seed)
    let simulated = run.simulate()
    var report = simulated.judged()
    var secondRun = SecondRun.none
    if setup.checksDeterminism || report.severity >= .violation {
      secondRun = DeterminismCheck(in: .otherProcess).secondRun(of: run, after: simulated.outcome)
    }
    var answer = WorkerAnswer()
    answer.problem = secondRun.problem.map { WorkerProblem($0) }
    if let directory = setup.directory, secondRun.isSame == false || report.severity > .pass {
      // Judged once more with the lines of the file to be, so that whatever is said points into it.
      report = simulated.judged(reading: RecordedHistory.readBack(simulated.outcome.history.jsonLines()))
      do {
        try CaseFolder(of: seed, in: directory).save(report)
      } catch {
        answer.problem = WorkerProblem(error)
      }
    }
    answer.result = SeedResult(report, secondRun: secondRun)
    return answer
  }

  private static func minimal(of task: WorkerTask, _ setup: WorkerSetup) -> WorkerAnswer {
    var answer = WorkerAnswer()
    let found = setup.run(of: task.seed).simulate().judged()
    let minimal: MinimalRun
    do {
      minimal = try MinimalRun(
        of: found, budget: ShrinkingBudget(events: setup.shrinkEvents), threads: task.threads)
    } catch {
      answer.refusal = error.description
      return answer
    }
    let failure = FoundFailure(found, shrunkTo: minimal)
    answer.minimal = FailureRecord.Minimal(
      shape: FailureShape(of: failure), size: minimal.size, trials: minimal.minimality.trials,
      isCertified: minimal.isCertified, sentence: failure.story.sentence,
      story: failure.story.narrative.map { line in
        ([line.at.description] + (line.node.map { [$0.description] } ?? []) + [line.text]).joined(separator: " ")
      })
    if let directory = setup.directory {
      do {
        try CaseFolder(of: task.seed, in: directory).save(failure)
      } catch {
        answer.problem = WorkerProblem(error)
      }
    }
    return answer
  }
}
