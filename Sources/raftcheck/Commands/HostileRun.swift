import Benchmarks
import Determinism
import FoundationEssentials
import Glibc
import Judging
import Reporting
import Runs
import Synchronization
import Terminal

/// Makes inputs and starts the program on them, on all cores.
struct HostileRun: Sendable {
  let seed: UInt64
  let kinds: [HostileTrial.Kind]
  /// How far to go.
  let inputs: Int
  let time: Duration?
  /// Where inputs are saved that found something.
  let out: String?
  /// What there is to mistype.
  let commands: [Syntax]

  /// What the system lets each process have.
  static let addressKiB = 2 << 20
  static let stackKiB = 128

  private static let purpose = Purpose(rawValue: 0x484F_5354)

  /// Does it.
  ///
  /// - Parameter show: is handed lines of progress.
  /// - Returns: what was found, and why it ended early, if it did.
  func run(
    showing show: @escaping @Sendable (String) -> Void
  ) throws(FileProblem) -> (summary: HostileSummary, problem: FileProblem?) {
    let program = try Self.program()
    let parent = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
    let scratch = "\(parent)/raftcheck-hostile-\(getpid())"
    defer { try? FileManager.default.removeItem(atPath: scratch) }
    let watch = Stopwatch()
    let state = Mutex(State(samples: HostileSamples(seed: seed)))
    let results = Workers.map(Array(0..<Workers.cores), threads: Workers.cores) { worker in
      let process = LimitedProcess(program: program, addressKiB: Self.addressKiB, stackKiB: Self.stackKiB)
      let bench = HostileBench(process: process, folder: "\(scratch)/\(worker)")
      while let number = next(state, watch) {
        do throws(FileProblem) {
          let trial = trial(number, state)
          let (end, fault) = try bench.run(trial)
          let finding = fault.map { HostileSummary.Finding(number: number, trial: trial, fault: $0) }
          let isFirst = state.withLock { state in
            state.summary.add(trial, end, finding)
            state.note(watch.elapsed).map(show)
            return finding.map { state.summary.isWorthSaving($0) } ?? false
          }
          if isFirst, let finding, let out { try bench.save(finding, end, in: "\(out)/\(number)") }
        } catch let problem {
          state.withLock { $0.problem = $0.problem ?? problem }
        }
      }
      return true
    }
    precondition(results.count == Workers.cores, "a worker is missing")
    return state.withLock { state in
      state.summary.time = watch.elapsed
      return (state.summary, state.problem)
    }
  }

  private struct State {
    var samples: HostileSamples
    var summary = HostileSummary()
    var nextNumber = 0
    var problem: FileProblem?
    private var throttle = ProgressThrottle()

    init(samples: HostileSamples) {
      self.samples = samples
    }

    /// The line of progress, if it is time.
    mutating func note(_ now: Duration) -> String? {
      guard throttle.isDue(at: now) else { return nil }
      let rate = Figures.fixed(Double(summary.inputs) / now.seconds, 0)
      return "\(Figures.time(now))   \(summary.inputs.grouped) inputs   \(rate)/s   "
        + Words.count(summary.findings.count, "finding")
    }
  }

  /// The number of the next input; `nil` if there is to be none.
  private func next(_ state: borrowing Mutex<State>, _ watch: Stopwatch) -> Int? {
    guard !Interruption.isRequested, time.map({ watch.elapsed < $0 }) ?? true else { return nil }
    return state.withLock { state in
      guard state.nextNumber < inputs, state.problem == nil else { return nil }
      defer { state.nextNumber += 1 }
      return state.nextNumber
    }
  }

  /// How often a kind is tried: what takes longer, less often.
  private static func weight(of kind: HostileTrial.Kind) -> Int {
    switch kind {
    case .histories: 40
    case .cases: 15
    case .commands: 4
    case .interrupts: 1
    }
  }

  /// The input of this number, whoever asks and when.
  private func trial(_ number: Int, _ state: borrowing Mutex<State>) -> HostileTrial {
    var draws = Dice(seed: seed).sequence(Self.purpose, UInt64(number))
    let kind = draws.pick(weighted: kinds.map { ($0, Self.weight(of: $0)) })
    if kind == .histories { return HistoryTrials.draw(&draws) }
    // More of them the longer it goes on: to make one takes longer than to try one.
    let place = draws.next().below(min(500, 8 + number / 400))
    let sample = state.withLock { $0.samples.sample(place) }
    switch kind {
    case .cases: return CaseTrials.draw(from: sample, &draws)
    case .interrupts: return InterruptTrials.draw(from: sample, &draws)
    default: return CommandTrials.draw(of: shapes, beside: sample, &draws)
    }
  }

