import Determinism
import Glibc
import Judging
import Runs
import Synchronization
import System
import Terminal

/// Ends the program when the time or the memory that a run may take is used up, whatever it is doing then: with one
/// sentence, and no verdict unless that is known.
///
/// It is stopped before anything is saved or printed: what has been found out is told.
final class Watchdog: Sendable {
  /// What a run may take: wall time, and resident memory of the whole process in bytes; `nil` for as much as there is.
  struct Limits {
    var time: Duration?
    var bytes: Int?
  }

  /// What is told if a limit is reached while the run is shrunk: how it was found.
  private typealias FoundRun = @Sendable () -> ExitCode

  private enum State {
    case watching(FoundRun?)
    case stopped
  }

  /// How often it looks: in that time memory does not grow by a tenth of what anybody would call a limit.
  private static let interval = Duration.milliseconds(2)

  /// So much of the time and the memory, and at least the time of so many runs, is for what still follows when somebody
  /// asks whether to come to an end: the smallest run is made again with its trace, told, drawn and saved.
  private static let (reserve, reserveRuns) = (0.2, 8)

  private let limits: Limits
  private let watch = Stopwatch()
  private let state = Mutex(State.watching(nil))

  /// Watches from now on, unless nothing is limited.
  ///
  /// - Parameter subject: what is cut then, as a sentence begins with it.
  /// - Throws: if nobody could watch: a limit that does not hold is none.
  init(_ limits: Limits, over subject: String, on console: Console) throws(FileProblem) {
    self.limits = limits
    guard limits.time != nil || limits.bytes != nil else { return }
    let thread = WorkerThread { [self] in
      while true {
        usleep(UInt32(Self.interval.nanoseconds / 1_000))
        guard let reached = limit(reached: 1) else { continue }
        state.withLock { state in
          guard case .watching(let found) = state else { return }
          console.showProgress("")
          let code = found?() ?? .undecided
          let account = found == nil ? "undecided" : "not shrunk"
          console.complain("\(subject): \(account): the \(reached) limit was reached")
          _exit(code.rawValue)
        }
      }
    }
    guard thread != nil else { throw FileProblem(.system, "\(subject): no thread can be started to watch its limits") }
  }

  /// Watches again while a run is shrunk, of which is known what it came to.
  ///
  /// - Parameter tell: prints that if a limit is reached, and says how the program ends then.
  func watchShrinking(telling tell: @escaping @Sendable () -> ExitCode) {
    state.withLock { $0 = .watching(tell) }
  }

  /// The limit of which this part is used up, if it is.
  private func limit(reached part: Double) -> String? {
    if let time = limits.time, Double(watch.elapsed.nanoseconds) >= part * Double(time.nanoseconds) { return "time" }
    if let bytes = limits.bytes, Double(ResidentMemory.bytes) > part * Double(bytes) { return "memory" }
    return nil
  }

  /// Whether what may end at any time had better do so.
  ///
  /// - Parameter runTime: how long the run takes.
  func isLimitNear(afterRunOf runTime: Duration) -> Bool {
    if let time = limits.time, watch.elapsed + runTime * Int64(Self.reserveRuns) >= time { return true }
    return limit(reached: 1 - Self.reserve) != nil
  }

  /// Whether what is still being told had better end.
  func isLimitReached() -> Bool { limit(reached: 1) != nil }

  /// Ends the watching: once this has returned, nothing is cut any more.
  func stop() { state.withLock { $0 = .stopped } }
}

extension Syntax {
  /// The options that limit what a run, its judge and its story may take.
  static let runLimits = [
    Option("--timeout", "TIME", "wall time; as long as it takes unless given"),
    Option("--memory", "SIZE", "memory of the whole process, as in 512M; as much as there is unless given"),
    maxExpansions,
  ]
}

extension Arguments {
  /// What `Syntax.runLimits` says.
  func runLimits() throws -> Watchdog.Limits {
    Watchdog.Limits(time: try duration("--timeout"), bytes: try memoryLimit())
  }

  /// What `--memory` says.
  ///
  /// - Throws: also if nobody could hold it.
  func memoryLimit() throws -> Int? {
    let limit = try size("--memory")
    guard limit == nil || ResidentMemory.bytes > 0 else {
      throw FileProblem(.system, "--memory cannot be held: the system does not say how much memory this process has")
    }
    return limit
  }
}