  /// All commands but this one, which would try itself.
  private var shapes: [CommandTrials.Shape] {
    commands.filter { $0.name != BenchHostileCommand.command.syntax.name }.map { syntax in
      CommandTrials.Shape(
        name: syntax.words, options: syntax.options.map(\.name), examples: CommandTrials.examples(of: syntax.words))
    }
  }

  private static func program() throws(FileProblem) -> String {
    guard let path = realpath("/proc/self/exe", nil) else {
      throw FileProblem(.system, "this program's own file cannot be found")
    }
    defer { free(path) }
    return String(cString: path)
  }
}

/// Runs one trial after the other in a folder of its own.
private struct HostileBench {
  let process: LimitedProcess
  let folder: String

  func run(_ trial: HostileTrial) throws(FileProblem) -> (end: LimitedProcess.End, fault: HostileFault?) {
    let (end, fault) = try attempt(trial)
    guard let fault, fault.mayPass else { return (end, fault) }
    return isBusy ? (end, nil) : try attempt(trial)
  }

  /// Whether others have the machine as well: who waits for it takes longer, and that is no mistake of the program.
  private var isBusy: Bool {
    var load = 0.0
    return getloadavg(&load, 1) == 1 && load > 2 * Double(Workers.cores)
  }

  private func attempt(_ trial: HostileTrial) throws(FileProblem) -> (end: LimitedProcess.End, fault: HostileFault?) {
    if Files.isFolder(folder) {
      do { try FileManager.default.removeItem(atPath: folder) } catch {
        throw FileProblem(.system, "\(folder): cannot be removed")
      }
    }
    try write(trial, to: folder)
    let end = process.run(
      trial.words, in: folder, input: trial.input, interrupts: trial.interrupts, patience: trial.patience)
    guard let end else { throw FileProblem(.system, "another process cannot be started") }
    return (end, trial.fault(in: end) ?? faultOfFiles(trial))
  }

  private func write(_ trial: HostileTrial, to folder: String) throws(FileProblem) {
    try Files.prepareFolder(folder)
    for file in trial.files {
      let path = "\(folder)/\(file.name)"
      try Files.makeFolder(CaseFolder(around: path).path)
      try Files.write(file.bytes, to: path)
    }
  }

  /// What is wrong with the files that an interrupted run or shrinking has left.
  private func faultOfFiles(_ trial: HostileTrial) -> HostileFault? {
    guard trial.kind == .interrupts else { return nil }
    var folders = ["\(folder)/small"].filter(Files.isFolder) + folders(below: "\(folder)/out")
    // Without --out it is the case's own.
    if trial.command == ShrinkCommand.command.syntax.name, trial.words.count == 2,
      trial.files[0].name == CaseFolder.caseName
    {
      folders.append(folder)
    }
    return folders.flatMap { CaseFolder($0).faults() }.first.map { .left($0) }
  }

  /// All folders below one, at any depth. What is hidden was under way, and goes with the next run.
  private func folders(below path: String) -> [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path).sorted()) ?? []
    let folders = names.filter { !$0.isHidden }.map { "\(path)/\($0)" }.filter(Files.isFolder)
    return folders.flatMap { [$0] + self.folders(below: $0) }
  }

  /// Saves what found something, with what to type.
  func save(_ finding: HostileSummary.Finding, _ end: LimitedProcess.End, in path: String) throws(FileProblem) {
    try write(finding.trial, to: path)
    let signals = finding.trial.interrupts.map { "signal \($0.signal) after \($0.at)" }
    let names = [finding.fault.name] + [finding.fault.detail].compactMap(\.self)
    let lines =
      names + ["(\(process.limits); \(finding.trial.commandLine))"] + signals
      + ["\(end.way) after \(end.time), \(end.processorTime) of processor, \(Figures.size(end.peakBytes))"]
    try Files.write(Array(lines.map { "\($0)\n" }.joined().utf8), to: "\(path)/found.txt")
    try Files.write(end.errors, to: "\(path)/errors.txt")
    guard case .left = finding.fault else { return }
    try? FileManager.default.removeItem(atPath: "\(path)/left")
    try? FileManager.default.copyItem(atPath: folder, toPath: "\(path)/left")
  }
}
